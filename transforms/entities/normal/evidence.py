"""What speaks for a base form of a word: its letters, its neighbours, the text around it, dictionaries.

A feature is a string, hashed to 32 bits by CRC-32; most are then joined with the hash of the edit they speak for.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from transforms.document import EntityType
from transforms.entities.normal.words import Word, script_of


@dataclass(frozen=True, slots=True)
class Place:
    """A name in its text: language, type, the words before and after it (lower case, or empty) and the words of it."""

    language: str
    type: EntityType
    before: str
    after: str
    words: tuple[Word, ...]


def hashed(feature: str) -> int:
    """The hash of a feature: CRC-32 of its UTF-8."""
    return zlib.crc32(feature.encode())


def word_features(place: Place, index: int) -> tuple[list[str], list[str], list[str]]:
    """Features of a word of a name, to be joined with an edit: general ones, ones of long endings, ones that name it.

    The later lists are left out in a part of the training, so that the earlier ones learn to do without them.
    """
    words = place.words
    word = words[index].lower
    language, kind = place.language, place.type
    script = script_of(language)
    ends = [word[-size:] for size in range(1, 6)]
    one, two, three = ends[:3]
    before = words[index - 1].lower if index else ""
    after = words[index + 1].lower if index + 1 < len(words) else ""
    spot = f"{min(index, 2)}{min(len(words) - index - 1, 2)}"
    joins = index + 1 < len(words) and words[index + 1].joined
    mark = f"{words[index].shape}{'q' if words[index].quoted else ''}{'-' if words[index].joined else ''}"
    general = [
        f"{language}",
        f"{language}{one}",
        f"{language}{two}",
        f"{language}{three}",
        f"{script}{two}",
        f"{script}{three}",
        f"{script}{kind}{two}",
        f"{language}{kind}{two}",
        f"{language}{kind}{min(len(word), 6)}",
        f"{language}={spot}{two}",
        f"{language}={spot}{kind}{one}",
        f"{language}!{mark}{two}",
        f"{script}!{mark}{joins}",
        f"{script}{kind}!{mark}{joins}{one}",
        f"{language}<{before[-2:]}<{two}",
        f"{script}<{before[-3:]}<{two}",
        f"{language}>{after[-2:]}>{two}",
        f"{language}({place.before}({one}{kind}",
        f"{language}({place.before}({two}",
        f"{language}({place.before[-2:]}({two}",
        f"{script}({place.before[-3:]}({two}",
        f"{language}){place.after[-2:]}){two}",
    ]
    long = [
        f"{language}{ends[3]}",
        f"{language}{ends[4]}",
        f"{script}{ends[3]}",
        f"{language}{kind}{three}",
        f"{language}{kind}{ends[3]}",
        f"{language}={spot}{kind}{three}",
        f"{language}<{before[-3:]}<{three}",
        f"{language}>{after[-3:]}>{three}",
        f"{language}({place.before[-3:]}({three}",
    ]
    naming = [
        f"{language}#{word}",
        f"{language}{kind}#{word}",
        f"{language}<{before}#{word}",
        f"{language}>{after}#{word}",
        f"{language}({place.before}#{word}",
    ]
    return general, long, naming


def base_features(language: str, kind: EntityType, base: str) -> tuple[list[str], str]:
    """Features of a base form itself: its ending, and one that names it."""
    script = script_of(language)
    return [
        f"{language}{kind}~{base[-1:]}",
        f"{language}{kind}~{base[-2:]}",
        f"{language}~{base[-3:]}",
        f"{script}{kind}~{base[-2:]}",
        f"{script}~{base[-3:]}",
    ], f"{language}~#{base}"


def state_features(language: str, kind: EntityType, states: Iterable[str]) -> list[str]:
    """Features of what is known of a base form beside its letters (see transforms.entities.normal.paradigms)."""
    return [feature for state in states for feature in (f"{language}%{state}", f"{language}{kind}%{state}")]


def joint_features(language: str, kind: EntityType, word: Word) -> Sequence[str]:
    """Features of a word, to be joined with the edits of it and of the word before it in the name."""
    sign = "&-" if word.joined else "&"
    return f"{language}{sign}", f"{language}{kind}{sign}", f"{language}{sign}{word.lower[-2:]}"


def ending_features(language: str) -> Sequence[str]:
    """Features to be joined with the last two letters of the base form of a word, and the last one or two of the next.

    They are what agreement looks like in the nominative: `Северн-ый пото-к`, `Бел-ая Рус-ь`.
    """
    return f"{language}&1", f"{language}&2", f"{script_of(language)}&2"
