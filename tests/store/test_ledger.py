"""Claims, leases, take-overs."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mongomock.collection import Collection

from store import StoreError, ensure, ledger
from store.ledger import LEASE, MAX_DEATHS, Claim, Holder
from tests.builders import EPOCH
from tests.faults import time_passes
from transforms.document import Found, WriteReport

DROP = "a" * 64
FILE = Found("/drops/a.txt", 10, EPOCH)
ME = Holder.this_process()
ELSEWHERE = Holder("another-host:1:1")


def claim(db: Any, holder: Holder = ME, file: Found = FILE, *, again: bool = False) -> Claim:
    return ledger.claim(db, DROP, file, holder, again=again)


def die(db: Any, *, items_done: int = 0) -> Claim:
    """Claim the drop on another host, get so far, and be silent for a lease."""
    mine = claim(db, ELSEWHERE)
    ledger.renew(db, DROP, ELSEWHERE, items_done=items_done)
    time_passes(db, LEASE)
    db.drops.update_one({"_id": DROP}, {"$set": {"holder": "dead-host:1:1"}})
    return mine


def finish(db: Any, holder: Holder = ME, **counts: int) -> bool:
    report = WriteReport(**counts)
    return ledger.finish(db, DROP, holder, report=report, pipeline="1", run_id="r", now=EPOCH)


def test_the_first_claim_is_ours(db: Any) -> None:
    ensure(db)
    assert claim(db).state == "ours"


def test_somebody_elses_claim_holds_until_its_lease_runs_out(db: Any) -> None:
    ensure(db)
    claim(db, ELSEWHERE)
    time_passes(db, LEASE - timedelta(minutes=1))
    assert claim(db).state == "busy"
    time_passes(db, timedelta(minutes=1))
    assert claim(db).state == "ours"


def test_a_renewed_lease_holds_longer(db: Any) -> None:
    ensure(db)
    claim(db, ELSEWHERE)
    time_passes(db, LEASE)
    assert ledger.renew(db, DROP, ELSEWHERE, items_done=1)
    assert claim(db).state == "busy"
    assert not ledger.renew(db, DROP, ME, items_done=1)


def test_a_renewal_at_the_last_moment_beats_the_take_over(mongomock_db: Any) -> None:
    ensure(mongomock_db)
    claim(mongomock_db, ELSEWHERE)
    time_passes(mongomock_db, LEASE)
    record = mongomock_db.drops.find_one()
    assert not ledger.is_held(mongomock_db, record)
    assert ledger.renew(mongomock_db, DROP, ELSEWHERE, items_done=1)
    assert ledger.is_held(mongomock_db, record), "the record is an old one, and somebody works on the drop"


def test_a_store_whose_clock_is_put_back_does_not_hold_a_dead_hosts_drop_for_hours(db: Any) -> None:
    ensure(db)
    claim(db, ELSEWHERE)
    time_passes(db, -timedelta(hours=5))
    assert claim(db).state == "busy"
    time_passes(db, LEASE)
    assert claim(db).state == "ours"


def test_the_clocks_of_the_hosts_do_not_matter(mongomock_db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the store's does: `mongomock.utcnow` stands for it here."""
    ensure(mongomock_db)
    stores_now = [EPOCH.replace(tzinfo=None)]
    monkeypatch.setattr("mongomock.utcnow", lambda: stores_now[0])
    for hosts_now in (EPOCH, EPOCH - timedelta(days=400), EPOCH + timedelta(days=400)):
        monkeypatch.setattr("time.time", hosts_now.timestamp)
        assert claim(mongomock_db, ELSEWHERE).state == "ours"
        assert claim(mongomock_db).state == "busy"
    stores_now[0] += LEASE
    assert claim(mongomock_db).state == "ours"


def test_a_claim_of_an_earlier_version_is_free(db: Any) -> None:
    ensure(db)
    claim(db, ELSEWHERE)
    later = EPOCH.replace(year=2999)
    db.drops.update_one({}, {"$unset": {"renewed_at": ""}, "$set": {"lease_until": later}})
    assert (claim(db).state, claim(db).deaths) == ("ours", 0)


def test_workers_that_die_without_getting_farther_are_counted(db: Any) -> None:
    ensure(db)
    assert [die(db, items_done=done).deaths for done in (0, 0, 64, 64, 10, 64, 128)] == [0, 1, 2, 1, 2, 3, 4]
    assert [die(db).deaths for _ in range(MAX_DEATHS)] == [1, 2, 3, 4, 5]
    assert claim(db).is_deadly


def test_a_drop_that_was_given_up_gets_a_fresh_chance_on_request(db: Any) -> None:
    ensure(db)
    for _ in range(MAX_DEATHS):
        die(db)
    assert claim(db).is_deadly
    assert finish(db, quarantined=1)
    assert claim(db).outcome == WriteReport(quarantined=1)
    again = claim(db, again=True)
    assert (again.state, again.deaths) == ("ours", 0)


def test_a_drop_given_back_counts_no_death(db: Any) -> None:
    ensure(db)
    for _ in range(MAX_DEATHS):
        assert claim(db, ELSEWHERE).deaths == 0
        ledger.release(db, DROP, ELSEWHERE)
    assert claim(db).deaths == 0


def test_the_same_process_claims_again_after_an_error_of_the_store(db: Any) -> None:
    ensure(db)
    claim(db)
    again = claim(db)
    assert (again.state, again.deaths) == ("ours", 0)


def test_a_host_of_the_same_name_is_another_one() -> None:
    host, _, started = ME.name.rsplit(":", 2)
    other = Holder(f"{host.partition('+')[0]}+00000000:{2**22 + 1}:{started}")
    assert Holder(f"{host}:{2**22 + 1}:{started}").is_gone()
    assert not other.is_gone(), "only its lease tells"


def test_a_record_that_never_stands_still_ends_in_an_error(mongomock_db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure(mongomock_db)
    claim(mongomock_db, ELSEWHERE)
    time_passes(mongomock_db, LEASE)
    update_one: Any = vars(Collection)["update_one"]

    def meddled(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        update_one(self, {}, {"$inc": {"attempts": 1}})
        return update_one(self, query, *args, **kwargs)

    monkeypatch.setattr(Collection, "update_one", meddled)
    with pytest.raises(StoreError, match=f"{DROP} cannot be claimed"):
        claim(mongomock_db)


def test_a_dead_process_of_this_host_loses_its_claim_at_once(db: Any) -> None:
    ensure(db)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        host, _, _ = ME.name.rsplit(":", 2)
        holder = Holder(f"{host}:{process.pid}:{ledger._started(process.pid)}")
        claim(db, holder)
        assert claim(db).state == "busy"
        process.kill()
    assert claim(db).state == "ours"


def test_a_later_process_with_the_same_pid_is_another_holder() -> None:
    host, pid, started = ME.name.rsplit(":", 2)
    assert int(pid) == os.getpid()
    assert not ME.is_gone()
    assert Holder(f"{host}:{pid}:{started}0").is_gone()


def test_a_released_drop_is_free(db: Any) -> None:
    ensure(db)
    claim(db, ELSEWHERE)
    ledger.release(db, DROP, ELSEWHERE)
    assert claim(db).state == "ours"


def test_what_is_done_counts_as_unchanged(db: Any) -> None:
    ensure(db)
    claim(db)
    assert finish(db, inserted=2, revised=1, duplicate=1, quarantined=1)
    again = claim(db)
    assert again.state == "done"
    assert again.outcome == WriteReport(unchanged=3, duplicate=1, quarantined=1)


def test_what_is_done_can_be_claimed_again_on_request(db: Any) -> None:
    ensure(db)
    claim(db)
    finish(db, inserted=1)
    assert claim(db, again=True).state == "ours"


def test_only_the_holder_finishes(db: Any) -> None:
    ensure(db)
    claim(db, ELSEWHERE)
    assert not finish(db, ME, inserted=1)


def test_known_files_are_those_with_the_same_place_size_and_time(db: Any) -> None:
    ensure(db)
    claim(db)
    assert ledger.known(db, [FILE]) == {}
    finish(db, inserted=1)
    touched = replace(FILE, modified_at=EPOCH + timedelta(seconds=1))
    others = [replace(FILE, size=11), replace(FILE, location="/drops/b.txt"), touched]
    assert list(ledger.known(db, [FILE, *others[1:2]])) == [FILE]
    for other in others:
        assert ledger.known(db, [other]) == {}


def test_a_file_time_finer_than_the_store_keeps_is_known(db: Any) -> None:
    ensure(db)
    file = replace(FILE, modified_at=EPOCH.replace(microsecond=123_456))
    claim(db, file=file)
    finish(db, inserted=1)
    assert list(ledger.known(db, [file])) == [file]


def test_a_copy_of_a_drop_is_the_same_drop(db: Any) -> None:
    ensure(db)
    claim(db)
    finish(db, inserted=2)
    copy = replace(FILE, location="/drops/copy.txt")
    assert claim(db, file=copy).outcome == WriteReport(unchanged=2)
    known = ledger.known(db, [FILE, copy])
    assert [known[file].outcome for file in (FILE, copy)] == [WriteReport(unchanged=2)] * 2


def test_a_drop_of_which_an_older_copy_turns_up_is_processed_once_more(db: Any) -> None:
    ensure(db)
    claim(db)
    finish(db, ME)
    earlier = replace(FILE, location="/drops/old.txt", modified_at=EPOCH - timedelta(days=1))
    again = claim(db, file=earlier)
    assert (again.state, again.first_arrived_at, again.arrived_at) == ("ours", earlier.modified_at, FILE.modified_at)
    finish(db, ME)
    assert claim(db, file=earlier).state == claim(db).state == "done"


def test_a_drop_delivered_again_later_is_processed_again(db: Any) -> None:
    ensure(db)
    claim(db)
    finish(db, inserted=2)
    later = replace(FILE, modified_at=EPOCH + timedelta(days=1))
    again = claim(db, file=later)
    assert (again.state, again.arrived_at) == ("ours", later.modified_at)
    finish(db, unchanged=2)
    assert claim(db).state == "done"


def test_each_place_is_noted_once_and_not_without_end(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MAX_SIGHTINGS", 3)
    ensure(db)
    claim(db)
    finish(db, ME)
    for number in range(5):
        claim(db, file=replace(FILE, location=f"/drops/copy-{number}.txt"))
    noted = ledger.sightings(db, DROP)
    assert [file.location for file in noted] == ["/drops/copy-1.txt", "/drops/copy-0.txt", FILE.location]
    touched = replace(FILE, modified_at=EPOCH + timedelta(days=1))
    claim(db, file=touched)
    finish(db, ME)
    assert ledger.sightings(db, DROP)[0] == touched
    assert len(ledger.sightings(db, DROP)) == 3


@pytest.mark.wire
def test_one_of_many_claims_at_once_is_ours(embedded_db: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    ensure(embedded_db)
    holders = [Holder(f"host-{number}:1:1") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        states = list(pool.map(lambda holder: claim(embedded_db, holder).state, holders))
    assert sorted(states) == ["busy"] * 7 + ["ours"]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc here")
def test_a_killed_process_that_nobody_has_waited_for_is_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        host, _, _ = ME.name.rsplit(":", 2)
        holder = Holder(f"{host}:{process.pid}:{ledger._started(process.pid)}")
        assert not holder.is_gone()
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert holder.is_gone()
