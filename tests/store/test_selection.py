"""Which documents are processed again."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import ensure, selection
from store.documents import Entry, upsert
from store.queries import QueryError
from store.selection import MadeBy, Makers, Selection, batches, survey
from tests.builders import UTF8, a_document, a_version
from transforms.document import Language, Provenance, Publication

MAKERS = Makers("4", "dropwire-lines-2", "dropwire-language-1", "dropwire-entities-1")
CURRENT = asdict(Provenance("d" * 64, 0, UTF8, "4", "dropwire-language-1", "dropwire-entities-1", "dropwire-lines-2"))


def holds(expression: str, **made_by: str | None) -> bool:
    return MadeBy.parse(expression).holds({**CURRENT, **made_by}, MAKERS)


@pytest.mark.parametrize(
    ("expression", "made_by", "expected"),
    [
        ("cleaner<3", {"line_model": "dropwire-lines-2"}, True),
        ("cleaner<2", {"line_model": "dropwire-lines-2"}, False),
        ("cleaner<2", {"line_model": None}, True),
        ("line_model = dropwire-lines-1", {"line_model": "dropwire-lines-1"}, True),
        ("line_model=none", {"line_model": None}, True),
        ("pipeline<4", {"pipeline": "3"}, True),
        # As numbers, not as words.
        ("pipeline<4", {"pipeline": "10"}, False),
        ("pipeline>=4", {"pipeline": "10"}, True),
        ("entity_model!=dropwire-entities-1", {"entity_model": "dropwire-entities-1"}, False),
        ("entity_model!=dropwire-entities-1", {"entity_model": None}, True),
        # Of another family: older than any version of ours.
        ("language_model<1", {"language_model": "py3langid-0.3"}, True),
        ("language_model=1", {"language_model": "dropwire-language-1"}, True),
    ],
)
def test_conditions_on_what_made_a_document(expression: str, made_by: dict[str, str | None], expected: bool) -> None:
    assert holds(expression, **made_by) is expected


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_versions_compare_as_numbers(version: int, asked: int) -> None:
    for name, value in (("pipeline", f"{version}"), ("line_model", f"dropwire-lines-{version}")):
        told = {
            comparison: holds(f"{name}{comparison}{asked}", **{name: value})
            for comparison in ("<", "<=", "=", "!=", ">=", ">")
        }
        assert told == {
            "<": version < asked,
            "<=": version <= asked,
            "=": version == asked,
            "!=": version != asked,
            ">=": version >= asked,
            ">": version > asked,
        }


@pytest.mark.parametrize(
    "expression", ["", "cleaner", "cleaner<", "mood<3", "cleaner<new", "<3", "cleaner<3 or", "a=b"]
)
def test_what_says_nothing_is_refused_with_what_can_be_said(expression: str) -> None:
    with pytest.raises(QueryError, match=r"cleaner<3|by number"):
        MadeBy.parse(expression)


def test_what_made_a_document_is_ours_older_or_later() -> None:
    assert MAKERS.made(CURRENT)
    assert MAKERS.made({**CURRENT, "entity_model": None})
    assert not MAKERS.are_older(CURRENT)
    without = {name: value for name, value in CURRENT.items() if name != "line_model"}
    for other in ({**CURRENT, "pipeline": "3"}, without, {**CURRENT, "language_model": "py3langid-9"}):
        assert not MAKERS.made(other)
        assert not MAKERS.are_older(other)
    for later in ({"pipeline": "5"}, {"line_model": "dropwire-lines-10"}):
        assert MAKERS.are_older({**CURRENT, **later})


def fill(db: Any, count: int = 12) -> None:
    """Documents of three drops, two sources, two languages, one a day of publication and of arrival."""
    ensure(db)
    for number in range(count):
        at = datetime(2026, 3, 1 + number, 23, 59, tzinfo=UTC)
        drop = f"{number % 3}" * 64
        document = a_document(
            f"{number:032x}",
            f"Тэкст {number}.",
            source=f"s{number % 2}",
            language=Language("be" if number < 6 else "tt", 0.9),
            published=Publication(at, "second", "metadata") if number else None,
            provenance=Provenance(
                drop, number, UTF8, "4" if number == 5 else "3", "dropwire-language-1", None, "dropwire-lines-2"
            ),
        )
        version = replace(a_version(0), arrived_at=at + timedelta(days=31), drop_id=drop, index=number)
        upsert(db, [Entry(document, "x", version)])


def numbers(db: Any, **asked: Any) -> list[int]:
    found = batches(db, Selection(**asked), MAKERS, size=100, of_one_drop=100)
    return sorted(int(doc_id, 16) for batch in found for doc_id in batch)


def test_every_selector_narrows(db: Any) -> None:
    fill(db)
    assert numbers(db) == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]
    assert numbers(db, source="s1") == [1, 3, 7, 9, 11]
    assert numbers(db, language="be") == [0, 1, 2, 3, 4]
    assert numbers(db, since=date(2026, 3, 9)) == [8, 9, 10, 11]
    assert numbers(db, until=date(2026, 3, 3)) == [1, 2]
    assert numbers(db, since=date(2026, 3, 3), until=date(2026, 3, 4)) == [2, 3]
    assert numbers(db, arrived_since=date(2026, 4, 11)) == [10, 11]
    assert numbers(db, arrived_until=date(2026, 4, 2)) == [0, 1]
    assert numbers(db, made_by=(MadeBy.parse("pipeline<3"),)) == []
    assert numbers(db, made_by=(MadeBy.parse("pipeline=3"),), source="s0", language="tt") == [6, 8, 10]


@pytest.mark.parametrize("at_once", [500_000, 5, 1])
def test_documents_of_one_drop_stand_together_and_each_once(
    db: Any, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(selection, "_IDS_AT_ONCE", at_once)
    fill(db)
    found = list(batches(db, Selection(), MAKERS, size=1, of_one_drop=3))
    assert sorted(doc_id for batch in found for doc_id in batch) == sorted(
        f"{number:032x}" for number in range(12) if number != 5
    )
    for batch in found:
        assert len({int(doc_id, 16) % 3 for doc_id in batch}) == 1
    assert [len(batch) for batch in found] == [3, 1, 3, 1, 3]


def test_a_survey_counts_and_samples(db: Any) -> None:
    fill(db)
    db.documents.update_one({"_id": f"{7:032x}"}, {"$set": {"provenance.pipeline": "5"}})
    found = survey(db, Selection(), MAKERS, 3)
    assert (found.documents, found.current, found.later) == (11, 1, 1)
    assert found.sources == {"s0": 6, "s1": 5}
    assert found.makers["pipeline 3, dropwire-lines-2, dropwire-language-1, none"] == 10
    assert [int(doc_id, 16) for doc_id in found.smallest] == [0, 1, 2]
