"""What the lines around a plain text say about it: when it was published and updated, its section, its age rating.

Each fact stands in a line of its own, or behind a word that introduces it. A line that says two things of one kind
says none: a wrong date is worse than no date.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from transforms.age_rating import find_age
from transforms.boilerplate.headline import fold
from transforms.byline import MAX_CHARACTERS
from transforms.date_lines import dates_of, is_introduced
from transforms.dates import Timestamp
from transforms.lines import Line

# The first step of a trail, by which one is told from a menu.
_HOME: Final = frozenset(
    "главная|главная страница|головна|галоўная|начало|начална страница|почетна|početna|naslovna|насловна|"
    "strona główna|úvod|domů|hlavní stránka|home|homepage|басты бет|баш бит|төп бит".split("|")
)
# To pass over most lines quickly.
_HOME_FIRST: Final = re.compile("|".join(sorted({word.split()[0] for word in _HOME})), re.IGNORECASE)
_STEP: Final = re.compile(r"\s?[>›»→]\s?|\s[/•·]\s")
_MAX_STEPS: Final = 5
# A section has a short name; the last step of a trail is the headline, if it is longer.
_MAX_SECTION_WORDS: Final = 4


# How near to the text a date or a byline stands that is its own, in lines: between the headline and the text further
# away than elsewhere, and little above the headline.
_NEAR_LINES: Final = 8
_HEADED_LINES: Final = 16
_OVER_HEADLINE: Final = 3
_FOOT_DATE_LINES: Final = 4
# A page may have hundreds of lines of menus over its text; those at its edges and at the text's are looked at.
_EDGE_LINES: Final = 100


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What the lines around a text say about it; None where they say nothing, or contradict each other."""

    published: Timestamp | None = None
    updated: Timestamp | None = None
    section: str | None = None
    age_rating: int | None = None


def find_facts(head: Sequence[Line], foot: Sequence[Line], title: str | None = None) -> PageFacts:
    """The facts in the lines above the first paragraph of a text and below the last; `title` is its headline."""
    over = near(head, title)
    introduced = [line for line in (*over, *foot[:_FOOT_DATE_LINES]) if is_introduced(line.text)]
    alone = [line for line in over if not is_introduced(line.text)]
    said, shown = ([found for line in lines for found in dates_of(line.text)] for lines in (introduced, alone))
    return PageFacts(
        published=_agreed(
            [stamp for is_update, stamp in said if not is_update]
            or [stamp for is_update, stamp in shown if not is_update]
        ),
        updated=_agreed([stamp for is_update, stamp in said + shown if is_update]),
        section=_section(head, title),
        age_rating=find_age(line.text for line in _edges(head, foot)),
    )


def near(head: Sequence[Line], title: str | None) -> Sequence[Line]:
    """The lines over the first paragraph among which the date of the text and its byline are."""
    named = fold(title) if title else None
    places = [
        i for i, line in enumerate(head[-_HEADED_LINES:], max(0, len(head) - _HEADED_LINES)) if fold(line.text) == named
    ]
    return head[max(0, places[0] - _OVER_HEADLINE) :] if places else head[-_NEAR_LINES:]


def _edges(head: Sequence[Line], foot: Sequence[Line]) -> list[Line]:
    """The lines at the top of the page and over the text, below it and at the bottom."""
    edges = (
        head[:_EDGE_LINES],
        head[_EDGE_LINES:][-_EDGE_LINES:],
        foot[:_EDGE_LINES],
        foot[_EDGE_LINES:][-_EDGE_LINES:],
    )
    return [line for edge in edges for line in edge]


def _agreed(stamps: Sequence[Timestamp]) -> Timestamp | None:
    """The one that all of them are, the more exact of two for one day; None where they are of several days."""
    if len({stamp.day for stamp in stamps}) != 1:
        return None
    exact = {stamp for stamp in stamps if stamp.precision == "second"}
    return exact.pop() if len(exact) == 1 else stamps[0] if not exact else None


def _section(head: Sequence[Line], title: str | None) -> str | None:
    for line in head[-_EDGE_LINES:]:
        if len(line.text) > 2 * MAX_CHARACTERS or not _HOME_FIRST.match(line.text):
            continue
        home, *steps = (step.strip() for step in _STEP.split(line.text))
        if home.casefold() not in _HOME or not 1 <= len(steps) <= _MAX_STEPS:
            continue
        if len(steps) > 1 and (steps[-1] == title or len(steps[-1].split()) > _MAX_SECTION_WORDS):
            steps.pop()
        section = steps[-1].strip(" /|•·")
        return section if _is_section(section) and section != title else None
    return None


def _is_section(name: str) -> bool:
    """Whether a step is a name, and not the time of the article that stands behind the trail."""
    words = name.split()
    return 1 <= len(words) <= _MAX_SECTION_WORDS and not any(map(str.isdigit, name)) and ":" not in name
