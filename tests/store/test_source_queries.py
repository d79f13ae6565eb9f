"""Questions about sources."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import ensure, observations, templates
from store.documents import Entry, upsert
from store.drift import Kind, Observation
from store.source_queries import LATELY, estimate, list_sources, source_profile
from store.templates import Line
from tests.builders import a_document, a_version
from transforms.document import BoilerplateSpan

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def doc_id(number: int) -> str:
    return blake2b(str(number).encode(), digest_size=16).hexdigest()


def put(db: Any, source: str, numbers: range, *, ago: timedelta = timedelta(), cut: int = 0) -> None:
    """Documents as a run brings them: stored, observed, their source marked."""
    spans = (BoilerplateSpan(0, cut, "navigation"),) if cut else ()
    made = [a_document(doc_id(each), "t" * (100 - cut), source=source, boilerplate=spans) for each in numbers]
    upsert(db, [Entry(each, "t" * 100, a_version(0, index=place)) for place, each in enumerate(made)])
    news = Observation()
    for each in made:
        news += observations.observe(each, NOW)
    observations.add(db, {source: news}, token=f"{source} {numbers} {ago}", now=NOW - ago)
    templates.mark(db, [source])


def learn(db: Any, source: str, *lines: str) -> None:
    turn = templates.take_turn(db, source)
    found = templates.sample(db, turn, "test")
    assert templates.learned(db, turn, found, [Line(line.casefold(), line, 3) for line in lines])


def test_sources_by_what_is_new_of_them(db: Any) -> None:
    ensure(db)
    put(db, "old", range(9), ago=LATELY + timedelta(days=1))
    put(db, "busy", range(10, 13), cut=30)
    put(db, "busy", range(13, 15), ago=LATELY + timedelta(days=1), cut=80)
    put(db, "calm", range(20, 21))
    templates.mark(db, ["nothing yet"])
    learn(db, "calm", "Read also", "Share")
    observations.watch(db, NOW)
    found = list_sources(db, NOW)
    assert [(one.name, one.lately, one.observed, one.templates) for one in found] == [
        ("busy", 3, 5, 0),
        ("calm", 1, 1, 2),
        ("old", 0, 9, 0),
        ("nothing yet", 0, 0, 0),
    ]
    shares = {one.name: one.cut_share for one in found}
    assert shares["busy"] == pytest.approx((3 * 0.3 + 2 * 0.8) / 5)
    assert (shares["calm"], shares["nothing yet"]) == (0.0, None)
    assert {one.name: one.heard_at for one in found}["busy"] == NOW
    assert {one.name: one.heard_at for one in found}["nothing yet"] is None


def test_the_list_reads_no_document(db: Any) -> None:
    ensure(db)
    put(db, "one", range(3))
    expected = list_sources(db, NOW)
    db.documents.delete_many({})
    assert list_sources(db, NOW) == expected


def test_a_source_whole(db: Any) -> None:
    ensure(db)
    put(db, "one", range(3), cut=20)
    put(db, "one", range(3, 5), ago=timedelta(days=2), cut=20)
    learn(db, "one", "Share", "Read also")
    profile = source_profile(db, "one")
    assert profile
    source = profile.source
    assert (source.documents, source.looked_at, profile.about) == (5, 5, False)
    assert source.cut_share == pytest.approx(0.2)
    assert [line.line for line in profile.lines] == ["Share", "Read also"]
    assert (source.templates, source.examples, profile.sample) == (2, ("Share", "Read also"), 5)
    assert [day.documents for day in profile.days.values()] == [2, 3]
    assert list(profile.days) == sorted(profile.days)
    assert (profile.verdicts, profile.alarms) == ((), ())
    assert Kind.CUT in profile.days[max(profile.days)].means
    assert source_profile(db, "nobody") is None


def test_a_source_of_which_nothing_but_rejected_items_came(db: Any) -> None:
    ensure(db)
    observations.add(db, {"bad": observations.rejected(4)}, token="bad", now=NOW)
    profile = source_profile(db, "bad")
    assert profile
    assert (profile.source.documents, profile.source.cut_share, profile.about) == (0, None, False)
    assert [line.name for line in list_sources(db, NOW)] == ["bad"]


def test_more_documents_than_the_sample_has_are_estimated(db: Any) -> None:
    ensure(db)
    put(db, "many", range(templates.SAMPLE + 40))
    profile = source_profile(db, "many")
    assert profile
    assert profile.about
    assert 200 <= profile.source.documents <= 310


@given(st.integers(0, 1_000), st.sampled_from([200, 1_000, 5_000]))
def test_an_estimate_is_near(seed: int, number: int) -> None:
    ids = sorted(blake2b(f"{seed} {each}".encode(), digest_size=16).hexdigest() for each in range(number))
    # Four times the standard error, and half of the last digit.
    assert estimate(ids[:200]) == pytest.approx(number, rel=4 / 198**0.5 + 0.05)
    assert estimate(ids[:200]) >= 200
