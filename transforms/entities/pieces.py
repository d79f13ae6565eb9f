"""Words of a text, and the pieces of words that the entity model knows: a Unigram tokeniser.

The vocabulary is that of XLM-RoBERTa, as multilingual-e5-small has it (SentencePiece Unigram, Kudo 2018), cut down to
the scripts that we serve. Each word is segmented by itself, so the segmentation of a word is found once and kept.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

# A word with the marks in it (stress, soft hyphens), or one character of punctuation.
_WORD: Final = re.compile(r"\w[\w\u0300-\u036f\u00ad\u200b-\u200d]*|[^\w\s]")
_INVISIBLE: Final = re.compile(r"[\u0300\u0301\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
# Marks a word that begins after white space, as SentencePiece does.
SPACE: Final = "▁"
UNKNOWN: Final = 3
BEGIN: Final = 0
END: Final = 2
# SentencePiece's own penalty below the least likely piece.
_UNKNOWN_PENALTY: Final = 10.0
# Segmentations that are kept: about 30 MB. A text is of far fewer words.
_KEPT_WORDS: Final = 100_000
# Longer "words" are cut: nothing that long is a name, and time grows with the square.
_MAX_WORD: Final = 64


class Word(NamedTuple):
    """A word or a mark, [start, end) in the text, and the ids of its pieces, at least one."""

    start: int
    end: int
    pieces: tuple[int, ...]


class Tokeniser:
    """Splits texts into words and words into pieces. Safe to share between threads."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float], normal: Mapping[int, str]) -> None:
        """`pieces` with their log-probabilities; the first four are control pieces. `normal` maps code points."""
        self._vocabulary = {
            piece: (number, score)
            for number, (piece, score) in enumerate(zip(pieces, scores, strict=True))
            if number > UNKNOWN
        }
        # The longest piece that begins with these two characters: nearly all longer ones need not be looked up.
        self._longest: dict[str, int] = {}
        for piece in self._vocabulary:
            self._longest[piece[:2]] = max(len(piece), self._longest.get(piece[:2], 0))
        self._unknown = min(score for _, score in self._vocabulary.values()) - _UNKNOWN_PENALTY
        self._normal = dict(normal)
        self._kept: dict[str, tuple[int, ...]] = {}

    def words(self, text: str) -> list[Word]:
        """All words and marks of `text`, in order."""
        found = []
        before = -1
        kept = self._kept
        for match in _WORD.finditer(text):
            start, end = match.span()
            word = match.group()
            # Letters begin a word wherever they stand; a mark may be glued to what is before it.
            spelled = f"{SPACE}{word}" if start != before or word[0].isalnum() else word
            found.append(Word(start, end, kept.get(spelled) or self.segment(spelled)))
            before = end
        return found

    def segment(self, spelled: str) -> tuple[int, ...]:
        """The pieces of one word, at least one; `spelled` begins with SPACE where the word is not glued to another."""
        pieces = self._kept.get(spelled)
        if pieces is None:
            if len(self._kept) >= _KEPT_WORDS:
                self._kept.clear()
            pieces = self._kept[spelled] = self._segment(spelled)
        return pieces

    def _segment(self, spelled: str) -> tuple[int, ...]:
        """The most likely segmentation of a word, by Viterbi."""
        space = SPACE if spelled.startswith(SPACE) else ""
        bare = unicodedata.normalize("NFC", spelled[len(space) : _MAX_WORD]).translate(self._normal)
        bare = _INVISIBLE.sub("", bare).replace(" ", "")
        if not bare:
            return (UNKNOWN,)
        word = space + bare
        best = [0.0] + [float("-inf")] * len(word)
        back: list[tuple[int, int]] = [(0, UNKNOWN)] * (len(word) + 1)
        vocabulary = self._vocabulary
        for start in range(len(word)):
            so_far = best[start]
            longest = self._longest.get(word[start : start + 2], 1)
            for end in range(start + 1, min(len(word), start + longest) + 1):
                known = vocabulary.get(word[start:end])
                if known and so_far + known[1] > best[end]:
                    best[end] = so_far + known[1]
                    back[end] = (start, known[0])
            if so_far + self._unknown > best[start + 1]:
                best[start + 1] = so_far + self._unknown
                back[start + 1] = (start, UNKNOWN)
        pieces: list[int] = []
        end = len(word)
        while end:
            end, piece = back[end]
            pieces.append(piece)
        return tuple(reversed(pieces))


def windows(words: Sequence[Word], text: str, longest: int) -> list[tuple[int, int]]:
    """Runs of words, [start, stop), of at most `longest` pieces each, that end with a line or a sentence if they can.

    A word of more pieces than that is a run of its own.
    """
    runs: list[tuple[int, int]] = []
    start = size = 0
    stop = 0  # where the run had best end: after the last sentence or line in it
    size_at_stop = 0
    for number, word in enumerate(words):
        if number > start and _ends_before(words, number, text):
            stop, size_at_stop = number, size
        while size + len(word.pieces) > longest and number > start:
            # An end in the first third would make many short runs.
            if stop - start <= (number - start) // 3:
                stop, size_at_stop = number, size
            runs.append((start, stop))
            start, size = stop, size - size_at_stop
            stop, size_at_stop = start, 0
        size += len(word.pieces)
    if start < len(words):
        runs.append((start, len(words)))
    return runs


def _ends_before(words: Sequence[Word], number: int, text: str) -> bool:
    """Whether a line or, by its looks, a sentence ends before a word."""
    last, word = words[number - 1], words[number]
    if last.end == word.start:
        return False
    between = text[last.end : word.start]
    if "\n" in between:
        return True
    return text[last.start : last.end] in ".!?…" and text[word.start].isupper()
