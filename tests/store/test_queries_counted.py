"""Questions that count and compare: facets, timelines, profiles, graphs, edits, documents whole, the start."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import copies, ensure, entities, originals, revisions
from store.documents import Entry, upsert
from store.flags import LOOKED_UP, Flag, flags_of
from store.queries import (
    Criteria,
    Edge,
    QueryError,
    edits,
    entity_profile,
    facets,
    find_documents,
    neighbourhood,
    overview,
    timeline,
    whole_document,
)
from store.queries.choosing import all_ids, meeting
from store.queries.wanted import Wanted
from tests.builders import a_document, a_version, an_entity
from tests.mongomock_adapter import new_database
from transforms import near_copies
from transforms.document import BoilerplateSpan, Document, Language, Publication, Segment

DAY = datetime(2019, 11, 18, tzinfo=UTC)
ANN, BOB, EVE = (an_entity(name, (0, name)) for name in ("Ann", "Bob", "Eve"))


def at(days: int) -> Publication:
    return Publication(DAY + timedelta(days=days), "day", "dateline")


def stored(db: Any, *documents: Document, minutes: int = 0) -> Any:
    ensure(db)
    upsert(db, [Entry(one, one.text, a_version(minutes, index=i)) for i, one in enumerate(documents)])
    ids = [one.doc_id for one in documents]
    copies.follow(db, ids, near_copies)
    entities.settle(db, ids)
    entities.refresh(db)
    return db


@pytest.fixture
def filled(db: Any) -> Any:
    return stored(
        db,
        a_document("a" * 32, "Ann and Bob.", published=at(0), entities=(ANN, BOB), source="one", title="A"),
        a_document("b" * 32, "Ann, Bob, Eve.", published=at(1), entities=(ANN, BOB, EVE), source="two"),
        a_document("c" * 32, "Ann alone.", published=at(40), entities=(ANN,), source="one", language=Language("en", 1)),
        a_document("d" * 32, "Nobody.", source="three", language=Language("en", 0.5)),
    )


def pairs(counts: Any) -> list[tuple[str, int]]:
    return [(one.value, one.documents) for one in counts]


def test_facets(filled: Any) -> None:
    found = facets(filled, Criteria())
    assert (found.documents, found.complete, found.undated) == (4, True, 1)
    assert pairs(found.languages) == [("be", 2), ("en", 2)]
    assert pairs(found.sources) == [("one", 2), ("three", 1), ("two", 1)]
    assert pairs(found.months) == [("2019-12", 1), ("2019-11", 2)]
    assert [(one.label, one.documents) for one in found.entities["PER"]] == [("Ann", 3), ("Bob", 2), ("Eve", 1)]
    assert pairs(facets(filled, Criteria(language="en"), top=1).sources) == [("one", 1)]


def test_a_document_of_the_first_moment_that_is_asked_for(filled: Any) -> None:
    for criteria in (Criteria(language="en"), Criteria(source="one"), Criteria(flags=("untitled",)), Criteria()):
        found = find_documents(filled, replace(criteria, since=DAY + timedelta(days=40))).documents
        assert [one.doc_id[0] for one in found] == ["c"]


def test_facets_over_a_part_say_so(filled: Any) -> None:
    found = facets(filled, Criteria(), most=2)
    assert (found.documents, found.complete) == (2, False)
    assert pairs(found.months) == [("2019-12", 1), ("2019-11", 1)], "the newest"
    assert facets(filled, Criteria(), most=4).complete


def test_a_timeline_has_the_periods_between(filled: Any) -> None:
    found = timeline(filled, Criteria(), period="week", split="source", top=1)
    assert found.points[0].start == date(2019, 11, 18)
    assert [one.documents for one in found.points] == [2, 0, 0, 0, 0, 1]
    assert found.values == ("one",)
    assert found.points[0].parts == (("one", 1), ("", 1))
    assert (found.documents, found.undated, found.complete) == (4, 1, True)
    months = timeline(filled, Criteria(language="be"), period="month")
    assert [(one.start, one.documents) for one in months.points] == [(date(2019, 11, 1), 2)]
    assert timeline(filled, Criteria(source="nobody")).points == ()


def test_a_false_date_makes_no_line_without_end(db: Any) -> None:
    far = Publication(datetime(9999, 12, 31, tzinfo=UTC), "day", "meta")
    stored(db, a_document("a" * 32, published=at(0)), a_document("b" * 32, published=far))
    assert [one.documents for one in timeline(db, Criteria()).points] == [1, 1]


def test_the_profile_of_an_entity(filled: Any) -> None:
    found = entity_profile(filled, ANN.id, latest=2)
    assert found
    assert [one.doc_id[0] for one in found.latest] == ["c", "b"]
    assert [(one.month, one.documents) for one in found.months] == [("2019-11", 2), ("2019-12", 1)]
    assert pairs(found.sources) == [("one", 2), ("two", 1)]
    assert [one.name for one in found.entity.neighbours] == ["Bob", "Eve"]
    assert entity_profile(filled, "per:nobody") is None


def test_the_graph_around_an_entity(filled: Any) -> None:
    found = neighbourhood(filled, ANN.id)
    assert found
    assert (found.centre.name, found.centre.documents) == ("Ann", 3)
    assert [(one.name, one.documents, one.together) for one in found.nodes] == [("Bob", 2, 2), ("Eve", 1, 1)]
    assert found.edges == (Edge(ANN.id, BOB.id, 2), Edge(ANN.id, EVE.id, 1), Edge(BOB.id, EVE.id, 1))
    few = neighbourhood(filled, ANN.id, least=2)
    assert few
    assert [one.name for one in few.nodes] == ["Bob"]
    assert neighbourhood(filled, "per:nobody") is None


def test_flags_follow_from_a_document() -> None:
    plain = a_document(title="T", published=at(0), segments=(Segment(0, 2, "sr", 1), Segment(2, 4, "sr-Latn", 1)))
    assert flags_of(plain) == ()
    odd = replace(
        plain,
        title=None,
        published=None,
        text="ab",
        boilerplate=(BoilerplateSpan(0, 9, "menu"),),
        segments=(Segment(0, 1, "ru", 1), Segment(1, 2, "tt", 1)),
        language=Language("ru", 0.6),
        provenance=replace(plain.provenance, entity_model=None),
    )
    assert set(flags_of(odd)) == set(get_args(Flag)) - LOOKED_UP


def test_documents_by_flags_and_cluster(db: Any) -> None:
    text = "Сёння ў Мінску адбылася вялікая нарада пра тое, як пісаць тэсты без памылак і без спешкі. " * 5
    stored(
        db,
        a_document("a" * 32, text, published=at(0), title="T"),
        a_document("b" * 32, text, published=at(1), title="T", source="other"),
        a_document("c" * 32, "Зусім іншы тэкст.", published=at(2)),
    )
    stored(db, a_document("c" * 32, "Зусім іншы тэкст, але другі.", published=at(2)), minutes=1)

    def ids(**criteria: Any) -> list[str]:
        return [one.doc_id[0] for one in find_documents(db, Criteria(**criteria)).documents]

    assert ids(flags=("untitled",)) == ["c"]
    assert ids(flags=("near-copy",)) == ["b", "a"]
    assert ids(flags=("revised",)) == ["c"]
    assert ids(flags=("revised", "untitled")) == ["c"]
    assert ids(flags=("near-copy", "untitled")) == []
    assert ids(cluster="a" * 32) == ids(cluster="b" * 32) == ["b", "a"]
    assert ids(cluster="a" * 32, source="other") == ["b"]
    assert ids(cluster="c" * 32) == ["c"]
    first = find_documents(db, Criteria(flags=("near-copy",)), limit=1)
    second = find_documents(db, Criteria(flags=("near-copy",)), limit=1, after=first.next_token)
    assert [one.doc_id[0] for one in (*first.documents, *second.documents)] == ["b", "a"]
    with pytest.raises(QueryError, match="no flag"):
        ids(flags=("odd",))


def test_a_document_whole(db: Any) -> None:
    original = "Menu. Ann came."
    document = a_document("a" * 32, "Ann came.", boilerplate=(BoilerplateSpan(0, 6, "menu"),), entities=(ANN,))
    ensure(db)
    upsert(db, [Entry(a_document("a" * 32, "Ann was here."), "Ann was here.", a_version())])
    upsert(db, [Entry(document, original, a_version(1))])
    entities.settle(db, [document.doc_id])
    db.drops.insert_one(
        {
            "_id": "d" * 64,
            "seen": [{"location": "/in/a.txt", "size": 1, "modified_at": DAY}],
            "arrived_at": DAY,
            "run_id": "r",
            "finished_at": DAY,
            "schema_version": 1,
            "state": "done",
            "holder": "h",
            "attempts": 1,
        }
    )
    found = whole_document(db, "aaaa")
    assert found
    assert found.document.text == "Ann came."
    assert found.original == original == originals.get(db, document.doc_id)
    assert [(one.text, one.reason) for one in found.cuts] == [("Menu. ", "menu")]
    assert [one.document.text for one in found.states] == ["Ann was here.", "Ann came."]
    assert (found.delivery.locations, found.delivery.run_id) == (("/in/a.txt",), "r")
    assert "revised" in found.flags
    assert "near-copy" not in found.flags
    assert whole_document(db, "b" * 32) is None


def test_edits_and_silent_ones(db: Any) -> None:
    texts = [("a", "One.", at(0)), ("a", "Two.", at(0)), ("a", "Three.", at(1)), ("b", "X", at(0)), ("b", "X ", at(0))]
    for minute, (letter, text, published) in enumerate([*texts, ("b", "Y", at(0)), ("b", "X", at(0))]):
        stored(db, a_document(letter * 32, text, published=published, source=letter), minutes=minute)
    found = [(one.before.document.text, one.after.document.text, one.silent) for one in edits(db).edits]
    assert found == [
        ("Y", "X", True),
        ("X ", "Y", True),
        ("Two.", "Three.", False),
        ("One.", "Two.", True),
    ]
    assert [one.doc_id[0] for one in edits(db, silent=True).edits] == ["b", "b", "a"]
    assert {one.doc_id[0] for one in edits(db, source="a").edits} == {"a"}
    paged, token = [], None
    while True:
        page = edits(db, limit=1, after=token)
        paged += [(one.before.document.text, one.after.document.text) for one in page.edits]
        token = page.next_token
        if token is None:
            break
    assert paged == [one[:2] for one in found]
    with pytest.raises(QueryError):
        edits(db, after="nonsense")


def test_a_page_of_edits_reads_their_histories_together(mongomock_db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for minute in range(2):
        made = [a_document(letter * 32, f"Text {minute} {letter}.", published=at(0)) for letter in "abcdef"]
        stored(mongomock_db, *made, minutes=minute)
    asked: list[int] = []

    def counted(db: Any, ids: Any) -> Any:
        asked.append(len(ids))
        return histories(db, ids)

    histories = revisions.histories
    monkeypatch.setattr(revisions, "histories", counted)
    assert len(edits(mongomock_db, limit=6).edits) == 6
    assert asked == [6]
    assert len(edits(mongomock_db, limit=2).edits) == 2
    assert asked == [6, 2]


@pytest.mark.wire
def test_edits_are_looked_up_in_an_index(embedded_db: Any) -> None:
    ensure(embedded_db)
    for query, index in (
        ({"version": {"$lt": "2026"}}, "latest"),
        ({"source": "x", "version": {"$lt": "2"}}, "source"),
    ):
        plan = str(embedded_db.revisions.find(query).explain()["queryPlanner"]["winningPlan"])
        assert f"'indexName': '{index}'" in plan


def test_the_overview(filled: Any) -> None:
    found = overview(filled, DAY + timedelta(days=1, hours=13), days=2)
    assert found.documents == 4
    assert [(one.start.day, one.documents) for one in found.by_language.points] == [(18, 1), (19, 1)]
    assert found.by_source.values == ("one", "two")
    assert (dict(found.quarantine), found.alarms, found.runs) == ({}, (), ())


# Asked of the store as a whole, or looked at here: the same is found.

TAGS = ("be", "ru", "sr", "sr-Latn", "und")
DOCUMENTS = st.builds(
    lambda tag, part, source, day, named, text, title: a_document(
        text=text,
        title=title,
        language=Language(tag, 0.95),
        segments=(Segment(0, 1, tag, 1.0), Segment(1, 2, part, 1.0)),
        source=source,
        published=at(day) if day is not None else None,
        entities=tuple(named),
    ),
    st.sampled_from(TAGS),
    st.sampled_from(TAGS),
    st.sampled_from("xy"),
    st.none() | st.integers(-400, 400),
    st.lists(st.sampled_from([ANN, BOB, EVE]), unique_by=lambda one: one.id),
    st.sampled_from(["Ann came.", "A book", "abook"]),
    st.none() | st.just("Book"),
)
CRITERIA = st.builds(
    Criteria,
    language=st.none() | st.sampled_from(("be", "sr", "sr-Latn")),
    source=st.none() | st.sampled_from("xy"),
    since=st.none() | st.integers(-400, 400).map(lambda day: DAY + timedelta(days=day)),
    until=st.none() | st.integers(-400, 400).map(lambda day: DAY + timedelta(days=day)),
    entity=st.sampled_from([(), ("ann",), ("ann", "bob")]),
    entity_id=st.none() | st.just(EVE.id),
    words=st.sampled_from([(), ("book",)]),
    flags=st.sampled_from([(), ("undated",), ("untitled", "mixed-languages")]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(DOCUMENTS, max_size=12), CRITERIA, st.integers(1, 4), st.booleans())
def test_pages_have_what_the_criteria_say_in_order(
    documents: list[Document], criteria: Criteria, limit: int, whole: bool
) -> None:
    db = new_database()
    given = [replace(one, doc_id=f"{number:x}" * 32) for number, one in enumerate(documents)]
    stored(db, *given)
    if whole and criteria.language:
        criteria = replace(criteria, whole=True)
    expected = [one for one in given if _meets(one, criteria)]
    expected.sort(key=lambda one: (-one.published_at.timestamp() if one.published_at else 1e12, one.doc_id))
    found: list[Document] = []
    token = None
    while True:
        page = find_documents(db, criteria, limit=limit, after=token)
        found += page.documents
        token = page.next_token
        if token is None:
            break
        assert len(page.documents) == limit
    assert [one.doc_id for one in found] == [one.doc_id for one in expected]
    ids = {one.doc_id for one in expected}
    assert set(all_ids(db, criteria)) == meeting(db, criteria, [one.doc_id for one in given]) == ids
    # As MongoDB is asked, all at once; words by its own index, which is not there.
    wanted = replace(Wanted.of(db, replace(criteria, words=())), asks_all=True)
    asked = {
        record["_id"]
        for query, _ in wanted.questions(wanted.within(None, None) or {"$in": [None, *_dates(given)]})
        for record in db.documents.find(query)
    }
    assert asked == {one.doc_id for one in given if _meets(one, replace(criteria, words=()))}


def _dates(documents: list[Document]) -> list[datetime]:
    return [one.published_at for one in documents if one.published_at]


def _meets(document: Document, criteria: Criteria) -> bool:
    tags = {document.language.tag, *(segment.tag for segment in document.segments)}
    both = tags | {tag.partition("-")[0] for tag in tags}
    names = {entity.name.casefold() for entity in document.entities}
    moment = document.published_at
    words = f"{document.title or ''} {document.text}".casefold().replace(".", "").split()
    return (
        (criteria.language is None or criteria.language in both)
        and (not criteria.whole or all(_is_in(segment.tag, criteria.language or "") for segment in document.segments))
        and (criteria.source is None or criteria.source == document.source)
        and (criteria.since is None or (moment is not None and moment >= criteria.since))
        and (criteria.until is None or (moment is not None and moment < criteria.until))
        and (not criteria.entity or not names.isdisjoint(criteria.entity))
        and (criteria.entity_id is None or "eve" in names)
        and all(word in words for word in criteria.words)
        and set(criteria.flags) <= set(flags_of(document))
    )


def _is_in(tag: str, language: str) -> bool:
    return tag in {"und", language} or tag.startswith(f"{language}-")
