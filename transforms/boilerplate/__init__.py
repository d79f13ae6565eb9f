"""Original to kept text: which lines are boilerplate, and why.

A rule looks at the lines that the rules before it left and returns the positions of those to cut. The order
of the table is the order of work. A new rule is one function in one module and one line here.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from transforms.boilerplate import captions, headline, main_text, marks, read_also, repeated_lead, signature, templates
from transforms.boilerplate.collapsed import lines_of
from transforms.boilerplate.line_model import LineModel
from transforms.boilerplate.page import Page, Site, cut, spans_of
from transforms.document import BoilerplateSpan, Item

__all__ = ["RULES", "Rule", "Site", "cut", "find_boilerplate"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A reason that people read, and the function that finds the lines it applies to."""

    reason: str
    find: Callable[[Page], Collection[int]]


RULES: tuple[Rule, ...] = (
    Rule("ad-slot", marks.ad_slots),
    Rule("share-button", marks.share_buttons),
    Rule("age-mark", marks.age_marks),
    Rule("repeated-caption", captions.repeated_captions),
    Rule(read_also.REASON, read_also.links_to_others),
    *(Rule(reason, main_text.judged(reason)) for reason in main_text.REASONS),
    Rule(headline.REASON, headline.repeated_headlines),
    Rule(repeated_lead.REASON, repeated_lead.repeated_leads),
    Rule(signature.REASON, signature.agency_signatures),
    # The last: what the rules above see of a page must not depend on what its source has taught so far.
    Rule(templates.REASON, templates.site_templates),
)


def find_boilerplate(
    item: Item, site: Site | None = None, model: LineModel | None = None
) -> tuple[BoilerplateSpan, ...]:
    """The spans of `item.original` that are boilerplate, sorted, not overlapping, each with its reason.

    `site` is what is known of the item's source, if anything is. Without the model of the lines, only what the rules
    are sure of is cut.
    """
    lines = lines_of(item.original)
    # The templates of the source add to what is cut of an HTML page, but change nothing else: see overlay.
    page = Page(lines, item.title, item.html, site)
    judgement = main_text.judge(page, model) if model else None
    if judgement:
        page = replace(page, judged=main_text.reasons(page, judgement))
    position = {line.start: i for i, line in enumerate(lines)}
    reasons: dict[int, str] = {}
    for rule in RULES:
        found = rule.find(page)
        reasons |= {position[page.lines[i].start]: rule.reason for i in found}
        page = page.without(found)
    if judgement and not page.lines:
        # All that the model kept, a rule cut: what is left without the model is better than nothing.
        return find_boilerplate(item, site)
    return spans_of(item.original, lines, reasons)
