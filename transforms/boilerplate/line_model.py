"""The model of the lines: how likely each line of a page is main text.

A forest of oblivious trees (all nodes of one depth ask the same question) sees the lines and the page; of plain pages a
second one sees also what the first made of the lines around and of their words (stacking). The method is that of
CatBoost (Prokhorenkova et al., 2018), by which the trees are trained (training/cleaning); here they are a few
operations of NumPy.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from transforms.boilerplate import line_features, line_words
from transforms.boilerplate.extractors import EXTRACTOR_FEATURES, Votes, vote_features
from transforms.boilerplate.line_features import (
    COPIES_FEATURES,
    FORM_FEATURES,
    NEIGHBOUR_FEATURES,
    POSITION_FEATURES,
    SITE_FEATURES,
    read_characters,
)
from transforms.boilerplate.line_words import (
    COHESION_FEATURES,
    LIKELY_COHESION_FEATURES,
    TITLE_FEATURES,
    VOCABULARY_FEATURES,
    Words,
)
from transforms.boilerplate.markup import MARKUP_FEATURES, LineMarkup, markup_features
from transforms.boilerplate.surroundings import Around, Floats, steps

Group = Literal[
    "form", "vocabulary", "position", "neighbours", "repetition", "title", "cohesion", "site", "markup", "extractors"
]
Kind = Literal["plain", "html-quick", "html"]
"""Plain pages; HTML pages of which the quick extractor was asked; those of which all were."""

KINDS: Final[tuple[Kind, ...]] = ("plain", "html-quick", "html")
# Markup leaves a second look nothing to find (training/cleaning/README.md).
STAGES: Final[dict[Kind, int]] = {"plain": 2, "html-quick": 1, "html": 1}

_RUN_THRESHOLD = 0.35
_LONG = 60
_FAR = 40
_SHIFTS = (-3, -2, -1, 1, 2, 3)
LIKELY_FEATURES = [
    "likely",
    "place in likely words",
    "likely words above",
    *(f"likely within {k}" for k in (1, 3, 8, 20)),
    *(f"likely {k} {side}" for k in (2, 5, 15) for side in ("after", "before")),
    *(f"likely at {shift}" for shift in _SHIFTS),
    "lines to likely run",
    "likely share",
    "log likely words",
    "likeliest",
    "likely words around",
]

_COMMON: Final[tuple[tuple[Group, Sequence[str]], ...]] = (
    ("form", FORM_FEATURES),
    ("repetition", COPIES_FEATURES),
    ("position", POSITION_FEATURES),
    ("neighbours", NEIGHBOUR_FEATURES),
    ("vocabulary", VOCABULARY_FEATURES),
    ("title", TITLE_FEATURES),
    ("cohesion", COHESION_FEATURES),
)
_OF_MARKUP: Final[tuple[tuple[Group, Sequence[str]], ...]] = (
    ("markup", MARKUP_FEATURES),
    ("extractors", EXTRACTOR_FEATURES),
)
_OF_KIND: Final[dict[Kind, tuple[tuple[Group, Sequence[str]], ...]]] = {
    "plain": (("site", SITE_FEATURES),),
    "html-quick": _OF_MARKUP,
    "html": _OF_MARKUP,
}


def feature_groups(kind: Kind, stage: int) -> list[Group]:
    """The group of each feature that the first or the second forest sees, in their order."""
    groups = [*_COMMON, *_OF_KIND[kind]]
    if stage == 2:
        groups += [("neighbours", LIKELY_FEATURES), ("cohesion", LIKELY_COHESION_FEATURES)]
    return [group for group, names in groups for _ in names]


@dataclass(frozen=True, slots=True)
class Sight:
    """A page as the model sees it: the features (features × lines), the size of each line in words, and the words."""

    features: Floats
    size: Floats
    words: Words


@dataclass(frozen=True, slots=True)
class Forest:
    """Oblivious trees: `features` and `borders` (trees × depth), `leaves` (trees × 2^depth), and what is added.

    Many trees ask the same question. `_questions` are the different ones (feature, and border as a column), `_asked`
    says which one each node asks, all nodes of a depth together; `_first_leaf` is where the leaves of a tree begin.
    """

    features: npt.NDArray[np.int64]
    borders: Floats
    leaves: Floats
    bias: float
    _questions: tuple[npt.NDArray[np.int64], Floats] = field(init=False, repr=False, compare=False)
    _asked: npt.NDArray[np.int64] = field(init=False, repr=False, compare=False)
    _first_leaf: npt.NDArray[np.intp] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find the different questions."""
        trees, depth = self.features.shape
        nodes = np.empty(trees * depth, [("feature", np.int64), ("border", np.float32)])
        nodes["feature"], nodes["border"] = self.features.T.ravel(), self.borders.T.ravel()
        questions, asked = np.unique(nodes, return_inverse=True)
        columns = np.ascontiguousarray(questions["feature"]), np.ascontiguousarray(questions["border"])[:, None]
        object.__setattr__(self, "_questions", columns)
        object.__setattr__(self, "_asked", asked)
        object.__setattr__(self, "_first_leaf", (np.arange(trees) << depth)[:, None])

    def log_odds(self, features: Floats) -> Floats:
        """The log-odds of each line, of features × lines."""
        trees, depth = self.features.shape
        asked, borders = self._questions
        answers = (features.take(asked, axis=0) > borders).view(np.uint8).take(self._asked, axis=0)
        by_level = answers.reshape(depth, trees, -1)
        # Doubled and added up, level by level from the deepest: a shift is slower.
        leaf = by_level[-1]
        for level in by_level[-2::-1]:
            np.add(leaf, leaf, out=leaf)
            np.add(leaf, level, out=leaf)
        places = np.add(leaf, self._first_leaf, dtype=np.intp)
        return np.asarray(self.leaves.ravel().take(places).sum(axis=0) + self.bias, np.float32)


MODEL: Final = "dropwire-lines-1"


class LineModel:
    """The model of the lines, of each kind of page.

    The file holds `vocabulary` (BUCKETS weights: int8) and `vocabulary_step` (the size of a unit of them), and for each
    kind and stage `KIND_STAGE_features`, `_borders`, `_leaves`, `_bias`, and `KIND_means` (of what the last forest
    sees, over the training pages, for explanations).
    """

    def __init__(self, path: Path) -> None:
        """Load the file. Raises OSError or ValueError where it cannot be read."""
        with np.load(path, allow_pickle=False) as file:
            self.vocabulary: Floats = file["vocabulary"].astype(np.float32) * np.float32(file["vocabulary_step"])
            self._forests = {
                kind: tuple(_read_forest(file, f"{kind}_{stage}") for stage in range(1, STAGES[kind] + 1))
                for kind in KINDS
            }
            self._means = {kind: file[f"{kind}_means"] for kind in KINDS}

    def log_odds(self, sight: Sight, kind: Kind) -> Floats:
        """The log-odds of each line's being main text."""
        return self._forests[kind][-1].log_odds(self._last_sight(sight, kind))

    def contributions(self, sight: Sight, kind: Kind) -> dict[Group, Floats]:
        """For each group of evidence, how much the log-odds of each line would fall without it.

        Without it: with the mean of the training pages in the place of its features (occlusion), in the last forest.
        """
        seen = self._last_sight(sight, kind)
        forest = self._forests[kind][-1]
        whole = forest.log_odds(seen)
        of_feature = feature_groups(kind, STAGES[kind])
        result: dict[Group, Floats] = {}
        for group in dict.fromkeys(of_feature):
            hidden = np.array([[other == group] for other in of_feature])
            result[group] = whole - forest.log_odds(np.where(hidden, self._means[kind][:, None], seen))
        return result

    def _last_sight(self, sight: Sight, kind: Kind) -> Floats:
        forests = self._forests[kind]
        return (
            sight.features
            if len(forests) == 1
            else with_likely(sight, probability(forests[0].log_odds(sight.features)))
        )


def _read_forest(file: Mapping[str, Any], name: str) -> Forest:
    return Forest(
        file[f"{name}_features"].astype(np.int64),
        file[f"{name}_borders"],
        file[f"{name}_leaves"],
        float(file[f"{name}_bias"]),
    )


def probability(log_odds: Floats) -> Floats:
    """Log-odds as probabilities."""
    return np.asarray(1 / (1 + np.exp(-log_odds)), np.float32)


def see(
    texts: Sequence[str],
    vocabulary: Floats,
    *,
    is_template: Sequence[bool] | None = None,
    markup: list[LineMarkup] | None = None,
    votes: Votes | None = None,
) -> Sight:
    """Make of the lines of a page what the model sees. `texts` are stripped and not empty; at least one.

    `markup` and `votes` are those of HTML pages, `is_template` is for plain ones.
    """
    characters = read_characters(texts)
    counted = line_features.count_lines(characters)
    words = line_words.read_words(characters)
    position = line_features.position(counted)
    run_weight = position[POSITION_FEATURES.index("weight of its run")]
    columns = [
        counted.columns,
        line_features.copies(counted),
        position,
        line_features.neighbours(counted),
        line_words.vocabulary(words, vocabulary),
        line_words.title_words(words),
        line_words.cohesion(words, counted, run_weight),
    ]
    if markup is None:
        columns.append(line_features.site_knowledge(is_template, len(texts)))
    else:
        columns += [markup_features(markup, counted), vote_features(votes or {}, counted.words)]
    return Sight(_stacked(chain.from_iterable(columns)), counted.words, words)


def _stacked(columns: Iterable[Floats]) -> Floats:
    """The columns as features × lines. (A third of the time that np.stack takes.)"""
    rows = list(columns)
    return np.concatenate(rows).reshape(len(rows), -1)


def with_votes(sight: Sight, votes: Votes) -> Sight:
    """The sight of an HTML page when other extractors were asked: theirs are the last of its features."""
    before_votes = sight.features[: -len(EXTRACTOR_FEATURES)]
    return replace(sight, features=np.concatenate((before_votes, _stacked(vote_features(votes, sight.size)))))


def with_likely(sight: Sight, likely: Floats) -> Floats:
    """What the second forest sees (features × lines): also what the first made of the lines around and their words."""
    columns = [*_likely_around(likely, sight.size), *line_words.likely_cohesion(sight.words, likely)]
    return np.concatenate((sight.features, _stacked(columns)))


def _likely_around(likely: Floats, words: Floats) -> list[Floats]:
    number = len(likely)
    likely_words = likely * words
    total = max(float(likely_words.sum()), 1e-3)
    sums = np.cumsum(likely_words)
    # The run of lines with the greatest sum of what speaks for them less what speaks against (Kadane).
    gains = np.concatenate(([0], np.cumsum((likely - _RUN_THRESHOLD) * np.minimum(words, _LONG))))
    lowest = np.minimum.accumulate(gains)
    end = int(np.argmax(gains - lowest))
    start = int(np.argmin(gains[: end + 1]))
    here = np.arange(number)
    around = Around.of(likely)
    to_run = np.where(here < start, here - start, np.where(here >= end, here - end + 1, 0))
    columns = [
        likely,
        sums / total,
        (sums - likely_words) / total,
        *(around.within(reach) for reach in (1, 3, 8, 20)),
        *around.both(2, 5, 15),
        *steps(likely, 0, *_SHIFTS),
        np.clip(to_run, -_FAR, _FAR),
        np.full(number, total / max(float(words.sum()), 1)),
        np.full(number, np.log1p(total)),
        np.full(number, likely.max()),
        Around.of(likely_words).within(3),
    ]
    return [np.asarray(column, np.float32) for column in columns]


# The expected F1 rises by no more once the threshold is this near.
_NEAR_ENOUGH = 1e-4
_MOST_ROUNDS = 30
# Lower than what is best by expectation: what is lost is worse than what is left.
_MERCY = 0.04
# Below this expected F1 a page is unlike those the model has learned from, and the less it is clear, the more is kept.
_CLEAR_F1 = 0.8
# Where no more than this share of the words is likely to be cut, the text came clean, and the less there is to cut, the
# surer a cut must be.
_CLEAN_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Decision:
    """Which lines to keep, and the F1 of the words kept that is to be expected."""

    kept: npt.NDArray[np.bool_]
    expected_f1: float


def decide(likely: Floats, words: Floats) -> Decision:
    """Keep the lines by which the expected F1 of the words kept is greatest; at least one.

    By Lewis (1995), keeping what is likelier than half of the F1 that is reached maximises it; so unclear pages are
    cut less, clear ones more.
    """
    words = np.maximum(words, 0.5)
    expected = float((likely * words).sum())
    # From below: each round raises the threshold, up to half of the greatest F1 (Dinkelbach); some line stays above.
    threshold = 0.0
    for _ in range(_MOST_ROUNDS):
        kept = likely > threshold
        if not kept.any():
            break
        better = float((likely * words)[kept].sum()) / (float(words[kept].sum()) + expected)
        if abs(better - threshold) < _NEAR_ENOUGH:
            break
        threshold = better
    cut_share = 1 - expected / float(words.sum())
    clarity = min(1.0, 2 * threshold / _CLEAR_F1)
    kept = likely > (threshold - _MERCY) * clarity * min(1.0, cut_share / _CLEAN_SHARE)
    return Decision(kept if kept.any() else likely >= likely.max(), 2 * threshold)
