"""Bylines: the names of the authors from a line that says it names them (`Автор: Имя Фамилия`, `By Jane Doe`)."""

import re
from collections.abc import Sequence
from typing import Final

from transforms.agencies import agency_of
from transforms.dates import parse_date, parse_written
from transforms.lines import Line
from transforms.names import is_person


def _longest(word: str) -> tuple[int, str]:
    return -len(word), word


# What introduces the names, one line a language, in lower case. Each is followed by a colon or a dash.
_INTRODUCERS: Final[dict[str, str]] = {
    "ba": "автор|авторы|авторҙары|текст",
    "be": "аўтар|аўтары|аўтар тэксту|тэкст|тэкст і фота|падрыхтаваў|падрыхтавала",
    "bg": "автор|автори|автор на текста|текст",
    "cs": "autor|autorka|autoři|autor článku|text|napsal|napsala",
    "en": "author|authors|text by|words by|written by|story by|by",
    "kk": "автор|авторы|авторлары|мәтін|дайындаған",
    "pl": "autor|autorka|autorzy|tekst|opracował|opracowała|oprac.",
    "ru": "автор|авторы|автор текста|автор статьи|автор материала|текст|текст и фото|подготовил|подготовила|"
    "подготовили|материал подготовил|материал подготовила",
    "sr": "аутор|аутори|ауторка|текст|пише|пишу",
    "sr-Latn": "autor|autori|autorka|tekst|piše|pišu",
    "tt": "автор|авторы|авторлары|текст|әзерләде",
    "uk": "автор|автори|авторка|текст|текст і фото|підготував|підготувала",
}
_ALL: Final = sorted({re.escape(word) for words in _INTRODUCERS.values() for word in words.split("|")}, key=_longest)
_BYLINE: Final = re.compile(rf"(?:(?:{'|'.join(_ALL)})\s?[:—–]\s?|(?:by|written by)\s)(?P<names>\S.*)", re.IGNORECASE)
_BY: Final = re.compile(r"by\s", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"\s?[,;|•·/&]\s?|\s(?:и|і|й|та|и|and|i|a|oraz|және|һәм)\s")
# Behind a name in a byline: what its bearer does.
_ROLES: Final = frozenset(
    "staff writer writers correspondent reporter reporters editor contributor contributing bureau chief special senior "
    "редактор корреспондент журналист обозреватель специально спецкор редакция рэдактар карэспандэнт журналіст "
    "редактор кореспондент журналіст redaktor dziennikarz redakcja redaktorka novinar novinarka redakce admin "
    "administrator редакція рэдакцыя news desk team service department press".split()
)
_MAX_CHARACTERS: Final = 160
# A byline stands right over the first paragraph or right below the last one; further away it is another article's.
_HEAD_LINES: Final = 8
_FOOT_LINES: Final = 4


def authors_of(line: str) -> tuple[str, ...]:
    """The names in a byline, as written, each once; none where the line is no byline or one part of it is in doubt."""
    match = _BYLINE.fullmatch(line.strip()) if len(line) <= _MAX_CHARACTERS else None
    if not match:
        return ()
    names: list[str] = []
    for part in _BETWEEN.split(" ".join(match["names"].split())):
        name = part.strip(" ,;|")
        if not name or agency_of(name) or _is_date(name) or _is_role(name):
            continue
        if not is_person(name):
            return ()
        names.append(name.rstrip(".") if not name[-2:-1].isupper() else name)
    return tuple(dict.fromkeys(names))


def _is_date(name: str) -> bool:
    # `May 17, 2019` comes in two parts.
    return name.isdigit() or parse_date(name) is not None or parse_written(name) is not None


def _is_role(name: str) -> bool:
    return any(word in _ROLES for word in name.casefold().split())


def find_authors(head: Sequence[Line], foot: Sequence[Line]) -> tuple[str, ...]:
    """The authors by the byline over the text, else by that below it; none where there are several, or none."""
    above = {found for line in head[-_HEAD_LINES:] if (found := authors_of(line.text))}
    # Below the text a line "By Jane Doe" is a teaser's more often than the text's.
    below = {found for line in foot[:_FOOT_LINES] if not _BY.match(line.text) and (found := authors_of(line.text))}
    bylines = above or below
    return bylines.pop() if len(bylines) == 1 else ()
