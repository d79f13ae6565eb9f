"""The names that are known beforehand, from the file as it is shipped."""

from pathlib import Path

import pytest

from transforms.document import EntityType
from transforms.entities.gazetteer import Gazetteer
from transforms.entities.names import Names

FILE = Path(__file__).parents[2] / "transforms" / "entities" / "names.npz"


@pytest.fixture(scope="module")
def names() -> Names:
    return Names(Gazetteer(FILE))


def ids(names: Names, kind: EntityType, tagged: str) -> set[str]:
    pairs = (each.split(":", 1) for each in tagged.split())
    return {names.identity(name.replace("_", " "), kind, language).id for language, name in pairs}


@pytest.mark.parametrize(
    ("kind", "found", "wanted"),
    [
        ("LOC", "be:Мінск ru:Минск en:Minsk uk:Мiнськ pl:Mińsk kk:Минск", "loc:geonames:625144"),
        ("LOC", "tt:Казан ru:Казань en:Kazan pl:Kazań be:Казань", "loc:geonames:551487"),
        ("LOC", "ru:Нур-Султан en:Nur-Sultan be:Нур-Султан kk:Нұр-Сұлтан ru:Астана en:Astana", "loc:geonames:1526273"),
        ("LOC", "kk:Қазақстан ru:Казахстан en:Kazakhstan ru:Республика_Казахстан ba:Ҡаҙағстан", "loc:iso-3166:kz"),
        ("ORG", "kk:Қазақстан ru:Казахстан ru:Россия be:Расія", None),
        ("LOC", "ru:Татарстан tt:Татарстан ru:Республика_Татарстан be:Татарстан", "loc:iso-3166-2:ru-ta"),
        ("LOC", "ru:США be:ЗША kk:АҚШ uk:США bg:САЩ sl:ZDA en:USA pl:Stany_Zjednoczone", "loc:iso-3166:us"),
        ("LOC", "ru:Великобритания pl:Wielka_Brytania en:UK be:Вялікабрытанія", "loc:iso-3166:gb"),
        ("LOC", "ru:Китай ru:КНР pl:Chiny en:China ru:Китайская_Народная_Республика", "loc:iso-3166:cn"),
        ("LOC", "ru:Джорджия uk:Джорджія pl:Georgia sl:Georgia", "loc:iso-3166-2:us-ga"),
        ("LOC", "ru:Грузия pl:Gruzja be:Грузія", "loc:iso-3166:ge"),
        ("ORG", "ru:ЕС uk:ЄС pl:UE en:EU ru:Евросоюз ru:Европейский_союз be:Еўрасаюз", "org:european-union"),
        ("ORG", "ru:НАТО en:NATO uk:НАТО", "org:nato"),
        ("ORG", "ru:ООН be:ААН kk:БҰҰ pl:ONZ cs:OSN en:UN", "org:united-nations"),
        ("PER", "bg:Доналд_Тръмп ru:Дональд_Трамп en:Donald_Trump be:Дональд_Трамп", "per:donald-trump"),
        (
            "PER",
            "ru:Владимир_Путин uk:Володимир_Путін be:Уладзімір_Пуцін en:Vladimir_Putin cs:Vladimír_Putin",
            "per:vladimir-putin",
        ),
        ("PER", "ru:Рустам_Минниханов tt:Рөстәм_Миңнеханов en:Rustam_Minnikhanov", "per:rustam-minnikhanov"),
    ],
)
def test_names_of_one(names: Names, kind: EntityType, found: str, wanted: str | None) -> None:
    ours = ids(names, kind, found)
    assert ours == {wanted} if wanted else ours == {"loc:iso-3166:kz", "loc:iso-3166:ru"}


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("LOC", "ru:Грузия", "ru:Джорджия"),
        ("PER", "ru:Александр_Лукашенко", "ru:Виктор_Лукашенко"),
        ("PER", "ru:Ян_Новак", "ru:Иван_Новак"),
        ("LOC", "cs:Slovensko", "cs:Slovinsko"),
        ("LOC", "ru:Кения", "ru:Китай"),
        ("LOC", "ru:Кама", "ru:Комо"),
        ("PER", "ru:Путин", "ru:Владимир_Путин"),
        ("LOC", "en:Georgia", "ru:Грузия"),
    ],
)
def test_names_of_two(names: Names, kind: EntityType, one: str, other: str) -> None:
    assert not ids(names, kind, one) & ids(names, kind, other)


def test_a_river_is_not_the_town_of_its_name(names: Names) -> None:
    assert ids(names, "LOC", "ru:Волга be:Волга") == {"loc:valga"}


def test_a_person_is_no_place(names: Names) -> None:
    assert ids(names, "PER", "ru:Вашингтон").isdisjoint(ids(names, "LOC", "ru:Вашингтон"))
    assert all(each.startswith("per:") for each in ids(names, "PER", "ru:Киев"))


def test_links_are_identifiers_elsewhere(names: Names) -> None:
    assert names.identity("Казахстан", "LOC", "ru").links == ("iso-3166:KZ",)
    assert names.identity("Татарстан", "LOC", "ru").links == ("iso-3166-2:RU-TA",)
    assert names.identity("Астана", "LOC", "ru").links == ("geonames:1526273",)
    assert names.identity("Иннополис", "LOC", "ru").links == ()


def test_the_file_is_small() -> None:

    assert FILE.stat().st_size < 4_500_000
