"""The collection `runs`: one record for each execution of a flow, updated as it goes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.database import Database

from store.asking import QueryError
from store.connection import Record
from store.ledger import LEASE, Holder
from store.schema import DATE, DATE_OR_NULL, INTEGER, SCHEMA_VERSION, STRING, VERSION, Collection, record_of
from transforms.document import WriteReport

COLLECTION = Collection(
    name="runs",
    schema=record_of(
        {
            "_id": STRING,
            "schema_version": VERSION,
            "flow": STRING,
            "holder": STRING,
            "state": {"enum": ["running", "completed", "failed"]},
            "started_at": DATE,
            "finished_at": DATE_OR_NULL,
            "parameters": {"bsonType": "object"},
            "versions": {"bsonType": "object"},
            "drops": INTEGER,
            "drops_done": INTEGER,
            "items": INTEGER,
            "counts": {"bsonType": "object"},
            "reasons": {"bsonType": "object"},
            "seconds": {"bsonType": "object"},
        },
        {
            "error": STRING,
            # What was learned of the sources: counts.
            "learned": {"bsonType": "object"},
            # The counts of a flow that reads no items itself: of documents reprocessed, of cases replayed.
            "outcome": {"bsonType": "object"},
            # Files that were not read: `waiting`, `busy`. What was read in detail (flows/breakdown.py).
            "left": {"bsonType": "object"},
            "breakdown": {"bsonType": "object"},
            # When its process was last heard of, by the store's clock.
            "renewed_at": DATE,
        },
    ),
    indexes=(
        IndexModel([("started_at", DESCENDING)], name="newest"),
        IndexModel([("flow", ASCENDING), ("started_at", DESCENDING)], name="flow"),
    ),
)


@dataclass(frozen=True, slots=True)
class RunPage:
    """One page of the records of runs, newest first, and the token of the next page."""

    runs: tuple[Record, ...]
    next_token: str | None


def start(
    db: Database[Record],
    run_id: str,
    *,
    flow: str,
    holder: Holder,
    parameters: Mapping[str, Any],
    versions: Mapping[str, Any],
    now: datetime,
) -> None:
    """Record that a run began, and that the runs of processes which are gone or silent did not end well.

    A run that Prefect retries begins its record anew.
    """
    record = {
        "schema_version": SCHEMA_VERSION,
        "flow": flow,
        "holder": holder.name,
        "state": "running",
        "started_at": now,
        "finished_at": None,
        "parameters": dict(parameters),
        "versions": dict(versions),
        "drops": 0,
        "drops_done": 0,
        "items": 0,
        "counts": asdict(WriteReport()),
        "reasons": {},
        "seconds": {},
    }
    change = {"$set": record, "$unset": {"error": ""}, "$currentDate": {"renewed_at": True}}
    ours = db.runs.find_one_and_update({"_id": run_id}, change, upsert=True, return_document=ReturnDocument.AFTER)
    if ours:  # an upsert always gives one
        _end_dead(db, ours["renewed_at"], now)


def _end_dead(db: Database[Record], stores_now: datetime, now: datetime) -> None:
    """Record the end of the runs of this host's processes that are gone, and of other hosts' that fell silent."""
    for left in db.runs.find({"state": "running"}, {"holder": 1, "renewed_at": 1}):
        heard_at = left.get("renewed_at")
        silent = heard_at is None or stores_now - heard_at >= LEASE
        if silent or Holder(left["holder"]).is_gone():
            fail(db, left["_id"], "its process was killed or lost its host; the next run went on where it stopped", now)


def stores_time(db: Database[Record], run_id: str) -> datetime | None:
    """What time it is by the store's clock, as it is heard of a run that goes on; None if it is over."""
    change = {"$currentDate": {"renewed_at": True}}
    record = db.runs.find_one_and_update(
        {"_id": run_id, "state": "running"}, change, return_document=ReturnDocument.AFTER
    )
    return record["renewed_at"] if record else None


def renew(db: Database[Record], run_id: str) -> bool:
    """Say that the run goes on. False if it is over."""
    change = {"$currentDate": {"renewed_at": True}}
    return db.runs.update_one({"_id": run_id, "state": "running"}, change).matched_count == 1


def advance(
    db: Database[Record],
    run_id: str,
    *,
    drops: int,
    drops_done: int,
    items: int,
    counts: WriteReport,
    reasons: Mapping[str, int],
) -> None:
    """Record how far a run is: of `drops` drops, `drops_done` are done, and what became of their items."""
    change = {
        "drops": drops,
        "drops_done": drops_done,
        "items": items,
        "counts": asdict(counts),
        "reasons": dict(reasons),
    }
    db.runs.update_one({"_id": run_id}, {"$set": change})


def complete(
    db: Database[Record],
    run_id: str,
    *,
    items: int,
    counts: WriteReport,
    reasons: Mapping[str, int],
    seconds: Mapping[str, float],
    learned: Mapping[str, int] | None = None,
    outcome: Mapping[str, int] | None = None,
    left: Mapping[str, int] | None = None,
    breakdown: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Record the end of a run with its accounting.

    `seconds` is the time spent by stage, `learned` counts what was learned of the sources, if anything was; `outcome`
    are the counts of a flow that reads no items; `left` counts the files that were not read, `breakdown` is what was
    read in detail.
    """
    change = {
        "state": "completed",
        "finished_at": now,
        "items": items,
        "counts": asdict(counts),
        "reasons": dict(reasons),
        "seconds": {stage: round(took, 3) for stage, took in seconds.items()},
        **({"learned": dict(learned)} if learned else {}),
        **({"outcome": dict(outcome)} if outcome is not None else {}),
        **({"left": dict(left)} if left else {}),
        **({"breakdown": dict(breakdown)} if breakdown else {}),
    }
    db.runs.update_one({"_id": run_id}, {"$set": change})


def fail(db: Database[Record], run_id: str, error: str, now: datetime) -> None:
    """Record that a run failed, and why."""
    db.runs.update_one({"_id": run_id}, {"$set": {"state": "failed", "finished_at": now, "error": error}})


def parameters(db: Database[Record], run_id: str) -> Mapping[str, Any]:
    """With which parameters a run was started; empty where it is not recorded."""
    record = db.runs.find_one({"_id": run_id}, {"parameters": 1})
    return record["parameters"] if record else {}


def latest(db: Database[Record], limit: int, flow: str | None = None) -> list[Record]:
    """The newest runs, newest first; of one flow, if it is given."""
    query = {"flow": flow} if flow else {}
    return list(db.runs.find(query).sort("started_at", DESCENDING).limit(limit))


def page(db: Database[Record], *, limit: int = 50, flow: str | None = None, after: str | None = None) -> RunPage:
    """The runs, of one flow if it is given, newest first, `limit` at a time; `after` is the page's `next_token`.

    Raises QueryError for a token that is none.
    """
    query: Record = {"flow": flow} if flow else {}
    questions = [query]
    if after is not None:
        started_at, _, run_id = after.partition("~")
        try:
            moment = datetime.fromisoformat(started_at).astimezone(UTC)
        except (ValueError, OverflowError):
            raise QueryError("this is no page token: give the one that the page before ended with") from None
        # Two questions: for `$or` beside other conditions the embedded store uses no index.
        questions = [
            {**query, "started_at": moment, "_id": {"$gt": run_id}},
            {**query, "started_at": {"$lt": moment}},
        ]
    order = [("started_at", DESCENDING), ("_id", ASCENDING)]
    records = [record for asked in questions for record in db.runs.find(asked).sort(order).limit(limit + 1)]
    runs = tuple(records[:limit])
    return RunPage(runs, f"{runs[-1]['started_at'].isoformat()}~{runs[-1]['_id']}" if len(records) > limit else None)


def get(db: Database[Record], run_id: str) -> Record | None:
    """The record of a run, or None."""
    return db.runs.find_one({"_id": run_id})


def beginning_with(db: Database[Record], digits: str) -> list[Record]:
    """The records of the runs whose ids begin so, at most two: enough to know that there is not one alone."""
    return list(db.runs.find({"_id": {"$gte": digits, "$lt": digits + "g"}}).limit(2))


def running(db: Database[Record], holder: Holder) -> Record | None:
    """The run that the given process is executing, if it is executing one."""
    return db.runs.find_one({"holder": holder.name, "state": "running"})
