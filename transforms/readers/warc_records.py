"""The framing of web archives, WARC (ISO 28500) and the older ARC: a record is a header and as many bytes as it says.

Where a length is wrong or something else lies between two records, that is told in its place, and reading goes on where
the next record begins. Everything is read once, and of a record no more is held than is asked for.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from transforms.document import Reason
from transforms.readers.drop import DropStream, RefusedDropError
from transforms.readers.http_message import parse_headers

_VERSION = re.compile(rb"WARC/\d\.\d+[ \t]*\r?\n")
_ARC_BEGINS = re.compile(rb"filedesc://[^\s]+ [^\n]*\n")
# The line before a record of an ARC: address, IP address, time, type, maybe more, and the length.
_ARC_LINE = re.compile(rb"([a-z]+:\S*) (\S+) (\d{8,14}) (\S+)(?: [^\n]*)? (\d{1,18})[ \t]*\r?\n")
_END_OF_HEADERS = re.compile(rb"\n\r?\n")
_BLANK = re.compile(rb"[\r\n]*")
# Where the next record begins, behind damage. The header that must follow makes a line in a text unlikely to be taken.
_NEXT_WARC = re.compile(rb"(?<=\n)WARC/\d\.\d+[ \t]*\r?\n(?=[A-Za-z-]+:)")
_NEXT_ARC = re.compile(rb"(?<=\n)(?:https?|ftp|dns):\S* \S+ \d{14} \S+(?: [^\n]*)? \d{1,18}[ \t]*\r?\n")
_LENGTH = re.compile(r"\d{1,18}")
# Headers hold addresses, the longest of which are data of forms; 64 KiB is eight times what servers take.
_MAX_HEADERS = 64 * 1024
_USUAL_HEADERS = 4 * 1024
# Enough of a record to see status and headers of a response, and what its body begins like.
_HEAD_BYTES = 16 * 1024
_SEPARATOR = b"\r\n\r\n"

_NO_LENGTH = "its length is missing or no number"
_NO_RECORD = "no record begins here"


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before a record: its headers, the names in lower case, and where in the drop it begins."""

    fields: Mapping[str, str]
    position: int

    @property
    def kind(self) -> str:
        """The kind of the record: `response`, `conversion`, …"""
        return self.fields.get("warc-type", "").lower()

    @property
    def address(self) -> str:
        """The address of the record; wget writes it in angle brackets."""
        return self.fields.get("warc-target-uri", "").strip("<>").strip()

    @property
    def url(self) -> str | None:
        """The address, where it is one of the web."""
        return self.address if self.address.lower().startswith(("http://", "https://")) else None

    @property
    def length(self) -> int | None:
        """The bytes of the record; None where that is not known."""
        given = self.fields.get("content-length", "")
        return int(given) if _LENGTH.fullmatch(given) else None

    @property
    def where(self) -> str:
        """The record in words, for people."""
        address = self.address[:200]
        return f"the record at byte {self.position}" + (f" ({address})" if address else "")


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of the drop that is no record, or a record that is not as its header says."""

    where: str
    reason: Reason
    detail: str
    excerpt: bytes


def sniff(head: bytes) -> bool:
    """Recognise WARC by the version that each of its records begins with, ARC by its first line."""
    beginning = head.lstrip(b"\r\n")
    return _VERSION.match(beginning) is not None or _ARC_BEGINS.match(beginning) is not None


class Records:
    """The records that are wanted, with their whole content; what is wrong between them, in its place.

    Raises RefusedDropError where the drop ends inside of a record, and where it is broken.
    """

    def __init__(self, stream: DropStream, bound: int, wanted: Callable[[Header, bytes], bool]) -> None:
        """Begin. `wanted` is asked with the header and the beginning of each record, `bound` is for one, in bytes."""
        self._bytes = _Bytes(stream)
        self._bound = bound
        self._wanted = wanted
        self._is_arc = _ARC_BEGINS.match(stream.head.lstrip(b"\r\n")) is not None
        self.any = False
        """Whether any record was met; known when all of them are read."""

    def __iter__(self) -> Iterator[tuple[Header, bytes] | Damage]:
        while self._bytes.skip_blank():
            position = self._bytes.position
            header = self._arc_header() if self._is_arc else self._warc_header()
            if header is None and self._bytes.broken:
                break
            if header is None or header.length is None:
                yield self._lost(position, header, _NO_LENGTH if header else _NO_RECORD)
            else:
                self.any = True
                yield from self._record(header, header.length)
        if self._bytes.broken:
            raise self._bytes.broken

    def _record(self, header: Header, length: int) -> Iterator[tuple[Header, bytes] | Damage]:
        """Yield a record whose header is read, if it is wanted, or what is wrong with it."""
        head = self._bytes.peek(min(length, _HEAD_BYTES))
        wanted = self._wanted(header, head)
        keep = wanted and length <= self._bound
        content = self._bytes.take(length) if keep else b""
        skipped = len(content) if keep else self._bytes.skip(length)
        if skipped < length:
            if self._bytes.broken:
                raise self._bytes.broken
            detail = f"{header.where}: the drop ends after {skipped} of its {length} bytes"
            raise RefusedDropError(Reason.BROKEN_FORMAT, detail)
        if not self._ends_well():
            # A length that is too large takes in the next records.
            self._bytes.put_back(content)
            damage = f"its length is wrong: no record begins behind its {length} bytes"
            yield self._lost(self._bytes.position, header, damage, head)
        elif keep:
            yield header, content
        elif wanted:
            detail = f"larger than {self._bound} bytes, the bound for one item"
            yield Damage(header.where, Reason.TOO_LARGE, detail, head)

    def _ends_well(self) -> bool:
        """Say whether a record that was read ends as one does: before a separator, another record, or the end."""
        begins = _ARC_LINE if self._is_arc else _VERSION
        for size in (len(_SEPARATOR), _USUAL_HEADERS, _MAX_HEADERS):
            following = self._bytes.peek(size)
            beginning = following.lstrip(b"\r\n")
            if following == _SEPARATOR or not following or begins.match(beginning):
                return True
            if len(following) < size:
                return not beginning or self._bytes.broken is not None
        return False

    def _lost(self, position: int, header: Header | None, detail: str, excerpt: bytes = b"") -> Damage:
        """Go on to where the next record begins."""
        excerpt = excerpt or self._bytes.peek(1000)
        skipped = self._bytes.skip_to(_NEXT_ARC if self._is_arc else _NEXT_WARC)
        where = header.where if header else f"byte {position}"
        return Damage(where, Reason.BROKEN_FORMAT, f"{detail}; {skipped} bytes were passed over", excerpt)

    def _warc_header(self) -> Header | None:
        position = self._bytes.position
        block = self._bytes.peek(_USUAL_HEADERS)
        if _VERSION.match(block) is None:
            return None
        end = _END_OF_HEADERS.search(block)
        if end is None:
            block = self._bytes.peek(_MAX_HEADERS)
            end = _END_OF_HEADERS.search(block)
            if end is None:
                return None
        self._bytes.skip(end.end())
        return Header(parse_headers(block[: end.start()]), position)

    def _arc_header(self) -> Header | None:
        position = self._bytes.position
        line = _ARC_LINE.match(self._bytes.peek(_USUAL_HEADERS)) or _ARC_LINE.match(self._bytes.peek(_MAX_HEADERS))
        if line is None:
            return None
        self._bytes.skip(line.end())
        address, kind = line[1].decode("utf-8", "replace"), line[4].decode("latin-1")
        return Header(
            {
                "warc-type": "response" if address.startswith("http") else "metadata",
                "warc-target-uri": address,
                "content-type": kind,
                "content-length": line[5].decode("ascii"),
            },
            position,
        )


class _Bytes:
    """The bytes of a drop behind a cursor, with a look ahead; `position` is the cursor's."""

    def __init__(self, stream: DropStream) -> None:
        self._chunks = stream.chunks()
        self._buffer = b""
        self._at = 0
        self.position = 0
        self.broken: RefusedDropError | None = None
        """What ended the drop before its end. What came before that is still handed out."""

    def peek(self, size: int) -> bytes:
        """Return the next bytes without passing them; fewer only at the end."""
        if len(self._buffer) - self._at < size:
            pieces = [self._buffer[self._at :]]
            missing = size - len(pieces[0])
            while missing > 0 and (chunk := self._next()):
                pieces.append(chunk)
                missing -= len(chunk)
            self._buffer, self._at = b"".join(pieces), 0
        return self._buffer[self._at : self._at + size]

    def take(self, size: int) -> bytes:
        """Return the next bytes; fewer only at the end."""
        taken = self.peek(size)
        self._pass(len(taken))
        return taken

    def skip(self, size: int) -> int:
        """Pass over the next bytes and say how many they were: fewer only at the end."""
        left = size
        while left:
            here = min(left, len(self._buffer) - self._at)
            self._pass(here)
            left -= here
            if left and not self.peek(1):
                break
        return size - left

    def skip_blank(self) -> bool:
        """Pass over ends of lines; say whether anything follows."""
        while here := self.peek(1):
            if here not in b"\r\n":
                return True
            blank = _BLANK.match(self._buffer, self._at)
            self._pass(blank.end() - self._at if blank else 1)
        return False

    def skip_to(self, pattern: re.Pattern[bytes]) -> int:
        """Pass over everything to the next match, or to the end, and say how many bytes that was."""
        begun = self.position
        while True:
            window = self.peek(2 * _MAX_HEADERS)
            found = pattern.search(window)
            if found and found.start() > 0:
                self._pass(found.start())
                return self.position - begun
            if len(window) < 2 * _MAX_HEADERS:
                self._pass(len(window))
                return self.position - begun
            # What begins in the second half is found from there.
            self._pass(_MAX_HEADERS)

    def put_back(self, taken: bytes) -> None:
        """Have these bytes, the last that were taken, before the cursor again."""
        self._buffer, self._at = taken + self._buffer[self._at :], 0
        self.position -= len(taken)

    def _next(self) -> bytes:
        try:
            return next(self._chunks, b"") if self.broken is None else b""
        except RefusedDropError as refusal:
            self.broken = refusal
            return b""

    def _pass(self, size: int) -> None:
        self._at += size
        self.position += size
