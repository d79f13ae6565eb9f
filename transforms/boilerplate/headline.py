"""The headline: which line it is, and which of its copies to cut."""

import re
from collections.abc import Sequence
from typing import Final

from transforms.boilerplate.page import Page
from transforms.dates import DATE_PATTERN, parse_date
from transforms.lines import Line

REASON = "repeated-headline"
# Headline copies stand above the body: in the menu trail, over the picture, over the text.
HEAD_LINES = 8
# Between two copies there is a subheading or a lead, no more: what returns later is a heading or a refrain.
MAX_LINES_BETWEEN = 2
# Shorter lines are names of speakers and sections more often than headlines; longer ones are paragraphs.
MIN_WORDS = 3
MAX_WORDS = 30
# A shorter sentence is a lead, a caption or an invitation to subscribe more often than the first of the text.
PARAGRAPH_CHARACTERS: Final = 60
_SENTENCE_END = re.compile(r"[.…;:,]\W*$")
_PROSE_END = re.compile(r"[.!?…]\W*$")
_PROSE_MARKS = frozenset(".!?…")
# First lines that are something else: the byline of a picture, a date with or without its weekday.
_NO_HEADLINE = re.compile(r"(?:фото|видео|photo|video|здымак|світлина)\b", re.IGNORECASE)
# Behind a copy: whose it is, and of which day (`… - РИА Новости, 22.11.2026`).
_CREDIT = re.compile(rf"[.–—|-]\s[^.–—|-]{{2,40}},\s{DATE_PATTERN}\W{{0,3}}$")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MAX_DATE_WORDS = 5


def fold(text: str) -> str:
    """A line as compared: case folded, white space collapsed, punctuation at both ends dropped."""
    return " ".join(text.casefold().split()).strip(" .,:;!?…«»\"'“”„()[]—–-|")


def without_credit(text: str) -> str:
    """A line without the name of the site and the date with which some sites end copies of the headline or the lead."""
    return _CREDIT.sub("", text, count=1) if any(map(str.isdigit, text[-8:])) else text


def is_prose(text: str) -> bool:
    """Whether a line ends as a sentence does."""
    # Mostly the last character tells; a search looks at all of them.
    last = text[-1:]
    if last in _PROSE_MARKS:
        return True
    return not (last.isalnum() or last == "_") and _PROSE_END.search(text) is not None


def could_be_headline(lines: Sequence[Line], i: int) -> bool:
    """Whether line `i` has the form of a headline."""
    text = lines[i].text
    words = text.split()
    # A line that the next one continues in lower case is the first of a wrapped paragraph.
    continued = i + 1 < len(lines) and lines[i + 1].text[0].islower()
    dated = len(words) <= _MAX_DATE_WORDS and (_YEAR.search(text) or parse_date(text))
    return (
        MIN_WORDS <= len(words) <= MAX_WORDS
        and not _SENTENCE_END.search(text)
        and text[0] not in "(—–-•*"
        and not continued
        and not dated
        and not _NO_HEADLINE.match(text)
    )


def _copies(head: Sequence[str], i: int) -> list[int]:
    """The copies of line `i` of the head (its lines folded) that follow it there, each close to the one before."""
    copies: list[int] = []
    last = i
    for j in range(i + 1, len(head)):
        if head[j] == head[i] and j - last - 1 <= MAX_LINES_BETWEEN:
            copies.append(j)
            last = j
    return copies


def _head(lines: Sequence[Line]) -> list[str]:
    """The lines near the top, folded."""
    return [fold(without_credit(line.text)) for line in lines[:HEAD_LINES]]


def _find(lines: Sequence[Line], head: Sequence[str]) -> int | None:
    for i, line in enumerate(lines[:HEAD_LINES]):
        if _copies(head, i) and could_be_headline(lines, i):
            return i if any(is_prose(below.text) for below in lines[i + 1 :]) else None
        if is_prose(line.text):
            break
    if not lines or not could_be_headline(lines, 0):
        return None
    first = lines[0].text
    over_prose = any(len(line.text) > len(first) and is_prose(line.text) for line in lines[1:4])
    return 0 if over_prose else None


def find_headline(lines: Sequence[Line]) -> str | None:
    """The headline of a plain text, or None where none is beyond doubt.

    A headline is a line without a full stop that stands over all prose and either returns word for word near
    the top, or is the very first line. (Prose is a line that ends as a sentence does. A line that returns
    below prose is a photo caption, and a text without prose is verse or a list.)
    """
    found = _find(lines, _head(lines))
    return None if found is None else " ".join(lines[found].text.split())


def repeated_headlines(page: Page) -> list[int]:
    """The copies of the headline near the top, but for the first."""
    head = _head(page.lines)
    if page.title is None:
        found = _find(page.lines, head)
    else:
        title = fold(page.title)
        found = head.index(title) if len(title.split()) >= MIN_WORDS and title in head else None
    return [] if found is None else _copies(head, found)
