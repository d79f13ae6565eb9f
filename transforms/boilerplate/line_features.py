"""What can be told of the lines of a page without knowing any language: form, position, neighbours, repetition.

Everything is counted for all lines at once, in NumPy, from the classes of their characters. A character of a script
without word spaces (Han, kana) counts as `IDEOGRAPH_WORDS` of a word. Prose, here, is what looks like sentences; the
model of the lines decides what it is worth.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt

from transforms.boilerplate.surroundings import Around, steps

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

IDEOGRAPH_WORDS = 0.6
# Lines farther apart than this are simply far; longer lines are simply long.
_FAR = 50.0
_LONG = 60.0
_NO_NEIGHBOUR = -1.0
# Prose lines with more lines than this between them are separate runs.
_RUN_GAP = 4

# Letters come first, and what words are made of before all else: each kind is told by one comparison.
_UPPER, _LOWER, _OTHER, _DIGIT, _SPACE, _END, _COMMA, _COLON, _QUOTE, _MARK, _BRACKET, _SYMBOL, _IDEOGRAPH = range(13)
_CLASSES = 13
ENDS = frozenset(".!?…。！？\u037e")
_COMMAS = frozenset(",;，、；،")
_COLONS = frozenset(":：")
_QUOTES = frozenset("\"'«»“”„‘’‚‹›「」『』")
_MARKS = frozenset("|•·>/\\→←▸►◄▼▲–—-_*+#@©®™")
_BRACKETS = frozenset("()[]{}<>（）【】")
_NAMED = (
    (ENDS, _END),
    (_COMMAS, _COMMA),
    (_COLONS, _COLON),
    (_QUOTES, _QUOTE),
    (_MARKS, _MARK),
    (_BRACKETS, _BRACKET),
)
_BMP = 0x10000


def is_ideograph(code: int) -> bool:
    """Whether a code point is of a script that needs no spaces: kana, Han."""
    return 0x3040 <= code <= 0x30FF or 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF


def _class_of(code: int) -> int:
    character = chr(code)
    for characters, kind in _NAMED:
        if character in characters:
            return kind
    category = unicodedata.category(character)
    if category in {"Lu", "Lt"}:
        return _UPPER
    if category == "Ll":
        return _LOWER
    if is_ideograph(code):
        return _IDEOGRAPH
    if category[0] in "LM":
        return _OTHER
    if category[0] == "N":
        return _DIGIT
    return _SPACE if category[0] == "Z" or character in "\t\n\r\v\f" else _SYMBOL


@cache
def _classes() -> npt.NDArray[np.uint8]:
    """The class of each code point of the Basic Multilingual Plane, and one for all beyond."""
    return np.array([*(_class_of(code) for code in range(_BMP)), _SYMBOL], dtype=np.uint8)


LAST_LETTER: Final = _OTHER
_LAST_OF_WORDS: Final = _DIGIT
IDEOGRAPH: Final = _IDEOGRAPH


@dataclass(frozen=True, slots=True)
class Characters:
    """The lines of a page as one array of code points, each line ended by LF.

    `classes` are their classes, `line` the line that each belongs to; `starts` and `ends` one entry a line.
    """

    text: str
    codes: npt.NDArray[np.uint32]
    classes: npt.NDArray[np.uint8]
    line: Ints
    starts: Ints
    ends: Ints


def read_characters(texts: Sequence[str]) -> Characters:
    """The characters of the lines. `texts` are stripped and not empty, and have no LF; at least one."""
    text = "\n".join(texts) + "\n"
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    ends = np.flatnonzero(codes == ord("\n"))
    starts = np.concatenate(([0], ends[:-1] + 1))
    line = np.repeat(np.arange(len(texts)), ends - starts + 1)
    return Characters(text, codes, _classes().take(np.minimum(codes, _BMP)), line, starts, ends)


@dataclass(frozen=True, slots=True)
class Counted:
    """The lines of a page, counted: one entry a line in each array.

    `words` counts ideographs, too. `prose` says which lines look like sentences, `columns` are the features of form
    in the order of FORM_FEATURES.
    """

    keys: tuple[str, ...]
    words: Floats
    prose: Flags
    ends_sentence: Flags
    columns: tuple[Floats, ...]


FORM_FEATURES = (
    "log words, log characters, log lower-case words, capitalised share, lower-case share, digit share, capital share,"
    " mark share, bracket share, quotes, colons, commas, sentences, ends as a sentence, ends with a colon, ends with a"
    " full stop, first character, last character, word length, commas a word, ideographs, cut short, clock, prose"
).split(", ")


def count_lines(characters: Characters) -> Counted:
    """Count what is in each line."""
    text, codes, classes, line = characters.text, characters.codes, characters.classes, characters.line
    starts, ends = characters.starts, characters.ends
    number = len(starts)

    def per_line(where: Flags) -> Floats:
        return np.bincount(line.take(np.flatnonzero(where)), minlength=number).astype(np.float32)

    counts = np.bincount(line * _CLASSES + classes, minlength=number * _CLASSES)
    by_class = counts.reshape(number, _CLASSES).T.astype(np.float32)
    size = np.maximum(ends - starts, 1).astype(np.float32)
    in_word = classes <= _LAST_OF_WORDS
    word_start = in_word.copy()
    word_start[1:] &= ~in_word[:-1]
    first_letters = np.flatnonzero(word_start)
    of_line, initial = line.take(first_letters), classes.take(first_letters)

    def words_per_line(where: Flags) -> Floats:
        return np.bincount(of_line[where], minlength=number).astype(np.float32)

    spaced = np.bincount(of_line, minlength=number).astype(np.float32)
    capitalised = words_per_line(initial == _UPPER)
    ideographs = by_class[_IDEOGRAPH]
    words = spaced + IDEOGRAPH_WORDS * ideographs
    lower = words_per_line((initial == _LOWER) | (initial == _OTHER)) + IDEOGRAPH_WORDS * ideographs

    following = np.full_like(classes, _SPACE)
    following[:-1] = classes[1:]
    wide = codes >= 0x3000
    closes = (following == _SPACE) | (following == _QUOTE) | (following == _BRACKET) | wide
    sentences = per_line((classes == _END) & closes)
    commas = per_line((classes == _COMMA) & ((following == _SPACE) | wide))
    # A clock, 12:40 or 12.40, has two digits behind the mark and one before it.
    digit = classes == _DIGIT
    clock = np.zeros_like(digit)
    if len(codes) > 4:
        between = (classes[1:-2] == _COLON) | (codes[1:-2] == ord("."))
        clock[1:-2] = digit[:-3] & between & digit[2:-1] & digit[3:]
    last, before_last = classes[ends - 1], classes[np.maximum(ends - 2, starts)]
    ends_sentence = (last == _END) | (((last == _QUOTE) | (last == _BRACKET)) & (before_last == _END))
    prose = (
        (ends_sentence & (words >= 8)) | ((sentences >= 1) & (words >= 12)) | ((commas >= 1) & (lower >= 15))
    )  # fmt: skip
    letters = by_class[_UPPER] + by_class[_LOWER] + by_class[_OTHER] + ideographs
    some_words = np.maximum(words, 1)
    mark = np.where(last == _BRACKET, codes[np.maximum(ends - 2, starts)], codes[ends - 1])
    dots = (codes[np.maximum(ends - 2, starts)] == ord(".")) & (codes[np.maximum(ends - 3, starts)] == ord("."))
    cut_short = (mark == ord("…")) | ((mark == ord(".")) & dots)
    columns = (
        np.log1p(words),
        np.log1p(size),
        np.log1p(lower),
        capitalised / np.maximum(spaced, 1),
        lower / some_words,
        by_class[_DIGIT] / size,
        by_class[_UPPER] / np.maximum(letters, 1),
        (by_class[_MARK] + by_class[_SYMBOL]) / size,
        by_class[_BRACKET] / size,
        by_class[_QUOTE],
        by_class[_COLON],
        commas,
        sentences,
        ends_sentence,
        last == _COLON,
        last == _END,
        classes[starts],
        last,
        letters / np.maximum(spaced + ideographs, 1),
        commas / some_words,
        ideographs > 0,
        cut_short,
        per_line(clock),
        prose,
    )
    # Of ASCII it is the same, in a tenth of the time.
    folded = text.lower() if text.isascii() else text.casefold()
    keys = tuple(folded[:-1].split("\n"))
    return Counted(keys, words, prose, ends_sentence, tuple(column.astype(np.float32) for column in columns))


COPIES_FEATURES = "copies, is a later copy, copies after, copies before, copies next, copies previous".split(", ")
_MOST_COPIES = 20


def copies(counted: Counted) -> list[Floats]:
    """How often each line stands on the page, and whether those around it do."""
    number = Counter(counted.keys)
    found = np.fromiter(map(number.__getitem__, counted.keys), np.float32, len(counted.keys))
    later = np.zeros_like(found)
    seen: set[str] = set()
    for i in np.flatnonzero(found > 1):
        key = counted.keys[i]
        later[i] = key in seen
        seen.add(key)
    several = (found > 1).astype(np.float32)
    found = np.minimum(found, _MOST_COPIES)
    return [found, later, *Around.of(several).both(8), *steps(found, 0, 1, -1)]


POSITION_FEATURES = (
    "place, log lines above, log lines below, place in words, place in prose, log prose above, log prose below, prose"
    " after in, prose before in, lines to main run, weight of its run, prose share"
).split(", ")


def position(counted: Counted) -> list[Floats]:
    """Where each line stands on the page and beside its prose.

    Of the page as a whole only the share of prose is told: by more, a forest knows the training pages again.
    """
    words, prose = counted.words, counted.prose
    number = len(words)
    here = np.arange(number, dtype=np.float32)
    total = max(float(words.sum()), 1)
    prose_words = np.where(prose, words, 0)
    prose_total = max(float(prose_words.sum()), 1)
    above = np.cumsum(prose_words) - prose_words
    found = np.flatnonzero(prose)
    to_run = own_weight = np.zeros(number)
    if len(found):
        first = np.searchsorted(found, here, side="right")
        next_prose = np.where(first < len(found), found[np.minimum(first, len(found) - 1)] - here, _FAR)
        last = np.searchsorted(found, here, side="left") - 1
        previous_prose = np.where(last >= 0, here - found[np.maximum(last, 0)], _FAR)
        breaks = np.flatnonzero(np.diff(found) > _RUN_GAP)
        begins = found[np.concatenate(([0], breaks + 1))]
        ends = found[np.concatenate((breaks, [len(found) - 1]))]
        sums = np.concatenate(([0], np.cumsum(prose_words)))
        weights = sums[ends + 1] - sums[begins]
        main = int(np.argmax(weights))
        low, high = begins[main], ends[main]
        to_run = np.where(here < low, here - low, np.where(here > high, here - high, 0))
        inside = np.searchsorted(begins, here, side="right") - 1
        in_run = (inside >= 0) & (here <= ends[np.maximum(inside, 0)])
        own_weight = np.where(in_run, weights[np.maximum(inside, 0)] / prose_total, 0)
    else:
        next_prose = previous_prose = np.full(number, _FAR)
    columns = (
        here / number,
        np.log1p(here),
        np.log1p(number - 1 - here),
        (np.cumsum(words) - words) / total,
        above / prose_total,
        np.log1p(above),
        np.log1p(np.maximum(prose_total - above - prose_words, 0)),
        np.minimum(next_prose, _FAR),
        np.minimum(previous_prose, _FAR),
        np.clip(to_run, -_FAR, _FAR),
        own_weight,
        np.full(number, prose_total / total),
    )
    return [column.astype(np.float32) for column in columns]


_SHIFTS = (-3, -2, -1, 1, 2, 3)
NEIGHBOUR_FEATURES = [
    *(f"words within {k}" for k in (3, 8, 20)),
    *(f"prose {k} {side}" for k in (4, 12) for side in ("after", "before")),
    *(f"sentence ends 4 {side}" for side in ("after", "before")),
    *(f"words 2 {side}" for side in ("after", "before")),
    *(f"{what} at {shift}" for shift in _SHIFTS for what in ("words", "sentence end", "lower-case share")),
    *(f"{what} at {shift}" for shift in (-1, 1) for what in ("capitalised", "commas", "prose", "digits")),
]


def neighbours(counted: Counted) -> list[Floats]:
    """What the lines above and below are like."""
    form = dict(zip(FORM_FEATURES, counted.columns, strict=True))
    short = np.minimum(counted.words, _LONG)
    prose_words = np.where(counted.prose, np.minimum(counted.words, 100), 0).astype(np.float32)
    ends = counted.ends_sentence.astype(np.float32)
    of_words, of_prose, of_ends = Around.of(short), Around.of(prose_words), Around.of(ends)
    columns = [*(of_words.within(reach) for reach in (3, 8, 20)), *of_prose.both(4, 12), *of_ends.both(4)]
    columns += of_words.both(2)
    farther = (
        steps(form["log words"], _NO_NEIGHBOUR, *_SHIFTS),
        steps(ends, 0, *_SHIFTS),
        steps(form["lower-case share"], _NO_NEIGHBOUR, *_SHIFTS),
    )
    columns += chain.from_iterable(zip(*farther, strict=True))
    beside = (
        steps(form["capitalised share"], _NO_NEIGHBOUR, -1, 1),
        *(steps(form[name], 0, -1, 1) for name in ("commas", "prose", "digit share")),
    )
    return [*columns, *chain.from_iterable(zip(*beside, strict=True))]


SITE_FEATURES = [
    "is a template",
    *(f"templates {k} {side}" for k in (1, 5) for side in ("after", "before")),
]
_UNKNOWN_SITE = -1.0


def site_knowledge(is_template: Sequence[bool] | None, number: int) -> list[Floats]:
    """Which lines are templates of the source, and whether those around are; all -1 where nothing is known of it."""
    if is_template is None:
        return [np.full(number, _UNKNOWN_SITE, np.float32)] * len(SITE_FEATURES)
    flags = np.asarray(is_template, np.float32)
    return [flags, *Around.of(flags).both(1, 5)]
