"""Declensions out of grammar books that the corpora have too few of, first of all Ukrainian and Belarusian names.

Genitive, dative, instrumental, locative, each after a preposition that asks for it.
"""

from collections.abc import Iterator
from typing import Final

from training.entities.corpora import SLAVICNER
from training.entities.lemmas import LemmaText
from transforms.document import Mention
from transforms.entities.mentions import FoundMention

_PREPOSITIONS: Final = {
    "uk": ("від", "завдяки", "з", "на"),
    "be": ("ад", "дзякуючы", "з", "на"),
    "cs": ("od", "díky", "s", "v"),
    "pl": ("od", "dzięki", "z", "w"),
    "sl": ("od", "zaradi", "z", "v"),
}
# Language, type, how many letters to take off, the endings of the four cases, and nominatives that decline so.
_DECLENSIONS: Final = """
uk PER 1 а у ом ові | Шевченко Порошенко Бондаренко Лисенко Кравченко Петренко Коваленко Ткаченко Марченко
uk PER 0 а у ом ові | Мельник Ковальчук Ткачук Поліщук Бойчук Стефанчук Данилюк Климчук
uk PER 2 ого ому им ому | Зеленський Хмельницький Грушевський Вишинський
uk PER 1 ої ій ою ій | Зеленська Вишинська Костенецька
uk LOC 2 єва єву євом єві | Київ Миколаїв
uk LOC 2 ова ову овом ові | Харків Чернігів Львів
uk LOC 0 а у ом у | Донецьк Луцьк Луганськ Бердянськ Краматорськ
uk LOC 1 и і ою і | Одеса Полтава Черкащина
uk LOC 1 і і ею і | Вінниця
uk LOC 1 я ю ям і | Запоріжжя Закарпаття
uk LOC 1 а у ом і | Дніпро
uk ORG 1 а у ом і | Міністерство Агентство
be PER 1 і у ам у | Лукашэнка Шаўчэнка Дарашэнка Макаранка Кавалёнка Марчанка Бандарэнка
be PER 0 а у ам у | Караткевіч Багдановіч Пазняк Мацкевіч Адамовіч Навумчык Новік
be PER 0 а у ым у | Пуцін Бародзін Кудрын
be PER 1 ага аму ім ім | Ціханоўскі Чарняўскі Жылінскі Баршчэўскі
be PER 2 ай ай ай ай | Ціханоўская Чарняўская Жылінская
be PER 1 я ю ем і | Алтай Андрэй Сяргей Аляксей Мікалай
be PER 1 ы е ай е | Святлана Алена Ганна Ірына Марына
be PER 1 і і яй і | Марыя Наталля Вікторыя
be PER 1 ы е ам е | Купала
be LOC 0 а у ам у | Мінск Віцебск Полацк Слуцк Наваполацк Смаленск Данецк
be LOC 1 я ю ем і | Гомель
be LOC 2 ёва ёву ёвам ёве | Магілёў
be LOC 0 а у ам е | Казахстан Татарстан Іран Пакістан Узбекістан Лондан Берлін
be LOC 1 і і яй і | Расія Германія Італія Францыя Грузія Турцыя Бельгія
be LOC 1 ы е ай е | Украіна Еўропа Варшава
be LOC 1 ы ы ай ы | Польшча
be LOC 1 ы е ой е | Масква
cs PER 2 la lovi lem lovi | Pavel Karel Havel
cs LOC 1 a u em ě | Brno
cs LOC 2 ně ni ní ni | Plzeň
pl LOC 3 odzi odzi odzią odzi | Łódź
sl PER 0 a u om u | Robert Golob Janez Marjan Boris
"""


def textbook() -> Iterator[LemmaText]:
    """Each form of each name in a text of its own, a preposition before it."""
    for line in _DECLENSIONS.strip().splitlines():
        head, names = line.split(" | ")
        language, kind, take, *endings = head.split()
        for name in names.split():
            for preposition, ending in zip(_PREPOSITIONS[language], endings, strict=True):
                form = name[: len(name) - int(take)] + ending
                start = len(preposition) + 1
                mention = Mention(start, start + len(form), form)
                yield LemmaText(
                    key=f"textbook {form}",
                    part="training",
                    text=f"{preposition} {form}",
                    found=(FoundMention(mention, SLAVICNER[kind], 1.0, language),),
                    lemmas=(name,),
                )
