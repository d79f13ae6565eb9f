"""What the lines around a plain text say about it: when it was published and updated, its section, its age rating.

Each fact stands in a line of its own, or behind a word that introduces it. A line that says two things of one kind
says none: a wrong date is worse than no date.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from transforms.age_rating import find_age
from transforms.dates import Timestamp, parse_written
from transforms.lines import Line

# What stands before a date, one line a language, in lower case.
_PUBLISHED: Final = (
    "апублікавана|дата публікацыі",  # be
    "публикувано|публикувана",  # bg
    "publikováno|vydáno|zveřejněno",  # cs
    "published|published on|publication date|posted|posted on|date published",  # en
    "жарияланды|жарияланған күні",  # kk
    "opublikowano|data publikacji",  # pl
    "опубликовано|дата публикации|размещено",  # ru
    "објављено|датум објављивања|objavljeno",  # sr
    "басылган|бастырылды",  # tt, ba
    "опубліковано|дата публікації",  # uk
)
_UPDATED: Final = (
    "абноўлена",
    "обновена|обновено|актуализирана",
    "aktualizováno|aktualizace",
    "updated|updated on|last updated|last updated on|last modified|modified",
    "жаңартылды|жаңартылған",
    "zaktualizowano|aktualizacja|ostatnia aktualizacja",
    "обновлено|изменено|последнее обновление",
    "ажурирано|измењено|ažurirano|izmenjeno",
    "яңартылды|яңыртылды",
    "оновлено|змінено",
)
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


def _introducer(*tables: Iterable[str]) -> str:
    words = {re.escape(word) for table in tables for line in table for word in line.split("|")}
    return rf"(?<!\w)(?:{'|'.join(sorted(words, key=lambda word: (-len(word), word)))})(?!\w)"


_INTRODUCED: Final = re.compile(
    rf"(?P<published>{_introducer(_PUBLISHED)})|(?P<updated>{_introducer(_UPDATED)})", re.IGNORECASE
)
# Longer lines are sentences.
_MAX_CHARACTERS: Final = 160
# How near to the text a date stands that is its own, in lines.
_DATE_LINES: Final = 6
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
    near = [line.text for line in (*head[-_DATE_LINES:], *foot[:_FOOT_DATE_LINES]) if len(line.text) <= _MAX_CHARACTERS]
    introduced = [found for text in near for found in _introduced(text)]
    alone = [stamp for line in head[-_DATE_LINES:] if (stamp := _date_line(line.text))]
    return PageFacts(
        published=_agreed([stamp for is_update, stamp in introduced if not is_update] or alone),
        updated=_agreed([stamp for is_update, stamp in introduced if is_update]),
        section=_section(head, title),
        age_rating=find_age(line.text for line in _edges(head, foot)),
    )


def _edges(head: Sequence[Line], foot: Sequence[Line]) -> list[Line]:
    """The lines at the top of the page and over the text, below it and at the bottom."""
    edges = (
        head[:_EDGE_LINES],
        head[_EDGE_LINES:][-_EDGE_LINES:],
        foot[:_EDGE_LINES],
        foot[_EDGE_LINES:][-_EDGE_LINES:],
    )
    return [line for edge in edges for line in edge]


def _introduced(text: str) -> list[tuple[bool, Timestamp]]:
    """The dates behind words that introduce them, and whether each is one of an update."""
    words = list(_INTRODUCED.finditer(text))
    # The word opens the line, or stands in a line of several such dates.
    if not words or words[0].start() > 0:
        return []
    ends = [*(word.start() for word in words[1:]), len(text)]
    pairs = [
        (word["updated"] is not None, parse_written(_trimmed(text[word.end() : end])))
        for word, end in zip(words, ends, strict=True)
    ]
    return [(is_update, stamp) for is_update, stamp in pairs if stamp]


def _date_line(text: str) -> Timestamp | None:
    """The date that is the whole line."""
    return parse_written(_trimmed(text)) if len(text) <= _MAX_CHARACTERS else None


def _trimmed(text: str) -> str:
    return " ".join(text.split()).strip(" :|•·,;–—()[]").removesuffix(".")


def _agreed(stamps: Sequence[Timestamp]) -> Timestamp | None:
    """The one that all of them are, the more exact of two for one day; None where they are of several days."""
    if len({stamp.day for stamp in stamps}) != 1:
        return None
    exact = {stamp for stamp in stamps if stamp.precision == "second"}
    return exact.pop() if len(exact) == 1 else stamps[0] if not exact else None


def _section(head: Sequence[Line], title: str | None) -> str | None:
    for line in head[-_EDGE_LINES:]:
        if len(line.text) > 2 * _MAX_CHARACTERS or not _HOME_FIRST.match(line.text):
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
