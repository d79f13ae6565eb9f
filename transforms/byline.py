"""Bylines: the names of the authors from a line that says it names them (`Автор: Имя Фамилия`, `By Jane Doe`)."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest
from typing import Final

from transforms.agencies import agency_of
from transforms.dates import find_written, one_of, parse_date, parse_written
from transforms.lines import Line
from transforms.names import is_person

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
_INTRODUCER: Final = one_of({word for words in _INTRODUCERS.values() for word in words.split("|")})
# These need neither: `By Jane Doe`, «Беседовала Анна Белова».
_WITHOUT_COLON: Final = (
    *("by", "written by", r"oprac\.", r"rozmawiała?", "беседовала?", "записала?", "подготовила?", "падрыхтавала?"),
    *("падрыхтаваў", "гутарыла", "гутарыў", "підготувала?", "підготував", "розмовляла", "розмовляв", "әңгімелескен"),
)
_BYLINE: Final = re.compile(
    rf"(?:(?:{_INTRODUCER})\s?[:—–]\s?|(?:{'|'.join(_WITHOUT_COLON)})\s)(?P<names>\S.*)", re.IGNORECASE
)
# The word alone, and the names in the next line.
_LABEL: Final = re.compile(rf"(?:{_INTRODUCER})\s?[:—–]?", re.IGNORECASE)
_BY: Final = re.compile(r"by\s", re.IGNORECASE)
# Where the names end: `Фото: Анна Белова`, and what a page counts, `Просмотров: 1 245`.
_NEXT_FACT: Final = re.compile(
    r"[\s,;|•·/]+(?:фота|фото|сурет|рәсем|фоторәсем|снимки?|иллюстрация|ілюстрація|ілюстрацыя|видео|відео|відэа|photos?|"
    r"pictures?|video|foto|fotografie|zdjęci[ae]|wideo)(?:\sby)?\s?[:—–].*|"
    r"(?:[\s,;|•·/]+[^\W\d]+\s?:\s?\d+(?:\s\d{3})*)+$",
    re.IGNORECASE,
)
_CLOCK: Final = re.compile(r"(?<!\d)\d{1,2}[:.]\d\d(?!\d)")
_BETWEEN: Final = re.compile(r"\s?[,;|•·/&]\s?|\s(?:и|і|й|та|и|and|i|a|oraz|және|һәм)\s")
# Behind a name in a byline: what its bearer does.
_ROLES: Final = frozenset(
    "staff writer writers correspondent reporter reporters editor contributor contributing bureau chief special senior "
    "редактор корреспондент журналист журналистка обозреватель обозревательница спецкор редакция рэдактар рэдактарка "
    "карэспандэнт карэспандэнтка журналіст журналістка кореспондент кореспондентка редакторка оглядач оглядачка "
    "тілші тілшісі хәбәрче журналисты журналисі новинар новинарка "
    "redaktor dziennikarz dziennikarka redakcja redaktorka novinar novinarka reportér reportérka redakce admin "
    "administrator редакція рэдакцыя специально news desk team service department press".split()
)
# Longer lines are sentences.
MAX_CHARACTERS: Final = 160
_MAX_CREDIT_WORDS: Final = 9
_MAX_ROLE_WORDS: Final = 6
# A byline stands right below the last paragraph; further away it is another article's.
_FOOT_LINES: Final = 4


def authors_of(line: str) -> tuple[str, ...]:
    """The names in a byline, as written, each once; none where the line is no byline or one part of it is in doubt."""
    match = _BYLINE.fullmatch(_without_dates(line)) if len(line) <= MAX_CHARACTERS else None
    if not match:
        return ()
    names: list[str] = []
    for name in _parts(_NEXT_FACT.sub("", match["names"])):
        if agency_of(name) or _is_date(name) or _is_role(name):
            continue
        if not is_person(name):
            return ()
        names.append(name.rstrip(".") if not name[-2:-1].isupper() else name)
    return tuple(dict.fromkeys(names))


def _without_dates(line: str) -> str:
    """The line with a bar in the place of each date, and nothing before the first but a byline."""
    text, at = "", 0
    for start, end, _ in find_written(line):
        before = line[at:start].strip()
        # `Posted on January 17, 2012 by Jane Doe`
        text += f"{before.removesuffix(' on')}|" if text or _BYLINE.fullmatch(before) else ""
        at = end
    return (text + line[at:]).strip(" ,|•·–—-") if at else line.strip()


def is_credit(text: str) -> bool:
    """Whether a part of a line says whose an article is: names, what they do, `by` somebody."""
    if _BY.match(text):
        return len(text.split()) <= _MAX_CREDIT_WORDS
    match = _BYLINE.fullmatch(text)
    parts = _parts(match["names"] if match else text)
    return all(is_person(part) or agency_of(part) is not None or _is_role(part) for part in parts)


def _parts(names: str) -> Iterator[str]:
    """What stands between commas, bars and words for "and"."""
    return filter(None, (part.strip(" ,;|") for part in _BETWEEN.split(" ".join(names.split()))))


def _is_date(name: str) -> bool:
    # `May 17, 2019` comes in two parts; `Updated 6:12 p.m.`
    return (
        _CLOCK.search(name) is not None
        or name.isdigit()
        or parse_date(name) is not None
        or parse_written(name) is not None
    )


def find_authors(head: Sequence[Line], foot: Sequence[Line]) -> tuple[str, ...]:
    """The authors by the byline over the text, else by that below it; none where there are several, or none.

    `head` has the lines right over the text (transforms.page_facts.near), `foot` those below it.
    """
    above = set(_bylines(head)) or set(_introduced_by_role(head))
    # Below the text a line "By Jane Doe" is a teaser's more often than the text's.
    bylines = above or set(_bylines([line for line in foot[:_FOOT_LINES] if not _BY.match(line.text)]))
    return bylines.pop() if len(bylines) == 1 else ()


def _bylines(lines: Sequence[Line]) -> Iterator[tuple[str, ...]]:
    """The authors that lines name, each alone or with the next one."""
    for line, below in zip_longest(lines, lines[1:]):
        found = authors_of(line.text)
        if not found and below and _LABEL.fullmatch(line.text.strip()):
            found = authors_of(f"{line.text.strip(' :—–')}: {below.text}")
        if found:
            yield found


def _introduced_by_role(lines: Sequence[Line]) -> Iterator[tuple[str, ...]]:
    """A name of which the next line says that it is a reporter's."""
    for line, below in pairwise(lines):
        if is_person(line.text.strip()) and len(below.text.split()) <= _MAX_ROLE_WORDS and _is_role(below.text):
            yield (line.text.strip(),)


def _is_role(name: str) -> bool:
    return not _ROLES.isdisjoint(word.strip(",.") for word in name.casefold().split())
