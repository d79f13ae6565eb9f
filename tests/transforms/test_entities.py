"""Entities of whole texts: what is found, under which name, and what it is linked to."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.document import Entity, Segment
from transforms.entities import are_found_in, find_entities
from transforms.models import shared_models


def entities(text: str, language: str, *segments: Segment) -> tuple[Entity, ...]:
    return find_entities(text, language, segments, shared_models().entities)


def found(text: str, language: str = "ru") -> dict[str, str]:
    """The names in a text and their types."""
    return {entity.name: entity.type for entity in entities(text, language)}


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("Встреча с Рустамом Миннихановым прошла вчера.", "Рустам Минниханов", "PER"),
        ("Об этом рассказали Лилии Галимовой.", "Лилия Галимова", "PER"),
        ("Он прилетел из Санкт-Петербурга.", "Санкт-Петербург", "LOC"),
        ("Посол Китайской Народной Республики выступил.", "Китайская Народная Республика", "LOC"),
        ("Переговоры в Республике Татарстан завершены.", "Республика Татарстан", "LOC"),
        ("Завод в Ханчжоу построит Geely.", "Ханчжоу", "LOC"),
        ("Делегация из КНР прибыла в Москву.", "КНР", "LOC"),
        ("О Тине Канделаки говорили вчера.", "Тина Канделаки", "PER"),
        ("Журналисты беседовали с Камилой Валиевой вчера.", "Камила Валиева", "PER"),
        ("Портрет Ивана Шевченко и Анны Шевченко.", "Анна Шевченко", "PER"),
        ("В Нижнем Новгороде прошли дожди.", "Нижний Новгород", "LOC"),
        ("Делегация из КНР прибыла в Москву.", "Москва", "LOC"),
    ],
)
def test_russian_names_in_their_base_form(text: str, name: str, kind: str) -> None:
    assert found(text).get(name) == kind


@pytest.mark.parametrize(
    ("language", "text", "name", "kind"),
    [
        ("be", "Сустрэча ў Мінску прайшла ўчора.", "Мінск", "LOC"),
        ("uk", "Президент України Володимир Зеленський прибув до Києва.", "Київ", "LOC"),
        ("bg", "Президентът Румен Радев пристигна в София.", "Румен Радев", "PER"),
        ("pl", "Premier Donald Tusk spotkał się z Ursulą von der Leyen w Warszawie.", "Warszawa", "LOC"),
        ("cs", "Prezident Petr Pavel odcestoval do Berlína.", "Berlín", "LOC"),
        ("sl", "Predsednik vlade Robert Golob je obiskal Maribor.", "Robert Golob", "PER"),
        ("kk", "Қазақстан Президенті Қасым-Жомарт Тоқаев Астанада кездесу өткізді.", "Қасым-Жомарт Тоқаев", "PER"),
        ("tt", "Татарстан Рәисе Рөстәм Миңнеханов Казанда очрашу үткәрде.", "Татарстан", "LOC"),
        ("en", "Angela Merkel met Emmanuel Macron in Paris.", "Emmanuel Macron", "PER"),
    ],
)
def test_names_in_other_languages(language: str, text: str, name: str, kind: str) -> None:
    assert found(text, language).get(name) == kind


def test_one_place_in_all_languages() -> None:
    ids = {
        entity.id
        for language, text in (
            ("be", "Сустрэча ў Казахстане прайшла ўчора."),
            ("ru", "Встреча в Казахстане прошла вчера."),
            ("pl", "Spotkanie odbyło się w Kazachstanie."),
            ("en", "The meeting was held in Kazakhstan."),
        )
        for entity in entities(text, language)
    }
    assert len(ids) == 1


def test_a_name_takes_the_language_of_its_part_of_the_text() -> None:
    text = "Сустрэча ў Мінску.\nThe meeting in Paris."
    segments = (Segment(0, 18, "be", 1.0), Segment(19, len(text), "en", 1.0))
    assert {entity.name: entity.language for entity in entities(text, "be", *segments)} == {
        "Мінск": "be",
        "Paris": "en",
    }


def test_a_capital_at_the_start_of_a_sentence_makes_no_name() -> None:
    assert "Провинция" not in found("«Провинция Чжэцзян входит в тройку лидеров КНР по добыче ископаемых».")


def test_a_paragraph_without_end_is_read_to_its_end() -> None:
    assert found("список товаров и цен на складе " * 400 + "в Москве.") == {"Москва": "LOC"}


def test_a_text_longer_than_is_read_at_a_time_is_read_whole() -> None:
    lines = ["Встреча прошла в Москве.", "о ценах на рынке " * 30]
    text = "\n".join(lines * 400)
    (moscow,) = entities(text, "ru")
    assert [text[mention.start : mention.end] for mention in moscow.mentions] == ["Москве"] * 400


@pytest.mark.parametrize("text", ["", " ", "\n\n", "…", "а" * 10_000, "—" * 5_000, "1 " * 5_000])
def test_texts_without_names(text: str) -> None:
    assert found(text) == {}


def test_scripts_that_the_model_cannot_read_are_left_alone() -> None:
    assert are_found_in("ba")
    assert are_found_in("sr-Latn")
    assert are_found_in("und")
    assert not are_found_in("ka")
    assert not are_found_in("zxx")


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=st.sampled_from("МінскРустам Минниханов«»\n\r\t.,-\u0301\u00ad北😀١x"), max_size=300))
def test_mentions_are_where_they_say_and_in_no_two_lines(text: str) -> None:
    mentions = [mention for entity in entities(text, "ru") for mention in entity.mentions]
    assert all(text[mention.start : mention.end] == mention.surface for mention in mentions)
    assert not any("\n" in mention.surface for mention in mentions)
    ordered = sorted(mentions, key=lambda mention: mention.start)
    assert all(one.end <= other.start for one, other in pairwise(ordered))


def test_what_is_found_in_a_text_depends_on_no_other_text() -> None:
    texts = [
        "Встреча с Рустамом Миннихановым прошла вчера в Казани.\nОб этом рассказали Лилии Галимовой.",
        "Сустрэча ў Мінску прайшла ўчора. " * 60,
        "Angela Merkel met Emmanuel Macron in Paris.",
    ]
    model = shared_models().entities.model
    alone = [model.find(text) for text in texts]
    assert all(alone)
    assert [model.find(text) for text in reversed(texts)] == alone[::-1]
