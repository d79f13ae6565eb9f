"""What is not torn apart: a text that came clean, its last sentences, and series of lines of one form.

An interview, the ingredients of a recipe, the steps of a manual are short lines, as menus are. The model of the lines
weighs each by itself and its neighbours, and loses some of them. Here they are taken together: what is true of most of
a series is true of all of it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby, islice
from typing import Final

import numpy as np
import numpy.typing as npt

from transforms.boilerplate.headline import is_prose
from transforms.boilerplate.line_features import ENDS, Floats, is_ideograph
from transforms.boilerplate.line_words import STEM
from transforms.boilerplate.marks import is_ad_slot
from transforms.boilerplate.menu_words import PURPOSES

# On 95 in 100 development pages that have boilerplate, some line is less likely main text than .008, and on 99 in 100
# than .06; of those between, none has a menu that `menu_words` does not know and costs what it spares.
_SURELY_CUT: Final = 0.03
# Labels have fewer words, and do not end as a sentence does.
_LABEL_WORDS: Final = 5
# A series has so many lines, and is kept whole where this share of its words is kept.
_MIN_SERIES: Final = 4
_KEPT_SHARE: Final = 0.3
# Speakers have short names, and speak more than once: other lines with a colon are of any kind.
_MAX_NAME: Final = 40
_MIN_TURNS: Final = 3

# A sentence right below the text that is likelier main text than this goes on with it, if it has no word of menus, or
# one. On development pages, of sentences of that length right below main text and without a word of menus, 98 in 100
# are main text, and 90 where it ends by then; a model that knows neither site nor language doubts the one above a menu.
_GOES_ON: Final = (0.05, 0.15)
_MOST_GOING_ON: Final = 2
# In characters.
_LEAST_SENTENCE: Final = 40

_WORD: Final = re.compile(r"[^\W\d_]+")
_DASHES: Final = frozenset("—–-")
_BULLETS: Final = frozenset("•·*▪‣◦")
_STEP: Final = re.compile(r"\d{1,3}[.)]\s")
_AMOUNT: Final = re.compile(r"(?:\d+(?:[.,/]\d+)?|[½¼¾])\s+\w")


def came_clean(texts: Sequence[str], likely: Floats, words: Floats, kept: npt.NDArray[np.bool_]) -> bool:
    """Whether nothing stands around the text of a page, though the model would cut some of its lines.

    Where there is boilerplate, the model is sure of some of it, whatever else it is not sure of; or, in a language it
    has not learned, a label that is to be cut has a word of menus. `likely` are probabilities of being main text,
    `words` the sizes of the lines.
    """
    if float(likely.min()) <= _SURELY_CUT:
        return False
    labels = np.flatnonzero(~kept & (words < _LABEL_WORDS)).tolist()
    return not any(menu_words(texts[i]) for i in labels if texts[i][-1] not in ENDS)


def last_sentences(texts: Sequence[str], likely: Floats, kept: npt.NDArray[np.bool_]) -> list[int]:
    """The sentences with which the text goes on below the last line that is kept, at most two.

    It may go on below advertising slots.
    """
    found: list[int] = []
    last = int(np.flatnonzero(kept)[-1]) if kept.any() else len(texts)
    below = (i for i in range(last + 1, len(texts)) if not is_ad_slot(texts[i]))
    for i in islice(below, _MOST_GOING_ON):
        number = menu_words(texts[i])
        if (
            len(texts[i]) < _LEAST_SENTENCE
            or not is_prose(texts[i])
            or number >= len(_GOES_ON)
            or likely[i] <= _GOES_ON[number]
        ):
            break
        found.append(i)
    return found


def menu_words(text: str) -> int:
    """How many words of the line, or of two ideographs of it that follow each other, are in the table of menu words."""
    stems = _stems()
    number = 0
    for word in _WORD.findall(text.lower()):
        in_ideographs = is_ideograph(ord(word[0])) and any(word[i : i + 2] in stems for i in range(len(word) - 1))
        number += word[:STEM] in stems or in_ideographs
    return number


@cache
def _stems() -> frozenset[str]:
    return frozenset(stem[:STEM] for stems in PURPOSES.values() for stem in stems.split())


def in_kept_series(texts: Sequence[str], words: Floats, kept: npt.NDArray[np.bool_]) -> list[int]:
    """The lines of series of which enough is kept, by the sizes of their lines in words."""
    return [
        i
        for begin, end in _series(texts)
        if float(words[begin:end][kept[begin:end]].sum()) >= _KEPT_SHARE * float(words[begin:end].sum())
        for i in range(begin, end)
    ]


def _series(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The series, [begin, end): lines one below the other that all begin in the same way."""
    forms = ["" if text[0].isalpha() else _form(text) for text in texts]
    names = {i: text[:end] for i, text in enumerate(texts) if (end := text.find(":", 0, _MAX_NAME)) > 0}
    turns = Counter(names.values())
    for i, name in names.items():
        if turns[name] >= _MIN_TURNS and not forms[i]:
            forms[i] = "name"
    begin = 0
    for form, lines in groupby(forms):
        end = begin + sum(1 for _ in lines)
        if form and end - begin >= _MIN_SERIES:
            yield begin, end
        begin = end


def _form(text: str) -> str:
    """How a line begins: with the dash of speech or of a list, a bullet, the number of a step, an amount; or ""."""
    first = text[0]
    if first in _DASHES:
        return "dash" if text[1:2].isspace() else ""
    if first in _BULLETS:
        return "bullet"
    if _STEP.match(text):
        return "step"
    return "amount" if _AMOUNT.match(text) else ""
