"""The collection `due`: the entities that are to be counted, and the documents by which they became so.

Whoever writes documents marks; whoever counts reads, counts, and then forgets the records that he has read
(store.entities). What he finds too early to count he postpones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from bson import ObjectId
from pymongo import DeleteOne, InsertOne
from pymongo.database import Database

from store.bulk import bulk_write
from store.connection import Record
from store.parts import parts
from store.schema import DATE, SCHEMA_VERSION, STRING, VERSION, Collection, list_of, record_of

# Ids that one record holds: enough for all names of a chunk, little enough for a record.
_IDS_IN_A_RECORD = 1000
# What is due at one time, in memory: some 10 MB. Who is named everywhere is counted once for all of them.
IDS_AT_ONCE = 50_000
# Documents of which new entities are counted together: some 20 MB. Those named in several parts are counted one by one.
_DOCUMENTS_IN_A_PART = 2_000
# The place of entities that any document may name.
ANYWHERE = -1

COLLECTION = Collection(
    name="due",
    schema=record_of(
        {"_id": {"bsonType": "objectId"}, "schema_version": VERSION, "entities": list_of(STRING)},
        # The documents by which they became due. Without them, any document may name those of them that are new. And
        # when they are to be counted, if not at once.
        {"documents": list_of(STRING), "after": DATE},
    ),
)


def mark(db: Database[Record], ids: Iterable[str], doc_ids: Sequence[str] = ()) -> None:
    """Say that these entities are to be counted; with `doc_ids`, as these documents name them, or did before.

    Without, they are to be counted at once.
    """
    _insert(db, ids, {"documents": list(doc_ids)} if doc_ids else {})


def postpone(db: Database[Record], ids: Iterable[str], after: datetime) -> None:
    """Say that these entities, which have been counted before, are to be counted from then on."""
    _insert(db, ids, {"after": after})


def _insert(db: Database[Record], ids: Iterable[str], said: Record) -> None:
    records: list[Record] = [
        {"_id": ObjectId(), "schema_version": SCHEMA_VERSION, "entities": part, **said}
        for part in parts(sorted(set(ids)), _IDS_IN_A_RECORD)
    ]
    bulk_write(db, COLLECTION.name, [str(one["_id"]) for one in records], [InsertOne(one) for one in records])


@dataclass(frozen=True, slots=True)
class Due:
    """What is due, each once, in the order in which it became due: neighbours are named by the same documents.

    `ids` has for each entity the place in `parts` of all the documents by which it became due, or ANYWHERE; `urgent`
    are those to be counted at once.
    """

    records: list[ObjectId] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    parts: list[set[str]] = field(default_factory=lambda: [set()])
    urgent: set[str] = field(default_factory=set)

    def add(self, record: Record) -> None:
        """Take a record of `due` in."""
        self.records.append(record["_id"])
        place = ANYWHERE
        if "documents" in record:
            if len(self.parts[-1]) >= _DOCUMENTS_IN_A_PART:
                self.parts.append(set())
            self.parts[-1].update(record["documents"])
            place = len(self.parts) - 1
        elif "after" not in record:
            self.urgent.update(record["entities"])
        for one in record["entities"]:
            self.ids[one] = place if self.ids.get(one, place) == place else ANYWHERE

    def at(self, place: int) -> list[str]:
        """The entities at this place."""
        return [one for one, its in self.ids.items() if its == place]


def is_any(db: Database[Record], now: datetime) -> bool:
    """Whether anything is due by now."""
    return any(db.due.find_one({"after": after}, {"_id": 1}) is not None for after in _until(now))


def read(db: Database[Record], now: datetime) -> Due:
    """What is due by now, or the first of it, where it is much."""
    due = Due()
    for record in chain.from_iterable(db.due.find({"after": after}) for after in _until(now)):
        due.add(record)
        if max(len(due.ids), sum(map(len, due.parts))) >= IDS_AT_ONCE:
            break
    return due


def _until(now: datetime) -> tuple[Record | None, ...]:
    return None, {"$lte": now}


def forget(db: Database[Record], due: Due) -> None:
    """Say that these have been counted."""
    bulk_write(db, COLLECTION.name, list(map(str, due.records)), [DeleteOne({"_id": one}) for one in due.records])
