"""The word list of a tesseract model."""

import struct

import pytest

from training.language.dawg import words_of

CHARACTERS = ["NULL", "д", "а", "х", "lj"]
BITS = 3  # five characters
LAST, WORD = 1, 4


def edge(letter: int, flags: int, target: int = 0) -> int:
    return letter | flags << BITS | target << BITS + 3


# да, дах, х, а, аlj; the second of the root's edges goes to the node at 3, the first to that at 4.
EDGES = [
    edge(1, 0, 4),
    edge(2, WORD, 3),
    edge(3, WORD | LAST),
    edge(4, WORD | LAST),
    edge(2, WORD | LAST, 5),
    edge(3, 5),
]


def model(edges: list[int], magic: int = 42) -> bytes:
    words = struct.pack("<hii", magic, len(CHARACTERS), len(edges)) + struct.pack(f"<{len(edges)}Q", *edges)
    characters = f"{len(CHARACTERS)}\n" + "".join(f"{name} 3 0,255 Cyrillic 1\n" for name in CHARACTERS)
    first = 4 + 8 * 24
    offsets = [-1] * 24
    offsets[19], offsets[21], offsets[23] = first, first + len(words), first + len(words) + len(characters.encode())
    return struct.pack("<i24q", 24, *offsets) + words + characters.encode() + b"version"


def test_words() -> None:
    assert sorted(words_of(model(EDGES))) == ["а", "аlj", "да", "дах", "х"]


def test_another_file_is_refused() -> None:
    with pytest.raises(ValueError, match="starts with 42"):
        list(words_of(model(EDGES, magic=7)))
    with pytest.raises(ValueError, match="without the parts"):
        list(words_of(struct.pack("<i24q", 24, *[-1] * 24)))
