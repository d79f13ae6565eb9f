"""Sentences and quotations; `|` marks the splits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.language.kinds import is_name, prose
from transforms.language.sentences import sentences

# Every code point there is, lone surrogates too, and often the characters that the rules look at.
ANY_TEXT = st.text(st.characters(exclude_categories=()) | st.sampled_from('.!?…։"«»„“”—- \n\tАбя1'), max_size=60)


@pytest.mark.parametrize(
    "marked",
    [
        "",
        " \n\t ",
        "Одна строка без точки",
        "Раз.| Два!| Три?| Четыре…| Пять?!| Шесть...",
        "Первая строка\n|вторая строка\n\n|третья",
        "Form feed\x0cand\u2028separators split no line",
        # What ends no sentence: initials, abbreviations, numbers, ordinals.
        "Поэт А. С. Пушкин родился в 1799 г. в Москве.| Потом уехал.",
        "Президент Р.Н. Минниханов прибыл.| Его встретили.",
        "Живёт на ул. Ленина, 5 и т. д. Всё.",
        "Вырос на 3.5 процента 12.05.2019 в 10.30.| Это много.",
        "Er kam am 12. Oktober.| Dr. Müller auch.",
        "XX. yüzyılda oldu.| Sonra bitti.",
        # A year does, and so does a stop with a space before it.
        "Это было в 2019.| Потом всё кончилось.",
        "Суд вынес предупреждение .| Он ушёл .",
        "Մեկ նախադասություն։| Երկրորդ նախադասություն։",
        "პირველი წინადადება.| მეორე წინადადება.",
        # What a small letter follows goes on.
        "— Что? — спросил он.| — Ничего!",
        "Он сказал... и ушёл.",
        # Quotations of three words or more, and what follows them.
        "Он сообщил: |«Президент готов предложить.| Да, готов»,| — и ушёл.",
        '"Ёсць вялікі патэнцыял супрацоўніцтва",| - сказаў ён.',
        "„Ово је један цитат“| — рече он.",
        "»Ovo je prava istina«,| rekao je.",
        "“This is it,”| she said.| Nobody believed “a word”.",
        'Bu cür : |" Bunun belə olması yaxşıdır " ,| dedi .',
        # A quotation that nobody closes, and shorter ones, which are names.
        "Компания «Ромашка» и газета «Новая жизнь» закрыты.",
        "АО «Группа «Алюр» закрыто.",
        'Завод "Амкадор" и так далее.',
        # Marks alone belong to what is before them.
        "«Один два три» — |«четыре пять шесть»",
        "... .. « » ! — .",
    ],
)
def test_splits(marked: str) -> None:
    text = marked.replace("|", "")
    assert [text[unit.start : unit.end] for unit in sentences(text)] == [
        piece.strip() for piece in marked.split("|") if piece.strip()
    ]


def test_lines_are_counted_with_the_blank_ones() -> None:
    assert [unit.line for unit in sentences("\nА\n\n\nБыло.  Стало.\nБудет")] == [1, 4, 4, 5]


@given(ANY_TEXT)
def test_every_character_is_in_one_unit(text: str) -> None:
    units = sentences(text)
    covered = [i for unit in units for i in range(unit.start, unit.end)]
    assert covered == sorted(set(covered))
    assert {i for i, character in enumerate(text) if not character.isspace()} <= set(covered)
    for unit in units:
        piece = text[unit.start : unit.end]
        assert piece == piece.strip()
        assert "\n" not in piece
        assert unit.line == text.count("\n", 0, unit.start)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Обычная фраза, 25 слов.", "Обычная фраза, 25 слов."),
        ("2019-жылы, 10-летний, 21-asrning", "2019-жылы, 10-летний, 21-asrning"),
        ("Пишите на info@example.org сегодня", "Пишите на сегодня"),
        ("Читайте https://example.org/a-b и www.example.org", "Читайте и"),
        ("Пераможам!</strong> <a href='https://example.org'>Тут</a>", "Пераможам! Тут"),
        ("Функция foo_bar возвращает ноль", "Функция возвращает ноль"),
        ("Пішыце на <a_href=", "Пішыце на"),
        ("Новости | Спорт > Погода", "Новости | Спорт > Погода"),
        ("if (x == 3) { return foo_bar; }", ""),
        ("for (int i = 0; i < n; i++) {", ""),
        ("var a = document.getElementById('x');", ""),
        ("news_header_top_970_100", ""),
        ("banner-240x400", ""),
        ("https://example.org/news", ""),
        ("info@example.org", ""),
    ],
)
def test_prose_is_what_is_no_address_and_no_code(sentence: str, expected: str) -> None:
    assert prose(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("БЕЛТА", True),
        ("БЕЛТА.", True),
        ("РИА Новости", True),
        ("Agence France-Presse", True),
        ("Мінск, 18", True),
        ("Спорт", True),  # it may be a heading, but nothing shows it
        ("Да!", False),
        ("Фота аўтара", False),
        ("Президент принял делегацию", False),
        ("Президент Республики Татарстан Минниханов", False),
        ("საქართველო", False),  # a script without capitals
    ],
)
def test_names(sentence: str, expected: bool) -> None:
    assert is_name(sentence) == expected


@given(ANY_TEXT)
def test_kinds_of_anything(text: str) -> None:
    assert is_name(prose(text)) in {True, False}
