"""What a source brought over time, as series."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropwire.web.drift_series import HEIGHT, mean_series, mix_series, spans
from store.drift import MIN_ITEMS, Kind, Moments, Observation, Verdict, periods

FIRST = datetime(2026, 3, 1, tzinfo=UTC)


def observed(documents: int, length: float = 1.0, **languages: int) -> Observation:
    means = {Kind.LENGTH: Moments.of(length, documents)} if documents else {}
    return Observation(documents, 0, means, {Kind.LANGUAGE: languages} if languages else {})


def days(*seen: Observation) -> dict[datetime, Observation]:
    return {FIRST + timedelta(days=place): each for place, each in enumerate(seen)}


@given(st.lists(st.integers(0, 3 * MIN_ITEMS), max_size=30))
def test_spans_lose_no_day_and_are_the_periods_that_drift_is_judged_by(counts: list[int]) -> None:
    seen = days(*(observed(count) for count in counts))
    joined = spans(seen)
    assert sum(span.seen.documents for span in joined) == sum(counts)
    assert all(span.first <= span.last for span in joined)
    assert all(before.last < after.first for before, after in pairwise(joined))
    assert all(span.seen.items >= MIN_ITEMS for span in joined[:-1])
    full = [span.seen for span in joined if span.seen.items >= MIN_ITEMS]
    assert full == [period for period in periods(list(seen.values())) if period.items >= MIN_ITEMS]


def test_a_span_has_its_first_and_its_last_day() -> None:
    (span, rest) = spans(days(observed(MIN_ITEMS - 1), observed(1), observed(1)))
    assert (span.first, span.last) == (date(2026, 3, 1), date(2026, 3, 2))
    assert (rest.first, rest.last, rest.seen.documents) == (date(2026, 3, 3), date(2026, 3, 3), 1)
    assert spans({}) == []


@given(st.lists(st.floats(0, 12), min_size=2, max_size=20))
def test_a_series_stays_inside_its_drawing_and_higher_values_stand_higher(values: list[float]) -> None:
    (series,) = mean_series(spans(days(*(observed(MIN_ITEMS, value) for value in values))), [])
    assert [dot.value for dot in series.dots] == pytest.approx(values)
    assert all(0 <= dot.y <= HEIGHT and 0 < dot.x < 100 for dot in series.dots)
    ordered = sorted(series.dots, key=lambda dot: dot.value)
    assert all(lower.y >= higher.y for lower, higher in pairwise(ordered))
    assert (series.verdict, series.band_height) == (None, 0.0)
    assert series.path.count("L") == len(values) - 1


def test_the_usual_range_is_a_band_and_a_value_that_hardly_moves_looks_so() -> None:
    joined = spans(days(observed(MIN_ITEMS, 5.0), observed(MIN_ITEMS, 5.0001)))
    verdict = Verdict(Kind.LENGTH, 5.0001, 4.5, 5.5, drifted=False, usual=True)
    (series,) = mean_series(joined, [verdict])
    assert series.verdict is verdict
    assert all(series.band_y < dot.y < series.band_y + series.band_height for dot in series.dots)
    (alone,) = mean_series(joined, [])
    assert abs(alone.dots[0].y - alone.dots[1].y) < 1


def test_one_period_is_no_series() -> None:
    joined = spans(days(observed(MIN_ITEMS, 5.0, be=1, ru=2)))
    assert mean_series(joined, []) == []
    assert mix_series(joined, []) == []


@given(st.lists(st.dictionaries(st.sampled_from("abcdefg"), st.integers(1, 50), min_size=1), min_size=2, max_size=8))
def test_the_parts_of_a_mix_fill_each_period(mixes: list[dict[str, int]]) -> None:
    joined = spans(days(*(observed(MIN_ITEMS, 1.0, **mix) for mix in mixes)))
    found = mix_series(joined, [])
    names = {name for mix in mixes for name in mix}
    assert bool(found) == (len(names) > 1)
    for series in found:
        totals = {name: sum(mix.get(name, 0) for mix in mixes) for name in names}
        assert list(series.names) == sorted(totals, key=lambda name: (-totals[name], name))[:5]
        for span in series.spans:
            parts = [part for part in series.parts if part.span is span]
            assert sum(part.share for part in parts) == pytest.approx(1)
            assert sum(part.height for part in parts) == pytest.approx(HEIGHT, abs=0.05)
            assert all(part.name == "" for part in parts if part.series is None)
