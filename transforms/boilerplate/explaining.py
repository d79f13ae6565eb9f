"""Why each line of an original was kept or cut."""

from transforms.boilerplate import find_boilerplate, main_text
from transforms.boilerplate.collapsed import lines_of
from transforms.boilerplate.evidence import RULE_SAYS, Evidence, LineEvidence
from transforms.boilerplate.line_model import LineModel
from transforms.boilerplate.page import Page, Site
from transforms.document import Item

# Evidence that changes the log-odds by less is not worth a reader's time; nor is more than a few of them.
_MIN_WEIGHT = 0.2
_MOST = 4


def explain(item: Item, site: Site | None = None, model: LineModel | None = None) -> tuple[LineEvidence, ...]:
    """The evidence on each line of `item.original`, in order; `site` is what is known of the item's source."""
    lines = lines_of(item.original)
    weighed = _weighed(Page(lines, item.title, item.html, site), model) if model else {}
    spans = iter(find_boilerplate(item, site, model))
    span = next(spans, None)
    found = []
    for line in lines:
        while span and span.end <= line.start:
            span = next(spans, None)
        reason = span.reason if span and span.start <= line.start else None
        said = (Evidence("rule", detail=RULE_SAYS.get(reason, "")),) if reason else ()
        likely, evidence = weighed.get(line.start, (None, ()))
        if reason and reason not in main_text.REASONS:
            likely, evidence = None, ()  # a rule decided
        found.append(LineEvidence(line, reason is None, reason, (*said, *evidence), likely))
    return tuple(found)


def _weighed(page: Page, model: LineModel) -> dict[int, tuple[float, tuple[Evidence, ...]]]:
    """By the start of a line, how likely it is main text, and the evidence that weighs most."""
    judgement = main_text.judge(page, model)
    if not judgement:
        return {}
    groups = model.contributions(judgement.sight, judgement.kind)
    found = {}
    for i, line in enumerate(page.lines):
        weights = sorted(
            ((float(values[i]), group) for group, values in groups.items()), key=lambda pair: -abs(pair[0])
        )
        evidence = tuple(Evidence(group, weight) for weight, group in weights[:_MOST] if abs(weight) >= _MIN_WEIGHT)
        found[line.start] = (float(judgement.likely[i]), evidence)
    return found
