"""Which lines of a page to keep, given how likely each is main text.

Where to draw the line is a question of the page: on a clear one at half, on one unlike those that the model has learned
from far below, or most of it is lost. So several cuts are made of each page, by a row of thresholds, on how likely each
line is and on the mean of that over the lines around; of an HTML page there is what each extractor took, too. A forest,
trained to foretell how good a cut is (training/cleaning), chooses among them by what each keeps and leaves, and how far
it agrees with the extractors.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from transforms.boilerplate.extractors import EXTRACTORS, NOT_ASKED
from transforms.boilerplate.surroundings import Around, Floats

Flags = npt.NDArray[np.bool_]

# The first keeps all.
_THRESHOLDS: Final = np.array([0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], np.float32)
_OF_MEANS: Final = np.array([0.2, 0.35, 0.5, 0.65], np.float32)
_REACH: Final = 3
_LEVELS: Final = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
# A line without words counts for something.
_LEAST_WORDS: Final = 0.5
# An extractor keeps a line of which it took so much. Such cuts have, in the place of the threshold, the number below.
_TAKEN: Final = 0.5
_OF_EXTRACTORS: Final = -1 - np.arange(len(EXTRACTORS), dtype=np.float32)
# No extractor agrees with a cut by more than the one, and half of them with another by more than the other: an F1.
_AT_ODDS: Final = 0.4
_AGREED: Final = 0.8

CUT_FEATURES: Final = [
    *("threshold", "of means", "share kept", "log words kept", "log runs", "runs a line kept", "share of longest run"),
    *("share kept from first to last", "first", "last", "log lines kept", "expected F1", "expected precision"),
    *("expected recall", "words kept a likely word", "least likely kept", "likeliest cut", "prose share kept"),
    *("share of prose cut", "likely from first to last", "likely around kept"),
    *("log lines", "log words", "likely share", *(f"likely level {i}" for i in range(len(_LEVELS) + 1))),
    *("prose share", "likeliest", "least likely", "median words"),
]
# After these, of HTML pages.
AGREEMENT_FEATURES: Final = [
    *(f"{extractor.name} {what}" for extractor in EXTRACTORS for what in ("F1", "precision", "recall")),
    "mean F1 of extractors",
]
_F1_OF_EACH: Final = [len(CUT_FEATURES) + AGREEMENT_FEATURES.index(f"{extractor.name} F1") for extractor in EXTRACTORS]


@dataclass(frozen=True, slots=True)
class Cuts:
    """Different cuts of a page: which lines each keeps, [cuts, lines], at least one; and [features, cuts].

    The features are CUT_FEATURES, of HTML pages AGREEMENT_FEATURES as well.
    """

    kept: Flags
    features: Floats

    def best(self, quality: Floats) -> int:
        """The cut to make, by how good each is said to be.

        Where the extractors agree about another one, and with none of this, they are believed: to keep a page of
        comments or of nothing is the worst mistake, and too seldom made in training to be learned from.
        """
        best = int(np.argmax(quality))
        if len(self.features) == len(CUT_FEATURES):
            return best
        agreement = self.features[_F1_OF_EACH]
        agreed = np.median(agreement, axis=0) > _AGREED
        if agreement[:, best].max() < _AT_ODDS and agreed.any():
            best = int(np.argmax(np.where(agreed, quality, -np.inf)))
        return best


def cuts(likely: Floats, words: Floats, is_prose: Flags, took: Floats | None = None) -> Cuts:
    """The cuts of a page of which each line is main text with a probability `likely`, and has so many `words`.

    `took` is for HTML pages: the share of each line that each of EXTRACTORS took, [extractors, lines], or NOT_ASKED.
    """
    means = Around.of(likely).within(_REACH)
    kept = np.concatenate((likely > _THRESHOLDS[:, None], means > _OF_MEANS[:, None]))
    threshold = np.concatenate((_THRESHOLDS, _OF_MEANS))
    of_means = np.repeat([0, 1], (len(_THRESHOLDS), len(_OF_MEANS)))
    kept[0] = True
    if took is not None:
        kept = np.concatenate((kept, took > _TAKEN))
        threshold = np.concatenate((threshold, _OF_EXTRACTORS))
        of_means = np.concatenate((of_means, np.zeros(len(took), np.int64)))
    some = kept.any(axis=1)
    kept, threshold, of_means = kept[some], threshold[some], of_means[some]
    number, lines = len(kept), len(likely)

    size = np.maximum(words, _LEAST_WORDS)
    total, expected = float(size.sum()), float((likely * size).sum())
    prose = size * is_prose
    of_prose = max(float(prose.sum()), 1)
    measures = np.stack((size, likely * size, means * size, prose), axis=1)
    # By cuts: what is kept of each measure.
    kept_words, kept_likely, kept_means, kept_prose = (kept @ measures).T
    kept_lines = kept.sum(axis=1)
    first, last = kept.argmax(axis=1), lines - 1 - kept[:, ::-1].argmax(axis=1)
    above = np.concatenate((np.zeros((1, 2)), np.cumsum(measures[:, :2], axis=0)))
    span_words, span_likely = (above[last + 1] - above[first]).T
    runs, longest = _runs(kept, size)
    likely_words = max(expected, 1e-3)
    levels = np.bincount(np.searchsorted(_LEVELS, likely, side="right"), size, len(_LEVELS) + 1) / total
    of_cuts = (
        threshold,
        of_means,
        kept_words / total,
        np.log1p(kept_words),
        np.log1p(runs),
        runs / kept_lines,
        longest / kept_words,
        kept_words / span_words,
        first / lines,
        last / lines,
        np.log1p(kept_lines),
        2 * kept_likely / (kept_words + expected),
        kept_likely / kept_words,
        kept_likely / likely_words,
        kept_words / likely_words,
        np.where(kept, likely, 1).min(axis=1),
        np.where(kept, 0, likely).max(axis=1),
        kept_prose / kept_words,
        (of_prose - kept_prose) / of_prose,
        span_likely / likely_words,
        kept_means / kept_words,
    )
    of_page = (
        np.log1p(lines),
        np.log1p(total),
        expected / total,
        *levels,
        float(prose.sum()) / total,
        likely.max(),
        likely.min(),
        np.median(size),
    )
    same = np.repeat(np.array(of_page, np.float32)[:, None], number, axis=1)
    agreement = () if took is None else (_agreement(kept, kept_words, took, size),)
    return Cuts(kept, np.concatenate((np.array(of_cuts, np.float32), same, *agreement)))


def _agreement(kept: Flags, kept_words: Floats, took: Floats, size: Floats) -> Floats:
    """How far each cut agrees with each extractor, in words: AGREEMENT_FEATURES, [features, cuts]."""
    asked = (took > NOT_ASKED).any(axis=1)
    of_words = np.maximum(took, 0) * size
    both, taken = kept @ of_words.T, np.maximum(of_words.sum(axis=1), 1)
    f1 = 2 * both / (kept_words[:, None] + taken)
    each = np.stack((f1, both / kept_words[:, None], both / taken), axis=2)
    mean = f1[:, asked].mean(axis=1) if asked.any() else np.full(len(kept), NOT_ASKED)
    each[:, ~asked] = NOT_ASKED
    return np.concatenate((each.reshape(len(kept), -1).T, mean[None])).astype(np.float32)


def _runs(kept: Flags, size: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """Of each cut, how many runs of lines it keeps, and the words of the longest."""
    padded = np.zeros((len(kept), kept.shape[1] + 1), np.bool_)
    padded[:, 1:] = kept
    begins = padded[:, 1:] & ~padded[:, :-1]
    number = begins.sum(axis=1)
    run = np.cumsum(begins.ravel())[kept.ravel()] - 1
    words = np.bincount(run, np.broadcast_to(size, kept.shape)[kept])
    first_runs = np.concatenate(([0], np.cumsum(number)[:-1]))
    return number, np.maximum.reduceat(words, first_runs).astype(np.float32)


# The expected F1 rises by no more once the threshold is this near.
_NEAR_ENOUGH: Final = 1e-4
_MOST_ROUNDS: Final = 30


def expected_f1(likely: Floats, words: Floats) -> float:
    """The greatest F1 of the words kept that is to be expected of any cut: how clear a page is.

    By Lewis (1995), keeping what is likelier than half of the F1 that is reached maximises it. From below, each round
    raises the threshold, up to that half (Dinkelbach); some line stays above.
    """
    words = np.maximum(words, _LEAST_WORDS)
    expected = float((likely * words).sum())
    threshold = 0.0
    for _ in range(_MOST_ROUNDS):
        kept = likely > threshold
        if not kept.any():
            break
        better = float((likely * words)[kept].sum()) / (float(words[kept].sum()) + expected)
        if abs(better - threshold) < _NEAR_ENOUGH:
            break
        threshold = better
    return 2 * threshold
