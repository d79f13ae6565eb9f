"""Segments; in the tables `|` marks where one begins, with its tag: `ru:По-русски. |tt:Татарча.`"""

import re
from collections.abc import Sequence
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.builders import BELARUSIAN_SEED, RUSSIAN_SEED
from tests.transforms.test_sentences import ANY_TEXT
from transforms.document import Segment
from transforms.language import NO_LANGUAGE, SERVED, UNDETERMINED, analyse
from transforms.language.chain import Floats, posteriors
from transforms.language.model import Evidence, LanguageModel
from transforms.language.tags import TWINS
from transforms.models import shared_models

HALF_AND_HALF = """\
ru:Делегация Татарстана посетила новый завод и провела переговоры с руководством города.

Одна из целей поездки — привлечение инвестиций. В прошлом году оборот вырос на 3.5 процента.

|tt:Татарстан Рәисе бүген Казанда яңа мәктәпне ачу тантанасында катнашты.

Мәктәптә мең бала укыячак, шуларның күбесе яңа йортларда яши. Бу турыда матбугат хезмәте хәбәр итә."""


def found(text: str, model: LanguageModel | None = None) -> list[tuple[str, str]]:
    answer = analyse([text], model or shared_models().language)[0]
    return [(segment.tag, text[segment.start : segment.end]) for segment in answer.segments]


def unmark(marked: str) -> tuple[str, list[tuple[str, str]]]:
    pieces = [re.fullmatch(r"([\w-]+):(.*)", piece, re.DOTALL) for piece in marked.split("|")]
    parts = [(piece[1], piece[2]) for piece in pieces if piece]
    return "".join(text for _, text in parts), [(tag, text.strip()) for tag, text in parts]


# Quotations, inside a sentence and as a paragraph.
QUOTATIONS = (
    """\
ru:Глава республики открыл новую школу. Он сказал: |tt:«Бүген безнең өчен бик зур бәйрәм», |ru:— и поблагодарил
строителей. Потом все пошли на концерт.""",
    """\
ru:Глава республики открыл новую школу и поблагодарил строителей.
|tt:Бүген безнең өчен бик зур бәйрәм, диде ул.
|ru:Потом все пошли на концерт в новый зал.""",
    """\
uk:Президент відкрив нову школу в Києві. |en:“We are very happy to be here today,” |uk:— сказав посол і пішов.""",
)

# Captions, agencies, numbers and advertisements, each a line of its own.
SHORT_LINES = """\
zxx:news_header_top_970_100
16+

|be:Сёння ў Мінску адбылася сустрэча кіраўнікоў дзвюх дзяржаў.
Фота з архіва
Перамовы працягнуцца заўтра.
|und:БЕЛТА
|zxx:adfox_15"""

# Names, numbers and titles in a line belong to the line.
NAMES = (
    "ru:Команда «National Basketball Association» проиграла 12.05.2019. 3:1. Всего было 10 тысяч зрителей.",
    "ru:Компания «Alibaba Group» построит завод в городе. Р. Н. Минниханов подписал договор.",
)

NOT_SERVED = """\
ru:Папа римский выступил перед верующими на площади.
|und:Cari fratelli e sorelle, oggi preghiamo insieme per la pace nel mondo, ha detto il papa nella piazza.
|ru:Потом он благословил собравшихся и поблагодарил их."""


@pytest.mark.parametrize("marked", [HALF_AND_HALF, *QUOTATIONS, SHORT_LINES, *NAMES, NOT_SERVED])
def test_segments(marked: str) -> None:
    text, expected = unmark(marked)
    assert found(text) == expected


@pytest.mark.parametrize(
    ("line", "tag"),
    [("ТАСС", UNDETERMINED), ("БЕЛТА", UNDETERMINED), ("16+", NO_LANGUAGE), ("18.11.2019", NO_LANGUAGE)],
)
def test_a_line_without_words_is_not_guessed_from_its_neighbours(line: str, tag: str) -> None:
    sentence = "Татарстан Рәисе бүген Казанда яңа мәктәпне ачу тантанасында катнашты."
    assert found(f"{sentence}\n{line}\n{sentence}") == [("tt", sentence), (tag, line), ("tt", sentence)]


def test_every_line_of_the_russian_seed() -> None:
    text = RUSSIAN_SEED.read_text(encoding="utf-8")
    for line, tag in tags_of_lines(text):
        advertisement = line == "16+" or "_" in line
        assert tag == (NO_LANGUAGE if advertisement else "ru"), line
        assert tag == found(line)[0][0]


def test_every_line_of_the_belarusian_seed() -> None:
    text = BELARUSIAN_SEED.read_text(encoding="utf-8")
    for line, tag in tags_of_lines(text):
        assert tag == (UNDETERMINED if line == "БЕЛТА" else "be"), line
        assert tag == found(line)[0][0]


def tags_of_lines(text: str) -> list[tuple[str, str]]:
    parts = analyse([text], shared_models().language)[0].segments
    lines = [match.span() for match in re.finditer(r"[^\n]+", text)]
    return [(text[a:b], next(part.tag for part in parts if part.start <= a and b <= part.end)) for a, b in lines]


class Words(LanguageModel):
    """A model that knows a few words of two languages, and of one that is not served."""

    LANGUAGES = ("ru", "tt", "it")
    VOCABULARY = (
        *((0, word) for word in ("это", "русский", "текст", "очень")),
        *((1, word) for word in ("бу", "татарча", "текст", "бик")),
        *((2, word) for word in ("questo", "testo", "italiano", "molto")),
    )

    def __init__(self) -> None:
        self.classes = self.LANGUAGES

    def evidence(self, texts: Sequence[str]) -> Evidence:
        words = [re.findall(r"[^\W\d_]+", text.lower()) for text in texts]
        sums = [
            [sum((i, word) in self.VOCABULARY for word in each) for i in range(len(self.LANGUAGES))] for each in words
        ]
        number = np.array([len(each) for each in words], np.int64)
        return Evidence(np.array(sums, np.float32).reshape(-1, len(self.LANGUAGES)), number, number)

    def log_probabilities(self, evidence: Evidence) -> NDArray[np.float32]:
        scores = 3 * evidence.sums
        logarithms: NDArray[np.float32] = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return logarithms


@pytest.mark.parametrize(
    "marked",
    [
        "ru:Это русский текст. Ничего не известно. Это очень русский текст.",
        "ru:Это русский текст.\nничего не известно\nЭто очень русский текст.",
        "ru:Это очень русский текст.\n|tt:Бу бик татарча текст.\nбилгесез сүзләр генә",
        "ru:Это русский, очень. |und:«Questo testo molto italiano» |ru:— это очень русский текст.",
        # Doubtful in itself, but the line has something surer.
        "und:ничего не известно\n",
        "ru:Текст. Это очень русский.",
        # Names and numbers by themselves.
        "und:Имя Фамилия\n|zxx:2019\n|ru:Это очень русский текст.\n|und:Имя Фамилия\n|zxx:2019",
        "und:Имя Фамилия\n|tt:Бу Бик Татарча",
    ],
)
def test_words_decide_and_context_helps(marked: str) -> None:
    text, expected = unmark(marked)
    assert found(text, Words()) == expected


def test_what_the_context_decided_says_so() -> None:
    text = "Это очень русский текст.\n16+\nничего не известно\n2019\nЭто русский текст."
    parts = analyse([text], Words())[0].segments
    assert [(part.tag, part.evidence) for part in parts] == [
        ("ru", "text"),
        (NO_LANGUAGE, "text"),
        ("ru", "context"),
        (NO_LANGUAGE, "text"),
        ("ru", "text"),
    ]
    assert parts[2].probability < parts[0].probability


def test_a_long_text_is_scored_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    text = BELARUSIAN_SEED.read_text(encoding="utf-8").replace("\n", " ").replace(".", ",")
    model = shared_models().language
    whole = model.evidence([text, "БЕЛТА"])
    monkeypatch.setattr("transforms.language.model._PORTION", 100)
    parts = model.evidence([text, "БЕЛТА"])
    np.testing.assert_allclose(parts.sums, whole.sums, rtol=1e-4)
    np.testing.assert_array_equal(parts.known, whole.known)
    np.testing.assert_array_equal(parts.total, whole.total)


LINES = st.sampled_from(
    ["Это русский текст.", "Бу татарча текст.", "Questo testo", "Имя", "16+", "", "ничего «это очень русский текст» да"]
)


@settings(deadline=None)
@given(st.lists(st.lists(LINES, max_size=6).map("\n".join) | ANY_TEXT, max_size=4))
def test_segments_cover_every_character_once(texts: list[str]) -> None:
    for text, answer in zip(texts, analyse(texts, Words()), strict=True):
        assert_sound(text, answer.segments)


@settings(deadline=None, max_examples=50)
@given(ANY_TEXT)
def test_segments_of_anything(text: str) -> None:
    assert_sound(text, analyse([text], shared_models().language)[0].segments)


def assert_sound(text: str, parts: tuple[Segment, ...]) -> None:
    covered = [i for part in parts for i in range(part.start, part.end)]
    assert covered == sorted(set(covered))
    assert {i for i, character in enumerate(text) if not character.isspace()} <= set(covered)
    for part in parts:
        assert text[part.start : part.end] == text[part.start : part.end].strip() != ""
        assert part.tag in {*SERVED, UNDETERMINED, NO_LANGUAGE}
        assert 0 <= part.probability <= 1
    assert all(one.tag != other.tag for one, other in pairwise(parts))


def test_posteriors_are_those_of_all_paths() -> None:
    chance = np.random.default_rng(1)
    starts = np.array([0, 4, 5, 7])
    emission = chance.uniform(0.01, 1, (7, 3))
    switch = chance.uniform(0, 1, 7)
    shares = chance.dirichlet((1, 1, 1), 3)
    result = posteriors(emission, starts, switch, shares)
    for i, (begin, end) in enumerate(pairwise(starts)):
        expected = by_all_paths(emission[begin:end], switch[begin:end], shares[i])
        np.testing.assert_allclose(result[begin:end], expected)
    np.testing.assert_allclose(result[4], emission[4] / emission[4].sum())


def by_all_paths(emission: Floats, switch: Floats, share: Floats) -> Floats:
    total = np.zeros_like(emission)
    for path in product(range(emission.shape[1]), repeat=len(emission)):
        weight = float(emission[0, path[0]])
        for t in range(1, len(path)):
            stays = (1 - switch[t]) * (path[t] == path[t - 1])
            weight *= emission[t, path[t]] * (stays + switch[t] * share[path[t]])
        total[np.arange(len(path)), path] += weight
    total /= total.sum(axis=1, keepdims=True)
    return total


def test_twins_are_one_language_in_doubt() -> None:
    croatian = "Predsjednik je danas u Zagrebu razgovarao s predstavnicima sindikata o plaćama."
    serbian = "Vlada je danas usvojila odluku o povećanju plata u javnom sektoru od januara."
    page = analyse([f"{croatian} {croatian}\n{serbian}\n{croatian}"], shared_models().language)[0]
    # No switch from one standard to the other and back, and no `und` because two of them are likely.
    assert len(page.segments) == 1
    assert page.language.tag in TWINS
    assert page.segments[0].tag == page.language.tag
