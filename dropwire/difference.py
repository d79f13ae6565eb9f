"""What changed between two texts: by lines and, in lines that were changed rather than replaced, by words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Operation = Literal["equal", "removed", "added"]

# A word or one other character, with the white space behind it, which is not compared.
_TOKEN = re.compile(r"(\w+|[^\w\s]|^)(\s*)")
# Half of the words are the same: with fewer, two lines read better one below the other.
_SAME_LINE = 0.5
# Comparing takes time that grows with the square of the size: beyond these a line or a block is shown as replaced.
_MAX_LINE_CHARACTERS = 10_000
_MAX_BLOCK_PAIRS = 400


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a changed line."""

    operation: Operation
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A line that was removed (no `new_line`), added (no `old_line`) or changed; lines count from 1."""

    old_line: int | None
    new_line: int | None
    parts: tuple[Part, ...]

    @property
    def kind(self) -> Literal["removed", "added", "changed"]:
        """What became of the line."""
        if self.new_line is None:
            return "removed"
        return "added" if self.old_line is None else "changed"


def difference(old: str, new: str) -> list[Change]:
    """The lines in which two texts differ, in order. White space does not count."""
    before, after = ([" ".join(line.split()) for line in text.split("\n")] for text in (old, new))
    changes: list[Change] = []
    # Its shortcut for long texts skips frequent lines, which are blank ones here: no harm, and fast.
    for tag, i, i_end, j, j_end in SequenceMatcher(None, before, after).get_opcodes():
        if tag != "equal":
            changes.extend(_changes(before[i:i_end], after[j:j_end], i + 1, j + 1))
    return changes


def _changes(before: Sequence[str], after: Sequence[str], old_line: int, new_line: int) -> Iterator[Change]:
    i = j = 0
    for pair_i, pair_j in [*_pairs(before, after), (len(before), len(after))]:
        for number in range(i, pair_i):
            if before[number]:
                yield Change(old_line + number, None, (Part("removed", before[number]),))
        for number in range(j, pair_j):
            if after[number]:
                yield Change(None, new_line + number, (Part("added", after[number]),))
        if pair_i < len(before) and before[pair_i] != after[pair_j]:
            yield Change(old_line + pair_i, new_line + pair_j, tuple(_words(before[pair_i], after[pair_j])))
        i, j = pair_i + 1, pair_j + 1


def _pairs(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """Which old line became which new one: the pairs, in order, whose likenesses have the greatest sum."""
    if not before or not after or len(before) * len(after) > _MAX_BLOCK_PAIRS:
        return []
    best: list[list[tuple[float, tuple[tuple[int, int], ...]]]] = [[(0.0, ())] * (len(after) + 1)]
    for i, old in enumerate(before):
        row: list[tuple[float, tuple[tuple[int, int], ...]]] = [(0.0, ())]
        for j, new in enumerate(after):
            options = [best[i][j + 1], row[j]]
            like = _likeness(old, new)
            if like >= _SAME_LINE:
                total, pairs = best[i][j]
                options.append((total + like, (*pairs, (i, j))))
            row.append(max(options, key=lambda option: option[0]))
        best.append(row)
    return list(best[-1][-1][1])


def _likeness(old: str, new: str) -> float:
    if max(len(old), len(new)) > _MAX_LINE_CHARACTERS:
        return 0.0
    return SequenceMatcher(None, old.split(), new.split()).quick_ratio()


def _words(old: str, new: str) -> Iterator[Part]:
    before, after = ([(match[1], match[2]) for match in _TOKEN.finditer(text)] for text in (old, new))
    words = SequenceMatcher(None, [word for word, _ in before], [word for word, _ in after], autojunk=False)
    for tag, i, i_end, j, j_end in words.get_opcodes():
        if tag == "equal":
            yield Part("equal", "".join(map("".join, after[j:j_end])))
            continue
        if i < i_end:
            yield Part("removed", "".join(map("".join, before[i:i_end])))
        if j < j_end:
            yield Part("added", "".join(map("".join, after[j:j_end])))
