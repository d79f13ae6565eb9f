"""A hidden Markov model over many short sequences at once: which state each step is in, in the light of all."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def posteriors(emission: Floats, starts: Numbers, switch: Floats, shares: Floats) -> Floats:
    """The probability of each state at each step (rows × states), given all the steps of its chain.

    Forward-backward (Rabiner 1989, "A tutorial on hidden Markov models") for many chains at once: chain i has the
    rows `starts[i]` to `starts[i + 1]` of `emission`, which must be positive. Before a row the state is drawn anew
    with the probability `switch[row]`, from `shares[i]`, and else stays; the first one of a chain may be any. So
    the posterior of a chain of one step is its emission.
    """
    lengths = np.diff(starts)
    # Longest first, so that the chains which have a step t are always the first ones.
    order = np.argsort(-lengths, kind="stable")
    first, shares = starts[:-1][order], shares[order]
    number = np.searchsorted(-lengths[order], -np.arange(lengths.max(initial=0)))

    forward = emission / emission.sum(axis=1, keepdims=True)
    for t in range(1, len(number)):
        rows = first[: number[t]] + t
        anew = switch[rows, None]
        now = emission[rows] * ((1 - anew) * forward[rows - 1] + anew * shares[: number[t]])
        forward[rows] = now / now.sum(axis=1, keepdims=True)

    backward = np.ones_like(emission)
    for t in range(len(number) - 1, 0, -1):
        rows = first[: number[t]] + t
        anew = switch[rows, None]
        later = emission[rows] * backward[rows]
        now = (1 - anew) * later + anew * (shares[: number[t]] * later).sum(axis=1, keepdims=True)
        backward[rows - 1] = now / now.sum(axis=1, keepdims=True)

    both = forward * backward
    posterior: Floats = both / both.sum(axis=1, keepdims=True)
    return posterior
