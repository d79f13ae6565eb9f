"""The last step: what the lexicons cannot tell, fitted on half of the development data; some 190 numbers in all.

How likely each language is and how sure a score may be: a bias a class and two numbers for the temperature, by
gradient descent on the cross-entropy (Guo et al. 2017, "On calibration of modern neural networks"). What text in a
language looks like to the model: two means a class. How unlike it a stranger is: six numbers, by logistic
regression against texts in languages that are not served.
"""

import gzip
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from transforms.language.model import Evidence, LanguageModel
from transforms.language.tags import SERVED

# Classes are told apart by the data's labels, scripts by an underscore.
_CLASS_OF_LABEL: Final = {"sr_Latn": "sr-Latn", "uz_Cyrl": "uz-Cyrl"}
# Treebanks whose licence excludes commercial use: nothing is fitted on them, and be it one number.
_NOT_FOR_TRAINING: Final = ("UD-Ukrainian-IU", "UD-Bulgarian-BTB")
# A bias is held near 0 by this much, so that a class with twenty rows does not follow them wherever they go.
_PENALTY: Final = 2e-3
# One text in twenty is taken to be in a language that we do not serve. Fewer, and strangers pass for Russian; more,
# and too many sentences full of foreign names become `und`.
_STRANGERS: Final = 0.05
_STEPS: Final = 400
_RATE: Final = 0.03

Rows = tuple[list[str], list[str]]


@dataclass(frozen=True, slots=True)
class Stranger:
    """A text in a language that is not served."""

    language: str
    text: str

    @property
    def tuning(self) -> bool:
        """Whether its language belongs to the half that may be tuned on."""
        return is_tuning(self.language)


def is_tuning(text: str) -> bool:
    """Whether a row of the development data belongs to the half that may be tuned on."""
    return zlib.crc32(text.encode()) % 2 == 0


def tuning_rows(development: Path, name: str) -> Rows:
    """The labels (as our classes) and texts of the tuning half of `language/NAME.tsv.gz`."""
    labels, texts = [], []
    with gzip.open(development / "language" / f"{name}.tsv.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            label, origin, text = line.rstrip("\n").split("\t", 2)
            if is_tuning(text) and not origin.endswith(_NOT_FOR_TRAINING):
                labels.append(_CLASS_OF_LABEL.get(label, label))
                texts.append(text)
    return labels, texts


def calibrate(path: Path, development: Path, strangers: Sequence[Stranger]) -> None:
    """Fit what the model file at `path` leaves open (`bias`, `temper`, `typical`, `stranger`) and write it anew."""
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    parts = [tuning_rows(development, name) for name in ("sent", "short")]
    texts = [text for _, found in parts for text in found]
    # Sentences and short lines count alike, however many there are of each.
    weights = np.concatenate([np.full(len(labels), 0.5 / len(labels)) for labels, _ in parts])

    arrays["temper"] = np.array([1, 0], np.float32)
    arrays["typical"] = np.ones((2, len(arrays["classes"])), np.float32)
    arrays["stranger"] = np.zeros(6, np.float32)
    model = _written(path, arrays)
    evidence = evidence_of(model, texts)
    gold = np.array([model.classes.index(label) for labels, _ in parts for label in labels])
    bias, temper = _fit_temperature(model.raw_scores(evidence), np.log1p(np.maximum(evidence.known, 1)), gold, weights)
    arrays |= {"bias": (arrays["bias"] + bias).astype(np.float32), "temper": temper.astype(np.float32)}

    model = _written(path, arrays)
    best = model.raw_scores(evidence).argmax(axis=1)
    right = best == gold
    share, weight = model.familiarity(evidence, best)
    arrays["typical"] = np.stack(
        [
            _means(values[right], best[right], evidence.total[right], len(arrays["classes"]))
            for values in (share, weight)
        ]
    )

    model = _written(path, arrays)
    foreign = evidence_of(model, [stranger.text for stranger in strangers if stranger.tuning])
    known = model.strangeness(evidence, best)
    unknown = model.strangeness(foreign, model.raw_scores(foreign).argmax(axis=1))
    arrays["stranger"] = _fit_stranger(known, weights, unknown)
    _written(path, arrays)


def swallowed(path: Path, strangers: Sequence[Stranger]) -> dict[float, float]:
    """The share of the strangers not tuned on that pass for a language served, with at least this probability."""
    model = LanguageModel(path)
    texts = [stranger.text for stranger in strangers if not stranger.tuning]
    served = np.array([name in SERVED for name in model.classes])
    surest = np.exp(model.log_probabilities(evidence_of(model, texts)))[:, served].max(axis=1)
    return {least: float((surest >= least).mean()) for least in (0.5, 0.8, 0.95)}


def evidence_of(model: LanguageModel, texts: Sequence[str]) -> Evidence:
    """The evidence of many texts, counted a batch at a time."""
    parts = [model.evidence(texts[i : i + 256]) for i in range(0, len(texts), 256)]
    return Evidence(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("sums", "known", "total")))


def _written(path: Path, arrays: Mapping[str, NDArray[Any]]) -> LanguageModel:
    np.savez_compressed(path, allow_pickle=False, **arrays)
    return LanguageModel(path)


def _means(
    values: NDArray[np.float32], classes: NDArray[np.intp], length: NDArray[np.int64], number: int
) -> NDArray[np.float32]:
    """The mean of `values` for each of `number` classes, weighted by length; the mean of all where there is none."""
    total = np.bincount(classes, length, number)
    sums = np.bincount(classes, values * length, number)
    means: NDArray[np.float32] = np.where(total > 0, sums / np.maximum(total, 1), sums.sum() / total.sum())
    return means.astype(np.float32)


def _fit_stranger(
    known: NDArray[np.float32], weights: NDArray[np.float64], unknown: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Logistic regression by Newton's method: how likely a text with these numbers is a stranger."""
    rows = np.concatenate([known, unknown]).astype(np.float64)
    target = np.concatenate([np.zeros(len(known)), np.ones(len(unknown))])
    each = np.concatenate([(1 - _STRANGERS) * weights, np.full(len(unknown), _STRANGERS / len(unknown))])
    coefficients = np.zeros(rows.shape[1])
    for _ in range(100):
        chance = 1 / (1 + np.exp(-rows @ coefficients))
        gradient = rows.T @ (each * (chance - target)) + 1e-4 * coefficients
        curvature = (rows * (each * chance * (1 - chance))[:, None]).T @ rows + 1e-4 * np.eye(len(coefficients))
        coefficients -= np.linalg.solve(curvature, gradient)
    return coefficients.astype(np.float32)


def _fit_temperature(
    scores: NDArray[np.float32], length: NDArray[np.float64], gold: NDArray[np.int64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Biases to be added to `scores` (rows × classes), and the two numbers of the temperature, by Adam."""
    rows, classes = scores.shape
    seen = np.bincount(gold, minlength=classes) > 0
    parameters = np.concatenate([np.zeros(classes), [1.0, 0.0]])
    first = np.zeros_like(parameters)
    second = np.zeros_like(parameters)
    for step in range(1, _STEPS + 1):
        heat = parameters[classes] + parameters[classes + 1] * length
        shifted = scores + parameters[:classes]
        logits = shifted * heat[:, None]
        logits -= logits.max(axis=1, keepdims=True)
        error = np.exp(logits)
        error /= error.sum(axis=1, keepdims=True)
        error[np.arange(rows), gold] -= 1
        error *= weights[:, None]
        by_heat = (error * shifted).sum(axis=1)
        of_bias = (error * heat[:, None]).sum(axis=0) + 2 * _PENALTY * parameters[:classes]
        # Classes without a row move together: nothing is known of one that is not known of the others.
        of_bias[~seen] = of_bias[~seen].mean()
        gradient = np.concatenate([of_bias, [by_heat.sum(), (by_heat * length).sum()]])
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        parameters -= _RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-9)
    return parameters[:classes], parameters[classes:]
