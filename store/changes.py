"""The collection `changes`: in which order documents changed, for those who keep a copy of them.

There is one record a document, its latest change, under a `number`. Whoever has written documents looks at what they
are now, compares it with what the record says, and appends those that differ (`note`). A crash before that is made up
for when the same documents are settled again, which they are, as their drop, or whatever they were written for, is not
finished. What was appended twice is read twice, which does no harm.

Numbers are given so that nothing can appear behind a reader's back: the record n is inserted by somebody who has seen
the record n - 1, or has inserted it himself, and `_id` is the number, so of two who append at the same time one is
told that he was too late, and goes on behind the other. Clocks have no part in it. A reader who has read up to n, of
what the majority of the replica set has, has seen all that there will ever be up to n, but for records that are gone
because the same document changed again, which have a greater number by then.

An erasure is noted before the document is deleted (a tombstone: its id, nothing else), and once more after it, where
somebody noted a change in between.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Literal

from pymongo import ASCENDING, IndexModel
from pymongo.collection import Collection as MongoCollection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError

from store.connection import Record, StoreError
from store.parts import parts
from store.revisions import content_of, same_content
from store.schema import BOOLEAN, DATE, INTEGER, SCHEMA_VERSION, STRING, VERSION, Collection, record_of

Happened = Literal["inserted", "revised", "remade", "delivered", "erased"]

# Documents that are noted with one write, and numbers that are looked through with one question: enough to make round
# trips cheap. The embedded store reads all records of a range before it gives the first.
AT_ONCE = 500
# Of two who append at the same time one has to begin again: as many rounds as workers are plenty.
_MAX_ROUNDS = 64
_DUPLICATE = 11000


def fill(db: Database[Record]) -> None:
    """Note all documents of a store that was made before there were changes, once."""
    if (_beginning(db) or {}).get("filled"):
        return
    # Before the collection's indexes are made by others: without them, noting takes time with the square of the count.
    db.changes.create_indexes(list(COLLECTION.indexes))
    first = {"schema_version": SCHEMA_VERSION, "number": 0, "happened": "beginning", "log": secrets.token_hex(4)}
    with suppress(DuplicateKeyError):
        db.changes.insert_one({"_id": 0, **first, "head": 0})
    for page in parts((record["_id"] for record in db.documents.find({}, {"_id": 1})), AT_ONCE):
        note(db, page)
    db.changes.update_one({"_id": 0}, {"$set": {"filled": True}})


COLLECTION = Collection(
    name="changes",
    schema=record_of(
        {
            "_id": INTEGER,
            "schema_version": VERSION,
            "number": INTEGER,
            "happened": {"enum": ["inserted", "revised", "remade", "delivered", "erased", "beginning"]},
        },
        {
            "doc_id": STRING,
            # The state of the document that was noted, and the number of the latest change of each kind.
            "fingerprint": STRING,
            "content": STRING,
            "made": STRING,
            "version": STRING,
            "inserted": INTEGER,
            "revised": INTEGER,
            "remade": INTEGER,
            # Of the record 0, which stands for the beginning: what tells this log from others, and about how far it is.
            "log": STRING,
            "head": INTEGER,
            # That all documents from before there were changes have been noted.
            "filled": BOOLEAN,
            # And the newest time of publication of a document, of those that were not dated ahead.
            "newest": DATE,
        },
    ),
    indexes=(
        IndexModel([("number", ASCENDING)], name="number"),
        IndexModel([("doc_id", ASCENDING)], name="document"),
    ),
    fill=fill,
)

_STATE = dict.fromkeys(("version", "fingerprint", "content", "corrected", "provenance", "published_at"), 1)


def note(db: Database[Record], doc_ids: Iterable[str]) -> int:
    """Note what has changed of these documents, written just now; returns how many had. Idempotent.

    Raises PyMongoError where trying again may help.
    """
    return sum(_note(db, page) for page in parts(sorted(set(doc_ids)), AT_ONCE))


def _note(db: Database[Record], ids: list[str]) -> int:
    count = 0
    for _ in range(_MAX_ROUNDS):
        # What is known first: what is written after that is noted by whoever writes it.
        known = _latest(db, ids)
        rows = [
            row
            for record in db.documents.find({"_id": {"$in": ids}}, _STATE)
            for row in [_row(record, known.get(record["_id"], []))]
            if row
        ]
        done = _append(db, rows)
        count += done
        _forget(db, [row["doc_id"] for row in rows[:done]], known)
        if done == len(rows):
            return count
    raise _unsettled(ids)


def erased(db: Database[Record], doc_ids: Iterable[str]) -> None:
    """Note that these documents are erased, about to be or just now. Idempotent."""
    for ids in parts(sorted(set(doc_ids)), AT_ONCE):
        for _ in range(_MAX_ROUNDS):
            known = _latest(db, ids)
            gone = [one for one in ids if known.get(one) and known[one][-1]["happened"] != "erased"]
            done = _append(db, [{"doc_id": one, "happened": "erased"} for one in gone])
            # Those that were noted before a failure are found erased by the next round.
            _forget(db, gone[:done], known)
            if done == len(gone):
                break
        else:
            raise _unsettled(ids)


def _unsettled(ids: Sequence[str]) -> StoreError:
    return StoreError(f"the changes of {', '.join(ids[:3])} … cannot be noted, others are always faster: run again")


def _latest(db: Database[Record], ids: Sequence[str]) -> dict[str, list[Record]]:
    """What is noted of each document, the latest last. Mostly one record, more where somebody was killed."""
    found: dict[str, list[Record]] = {}
    for record in sorted(db.changes.find({"doc_id": {"$in": list(ids)}}), key=_number):
        found.setdefault(record["doc_id"], []).append(record)
    return found


def _row(record: Record, known: Sequence[Record]) -> Record | None:
    """What is to be noted of a document, without its number; None where nothing has changed since."""
    state: Record = {name: record[name] for name in ("fingerprint", "content", "version") if name in record}
    state["made"] = _made(record)
    last = known[-1] if known else None
    happened: Happened
    if last is None or last["happened"] == "erased":
        happened = "inserted"
    elif not same_content(last, record):
        happened = "revised"
    elif (last["made"], last["fingerprint"]) != (state["made"], state["fingerprint"]):
        happened = "remade"
    elif last["version"] != state["version"] or content_of(last) != content_of(state):
        happened = "delivered"
    else:
        return None
    before: Record = {kind: last[kind] for kind in ("inserted", "revised", "remade") if last and kind in last}
    # Not one that is dated ahead: it would say nothing of where the others are.
    date = record.get("published_at")
    hint = {"date": date} if date and date <= datetime.fromisoformat(record["version"].split()[0]) else {}
    # One that comes back is new, and somebody may have had the one that was erased: `_append` notes both.
    again = {"again": True} if last and last["happened"] == "erased" else {}
    return {
        "doc_id": record["_id"],
        "happened": happened,
        **state,
        **hint,
        **again,
        **({} if happened == "inserted" else before),
    }


def _made(record: Record) -> str:
    """What tells apart what was made of one content: by whom, and as which corrections have it."""
    by = {name: value for name, value in record["provenance"].items() if name not in {"drop_id", "index", "encoding"}}
    said = repr((sorted(by.items()), record.get("corrected")))
    return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


def _append(db: Database[Record], rows: Sequence[Record]) -> int:
    """Append rows behind all others. Returns how many of them, from the first, until somebody else got in between."""
    if not rows:
        return 0
    before = head(db.changes)
    numbered = []
    dates = [date for row in rows for date in [row.pop("date", None)] if date]
    for number, row in enumerate(rows, before + 1):
        kind = row["happened"]
        when = {kind: number} if kind in {"inserted", "revised", "remade"} else {}
        if row.pop("again", False):
            when["revised"] = number
        numbered.append({"_id": number, "schema_version": SCHEMA_VERSION, "number": number, **row, **when})
    try:
        db.changes.insert_many(numbered)
        done = len(numbered)
    except BulkWriteError as error:
        if any(failure.get("code") != _DUPLICATE for failure in error.details["writeErrors"]):
            raise
        done = int(error.details["nInserted"])
    if done:
        hints: Record = {"head": before + done}
        if newest := max(dates, default=None):
            hints["newest"] = newest
        db.changes.update_one({"_id": 0}, {"$max": hints})
    return done


def _forget(db: Database[Record], doc_ids: Iterable[str], known: Mapping[str, Sequence[Record]]) -> None:
    """Take away what was noted of these documents before: a later change stands for it."""
    old = [record["_id"] for one in doc_ids for record in known.get(one, ())]
    if old:
        db.changes.delete_many({"_id": {"$in": old}})


def head(noted: MongoCollection[Record]) -> int:
    """The greatest number that was given, in `db.changes`."""
    beginning = noted.find_one({"_id": 0})
    # The hint may be behind, where somebody was killed, but not by much; a range costs what is in it.
    last = beginning["head"] if beginning else 0
    for record in noted.find({"number": {"$gt": last}}, {"number": 1}):
        last = max(last, record["number"])
    return int(last)


def about(db: Database[Record]) -> tuple[int, datetime | None]:
    """Hints: about how many documents there are, or were once, and about their latest time of publication, if known."""
    beginning = _beginning(db) or {}
    return beginning.get("head", 0), beginning.get("newest")


def log_of(db: Database[Record]) -> str:
    """What tells this log from others: eight hexadecimal digits. Raises StoreError where there is none yet."""
    beginning = _beginning(db)
    if beginning is None or "filled" not in beginning:
        raise StoreError("this store does not know in which order documents changed: run `dropwire init-db` once")
    return str(beginning["log"])


def _beginning(db: Database[Record]) -> Record | None:
    return db.changes.find_one({"_id": 0})


def _number(record: Record) -> int:
    return int(record["number"])
