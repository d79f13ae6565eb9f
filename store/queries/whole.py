"""A document whole: with all that the store knows of it."""

from dataclasses import dataclass
from datetime import datetime

from pymongo.database import Database

from store import clusters, codec, originals, revisions
from store.clusters import Cluster
from store.connection import Record
from store.flags import Flag, flags_of
from store.queries.documents import get_document
from store.revisions import State
from transforms.document import Document

# Of a form letter; the cluster has the ids of more.
_MOST_COPIES = 50


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of the original, [start, end), that was cut: the text itself, and why."""

    start: int
    end: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """The drop that brought a document: where its file was seen, last first, when it arrived, and which run read it.

    `run_id` and `finished_at` are None while the drop is being read. Where the ledger does not know the drop, there are
    neither locations nor times.
    """

    drop_id: str
    index: int
    locations: tuple[str, ...]
    arrived_at: datetime | None
    run_id: str | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class WholeDocument:
    """A document and what belongs to it.

    `document` has text, segments, mentions, and where each fact stands (`origins`, `published.origin`). `original` is
    None where the store has none (then `cuts` have no text). `states` are all contents it had, oldest first, the last
    one is the document. `cluster` are its near-copies with itself among them, None where nobody has looked yet;
    `copies` are these others as documents (the earliest first, at most 50).
    """

    document: Document
    original: str | None
    cuts: tuple[Cut, ...]
    states: tuple[State, ...]
    cluster: Cluster | None
    copies: tuple[Document, ...]
    delivery: Delivery
    flags: tuple[Flag, ...]


def whole_document(db: Database[Record], doc_id: str) -> WholeDocument | None:
    """All of the document with this id, or with an id that begins so (as `get_document`), or None."""
    document = get_document(db, doc_id)
    if document is None:
        return None
    doc_id = document.doc_id
    original = originals.get(db, doc_id)
    states = revisions.history(db, doc_id)
    cluster = clusters.of_document(db, doc_id)
    others = [copy.doc_id for copy in cluster.members if copy.doc_id != doc_id] if cluster else []
    flags: list[Flag] = list(flags_of(document))
    flags += ["near-copy"] if others else []
    flags += ["revised"] if len(states) > 1 else []
    return WholeDocument(
        document=document,
        original=original,
        cuts=tuple(
            Cut(span.start, span.end, span.reason, (original or "")[span.start : span.end])
            for span in document.boilerplate
        ),
        states=tuple(states),
        cluster=cluster,
        copies=_documents(db, others[:_MOST_COPIES]),
        delivery=_delivery(db, document),
        flags=tuple(flags),
    )


def _documents(db: Database[Record], ids: list[str]) -> tuple[Document, ...]:
    records = {record["_id"]: record for record in db.documents.find({"_id": {"$in": ids}})} if ids else {}
    return tuple(codec.from_record(records[one]) for one in ids if one in records)


def _delivery(db: Database[Record], document: Document) -> Delivery:
    drop_id, index = document.provenance.drop_id, document.provenance.index
    drop = db.drops.find_one({"_id": drop_id}) or {}
    seen = sorted(drop.get("seen", ()), key=lambda one: (one["modified_at"], one["location"]), reverse=True)
    return Delivery(
        drop_id=drop_id,
        index=index,
        locations=tuple(one["location"] for one in seen),
        arrived_at=drop.get("arrived_at"),
        run_id=drop.get("run_id"),
        finished_at=drop.get("finished_at"),
    )
