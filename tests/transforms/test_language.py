"""Language tags of documents and paragraphs."""

import pytest

from tests.builders import BELARUSIAN_SEED, RUSSIAN_SEED
from transforms.language import SERVED, UNDETERMINED, segments, tag
from transforms.models import shared_models

RUSSIAN = "Делегация посетила завод и провела переговоры с руководством города."
TATAR = "Татарстан Рәисе бүген Казанда яңа мәктәпне ачу тантанасында катнашты."
KAZAKH = "Қазақстан Президенті бүгін Астанада жаңа мектептің ашылу салтанатына қатысты."
BASHKIR = "Башҡортостан Башлығы бөгөн Өфөлә яңы мәктәпте асыу тантанаһында ҡатнашты."
UKRAINIAN = "Президент сьогодні взяв участь у відкритті нової школи в Києві."
ENGLISH = "The president took part in the opening of a new school in the capital today."


def tagged(text: str) -> str:
    return tag(text, shared_models().language).tag


@pytest.mark.parametrize(
    ("text", "expected"),
    [(RUSSIAN, "ru"), (TATAR, "tt"), (KAZAKH, "kk"), (BASHKIR, "ba"), (UKRAINIAN, "uk"), (ENGLISH, "en")],
)
def test_sentences(text: str, expected: str) -> None:
    assert tagged(text) == expected
    assert expected in SERVED


@pytest.mark.parametrize(
    "text", ["", "БЕЛТА", "16+", "news_header_top_970_100", "2019 2020 2021 1234567890", "🙂" * 50]
)
def test_what_is_no_language(text: str) -> None:
    assert tagged(text) == UNDETERMINED


@pytest.mark.parametrize(("seed", "expected"), [(RUSSIAN_SEED, "ru"), (BELARUSIAN_SEED, "be")])
def test_every_paragraph_of_the_seeds(seed: object, expected: str) -> None:
    assert isinstance(seed, type(RUSSIAN_SEED))
    for line in seed.read_text(encoding="utf-8").split("\n"):
        assert tagged(line) in {expected, UNDETERMINED}
        if len(line) > 60:
            assert tagged(line) == expected


def test_segments_are_runs_of_paragraphs() -> None:
    text = f"{RUSSIAN}\n\n{RUSSIAN}\n{TATAR}\n16+\n"
    found = segments(text, shared_models().language)
    assert [(segment.tag, text[segment.start : segment.end]) for segment in found] == [
        ("ru", f"{RUSSIAN}\n\n{RUSSIAN}"),
        ("tt", TATAR),
        (UNDETERMINED, "16+"),
    ]
    assert segments("", shared_models().language) == ()
