"""The flow itself, in Prefect, against the embedded store."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import AutoReconnect

from flows.batching import MAX_BATCH_DROPS
from flows.load_drops import load_drops
from flows.task_runners import WorkerSettings
from locations import Location
from store import StoreError
from tests.builders import BELARUSIAN_SEED, RUSSIAN_SEED
from tests.flows.test_load_drops import contents
from transforms.document import WriteReport

pytestmark = pytest.mark.wire


@pytest.fixture
def store(embedded_db: Any, embedded_uri: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A database in the embedded store that flows find through the environment."""
    uri = embedded_uri.replace("/?", f"/{embedded_db.name}?")
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", uri)
    return embedded_db


def test_a_run_reports_records_and_publishes(prefect_server: str, store: Any, workdir: Path) -> None:
    from prefect.client.orchestration import get_client

    from flows.ingest_drops import ingest_drops

    (workdir / "bad.txt").write_bytes(b"")
    locations: list[str | Location] = [str(RUSSIAN_SEED), str(BELARUSIAN_SEED), Location("bad.txt", settle_seconds=0)]
    report = ingest_drops(locations)
    assert report.counts == WriteReport(inserted=2, quarantined=1)
    assert report.reasons == {"empty": 1}

    (record,) = store.runs.find()
    assert record["state"] == "completed"
    assert record["counts"]["inserted"] == 2
    assert (record["drops"], record["drops_done"], record["items"]) == (3, 3, 3)
    assert record["parameters"]["locations"][:2] == locations[:2]
    assert record["parameters"]["locations"][2]["settle_seconds"] == 0
    assert set(record["seconds"]) == {"read", "transform", "write", "copies", "learn", "entities", "watch"}
    detail = record["breakdown"]
    rounding = (len(detail["steps"]) + 1) * 0.0005
    assert sum(detail["steps"].values()) <= record["seconds"]["transform"] + rounding
    assert set(detail["steps"]) == {"clean", "language", "names", "facts"}
    assert detail["languages"] == {"be": 1, "ru": 1}
    assert sum(sum(row[name] for name in record["counts"]) for row in detail["sources"]) == 3
    assert 1 <= len(detail["workers"]) <= 3
    assert set(record["versions"]["models"]) == {"lines", "language", "entities", "paradigms", "names"}

    with get_client(sync_client=True) as client:
        artifacts = client.read_artifacts()
    (artifact,) = [artifact for artifact in artifacts if str(artifact.flow_run_id) == record["_id"]]
    assert artifact.key == "ingest-drops-report"
    assert "3 items read = 2 inserted + 0 revised + 0 unchanged + 0 duplicate + 1 quarantined: holds" in str(
        artifact.data
    )
    assert "| empty | 1 | ████" in str(artifact.data)

    assert ingest_drops(locations).counts == WriteReport(unchanged=2, quarantined=1)


def test_a_run_that_cannot_reach_the_store_fails(prefect_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.ingest_drops import ingest_drops

    with pytest.raises(StoreError, match="DROPWIRE_MONGODB_URI"):
        ingest_drops(["."])


def test_a_failed_run_is_recorded(prefect_server: str, store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.ingest_drops import ingest_drops

    # Prefect hands the flow its own module's names.
    monkeypatch.setitem(ingest_drops.fn.__globals__, "discover_drops", _fail)
    with pytest.raises(ZeroDivisionError):
        ingest_drops(["."])
    (record,) = store.runs.find()
    assert (record["state"], record["error"]) == ("failed", "ZeroDivisionError: on purpose")


def test_an_accounting_that_does_not_hold_fails_the_run(
    prefect_server: str, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.ingest_drops import ingest_drops
    from flows.run_report import AccountingError, RunReport

    monkeypatch.setitem(ingest_drops.fn.__globals__, "refuse", lambda *_, **__: RunReport(items=1))
    with pytest.raises(AccountingError, match="DOES NOT HOLD"):
        ingest_drops([])
    (record,) = store.runs.find()
    assert record["state"] == "failed"


def _fail(*_: object) -> None:
    raise ZeroDivisionError("on purpose")


def test_a_batch_is_tried_again_when_the_network_was_at_fault(
    prefect_server: str, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import load_batch as module
    from flows.ingest_drops import ingest_drops

    failures = [AutoReconnect("connection reset")]

    def flaky(*args: Any, **kwargs: Any) -> Any:
        if failures:
            raise failures.pop()
        return load_drops(*args, **kwargs)

    monkeypatch.setattr("flows.load_drops.load_drops", flaky)
    monkeypatch.setattr(module.load_batch, "retry_delay_seconds", [0, 0, 0])
    assert ingest_drops([str(BELARUSIAN_SEED)]).counts == WriteReport(inserted=1)
    assert not failures


def test_a_batch_is_not_tried_again_when_the_code_was_at_fault(
    prefect_server: str, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.ingest_drops import ingest_drops

    calls: list[int] = []

    def broken(*_: Any, **__: Any) -> Any:
        calls.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr("flows.load_drops.load_drops", broken)
    with pytest.raises(ZeroDivisionError):
        ingest_drops([str(BELARUSIAN_SEED)])
    assert len(calls) == 1


CORPUS_DROPS = 60


def test_kill_9_in_the_middle_and_run_again_ends_in_the_same_store(
    prefect_server: str, embedded_uri: str, store: Any, workdir: Path
) -> None:
    drops = workdir / "drops"
    drops.mkdir()
    text = RUSSIAN_SEED.read_text(encoding="utf-8")[300:1500]
    for number in range(CORPUS_DROPS):
        path = drops / f"{number}.txt"
        path.write_text("" if number % 20 == 7 else f"Вариант {number} этой же новости.\n{text}", encoding="utf-8")
        os.utime(path, (1000 + number, 1000 + number))

    environment = {**os.environ, "PREFECT_API_URL": prefect_server}
    command = [sys.executable, "-m", "dropwire", "ingest", "drops"]
    killed = subprocess.Popen(
        command, env=environment, cwd=workdir, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not 0 < store.documents.count_documents({}) < CORPUS_DROPS - 15:
        assert killed.poll() is None, "it was over before it could be killed"
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    # No more than what was to be written together, of each worker.
    assert store.drops.count_documents({"state": "claimed"}) <= WorkerSettings().workers * MAX_BATCH_DROPS
    left = store.documents.count_documents({})
    assert left < CORPUS_DROPS - 3
    done = subprocess.run(command, env=environment, cwd=workdir, capture_output=True, text=True, check=True)
    assert f"{CORPUS_DROPS} items read" in done.stdout

    name = f"{store.name}_once"
    with MongoClient[dict[str, Any]](embedded_uri, tz_aware=True) as client:
        uri = embedded_uri.replace("/?", f"/{name}?")
        subprocess.run(
            command, env={**environment, "DROPWIRE_MONGODB_URI": uri}, cwd=workdir, capture_output=True, check=True
        )
        assert contents(store) == contents(client[name])
        client.drop_database(name)
