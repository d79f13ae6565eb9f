"""Signatures by which near-copies of a text are found: MinHash, and the figures in the text.

Two articles are near-copies if one has most of the other's wording: an agency's text under another headline, with a
paragraph more, or with its end cut. Their resemblance is the share of runs of three words that they have in common
(Jaccard, as in Broder, On the resemblance and containment of documents, 1997). A signature estimates it: for each of
`FUNCTIONS` hash functions it holds the smallest value of any run; the share of equal values is the resemblance, with a
standard error of at most .044. Some of the values, taken in threes, are the bands: texts that have a band in common
are worth comparing, others are not looked at.

A template (weather, rates, results) has most of its words in common with the next day's. It has other figures, so
texts with figures are alike only if they share enough of those. Texts too short to have a resemblance are alike if
they are equal. All measures and limits come from benchmarks/near_copies.py; its tables are in docs/near-copies.md.
"""

import struct
import sys
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

# Raised with every change that makes other signatures of the same texts.
VERSION: Final = "1"

# Three words are said by chance, five are broken by every second edit.
RUN_WORDS: Final = 3
FUNCTIONS: Final = 128
# Texts of resemblance .5 have a band in common with probability .80, of .6 with .95, of .7 with .99.
BANDS: Final = 12
BAND_ROWS: Final = 3
MIN_RESEMBLANCE: Final = 0.5
# Below, one changed word changes a tenth of the runs, and a resemblance says nothing.
MIN_WORDS: Final = 30
# A longer text is known by its beginning: some 30,000 words. It bounds the memory, to some 40 MB.
MAX_CHARACTERS: Final = 200_000
# Figures are compared where both texts have this many; below, one of them may be the page's own.
MIN_FIGURES: Final = 4
MAX_FIGURES: Final = 24
MIN_SHARED_FIGURES: Final = 0.5

_BLOCK = 1024  # runs hashed at a time: what fits into a processor's cache
_NOTHING, _MARK = 0, 1  # in the table of letters: a gap, a mark to leave out
_FIRST_LETTER = 16
_HEADER = struct.Struct("<BHB")  # kind, words (at most 65,535), figures
_SHORT, _LONG = 0, 1
_MINIMA = np.dtype("<u2")
_FIGURE = np.dtype("<u4")

_Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Signature:
    """What a text is found by and compared by.

    `bands` are signed 64-bit numbers: texts without a common one are not near-copies as far as we can tell. Empty
    where the text has no word. `packed` is for `alike`.
    """

    bands: tuple[int, ...]
    packed: bytes


def sign(text: str) -> Signature:
    """The signature of a text. It depends on the words alone: not on case, accents, punctuation and white space."""
    words, figures = _words(text[:MAX_CHARACTERS])
    if len(words) < MIN_WORDS:
        return _sign_whole(words)
    runs = np.unique(_mixed(words[:-2] * _odd(1) + words[1:-1] * _odd(2) + words[2:] * _odd(3)))
    minima = _minima(runs)
    rows = minima[: BANDS * BAND_ROWS].reshape(BANDS, BAND_ROWS).astype(np.uint64)
    # The place of the band goes in, so that bands at different places are never equal.
    bands = np.arange(1, BANDS + 1, dtype=np.uint64) * _odd(4)
    for row in range(BAND_ROWS):
        bands = _mixed(bands ^ (rows[:, row] * _odd(5)))
    chosen = np.unique(figures)[:MAX_FIGURES]
    header = _HEADER.pack(_LONG, min(len(words), 0xFFFF), len(chosen))
    packed = header + minima.astype(_MINIMA).tobytes() + chosen.astype(_FIGURE).tobytes()
    return Signature(tuple(bands.view(np.int64).tolist()), packed)


def alike(one: bytes, other: bytes) -> bool:
    """Whether two texts, given as `Signature.packed`, are near-copies."""
    if one == other:
        return True
    return resemblance(one, other) >= MIN_RESEMBLANCE and shared_figures(one, other) >= MIN_SHARED_FIGURES


def resemblance(one: bytes, other: bytes) -> float:
    """The estimated resemblance of two texts, 0 to 1; of short ones 1 if they are equal, else 0."""
    if one[0] != _LONG or other[0] != _LONG:
        return float(one == other)
    return float(np.mean(_minima_of(one) == _minima_of(other)))


def shared_figures(one: bytes, other: bytes) -> float:
    """The estimated share of a long text's figures that another has, of the text with fewer of them.

    1 where one of the two has less than MIN_FIGURES.
    """
    ours, theirs = _figures_of(one), _figures_of(other)
    if min(len(ours), len(theirs)) < MIN_FIGURES:
        return 1.0
    # The smallest hashes of the union are a sample of it, and each of the two has all of its own that are as small.
    sample = sorted(ours | theirs)[:MAX_FIGURES]
    in_both = sum(figure in ours and figure in theirs for figure in sample)
    fewer = min(sum(figure in ours for figure in sample), sum(figure in theirs for figure in sample))
    return in_both / fewer if fewer else 0.0


def _sign_whole(words: _Words) -> Signature:
    """The signature of a short text: a hash of all its words in their order."""
    if not len(words):
        return Signature((), _HEADER.pack(_SHORT, 0, 0))
    places = np.arange(1, len(words) + 1, dtype=np.uint64)
    sums = [_mixed(np.add.reduce(_mixed(words ^ (places * _odd(seed))), keepdims=True)) for seed in (6, 7)]
    # Two hashes: what is compared must not be decided by the 64 bits that brought the two together.
    band, check = (int(value.view(np.int64)[0]) for value in sums)
    return Signature((band,), _HEADER.pack(_SHORT, len(words), 0) + struct.pack("<qq", band, check))


def _words(text: str) -> tuple[_Words, _Words]:
    """The hashes of the words of a text, in order, and of those among them that begin with a digit."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.dtype("<u4"))
    letters = _table()[np.minimum(points, sys.maxunicode)]
    letters = letters[letters != _MARK]
    if not len(letters):
        return (empty := np.zeros(0, np.uint64)), empty
    inside = letters != _NOTHING
    single = letters >= _SINGLES
    before = np.concatenate(([False], inside[:-1] & ~single[:-1]))
    starts = np.flatnonzero(inside & (single | ~before))
    if not len(starts):
        return (empty := np.zeros(0, np.uint64)), empty
    word = np.cumsum(np.bincount(starts, minlength=len(letters))) - 1
    place = np.arange(len(letters)) - starts[np.maximum(word, 0)]
    values = letters.astype(np.uint64) * _powers()[np.minimum(place, len(_powers()) - 1)]
    # What lies between words counts nothing, so that a word's sum is that of its letters.
    values[~inside] = 0
    hashes = _mixed(np.add.reduceat(values, starts))
    first = letters[starts]
    return hashes, hashes[(first >= _FIRST_LETTER + ord("0")) & (first <= _FIRST_LETTER + ord("9"))]


def _minima(runs: _Words) -> npt.NDArray[np.uint32]:
    """The smallest value of any run under each of the hash functions."""
    factors, summands = _functions()
    # Half the bits are enough to tell 30,000 runs apart, and a processor multiplies twice as many at a time.
    low = runs.astype(np.uint32)
    smallest = np.full(FUNCTIONS, np.iinfo(np.uint32).max, np.uint32)
    for start in range(0, len(low), _BLOCK):
        values = factors[:, None] * low[None, start : start + _BLOCK]
        values += summands[:, None]
        np.minimum(smallest, values.min(axis=1), out=smallest)
    # The smallest values have their high bits in common; mixed, any of the bits tell them apart.
    return (_mixed(smallest.astype(np.uint64)) >> np.uint64(32)).astype(np.uint32)


def _mixed(values: _Words) -> _Words:
    """Each bit of each value spread over all of them: the finaliser of SplitMix64 (Steele, Lea, Flood, 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _stream(seed: int, count: int) -> _Words:
    """`count` fixed numbers that look random: SplitMix64 from a seed."""
    steps = np.arange(1, count + 1, dtype=np.uint64) + np.uint64(seed << 20)
    return _mixed(steps * np.uint64(0x9E3779B97F4A7C15))


@cache
def _odd(seed: int) -> np.uint64:
    return np.uint64(_stream(seed, 1)[0] | np.uint64(1))


@cache
def _functions() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    return (_stream(101, FUNCTIONS) | np.uint64(1)).astype(np.uint32), _stream(102, FUNCTIONS).astype(np.uint32)


@cache
def _powers() -> _Words:
    """The weight of a letter by its place in the word; words longer than 64 letters are none in any language."""
    return _stream(103, 64) | np.uint64(1)


# Letters that are words by themselves are moved up by this much.
_SINGLES = 0x200000
_IDEOGRAPHS = ((0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))


@cache
def _table() -> npt.NDArray[np.uint32]:
    """What each code point counts as: case folded, without accents; ё is е, й is и, ў is у in all texts alike."""
    table = np.zeros(sys.maxunicode + 1, np.uint32)
    for point in range(0x20000):
        character = chr(point)
        if not character.isalnum():
            # Soft hyphens and joiners stand inside words.
            table[point] = _MARK if unicodedata.category(character) in {"Mn", "Me", "Cf"} else _NOTHING
            continue
        folded = unicodedata.normalize("NFKD", character).casefold()
        letter = next((each for each in unicodedata.normalize("NFKD", folded) if each.isalnum()), character)
        digit = unicodedata.digit(letter, None)
        table[point] = _FIRST_LETTER + (ord(letter) if digit is None else ord("0") + digit)
    for first, last in _IDEOGRAPHS:
        here = slice(first, last + 1)
        table[here] = np.where(table[here] == _MARK, _MARK, np.arange(first, last + 1) + _SINGLES)
    return table


def _minima_of(packed: bytes) -> npt.NDArray[np.uint16]:
    return np.frombuffer(packed, _MINIMA, FUNCTIONS, _HEADER.size)


def _figures_of(packed: bytes) -> set[int]:
    return set(np.frombuffer(packed, _FIGURE, packed[3], _HEADER.size + FUNCTIONS * _MINIMA.itemsize).tolist())
