"""Fitting: the vocabulary; for each kind of page the forest of the lines, and, on what such forests say of pages that
they have not seen, the forest that chooses among cuts."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from catboost import CatBoost, CatBoostClassifier, Pool
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import SGDClassifier

from training.cleaning.pages import WRITTEN, Page, fold_of
from transforms.boilerplate.extractors import EXTRACTORS, words_of
from transforms.boilerplate.line_choice import Cuts, cuts
from transforms.boilerplate.line_features import Floats, read_characters
from transforms.boilerplate.line_model import Forest, Kind, Sight, probability, see
from transforms.boilerplate.line_words import BUCKETS, read_words

FOLDS = 4
_SEED = 1
# A plain page is seen with and without what is known of its site, and, at these weights, its main text alone, as clean
# drops bring it, and with few of the lines around, as shorter pages have them.
_CLEAN_WEIGHT = 0.4
_SHORT_WEIGHT = 0.8
_MOST_AROUND = 25
_MOST_PARAGRAPHS = 9
_NEAREST_SHARE = 0.5
_MIN_CLEAN_LINES = 3
# Weights of lines: for the words they have, as token F1 counts them, and for themselves, as line F1 does.
_WORD_SHARE = 0.6
# A cut is as good as these two, and, a little more, what it does not lose: what is lost is worse than what is left.
_RECALL_SHARE = 0.1
_MIN_GOLD_WORDS = 30
_MIN_MAIN_LINES = 3
_MAX_WEIGHT = 1.5
# Each collection weighs as much as so many pages; the pages that were written for us half of it: at the whole, those of
# the collections are judged worse (README.md).
_COLLECTION = 300
_WRITTEN_SHARE = 0.5
# Below this token F1 of the labels themselves, a page has no right answer.
_MIN_ORACLE = 0.5
# What the forests are fitted with: found on pages outside their folds (README.md).
_COMMON = {
    "iterations": 300,
    "rsm": 0.4,
    "bootstrap_type": "Bernoulli",
    "subsample": 0.7,
    "leaf_estimation_iterations": 1,
    "boosting_type": "Plain",
    "thread_count": 2,
    "verbose": 0,
    "allow_writing_files": False,
}
_OF_LINES = {**_COMMON, "depth": 5, "learning_rate": 0.1, "l2_leaf_reg": 5, "border_count": 64, "random_seed": _SEED}
# The cuts of a page are compared with each other only.
_OF_CUTS = {**_COMMON, "loss_function": "QueryRMSE", "depth": 6, "learning_rate": 0.06, "l2_leaf_reg": 20}
# The forest of the cuts is the mean of several: of one alone, another seed makes .003 of token F1, more on short pages.
_MEMBERS = 4


@dataclass(frozen=True, slots=True)
class Example:
    """A page as it is seen once: its fold, its sight, what it weighs, and the weights of its lines."""

    page: Page
    view: str
    fold: int
    sight: Sight
    weight: float
    line_weights: Floats

    @property
    def labels(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which lines are main text."""
        return np.array(self.page.labels)


def token_counts(texts: Sequence[str]) -> Counter[str]:
    """The words of the lines, counted."""
    return Counter(word for text in texts for word in words_of(text))


def scores(page: Page, kept: Sequence[bool]) -> tuple[float, float, float]:
    """Token F1, line F1 and token recall of the lines kept."""
    gold = Counter(words_of(page.gold))
    found = token_counts([text for text, keep_it in zip(page.texts, kept, strict=True) if keep_it])
    both = sum((gold & found).values())
    token = 2 * both / (sum(gold.values()) + sum(found.values())) if both else 0.0
    true = sum(keep_it and label for keep_it, label in zip(kept, page.labels, strict=True))
    line = 2 * true / (sum(kept) + sum(page.labels)) if true else 0.0
    return token, line, both / max(sum(gold.values()), 1)


def fit_vocabularies(pages: Sequence[Page]) -> tuple[Floats, list[Floats]]:
    """The vocabulary of all pages, and for each fold that of the pages outside it."""
    rows = [_token_rows(page) for page in pages]
    labels = [np.array(page.labels) for page in pages]
    sizes = Counter(page.collection for page in pages)
    weights = [line_weights(page, sizes) for page in pages]
    folds = np.array([fold_of(page.site, FOLDS) for page in pages])

    def fit(chosen: Sequence[int]) -> Floats:
        model = SGDClassifier(loss="log_loss", alpha=3e-6, max_iter=15, tol=None, random_state=_SEED, average=True)
        model.fit(
            vstack([rows[i] for i in chosen]),
            np.concatenate([labels[i] for i in chosen]),
            sample_weight=10 * np.concatenate([weights[i] for i in chosen]),
        )
        return np.asarray(model.coef_[0], np.float32)

    return fit(range(len(pages))), [fit(np.flatnonzero(folds != fold).tolist()) for fold in range(FOLDS)]


def _token_rows(page: Page) -> csr_matrix:
    words = read_words(read_characters(page.texts))
    lengths = np.bincount(words.token_lines, minlength=words.number)
    values = 1 / np.sqrt(np.maximum(lengths, 1))[words.token_lines]
    return csr_matrix((values, (words.token_lines, words.tokens)), shape=(words.number, BUCKETS))


def line_weights(page: Page, sizes: Counter[str]) -> Floats:
    """What a mistake in each line costs, about, in the mean of token and line F1 over the collections."""
    tokens = np.array([len(words_of(text)) for text in page.texts])
    gold = max(len(words_of(page.gold)), _MIN_GOLD_WORDS)
    weights = _WORD_SHARE * tokens / gold + (1 - _WORD_SHARE) / max(sum(page.labels), _MIN_MAIN_LINES)
    if page.is_open:
        weights[0] = 0
    return np.asarray(np.minimum(weights, _MAX_WEIGHT) * _page_weight(page, sizes), np.float32)


def _page_weight(page: Page, sizes: Counter[str]) -> float:
    share = _WRITTEN_SHARE if page.collection == WRITTEN.name else 1.0
    return share * _COLLECTION / sizes[page.collection]


def plain_examples(pages: Sequence[Page], tables: Sequence[Floats]) -> list[Example]:
    """Plain pages, each seen with the vocabulary that did not see it."""
    sizes = Counter(page.collection for page in pages)
    examples: list[Example] = []
    for page in pages:
        fold = fold_of(page.site, FOLDS)
        weight, weights = _page_weight(page, sizes), line_weights(page, sizes)
        views = [("lone", page, None)] + ([("site", page, page.is_template)] if page.is_template else [])
        for view, seen, templates in views:
            sight = see(seen.texts, tables[fold], is_template=templates)
            examples.append(Example(page, view, fold, sight, weight / len(views), weights / np.float32(len(views))))
        for view, part, chosen, share in _parts(page):
            sight = see(part.texts, tables[fold])
            examples.append(
                Example(part, view, fold, sight, weight * share, weights[np.array(chosen)] * np.float32(share))
            )
    return examples


def _parts(page: Page) -> Iterator[tuple[str, Page, Sequence[int], float]]:
    """A page as a shorter one, and without what is around: the view, the page, its lines by number, its weight."""
    main = [i for i, label in enumerate(page.labels) if label]
    if len(main) < _MIN_CLEAN_LINES:
        return
    short = _shortened(page, main)
    for view, chosen, share in (
        ("clean", main, _CLEAN_WEIGHT),
        ("short", short, _SHORT_WEIGHT),
        ("short clean", [i for i in short if page.labels[i]], _CLEAN_WEIGHT),
    ):
        yield view, _part(page, chosen), chosen, share


def _part(page: Page, chosen: Sequence[int]) -> Page:
    """Some lines of a page, as if it had no others."""
    return replace(
        page,
        texts=tuple(page.texts[i] for i in chosen),
        labels=tuple(page.labels[i] for i in chosen),
        gold="\n".join(page.texts[i] for i in chosen if page.labels[i]),
        is_template=None,
        markup=tuple(page.markup[i] for i in chosen) if page.markup else None,
        votes={name: took[np.array(chosen)] for name, took in page.votes.items()} if page.votes else None,
    )


def _shortened(page: Page, main: Sequence[int]) -> list[int]:
    """The lines of a page as if it were a short one: some of its paragraphs, what is between, some lines around.

    Half of the time the lines around are what is nearest, in one piece.
    """
    draw = random.Random(page.name)  # noqa: S311 - the same for the same page
    number = draw.randint(_MIN_CLEAN_LINES, _MOST_PARAGRAPHS)
    begin = draw.randint(0, max(len(main) - number, 0))
    inside = range(main[begin], main[begin : begin + number][-1] + 1)
    over, under = range(main[0]), range(main[-1] + 1, len(page.texts))
    above = sorted(draw.sample(over, min(len(over), draw.randint(0, _MOST_AROUND))))
    below = sorted(draw.sample(under, min(len(under), draw.randint(0, _MOST_AROUND))))
    if draw.random() < _NEAREST_SHARE:
        above, below = list(over[len(over) - len(above) :]), list(under[: len(below)])
    return [*above, *inside, *below]


def html_examples(pages: Sequence[Page], tables: Sequence[Floats], kind: Kind) -> list[Example]:
    """HTML pages, with the votes of the extractors that are asked for their kind."""
    sizes = Counter(page.collection for page in pages)
    asked = [extractor.name for extractor in EXTRACTORS if kind == "html" or extractor.is_quick]
    examples: list[Example] = []
    for page in pages:
        oracle, *_ = scores(page, page.labels)
        if page.votes is None or page.markup is None or oracle < _MIN_ORACLE:
            continue
        fold = fold_of(page.site, FOLDS)
        weight, weights = _page_weight(page, sizes), line_weights(page, sizes)
        whole = (kind, page, range(len(page.texts)), 1.0)
        # A page with markup comes with something around its text.
        short = (
            (f"{kind} {view}", part, chosen, share) for view, part, chosen, share in _parts(page) if view == "short"
        )
        for view, part, chosen, share in (whole, *short):
            votes = {name: (part.votes or {})[name] for name in asked}
            sight = see(part.texts, tables[fold], markup=list(part.markup or ()), votes=votes)
            examples.append(
                Example(part, view, fold, sight, weight * share, weights[np.array(chosen)] * np.float32(share))
            )
    return examples


def fit_lines(examples: Sequence[Example]) -> Forest:
    """The forest of the lines. The seeds are fixed; on one machine two runs give the same."""
    model = CatBoostClassifier(**_OF_LINES)
    model.fit(
        np.hstack([example.sight.features for example in examples]).T,
        np.concatenate([example.labels for example in examples]).astype(int),
        sample_weight=np.concatenate([example.line_weights for example in examples]),
    )
    return _forest_of(model)


def _mean(forests: Sequence[Forest]) -> Forest:
    """The forests as one, whose values are the means of theirs."""
    return Forest(
        np.concatenate([forest.features for forest in forests]),
        np.concatenate([forest.borders for forest in forests]),
        np.asarray(np.concatenate([forest.leaves for forest in forests]) / len(forests), np.float32),
        float(np.mean([forest.bias for forest in forests])),
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """The cuts of an example, by how likely its lines are, and the scores of each."""

    example: Example
    cuts: Cuts
    scores: Floats

    @property
    def quality(self) -> Floats:
        """How good each cut is."""
        weights = np.array([_WORD_SHARE, 1 - _WORD_SHARE, _RECALL_SHARE], np.float32)
        return np.asarray(self.scores @ weights, np.float32)


def choice_of(example: Example, likely: Floats) -> Choice:
    """The cuts of an example whose lines are main text with the probabilities `likely`."""
    found = cuts(likely, example.sight.size, example.sight.is_prose, example.sight.took)
    of_each = np.array([scores(example.page, kept.tolist()) for kept in found.kept], np.float32)
    return Choice(example, found, of_each)


def fit_cuts(choices: Sequence[Choice]) -> Forest:
    """The forest that foretells how good a cut is, against the others of its page."""
    sizes = [len(choice.scores) for choice in choices]
    pool = Pool(
        np.hstack([choice.cuts.features for choice in choices]).T,
        np.concatenate([choice.quality for choice in choices]),
        group_id=np.repeat(np.arange(len(choices)), sizes),
        group_weight=np.repeat([choice.example.weight for choice in choices], sizes),
    )
    members = []
    for seed in range(_SEED, _SEED + _MEMBERS):
        model = CatBoost({**_OF_CUTS, "random_seed": seed})
        model.fit(pool)
        members.append(_forest_of(model))
    return _mean(members)


def _forest_of(model: CatBoost) -> Forest:
    path = Path("forest.json")
    model.save_model(str(path), format="json")
    described = json.loads(path.read_text())
    path.unlink()
    trees = described["oblivious_trees"]
    scale, (bias, *_) = described["scale_and_bias"]
    depth = max(len(tree["splits"]) for tree in trees)
    features = np.zeros((len(trees), depth), np.int64)
    borders = np.full((len(trees), depth), np.inf, np.float32)
    leaves = np.zeros((len(trees), 1 << depth), np.float32)
    for number, tree in enumerate(trees):
        for level, split in enumerate(tree["splits"]):
            features[number, level] = split["float_feature_index"]
            borders[number, level] = split["border"]
        # A tree of less depth has fewer leaves; the answers of the missing levels are always no.
        leaves[number, : len(tree["leaf_values"])] = np.array(tree["leaf_values"]) * scale
    return Forest(features, borders, leaves, float(bias))


def out_of_fold(examples: Sequence[Example]) -> list[Floats]:
    """How likely the lines of each example are main text by a forest that was fitted on the other folds."""
    result: list[Floats] = [np.zeros(0, np.float32)] * len(examples)
    for fold in range(FOLDS):
        forest = fit_lines([example for example in examples if example.fold != fold])
        for i, example in enumerate(examples):
            if example.fold == fold:
                result[i] = probability(forest.values(example.sight.features))
    return result


@dataclass(frozen=True, slots=True)
class Fitted:
    """The forests of a kind, the means of what that of the lines sees, and the choices that the other learned from."""

    of_lines: Forest
    of_cuts: Forest
    means: Floats
    choices: list[Choice]


def fit_kind(examples: Sequence[Example]) -> Fitted:
    """The forests of a kind of page."""
    said = out_of_fold(examples)
    choices = [choice_of(example, likely) for example, likely in zip(examples, said, strict=True)]
    means = np.hstack([example.sight.features for example in examples]).mean(axis=1).astype(np.float32)
    return Fitted(fit_lines(examples), fit_cuts(choices), means, choices)


def judged(choices: Sequence[Choice]) -> dict[tuple[str, str], tuple[float, float]]:
    """Token and line F1 outside the folds for each view and collection, and `mean` of the collections."""
    found: dict[tuple[str, str], list[Floats]] = {}
    for fold in range(FOLDS):
        forest = fit_cuts([choice for choice in choices if choice.example.fold != fold])
        for choice in choices:
            example = choice.example
            if example.fold != fold:
                continue
            score = choice.scores[choice.cuts.best(forest.values(choice.cuts.features)), :2]
            found.setdefault((example.view, example.page.collection), []).append(score)
            if example.view == "lone" and example.page.is_template is None:
                found.setdefault(("site", example.page.collection), []).append(score)
    means = {key: tuple(np.mean(values, axis=0).tolist()) for key, values in found.items()}
    for view in {view for view, _ in means}:
        means[view, "mean"] = tuple(np.mean([value for key, value in means.items() if key[0] == view], axis=0))
    return means


def export(path: Path, vocabulary: Floats, fitted: dict[Kind, Fitted]) -> None:
    """Write the model file, see transforms.boilerplate.line_model.LineModel."""
    step = float(np.abs(vocabulary).max()) / 127
    arrays: dict[str, Any] = {
        "vocabulary": np.round(vocabulary / step).astype(np.int8),
        "vocabulary_step": np.float32(step),
    }
    for kind, fits in fitted.items():
        for what, forest in (("lines", fits.of_lines), ("cuts", fits.of_cuts)):
            arrays |= {
                f"{kind}_{what}_features": forest.features.astype(np.uint8),
                f"{kind}_{what}_borders": forest.borders,
                f"{kind}_{what}_leaves": forest.leaves,
                f"{kind}_{what}_bias": np.float32(forest.bias),
            }
        arrays[f"{kind}_means"] = fits.means
    np.savez_compressed(path, **arrays)
