"""Counting what documents say of entities."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from pymongo.database import Database

from store.connection import Record
from store.parts import parts
from store.schema import SCHEMA_VERSION
from transforms.document import UNDETERMINED

# What is read of a document.
COUNTED = dict.fromkeys(
    (
        "published_at",
        "language",
        *(f"entities.{name}" for name in ("id", "type", "name", "language", "keys", "evidence", "links")),
        "entities.mentions.surface",
    ),
    1,
)
# The most frequent ones are kept: what a person reads, and a record that stays small however the texts spell a name.
MAX_NAMES = 50
MAX_ALIASES = 100
MAX_KEYS = 500
MAX_LINKS = 20
MAX_NEIGHBOURS = 20
# Entities that are asked for together: the embedded store compares each entity of each document with all of them.
_IN_A_QUESTION = 50
# Documents that are read in one go.
_PAGE = 256


class Tally:
    """What documents say of one entity, one document after the other, in any order."""

    def __init__(self, entity: str) -> None:
        self._id = entity
        self._documents = 0
        self._types = Counter[str]()
        self._names = Counter[tuple[str, str]]()
        self._surfaces = Counter[str]()
        self._keys = Counter[str]()
        self._links = Counter[str]()
        self._evidence = Counter[str]()
        self._neighbours = Counter[tuple[str, str]]()
        self._first: datetime | None = None
        self._last: datetime | None = None

    @classmethod
    def of(cls, entity: str, documents: Iterable[Record]) -> "Tally":
        """What these documents, each once, say of the entity."""
        tally = cls(entity)
        for document in documents:
            for named in document["entities"]:
                if named["id"] == entity:
                    tally.add(named, document)
        return tally

    def add(self, entity: Record, document: Record) -> None:
        """Count a document and the entity as it names it."""
        self._documents += 1
        self._types[entity["type"]] += 1
        own = entity.get("language", UNDETERMINED)
        self._names[document["language"] if own == UNDETERMINED else own, entity["name"]] += 1
        self._surfaces.update(mention["surface"] for mention in entity["mentions"])
        self._keys.update(set(entity["keys"]))
        self._links.update(set(entity.get("links", ())))
        self._evidence[entity.get("evidence", "name")] += 1
        self._neighbours.update(
            (other["id"], other["name"]) for other in document["entities"] if other["id"] != self._id
        )
        at = document["published_at"]
        if at is not None:
            self._first = min(self._first or at, at)
            self._last = max(self._last or at, at)

    def record(self) -> Record | None:
        """The record of the entity, without its turn; None where no document names it.

        It depends on the documents and not on their order: what is equally frequent is sorted by itself. The name is
        the most frequent one in any language.
        """
        if not self._documents:
            return None
        names = Counter[str]()
        for (_, name), documents in self._names.items():
            names[name] += documents
        return {
            "_id": self._id,
            "schema_version": SCHEMA_VERSION,
            "type": _most(self._types, 1)[0][0],
            "name": _most(names, 1)[0][0],
            "names": [
                {"language": language, "name": name, "documents": documents}
                for (language, name), documents in _most(self._names, MAX_NAMES)
            ],
            "aliases": [
                {"surface": surface, "mentions": mentions} for surface, mentions in _most(self._surfaces, MAX_ALIASES)
            ],
            "keys": sorted(key for key, _ in _most(self._keys, MAX_KEYS)),
            "links": [link for link, _ in _most(self._links, MAX_LINKS)],
            "evidence": [
                {"evidence": evidence, "documents": documents} for evidence, documents in _most(self._evidence)
            ],
            "documents": self._documents,
            "mentions": self._surfaces.total(),
            "first_seen": self._first,
            "last_seen": self._last,
            "neighbours": self._together(),
        }

    def _together(self) -> list[Record]:
        """Those that are named in the most of the same documents, each by its most frequent name there."""
        documents = Counter[str]()
        for (other, _), count in self._neighbours.items():
            documents[other] += count
        nearest = dict(_most(documents, MAX_NEIGHBOURS))
        names: dict[str, Counter[str]] = {other: Counter() for other in nearest}
        for (other, name), count in self._neighbours.items():
            if other in nearest:
                names[other][name] += count
        return [
            {"id": other, "name": _most(names[other], 1)[0][0], "documents": count} for other, count in nearest.items()
        ]


def _most(counts: Counter[Any], limit: int | None = None) -> list[tuple[Any, int]]:
    ordered: Iterable[tuple[Any, int]] = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return list(ordered)[:limit]


def tallied(db: Database[Record], ids: Collection[str]) -> Mapping[str, Tally]:
    """What the documents say of these entities: all documents that name them."""
    tallies = {entity: Tally(entity) for entity in ids}
    for some in map(set, parts(tallies, _IN_A_QUESTION)):
        for record in db.documents.find({"entities.id": {"$in": sorted(some)}}, COUNTED):
            for entity in record["entities"]:
                if entity["id"] in some:
                    tallies[entity["id"]].add(entity, record)
    return tallies


def read_counted(db: Database[Record], doc_ids: Iterable[str]) -> Iterator[Record]:
    """What is counted of these documents, of those that are there."""
    for page in parts(sorted(doc_ids), _PAGE):
        yield from db.documents.find({"_id": {"$in": page}}, COUNTED)


def ids_of(document: Record) -> set[str]:
    """The entities that a document names."""
    return {entity["id"] for entity in document["entities"]}
