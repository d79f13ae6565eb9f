"""The table of languages, and how a lexicon is mixed."""

import math
from pathlib import Path

import pytest

from training.language import spelling
from training.language.estimate import character_model, log_probability
from training.language.function_words import FUNCTION_WORDS
from training.language.lexicon import LANGUAGES, Language, make_lexicons, read_lexicons, usual, write_lexicons
from training.language.parts import Counted, Derived, Functions, Listed, Shared, Shelf, mixed
from training.language.sources import Frequencies, Sources
from transforms.language.tags import SERVED


class FakeSources(Sources):
    """A few words of everything."""

    def counted(self, code: str) -> Frequencies:
        return {"kuća": 0.5, "je": 0.4, "xyz": 0.1} if code == "sh" else {"дом": 0.5, "wow": 0.3, "3d": 0.1, "и": 0.1}

    def listed(self, name: str) -> list[str]:
        return ["Kuća", "NATO", "je", "q", "šuma", "а-б", "дом", "сад"] if name else []

    def character_model(self, code: str) -> Frequencies:
        return character_model(["kuća", "šuma", "je", "дом", "сад", "и"])

    def yakut(self) -> Frequencies:
        return {"саха": 3.0}

    def tatar(self) -> list[str]:
        return ["китап", "китаплар", "кара-кара"]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(FakeSources(Path()))


def test_every_language_served_is_taught_once() -> None:
    tags = [language.tag for language in LANGUAGES]
    assert len(set(tags)) == len(tags)
    assert set(tags) > set(SERVED)


def test_what_is_derived_stands_below_its_source() -> None:
    above: set[str] = set()
    for language in LANGUAGES:
        assert {part.tag for part in language.parts if isinstance(part, Derived)} <= above
        above.add(language.tag)


def test_function_words_are_given_once_and_all_used() -> None:
    for words in FUNCTION_WORDS.values():
        assert len(set(words)) == len(words)
    assert {part.tag for language in LANGUAGES for part in language.parts if isinstance(part, Functions)} == set(
        FUNCTION_WORDS
    )


def test_parts_are_mixed_by_their_shares(shelf: Shelf) -> None:
    shelf.lexicons["ru"] = {"дом": 0.5, "сад": 0.5}
    whole = mixed({Derived("ru", str.upper): 0.5, Functions("tt"): 0.5}, shelf)
    assert whole["ДОМ"] == pytest.approx(0.25)
    assert sum(whole.values()) == pytest.approx(1)
    assert whole["һәм"] > whole["белән"]


def test_a_shared_list_keeps_what_the_language_knows(shelf: Shelf) -> None:
    assert Shared("sh", "hrv").read(shelf) == {"kuća": 0.5, "je": 0.4}
    assert Shared("sh", "srp", spelling.serbian_cyrillic).read(shelf) == {}


def test_a_list_without_counts_is_cleaned_and_estimated(shelf: Shelf) -> None:
    words = Listed("hrv", "a-zćš").read(shelf)
    assert set(words) == {"kuća", "šuma"}
    assert all(frequency > 0 for frequency in words.values())


def test_function_words_of_the_source_can_be_left_out(shelf: Shelf) -> None:
    shelf.lexicons["tt"] = {"һәм": 0.5, "чәчәк": 0.5}
    assert Derived("tt", spelling.bashkir, functions=False).read(shelf) == {"сәсәк": 0.5}
    assert Functions("cv", ("", "сем")).read(shelf)["тесем"] == pytest.approx(1 / 10)


def test_words_of_the_other_script_and_digits_go() -> None:
    lexicons = make_lexicons(FakeSources(Path()), (Language("ru", {Counted("ru"): 1}, cyrillic=True),))
    assert lexicons == {"ru": pytest.approx({"дом": 5 / 6, "и": 1 / 6})}


def test_words_without_their_marks_are_added_and_equals_sorted() -> None:
    lexicon = usual({"žena": 0.5, "b": 0.25, "a": 0.25}, spelling.without_diacritics)
    assert list(lexicon) == ["žena", "a", "b", "zena"]
    assert lexicon["zena"] == pytest.approx(0.03 / 1.03)


def test_lexicons_are_written_and_read(tmp_path: Path) -> None:
    lexicons = {"ru": {"дом": 0.1 + 0.2, "п'ять": 0.7}}
    languages = (Language("ru", {}),)
    write_lexicons(lexicons, tmp_path / "lexicons")
    assert read_lexicons(tmp_path / "lexicons", languages) == lexicons


def test_a_character_model_prefers_its_own_words() -> None:
    model = character_model(["дом", "дома", "домик"])
    assert log_probability("дом", model) == pytest.approx(math.log(3 / 12))
    assert log_probability("дома", model) == pytest.approx(math.log(3 / 12) + math.log(1 / 3))
    assert (log_probability("мод", model) or 0) < math.log(3 / 12)
    assert log_probability("сад", model) is None
