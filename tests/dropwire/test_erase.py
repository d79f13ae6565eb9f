"""The command `erase`, against the embedded store."""

import json
from pathlib import Path
from typing import Any

import pytest

from dropwire.console import Exit
from store import ensure, entities
from tests.dropwire.test_cli import answer, dropwire
from tests.flows.test_erasing import NAMED, URL, again, fill
from tests.store.test_audit import article, write

pytestmark = pytest.mark.wire


@pytest.fixture
def store(embedded_db: Any, embedded_uri: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A database that commands find through the environment."""
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", embedded_uri.replace("/?", f"/{embedded_db.name}?"))
    monkeypatch.setattr("getpass.getuser", lambda: "яна")
    ensure(embedded_db)
    fill(embedded_db, tmp_path)
    return embedded_db


def test_it_is_shown_then_erased_then_listed_then_lifted(store: Any, tmp_path: Path) -> None:
    seen = answer("erase", "--person", "Рустам Минниханов", "--dry-run")
    assert (seen["kind"], seen["counts"]["documents"], seen["counts"]["quarantine"]) == ("person", 2, 1)
    assert {one["source"] for one in seen["documents"]} == {"example.org"}
    shown = dropwire("erase", "--person", "Рустам Минниханов", "--dry-run").stdout
    assert "2 in documents" in shown
    assert "4.jsonl" in shown
    assert store.documents.count_documents({}) == 5
    result = dropwire("erase", "--person", "Рустам Минниханов", "--reason", "Art. 17", "--yes")
    assert result.exit_code == Exit.DONE, result.output
    for said in ("Erasure 1", "2 in documents", "It is found nowhere", "4.jsonl", "Prefect's database", "backups"):
        assert said in " ".join(result.stdout.split())
    assert store.documents.count_documents({}) == 3
    (listed,) = answer("erase", "--list")["erasures"]
    assert (listed["kind"], listed["state"], listed["by"], listed["reason"]) == ("person", "erased", "яна", "Art. 17")
    assert "инниханов" not in dropwire("erase", "--list").stdout
    assert "Art. 17" in dropwire("erase", "--list").stdout
    assert answer("audit")["holds"]
    assert "lifted" in dropwire("erase", "--undo", "1").stdout
    again(store, tmp_path)
    assert store.documents.count_documents({"text": NAMED}) == 1
    assert dropwire("erase", "--undo", "1").exit_code == Exit.USAGE


def test_what_cannot_be_proven_ends_with_1_and_says_where(store: Any) -> None:
    store.notes.insert_one({"_id": "n", "text": URL})
    result = dropwire("erase", "--url", URL, "--yes", "--json")
    assert result.exit_code == Exit.FAILED
    (done,) = json.loads(result.stdout)["erasures"]
    assert (done["complete"], done["proven"]) == (False, False)
    (found,) = (one for one in done["proof"] if one["found"])
    assert (found["collection"], found["records"], found["examples"]) == ("notes", 1, ["n: an address"])
    assert "Not complete" in dropwire("erase", "--resume").stdout
    assert dropwire("audit").exit_code == Exit.FAILED
    store.notes.delete_many({})
    assert dropwire("erase", "--resume").exit_code == Exit.DONE
    assert "No erasure was interrupted" in dropwire("erase", "--resume").stderr


def test_the_same_words_in_another_document_are_named(store: Any, tmp_path: Path) -> None:
    long = "Гэта даволі доўгі радок навіны, які стаіць у дзвюх розных крыніцах."
    write(tmp_path, "c.example/7.jsonl", 7, article(long, 7), article(long, 8))
    again(store, tmp_path / "c.example", reread=False)
    one, other = (store.documents.find_one({"url": f"https://example.org/{number}"})["_id"] for number in (7, 8))
    result = dropwire("erase", "--document", one[:10], "--yes")
    assert result.exit_code == Exit.FAILED
    assert other in result.stdout
    result = dropwire("erase", "--document", other, "--yes")
    assert result.exit_code == Exit.DONE


def test_it_asks_and_says_what_is_wrong(store: Any) -> None:
    asked = dropwire("erase", "--url", URL)
    assert (asked.exit_code, "--yes" in asked.stderr) == (Exit.USAGE, True)
    for wrong in ((), ("--url", URL, "--source", "x"), ("--list", "--resume"), ("--resume", "--dry-run")):
        assert dropwire("erase", *wrong).exit_code == Exit.USAGE
    assert dropwire("erase", "--person", "Няма", "--yes").exit_code == Exit.USAGE
    assert dropwire("erase", "--document", "abcd", "--yes").exit_code == Exit.NOT_FOUND
    assert store.erasures.count_documents({}) == 0
    assert "Nothing was ever erased" in dropwire("erase", "--list").stdout


def test_it_is_prepared_for_the_flow(store: Any) -> None:
    assert "prepared" in dropwire("erase", "--source", "a.example", "--prepare", "--yes").stdout
    assert answer("erase", "--source", "a.example", "--prepare", "--yes") == {"erasure": 1}
    assert store.quarantine.count_documents({"source": "a.example"}) > 0
    entities.refresh(store)
    assert dropwire("erase", "--source", "a.example", "--yes").exit_code == Exit.DONE
    assert store.quarantine.count_documents({"source": "a.example"}) == 0
