"""Hard-wrapped text: lines that were broken to fit a width, as in mail and on terminals.

Whoever wraps a text breaks a line where its next word would not fit. So in the middle of a sentence every line is full:
with one more word it would be wider than the widest. Verse, lists and menus break their lines elsewhere.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

# Widths that people wrap to, in characters: half a terminal to a wide one.
_MIN_WIDTH: Final = 40
_MAX_WIDTH: Final = 100
# Fewer breaks inside sentences may be full by chance; of more, nearly all are.
_MIN_BREAKS: Final = 4
_FULL_SHARE: Final = 0.95
_SENTENCE_END: Final = re.compile(r"[.!?…:;]\W*$")
# What begins an item, a quoted line or a row of a table; a dash begins one, too, unless a sentence goes on behind it.
_ITEM_MARKS: Final = "-*•>|#=+·"
_DASH: Final = re.compile(r"[–—]\s*(?P<first>\S?)")


def unwrap(text: str) -> str:
    """The same text with a space for each line end that wrapping made: as long as it was, every offset is kept.

    A text that is not wrapped throughout comes back as it is.
    """
    width = _width(text.split("\n"))
    if width is None:
        return text
    lines = [line.rstrip() for line in text.split("\n")]
    full = [i for i in range(len(lines) - 1) if _is_full(lines[i], lines[i + 1], width)]
    inside = [i for i in range(len(lines) - 1) if _is_inside_sentence(lines[i], lines[i + 1])]
    if len(inside) < _MIN_BREAKS or len(set(full).intersection(inside)) < _FULL_SHARE * len(inside):
        return text
    ends = _ends_where_it_returns(lines)
    joined = {i for i in full if i not in ends and not _begins_item(lines[i + 1])}
    pieces = []
    for i, line in enumerate(text.split("\n")):
        pieces += [line, " " if i in joined else "\n"]
    return "".join(pieces[:-1])


def _width(lines: Sequence[str]) -> int | None:
    """The width that the lines may be wrapped to; words on their own (addresses, names of slots) do not count."""
    width = 0
    for raw in lines:
        if len(raw) > width and " " in raw.strip():
            width = max(len(raw.rstrip()), width)
            if width > _MAX_WIDTH:
                return None
    return width if width >= _MIN_WIDTH else None


def _is_full(line: str, following: str, width: int) -> bool:
    words = following.split(maxsplit=1)
    return bool(line and words) and len(words[0]) <= width // 2 and len(line) + 1 + len(words[0]) > width


def _is_inside_sentence(line: str, following: str) -> bool:
    bare = following.lstrip()
    return bool(line) and bare[:1].islower() and not _SENTENCE_END.search(line)


def _ends_where_it_returns(lines: Sequence[str]) -> set[int]:
    """The lines that are full by chance: copies of a headline go on in different ways, those of a sentence do not."""
    below: dict[str, set[str]] = defaultdict(set)
    above: dict[str, set[str]] = defaultdict(set)
    for line, following in pairwise(lines):
        below[line].add(following)
        above[following].add(line)
    return {
        i for i, (line, following) in enumerate(pairwise(lines)) if len(below[line]) > 1 or len(above[following]) > 1
    }


def _begins_item(line: str) -> bool:
    bare = line.lstrip()
    if dash := _DASH.match(bare):
        return not dash["first"].islower()
    return bare[0] in _ITEM_MARKS
