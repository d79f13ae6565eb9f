"""An HTML page: its visible text as a browser would lay it out, and what it says about itself."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from transforms.decode import DecodeError, decode, decode_head, is_blank, normalise_newlines
from transforms.document import Item, Reason, Rejection
from transforms.readers.drop import Drop, DropStream
from transforms.readers.html_metadata import Metadata, read_metadata, source_of

_BLANK = re.compile(r"[\ufeff \t\n\r\f]+")
# Pages that lack an opening <html>, or have scripts and layout before it.
_FIRST_TAG = re.compile(r"<(?:base|center|div|link|meta|noscript|p|script|style|table|title)(?=[\s>/])", re.IGNORECASE)
_OPENING_TAG = re.compile(r"<(?:!doctype\s+html|(?:html|head|body)(?=[\s>/]))", re.IGNORECASE)

# Elements whose content a browser does not show as text of the page.
_UNSEEN = frozenset(
    "audio canvas datalist head iframe noembed noframes object script select style svg template "
    "textarea title video".split()
)
# Elements that begin and end a line (HTML Living Standard, 15.3 "Rendering: flow content").
_BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu "
    "nav ol optgroup p plaintext pre search section summary table tbody tfoot thead tr ul xmp".split()
)
_CELLS = frozenset(("td", "th"))
_PREFORMATTED = frozenset(("listing", "plaintext", "pre", "xmp"))
# Anti-flicker scripts hide the page itself and show it when it has loaded.
_NEVER_HIDDEN = frozenset(("html", "body"))
_HIDING_STYLE = re.compile(r"(?:^|;)\s*display\s*:\s*none", re.IGNORECASE)

# White space that HTML collapses; the no-break space is not among it.
_SPACE = re.compile(r"[ \t\n\r\f]+")
# Controls have no place in a text; those that separate count as a space.
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160))) | dict.fromkeys((0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85), " ")


@dataclass(frozen=True, slots=True)
class Page:
    """The visible text of a page, one line a block, and its metadata."""

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
    )


def read_page(markup: str, known_url: str | None = None) -> Page:
    """Read a page from its decoded markup. `known_url` is where it was fetched from, if anybody says so.

    Takes any text, well-formed or not, of any depth.
    """
    # A browser drops NUL characters too.
    markup = normalise_newlines(markup).replace("\0", "")
    lines = _linearise(markup)
    if is_blank(lines.text()):
        # Pages that scripts fill or uncover have their text in <noscript> (Discourse forums), or hidden.
        lines = _linearise(markup, revealed=True)
    return Page(lines.text(), read_metadata(markup, known_url, lines.language))


def _linearise(markup: str, *, revealed: bool = False) -> "_Lineariser":
    lines = _Lineariser(revealed=revealed)
    # The events of the parser instead of its tree: libxml2 refuses trees deeper than 2048 elements and would
    # lose all that follows, and events need no memory of their own.
    parser = etree.HTMLParser(target=lines, encoding="utf-8", huge_tree=True)
    etree.fromstring(markup.encode("utf-8", errors="replace"), parser)
    return lines


class _Lineariser:
    """A parser target that lays the visible text out, one line a block; cells of a table row are tabbed.

    With `revealed`, what is hidden until a script shows it, and what is for browsers without scripts, counts as
    visible.
    """

    def __init__(self, *, revealed: bool) -> None:
        self._revealed = revealed
        self.language: str | None = None
        self._lines: list[str] = []
        self._cells: list[str] = []
        self._pieces: list[str] = []
        # How many elements are open inside, and including, one that is not shown; the same for <pre>.
        self._unseen = 0
        self._preformatted = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "html" and self.language is None:
            self.language = attributes.get("lang") or attributes.get("xml:lang")
        if self._unseen or self._is_unseen(tag, attributes):
            self._unseen += 1
            return
        self._boundary(tag)
        if self._preformatted or tag in _PREFORMATTED:
            self._preformatted += 1

    def end(self, tag: str) -> None:
        if self._unseen:
            self._unseen -= 1
            return
        self._boundary(tag)
        if self._preformatted:
            self._preformatted -= 1

    def data(self, text: str) -> None:
        if self._unseen:
            return
        if not self._preformatted:
            self._pieces.append(text)
            return
        first, *others = text.split("\n")
        self._pieces.append(first)
        for line in others:
            self._end_line()
            self._pieces.append(line)

    def comment(self, text: str) -> None:
        """Say nothing: comments are not shown."""

    def pi(self, target: str, data: str | None = None) -> None:
        """Say nothing: neither are processing instructions."""

    def close(self) -> None:
        self._end_line()

    def text(self) -> str:
        return "\n".join(self._lines)

    def _boundary(self, tag: str) -> None:
        if tag in _CELLS:
            self._end_cell()
        elif tag in _BLOCKS:
            self._end_line()

    def _end_cell(self) -> None:
        text = "".join(self._pieces)
        self._pieces.clear()
        if not self._preformatted:
            text = _SPACE.sub(" ", text).strip(" ")
        text = text.translate(_CONTROLS).rstrip(" ")
        if not is_blank(text):
            self._cells.append(text)

    def _end_line(self) -> None:
        self._end_cell()
        if self._cells:
            self._lines.append("\t".join(self._cells))
            self._cells.clear()

    def _is_unseen(self, tag: str, attributes: Mapping[str, str]) -> bool:
        if tag == "noscript":
            return not self._revealed
        if tag in _UNSEEN or (tag == "dialog" and "open" not in attributes):
            return True
        if self._revealed or tag in _NEVER_HIDDEN:
            return False
        return "hidden" in attributes or bool(_HIDING_STYLE.search(attributes.get("style", "")))
