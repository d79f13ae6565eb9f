"""Noise and spelling for training: headlines in capitals, lost punctuation, other names in the place of names, and
Russian or Kazakh spelled as a neighbour.

The spellings are no translations: they show the model letters and endings of languages for which few labelled sentences
are to be had, on names whose type is known. Names are exchanged for others of their type and ending, and so mostly of
their case: the corpora write of few things, and what stands around a name should count for more than the name.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from training.entities.examples import Example
from transforms.entities.decode import OUTSIDE
from transforms.entities.pieces import SPACE

_UPPER: Final = 0.03
_TITLE: Final = 0.02
_UNPUNCTUATED: Final = 0.04
# In so many windows, so many of the names are exchanged.
_EXCHANGED: Final = 0.2
_EXCHANGED_NAMES: Final = 0.5
_ENDING: Final = 2

Rules = tuple[tuple[re.Pattern[str], str], ...]


def _rules(*pairs: tuple[str, str]) -> Rules:
    return tuple((re.compile(pattern), replacement) for pattern, replacement in pairs)


_BELARUSIAN: Final = _rules(
    (r"(?<=.)ого$", "ага"),
    (r"(?<=.)его$", "яго"),
    (r"тся$", "цца"),
    (r"ться$", "цца"),
    (r"ть$", "ць"),
    (r"де", "дзе"),
    (r"ди", "дзі"),
    (r"те", "це"),
    (r"ти", "ці"),
    (r"ре", "рэ"),
    (r"че", "чэ"),
    (r"ше", "шэ"),
    (r"же", "жэ"),
    (r"це$", "цэ"),
    (r"щ", "шч"),
    (r"ъ", "'"),
    (r"и", "і"),
    (r"(?<=[аеёіоуыэюя])в(?![аеёіоуыэюяь])", "ў"),
    # Akannye: an o that is not stressed is an a. Where the stress is we do not know; rarely at the end.
    (r"о(?=.*[аеёіоуыэюя])", "а"),
)
_UKRAINIAN: Final = _rules(
    (r"(?<=.)ии$", "ії"),
    (r"ия", "ія"),
    (r"ие", "іє"),
    (r"ть$", "ти"),
    (r"тся$", "ться"),
    (r"ё", "ьо"),
    (r"ъ", "'"),
    (r"и", "і"),
    (r"ы", "и"),
    (r"(?<=[аеиіоу])е", "є"),
    (r"^е", "є"),
    (r"э", "е"),
)
_TATAR: Final = _rules(
    (r"ғ", "г"),
    (r"қ", "к"),
    (r"ұ", "у"),
    (r"і", "е"),
    (r"[дт]ың$", "ның"),
    (r"[дт]ің$", "нең"),
    (r"ж", "җ"),
    (r"ш", "ч"),
)
_BASHKIR: Final = _rules(
    (r"қ", "ҡ"),
    (r"ұ", "у"),
    (r"і", "е"),
    (r"(?<=[аеоуыэ])з", "ҙ"),
    (r"(?<=[аеоуыэ])с(?=[аеоуыэ])", "ҫ"),
    (r"^с", "һ"),
    (r"ж", "й"),
)
# How often a text in a language is spelled as another.
_NEIGHBOURS: Final[dict[str, tuple[tuple[float, Rules], ...]]] = {
    "ru": ((0.12, _BELARUSIAN), (0.06, _UKRAINIAN)),
    "kk": ((0.12, _TATAR), (0.08, _BASHKIR)),
}


class Augmenter:
    """Varies examples; holds the names of the corpora, by language, type and ending."""

    def __init__(self, examples: Iterable[Example]) -> None:
        names: dict[tuple[str, int, str], set[tuple[str, ...]]] = defaultdict(set)
        for example in examples:
            for start, stop in _names(example.labels):
                name = example.words[start:stop]
                names[_kind(example, start, stop)].add(name)
        # Sorted, so that the same seed gives the same names.
        self._names = {kind: sorted(some) for kind, some in names.items()}

    def varied(self, example: Example, chance: random.Random) -> Example:
        """The example, or now and then a noisy, respelled or renamed one."""
        if chance.random() < _EXCHANGED:
            example = self._renamed(example, chance)
        words, labels = example.words, example.labels
        draw = chance.random()
        for share, rules in _NEIGHBOURS.get(example.language, ()):
            if draw < share:
                words = tuple(_respelled(word, rules) for word in words)
                break
            draw -= share
        draw = chance.random()
        if draw < _UPPER:
            words = tuple(word.upper() for word in words)
        elif draw < _UPPER + _TITLE:
            words = tuple(word.title() for word in words)
        elif draw < _UPPER + _TITLE + _UNPUNCTUATED:
            words, labels = _unpunctuated(words, labels)
        return replace(example, words=words, labels=labels)

    def _renamed(self, example: Example, chance: random.Random) -> Example:
        words: list[str] = []
        labels: list[int] = []
        at = 0
        for start, stop in _names(example.labels):
            words += example.words[at:start]
            labels += example.labels[at:start]
            name = example.words[start:stop]
            if chance.random() < _EXCHANGED_NAMES:
                other = chance.choice(self._names[_kind(example, start, stop)])
                # Glued to what is before it, or not, as the name was.
                space = SPACE if name[0].startswith(SPACE) else ""
                name = (space + other[0].removeprefix(SPACE), *other[1:])
            words += name
            first = example.labels[start]
            labels += [first, *[first + 1] * (len(name) - 1)]
            at = stop
        words += example.words[at:]
        labels += example.labels[at:]
        return replace(example, words=tuple(words), labels=tuple(labels))


def _names(labels: Sequence[int]) -> Iterable[tuple[int, int]]:
    """The names that labels mean, [start, stop)."""
    start = None
    for number, label in enumerate((*labels, OUTSIDE)):
        goes_on = label != OUTSIDE and label % 2 == 0
        if start is not None and not goes_on:
            yield start, number
            start = None
        if label % 2:
            start = number


def _kind(example: Example, start: int, stop: int) -> tuple[str, int, str]:
    return example.language, example.labels[start], example.words[stop - 1][-_ENDING:].lower()


def _respelled(word: str, rules: Rules) -> str:
    bare = word.removeprefix(SPACE)
    new = bare.lower()
    for pattern, replacement in rules:
        new = pattern.sub(replacement, new)
    if bare.isupper() and len(bare) > 1:
        new = new.upper()
    elif bare[:1].isupper():
        new = new[:1].upper() + new[1:]
    return word[: len(word) - len(bare)] + new


def _unpunctuated(words: Sequence[str], labels: Sequence[int]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Without the marks that are in no name."""
    kept = [
        (word, label)
        for word, label in zip(words, labels, strict=True)
        if label != OUTSIDE or word.removeprefix(SPACE)[0].isalnum()
    ]
    if not kept:
        return tuple(words), tuple(labels)
    return tuple(word for word, _ in kept), tuple(label for _, label in kept)
