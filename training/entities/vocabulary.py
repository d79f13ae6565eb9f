"""Which pieces of the wheel's vocabulary are kept: the scripts that we serve, so that the file stays small."""

import unicodedata
from collections.abc import Iterable
from typing import Final

from training.entities.wheel import Wheel
from transforms.entities.pieces import UNKNOWN

# The most likely pieces of Latin and without letters, by their place in the vocabulary, which is ordered by that.
_LATIN: Final = 60_000
_OTHER_BEFORE: Final = 60_000
_MASK: Final = "<mask>"


def kept_pieces(wheel: Wheel, seen: Iterable[int]) -> list[int]:
    """The numbers of the pieces to keep, ascending: all Cyrillic ones, the likeliest others, those `seen`."""
    kept = {*range(UNKNOWN + 1), *seen}
    latin = 0
    for number, piece in enumerate(wheel.pieces):
        if number <= UNKNOWN or piece == _MASK:
            continue
        scripts = _scripts(piece)
        if scripts == {"LATIN"}:
            latin += 1
            if latin <= _LATIN:
                kept.add(number)
        elif "CYRILLIC" in scripts or (not scripts and number < _OTHER_BEFORE):
            kept.add(number)
    return sorted(kept)


def _scripts(piece: str) -> set[str]:
    return {unicodedata.name(letter, "?").split()[0] for letter in piece if letter.isalpha()}
