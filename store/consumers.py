"""The collection `consumers`: how far each of those who follow the changes under a name has come.

A position is kept after what lies before it was handed over, so who is killed gets some of it again, and never misses
any. It is moved on the condition that it is still the one that was read: two who follow under one name would each get
a part, and the second one is told so.
"""

import re

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from store.asking import QueryError
from store.connection import Record, StoreError
from store.schema import DATE, SCHEMA_VERSION, STRING, VERSION, Collection, record_of

COLLECTION = Collection(
    name="consumers",
    schema=record_of({"_id": STRING, "schema_version": VERSION, "position": STRING, "moved_at": DATE}),
)

_NAME = re.compile(r"[\w.@-]{1,100}")


def position(db: Database[Record], name: str) -> str | None:
    """How far a consumer has come; None for one who begins. Raises QueryError for what is no name."""
    if not _NAME.fullmatch(name):
        raise QueryError(f"{name!r} is no name of a consumer: letters, digits, and . _ @ - please, at most 100")
    record = db.consumers.find_one({"_id": name})
    return str(record["position"]) if record else None


def move(db: Database[Record], name: str, before: str | None, after: str) -> None:
    """Note that a consumer has come to `after`; `before` is what `position` said, or what was noted last.

    Raises StoreError where somebody else has moved it meanwhile.
    """
    noted = {"schema_version": SCHEMA_VERSION, "position": after}
    change = {"$set": noted, "$currentDate": {"moved_at": True}}
    try:
        # Nobody has an empty position: an upsert that finds somebody else's record is told so.
        same = {"_id": name, "position": before or ""}
        moved = db.consumers.update_one(same, change, upsert=before is None)
        there = bool(moved.matched_count or moved.upserted_id)
    except DuplicateKeyError:
        there = False
    if not there:
        raise StoreError(
            f"somebody else follows as {name} at this moment: stop one of the two, or give it another name"
        )
