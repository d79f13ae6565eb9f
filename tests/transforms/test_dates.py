"""Dates: what is there is read, what is not there is not invented."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.dates import MONTHS, WEEKDAYS, parse_date, parse_timestamp, parse_written, resolve_day


@pytest.mark.parametrize("language", MONTHS)
def test_every_month_of_every_language(language: str) -> None:
    assert len(MONTHS[language]) == 12
    for number, name in [
        (number, form) for number, forms in enumerate(MONTHS[language], 1) for form in forms.split("/")
    ]:
        found = parse_date(f"12 {name} 2020")
        assert found, name
        assert found.edtf == f"2020-{number:02d}-12"
        capitalised = parse_date(f"1 {name.upper()}")
        assert capitalised, name
        assert capitalised.edtf == f"XXXX-{number:02d}-01"


@pytest.mark.parametrize(
    "text", ["0 мая", "32 мая", "30 лютага", "29 лютага 2019", "17 мая 20", "мая", "17", "17.13.2019", "x"]
)
def test_no_date(text: str) -> None:
    assert parse_date(text) is None


def test_a_leap_day_may_be_without_a_year() -> None:
    found = parse_date("29 лютага")
    assert found
    assert found.edtf == "XXXX-02-29"


@pytest.mark.parametrize(
    ("raw", "moment", "has_time"),
    [
        ("2019-11-18", datetime(2019, 11, 18, tzinfo=UTC), False),
        ("2019-11-18T10:30:00+03:00", datetime(2019, 11, 18, 7, 30, tzinfo=UTC), True),
        ("2019-11-18T10:30:00Z", datetime(2019, 11, 18, 10, 30, tzinfo=UTC), True),
        ("2019-11-18 23:30", datetime(2019, 11, 18, tzinfo=UTC), False),
        ("2019-11-18 10:00:00 UTC", datetime(2019, 11, 18, 10, tzinfo=UTC), True),
        ("1574073000", datetime(2019, 11, 18, 10, 30, tzinfo=UTC), True),
        ("1574073000000", datetime(2019, 11, 18, 10, 30, tzinfo=UTC), True),
        ("Mon, 18 Nov 2019 10:30:00 +0300", datetime(2019, 11, 18, 7, 30, tzinfo=UTC), True),
    ],
)
def test_timestamps(raw: str, moment: datetime, has_time: bool) -> None:
    found = parse_timestamp(raw)
    assert found
    assert (found.at, found.precision == "second") == (moment, has_time)


@pytest.mark.parametrize(
    "raw", ["", "yesterday", "2019-13-01", "0001-01-01T00:00:00+14:00", "1e400", "Mon, 99 Nov 2019"]
)
def test_no_timestamps(raw: str) -> None:
    assert parse_timestamp(raw) is None


@given(st.text(max_size=60))
def test_any_text_is_a_timestamp_or_none(raw: str) -> None:
    found = parse_timestamp(raw)
    assert found is None or (found.at.tzinfo is UTC and isinstance(found.day, date))


@pytest.mark.parametrize(
    ("text", "edtf"),
    [
        ("17. маја 2020.", "2020-05-17"),
        ("12. 2. 2021", "2021-02-12"),
        ("May 17, 2019", "2019-05-17"),
        ("Sept. 5", "XXXX-09-05"),
        ("2024 йыл, 17 май", "2024-05-17"),
        ("2024 елның 17 мае", "2024-05-17"),
        ("17-май", "XXXX-05-17"),
        ("3 қаңтар 2021 жыл", "2021-01-03"),
        ("3 października 2021 r.", "2021-10-03"),
        ("5. července", "XXXX-07-05"),
        ("7\u00a0декабря  2019 г.", "2019-12-07"),
    ],
)
def test_ways_of_writing_a_date(text: str, edtf: str) -> None:
    found = parse_date(text)
    assert found
    assert found.edtf == edtf


@pytest.mark.parametrize(
    ("raw", "iso", "precision", "zone"),
    [
        ("17 мая 2019, 12:40", "2019-05-17T00:00:00+00:00", "day", None),
        ("18.11.2019 14:05", "2019-11-18T00:00:00+00:00", "day", None),
        ("17.05.2019 | 12:40 МСК", "2019-05-17T09:40:00+00:00", "second", "+03:00"),
        # Until October 2014 Moscow had other hours, and which ones the table does not say.
        ("17.05.2012 | 12:40 МСК", "2012-05-17T00:00:00+00:00", "day", None),
        ("May 17, 2019 at 2:30 PM EDT", "2019-05-17T18:30:00+00:00", "second", "-04:00"),
        ("Friday, May 17, 2019", "2019-05-17T00:00:00+00:00", "day", None),
        ("12:40, 17 мая 2019", "2019-05-17T00:00:00+00:00", "day", None),
        ("17 мая 2019 12:40 (UTC+3)", "2019-05-17T09:40:00+00:00", "second", "+03:00"),
        ("May 17, 2019 12:05 AM UTC", "2019-05-17T00:05:00+00:00", "second", "+00:00"),
        ("May 17, 2019 2:30 PM CST", "2019-05-17T00:00:00+00:00", "day", None),
        ("2019-11-18T23:30:00-05:00", "2019-11-19T04:30:00+00:00", "second", "-05:00"),
    ],
)
def test_moments_with_their_zone(raw: str, iso: str, precision: str, zone: str | None) -> None:
    found = parse_timestamp(raw)
    assert found
    assert (found.at.isoformat(), found.precision, found.zone) == (iso, precision, zone)


def test_the_day_is_that_of_the_zone() -> None:
    found = parse_timestamp("2019-11-18T23:30:00-05:00")
    assert found
    assert found.day == date(2019, 11, 18)


@pytest.mark.parametrize(
    "raw",
    [
        "17 мая",
        "17 мая 2019, 25:00",
        "17 мая 2019 в Казани",
        "May 17, 2019 13:00 PM",
        "12:40",
        "2019",
        "20191118",
        "x" * 10**6,
    ],
)
def test_no_written_date(raw: str) -> None:
    assert parse_written(raw) is None


@pytest.mark.parametrize("language", WEEKDAYS)
def test_every_weekday_is_the_last_one_of_its_name(language: str) -> None:
    assert len(WEEKDAYS[language]) == 7
    for number, name in enumerate(WEEKDAYS[language]):
        found = resolve_day(name.capitalize(), date(2024, 5, 19))  # a Sunday
        assert found
        assert found.edtf == f"2024-05-{13 + number}"
