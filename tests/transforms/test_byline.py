"""Bylines: names that a line says are the authors', and no other words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.byline import authors_of, find_authors
from transforms.lines import split_lines

PROSE = "Прэзідэнт сустрэўся з мэрам і абмеркаваў з ім усе пытанні, якія яны хацелі абмеркаваць раней."


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Автор: Иван Петров", ("Иван Петров",)),
        ("Авторы: Иван Петров, Анна Белова и Олег Ким", ("Иван Петров", "Анна Белова", "Олег Ким")),
        ("Текст и фото: И.И. Петров", ("И.И. Петров",)),
        ("Аўтар: Кацярына Стасюкевіч", ("Кацярына Стасюкевіч",)),
        ("Автор — Олена Коваль", ("Олена Коваль",)),
        ("Автор: Айгөл Хәсәнова", ("Айгөл Хәсәнова",)),
        ("Аутор: Јелена Марић", ("Јелена Марић",)),
        ("Piše: Jelena Marić", ("Jelena Marić",)),
        ("Autor: Jan Krasny", ("Jan Krasny",)),
        ("Napsal: Petr Novák", ("Petr Novák",)),
        ("By Jane Doe and John Smith", ("Jane Doe", "John Smith")),
        ("By JANE DOE, Reuters", ("JANE DOE",)),
        ("By Jane Doe | May 17, 2019", ("Jane Doe",)),
        ("By Jane Doe, Staff Writer", ("Jane Doe",)),
        ("Written by: Jane O'Neil", ("Jane O'Neil",)),
        ("By Jane E. Doe and John Smith on December 21, 2023 at 3:53PM PST", ("Jane E. Doe", "John Smith")),
        ("By Jane Doe 16/01/2012", ("Jane Doe",)),
        ("oprac. Magdalena Nowak", ("Magdalena Nowak",)),
        ("Беседовала Анна Белова", ("Анна Белова",)),
        ("By Jane Doe | 4:30 PM on December 21, 2023", ("Jane Doe",)),
        ("Posted on January 17, 2012 - 04:28 by Jane Doe", ("Jane Doe",)),
        ("Автор: Иван Петров, 22.11.2026 15:30", ("Иван Петров",)),
        ("20 ноябрь 2026, 09:15 Автор: Лилия Гаделшина Укылган: 1 245", ("Лилия Гаделшина",)),
        ("Автор: Иван Петров Просмотров: 345 Комментариев: 3", ("Иван Петров",)),
        ("Текст: Иван Петров Фото: Анна Белова", ("Иван Петров",)),
        ("Text: Jan Novák, foto: ČTK", ("Jan Novák",)),
        ("By Sarah O'Neill | November 21, 2026 | Updated 6:12 p.m.", ("Sarah O'Neill",)),
    ],
)
def test_bylines(line: str, expected: tuple[str, ...]) -> None:
    assert authors_of(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "Автор: admin",
        "Автор: ТАСС",
        "Автор: Редакция сайта",
        "Автор неизвестен",
        "Автор: кто бы он ни был, Иван Петров",
        "Фото: Иван Петров",
        "Фото автора",
        "Текст: песни звучали весь вечер",
        "By and large, it was a good year.",
        "By Monday the river had risen.",
        "Rain stops play on May 17, 2019",
        "Подготовила отчёт комиссия",
        "By May 17, 2019",
        "By the time John Smith arrived, it was over",
        "By train",
        "Autor: PAP",
        "",
        "By " + "Jane Doe, " * 100,
    ],
)
def test_no_bylines(line: str) -> None:
    assert authors_of(line) == ()


def test_the_byline_over_the_text_goes_before_the_one_below() -> None:
    above, below = split_lines("Загаловак\nАўтар: Ганна Белая"), split_lines("Автор: Иван Петров\nПадзяліцца")
    assert find_authors(above, below) == ("Ганна Белая",)
    assert find_authors(split_lines("Загаловак"), below) == ("Иван Петров",)


def test_of_several_bylines_none_is_that_of_the_text() -> None:
    assert find_authors(split_lines("By Jane Doe\nBy John Smith"), ()) == ()
    assert find_authors(split_lines("By Jane Doe\nHeadline\nBy Jane Doe"), ()) == ("Jane Doe",)


def test_below_the_text_a_line_without_a_colon_is_a_teaser() -> None:
    assert find_authors((), split_lines("Another story\nBy Jane Doe")) == ()
    assert find_authors((), split_lines("\n".join(["Ещё"] * 20 + ["Автор: Иван Петров"]))) == ()


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("Автор\nЕрбол Жанат\nОқи отырыңыз", ("Ербол Жанат",)),
        ("Авторы:\nИван Петров и Анна Белова", ("Иван Петров", "Анна Белова")),
        ("By\nJane Doe\nMay 17, 2019", ("Jane Doe",)),
        ("Заголовок\nОксана Левченко\nжурналістка відділу культури", ("Оксана Левченко",)),
        ("Headline\nJane Doe\nPolitical correspondent, BBC News", ("Jane Doe",)),
        ("Авторы\nКонтакты\nИван Петров", ()),
        ("Иван Петров\nминистр обороны", ()),
        ("Иван Петров\nредактор газеты рассказал корреспонденту, как это было на самом деле", ()),
    ],
)
def test_bylines_of_two_lines(head: str, expected: tuple[str, ...]) -> None:
    assert find_authors(split_lines(head), ()) == expected


@given(st.lists(st.sampled_from(["By ", "Автор: ", "Jane Doe", "Иван Петров", ", ", " и ", "ТАСС", "2019", PROSE])))
def test_every_author_is_in_the_line(parts: list[str]) -> None:
    line = "".join(parts)
    assert all(author in line for author in authors_of(line))
