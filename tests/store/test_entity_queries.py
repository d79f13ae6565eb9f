"""Questions about entities."""

from typing import Any

import pytest

from store import ensure
from store.entities import refresh
from store.entity_queries import EntityCriteria, find_entities, get_entity, nearest, timeline
from store.queries import Criteria, QueryError, find_documents
from tests.store.test_entities import about, an_id, entity, load


@pytest.fixture
def filled(db: Any) -> Any:
    ensure(db)
    load(
        db,
        about(1, entity("a", "Мінск", language="be"), entity("b", "Минниханов", at=20), day=1),
        about(2, entity("a", "Минск"), entity("c", "Минниханова", at=20), day=3),
        about(3, entity("a", "Минск"), entity("b", "Минниханов", at=20)),
        about(4, entity("d", "Казань"), day=2),
    )
    refresh(db)
    return db


def ids(db: Any, **criteria: Any) -> list[str]:
    return [one.id for one in find_entities(db, EntityCriteria(**criteria)).entities]


def test_those_in_the_most_documents_come_first(filled: Any) -> None:
    assert ids(filled) == ["per:a", "per:b", "per:c", "per:d"]
    assert ids(filled, keys=("мінск", "казань")) == ["per:a", "per:d"]
    assert ids(filled, language="be") == ["per:a"]
    assert ids(filled, type="PER", language="ru", keys=("минниханов",)) == ["per:b"]
    assert ids(filled, type="LOC") == []


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_follow_each_other(filled: Any, size: int) -> None:
    found: list[str] = []
    token = None
    while True:
        page = find_entities(filled, EntityCriteria(), limit=size, after=token)
        found += [one.id for one in page.entities]
        token = page.next_token
        if token is None:
            break
    assert found == ["per:a", "per:b", "per:c", "per:d"]
    with pytest.raises(QueryError):
        find_entities(filled, EntityCriteria(), after="per:a")


def test_what_is_known_of_one(filled: Any) -> None:
    known = get_entity(filled, "per:a")
    assert known
    assert [(name.language, name.name, name.documents) for name in known.names] == [
        ("ru", "Минск", 2),
        ("be", "Мінск", 1),
    ]
    latest = find_documents(filled, Criteria(entity_id="per:a"), limit=2)
    assert [document.doc_id for document in latest.documents] == [an_id(2), an_id(1)]
    assert [(month.month, month.documents) for month in timeline(filled, "per:a")] == [("2026-01", 2)]
    assert get_entity(filled, "per:nobody") is None


def test_who_is_being_counted_for_the_first_time_is_not_shown(filled: Any) -> None:
    filled.entities.insert_one({**filled.entities.find_one(), "_id": "per:x", "documents": 0})
    assert get_entity(filled, "per:x") is None
    assert "per:x" not in ids(filled)


def test_what_is_named_alike(filled: Any) -> None:
    assert [one.id for one in nearest(filled, ["минниханоф"])] == ["per:b", "per:c"]
    assert nearest(filled, ["зз", "ззззз"]) == []


@pytest.mark.wire
@pytest.mark.parametrize(
    ("criteria", "index"),
    [
        (EntityCriteria(), "most"),
        (EntityCriteria(("k", "l")), "keys"),
        (EntityCriteria(type="PER"), "type"),
        (EntityCriteria(language="be"), "language"),
    ],
)
def test_entities_are_looked_up_in_an_index(embedded_db: Any, criteria: EntityCriteria, index: str) -> None:
    ensure(embedded_db)
    asked: list[Any] = []
    collection = embedded_db.entities

    class Database:
        class entities:  # noqa: N801 - stands for the collection
            @staticmethod
            def find(query: Any) -> Any:
                asked.append(query)
                return collection.find(query)

    find_entities(Database(), criteria)  # type: ignore[arg-type]
    find_entities(Database(), criteria, after="3~per:a")  # type: ignore[arg-type]
    assert len(asked) == 3 * max(len(criteria.keys), 1)
    for query in asked:
        plan = collection.find(query).explain()["queryPlanner"]["winningPlan"]
        assert f"'indexName': '{index}'" in str(plan)
