"""Clusters of near-copies, read from the collection `copies`: which one a document is in, and who was first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pymongo import ASCENDING
from pymongo.database import Database

from store.connection import Record

# Of a cluster; a text that is carried more often is a form letter, and nobody reads the list.
MAX_MEMBERS = 1000


@dataclass(frozen=True, slots=True)
class Copy:
    """A member of a cluster. `published_at` is aware UTC, or None; then `arrived_at`, its first arrival, stands for it.

    `published_precision` says how exactly the publication is known.
    """

    doc_id: str
    source: str
    published_at: datetime | None
    published_precision: Literal["second", "day"] | None
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster: its name, which is the id of one of its members, and these, the earliest first.

    By the day of publication, then by the time where it is known; with `more` there are further ones that were not
    read.
    """

    name: str
    members: tuple[Copy, ...]
    more: bool = False


def cluster_of(db: Database[Record], doc_id: str) -> str | None:
    """The name of a document's cluster, which is the id of one of its members; None where no copies are known of it."""
    name = None
    while record := db.copies.find_one({"_id": doc_id}, {"leader": 1}):
        name, doc_id = doc_id, record["leader"]
        if name == doc_id:
            break
    return name


def members(db: Database[Record], cluster: str, *, limit: int = MAX_MEMBERS) -> Cluster:
    """The members of a cluster, at most `limit`; beyond that, the first is the first of those that were read."""
    found: dict[str, Record] = {}
    level = [cluster]
    while level and len(found) <= limit:
        led = {"leader": {"$in": level}, "fingerprint": {"$ne": ""}}
        records = db.copies.find(led).sort("order", ASCENDING).limit(limit + 1 - len(found))
        level = []
        for record in records:
            if record["_id"] not in found:
                found[record["_id"]] = record
                level += [record["_id"]] if record["_id"] != cluster else []
    ordered = sorted(found.values(), key=lambda record: (record["order"], record["_id"]))
    return Cluster(cluster, tuple(map(_copy, ordered[:limit])), more=len(found) > limit)


def _copy(record: Record) -> Copy:
    arrived_at = datetime.fromisoformat(record["order"].split(" ")[-3])
    return Copy(record["_id"], record["source"], record["published_at"], record["published_precision"], arrived_at)


def of_document(db: Database[Record], doc_id: str) -> Cluster | None:
    """The cluster that a document is in; None where nobody has looked for its copies yet."""
    name = cluster_of(db, doc_id)
    return members(db, name) if name is not None else None
