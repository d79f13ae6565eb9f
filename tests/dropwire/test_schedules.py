"""When to run: what is taken for a schedule, what is refused, and what came due meanwhile."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropwire.schedules import DEFAULT_CRON, ScheduleError, Timetable, timetable


def asked(
    cron: str | None = None, every: str | None = None, rrule: str | None = None, timezone: str = "UTC"
) -> Timetable:
    return asyncio.run(timetable(cron, every, rrule, timezone))


def due(found: Timetable, start: datetime, end: datetime | None = None, most: int = 1) -> list[datetime]:
    return [each.astimezone(UTC) for each in asyncio.run(found.dates(start, end=end, most=most))]


def test_without_any_it_is_every_quarter_of_an_hour() -> None:
    assert asked() == Timetable(cron=DEFAULT_CRON)
    assert str(asked()) == "*/15 * * * * (UTC)"


@pytest.mark.parametrize(
    ("found", "start", "expected"),
    [
        # Minsk is three hours ahead, all year round; Berlin two in summer, one in winter.
        (Timetable(cron="0 3 * * *", timezone="Europe/Minsk"), "2026-07-01T00:00", "2026-07-02T00:00"),
        (Timetable(cron="0 3 * * *", timezone="Europe/Berlin"), "2026-07-01T00:00", "2026-07-01T01:00"),
        (Timetable(cron="0 3 * * *", timezone="Europe/Berlin"), "2026-12-01T00:00", "2026-12-01T02:00"),
        (Timetable(every=timedelta(minutes=10)), "2026-07-01T00:01", "2026-07-01T00:10"),
        (Timetable(every=timedelta(days=1), timezone="Asia/Almaty"), "2026-07-01T00:00", "2026-07-01T18:00"),
        (
            Timetable(rrule="FREQ=WEEKLY;BYDAY=MO;BYHOUR=6;BYMINUTE=0;BYSECOND=0"),
            "2026-07-01T00:00",
            "2026-07-06T06:00",
        ),
    ],
    ids=str,
)
def test_it_comes_due_in_its_zone(found: Timetable, start: str, expected: str) -> None:
    first = datetime.fromisoformat(start).replace(tzinfo=UTC)
    if found == Timetable(cron="0 3 * * *", timezone="Europe/Minsk"):
        first += timedelta(seconds=1)
    assert due(found, first) == [datetime.fromisoformat(expected).replace(tzinfo=UTC)]


def test_what_came_due_meanwhile() -> None:
    hourly = Timetable(cron="0 * * * *")
    start = datetime(2026, 7, 1, 0, 1, tzinfo=UTC)
    assert due(hourly, start, start + timedelta(minutes=58)) == []
    assert due(hourly, start, start + timedelta(days=3)) == [datetime(2026, 7, 1, 1, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"cron": "nonsense"}, "--cron: 'nonsense' is no schedule"),
        ({"cron": ""}, "--cron: is empty"),
        ({"cron": "0 0 30 2 *"}, "--cron: '0 0 30 2 *' is no schedule"),
        ({"cron": "* * * * * *"}, "more than once a minute"),
        ({"cron": "0 * * * *", "every": "1h"}, "--cron and --every: give one of them"),
        ({"every": "10"}, "is no interval; write it as 10m"),
        ({"every": "ten minutes"}, "is no interval"),
        ({"every": ""}, "is no interval"),
        ({"every": "30s"}, "less than a minute"),
        ({"every": "0m"}, "less than a minute"),
        ({"every": "9" * 20 + "d"}, "longer than anybody waits"),
        ({"every": "999999999d"}, "is no schedule"),
        ({"rrule": "weekly"}, "--rrule: 'weekly' is no schedule"),
        ({"rrule": ""}, "--rrule: is empty"),
        ({"rrule": "FREQ=SECONDLY"}, "finer than a schedule should be"),
        ({"rrule": "FREQ=DAILY;COUNT=3"}, "never comes due again"),
        ({"timezone": "Mars/Olympus"}, "there is no zone 'Mars/Olympus'"),
        ({"timezone": "../../etc/passwd"}, "there is no zone"),
        ({"timezone": ""}, "there is no zone"),
    ],
)
def test_what_is_refused(given_: dict[str, str], said: str) -> None:
    with pytest.raises(ScheduleError) as error:
        asked(**given_)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@given(st.tuples(st.integers(0, 40), st.integers(0, 300), st.integers(1, 5000)))
def test_an_interval_is_the_sum_of_its_parts(parts: tuple[int, int, int]) -> None:
    days, hours, minutes = parts
    found = asked(every=f"{days}d{hours}h{minutes}m")
    assert found.every == timedelta(days=days, hours=hours, minutes=minutes)
