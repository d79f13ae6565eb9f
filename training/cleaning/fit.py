"""Fitting: the vocabulary, then the forests of each kind of page, a second on what the first says of pages unseen."""

import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from catboost import CatBoostClassifier
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import SGDClassifier

from training.cleaning.pages import Page, fold_of
from transforms.boilerplate.extractors import EXTRACTORS, words_of
from transforms.boilerplate.line_features import Floats, read_characters
from transforms.boilerplate.line_model import STAGES, Forest, Kind, Sight, decide, probability, see, with_likely
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
_MIN_GOLD_WORDS = 30
_MIN_MAIN_LINES = 3
_MAX_WEIGHT = 1.5
# Each collection weighs as much as so many pages.
_COLLECTION = 300
# Below this token F1 of the labels themselves, a page has no right answer.
_MIN_ORACLE = 0.5
_TREES = 300
_DEPTH = 5
_RATE = 0.1


@dataclass(frozen=True, slots=True)
class Example:
    """A page as it is seen once: its name, fold, sight, labels and the weights of its lines."""

    page: Page
    view: str
    fold: int
    sight: Sight
    labels: np.ndarray[Any, np.dtype[np.bool_]]
    weights: Floats


def token_counts(texts: Sequence[str]) -> Counter[str]:
    """The words of the lines, counted."""
    return Counter(word for text in texts for word in words_of(text))


def scores(page: Page, kept: Sequence[bool]) -> tuple[float, float]:
    """Token F1 and line F1 of the lines kept."""
    gold = Counter(words_of(page.gold))
    found = token_counts([text for text, keep_it in zip(page.texts, kept, strict=True) if keep_it])
    both = sum((gold & found).values())
    token = 2 * both / (sum(gold.values()) + sum(found.values())) if both else 0.0
    true = sum(keep_it and label for keep_it, label in zip(kept, page.labels, strict=True))
    line = 2 * true / (sum(kept) + sum(page.labels)) if true else 0.0
    return token, line


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
    return np.asarray(np.minimum(weights, _MAX_WEIGHT) * _COLLECTION / sizes[page.collection], np.float32)


def plain_examples(pages: Sequence[Page], tables: Sequence[Floats]) -> list[Example]:
    """Plain pages, each seen with the vocabulary that did not see it."""
    sizes = Counter(page.collection for page in pages)
    examples: list[Example] = []
    for page in pages:
        fold = fold_of(page.site, FOLDS)
        labels, weights = np.array(page.labels), line_weights(page, sizes)
        views = [("lone", page, None)] + ([("site", page, page.is_template)] if page.is_template else [])
        for view, seen, templates in views:
            sight = see(seen.texts, tables[fold], is_template=templates)
            examples.append(Example(page, view, fold, sight, labels, weights / np.float32(len(views))))
        main = [i for i, label in enumerate(page.labels) if label]
        if len(main) < _MIN_CLEAN_LINES:
            continue
        short = _shortened(page, main)
        views_of_parts = (
            ("clean", main, _CLEAN_WEIGHT),
            ("short", short, _SHORT_WEIGHT),
            ("short clean", [i for i in short if page.labels[i]], _CLEAN_WEIGHT),
        )
        for view, chosen, weight in views_of_parts:
            part = replace(
                page,
                texts=tuple(page.texts[i] for i in chosen),
                labels=tuple(page.labels[i] for i in chosen),
                is_template=None,
            )
            sight = see(part.texts, tables[fold])
            examples.append(Example(part, view, fold, sight, labels[chosen], weights[chosen] * np.float32(weight)))
    return examples


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
        oracle, _ = scores(page, page.labels)
        if page.votes is None or page.markup is None or oracle < _MIN_ORACLE:
            continue
        fold = fold_of(page.site, FOLDS)
        votes = {name: page.votes[name] for name in asked}
        sight = see(page.texts, tables[fold], markup=list(page.markup), votes=votes)
        examples.append(Example(page, kind, fold, sight, np.array(page.labels), line_weights(page, sizes)))
    return examples


View = Callable[[Example], Floats]


def fit_forest(examples: Sequence[Example], view: View) -> Forest:
    """One forest. The seeds are fixed; on one machine two runs give the same."""
    model = CatBoostClassifier(
        iterations=_TREES,
        depth=_DEPTH,
        learning_rate=_RATE,
        l2_leaf_reg=5,
        border_count=64,
        rsm=0.4,
        bootstrap_type="Bernoulli",
        subsample=0.7,
        leaf_estimation_iterations=1,
        boosting_type="Plain",
        random_seed=_SEED,
        thread_count=2,
        verbose=0,
        allow_writing_files=False,
    )
    model.fit(
        np.hstack([view(example) for example in examples]).T,
        np.concatenate([example.labels for example in examples]).astype(int),
        sample_weight=np.concatenate([example.weights for example in examples]),
    )
    return _forest_of(model)


def _forest_of(model: CatBoostClassifier) -> Forest:
    path = Path("forest.json")
    model.save_model(str(path), format="json")
    described = json.loads(path.read_text())
    path.unlink()
    trees = described["oblivious_trees"]
    scale, (bias, *_) = described["scale_and_bias"]
    features = np.zeros((len(trees), _DEPTH), np.int64)
    borders = np.full((len(trees), _DEPTH), np.inf, np.float32)
    leaves = np.zeros((len(trees), 1 << _DEPTH), np.float32)
    for number, tree in enumerate(trees):
        for level, split in enumerate(tree["splits"]):
            features[number, level] = split["float_feature_index"]
            borders[number, level] = split["border"]
        # A tree of less depth has fewer leaves; the answers of the missing levels are always no.
        leaves[number, : len(tree["leaf_values"])] = np.array(tree["leaf_values"]) * scale
    return Forest(features, borders, leaves, float(bias))


def out_of_fold(examples: Sequence[Example], view: View) -> list[Floats]:
    """What is said of each example by a forest that was fitted on the other folds."""
    result: list[Floats] = [np.zeros(0, np.float32)] * len(examples)
    for fold in range(FOLDS):
        forest = fit_forest([example for example in examples if example.fold != fold], view)
        for i, example in enumerate(examples):
            if example.fold == fold:
                result[i] = probability(forest.log_odds(view(example)))
    return result


@dataclass(frozen=True, slots=True)
class Fitted:
    """The forests of a kind, the means of what the last sees, and what others say of pages outside their folds."""

    forests: tuple[Forest, ...]
    means: Floats
    said: list[Floats]


def fit_kind(examples: Sequence[Example], kind: Kind, *, judge: bool) -> Fitted:
    """The forests of a kind; with `judge`, also what such forests say of pages outside their folds."""

    def features(example: Example) -> Floats:
        return example.sight.features

    forests = [fit_forest(examples, features)]
    view, said = features, out_of_fold(examples, features) if judge or STAGES[kind] == 2 else []
    if STAGES[kind] == 2:
        likely = {id(example): of_lines for example, of_lines in zip(examples, said, strict=True)}

        def with_first(example: Example) -> Floats:
            return with_likely(example.sight, likely[id(example)])

        view, said = with_first, out_of_fold(examples, with_first) if judge else []
        forests.append(fit_forest(examples, view))
    means = np.hstack([view(example) for example in examples]).mean(axis=1).astype(np.float32)
    return Fitted(tuple(forests), means, said)


def judged(examples: Sequence[Example], said: Sequence[Floats]) -> dict[tuple[str, str], tuple[float, float]]:
    """Token and line F1 for each view and collection, and `mean` of the collections."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for example, likely in zip(examples, said, strict=True):
        kept = decide(likely, example.sight.size).kept
        score = scores(example.page, kept.tolist())
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
        for stage, forest in enumerate(fits.forests, 1):
            arrays |= {
                f"{kind}_{stage}_features": forest.features.astype(np.uint8),
                f"{kind}_{stage}_borders": forest.borders,
                f"{kind}_{stage}_leaves": forest.leaves,
                f"{kind}_{stage}_bias": np.float32(forest.bias),
            }
        arrays[f"{kind}_means"] = fits.means
    np.savez_compressed(path, **arrays)
