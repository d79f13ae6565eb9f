"""The metric of the data's README, how sure it is, and how far our probabilities can be trusted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.language_data import LANGUAGES

RESAMPLES: Final = 1000
SEED: Final = 5  # any fixed number: the same table twice
BINS: Final = 10
_CHUNK: Final = 100  # resamples drawn at once: 100 × 6,000 rows of float32 are 2.4 MB


@dataclass(frozen=True, slots=True)
class Score:
    """How well one language is told: its rows, and precision, recall and F1 (0 where there is nothing to divide)."""

    rows: int
    precision: float
    recall: float
    f1: float


def scores(labels: Sequence[str], answers: Sequence[str], tags: Sequence[str]) -> dict[str, Score]:
    """The score of each of `tags`."""
    rows, answered = Counter(labels), Counter(answers)
    right = Counter(label for label, answer in zip(labels, answers, strict=True) if label == answer)
    return {
        tag: Score(
            rows[tag],
            right[tag] / max(1, answered[tag]),
            right[tag] / max(1, rows[tag]),
            2 * right[tag] / max(1, rows[tag] + answered[tag]),
        )
        for tag in tags
    }


def mean_f1(labels: Sequence[str], answers: Sequence[str]) -> float:
    """Mean F1 over the languages of the metric; one without rows and without answers does not count."""
    return float(_mean_f1(np.ones((1, len(labels)), np.float32), *_hits(labels, answers))[0])


def bootstrap(
    labels: Sequence[str], answers: Mapping[str, Sequence[str]], resamples: int = RESAMPLES
) -> dict[str, NDArray[np.float32]]:
    """Mean F1 of each detector over resampled rows (Efron 1979), the same rows for all: differences are paired."""
    generator = np.random.default_rng(SEED)
    tables = {name: _hits(labels, given) for name, given in answers.items()}
    found: dict[str, list[NDArray[np.float32]]] = {name: [] for name in answers}
    for start in range(0, resamples, _CHUNK):
        number = min(_CHUNK, resamples - start)
        drawn = generator.integers(len(labels), size=(number, len(labels)))
        drawn += np.arange(number)[:, None] * len(labels)
        weights = np.bincount(drawn.ravel(), minlength=number * len(labels)).astype(np.float32)
        for name, table in tables.items():
            found[name].append(_mean_f1(weights.reshape(number, -1), *table))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def interval(values: NDArray[np.float32]) -> tuple[float, float]:
    """The middle 95 % of `values`."""
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def confusions(labels: Sequence[str], answers: Sequence[str]) -> list[tuple[str, str, int]]:
    """Label, answer and number of rows of each kind of mistake, the most frequent first."""
    wrong = Counter((label, answer) for label, answer in zip(labels, answers, strict=True) if label != answer)
    return [(label, answer, number) for (label, answer), number in sorted(wrong.items(), key=lambda item: -item[1])]


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers with a probability in [low, high): their number, mean probability and share of right ones."""

    low: float
    high: float
    rows: int
    probability: float
    accuracy: float


def reliability(probabilities: Sequence[float], right: Sequence[bool]) -> list[Bin]:
    """The bins that hold answers, of BINS equally wide ones; the last one includes 1."""
    given, correct = np.asarray(probabilities, float), np.asarray(right, bool)
    places = np.minimum((given * BINS).astype(int), BINS - 1)
    return [
        Bin(
            place / BINS,
            (place + 1) / BINS,
            int((places == place).sum()),
            float(given[places == place].mean()),
            float(correct[places == place].mean()),
        )
        for place in np.unique(places).tolist()
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error (Naeini et al. 2015): how far the bins are off, weighted by their rows."""
    rows = sum(each.rows for each in bins)
    return sum(each.rows * abs(each.probability - each.accuracy) for each in bins) / max(1, rows)


def at_threshold(probabilities: Sequence[float], right: Sequence[bool], threshold: float) -> tuple[float, float | None]:
    """Share of the rows whose answer is at least so sure, and the share of right ones among these, if any."""
    kept = [correct for given, correct in zip(probabilities, right, strict=True) if given >= threshold]
    return len(kept) / max(1, len(right)), sum(kept) / len(kept) if kept else None


def _hits(labels: Sequence[str], answers: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Rows × languages: 1 where the answer is right; 1 for the label plus 1 for the answer."""
    languages = np.array(LANGUAGES)
    labelled = np.array(labels)[:, None] == languages
    answered = np.array(answers)[:, None] == languages
    return (labelled & answered).astype(np.float32), labelled.astype(np.float32) + answered


def _mean_f1(
    weights: NDArray[np.float32], hits: NDArray[np.float32], totals: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Mean F1 for each row of `weights` (resamples × rows)."""
    right, total = weights @ hits, weights @ totals
    f1 = np.divide(2 * right, total, out=np.zeros_like(right), where=total > 0)
    mean: NDArray[np.float32] = f1.sum(axis=1) / np.maximum(1, (total > 0).sum(axis=1))
    return mean.astype(np.float32)
