"""Words that are spelled alike in one text mean the same, mostly: each is told what the model sees of the others."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from transforms.entities.decode import LABELS, OUTSIDE, Scores
from transforms.entities.pieces import Word

# How much of a word's scores comes from its likes.
_SHARE: Final = 0.4
# Words are alike that differ in so many letters of their ends, and agree in as many at least before them.
_ENDING: Final = 3
_STEM: Final = 4
# Nothing, then each type for its two labels.
_TYPE_OF_LABEL: Final = [0, *(1 + label // 2 for label in range(LABELS - 1))]


def agreed(scores: Scores, words: Sequence[Word], text: str) -> Scores:
    """The log-probabilities of labels [words, LABELS], the types of capitalised words drawn to the mean of their likes.

    Alike are words that begin alike, up to an ending. Left alone are words in small letters, those without likes, and
    those in names of several words.
    """
    places: dict[str, list[int]] = defaultdict(list)
    labels = scores.argmax(axis=1)
    inner = (labels != OUTSIDE) & (labels % 2 == 0)
    # «России» in «правительство России» says nothing of «России» alone.
    alone = ~inner & ~np.append(inner[1:], np.False_)
    for number, word in enumerate(words):
        if alone[number] and text[word.start].isupper() and word.end - word.start >= _STEM - 1:
            places[text[word.start : word.end].casefold()].append(number)
    types = np.concatenate([scores[:, :1], np.logaddexp(scores[:, 1::2], scores[:, 2::2])], axis=1)
    result = scores.copy()
    for alike in _alike(sorted(places)):
        numbers = [number for spelled in alike for number in places[spelled]]
        if len(numbers) > 1:
            group = types[numbers]
            others = (group.sum(axis=0, keepdims=True) - group) / (len(numbers) - 1)
            result[numbers] += _SHARE * (others - group)[:, _TYPE_OF_LABEL]
    return np.asarray(result, np.float32)


def _alike(spelled: Sequence[str]) -> Iterator[list[str]]:
    """Groups of words that are alike the first of them; `spelled` is sorted, so that likes are neighbours."""
    group: list[str] = []
    for word in spelled:
        if group and not _are_alike(group[0], word):
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _are_alike(one: str, other: str) -> bool:
    stem = max(_STEM, max(len(one), len(other)) - _ENDING)
    return one == other or (len(one) >= stem and one[:stem] == other[:stem])
