"""Numbers for those who watch: sums over runs go on where they were, and read little."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import ensure, runs
from store.documents import Entry, upsert
from store.ledger import Holder
from store.tally import Runs, RunTally, count_documents, count_drops
from tests import mongomock_adapter
from tests.builders import EPOCH, a_document, a_version
from transforms.document import Language, WriteReport

ME = Holder.this_process()
OUTCOMES = ("completed", "failed", "running")


def a_run(db: Any, run_id: str, outcome: str, minutes: float, inserted: int = 1) -> None:
    """A run that started so many minutes after the epoch, took ten seconds, and ended so."""
    now = EPOCH + timedelta(minutes=minutes)
    runs.start(db, run_id, flow="ingest-drops", holder=ME, parameters={}, versions={}, now=now)
    end(db, run_id, outcome, minutes, inserted)


def end(db: Any, run_id: str, outcome: str, minutes: float, inserted: int = 1) -> None:
    now = EPOCH + timedelta(minutes=minutes, seconds=10)
    if outcome == "failed":
        runs.fail(db, run_id, "KilledError: x", now)
    elif outcome == "completed":
        counts = WriteReport(inserted=inserted, quarantined=1)
        seconds = {"write": 0.5}
        runs.complete(db, run_id, items=inserted + 1, counts=counts, reasons={"empty": 1}, seconds=seconds, now=now)


def test_runs_are_summed(db: Any) -> None:
    ensure(db)
    a_run(db, "one", "completed", 0, inserted=3)
    a_run(db, "two", "failed", 15)
    a_run(db, "three", "running", 30)
    found = RunTally().read(db)
    assert dict(found.ended) == {("ingest-drops", "completed"): 1, ("ingest-drops", "failed"): 1}
    assert dict(found.running) == {"ingest-drops": 1}
    assert (found.items["inserted"], found.items["quarantined"], found.reasons["empty"]) == (3, 1, 1)
    assert found.stage_seconds["write"] == 0.5
    assert found.run_seconds["ingest-drops"] == 20
    assert found.last["ingest-drops"].state == "failed"
    assert found.last_completed["ingest-drops"].counts["inserted"] == 3


def test_a_run_that_went_on_is_counted_once_it_has_ended(db: Any) -> None:
    ensure(db)
    tally = RunTally()
    a_run(db, "slow", "running", 0)
    for number in range(1, 13):
        a_run(db, f"quick {number}", "completed", number * 60)
        assert tally.read(db).items["inserted"] == number
    end(db, "slow", "completed", 13 * 60)
    assert tally.read(db).items["inserted"] == 13


def test_what_is_settled_is_not_read_again(mongomock_db: Any) -> None:
    tally = RunTally()
    for number in range(5):
        a_run(mongomock_db, str(number), "completed", number * 120)
    assert tally.read(mongomock_db).items["inserted"] == 5
    mongomock_db.runs.delete_many({"started_at": {"$lt": EPOCH + timedelta(hours=5)}})
    assert tally.read(mongomock_db).items["inserted"] == 5


def sums(found: Runs) -> tuple[Any, ...]:
    return (found.ended, found.running, found.items, found.reasons, found.last, found.last_completed)


steps = st.lists(st.tuples(st.floats(0, 200), st.sampled_from(OUTCOMES), st.booleans()), max_size=12)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps)
def test_reading_often_gives_what_reading_once_gives(steps: list[tuple[float, str, bool]]) -> None:
    db = mongomock_adapter.new_database()
    tally = RunTally()
    minutes = 0.0
    for number, (later, outcome, look) in enumerate(steps):
        minutes += later
        a_run(db, str(number), outcome, minutes)
        if look:
            tally.read(db)
    assert sums(tally.read(db)) == sums(RunTally().read(db))


def test_documents_and_drops_are_counted(db: Any) -> None:
    ensure(db)
    languages = ("be", "ru", "be")
    made = [
        a_document(str(number) * 32, text=f"{number}.", language=Language(tag, 1.0))
        for number, tag in enumerate(languages)
    ]
    upsert(db, [Entry(document, document.text, a_version(index=i)) for i, document in enumerate(made)])
    found = count_documents(db)
    assert found.documents == 3
    assert dict(found.by_language) == {"be": 2, "ru": 1}
    assert dict(found.by_source) == {"test": 3}
    assert count_drops(db) == {"claimed": 0, "done": 0}
