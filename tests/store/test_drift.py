"""Whether a source is as it was: the statistics, without a store."""

import random
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.drift import DRIFTS, SOURCES, a_day, alarms
from store.drift import (
    MEANS,
    MIN_ITEMS,
    MIN_PERIODS,
    MIXES,
    Kind,
    Moments,
    Observation,
    duration,
    judge,
    longest_pause,
    periods,
    shown,
    students_quantile,
)

values = st.lists(st.floats(-1e3, 1e3), max_size=30)
observations = st.builds(
    Observation,
    documents=st.integers(0, 50),
    rejected=st.integers(0, 50),
    means=st.dictionaries(
        st.sampled_from(MEANS), st.builds(Moments, st.integers(1, 9), st.integers(0, 9), st.integers(0, 9))
    ),
    mixes=st.dictionaries(
        st.sampled_from(MIXES), st.dictionaries(st.sampled_from(["be", "ru", "tt"]), st.integers(1, 9), min_size=1)
    ),
)


def a_period(length: float = 7.0, share: float = 0.9, count: int = 100) -> Observation:
    """A day with texts of this log-length, of which a share is Belarusian."""
    own = round(count * share)
    return Observation(
        count,
        0,
        {Kind.LENGTH: Moments(count, count * length, count * (length**2 + 0.25))},
        {Kind.LANGUAGE: {name: n for name, n in (("be", own), ("ru", count - own)) if n}},
    )


PAST = [a_period(7 + 0.05 * (day % 3 - 1), 0.9 + 0.02 * (day % 3 - 1)) for day in range(30)]


@given(values)
def test_moments_are_those_of_the_values(given_values: list[float]) -> None:
    moments = sum((Moments.of(value) for value in given_values), Moments())
    assert moments.count == len(given_values)
    if given_values:
        assert moments.mean == pytest.approx(sum(given_values) / len(given_values), abs=1e-6)
    assert moments.error >= 0


@given(observations, observations, observations)
def test_observations_add_up_in_any_order(one: Observation, two: Observation, three: Observation) -> None:
    assert (one + two) + three == one + (two + three)
    assert one + two == two + one
    assert one + Observation() == one


@given(st.lists(observations, max_size=20))
def test_no_item_is_lost_between_periods(days: list[Observation]) -> None:
    joined = periods(days)
    assert all(period.items >= MIN_ITEMS for period in joined)
    left = sum(day.items for day in days) - sum(period.items for period in joined)
    assert 0 <= left < MIN_ITEMS


@given(st.lists(observations, max_size=40))
def test_judging_never_fails(days: list[Observation]) -> None:
    for verdict in judge(days):
        assert not (verdict.drifted and verdict.usual)
        assert verdict.low <= verdict.high
        assert str(verdict)


def test_a_source_that_stays_as_it_is_has_not_drifted() -> None:
    verdicts = judge([*PAST, a_period(), a_period()])
    assert {verdict.kind for verdict in verdicts} == {Kind.LENGTH, Kind.LANGUAGE}
    assert all(verdict.usual for verdict in verdicts)


def test_two_periods_in_a_row_make_an_alarm_and_one_does_not() -> None:
    odd = a_period(7.4)
    assert drifted([*PAST, a_period(), odd]) == set()
    assert drifted([*PAST, odd, odd]) == {Kind.LENGTH}
    assert drifted([*PAST, a_period(6.6), odd]) == set(), "one short day and one long day are no drift"


def test_what_is_broken_altogether_need_not_wait() -> None:
    assert drifted([*PAST, a_period(), a_period(4.0)]) == {Kind.LENGTH}
    broken = next(verdict for verdict in judge([*PAST, a_period(), a_period(share=0.0)]) if verdict.drifted)
    assert (broken.kind, broken.what) == (Kind.LANGUAGE, "be 0% (usually 90%)")


def test_too_little_is_not_judged() -> None:
    assert judge([*PAST[: MIN_PERIODS + 1]]) == []
    assert drifted([*PAST, a_period(), a_period(4.0, count=MIN_ITEMS)]) == set(), "of the day, most is still to come"


def drifted(days: list[Observation]) -> set[Kind]:
    return {verdict.kind for verdict in judge(days) if verdict.drifted}


def test_a_new_level_is_the_usual_one_after_some_weeks() -> None:
    for after in range(1, 40):
        if Kind.LENGTH not in drifted([*PAST, *[a_period(7.6)] * (after + 1)]):
            break
    assert 5 < after < 25


@pytest.mark.parametrize(("freedom", "quantile"), [(5, 4.773), (10, 3.581), (20, 3.153), (100, 2.871)])
def test_students_quantile_is_that_of_the_tables(freedom: float, quantile: float) -> None:
    assert students_quantile(freedom) == pytest.approx(quantile, rel=0.005)


@given(st.lists(st.floats(1, 1e6), min_size=14, max_size=60))
def test_a_pause_like_those_before_is_no_silence(pauses: list[float]) -> None:
    limit = longest_pause(pauses)
    assert limit is not None
    in_order = sorted(pauses, reverse=True)
    assert limit >= (in_order[1] if len(pauses) >= 30 else in_order[0])


def test_a_source_with_a_rhythm_is_missed_soon_and_one_without_is_not() -> None:
    day = 86_400.0
    regular = longest_pause([day + minute * 60 for minute in range(40)])
    assert regular is not None
    assert regular < 1.7 * day
    chance = random.Random(1)
    sporadic = longest_pause([chance.expovariate(1 / day) for _ in range(40)])
    assert sporadic is not None
    assert sporadic > 3 * day
    assert longest_pause([day] * 13) is None


def test_false_alarms_are_few_and_drift_is_noticed() -> None:
    """Of the program that measures it, a small part."""
    chance = random.Random(7)
    source = SOURCES[1]
    days = [[list(a_day(source, day, chance)) for day in range(65)] for _ in range(4)]
    false = sum(1 for each in days for _ in alarms(each, 40))
    assert false <= 1, "more than one in 100 days of a source"
    change = DRIFTS["all in another encoding"](source)
    for each in days[:2]:
        after = [list(a_day(change, day, chance)) for day in range(60, 65)]
        found = {kind: day for day, kind in alarms([*each[:60], *after], 60)}
        assert found[Kind.ENCODING] <= 61, "the second day of a quiet weekend, at the latest"


def test_values_are_shown_in_units_that_people_know() -> None:
    assert shown(Kind.LENGTH, log(1234)) == "1,234 characters"
    assert shown(Kind.DELAY, log(1 + 72)) == "3 days"
    assert shown(Kind.CUT, 0.317) == "32%"
    assert [duration(seconds) for seconds in (5, 300, 10_000, 1e6)] == ["5 s", "5 minutes", "3 hours", "12 days"]
    assert all(kind.to_do for kind in Kind)
