"""A linear-chain conditional random field over candidates of words: its weights by AdaGrad, one name at a time.

Method: Lafferty, McCallum, Pereira 2001; forward-backward in logarithms; step sizes by Duchi, Hazan, Singer 2011. How
much of the features a step sees is drawn by lot, so that general ones do not lean on those that name a word.
"""

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from transforms.entities.normal.paradigms import (
    BITS,
    Model,
    Node,
    agreement,
    pair_hashes,
    places_of,
    spoken,
    standing,
)

_log = logging.getLogger(__name__)

_Floats = NDArray[np.float64]

# Found on the development part, between 0.08 and 0.15, which differ little.
_RATE: Final = 0.1
# The squared gradients begin here, so that the first steps are not the largest.
_BEGIN: Final = 0.1
# Names as good as certain and candidates as good as excluded are not learned from: most of the time is theirs.
_CERTAIN: Final = 0.005
_EXCLUDED: Final = 0.001


@dataclass(frozen=True, slots=True)
class Example:
    """A name with its right candidates."""

    nodes: tuple[Node, ...]
    right: tuple[int, ...]


class _Weights:
    """Weights with the sums of their squared gradients."""

    def __init__(self) -> None:
        self.values = np.zeros(1 << BITS, dtype=np.float32)
        self._squares = np.full(1 << BITS, _BEGIN, dtype=np.float32)

    def climb(self, hashes: NDArray[np.uint32], gradient: _Floats) -> None:
        """One step up the gradient; hash 0 stands for no feature."""
        slopes = np.broadcast_to(gradient, hashes.shape).ravel().astype(np.float32)
        flat = hashes.ravel()
        places, slopes = places_of(flat[flat != 0]), slopes[flat != 0]
        np.add.at(self._squares, places, slopes * slopes)
        np.add.at(self.values, places, _RATE * slopes / np.sqrt(self._squares[places]))


def learn_weights(examples: Sequence[Example], depths: Sequence[int], epochs: int) -> NDArray[np.float32]:
    """The weights; each step sees the features up to one of `depths` (see Model.local), drawn by lot."""
    weights = _Weights()
    model = Model(weights.values)
    chance = random.Random(20)  # noqa: S311 - the order of the examples, no secret
    order = list(range(len(examples)))
    for epoch in range(epochs):
        chance.shuffle(order)
        loss = sum(_learn(weights, model, examples[at], chance.choice(depths)) for at in order)
        _log.info("epoch %d: loss %.4f", epoch + 1, loss / max(1, len(order)))
    return weights.values


def _learn(weights: _Weights, model: Model, example: Example, depth: int) -> float:
    """One step; return the loss before it (natural logarithm)."""
    nodes, right = example.nodes, example.right
    local = [model.local(node, depth).astype(np.float64) for node in nodes]
    pairs = [model.pairs(before, node).astype(np.float64) for before, node in pairwise(nodes)]
    forward = [local[0]]
    for pair, own in zip(pairs, local[1:], strict=True):
        forward.append(_log_sum(forward[-1][:, None] + pair, 0) + own)
    backward = [np.zeros(len(local[-1]))]
    for pair, own in zip(reversed(pairs), reversed(local[1:]), strict=True):
        backward.append(_log_sum(pair + (own + backward[-1])[None, :], 1))
    backward.reverse()
    total = float(_log_sum(forward[-1], 0))
    reached = sum(own[line] for own, line in zip(local, right, strict=True))
    reached += sum(pair[one, other] for pair, one, other in zip(pairs, right, right[1:], strict=False))
    loss = total - float(reached)
    if loss < _CERTAIN:
        return loss
    for at, node in enumerate(nodes):
        gradient = -np.exp(forward[at] + backward[at] - total)
        gradient[right[at]] += 1
        lines = np.flatnonzero(np.abs(gradient) > _EXCLUDED)
        weights.climb(spoken(node, depth)[:, None] ^ node.choice.edits[lines][None, :], gradient[lines])
        weights.climb(standing(node, depth)[lines], gradient[lines][:, None])
    for at, pair in enumerate(pairs):
        after = (local[at + 1] + backward[at + 1])[None, :]
        gradient = -np.exp(forward[at][:, None] + pair + after - total)
        gradient[right[at], right[at + 1]] += 1
        ones, others = np.nonzero(np.abs(gradient) > _EXCLUDED)
        weights.climb(pair_hashes(nodes[at], nodes[at + 1])[:, ones, others], gradient[ones, others])
        weights.climb(agreement(nodes[at], nodes[at + 1])[ones, others], gradient[ones, others])
    return loss


def _log_sum(scores: _Floats, axis: int) -> _Floats:
    """The logarithm of the sum of exponentials along an axis."""
    peak = scores.max(axis=axis, keepdims=True)
    return np.asarray((peak + np.log(np.exp(scores - peak).sum(axis=axis, keepdims=True))).squeeze(axis))
