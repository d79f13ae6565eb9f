"""Templates as a person meets them: `preview --learn`, `templates`, `status`."""

import json
from pathlib import Path
from typing import Any

import pytest

from dropwire.console import Exit
from tests.dropwire.test_cli import answer, dropwire, lines
from tests.flows.test_clean_again import BODIES, FOOT, MENU, an_article, five, ingest, texts

# What templates do is seen where they are all there is.
pytestmark = pytest.mark.usefixtures("rules_alone")

ALL = "".join(json.dumps(an_article(number, body), ensure_ascii=False) + "\n" for number, body in enumerate(BODIES))


@pytest.fixture
def store(embedded_db: Any, embedded_uri: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A database that commands find through the environment."""
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", embedded_uri.replace("/?", f"/{embedded_db.name}?"))
    return embedded_db


def test_preview_learns_from_what_it_is_given(workdir: Path) -> None:
    Path("all.jsonl").write_text(ALL)
    assert [each["text"] for each in lines("preview", "--learn", "all.jsonl")] == list(BODIES)
    assert [each["text"] for each in lines("preview", "--learn", stdin=ALL)] == list(BODIES)
    assert [each["text"] for each in lines("preview", "all.jsonl")] != list(BODIES)


def test_preview_says_what_it_learned_and_shows_it_cut() -> None:
    shown = dropwire("preview", "--learn", stdin=ALL)
    assert "site: 7 templates learned: «Галоўная»," in shown.stderr
    assert "Усе правы абаронены-]{site-template}" in shown.stdout


def test_preview_learns_each_source_by_itself(workdir: Path) -> None:
    other = "".join(json.dumps(an_article(9, body, "other"), ensure_ascii=False) + "\n" for body in BODIES[:1])
    got = lines("preview", "--learn", stdin=ALL + other)
    assert got[-1]["text"].startswith(MENU)
    assert [each["text"] for each in got[:-1]] == list(BODIES)


def test_a_source_that_is_as_it_was_learned_shows_its_lines(store: Any, tmp_path: Path) -> None:
    ingest(store, *five(tmp_path))
    got = answer("templates", "site")
    assert {line["line"] for line in got["templates"]} == {*MENU.split("\n"), *FOOT.split("\n")}
    assert {line["documents"] for line in got["templates"]} == {5}
    assert "Усе правы абаронены" in dropwire("templates", "site").stdout
    (source,) = answer("templates")["sources"]
    assert (source["name"], source["documents"], source["looked_at"], source["templates"]) == ("site", 5, 5, 7)
    assert source["cut_share"] == source["cut"] / source["characters"] > 0.3
    assert answer("status")["cleaning"] == [source]
    assert "«Галоўная»" in dropwire("status").stdout


def test_templates_can_be_learned_by_hand(store: Any, tmp_path: Path) -> None:
    ingest(store, *five(tmp_path), learn=False)
    assert "No line is known" in dropwire("templates", "site").stdout
    shown = dropwire("templates", "--learn", "site")
    assert "templates: 7 learned for 1 sources, 5 documents re-cleaned" in shown.stderr
    assert texts(store) == sorted(BODIES)
    assert dropwire("templates", "--learn").exit_code == Exit.DONE


def test_a_source_that_is_none_is_not_found(store: Any, tmp_path: Path) -> None:
    ingest(store, *five(tmp_path)[:1])
    assert dropwire("templates", "nobody").exit_code == Exit.NOT_FOUND
    assert dropwire("templates", "--learn", "nobody").exit_code == Exit.NOT_FOUND
    assert store.templates.count_documents({"_id": "nobody"}) == 0


def test_status_names_the_largest_sources_only(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest(store, *five(tmp_path), *five(tmp_path, "small")[:2])
    monkeypatch.setattr("dropwire.commands.looking.MAX_SOURCES", 1)
    assert [source["name"] for source in answer("status")["cleaning"]] == ["site"]
    assert "and 1 more" in dropwire("status").stdout
