"""A smaller network from a trained one: heads and neurons that matter least are left out, and the whole network teaches
what is left.

How much a head or a neuron matters is the sum of squared gradients of the loss by a factor on what it gives (Kwon and
others, "A Fast Post-Training Pruning Framework for Transformers", 2022), over all layers at once: some layers keep more
than others. The smaller network learns the labels, the whole network's scores (Hinton, Vinyals, Dean 2015), and what
each of its layers gives (Jiao and others, "TinyBERT", 2020), which is as wide as its own.
"""

import copy
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.entities.encoder import Encoder, Layer
from training.entities.examples import UNLABELLED, Example
from training.entities.fit import Batch, batch_of, by_labels, cross_entropy, fit
from transforms.entities.pieces import Tokeniser

_log = logging.getLogger(__name__)

# What the layers keep on average, of 12 and of 1,536: at least a head each, and neurons in numbers that are fast.
_HEADS: Final = 6
_NEURONS: Final = 704
_NEURONS_AT_ONCE: Final = 32
_WEIGHED_WINDOWS: Final = 800
_WEIGHED_AT_ONCE: Final = 4
_TEMPERATURE: Final = 2.0
# What the loss is of: labels, the teacher's scores, the states of its layers.
_LABELS: Final = 0.5
_SCORES: Final = 1.0
_STATES: Final = 1.0
# The states of one piece in so many are compared: all of them take a fifth of a step.
_COMPARED: Final = 4


def shrink(
    whole: Encoder,
    embeddings: Tensor,
    examples: Sequence[Example],
    tokeniser: Tokeniser,
    *,
    steps: int,
    work: Path,
    seed: int,
) -> Encoder:
    """A smaller network that `whole` taught for so many steps; goes on from what is in `work`."""
    start = work / "smaller.pt"
    if not start.exists():
        labelled = [example for example in examples if UNLABELLED not in example.labels]
        torch.save(pruned(whole, *kept(*_weights(whole, embeddings, labelled, tokeniser))).state_dict(), start)
    smaller = with_state(whole, torch.load(start, weights_only=True))
    _log.info("heads and neurons: %s", [(layer.heads, layer.widen.out_features) for layer in smaller.layers])
    return fit(
        smaller,
        embeddings,
        examples,
        tokeniser,
        steps=steps,
        checkpoint=work / "smaller-checkpoint.pt",
        seed=seed,
        loss_of=Teacher(whole).loss,
    )


class Teacher:
    """The whole network, and the loss of a smaller one that is to do as it does."""

    def __init__(self, whole: Encoder) -> None:
        # As in training, where its softmax keeps bfloat16; nothing is dropped there.
        self._whole = copy.deepcopy(whole).train().requires_grad_(requires_grad=False)

    def loss(self, encoder: Encoder, embedded: Tensor, batch: Batch) -> Tensor:
        """Of labels, scores and states; `embedded` [batch, pieces, hidden]."""
        with torch.autocast("cpu", torch.bfloat16):
            states = encoder.states(embedded, batch.firsts, batch.mask)
            scores = encoder.head(states[-1])
            with torch.no_grad():
                taught_states = self._whole.states(embedded, batch.firsts, batch.mask)
                taught = self._whole.head(taught_states[-1])
        of_labels = _LABELS * cross_entropy(scores, batch)
        words, pieces = batch.words, batch.mask[:, 0, 0] == 0
        divergence = functional.kl_div(
            (scores[words].float() / _TEMPERATURE).log_softmax(-1),
            (taught[words].float() / _TEMPERATURE).log_softmax(-1),
            reduction="batchmean",
            log_target=True,
        )
        shown = [pieces] * (len(states) - 1) + [words]
        distances = [
            _distance(*(each[:, ::_COMPARED][at[:, ::_COMPARED]].float() for each in (state, other)))
            for state, other, at in zip(states, taught_states, shown, strict=True)
        ]
        return of_labels + _SCORES * _TEMPERATURE**2 * divergence + _STATES * torch.stack(distances).mean()


def _distance(state: Tensor, taught: Tensor) -> Tensor:
    """The share of the teacher's variance that is missed."""
    return functional.mse_loss(state, taught) / taught.var()


def _weights(
    encoder: Encoder, embeddings: Tensor, examples: Sequence[Example], tokeniser: Tokeniser
) -> tuple[Tensor, Tensor]:
    """How much heads and neurons matter, one after the other over all layers."""
    encoder = copy.deepcopy(encoder)
    gates: list[list[Tensor]] = []
    for layer in encoder.layers:
        of_heads = torch.ones(layer.heads, requires_grad=True)
        of_neurons = torch.ones(layer.widen.out_features, requires_grad=True)
        layer.attended.register_forward_pre_hook(_gated(of_heads, layer.size))
        layer.narrow.register_forward_pre_hook(_gated(of_neurons, 1))
        gates.append([of_heads, of_neurons])
    summed = [[torch.zeros_like(gate) for gate in pair] for pair in gates]
    step = max(1, len(examples) // _WEIGHED_WINDOWS) * _WEIGHED_AT_ONCE
    for start in range(0, len(examples), step):
        batch = batch_of(examples[start : start + _WEIGHED_AT_ONCE], tokeniser)
        by_labels(encoder, embeddings[batch.pieces], batch).backward()
        for pair, sums in zip(gates, summed, strict=True):
            for gate, total in zip(pair, sums, strict=True):
                if gate.grad is not None:
                    total.add_(gate.grad**2)
                gate.grad = None
    heads, neurons = zip(*summed, strict=True)
    return torch.stack(heads), torch.stack(neurons)


def _gated(gate: Tensor, width: int) -> Callable[[nn.Module, tuple[Tensor]], tuple[Tensor]]:
    """A hook that puts a factor before each group of `width` inputs."""
    return lambda _, inputs: (inputs[0] * gate.repeat_interleave(width).to(inputs[0].dtype),)


def kept(heads: Tensor, neurons: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """The heads and the neurons that each layer keeps, ascending; of [layers, all] that say how much they matter."""
    return _kept(heads, _HEADS, 1), _kept(neurons, _NEURONS, _NEURONS_AT_ONCE)


def _kept(weights: Tensor, on_average: int, at_once: int) -> list[Tensor]:
    layers = len(weights)
    ordered = weights.sort(dim=1, descending=True)
    # By groups of neurons, the weakest ones of a layer together: what a group weighs is what leaving it out costs.
    groups = ordered.values.unflatten(1, (-1, at_once)).sum(2)
    groups[:, 0] = torch.inf
    bound = groups.flatten().sort(descending=True).values[on_average * layers // at_once - 1]
    counts = (groups >= bound).sum(1) * at_once
    return [ordered.indices[layer, :count].sort().values for layer, count in enumerate(counts.tolist())]


@torch.no_grad()
def pruned(encoder: Encoder, heads: Sequence[Tensor], neurons: Sequence[Tensor]) -> Encoder:
    """The encoder with those heads and neurons of each layer alone."""
    smaller = copy.deepcopy(encoder)
    for layer, of_heads, of_neurons in zip(smaller.layers, heads, neurons, strict=True):
        own = (of_heads[:, None] * layer.size + torch.arange(layer.size)).flatten()
        before = layer.heads * layer.size
        layer.qkv = _linear(layer.qkv, torch.cat([own + part * before for part in range(3)]), None)
        layer.attended = _linear(layer.attended, None, own)
        layer.widen = _linear(layer.widen, of_neurons, None)
        layer.narrow = _linear(layer.narrow, None, of_neurons)
        layer.heads = len(of_heads)
    return smaller


def _linear(linear: nn.Linear, rows: Tensor | None, columns: Tensor | None) -> nn.Linear:
    weight, bias = linear.weight, linear.bias
    if rows is not None:
        weight, bias = weight[rows], bias[rows]
    if columns is not None:
        weight = weight[:, columns]
    smaller = nn.Linear(weight.shape[1], weight.shape[0])
    smaller.weight.copy_(weight)
    smaller.bias.copy_(bias)
    return smaller


def with_state(encoder: Encoder, state: dict[str, Tensor]) -> Encoder:
    """An encoder like this one, as narrow as a state of its parameters, with these."""
    other = copy.deepcopy(encoder)
    for number, layer in enumerate(encoder.layers):
        hidden, size = layer.hidden, layer.size
        heads = len(state[f"layers.{number}.qkv.bias"]) // (3 * size)
        other.layers[number] = Layer(hidden, heads, size, len(state[f"layers.{number}.widen.bias"]))
    other.load_state_dict(state)
    return other
