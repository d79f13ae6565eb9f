"""The command `audit`, against the embedded store."""

import re
from pathlib import Path
from typing import Any

import pytest

from dropwire.console import Exit
from store.ledger import Holder
from tests.dropwire.test_cli import answer, dropwire
from tests.store.test_audit import fill

DOCS = Path(__file__).parents[2] / "docs" / "reliability.md"
pytestmark = pytest.mark.wire


@pytest.fixture
def store(embedded_db: Any, embedded_uri: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A database with something of everything, that commands find through the environment."""
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", embedded_uri.replace("/?", f"/{embedded_db.name}?"))
    fill(embedded_db, tmp_path)
    return embedded_db


def test_a_sound_store_holds_and_the_exit_code_says_so(store: Any) -> None:
    result = dropwire("audit")
    assert result.exit_code == Exit.DONE, result.output
    assert "Everything is accounted for." in result.stdout
    assert "4 documents" in result.stdout
    told = answer("audit", "--deep")
    assert told["holds"]
    assert told["texts"] == 5
    assert {finding["violations"] for finding in told["findings"]} == {0}


def test_a_damaged_store_is_shown_and_the_exit_code_is_1(store: Any) -> None:
    document = store.documents.find_one()["_id"]
    store.originals.delete_one({"_id": document})
    store.drops.update_many({}, {"$set": {"run_id": "lost"}})
    result = dropwire("audit")
    assert result.exit_code == Exit.FAILED
    assert f"document {document[:16]} has no original" in result.stdout
    assert "5 violations" in result.stdout
    assert dropwire("audit", "--json").exit_code == Exit.FAILED
    store.quarantine.update_many({}, {"$set": {"run_id": "lost"}})
    assert "… and 4 more" in dropwire("audit").stdout


def test_what_cannot_be_verified_and_what_is_in_progress_is_said(store: Any) -> None:
    store.documents.update_many({}, {"$set": {"provenance.pipeline": "0"}})
    assert "Of 4 of these the fingerprint cannot be made again" in dropwire("audit").stdout
    assert answer("audit")["unverifiable"] == 4
    held = {"state": "claimed", "holder": Holder.this_process().name}
    store.drops.update_one({}, {"$set": held, "$currentDate": {"renewed_at": True}})
    result = dropwire("audit")
    assert result.exit_code == Exit.DONE, result.output
    assert "1 drops are being processed" in result.stdout


def test_the_documentation_lists_the_checks(store: Any) -> None:
    documented = re.findall(
        r"^\| `([a-z-]+)` \| ([^|]*?)(?: \(sample.*\))? \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert documented == [(finding["name"], finding["claim"]) for finding in answer("audit")["findings"]]
