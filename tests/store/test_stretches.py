"""What a page costs the embedded store: questions, and documents that these are about, however many there are."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from store import codec, ensure
from store.queries import Criteria, find_documents
from store.queries.stretches import Stretches
from store.queries.wanted import EARLIEST, Wanted
from tests.builders import a_document, an_entity
from tests.mongomock_adapter import new_database
from transforms.document import Document, Language, Publication

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DOCUMENTS, DAYS, SAME_DAY = 2_400, 300, 600
BURST = NOW - timedelta(days=1)
ANN = an_entity("Ann", (0, "Ann"))
# Each a command, of which one that finds nothing takes the embedded store 0.7 ms, and 0.13 ms a document.
MOST_QUESTIONS, MOST_READ = 12, 150


def _documents() -> list[Document]:
    """A third are of one source, a twentieth of another, and hundreds have the same day and no time."""
    draw = random.Random(7)
    found = []
    for number in range(DOCUMENTS):
        at = NOW - timedelta(seconds=draw.randrange(1, DAYS * 86_400))
        day = BURST if number < SAME_DAY else at.replace(hour=0, minute=0, second=0)
        known = Publication(day, "day", "meta") if number < SAME_DAY or draw.random() < 0.4 else None
        document = a_document(
            f"{draw.getrandbits(128):032x}",
            source=draw.choices(["many", "few", "others"], [30, 5, 65])[0],
            language=Language(draw.choices(["be", "tt"], [95, 5])[0], 0.99),
            published=None if draw.random() < 0.1 else known or Publication(at, "second", "meta"),
            entities=(ANN,) if draw.random() < 0.2 else (),
        )
        found.append(document)
    return found


@cache
def _filled() -> tuple[Any, tuple[Document, ...]]:
    db = new_database()
    ensure(db)
    documents = _documents()
    version = {"version": f"{NOW.isoformat()} {'0' * 64} 0", "first_version": f"{NOW.isoformat()} {'0' * 64} 0"}
    db.documents.insert_many([codec.to_record(one) | version for one in documents])
    db.changes.update_one({"_id": 0}, {"$set": {"newest": NOW, "head": DOCUMENTS}})
    return db, tuple(sorted(documents, key=_place))


def _place(document: Document) -> tuple[float, str]:
    return (-document.published_at.timestamp() if document.published_at else 0.0, document.doc_id)


class Counted:
    """A database that counts questions for documents, and the documents that they are about, as if without a limit."""

    def __init__(self, db: Any) -> None:
        self._db = db
        self.questions = self.read = 0

    def __getattr__(self, name: str) -> Any:
        return self if name == "documents" else getattr(self._db, name)

    def find(self, query: Mapping[str, Any], *fields: Any) -> Any:
        self.questions += 1
        if "_id" not in query or "$in" not in query["_id"]:
            self.read += self._db.documents.count_documents(query)
        return self._db.documents.find(query, *fields)

    def index_information(self) -> Any:
        return self._db.documents.index_information()


ASKED = {
    "everything": Criteria(),
    "many": Criteria(source="many"),
    "few": Criteria(source="few"),
    "language": Criteria(language="tt"),
    "entity": Criteria(entity_id=ANN.id),
    "name": Criteria(entity=("ann",)),
    "day": Criteria(since=BURST, until=NOW),
    "month": Criteria(since=NOW - timedelta(days=60), until=NOW - timedelta(days=30)),
    "nobody": Criteria(source="nobody"),
}


def _meets(one: Document, asked: Criteria) -> bool:
    at = one.published_at
    return (
        (asked.source is None or one.source == asked.source)
        and (asked.language is None or one.language.tag == asked.language)
        and (not (asked.entity or asked.entity_id) or bool(one.entities))
        and (asked.since is None or (at is not None and at >= asked.since))
        and (asked.until is None or (at is not None and at < asked.until))
    )


@pytest.mark.parametrize("name", ASKED)
def test_pages_read_hardly_more_than_they_have(name: str) -> None:
    db, documents = _filled()
    expected = [one.doc_id for one in documents if _meets(one, ASKED[name])]
    token, found = None, list[str]()
    # The pages go through the midnight that hundreds share.
    for _ in range(12):
        counted = Counted(db)
        page = find_documents(counted, ASKED[name], after=token)  # type: ignore[arg-type]
        found += [one.doc_id for one in page.documents]
        assert counted.questions <= MOST_QUESTIONS
        assert counted.read <= MOST_READ
        token = page.next_token
        if token is None:
            break
    assert found == expected[: len(found)]
    assert token is not None or len(found) == len(expected)


def test_of_two_criteria_the_one_leads_that_fewer_documents_meet() -> None:
    db, documents = _filled()
    both = Criteria(source="many", language="tt")
    counted = Counted(db)
    page = find_documents(counted, both)  # type: ignore[arg-type]
    expected = [one.doc_id for one in documents if _meets(one, both)]
    assert [one.doc_id for one in page.documents] == expected[:20]
    alone = [one for one in documents if one.source == "many"]
    by_source = alone.index(next(one for one in documents if one.doc_id == expected[20]))
    assert counted.read < by_source * 2 / 3


def test_who_has_no_patience_goes_on_where_it_ended() -> None:
    db, documents = _filled()
    asked = Criteria(words=("nowhere",))
    token, pages = None, 0
    while True:
        page = find_documents(db, asked, after=token, patience_s=0)
        assert page.documents == ()
        pages += 1
        token = page.next_token
        if token is None:
            break
    assert 2 < pages < len(documents) / 50
    found, token = [], None
    while True:
        page = find_documents(db, Criteria(words=("тэкст",), source="few"), after=token, patience_s=0)
        found += [one.doc_id for one in page.documents]
        token = page.next_token
        if token is None:
            break
    assert found == [one.doc_id for one in documents if one.source == "few"]


def test_bounds_may_be_the_first_and_the_last_moment() -> None:
    db, _ = _filled()
    last = datetime.max.replace(tzinfo=UTC)
    for since, until, count in ((EARLIEST, last, 3), (last, None, 0), (None, EARLIEST, 0)):
        criteria = Criteria(source="few", since=since, until=until)
        reading = Stretches(db, Wanted.of(db, criteria), 3, DOCUMENTS, None)
        reading.below(None, NOW)
        assert len(reading.found) == count
