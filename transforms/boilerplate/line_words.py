"""What the words of lines tell: the vocabulary of menus, and which lines are about the same thing as the title.

A word is compared by its first STEM letters, which takes most inflections of our languages away; in scripts without
word spaces, two characters are a word. Teasers and comments have other words than the article; paragraphs of one
article, and its headline, share theirs.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from transforms.boilerplate.line_features import IDEOGRAPH, LAST_LETTER, Characters, Counted, Ints
from transforms.boilerplate.menu_words import PURPOSES
from transforms.boilerplate.surroundings import Around, Floats

STEM = 5
# Weights of the vocabulary: hashed stems, first and last words, and short lines as a whole.
BUCKETS = 1 << 16
_WHOLE_LINE_WORDS = 8
# The sum of the weights of a line is divided by the root of its words, and bounded.
MAX_SCORE = 8.0
# Multipliers by which letters, and then places in the table, are mixed; primes, so that they do not fall together.
_LETTER_FACTOR = np.uint64(1_099_511_628_211)
_PRIME = 2_147_483_647
_FIRST_FACTOR, _LAST_FACTOR = 48_271, 69_621
_WHOLE_FACTORS = np.array([16_807, 39_373, 62_089, 77_003, 91_151, 104_729, 130_043, 155_921, 181_081], np.int64)
# Shorter stems are mostly function words, which every line has.
_CONTENT_LETTERS = 4
# A line that has so much of the title's words, and little else, is a copy of the headline.
_COPY_OF_TITLE, _COPY_IN_TITLE = 0.5, 0.75
_FAR = 60.0
_BMP = 0x10000


@cache
def _lower() -> npt.NDArray[np.uint64]:
    """The lower case of each code point of the Basic Multilingual Plane; itself where that is several characters."""
    lowered = (chr(code).lower() for code in range(_BMP))
    codes = [ord(text) if len(text) == 1 else code for code, text in enumerate(lowered)]
    return np.array([*codes, _BMP], np.uint64)


def _stems(codes: npt.NDArray[np.uint64], lengths: Ints) -> npt.NDArray[np.uint64]:
    """A number for each stem, from its letters: one row a letter, of which `lengths` count."""
    numbers = np.zeros(codes.shape[1], np.uint64)
    for i, letters in enumerate(codes):
        numbers = np.where(i < lengths, (numbers ^ letters) * _LETTER_FACTOR, numbers)
    # The upper bits are mixed best.
    return numbers >> np.uint64(17)


def stem_number(stem: str) -> int:
    """The number of one stem, at most STEM letters, in lower case."""
    codes = np.array([[ord(letter)] for letter in stem], np.uint64)
    return int(_stems(codes, np.array([len(stem)]))[0])


@cache
def _purposes() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """The stems with a purpose, sorted, and beside each the number that stands for its purpose."""
    numbers = {
        stem_number(stem[:STEM]): stem_number(f"\0{purpose[:STEM]}")
        for purpose, stems in PURPOSES.items()
        for stem in stems.split()
    }
    known = sorted(numbers)
    return np.array(known, np.uint64), np.array([numbers[number] for number in known], np.uint64)


def _unique(stems: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.uint64], Ints, Ints]:
    """The different stems, sorted, a place at which each is, and for each of `stems` which of them it is.

    As np.unique does, which sorts so that it finds the first place: that takes twice as long.
    """
    order = np.argsort(stems)
    in_order = stems[order]
    is_first = np.ones(len(stems), bool)
    np.not_equal(in_order[1:], in_order[:-1], out=is_first[1:])
    of_stem = np.empty(len(stems), np.int64)
    of_stem[order] = np.cumsum(is_first) - 1
    return in_order[is_first], order[is_first], of_stem


def look_up(numbers: npt.NDArray[np.uint64], known: npt.NDArray[np.uint64]) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """For each number its place among those known, which are sorted, and whether it is one of them."""
    place = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
    return place, known[place] == numbers


def _with_purposes(stems: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    known, purposes = _purposes()
    place, is_known = look_up(stems, known)
    return np.where(is_known, purposes[place], stems)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a page.

    `stems` and `lines` are the pairs of a stem and a line it is in, each once; `weights` what a pair counts for
    (rarity on the page, 0 for function words); `size` the number of different stems. `tokens` and `token_lines` are
    what the vocabulary has weights for; `number` is that of the lines. `line_weights` says what the pairs of each line
    count for; `numbers` are those of the stems (see stem_number).
    """

    stems: Ints
    lines: Ints
    weights: Floats
    size: int
    tokens: Ints
    token_lines: Ints
    number: int
    line_weights: Floats
    numbers: npt.NDArray[np.uint64]


def read_words(characters: Characters) -> Words:
    """The words of the lines: runs of letters, and of ideographs each two that follow each other."""
    number = len(characters.starts)
    is_letter = np.zeros(len(characters.classes) + 1, bool)
    np.less_equal(characters.classes, LAST_LETTER, out=is_letter[1:])
    # Each line ends with a character that is no letter, so each word has an end.
    edges = np.flatnonzero(is_letter[1:] != is_letter[:-1])
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    is_ideograph = characters.classes == IDEOGRAPH
    pairs_of_two = np.flatnonzero(is_ideograph[:-1] & is_ideograph[1:])
    is_content = lengths >= _CONTENT_LETTERS
    if len(pairs_of_two):
        order = np.argsort(np.concatenate((starts, pairs_of_two)), kind="stable")
        starts = np.concatenate((starts, pairs_of_two))[order]
        lengths = np.concatenate((lengths, np.full(len(pairs_of_two), 2)))[order]
        is_content = np.concatenate((is_content, np.full(len(pairs_of_two), True)))[order]
    of_line = characters.line[starts]
    places = np.minimum(starts + np.arange(STEM)[:, None], len(characters.codes) - 1)
    letters = _lower().take(np.minimum(characters.codes.take(places), _BMP))
    stems, seen, of_stem = _unique(_stems(letters, lengths))

    size = max(len(stems), 1)
    buckets = (_with_purposes(stems) % np.uint64(BUCKETS)).astype(np.int64)
    # Each pair once. (Sorting is faster here than the hashing of np.unique.)
    pairs = np.sort(of_line * size + of_stem)
    pairs = pairs[np.diff(pairs, prepend=-1) != 0]
    pair_stems, pair_lines = pairs % size, pairs // size
    lines_of_stem = np.bincount(pair_stems, minlength=len(stems))
    rarity = np.log(number / np.maximum(lines_of_stem, 1)) + 0.1
    weights = np.where(is_content[seen], rarity, 0)[pair_stems].astype(np.float32)
    tokens = [buckets[pair_stems], *_of_ends(buckets[of_stem], of_line)]
    lines_with_words = of_line[np.diff(of_line, prepend=-1) != 0]
    return Words(
        stems=pair_stems,
        lines=pair_lines,
        weights=weights,
        size=size,
        tokens=np.concatenate(tokens),
        token_lines=np.concatenate((pair_lines, *[lines_with_words] * (len(tokens) - 1))),
        number=number,
        line_weights=np.bincount(pair_lines, weights=weights, minlength=number).astype(np.float32),
        numbers=stems,
    )


def _of_ends(buckets: Ints, lines: Ints) -> tuple[Ints, Ints, Ints]:
    """For each line with words the places of its first word, its last, and of the whole line where that is short.

    Hashed from the places of the words: the first word of a line is another token than the same word inside it.
    """
    first = np.flatnonzero(np.diff(lines, prepend=-1))
    last = np.flatnonzero(np.diff(lines, append=lines[-1] + 1 if len(lines) else 0))
    place = np.arange(len(lines)) - np.repeat(first, last - first + 1)
    mixed = buckets * _WHOLE_FACTORS[np.minimum(place, _WHOLE_LINE_WORDS)] % _PRIME
    whole = np.add.reduceat(mixed, first) if len(first) else mixed
    # Longer lines share one place, which learns that they are long.
    whole = np.where(last - first < _WHOLE_LINE_WORDS, whole % _PRIME, 0)
    return (
        (buckets[first] * _FIRST_FACTOR) % _PRIME % BUCKETS,
        (buckets[last] * _LAST_FACTOR) % _PRIME % BUCKETS,
        whole % BUCKETS,
    )


VOCABULARY_FEATURES = ["vocabulary", *(f"vocabulary {k} {side}" for k in (1, 4) for side in ("after", "before"))]


def vocabulary_scores(words: Words, table: Floats) -> Floats:
    """What the words of each line say of it, in log-odds, by a table of BUCKETS weights."""
    sums = np.bincount(words.token_lines, weights=table[words.tokens], minlength=words.number)
    lengths = np.bincount(words.token_lines, minlength=words.number)
    return np.asarray(np.clip(sums / np.sqrt(np.maximum(lengths, 1)), -MAX_SCORE, MAX_SCORE), np.float32)


def vocabulary(words: Words, table: Floats) -> list[Floats]:
    """The scores of the lines, and of those around."""
    scores = vocabulary_scores(words, table)
    return [scores, *Around.of(scores).both(1, 4)]


def _shares(words: Words, counts: Floats) -> Floats:
    """The mean of `counts`, one a pair, over the words of each line, by their weights."""
    mean = _per_line(words, words.weights * counts) / np.maximum(words.line_weights, 1e-3)
    return np.asarray(mean, np.float32)


def _per_line(words: Words, values: Floats) -> Floats:
    return np.bincount(words.lines, weights=values, minlength=words.number).astype(np.float32)


TITLE_FEATURES = (
    "title words, share of the title, copy of the title, lines since copy, copies above, lines to copy, copies of the"
    " title, title words around"
).split(", ")
_NO_COPY = -2.0


def title_words(words: Words) -> list[Floats]:
    """How much of each line is in the first line, which on pages is the title, and where copies of that stand."""
    number = words.number
    in_title = np.zeros(words.size, np.float32)
    in_title[words.stems[words.lines == 0]] = 1
    counts = in_title[words.stems]
    share = _shares(words, counts)
    whole = _per_line(words, words.weights * counts)
    of_title = whole / max(float(whole[0]), 1e-3)
    is_copy = (share > _COPY_IN_TITLE) & (of_title > _COPY_OF_TITLE)
    is_copy[0] = False
    copies, here = np.flatnonzero(is_copy), np.arange(number)
    since = above = to_next = np.full(number, _NO_COPY)
    if len(copies):
        place = np.searchsorted(copies, here, side="right")
        since = np.where(place > 0, np.minimum(here - copies[np.maximum(place - 1, 0)], _FAR), -1)
        above = np.minimum(place, 5)
        following = copies[np.minimum(place, len(copies) - 1)]
        to_next = np.where(place < len(copies), np.minimum(following - here, _FAR), -1)
    columns = (
        share,
        of_title,
        is_copy,
        since,
        above,
        to_next,
        np.full(number, len(copies)),
        Around.of(share).within(4),
    )
    return [column.astype(np.float32) for column in columns]


COHESION_FEATURES = ["words of prose", "words of main runs"]


def cohesion(words: Words, counted: Counted, run_weight: Floats) -> list[Floats]:
    """How much of each line's words is in other lines of prose, and in those of the heavier runs."""
    columns = []
    for weights, most in ((counted.prose.astype(np.float32), 1.0), (counted.prose * run_weight, 2.0)):
        elsewhere = _elsewhere(words, weights.astype(np.float32))
        columns.append(_shares(words, np.minimum(np.ceil(elsewhere) if most == 1 else elsewhere, most)))
    return columns


def _elsewhere(words: Words, weights: Floats) -> Floats:
    """For each pair, the weight of the other lines that have its stem."""
    of_pair = weights[words.lines]
    sums = np.bincount(words.stems, weights=of_pair, minlength=words.size)[words.stems] - of_pair
    return sums.astype(np.float32)
