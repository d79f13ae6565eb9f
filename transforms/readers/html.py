"""An HTML page: its text as a browser would lay it out, and what it says about itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from transforms.decode import DecodeError, decode, decode_head, is_blank
from transforms.document import Item, Reason, Rejection
from transforms.readers.drop import Drop, DropStream
from transforms.readers.html_lines import Lineariser, clean_markup, linearise
from transforms.readers.html_metadata import Metadata, read_metadata, source_of

_BLANK = re.compile(r"[\ufeff \t\n\r\f]+")
# Pages that lack an opening <html>, or have scripts and layout before it.
_FIRST_TAG = re.compile(r"<(?:base|center|div|link|meta|noscript|p|script|style|table|title)(?=[\s>/])", re.IGNORECASE)
_OPENING_TAG = re.compile(r"<(?:!doctype\s+html|(?:html|head|body)(?=[\s>/]))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """The text of a page, one line a block, and its metadata."""

    text: str
    metadata: Metadata


def sniff(head: bytes) -> bool:
    """Recognise a page by its first tag, after a byte order mark, white space, comments and declarations.

    Where that is another than doctype, html, head or body, one of these must follow in what is seen.
    """
    markup = decode_head(head)
    position = 0
    while True:
        if blank := _BLANK.match(markup, position):
            position = blank.end()
        for opening, closing in (("<!--", "-->"), ("<?", ">")):
            if markup.startswith(opening, position):
                end = markup.find(closing, position + len(opening))
                if end < 0:
                    return False
                position = end + len(closing)
                break
        else:
            return bool(
                _OPENING_TAG.match(markup, position)
                or (_FIRST_TAG.match(markup, position) and _OPENING_TAG.search(markup, position))
            )


def read(stream: DropStream, drop: Drop) -> Iterator[Item | Rejection]:
    """Yield the one item of an HTML page, in whichever encoding it is.

    Raises RefusedDropError for a drop over the bounds or in a broken archive.
    """
    raw = stream.read_item()
    try:
        decoded = decode(raw, html=True)
    except DecodeError as error:
        yield drop.rejection(error.reason, error.detail, excerpt=raw)
        return
    page = read_page(decoded.text)
    if is_blank(page.text):
        yield drop.rejection(Reason.EMPTY, "the page shows no text", excerpt=decoded.text)
        return
    metadata = page.metadata
    yield Item(
        drop_id=drop.drop_id,
        index=0,
        source=source_of(metadata.url) or drop.source,
        original=page.text,
        encoding=decoded.encoding,
        url=metadata.url,
        title=metadata.title,
        authors=metadata.authors,
        declared_language=metadata.language,
        published_raw=metadata.published_raw,
        html=decoded.text,
        section=metadata.section,
        updated_raw=metadata.updated_raw,
        age_rating=metadata.age_rating,
        origins=metadata.origins,
        published_origin=metadata.published_origin,
        updated_origin=metadata.updated_origin,
    )


def read_page(markup: str, known_url: str | None = None) -> Page:
    """Read a page from its decoded markup. `known_url` is where it was fetched from, if anybody says so.

    Takes any text, well-formed or not, of any depth.
    """
    markup = clean_markup(markup)
    lines = linearise(markup, Lineariser)
    text = lines.text()
    return Page(text, read_metadata(markup, known_url, lines.language, text.split("\n")))
