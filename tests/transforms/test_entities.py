"""Russian names: base forms, and which mentions are one entity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.document import Mention
from transforms.entities import find_entities
from transforms.entities.link import NamedMention, link
from transforms.entities.russian import _MAX_PIECE, _pieces
from transforms.models import shared_models


def found(text: str) -> dict[str, str]:
    recogniser = shared_models().recogniser("ru")
    assert recogniser
    return {entity.name: entity.type for entity in find_entities(text, recogniser)}


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("Встреча с Рустамом Миннихановым прошла вчера.", "Рустам Минниханов", "PER"),
        ("Об этом рассказали Лилии Галимовой.", "Лилия Галимова", "PER"),
        ("Он прилетел из Санкт-Петербурга.", "Санкт-Петербург", "LOC"),
        ("Посол Китайской Народной Республики выступил.", "Китайская Народная Республика", "LOC"),
        ("Переговоры в Республике Татарстан завершены.", "Республика Татарстан", "LOC"),
        ("Завод в Ханчжоу построит Geely.", "Ханчжоу", "LOC"),
        ("Завод в Ханчжоу построит Geely.", "Geely", "ORG"),
        ("Делегация из КНР прибыла в Москву.", "КНР", "LOC"),
        ("О Лионеле Месси писала вся пресса.", "Лионель Месси", "PER"),
        ("О Тине Канделаки говорили вчера.", "Тина Канделаки", "PER"),
        ("Журналисты беседовали с Камилой Валиевой вчера.", "Камила Валиева", "PER"),
        ("Выступление Евгения Лифшица отменили.", "Евгений Лифшиц", "PER"),
        ("Портрет Ивана Шевченко и Анны Шевченко.", "Анна Шевченко", "PER"),
        ("Сборная Саудовской Аравии и Объединённых Арабских Эмиратов", "Объединённые Арабские Эмираты", "LOC"),
        ("В Нижнем Новгороде прошли дожди.", "Нижний Новгород", "LOC"),
        ("Делегация из КНР прибыла в Москву.", "Москва", "LOC"),
        ("Сотрудники Министерства обороны России сообщили.", "Министерство обороны", "ORG"),
    ],
)
def test_base_forms(text: str, name: str, kind: str) -> None:
    assert found(text).get(name) == kind


def test_a_capital_at_the_start_of_a_sentence_makes_no_name() -> None:
    assert "Провинция" not in found("«Провинция Чжэцзян входит в тройку лидеров КНР по добыче ископаемых».")


def test_a_paragraph_without_end_is_read_in_pieces() -> None:
    text = "список товаров и цен на складе " * 400 + "в Москве"
    recogniser = shared_models().recogniser("ru")
    assert recogniser
    (mention,) = [m for m in recogniser.mentions(text) if m.name == "Москва"]
    assert text[mention.mention.start : mention.mention.end] == "Москве"


@pytest.mark.parametrize(
    "text", ["слово " * 3_000 + "конец. Второе предложение. Третье.", "а" * 10_000 + " б. Второе.", "слово. " * 2_000]
)
def test_no_piece_is_longer_than_the_model_is_given(text: str) -> None:
    pieces = list(_pieces(text))
    assert max(len(piece) for _, piece in pieces) <= _MAX_PIECE + 1
    assert all(text[start : start + len(piece)] == piece for start, piece in pieces)
    assert "".join("".join(piece.split()) for _, piece in pieces) == "".join(text.split())


@pytest.mark.parametrize("text", ["", " ", "\n\n", "…", "а" * 10_000, "—" * 5_000, "1 " * 5_000])
def test_texts_without_names(text: str) -> None:
    assert found(text) == {}


def mention(name: str, position: int) -> NamedMention:
    return NamedMention(Mention(position, position + len(name), name), "PER", name)


def entities(*names: str) -> dict[str, int]:
    mentions = [mention(name, 100 * i) for i, name in enumerate(names)]
    return {entity.name: len(entity.mentions) for entity in link(mentions)}


def test_a_surname_joins_the_full_name() -> None:
    assert entities("Лилия Галимова", "Галимова", "Л. Галимова") == {"Лилия Галимова": 3}
    assert entities("Р.Н. Минниханов", "Рустам Минниханов") == {"Рустам Минниханов": 2}


def test_a_surname_that_two_persons_share_joins_neither() -> None:
    assert entities("Лилия Галимова", "Анна Галимова", "Галимова") == {
        "Лилия Галимова": 1,
        "Анна Галимова": 1,
        "Галимова": 1,
    }
    assert entities("Лилия Галимова", "А. Галимова") == {"Лилия Галимова": 1, "А. Галимова": 1}


def test_a_first_name_is_no_surname() -> None:
    assert entities("Александр Иванов", "Пётр Александр", "Александр") == {
        "Александр Иванов": 1,
        "Пётр Александр": 1,
        "Александр": 1,
    }


@given(
    st.lists(st.sampled_from(["Лилия Галимова", "Галимова", "Л. Галимова", "Анна Галимова", "лилия галимова", "А."]))
)
def test_linking_loses_no_mention(names: list[str]) -> None:
    assert sum(entities(*names).values()) == len(names)
