"""The inner loop of training: stochastic gradient descent on pseudo-sentences drawn from the lexicons.

Plain Python over arrays, so that it can be read and tested as it is; training.language.fit has numba compile it.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

# A pseudo-sentence has 1 + Exp(2.5) words, at most 14: half have up to two, for headlines and captions are what is
# hard, and one in a hundred has more than twelve.
_MEAN_WORDS: Final = 2.5
MOST_WORDS: Final = 14
# One word in 25 of a sentence of three words or more is of a language drawn at random: names and quotations.
_STRAY: Final = 0.04
# One word in 14 of a Cyrillic sentence of two words or more is Latin (brands, films), its frequency no matter.
_GUEST: Final = 0.07
# The score of a text is the sum of its weights over this power of their number (transforms.language.model).
LENGTH_POWER: Final = 0.5
# Biases learn this much slower than weights: each sample moves them.
_BIAS_RATE: Final = 0.02
# AdaGrad's guard against a division by nothing.
_GUARD: Final = 1e-3
# Below this squared error a sample teaches nothing and is passed over, for speed.
_LEARNT: Final = 1e-6


def descend(  # noqa: C901, PLR0912 (numba compiles one function; taken apart, each part would need it)
    weights: NDArray[np.float32],
    squares: NDArray[np.float32],
    bias: NDArray[np.float32],
    features: NDArray[np.uint32],
    ends: NDArray[np.int64],
    cumulative: NDArray[np.float64],
    starts: NDArray[np.int64],
    prior: NDArray[np.float64],
    cyrillic: NDArray[np.bool_],
    guests: NDArray[np.int64],
    samples: int,
    rate: float,
    generator: np.random.Generator,
) -> float:
    """Train on `samples` pseudo-sentences, in place; return their mean cross-entropy.

    `weights` (features × classes) and `bias` are those of a multinomial logistic regression, `squares` AdaGrad's
    sums of squared gradients (Duchi, Hazan and Singer 2011), one a feature. Words stand one language after the
    other, those of language i at `starts[i]:starts[i+1]`; word w has `features[ends[w]:ends[w+1]]` (so `ends` starts
    with 0), `cumulative` are frequencies summed up within each language. `prior` are the languages' weights, summed
    up; `guests` the languages whose words turn up in those that are `cyrillic`.
    """
    languages, classes = len(starts) - 1, weights.shape[1]
    scores = np.empty(classes, np.float32)
    most = 0
    for word in range(len(ends) - 1):
        most = max(most, ends[word + 1] - ends[word])
    drawn = np.empty(most * MOST_WORDS, np.uint32)
    loss = 0.0
    for _ in range(samples):
        truth = np.searchsorted(prior, generator.random() * prior[-1])
        length = min(1 + int(generator.exponential(_MEAN_WORDS)), MOST_WORDS)
        count = 0
        for _ in range(length):
            if length > 1 and cyrillic[truth] and generator.random() < _GUEST:
                language = guests[generator.integers(0, len(guests))]
                word = generator.integers(starts[language], starts[language + 1])
            else:
                language = truth
                if length > 2 and generator.random() < _STRAY:
                    language = generator.integers(0, languages)
                first, last = starts[language], starts[language + 1]
                word = first + np.searchsorted(cumulative[first:last], generator.random() * cumulative[last - 1])
            for place in range(ends[word], ends[word + 1]):
                drawn[count] = features[place]
                count += 1
        if count == 0:
            continue

        scale = np.float32(1.0 / count**LENGTH_POWER)
        scores[:] = bias
        for place in range(count):
            row = weights[drawn[place]]
            for k in range(classes):
                scores[k] += row[k] * scale
        highest = scores.max()
        total = np.float32(0)
        for k in range(classes):
            scores[k] = math.exp(scores[k] - highest)
            total += scores[k]
        for k in range(classes):
            scores[k] /= total
        loss -= math.log(max(scores[truth], 1e-9))

        # From here on the scores are the gradient: the probabilities less the truth.
        scores[truth] -= 1
        squared = np.float32(0)
        for k in range(classes):
            bias[k] -= rate * _BIAS_RATE * scores[k]
            squared += scores[k] * scores[k]
        if squared < _LEARNT:
            continue
        for place in range(count):
            feature = drawn[place]
            squares[feature] += squared * scale * scale
            step = np.float32(rate * scale / math.sqrt(squares[feature] + _GUARD))
            row = weights[feature]
            for k in range(classes):
                row[k] -= step * scores[k]
    return loss / samples
