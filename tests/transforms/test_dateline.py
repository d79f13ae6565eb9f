"""Datelines: what is there is found, what is not there is not invented."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.datelines import HALVES, read_half
from transforms.dateline import find_dateline
from transforms.dateline_patterns import FOOT, HEAD, Pattern
from transforms.dates import resolve_day
from transforms.document import Dateline
from transforms.lines import split_lines
from transforms.names import is_person, is_place

BODY = "Прэзідэнт сустрэўся з мэрам і абмеркаваў з ім усе пытанні, якія яны хацелі абмеркаваць раней."


def dateline(text: str, published: date | None = None) -> tuple[str | None, ...] | None:
    found = find_dateline(split_lines(text), published)
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


def test_relative_words_are_days_only_beside_a_known_day() -> None:
    text = f"Загаловак\nУчора, Мінск /Кар. БЕЛТА/. {BODY}\n{BODY}"
    assert dateline(text, date(2023, 3, 1)) == ("Мінск", "2023-02-28", "БЕЛТА", None)
    assert dateline(text) == ("Мінск", None, "БЕЛТА", None)
    assert dateline(f"МОСКВА, вчера. {BODY}") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"МОСКВА, 17 мая — {BODY}", ("МОСКВА", "XXXX-05-17", None, None)),
        (f"Мінск. БЕЛТА. {BODY}", ("Мінск", None, "БЕЛТА", None)),
        (f"(Reuters) - {BODY}", (None, None, "Reuters", None)),
        (f"17 мая, БелаПАН. {BODY}", (None, "XXXX-05-17", "БелаПАН", None)),
    ],
)
def test_a_part_that_is_missing_stays_missing(text: str, expected: tuple[str | None, ...]) -> None:
    assert dateline(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        # «PAP» is no place `P` before an agency `AP`.
        f"PAP - 03-01-2012 19:51 {BODY}",
        f"ПЯТНИЦА, 17 мая. {BODY}",
        f"СЕГОДНЯ, 17 мая. {BODY}",
        f"ФОТО, 17 мая. {BODY}",
        f"Москва, 17 мая. {BODY}",
        f"МОСКВА, 31 июня. {BODY}",
        f"МОСКВА (ТАСС) — и это все, что было на листке. {BODY}",
        f"Иван Петров (Reuters) - {BODY}",
        f"{BODY}\nТАСС, 17 мая",
        f"{BODY}\nИван Петров (Москва)",
    ],
)
def test_more_that_is_no_dateline(text: str) -> None:
    assert dateline(text) is None


def test_a_dateline_under_a_few_paragraphs_of_menus_but_not_in_the_middle_of_a_text() -> None:
    menu = "\n".join(["Политика", "Экономика"] * 10)
    head = f"КИЇВ. 17 травня. УНІАН. {BODY}"
    assert dateline(f"{menu}\n{head}\n{BODY}") == ("КИЇВ", "XXXX-05-17", "УНІАН", None)
    assert dateline("\n".join([BODY] * 10 + [head, BODY])) is None


def test_space_between_the_parts_does_not_matter() -> None:
    assert dateline(f"МОСКВА,  17\u00a0мая.  /ТАСС/.  {BODY}") == ("МОСКВА", "XXXX-05-17", "ТАСС", None)


@pytest.mark.parametrize("form", [*HEAD, *FOOT])
def test_every_form_is_of_use(form: str) -> None:
    """Each finds a dateline of the development set at the beginning of a line, so that none is dead weight."""
    pattern = Pattern.of(form)
    lines = [line for half in HALVES for each in read_half(half) if each.fields for line in each.text.split("\n")]
    assert any(pattern.read(line, whole=False) for line in lines)


@given(st.text(max_size=80), st.dates())
def test_a_word_is_a_day_up_to_the_known_one_or_none(word: str, known: date) -> None:
    for each in (word, "Tuesday", "вчера", "сб."):
        found = resolve_day(each, known)
        if found and found.year:
            assert 0 <= (known - date(found.year, found.month, found.day)).days < 7


_SNIPPETS = st.sampled_from(
    [
        *("МОСКВА", "Praha", "17 мая", "May 17, 2023", "(", ")", "/", "ТАСС", "(Reuters)", " - ", ", ", ". "),
        *("Иван Петров", "вчера", "\n", "Корр. ", BODY, "By ", "Автор: "),
    ]
)


@given(st.lists(_SNIPPETS | st.text(max_size=6), max_size=14).map("".join))
def test_fields_are_words_of_the_text(text: str) -> None:
    found = find_dateline(split_lines(text))
    if found is None:
        return
    in_text = " ".join(text.split())
    assert found.agency or found.date
    assert all(" ".join(part.split()) in in_text for part in (found.place, found.agency, found.reporter) if part)
    if found.date:
        assert str(found.day) in text
        assert found.year is None or str(found.year) in text


@pytest.mark.parametrize(
    "piece",
    [
        "А",
        "А ",
        "А-",
        "А’",
        "А, ",
        "(А, ",
        "17 мая ",
        "17 мая, ",
        "МОСКВА, ",
        "МОСКВА/",
        "/ТАСС",
        "ТАСС - ",
        "«",
        "А. ",
    ],
)
def test_a_long_line_takes_no_longer_than_it_must(piece: str) -> None:
    """A line of a megabyte on which an expression went back again and again would never end."""
    assert dateline(piece * (1_000_000 // len(piece)) + "\n" + piece * 40) is None


@pytest.mark.parametrize(
    "text", ["Казань", "г. Уфа", "Нижний Новгород", "РОСТОВ-НА-ДОНУ", "LONDON/NEW YORK", "Ústí nad Labem"]
)
def test_places(text: str) -> None:
    assert is_place(text)


@pytest.mark.parametrize("text", ["казань", "Арсений Маврин", "Вторник", "Новак Джокович", "Фото", "17", "", "А1"])
def test_no_places(text: str) -> None:
    assert not is_place(text)


@pytest.mark.parametrize(
    "text", ["Иван Петров", "И. Петров", "Петров И.И.", "JOHN SMITH", "Anna-Maria O'Neil", "И.И. Петров"]
)
def test_persons(text: str) -> None:
    assert is_person(text)


@pytest.mark.parametrize("text", ["Петров", "иван петров", "Иван петров", "И. И.", "", "Иван 2"])
def test_no_persons(text: str) -> None:
    assert not is_person(text)
