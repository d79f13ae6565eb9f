"""Mail: a message (EML), a mailbox (mbox) of them, and a page saved as a message (MHTML).

A message is its text: the plain one if there is one, else its page. Attachments and forwarded messages are not read.
Headers are parsed by our own few lines, not by the policy `email.policy.default`, which takes quadratic time for a
long header and fails on some malformed ones.
"""

import email
import re
from collections.abc import Iterator
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses

from transforms.decode import DecodeError, decode_head
from transforms.document import Item, Reason, Rejection
from transforms.readers.drop import Drop, DropStream, RefusedDropError
from transforms.readers.encoded import decode_declared
from transforms.readers.fields import Place, read_record

# RFC 5322 bounds a line at 998 characters; longer headers are lists of recipients, which are not read.
_MAX_HEADER = 4000
# More boundaries and lines of headers than any message has: the parser takes a step for each, at each depth.
_MAX_PARTS = 1000

_HEADERS = re.compile(r"(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t]+\S[^\n]*\n)*+)++(?=\n|\Z)")
_ORIGINATOR = re.compile(r"^from:", re.IGNORECASE | re.MULTILINE)
_TRANSPORT = re.compile(
    r"^(?:message-id|mime-version|received|delivered-to|return-path):", re.IGNORECASE | re.MULTILINE
)
_SAVED_PAGE = re.compile(
    r"^(?:snapshot-content-location:|content-type:[ \t]*multipart/related;(?:[^\n]*\n[ \t])*[^\n]*type=\"?text/html)",
    re.IGNORECASE | re.MULTILINE,
)
# The line between the messages of an mbox: sender and date, as in `From a@b.by Mon Nov 18 10:00:00 2019`.
_SEPARATOR = re.compile(rb"From \S+ +.{0,40}\d{1,2}:\d\d.{0,20}\d{4}.{0,20}\r?")
# The parser copies what follows for each parameter, so that long ones take quadratic time.
_CONTENT_TYPE = re.compile(rb"^content-type:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_LAST_LINE_END = re.compile(rb"\r?\n\Z")


def sniff(head: bytes) -> bool:
    """Recognise a message by its headers: a sender, and one that only mail has."""
    headers = _headers(head)
    return bool(_ORIGINATOR.search(headers) and _TRANSPORT.search(headers))


def sniff_mhtml(head: bytes) -> bool:
    """Recognise a saved page by its headers: it says where it was, or that its root is a page."""
    headers = _headers(head)
    return bool(_SAVED_PAGE.search(headers)) and "mime-version:" in headers.lower()


def sniff_mbox(head: bytes) -> bool:
    """Recognise a mailbox by its first line, with sender and date, and the header that follows."""
    first, _, rest = head.partition(b"\n")
    return _SEPARATOR.fullmatch(first) is not None and re.match(rb"[A-Za-z][A-Za-z0-9-]*:", rest) is not None


def read(stream: DropStream, drop: Drop) -> Iterator[Item | Rejection]:
    """Yield the one item of a message.

    Raises RefusedDropError for a drop over the bounds or in a broken archive.
    """
    yield _read_message(stream.read_item(), Place(drop, 0, "the message", stream.head))


def read_mhtml(stream: DropStream, drop: Drop) -> Iterator[Item | Rejection]:
    """Yield the one item of a saved page.

    Raises RefusedDropError for a drop over the bounds or in a broken archive.
    """
    yield _read_message(stream.read_item(), Place(drop, 0, "the saved page", stream.head), page=True)


def read_mbox(stream: DropStream, drop: Drop) -> Iterator[Item | Rejection]:
    """Yield one item or rejection a message, in the memory of one.

    Raises RefusedDropError for a drop over the bounds, in a broken archive, or without messages.
    """
    bound = drop.limits.max_item_bytes
    index = 0
    for number, raw in _messages(stream, bound):
        place = Place(drop, index, f"the message at line {number}", raw)
        index += 1
        if len(raw) > bound:
            yield place.reject(Reason.TOO_LARGE, f"larger than {bound} bytes, the bound for one item")
        else:
            yield _read_message(_QUOTED_FROM.sub(rb"\1", raw), place)
    if index == 0:
        raise RefusedDropError(Reason.EMPTY, "no messages")


def _messages(stream: DropStream, bound: int) -> Iterator[tuple[int, bytes]]:
    """Yield each message with the number of its first line; of one over the bound, one byte more than that."""
    message = bytearray()
    begun = 1
    after_blank = True
    for line in stream.lines():
        if after_blank and _SEPARATOR.fullmatch(line.data):
            if message.strip():
                # The blank line before a separator is the mailbox's.
                yield begun, bytes(message) if len(message) > bound else _LAST_LINE_END.sub(b"", message)
            message.clear()
            begun = line.number
            after_blank = False
            continue
        message += (line.data + b"\n")[: bound + 1 - len(message)]
        after_blank = not line.data.strip()
    if message.strip():
        yield begun, bytes(message)


def _read_message(raw: bytes, place: Place, *, page: bool = False) -> Item | Rejection:
    if raw.count(b"\n--") > _MAX_PARTS * 10 or raw.lower().count(b"boundary=") > _MAX_PARTS:
        return place.reject(Reason.TOO_LARGE, f"more than {_MAX_PARTS} parts")
    longest = max((len(header[0]) for header in _CONTENT_TYPE.finditer(raw)), default=0)
    if longest > _MAX_HEADER:
        return place.reject(Reason.BROKEN_FORMAT, f"a Content-Type of {longest} bytes, more than {_MAX_HEADER}")
    try:
        message = email.message_from_bytes(raw)
        headers = _read_headers(message)
        body = _body(message, ("text/html",) if page else ("text/plain", "text/html"))
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # The parser is made for well-meant mail.
        return place.reject(Reason.BROKEN_FORMAT, f"not to be parsed as mail: {type(error).__name__}: {error}")
    if body is None:
        return place.reject(Reason.MISSING_TEXT, f"no part is {'a page' if page else 'a text or a page'}")
    kind, payload, charset, location = body
    try:
        decoded = decode_declared(payload, charset)
    except DecodeError as error:
        return place.reject(error.reason, error.detail)
    if page:
        # The page has its own title, and whoever saved it is not its author.
        headers = {"id": headers["id"], "url": headers["location"] or location, "published": None}
    record = headers | {"html" if kind == "text/html" else "text": decoded.text}
    return read_record(record, place, decoded.encoding, origin="mail")


def _read_headers(message: Message) -> dict[str, object]:
    senders = getaddresses([_header(message, "from", decoded=False) or ""])
    return {
        "title": _header(message, "subject"),
        "published": _header(message, "date"),
        "authors": [_words(name) or address for name, address in senders],
        "language": _header(message, "content-language"),
        "id": _header(message, "message-id"),
        "location": _header(message, "snapshot-content-location"),
    }


def _body(message: Message, kinds: tuple[str, ...]) -> tuple[str, bytes, str | None, str | None] | None:
    """Find the first part of the first of these kinds that is not blank: kind, bytes, charset, location."""
    found: dict[str, tuple[str, bytes, str | None, str | None]] = {}
    waiting = [message]
    while waiting:
        part = waiting.pop()
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or part.get_content_maintype() == "message":
            continue
        if part.is_multipart():
            waiting.extend(reversed(part.get_payload()))  # type: ignore[arg-type]  # of a multipart it is a list
        elif kind in kinds and kind not in found:
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes) and payload.strip():
                found[kind] = (kind, payload, part.get_content_charset(), _header(part, "content-location"))
    return next((found[kind] for kind in kinds if kind in found), None)


def _header(message: Message, name: str, *, decoded: bool = True) -> str | None:
    """Return a header in one line, its encoded words decoded; None if there is none."""
    for given, value in message.raw_items():
        if given.lower() == name:
            line = " ".join(str(value)[:_MAX_HEADER].split())
            if not line.isascii():
                # Letters sent as they are, in an encoding that nothing names.
                line = _text(line.encode("utf-8", errors="surrogateescape"), None)
            return (_words(line) if decoded else line) or None
    return None


def _words(line: str) -> str:
    """Decode the encoded words of a header (RFC 2047)."""
    if "=?" not in line:
        return line
    pieces = decode_header(line)
    return "".join(piece if isinstance(piece, str) else _text(piece, charset) for piece, charset in pieces)


def _text(raw: bytes, charset: str | None) -> str:
    try:
        # White space separates words; what is blank has no encoding.
        return decode_declared(raw, charset).text if raw.strip() else raw.decode("ascii", errors="replace")
    except DecodeError:
        return raw.decode("utf-8", errors="replace")


def _headers(head: bytes) -> str:
    """Return the block of headers that a message begins with, or an empty text."""
    found = _HEADERS.match(decode_head(head).replace("\r\n", "\n"))
    return found[0] if found else ""
