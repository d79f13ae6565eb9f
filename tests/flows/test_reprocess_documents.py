"""The flows that process again what is stored and what is in quarantine, in Prefect, against the embedded store."""

import json
import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows.run_report import AccountingError
from tests.builders import BELARUSIAN_SEED
from tests.flows.test_clean_again import five, ingest
from tests.flows.test_reprocess import contents, earlier_pipeline, reprocess_all
from transforms import pipeline
from transforms.document import Reason

pytestmark = pytest.mark.wire


@pytest.fixture
def store(embedded_db: Any, embedded_uri: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A database in the embedded store that flows find through the environment."""
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", embedded_uri.replace("/?", f"/{embedded_db.name}?"))
    monkeypatch.setenv("DROPWIRE_WORKERS", "1")
    return embedded_db


def test_a_run_reports_and_the_next_has_nothing_to_do(prefect_server: str, store: Any, workdir: Path) -> None:
    from flows.reprocess_documents import reprocess_documents

    with earlier_pipeline():
        ingest(store, *five(workdir), *five(workdir, "other"), learn=False)
    report = reprocess_documents(source="site", until=date(2100, 1, 1), made_by=["pipeline<4"])
    # None has a date.
    assert report.documents == 0
    report = reprocess_documents(source="site", arrived_until=date(1970, 1, 1), made_by=["pipeline<4", "cleaner<1"])
    assert report.counts == {"documents": 5, "changed": 5, "unchanged": 0, "left": 0, "rejected": 0}
    assert store.documents.count_documents({"provenance.pipeline": pipeline.VERSION}) == 5
    assert reprocess_documents(source="site").documents == 0
    assert reprocess_documents().documents == 5
    run = list(store.runs.find().sort("started_at", 1))[1]
    assert (run["flow"], run["state"], run["outcome"]) == ("reprocess-documents", "completed", report.counts)
    assert run["parameters"]["arrived_until"] == "1970-01-01"
    assert {"transform", "write"} <= set(run["seconds"])
    assert (run["items"], run["counts"]["revised"]) == (0, 0)


def test_parameters_are_checked_before_anything_begins(prefect_server: str, store: Any) -> None:
    from prefect.exceptions import ParameterTypeError

    from flows.reprocess_documents import reprocess_documents

    with pytest.raises(ParameterTypeError, match="made_by"):
        reprocess_documents(made_by=["mood<3"])
    schema = reprocess_documents.parameters.properties
    assert schema["since"]["anyOf"][0]["format"] == "date"
    assert "cleaner<3" in schema["made_by"]["description"]
    assert all(each["description"] for each in schema.values())


def test_an_accounting_that_does_not_hold_fails_the_run(
    prefect_server: str, store: Any, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import reprocess_documents as module
    from flows.reprocess_report import ReprocessReport

    with earlier_pipeline():
        ingest(store, *five(workdir), learn=False)
    monkeypatch.setattr(module, "reprocess", lambda *_: ReprocessReport(documents=5, changed=4))
    with pytest.raises(AccountingError, match="DOES NOT HOLD"):
        module.reprocess_documents()
    (run,) = store.runs.find()
    assert run["state"] == "failed"


DOCUMENTS = 120


def test_kill_9_in_the_middle_and_run_again_goes_on_where_it_stopped(
    prefect_server: str, store: Any, workdir: Path
) -> None:
    drops = workdir / "drops"
    drops.mkdir()
    text = BELARUSIAN_SEED.read_text(encoding="utf-8")[:900]
    for number in range(DOCUMENTS):
        (drops / f"{number}.txt").write_text(
            f"Варыянт {number} гэтай жа навіны пра сустрэчу.\n{text}", encoding="utf-8"
        )
        os.utime(drops / f"{number}.txt", (1000 + number, 1000 + number))
    with earlier_pipeline():
        ingest(store, str(drops), learn=False)
    environment = {**os.environ, "PREFECT_API_URL": prefect_server}
    command = [sys.executable, "-m", "dropwire", "reprocess", "--made-by", "pipeline<4", "--json"]
    killed = subprocess.Popen(
        command, env=environment, cwd=workdir, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    ours = {"provenance.pipeline": pipeline.VERSION}
    while not store.documents.count_documents(ours):
        assert killed.poll() is None, "it was over before it could be killed"
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    done = store.documents.count_documents(ours)
    assert done < DOCUMENTS
    again = subprocess.run(command, env=environment, cwd=workdir, capture_output=True, text=True, check=True)
    # The store ends the write that it had in hand when its client was killed.
    assert 0 < json.loads(again.stdout)["documents"] <= DOCUMENTS - done
    assert store.documents.count_documents({"unsettled": {"$exists": True}}) == 0
    assert store.runs.find_one({"state": "failed", "flow": "reprocess-documents"})
    expected = contents(store)
    # As a run that nobody kills ends.
    store.documents.update_many({}, {"$set": {"provenance.pipeline": "3"}})
    reprocess_all(store)
    assert contents(store) == expected


def test_replay_reads_the_drops_of_cases_again(
    prefect_server: str, store: Any, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.ingest_drops import ingest_drops
    from flows.replay_quarantine import replay_quarantine
    from locations import Location

    (workdir / "good.txt").write_text("Добры тэкст навіны, у якім усё ў парадку.")
    (workdir / "bad.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    with monkeypatch.context() as broken:
        broken.setattr("transforms.pipeline.find_boilerplate", None)
        ingest_drops([Location(str(workdir), settle_seconds=0, source="belta")])
    assert store.quarantine.count_documents({"state": "open"}) == 2

    done = replay_quarantine(reason=Reason.TRANSFORM_FAILED)
    assert done.counts == {"cases": 1, "resolved": 1, "remaining": 0, "nowhere": 0}
    assert store.documents.find_one()["source"] == "belta"
    run = store.runs.find_one({"flow": "replay-quarantine"})
    assert (run["state"], run["outcome"]) == ("completed", done.counts)
    assert run["parameters"]["reason"] == "transform-failed"
    ingested = store.runs.find_one({"flow": "ingest-drops", "parameters.reread": True})
    assert ingested["counts"]["inserted"] == 1

    assert replay_quarantine(source="belta").counts["remaining"] == 1
    (case,) = (record["drop_id"][:8] for record in store.quarantine.find({"state": "open"}))
    (workdir / "bad.txt").unlink()
    assert replay_quarantine(cases=[case]).counts["nowhere"] == 1
    assert replay_quarantine(reason=Reason.EMPTY).counts["cases"] == 0


@pytest.mark.parametrize(("asked", "why"), [({}, "which cases"), ({"cases": ["0000"]}, "no case is called 0000")])
def test_a_replay_of_nothing_says_what_to_say(prefect_server: str, store: Any, asked: Any, why: str) -> None:
    from flows.replay_quarantine import replay_quarantine
    from store.queries import QueryError

    with pytest.raises(QueryError, match=why):
        replay_quarantine(**asked)


def test_the_form_of_a_replay_offers_the_reasons(prefect_server: str) -> None:
    from flows.replay_quarantine import replay_quarantine

    schema = replay_quarantine.parameters
    assert "broken-json" in schema.definitions["Reason"]["enum"]
    assert replay_quarantine.validate_parameters({"reason": "too-large"})["reason"] == "too-large"
