"""What is not torn apart: texts that came clean, series of lines of one form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import an_item
from transforms.boilerplate import cut, find_boilerplate
from transforms.boilerplate.whole import came_clean, has_menu_word, in_kept_series
from transforms.models import shared_models

MODEL = shared_models().lines
PARAGRAPH = "Это абзац, в котором достаточно слов, чтобы всякий признал его текстом статьи, а не строкой меню."
SHORT = 4

SPEECH = ["— Вы давно здесь?", "— С весны.", "— Один?", "— С собакой.", "— Скучно?"]
STEPS = ["1. Снимите крышку.", "2. Выньте винты.", "3. Протрите.", "4) Соберите.", "5) Включите."]
AMOUNTS = ["500 г щавеля", "2 моркови", "1,5 л воды", "½ лимона", "3 яйца"]
BULLETS = ["• соль", "• перец", "• лук", "• чеснок"]
NAMES = ["Репортёр: Давно?", "Вера: Давно.", "Репортёр: Где?", "Вера: Там.", "Репортёр: Ясно.", "Вера: Да."]


def kept_of(texts: list[str], kept: set[int]) -> set[int]:
    flags = np.array([i in kept for i in range(len(texts))])
    words = np.array([len(text.split()) for text in texts], np.float32)
    return set(in_kept_series(texts, words, flags))


@pytest.mark.parametrize("series", [SPEECH, STEPS, AMOUNTS, BULLETS, NAMES])
def test_a_series_is_kept_whole_where_enough_of_it_is(series: list[str]) -> None:
    around = ["Главная", *series, "Контакты"]
    inside = set(range(1, len(series) + 1))
    assert kept_of(around, set(range(1, 4))) == inside
    assert kept_of(around, set()) == set()
    assert kept_of(around[:SHORT], {1, 2, 3}) == set(), "three lines are no series"


def test_a_few_kept_lines_do_not_save_a_long_list() -> None:
    assert kept_of([f"• пункт {number}" for number in range(20)], {3, 7}) == set()


@pytest.mark.parametrize(
    "lines",
    [
        ["Главная", "Новости", "Спорт", "Культура", "Контакты"],
        ["Город: Казань", "Цена: 5", "Вес: 3", "Цвет: белый", "Рост: 2"],
        ["-10 %", "-20 %", "-30 %", "-40 %"],
        ["2019", "2020", "2021", "2022"],
        ["12:40", "13:50", "14:10", "15:00"],
    ],
    ids=["menu", "table of facts", "signs", "years", "clocks"],
)
def test_lines_that_are_no_series(lines: list[str]) -> None:
    assert kept_of(lines, set(range(len(lines) - 1))) == set()


@given(st.lists(st.sampled_from([*SPEECH, *STEPS, *NAMES, PARAGRAPH, "Меню"]), min_size=1, max_size=30), st.data())
def test_a_series_only_ever_adds_lines_of_series_that_are_partly_kept(texts: list[str], data: st.DataObject) -> None:
    kept = data.draw(st.sets(st.integers(0, len(texts) - 1)))
    found = kept_of(texts, kept)
    assert PARAGRAPH not in {texts[i] for i in found}
    assert "Меню" not in {texts[i] for i in found}
    assert not found or found & kept


@pytest.mark.parametrize(
    ("text", "expected"),
    [("分享工具", True), ("Читать далее", True), ("Падзяліцца", True), ("2 моркови", False), ("海边的人", False)],
)
def test_menu_words(text: str, expected: bool) -> None:
    assert has_menu_word(text) is expected


def test_a_text_came_clean_where_the_model_is_sure_of_no_cut() -> None:
    kept, words = np.array([True, False]), np.array([9, 2], np.float32)
    assert came_clean([PARAGRAPH, "2 моркови"], np.array([0.9, 0.2], np.float32), words, kept)
    assert not came_clean([PARAGRAPH, "2 моркови"], np.array([0.9, 0.01], np.float32), words, kept)
    assert not came_clean([PARAGRAPH, "Поделиться"], np.array([0.9, 0.2], np.float32), words, kept)


def test_an_interview_in_a_page_keeps_its_short_lines_and_loses_the_menu() -> None:
    menu = "Главная Новости Политика Экономика Спорт Культура Фото Видео Контакты Реклама Войти Поиск".split()
    article = [
        "Разговор с лесником о зиме",
        PARAGRAPH,
        *SPEECH,
        "— Нет. Дел много, только их не видно.",
        PARAGRAPH,
    ]
    foot = ["Читайте также", "Поделиться", "Подписаться на рассылку", "© 2019 Агентство"]
    original = "\n".join([*menu, *article, *foot, *menu])
    text = cut(original, find_boilerplate(an_item(original), model=MODEL)).split("\n")
    assert set(SPEECH) <= set(text)
    # («Читайте также» right below the text is more than the model is sure of on so short a page.)
    assert not set(text) & set(foot[1:])
