"""What decided about each line: the types that an explanation is made of, and what the rules say in words."""

from dataclasses import dataclass
from typing import Final, Literal

from transforms.boilerplate import line_model
from transforms.lines import Line

Group = Literal["rule"] | line_model.Group
"""Kinds of evidence. A `rule` decides alone. The others are weighed against each other: the `form` of the line (length,
ending, punctuation), its `vocabulary`, its `position` on the page, its `neighbours`, `repetition` on the page, what it
shares with the `title`, its `cohesion` with the rest of the text, which `labels` stand above and below it («Comments»,
«Read more»), what is known of the `site`; of HTML pages its `markup` and what the `extractors` took."""

# What a rule has seen where it cuts, by the reason it gives.
RULE_SAYS: Final = {
    "ad-slot": "names an advertising slot",
    "share-button": "a button that passes the page on",
    "age-mark": "an age rating by itself",
    "navigation": "a label among labels: a menu, a list of links",
    "before-article": "above the article, and no part of it",
    "after-article": "below the article, and no part of it",
    "aside": "between its lines, and no part of it: a caption, a teaser, a notice",
    "repeated-headline": "the headline once more",
    "repeated-lead": "the text begins so as well",
    "read-also": "a link, and a word that says so",
    "repeated-caption": "returns between paragraphs",
    "agency-signature": "an agency's name at the foot",
    "site-template": "recurs on pages of this source",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for a line or against it.

    `weight` is in log-odds of being main text: above 0 for keeping the line, below 0 for cutting it; None for a rule,
    which decides alone. `detail` says in words what was seen, where there is more to say than the group does.
    """

    group: Group
    weight: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LineEvidence:
    """A line of an original, whether it was kept, the reason where it was cut, and the evidence, the weightiest first.

    `probability` is that of being main text, 0 to 1, as far as evidence was weighed; None where a rule decided, or
    where none did and the line was kept for that.
    """

    line: Line
    kept: bool
    reason: str | None = None
    evidence: tuple[Evidence, ...] = ()
    probability: float | None = None
