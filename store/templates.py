"""The collections `templates` and `unlearned`: the lines that recur on each source, and where they are to be learned.

The templates of a source are learned from a sample of its documents: those with the smallest ids. Ids are hashes, so
the sample is drawn by chance, and as it depends on nothing but what is stored, so do the templates: not on the order
of drops, on the number of workers or on crashes. A new document is in the sample of n with a probability of SAMPLE / n,
so learning costs the same for a large source and ever seldom finds anything new.

Whoever writes documents cuts them by the templates that he knows, then marks the source as `unlearned` and looks
whether its templates are still the same (`note`). Whoever learns writes the templates first and then goes through the
documents. So of a document that was cut by old templates one of the two takes notice.

Learning needs no lock. Who begins takes a `turn`; whatever he writes is on the condition that nobody has taken another
since. What is left to do stands in the record (`touched`, `reached`) and goes on where it was, after a kill.
"""

import hashlib
from collections.abc import Collection as Several
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bson import ObjectId
from pymongo import DeleteOne, ReturnDocument, UpdateOne
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from store.bulk import bulk_write
from store.connection import Record, StoreError
from store.schema import INTEGER, SCHEMA_VERSION, STRING, VERSION, Collection, list_of, record_of

COLLECTION = Collection(
    name="templates",
    schema=record_of(
        {"_id": STRING, "schema_version": VERSION, "turn": INTEGER},
        {
            # Once something was learned: SHA-256 over the keys, what they were learned from, of how many documents.
            "digest": STRING,
            "learned_from": STRING,
            "sample": INTEGER,
            "bound": STRING,
            "lines": list_of(record_of({"key": STRING, "line": STRING, "documents": INTEGER})),
            # While documents are to be cleaned anew: hashes of the lines that make the difference, and how far it got.
            "touched": list_of(STRING),
            "reached": STRING,
        },
    ),
)
UNLEARNED = Collection(
    name="unlearned",
    schema=record_of({"_id": STRING, "schema_version": VERSION, "mark": {"bsonType": "objectId"}}),
)

# Enough to see the menus of a source and of its sections; the texts of so many are read in a tenth of a second.
SAMPLE = 200
# Of a page of documents that are gone through; as many as there are in the sample below its largest id.
_ID_DIGITS = 32
_IDS = 16**_ID_DIGITS
# The first guess where the sample of a large source ends: that of one with a million documents.
_FIRST_BOUND = _IDS // 1_000_000 * SAMPLE
# A source with more lines than fit is none that templates say anything of; the most frequent ones are kept.
_MAX_CHARACTERS = 2_000_000
# Each try that fails is one that somebody else has won.
_TURN_TRIES = 8
_FRAME = 50
_HASH_BYTES = 6
_NOTHING = ""


def digest_of(keys: Iterable[str]) -> str:
    """What tells one set of keys from another; empty for none."""
    ordered = sorted(keys)
    return hashlib.sha256("\n".join(ordered).encode("utf-8", "surrogatepass")).hexdigest() if ordered else _NOTHING


def hash_of(key: str) -> str:
    """A key as `touched` has it."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=_HASH_BYTES).hexdigest()


@dataclass(frozen=True, slots=True)
class Line:
    """A template as it is stored: its key, one spelling, and in how many documents of the sample it was found."""

    key: str
    line: str
    documents: int


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a source: the keys of its templates, and their digest."""

    digest: str = _NOTHING
    keys: frozenset[str] = frozenset()


# For those who write documents


def known(db: Database[Record], sources: Several[str], before: Mapping[str, Known]) -> dict[str, Known]:
    """What is known of these sources; `before` is what was known, and is not read again where it is still so."""
    digests = _digests(db, sources)
    found = {name: before[name] for name in sources if name in before and before[name].digest == digests[name]}
    wanted = [name for name in sources if name not in found and digests[name]]
    records = db.templates.find({"_id": {"$in": wanted}}, {"digest": 1, "lines.key": 1}) if wanted else ()
    read = {record["_id"]: Known(record["digest"], _keys(record)) for record in records}
    return {name: found.get(name) or read.get(name) or Known() for name in sources}


def note(db: Database[Record], used: Mapping[str, str]) -> set[str]:
    """Say that documents of these sources were written, cut by the templates with these digests.

    Returns the sources whose templates are others by now: what was written must be cleaned anew.
    """
    mark(db, used)
    now = _digests(db, used)
    return {name for name, digest in used.items() if now[name] != digest}


def mark(db: Database[Record], sources: Iterable[str]) -> None:
    """Say that the templates of these sources are to be learned."""
    names = list(sources)
    fresh = {"schema_version": SCHEMA_VERSION}
    changes = [
        UpdateOne({"_id": name}, {"$set": {"mark": ObjectId()}, "$setOnInsert": fresh}, upsert=True) for name in names
    ]
    # Who loses the race to insert the record has been spared the mark; the other's is as young.
    bulk_write(db, UNLEARNED.name, names, changes)


def _digests(db: Database[Record], sources: Iterable[str]) -> dict[str, str]:
    names = list(sources)
    found = db.templates.find({"_id": {"$in": names}}, {"digest": 1}) if names else ()
    digests = {record["_id"]: record.get("digest", _NOTHING) for record in found}
    return {name: digests.get(name, _NOTHING) for name in names}


def _keys(record: Record) -> frozenset[str]:
    return frozenset(line["key"] for line in record.get("lines", ()))


# For those who learn


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of learning the templates of a source, and the state of what is known of it.

    `touched` are hashes of the lines for which documents are to be cleaned anew, `reached` is the id up to which they
    were.
    """

    source: str
    number: int
    mark: ObjectId | None
    known: Known
    learned_from: str | None
    bound: str | None
    touched: frozenset[str]
    reached: str

    @property
    def condition(self) -> Record:
        """That nobody has taken another turn since."""
        return {"_id": self.source, "turn": self.number}


@dataclass(frozen=True, slots=True)
class Sample:
    """The documents that the templates of a source are learned from: their ids, and a digest over their versions.

    `bound` is the largest id of a full sample.
    """

    ids: tuple[str, ...]
    digest: str
    bound: str | None


def unlearned(db: Database[Record]) -> list[str]:
    """The sources whose templates are to be learned, sorted."""
    return sorted(record["_id"] for record in db.unlearned.find({}, {"_id": 1}))


def worth_learning(db: Database[Record], sources: Iterable[str]) -> list[str]:
    """Those of the sources that there is something to learn of.

    The marks of the others go: nothing was ever learned of these, and nothing recurs on their only document.
    """
    names = list(sources)
    marked = list(db.unlearned.find({"_id": {"$in": names}}))
    learned = {record["_id"] for record in db.templates.find({"_id": {"$in": names}}, {"_id": 1})}
    single = {name for name in names if name not in learned and not _has_several(db, name)}
    # Who writes a document of one of them meanwhile marks it anew.
    gone = [mark for mark in marked if mark["_id"] in single]
    marks = [DeleteOne({"_id": mark["_id"], "mark": mark["mark"]}) for mark in gone]
    bulk_write(db, UNLEARNED.name, [mark["_id"] for mark in gone], marks)
    return [name for name in names if name not in single]


def _has_several(db: Database[Record], source: str) -> bool:
    return len(list(db.documents.find({"source": source}, {"_id": 1}).limit(2))) > 1


def take_turn(db: Database[Record], source: str) -> Turn:
    """Begin to learn the templates of a source; whoever did so before us stops at his next step."""
    marked = db.unlearned.find_one({"_id": source})
    record = _take(db, source)
    return Turn(
        source=source,
        number=record["turn"],
        mark=marked["mark"] if marked else None,
        known=Known(record.get("digest", _NOTHING), _keys(record)),
        learned_from=record.get("learned_from"),
        bound=record.get("bound"),
        touched=frozenset(record.get("touched", ())),
        reached=record.get("reached", ""),
    )


def _take(db: Database[Record], source: str) -> Record:
    change = {"$inc": {"turn": 1}, "$setOnInsert": {"schema_version": SCHEMA_VERSION}}
    for _ in range(_TURN_TRIES):
        # Somebody else may take the first turn at this moment: a store says that it is there already, and the embedded
        # one at times gives a record back in which the turn is not yet.
        with suppress(DuplicateKeyError):
            record = db.templates.find_one_and_update(
                {"_id": source}, change, upsert=True, return_document=ReturnDocument.AFTER
            )
            if record and "turn" in record:
                return record
    raise StoreError(f"no turn at the templates of {source} could be taken: run it again")


def sample(db: Database[Record], turn: Turn, method: str) -> Sample:
    """The sample of the source as it is now; `method` is part of the digest, so that another one learns anew."""
    chosen = _smallest(db, turn.source, turn.bound)
    digest = hashlib.sha256(method.encode())
    for record in chosen:
        digest.update(f"{record['_id']} {record['version']}\n".encode())
    ids_ = tuple(record["_id"] for record in chosen)
    return Sample(ids_, digest.hexdigest(), ids_[-1] if len(ids_) == SAMPLE else None)


def _smallest(db: Database[Record], source: str, bound: str | None) -> list[Record]:
    """Id and version of the documents with the smallest ids; `bound` is where they ended before."""
    found: list[Record] = []
    if not bound:
        found = list(db.documents.find({"source": source}, {"version": 1}).limit(SAMPLE + 1))
    if bound or len(found) > SAMPLE:
        # The store finds a range by the index, where sorting would read all documents of the source.
        end = int(bound, 16) + 1 if bound else _FIRST_BOUND
        while len(found := list(db.documents.find(_below(source, end), {"version": 1}))) < SAMPLE and end < _IDS:
            end *= 2
    return sorted(found, key=lambda record: str(record["_id"]))[:SAMPLE]


def _below(source: str, bound: int) -> Record:
    return {"source": source, "_id": {"$lt": _id(bound)} if bound < _IDS else {"$gte": ""}}


def _id(number: int) -> str:
    return f"{number:0{_ID_DIGITS}x}"


def learned(db: Database[Record], turn: Turn, found: Sample, lines: Sequence[Line]) -> Turn | None:
    """Write what was learned from the sample, the most frequent line first; None where it is no longer our turn.

    Documents with lines that are templates now and were not, or the other way round, are to be cleaned anew, and those
    that still are from the last time.
    """
    kept, room = [], _MAX_CHARACTERS
    for line in lines:
        room -= len(line.key) + len(line.line) + _FRAME
        if room < 0:
            break
        kept.append(line)
    now = Known(digest_of(line.key for line in kept), frozenset(line.key for line in kept))
    touched = turn.touched | {hash_of(key) for key in now.keys ^ turn.known.keys}
    change: dict[str, Any] = {
        "digest": now.digest,
        "learned_from": found.digest,
        "sample": len(found.ids),
        "lines": [{"key": line.key, "line": line.line, "documents": line.documents} for line in kept],
    }
    gone = {} if found.bound else {"bound": ""}
    if found.bound:
        change["bound"] = found.bound
    if touched != turn.touched:
        # Those that were gone through may hold other lines of these.
        change |= {"touched": sorted(touched), "reached": ""}
    operation: Record = {"$set": change, **({"$unset": gone} if gone else {})}
    if db.templates.update_one(turn.condition, operation).matched_count != 1:
        return None
    return Turn(
        source=turn.source,
        number=turn.number,
        mark=turn.mark,
        known=now,
        learned_from=found.digest,
        bound=found.bound,
        touched=touched,
        reached="" if touched != turn.touched else turn.reached,
    )


def pages(db: Database[Record], turn: Turn) -> Iterator[tuple[list[str], str]]:
    """The ids of the source's documents from where the turn has got to, in pages, each with where it ends."""
    width = int(turn.bound, 16) + 1 if turn.bound else _IDS
    position = int(turn.reached, 16) if turn.reached else 0
    while position < _IDS:
        end = position + width
        ids: Record = {"$gte": _id(position) if position else ""}
        if end < _IDS:
            ids["$lt"] = _id(end)
        found = db.documents.find({"source": turn.source, "_id": ids}, {"_id": 1})
        yield sorted(record["_id"] for record in found), _id(min(end, _IDS - 1))
        position = end


def advance(db: Database[Record], turn: Turn, reached: str) -> bool:
    """Say that all documents with smaller ids are clean. False if it is no longer our turn."""
    return db.templates.update_one(turn.condition, {"$set": {"reached": reached}}).matched_count == 1


def finish(db: Database[Record], turn: Turn) -> bool:
    """Say that the source is learned and clean. False if it is no longer our turn, or more documents came meanwhile."""
    gone = {"touched": "", "reached": ""}
    if db.templates.update_one(turn.condition, {"$unset": gone}).matched_count != 1:
        return False
    if turn.mark is None:
        return True
    bulk_write(db, UNLEARNED.name, [turn.source], [DeleteOne({"_id": turn.source, "mark": turn.mark})])
    return db.unlearned.find_one({"_id": turn.source}, {"_id": 1}) is None


def forget(db: Database[Record], turn: Turn) -> None:
    """Say that there is nothing to be learned, as the source has no documents, or one."""
    if db.templates.delete_one(turn.condition).deleted_count and turn.mark is not None:
        db.unlearned.delete_one({"_id": turn.source, "mark": turn.mark})


# For those who look


def smallest_ids(db: Database[Record], source: str, count: int) -> list[str]:
    """The smallest ids of a source's documents, at most `count`, which is at most SAMPLE."""
    record = db.templates.find_one({"_id": source}, {"bound": 1}) or {}
    return [found["_id"] for found in _smallest(db, source, record.get("bound"))[:count]]


def lines_of(db: Database[Record], source: str) -> list[Line]:
    """The templates of a source, the most frequent first."""
    record = db.templates.find_one({"_id": source}, {"lines": 1})
    return [Line(**line) for line in record.get("lines", ())] if record else []


def sample_size(db: Database[Record], source: str) -> int:
    """Of how many documents the templates of a source were learned; 0 where none were."""
    record = db.templates.find_one({"_id": source}, {"sample": 1})
    return record.get("sample", 0) if record else 0


def line_counts(db: Database[Record]) -> dict[str, int]:
    """How many templates each source has."""
    return {record["_id"]: len(record.get("lines", ())) for record in db.templates.find({}, {"lines.documents": 1})}
