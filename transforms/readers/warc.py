"""Web archives (WARC with WET, and the older ARC): one page, feed or text that a crawler kept, one item.

The framing is our own (transforms.readers.warc_records): warcio, the usual library, writes to stderr, reads lines of
any length, and passes over broken compression in silence. What is in the records goes through the reader of its
format. Requests, images, scripts, redirects and errors are no articles and leave no trace; a page that is damaged does.
"""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from transforms.decode import DecodeError, decode_head
from transforms.document import Item, Reason, Rejection
from transforms.magic import known_format
from transforms.readers import feed, html, json_document, jsonl
from transforms.readers.drop import Drop, DropStream, RefusedDropError
from transforms.readers.encoded import decode_declared
from transforms.readers.fields import Place, read_record
from transforms.readers.html_metadata import source_of
from transforms.readers.http_message import MediaType, Response, media_type, parse_response, payload
from transforms.readers.mapping import DEFAULT_FIELDS
from transforms.readers.warc_records import Damage, Header, Records, sniff

__all__ = ["read", "sniff"]

# The types that may be articles; without a type the content decides. Images, scripts and the like never are.
_TEXTS: Final = frozenset(("text/plain", "text/markdown"))
_PAGES: Final = frozenset(("text/html", "application/xhtml+xml"))
_DATA: Final = frozenset(
    (
        *("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml"),
        *("application/json", "application/feed+json", "text/json"),
    )
)
_TYPES: Final = _PAGES | _TEXTS | _DATA | {""}
# Plain texts for machines, at addresses that standards lay down.
_FOR_MACHINES = re.compile(r"/(?:robots|ads|app-ads|security|humans|llms)\.txt\Z", re.IGNORECASE)
# Answers of services are JSON as well; an article has a text, and a title or an address.
_TEXT = re.compile(rf'"(?:{"|".join(sorted(DEFAULT_FIELDS.text_names))})"\s*:\s*"')
_TITLE_OR_ADDRESS = re.compile(
    rf'"(?:{"|".join(DEFAULT_FIELDS.title.all_names + DEFAULT_FIELDS.url.all_names)})"\s*:\s*"'
)
_HEAD_BYTES = 64 * 1024

_Read = Callable[[DropStream, Drop], Iterator[Item | Rejection]]


def read(stream: DropStream, drop: Drop) -> Iterator[Item | Rejection]:
    """Yield the items and rejections of the pages, feeds and texts, in the memory of the largest.

    Raises RefusedDropError for a drop over the bounds, in a broken archive, without an article, or that ends inside of
    a record.
    """
    records = Records(stream, drop.limits.max_item_bytes, _may_be_article)
    index = 0
    for found in records:
        for outcome in _outcomes(found, drop, index):
            yield outcome
            index += 1
    if index == 0:
        detail = "no page, feed or text among the records" if records.any else "no records"
        raise RefusedDropError(Reason.EMPTY, detail)


def _may_be_article(header: Header, beginning: bytes) -> bool:
    """Say whether a record is to be read: by its kind, by status and type of a response, and by how it begins."""
    if header.kind not in ("resource", "conversion", "response") or (header.kind == "response" and not header.url):
        return False
    response = _response(header, beginning)
    kind = media_type(response.headers.get("content-type")).name
    # urlsplit raises an error for brackets that hold no IP address.
    path = urlsplit(header.address.replace("[", "").replace("]", "")).path
    return (
        response.status == 200
        and kind in _TYPES
        and not (kind in _TEXTS and _FOR_MACHINES.search(path))
        and (known_format(response.body) is None or "content-encoding" in response.headers)
    )


def _response(header: Header, content: bytes) -> Response:
    """Read a response. A text or page alone, as other kinds of records and some old archives have it, is one, too."""
    response = parse_response(content) if header.kind == "response" else None
    return response or Response(200, {"content-type": header.fields.get("content-type", "")}, content)


def _outcomes(found: tuple[Header, bytes] | Damage, drop: Drop, index: int) -> Iterator[Item | Rejection]:
    if isinstance(found, Damage):
        yield Place(drop, index, found.where, found.excerpt).reject(found.reason, found.detail)
        return
    header, content = found
    response = _response(header, content)
    place = Place(drop, index, header.where, response.body)
    try:
        _refuse_cut(header)
        body = payload(response, drop.limits.max_item_bytes)
    except RefusedDropError as refusal:
        yield place.reject(refusal.reason, refusal.detail)
        return
    if not body.strip() or known_format(body):
        return
    kind = media_type(response.headers.get("content-type"))
    if kind.name in _TEXTS and header.kind == "conversion":
        yield _read_text(body, kind, header, place, "text")
        return
    head = body[:_HEAD_BYTES]
    read_inside = _reader_of_data(head)
    if html.sniff(head) or (kind.name in _PAGES and read_inside is None):
        yield _read_text(body, kind, header, place, "html")
    elif read_inside is not None:
        yield from _read_inside(read_inside, body, header, place)
    elif kind.name in _TEXTS:
        yield _read_text(body, kind, header, place, "text")


def _refuse_cut(header: Header) -> None:
    """Raise RefusedDropError for a record that does not hold all that there was."""
    if "warc-truncated" in header.fields:
        detail = f"the crawler cut it off ({header.fields['warc-truncated'][:50]})"
        raise RefusedDropError(Reason.BROKEN_FORMAT, detail)
    if "warc-segment-number" in header.fields:
        raise RefusedDropError(Reason.BROKEN_FORMAT, "it goes on in another record, and segments are not joined")


def _reader_of_data(head: bytes) -> _Read | None:
    """Choose the reader of a feed and of articles in JSON; `_no_article` for any other JSON."""
    if feed.sniff(head):
        return feed.read
    for reader in (json_document, jsonl):
        if reader.sniff(head):
            beginning = decode_head(head)
            is_article = _TEXT.search(beginning) and _TITLE_OR_ADDRESS.search(beginning)
            return reader.read if is_article else _no_article
    return None


def _no_article(stream: DropStream, drop: Drop) -> Iterator[Item | Rejection]:  # noqa: ARG001 (as every reader)
    return iter(())


def _read_text(body: bytes, kind: MediaType, header: Header, place: Place, field: str) -> Item | Rejection:
    try:
        decoded = decode_declared(body, kind.charset)
    except DecodeError as error:
        return place.reject(error.reason, error.detail)
    languages = header.fields.get("warc-identified-content-language", "")
    record = {
        field: decoded.text,
        "url": header.url,
        # Several are a guess about a mixture; whichever comes first is not that of the text.
        "language": None if "," in languages else languages,
    }
    return read_record(record, place, decoded.encoding, mended=True)


def _read_inside(read_inside: _Read, body: bytes, header: Header, place: Place) -> Iterator[Item | Rejection]:
    """Yield what another reader makes of a record, counted on."""
    drop = place.drop
    stream = DropStream(io.BytesIO(body), drop.limits)
    index = place.index
    try:
        for outcome in read_inside(stream, replace(drop, source=source_of(header.url) or drop.source)):
            yield replace(outcome, index=index)
            index += 1
    except RefusedDropError as refusal:
        # A feed without entries is no lost article.
        if refusal.reason is not Reason.EMPTY:
            yield replace(place, index=index).reject(refusal.reason, refusal.detail)
