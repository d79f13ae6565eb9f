"""The collection `quarantine`: what could not be processed, and why. Nothing that arrived disappears."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.database import Database

from store.connection import Record
from store.schema import DATE, INTEGER_OR_NULL, SCHEMA_VERSION, STRING, STRING_OR_NULL, VERSION, Collection, record_of
from transforms.document import Reason, Rejection, Step

COLLECTION = Collection(
    name="quarantine",
    schema=record_of(
        {
            "_id": STRING,
            "schema_version": VERSION,
            "drop_id": STRING,
            "index": INTEGER_OR_NULL,
            "location": STRING,
            "step": {"enum": [step.value for step in Step]},
            "reason": {"enum": [reason.value for reason in Reason]},
            "detail": STRING,
            "excerpt": STRING,
            "given_id": STRING_OR_NULL,
            "state": {"enum": ["open", "resolved"]},
            "since": DATE,
            "run_id": STRING,
        }
    ),
    indexes=(
        IndexModel([("drop_id", ASCENDING), ("index", ASCENDING)], name="drop"),
        IndexModel([("state", ASCENDING), ("reason", ASCENDING), ("since", ASCENDING)], name="reason"),
    ),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A rejection as it stands in quarantine: from which location, since when."""

    rejection: Rejection
    location: str
    since: datetime


def put(db: Database[Record], rejections: Sequence[Rejection], location: str, *, run_id: str, now: datetime) -> None:
    """Put rejections of one drop into quarantine. What is there already keeps its date and notes the new run."""
    operations = []
    for rejection in rejections:
        facts = {
            "schema_version": SCHEMA_VERSION,
            "drop_id": rejection.drop_id,
            "index": rejection.index,
            "location": location,
            "step": rejection.step.value,
            "reason": rejection.reason.value,
            "detail": _storable(rejection.detail),
            "excerpt": _storable(rejection.excerpt),
            "given_id": None if rejection.given_id is None else _storable(str(rejection.given_id)),
            "state": "open",
            "run_id": run_id,
        }
        change = {"$set": facts, "$setOnInsert": {"since": now}}
        operations.append(UpdateOne({"_id": _id(rejection.drop_id, rejection.index)}, change, upsert=True))
    if operations:
        db.quarantine.bulk_write(operations, ordered=False)


def settle(db: Database[Record], drop_ids: Iterable[str], *, run_id: str) -> None:
    """After drops were processed anew by a run: resolve their cases that it did not put there again."""
    query = {"drop_id": {"$in": list(drop_ids)}, "state": "open", "run_id": {"$ne": run_id}}
    db.quarantine.update_many(query, {"$set": {"state": "resolved"}})


def open_cases(db: Database[Record], *, reason: str | None = None, limit: int = 0) -> list[Case]:
    """The open cases, newest first, of one reason or of all; `limit` 0 means all."""
    query = {"state": "open", **({"reason": reason} if reason else {})}
    cursor = db.quarantine.find(query).sort([("since", -1), ("_id", 1)]).limit(limit)
    return [
        Case(
            Rejection(
                drop_id=record["drop_id"],
                index=record["index"],
                step=Step(record["step"]),
                reason=Reason(record["reason"]),
                detail=record["detail"],
                excerpt=record["excerpt"],
                given_id=record["given_id"],
            ),
            record["location"],
            record["since"],
        )
        for record in cursor
    ]


def _id(drop_id: str, index: int | None) -> str:
    return f"{drop_id}:{'drop' if index is None else index}"


def _storable(text: str) -> str:
    """`text` as UTF-8 can hold it: lone surrogates are replaced."""
    return text.encode("utf-8", "replace").decode()
