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
LANGUAGES = ("ru", "uk", "be", "bg", "pl", "cs", "sl", "kk", "tt", "ba", "sk", "sr", "sr-Latn", "hr", "bs", "en", "und")
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
sk | PER | ministerka [Denisa Saková] a [Sakovou] | Denisa Saková ; Saková
be | PER | Алеся Бяляцкага, [Віктара Бабарыку] і [Бабарыку] | Віктар Бабарыка ; Бабарыка
ba | PER | [Мостай Кәримгә] арналған кисә | Мостай Кәрим
ba | PER | [Мостай Кәримгә] һәм [Кәримдең] | Мостай Кәрим ; Кәрим
kk | PER | [Олжас Бектенов]. [Бектеновке] есеп берді | Олжас Бектенов ; Бектенов
kk | PER | [Хань Чуньлиньмен] кездесті | Хань Чуньлинь
kk | ORG | [«Самұрық-Қазына»] қоры | «Самұрық-Қазына»
be | PER | сустрэлася з [Анджэем Дудам] | Анджэй Дуда
be | PER | і [Валеры Кавалеўскі] наведалі | Валеры Кавалеўскі
be | LOC | у [Глыбокім] | Глыбокае
sk | LOC | veľvyslanec [Spojených štátov] | Spojené štáty
kk | PER | [Режеп Ердоғанмен] кездесті. Олар [Ердоғанды] күтті | Режеп Ердоған ; Ердоған
sr | PER | са [Александром Вучићем] | Александар Вучић
sr | PER | изјавила [Марија Захарова] | Марија Захарова
sr | PER | амбасадором Кине [Ли Мингом] | Ли Минг
sr | PER | захвалио [Јоргованки Табаковић] | Јоргованка Табаковић
sr | PER | разговор са [Владимиром Путином] | Владимир Путин
sr | PER | поручио је [Зеленском] | Зеленски
sr | PER | састанак са [Емануелом Макроном] | Емануел Макрон
sr | PER | супруга [Новака Ђоковића] | Новак Ђоковић
sr | PER | са [Аном Брнабић] | Ана Брнабић
sr | PER | са [Сергејем Лавровом] | Сергеј Лавров
sr | LOC | у [Београду] | Београд
sr | LOC | председник [Србије] | Србија
sr | LOC | у [Новом Саду] | Нови Сад
sr | LOC | у [Крагујевцу] | Крагујевац
sr | LOC | из [Лесковца] | Лесковац
sr | LOC | амбасадор [Кине] | Кина
sr | LOC | у [Суботици] | Суботица
sr | LOC | у [Нишу] | Ниш
sr | LOC | из [Сједињених Америчких Држава] | Сједињене Америчке Државе
sr | LOC | у [Хрватској] | Хрватска
sr | LOC | из [Босне и Херцеговине] | Босна и Херцеговина
sr | LOC | у [Ужицу] | Ужице
sr | LOC | на [Косову] | Косово
sr | LOC | у [Новом Пазару] | Нови Пазар
sr | LOC | у [Бујановцу] | Бујановац
sr | LOC | у [Старој Пазови] | Стара Пазова
sr | LOC | из [Врања] | Врање
sr | LOC | у [Краљеву] | Краљево
sr | LOC | [Београд] | Београд
sr | LOC | [Нови Сад] | Нови Сад
sr | LOC | у [Бечу] | Беч
sr | LOC | са [Русијом] | Русија
sr | ORG | представници [Народне банке Србије] | Народна банка Србије
sr | ORG | у [Министарству унутрашњих послова] | Министарство унутрашњих послова
sr | ORG | из [Европске уније] | Европска унија
sr | ORG | члан [Српске напредне странке] | Српска напредна странка
sr | ORG | у [Скупштини Србије] | Скупштина Србије
sr | ORG | против [Партизана] | Партизан
sr | ORG | у [Министарству просвете] | Министарство просвете
sr | ORG | директор [Електропривреде Србије] | Електропривреда Србије
sr | ORG | [Министарство одбране] саопштило | Министарство одбране
sr | ORG | на [Правном факултету] | Правни факултет
sr | ORG | у [Европском парламенту] | Европски парламент
pl | ORG | rzeczniczka [Polskich Linii Kolejowych] | Polskie Linie Kolejowe
pl | ORG | rozmowy z [Ministerstwem Infrastruktury] | Ministerstwo Infrastruktury
pl | ORG | w [Ministerstwie Kultury] | Ministerstwo Kultury
pl | ORG | szef [Lasów Państwowych] | Lasy Państwowe
pl | LOC | Remont [Dworca Głównego] we | Dworzec Główny
pl | PER | z [Magdaleną Janus] i | Magdalena Janus
pl | PER | z [Andrzejem Massalem] | Andrzej Massal
pl | PER | Zdaniem [Donalda Tuska] | Donald Tusk
pl | PER | z [Agnieszką Dziemianowicz-Bąk] | Agnieszka Dziemianowicz-Bąk
pl | PER | powiedziała [Barbara Nowacka] | Barbara Nowacka
pl | PER | od [Szymona Hołowni] | Szymon Hołownia
cs | PER | sešel s [Annalenou Baerbockovou] v | Annalena Baerbocková
cs | PER | S [Pekarovou Adamovou] jednal | Pekarová Adamová
cs | PER | předsedkyně [Markéta Pekarová Adamová] | Markéta Pekarová Adamová
cs | PER | s [Danuší Nerudovou] | Danuše Nerudová
cs | PER | s [Petrem Fialou] | Petr Fiala
cs | PER | podle [Kateřiny Konečné] | Kateřina Konečná
cs | PER | s [Kamalou Harrisovou] | Kamala Harrisová
uk | PER | Посол ЄС в Україні [Катаріна Матернова] засудила обстріл | Катаріна Матернова
uk | PER | сказала [Матернова] | Матернова
uk | PER | зустріч з [Катаріною Матерновою] | Катаріна Матернова
uk | PER | заявила [Урсула фон дер Ляєн] | Урсула фон дер Ляєн
uk | PER | розмова з [Джорджею Мелоні] | Джорджа Мелоні
uk | PER | омбудсман [Дмитро Лубінець] заявив | Дмитро Лубінець
uk | PER | міністерка [Оксана Жолнович] повідомила | Оксана Жолнович
uk | PER | лист [Мартіна Шульца] | Мартін Шульц
uk | PER | справа [Романа Протасевича] | Роман Протасевич
uk | ORG | За даними [Харківської обласної прокуратури] | Харківська обласна прокуратура
uk | ORG | речник [Сумської обласної прокуратури] | Сумська обласна прокуратура
uk | ORG | у [Дніпропетровській обласній раді] | Дніпропетровська обласна рада
uk | ORG | голова [Вінницької міської ради] | Вінницька міська рада
uk | ORG | рішення [Шевченківського районного суду] | Шевченківський районний суд
be | PER | дырэктарка музея [Ірына Пятроўская] | Ірына Пятроўская
be | PER | прац [Вольгі Кавальковай] | Вольга Кавалькова
be | PER | [Вольга Кавалькова] выступіла | Вольга Кавалькова
be | PER | [Вольга Кавалькова] сказала | Вольга Кавалькова
be | PER | сказала [Кавалькова] | Кавалькова
ru | PER | заявила [Анна Ставицкая] | Анна Ставицкая
ru | PER | с [Урсулой фон дер Ляйен] | Урсула фон дер Ляйен
ru | PER | сказала [Захарова] | Захарова
sk | PER | s [Robertom Ficom] | Robert Fico
sk | PER | so [Zuzanou Čaputovou] | Zuzana Čaputová
sk | LOC | v [Bratislave] | Bratislava
sk | LOC | zo [Slovenska] | Slovensko
sk | ORG | z [Ministerstva spravodlivosti] | Ministerstvo spravodlivosti
hr | LOC | u [Zagrebu] | Zagreb
hr | PER | s [Andrejom Plenkovićem] | Andrej Plenković
hr | ORG | iz [Europske unije] | Europska unija
sr-Latn | LOC | u [Novom Sadu] | Novi Sad
sr-Latn | PER | sa [Aleksandrom Vučićem] | Aleksandar Vučić
sr-Latn | LOC | iz [Beograda] | Beograd
bs | LOC | u [Sarajevu] | Sarajevo
sl | PER | z [Robertom Golobom] | Robert Golob
sl | PER | z [Natašo Pirc Musar] | Nataša Pirc Musar
sl | PER | s [Tanjo Fajon] | Tanja Fajon
sl | LOC | v [Ljubljani] | Ljubljana
tt | LOC | [Әлмәт районы] башлыгы | Әлмәт районы
tt | LOC | [Әлмәт районында] узды | Әлмәт районы
tt | LOC | [Азатлык мәйданы] янында | Азатлык мәйданы
ba | LOC | [Баймаҡ районы] хакимиәте | Баймаҡ районы
ba | ORG | [Мәҙәниәт фонды] ярҙамында | Мәҙәниәт фонды
kk | ORG | деп хабарлайды [Ақорда] | Ақорда
kk | LOC | [Медеу ауданы] әкімі | Медеу ауданы
kk | LOC | [Медеу ауданында] өтті | Медеу ауданы
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
