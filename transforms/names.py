"""The shapes of names of places and persons, as datelines and bylines write them. Strict: a doubt is a no."""

import re
from typing import Final

from transforms.dates import is_relative

# A word of letters with apostrophes and hyphens inside; at most thirty characters, so that no text makes it slow.
_WORD: Final = r"[^\W\d_][^\W\d_’'ʼ]{0,29}(?:[’'ʼ-][^\W\d_]{1,20}){0,3}"
_INITIAL: Final = r"[^\W\d_]\."

_SEVERAL: Final = rf"{_WORD}(?:\s{_WORD}){{0,2}}"
_REGION: Final = rf"(?=[A-Z][a-z]){_WORD}(?:\s(?=[A-Z]){_WORD})?\.?"
# `COLUMBUS, Ohio` of American agencies, `LONDON/NEW YORK` of British ones.
PLACE_PATTERN: Final = rf"(?:[гм]\.\s?)?{_SEVERAL}(?:/{_SEVERAL}|,\s{_REGION})?"
PERSON_PATTERN: Final = rf"(?:{_INITIAL}\s?){{0,2}}{_WORD}(?:\s(?:{_INITIAL}|{_WORD})){{0,3}}(?:\s?{_INITIAL}){{0,2}}"

_PLACE: Final = re.compile(PLACE_PATTERN)
_PERSON: Final = re.compile(PERSON_PATTERN)
_WORDS: Final = re.compile(rf"{_WORD}")
_MARKERS: Final = frozenset({"г.", "м."})

# Two or three capitalised words may as well be somebody's name, so a place of several words that is not in capitals is
# one only with a first word that opens place names and no person's, or with a preposition inside.
_OPENER: Final = re.compile(
    r"(?:нижн|верхн|велик|вялік|нов|стар|бел|біл|крив|красн|минеральн|южн|северн|горн|западн|усть|царск|сергиев|малы"
    r"|зелен)(?:ий|ый|ая|ое|ие|ые|и|і|а|е|о|ій|ія|яя|ее|ой|ы)|набережн\w{2}|усть|түбән|югары|яр"
    r"|нью|лос|сан|санкт|санта|тель|рио|буэнос|куала|абу|кейп|порт|баня|бања|горна|долна|свети|света|горњи|доњи"
    r"|српск[аои]|сремск[аои]"
    r"|new|los|las|san|santa|santo|são|saint|st\.?|hong|tel|rio|buenos|la|el|le|cape|fort|port|kuala|phnom|abu|addis"
    r"|novi|nova|novo|stari|stara|gornji|donji|banja|bosanska|slavonski|sremska|velika|mali"
    r"|nowy|nowa|nowe|stary|zielona|jelenia|gorzów|bielsko|ostrów|piotrków|tomaszów|ruda|dąbrowa"
    r"|ústí|české|český|hradec|karlovy|mladá|uherské|nový|nové|stará|banská|spišská|liptovský|dunajská",
    re.IGNORECASE,
)
_INSIDE: Final = frozenset("на над nad am an upon sur de del do pod pri u у".split())
# Capitalised, alone before a date or an agency, and no place. A weekday or «today» is told by transforms.dates.
_NO_PLACES: Final = frozenset(
    "поделиться редакция обновлено опубликовано фото видео источник автор текст афиша программа новости прогноз погода "
    "гороскоп анонс календарь итоги эфир футбол хоккей спорт политика экономика дата время россия "
    "рэдакцыя крыніца аўтар тэкст навіны надвор'е здымак джерело редакція новини погода відео світлина спорт "
    "източник снимка новини автор редакция извор фото вести аутор izvor foto vesti autor źródło zdjęcie zdj fot autor "
    "zdroj foto autor text zprávy чыганак дереккөз сурет сығанаҡ "
    "updated published share photo picture image source video news sport sports weather politics culture opinion nato "
    "who un eu usa who's exclusive analysis factbox update".split()
)


def is_capitals(text: str) -> bool:
    """Whether the text has letters, more than one, and no small one among them."""
    return text.isupper() and sum(map(str.isalpha, text)) > 1


def _capitalised(words: list[str]) -> bool:
    return all(word[0].isupper() or word.casefold() in _INSIDE for word in words) and words[0][0].isupper()


def is_place(text: str) -> bool:
    """Whether the text has the shape of the name of a place: one word, or several that no person is called."""
    if not _PLACE.fullmatch(text):
        return False
    marker = text[:2] in _MARKERS
    city = re.split(r"[/,]", text[2:] if marker else text)[0].strip()
    words = city.split()
    if not words or not _capitalised(words) or words[0].casefold() in _NO_PLACES or is_relative(words[0]):
        return False
    several = len(words) > 1
    named = is_capitals(city) or _OPENER.fullmatch(words[0]) or bool(_INSIDE.intersection(map(str.casefold, words[1:])))
    region = "," in text
    return (is_capitals(city) if region else True) and (not several or marker or bool(named))


def is_person(text: str) -> bool:
    """Whether the text has the shape of a name with a surname: two to four capitalised words, or initials and one."""
    if not _PERSON.fullmatch(text):
        return False
    words = text.replace(".", ". ").split()
    full = [word for word in words if not word.endswith(".")]
    return bool(full) and 2 <= len(words) <= 4 and all(word[0].isupper() for word in words)
