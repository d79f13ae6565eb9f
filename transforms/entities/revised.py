"""What the model found of names, revised by what it cannot know: agencies, and what else the text says of a person.

A rule takes the mentions, sorted and not overlapping, and returns them so. A new one is a function and a line in
`_RULES`.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from transforms.agencies import agency_of
from transforms.document import Mention
from transforms.entities.keys import is_patronymic
from transforms.entities.mentions import FoundMention
from transforms.entities.normal import turkic

IsPlace = Callable[[str, str], bool]
"""Whether a base form, in a language, is the name of a place that is known."""

# How sure the model must be of a full name to say something of other mentions by it.
_SURE: Final = 0.6
_LEAST_STEM: Final = 4
# In, into and out of, in Slavic languages.
_INTO: Final = re.compile(r"(?:^|[^\w])(?:в|во|у|ў|з|із|из|са|до|да|w|we|v|ve|vo|z|ze|zo|iz|do)\s+$", re.IGNORECASE)
_NEAR: Final = 8
# What Slavic surnames end in, in all cases; adjectives keep a letter or two of their ending.
_CASE_ENDING: Final = re.compile(
    r"(?:ого|ому|ога|аму|ему|ей|ой|ай|ою|ую|ом|ем|ым|им|ім|ам|[аеёиоуыэюяьйіїє]|iego|iemu|owi|iem|em|ovi|[aeiouyąęěýíáéů])$"
)
_DOUBLE_SURNAME: Final = re.compile(r"ov(á|é|ou)$")
# No first name: «Хәбиров Кәримоваға».
_SURNAME: Final = re.compile(r"(?:[оеё]ва?|уллина?|ский|ская)$")
_TURKIC_PATRONYMIC: Final = re.compile(r"(?:улы|ұлы|кызы|қызы|ҡыҙы)$")


def revised(text: str, found: Sequence[FoundMention], is_place: IsPlace) -> list[FoundMention]:
    """The mentions as the rules leave them."""
    mentions = list(found)
    for rule in _RULES:
        mentions = rule(text, mentions, is_place)
    return mentions


def _agencies(_text: str, found: list[FoundMention], _is_place: IsPlace) -> list[FoundMention]:
    """An agency is an organisation: the model takes «УНІАН» in a dateline for a place."""
    return [replace(one, type="ORG") if one.type == "LOC" and agency_of(one.mention.surface) else one for one in found]


def _persons_called_otherwise(text: str, found: list[FoundMention], is_place: IsPlace) -> list[FoundMention]:
    """A surname alone means the person whom the text calls so in full: «по словам Пашиняна» beside «Никол Пашинян».

    Not where the surname is a town's name, too: «Сергей Киров», «Anna Moskwa».
    """
    surnames: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for one in _full_names(found):
        word = _words(one)[-1]
        if one.language not in turkic.LANGUAGES and (stem := _stem(word)) is not None:
            surnames[stem].add((word, one.language))
    return [
        replace(one, type="PER")
        if (stem := _suspected(text, one)) in surnames and not _is_town(stem, surnames[stem], is_place)
        else one
        for one in found
    ]


def _suspected(text: str, one: FoundMention) -> str:
    """The stem of what may be a surname, though the model says otherwise; empty for all other mentions."""
    words = _words(one)
    if one.type not in {"LOC", "ORG"} or one.language in turkic.LANGUAGES or len(words) != 1:
        return ""
    # How sure the model is tells nothing; a preposition does: «Александр Соколков» and «в Соколкове».
    if _INTO.search(text, max(0, one.mention.start - _NEAR), one.mention.start):
        return ""
    # In the nominative more surnames are names of places, and the model is seldom wrong.
    stem = _stem(words[0])
    return stem if stem is not None and stem != words[0] else ""


def _is_town(stem: str, surnames: set[tuple[str, str]], is_place: IsPlace) -> bool:
    return any(is_place(name, lang) for word, lang in surnames for name in (word, stem, f"{stem}а", f"{stem}a"))


def _stem(word: str) -> str | None:
    stem = _CASE_ENDING.sub("", word)
    return stem if len(stem) >= _LEAST_STEM else None


def _two_persons(_text: str, found: list[FoundMention], _is_place: IsPlace) -> list[FoundMention]:
    """Subject and object side by side are two: «Тоқаев Ердоғанды», where the text has «Режеп Тайип Ердоғанмен».

    In Turkic languages nothing stands between them. The last word is in a case, and somebody else's surname; what is
    before it is a full name, or a surname of its own.
    """
    # By surname, in what forms it may stand, who has it; a list of names may have thousands.
    bearers: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    persons = {(tuple(_words(one)), one.language) for one in _full_names(found) if one.language in turkic.LANGUAGES}
    for name, language in persons:
        for stem in turkic.stems(name[-1], language):
            bearers[stem].add(name)
    # First names of those who do not themselves begin with somebody's surname: these are what is looked for.
    firsts = {
        stem: {name[0] for name in having if not bearers.get(name[0], set()) - {name}}
        for stem, having in bearers.items()
    }
    result: list[FoundMention] = []
    for one in found:
        words = _words(one)
        if one.type != "PER" or one.language not in turkic.LANGUAGES or len(words) < 2:
            result.append(one)
            continue
        stems = turkic.stems(words[-1], one.language) - {words[-1]}
        other = any(firsts.get(stem, set()) - {words[0]} for stem in stems)
        if len(words) > 2:
            whole = not any(is_patronymic(word) or _TURKIC_PATRONYMIC.search(word) for word in words[1:-1])
        else:
            whole = bool(_SURNAME.search(words[0]) or firsts.get(words[0], set()) - {words[0]})
        result += _parted(one) if other and whole else [one]
    return result


def _parted(one: FoundMention) -> Iterator[FoundMention]:
    """A mention without its last word, and that."""
    start, surface = one.mention.start, one.mention.surface
    before = surface.rsplit(maxsplit=1)[0]
    last = surface.split()[-1]
    for at, part in ((start, before), (one.mention.end - len(last), last)):
        yield replace(one, mention=Mention(at, at + len(part), part))


def _double_surnames(text: str, found: list[FoundMention], _is_place: IsPlace) -> list[FoundMention]:
    """Two Czech or Slovak surnames of a woman are one name: «Markétou Pekarovou Adamovou»."""
    result: list[FoundMention] = []
    for one in found:
        before = result[-1] if result else None
        if before is not None and _are_double(text, before, one):
            start, end = before.mention.start, one.mention.end
            result[-1] = replace(before, mention=Mention(start, end, text[start:end]))
        else:
            result.append(one)
    return result


def _are_double(text: str, before: FoundMention, one: FoundMention) -> bool:
    if not (before.type == one.type == "PER" and one.language in {"cs", "sk"} and before.language == one.language):
        return False
    if text[before.mention.end : one.mention.start] != " " or " " in one.mention.surface:
        return False
    first, second = (_DOUBLE_SURNAME.search(each.mention.surface) for each in (before, one))
    return first is not None and second is not None and first[1] == second[1]


def _full_names(found: Sequence[FoundMention]) -> Iterator[FoundMention]:
    return (one for one in found if one.type == "PER" and one.probability >= _SURE and len(_words(one)) > 1)


def _words(one: FoundMention) -> list[str]:
    return one.mention.surface.lower().split()


_RULES: Final[tuple[Callable[[str, list[FoundMention], IsPlace], list[FoundMention]], ...]] = (
    _agencies,
    _persons_called_otherwise,
    _two_persons,
    _double_surnames,
)
