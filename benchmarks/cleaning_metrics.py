"""The metric of the cleaning data's README, and how sure it is: sites are drawn, as pages of one site are alike."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

RESAMPLES: Final = 2000
SEED: Final = 4  # any fixed number: the same table twice
# `\w+`, but each CJK character on its own: kana, the ideographs with their extensions, the compatibility ideographs.
_CJK: Final = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN: Final = re.compile(f"[{_CJK}]|[^\\W{_CJK}]+")

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 of one page, each 0 to 1."""

    precision: float
    recall: float
    f1: float


def tokens(text: str) -> list[str]:
    """The tokens of a text: words, casefolded, each CJK character one."""
    return _TOKEN.findall(text.casefold())


def token_score(found: str, gold: str) -> Score:
    """How well the tokens of `found`, as a multiset, are those of `gold`; 1 where both have none."""
    these, those = Counter(tokens(found)), Counter(tokens(gold))
    return _score((these & those).total(), these.total(), those.total())


def line_score(kept: Sequence[bool], labels: Sequence[bool]) -> Score:
    """How well the kept lines are those with a label; 1 where none is kept of none."""
    return _score(sum(k and label for k, label in zip(kept, labels, strict=True)), sum(kept), sum(labels))


def _score(right: int, found: int, wanted: int) -> Score:
    if not found and not wanted:
        return Score(1.0, 1.0, 1.0)
    return Score(right / max(1, found), right / max(1, wanted), 2 * right / (found + wanted))


def bootstrap(values: Values, sites: Sequence[str], resamples: int = RESAMPLES) -> Values:
    """The means of each column of `values` (pages × columns) over resampled sites (Efron 1979): resamples × columns.

    As many sites as there are are drawn with replacement, each with all of its pages. All columns get the same
    draws, so that their differences are paired.
    """
    names, places = np.unique(np.array(sites), return_inverse=True)
    sums = np.zeros((len(names), values.shape[1]))
    np.add.at(sums, places, values)
    pages = np.bincount(places, minlength=len(names)).astype(float)
    draws = np.random.default_rng(SEED).multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    means: Values = (draws @ sums) / (draws @ pages)[:, None]
    return means


def interval(values: Values) -> tuple[float, float]:
    """The middle 95 % of `values`."""
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
