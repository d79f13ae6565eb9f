"""Claims, leases, take-overs."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from store import ensure, ledger
from store.ledger import LEASE, Claim, Holder
from tests.builders import EPOCH
from transforms.document import Found, WriteReport

DROP = "a" * 64
FILE = Found("/drops/a.txt", 10, EPOCH)
ME = Holder.this_process()
ELSEWHERE = Holder("another-host:1:1")


def claim(
    db: Any, holder: Holder = ME, file: Found = FILE, *, at: timedelta = timedelta(), again: bool = False
) -> Claim:
    return ledger.claim(db, DROP, file, holder, EPOCH + at, again=again)


def finish(db: Any, holder: Holder = ME, **counts: int) -> bool:
    report = WriteReport(**counts)
    return ledger.finish(db, DROP, holder, report=report, pipeline="1", run_id="r", now=EPOCH)


def test_the_first_claim_is_ours(db: Any) -> None:
    ensure(db)
    assert claim(db).state == "ours"


def test_somebody_elses_claim_holds_until_its_lease_runs_out(db: Any) -> None:
    ensure(db)
    claim(db, ELSEWHERE)
    assert claim(db, at=LEASE - timedelta(seconds=1)).state == "busy"
    assert claim(db, at=LEASE).state == "ours"


def test_a_renewed_lease_holds_longer(db: Any) -> None:
    ensure(db)
    claim(db, ELSEWHERE)
    assert ledger.renew(db, DROP, ELSEWHERE, EPOCH + LEASE / 2)
    assert claim(db, at=LEASE).state == "busy"
    assert not ledger.renew(db, DROP, ME, EPOCH)


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
    ledger.release(db, DROP, ELSEWHERE, EPOCH)
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


@pytest.mark.wire
def test_one_of_many_claims_at_once_is_ours(embedded_db: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    ensure(embedded_db)
    holders = [Holder(f"host-{number}:1:1") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        states = list(pool.map(lambda holder: claim(embedded_db, holder).state, holders))
    assert sorted(states) == ["busy"] * 7 + ["ours"]
