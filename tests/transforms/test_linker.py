"""Mentions to entities: which are one, in one text and between texts."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.document import Entity, EntityType, Mention
from transforms.entities.acronyms import is_acronym, stands_for
from transforms.entities.linker import Linker
from transforms.entities.mentions import NamedMention

LINKER = Linker(Path(__file__).parents[2] / "transforms" / "entities" / "names.npz")


def link(text: str, *names: str, language: str = "ru") -> tuple[Entity, ...]:
    """The entities of a text whose names are given in order, `PER:Лилия Галимова`, each as it stands in the text."""
    found, position = [], 0
    for each in names:
        kind, _, name = each.partition(":")
        start = text.index(name, position)
        position = start + len(name)
        mention = Mention(start, position, name)
        types: dict[str, EntityType] = {"PER": "PER", "ORG": "ORG", "LOC": "LOC", "EVT": "EVT", "PRO": "PRO"}
        found.append(NamedMention(mention, types[kind], name, language))
    return LINKER.link(found, text)


def listed(kind: str, *names: str) -> dict[str, int]:
    entities = link(", ".join(names), *(f"{kind}:{name}" for name in names))
    return {entity.name: len(entity.mentions) for entity in entities}


@pytest.mark.parametrize(
    ("names", "entities"),
    [
        (["Лилия Галимова", "Галимова", "Л. Галимова"], {"Лилия Галимова": 3}),
        (["Р.Н. Минниханов", "Рустам Минниханов"], {"Рустам Минниханов": 2}),
        (["Минниханов", "Рустам Нургалиевич Минниханов", "Рустам Минниханов"], {"Рустам Нургалиевич Минниханов": 3}),
        (["Лилия Галимова", "Анна Галимова", "Галимова"], {"Лилия Галимова": 1, "Анна Галимова": 1, "Галимова": 1}),
        (["Лилия Галимова", "А. Галимова"], {"Лилия Галимова": 1, "А. Галимова": 1}),
        (
            ["Александр Иванов", "Пётр Александр", "Александр"],
            {"Александр Иванов": 1, "Пётр Александр": 1, "Александр": 1},
        ),
        (["Урсула фон дер Ляйен", "фон дер Ляйен"], {"Урсула фон дер Ляйен": 2}),
    ],
)
def test_short_names_of_persons(names: list[str], entities: dict[str, int]) -> None:
    assert listed("PER", *names) == entities


def test_two_surnames_without_the_first_name_are_short() -> None:
    said = "Markéta Pekarová Adamová a Pekarová Adamová"
    (she,) = link(said, "PER:Markéta Pekarová Adamová", "PER:Pekarová Adamová", language="cs")
    assert (she.name, len(she.mentions)) == ("Markéta Pekarová Adamová", 2)


@pytest.mark.parametrize(
    "names",
    [
        ("en:AP", "en:The Associated Press", "ru:Ассошиэйтед Пресс"),
        ("ru:Синьхуа", "en:Xinhua", "kk:Шинхуа"),
        ("ru:ТАСС", "ru:ИТАР-ТАСС", "en:TASS"),
    ],
)
def test_an_agency_is_one_in_all_its_spellings(names: tuple[str, ...]) -> None:
    found = [name.partition(":") for name in names]
    assert len({link(name, f"ORG:{name}", language=language)[0].id for language, _, name in found}) == 1
    assert link("Интерфакс-Запад", "ORG:Интерфакс-Запад") != link("Интерфакс", "ORG:Интерфакс")


def test_two_letters_are_no_agency_by_themselves() -> None:
    (said,) = link("АП", "ORG:АП")
    (agency,) = link("Anadolu", "ORG:Anadolu")
    (letters,) = link("AA", "ORG:AA")
    assert (said.type, letters.id) == ("ORG", "org:aa")
    assert agency.id != letters.id


def test_an_agency_is_no_territory_that_sounds_like_it() -> None:
    (agency,) = link("УНІАН", "ORG:УНІАН", language="uk")
    assert (agency.type, agency.links) == ("ORG", ())
    (ukraine,) = link("Україна", "ORG:Україна", language="uk")
    assert ukraine.links == ("iso-3166:UA",)


def test_evidence_says_why() -> None:
    (galimova,) = link("Лилия Галимова и Галимова", "PER:Лилия Галимова", "PER:Галимова")
    assert (galimova.evidence, galimova.id) == ("short", "per:lila-galimava")
    (kazakhstan,) = link("Казахстан", "LOC:Казахстан")
    assert (kazakhstan.evidence, kazakhstan.links) == ("territory", ("iso-3166:KZ",))


def test_an_acronym_is_what_the_text_spells_out() -> None:
    text = "Министерство цифрового развития (МЦР) и ещё раз МЦР"
    (ministry,) = link(text, "ORG:Министерство цифрового развития", "ORG:МЦР", "ORG:МЦР")
    assert (ministry.name, len(ministry.mentions), ministry.evidence) == (
        "Министерство цифрового развития",
        3,
        "acronym",
    )
    text = "Завод (МЦР) и МЦР"
    assert len(link(text, "ORG:Завод", "ORG:МЦР", "ORG:МЦР")) == 2


@pytest.mark.parametrize(
    ("acronym", "name", "fits"),
    [
        ("ООН", "Организация Объединённых Наций", True),
        ("МИД", "Министерство иностранных дел", True),
        ("ВТБ", "Внешторгбанк", False),
        ("МВД", "Министерство иностранных дел", False),
        ("IMF", "International Monetary Fund", True),
        ("СБ", "Совет по безопасности", True),
    ],
)
def test_letters_of_acronyms(acronym: str, name: str, fits: bool) -> None:
    assert is_acronym(acronym)
    assert stands_for(acronym, name) is fits


def test_one_name_has_the_type_of_most_of_its_mentions() -> None:
    names = ["ORG:Иннополис", "LOC:Иннополис", "ORG:Иннополис", "ORG:Иннополис"]
    (entity,) = link("Иннополис Иннополис Иннополис Иннополис", *names)
    assert entity.type == "ORG"
    assert len(link("Иннополис Иннополис", *names[:2])) == 2


def test_a_country_is_a_place_whatever_the_model_says() -> None:
    (entity,) = link("Казахстан и Казахстан", "ORG:Казахстан", "LOC:Казахстан")
    assert (entity.id, entity.type) == ("loc:iso-3166:kz", "LOC")


@pytest.mark.parametrize(
    ("asked", "language", "named"),
    [
        ("Нур-Султан", "be", "LOC:Нур-Султан"),
        ("Nur-Sultan", "be", "LOC:Нур-Султан"),
        ("Астана", "be", "LOC:Нур-Султан"),
        ("Minnikhanov", "ru", "PER:Рустам Минниханов"),
        ("Миңнеханов", "ru", "PER:Рустам Минниханов"),
        ("Rustam Minnikhanov", "ru", "PER:Рустам Минниханов"),
        ("Казань", "tt", "LOC:Казан"),
        ("Кульгинов", "be", "PER:Алтай Кульгінаў"),
        ("EU", "ru", "ORG:Евросоюз"),
        ("Путин", "be", "PER:Уладзімір Пуцін"),
    ],
)
def test_a_name_is_found_in_any_script(asked: str, language: str, named: str) -> None:
    (entity,) = link(named[4:], named, language=language)
    assert set(LINKER.search_keys(asked)) & set(entity.keys)


def test_an_unlike_name_is_not_found() -> None:
    (entity,) = link("Рустам Минниханов", "PER:Рустам Минниханов")
    assert not set(LINKER.search_keys("Марат Хуснуллин")) & set(entity.keys)


NAMES = [
    "Лилия Галимова",
    "Галимова",
    "Л. Галимова",
    "Казань",
    "ООН",
    "Организация Объединённых Наций",
    "А.",
    "«»",
    "Kazan",
]


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["PER", "ORG", "LOC", "EVT", "PRO"]))))
def test_every_mention_is_in_exactly_one_entity(given_names: list[tuple[str, str]]) -> None:
    text = " (".join(name for name, _ in given_names) + ")"
    entities = link(text, *(f"{kind}:{name}" for name, kind in given_names))
    starts = sorted(mention.start for entity in entities for mention in entity.mentions)
    assert len(starts) == len(set(starts)) == len(given_names)
    assert len({entity.id for entity in entities}) == len(entities)
    first = [entity.mentions[0].start for entity in entities]
    assert first == sorted(first)
    assert all(entity.id.isascii() and entity.id in entity.keys and " " not in entity.id for entity in entities)


@given(st.text(min_size=1, max_size=20), st.sampled_from(["PER", "LOC", "ORG"]))
def test_any_text_has_an_id_that_other_texts_do_not_change(name: str, kind: str) -> None:
    (before,) = link(name, f"{kind}:{name}")
    link("Казань", "LOC:Казань")
    assert link(name, f"{kind}:{name}") == (before,)
    assert before.id.isascii()
    assert set(LINKER.search_keys(name)) & set(before.keys)
