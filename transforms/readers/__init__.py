"""Bytes to items: one module a format, and one table that says which module reads what.

Layer rule: as for all of transforms, nothing of ours is imported but transforms itself, and nothing here
opens a file. The caller opens the drop and hands over the stream.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from transforms.document import Item, Rejection
from transforms.readers import delimited, feed, html, json_document, jsonl, mail, markdown, text
from transforms.readers.drop import DEFAULT_LIMITS, Drop, DropStream, Limits, RefusedDropError

__all__ = ["READERS", "Limits", "Reader", "read_items", "reader_for"]


@dataclass(frozen=True, slots=True)
class Reader:
    """A format: how its content is recognised, the file names that suggest it, and how it is read."""

    format: str
    sniff: Callable[[bytes], bool]
    suffixes: tuple[str, ...]
    read: Callable[[DropStream, Drop], Iterator[Item | Rejection]]


# A new format is one module and one line here. The order decides where two readers claim the same content;
# the last one takes what nobody claims.
READERS = (
    Reader("html", html.sniff, (".html", ".htm", ".xhtml"), html.read),
    Reader("json", json_document.sniff, (".json",), json_document.read),
    Reader("jsonl", jsonl.sniff, (".jsonl", ".ndjson"), jsonl.read),
    Reader("feed", feed.sniff, (".rss", ".atom", ".rdf"), feed.read),
    Reader("csv", delimited.sniff, (".csv", ".tsv", ".tab"), delimited.read),
    Reader("mbox", mail.sniff_mbox, (".mbox",), mail.read_mbox),
    Reader("mhtml", mail.sniff_mhtml, (".mhtml", ".mht"), mail.read_mhtml),
    Reader("eml", mail.sniff, (".eml",), mail.read),
    Reader("markdown", markdown.sniff, (".md", ".markdown"), markdown.read),
    Reader("text", text.sniff, (".txt",), text.read),
)

_PACKED_SUFFIX = ".gz"


def reader_for(head: bytes, name: str) -> Reader:
    """Choose the reader by the first bytes of a drop (unpacked), and only then by its file name."""
    bare_name = name.lower().removesuffix(_PACKED_SUFFIX)
    for reader in READERS:
        if reader.sniff(head):
            return reader
    for reader in READERS:
        if bare_name.endswith(reader.suffixes):
            return reader
    return READERS[-1]


def read_items(
    stream: BinaryIO, *, drop_id: str, name: str, source: str, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Item | Rejection]:
    """Read a drop item by item, in memory bounded by the largest item.

    `stream` is read once from front to back; gzip around any format is taken off. `name` is the file name
    (`-.jsonl` does for JSONL from a pipe), `source` the source of items that name none.

    Items and the rejections of single items carry the index 0, 1, 2, … in the order they are yielded. A
    rejection with the index None concerns the whole drop, or what is left of it when it breaks off: what was
    yielded before stays valid. Bad content never raises; only an OSError of `stream` itself does.
    """
    drop = Drop(drop_id, name, source, limits)
    drop_stream = DropStream(stream, limits)
    read = 0
    try:
        for outcome in reader_for(drop_stream.head, name).read(drop_stream, drop):
            yield outcome
            read += 1
    except RefusedDropError as refusal:
        detail = f"{refusal.detail}; {read} items were read before" if read else refusal.detail
        yield drop.rejection(refusal.reason, detail, excerpt=drop_stream.head)
