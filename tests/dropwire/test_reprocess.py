"""The command `reprocess`, against the embedded store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dropwire import reprocessing
from dropwire.console import Exit
from flows.reprocess import MAKERS
from flows.reprocess_report import ReprocessReport
from store import runs
from store.ledger import Holder
from store.selection import Selection
from tests.builders import EPOCH
from tests.dropwire.test_cli import answer, dropwire
from tests.flows.test_clean_again import five, ingest
from tests.flows.test_reprocess import earlier_pipeline
from transforms.document import WriteReport

pytestmark = pytest.mark.wire


@pytest.fixture
def store(embedded_db: Any, embedded_uri: str, monkeypatch: pytest.MonkeyPatch, workdir: Path) -> Any:
    """A database that commands find through the environment, with documents of an earlier pipeline."""
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", embedded_uri.replace("/?", f"/{embedded_db.name}?"))
    with earlier_pipeline():
        ingest(embedded_db, *five(workdir), learn=False)
    return embedded_db


def everything(db: Any) -> dict[str, Any]:
    return {name: list(db[name].find()) for name in sorted(db.list_collection_names())}


def test_a_dry_run_shows_what_would_change_and_writes_nothing(store: Any) -> None:
    before = everything(store)
    told = answer("reprocess", "--made-by", "cleaner<1", "--dry-run")
    assert everything(store) == before
    assert (told["documents"], told["current"], told["later"], told["sample_changed"]) == (5, 0, 0, 5)
    assert told["sources"] == {"site": 5}
    assert told["made_by"] == {"pipeline 3, none, dropwire-language-1, dropwire-entities-5": 5}
    assert [tried["doc_id"] for tried in told["sample"]] == sorted(record["_id"] for record in store.documents.find())
    removed = {
        change["parts"][0]["text"]
        for tried in told["sample"]
        for change in tried["edit"]["text"]
        if change["kind"] == "removed"
    }
    assert "Галоўная" in removed
    least, most = told["seconds"]
    assert 0 <= least <= most
    assert answer("reprocess", "--dry-run", "--source", "nobody")["documents"] == 0


def test_a_dry_run_for_people(store: Any) -> None:
    shown = dropwire("reprocess", "--dry-run").stdout
    for expected in (
        "5 documents would be processed again",
        "Of a sample of 5, 5 would change",
        "Nothing was written.",
        "- Галоўная",
        "cut 0.0% →",
        "pipeline 3, none",
    ):
        assert expected in shown
    store.documents.update_many({}, {"$set": {"provenance.pipeline": "1000"}})
    shown = dropwire("reprocess", "--dry-run").stdout
    assert "left (later-dropwire)" in shown
    assert "5 of them would be left" in shown


def test_wrong_conditions_are_told_at_once(store: Any) -> None:
    result = dropwire("reprocess", "--made-by", "mood<3")
    assert result.exit_code == Exit.USAGE
    assert "the names are pipeline, cleaner" in result.stderr


def test_the_run_gets_what_was_asked_for_and_tells_what_is_left(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def run(given: dict[str, Any], *, verbose: bool, notify: Callable[[str], None]) -> ReprocessReport:
        asked.append(given)
        return ReprocessReport(
            documents=5, changed=2, left=2, rejected=1, reasons={"nothing-left": 1}, whys={"no-drop": 2}
        )

    monkeypatch.setattr(reprocessing, "run_reprocessing", run)
    told = answer("reprocess", "--source", "site", "--since", "2026-01-02", "--made-by", "pipeline<4")
    assert told["accounting"] == "5 documents looked at = 2 changed + 0 unchanged + 2 left + 1 rejected"
    assert told["left_because"] == {"no-drop": 2}
    assert asked[0] | {"since": str(asked[0]["since"])} == {
        "source": "site",
        "language": None,
        "made_by": ["pipeline<4"],
        "since": "2026-01-02",
        "until": None,
        "arrived_since": None,
        "arrived_until": None,
    }
    shown = dropwire("reprocess").stdout
    assert "2 left (no-drop): what is stored of them does not suffice" in shown
    assert "1 rejected, and kept as they were: nothing-left" in shown


def test_the_estimate_is_for_all_documents_and_all_workers(store: Any) -> None:
    one, two = (reprocessing.try_reprocessing(store, Selection(), workers) for workers in (1, 2))
    for trial in (one, two):
        mean = sum(tried.seconds for tried in trial.tried) / 5
        least, most = trial.seconds
        assert least <= mean * 5 / trial.workers <= most
    runs.start(store, "1", flow="ingest-drops", holder=Holder.this_process(), parameters={}, versions={}, now=EPOCH)
    assert reprocessing.try_reprocessing(store, Selection(), 1).stages == 1
    seconds = {"transform": 20.0, "write": 5.0, "copies": 3.0, "entities": 2.0}
    runs.complete(store, "1", items=9, counts=WriteReport(inserted=9), reasons={}, seconds=seconds, now=EPOCH)
    assert reprocessing.try_reprocessing(store, Selection(), 1).stages == pytest.approx(1.5)
    assert MAKERS.pipeline in {tried.after.provenance.pipeline for tried in one.tried if tried.after}
