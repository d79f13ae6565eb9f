"""`find --facets`, `timeline`, `graph`, `changes`, `edits`: tables for people, JSON for programs."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from dropwire.console import Exit
from store import ensure, entities
from store.documents import Entry, upsert
from tests.builders import a_document, a_version, an_entity
from tests.dropwire.test_cli import dropwire
from tests.dropwire.test_cli import store as store  # noqa: PLC0414 - a fixture
from transforms.document import Publication

DAY = Publication(datetime(2026, 1, 1, tzinfo=UTC), "day", "meta")


@pytest.fixture
def filled(store: Any) -> Any:
    ensure(store)
    people = tuple(an_entity(name, (0, name)) for name in ("Ann", "Bob"))
    document = a_document("a" * 32, "Ann [met] Bob.", entities=people, published=DAY, title="A [title]")
    edited = a_document("a" * 32, "Ann [saw] Bob.", entities=people, published=DAY, title="A [title]")
    upsert(store, [Entry(document, document.text, a_version())])
    upsert(store, [Entry(edited, edited.text, a_version(1)), Entry(replace(edited, doc_id="b" * 32), "", a_version(2))])
    entities.settle(store, ["a" * 32, "b" * 32])
    entities.refresh(store)
    return store


def answer(*arguments: str) -> Any:
    result = dropwire(*arguments, "--json")
    assert result.exit_code == Exit.DONE, result.output
    return json.loads(result.stdout)


def shown(*arguments: str) -> str:
    result = dropwire(*arguments)
    assert result.exit_code == Exit.DONE, result.output
    return result.stdout


def test_facets(filled: Any) -> None:
    found = answer("find", "--facets")
    assert [(one["label"], one["documents"]) for one in found["entities"]["PER"]] == [("Ann", 2), ("Bob", 2)]
    assert "2  test" in shown("find", "--facets")


def test_timeline(filled: Any) -> None:
    found = answer("timeline", "--by", "day", "--split", "language")
    assert found["points"] == [{"start": "2026-01-01", "documents": 2, "parts": {"be": 2}}]
    assert "2026-01 " in shown("timeline")
    assert "No dated document" in shown("timeline", "--source", "nobody")
    for wrong in (("--by", "hour"), ("--split", "title")):
        assert dropwire("timeline", *wrong).exit_code == Exit.USAGE


def test_graph(filled: Any) -> None:
    found = answer("graph", "Ann")
    assert [(one["name"], one["together"]) for one in found["nodes"]] == [("Bob", 2)]
    assert "Bob" in shown("graph", "Ann")
    assert "Nothing is named" in shown("graph", "Ann", "--least", "3")


def test_changes(filled: Any) -> None:
    first = answer("changes", "--limit", "1")
    assert first["more"]
    second = answer("changes", "--since-token", first["next"])
    assert [(one["id"][0], one["kind"]) for one in (*first["changes"], *second["changes"])] == [
        ("a", "inserted"),
        ("b", "inserted"),
    ]
    assert second["next"] == answer("changes", "--now")["next"]
    assert "A [title]" in shown("changes")
    assert "Nothing has changed" in shown("changes", "--since-token", second["next"])
    assert dropwire("changes", "--since-token", "nonsense").exit_code == Exit.USAGE


def test_edits(filled: Any) -> None:
    (found,) = answer("edits", "--silent")["edits"]
    assert (found["id"][0], found["silent"]) == ("a", True)
    said = shown("edits")
    assert "[-met-]{+saw+}" in said
    assert "SILENT" in said
    assert "No edits." in shown("edits", "--source", "nobody")


def test_flags(filled: Any) -> None:
    assert answer("find", "--flag", "untitled")["documents"] == []
    assert len(answer("find", "--flag", "revised", "--flag", "language-unsure")["documents"]) == 0
    assert [one["_id"][0] for one in answer("find", "--flag", "revised")["documents"]] == ["a"]
    result = dropwire("find", "--flag", "odd")
    assert result.exit_code == Exit.USAGE
    assert "untitled" in result.stderr
