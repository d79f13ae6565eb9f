"""Bytes to items: one module a format, and one table that says which module reads what.

Layer rule: as for all of transforms, nothing of ours is imported but transforms itself, and nothing here
opens a file. The caller opens the drop and hands over the stream.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from transforms.document import Item, Rejection
from transforms.readers import (
    delimited,
    feed,
    html,
    json_document,
    jsonl,
    mail,
    markdown,
    parquet,
    text,
    warc,
    xml_records,
)
from transforms.readers.archives import Budget, Unpacker, bare_name
from transforms.readers.drop import DEFAULT_LIMITS, Drop, DropStream, Limits, RefusedDropError
from transforms.readers.mapping import DEFAULT_FIELDS, FieldMapping

__all__ = ["DEFAULT_FIELDS", "READERS", "FieldMapping", "Limits", "Reader", "read_items", "reader_for"]


@dataclass(frozen=True, slots=True)
class Reader:
    """A format: how its content is recognised, the file names that suggest it, and how it is read."""

    format: str
    sniff: Callable[..., bool]
    suffixes: tuple[str, ...]
    read: Callable[[DropStream, Drop], Iterator[Item | Rejection]]
    by_names: bool = False
    """Names of fields are what it is recognised by: `sniff` takes them, too."""

    def claims(self, head: bytes, fields: FieldMapping) -> bool:
        """Recognise the content."""
        return self.sniff(head, fields) if self.by_names else self.sniff(head)


# A new format is one module and one line here. The order decides where two readers claim the same content;
# the last one takes what nobody claims.
READERS = (
    Reader("html", html.sniff, (".html", ".htm", ".xhtml"), html.read),
    Reader("json", json_document.sniff, (".json",), json_document.read, by_names=True),
    Reader("jsonl", jsonl.sniff, (".jsonl", ".ndjson"), jsonl.read),
    Reader("feed", feed.sniff, (".rss", ".atom", ".rdf"), feed.read),
    Reader("xml", xml_records.sniff, (".xml", ".nitf"), xml_records.read, by_names=True),
    Reader("parquet", parquet.sniff, (".parquet",), parquet.read),
    Reader("warc", warc.sniff, (".warc", ".arc"), warc.read),
    Reader("csv", delimited.sniff, (".csv", ".tsv", ".tab"), delimited.read, by_names=True),
    Reader("mbox", mail.sniff_mbox, (".mbox",), mail.read_mbox),
    Reader("mhtml", mail.sniff_mhtml, (".mhtml", ".mht"), mail.read_mhtml),
    Reader("eml", mail.sniff, (".eml",), mail.read),
    Reader("markdown", markdown.sniff, (".md", ".markdown"), markdown.read),
    Reader("text", text.sniff, (".txt",), text.read),
)


def reader_for(head: bytes, name: str, fields: FieldMapping = DEFAULT_FIELDS) -> Reader:
    """Choose the reader by the first bytes of a drop (unpacked), and only then by its file name."""
    bare = bare_name(name).lower()
    for reader in READERS:
        if reader.claims(head, fields):
            return reader
    for reader in READERS:
        if bare.endswith(reader.suffixes):
            return reader
    return READERS[-1]


def read_items(
    stream: BinaryIO,
    *,
    drop_id: str,
    name: str,
    source: str,
    limits: Limits = DEFAULT_LIMITS,
    fields: FieldMapping = DEFAULT_FIELDS,
    scratch: Callable[[], BinaryIO] = io.BytesIO,
) -> Iterator[Item | Rejection]:
    """Read a drop item by item, in memory bounded by the largest item.

    `stream` is read once from front to back, save for formats that need seeking (ZIP, Parquet): those read it as it
    is where it can seek, else through an empty file that `scratch` makes. Archives and compression are taken off.
    `name` is the file name (`-.jsonl` does for JSONL from a pipe), `source` the source of items that name none,
    `fields` the mapping of names for records in JSON, tables, Parquet and XML.

    Items and the rejections of single items carry the index 0, 1, 2, … in the order they are yielded. A
    rejection with the index None concerns the whole drop, or what is left of it when it breaks off: what was
    yielded before stays valid. Bad content never raises; only an OSError of `stream` itself does.
    """
    drop = Drop(drop_id, name, source, limits, fields)
    budget = Budget(limits)
    unpacker = Unpacker(budget, _read, lambda head: any(reader.claims(head, fields) for reader in READERS))
    file = stream if stream.seekable() and stream.tell() == 0 else None
    drop_stream = DropStream(stream, limits, scratch, count=budget.read, file=file)
    read = 0
    try:
        for outcome in unpacker.outcomes(drop_stream, drop):
            yield outcome
            read += 1
    except RefusedDropError as refusal:
        detail = f"{refusal.detail}; {read} items were read before" if read else refusal.detail
        yield drop.rejection(refusal.reason, detail, excerpt=drop_stream.head)
    finally:
        drop_stream.close()


def _read(stream: DropStream, drop: Drop) -> Iterator[Item | Rejection]:
    return reader_for(stream.head, drop.name, drop.fields).read(stream, drop)
