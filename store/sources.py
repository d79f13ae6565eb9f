"""Sources as they are: how many documents, how much was cut, which lines recur."""

from collections.abc import Sequence
from dataclasses import dataclass

from pymongo.database import Database

from store import templates
from store.asking import counts_by
from store.connection import Record
from store.templates import Line

# Documents of a source that are looked at to tell how much was cut; more would make no difference that is shown.
LOOKED_AT = 50
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Source:
    """A source: its documents, and of `looked_at` of them how many characters they had and how many were cut.

    `templates` counts the lines that are known to recur on it, `examples` are the most frequent ones.
    """

    name: str
    documents: int
    looked_at: int
    characters: int
    cut: int
    templates: int
    examples: tuple[str, ...]

    @property
    def cut_share(self) -> float | None:
        """The share of the characters that was cut; None where there are none."""
        return self.cut / self.characters if self.characters else None


def sources(db: Database[Record], limit: int | None = None) -> list[Source]:
    """The sources with the most documents, at most `limit`.

    How much was cut is told by those documents that have the smallest ids: they are hashes, so it is a fair sample.
    """
    counts = list(counts_by(db.documents, "source").items())
    return [
        look_at(db, name, count, templates.smallest_ids(db, name, LOOKED_AT), templates.lines_of(db, name))
        for name, count in counts[:limit]
    ]


def look_at(db: Database[Record], name: str, count: int, ids: Sequence[str], lines: Sequence[Line]) -> Source:
    """A source that has `count` documents, those with the smallest `ids` among them, and these templates."""
    characters = cut = 0
    ids = ids[:LOOKED_AT]
    for record in db.documents.find(
        {"_id": {"$in": list(ids)}}, {"text": 1, "boilerplate.start": 1, "boilerplate.end": 1}
    ):
        gone = sum(span["end"] - span["start"] for span in record["boilerplate"])
        characters += len(record["text"]) + gone
        cut += gone
    return Source(name, count, len(ids), characters, cut, len(lines), tuple(line.line for line in lines[:EXAMPLES]))
