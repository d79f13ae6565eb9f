"""Read the word list out of a tesseract model, as its tools combine_tessdata and dawg2wordlist do.

A `.traineddata` file is a table of offsets and its parts one after the other. Two are of interest: the character
set, one character (or ligature) a line, and the words as a directed acyclic word graph. Source of the layout:
tesseract 5.3, src/ccutil/tessdatamanager.cpp and src/dict/dawg.cpp (`SquishedDawg`).
"""

import struct
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

# Places in the table of parts (tessdatamanager.h).
_WORDS_PART: Final = 19
_CHARACTERS_PART: Final = 21
_DAWG_MAGIC: Final = 42
# Above the letter an edge has three flags, above them the node it leads to (dawg.h).
_FLAGS: Final = 3
_LAST_OF_NODE: Final = 1
_ENDS_WORD: Final = 4


def words_of(model: bytes) -> Iterator[str]:
    """The words in a `.traineddata` file, each once, as spelt there. Raises ValueError where it is none."""
    parts = _parts(model)
    yield from _words(parts[_WORDS_PART], _characters(parts[_CHARACTERS_PART]))


def _parts(model: bytes) -> dict[int, bytes]:
    (count,) = struct.unpack_from("<i", model)
    offsets = struct.unpack_from(f"<{count}q", model, 4)
    there = {number: offset for number, offset in enumerate(offsets) if offset >= 0}
    if missing := {_WORDS_PART, _CHARACTERS_PART} - there.keys():
        raise ValueError(f"a tesseract model without the parts {sorted(missing)}: no word list can be read from it")
    ends = dict(pairwise([*sorted(there.values()), len(model)]))
    return {number: model[offset : ends[offset]] for number, offset in there.items()}


def _characters(part: bytes) -> list[str]:
    count, *lines = part.decode("utf-8").split("\n")
    return [line.split(" ", 1)[0] for line in lines[: int(count)]]


def _words(part: bytes, characters: list[str]) -> Iterator[str]:
    magic, alphabet, count = struct.unpack_from("<hii", part)
    if magic != _DAWG_MAGIC:
        raise ValueError(f"a word graph starts with {_DAWG_MAGIC}, this one with {magic}")
    edges = struct.unpack_from(f"<{count}Q", part, struct.calcsize("<hii"))
    letter_bits = alphabet.bit_length()  # ceil(log2(alphabet + 1))
    letters = (1 << letter_bits) - 1
    waiting = [(0, "")]
    while waiting:
        edge, prefix = waiting.pop()
        while True:
            record = edges[edge]
            flags = record >> letter_bits
            word = prefix + characters[record & letters]
            if flags & _ENDS_WORD:
                yield word
            if target := flags >> _FLAGS:
                waiting.append((target, word))
            if flags & _LAST_OF_NODE:
                break
            edge += 1
