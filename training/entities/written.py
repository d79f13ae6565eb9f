"""Texts that were written to be learned from, names marked in line: `[LOC Казанның] мэры [PER Илсур Метшин]`.

For languages in which no corpus marks names, and for what the corpora have too little of (README.md). One file a
language; a line is a paragraph, and a blank line ends an article.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

from training.entities.corpora import Annotated, Span
from transforms.document import EntityType
from transforms.entities.decode import TYPES

FOLDER: Final = Path(__file__).parent / "written"
_MARK: Final = re.compile(r"\[([A-Z]+) ([^\[\]]+)\]")


def read_written(folder: Path = FOLDER) -> Iterator[Annotated]:
    """The articles of a folder. Raises ValueError where a mark is not one of ours, or not closed."""
    for path in sorted(folder.glob("*.txt")):
        for number, article in enumerate(path.read_text("utf-8").strip().split("\n\n")):
            key = f"{path.name}, article {number}"
            text, spans = _read(article, key)
            yield Annotated(key, "written", path.stem, text, spans)


def _read(article: str, key: str) -> tuple[str, tuple[Span, ...]]:
    text = ""
    spans: list[Span] = []
    at = 0
    for mark in _MARK.finditer(article):
        if mark[1] not in TYPES:
            raise ValueError(f"{key}: {mark[0]} is of none of the types {', '.join(TYPES)}")
        text += article[at : mark.start()]
        spans.append((len(text), len(text) + len(mark[2]), cast("EntityType", mark[1])))
        text += mark[2]
        at = mark.end()
    text += article[at:]
    if "[" in text or "]" in text:
        raise ValueError(f"{key}: a bracket that is no mark, near {text[max(0, text.find('[')) :][:40]!r}")
    return text, tuple(spans)
