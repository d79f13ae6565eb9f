"""Keys of names: what is one key, what is not, and what holds for any text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.entities.keys import READINGS, fine_key, name_key, organisation_key, person_words, words

SAME = [
    "be:Мінск ru:Минск en:Minsk uk:Мiнськ",
    "be:Алтай_Кульгінаў ru:Алтай_Кульгинов",
    "ru:Минниханов en:Minnikhanov tt:Миңнеханов",
    "ru:Зеленский uk:Зеленський pl:Zełenski sl:Zelenski en:Zelensky cs:Zelenskyj",
    "ru:Alibaba ru:Алибаба",
    "ru:НАТО en:NATO",
    "be:Пуцін ru:Путин pl:Putin",
    "ru:Шойгу pl:Szojgu sl:Šojgu en:Shoygu",
    "ru:Хан pl:Chan cs:Chan en:Khan",
    "ru:Мария pl:Maria sl:Marija en:Mariya",
    "uk:Стар'ян uk:Стар’ян uk:Старʼян",
]
DIFFERENT = [
    ("ru:Кама", "ru:Комо"),
    ("be:ААН", "ru:АН"),
    ("ru:Александр_II", "ru:Александр_III"),
    ("ru:Гайана", "ru:Гана"),
    ("ru:Иванов", "ru:Иванова"),
    ("ru:Петренко", "ru:Петров"),
]


def key(tagged: str) -> str:
    language, _, name = tagged.partition(":")
    return name_key(name.replace("_", " "), language)


@pytest.mark.parametrize("names", SAME)
def test_spellings_of_one_name_have_one_key(names: str) -> None:
    assert len({key(each) for each in names.split()}) == 1


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_names_have_other_keys(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_marks_of_direction_quotes_and_punctuation_do_not_count() -> None:
    assert name_key("\u202b«Казань»\u202c") == name_key("Казань") == name_key("Ка\u00adзань")
    assert name_key("Санкт-Петербург") == name_key("Санкт Петербург")


def test_the_legal_form_of_a_company_does_not_count_unless_it_is_all() -> None:
    assert organisation_key("ПАО «Газпром»") == organisation_key("Газпром") == organisation_key("Gazprom")
    assert organisation_key("ООО")


def test_patronymics_count_neither_nor_czech_endings() -> None:
    assert person_words("Рустам Нургалиевич Минниханов") == person_words("Рустам Минниханов")
    assert person_words("Angela Merkelová", "cs") == person_words("Angela Merkel", "cs")


@given(st.text(max_size=40), st.sampled_from(READINGS))
def test_keys_are_ascii_and_the_same_for_equivalent_text(name: str, language: str) -> None:
    found = name_key(name, language)
    assert found.isascii()
    assert found == name_key(unicodedata.normalize("NFC", name), language)
    assert found == name_key(unicodedata.normalize("NFD", name), language)


@given(st.text("абвгдеёжзиклмнопрстуфхцчшщыэюяіўәөүқңһ -", max_size=30))
def test_keys_of_keys_add_nothing(name: str) -> None:
    found = fine_key(name)
    assert fine_key(found).count("-") == found.count("-")
    assert len(words(found)) == len(words(name)) or not all(fine_key(word) for word in words(name))
