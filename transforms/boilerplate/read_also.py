"""Links with a word that says so: to other articles, `Читайте также: …`, and to where the text was first."""

import re
from typing import Final

from transforms.boilerplate.page import Page

REASON = "read-also"
# By language, in lower case. A colon or a dash follows, and the headline of another article.
_PHRASES: Final = (
    "шулай уҡ уҡығыҙ|шулай уҡ ҡарағыҙ",  # ba
    "чытайце таксама|чытайце яшчэ|чытаць таксама|глядзіце таксама|глядзіце яшчэ|па тэме",  # be
    "прочетете още|прочетете също|прочети още|вижте още|вижте също|виж още|още по темата",  # bg
    "čtěte také|čtěte též|čtěte i|čtěte více|přečtěte si také|přečtěte si i|mohlo by vás zajímat",  # cs
    "read also|also read|read more|read next|see also|related|related story|related stories|more on this",  # en
    "оқи отырыңыз|оқи отырыңдар|тағы оқыңыз|тағы да оқыңыз|сондай-ақ оқыңыз|сонымен қатар оқыңыз",  # kk
    "czytaj też|czytaj także|czytaj również|czytaj więcej|przeczytaj też|przeczytaj także",  # pl
    "przeczytaj również|zobacz też|zobacz także|zobacz również|polecamy",  # pl
    "читайте также|читайте ещё|читайте еще|читайте по теме|читать также|смотрите также|по теме",  # ru
    "прочитајте још|прочитајте и|погледајте још|pročitajte još|pročitajte i|pogledajte još|pogledajte i",  # sr
    "шулай ук укыгыз|моны да укыгыз|шулай ук карагыз",  # tt
    "читайте також|читайте ще|читати також|дивіться також|дивіться ще|за темою",  # uk
)
_LINK: Final = re.compile(rf"[^\w\n]*(?:{'|'.join(_PHRASES)})\s?[:—–-].*\w.*", re.IGNORECASE)
# What blogs put below the text in their feeds.
_FIRST_APPEARED: Final = re.compile(
    r"The post .+ (?:first appeared|appeared first) on .+|Запись .+ впервые появилась .+|"
    r"Сообщение .+ появились сначала на .+|Запис .+ спершу з.явиться на .+|Artykuł .+ pochodzi z serwisu .+"
)
# To pass over most lines quickly.
_WORD: Final = re.compile(r"[^\W\d_]+")
_FIRST_WORDS: Final = frozenset(
    {found[0] for line in _PHRASES for phrase in line.split("|") if (found := _WORD.match(phrase))}
    | {"the", "запись", "сообщение", "запис", "artykuł"}
)
# Longer lines go on with a text.
_MAX_CHARACTERS: Final = 250


def links_to_others(page: Page) -> list[int]:
    """Lines that are nothing but such a link."""
    return [i for i, line in enumerate(page.lines) if len(line.text) <= _MAX_CHARACTERS and _is_link(line.text)]


def _is_link(line: str) -> bool:
    first = _WORD.search(line)
    if first is None or first[0].casefold() not in _FIRST_WORDS:
        return False
    return bool(_LINK.fullmatch(line) or _FIRST_APPEARED.fullmatch(line))
