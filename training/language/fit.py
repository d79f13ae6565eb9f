"""From lexicons to the model file: features, descent, pruning, descent again, export."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from training.language.descent import descend
from training.language.lexicon import LANGUAGES
from training.language.sources import Frequencies
from transforms.language.model import KEY_BITS
from transforms.language.ngrams import features_of_words

_log = logging.getLogger(__name__)

# Latin words that turn up in Cyrillic text are English as often as everything else together.
_GUESTS: Final = ("en", "en", "de", "fr", "it")


@dataclass(frozen=True, slots=True)
class Recipe:
    """The numbers of a training run; the defaults are those of the model that is shipped."""

    # With 500,000 samples an epoch, short lines still gain after 40 epochs.
    epochs: int = 64
    refining_epochs: int = 6
    samples: int = 500_000
    # Rates fall in a straight line, from the first to the second number.
    rates: tuple[float, float] = (0.55, 0.05)
    refining_rates: tuple[float, float] = (0.43, 0.03)
    # N-grams that a word of any language has less than this often, summed over the languages, are never learnt:
    # about half of them.
    rarest: float = 8e-6
    # What fits into a file of 9 MB.
    ngrams: int = 1_000_000
    # The size of a unit of the exported weights. Nine in ten become 0, which halves the file and changes the mean F1 of
    # sentences and of short lines by less than .001.
    step: float = 0.45


@dataclass(frozen=True, slots=True)
class Examples:
    """The words of all languages as `descend` wants them, and the n-grams that are their features.

    `keys` (n-grams: uint32, sorted) and `frequency` (n-grams: how often a word has one, summed over the languages);
    the others are described at `descend`.
    """

    keys: NDArray[np.uint32]
    frequency: NDArray[np.float32]
    features: NDArray[np.uint32]
    ends: NDArray[np.int64]
    cumulative: NDArray[np.float64]
    starts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Weights:
    """What is learnt: n-grams by their keys, their weights (n-grams × classes) and AdaGrad's squares, class biases."""

    keys: NDArray[np.uint32]
    weights: NDArray[np.float32]
    squares: NDArray[np.float32]
    bias: NDArray[np.float32]

    @classmethod
    def read(cls, path: Path) -> Self:
        """What `write` wrote."""
        with np.load(path, allow_pickle=False) as file:
            return cls(file["keys"], file["weights"], file["squares"], file["bias"])

    def write(self, path: Path) -> None:
        """Write a NumPy file."""
        part = path.with_name(f"part-{path.name}")
        np.savez(part, keys=self.keys, weights=self.weights, squares=self.squares, bias=self.bias)
        part.replace(path)


def learn(lexicons: Mapping[str, Frequencies], recipe: Recipe) -> Weights:
    """Learn the weights of all n-grams but the rare ones, and keep the most important.

    An n-gram is important that is frequent and tells languages apart: its frequency times the squared length of its
    weights, less their mean.
    """
    examples = prepare(lexicons, rarest=recipe.rarest)
    _log.info("%d n-grams", len(examples.keys))
    whole = Weights(
        examples.keys,
        np.zeros((len(examples.keys), len(lexicons)), np.float32),
        np.zeros(len(examples.keys), np.float32),
        np.zeros(len(lexicons), np.float32),
    )
    _run(whole, examples, recipe.epochs, recipe.rates, recipe.samples, seed=0)
    weights = whole.weights
    weights -= weights.mean(axis=1, keepdims=True)
    importance = examples.frequency * np.einsum("ij,ij->i", weights, weights)
    kept = np.sort(np.argsort(-importance, kind="stable")[: recipe.ngrams])
    return Weights(whole.keys[kept], weights[kept], whole.squares[kept], whole.bias)


def refine(lexicons: Mapping[str, Frequencies], learnt: Weights, recipe: Recipe) -> Weights:
    """Learn on with the n-grams that were kept, so that they make up for those that were not."""
    examples = prepare(lexicons, keys=learnt.keys)
    # Seeds beyond those of `learn`, so that no sample is seen twice.
    _run(learnt, examples, recipe.refining_epochs, recipe.refining_rates, recipe.samples, seed=recipe.epochs)
    return learnt


def export(weights: Weights, path: Path, recipe: Recipe) -> None:
    """Write the model file, in whole steps of 8 bits and without n-grams that have nothing left to say.

    transforms.language.model describes what is in it.
    """
    centred = weights.weights - weights.weights.mean(axis=1, keepdims=True)
    steps = np.clip(np.round(centred / np.float32(recipe.step)), -127, 127).astype(np.int8)
    told = steps.any(axis=1)
    gaps = np.diff(weights.keys[told], prepend=np.uint32(0))
    if gaps.max(initial=0) > np.iinfo(np.uint16).max:
        raise ValueError("two n-grams are too far apart for the file: there are too few of them")
    np.savez_compressed(
        path,
        classes=np.array([language.tag for language in LANGUAGES]),
        gaps=gaps.astype(np.uint16),
        weights=steps[told],
        step=np.float32(recipe.step),
        bias=weights.bias,
        # Neutral, so that the file can be loaded; calibration fits them.
        temper=np.array([1.0, 0.0], np.float32),
        typical=np.ones((2, len(LANGUAGES)), np.float32),
        stranger=np.zeros(6, np.float32),
    )
    _log.info("%d n-grams in %.1f MB", told.sum(), path.stat().st_size / 1e6)


def prepare(
    lexicons: Mapping[str, Frequencies], *, rarest: float = 1e-30, keys: NDArray[np.uint32] | None = None
) -> Examples:
    """The examples of the lexicons, with the n-grams in `keys` as features, or those not rarer than `rarest`."""
    places = 1 << KEY_BITS
    frequency = np.zeros(places, np.float32)
    found = []
    for lexicon in lexicons.values():
        units = features_of_words(lexicon)
        hashes = units.hashes & np.uint32(places - 1)
        each = np.fromiter(lexicon.values(), np.float64, len(lexicon))
        each /= each.sum()
        np.add.at(frequency, hashes, np.repeat(each, np.diff(units.ends, prepend=0)).astype(np.float32))
        found.append((hashes, units.ends, np.cumsum(each)))
    if keys is None:
        keys = np.flatnonzero(frequency >= rarest).astype(np.uint32)
    row_of_key = np.full(places, -1, np.int32)
    row_of_key[keys] = np.arange(len(keys), dtype=np.int32)

    features, ends, cumulative, lengths = [], [np.zeros(1, np.int64)], [], [0]
    total = 0
    while found:
        # What is done with is let go: with all languages this is the most memory that training needs.
        hashes, last, sums = found.pop(0)
        rows = row_of_key[hashes]
        known = rows >= 0
        features.append(rows[known].astype(np.uint32))
        ends.append(np.concatenate(([0], np.cumsum(known)))[last] + total)
        total += len(features[-1])
        cumulative.append(sums)
        lengths.append(len(sums))
    return Examples(
        keys,
        frequency[keys],
        np.concatenate(features),
        np.concatenate(ends),
        np.concatenate(cumulative),
        np.cumsum(lengths, dtype=np.int64),
    )


def _run(
    weights: Weights, examples: Examples, epochs: int, rates: tuple[float, float], samples: int, *, seed: int
) -> None:
    compiled = _compiled()
    first, last = rates
    tags = [language.tag for language in LANGUAGES]
    for epoch in range(epochs):
        began = time.monotonic()
        loss = compiled(
            weights.weights,
            weights.squares,
            weights.bias,
            examples.features,
            examples.ends,
            examples.cumulative,
            examples.starts,
            np.cumsum([language.weight for language in LANGUAGES]),
            np.array([language.cyrillic for language in LANGUAGES]),
            np.array([tags.index(tag) for tag in _GUESTS]),
            samples,
            first + (last - first) * epoch / epochs,
            np.random.default_rng(seed + epoch),
        )
        _log.info("epoch %d of %d: loss %.4f, %.0f s", epoch + 1, epochs, loss, time.monotonic() - began)


@cache
def _compiled() -> Callable[..., float]:
    import numba  # noqa: PLC0415 (only training's own environment has it)

    # With fastmath the sums are vectorised, so the last bits of the weights depend on the processor.
    compiled: Callable[..., float] = numba.njit(fastmath=True)(descend)
    return compiled
