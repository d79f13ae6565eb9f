"""Text to character n-grams, and n-grams to scores: the features of the language model, for whole batches at once.

A word is padded with a mark at both ends; its n-grams of 1 to 6 characters and the word itself are hashed to 32
bits. Everything is arithmetic on arrays, so a batch costs the same few numpy calls whatever it holds.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LONGEST: Final = 6
# Characters that no word holds; the end mark also ends the n-grams that tell suffixes.
_START, _END = "\x02", "\x03"
# Words, with the apostrophes and hyphens inside them (Ukrainian п'ять, Uzbek o'zbek).
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_APOSTROPHES = str.maketrans(dict.fromkeys("’ʼʻ‘ʽ‛`´ʹʿʾ′＇", "'"))
# What stands inside words and is no part of them: soft hyphens, zero-width characters, stress marks, and the dot that
# the lower case of a Turkish İ leaves behind.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff\u0300\u0301\u0307]")
# Most texts have neither, and a look costs less than a replacement.
_ODD = re.compile("[’ʼʻ‘ʽ‛`´ʹʿʾ′＇\u00ad\u200b-\u200d\u2060\ufeff\u0300\u0301\u0307]")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_LATIN = re.compile("[a-z\u00e0-\u024f\u0259]")
# Latin letters that look like Cyrillic ones and are typed in their place: Chuvash ă ĕ ç, Kazakh ə, a Latin i in
# Belarusian and Ukrainian, and whatever an OCR program mixes up.
_LOOKALIKES = str.maketrans("ăĕçÿəöaeopcxyijshkmtbёqw", "ӑӗҫӳәӧаеорсхуіјѕһкмтвёԛԝ")

# Odd multipliers of Fibonacci hashing (2^32 / golden ratio) and of FNV-1a.
_GOLDEN = np.uint32(2654435769)
_PRIME = np.uint32(16777619)
_SHIFT = np.uint32(15)


@dataclass(frozen=True, slots=True)
class Features:
    """The hashed n-grams of a batch of words: those of word i are `hashes[ends[i - 1]:ends[i]]`."""

    hashes: NDArray[np.uint32]
    ends: NDArray[np.int64]


def words(text: str) -> list[str]:
    """The words of `text` as the model sees them: composed, lower case, look-alike letters put right."""
    plain = unicodedata.normalize("NFC", text).lower()
    if _ODD.search(plain):
        plain = _INVISIBLE.sub("", plain.translate(_APOSTROPHES))
    found = _WORD.findall(plain)
    if _CYRILLIC.search(plain) and _LATIN.search(plain):
        return [word.translate(_LOOKALIKES) if _CYRILLIC.search(word) else word for word in found]
    return found


def features_of_words(found: Iterable[str]) -> Features:
    """The features of each word, words as `words` gives them."""
    padded = [f"{_START}{word}{_END}" for word in found]
    lengths = np.fromiter(map(len, padded), np.int64, len(padded))
    if not padded:
        return Features(np.zeros(0, np.uint32), lengths)
    characters = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), np.uint32)
    ends = np.cumsum(lengths)
    left = np.repeat(ends, lengths) - np.arange(len(characters))  # characters to the end of the word, mark included

    # One row a position, one column an order, the last one for the word as a whole; zero where there is none.
    table = np.zeros((len(characters), LONGEST + 1), np.uint32)
    running = _mix(characters)
    table[:, 0] = np.where(characters > ord(_END), running, 0)
    for order in range(2, LONGEST + 1):
        running = _mix(running[:-1] ^ characters[order - 1 :])
        table[: len(running), order - 1] = np.where(left[: len(running)] >= order, running, 0)
    place = (np.repeat(lengths, lengths) - left).astype(np.uint32)
    starts = ends - lengths
    table[starts, LONGEST] = _mix(np.add.reduceat(_mix(characters + place * _GOLDEN), starts))

    present = table != 0
    counts = np.add.reduceat(present.sum(axis=1), starts)
    return Features(table[present], np.cumsum(counts))


def _mix(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    mixed = (values ^ _GOLDEN) * _PRIME
    mixed ^= mixed >> _SHIFT
    mixed *= _GOLDEN
    mixed ^= mixed >> _SHIFT
    return mixed
