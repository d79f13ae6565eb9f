"""Pages whose lines arrive in one paragraph: the lines told apart again, by what no paragraph holds.

Such a paragraph gives itself away by names of advertising slots between its sentences, by a headline or a caption that
returns without a full stop, by an agency's signature behind the last sentence. It is cut there and nowhere else, into
lines that every rule then sees as it sees any others. A paragraph without such evidence stays the one line it is.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Final

from transforms.agencies import agency_of
from transforms.boilerplate.captions import COPIES_FOR_WORDS
from transforms.boilerplate.marks import is_ad_slot, is_age_mark
from transforms.dateline import find_dateline
from transforms.dates import DATE_PATTERN
from transforms.lines import Line, split_lines
from transforms.wrapping import unwrap

# In characters: longer than a sentence or two, at least this share of all that arrived, and no longer than pages are.
_MIN_CHARACTERS: Final = 300
_MIN_SHARE: Final = 0.25
_MAX_CHARACTERS: Final = 1_000_000
# Fewer words are how two sentences begin. Captions need more, see captions.COPIES_FOR_WORDS.
_HEADLINE_WORDS: Final = 5
# What is longer and returns is no headline.
_MAX_WORDS: Final = 40
# Of a foot (place, date, agency), and of an agency's name.
_MAX_FOOT_WORDS: Final = 12
_MAX_AGENCY_WORDS: Final = 3
# Longer words are addresses: no key is made of them, no mark is one.
_MAX_WORD: Final = 100
# «… сообщил представитель компании в», "the most common characteristics of": no line ends so.
_MAX_FUNCTION_WORD: Final = 3
# Of a date with its year and the word for it.
_DATE_WORDS: Final = 4
_DATE: Final = re.compile(DATE_PATTERN)

_WORD: Final = re.compile(r"\S+")
# The name of an advertising slot, as far as no word of a sentence looks like it: hyphens alone are not enough.
_SLOT: Final = re.compile(r"(?<!\S)(?:[A-Za-z0-9-]+_[A-Za-z0-9_-]+|div-gpt-ad-[A-Za-z0-9_-]+)(?!\S)")
_SENTENCE_END: Final = re.compile(r"(?P<stem>[^\W_]*)(?P<stop>[.!?…]+)[»”“\"’')\]]*$")
_OPENING: Final = "«„“\"'‘(["


def lines_of(original: str) -> tuple[Line, ...]:
    """The lines of `original` that are not blank, in order, as they were before the page was wrapped or collapsed.

    A line may be a part of a line of `original`; or it goes over several, and its text has a space for each line end.
    """
    lines = split_lines(unwrap(original))
    least = max(_MIN_CHARACTERS, _MIN_SHARE * len(original))
    if max((line.end - line.start for line in lines), default=0) < least:
        return lines
    return tuple(
        part
        for line in lines
        for part in (_parts(line, lines) if least <= len(line.text) <= _MAX_CHARACTERS else (line,))
    )


def laid_out(original: str, lines: Sequence[Line]) -> str:
    """`original` with a line end between any two of its lines (see lines_of), and none inside a line.

    It differs in nothing but white space, and every offset is that of `original`.
    """
    pieces: list[str] = []
    position = 0
    for line in lines:
        gap = original[position : line.start]
        pieces += [gap if not position or "\n" in gap else f"{gap[:-1]}\n", line.text]
        position = line.end
    return "".join([*pieces, original[position:]])


def _parts(line: Line, lines: Sequence[Line]) -> Sequence[Line]:
    spans = [match.span() for match in _WORD.finditer(line.text)]
    words = [line.text[start:end] for start, end in spans]
    slots = _slots(line.text, words)
    marks = slots | _age_marks(words, slots)
    copies = _copies(words, marks)
    foot = _foot(words) if line is lines[-1] else ()
    # On a page that has lines, a paragraph may well end with its agency: «… сообщил он. ТАСС».
    if len(foot) == 1 and len(lines) > 1 and not slots and not copies:
        foot = ()
    if not slots and not copies and not foot:
        return (line,)
    edges = {0, len(words), *foot}
    edges.update(edge for mark in marks for edge in (mark, mark + 1))
    edges.update(edge for copy in copies for edge in copy)
    return [
        Line(
            line.start + spans[begin][0], line.start + spans[end - 1][1], line.text[spans[begin][0] : spans[end - 1][1]]
        )
        for begin, end in pairwise(sorted(edges))
    ]


def _slots(text: str, words: Sequence[str]) -> set[int]:
    """The words that are names of advertising slots, each between two lines: no sentence goes on behind it."""
    if not _SLOT.search(text):
        return set()
    named = {i for i, word in enumerate(words) if len(word) <= _MAX_WORD and _SLOT.fullmatch(word) and is_ad_slot(word)}
    return {
        i
        for i in named
        if (i + 1 == len(words) or i + 1 in named or not words[i + 1].lstrip(_OPENING)[:1].islower())
        and (i == 0 or i - 1 in named or not words[i - 1].endswith((",", ":", ";", "(", "—", "–", "=")))
    }


def _age_marks(words: Sequence[str], slots: Collection[int]) -> set[int]:
    """Age ratings at the edges of the line, between nothing but marks."""
    found: set[int] = set()
    for order in (range(len(words)), range(len(words) - 1, -1, -1)):
        for i in order:
            if is_age_mark(words[i]):
                found.add(i)
            elif i not in slots:
                break
    return found


def _copies(words: Sequence[str], marks: Collection[int]) -> list[tuple[int, int]]:
    """The copies, [begin, end), of headlines and captions: they begin like lines, have no full stop, end like lines."""
    head = next((i for i in range(len(words)) if i not in marks), len(words))
    starts = [
        i
        for i, word in enumerate(words)
        if i == head or (i > head and (i - 1 in marks or _ends_sentence(words[i - 1])) and _begins(word))
    ]
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i in starts:
        if len(key := tuple(words[i : i + _HEADLINE_WORDS])) == _HEADLINE_WORDS:
            places[key].append(i)
    found: list[tuple[int, int]] = []
    if beside := _beside(words, head):
        places[tuple(words[head : head + _HEADLINE_WORDS])].insert(1, beside)
    for copies in places.values():
        size = _common(words, copies) if len(copies) > 1 else 0
        enough = any(size >= least and len(copies) >= number for least, number in COPIES_FOR_WORDS)
        if enough or (size >= _HEADLINE_WORDS and copies[0] == head):
            found += [(i, i + size) for i in copies]
    return found


def _beside(words: Sequence[str], head: int) -> int | None:
    """Where the headline begins again right behind itself, if it does."""
    for size in range(_HEADLINE_WORDS, _MAX_WORDS + 1):
        if words[head : head + size] == words[head + size : head + 2 * size] and head + 2 * size <= len(words):
            return head + size
    return None


def _common(words: Sequence[str], copies: Sequence[int]) -> int:
    """How many words the copies have in common up to the beginning of other lines; 0 where that is not told."""
    begins = frozenset(copies)
    size = 0
    while size <= _MAX_WORDS:
        following = {words[i + size] if i + size < len(words) else "" for i in copies}
        if len(following) > 1 or (size and any(i + size in begins for i in copies)):
            break
        if _ends_sentence(words[copies[0] + size]):
            return 0
        size += 1
    # Three copies whose followers begin alike have more words in common than the caption has.
    least = size if len(copies) == 2 else _HEADLINE_WORDS
    for end in range(size, least - 1, -1):
        if end > _MAX_WORDS or _breaks_off(words, copies[0] + end):
            continue
        if all(i + end in begins or _begins_line(words, i + end) for i in copies):
            return end
    return 0


def _foot(words: Sequence[str]) -> Sequence[int]:
    """Where dateline and signature begin behind the last sentence; nothing where it is no agency's signature."""
    last = next((i for i in range(len(words) - 1, -1, -1) if _ends_sentence(words[i])), None)
    if last is None or not 0 < len(words) - last - 1 <= _MAX_FOOT_WORDS:
        return ()
    for size in range(1, min(_MAX_AGENCY_WORDS, len(words) - last - 1) + 1):
        agency, dateline = " ".join(words[-size:]), " ".join(words[last + 1 : -size])
        if not agency_of(agency):
            continue
        lines = [Line(0, len(text), text) for text in ("…", dateline, agency)]
        if not dateline or find_dateline(lines):
            return sorted({last + 1, len(words) - size})
    return ()


def _ends_sentence(word: str) -> bool:
    """Whether a sentence ends with the word: not with initials (Р.Н.) and abbreviations of one or two letters."""
    match = _SENTENCE_END.search(word[-_MAX_WORD:])
    if not match:
        return False
    stem = match["stem"]
    if match["stop"] != "." or not stem:
        return True
    is_acronym = len(stem) == 2 and stem.isupper()
    return len(stem) > 2 or is_acronym or stem.isdigit()


def _begins(word: str) -> bool:
    """Whether a sentence may begin with the word."""
    bare = word.lstrip(_OPENING)
    return not bare[:1].islower() and (bare[:1].isalnum() or word[0] in "—–")


def _breaks_off(words: Sequence[str], end: int) -> bool:
    """Whether what ends before `end` breaks off in a phrase: with an article or a preposition."""
    last = words[end - 1].rstrip(".")
    return len(last) <= _MAX_FUNCTION_WORD and last.islower()


def _begins_line(words: Sequence[str], i: int) -> bool:
    """Whether a line begins with the word at `i`, though no full stop stands before it.

    With a quotation mark, a bracket or a date; or with a capital, if the next word has none: two are a name, of
    which the words before may be the rank. Neither an acronym nor a word with a comma is told from the end of a phrase.
    """
    if i >= len(words):
        return True
    first = words[i][0]
    if first in _OPENING:
        return True
    if first.isdigit():
        return _DATE.match(" ".join(words[i : i + _DATE_WORDS])) is not None
    is_name = i + 1 < len(words) and words[i + 1].lstrip(_OPENING)[:1].isupper()
    is_acronym = len(words[i]) > 1 and words[i].isupper()
    return not (first.islower() or first in "—–-" or is_name or is_acronym or words[i].endswith((",", ";")))
