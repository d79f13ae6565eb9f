"""Where labels stand: short lines with a word of menus, such as «Comments», «Read more», «Пікірлер».

What follows "Comments" is comments, however much it looks like main text; what follows "Related" is teasers. A line
alone does not tell, nor do the few lines around it: these say how far above and below the nearest label of each group
stands, and how many there are.
"""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from transforms.boilerplate.line_words import STEM, Words, look_up, stem_number
from transforms.boilerplate.menu_words import PURPOSES
from transforms.boilerplate.surroundings import Floats

# By what a label's words are for (menu_words.PURPOSES): what announces the same is a group. A word is of the first
# group that has it.
GROUPS: Final = {
    "comments": "comment forum rating views",
    "teasers": "related popular latest",
    "more": "more read next",
    "media": "news video photo",
    "sharing": "share rss email print",
    "following": "subscribe app",
    "notices": "copyright terms privacy cookie",
    "the site": "contact about help job advertise",
    "menu": "login register search cart home menu",
    "origin": "author source tags",
    "service": "weather edition correction",
}
# Longer lines say something; in words, each counted once, and pairs of ideographs.
_MOST_WORDS: Final = 8
_NONE: Final = -1.0

LABEL_FEATURES: Final = [
    f"{group}: {what}"
    for what in ("is a label", "lines since", "lines to", "labels above", "labels below")
    for group in GROUPS
]


@cache
def _known() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """The numbers of the words of menus, sorted, and beside each the place of its group."""
    group_of: dict[int, int] = {}
    for group, purposes in enumerate(GROUPS.values()):
        for purpose in purposes.split():
            for stem in PURPOSES[purpose].split():
                group_of.setdefault(stem_number(stem[:STEM]), group)
    numbers = sorted(group_of)
    return np.array(numbers, np.uint64), np.array([group_of[number] for number in numbers], np.int64)


def labels(words: Words) -> list[Floats]:
    """The columns of LABEL_FEATURES; distances and numbers as logarithms, -1 where there is no such label."""
    is_label = _labels_of_groups(words)
    above, below = np.cumsum(is_label, axis=1), np.cumsum(is_label[:, ::-1], axis=1)[:, ::-1]
    to_next = _lines_since(is_label[:, ::-1])[:, ::-1]
    columns = (is_label, _lines_since(is_label), to_next, np.log1p(above), np.log1p(below))
    return [*np.concatenate(columns).astype(np.float32)]


def _labels_of_groups(words: Words) -> npt.NDArray[np.bool_]:
    """Which lines are labels of each group, [groups, lines]."""
    known, groups = _known()
    place, is_known = look_up(words.numbers, known)
    group_of_stem = np.where(is_known, groups[place], -1)
    sizes = np.bincount(words.lines, minlength=words.number)
    group_of_pair = group_of_stem[words.stems]
    chosen = (group_of_pair >= 0) & (sizes[words.lines] <= _MOST_WORDS)
    found = np.zeros((len(GROUPS), words.number), np.bool_)
    found[group_of_pair[chosen], words.lines[chosen]] = True
    return found


def _lines_since(is_label: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    here = np.arange(is_label.shape[1])
    last = np.maximum.accumulate(np.where(is_label, here, -1), axis=1)
    return np.where(last >= 0, np.log1p(here - np.maximum(last, 0)), _NONE)
