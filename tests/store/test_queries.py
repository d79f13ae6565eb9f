"""Questions to the store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store import codec, ensure, entities
from store.connection import StoreError
from store.documents import Entry, upsert
from store.layout import COLLECTIONS
from store.queries import Criteria, QueryError, counts_by, find_documents, get_document
from tests.builders import a_document, a_version, an_entity, as_pipeline_1_wrote
from transforms.document import Candidate, Language, Publication, Segment

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


def in_languages(db: Any, **tags: str) -> None:
    """Documents of which the first tag is their own, the others those of their segments, each named by a letter."""
    entries = []
    for index, (letter, listed) in enumerate(tags.items()):
        own, *parts = listed.split()
        segments = tuple(Segment(i, i + 1, part, 0.9) for i, part in enumerate(parts))
        document = a_document(letter * 32, language=Language(own, 0.9), segments=segments, published=published(-index))
        entries.append(Entry(document, "", a_version(index=index)))
    ensure(db)
    upsert(db, entries)


def test_by_language_of_a_part(db: Any) -> None:
    in_languages(db, a="ru ru tt", b="tt tt", c="ru ru", d="ru tt und zxx", e="tt", f="und und")
    assert ids(db, language="tt") == ["aa", "bb", "dd", "ee"]
    assert ids(db, language="ru") == ["aa", "cc", "dd"]
    assert ids(db, language="und") == ["dd", "ff"]
    assert ids(db, language="t") == []


def test_whole_documents_in_a_language(db: Any) -> None:
    in_languages(db, a="ru ru tt", b="tt tt", c="ru ru", d="ru tt und zxx", e="tt", f="und und")
    assert ids(db, language="tt", whole=True) == ["bb", "dd", "ee"]
    assert ids(db, language="ru", whole=True) == ["cc"]
    assert ids(db, language="tt", whole=True, source="nobody") == []
    with pytest.raises(QueryError, match="--language"):
        find_documents(db, Criteria(whole=True))


def test_a_plain_language_is_all_its_scripts(db: Any) -> None:
    in_languages(db, a="sr sr", b="sr-Latn sr-Latn", c="sr sr sr-Latn", d="hr hr sr-Latn", e="sl sl")
    assert ids(db, language="sr") == ["aa", "bb", "cc", "dd"]
    assert ids(db, language="sr-Latn") == ["bb", "cc", "dd"]
    assert ids(db, language="sr", whole=True) == ["aa", "bb", "cc"]
    assert ids(db, language="sr-Latn", whole=True) == ["bb"]


@pytest.mark.parametrize("whole", [False, True])
def test_pages_of_a_language(db: Any, whole: bool) -> None:
    in_languages(db, a="tt tt", b="ru ru", c="tt tt und", d="tt tt")
    criteria = Criteria(language="tt", whole=whole)
    first = find_documents(db, criteria, limit=2)
    second = find_documents(db, criteria, limit=2, after=first.next_token)
    assert [document.doc_id[0] for page in (first, second) for document in page.documents] == ["a", "c", "d"]
    assert second.next_token is None


class Spied:
    """A database that notes with which questions documents are looked for."""

    def __init__(self, db: Any) -> None:
        self._db = db
        self.asked: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return self if name == "documents" else getattr(self._db, name)

    def find(self, query: Any, *fields: Any) -> Any:
        self.asked.append(query)
        return self._db.documents.find(query, *fields)

    def index_information(self) -> Any:
        return self._db.documents.index_information()

    def indexes(self) -> list[str]:
        """Of each question, the index that answers it; `COLLSCAN` for none."""
        plans = [str(self._db.documents.find(query).explain()["queryPlanner"]["winningPlan"]) for query in self.asked]
        return [
            "COLLSCAN" if "COLLSCAN" in plan else plan.partition("'indexName': '")[2].split("'")[0] for plan in plans
        ]


INDEXES = {
    "newest": Criteria(since=DAY - timedelta(days=9), until=DAY + timedelta(days=9)),
    "languages": Criteria(language="tt", since=DAY - timedelta(days=9), until=DAY + timedelta(days=9)),
    "source": Criteria(source="belta", since=DAY),
    "entity_keys": Criteria(entity=("мінск", "minsk"), until=DAY),
    "entity": Criteria(entity_id="loc:minsk"),
    "flags": Criteria(flags=("undated", "untitled"), since=DAY),
}


@pytest.mark.wire
@pytest.mark.parametrize("name", INDEXES)
def test_questions_are_answered_by_an_index(embedded_db: Any, name: str) -> None:
    in_languages(embedded_db, a="ru ru tt", b="tt tt", c="be")
    entities.settle(embedded_db, ["a" * 32, "b" * 32, "c" * 32])
    for after in (None, f"{DAY.isoformat()}~aa", "~aa"):
        spied = Spied(embedded_db)
        find_documents(spied, INDEXES[name], after=after)  # type: ignore[arg-type]
        assert set(spied.indexes()) <= {name}, spied.asked
    spied = Spied(embedded_db)
    find_documents(spied, INDEXES[name])  # type: ignore[arg-type]
    assert spied.asked


@pytest.mark.wire
def test_without_criteria_only_windows_of_dates_are_read(embedded_db: Any) -> None:
    in_languages(embedded_db, **dict.fromkeys("abcdef0123456789", "be"))
    entities.settle(embedded_db, [letter * 32 for letter in "abcdef0123456789"])
    spied = Spied(embedded_db)
    assert len(find_documents(spied, Criteria(), limit=3).documents) == 3  # type: ignore[arg-type]
    assert set(spied.indexes()) == {"newest"}
    read = [embedded_db.documents.count_documents(query) for query in spied.asked]
    assert sum(read) < 16


def test_a_store_of_pipeline_1_is_brought_up_to_date(db: Any) -> None:
    """Its validator, its indexes and its records: found by language, and still writable."""
    (layout,) = (collection for collection in COLLECTIONS if collection.name == "documents")
    known_then = {name: rule for name, rule in layout.schema["properties"].items() if name != "languages"}
    # Stricter than it was, so that what is new can only be written when the validator is replaced.
    then = {**layout.schema, "properties": {**known_then, "_id": {}}, "additionalProperties": False}
    db.create_collection("documents", validator={"$jsonSchema": then})
    documents = [
        a_document(
            "a" * 32, language=Language("ru", 1.0), segments=(Segment(0, 3, "ru", 1.0), Segment(4, 5, "tt", 0.9))
        ),
        a_document("b" * 32, language=Language("tt", 1.0)),
    ]
    for index, document in enumerate(documents):
        record = as_pipeline_1_wrote(codec.to_record(document))
        db.documents.insert_one({**record, "version": a_version(index=index).key})
    with pytest.raises(StoreError, match="init-db"):
        find_documents(db, Criteria(language="tt"))
    assert ids(db) == ["aa", "bb"]

    ensure(db)
    assert ids(db, language="tt") == ["aa", "bb"]
    assert ids(db, language="tt", whole=True) == ["bb"]
    report, _ = upsert(db, [Entry(documents[0], "", a_version(minutes=1))])
    assert report.unchanged == 1  # but delivered again: its version is written
    revised = replace(documents[1], language=Language("tt", 0.9, (Candidate("ba", 0.1),)), fingerprint="f" * 64)
    report, _ = upsert(db, [Entry(revised, "", a_version(minutes=2))])
    assert report.revised == 1
    assert get_document(db, "bbbb") == revised


def test_by_date_range(filled: Any) -> None:
    assert ids(filled, since=DAY + timedelta(days=1)) == ["bb"]
    assert ids(filled, until=DAY + timedelta(days=1)) == ["aa"]


@pytest.mark.parametrize("name", ["Алтай Кульгінаў", "алтай  кульгінаў", "Кульгінава", "кульгінаў"])
def test_by_entity_in_any_of_its_forms(filled: Any, name: str) -> None:
    assert ids(filled, entity=("nobody", codec.fold_name(name))) == ["aa"]


def test_pages_of_an_entity_by_several_keys(db: Any) -> None:
    ensure(db)
    people = [an_entity(name, (0, name)) for name in ("Ян Ясь", "Ясь", "Ян", "Пятро", "Ян")]
    documents = [
        a_document(f"{i}" * 32, entities=(person,), published=published(i) if i < 3 else None)
        for i, person in enumerate(people)
    ]
    upsert(db, [Entry(document, "", a_version(index=i)) for i, document in enumerate(documents)])
    found, token = list[str](), None
    while True:
        page = find_documents(db, Criteria(entity=("ян ясь", "ясь", "ян")), limit=2, after=token)
        found += [document.doc_id[0] for document in page.documents]
        token = page.next_token
        if token is None:
            break
    assert found == ["2", "1", "0", "4"]


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
