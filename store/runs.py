"""The collection `runs`: one record for each execution of a flow, updated as it goes."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pymongo import DESCENDING, IndexModel
from pymongo.database import Database

from store.connection import Record
from store.ledger import Holder
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
        {"error": STRING},
    ),
    indexes=(IndexModel([("started_at", DESCENDING)], name="newest"),),
)


def start(
    db: Database[Record],
    run_id: str,
    *,
    flow: str,
    holder: Holder,
    parameters: Mapping[str, Any],
    versions: Mapping[str, str],
    now: datetime,
) -> None:
    """Record that a run began, and that the runs of processes which are gone did not end well.

    A run that Prefect retries begins its record anew.
    """
    for left in db.runs.find({"state": "running"}, {"holder": 1}):
        if Holder(left["holder"]).is_gone():
            fail(db, left["_id"], "the process was killed; the next run took over where it stopped", now)
    record = {
        "_id": run_id,
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
    db.runs.replace_one({"_id": run_id}, record, upsert=True)


def advance(db: Database[Record], run_id: str, *, drops: int, drops_done: int) -> None:
    """Record how far a run is: of `drops` drops, `drops_done` are done."""
    db.runs.update_one({"_id": run_id}, {"$set": {"drops": drops, "drops_done": drops_done}})


def complete(
    db: Database[Record],
    run_id: str,
    *,
    items: int,
    counts: WriteReport,
    reasons: Mapping[str, int],
    seconds: Mapping[str, float],
    now: datetime,
) -> None:
    """Record the end of a run with its accounting. `seconds` is the time spent by stage."""
    change = {
        "state": "completed",
        "finished_at": now,
        "items": items,
        "counts": asdict(counts),
        "reasons": dict(reasons),
        "seconds": dict(seconds),
    }
    db.runs.update_one({"_id": run_id}, {"$set": change})


def fail(db: Database[Record], run_id: str, error: str, now: datetime) -> None:
    """Record that a run failed, and why."""
    db.runs.update_one({"_id": run_id}, {"$set": {"state": "failed", "finished_at": now, "error": error}})


def latest(db: Database[Record], limit: int) -> list[Record]:
    """The newest runs, newest first."""
    return list(db.runs.find().sort("started_at", DESCENDING).limit(limit))


def running(db: Database[Record], holder: Holder) -> Record | None:
    """The run that the given process is executing, if it is executing one."""
    return db.runs.find_one({"holder": holder.name, "state": "running"})
