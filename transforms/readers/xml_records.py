"""Articles in any XML: an element whose children or attributes bear the names of fields, one of them a text, is one.

Names are those of transforms.readers.mapping, without namespaces and in any case; paths with dots, as a source may give
them, count from the element of the article. Parsed as events, in the memory of one article. Nothing is fetched, and a
document that declares entities of its own is refused at the first of them.
"""

import re
from collections.abc import Iterator
from html.entities import name2codepoint
from xml.parsers import expat

from transforms.decode import decode_head
from transforms.document import Item, Reason, Rejection
from transforms.readers.drop import Drop, DropStream, RefusedDropError
from transforms.readers.encoded import EncodedStream, broken_byte
from transforms.readers.fields import Place, is_markup, read_record, storable
from transforms.readers.mapping import DEFAULT_FIELDS, FieldMapping
from transforms.readers.xml_elements import HTML_ELEMENTS, Article, Elements, Names

_DECLARATION = re.compile(r"[\ufeff\s]*<\?xml\s")
_BEFORE_ROOT = re.compile(r"(?:[\s\ufeff]++|<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^\[>]*>)*+", re.DOTALL)
# Without a declaration: a root whose first content is an element.
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)(?:\s[^<>]*)?>\s*<[A-Za-z_]")


def sniff(head: bytes, fields: FieldMapping = DEFAULT_FIELDS) -> bool:
    """Recognise XML by its declaration; without one, by a root that is none of HTML and an element named as a text."""
    markup = decode_head(head)
    if _DECLARATION.match(markup):
        return True
    before = _BEFORE_ROOT.match(markup)
    root = _ROOT.match(markup, before.end() if before else 0)
    return (
        root is not None
        and root[1].lower() not in HTML_ELEMENTS
        and _text(fields).search(markup, root.end(1)) is not None
    )


def _text(fields: FieldMapping) -> re.Pattern[str]:
    """Match where an element or an attribute is named as a text."""
    names = "|".join(sorted(re.escape(name.rpartition(".")[2]) for name in fields.text_names))
    return re.compile(rf"(?:<(?:[\w.-]+:)?|\s)(?:{names})(?:[\s>]|=[\"'])", re.IGNORECASE)


def read(stream: DropStream, drop: Drop) -> Iterator[Item | Rejection]:
    """Yield one item or rejection an article.

    Raises RefusedDropError for a drop over the bounds, in a broken archive, without articles, that declares entities,
    and for what follows a break in its markup.
    """
    encoded = EncodedStream(stream, declares=True)
    elements = Elements(Names.of(drop.fields), drop.limits.max_item_bytes)
    index = 0
    for end in _parse(encoded, elements, drop.limits.max_item_bytes):
        for article in elements.take():
            yield _read_article(article, Place(drop, index, article.where, storable(article.excerpt)), encoded)
            index += 1
        if end is not None:
            raise end
    if index == 0:
        raise RefusedDropError(
            Reason.MISSING_TEXT,
            f"no element has a child or an attribute named {', '.join(sorted(drop.fields.text_names))}; "
            f"there are {', '.join(elements.names_seen)[:500]}",
        )


def _parse(encoded: EncodedStream, elements: Elements, bound: int) -> Iterator[RefusedDropError | None]:
    """Feed the elements, and yield after each piece; where the document breaks, at last the error that says so."""
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    # Names of characters that HTML knows and XML does not are common in sloppy XML; unknown ones become nothing.
    parser.UseForeignDTD(True)
    parser.SkippedEntityHandler = lambda name, _: elements.data(chr(name2codepoint.get(name, 0xFFFD)))
    parser.EntityDeclHandler = _refuse_entity
    parser.StartElementHandler = elements.start
    parser.EndElementHandler = lambda _: elements.end(parser.CurrentLineNumber)
    parser.CharacterDataHandler = elements.data
    waiting: list[str] = []
    size = fed = unread = 0
    try:
        for piece in encoded.pieces():
            waiting.append(piece)
            size += len(piece)
            # The parser reads a tag that is not complete again with each piece, from its beginning.
            if size < unread:
                continue
            raw = "".join(waiting).encode("utf-8", errors="surrogateescape")
            parser.Parse(raw)
            fed += len(raw)
            unread = fed - max(0, parser.CurrentByteIndex)
            waiting.clear()
            size = 0
            if unread > bound:
                yield RefusedDropError(Reason.TOO_LARGE, f"a tag or comment of more than {bound} bytes")
                return
            yield None
        parser.Parse("".join(waiting).encode("utf-8", errors="surrogateescape"), True)
    except expat.ExpatError as error:
        broken = broken_byte("".join(waiting), encoded.encoding)
        reason = Reason.UNDECODABLE if broken else Reason.BROKEN_FORMAT
        yield RefusedDropError(reason, f"the XML breaks: {error}" + (f"; {broken}" if broken else ""))
    except RefusedDropError as refusal:
        yield refusal
    else:
        yield None


def _refuse_entity(name: str, *_: object) -> None:
    raise RefusedDropError(
        Reason.BROKEN_FORMAT, f"the document declares an entity of its own ({name[:50]}); such are never expanded"
    )


def _read_article(article: Article, place: Place, encoded: EncodedStream) -> Item | Rejection:
    if article.too_long:
        bound = place.drop.limits.max_item_bytes
        return place.reject(Reason.TOO_LARGE, f"longer than {bound} characters, the bound for one item")
    record: dict[str, object] = {
        field: article.first(field) for field in ("url", "title", "published", "language", "id", "source")
    }
    record["authors"] = article.values("authors")
    record["language"] = record["language"] or article.language
    # A text wins over a page, as in JSON, unless the page is under a name that goes before.
    for text, has_markup in article.texts():
        record["html" if has_markup or is_markup(text) else "text"] = text
    return read_record(record, place, encoded.encoding)
