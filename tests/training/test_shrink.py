"""A network with fewer heads and neurons: what is left does what it did."""

import random
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed: training/entities/requirements.txt has it")

import torch

from training.entities.encoder import Encoder
from training.entities.examples import Example, unlabelled
from training.entities.fit import batch_of, mean_of
from training.entities.shrink import Teacher, kept, pruned, shrink, with_state
from training.entities.wheel import Wheel
from transforms.entities.pieces import Tokeniser

HIDDEN, HEADS, INNER, LAYERS = 24, 12, 1536, 2
TOKENISER = Tokeniser(["<s>", "<pad>", "</s>", "<unk>", "▁Мінск", "▁і", "▁Казань"], [0.0] * 7, {})
EMBEDDINGS = torch.from_numpy(np.random.default_rng(1).standard_normal((7, HIDDEN)).astype(np.float32))


def wheel() -> Wheel:
    """A wheel of small numbers, at random."""
    shapes = {"emb.pos": (8, HIDDEN), "emb.type": (1, HIDDEN), "emb.ln.w": (HIDDEN,), "emb.ln.b": (HIDDEN,)}
    for layer in range(LAYERS):
        for part, (rows, columns) in {
            **dict.fromkeys(("q", "k", "v", "ao"), (HIDDEN, HIDDEN)),
            "fi": (INNER, HIDDEN),
            "fo": (HIDDEN, INNER),
        }.items():
            shapes |= {f"l{layer}.{part}.w": (rows, columns), f"l{layer}.{part}.b": (rows,)}
        shapes |= {f"l{layer}.{norm}.{end}": (HIDDEN,) for norm in ("aln", "oln") for end in "wb"}
    draw = np.random.default_rng(2)
    data = b""
    directory = {}
    for name, shape in shapes.items():
        values = draw.standard_normal(shape).astype("<f4") * 0.3
        directory[name] = (values.size, len(data), values.nbytes)
        data += values.tobytes()
    return Wheel(HIDDEN, LAYERS, HEADS, INNER, 8, (), np.zeros(0, np.float32), {}, data, directory)


def encoder() -> Encoder:
    torch.manual_seed(3)
    network: Encoder = Encoder(wheel(), range(LAYERS)).eval()
    return network


def outputs(network: Encoder) -> torch.Tensor:
    with torch.no_grad():
        return network(EMBEDDINGS[None, 3:7], torch.tensor([[0, 2, 3]]))


def everything(count: int) -> list[torch.Tensor]:
    return [torch.arange(count)] * LAYERS


def test_with_all_heads_and_neurons_it_is_the_same() -> None:
    whole = encoder()
    assert torch.equal(outputs(pruned(whole, everything(HEADS), everything(INNER))), outputs(whole))


def test_the_mean_of_two_lies_between_them() -> None:
    one, other = encoder(), encoder()
    with torch.no_grad():
        other.head.weight += 2
    mean = mean_of([one, other])
    torch.testing.assert_close(mean.head.weight, one.head.weight + 1)
    torch.testing.assert_close(mean.layers[0].qkv.weight, one.layers[0].qkv.weight)


def test_what_gave_nothing_is_not_missed() -> None:
    whole = encoder()
    size = HIDDEN // HEADS
    with torch.no_grad():
        for layer in whole.layers:
            layer.attended.weight[:, 3 * size : 5 * size] = 0
            layer.narrow.weight[:, ::2] = 0
    heads = torch.tensor([head for head in range(HEADS) if head not in {3, 4}])
    smaller = pruned(whole, [heads] * LAYERS, [torch.arange(1, INNER, 2)] * LAYERS)
    torch.testing.assert_close(outputs(smaller), outputs(whole))
    assert [(layer.heads, layer.widen.out_features) for layer in smaller.layers] == [(10, 768)] * 2
    again = with_state(whole, smaller.state_dict()).eval()
    assert torch.equal(outputs(again), outputs(smaller))


def test_layers_share_what_is_kept_by_how_much_it_matters() -> None:
    heads = torch.zeros(2, HEADS)
    heads[0] = torch.arange(HEADS) + 1.0
    neurons = torch.ones(2, INNER)
    neurons[1, ::2] = 5.0
    of_heads, of_neurons = kept(heads, neurons)
    # A layer of which nothing matters keeps one.
    assert [len(some) for some in of_heads] == [11, 1]
    assert of_heads[0].tolist() == list(range(1, 12))
    assert set(range(0, INNER, 2)) <= set(of_neurons[1].tolist())
    assert all(len(some) % 32 == 0 for some in of_neurons)


def test_a_network_that_is_its_teacher_loses_by_labels_alone() -> None:
    whole = encoder()
    batch = batch_of([Example("be", ("▁Мінск", "▁і", "▁Казань"), (3, 0, 3))], TOKENISER)
    other = batch_of(list(unlabelled("be", ["Мінск і Казань"], TOKENISER)), TOKENISER)
    embedded = EMBEDDINGS[batch.pieces]
    with torch.no_grad():
        assert Teacher(whole).loss(whole.train(), embedded, batch) > 0.1
        assert Teacher(whole).loss(whole.train(), embedded, other) == pytest.approx(0, abs=1e-3)


def test_it_goes_on_from_what_it_has(tmp_path: Path) -> None:
    draw = random.Random(4)
    names = ("▁Мінск", "▁Казань")
    examples = [Example("be", (draw.choice(names), "▁і", draw.choice(names)), (3, 0, 3)) for _ in range(12)]
    first = shrink(encoder(), EMBEDDINGS, examples, TOKENISER, steps=2, work=tmp_path, seed=1)
    again = shrink(encoder(), EMBEDDINGS, examples, TOKENISER, steps=2, work=tmp_path, seed=1)
    assert sum(layer.heads for layer in first.layers) == HEADS
    assert torch.equal(outputs(first), outputs(again))
