"""From a model's scores of labels to spans of words: the best legal sequence of labels, by Viterbi."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from transforms.document import EntityType

TYPES: Final[tuple[EntityType, ...]] = ("PER", "LOC", "ORG", "PRO", "EVT")
# BIO: `O`, then for each type the label of its first word and that of the others.
OUTSIDE: Final = 0
LABELS: Final = 1 + 2 * len(TYPES)

Scores = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

_NEVER: Final = np.float32(-1e4)


class Span(NamedTuple):
    """Words [start, stop) of one type, and how probable their labels are: the geometric mean."""

    start: int
    stop: int
    type: EntityType
    probability: float


def begin(kind: int) -> int:
    """The label of the first word of a name of the type with this number."""
    return 1 + 2 * kind


def inside(kind: int) -> int:
    """The label of a further word of a name of the type with this number."""
    return 2 + 2 * kind


def _transitions() -> Scores:
    """Added to the score of a label, [before, label]: a name goes on only where one of its type was open."""
    table = np.zeros((LABELS, LABELS), np.float32)
    for kind in range(len(TYPES)):
        table[:, inside(kind)] = _NEVER
        table[[begin(kind), inside(kind)], inside(kind)] = 0.0
    return table


_TRANSITIONS: Final = _transitions()
_INSIDE: Final = np.array([label > 0 and label % 2 == 0 for label in range(LABELS)])


def best_labels(scores: Scores, broken: npt.NDArray[np.bool_]) -> Labels:
    """The best legal labels of words, [words], by their log-probabilities [words, LABELS].

    No name goes on over a word before which the text is `broken` [words].
    """
    scores = np.where(broken[:, None] & _INSIDE, _NEVER, scores)
    scores[0, _INSIDE] = _NEVER
    labels: Labels = scores.argmax(axis=1)
    # Where the best of each word is legal, it is the best of all. No label depends on what is before a break.
    illegal = np.flatnonzero(_TRANSITIONS[labels[:-1], labels[1:]] < 0)
    edges = np.concatenate([[0], np.flatnonzero(broken[1:]) + 1, [len(scores)]])
    for part in np.unique(np.searchsorted(edges, illegal, "right")).tolist():
        start, stop = edges[part - 1], edges[part]
        labels[start:stop] = _best_legal(scores[start:stop])
    return _with_doubtful_types(labels, scores, broken)


def _with_doubtful_types(labels: Labels, scores: Scores, broken: npt.NDArray[np.bool_]) -> Labels:
    """The labels, with words that go on a name rather than not, though of no one type: they go on that before them."""
    inside = np.logaddexp.reduce(scores[:, _INSIDE], axis=1)
    doubtful = (labels == OUTSIDE) & (inside > np.logaddexp.reduce(scores[:, ~_INSIDE], axis=1)) & ~broken
    for word in np.flatnonzero(doubtful).tolist():
        before = int(labels[word - 1]) if word else OUTSIDE
        if before != OUTSIDE:
            labels[word] = before + before % 2
    return labels


def _best_legal(scores: Scores) -> Labels:
    """Viterbi over words of which the first is inside no name."""
    total = scores[0]
    back = np.empty(scores.shape, np.int64)
    for word in range(1, len(scores)):
        candidates = total[:, None] + _TRANSITIONS
        back[word] = candidates.argmax(axis=0)
        total = candidates[back[word], np.arange(LABELS)] + scores[word]
    labels = np.empty(len(scores), np.int64)
    labels[-1] = total.argmax()
    for word in range(len(scores) - 1, 0, -1):
        labels[word - 1] = back[word, labels[word]]
    return labels


def spans(labels: Labels, scores: Scores) -> list[Span]:
    """The spans that legal labels mean, in order."""
    found: list[Span] = []
    named = np.flatnonzero(labels != OUTSIDE)
    for word in named.tolist():
        label = int(labels[word])
        if label % 2:
            found.append(Span(word, word + 1, TYPES[label // 2], 0.0))
        else:
            found[-1] = found[-1]._replace(stop=word + 1)
    return [span._replace(probability=_mean(labels, scores, span)) for span in found]


def _mean(labels: Labels, scores: Scores, span: Span) -> float:
    words = np.arange(span.start, span.stop)
    return min(1.0, float(np.exp(scores[words, labels[words]].mean())))


def log_probabilities(logits: Scores) -> Scores:
    """Log-softmax over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), np.float32)


def span_counts(found: Sequence[Span], gold: Sequence[Span]) -> tuple[int, int, int]:
    """How many spans were found, how many there are, and how many agree in words and type."""
    wanted = {span[:3] for span in gold}
    return len(found), len(wanted), sum(span[:3] in wanted for span in found)
