"""Texts as the model learns them: windows of words with a label each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from training.entities.corpora import Annotated, Span
from transforms.entities.decode import OUTSIDE, TYPES, begin, inside
from transforms.entities.model import WINDOW
from transforms.entities.pieces import SPACE, Tokeniser, Word, windows

# The label of a word of which nobody has said whether it is in a name.
UNLABELLED: Final = -100


@dataclass(frozen=True, slots=True)
class Example:
    """A window: its words as the tokeniser segments them, and the label of each, or UNLABELLED."""

    language: str
    words: tuple[str, ...]
    labels: tuple[int, ...]


def examples_of(texts: Iterable[Annotated], tokeniser: Tokeniser) -> Iterator[Example]:
    """The windows of all texts, in order."""
    for annotated in texts:
        text = annotated.text
        words = tokeniser.words(text)
        labels = labels_of(words, annotated.spans)
        spelled = _spelled(words, text)
        for start, stop in windows(words, text, WINDOW):
            first = labels[start]
            # A name that a window cuts in two begins anew.
            first -= 1 if first != OUTSIDE and first % 2 == 0 else 0
            window = tuple(spelled[start:stop])
            yield Example(annotated.language, window, (first, *labels[start + 1 : stop]))


def unlabelled(language: str, texts: Iterable[str], tokeniser: Tokeniser) -> Iterator[Example]:
    """The windows of texts in which names are not marked."""
    for text in texts:
        words = tokeniser.words(text)
        spelled = _spelled(words, text)
        for start, stop in windows(words, text, WINDOW):
            yield Example(language, tuple(spelled[start:stop]), (UNLABELLED,) * (stop - start))


def labels_of(words: Sequence[Word], spans: Sequence[Span]) -> list[int]:
    """The label of each word: a word is in a span if any of it is."""
    labels = []
    at = 0
    for number, word in enumerate(words):
        while at < len(spans) and spans[at][1] <= word.start:
            at += 1
        if at == len(spans) or spans[at][0] >= word.end:
            labels.append(OUTSIDE)
            continue
        start, _, name = spans[at]
        kind = TYPES.index(name)
        first = number == 0 or words[number - 1].end <= start
        labels.append(begin(kind) if first else inside(kind))
    return labels


def _spelled(words: Sequence[Word], text: str) -> list[str]:
    before = -1
    spelled = []
    for word in words:
        written = text[word.start : word.end]
        spelled.append(SPACE + written if word.start != before or written[0].isalnum() else written)
        before = word.end
    return spelled
