"""The record of a run."""

from datetime import timedelta
from typing import Any

from store import ensure, runs
from store.ledger import LEASE, Holder
from tests.builders import EPOCH
from transforms.document import WriteReport

ME = Holder.this_process()


def start(db: Any, run_id: str, holder: Holder = ME, minutes: int = 0) -> None:
    now = EPOCH + timedelta(minutes=minutes)
    runs.start(db, run_id, flow="f", holder=holder, parameters={"locations": ["a"]}, versions={}, now=now)


def test_from_start_to_end(db: Any) -> None:
    ensure(db)
    start(db, "one")
    so_far = WriteReport(inserted=2)
    runs.advance(db, "one", drops=5, drops_done=2, items=2, counts=so_far, reasons={})
    running = runs.running(db, ME)
    assert running
    assert (running["drops"], running["drops_done"], running["items"]) == (5, 2, 2)
    counts = WriteReport(inserted=3, quarantined=1)
    runs.complete(db, "one", items=4, counts=counts, reasons={"empty": 1}, seconds={"write": 0.5}, now=EPOCH)
    assert runs.running(db, ME) is None
    assert runs.latest(db, 1)[0]["counts"]["inserted"] == 3


def test_the_run_of_a_killed_process_is_not_left_running(db: Any) -> None:
    ensure(db)
    start(db, "killed", Holder(f"{ME.name.rsplit(':', 2)[0]}:999999999:1"))
    start(db, "next", minutes=1)
    states = {run["_id"]: run["state"] for run in runs.latest(db, 5)}
    assert states == {"killed": "failed", "next": "running"}


def test_the_run_of_another_host_is_over_when_it_is_silent_for_a_lease(db: Any) -> None:
    ensure(db)
    start(db, "far", Holder("another-host:1:1"))
    start(db, "one")
    assert runs.latest(db, 5)[0]["state"] == runs.latest(db, 5)[1]["state"] == "running"
    silent_since = db.runs.find_one({"_id": "far"})["renewed_at"] - LEASE
    db.runs.update_one({"_id": "far"}, {"$set": {"renewed_at": silent_since}})
    start(db, "two")
    states = {run["_id"]: run["state"] for run in runs.latest(db, 5)}
    assert states == {"far": "failed", "one": "running", "two": "running"}
    assert not runs.renew(db, "far")


def test_a_failed_run_says_why(db: Any) -> None:
    ensure(db)
    start(db, "one")
    so_far = WriteReport(inserted=2, quarantined=1)
    runs.advance(db, "one", drops=5, drops_done=2, items=3, counts=so_far, reasons={"empty": 1})
    runs.fail(db, "one", "StoreError: gone", EPOCH)
    failed = runs.latest(db, 1)[0]
    assert failed["error"] == "StoreError: gone"
    # What it had done until then stands.
    assert (failed["items"], failed["counts"]["inserted"], failed["reasons"]) == (3, 2, {"empty": 1})
