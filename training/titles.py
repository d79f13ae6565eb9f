"""The weights of headlines, `python -m training.titles ../shared/data/cleaning`.

Prints them as transforms/boilerplate/title_choice.py has them. A conditional logit: of the lines that could be the
headline, and of there being none, one is right. Full gradients, Adam (Kingma, Ba 2015); where several lines are right,
their chances count together. Takes a minute.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.title_pages import titled_pages
from transforms.boilerplate.title_choice import WEIGHTS, weigh
from transforms.models import shared_models

_SAMPLE: Final = 350
_STEPS: Final = 400
_RATE: Final = 0.1
_SHRINKAGE: Final = 1e-3
_MEANS: Final = (0.9, 0.99)

_Floats = npt.NDArray[np.float64]


class Choice(NamedTuple):
    """The lines of a page to choose from, [lines, len(WEIGHTS)], and which of them are right; maybe none."""

    evidence: _Floats
    right: Sequence[int]


def fit(choices: Sequence[Choice]) -> tuple[_Floats, float]:
    """The weights, and that of there being none."""
    weights = np.zeros(len(WEIGHTS) + 1)
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, _STEPS + 1):
        gradient = sum((_gradient(choice, weights) for choice in choices), np.zeros_like(weights)) / len(choices)
        gradient[:-1] += _SHRINKAGE * weights[:-1]
        mean = _MEANS[0] * mean + (1 - _MEANS[0]) * gradient
        square = _MEANS[1] * square + (1 - _MEANS[1]) * gradient**2
        size = np.sqrt(square / (1 - _MEANS[1] ** step)) + 1e-8
        weights -= _RATE * mean / (1 - _MEANS[0] ** step) / size
    return weights[:-1], float(weights[-1])


def _gradient(choice: Choice, weights: _Floats) -> _Floats:
    scores = np.append(choice.evidence @ weights[:-1], weights[-1])
    chances = np.exp(scores - scores.max())
    chances /= chances.sum()
    wanted = np.zeros_like(chances)
    places = list(choice.right) or [-1]
    wanted[places] = chances[places] / chances[places].sum()
    missed = chances - wanted
    return np.append(choice.evidence.T @ missed[:-1], missed[-1])


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.titles", description="Fit the weights of headlines.")
    parser.add_argument("data", type=Path, help="folder with the cleaning data")
    choices = []
    for page in titled_pages(parser.parse_args().data, "development", _SAMPLE, shared_models().lines):
        texts = [line.text for line in page.lines]
        places, evidence = weigh(texts, page.kept)
        if places:
            choices.append(Choice(evidence, [at for at, i in enumerate(places) if page.is_title(texts[i])]))
    weights, none = fit(choices)
    for name, weight in zip(WEIGHTS, weights, strict=True):
        sys.stdout.write(f'    "{name}": {weight:.2f},\n')
    sys.stdout.write(f"NONE: Final = {none:.2f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
