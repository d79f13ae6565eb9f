"""The flow that erases what was prepared under a number."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows.erasing_targets import of_url
from store import StoreError, ensure, erasures
from tests.builders import EPOCH
from tests.flows.test_erasing import URL, fill


def test_it_is_told_a_number_and_says_no_name(
    prefect_server: str,
    embedded_db: Any,
    embedded_uri: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    from flows import erase_documents as module

    erase_documents = module.erase_documents
    told: list[str] = []
    logger = SimpleNamespace(info=lambda words, *values: told.append(words % values))
    monkeypatch.setattr(module, "get_run_logger", lambda: logger)
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", embedded_uri.replace("/?", f"/{embedded_db.name}?"))
    ensure(embedded_db)
    fill(embedded_db, tmp_path)
    made = erasures.prepare(embedded_db, "url", URL, of_url(URL).marks, by="me", reason="", now=EPOCH)
    embedded_db.notes.insert_one({"_id": "n", "text": URL})
    with pytest.raises(StoreError, match="not proven: erasure 1"):
        erase_documents(made.number)
    embedded_db.notes.delete_many({})
    erase_documents()
    assert erasures.get(embedded_db, made.number).state == "erased"
    found = list(embedded_db.runs.find({"flow": "erase-documents"}))
    assert sorted(run["state"] for run in found) == ["completed", "failed"]
    assert URL not in str(found)
    assert "1 documents" in told[0]
    assert "nothing was left to erase" in told[1]
    assert URL not in "".join(told)
