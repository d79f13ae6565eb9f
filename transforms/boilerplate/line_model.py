"""The model of the lines: how likely each line of a page is main text.

A forest of oblivious trees (all nodes of one depth ask the same question) sees the lines and what is around them;
another one chooses, by what the first says, which lines to keep (line_choice). The method is that of CatBoost
(Prokhorenkova et al., 2018), by which the trees are trained (training/cleaning); here they are a few operations of
NumPy.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from transforms.boilerplate import line_features, line_words
from transforms.boilerplate.extractors import EXTRACTOR_FEATURES, Votes, taken, vote_features
from transforms.boilerplate.line_choice import cuts
from transforms.boilerplate.line_features import (
    COPIES_FEATURES,
    FORM_FEATURES,
    NEIGHBOUR_FEATURES,
    POSITION_FEATURES,
    SITE_FEATURES,
    read_characters,
)
from transforms.boilerplate.line_labels import LABEL_FEATURES, labels
from transforms.boilerplate.line_words import COHESION_FEATURES, TITLE_FEATURES, VOCABULARY_FEATURES
from transforms.boilerplate.markup import MARKUP_FEATURES, LineMarkup, markup_features
from transforms.boilerplate.surroundings import Floats

Group = Literal[
    "form",
    "vocabulary",
    "position",
    "neighbours",
    "repetition",
    "title",
    "cohesion",
    "labels",
    "site",
    "markup",
    "extractors",
]
Kind = Literal["plain", "html-quick", "html"]
"""Plain pages; HTML pages of which the quick extractor was asked; those of which all were."""

KINDS: Final[tuple[Kind, ...]] = ("plain", "html-quick", "html")
_COMMON: Final[tuple[tuple[Group, Sequence[str]], ...]] = (
    ("form", FORM_FEATURES),
    ("repetition", COPIES_FEATURES),
    ("position", POSITION_FEATURES),
    ("neighbours", NEIGHBOUR_FEATURES),
    ("vocabulary", VOCABULARY_FEATURES),
    ("title", TITLE_FEATURES),
    ("cohesion", COHESION_FEATURES),
    ("labels", LABEL_FEATURES),
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


def feature_groups(kind: Kind) -> list[Group]:
    """The group of each feature that the forest of the lines sees, in their order."""
    return [group for group, names in (*_COMMON, *_OF_KIND[kind]) for _ in names]


@dataclass(frozen=True, slots=True)
class Sight:
    """A page as the model sees it: the features (features × lines), the size of each line in words, which are prose.

    Of HTML pages, what the extractors took of the lines (extractors × lines), see line_choice.cuts.
    """

    features: Floats
    size: Floats
    is_prose: npt.NDArray[np.bool_]
    took: Floats | None = None


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

    def values(self, features: Floats) -> Floats:
        """The sum of the leaves that each column of `features` falls into: of lines their log-odds."""
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


MODEL: Final = "dropwire-lines-5"


class LineModel:
    """The model of the lines, of each kind of page.

    The file holds `vocabulary` (BUCKETS weights: int8) and `vocabulary_step` (the size of a unit of them), and for each
    kind, of the forest of the lines and that of the cuts, `KIND_lines_features`, `_borders`, `_leaves`, `_bias` and
    `KIND_cuts_features` and so on, and `KIND_means` (of the features of the training lines, for explanations).
    """

    def __init__(self, path: Path) -> None:
        """Load the file. Raises OSError or ValueError where it cannot be read."""
        with np.load(path, allow_pickle=False) as file:
            self.vocabulary: Floats = file["vocabulary"].astype(np.float32) * np.float32(file["vocabulary_step"])
            self._of_lines = {kind: _read_forest(file, f"{kind}_lines") for kind in KINDS}
            self._of_cuts = {kind: _read_forest(file, f"{kind}_cuts") for kind in KINDS}
            self._means = {kind: file[f"{kind}_means"] for kind in KINDS}

    def log_odds(self, sight: Sight, kind: Kind) -> Floats:
        """The log-odds of each line's being main text."""
        return self._of_lines[kind].values(sight.features)

    def choose(self, sight: Sight, kind: Kind, likely: Floats) -> npt.NDArray[np.bool_]:
        """Which lines to keep, of which each is main text with a probability `likely`; at least one."""
        found = cuts(likely, sight.size, sight.is_prose, sight.took)
        kept: npt.NDArray[np.bool_] = found.kept[found.best(self._of_cuts[kind].values(found.features))]
        return kept

    def contributions(self, sight: Sight, kind: Kind) -> dict[Group, Floats]:
        """For each group of evidence, how much the log-odds of each line would fall without it.

        Without it: with the mean of the training pages in the place of its features (occlusion).
        """
        forest = self._of_lines[kind]
        whole = forest.values(sight.features)
        of_feature = feature_groups(kind)
        result: dict[Group, Floats] = {}
        for group in dict.fromkeys(of_feature):
            hidden = np.array([[other == group] for other in of_feature])
            result[group] = whole - forest.values(np.where(hidden, self._means[kind][:, None], sight.features))
        return result


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
        labels(words),
    ]
    if markup is None:
        columns.append(line_features.site_knowledge(is_template, len(texts)))
        return Sight(_stacked(chain.from_iterable(columns)), counted.words, counted.prose)
    votes = votes or {}
    columns += [markup_features(markup, counted), vote_features(votes, counted.words)]
    took = taken(votes, len(texts))
    return Sight(_stacked(chain.from_iterable(columns)), counted.words, counted.prose, took)


def _stacked(columns: Iterable[Floats]) -> Floats:
    """The columns as features × lines. (A third of the time that np.stack takes.)"""
    rows = list(columns)
    return np.concatenate(rows).reshape(len(rows), -1)


def with_votes(sight: Sight, votes: Votes) -> Sight:
    """The sight of an HTML page when other extractors were asked: theirs are the last of its features."""
    before_votes = sight.features[: -len(EXTRACTOR_FEATURES)]
    features = np.concatenate((before_votes, _stacked(vote_features(votes, sight.size))))
    return replace(sight, features=features, took=taken(votes, len(sight.size)))
