"""Questions to the store."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store import ensure
from store.documents import Entry, upsert
from store.queries import Criteria, QueryError, counts_by, find_documents, get_document
from tests.builders import a_document, a_version, an_entity
from transforms.document import Language, Publication

DAY = datetime(2019, 11, 18, tzinfo=UTC)


def published(days: int) -> Publication:
    return Publication(DAY + timedelta(days=days), "day", "dateline")


@pytest.fixture
def filled(db: Any) -> Any:
    ensure(db)
    people = (an_entity("Алтай Кульгінаў", (0, "Алтай Кульгінаў"), (50, "Кульгінава")),)
    documents = [
        a_document("a" * 32, "Мінск прымае гасцей.", published=published(0), entities=people, source="belta"),
        a_document("b" * 32, "Казань принимает гостей.", language=Language("ru", 1.0), published=published(1)),
        a_document("c" * 32, "Без даты и года.", language=Language("ru", 1.0), title="Гостей много"),
        a_document("cd" * 16, "Ещё без даты. Гостейка!", language=Language("ru", 1.0)),
    ]
    upsert(db, [Entry(document, document.text, a_version(index=i)) for i, document in enumerate(documents)])
    return db


def ids(db: Any, **criteria: Any) -> list[str]:
    return [document.doc_id[:2] for document in find_documents(db, Criteria(**criteria)).documents]


def test_newest_first_and_undated_last(filled: Any) -> None:
    assert ids(filled) == ["bb", "aa", "cc", "cd"]


def test_by_language_and_source(filled: Any) -> None:
    assert ids(filled, language="be") == ["aa"]
    assert ids(filled, source="belta") == ["aa"]
    assert ids(filled, language="ru", source="belta") == []


def test_by_date_range(filled: Any) -> None:
    assert ids(filled, since=DAY + timedelta(days=1)) == ["bb"]
    assert ids(filled, until=DAY + timedelta(days=1)) == ["aa"]


@pytest.mark.parametrize("name", ["Алтай Кульгінаў", "алтай  кульгінаў", "Кульгінава", "кульгінаў"])
def test_by_entity_in_any_of_its_forms(filled: Any, name: str) -> None:
    assert ids(filled, entity=name) == ["aa"]


def test_by_words_whole_words_all_of_them(filled: Any) -> None:
    assert ids(filled, words=("гостей",)) == ["bb", "cc"]
    assert ids(filled, words=("ГОСТЕЙ", "казань")) == ["bb"]
    assert find_documents(filled, Criteria(words=("гостей",))).word_search in {"scan", "text index"}


def test_words_are_words_not_patterns(filled: Any) -> None:
    assert ids(filled, words=(".*",)) == []


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_follow_each_other_without_gap_or_overlap(filled: Any, size: int) -> None:
    found: list[str] = []
    token = None
    while True:
        page = find_documents(filled, Criteria(), limit=size, after=token)
        found += [document.doc_id[:2] for document in page.documents]
        token = page.next_token
        if token is None:
            break
    assert found == ["bb", "aa", "cc", "cd"]


@pytest.mark.parametrize("token", ["x", "2019~zz", "yesterday~aa"])
def test_a_token_that_is_none(db: Any, token: str) -> None:
    with pytest.raises(QueryError):
        find_documents(db, Criteria(), after=token)


def test_a_document_by_the_beginning_of_its_id(filled: Any) -> None:
    found = get_document(filled, "bbbb")
    assert found
    assert found.doc_id == "b" * 32
    assert get_document(filled, "dddd") is None
    for bad in ("c", "nonsense", "$ne", "aaaa.*"):
        with pytest.raises(QueryError):
            get_document(filled, bad)


def test_an_ambiguous_id(db: Any) -> None:
    ensure(db)
    documents = [a_document("abcd" * 8), a_document("abcd" * 7 + "0000")]
    upsert(db, [Entry(document, "", a_version(index=i)) for i, document in enumerate(documents)])
    with pytest.raises(QueryError, match="more digits"):
        get_document(db, "abcd")


def test_counts(filled: Any) -> None:
    assert counts_by(filled.documents, "language") == {"ru": 3, "be": 1}
    assert counts_by(filled.documents, "source", language="ru") == {"test": 3}
