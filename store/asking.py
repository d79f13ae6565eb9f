"""What all questions to the store are made of. Below store.queries, so that whatever that asks can use it, too."""

from collections.abc import Mapping
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from store.connection import Record


class QueryError(ValueError):
    """A question that cannot be asked like this; the message says how it can."""


def counts_by(collection: Collection[Record], field: str, *, index: str | None = None, **match: Any) -> dict[str, int]:
    """How many records of a collection there are for each value of a field, most frequent first.

    `counts_by(db.documents, "language")`, `counts_by(db.quarantine, "reason", state="open")`. `index` names the index
    that has the field: MongoDB reads that alone then, not the records.
    """
    pipeline: list[Mapping[str, Any]] = [
        {"$match": match},
        {"$group": {"_id": f"${field}", "count": {"$sum": 1}}},
        {"$sort": {"count": -1, "_id": 1}},
    ]
    how: dict[str, Any] = {"hint": index} if index else {}
    return {row["_id"]: row["count"] for row in collection.aggregate(pipeline, **how)}


def has_text_index(db: Database[Record]) -> bool:
    """Whether the store has a full-text index over the documents."""
    return is_text_index_among(db.documents.index_information())


def is_text_index_among(indexes: Mapping[str, Any]) -> bool:
    """The same of what `index_information` says of the documents."""
    return any("_fts" in dict(index["key"]) for index in indexes.values())
