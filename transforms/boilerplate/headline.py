"""The headline: which line it is, and which of its copies to cut."""

import re

from transforms.boilerplate.page import Line, Page

# Headline copies stand above the body: in the menu trail, over the picture, over the text.
HEAD_LINES = 8
# No newspaper prints longer headlines; a longer line is a paragraph.
MAX_WORDS = 30
_SENTENCE_END = re.compile(r"[.…;:,]\W*$")
_PROSE_END = re.compile(r"[.!?…]\W*$")


def fold(text: str) -> str:
    """A line as compared: case folded, white space collapsed, punctuation at both ends dropped."""
    return " ".join(text.casefold().split()).strip(" .,:;!?…«»\"'“”„()[]—–-|")


def _could_be_headline(text: str) -> bool:
    words = text.split()
    return 2 <= len(words) <= MAX_WORDS and not _SENTENCE_END.search(text) and text[0] not in "(—–-•*"


def find_headline(lines: tuple[Line, ...]) -> str | None:
    """The headline of a plain text, or None where no line is one beyond doubt.

    A headline is a line without a full stop that stands over all prose and either returns word for word near
    the top, or is the very first line. (Prose is a line that ends as a sentence does. A line that returns
    below prose is a photo caption, and a text without prose is verse or a list.)
    """
    head = lines[:HEAD_LINES]
    folded = [fold(line.text) for line in head]
    for i, line in enumerate(head):
        if folded[i] and folded.count(folded[i]) > 1 and _could_be_headline(line.text):
            over_prose = any(_is_prose(below.text) for below in lines[i + 1 :])
            return line.text if over_prose else None
        if _is_prose(line.text):
            break
    if not lines or not _could_be_headline(lines[0].text):
        return None
    first = lines[0].text
    over_prose = any(len(line.text) > len(first) and _is_prose(line.text) for line in lines[1:4])
    return first if over_prose else None


def _is_prose(text: str) -> bool:
    return _PROSE_END.search(text) is not None


def repeated_headlines(page: Page) -> list[int]:
    """All copies of the headline near the top but the first."""
    title = page.title or find_headline(page.lines)
    if not title:
        return []
    key = fold(title)
    copies = [i for i, line in enumerate(page.lines[:HEAD_LINES]) if key and fold(line.text) == key]
    return copies[1:]
