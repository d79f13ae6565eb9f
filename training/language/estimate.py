"""How often a word is used, guessed from its letters: for languages whose word lists come without counts.

A character model gives each word a probability. What a frequency is at a given probability and length is a
straight line through the logarithms, one for each length, fitted on languages that have both a character model and
counts. The guess is rough (the correlation of the logarithms is .54 on the words it is fitted on), but it puts
short, usual words before long, odd ones.
"""

import math
from collections import Counter
from collections.abc import Iterable
from typing import Final

import numpy as np

from training.language.sources import Frequencies, Sources

# wordfreq and lingua have both of these, in both scripts, and with much and with little inflection.
_FITTED_ON: Final = ("ru", "uk", "mk", "bg", "cs", "pl", "tr")
# The usual words of each; beyond them the counts are ones and twos.
_WORDS_EACH: Final = 40_000
# Orders of a character model, as in lingua's.
_LONGEST: Final = 5
# What it costs, in the logarithm, to fall back from four letters of context, for each letter less.
_FALLBACK: Final = 0.7
# Longer words share a line: there are too few of them.
_LONGEST_WORD: Final = 12


class Estimator:
    """The fitted lines: a slope and an intercept for each length."""

    def __init__(self, sources: Sources) -> None:
        """Fit them. Takes a quarter of a minute."""
        rows, targets = [], []
        for code in _FITTED_ON:
            model = sources.character_model(code)
            usual = [item for item in sources.counted(code).items() if item[0].isalpha()]
            for word, frequency in usual[:_WORDS_EACH]:
                if (score := log_probability(word, model)) is not None:
                    row = np.zeros((2, _LONGEST_WORD))
                    row[:, _line(word)] = score, 1.0
                    rows.append(row.ravel())
                    targets.append(math.log(frequency))
        fitted = np.linalg.lstsq(np.array(rows), np.array(targets), rcond=None)[0]
        self._slopes, self._intercepts = fitted[:_LONGEST_WORD].tolist(), fitted[_LONGEST_WORD:].tolist()

    def frequencies(self, words: Iterable[str], model: Frequencies) -> Frequencies:
        """The frequencies of those of `words` that the character model can spell, apostrophes and hyphens aside."""
        estimated = {}
        for word in words:
            letters = word.replace("'", "").replace("-", "")
            if letters and (score := log_probability(letters, model)) is not None:
                line = _line(word)
                estimated[word] = math.exp(self._slopes[line] * score + self._intercepts[line])
        return estimated


def _line(word: str) -> int:
    return min(len(word), _LONGEST_WORD) - 1


def log_probability(word: str, model: Frequencies) -> float | None:
    """The logarithm of the probability of `word`; None where it has a letter that the model has not.

    Each letter is looked up after up to four letters before it; where these are unknown, after fewer, at a cost.
    """
    total = 0.0
    for end in range(1, len(word) + 1):
        most = min(_LONGEST, end) - 1
        for context in range(most, -1, -1):
            found = model.get(word[end - 1 - context : end])
            if found is not None:
                total += found - (_FALLBACK * (_LONGEST - 1 - context) if context < most else 0.0)
                break
        else:
            return None
    return total


def character_model(words: Iterable[str]) -> Frequencies:
    """A character model of a word list itself, each word counted as often as it is given."""
    counts: Counter[str] = Counter()
    for word in words:
        for order in range(1, _LONGEST + 1):
            counts.update(word[start : start + order] for start in range(len(word) - order + 1))
    letters = sum(count for ngram, count in counts.items() if len(ngram) == 1)
    return {
        ngram: math.log(count / (letters if len(ngram) == 1 else counts[ngram[:-1]])) for ngram, count in counts.items()
    }
