"""The language model: a linear classifier over character n-grams, its table in one NumPy file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from transforms.document import UNDETERMINED
from transforms.language.ngrams import features_of_words, words

# A text's score is the sum of its n-grams' weights divided by a power of their number: between the mean, which
# knows nothing of length, and the sum, which is far too sure of long texts. The model was trained with this one.
_LENGTH_POWER: Final = 0.5
# Only these bits of a hash are kept. At 2^26 places for some 10^6 n-grams, an unknown one is mistaken for a known
# one in one or two cases of a hundred, and those that matter were trained together.
KEY_BITS: Final = 26
# Texts are scored so many characters at a time, for looking up the n-grams of one takes some 2 kB on the way.
_PORTION: Final = 15_000


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the n-grams of a batch of texts say: one row a text.

    `sums` (texts × classes) are the summed weights of the known n-grams, `known` their number, `total` the
    number of all n-grams. Rows of parts of a text may be added to make the row of the whole.
    """

    sums: NDArray[np.float32]
    known: NDArray[np.int64]
    total: NDArray[np.int64]

    def added(self, starts: NDArray[np.int64]) -> "Evidence":
        """The evidence of runs of rows, of which run i is the rows `starts[i]` to `starts[i + 1]` and not empty."""
        first = starts[:-1]
        return Evidence(
            np.add.reduceat(self.sums, first, axis=0),
            np.add.reduceat(self.known, first),
            np.add.reduceat(self.total, first),
        )


class LanguageModel:
    """Weights of the n-grams for each class, and how a score becomes a probability.

    The file holds `classes` (tags; those of languages not served are there to be recognised as strangers),
    `gaps` (n-grams: uint16, the differences of their sorted keys), `weights` (n-grams × classes: int8), `step`
    (the size of a unit of `weights`), `bias` (one float a class) and `temper` (two floats) for the calibration,
    and for strangers (see strangeness) `typical` (2 × classes) and `stranger` (six floats).

    `classes` of the model are those of the file and `und`: a language that the model does not know at all.
    """

    def __init__(self, path: Path) -> None:
        """Load the file. Raises OSError or ValueError where it cannot be read."""
        with np.load(path, allow_pickle=False) as file:
            self.classes: tuple[str, ...] = (*(str(name) for name in file["classes"]), UNDETERMINED)
            keys = np.cumsum(file["gaps"], dtype=np.uint32)
            self._weights: NDArray[np.int8] = file["weights"]
            self._step: NDArray[np.float32] = file["step"]
            self._bias: NDArray[np.float32] = file["bias"]
            self._temper: NDArray[np.float32] = file["temper"]
            self._typical: NDArray[np.float32] = file["typical"]
            self._stranger: NDArray[np.float32] = file["stranger"]
        # The keys as a set of bits with a running count: the rank of a key's bit is the key's row.
        self._bits = np.zeros(1 << (KEY_BITS - 6), np.uint64)
        np.bitwise_or.at(self._bits, keys >> np.uint32(6), np.uint64(1) << (keys & np.uint32(63)).astype(np.uint64))
        counts = np.bitwise_count(self._bits)
        self._before = (np.cumsum(counts) - counts).astype(np.int32)

    def evidence(self, texts: Sequence[str]) -> Evidence:
        """What the n-grams of each text say, counted in portions that fit into memory."""
        pieces = [list(_pieces(text)) for text in texts]
        parts = []
        portion: list[str] = []
        size = 0
        for piece in chain.from_iterable(pieces):
            if size + len(piece) > _PORTION:
                parts.append(self._evidence(portion))
                portion, size = [], 0
            portion.append(piece)
            size += len(piece)
        parts.append(self._evidence(portion))
        counted = Evidence(
            np.concatenate([part.sums for part in parts]),
            np.concatenate([part.known for part in parts]),
            np.concatenate([part.total for part in parts]),
        )
        if len(counted.known) == len(texts):
            return counted
        return counted.added(np.array(list(accumulate(map(len, pieces), initial=0)), np.int64))

    def _evidence(self, texts: Sequence[str]) -> Evidence:
        # Each word is looked up once a batch, for every other word of a text is one that its neighbours have too.
        places: dict[str, int] = {}
        split = [[places.setdefault(word, len(places)) for word in words(text)] for text in texts]
        vocabulary = self._evidence_of_words(list(places))
        lengths = np.fromiter(map(len, split), np.int64, len(split))
        rows = np.fromiter(chain.from_iterable(split), np.int64, int(lengths.sum()))
        return Evidence(
            _summed(vocabulary.sums[rows], lengths).astype(np.float32) * self._step,
            _summed(vocabulary.known[rows], lengths),
            _summed(vocabulary.total[rows], lengths),
        )

    def _evidence_of_words(self, vocabulary: Sequence[str]) -> Evidence:
        """What the n-grams of each word say, `sums` in units of the file's weights."""
        features = features_of_words(vocabulary)
        keys = features.hashes & np.uint32((1 << KEY_BITS) - 1)
        blocks = keys >> np.uint32(6)
        bits = self._bits.take(blocks) >> (keys & np.uint32(63)).astype(np.uint64)
        found = (bits & np.uint64(1)).astype(bool)
        # Of the bits from the key's own upwards, what is left of the block's count lies below it.
        blocks, bits = blocks[found], bits[found]
        rows = self._before.take(blocks) + np.bitwise_count(self._bits.take(blocks)) - np.bitwise_count(bits)
        total = np.diff(features.ends, prepend=0)
        known = _summed(found, total, np.int64)
        return Evidence(_summed(self._weights.take(rows, axis=0), known, np.int32), known, total)

    def raw_scores(self, evidence: Evidence) -> NDArray[np.float32]:
        """The score of each class (texts × classes), not yet calibrated."""
        number = np.maximum(evidence.known, 1).astype(np.float32)
        scores: NDArray[np.float32] = evidence.sums / number[:, None] ** _LENGTH_POWER + self._bias
        return scores

    def log_probabilities(self, evidence: Evidence) -> NDArray[np.float32]:
        """The logarithm of the probability of each class (texts × classes), calibrated.

        The scores are multiplied by `a + b · ln(1 + known n-grams)` before the softmax: temperature scaling
        (Guo et al. 2017, "On calibration of modern neural networks") with a temperature that falls with length.
        """
        number = np.maximum(evidence.known, 1).astype(np.float32)
        scores = self.raw_scores(evidence)
        best = scores.argmax(axis=1)
        scores *= (self._temper[0] + self._temper[1] * np.log1p(number))[:, None]
        scores -= scores.max(axis=1, keepdims=True)
        scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
        odds = self.strangeness(evidence, best) @ self._stranger
        # The logarithms of 1 / (1 + e^odds) and e^odds / (1 + e^odds).
        familiar = -np.logaddexp(np.float32(0), odds)[:, None]
        logarithms: NDArray[np.float32] = np.concatenate((scores + familiar, familiar + odds[:, None]), axis=1)
        return logarithms

    def strangeness(self, evidence: Evidence, classes: NDArray[np.intp]) -> NDArray[np.float32]:
        """How unlike a text is to what its class usually looks like: six numbers (texts × 6).

        A text in a language that the model has never seen still gets a class, often a sure one. But fewer of its
        n-grams are known, and those that are speak less for the class, than is typical for the class.
        """
        share, weight = self.familiarity(evidence, classes)
        unknown = share - self._typical[0, classes]
        indifferent = weight / self._typical[1, classes] - 1
        # A difference counts for more in a longer text, up to where it is beyond chance anyway.
        length = np.sqrt(np.minimum(evidence.total, 300) / 100)
        logarithm = np.log(np.maximum(evidence.total, 1))
        columns = (unknown, unknown * length, indifferent, indifferent * length, logarithm, np.ones_like(length))
        return np.stack(columns, axis=1).astype(np.float32)

    @staticmethod
    def familiarity(evidence: Evidence, classes: NDArray[np.intp]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The share of n-grams that are known, and the mean weight that these have for the given class."""
        share = evidence.known / np.maximum(evidence.total, 1)
        weight = evidence.sums[np.arange(len(classes)), classes] / np.maximum(evidence.known, 1)
        return share.astype(np.float32), weight.astype(np.float32)


def _pieces(text: str) -> Iterator[str]:
    """`text` in pieces that are no longer than a portion, cut at white space where there is any."""
    begin = 0
    while len(text) - begin > _PORTION:
        space = text.rfind(" ", begin, begin + _PORTION)
        end = space if space > begin else begin + _PORTION
        yield text[begin:end]
        begin = end
    yield text[begin:]


def _summed(values: NDArray[Any], lengths: NDArray[np.int64], dtype: type[np.generic] | None = None) -> NDArray[Any]:
    """The sums of `values` over runs of rows with these lengths, 0 for an empty run."""
    sums = np.zeros((len(lengths), *values.shape[1:]), dtype or values.dtype)
    some = lengths > 0
    if some.any():
        starts = np.cumsum(lengths) - lengths
        sums[some] = np.add.reduceat(values, starts[some], axis=0, dtype=dtype)
    return sums
