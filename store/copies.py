"""The collection `copies`: which documents are near-copies of each other.

A record holds the signature of a document's text: some numbers, its bands, by which it is found, and bytes by which
two are compared (see transforms.near_copies, which is passed in). Documents with a band in common are in one bucket.
The smallest `_id` in a bucket stands for it. The `leader` of a document is the smallest of those that stand for its
buckets and whose text is like its own, or the document itself where there is none. Leaders lead to leaders, each
smaller than the one before, and so to one document that leads itself: all that lead there are a cluster, and that
document's id is its name.

So clusters depend on the stored documents and on nothing else, and a document is compared with as many others as it has
bands, however large the buckets are. Ids are hashes: of a bucket of n documents that come in any order only some ln n
ever stand for it, and only when that changes are the others looked at again. Who of a cluster was first is no matter of
leaders: `order` tells (see store.clusters).

Writers need no lock. What a document is written with (`bands`) is there before anything is concluded from it. A
conclusion (`leader`, and `heads`: the bands for which the document stands) is written on condition that the record is
still the one that was read (`turn`, another with each write), and whoever changes what conclusions rest on has those of
all who may be touched drawn anew, after the change. A record that no longer stands for what it stood for says so
(`left`) until that is done; what a crash interrupts is done when the same document is followed again, which it is, as
its drop is not finished.
"""

import random
import time
from collections.abc import Collection as Ids
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bson import ObjectId
from pymongo import ASCENDING, DeleteOne, IndexModel, InsertOne, UpdateOne
from pymongo.database import Database

from store.bulk import bulk_write
from store.connection import Record, StoreError
from store.parts import parts
from store.revisions import first_version
from store.schema import (
    DATE_OR_NULL,
    INTEGER,
    SCHEMA_VERSION,
    STRING,
    VERSION,
    Collection,
    list_of,
    record_of,
)

_BANDS = list_of(INTEGER)

COLLECTION = Collection(
    name="copies",
    schema=record_of(
        {
            "_id": STRING,
            "schema_version": VERSION,
            "method": STRING,
            "fingerprint": STRING,
            "source": STRING,
            "published_at": DATE_OR_NULL,
            "published_precision": {"enum": ["second", "day", None]},
            "order": STRING,
            "signature": {"bsonType": "binData"},
            "bands": _BANDS,
            "heads": _BANDS,
            "leader": STRING,
            "turn": {"bsonType": "objectId"},
        },
        optional={"left": _BANDS},
    ),
    indexes=(
        IndexModel([("bands", ASCENDING)], name="bands"),
        IndexModel([("heads", ASCENDING)], name="heads"),
        IndexModel([("leader", ASCENDING), ("order", ASCENDING)], name="cluster"),
    ),
)

# The embedded store compares each record that it finds with all the values that were asked for, and does so again for
# each question that finds it: few values at once, and a document's together.
_BANDS_AT_ONCE = 48
# Records whose leaders are found in one go: little enough to hold, enough to make round trips cheap.
_PAGE = 256
# Writers race for a document; each round one of them gets done, so as many rounds as workers are plenty.
_MAX_ROUNDS = 64
# A page takes up to a second of the embedded store, in which another writer needs to be away.
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 2.0


class Signed(Protocol):
    """What a text is found by (`bands`: signed 64-bit numbers) and compared by (`packed`)."""

    @property
    def bands(self) -> tuple[int, ...]: ...  # noqa: D102

    @property
    def packed(self) -> bytes: ...  # noqa: D102


class Method(Protocol):
    """How texts are signed and compared; `transforms.near_copies` is one. Another `VERSION` makes other signatures."""

    @property
    def VERSION(self) -> str: ...  # noqa: D102, N802

    def sign(self, text: str) -> Signed: ...  # noqa: D102

    def alike(self, one: bytes, other: bytes) -> bool: ...  # noqa: D102


def follow(db: Database[Record], doc_ids: Iterable[str], method: Method) -> None:
    """Make the copies and clusters of these documents, written or erased just now, what `documents` says.

    Idempotent, in any order, by any number of writers. Raises PyMongoError where trying again may help, and StoreError
    where the documents do not stand still.
    """
    ids = sorted(set(doc_ids))
    if not ids:
        return
    _sign(db, ids, method)
    # Those that were signed before, too: a try before this one may have got no further.
    changed: set[str] = set(ids)
    for _ in range(_MAX_ROUNDS):
        _settle(db, changed, method)
        # Somebody may have written a document since we read it, and its copy before us.
        changed = _sign(db, ids, method)
        if not changed:
            return
    raise StoreError(f"the documents {', '.join(ids[:3])} … change faster than their copies are found: run again")


def catch_up(db: Database[Record], method: Method) -> int:
    """Follow all documents whose copies are missing or outdated, and return how many there were.

    For a store from before there were copies, or signed by another method. It reads both collections, but no texts
    that are signed already.
    """
    count = 0
    for collection in (db.documents, db.copies):
        for page in parts((record["_id"] for record in collection.find({}, {"_id": 1})), _PAGE):
            wanted = _outdated(db, page, method)
            unsettled = db.copies.find({"_id": {"$in": page}, "left": {"$exists": True}}, {"_id": 1})
            todo = {*wanted.gone, *wanted.unsigned, *wanted.moved, *(record["_id"] for record in unsettled)}
            follow(db, todo, method)
            count += len(todo)
    return count


_FACTS = dict.fromkeys(("fingerprint", "source", "published_at", "published_precision", "version", "first_version"), 1)


@dataclass(frozen=True, slots=True)
class _Outdated:
    """Ids whose record must change, and the records as they are: `moved` ones differ in their order only."""

    records: Mapping[str, Record]
    gone: Sequence[str] = ()
    unsigned: Sequence[str] = ()
    moved: Mapping[str, str] = field(default_factory=dict)


def _outdated(db: Database[Record], ids: Sequence[str], method: Method) -> _Outdated:
    """What `copies` lacks of what `documents` says."""
    documents = {found["_id"]: found for found in db.documents.find({"_id": {"$in": ids}}, _FACTS)}
    known = dict.fromkeys(("method", "fingerprint", "order", "turn", "heads", "left"), 1)
    records = {found["_id"]: found for found in db.copies.find({"_id": {"$in": ids}}, known)}
    same = {
        doc_id
        for doc_id, document in documents.items()
        if doc_id in records
        and (records[doc_id]["method"], records[doc_id]["fingerprint"]) == (method.VERSION, document["fingerprint"])
    }
    return _Outdated(
        records=records,
        gone=[doc_id for doc_id in records if doc_id not in documents],
        unsigned=[doc_id for doc_id in documents if doc_id not in same],
        moved={
            doc_id: order
            for doc_id in same
            for order in [_order(documents[doc_id])]
            if order != records[doc_id]["order"]
        },
    )


def _sign(db: Database[Record], ids: Sequence[str], method: Method) -> set[str]:
    """Write what the documents say into `copies`; returns the ids whose buckets may have changed."""
    outdated = _outdated(db, ids, method)
    writes: list[tuple[str, Any]] = []
    for doc_id, order in outdated.moved.items():
        condition = {"_id": doc_id, "fingerprint": outdated.records[doc_id]["fingerprint"]}
        writes.append((doc_id, UpdateOne(condition, {"$set": {"order": order}})))
    for doc_id in outdated.gone:
        old = outdated.records[doc_id]
        nothing = {"fingerprint": "", "bands": [], "heads": [], "leader": doc_id}
        writes.append((doc_id, _replacement(old, nothing)))
    unsigned = {"_id": {"$in": outdated.unsigned}}
    texts = db.documents.find(unsigned, {**_FACTS, "text": 1}) if outdated.unsigned else ()
    signed = [_record(document, method) for document in texts]
    stands = _stands(_heads(db, _all_bands(signed)), signed)
    for record in signed:
        # A guess, so that what is like nothing need not be written twice.
        record["heads"] = [band for band in record["bands"] if stands[band] == record["_id"]]
        known = outdated.records.get(record["_id"])
        write = _replacement(known, record) if known else InsertOne({**record, "turn": ObjectId()})
        writes.append((record["_id"], write))
    # Who lost a race, or whose condition is not met, is found outdated in the next round.
    bulk_write(db, "copies", [doc_id for doc_id, _ in writes], [write for _, write in writes])
    return {*outdated.gone, *outdated.unsigned}


def _record(document: Record, method: Method) -> Record:
    """The record of a document as if nothing were like it, which is mostly so; without its heads."""
    signed = method.sign(document["text"])
    return {
        "_id": document["_id"],
        "schema_version": SCHEMA_VERSION,
        "method": method.VERSION,
        "fingerprint": document["fingerprint"],
        "source": document["source"],
        "published_at": document["published_at"],
        "published_precision": document["published_precision"],
        "order": _order(document),
        "signature": signed.packed,
        "bands": list(dict.fromkeys(signed.bands)),
        "leader": document["_id"],
    }


def _replacement(old: Record, record: Record) -> UpdateOne:
    """Write a record over one that was read, unless somebody else has changed that; what it stood for is noted."""
    left = list(dict.fromkeys([*old.get("left", ()), *old["heads"]]))
    change = {key: value for key, value in record.items() if key != "_id"}
    setting = {**change, "left": left, "turn": ObjectId()}
    return UpdateOne({"_id": old["_id"], "turn": old["turn"]}, {"$set": setting})


def _order(document: Record) -> str:
    """Who was first, as a string to sort by: the day, how exactly the time is known, the time, the first arrival.

    Where no publication is known, the first arrival stands for it, after all others of its day: the article was
    published before it arrived, but nobody knows when.
    """
    published: datetime | None = document["published_at"]
    arrival = first_version(document)
    if published is None:
        return f"{arrival[:10]} 2 {arrival}"
    rank = 0 if document["published_precision"] == "second" else 1
    return f"{published.date().isoformat()} {rank} {published.time().isoformat('microseconds')} {arrival}"


def _settle(db: Database[Record], ids: Iterable[str], method: Method) -> None:
    """Find the leaders of these documents, and anew of all whose leaders may be others because of them."""
    for page in parts(sorted(ids), _PAGE):
        ours = _lead(db, page, method)
        leavers = [record for record in ours.values() if "left" in record]
        left = {band for record in leavers for band in record["left"]}
        touched = left.union(*(record["shared"] for record in ours.values()))
        # Who read one before us that we had no need to write could still write it.
        known = set() if left else {doc_id for doc_id, record in ours.items() if record["written"]}
        before: Mapping[int, str] | None = None
        # Again where somebody came to stand for a bucket while we went through it: some may not know of him.
        while touched and before != (stands := _stands(_heads(db, touched))):
            before = stands
            # In the order of ids: whoever is to stand for a bucket is among the first.
            for others in parts((one for one in _in_buckets(db, touched) if one not in known), _PAGE):
                _lead(db, others, method, touched=touched)
            known = set()
        _forget(db, leavers)


def _in_buckets(db: Database[Record], bands: Ids[int]) -> list[str]:
    """The ids of all documents in these buckets, sorted."""
    return sorted(
        {
            found["_id"]
            for some in parts(bands, _BANDS_AT_ONCE)
            for found in db.copies.find({"bands": {"$in": some}}, {"_id": 1})
        }
    )


def _heads(db: Database[Record], bands: Ids[int], *fields: str) -> Iterator[Record]:
    """The records that stand, or stood lately, for some of these buckets."""
    wanted = dict.fromkeys(("heads", *fields), 1)
    for some in parts(bands, _BANDS_AT_ONCE):
        yield from db.copies.find({"heads": {"$in": some}}, wanted)


def _stands(heads: Iterable[Record], others: Iterable[Record] = ()) -> dict[int, str]:
    """Who stands for which bucket: the smallest of its heads and of others that are in it."""
    smallest: dict[int, str] = {}
    for name, records in (("heads", heads), ("bands", others)):
        for record in records:
            for band in record[name]:
                smallest[band] = min(smallest.get(band, record["_id"]), record["_id"])
    return smallest


def _all_bands(records: Iterable[Record]) -> list[int]:
    """The bands of records, each once, those of a record together."""
    return list(dict.fromkeys(band for record in records for band in record["bands"]))


def _lead(db: Database[Record], ids: Sequence[str], method: Method, *, touched: Ids[int] = ()) -> dict[str, Record]:
    """Find the leaders of these documents and the buckets that they stand for, and write both.

    Where we go through buckets that are `touched` by what we did, the turn of a record changes even where nothing else
    does: somebody who read it before must not write any more. A document ceases to stand for such a bucket only, for
    all who rely on it there are being looked at. If it did so anywhere, it would hide them from a smaller one.

    Returns the records with `shared`: those of the buckets they stand for in which somebody else was seen; and whether
    they were `written`.
    """
    for beaten in range(_MAX_ROUNDS):
        fields = dict.fromkeys(("signature", "bands", "heads", "leader", "turn", "left", "fingerprint"), 1)
        records: dict[str, Record] = {found["_id"]: found for found in db.copies.find({"_id": {"$in": ids}}, fields)}
        heads = list(_heads(db, _all_bands(records.values()), "signature"))
        stands = _stands(heads, records.values())
        signatures = {record["_id"]: record["signature"] for record in (*heads, *records.values())}
        larger = {
            band
            for record, name in (*((head, "heads") for head in heads), *((one, "bands") for one in records.values()))
            for band in record[name]
            if stands[band] != record["_id"]
        }
        updates = []
        for doc_id, record in records.items():
            candidates = sorted({stands[band] for band in record["bands"]} - {doc_id})
            like = (one for one in candidates if method.alike(record["signature"], signatures[one]))
            kept = set(record["heads"]).difference(touched)
            concluded = {
                "leader": next(like, doc_id),
                "heads": [band for band in record["bands"] if stands[band] == doc_id or band in kept],
            }
            record["shared"] = [band for band in record["bands"] if stands[band] == doc_id and band in larger]
            change = {name: value for name, value in concluded.items() if record[name] != value}
            record["written"] = bool(change or touched)
            if record["written"]:
                same = {"_id": doc_id, "turn": record["turn"]}
                updates.append(UpdateOne(same, {"$set": {**change, "turn": ObjectId()}}))
        if not updates or db.copies.bulk_write(updates, ordered=False).matched_count == len(updates):
            return records
        # Two who go on at once drive each other out of every round. All is drawn anew: conclusions rest on each other.
        time.sleep(random.uniform(0, min(_FIRST_PAUSE_S * 2**beaten, _LONGEST_PAUSE_S)))  # noqa: S311
    raise StoreError(f"the copies of {', '.join(ids[:3])} … change faster than they can be read: run again")


def _forget(db: Database[Record], leavers: Iterable[Record]) -> None:
    """All is settled after these left their buckets: those that are gone go, unless they came back meanwhile."""
    writes: list[Any] = []
    for record in leavers:
        same = {"_id": record["_id"], "fingerprint": record["fingerprint"], "left": record["left"]}
        gone = not record["fingerprint"]
        writes.append(DeleteOne(same) if gone else UpdateOne(same, {"$unset": {"left": ""}}))
    if writes:
        db.copies.bulk_write(writes, ordered=False)
