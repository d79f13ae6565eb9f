"""Fitting: AdamW over batches of windows of like length, with checkpoints; averaged weights at the end."""

import copy
import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.entities.augment import Augmenter
from training.entities.encoder import Encoder, mask_of
from training.entities.examples import UNLABELLED, Example
from transforms.entities.decode import Span, best_labels, log_probabilities, span_counts, spans
from transforms.entities.pieces import BEGIN, END, UNKNOWN, Tokeniser

_log = logging.getLogger(__name__)

# From the recipe of the trial (docs: training/entities/README.md).
_BODY_RATE: Final = 3e-4
_HEAD_RATE: Final = 1e-3
_DECAY: Final = 0.01
_BETAS: Final = (0.9, 0.98)
_WARM_UP: Final = 60
_LAST_RATE: Final = 0.02
_CLIP: Final = 1.0
BATCH_PIECES: Final = 2400
_FORGOTTEN: Final = 0.05  # pieces that are shown as unknown
_AVERAGED_FROM: Final = 0.6  # of the steps; the weights after that are averaged exponentially
_AVERAGE: Final = 0.995
_SORTED_AT_ONCE: Final = 1000
_CHECKPOINT_STEPS: Final = 250


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows of like length: pieces and where each word begins, padded, with labels (UNLABELLED where padded)."""

    pieces: Tensor  # int64 [batch, pieces]
    firsts: Tensor  # int64 [batch, words]
    labels: Tensor  # int64 [batch, words]
    words: Tensor  # bool [batch, words], which of them there are
    mask: Tensor  # float32 [batch, 1, 1, pieces]


# The loss of an encoder for the embeddings of a batch, [batch, pieces, hidden].
LossOf = Callable[[Encoder, Tensor, Batch], Tensor]


def batch_of(examples: Sequence[Example], tokeniser: Tokeniser) -> Batch:
    """The batch of some windows."""
    segmented = [[tokeniser.segment(word) for word in example.words] for example in examples]
    lengths = [2 + sum(map(len, window)) for window in segmented]
    counts = [len(window) for window in segmented]
    pieces = torch.full((len(examples), max(lengths)), END)
    firsts = torch.zeros((len(examples), max(counts)), dtype=torch.long)
    labels = torch.full((len(examples), max(counts)), UNLABELLED)
    for row, (example, window) in enumerate(zip(examples, segmented, strict=True)):
        flat = [BEGIN, *(piece for word in window for piece in word), END]
        pieces[row, : len(flat)] = torch.tensor(flat)
        starts = np.cumsum([1, *map(len, window[:-1])])
        firsts[row, : len(window)] = torch.from_numpy(starts)
        labels[row, : len(window)] = torch.tensor(example.labels)
    words = torch.arange(max(counts))[None, :] < torch.tensor(counts)[:, None]
    return Batch(pieces, firsts, labels, words, mask_of(lengths, max(lengths)))


def _batches(
    examples: Sequence[Example], augmenter: Augmenter, tokeniser: Tokeniser, chance: random.Random
) -> Iterator[Batch]:
    """The examples of one epoch, varied, in batches of about the same number of pieces, in a random order."""
    order = list(examples)
    chance.shuffle(order)
    for start in range(0, len(order), _SORTED_AT_ONCE):
        some = [augmenter.varied(example, chance) for example in order[start : start + _SORTED_AT_ONCE]]
        sized = sorted(
            ((2 + sum(len(tokeniser.segment(w)) for w in e.words), e) for e in some), key=lambda pair: pair[0]
        )
        groups: list[list[Example]] = [[]]
        for size, example in sized:
            if groups[-1] and (len(groups[-1]) + 1) * size > BATCH_PIECES:
                groups.append([])
            groups[-1].append(example)
        chance.shuffle(groups)
        for group in groups:
            yield batch_of(group, tokeniser)


def fit(
    encoder: Encoder,
    embeddings: Tensor,
    examples: Sequence[Example],
    tokeniser: Tokeniser,
    *,
    steps: int,
    checkpoint: Path,
    seed: int,
    until: int | None = None,
    loss_of: LossOf | None = None,
) -> Encoder:
    """Train for `steps` steps and return the averaged encoder; goes on from `checkpoint` where there is one.

    `until`, for trials, stops earlier than the schedule's end. The loss is that of the labels, or `loss_of`.
    """
    torch.manual_seed(seed)
    average = torch.optim.swa_utils.AveragedModel(
        encoder, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(_AVERAGE)
    )
    optimiser = _optimiser(encoder)
    step, epoch, seen = 0, 0, 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        encoder.load_state_dict(state["encoder"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        step, epoch, seen = state["step"], state["epoch"], state["seen"]
        torch.set_rng_state(state["random"])
        _log.info("going on after step %d", step)
    augmenter = Augmenter(examples)
    encoder.train()
    began, first_step, loss_now = time.perf_counter(), step, 0.0
    last = until or steps
    while step < last:
        for number, batch in enumerate(_batches(examples, augmenter, tokeniser, random.Random(f"{seed} {epoch}"))):  # noqa: S311
            if number < seen:
                continue
            _set_rate(optimiser, step, steps)
            loss = _learn(encoder, embeddings, batch, optimiser, loss_of or by_labels)
            step, seen = step + 1, number + 1
            if step > _AVERAGED_FROM * steps:
                average.update_parameters(encoder)
            loss_now = 0.98 * loss_now + 0.02 * loss if step > first_step + 1 else loss
            if step % 50 == 0:
                pace = (time.perf_counter() - began) / (step - first_step)
                _log.info("step %d of %d, epoch %d, loss %.4f, %.2f s a step", step, steps, epoch, loss_now, pace)
            if step % _CHECKPOINT_STEPS == 0 or step == last:
                _save(checkpoint, encoder, average, optimiser, step, epoch, seen)
            if step == last:
                break
        else:
            epoch, seen = epoch + 1, 0
    averaged: Encoder = average.module if step > _AVERAGED_FROM * steps else encoder
    return averaged.eval()


@torch.no_grad()
def mean_of(encoders: Sequence[Encoder]) -> Encoder:
    """An encoder with the means of the weights of encoders that were fitted from one start."""
    states = [encoder.state_dict() for encoder in encoders]
    mean = copy.deepcopy(encoders[0])
    mean.load_state_dict({name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]})
    return mean


def by_labels(encoder: Encoder, embedded: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy of the labels; `embedded` [batch, pieces, hidden]."""
    with torch.autocast("cpu", torch.bfloat16):
        scores = encoder(embedded, batch.firsts, batch.mask)
    return cross_entropy(scores, batch)


def cross_entropy(scores: Tensor, batch: Batch) -> Tensor:
    """The mean over labelled words, of scores [batch, words, LABELS]."""
    labels = batch.labels.flatten()
    lost = functional.cross_entropy(scores.float().flatten(0, 1), labels, ignore_index=UNLABELLED, reduction="sum")
    return lost / (labels != UNLABELLED).sum().clamp(min=1)


def _learn(
    encoder: Encoder, embeddings: Tensor, batch: Batch, optimiser: torch.optim.Optimizer, loss_of: LossOf
) -> float:
    forgotten = (torch.rand(batch.pieces.shape) < _FORGOTTEN) & (batch.pieces > UNKNOWN)
    pieces = torch.where(forgotten, UNKNOWN, batch.pieces)
    loss = loss_of(encoder, embeddings[pieces], batch)
    loss.backward()
    nn.utils.clip_grad_norm_(encoder.parameters(), _CLIP)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    return loss.item()


def _optimiser(encoder: Encoder) -> torch.optim.AdamW:
    body = [(name, p) for name, p in encoder.named_parameters() if not name.startswith("head.")]
    groups: list[dict[str, Any]] = [
        {"params": [p for _, p in body if p.ndim > 1], "lr": _BODY_RATE, "weight_decay": _DECAY},
        {"params": [p for _, p in body if p.ndim <= 1], "lr": _BODY_RATE, "weight_decay": 0.0},
        {"params": list(encoder.head.parameters()), "lr": _HEAD_RATE, "weight_decay": _DECAY},
    ]
    for group in groups:
        group["base"] = group["lr"]
    return torch.optim.AdamW(groups, betas=_BETAS, fused=True)


def _set_rate(optimiser: torch.optim.Optimizer, step: int, steps: int) -> None:
    """Warm up, then fall in a line."""
    share = min(1.0, (step + 1) / _WARM_UP) * max(_LAST_RATE, 1 - step / steps)
    for group in optimiser.param_groups:
        group["lr"] = group["base"] * share


def _save(
    path: Path,
    encoder: Encoder,
    average: nn.Module,
    optimiser: torch.optim.Optimizer,
    step: int,
    epoch: int,
    seen: int,
) -> None:
    state = {
        "encoder": encoder.state_dict(),
        "average": average.state_dict(),
        "optimiser": optimiser.state_dict(),
        "step": step,
        "epoch": epoch,
        "seen": seen,
        "random": torch.get_rng_state(),
    }
    whole = path.with_suffix(".new")
    torch.save(state, whole)
    whole.replace(path)


@torch.no_grad()
def counts(
    encoder: Encoder, embeddings: Tensor, examples: Sequence[Example], tokeniser: Tokeniser
) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Spans found, spans there, and spans that agree, by language and type. For a look while training."""
    encoder.eval()
    found: dict[tuple[str, str], list[int]] = {}
    ordered = sorted(examples, key=lambda example: len(example.words))
    for start in range(0, len(ordered), 16):
        some = ordered[start : start + 16]
        batch = batch_of(some, tokeniser)
        with torch.autocast("cpu", torch.bfloat16):
            scores = encoder(embeddings[batch.pieces], batch.firsts, batch.mask)
        for example, row in zip(some, scores.float().numpy(), strict=True):
            known = log_probabilities(row[: len(example.words)])
            ours = spans(best_labels(known, np.zeros(len(known), np.bool_)), known)
            gold = spans(np.array(example.labels), known)
            for kind in {span.type for span in (*ours, *gold)}:
                row_counts = span_counts(_of(ours, kind), _of(gold, kind))
                total = found.setdefault((example.language, kind), [0, 0, 0])
                for place, count in enumerate(row_counts):
                    total[place] += count
    encoder.train()
    return {key: (total[0], total[1], total[2]) for key, total in found.items()}


def _of(some: Sequence[Span], kind: str) -> list[Span]:
    return [span for span in some if span.type == kind]
