"""Facts in the lines around a text, and age ratings: one line says one thing, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.age_rating import find_age, parse_age
from transforms.lines import split_lines
from transforms.page_facts import PageFacts, find_facts


def facts(head: str, foot: str = "", title: str | None = None) -> PageFacts:
    return find_facts(split_lines(head), split_lines(foot), title)


def published(head: str, foot: str = "") -> str | None:
    found = facts(head, foot).published
    return f"{found.at:%Y-%m-%dT%H:%M} {found.precision}" if found else None


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("Загаловак\n17 мая 2019, 12:40", "2019-05-17T00:00 day"),
        ("Headline\nMay 17, 2019", "2019-05-17T00:00 day"),
        ("17.05.2019 | 12:40 МСК", "2019-05-17T09:40 second"),
        ("Опубликовано: 17 мая 2019", "2019-05-17T00:00 day"),
        ("Апублікавана 17 мая 2019 года", "2019-05-17T00:00 day"),
        ("Published: May 17, 2019 Updated: May 18, 2019", "2019-05-17T00:00 day"),
        ("17 мая 2019\n17.05.2019 12:40 МСК", "2019-05-17T09:40 second"),
        ("17 мая 2019\n18 мая 2019", None),
        ("18 мая 2019\nОпубликовано: 17 мая 2019", "2019-05-17T00:00 day"),
        ("November 22, 2026 4:12 PM GMT · Updated 3 hours ago", "2026-11-22T16:12 second"),
        ("2026 елның 21 ноябре, шимбә", "2026-11-21T00:00 day"),
        ("2026 ж. 20 қараша, 15:02", "2026-11-20T00:00 day"),
        ("2026 жылы 20 қараша", "2026-11-20T00:00 day"),
        ("Извор: Танјуг, 20. новембар 2026. 13:20", "2026-11-20T00:00 day"),
        ("15:22 22.11.2026\n(обновлено: 16:01 23.11.2026)", "2026-11-22T00:00 day"),
        ("By Jane Doe and John Smith on December 21st, 2023 at 3:53PM PDT", "2023-12-21T22:53 second"),
        ("guardian.co.uk, Thursday 12 January 2012 12.24 GMT", "2012-01-12T12:24 second"),
        ("Noah Eastwood, Money Reporter 22 December 2023 • 3:55pm", "2023-12-22T00:00 day"),
        ("21 листопада 2026 | 12:30 | Суспільство | 1245 переглядів", "2026-11-21T00:00 day"),
        ("Олена Коваль — 21 листопада 2026, 12:30", "2026-11-21T00:00 day"),
        ("Грамадства · 21 лістапада 2026 · 5 хв чытання", "2026-11-21T00:00 day"),
        ("by newsdesk | Apr 21, 2025", "2025-04-21T00:00 day"),
        ("November 28, 2025/Living Healthy/Wellness", "2025-11-28T00:00 day"),
        ("2023/12/19 9:01 PM", "2023-12-19T00:00 day"),
        ("31/12/2023", "2023-12-31T00:00 day"),
        ("12/31/2023", "2023-12-31T00:00 day"),
        ("01/12/2023", None),
        ("What happened on December 21, 2023", None),
        ("Что изменится с 1 января 2027 года для пенсионеров", None),
        ("Сотрудники музея | 17 мая 2019 откроется выставка", None),
        ("17 мая", None),
        ("12:40", None),
        ("Сегодня 17 мая 2019", None),
        ("Концерт 17 мая 2019", None),
        ("17 мая 2019" + "\nМеню" * 10, None),
        ("", None),
    ],
)
def test_publication(head: str, expected: str | None) -> None:
    assert published(head) == expected


def test_between_the_headline_and_the_text_a_date_may_be_further_from_the_text() -> None:
    share = "\nПоделиться" * 8
    assert published(f"Дождь\n17 мая 2019{share}") is None
    assert facts(f"Дождь\n17 мая 2019{share}", title="Дождь").published
    assert facts(f"17 мая 2019\nДождь{share}", title="Дождь").published
    assert not facts(f"17 мая 2019\n{share}\nДождь", title="Дождь").published


def test_a_date_below_the_text_needs_a_word_that_introduces_it() -> None:
    assert published("", "17 мая 2019") is None
    assert published("", "Опубликовано 17 мая 2019") == "2019-05-17T00:00 day"


@pytest.mark.parametrize(
    "line",
    [
        "Обновлено: 17 мая 2019, 14:00",
        "Абноўлена 17 мая 2019",
        "Оновлено: 17 травня 2019",
        "Updated May 17, 2019",
        "Last updated on May 17, 2019 at 2:30 PM",
        "Aktualizováno 17. května 2019",
        "Zaktualizowano: 17 maja 2019",
        "Published: May 16, 2019 | Updated: May 17, 2019",
    ],
)
def test_update(line: str) -> None:
    found = facts(line)
    assert found.updated
    assert f"{found.updated.at:%Y-%m-%d}" == "2019-05-17"


@pytest.mark.parametrize(
    "line", ["Updated", "Обновлено вчера", "We updated May 17, 2019 our terms", "Обновлено: 17 мая"]
)
def test_no_update(line: str) -> None:
    assert facts(line).updated is None


@pytest.mark.parametrize(
    ("line", "title", "expected"),
    [
        ("Главная > Политика > Президент подписал закон о бюджете", None, "Политика"),
        ("Главная » Новости » Политика", None, "Политика"),
        ("Home / News / World", None, "World"),
        ("Галоўная › Эканоміка", None, "Эканоміка"),
        ("Home > Sport > Rain stops play", "Rain stops play", "Sport"),
        ("Strona główna > Polska /", None, "Polska"),
        ("Home > Rain stops play", "Rain stops play", None),
        ("Home / News / World / Sport / Culture / Weather / Video", None, None),
        ("Главная > вчера, 17:17", None, None),
        ("Политика > Экономика", None, None),
        ("Home", None, None),
        ("A home > away", None, None),
    ],
)
def test_section(line: str, title: str | None, expected: str | None) -> None:
    assert facts(f"Меню\n{line}\nЗагаловак", title=title).section == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["16+"], 16),
        (["(18+)"], 18),
        (["0+"], 0),
        (["16 +", "16+"], 16),
        (["16+", "18+"], None),
        (["6+", "Возрастное ограничение: 16+"], 16),
        (["Возрастная категория сайта", "12+"], 12),
        (["Вікове обмеження 18+"], 18),
        (["Узроставая катэгорыя — 12+"], 12),
        (["15+"], None),
        (["16+ человек"], None),
        (["Более 16+ наград"], None),
        ([], None),
    ],
)
def test_age_marks(lines: list[str], expected: int | None) -> None:
    assert find_age(lines) == expected
    assert facts("\n".join(lines)).age_rating == expected


@pytest.mark.parametrize(
    ("given_rating", "expected"),
    [
        *(("16+", 16), ("16", 16), ("18-", 18), ("adult", 18), ("RTA-5042-1996-1400-1577-RTA", 18), ("7-9", None)),
        *(("general", None), ("PG-13", None), ("", None), ("160", None)),
    ],
)
def test_age_in_metadata(given_rating: str, expected: int | None) -> None:
    assert parse_age(given_rating) == expected


_LINES = st.sampled_from(
    [
        *(
            "16+",
            "Главная > Политика",
            "17 мая 2019",
            "Обновлено: 18.11.2019 14:05",
            "By Jane Doe",
            "Updated",
            "Home / ",
        ),
        *("Published May 17, 2019 Updated May 18, 2019 1:05 PM EDT", "Возрастное ограничение 12+", "›", "\n"),
    ]
)


@given(st.lists(_LINES | st.text(max_size=8), max_size=8).map("".join), st.lists(_LINES, max_size=4).map("\n".join))
def test_what_is_found_stands_in_the_lines(head: str, foot: str) -> None:
    found = facts(head, foot)
    for stamp in (found.published, found.updated):
        assert stamp is None or str(stamp.day.year) in head + foot
    assert found.section is None or found.section in head
    assert found.age_rating is None or str(found.age_rating) in head + foot
