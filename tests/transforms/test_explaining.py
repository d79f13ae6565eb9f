"""For each line what decided: whatever is cut has a reason, and every rule says what it saw."""

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import an_item
from transforms.boilerplate import RULES, cut, find_boilerplate, templates
from transforms.boilerplate.collapsed import lines_of
from transforms.boilerplate.evidence import RULE_SAYS, Evidence
from transforms.boilerplate.explaining import explain
from transforms.boilerplate.page import Site

LINES = (
    "news_top_970_100",
    "16+",
    "Мост праз Дзвіну адкрылі",
    "Мост праз Дзвіну адкрылі ў суботу раніцай, і першымі прайшлі школьнікі.",
    "Падпішыцеся на навіны",
    "БЕЛТА",
)
SITE = Site(frozenset(templates.line_keys(["Падпішыцеся на навіны"])))


def test_each_line_has_what_decided() -> None:
    original = "\n".join((LINES[0], LINES[2], LINES[3], LINES[4]))
    found = explain(an_item(original), SITE)
    assert [(line.line.text, line.kept, line.reason) for line in found] == [
        (LINES[0], False, "ad-slot"),
        (LINES[2], True, None),
        (LINES[3], True, None),
        (LINES[4], False, "site-template"),
    ]
    assert found[0].evidence == (Evidence("rule", None, RULE_SAYS["ad-slot"]),)
    assert found[1].evidence == ()
    assert explain(an_item(original))[3].kept, "without knowledge of the site nothing speaks against it"


def test_every_rule_says_what_it_saw() -> None:
    assert all(RULE_SAYS[rule.reason] for rule in RULES)


@given(st.lists(st.sampled_from(LINES), max_size=12), st.sampled_from(["\n", "\n\n", " "]))
def test_what_is_kept_is_the_text_and_what_is_cut_has_the_reason_of_its_span(lines: list[str], gap: str) -> None:
    item = an_item(gap.join(lines))
    spans = find_boilerplate(item, SITE)
    found = explain(item, SITE)
    assert tuple(line.line for line in found) == lines_of(item.original)
    kept = " ".join(line.line.text for line in found if line.kept)
    assert kept.split() == cut(item.original, spans).split()
    assert all((line.reason is None) == line.kept for line in found)
    assert {line.reason for line in found} - {None} == {span.reason for span in spans}
