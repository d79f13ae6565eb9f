"""The language of a text as a whole, with the model that comes with Dropwire."""

import pytest

from transforms.document import Candidate, Language
from transforms.language import NO_LANGUAGE, SERVED, UNDETERMINED, Tagged, analyse
from transforms.models import shared_models

RUSSIAN = "Делегация посетила завод и провела переговоры с руководством города."
TATAR = "Татарстан Рәисе бүген Казанда яңа мәктәпне ачу тантанасында катнашты."
BELARUSIAN = "Сёння ў сталіцы адбылася сустрэча кіраўнікоў дзвюх дзяржаў."
ITALIAN = "Il presidente ha inaugurato oggi una nuova scuola nella capitale, che accoglierà mille bambini."


def tagged(*texts: str) -> list[Tagged]:
    return analyse(texts, shared_models().language)


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("ru", RUSSIAN),
        ("tt", TATAR),
        ("be", BELARUSIAN),
        ("kk", "Қазақстан Президенті бүгін Астанада жаңа мектептің ашылу салтанатына қатысты."),
        ("ba", "Башҡортостан Башлығы бөгөн Өфөлә яңы мәктәпте асыу тантанаһында ҡатнашты."),
        ("ky", "Кыргызстандын президенти бүгүн Бишкекте жаңы мектептин ачылыш аземине катышты."),
        ("uk", "Президент сьогодні взяв участь у відкритті нової школи в Києві."),
        ("bg", "Президентът участва днес в откриването на новото училище в столицата."),
        ("mk", "Претседателот денес учествуваше на отворањето на новото училиште во главниот град."),
        ("sr", "Председник је данас присуствовао отварању нове школе у главном граду."),
        ("pl", "Prezydent wziął dziś udział w otwarciu nowej szkoły w stolicy."),
        ("cs", "Prezident se dnes zúčastnil otevření nové školy v hlavním městě."),
        ("sl", "Predsednik se je danes udeležil odprtja nove šole v glavnem mestu."),
        ("ka", "პრეზიდენტი დღეს დედაქალაქში ახალი სკოლის გახსნას დაესწრო."),
        ("hy", "Նախագահը այսօր մասնակցեց նոր դպրոցի բացմանը մայրաքաղաքում։"),
        ("en", "The president took part in the opening of a new school in the capital today."),
    ],
)
def test_sentences(tag: str, text: str) -> None:
    answer = tagged(text)[0]
    assert answer.language.tag == tag
    assert answer.language.probability > 0.9
    assert tag in SERVED


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("", NO_LANGUAGE),
        (" \n\t", NO_LANGUAGE),
        ("16+", NO_LANGUAGE),
        ("2019 2020 2021 1234567890", NO_LANGUAGE),
        ("news_header_top_970_100", NO_LANGUAGE),
        ("🙂" * 50, NO_LANGUAGE),
        ("if (x == 3) { return foo_bar; }", NO_LANGUAGE),
        ("https://example.org/news/2019\ninfo@example.org\n12:30", NO_LANGUAGE),
        ("БЕЛТА", UNDETERMINED),
        ("Татар-информ", UNDETERMINED),
        ("16+\nБЕЛТА\n2019", UNDETERMINED),
        (ITALIAN, UNDETERMINED),
    ],
)
def test_what_is_not_guessed(text: str, tag: str) -> None:
    answer = tagged(text)[0]
    assert answer.language.tag == tag
    assert {segment.tag for segment in answer.segments} <= {UNDETERMINED, NO_LANGUAGE}


def test_runners_up_are_languages_served_likeliest_first() -> None:
    for text in ("БЕЛТА", "на", RUSSIAN, ITALIAN):
        language = tagged(text)[0].language
        probabilities = [candidate.probability for candidate in language.runners_up]
        assert probabilities == sorted(probabilities, reverse=True)
        assert {candidate.tag for candidate in language.runners_up} <= set(SERVED) - {language.tag}
    assert isinstance(tagged("на")[0].language.runners_up[0], Candidate)


def test_a_mixed_text_is_in_the_language_of_its_greatest_part() -> None:
    short, long = tagged(f"{TATAR}\n{RUSSIAN}\n{RUSSIAN}", f"{RUSSIAN}\n{TATAR}\n{TATAR}")
    assert (short.language.tag, long.language.tag) == ("ru", "tt")


def test_many_texts_at_once_are_like_each_alone() -> None:
    texts = ["", RUSSIAN, "БЕЛТА", f"{RUSSIAN}\n{TATAR}", "\n", f"{TATAR} {TATAR}\n\n16+\n{BELARUSIAN}", "1", ITALIAN]
    together = tagged(*texts)
    assert together == [tagged(text)[0] for text in texts]
    assert tagged() == []


@pytest.mark.parametrize("text", [RUSSIAN, "БЕЛТА", "16+", ITALIAN, f"{RUSSIAN}\n\n{RUSSIAN}"])
def test_a_text_in_one_piece_has_one_answer(text: str) -> None:
    answer = tagged(text)[0]
    (segment,) = answer.segments
    assert (segment.tag, segment.probability) == (answer.language.tag, answer.language.probability)
    assert (segment.start, segment.end, segment.evidence) == (0, len(text), "text")


def test_white_space_has_no_segments() -> None:
    assert tagged(" \n") == [Tagged(Language(NO_LANGUAGE, 1.0), ())]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        # What stands inside words and is no part of them.
        ("Пре\u00adзи\u00adдент под\u00adпи\u00adсал указ о на\u00adзна\u00adче\u00adнии", "ru"),
        ("Росси\u0301я победи\u0301ла в решающем матче", "ru"),
        ("O\u02bdzbekiston Respublikasi Farg\u02bdona viloyati", "uz"),
        ("\u0130ÇİŞLERİ BAKANI AÇIKLAMA YAPTI", "tr"),
        # Latin letters that look like Cyrillic ones.
        ("Пиçнĕ çимĕçсемпе чечексен тутлă шăрши унăн чĕрине кăтăкларĕ.", "cv"),
        # Titles in another language.
        ("Фильм «The Lord of the Rings» показали по телевизору.", "ru"),
        ("Иванов Иван Иванович, Петров Пётр Петрович", UNDETERMINED),
    ],
)
def test_what_texts_are_like_in_the_wild(text: str, tag: str) -> None:
    assert tagged(text)[0].language.tag == tag


def test_a_line_in_other_letters_is_not_in_the_language_of_its_page() -> None:
    russian = "Глава республики встретился с рабочими завода и обсудил с ними планы на следующий год."
    page = f"{russian}\n{russian}\n中文版\nShare on Facebook\nПодробнее\n{russian}"
    tags = {page[part.start : part.end]: part.tag for part in tagged(page)[0].segments}
    assert tags == {
        f"{russian}\n{russian}": "ru",
        "中文版\nShare on Facebook": UNDETERMINED,
        f"Подробнее\n{russian}": "ru",
    }


def test_a_giant_line_takes_neither_forever_nor_all_memory() -> None:
    # Quadratic patterns and scores of whole sentences did, at a hundredth of this size.
    for giant in ("х" * 300_000 + "’", "а.б" * 100_000, "слово " * 50_000):
        assert len(tagged(giant)) == 1
