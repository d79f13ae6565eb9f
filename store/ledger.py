"""The ledger, collection `drops`: what was picked up, by whom, with what outcome.

A worker claims a drop before it reads it and holds it by a lease, which it renews while it works (flows/lease.py).
A claim ends when the drop is finished, when the lease runs out, or, on the same host, as soon as the process that held
it is gone: after a `kill -9` the next run takes the drop over at once.

The clocks of the workers take no part in that. The store writes the time of each renewal by its own clock
(`$currentDate`), and who wants a drop that is held asks the store, in the same way, what time it is now.

Leases save work, they do not guard the store: two workers on one drop end in the same documents as one
(see store.documents).
"""

import hashlib
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

from store import listings
from store.connection import Record, StoreError
from store.schema import DATE, INTEGER, SCHEMA_VERSION, STRING, VERSION, Collection, list_of, record_of
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
            "attempts": INTEGER,
        },
        {
            # By the store's clock: when the holder was last heard of (missing: it gave the drop back), and when
            # somebody last asked for the drop in vain.
            "renewed_at": DATE,
            "asked_at": DATE,
            # Items that the holder has done; the most that one did who died over the drop; how many died, one after
            # the other, without getting farther than that.
            "items_done": INTEGER,
            "items_reached": INTEGER,
            "deaths": INTEGER,
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
        IndexModel([("state", ASCENDING), ("renewed_at", ASCENDING)], name="claims"),
    ),
)

# How long a drop waits for another host that died over it. Renewed three times as often, so it outlasts a store
# that is away for minutes: an election takes seconds, a restart with recovery a few minutes.
LEASE = timedelta(minutes=10)

# Workers that die over a drop, one after the other, before it counts as the one that kills them. Fewer would blame
# drops for a host that is switched off again and again; more would hold up the drops behind it for longer.
MAX_DEATHS = 5


# Places of one content that are noted. Thousands of empty files are one drop; those beyond are told by their content,
# which is read again in each run.
MAX_SIGHTINGS = 1000

# Each round that we lose is one that somebody else wins, who then holds the drop.
_MAX_ROUNDS = 16


class Holder:
    """A process that claims drops: `host:pid:start`, where start tells it from a later one with the same pid.

    The host is its name and a digest of its boot and its space of process ids: two containers of one name, or two
    machines, must not look for each other's processes.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def this_process(cls) -> "Holder":
        """The holder that this process is."""
        pid = os.getpid()
        return cls(f"{_host()}:{pid}:{_started(pid)}")

    @cached_property
    def _parts(self) -> tuple[str, int, str]:
        host, pid, started = self.name.rsplit(":", 2)
        return host, int(pid), started

    def is_gone(self) -> bool:
        """Whether the holder is known to be dead. False for another host's: only its lease tells."""
        host, pid, started = self._parts
        return host == _host() and _started(pid) != started


def _host() -> str:
    facts = []
    for path, read in (("/proc/sys/kernel/random/boot_id", Path.read_text), ("/proc/self/ns/pid", os.readlink)):
        try:
            facts.append(str(read(Path(path))))
        except OSError:  # not Linux: there the name must do
            continue
    digest = hashlib.sha256("".join(facts).encode()).hexdigest()[:8]
    return f"{socket.gethostname()}+{digest}" if facts else socket.gethostname()


def _started(pid: int) -> str:
    """When a process started, as the kernel counts (`alive` where it does not say), or `gone`."""
    try:
        # The third field of stat(5) and the following, behind the command's name, which may hold spaces.
        facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        # Killed, and nobody has asked yet what it died of: in a container without an init that may stay so.
        return "gone" if facts[0] in {"Z", "X"} else facts[19]
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
    more than once; `first_arrived_at` is the earliest. `deaths` is how many workers died over it, one after the other.
    `location` is the place of the last delivery, by whose name and folder a drop that is ours is read; `is_first` says
    that nobody has tried it before.
    """

    drop_id: str
    state: Literal["ours", "done", "busy"]
    arrived_at: datetime
    first_arrived_at: datetime
    outcome: WriteReport = field(default_factory=WriteReport)
    deaths: int = 0
    location: str = ""
    is_first: bool = False

    @property
    def is_deadly(self) -> bool:
        """Whether the drop kills its workers: it must not be read again."""
        return self.deaths >= MAX_DEATHS


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


def sightings(db: Database[Record], drop_id: str) -> list[Found]:
    """Where a drop was seen, the latest place first; empty where the ledger does not know it."""
    record = db.drops.find_one({"_id": drop_id}, {"seen": 1})
    return [Found(**seen) for seen in reversed(record["seen"])] if record else []


def last_reading(db: Database[Record], drop_id: str) -> tuple[str, str] | None:
    """The run that finished a drop last (empty where none did) and the place where the drop was delivered last.

    None where the ledger does not know the drop.
    """
    record = db.drops.find_one({"_id": drop_id}, {"seen": 1, "run_id": 1})
    if record is None:
        return None
    last = max(record["seen"], key=lambda seen: (seen["modified_at"], seen["location"]))
    return record.get("run_id", ""), str(last["location"])


def _sighting(file: Found) -> Record:
    """Where and how a file was seen, as the store gives it back: BSON keeps milliseconds."""
    moment = file.modified_at
    return {**asdict(file), "modified_at": moment.replace(microsecond=moment.microsecond // 1000 * 1000)}


def _noted(known: list[Record], seen: Record) -> list[Record]:
    """The sightings with another one: each place once, as it was seen last, and no more places than are of use."""
    others = [each for each in known if each["location"] != seen["location"]]
    if seen in known or len(others) >= MAX_SIGHTINGS:
        return known
    return [*others, seen]


def _done(record: Record) -> Claim:
    """What processing the drop again would give: what was written then is unchanged now, wherever it lies."""
    then = WriteReport(**record["outcome"])
    written = then.inserted + then.revised + then.unchanged
    now = WriteReport(unchanged=written, duplicate=then.duplicate, quarantined=then.quarantined)
    return Claim(record["_id"], "done", record["arrived_at"], _first_arrived_at(record), now)


def _first_arrived_at(record: Record) -> datetime:
    moment: datetime = record["first_arrived_at"] if "first_arrived_at" in record else record["arrived_at"]
    return moment


def claim(db: Database[Record], drop_id: str, file: Found, holder: Holder, *, again: bool) -> Claim:
    """Claim a drop for `holder`, for a LEASE from now, and note where it was seen.

    With `again` a drop that is done is claimed too. So is one that was delivered again, later (a copy, or the same
    file touched) or, as turns out now, earlier: its place in the order of arrival is that of the last delivery, its
    states begin with the first, and the documents must follow.
    """
    seen = _sighting(file)
    lease = {"state": "claimed", "holder": holder.name}
    for _ in range(_MAX_ROUNDS):
        record = db.drops.find_one({"_id": drop_id})
        if record is None:
            fresh = {"schema_version": SCHEMA_VERSION, "seen": [seen], "arrived_at": seen["modified_at"], **lease}
            change = {"$setOnInsert": fresh, "$inc": {"attempts": 1}, "$currentDate": {"renewed_at": True}}
            try:
                # No record has 0 attempts: an upsert that finds somebody else's is told so.
                db.drops.update_one({"_id": drop_id, "attempts": 0}, change, upsert=True)
            except DuplicateKeyError:
                continue
            moment = seen["modified_at"]
            return Claim(drop_id, "ours", moment, moment, location=file.location, is_first=True)

        arrived_at: datetime = record["arrived_at"]
        first_arrived_at = _first_arrived_at(record)
        latest = max(arrived_at, seen["modified_at"])
        earliest = min(first_arrived_at, seen["modified_at"])
        if record["state"] == "done" and not again and (earliest, latest) == (first_arrived_at, arrived_at):
            noted = _noted(record["seen"], seen)
            if noted != record["seen"]:
                # Who notes another place at this moment makes us note ours in the next run.
                db.drops.update_one({"_id": drop_id, "seen": record["seen"]}, {"$set": {"seen": noted}})
            return _done(record)
        if record["holder"] != holder.name and is_held(db, record):
            return Claim(drop_id, "busy", arrived_at, first_arrived_at)

        # A renewal or a claim by somebody else at this moment changes one of these.
        same = {key: record.get(key) for key in ("_id", "state", "holder", "attempts", "renewed_at")}
        fate = _fate(record, holder)
        change = {
            "$set": {**lease, **fate, "arrived_at": latest, "seen": _noted(record["seen"], seen)}
            | ({"first_arrived_at": earliest} if earliest < latest else {}),
            "$inc": {"attempts": 1},
            "$currentDate": {"renewed_at": True},
        }
        # Before it as well: who is killed between the two must not leave a listing that hides the drop.
        listings.forget(db, (each["location"] for each in record["seen"]))
        if db.drops.update_one(same, change).matched_count:
            listings.forget(db, (each["location"] for each in record["seen"]))
            location = _last_place(record["seen"], seen)
            return Claim(drop_id, "ours", latest, earliest, deaths=fate["deaths"], location=location)
    raise StoreError(
        f"drop {drop_id} cannot be claimed: its record in the ledger, `drops`, was another one at each of "
        f"{_MAX_ROUNDS} looks. Is something else writing there?"
    )


def _last_place(sightings: list[Record], now: Record) -> str:
    """Where a drop was delivered last: at the place where it lies now, unless another one is later."""
    later = [seen for seen in sightings if seen["modified_at"] > now["modified_at"]]
    return str(
        max(later, key=lambda seen: (seen["modified_at"], seen["location"]))["location"] if later else now["location"]
    )


def is_held(db: Database[Record], record: Record) -> bool:
    """Whether somebody works on the drop of this record of the ledger: claimed, the holder alive, the lease not over.

    Where only the store's clock can tell, the store is asked, which notes that in the record.
    """
    if record["state"] != "claimed" or "renewed_at" not in record or Holder(record["holder"]).is_gone():
        return False
    same = {key: record[key] for key in ("_id", "state", "holder", "attempts", "renewed_at")}
    asked = db.drops.find_one_and_update(
        same, {"$currentDate": {"asked_at": True}}, return_document=ReturnDocument.AFTER
    )
    if asked is None:
        return True  # renewed or taken at this very moment
    age: timedelta = asked["asked_at"] - asked["renewed_at"]
    if age < timedelta(0):
        # The store's clock was put back. The lease begins anew, else it would last until the clock has caught up.
        db.drops.update_one(same, {"$set": {"renewed_at": asked["asked_at"]}})
    return age < LEASE


def _fate(record: Record, holder: Holder) -> Record:
    """How often workers died over a drop that is taken over now, and where it got them."""
    died = record["state"] == "claimed" and "renewed_at" in record and record["holder"] != holder.name
    if record["state"] == "done":
        deaths, reached = 0, 0
    else:
        deaths, reached = record.get("deaths", 0), record.get("items_reached", 0)
    if died:
        farther = record.get("items_done", 0) > reached
        deaths, reached = 1 if farther else deaths + 1, max(record.get("items_done", 0), reached)
    return {"deaths": deaths, "items_reached": reached, "items_done": 0}


def renew(db: Database[Record], drop_id: str, holder: Holder, *, items_done: int) -> bool:
    """Hold the drop for another LEASE from now. False if it is no longer ours: stop working on it."""
    change = {"$set": {"items_done": items_done}, "$currentDate": {"renewed_at": True}}
    return db.drops.update_one(_mine(drop_id, holder), change).matched_count == 1


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
    facts = {
        "state": "done",
        "items": report.accounted,
        "outcome": outcome,
        "pipeline": pipeline,
        "run_id": run_id,
        "finished_at": now,
    }
    spent = dict.fromkeys(("renewed_at", "asked_at", "items_done", "items_reached", "deaths"), "")
    change = {"$set": facts, "$unset": spent}
    return db.drops.update_one(_mine(drop_id, holder), change).matched_count == 1


def release(db: Database[Record], drop_id: str, holder: Holder) -> None:
    """Give a claimed drop back unfinished, for the next run to take. Nobody died over it."""
    db.drops.update_one(_mine(drop_id, holder), {"$unset": {"renewed_at": ""}})


def _mine(drop_id: str, holder: Holder) -> Record:
    return {"_id": drop_id, "state": "claimed", "holder": holder.name}
