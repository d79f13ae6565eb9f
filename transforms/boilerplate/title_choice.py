"""The headline of a plain text: which of the lines over it that is.

A scraped page has no markup to say so, and its headline may stand anywhere between the menu and the text: under the
name of the site, over the byline, the date and the lead, whether the cleaning kept it or not. It shares words with the
text, as a lead or a caption does, but stands above these, and is short. So each line is weighed by what it is and by
what stands around it, and the best is taken if it is likelier than all others, and than there being none, together.

The weights are those of a conditional logit over the lines of a page (McFadden, 1974), fitted by
`python -m training.titles`, which prints them.
"""

import math
import re
from collections.abc import Collection, Sequence
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from transforms.boilerplate.headline import PARAGRAPH_CHARACTERS, fold, is_prose
from transforms.boilerplate.line_features import is_ideograph
from transforms.boilerplate.line_words import STEM
from transforms.boilerplate.menu_words import PURPOSES

Floats = npt.NDArray[np.float64]

# In log-odds.
WEIGHTS: Final[dict[str, float]] = {
    "share of its words in the text": 1.57,
    "words in the text": 3.72,
    "words in the text of a line above": -2.45,
    "share of its words in the first line": 2.04,
    "is how the first line begins": 1.64,
    "first line": -0.16,
    "copy above": 1.30,
    "distance to the text": -0.54,
    "is in the text": -2.63,
    "longest around": -0.76,
    "date below": 0.77,
    "length": -1.62,
    "very short": -0.32,
    "very long": -1.28,
    "ends with a full stop": -2.39,
    "ends with a colon": -0.80,
    "begins in lower case": -1.06,
    "address or mark": -1.34,
    "words of menus and credits": -0.64,
}
# That none of the lines is a headline.
NONE: Final = 0.36
_LIKELIEST: Final = 0.5

# How many lines over the text may be the headline, beside the first of the page; how many lines of text are looked at.
_NEAR: Final = 40
_TEXT_LINES: Final = 30
# Of a headline, in characters.
_MOST_TITLE: Final = 250
_MOST_TITLE_OF_TEXT: Final = 200
# In lines: what is around a line.
_AROUND: Final = 6
_COPIES_WITHIN: Final = 8
# In words.
_MOST_WORDS: Final = 6
_USUAL_WORDS: Final = 9
_LONG_WORDS: Final = 22
_SHORT_WORDS: Final = 4
_DATE_WORDS: Final = 8
_CONTENT_LETTERS: Final = 4

_WORD: Final = re.compile(r"\w+")
_FULL_STOP: Final = re.compile(r"[.…][»”“\"’')\]]*$")
_ADDRESS: Final = re.compile(r"[@©®]|https?:|\bwww\.|\w\.(?:com|net|org|info|ru|by|kz|ua|pl|cz)\b")
_DIGIT: Final = re.compile(r"\d")


def choose_title(lines: Sequence[str], kept: Collection[int]) -> int | None:
    """The place of the line that is the headline; None where none is likelier than all else.

    `lines` are those of the page, stripped and not empty; `kept` are the places of those that the cleaning kept.
    """
    places, evidence = weigh(lines, kept)
    if not places:
        return None
    scores = np.append(evidence @ np.array(list(WEIGHTS.values())), NONE)
    chances = np.exp(scores - scores.max())
    best = int(chances[:-1].argmax())
    return places[best] if chances[best] >= _LIKELIEST * chances.sum() else None


def weigh(lines: Sequence[str], kept: Collection[int]) -> tuple[list[int], Floats]:
    """The places of the lines that could be the headline, and what they are weighed by, [lines, len(WEIGHTS)]."""
    long = [i for i in sorted(kept) if len(lines[i]) >= PARAGRAPH_CHARACTERS]
    text = [i for i in long if is_prose(lines[i])] or long
    if not text:
        return [], np.zeros((0, len(WEIGHTS)))
    words = {stem for i in text[:_TEXT_LINES] for stem in _stems(lines[i])}
    begin = text[0]
    near = [*({0} if begin > _NEAR else ()), *range(max(0, begin - _NEAR), begin)]
    near = [i for i in near if len(lines[i]) <= _MOST_TITLE]
    if len(lines[begin]) <= _MOST_TITLE_OF_TEXT and not _FULL_STOP.search(lines[begin]):
        near.append(begin)
    page = _Page(lines, begin, words, {i: _stems(lines[i]) for i in near})
    places = [i for i in near if _has_words(lines[i])]
    return places, np.array([page.evidence(i) for i in places]).reshape(-1, len(WEIGHTS))


class _Page:
    """The lines over a text that begins at `begin` and has these `words`; the `stems` of the lines near it."""

    def __init__(self, lines: Sequence[str], begin: int, words: set[str], stems: dict[int, set[str]]) -> None:
        self.lines = lines
        self.begin = begin
        self.stems = stems
        self.shared = {i: len(some & words) for i, some in stems.items()}
        self.folded = {i: fold(lines[i]) for i in {0, *stems}}
        self.first = _stems(lines[0])

    def evidence(self, i: int) -> tuple[float, ...]:
        """What line `i` is weighed by, in the order of WEIGHTS."""
        line, stems, shared, folded = self.lines[i], self.stems[i], self.shared, self.folded
        count, different = len(line.split()), max(1, len(stems))
        above = [j for j in range(i - _AROUND, i) if j in shared]
        below = self.lines[i + 1] if i + 1 < len(self.lines) else ""
        around = [len(self.lines[j]) for j in range(max(0, i - _AROUND + 1), min(self.begin, i + _AROUND))]
        return (
            shared[i] / different,
            min(shared[i], _MOST_WORDS) / _MOST_WORDS,
            min(max((shared[j] for j in above), default=0), _MOST_WORDS) / _MOST_WORDS,
            len(stems & self.first) / different if i else 0.0,
            i > 0 and count > 1 and folded[0].startswith(folded[i]),
            i == 0,
            any(folded.get(j) == folded[i] for j in range(max(0, i - _COPIES_WITHIN), i)),
            math.log1p(self.begin - i),
            i == self.begin,
            len(line) >= max(around, default=0),
            len(below.split()) <= _DATE_WORDS and _DIGIT.search(below) is not None,
            math.log((1 + min(count, _LONG_WORDS)) / (1 + _USUAL_WORDS)) ** 2,
            count < _SHORT_WORDS,
            count > _LONG_WORDS,
            _FULL_STOP.search(line) is not None,
            line.endswith(":"),
            line[0].islower(),
            _ADDRESS.search(line) is not None,
            len(stems & _labels()) / different,
        )


def _has_words(line: str) -> bool:
    """Whether a line has two words, or as much of a script without spaces."""
    if not any(map(str.isalpha, line)):
        return False
    return len(line.split()) > 1 or sum(map(is_ideograph, map(ord, line))) >= _CONTENT_LETTERS


def _stems(line: str) -> set[str]:
    """The words that say something, as they are compared; of scripts without spaces, pairs of characters."""
    found = {word[:STEM] for word in _WORD.findall(line.casefold()) if len(word) >= _CONTENT_LETTERS}
    if any(is_ideograph(ord(letter)) for letter in line):
        found |= {line[i : i + 2] for i in range(len(line) - 1) if is_ideograph(ord(line[i]))}
    return found


@cache
def _labels() -> frozenset[str]:
    return frozenset(stem[:STEM] for stems in PURPOSES.values() for stem in stems.split())
