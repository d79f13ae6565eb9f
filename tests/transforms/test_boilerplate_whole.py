"""What is not torn apart: texts that came clean, series of lines of one form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import an_item
from transforms.boilerplate import cut, find_boilerplate
from transforms.boilerplate.whole import came_clean, in_kept_series, last_sentences, menu_words
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
    assert bool(menu_words(text)) is expected


def test_a_text_came_clean_where_the_model_is_sure_of_no_cut() -> None:
    kept, words = np.array([True, False]), np.array([9, 2], np.float32)
    assert came_clean([PARAGRAPH, "2 моркови"], np.array([0.9, 0.2], np.float32), words, kept)
    assert not came_clean([PARAGRAPH, "2 моркови"], np.array([0.9, 0.01], np.float32), words, kept)
    assert not came_clean([PARAGRAPH, "Поделиться"], np.array([0.9, 0.2], np.float32), words, kept)
    # A sentence may have words of menus.
    assert came_clean([PARAGRAPH, "Вход стоит рубль."], np.array([0.9, 0.2], np.float32), words, kept)


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


SENTENCE = "Эліза Ажэшка жыла ў Гродне з 1869 года, дом яе стаіць."
WITH_MENU_WORD = "Навіны пра гэта чыталі тады толькі ў Гродне і ў Вільні."


@pytest.mark.parametrize(
    ("below", "likely", "found"),
    [
        ([SENTENCE, "Каментары"], [0.06, 0.01], {1}),
        ([SENTENCE, SENTENCE, SENTENCE], [0.06, 0.06, 0.06], {1, 2}),
        ([SENTENCE], [0.04], set()),
        ([WITH_MENU_WORD], [0.06], set()),
        ([SENTENCE.rstrip(".")], [0.4], set()),
        (["Ён маўчаў."], [0.4], set()),
        (["Каментары", SENTENCE], [0.01, 0.4], set()),
        (["Рэклама", SENTENCE], [0.01, 0.4], {2}),
        (["Рэклама", "Каментары", SENTENCE], [0.01, 0.01, 0.4], set()),
    ],
)
def test_the_text_goes_on_to_its_last_sentence(below: list[str], likely: list[float], found: set[int]) -> None:
    texts = [PARAGRAPH, *below]
    kept = np.array([True, *(False for _ in below)])
    assert set(last_sentences(texts, np.array([0.9, *likely], np.float32), kept)) == found


def test_where_nothing_is_kept_nothing_goes_on() -> None:
    assert last_sentences([SENTENCE], np.array([0.3], np.float32), np.array([False])) == []


def test_the_last_sentence_over_a_menu_is_kept_in_languages_that_the_model_has_not_learned() -> None:
    page = [
        *("Баш бит", "Яңалыклар", "Документлар", "Элемтә", "Казанда яңа татар гимназиясе ачылды"),
        "Бүген Казанның Яңа Савин районында 1224 урынлы татар гимназиясе ачылды. Тантанада Татарстан Рәисе катнашты.",
        "– Гимназиядә барлык фәннәр дә татар телендә укытылачак, – диде Илсур Һадиуллин.",
        "Мәктәп директоры итеп Гөлнара Сабирова билгеләнде. Ул моңа кадәр Әлмәт шәһәрендә эшләгән.",
        "Дәүләт Советы депутаты Разил Вәлиев укучыларга китаплар бүләк итте.",
        *("Бүлешү", "ВКонтакте", "Telegram", "Бәйле яңалыклар", "Татарстанда 12 яңа мәктәп төзеләчәк"),
    ]
    original = "\n".join(page)
    text = cut(original, find_boilerplate(an_item(original), model=MODEL))
    assert text.endswith("китаплар бүләк итте.")
