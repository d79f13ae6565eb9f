"""Acronyms that a text itself spells out: «Организация Объединённых Наций (ООН)», «МИД (Министерство …)»."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from transforms.entities.keys import sounds, words
from transforms.entities.mentions import NamedMention

_OPENING: Final = re.compile(r"\s?[»”\"]?\s?\(\s?[«“\"]?(?:далее\s?[—–-]\s?|далі\s?[—–-]\s?|далей\s?[—–-]\s?)?")
_CLOSING: Final = re.compile(r"\s?[»”\"]?\s?[),;]")
_LONGEST: Final = 8
# Words that acronyms leave out.
_SMALL: Final = frozenset(
    "и й і ў у в во на по з за о об для из при та of the and for on in w i do na z ds an a v o pro".split()
)


def is_acronym(name: str) -> bool:
    """Whether a name is one word of capitals, with digits perhaps: ООН, СНВ-3."""
    bare = name.replace("-", "")
    return 2 <= len(bare) <= _LONGEST and bare.isalnum() and bare.isupper() and " " not in name and bare[0].isalpha()


def stands_for(acronym: str, name: str) -> bool:
    """Whether the letters of an acronym are the first sounds of the words of a name, in order.

    Small words may count or not, and the letters may go on inside a word (Госдума is ГД), but each word that is not
    small gives one.
    """
    letters = [sounds(letter)[:1] for letter in acronym.casefold().replace("-", "")]
    found = words(name)
    if len([word for word in found if word not in _SMALL]) < 2:
        return False
    place = 0
    for word in found:
        written = sounds(word)
        if place < len(letters) and written[:1] == letters[place]:
            place += 1
        elif word not in _SMALL:
            return False
    return place == len(letters)


def spelled_out(mentions: Sequence[NamedMention], text: str) -> dict[int, int]:
    """For each mention (its place in `mentions`, sorted by start) that is an acronym in brackets after the full name,
    or in front of it with that in brackets: the place of the full name.
    """
    found: dict[int, int] = {}
    for before, after in pairwise(range(len(mentions))):
        first, second = mentions[before], mentions[after]
        between = text[first.mention.end : second.mention.start]
        behind = text[second.mention.end : second.mention.end + 4]
        if not _OPENING.fullmatch(between) or not _CLOSING.match(behind):
            continue
        for short, full in ((after, before), (before, after)):
            acronym = mentions[short].mention.surface
            names = (mentions[full].name, mentions[full].mention.surface)
            if is_acronym(acronym) and any(stands_for(acronym, name) for name in names):
                found[short] = full
    return found
