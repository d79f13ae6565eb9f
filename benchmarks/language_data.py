"""The labelled texts of the development data's folder `language/`, and the two halves they are used in."""

import gzip
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Part = Literal["tune", "report", "all"]

SETS: Final = {"sentences": "sent", "short lines": "short", "documents": "doc"}
# The languages of the mean, as the data's README has them.
LANGUAGES: Final = tuple("be ru uk bg mk sr kk ky tt ba uz pl cs sl en".split())
# Labels that not every detector has: their rows are left out where detectors are compared on equal terms.
NOT_KNOWN_TO_ALL: Final = frozenset({"kaa", "crh", "sah", "cv"})
# Languages that Dropwire does not serve and that look like ones it does: no served tag is right for them.
LOOKALIKES: Final = ("kaa", "crh")


@dataclass(frozen=True, slots=True)
class Row:
    """A text and the tag it should get (BCP 47)."""

    label: str
    text: str


def file_of(folder: Path, name: str) -> Path:
    """Where a set (a key of SETS) lies."""
    return folder / "language" / f"{SETS[name]}.tsv.gz"


def read_rows(folder: Path, name: str, part: Part = "report") -> list[Row]:
    """The rows of a set (a key of SETS) that belong to `part`. Raises OSError where the file cannot be read."""
    rows = []
    with gzip.open(file_of(folder, name), "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            label, _, text = line.rstrip("\n").split("\t", 2)
            if belongs(text, part):
                rows.append(Row(label.replace("_", "-"), text))
    return rows


def belongs(text: str, part: Part) -> bool:
    """Whether a text belongs to `part`; a text's own CRC decides, so equal texts are never on both sides."""
    half = "report" if zlib.crc32(text.encode()) % 2 else "tune"
    return part in {"all", half}


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of the file of each set. Raises OSError where one cannot be read."""
    return {name: hashlib.sha256(file_of(folder, name).read_bytes()).hexdigest() for name in SETS}
