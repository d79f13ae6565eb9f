"""Leases kept by a heartbeat, lost leases, drops that kill their workers."""

import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from flows import load_drops as module
from flows.lease import RETRY_S, Lease, LeaseLostError, heartbeat, leased
from store import ensure, ledger, quarantine
from store.ledger import LEASE, MAX_DEATHS, Holder
from tests.builders import EPOCH
from tests.faults import time_passes
from tests.flows.test_load_drops import run
from transforms import pipeline
from transforms.document import Found, WriteReport
from transforms.readers import read_items

DROP = "a" * 64
ME = Holder.this_process()
ELSEWHERE = Holder("another-host:1:1")


def claim(db: Any, holder: Holder = ME) -> ledger.Claim:
    return ledger.claim(db, DROP, Found("/drops/a.txt", 10, EPOCH), holder, again=False)


def wait_for(condition: Any) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)


def heartbeats() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "heartbeat"]


def test_a_slow_worker_keeps_its_lease(db: Any) -> None:
    ensure(db)
    claim(db, ELSEWHERE)
    with leased(db, DROP, ELSEWHERE, interval_s=0.01):
        for _ in range(3):
            renewed_at = db.drops.find_one()["renewed_at"]
            time_passes(db, LEASE)
            wait_for(lambda before=renewed_at: db.drops.find_one()["renewed_at"] > before)
            assert claim(db).state == "busy"
    assert heartbeats() == []


def test_a_heartbeat_survives_a_store_that_is_away(mongomock_db: Any) -> None:
    answers: list[Any] = [AutoReconnect("gone"), AutoReconnect("gone"), True, False]
    asked: list[Any] = []

    def beat() -> bool:
        asked.append(answers[len(asked)])
        if isinstance(asked[-1], Exception):
            raise asked[-1]
        return bool(asked[-1])

    with heartbeat(beat, 0.01, retry_s=0.001):
        wait_for(lambda: len(asked) == len(answers))
        wait_for(lambda: heartbeats() == [])
    assert len(asked) == len(answers), "after a no nothing is asked again"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, AutoReconnect, SystemExit])
def test_a_worker_that_ends_in_an_error_gives_the_drop_back(db: Any, error: type[BaseException]) -> None:
    ensure(db)
    claim(db, ELSEWHERE)
    with pytest.raises(error), leased(db, DROP, ELSEWHERE):
        raise error("on purpose")
    assert heartbeats() == []
    taken = claim(db)
    assert (taken.state, taken.deaths) == ("ours", 0)


def test_a_worker_whose_lease_was_taken_over_is_told_before_the_next_write(mongomock_db: Any) -> None:
    ensure(mongomock_db)
    claim(mongomock_db, ELSEWHERE)

    def lose_it() -> None:
        with leased(mongomock_db, DROP, ELSEWHERE, interval_s=0.01) as lease:
            mongomock_db.drops.update_one({}, {"$set": {"holder": ME.name}})
            wait_for(lambda: heartbeats() == [])
            lease.check()

    with pytest.raises(LeaseLostError, match=DROP):
        lose_it()
    assert mongomock_db.drops.find_one()["holder"] == ME.name, "it is not given back by who has lost it"


def test_a_machine_that_slept_asks_before_it_writes(mongomock_db: Any) -> None:
    ensure(mongomock_db)
    claim(mongomock_db, ELSEWHERE)
    now = [0.0]
    lease = Lease(mongomock_db, DROP, ELSEWHERE, interval_s=200.0, clock=lambda: now[0])
    now[0] = 200.0
    lease.check()
    mongomock_db.drops.update_one({}, {"$set": {"holder": ME.name}})
    lease.check()
    now[0] = 201.0 + RETRY_S
    with pytest.raises(LeaseLostError):
        lease.check()


def test_a_drop_taken_over_before_the_write_is_not_written(
    mongomock_db: Any, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workdir / "a.txt").write_text("Тэкст навіны, які мы апрацоўваем занадта доўга.")
    ensure(mongomock_db)
    process = pipeline.process

    def slow(*args: Any) -> Any:
        mongomock_db.drops.update_one({}, {"$set": {"holder": ELSEWHERE.name}, "$inc": {"attempts": 1}})
        monkeypatch.setattr("flows.lease.seconds_on_any_day", lambda: 0.0)
        return process(*args)

    monkeypatch.setattr(pipeline, "process", slow)
    monkeypatch.setattr(Lease, "check", lambda self: self.advance(0))
    report = run(mongomock_db, "a.txt")
    assert (report.items, report.busy, report.drops) == (0, 1, 1)
    assert mongomock_db.documents.count_documents({}) == 0
    assert mongomock_db.drops.find_one()["holder"] == ELSEWHERE.name


def test_a_drop_that_kills_its_workers_ends_in_quarantine(
    db: Any, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workdir / "a.txt").write_text("Тэкст навіны, ад якога памірае той, хто яго чытае.")
    (workdir / "b.txt").write_text("Тэкст навіны, у якім усё ў парадку.")
    run(db, "b.txt")

    def deadly(*args: Any, **kwargs: Any) -> Any:
        # What SIGKILL leaves: a claim whose holder is heard of no more.
        db.drops.update_one({"state": "claimed"}, {"$set": {"holder": ELSEWHERE.name}})
        time_passes(db, LEASE + timedelta(seconds=1))
        raise LeaseLostError("dead")

    monkeypatch.setattr(module, "read_items", deadly)
    for _ in range(MAX_DEATHS):
        assert run(db, "a.txt", "b.txt").counts == WriteReport(unchanged=1)
    report = run(db, "a.txt", "b.txt")
    assert (report.counts, report.reasons) == (WriteReport(unchanged=1, quarantined=1), {"worker-died": 1})
    (case,) = quarantine.open_cases(db)
    assert (case.rejection.index, Path(case.location).name) == (None, "a.txt")
    assert "5 workers died" in case.rejection.detail
    assert run(db, "a.txt").counts == WriteReport(quarantined=1)

    monkeypatch.setattr(module, "read_items", read_items)
    assert run(db, "a.txt", reread=True).counts == WriteReport(inserted=1)
    assert quarantine.open_cases(db) == []
