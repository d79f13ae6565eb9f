"""`dropwire runs`, and the alarms in `dropwire status`."""

from datetime import timedelta
from typing import Any

import pytest

from dropwire.console import Exit
from store import ensure, observations
from store.drift import Kind
from tests.builders import EPOCH
from tests.dropwire.test_cli import answer, dropwire
from tests.flows.test_run_summary import a_run
from tests.store.test_observations import DAY, some

IDS = ("0123abcd-0000-0000-0000-000000000000", "0123abce-0000-0000-0000-000000000000")


@pytest.fixture
def store(embedded_db: Any, embedded_uri: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A database with two runs that commands find through the environment."""
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", embedded_uri.replace("/?", f"/{embedded_db.name}?"))
    ensure(embedded_db)
    common = {"schema_version": 1, "parameters": {}, "drops_done": 4}
    later = EPOCH + timedelta(hours=1)
    embedded_db.runs.insert_many(
        [
            {**a_run(), **common},
            {
                **a_run(_id=IDS[1], flow="learn-templates", started_at=later, finished_at=None, state="running"),
                **common,
            },
        ]
    )
    return embedded_db


def test_runs_are_listed_newest_first(store: Any) -> None:
    assert [run["_id"] for run in answer("runs")["runs"]] == [IDS[1], IDS[0]]
    assert [run["_id"] for run in answer("runs", "--flow", "ingest-drops")["runs"]] == [IDS[0]]
    listed = dropwire("runs").stdout.splitlines()
    assert listed[2].split() == [
        "0123abcd",
        "2026-01-01",
        "00:00",
        "ingest-drops",
        "completed",
        "0:02",
        *"4 10 3 2 4 0 1".split(),
    ]
    assert "no run of this flow" in dropwire("runs", "--flow", "unknown").stdout


def test_a_run_is_shown_whole(store: Any) -> None:
    assert answer("runs", IDS[0])["breakdown"]["languages"] == {"be": 4, "tt": 1}
    shown = dropwire("runs", "0123abcd").stdout
    assert "1 quarantined: holds" in shown
    assert "a|b<script>" in shown
    assert "████" in shown
    assert "running" in dropwire("runs", "last").stdout


def test_a_run_that_is_none_is_refused(store: Any) -> None:
    assert dropwire("runs", "ffff").exit_code == Exit.NOT_FOUND
    assert dropwire("runs", "0123").exit_code == Exit.USAGE
    assert dropwire("runs", "no-such").exit_code == Exit.USAGE


def test_status_has_the_alarms_first_and_says_what_to_do(store: Any) -> None:
    for day in range(20):
        observations.add(store, {"a.example": some()}, token=f"{day}", now=EPOCH + day * DAY)
        observations.watch(store, EPOCH + day * DAY)
    observations.watch(store, EPOCH + 25 * DAY)
    (alarm,) = answer("status")["drift"]
    assert (alarm["source"], alarm["kind"], alarm["to_do"]) == ("a.example", "silence", Kind.SILENCE.to_do)
    shown = dropwire("status").stdout
    assert shown.index("nothing new for 6 days") < shown.index("Languages")
