"""Original to kept text: which lines are boilerplate, and why.

A rule looks at the lines that the rules before it left and returns the positions of those to cut. The order
of the table is the order of work. A new rule is one function in one module and one line here.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from transforms.boilerplate import captions, headline, html, marks, signature
from transforms.boilerplate.page import Page, cut, spans_of
from transforms.document import BoilerplateSpan, Item
from transforms.lines import split_lines

__all__ = ["RULES", "Rule", "cut", "find_boilerplate"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A reason that people read, and the function that finds the lines it applies to."""

    reason: str
    find: Callable[[Page], Collection[int]]


RULES: tuple[Rule, ...] = (
    Rule("outside-main-content", html.outside_main_content),
    Rule("ad-slot", marks.ad_slots),
    Rule("age-mark", marks.age_marks),
    Rule(headline.REASON, headline.repeated_headlines),
    Rule("repeated-caption", captions.repeated_captions),
    Rule(signature.REASON, signature.agency_signatures),
)


def find_boilerplate(item: Item) -> tuple[BoilerplateSpan, ...]:
    """The spans of `item.original` that are boilerplate, sorted, not overlapping, each with its reason."""
    lines = split_lines(item.original)
    page = Page(lines, item.title, item.html)
    position = {line.start: i for i, line in enumerate(lines)}
    reasons: dict[int, str] = {}
    for rule in RULES:
        found = rule.find(page)
        reasons |= {position[page.lines[i].start]: rule.reason for i in found}
        page = page.without(found)
    return spans_of(item.original, lines, reasons)
