"""Markdown, known by its name alone: the text stays as it is, what stands in its front matter is read.

Front matter is the block of `key: value` lines between two lines of `---` at the beginning. Of YAML no more is read:
lists and nested values are left out.
"""

import re
from collections.abc import Iterator

from transforms.document import Item, Rejection
from transforms.readers.drop import Drop, DropStream
from transforms.readers.fields import Place, read_record
from transforms.readers.mapping import DEFAULT_FIELDS
from transforms.readers.text import decoded_whole

_FRONT_MATTER = re.compile(r"---[ \t]*\n((?:[^\n]*\n)*?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_LINE = re.compile(r"([A-Za-z_][\w-]*):[ \t]+(.*\S)[ \t]*")
_TEXT_NAMES = DEFAULT_FIELDS.text_names


def sniff(head: bytes) -> bool:  # noqa: ARG001 (the signature that every reader shares)
    """Claim nothing: Markdown is text, and only its name says that it is more."""
    return False


def read(stream: DropStream, drop: Drop) -> Iterator[Item | Rejection]:
    """Yield the one item of a Markdown file, in whichever encoding it is.

    Raises RefusedDropError for a drop over the bounds or in a broken archive.
    """
    decoded = decoded_whole(stream, drop)
    if isinstance(decoded, Rejection):
        yield decoded
        return
    text = decoded.text
    record: dict[str, object] = {}
    if front_matter := _FRONT_MATTER.match(text):
        text = text[front_matter.end() :].lstrip("\n")
        for line in front_matter[1].splitlines():
            found = _LINE.fullmatch(line)
            if found and found[1] not in _TEXT_NAMES:
                record[found[1]] = _unquoted(found[2])
    yield read_record(record | {"text": text}, Place(drop, 0, "the file", decoded.text), decoded.encoding)


def _unquoted(value: str) -> object:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    if value.startswith("[") and value.endswith("]"):
        return [_unquoted(part.strip()) for part in value[1:-1].split(",") if part.strip()]
    # A list, an object or a block begins on this line.
    return None if value[0] in "[{|>&*" else value
