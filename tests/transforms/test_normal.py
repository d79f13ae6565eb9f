"""Base forms of names: tables that a person can read, and what holds for any text."""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.document import EntityType, Mention
from transforms.entities.mentions import FoundMention
from transforms.entities.normal import Normaliser

PARADIGMS = Path(__file__).parents[2] / "transforms" / "entities" / "paradigms.npz"
LANGUAGES = ("ru", "uk", "be", "bg", "pl", "cs", "sl", "kk", "tt", "ba", "sr", "en", "und")
TYPES: tuple[EntityType, ...] = ("PER", "ORG", "LOC", "EVT", "PRO")
_MARKED = re.compile(r"\[(?P<name>[^\]]+)\]")


@pytest.fixture(scope="module")
def normaliser() -> Normaliser:
    return _normaliser()


@cache
def _normaliser() -> Normaliser:
    return Normaliser(PARADIGMS)


def marked(language: str, kinds: str, text: str) -> tuple[str, list[FoundMention]]:
    """The text without its brackets, and the mentions that stood in them, of the types named in order."""
    plain, found, at = "", [], 0
    for match, kind in zip(_MARKED.finditer(text), kinds.split(), strict=True):
        plain += text[at : match.start()]
        mention = Mention(len(plain), len(plain) + len(match["name"]), match["name"])
        found.append(FoundMention(mention, kind, 0.9, language))  # type: ignore[arg-type]
        plain += match["name"]
        at = match.end()
    return plain + text[at:], found


# language | types | text | base forms
TABLE = """
ru | PER | встретился с [Рустамом Миннихановым] вчера | Рустам Минниханов
ru | PER | сообщили [Рустаму Минниханову] | Рустам Минниханов
ru | PER | слова [Рустама Минниханова] | Рустам Минниханов
ru | PER | рассказал о [Рустаме Минниханове] | Рустам Минниханов
ru | PER | [Рустам Минниханов] приехал | Рустам Минниханов
ru | PER | вручили награду [Лилии Галимовой] | Лилия Галимова
ru | PER | беседа с [Марией Захаровой] | Мария Захарова
ru | PER | по словам [Натальи Поклонской] | Наталья Поклонская
ru | PER | встреча с [Ангелой Меркель] | Ангела Меркель
ru | PER | романы [Виктора Гюго] | Виктор Гюго
ru | PER | стихи [Тараса Шевченко] | Тарас Шевченко
ru | ORG | власти [Китайской Народной Республики] | Китайская Народная Республика
ru | LOC | в [Доме Правительства] | Дом Правительства
ru | LOC | в [Республике Татарстан] | Республика Татарстан
ru | LOC | в [Казани] | Казань
ru | LOC | из [Санкт-Петербурга] | Санкт-Петербург
ru | LOC | в [Нижегородской области] | Нижегородская область
ru | LOC | в [Сочи] | Сочи
ru | ORG | в [ООН] | ООН
ru | ORG | агентства [TASS] | TASS
ru | ORG | в [Министерстве иностранных дел России] | Министерство иностранных дел России
ru | PRO | в [газете «Комсомольская правда»] | газета «Комсомольская правда»
uk | PER | зустріч із [Володимиром Зеленським] | Володимир Зеленський
uk | PER | вірші [Тараса Шевченка] | Тарас Шевченко
uk | PER | з президентом [Анджеєм Дудою] у Варшаві | Анджей Дуда
uk | PER | вдячний [Анджею Дуді] | Анджей Дуда
uk | PER | слова [Ірини Верещук] | Ірина Верещук
uk | PER | слова [Ольги Стефанішиної] | Ольга Стефанішина
be | PER | [Наталля Качанава] сустрэлася з жанчынамі | Наталля Качанава
be | PER | з [Наталляй Качанавай] | Наталля Качанава
be | PER | з [Святланай Ціханоўскай] | Святлана Ціханоўская
be | PER | суд над [Кацярынай Андрэевай] | Кацярына Андрэева
be | PER | суд над [Сяргеем Ціханоўскім] | Сяргей Ціханоўскі
be | PER | дзякуючы [Раману Галоўчанку] | Раман Галоўчанка
uk | LOC | в [Україні] | Україна
uk | LOC | з [Києва] | Київ
uk | LOC | у [Великій Британії] | Велика Британія
uk | ORG | рішення [Верховного суду] | Верховний суд
uk | ORG | в [Інституті кібернетики імені Віктора Глушкова] | Інститут кібернетики імені Віктора Глушкова
ru | ORG | из [Фонда борьбы с коррупцией] | Фонд борьбы с коррупцией
be | ORG | у [Міністэрстве па надзвычайных сітуацыях] | Міністэрства па надзвычайных сітуацыях
be | ORG | з [Тэатра імя Янкі Купалы] | Тэатр імя Янкі Купалы
be | ORG | у [Інстытуце мовазнаўства НАН Беларусі] | Інстытут мовазнаўства НАН Беларусі
be | PER | перамагла [Арыну Сабаленку] | Арына Сабаленка
be | PER | з [Алесем Бяляцкім] | Алесь Бяляцкі
be | ORG | узгодненага з [Міністэрствам культуры] | Міністэрства культуры
be | ORG | у [Гродзенскім гарвыканкаме] | Гродзенскі гарвыканкам
be | LOC | пад [Баранавічамі] | Баранавічы
be | LOC | з [Амерыкі] | Амерыка
ru | PER | сказала [Лейсан Сафина] | Лейсан Сафина
pl | LOC | w miejscowości [Garbów] | Garbów
uk | ORG | у [Служби безпеки України] | Служба безпеки України
uk | ORG | з [Музею у Львові імені Андрея Шептицького] | Музей у Львові імені Андрея Шептицького
uk | ORG | з [Музею Марії Примаченко] | Музей Марії Примаченко
uk | PER | з [Кирилом Будановим] | Кирил Буданов
be | LOC | паехаў у [Мінску] | Мінск
be | LOC | з [Мінска] | Мінск
be | LOC | у [Беларусі] | Беларусь
be | PER | сустрэўся з [Аляксандрам Лукашэнкам] | Аляксандр Лукашэнка
bg | ORG | в [Европейския съюз] | Европейски съюз
bg | PER | президентът [Доналд Тръмп] | Доналд Тръмп
bg | ORG | на [Демократическата партия] | Демократическа партия
pl | PER | rozmowa z [Donaldem Tuskiem] | Donald Tusk
pl | PER | słowa [Jarosława Kaczyńskiego] | Jarosław Kaczyński
pl | PER | rozmowa z [Anną Kowalską] | Anna Kowalska
pl | LOC | w [Warszawie] | Warszawa
pl | LOC | w [Wielkiej Brytanii] | Wielka Brytania
pl | ORG | władze [Unii Europejskiej] | Unia Europejska
cs | PER | s [Angelou Merkelovou] | Angela Merkelová
cs | PER | podle [Theresy Mayové] | Theresa Mayová
cs | PER | prezidenta [Donalda Trumpa] | Donald Trump
cs | LOC | v [České republice] | Česká republika
cs | LOC | v [Praze] | Praha
sl | PER | s [Donaldom Trumpom] | Donald Trump
sl | LOC | v [Ljubljani] | Ljubljana
sl | ORG | v [Evropski uniji] | Evropska unija
sl | PER | z [Melanio Trump] | Melania Trump
kk | LOC | [Қазақстанның] президенті | Қазақстан
kk | LOC | [Қазақстанда] өтті | Қазақстан
kk | LOC | [Қазақстан] халқы | Қазақстан
kk | LOC | [Солтүстік Ирландиямен] ойнаймыз | Солтүстік Ирландия
kk | LOC | [Оңтүстік Кореямен] келісім | Оңтүстік Корея
kk | ORG | [Білім министрлігімен] | Білім министрлігі
kk | ORG | [Ұлттық банктің] төрағасы | Ұлттық банк
kk | ORG | [Ұлттық банкке] хат | Ұлттық банк
kk | ORG | [Ұлттық Банктен] хат | Ұлттық Банк
kk | ORG | [Ұлттық банкінің] төрағасы | Ұлттық банкі
kk | LOC | [Алматыда] және [Алматы] | Алматы ; Алматы
kk | LOC | [Қазақстан Республикасында] өтті | Қазақстан Республикасы
kk | ORG | [Ішкі істер министрлігінде] айтты | Ішкі істер министрлігі
kk | PER | [Қасым-Жомарт Тоқаевтың] сөзі | Қасым-Жомарт Тоқаев
kk | PER | [Аманда] мен [Надежда] | Аманда ; Надежда
kk | ORG | [БҰҰ-ның] шешімі | БҰҰ
tt | LOC | [Татарстанда] яши | Татарстан
tt | LOC | [Казанга] килде | Казан
tt | LOC | [Татарстан Республикасында] | Татарстан Республикасы
tt | PER | [Рөстәм Миңнехановның] сүзләре | Рөстәм Миңнеханов
ba | LOC | [Өфөлә] йәшәй | Өфө
ba | LOC | [Өфөнөң] урамдары | Өфө
ba | LOC | [Башҡортостанда] | Башҡортостан
sr | PER | са [Александром Вучићем] | Александром Вучићем
en | LOC | in [London] | London
"""


@pytest.mark.parametrize("line", TABLE.strip().splitlines())
def test_base_forms(normaliser: Normaliser, line: str) -> None:
    language, kinds, text, bases = line.split(" | ")
    wanted = bases.split(" ; ")
    plain, found = marked(language, " ".join([kinds] * len(wanted)), text)
    assert [named.name for named in normaliser.names(plain, found)] == wanted


def test_the_rest_of_the_text_says_who_is_meant(normaliser: Normaliser) -> None:
    text = "[Мария Иванова] приехала. Журналисты спросили [Иванову] о планах."
    plain, found = marked("ru", "PER PER", text)
    assert [named.name for named in normaliser.names(plain, found)] == ["Мария Иванова", "Иванова"]
    plain, found = marked("ru", "PER PER", "[Пётр Иванов] приехал. Сообщили [Иванову] о планах.")
    assert [named.name for named in normaliser.names(plain, found)] == ["Пётр Иванов", "Иванов"]


def test_capitals_stay_in_a_headline(normaliser: Normaliser) -> None:
    plain, found = marked("ru", "LOC", "ПРЕЗИДЕНТ ВЫСТУПИЛ С РЕЧЬЮ В [КАЗАНИ]")
    assert normaliser.names(plain, found)[0].name == "КАЗАНЬ"


# Nominatives that a language's news are full of: their base form is the name itself, alone and twice over.
NOMINATIVES = """
ru Татарстан Москва Россия Казахстан Минниханов Газпром Украина
uk Україна Київ Польща Зеленський Харків
be Мінск Беларусь Лукашэнка Расія
bg България София Русия Европа
pl Polska Warszawa Rosja Tusk
cs Praha Česko Rusko Trump
sl Slovenija Ljubljana Rusija Trump
kk Қазақстан Алматы Астана Тоқаев
tt Татарстан Казан Миңнеханов
ba Башҡортостан Өфө Хәбиров
"""


@pytest.mark.parametrize("line", NOMINATIVES.strip().splitlines())
def test_a_nominative_is_its_own_base_form(normaliser: Normaliser, line: str) -> None:
    language, *names = line.split()
    for name in names:
        found = [FoundMention(Mention(0, len(name), name), "LOC", 0.9, language)]
        assert normaliser.names(name, found)[0].name == name


letters = st.text(
    st.sampled_from(list("АБКМказнроиеыуйьёўіқңөҡ ABCkoweiąęščžů'’-–«»\"“”.0123\n\u0301\u200dßİ№")), max_size=60
)


@given(
    text=letters,
    cuts=st.lists(st.integers(0, 60), min_size=2, max_size=8),
    language=st.sampled_from(LANGUAGES),
    kind=st.sampled_from(TYPES),
)
def test_any_mention_of_any_text_gets_a_name(text: str, cuts: list[int], language: str, kind: EntityType) -> None:
    normaliser = _normaliser()
    places = sorted({min(cut, len(text)) for cut in cuts})
    found = [FoundMention(Mention(start, end, text[start:end]), kind, 0.5, language) for start, end in pairwise(places)]
    named = normaliser.names(text, found)
    assert [(one.mention, one.type, one.language) for one in named] == [
        (one.mention, one.type, one.language) for one in found
    ]
    assert all(one.name for one in named)
    assert all(one.name == " ".join(one.name.split()) or not one.mention.surface.strip() for one in named)
    assert normaliser.names(text, found) == named
