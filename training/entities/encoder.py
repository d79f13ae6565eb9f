"""The network: the first layers of multilingual-e5-small, and a head that scores the labels of words.

A word is labelled by its first piece, so the last layer is computed for first pieces alone: they see all the others,
but nothing reads what becomes of those. Words instead of pieces from the second layer on were tried: a fifth faster,
and much slower to learn (F1 .785 and .816 against .851 after 350 steps, for a word's first piece and for the mean of
its pieces).
"""

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.entities.wheel import Wheel
from transforms.entities.decode import LABELS

_EPSILON: Final = 1e-12
_HIDDEN: Final = -1e4  # added to the score of what attention must not see


class _Softmax(torch.autograd.Function):
    """Softmax that keeps bfloat16, which halves the memory that attention moves on a processor."""

    @staticmethod
    def forward(ctx: Any, scores: Tensor) -> Tensor:
        with torch.autocast("cpu", enabled=False):
            weights = torch.softmax(scores, -1)
        ctx.save_for_backward(weights)
        return weights

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (weights,) = ctx.saved_tensors
        with torch.autocast("cpu", enabled=False):
            gradient = gradient.to(weights.dtype)
            return torch._softmax_backward_data(gradient, weights, -1, weights.dtype)  # noqa: SLF001


class Layer(nn.Module):
    """A transformer layer, normalised after each half, as in BERT; `size` is that of a head."""

    def __init__(self, hidden: int, heads: int, size: int, inner: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.heads = heads
        self.size = size
        self.qkv = nn.Linear(hidden, 3 * heads * size)
        self.attended = nn.Linear(heads * size, hidden)
        self.norm_attended = nn.LayerNorm(hidden, eps=_EPSILON)
        self.widen = nn.Linear(hidden, inner)
        self.narrow = nn.Linear(inner, hidden)
        self.norm = nn.LayerNorm(hidden, eps=_EPSILON)

    def forward(self, x: Tensor, mask: Tensor | None, firsts: Tensor | None = None) -> Tensor:
        """[batch, pieces, hidden] to the same, or to [batch, words, hidden] where `firsts` [batch, words] are given.

        `mask` [batch, 1, 1, pieces] is added to the scores of attention.
        """
        # Numbers, not shapes of tensors: so parts of weights are constants of the graph, which are put into 8 bits.
        hidden, asked = self.hidden, self.heads * self.size
        weight, bias = self.qkv.weight, self.qkv.bias
        if firsts is None:
            asking = x
            query, key, value = self._in_heads(self.qkv(x)).split(self.heads, 1)
        else:
            asking = torch.gather(x, 1, firsts[:, :, None].expand(-1, -1, hidden))
            query = self._in_heads(functional.linear(asking, weight[:asked], bias[:asked]))
            key, value = self._in_heads(functional.linear(x, weight[asked:], bias[asked:])).split(self.heads, 1)
        scores = (query * self.size**-0.5) @ key.transpose(-1, -2)
        if mask is not None:
            scores = scores + mask.to(scores.dtype)
        weights = _Softmax.apply(scores) if self.training else torch.softmax(scores, -1)
        context = (weights @ value).transpose(1, 2).flatten(2)
        x = self.norm_attended(asking + self.attended(context))
        return self.norm(x + self.narrow(functional.gelu(self.widen(x))))

    def _in_heads(self, x: Tensor) -> Tensor:
        """[batch, pieces, parts x hidden] to [batch, parts x heads, pieces, size of a head]."""
        return x.unflatten(2, (-1, self.size)).transpose(1, 2)


class Encoder(nn.Module):
    """Embeddings of pieces to scores of labels, one row a word."""

    def __init__(self, wheel: Wheel, layers: Sequence[int]) -> None:
        """`layers` are the numbers of the wheel's layers to begin with."""
        super().__init__()
        hidden = wheel.hidden
        self.positions = nn.Embedding(wheel.positions, hidden)
        self.norm = nn.LayerNorm(hidden, eps=_EPSILON)
        self.layers = nn.ModuleList(Layer(hidden, wheel.heads, hidden // wheel.heads, wheel.inner) for _ in layers)
        self.head = nn.Linear(hidden, LABELS)
        self._begin_with(wheel, layers)

    @torch.no_grad()
    def _begin_with(self, wheel: Wheel, layers: Sequence[int]) -> None:
        hidden = wheel.hidden

        def put(parameter: Tensor, *names: str) -> None:
            shape = (parameter.shape[0] // len(names), *parameter.shape[1:])
            parts = [torch.from_numpy(wheel.tensor(name, *shape).copy()) for name in names]
            parameter.copy_(torch.cat(parts))

        put(self.positions.weight, "emb.pos")
        # Texts are all of the first type, so its embedding is part of every position's.
        self.positions.weight += torch.from_numpy(wheel.tensor("emb.type", -1, hidden)[0].copy())
        put(self.norm.weight, "emb.ln.w")
        put(self.norm.bias, "emb.ln.b")
        for layer, number in zip(self.layers, layers, strict=True):
            for end, kind in (("weight", "w"), ("bias", "b")):
                put(getattr(layer.qkv, end), *(f"l{number}.{part}.{kind}" for part in "qkv"))
                put(getattr(layer.attended, end), f"l{number}.ao.{kind}")
                put(getattr(layer.norm_attended, end), f"l{number}.aln.{kind}")
                put(getattr(layer.widen, end), f"l{number}.fi.{kind}")
                put(getattr(layer.narrow, end), f"l{number}.fo.{kind}")
                put(getattr(layer.norm, end), f"l{number}.oln.{kind}")

    def forward(self, embeddings: Tensor, firsts: Tensor, mask: Tensor | None = None) -> Tensor:
        """Scores of labels [batch, words, LABELS].

        `embeddings` [batch, pieces, hidden]; `firsts` [batch, words], where each word's first piece is; `mask`
        [batch, 1, 1, pieces], added to the scores of attention, hides padding.
        """
        return self.head(self.states(embeddings, firsts, mask)[-1])

    def states(self, embeddings: Tensor, firsts: Tensor, mask: Tensor | None = None) -> list[Tensor]:
        """What each layer gives, [batch, pieces, hidden], and the last one [batch, words, hidden]."""
        x = self.norm(embeddings + self.positions.weight[: embeddings.shape[1]])
        states = []
        for layer in self.layers[:-1]:
            x = layer(x, mask)
            states.append(x)
        return [*states, self.layers[-1](x, mask, firsts)]


def mask_of(lengths: Sequence[int], longest: int) -> Tensor:
    """What hides padding from attention, [batch, 1, 1, longest]."""
    places = torch.arange(longest)[None, :]
    return torch.where(places < torch.tensor(lengths)[:, None], 0.0, _HIDDEN)[:, None, None, :]
