"""JSON Lines: one article a line, UTF-8, read in the memory of one line.

A line is an object with the article under `text`, `body` or `content`, or its page under `html`; everything
else is optional: `id`, `source`, `url` (`link`), `title`, `published` (`published_at`, `date`), `authors`
(`author`), `language` (`lang`). Other fields are not read.
"""

import codecs
import json
import re
from collections.abc import Iterator

from transforms.decode import binary_kind, decode_head, is_blank, normalise_newlines, unicode_signature
from transforms.document import Encoding, GivenId, Item, Reason, Rejection
from transforms.readers.drop import Drop, DropStream, Line
from transforms.readers.html import Page, read_page
from transforms.readers.html_metadata import Metadata, source_of

_GIVEN = Encoding("utf-8", "given", "a string in JSON")
# The beginning of a JSON object whose line is longer than what is looked at: a brace, a name, a value.
_OBJECT_BEGINS = re.compile(r'\{\s*"(?:[^"\\]|\\.)*"\s*:\s*["\[{\dtfn-]')
# `body` and `content` hold markup in feeds and content management systems: a tag at the beginning and a
# closing one.
_MARKUP = re.compile(r"\s*<(?:!doctype|[a-z][a-z0-9]*[\s>/]).*</[a-z]", re.IGNORECASE | re.DOTALL)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


# Longer numbers and fractions stay as written: readers of JSON differ about them.
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,15}")


class _Number(str):
    """A number as the line writes it: ids keep their digits, and no number is too large."""

    __slots__ = ()


class _FieldError(Exception):
    """A field of a line that is not of its type."""


def sniff(head: bytes) -> bool:
    """Recognise JSON Lines by the first line that is not blank: an object, complete on that line."""
    beginning = decode_head(head).lstrip("\ufeff \t\r\n")
    if not beginning.startswith("{"):
        return False
    line, line_end, _ = beginning.partition("\n")
    if not line_end and _OBJECT_BEGINS.match(line) and not line.rstrip().endswith("}"):
        # The line goes on after what is seen. A line that is broken off is JSON Lines all the same.
        return True
    try:
        return isinstance(_parse(line), dict)
    except (ValueError, RecursionError):
        return False


def read(stream: DropStream, drop: Drop) -> Iterator[Item | Rejection]:
    """Yield one item or rejection a line; blank lines are none.

    Raises RefusedDropError for a drop over the bounds or in a broken archive.
    """
    signature = unicode_signature(stream.head)
    if signature and signature[0] != "utf-8":
        yield drop.rejection(Reason.UNDECODABLE, f"JSON Lines must be UTF-8, this is {signature[0]}")
        return
    kind = binary_kind(stream.head)
    if kind:
        yield drop.rejection(Reason.BINARY, f"not JSON Lines but {kind}", excerpt=stream.head)
        return
    index = 0
    for line in stream.lines():
        if line.data.strip() or line.too_long:
            yield _read_line(line, drop, index)
            index += 1
    if index == 0:
        yield drop.rejection(Reason.EMPTY, "no lines but blank ones")


def _read_line(line: Line, drop: Drop, index: int) -> Item | Rejection:
    def reject(reason: Reason, detail: str, given_id: GivenId | None = None) -> Rejection:
        return drop.rejection(
            reason, f"line {line.number}: {detail}", index=index, excerpt=line.data, given_id=given_id
        )

    if line.too_long:
        return reject(Reason.TOO_LARGE, f"longer than {drop.limits.max_item_bytes} bytes, the bound for one item")
    data = line.data.removeprefix(codecs.BOM_UTF8) if line.number == 1 else line.data
    try:
        record = _parse(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        return reject(Reason.UNDECODABLE, f"not UTF-8 at byte {error.start} of the line: {error.reason}")
    except (ValueError, RecursionError) as error:
        where = f"column {error.colno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else str(error)
        return reject(Reason.BROKEN_JSON, f"broken JSON, {where}")
    if not isinstance(record, dict):
        return reject(Reason.MISSING_TEXT, f"{_kind(record)}, not an object")
    given_id: GivenId | None = None
    try:
        given_id = _given_id(record)
        item = _item(record, drop, index, given_id)
    except _FieldError as error:
        return reject(Reason.MISSING_TEXT, str(error), given_id)
    if item is None:
        return reject(Reason.MISSING_TEXT, "neither text nor html", given_id)
    if is_blank(item.original):
        return reject(Reason.EMPTY, "the text is blank", given_id)
    return item


def _item(record: dict[str, object], drop: Drop, index: int, given_id: GivenId | None) -> Item | None:
    """Make the item of a line; None if it has no text. What the line says goes before what its page says."""
    text = _field(record, "text")
    markup = _field(record, "html")
    if text is None:
        text = _field(record, "body", "content")
        if text is not None and markup is None and _MARKUP.match(text):
            text, markup = None, text
    if text is None and markup is None:
        return None
    url = (_field(record, "url", "link") or "").strip() or None
    page = read_page(markup, url) if markup is not None else Page("", Metadata(url=url))
    # A text beside the page is the sender's own reading of it; the page then serves for its metadata only.
    from_page = text is None or is_blank(text)
    url = page.metadata.url or url
    return Item(
        drop_id=drop.drop_id,
        index=index,
        source=_line(_field(record, "source")) or source_of(url) or drop.source,
        original=page.text if from_page else normalise_newlines(text or ""),
        encoding=_GIVEN,
        url=url,
        title=_line(_field(record, "title", numbers=True)) or page.metadata.title,
        authors=_authors(record) or page.metadata.authors,
        declared_language=_line(_field(record, "language", "lang")) or page.metadata.language,
        published_raw=_line(_field(record, "published", "published_at", "date", numbers=True))
        or page.metadata.published_raw,
        html=normalise_newlines(markup) if markup is not None and from_page else None,
        given_id=given_id,
    )


def _parse(text: str) -> object:
    """Parse a line; numbers stay as written, and of a name given twice the last value counts."""
    value: object = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_Number)
    return value


def _field(record: dict[str, object], *names: str, numbers: bool = False) -> str | None:
    """Return the first of these fields that is given and not null.

    Raises _FieldError if it is no string (nor a number, where `numbers` are taken too).
    """
    for name in names:
        value = record.get(name)
        if value is None:
            continue
        if not isinstance(value, str) or (isinstance(value, _Number) and not numbers):
            raise _FieldError(f"`{name}` is {_kind(value)}, not a string")
        return _storable(value)
    return None


def _given_id(record: dict[str, object]) -> GivenId | None:
    """The sender's `id`: a whole number stays one, so that answers can be joined on it."""
    written = _field(record, "id", numbers=True)
    is_number = isinstance(record.get("id"), _Number) and written is not None and _WHOLE_NUMBER.fullmatch(written)
    return int(written) if is_number and written is not None else written


def _authors(record: dict[str, object]) -> tuple[str, ...]:
    """Return the authors of a line: a string, an object with a name, or a list of these."""
    given = next((record[name] for name in ("authors", "author") if record.get(name) is not None), [])
    names: list[str | None] = []
    for author in given if isinstance(given, list) else [given]:
        if isinstance(author, dict):
            names.append(_field(author, "name"))
        else:
            names.append(_field({"authors": author}, "authors"))
    return tuple(dict.fromkeys(name for line in names if (name := _line(line))))


def _line(text: str | None) -> str | None:
    """Return a text in one line, or None where it is blank."""
    return " ".join(text.split()) or None if text else None


def _storable(text: str) -> str:
    """Replace lone surrogates, which JSON can write and UTF-8 cannot."""
    return _LONE_SURROGATE.sub("\ufffd", str(text))


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, _Number):
        return "a number"
    names = {str: "a string", bool: "a boolean", list: "a list", dict: "an object"}
    return names.get(type(value), "something else")
