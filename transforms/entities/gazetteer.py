"""The names that are known beforehand: read from one compiled file, looked up by key.

The file holds a sorted array of 64-bit hashes of keys, for each the number of a row, and the rows: no names, which a
million of Python strings would be. training/entities/gazetteer makes it and its README.md is the card. A hash that is
not in the file is taken for one that is with a probability of the number of hashes (some 10^5) in 2^64: never.
"""

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final, cast

import numpy as np

from transforms.document import EntityType, LinkEvidence

VERSION: Final = "names-1"
# What a hash is of: a kind of key and the key. A type alone is a coarse key in any language, `LOC.pl` one in Polish.
FORM: Final = "form"
FINE: Final = "fine"


@dataclass(frozen=True, slots=True)
class Known:
    """What a name is known to mean. `links` are its identifiers elsewhere, as in transforms.document.Entity."""

    id: str
    type: EntityType
    evidence: LinkEvidence
    links: tuple[str, ...]

    def row(self) -> str:
        """The row of the file that says so."""
        return "\t".join((self.id, self.type, self.evidence, *self.links))


def hash_of(kind: str, key: str) -> int:
    """The 64 bits under which a key of a kind is filed."""
    return int.from_bytes(blake2b(f"{kind}\t{key}".encode(), digest_size=8).digest(), "little")


class Gazetteer:
    """Places, organisations, persons and forms of names. Holds 10 MB; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as stored:
            self._hashes = stored["hashes"]
            self._rows = stored["rows"]
            self._ends = stored["ends"]
            self._text: bytes = stored["text"].tobytes()

    def known(self, kind: str, key: str) -> Known | None:
        """What the name with this key means, None where it is not known or has several meanings."""
        row = self._row(kind, key)
        if row is None:
            return None
        identity, entity_type, evidence, *links = row.split("\t")
        return Known(identity, cast("EntityType", entity_type), cast("LinkEvidence", evidence), tuple(links))

    def form(self, word: str) -> str:
        """The one form of a first name or surname, given the key of any of its forms; else `word` itself."""
        return self._row(FORM, word) or word

    def _row(self, kind: str, key: str) -> str | None:
        wanted = np.uint64(hash_of(kind, key))
        place = int(np.searchsorted(self._hashes, wanted))
        if place == len(self._hashes) or self._hashes[place] != wanted:
            return None
        row = int(self._rows[place])
        start = int(self._ends[row - 1]) if row else 0
        return self._text[start : int(self._ends[row])].decode("ascii")
