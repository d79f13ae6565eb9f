"""The collections `erasures`, `tombstones` and `erasure_key`: what was erased for good, and must not come back.

What is erased is told by marks: `document:` and an id, `url:` and a canonical URL, `source:`, `entity:` and an id,
`name:` and the run of a name (see transforms.entities.naming), `case:` and a drop with an index. An item, a document
and an erasure all have marks; what has a mark of an erasure is refused. A tombstone is a mark that nobody can read: its
HMAC-SHA-256 under a random key of this store. Who has the store, and guesses a name, can still ask whether it was
erased: without that nothing could be refused.

A tombstone of a document also says which deliveries had brought it (`version`, `first_version`), so that the audit
still adds up: the ledger's counts stay as they were.

The plain marks stand in the record of an erasure (`target`) until it is complete, so that another one can finish it.

Whoever writes documents asks first what is erased (`standing`), and again afterwards. The `turn` is another one with
each tombstone that comes or goes, so asking costs one small record, and where nothing was ever erased there is none.
"""

import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from store.asking import QueryError
from store.bulk import bulk_write
from store.connection import Record, StoreError
from store.parts import parts
from store.schema import BINARY, BOOLEAN, DATE, INTEGER, SCHEMA_VERSION, STRING, VERSION, Collection, list_of, record_of

Kind = Literal["document", "url", "source", "person"]
State = Literal["prepared", "erasing", "erased", "lifted"]
# Of the marks, those of which there may be as many as there are documents: they are looked up, not held.
_MANY = ("document", "case")
_FEW = ("url", "source", "entity", "name")

COLLECTION = Collection(
    name="erasures",
    schema=record_of(
        {
            "_id": INTEGER,
            "schema_version": VERSION,
            "kind": {"enum": ["document", "url", "source", "person"]},
            "state": {"enum": ["prepared", "erasing", "erased", "lifted"]},
            "at": DATE,
            "by": STRING,
            "reason": STRING,
            # What was asked for, as a tombstone: who asks again goes on with the same erasure.
            "hash": STRING,
            # Records that went, or were emptied, by collection.
            "counts": {"bsonType": "object"},
        },
        {
            # Until it is complete: what was asked for, and its marks, in the clear; and the drops that were claimed
            # when it began, whose workers may not have known of it.
            "target": record_of({"value": STRING, "marks": list_of(STRING)}),
            "waiting": list_of(STRING),
            "erased_at": DATE,
            "lifted": record_of({"at": DATE, "by": STRING}),
        },
    ),
    indexes=(IndexModel([("hash", ASCENDING)], name="hash"),),
)
TOMBSTONES = Collection(
    name="tombstones",
    schema=record_of(
        {
            "_id": STRING,
            "schema_version": VERSION,
            "erasure": INTEGER,
            "kind": {"enum": [*_MANY, *_FEW]},
            "hash": STRING,
        },
        {
            # Of a name: how many words it has.
            "words": INTEGER,
            # Of a content of a document that was there: which deliveries brought it first and last.
            "version": STRING,
            "first_version": STRING,
            # It refuses nothing any more.
            "lifted": BOOLEAN,
        },
    ),
    indexes=(
        IndexModel([("hash", ASCENDING)], name="hash"),
        IndexModel([("kind", ASCENDING)], name="kind"),
        IndexModel([("erasure", ASCENDING)], name="erasure"),
    ),
)
KEY = Collection(
    name="erasure_key",
    schema=record_of({"_id": {"enum": ["key"]}, "schema_version": VERSION, "secret": BINARY, "turn": INTEGER}),
)

_SECRET_BYTES = 32
# 128 bits: among a billion of them, two are the same with a probability of 10⁻²¹.
_HASH_BYTES = 16
# Of an unfinished erasure each try that fails is one that somebody else has won.
_MAX_ROUNDS = 16
# Hashes in one question, and records in one write.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was, or is to be, erased. Once that is complete, `value`, `marks` and `waiting` are empty."""

    number: int
    kind: Kind
    state: State
    at: datetime
    by: str
    reason: str
    counts: Mapping[str, int]
    value: str = ""
    marks: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is erased at one moment: `hashes` of all marks but those of documents and cases, each with its erasure.

    `lengths` are in words those of the names among them.
    """

    turn: int
    secret: bytes = field(repr=False)
    hashes: Mapping[str, int]
    lengths: frozenset[int]

    def hash_of(self, mark: str) -> str:
        """The mark as its tombstone has it."""
        return _hash(self.secret, mark)

    def among(self, marks: Iterable[str]) -> int | None:
        """The number of an erasure that one of these marks is of, or None; not for marks of documents and cases."""
        if not self.hashes:
            return None
        return next((self.hashes[one] for one in map(self.hash_of, marks) if one in self.hashes), None)


def mark(kind: str, value: object) -> str:
    """A mark: what something is told by."""
    return f"{kind}:{value}"


def value_of(one: str) -> tuple[str, str]:
    """Kind and value of a mark."""
    kind, _, value = one.partition(":")
    return kind, value


def marks_of(record: Record) -> list[str]:
    """The marks of a record of `documents` or `revisions`, but for that of its id, as far as it was read."""
    entities = {one["id"] for name in ("entities", "linked") for one in record.get(name, ())}
    found = [mark("entity", one) for one in sorted(entities)]
    if record.get("url"):
        found.append(mark("url", record["url"]))
    return [*found, mark("source", record["source"])] if "source" in record else found


MARKED = dict.fromkeys(("source", "url", "entities.id", "linked.id"), 1)
"""What `marks_of` needs."""


def _hash(secret: bytes, text: str) -> str:
    return hmac.digest(secret, text.encode("utf-8", "surrogatepass"), "sha256")[:_HASH_BYTES].hex()


# What is erased


def standing(db: Database[Record], before: Standing | None = None) -> Standing | None:
    """What is erased by now; `before`, the very same object, where that is so still. None where nothing ever was."""
    record = db.erasure_key.find_one({"_id": "key"})
    if record is None or (before is not None and before.turn == record["turn"]):
        return before if record else None
    hashes: dict[str, int] = {}
    lengths: set[int] = set()
    for kind in _FEW:
        for found in db.tombstones.find({"kind": kind}):
            if not found.get("lifted"):
                hashes[found["hash"]] = found["erasure"]
                lengths.update([found["words"]] if "words" in found else [])
    return Standing(record["turn"], bytes(record["secret"]), hashes, frozenset(lengths))


def looked_up(db: Database[Record], now: Standing, marks: Iterable[str]) -> dict[str, int]:
    """Those of the marks, of documents or cases, that are of an erasure, each with its number."""
    asked = {now.hash_of(one): one for one in marks}
    found: dict[str, int] = {}
    for part in parts(sorted(asked), _AT_ONCE):
        records = db.tombstones.find({"hash": {"$in": part}}, {"hash": 1, "erasure": 1, "lifted": 1})
        found |= {asked[record["hash"]]: record["erasure"] for record in records if not record.get("lifted")}
    return found


# Erasures


def log(db: Database[Record]) -> list[Erasure]:
    """All erasures, by number."""
    return [_erasure(record) for record in sorted(db.erasures.find(), key=lambda record: int(record["_id"]))]


def get(db: Database[Record], number: int) -> Erasure:
    """The erasure with this number. Raises QueryError where there is none."""
    record = db.erasures.find_one({"_id": number})
    if record is None:
        raise QueryError(f"there is no erasure {number}: `dropwire erase --list` names them")
    return _erasure(record)


def unfinished(db: Database[Record]) -> list[int]:
    """The numbers of the erasures that have begun and are not complete."""
    return sorted(record["_id"] for record in db.erasures.find({"state": "erasing"}, {"_id": 1}))


def _erasure(record: Record) -> Erasure:
    target = record.get("target", {})
    return Erasure(
        number=record["_id"],
        kind=record["kind"],
        state=record["state"],
        at=record["at"],
        by=record["by"],
        reason=record["reason"],
        counts=dict(record["counts"]),
        value=target.get("value", ""),
        marks=tuple(target.get("marks", ())),
        waiting=tuple(record.get("waiting", ())),
        erased_at=record.get("erased_at"),
    )


def prepare(
    db: Database[Record], kind: Kind, value: str, marks: Sequence[str], *, by: str, reason: str, now: datetime
) -> Erasure:
    """Note what is to be erased; nothing is touched yet. Asked for again in the same words, it is the same erasure."""
    secret, _ = _key(db)
    asked = _hash(secret, f"asked:{kind}:{value}")
    for _ in range(_MAX_ROUNDS):
        target = {"value": value, "marks": sorted(set(marks))}
        for known in db.erasures.find({"hash": asked}):
            if known["state"] != "lifted":
                again = {"target": target} if known["state"] != "erased" else {"target": target, "state": "prepared"}
                same = {"_id": known["_id"], "state": known["state"]}
                if db.erasures.update_one(same, {"$set": again}).matched_count:
                    return get(db, known["_id"])
        numbers = [record["_id"] for record in db.erasures.find({}, {"_id": 1})]
        record = {
            "_id": max(numbers, default=0) + 1,
            "schema_version": SCHEMA_VERSION,
            "kind": kind,
            "state": "prepared",
            "at": now,
            "by": by,
            "reason": reason,
            "hash": asked,
            "counts": {},
            "target": target,
        }
        with suppress(DuplicateKeyError):  # somebody else took the number
            db.erasures.insert_one(record)
            return _erasure(record)
    raise StoreError("erasures are being asked for faster than this one can be: try again")


def begin(db: Database[Record], number: int) -> tuple[Erasure, Standing]:
    """Have what is to be erased refused from now on, and note who may not know of that yet. It may have begun before.

    Raises QueryError for an erasure that there is not, that is complete, or that was lifted.
    """
    erasure = get(db, number)
    if erasure.state not in ("prepared", "erasing"):
        raise QueryError(f"erasure {number} is {erasure.state} already: ask for it again")
    secret, _ = _key(db)
    db.erasures.update_one({"_id": number}, {"$set": {"state": "erasing"}})
    bury(db, number, [_tombstone(secret, number, one) for one in erasure.marks])
    _turn(db)
    # Whoever claims a drop from now on knows.
    waiting = {*erasure.waiting, *(record["_id"] for record in db.drops.find({"state": "claimed"}, {"_id": 1}))}
    db.erasures.update_one({"_id": number}, {"$set": {"waiting": sorted(waiting)}})
    now = standing(db)
    if now is None:
        raise StoreError("the key of the tombstones has gone from `erasure_key`: nothing can be erased without it")
    return get(db, number), now


def tombstones_of(now: Standing, number: int, record: Record, doc_id: str) -> Record:
    """The tombstone of one content of a document: a record of `documents` or `revisions`."""
    found = _tombstone(now.secret, number, mark("document", doc_id))
    version = record["version"]
    state = {"version": version, "first_version": record.get("first_version", version)}
    return {**found, "_id": f"{found['_id']}:{_hash(now.secret, version)}", **state}


def tombstone_of_case(now: Standing, number: int, case: str) -> Record:
    """The tombstone of a case in quarantine."""
    return _tombstone(now.secret, number, mark("case", case))


def bury(db: Database[Record], number: int, tombstones: Sequence[Record]) -> None:
    """Write tombstones of an erasure. What stands there already is as it was, but not lifted."""
    for part in parts(tombstones, _AT_ONCE):
        writes = [
            UpdateOne(
                {"_id": one["_id"]}, {"$setOnInsert": {"erasure": number, **one}, "$unset": {"lifted": ""}}, upsert=True
            )
            for one in part
        ]
        bulk_write(db, TOMBSTONES.name, [one["_id"] for one in part], writes)


def _tombstone(secret: bytes, number: int, one: str) -> Record:
    kind, value = value_of(one)
    hashed = _hash(secret, one)
    record = {"_id": f"{number}:{hashed}", "schema_version": SCHEMA_VERSION, "erasure": number, "kind": kind}
    return {**record, "hash": hashed, **({"words": len(value.split())} if kind == "name" else {})}


def drops_of(db: Database[Record], number: int) -> set[str]:
    """The drops that brought what was erased, as far as it is known."""
    found = db.tombstones.find({"erasure": number}, {"version": 1, "first_version": 1})
    versions = (record[name] for record in found for name in ("version", "first_version") if name in record)
    return {version.split()[1] for version in versions}


def add(db: Database[Record], number: int, counts: Mapping[str, int]) -> None:
    """Add to what an erasure has done."""
    change = {f"counts.{name}": count for name, count in counts.items() if count}
    if change:
        db.erasures.update_one({"_id": number}, {"$inc": change})


def complete(db: Database[Record], number: int, now: datetime) -> None:
    """Say that all is erased, and forget in the clear what it was."""
    change: Record = {"$set": {"state": "erased", "erased_at": now}, "$unset": {"target": "", "waiting": ""}}
    db.erasures.update_one({"_id": number, "state": "erasing"}, change)


def lift(db: Database[Record], number: int, *, by: str, now: datetime) -> Erasure:
    """Refuse no longer what was erased; what is erased does not come back by that. One that has not begun is dropped.

    Raises QueryError where there is none, where it was lifted before, or where it is under way.
    """
    erasure = get(db, number)
    if erasure.state == "erasing":
        raise QueryError(f"erasure {number} is under way: finish it first, with `dropwire erase --resume`")
    if erasure.state == "lifted":
        raise QueryError(f"erasure {number} was lifted before")
    change: Record = {"$set": {"state": "lifted", "lifted": {"at": now, "by": by}}, "$unset": {"target": ""}}
    if not db.erasures.update_one({"_id": number, "state": erasure.state}, change).matched_count:
        raise QueryError(f"erasure {number} has changed at this moment: look again")
    db.tombstones.update_many({"erasure": number}, {"$set": {"lifted": True}})
    _turn(db)
    return get(db, number)


def _key(db: Database[Record]) -> tuple[bytes, int]:
    """The key of the tombstones of this store, which is made where there is none, and the turn."""
    for _ in range(_MAX_ROUNDS):
        record = db.erasure_key.find_one({"_id": "key"})
        if record and "secret" in record:
            return bytes(record["secret"]), record["turn"]
        fresh = {"schema_version": SCHEMA_VERSION, "secret": secrets.token_bytes(_SECRET_BYTES), "turn": 0}
        with suppress(DuplicateKeyError):  # somebody else made it at this moment
            db.erasure_key.insert_one({"_id": "key", **fresh})
    raise StoreError("the key of the tombstones cannot be made in `erasure_key`: run it again")


def _turn(db: Database[Record]) -> None:
    db.erasure_key.update_one({"_id": "key"}, {"$inc": {"turn": 1}})
