"""The entity model: a small multilingual encoder that labels words, run by ONNX Runtime.

Weights and training: training/entities/README.md. The embeddings of pieces stay in four bits and are looked up here;
the graph takes them, and where each word's first piece is, and gives a row of scores a word.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime

from transforms.document import Mention
from transforms.entities.agreement import agreed
from transforms.entities.decode import LABELS, Scores, best_labels, log_probabilities, spans
from transforms.entities.mentions import FoundMention
from transforms.entities.pieces import BEGIN, END, Tokeniser, Word, windows
from transforms.entities.repeated import completed
from transforms.entities.trim import trimmed

MODEL: Final = "dropwire-entities-5"
# Pieces in a window, in training and in use. More cost more than they tell: attention grows with the square.
WINDOW: Final = 190
# Characters that are read at a time: words and scores take 100 times as much memory. Most articles are shorter.
_BLOCK: Final = 20_000
# Of a block of embeddings: 32 weights as a 16-bit scale and 16 bytes of two weights each.
_BLOCK_BYTES: Final = 18
_SCALE_BYTES: Final = 2
_ZERO: Final = 8

# Of words in a stretch of text without a single capital: lists, tables, noise. Nothing in it is given as a name anyway.
_NO_NAME: Final = np.array([0.0] + [-20.0] * (LABELS - 1), np.float32)


class EntityModel:
    """Finds names in text of any language in Cyrillic or Latin script. Safe to share between threads.

    Takes 84 MB (`python -m benchmarks.entities`).
    """

    name = MODEL

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as arrays:
            pieces = arrays["pieces"].tobytes().decode("utf-8").split("\n")
            normal = arrays["normal"].tobytes().decode("utf-8").split("\n")
            self._tokeniser = Tokeniser(
                pieces, arrays["scores"].tolist(), {ord(pair[0]): pair[1:] for pair in normal if pair}
            )
            self._embeddings: npt.NDArray[np.uint8] = arrays["embeddings"]
            options = onnxruntime.SessionOptions()
            # A worker has a core: more threads would only wait for each other.
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.log_severity_level = 3
            self._session = onnxruntime.InferenceSession(
                arrays["graph"].tobytes(),
                options,
                providers=["CPUExecutionProvider"],
                # An addition and a normalisation are faster than the two as one (onnxruntime 1.32): a twelfth in all.
                disabled_optimizers=["SkipLayerNormFusion"],
            )

    def find(self, text: str) -> list[FoundMention]:
        """The mentions in `text`, sorted, not overlapping, none over a line break; their language is not set."""
        found = [mention for start, stop in _blocks(text) for mention in self._find(text[start:stop], start)]
        return completed(text, found)

    def _find(self, text: str, offset: int) -> list[FoundMention]:
        """The mentions in a block that begins at `offset`."""
        words = self._tokeniser.words(text)
        if not words:
            return []
        scores = agreed(self.scores(words, text), words, text)
        labels = best_labels(scores, line_breaks(words, text))
        found = []
        for span in spans(labels, scores):
            start, end = trimmed(text, words[span.start].start, words[span.stop - 1].end)
            if start < end:
                mention = Mention(offset + start, offset + end, text[start:end])
                found.append(FoundMention(mention, span.type, span.probability, ""))
        return found

    def scores(self, words: list[Word], text: str) -> Scores:
        """The log-probabilities of labels, [words, LABELS]."""
        parts = []
        known: dict[tuple[tuple[int, ...], ...], Scores] = {}  # what is repeated without end is read once
        for start, stop in windows(words, text, WINDOW):
            window = words[start:stop]
            if not _has_capital(text[window[0].start : window[-1].end]):
                parts.append(np.tile(_NO_NAME, (len(window), 1)))
                continue
            pieces = tuple(word.pieces for word in window)
            if pieces not in known:
                known[pieces] = log_probabilities(self._window(window))
            parts.append(known[pieces])
        return np.concatenate(parts)

    def _window(self, words: list[Word]) -> Scores:
        pieces = [BEGIN]
        firsts = []
        for word in words:
            firsts.append(len(pieces))
            pieces.extend(word.pieces[:WINDOW])
        pieces.append(END)
        feed = {"embeddings": self._embed(pieces), "firsts": np.array([firsts])}
        scores = np.asarray(self._session.run(None, feed)[0], np.float32)
        return scores.reshape(-1, LABELS)

    def _embed(self, pieces: list[int]) -> npt.NDArray[np.float32]:
        """The embeddings of pieces, float32 [1, pieces, hidden]."""
        blocks = self._embeddings[pieces].reshape(len(pieces), -1, _BLOCK_BYTES)
        scales = np.ascontiguousarray(blocks[:, :, :_SCALE_BYTES]).view("<f2").astype(np.float32)
        nibbles = blocks[:, :, _SCALE_BYTES:]
        weights = np.concatenate([nibbles & 15, nibbles >> 4], axis=2).astype(np.float32) - _ZERO
        return np.asarray((weights * scales).reshape(1, len(pieces), -1))


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Where the blocks of a text begin and end: after a line, else after a word, as far back as half a block."""
    start = 0
    while len(text) - start > _BLOCK:
        half, stop = start + _BLOCK // 2, start + _BLOCK
        stop = next((at + 1 for mark in "\n " if (at := text.rfind(mark, half, stop)) >= 0), stop)
        yield start, stop
        start = stop
    yield start, len(text)


def _has_capital(text: str) -> bool:
    return any(map(str.isupper, text))


def line_breaks(words: list[Word], text: str) -> npt.NDArray[np.bool_]:
    """Before which words a line ends, [words]."""
    broken = [before.end < word.start and "\n" in text[before.end : word.start] for before, word in pairwise(words)]
    return np.array([True, *broken])
