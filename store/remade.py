"""Replacing stored documents by what another pipeline makes of the same items.

That is no delivery: versions stay, and as nobody edited the article, there is no revision. Each write is on the
condition that the record is still the one that was looked at, and none inserts anything: what was replaced or erased
meanwhile stays so.

A document that was written carries a mark (`unsettled`) until its copies, its entities and its revisions follow and it
was seen that it is cut by the templates of today. So what a kill leaves half done is found again (`marked`) by the next
run, whichever it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId
from pymongo import ReplaceOne, UpdateOne
from pymongo.database import Database

from store import codec, corrections, originals, revisions
from store.bulk import Refused, bulk_write
from store.connection import Record
from store.entity_rules import leaving
from store.revisions import as_it_was
from transforms.document import Document, Item, Version

MARK = "unsettled"
# Smaller than any that a process makes now.
_FIRST = ObjectId("0" * 24)


@dataclass(frozen=True, slots=True)
class Remade:
    """A record of `documents` as it was read, and the document that its item becomes now.

    `item` is there where it was read anew from its drop: it then replaces the original.
    """

    old: Record
    document: Document
    item: Item | None = None


def replace(db: Database[Record], remade: Sequence[Remade], mark: ObjectId) -> tuple[set[str], Refused]:
    """Write documents that were made anew, each with the mark.

    Returns the ids of those that somebody else has changed or erased meanwhile, and of those that the store refuses,
    with the reason: all these are as they were.
    """
    if not remade:
        return set(), {}
    renewed = [each for each in remade if each.item]
    _, refused = bulk_write(
        db, "originals", [each.old["_id"] for each in renewed], [_original(each) for each in renewed]
    )
    rules = corrections.rules(db)
    writes: dict[str, ReplaceOne[Record] | UpdateOne] = {}
    expected: dict[str, tuple[str, str]] = {}
    for each in remade:
        old = each.old
        if old["_id"] in refused:
            continue
        kept: Record = {name: old[name] for name in ("version", "first_version") if name in old}
        record = rules.correct({**codec.to_record(each.document), **kept})
        expected[old["_id"]] = old["version"], each.document.fingerprint
        if _but_for_makers(record) == _but_for_makers(old):
            noted = {"provenance": record["provenance"], MARK: mark}
            writes[old["_id"]] = UpdateOne(as_it_was(old), {"$set": noted})
        else:
            writes[old["_id"]] = ReplaceOne(as_it_was(old), leaving(old, {**record, MARK: mark}))
    _, refused_documents = bulk_write(db, "documents", list(writes), list(writes.values()))
    now = db.documents.find({MARK: mark}, {"version": 1, "fingerprint": 1})
    written = {one["_id"] for one in now if (one["version"], one["fingerprint"]) == expected.get(one["_id"])}
    return writes.keys() - written - refused_documents.keys(), {**refused, **refused_documents}


def _but_for_makers(record: Record) -> Record:
    return {name: value for name, value in record.items() if name not in {"provenance", "former", MARK}}


def _original(remade: Remade) -> ReplaceOne[Record]:
    moment, drop_id, index = remade.old["version"].split()
    version = Version(datetime.fromisoformat(moment), drop_id, int(index))
    item = remade.item
    if item is None:
        raise ValueError(f"the item of document {remade.old['_id']} was not read anew")
    record = originals.to_record(remade.old["_id"], item.original, version, item)
    return ReplaceOne({"_id": remade.old["_id"], "version": remade.old["version"]}, record)


def settle_revisions(db: Database[Record], doc_ids: Iterable[str]) -> None:
    """Where a document has become what one of its revisions is, leave it there alone."""
    ids = sorted(set(doc_ids))
    revisions.settle(db, list(db.documents.find({"_id": {"$in": ids}}, revisions.STATE)) if ids else [])


def settled(db: Database[Record], mark: ObjectId) -> None:
    """Say that all is done for the documents with this mark."""
    # By the mark alone: it is the only one of its write, and beside `$in` the embedded store would use no index for it.
    db.documents.update_many({MARK: mark}, {"$unset": {MARK: ""}})


def marked(db: Database[Record]) -> dict[ObjectId, list[Record]]:
    """The documents that are not settled, by their mark: id and source. Few, if any; read by an index."""
    found: defaultdict[ObjectId, list[Record]] = defaultdict(list)
    for record in db.documents.find({MARK: {"$gt": _FIRST}}, {MARK: 1, "source": 1}):
        found[record[MARK]].append(record)
    return dict(found)
