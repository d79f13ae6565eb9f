"""Datelines and dates: what is there is found, what is not there is not invented."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.dateline import find_dateline
from transforms.dates import MONTHS, parse_date, parse_timestamp
from transforms.document import Dateline
from transforms.lines import split_lines

BODY = "Прэзідэнт сустрэўся з мэрам і абмеркаваў з ім усе пытанні, якія яны хацелі абмеркаваць раней."


def dateline(text: str) -> tuple[str | None, ...] | None:
    found = find_dateline(split_lines(text))
    return (found.place, found.date, found.agency, found.reporter) if found else None


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (
            "(Казань, 17 мая, «Татар-информ», Арсений Маврин).",
            ("Казань", "XXXX-05-17", "Татар-информ", "Арсений Маврин"),
        ),
        ("(Казань, 17 мая 2018, «Татар-информ»)", ("Казань", "2018-05-17", "Татар-информ", None)),
        ("(Набережные Челны, 3 марта, ИТАР-ТАСС)", ("Набережные Челны", "XXXX-03-03", "ИТАР-ТАСС", None)),
        ("(Мінск, 18 лістапада 2019, БЕЛТА)", ("Мінск", "2019-11-18", "БЕЛТА", None)),
        ("(Київ, 5 січня 2020 року, Укрінформ)", ("Київ", "2020-01-05", "Укрінформ", None)),
        ("(г. Уфа, 1 июня, Башинформ)", ("г. Уфа", "XXXX-06-01", "Башинформ", None)),
        ("(Уфа, 11 октябрь, «Башинформ»)", ("Уфа", "XXXX-10-11", "Башинформ", None)),
    ],
)
def test_head(head: str, expected: tuple[str | None, ...]) -> None:
    assert dateline(f"Загаловак\n{head} {BODY}\n{BODY}") == expected


@pytest.mark.parametrize(
    ("foot", "expected"),
    [
        ("18 лістапада 2019, Мінск\nБЕЛТА", ("Мінск", "2019-11-18", "БЕЛТА", None)),
        ("Мінск, 18 лістапада 2019\nБЕЛТА", ("Мінск", "2019-11-18", "БЕЛТА", None)),
        ("18.11.2019, Мінск\nБЕЛТА", ("Мінск", "2019-11-18", "БЕЛТА", None)),
        ("17 мая, Казань, Татар-информ, Арсений Маврин", ("Казань", "XXXX-05-17", "Татар-информ", "Арсений Маврин")),
    ],
)
def test_foot(foot: str, expected: tuple[str | None, ...]) -> None:
    assert dateline(f"{BODY}\n{BODY}\n{foot}") == expected


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        f"(так гаварыў ён 17 мая) {BODY}",
        f"(Казань, столица, 17 мая) {BODY}",
        f"(Казань, 31 лютага, БЕЛТА) {BODY}",
        f"(Арсений Маврин, 17 мая, «Татар-информ») {BODY}",
        f"(17 мая) {BODY}",
        f"(«Татар-информ») {BODY}",
        f"(Казань) {BODY}",
        f"{BODY}\n18 лістапада 2019",
        f"{BODY}\nМінск",
        f"{BODY}\nБЕЛТА",
        f"{BODY}\nМінск, БЕЛТА",
        "18 лістапада 2019, Мінск",
        f"{BODY}\n18 лістапада 2019, Мінск",
        f"{BODY}\nВторник, 18 ноября 2019\nТАСС",
        f"{BODY}\nПоделиться\n18 ноября 2019",
        f"{BODY}\nРедакция\n18.11.2019",
        f"{BODY}\nИванов, 18 ноября 2019",
        f"{BODY}\nСочи, «Фишт», 17 мая 2019",
        f"(Россия, «Мосфильм»). {BODY}",
        f"(Мария, 8 марта). {BODY}",
        f"{BODY}\n5 Aprİl 2019, Bakı\nAP",
        f"{BODY}\nУчора, 18 лістапада 2019, у Мінску адбылася сустрэча",
        "",
    ],
)
def test_no_dateline(text: str) -> None:
    assert dateline(text) is None


def test_the_parts_of_a_date_are_kept_apart() -> None:
    found = find_dateline(split_lines(f"{BODY}\n17 мая, Казань\nТАСС"))
    assert found == Dateline("Казань", "XXXX-05-17", None, 5, 17, "ТАСС")


@pytest.mark.parametrize("language", MONTHS)
def test_every_month_of_every_language(language: str) -> None:
    assert len(MONTHS[language]) == 12
    for number, name in enumerate(MONTHS[language], 1):
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
    assert parse_timestamp(raw) == (moment, has_time)


@pytest.mark.parametrize(
    "raw", ["", "yesterday", "2019-13-01", "0001-01-01T00:00:00+14:00", "1e400", "Mon, 99 Nov 2019"]
)
def test_no_timestamps(raw: str) -> None:
    assert parse_timestamp(raw) is None


@given(st.text(max_size=60))
def test_any_text_is_a_timestamp_or_none(raw: str) -> None:
    found = parse_timestamp(raw)
    assert found is None or found[0].tzinfo is UTC


@given(
    st.lists(
        st.sampled_from(["(Казань, 17 мая)", "Мінск", "БЕЛТА", "18 лістапада 2019", ",", "\n", "«", "(", ")", BODY])
    )
)
def test_any_text_has_a_dateline_made_of_its_own_words_or_none(parts: list[str]) -> None:
    text = " ".join(parts)
    found = find_dateline(split_lines(text))
    if found:
        assert all(value is None or value in text for value in (found.place, found.agency, found.reporter))
