"""The text of a drop piece by piece, for formats whose items share one encoding."""

import codecs
import re
from collections.abc import Iterator
from typing import Final, Literal

from transforms.decode import Decoded, DecodeError, decode, unicode_signature
from transforms.document import Encoding, Reason
from transforms.readers.drop import DropStream, RefusedDropError

_NOT_ASCII = bytes(range(0x80, 0x100))
_PATTERNS: Final[dict[str, Literal["utf-16-pattern", "utf-32-pattern"]]] = {
    "utf-16": "utf-16-pattern",
    "utf-32": "utf-32-pattern",
}
_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")
_CHARSET = re.compile(r"[\w.:+-]+", re.ASCII)


class EncodedStream:
    """The decoded text of a drop. `encoding` is told from the first piece that holds more than ASCII.

    A byte that the encoding does not define becomes a lone surrogate (PEP 383): the reader that meets one
    (`broken_byte`) rejects that item, and reads the others.
    """

    def __init__(self, stream: DropStream, *, declares: bool = False) -> None:
        """With `declares`, the content may name its encoding in an XML declaration."""
        self._stream = stream
        self._declares = declares
        self.encoding = Encoding("utf-8", "utf-8", "pure ASCII")

    def pieces(self) -> Iterator[str]:
        """Yield the text piece by piece, without its byte order mark.

        Raises RefusedDropError for what is no text in any encoding, and for broken UTF-16 and UTF-32.
        """
        head = self._stream.head
        if not head:
            return
        # Binary content and blank drops are refused at once, whatever follows.
        decoder = self._told_by(head)
        for chunk in self._stream.chunks():
            if decoder is None and not chunk.isascii():
                decoder = self._told_by(head if not head.isascii() else chunk)
            yield chunk.decode("ascii") if decoder is None else _decoded(decoder, chunk)
        if decoder is not None:
            yield _decoded(decoder, b"", final=True)

    def _told_by(self, sample: bytes) -> codecs.IncrementalDecoder | None:
        """Make the decoder for the encoding of a sample; None where the sample is ASCII and tells nothing."""
        signature = unicode_signature(sample)
        if signature and signature[0] != "utf-8":
            name, mark = signature
            self.encoding = Encoding(name, "bom" if mark else _PATTERNS[name[:6]])
            # The codecs without -le and -be take the mark off.
            return codecs.getincrementaldecoder(name[:6] if mark else name)("strict")
        try:
            # The sample may end inside a character.
            self.encoding = decode(sample.rstrip(_NOT_ASCII), html=self._declares).encoding
        except DecodeError as error:
            if error.reason is Reason.UNDECODABLE and _is_mostly_utf8(sample):
                self.encoding = Encoding("utf-8", "utf-8", error.detail)
            elif error.reason is not Reason.EMPTY:
                raise RefusedDropError(error.reason, error.detail) from None
        if self.encoding.evidence == "repaired":
            # The sample was; the pieces are handed out as they are.
            self.encoding = Encoding(self.encoding.name, "utf-8", f"not undone here: {self.encoding.detail}")
        if sample.isascii():
            return None
        name = "utf-8-sig" if self.encoding.name == "utf-8" else self.encoding.name
        return codecs.getincrementaldecoder(name)("surrogateescape")


def decode_declared(raw: bytes, charset: str | None) -> Decoded:
    """Decode what declares its encoding in a header: believed as far as a page's own declaration is.

    Raises DecodeError, as `decode` does.
    """
    if charset is None or not _CHARSET.fullmatch(charset) or unicode_signature(raw):
        return decode(raw, html=True)
    declaration = f'<?xml encoding="{charset}"?>'
    decoded = decode(declaration.encode() + raw, html=True)
    return Decoded(decoded.text.removeprefix(declaration), decoded.encoding)


def broken_byte(text: str, encoding: Encoding) -> str | None:
    """Say which byte of a text its encoding does not explain; None where all is well."""
    found = _ESCAPED_BYTE.search(text)
    if found is None:
        return None
    return f"not {encoding.name} at character {found.start()}: byte 0x{ord(found[0]) - 0xDC00:02x}"


def _is_mostly_utf8(sample: bytes) -> bool:
    """Say whether at most every third character beyond ASCII is broken: single items are, not their encoding."""
    text = sample.decode("utf-8", errors="surrogateescape")
    broken = len(_ESCAPED_BYTE.findall(text))
    return sum(not character.isascii() for character in text) >= 3 * broken


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> str:
    try:
        return decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        raise RefusedDropError(Reason.UNDECODABLE, f"broken {error.encoding}: {error.reason}") from None
