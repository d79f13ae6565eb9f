"""A mention in its text, as the paradigms look at it."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from transforms.entities.mentions import FoundMention
from transforms.entities.normal.evidence import Place
from transforms.entities.normal.paradigms import Node, Surroundings
from transforms.entities.normal.words import in_capitals, split_words

# Languages of which the paradigms of another one hold.
_READ_AS: Final = {"bs": "sr-Latn", "hr": "sr-Latn"}
# How much of the line before and after a mention may hold the one word that is looked at.
_NEAR: Final = 40
_LAST_WORD: Final = re.compile(r"([^\W\d_]+)[^\w.!?;:]*$")
_NEXT_WORD: Final = re.compile(r"[^\w.!?;:\n]*([^\W\d_]+)")
_MOST_LINE: Final = 400


def paradigms_of(language: str) -> str:
    """The language whose paradigms a language has: its own, mostly."""
    return _READ_AS.get(language, language)


def place_of(text: str, found: FoundMention) -> Place:
    """A mention with its words and the word before it on its line."""
    mention, language = found.mention, paradigms_of(found.language)
    start = text.rfind("\n", max(0, mention.start - _MOST_LINE), mention.start) + 1
    end = text.find("\n", mention.end, mention.end + _MOST_LINE)
    line = text[max(start, mention.start - _MOST_LINE) : end if end >= 0 else mention.end + _MOST_LINE]
    capitals = mention.surface.isupper() and in_capitals(line)
    before = _LAST_WORD.search(text, max(start, mention.start - _NEAR), mention.start)
    after = _NEXT_WORD.match(text, mention.end, mention.end + _NEAR)
    return Place(
        language=language,
        type=found.type,
        before=before[1].lower() if before else "",
        after=after[1].lower() if after else "",
        words=tuple(split_words(mention.surface, language, capitals=capitals)),
    )


def surroundings(places: Iterable[Place], nodes: Iterable[Sequence[Node]]) -> dict[str, Surroundings]:
    """What the names of a text say of base forms, for each language."""
    bases: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for place, of_place in zip(places, nodes, strict=True):
        for word, node in zip(place.words, of_place, strict=True):
            bases[place.language][word.lower].update(node.choice.bases)
    return {
        language: Surroundings(frozenset(of_words), Counter(base for found in of_words.values() for base in found))
        for language, of_words in bases.items()
    }
