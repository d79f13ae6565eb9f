"""The ledger, collection `drops`: what was picked up, by whom, with what outcome.

A worker claims a drop before it reads it and holds it by a lease. A claim ends when the drop is finished,
when the lease runs out, or, on the same host, as soon as the process that held it is gone: after a `kill -9`
the next run takes the drop over at once.
"""

import os
import socket
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Literal

from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from store.connection import Record
from store.schema import DATE, DATE_OR_NULL, INTEGER, SCHEMA_VERSION, STRING, VERSION, Collection, list_of, record_of
from transforms.document import Found, WriteReport

_OUTCOME = record_of(dict.fromkeys(("inserted", "revised", "unchanged", "duplicate", "quarantined"), INTEGER))

COLLECTION = Collection(
    name="drops",
    schema=record_of(
        {
            "_id": STRING,
            "schema_version": VERSION,
            "state": {"enum": ["claimed", "done"]},
            "seen": list_of(record_of({"location": STRING, "size": INTEGER, "modified_at": DATE})),
            "arrived_at": DATE,
            "holder": STRING,
            "lease_until": DATE_OR_NULL,
            "attempts": INTEGER,
        },
        {
            "items": INTEGER,
            "outcome": _OUTCOME,
            "pipeline": STRING,
            "finished_at": DATE,
            "run_id": STRING,
            # Only where the drop was delivered more than once, at different times.
            "first_arrived_at": DATE,
        },
    ),
    indexes=(
        IndexModel([("seen.location", ASCENDING)], name="location"),
        IndexModel([("state", ASCENDING), ("lease_until", ASCENDING)], name="state"),
    ),
)

# Renewed after every batch of writes, so it outlasts the slowest batch, not the largest drop.
LEASE = timedelta(minutes=10)


class Holder:
    """A process that claims drops: `host:pid:start`, where start tells it from a later one with the same pid."""

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def this_process(cls) -> "Holder":
        """The holder that this process is."""
        pid = os.getpid()
        return cls(f"{socket.gethostname()}:{pid}:{_started(pid)}")

    @cached_property
    def _parts(self) -> tuple[str, int, str]:
        host, pid, started = self.name.rsplit(":", 2)
        return host, int(pid), started

    def is_gone(self) -> bool:
        """Whether the holder is known to be dead. False for another host's: only its lease tells."""
        host, pid, started = self._parts
        return host == socket.gethostname() and _started(pid) != started


def _started(pid: int) -> str:
    """When a process started, as the kernel counts (`alive` where it does not say), or `gone`."""
    try:
        # The 22nd field of stat(5), counted from behind the command's name, which may hold spaces.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return "gone"
    except PermissionError:
        pass
    return "alive"


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer to a claim.

    `state` is `ours` (process it), `done` (processed before; `outcome` is what it gives now) or `busy`
    (somebody else holds it). `arrived_at` is the time of the drop's file, the latest where it was delivered
    more than once; `first_arrived_at` is the earliest.
    """

    drop_id: str
    state: Literal["ours", "done", "busy"]
    arrived_at: datetime
    first_arrived_at: datetime
    outcome: WriteReport = field(default_factory=WriteReport)


def known(db: Database[Record], files: Iterable[Found]) -> dict[Found, Claim]:
    """Of the files, those whose location, size and time are those of a drop that is done, with its outcome.

    One query for all of them: ask in batches.
    """
    wanted = {file.location: file for file in files}
    query = {"seen.location": {"$in": list(wanted)}, "state": "done"}
    found: dict[Found, Claim] = {}
    for record in db.drops.find(query):
        for seen in record["seen"]:
            file = wanted.get(seen["location"])
            if file and seen == _sighting(file):
                found[file] = _done(record)
    return found


def _sighting(file: Found) -> Record:
    """Where and how a file was seen, as the store gives it back: BSON keeps milliseconds."""
    moment = file.modified_at
    return {**asdict(file), "modified_at": moment.replace(microsecond=moment.microsecond // 1000 * 1000)}


def _done(record: Record) -> Claim:
    """What processing the drop again would give: what was written then is unchanged now, wherever it lies."""
    then = WriteReport(**record["outcome"])
    written = then.inserted + then.revised + then.unchanged
    now = WriteReport(unchanged=written, duplicate=then.duplicate, quarantined=then.quarantined)
    return Claim(record["_id"], "done", record["arrived_at"], _first_arrived_at(record), now)


def _first_arrived_at(record: Record) -> datetime:
    moment: datetime = record["first_arrived_at"] if "first_arrived_at" in record else record["arrived_at"]
    return moment


def claim(db: Database[Record], drop_id: str, file: Found, holder: Holder, now: datetime, *, again: bool) -> Claim:
    """Claim a drop for `holder` until `now` + LEASE, and note where it was seen.

    With `again` a drop that is done is claimed too. So is one that was delivered again, later (a copy, or the same
    file touched) or, as turns out now, earlier: its place in the order of arrival is that of the last delivery, its
    states begin with the first, and the documents must follow.
    """
    seen = _sighting(file)
    lease = {"state": "claimed", "holder": holder.name, "lease_until": now + LEASE}
    while True:
        record = db.drops.find_one({"_id": drop_id})
        if record is None:
            fresh = {
                "_id": drop_id,
                "schema_version": SCHEMA_VERSION,
                "seen": [seen],
                "arrived_at": seen["modified_at"],
                "attempts": 1,
                **lease,
            }
            try:
                db.drops.insert_one(fresh)
            except DuplicateKeyError:
                continue
            return Claim(drop_id, "ours", fresh["arrived_at"], fresh["arrived_at"])

        arrived_at: datetime = record["arrived_at"]
        first_arrived_at = _first_arrived_at(record)
        latest = max(arrived_at, seen["modified_at"])
        earliest = min(first_arrived_at, seen["modified_at"])
        if record["state"] == "done" and not again and (earliest, latest) == (first_arrived_at, arrived_at):
            if seen not in record["seen"]:
                db.drops.update_one({"_id": drop_id}, {"$addToSet": {"seen": seen}})
            return _done(record)
        held = record["state"] == "claimed" and record["lease_until"] > now
        if held and record["holder"] != holder.name and not Holder(record["holder"]).is_gone():
            return Claim(drop_id, "busy", arrived_at, first_arrived_at)

        same = {"_id": drop_id, "state": record["state"], "attempts": record["attempts"]}
        change = {
            "$set": {**lease, "arrived_at": latest, **({"first_arrived_at": earliest} if earliest < latest else {})},
            "$inc": {"attempts": 1},
            "$addToSet": {"seen": seen},
        }
        if db.drops.find_one_and_update(same, change, return_document=ReturnDocument.AFTER):
            return Claim(drop_id, "ours", latest, earliest)


def renew(db: Database[Record], drop_id: str, holder: Holder, now: datetime) -> bool:
    """Hold the drop for another LEASE. False if it is no longer ours: stop working on it."""
    mine = {"_id": drop_id, "state": "claimed", "holder": holder.name}
    return db.drops.update_one(mine, {"$set": {"lease_until": now + LEASE}}).matched_count == 1


def finish(
    db: Database[Record],
    drop_id: str,
    holder: Holder,
    *,
    report: WriteReport,
    pipeline: str,
    run_id: str,
    now: datetime,
) -> bool:
    """Record the outcome of a drop and give it free. False if it is no longer ours."""
    outcome = asdict(report)
    del outcome["failed"]
    change = {
        "state": "done",
        "lease_until": None,
        "items": report.accounted,
        "outcome": outcome,
        "pipeline": pipeline,
        "run_id": run_id,
        "finished_at": now,
    }
    mine = {"_id": drop_id, "state": "claimed", "holder": holder.name}
    return db.drops.update_one(mine, {"$set": change}).matched_count == 1


def release(db: Database[Record], drop_id: str, holder: Holder, now: datetime) -> None:
    """Give a claimed drop back unfinished, for the next run to take."""
    mine = {"_id": drop_id, "state": "claimed", "holder": holder.name}
    db.drops.update_one(mine, {"$set": {"lease_until": now}})
