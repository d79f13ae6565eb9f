"""Declensions out of grammar books that the corpora have too few of, first of all Ukrainian and Belarusian names.

Genitive, dative, instrumental, locative, each after a preposition that asks for it; the accusative as fifth, where it
is neither the nominative nor the genitive.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Final

from training.entities.corpora import SLAVICNER
from training.entities.lemmas import LemmaText
from transforms.document import EntityType, Mention
from transforms.entities.mentions import FoundMention

_PREPOSITIONS: Final = {
    "ru": ("из", "благодаря", "с", "о", "про"),
    "uk": ("від", "завдяки", "з", "на", "про"),
    "be": ("ад", "дзякуючы", "з", "на", "пра"),
    "cs": ("od", "díky", "s", "v", "pro"),
    "pl": ("od", "dzięki", "z", "w", "przez"),
    "sl": ("od", "zaradi", "z", "v", "za"),
    "sk": ("od", "vďaka", "s", "o", "pre"),
    "sr": ("од", "захваљујући", "са", "о", "за"),
}
# Language, type, how many letters to take off, the endings of the cases, and nominatives that decline so; of those
# with several words the first one does.
_DECLENSIONS: Final = """
uk PER 1 а у ом ові | Шевченко Порошенко Бондаренко Лисенко Кравченко Петренко Коваленко Ткаченко Марченко
uk PER 0 а у ом ові | Мельник Ковальчук Ткачук Поліщук Бойчук Стефанчук Данилюк Климчук
uk PER 2 ого ому им ому | Зеленський Хмельницький Грушевський Вишинський
uk PER 1 ої ій ою ій у | Зеленська Вишинська Костенецька
uk LOC 2 єва єву євом єві | Київ Миколаїв
uk LOC 2 ова ову овом ові | Харків Чернігів Львів
uk LOC 0 а у ом у | Донецьк Луцьк Луганськ Бердянськ Краматорськ
uk LOC 1 и і ою і у | Одеса Полтава Черкащина
uk LOC 1 і і ею і ю | Вінниця
uk LOC 1 я ю ям і | Запоріжжя Закарпаття
uk LOC 1 а у ом і | Дніпро
uk LOC 1 ів ям ями ях | Чернівці
uk LOC 1 - ам ами ах | Суми Черкаси
uk ORG 1 а у ом і | Міністерство Агентство
be PER 1 і у ам у у | Лукашэнка Шаўчэнка Дарашэнка Макаранка Кавалёнка Марчанка Бандарэнка
be PER 0 а у ам у | Караткевіч Багдановіч Пазняк Мацкевіч Адамовіч Навумчык Новік
be PER 0 а у ым у | Пуцін Бародзін Кудрын
be PER 1 ага аму ім ім | Ціханоўскі Чарняўскі Жылінскі Баршчэўскі
be PER 2 ай ай ай ай ую | Ціханоўская Чарняўская Жылінская
be PER 1 я ю ем і | Алтай Андрэй Сяргей Аляксей Мікалай
be PER 1 ы е ай е у | Святлана Алена Ганна Ірына Марына
be PER 1 і і яй і ю | Марыя Наталля Вікторыя
be PER 1 ы е ам е у | Купала
be LOC 2 ага аму ім ім | Глыбокае Высокае
be LOC 0 а у ам у | Мінск Віцебск Полацк Слуцк Наваполацк Смаленск Данецк Бабруйск Салігорск Пінск
be LOC 1 я ю ем і | Гомель
be LOC 2 ёва ёву ёвам ёве | Магілёў
be LOC 0 а у ам е | Казахстан Татарстан Іран Пакістан Узбекістан Лондан Берлін Слонім Кобрын Жлобін
be LOC 1 та ту там це | Брэст
be LOC 1 а у ам е | Гродна Жодзіна
be LOC 1 ва ву вам ве | Барысаў Тураў Харкаў Кракаў
be LOC 2 ка ку кам ку | Навагрудак
be LOC 2 ды дзе дай дзе ду | Ліда Канада
be LOC 2 кі цы кай цы ку | Амерыка Вілейка Афрыка
be LOC 2 гі зе гай зе гу | Прага Рыга
be LOC 1 - ам амі ах | Баранавічы Асіповічы Ляхавічы Смалявічы
be LOC 1 і і яй і ю | Расія Германія Італія Францыя Грузія Турцыя Бельгія Вільня
be LOC 1 ы е ай е у | Украіна Еўропа Варшава Гродзеншчына Гомельшчына
be LOC 1 ы ы ай ы у | Польшча Орша
be LOC 1 ы е ой е у | Масква Літва
ru LOC 0 а у ом е | Санкт-Петербург Екатеринбург Оренбург
be ORG 0 а у ам у | Парк_высокіх_тэхналогій
be ORG 0 а у ам е | Саюз_беларускіх_пісьменнікаў Саюз_палякаў_Беларусі Мінгарвыканкам Аблвыканкам Гарвыканкам Белсат
be ORG 0 а у ам ы | Цэнтр_моладзевых_ініцыятыў Тэатр_юнага_гледача Палац_спорту Палац_Рэспублікі
be ORG 1 та ту там це | Камітэт_дзяржаўнай_бяспекі Камітэт_абароны_Украіны Інстытут_ядзерных_праблем
be ORG 1 та ту там це | Інстытут_гісторыі_Акадэміі_навук Інстытут_мовазнаўства_НАН_Беларусі Універсітэт_культуры
be ORG 1 та ту там це | Савет_Рэспублікі Савет_Міністраў
be ORG 1 да ду дам дзе | Фонд_развіцця_Мінска Суд_Еўрапейскага_саюза
be ORG 1 я ю ем і | Музей_гісторыі_Віцебска Музей_Янкі_Купалы
be ORG 1 а у ам е | Міністэрства_замежных_спраў Таварыства_беларускай_мовы Міністэрства_аховы_здароўя_Беларусі
be ORG 1 а у ам е | Міністэрства_культуры Міністэрства_абароны Міністэрства_адукацыі Міністэрства_фінансаў
be ORG 2 ды дзе дай дзе ду | Рада_бяспекі_ААН Рада_Еўропы
be ORG 2 ты це тай це ту | Палата_прадстаўнікоў_Беларусі
be ORG 1 ы ы ай ы у | Пракуратура_Беларусі Пракуратура_горада
be ORG 1 і і яй і ю | Акадэмія_навук_Беларусі Асацыяцыя_журналістаў_Беларусі Адміністрацыя_прэзідэнта
uk ORG 1 ю ю єм ї | Музей_Марії_Примаченко Музей_історії_Києва Ліцей_імені_Тараса_Шевченка
uk ORG 0 у у ом і | Університет_банківської_справи Інститут_історії_України Фонд_держмайна_України
uk ORG 0 у у ом і | Офіс_президента Генштаб_ЗСУ Генштаб
uk ORG 0 у у ом і | Театр_опери_та_балету Комітет_Верховної_Ради Центр_протидії_корупції
uk ORG 1 а у ом і | Міністерство_оборони Міністерство_культури Міністерство_освіти Міністерство_фінансів
uk ORG 1 а у ом і | Міністерство_оборони_України Агентство_розвитку_Донбасу Товариство_Червоного_Хреста
uk ORG 1 и і ою і у | Служба_безпеки_України Рада_безпеки_ООН Спілка_письменників_України Палата_представників_США
uk ORG 1 ї ї єю ї ю | Академія_наук_України Асоціація_футболу_Києва Адміністрація_президента_Польщі
be LOC 0 а у ам у | Парк_культурнай_спадчыны
cs PER 2 la lovi lem lovi | Pavel Karel Havel
cs LOC 1 a u em ě | Brno
cs LOC 2 ně ni ní ni | Plzeň
pl LOC 3 odzi odzi odzią odzi | Łódź
pl LOC 2 owa owowi owem owie ów | Kraków Rzeszów Tarnów Garbów Kurów Chorzów
pl LOC 1 - om ami ach y | Puławy
pl LOC 1 - om ami ach e | Kielce Katowice
pl ORG 1 a u em ie | Ministerstwo_Infrastruktury Ministerstwo_Zdrowia Ministerstwo_Finansów Ministerstwo_Sprawiedliwości
pl ORG 1 a u em ie | Ministerstwo_Klimatu Ministerstwo_Obrony_Narodowej
pl ORG 1 a u em ie | Ministerstwo_Spraw_Zagranicznych Towarzystwo_Przyjaciół_Warszawy
pl ORG 1 a u em u | Stowarzyszenie_Dziennikarzy_Polskich Zrzeszenie_Studentów_Polskich
sl PER 0 a u om u | Robert Golob Janez Marjan Boris
pl LOC 3 ca cowi cem cu | Korzec Dworzec
sk LOC 1 y e ou e u | Bratislava Varšava Žilina Nitra Trnava Európa Ukrajina Moskva Praha
sk LOC 1 a u om u | Slovensko Nemecko Rusko Maďarsko Česko Poľsko Francúzsko Turecko Rakúsko
sk LOC 0 a u om e | Berlín Londýn Kyjev
sk LOC 1 e i ou i u | Británia India
sk ORG 1 a u om e | Ministerstvo_vnútra Ministerstvo_financií Ministerstvo_obrany Ministerstvo_zdravotníctva
sr PER 0 а у ем у | Вучић Дачић Николић Тадић Мишић Петровић Јовановић Ђинђић
sr PER 0 а у ом у | Путин Трамп Макрон Бајден Пашињан Мацут Орбан Лавров Ердоган Ђинпинг
sr PER 1 ог ом им ом | Зеленски Пиљушчински Медински
sr PER 1 е ој ом ој у | Захарова Матвијенкова Метјуова
sr LOC 0 а у ом у | Београд Лондон Авганистан Казахстан Узбекистан Зрењанин Берлин Вашингтон Иран Ирак Минск Париз
sr LOC 0 а у ем у | Ниш Бихаћ Шангај Бечеј
sr LOC 1 а у ом у | Сарајево Панчево Косово Краљево Смедерево Ваљево Токио
sr LOC 1 а у ем у | Скопље Приморје Поморавље Ужице Врање
sr LOC 2 ца цу цем цу | Лесковац Крагујевац Шабац Пожаревац Карловац
sr LOC 1 е и ом и у | Србија Русија Италија Македонија Аустрија Словенија Јерменија Босна Европа Кина Москва Варшава
sr LOC 1 е и ом и у | Подгорица Приштина Суботица Војводина Украјина Шумадија Лозница Љубљана Софија Азија
sr LOC 1 е ој ом ој у | Хрватска Немачка Енглеска Пољска Чешка Мађарска Турска Француска Норвешка Грчка Данска Бугарска
sr LOC 2 ке ци ком ци ку | Америка Африка
sr ORG 0 а у ом у | Танјуг Партизан Газпром Мегатренд Универзитет_у_Београду Институт_за_јавно_здравље
sr ORG 0 а у ом у | Савет_безбедности Фонд_за_хуманитарно_право Завод_за_статистику Суд_части
sr ORG 1 а у ом у | Министарство_одбране Министарство_финансија Министарство_спољних_послова Министарство_просвете
sr ORG 1 а у ом у | Министарство_културе Министарство_правде Министарство_привреде
sr ORG 1 а у ом у | Тужилаштво_Србије Друштво_лекара
sr ORG 1 е и ом и у | Влада_Србије Скупштина_Србије Комисија_за_хартије Агенција_за_енергетику Електропривреда_Србије
"""
# Names of which every word declines, or in the plural: language and type, the nominative, then the cases.
_PHRASES: Final = Path(__file__).with_name("phrases.txt")

# Given names (m, f) and surnames (M, F), alike; full names are made of them. A man's surname in the genitive is a
# woman's in the nominative, so only both words together tell.
_FULL_NAMES: Final = """
be m 0 а у ам у | Аляксандр Уладзімір Віктар Рыгор Раман
be m 1 я ю ем ю | Мікалай Андрэй Сяргей Аляксей Алесь Васіль
be m 0 я ю ем ю | Валеры Юры Дзмітры Арсені
be m 1 ы у ам у у | Мікіта
be m 1 і ю ем ю ю | Ілля
be f 1 і і яй і ю | Наталля Марыя Вікторыя Юлія
be f 1 ы е ай е у | Святлана Алена Ганна Ірына Таццяна Арына Паліна Караліна Урсула
be M 1 ва ву вым ве | Качанаў Раманаў Сідараў Петрышаў Макараў Ермакоў Кузняцоў Арлоў Дзмітрыеў Сяргееў
be M 1 ы у ам у у | Дуда Лабада Каляда
be M 0 а у ым е | Пуцін Нікіцін Шагін
be M 1 ага аму ім ім | Астроўскі Баршчэўскі Вярбіцкі
be M 1 і у ам у у | Краўчанка Лапаценка Назаранка Бабарыка
be M 0 а у ам у | Каранік Пракаповіч Хадасевіч Дзенісюк
be F 1 ай ай ай ай у | Качанава Раманава Сідарава Петрышава Макарава Ермакова Кузняцова Арлова Дзмітрыева Сяргеева
be F 1 ай ай ай ай у | Пуціна Нікіціна Шагіна
be F 2 ай ай ай ай ую | Астроўская Баршчэўская Вярбіцкая
be F 0 = = = = = | Краўчанка Лапаценка Назаранка Каранік Пракаповіч Хадасевіч Дзенісюк
uk m 0 а у ом ові | Володимир Олександр Віктор Роман
uk m 1 я ю єм єві | Анджей Сергій Андрій Олексій
uk m 1 и і ою і у | Микола Микита
uk m 1 і і ею і ю | Ілля
uk f 1 и і ою і у | Олена Ірина Світлана Оксана Катаріна Урсула Ангела Роберта Крістіна Каміла
uk f 1 і і ею і ю | Джорджа Даша
uk f 1 ї ї єю ї ю | Юлія Наталія Марія Вікторія
uk M 0 а у им і | Іванов Петров Кузнєцов Лавров Сидоров Бутін Нікітін
uk M 1 и і ою і у | Дуда Лобода Коляда Вода
uk M 2 ого ому им ому | Моравецький Зеленський Острозький Вербицький
uk M 1 а у ом ові | Шевченко Тимошенко Бондаренко
uk M 0 а у ом ові | Мельник Кравчук Рибак
uk F 1 ої ій ою ій у | Матернова Іванова Петрова Кузнєцова Лаврова Сидорова Бутіна Нікітіна
uk F 1 ої ій ою ій у | Моравецька Зеленська Острозька Вербицька
uk F 1 и і ою і у | Дуда Лобода Коляда
uk F 0 = = = = = | Шевченко Тимошенко Бондаренко Мельник Кравчук Рибак
ru m 0 а у ом е | Александр Владимир Иван Виктор Тимур Рустам
ru m 1 я ю ем е | Сергей Андрей Алексей Николай
ru m 1 ы е ой е у | Никита Габдулла Мустафа
ru m 1 и е ёй е ю | Илья
ru f 1 ы е ой е у | Анна Елена Ирина Светлана Урсула Роберта Катарина Каролина
ru f 0 = = = = = | Лейсан Айгуль Ильсияр Гузель Асель
ru f 1 и и ей и ю | Мария Юлия Виктория
ru M 0 а у ым е | Иванов Сидоров Петров Никитин Галкин Сафин Тухватуллин Зиннатуллин Нуриев
ru M 1 я ю ем е | Тукай Гайдай Мамай
ru M 2 ого ому им ом | Островский Вербицкий
ru M 0 а у ом е | Мельник Рыбак Кравчук
ru M 0 = = = = | Шевченко Лысенко Бондаренко
ru F 1 ой ой ой ой у | Иванова Сидорова Петрова Никитина Галкина Сафина Тухватуллина Зиннатуллина Нуриева
ru F 2 ой ой ой ой ую | Островская Вербицкая
ru F 0 = = = = = | Тукай Гайдай Шевченко Лысенко Бондаренко Мельник Рыбак Кравчук
pl m 0 a owi em u | Andrzej Mateusz Tomasz Grzegorz
pl m 0 a owi em ie | Jan Adam Stefan Damian
pl m 1 ła łowi łem le | Rafał Michał
pl m 2 ka kowi kiem ku | Jacek Marek
pl f 1 y ie ą ie ę | Anna Magdalena Katarzyna Joanna Irena
pl f 1 i i ą i ę | Maria Julia Natalia
pl M 0 a owi em u | Kamysz Bartosz Klich Kulesz Janus
pl M 0 a owi iem u | Sutryk Nowak Tusk Wójcik Walczak
pl M 1 iego iemu im im | Sikorski Kowalski Morawiecki Kamiński
pl F 1 iej iej ą iej ą | Sikorska Kowalska Morawiecka Kamińska
pl F 0 = = = = = | Janus Nowak Wójcik Sutryk Walczak Tusk Klich
cs m 0 a ovi em ovi | Jan Martin Roman Milan Viktor Petr
cs m 0 e ovi em ovi | Tomáš Lukáš Ondřej Matěj
cs f 1 y ě ou ě u | Jana Helena Annalena Magdalena Alena Markéta Renata Martina
cs f 1 e i í i i | Lucie Marie Danuše Alice
cs M 0 a ovi em ovi | Novák Macron Trump Putin Rakušan
cs M 1 ého ému ým ém | Lipavský Černý Novotný Zelenský
cs M 1 y ovi ou ovi u | Fiala Svoboda Procházka Kuba
cs F 1 é é ou é ou | Nováková Pekarová Adamová Lipavská Baerbocková Černá Novotná Zelenská Rakušanová
sk m 0 a ovi om ovi | Robert Ján Martin Roman Milan Viktor Andrej Tomáš
sk m 2 ra rovi rom rovi | Peter Alexander
sk f 1 y e ou e u | Zuzana Anna Jana Alena Helena Denisa Martina Petra
sk f 1 e i ou i u | Mária Lucia Júlia Natália
sk M 0 a ovi om ovi | Novák Kováč Trump Macron Putin Blanár Šimkovič
sk M 1 a ovi om ovi | Fico Demko Hraško
sk M 1 ého ému ým om | Lipavský Čierny Zelenský
sk M 1 u ovi om ovi u | Fiala Duda Svoboda
sk F 1 ej ej ou ej ú | Čaputová Nováková Baerbocková Kolíková Zelenská
sl m 0 a u om u | Robert Janez Marjan Boris Borut
sl m 1 a u om u | Marko Janko Mirko
sl f 1 e i o i o | Tanja Nataša Maja Ana Urška Ursula
sl M 0 a u om u | Golob Pahor Novak Drnovšek Kučan
sl M 0 a u em u | Kovač Zidanič Jenič
sl M 1 ega emu im em | Zelenski Sikorski Lipavski
sl M 1 e i o i o | Janša Fiala Duda
sl F 0 = = = = = | Golob Pahor Fajon Musar Novak Kovač
sr m 0 а у ом у | Емануел Данијел Милан Иван Бранислав Владимир Зоран Драган
sr m 0 а у ем у | Милош Сергеј Андреј Николај Урош
sr m 2 ра ру ром ру | Александар Петар
sr m 1 а у ом у | Марко Дарко Вељко Ђуро
sr m 1 е и ом и у | Никола Ивица Саша
sr f 1 е и ом и у | Ана Јелена Милица Марија Јоргованка Даница Слађана
sr M 0 а у ем у | Вучић Дачић Николић Петровић Јовановић Ђокић
sr M 0 а у ом у | Мацут Путин Трамп Орбан Лавров Макрон
sr M 1 ог ом им ом | Зеленски Медински
sr F 0 = = = = = | Вучић Табаковић Брнабић Петровић Ђокић Мацут
sr F 1 е ој ом ој у | Захарова Кузњецова
"""
_UNCHANGED: Final = "="
_NO_ENDING: Final = "-"
# A surname is with so many given names.
_GIVEN: Final = 3
_SAID: Final = {
    "be": "кажа",
    "uk": "каже",
    "ru": "говорит",
    "pl": "mówi",
    "cs": "říká",
    "sk": "hovorí",
    "sl": "pravi",
    "sr": "каже",
}
# Behind this noun a name is in the genitive.
_HEADED: Final = {
    "be": "кіраўнік",
    "uk": "керівник",
    "ru": "представитель",
    "pl": "szef",
    "cs": "zástupce",
    "sk": "zástupca",
    "sl": "predsednik",
    "sr": "председник",
}
# What stands before the one who speaks: a man, a woman. It has no object that is a person.
_SAYS: Final = {
    "be": ("сказаў заявіў паведаміў адзначыў дадаў напісаў", "сказала заявіла паведаміла адзначыла дадала напісала"),
    "uk": ("сказав заявив повідомив зазначив додав написав", "сказала заявила повідомила зазначила додала написала"),
    "ru": ("сказал заявил сообщил отметил добавил написал", "сказала заявила сообщила отметила добавила написала"),
    "pl": ("powiedział oświadczył dodał", "powiedziała oświadczyła dodała"),
    "cs": ("řekl uvedl dodal", "řekla uvedla dodala"),
    "sk": ("povedal uviedol dodal", "povedala uviedla dodala"),
    "sl": ("dejal povedal dodal", "dejala povedala dodala"),
    "sr": ("рекао изјавио додао", "рекла изјавила додала"),
}


# Serbian in Latin letters declines as it does in Cyrillic ones, and Croatian and Bosnian mostly do.
_SERBIAN: Final = str.maketrans(
    dict(zip("абвгдђежзијклмнопрстћуфхцчш", "abvgdđežzijklmnoprstćufhcčš", strict=True))
    | {"љ": "lj", "њ": "nj", "џ": "dž"}
    | dict(zip("АБВГДЂЕЖЗИЈКЛМНОПРСТЋУФХЦЧШ", "ABVGDĐEŽZIJKLMNOPRSTĆUFHCČŠ", strict=True))
    | {"Љ": "Lj", "Њ": "Nj", "Џ": "Dž"}
)


def textbook() -> Iterator[LemmaText]:
    """Each form of each name in a text of its own, a preposition before it; full names in the nominative, too."""
    for text in _textbook():
        yield text
        if text.found[0].language == "sr":
            yield _in_latin(text)


def _in_latin(text: LemmaText) -> LemmaText:
    before, form, after = (part.translate(_SERBIAN) for part in _parts(text))
    return _text("sr-Latn", text.found[0].type, before, form, text.lemmas[0].translate(_SERBIAN), after)


def _parts(text: LemmaText) -> tuple[str, str, str]:
    mention = text.found[0].mention
    return text.text[: mention.start], mention.surface, text.text[mention.end :]


def _textbook() -> Iterator[LemmaText]:
    for line in _DECLENSIONS.strip().splitlines():
        head, names = line.split(" | ")
        language, kind, take, *endings = head.split()
        for written in names.split():
            first, *others = written.split("_")
            name = " ".join([first, *others])
            if others:
                yield _text(language, SLAVICNER[kind], "", name, name, f" {_SAID[language]}")
            for preposition, ending in zip(_PREPOSITIONS[language], endings, strict=False):
                form = " ".join([first[: len(first) - int(take)] + ending.strip(_NO_ENDING), *others])
                yield _text(language, SLAVICNER[kind], f"{preposition} ", form, name)
    yield from _phrases()
    yield from _full_names()


def _phrases() -> Iterator[LemmaText]:
    for line in _PHRASES.read_text("utf-8").splitlines():
        head, name, *forms = line.split(" | ")
        language, kind = head.split()
        yield _text(language, SLAVICNER[kind], "", name, name, f" {_SAID[language]}")
        yield _text(language, SLAVICNER[kind], f"{_HEADED[language]} ", forms[0], name)
        for preposition, form in zip(_PREPOSITIONS[language], forms, strict=False):
            yield _text(language, SLAVICNER[kind], f"{preposition} ", form, name)


def _full_names() -> Iterator[LemmaText]:
    declined: dict[tuple[str, str], list[tuple[str, ...]]] = defaultdict(list)
    for line in _FULL_NAMES.strip().splitlines():
        head, names = line.split(" | ")
        language, part, take, *endings = head.split()
        for name in names.split():
            stem = name[: len(name) - int(take)]
            forms = [name if ending == _UNCHANGED else stem + ending for ending in endings]
            declined[language, part].append((name, *forms))
    for language, part in product(_SAID, "MF"):
        given = declined[language, part.lower()]
        says = _SAYS[language]["MF".index(part)].split()
        for number, surname in enumerate(declined[language, part]):
            yield _text(language, "PER", f"{says[number % len(says)]} ", surname[0], surname[0])
            for other in range(_GIVEN):
                first = given[(number * _GIVEN + other) % len(given)]
                name = f"{first[0]} {surname[0]}"
                yield _text(language, "PER", "", name, name, f" {_SAID[language]}")
                for preposition, one, two in zip(_PREPOSITIONS[language], first[1:], surname[1:], strict=False):
                    yield _text(language, "PER", f"{preposition} ", f"{one} {two}", name)


def _text(language: str, kind: EntityType, before: str, form: str, name: str, after: str = "") -> LemmaText:
    mention = Mention(len(before), len(before) + len(form), form)
    return LemmaText(
        key=f"textbook {form}",
        part="training",
        text=f"{before}{form}{after}",
        found=(FoundMention(mention, kind, 1.0, language),),
        lemmas=(name,),
    )
