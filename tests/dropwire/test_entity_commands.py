"""Entities as a person meets them: `entities`, `entity`, `merge`, `split`, `corrections`, `find --entity`."""

from typing import Any

import pytest

from dropwire.console import Exit
from store import ensure
from store.codec import fold_name
from store.entities import refresh
from tests.dropwire.test_cli import answer, dropwire
from tests.store.test_entities import about, an_id, entity, load
from transforms.models import shared_models


class Folding:
    """A linker that knows nothing but spelling; the real one has tests of its own."""

    def search_keys(self, name: str) -> list[str]:
        return [fold_name(name)]


@pytest.fixture
def store(embedded_db: Any, embedded_uri: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A database that commands find through the environment, with some documents."""
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", embedded_uri.replace("/?", f"/{embedded_db.name}?"))
    monkeypatch.setitem(vars(shared_models()), "linker", Folding())
    monkeypatch.setattr("getpass.getuser", lambda: "яна")
    ensure(embedded_db)
    minniham = entity("minnihanov", "Рустам Минниханов", "Рустама Минниханова", links=("wikidata:Q1",))
    load(
        embedded_db,
        about(1, minniham, entity("petrov", "Пётр", at=40), day=3),
        about(2, entity("minnihanov", "Рөстәм Миңнеханов", language="tt", evidence="form"), day=1),
        about(3, entity("petroff", "Petroff", "Petroff", "Пётр", language="en")),
    )
    refresh(embedded_db)
    return embedded_db


def test_entities_are_listed(store: Any) -> None:
    shown = dropwire("entities").stdout
    assert "Рустам Минниханов" in shown
    assert "ru Рустам Минниханов · tt Рөстәм Миңнеханов" in shown
    assert "2026-01-03" in shown
    first, *_ = answer("entities")["entities"]
    assert (first["id"], first["documents"], first["mentions"]) == ("per:minnihanov", 2, 2)
    page = answer("entities", "--limit", "1")
    assert [one["id"] for one in answer("entities", "--after", page["next"])["entities"]] == [
        "per:petroff",
        "per:petrov",
    ]
    assert "--after '2~per:minnihanov'" in dropwire("entities", "--limit", "1").stdout
    assert [one["id"] for one in answer("entities", "миңнеханов", "--type", "per", "--language", "tt")["entities"]] == [
        "per:minnihanov"
    ]
    assert "No entity meets" in dropwire("entities", "--type", "LOC").stdout
    assert "named alike" in dropwire("entities", "Минниханоф").stdout
    assert dropwire("entities", "--type", "XXX").exit_code == Exit.USAGE


def test_an_entity_is_shown(store: Any) -> None:
    shown = dropwire("entity", "Рустам Минниханов").stdout
    for said in (
        "per:minnihanov",
        "2 mentions in 2 documents, 2026-01-01 to 2026-01-03",
        "Рустам Минниханов (1)",
        "Рөстәм Миңнеханов (1)",
        "Рустама Минниханова 1×",
        "Wikidata Q1",
        "by a form of its name (1)",
        "per:petrov",
        "2026-01  2",
        an_id(1)[:8],
    ):
        assert said in shown
    known = answer("entity", "per:minnihanov")
    assert known["timeline"] == [{"month": "2026-01", "documents": 2}]
    assert [document["_id"] for document in known["latest"]] == [an_id(1), an_id(2)]


def test_an_entity_that_is_none_or_several(store: Any) -> None:
    missing = dropwire("entity", "Минниханоф")
    assert missing.exit_code == Exit.NOT_FOUND
    assert "Named alike: per:minnihanov" in missing.stderr
    several = dropwire("entity", "пётр")
    assert several.exit_code == Exit.DONE  # one is named so, the other is only written so in a text
    load(store, about(4, entity("petr", "Пётр")))
    refresh(store)
    several = dropwire("entity", "пётр")
    assert several.exit_code == Exit.USAGE
    assert "per:petr («Пётр», 1 document), per:petrov" in several.stderr


def test_two_are_one_until_it_is_undone(store: Any) -> None:
    made = dropwire("merge", "per:petroff", "per:petrov", "--reason", "same man")
    assert made.exit_code == Exit.DONE
    assert "Correction 1: per:petroff is per:petrov. 1 document corrected." in made.stdout
    assert {one["id"] for one in answer("entities")["entities"]} == {"per:minnihanov", "per:petrov"}
    assert "per:petroff is per:petrov  (correction 1, " in dropwire("entity", "per:petrov").stdout
    assert "яна, same man)" in dropwire("entity", "per:petrov").stdout
    assert "per:petrov by a correction" in dropwire("entity", "per:petroff").stderr
    assert "corrected, was per:petroff" in dropwire("show", an_id(3)).stdout
    assert "per:petroff is per:petrov" in dropwire("corrections").stdout
    undone = answer("corrections", "--undo", "1")
    assert (undone["number"], undone["documents"], undone["pending"]) == (2, 1, False)
    assert "undone by 2" in dropwire("corrections").stdout
    assert {one["id"] for one in answer("entities")["entities"]} == {"per:minnihanov", "per:petrov", "per:petroff"}
    assert dropwire("corrections", "--undo", "1").exit_code == Exit.USAGE


def test_names_are_split_off(store: Any) -> None:
    made = answer("split", "per:petroff", "Пётр", "--into", "per:petrov")
    assert (made["entity"], made["names"], made["into"]) == ("per:petroff", ["Пётр"], "per:petrov")
    assert answer("entity", "per:petrov")["documents"] == 2
    unknown = dropwire("split", "per:petroff", "Нехта", "--into", "per:new")
    assert "No text that is stored names per:petroff so: «Нехта»" in unknown.stderr
    assert dropwire("split", "per:petroff", "Petroff", "--into", "loc:x").exit_code == Exit.USAGE


def test_an_entity_gets_another_name(store: Any) -> None:
    made = dropwire("rename", "Рустам Минниханов", "Rustam Minnikhanov", "--reason", "as his office writes")
    assert made.exit_code == Exit.DONE
    assert "Correction 1: per:minnihanov is called «Rustam Minnikhanov». Undo it: dropwire" in " ".join(
        made.stdout.split()
    )
    assert "Rustam Minnikhanov" in dropwire("entities").stdout
    assert (
        "per:minnihanov is called «Rustam Minnikhanov»  (correction 1, "
        in dropwire("entity", "rustam minnikhanov").stdout
    )
    found = answer("find", "--entity", "rustam minnikhanov")["documents"]
    assert [document["_id"] for document in found] == [an_id(1), an_id(2)]
    again = dropwire("rename", "per:minnihanov", "Р. Минниханов")
    assert (again.exit_code, "Undo that first" in again.stderr) == (Exit.USAGE, True)
    undone = answer("corrections", "--undo", "1")
    assert (undone["documents"], undone["entities"]) == (0, 1)
    assert answer("entity", "per:minnihanov")["name"] == "Рустам Минниханов"


def test_nobody_has_corrected_anything(store: Any) -> None:
    assert "Nobody" in dropwire("corrections").stdout
    assert answer("corrections") == {"corrections": []}


def test_documents_are_found_by_an_entity(store: Any) -> None:
    assert [document["_id"] for document in answer("find", "--entity", "миңнеханов")["documents"]] == [an_id(2)]


def test_a_document_shows_who_its_entities_are(store: Any) -> None:
    assert "per:minnihanov · wikidata:Q1" in dropwire("show", an_id(1)).stdout
    assert "per:minnihanov · by form" in dropwire("show", an_id(2)).stdout
