"""RSS 0.9 to 2.0, RSS 1.0 (RDF) and Atom feeds: one entry, one item; markup goes through the HTML reader.

Parsed as events, in the memory of one entry. Nothing is fetched, and no entity is expanded but those of XML itself.
"""

import html
import re
from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

from lxml import etree

from transforms.decode import decode_head
from transforms.document import Item, Reason, Rejection
from transforms.readers.drop import Drop, DropStream, RefusedDropError
from transforms.readers.encoded import EncodedStream
from transforms.readers.fields import Place, is_markup, read_record

_ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
_RSS = ("", "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/", "http://backend.userland.com/rss2")
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

# The root element after declarations and comments. Atom is told by its namespace: `feed` is a common word.
_BEFORE_ROOT = re.compile(
    r"(?:\s|\ufeff|<\?[^>]*>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)*", re.DOTALL | re.IGNORECASE
)
_ROOT = re.compile(
    r"<(?:\w+:)?(?:rss\b|RDF\b(?=[^>]*purl\.org/rss|[^>]*netscape\.com/rdf)|feed\b(?=[^>]*(?:/Atom|/atom/ns)))"
)
_ENTITY_DECLARATION = re.compile(r"<!ENTITY\b")
_TAG = re.compile(r"</?[a-z]|<!", re.IGNORECASE)

_ENTRIES = {f"{{{space}}}item".removeprefix("{}") for space in _RSS} | {f"{{{space}}}entry" for space in _ATOM}
# The elements of an entry that are read, each under its own name; further vocabularies (media, iTunes) are not.
_ELEMENTS = {
    **{
        f"{{{space}}}{name}".removeprefix("{}"): name
        for space in _RSS
        for name in ("title", "link", "description", "guid", "pubDate", "author", "language", "category")
    },
    **{
        f"{{{space}}}{name}": {"link": "href", "content": "atom-content", "author": "person"}.get(name, name)
        for space in _ATOM
        for name in ("title", "link", "content", "summary", "id", "published", "updated", "issued", "author")
    },
    f"{{{_CONTENT}}}encoded": "encoded",
    f"{{{_DUBLIN_CORE}}}date": "dc-date",
    f"{{{_DUBLIN_CORE}}}creator": "creator",
    f"{{{_DUBLIN_CORE}}}language": "language",
}
_TEXTS = ("encoded", "atom-content", "description", "summary")
_DATES = ("pubDate", "dc-date", "published", "issued", "updated")


def sniff(head: bytes) -> bool:
    """Recognise a feed by its root element."""
    markup = decode_head(head)
    before = _BEFORE_ROOT.match(markup)
    return _ROOT.match(markup, before.end() if before else 0) is not None


def read(stream: DropStream, drop: Drop) -> Iterator[Item | Rejection]:
    """Yield one item or rejection an entry.

    Raises RefusedDropError for a drop over the bounds, in a broken archive, without entries, that declares entities,
    and for what follows a break in its markup.
    """
    if _ENTITY_DECLARATION.search(decode_head(stream.head)):
        raise RefusedDropError(Reason.BROKEN_FORMAT, "the feed declares entities of its own, which are never expanded")
    encoded = EncodedStream(stream, declares=True)
    target = _Entries(drop.limits.max_item_bytes)
    # What is fed is UTF-8, whatever the declaration says.
    parser = etree.XMLParser(
        target=target, encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False
    )
    index = 0
    broken: str | None = None
    for piece in _until_closed(encoded.pieces()):
        try:
            if piece is None:
                parser.close()
            else:
                parser.feed(piece.encode("utf-8", errors="surrogateescape"))
        except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
            broken = str(error)
        for entry in target.take():
            yield _read_entry(entry, Place(drop, index, f"entry {index}", entry.excerpt), encoded)
            index += 1
        if broken:
            raise RefusedDropError(Reason.BROKEN_FORMAT, f"the feed breaks: {broken}")
    if index == 0:
        raise RefusedDropError(Reason.EMPTY, "the feed has no entries")


class _Entry:
    """The elements of one entry, each with its contents in order."""

    def __init__(self, depth: int, language: str | None) -> None:
        self.depth = depth
        self.language = language
        self.elements: dict[str, list[str]] = {}
        self.plain: set[str] = set()
        self.too_long = False

    @property
    def excerpt(self) -> str:
        return " ".join(values[0] for name, values in self.elements.items() if name in ("title", *_TEXTS))

    def first(self, *names: str) -> str | None:
        """Return the first content of the first of these elements that is not blank."""
        values = (value.strip() for name in names for value in self.elements.get(name, ()))
        return next(filter(None, values), None)


class _Entries:
    """A parser target that gathers the entries; of those over the bound, only that they are."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._done: list[_Entry] = []
        self._depth = 0
        self._languages: list[tuple[int, str]] = []
        self._feed_language: str | None = None
        self._entry: _Entry | None = None
        self._name: str | None = None
        self._name_depth = 0
        self._pieces: list[str] = []
        self._size = 0
        self._in_name = False

    def take(self) -> list[_Entry]:
        """Hand out the entries that are complete."""
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._name is not None:
            local = tag.rpartition("}")[2]
            self._in_name = self._name == "person" and local == "name"
            if self._name != "person":
                # Atom's xhtml: the markup itself.
                self._gather(f"<{local}>")
            return
        language = attributes.get(_XML_LANGUAGE)
        if self._entry is None and tag in _ENTRIES:
            self._entry = _Entry(self._depth, language or self._feed_language)
            self._size = 0
            return
        if self._entry is None:
            self._feed_language = self._feed_language or language
        name = _ELEMENTS.get(tag)
        at_entry = self._entry is not None and self._depth == self._entry.depth + 1
        if name is None or not (at_entry or (self._entry is None and name == "language")):
            return
        self._name, self._name_depth = name, self._depth
        self._pieces.clear()
        if self._entry is not None:
            self._read_attributes(self._entry, name, attributes)

    def _read_attributes(self, entry: _Entry, name: str, attributes: Mapping[str, str]) -> None:
        if name == "href" and attributes.get("rel", "alternate") == "alternate":
            self._gather(attributes.get("href", ""))
        if attributes.get("type", "text") in ("text", "text/plain") and name in ("atom-content", "summary"):
            entry.plain.add(name)
        if attributes.get("isPermaLink", "true").lower() != "true":
            entry.plain.add(name)
        if name in _TEXTS:
            entry.language = attributes.get(_XML_LANGUAGE) or entry.language

    def end(self, tag: str) -> None:
        depth, self._depth = self._depth, self._depth - 1
        if self._name is not None:
            if depth == self._name_depth:
                self._end_element(self._name)
                self._name = None
            elif self._name != "person":
                self._gather(f"</{tag.rpartition('}')[2]}>")
            self._in_name = False
        elif self._entry is not None and depth == self._entry.depth:
            self._done.append(self._entry)
            self._entry = None

    def data(self, text: str) -> None:
        if self._name is not None and (self._name != "person" or self._in_name):
            nested = self._depth > self._name_depth and self._name != "person"
            self._gather(escape(text) if nested else text)

    def close(self) -> None:
        """Have nothing to hand out: `take` does."""

    def _gather(self, text: str) -> None:
        self._size += len(text)
        if self._size <= self._bound:
            self._pieces.append(text)
        elif self._entry is not None:
            self._entry.too_long = True

    def _end_element(self, name: str) -> None:
        text = "".join(self._pieces)
        self._pieces.clear()
        if self._entry is not None:
            self._entry.elements.setdefault(name, []).append(text)
        else:
            self._feed_language = text.strip() or self._feed_language


def _read_entry(entry: _Entry, place: Place, encoded: EncodedStream) -> Item | Rejection:
    if entry.too_long:
        bound = place.drop.limits.max_item_bytes
        return place.reject(Reason.TOO_LARGE, f"longer than {bound} characters, the bound for one item")
    url = entry.first("link", "href")
    guid = entry.first("guid")
    if url is None and guid and "guid" not in entry.plain:
        url = guid
    title = entry.first("title")
    categories = entry.elements.get("category", [])
    record: dict[str, object] = {
        "url": url,
        "title": html.unescape(title) if title else None,
        "published": entry.first(*_DATES),
        # Without another date, that of the update is the only one there is.
        "updated": entry.first("updated") if entry.first(*_DATES[:-1]) else None,
        # One category is the section of the site, several are keywords.
        "section": html.unescape(categories[0]) if len(categories) == 1 else None,
        "language": entry.first("language") or entry.language,
        "authors": [_author(name) for kind in ("creator", "author", "person") for name in entry.elements.get(kind, ())],
        "id": guid or entry.first("id"),
    }
    name = next((name for name in _TEXTS if entry.first(name)), None)
    text = entry.first(name) if name else None
    if text is not None:
        plain = name in entry.plain and not is_markup(text)
        is_page = not plain and _TAG.search(text)
        record["html" if is_page else "text"] = text if plain or is_page else html.unescape(text)
    return read_record(record, place, encoded.encoding, origin="feed")


def _author(given: str) -> str:
    # RSS writes an author as `address (name)`.
    address, _, name = given.strip().partition("(")
    is_address = "@" in address and len(address.split()) == 1
    return name[:-1] if is_address and name.endswith(")") and name != ")" else given


def _until_closed(pieces: Iterator[str]) -> Iterator[str | None]:
    """Yield the pieces, and None behind the last."""
    yield from pieces
    yield None
