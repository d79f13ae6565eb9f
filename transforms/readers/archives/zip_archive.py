"""ZIP, read by its central directory; where that is missing, by the headers before each member.

The directory is read as a stream, twice, and not by zipfile: that holds every entry in memory and trusts the sizes.
Sources: PKWARE's APPNOTE.TXT 6.3.10, Info-ZIP's extra fields; on overlapping entries: D. Fifield, "A better zip
bomb", WOOT 2019.
"""

import io
import re
import stat
import struct
import zlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from transforms.document import Reason
from transforms.readers.archives import compressed
from transforms.readers.archives.compressed import Decoder, Unpacked, Unpacking
from transforms.readers.archives.members import Budget, Member, decoded_name
from transforms.readers.drop import CHUNK_BYTES, DropStream, EndedDropError, RefusedDropError

_LOCAL = struct.Struct("<4s5H3I2H")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LOCATOR64 = struct.Struct("<4sIQI")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCAL_MAGIC, _ENTRY_MAGIC, _END_MAGIC = b"PK\3\4", b"PK\1\2", b"PK\5\6"
_LOCATOR64_MAGIC, _END64_MAGIC, _SPLIT_MAGIC = b"PK\6\7", b"PK\6\6", b"PK\7\x08"
_MAX_COMMENT_BYTES = 0xFFFF
_IN_EXTRA = 0xFFFFFFFF

_ENCRYPTED = 0x1 | 0x40 | 0x2000
_SIZES_FOLLOW = 0x8
_MADE_ON_UNIX = 3
_LINKS_AND_DEVICES = {
    stat.S_IFLNK: "it is a symbolic link",
    stat.S_IFCHR: "it is a device",
    stat.S_IFBLK: "it is a device",
    stat.S_IFIFO: "it is a named pipe",
    stat.S_IFSOCK: "it is a socket",
}

# ZIP files that are one document or program each: a name in the directory that gives them away, in this order.
_DOCUMENTS = (
    (re.compile(r"\[Content_Types\]\.xml"), "an Office document (docx, xlsx, pptx); save it as text"),
    (re.compile(r"mimetype"), "an OpenDocument or EPUB document; save it as text"),
    (re.compile(r"META-INF/MANIFEST\.MF"), "a Java archive"),
    (re.compile(r"AndroidManifest\.xml"), "an Android program"),
    (re.compile(r"Index/(?:Document|Presentation)\.iwa"), "an Apple iWork document; save it as text"),
)

_STORED: Final = 0
_LZMA: Final = 14
_METHODS: dict[int, Callable[[], Decoder]] = {
    8: compressed.deflate_decoder,
    12: compressed.bzip2_decoder,
    20: compressed.zstd_decoder,
    93: compressed.zstd_decoder,
    95: compressed.xz_decoder,
}
_UNREAD_METHODS = {1: "Shrink", 6: "Implode", 9: "Deflate64", 96: "JPEG", 97: "WavPack", 98: "PPMd"}


@dataclass(frozen=True, slots=True)
class _Entry:
    """What an archive says about a member. `offset` is that of its local header."""

    name: str
    flags: int
    method: int
    checksum: int
    packed: int
    size: int
    offset: int
    mode: int
    name_bytes: int

    @property
    def is_folder(self) -> bool:
        return self.name.endswith(("/", "\\"))


@dataclass(frozen=True, slots=True)
class _Directory:
    """Where the central directory lies, and how many bytes were put before the archive."""

    start: int
    size: int
    shift: int


def sniff(head: bytes) -> bool:
    """Recognise an archive by its first header: of a member, of the end of an empty one, of a split one."""
    return head.startswith((_LOCAL_MAGIC, _END_MAGIC, _SPLIT_MAGIC + _LOCAL_MAGIC))


def members(stream: DropStream, _name: str, budget: Budget) -> Iterator[Member]:
    """Yield the files. Raises RefusedDropError where the archive is broken, or is a document and no archive."""
    file = stream.seekable()
    end = file.seek(0, io.SEEK_END)
    try:
        directory = _directory(file, end)
        if directory is None:
            yield from _salvaged(file, end, budget)
        else:
            _check(file, directory, budget)
            for entry in _entries(file, directory):
                budget.entry()
                if not entry.is_folder:
                    yield _member(file, entry, directory.start, budget)
    except EndedDropError:
        raise
    except RefusedDropError as refusal:
        raise stream.break_off(refusal.reason, refusal.detail) from None


def _directory(file: BinaryIO, end: int) -> _Directory | None:
    """Find the central directory by the record at the end; None where there is none."""
    tail_at = max(0, end - _END.size - _MAX_COMMENT_BYTES)
    tail = _read_at(file, tail_at, end - tail_at)
    found = tail.rfind(_END_MAGIC)
    split = False
    while found >= 0:
        if len(tail) - found >= _END.size:
            _, disk, first_disk, _, _, size, offset, _ = _END.unpack_from(tail, found)
            position = tail_at + found
            locator = _read_at(file, max(0, position - _LOCATOR64.size), _LOCATOR64.size)
            if locator.startswith(_LOCATOR64_MAGIC) and len(locator) == _LOCATOR64.size:
                at = _LOCATOR64.unpack(locator)[2]
                record = _read_at(file, at, _END64.size) if at < end else b""
                if len(record) == _END64.size and record.startswith(_END64_MAGIC):
                    *_, disk, first_disk, _, _, size, offset = _END64.unpack(record)
                    position = at
            start = position - size
            if disk or first_disk:
                split = True
            elif start >= 0 and (not size or _read_at(file, start, 4) == _ENTRY_MAGIC):
                # More before the archive than it knows of: a program that unpacks it, or rubbish.
                return _Directory(start, size, start - offset)
        found = tail.rfind(_END_MAGIC, 0, found)
    if split:
        raise RefusedDropError(Reason.BROKEN_ARCHIVE, "ZIP: a part of an archive that was split")
    return None


def _entries(file: BinaryIO, directory: _Directory) -> Iterator[_Entry]:
    position, end = directory.start, directory.start + directory.size
    window, window_at = b"", position
    # An entry is less than 200 KiB: its name, its fields and its comment are 64 KiB at most.
    while position < end:
        if position + 4 * _MAX_COMMENT_BYTES > window_at + len(window) < end:
            window_at, window = position, _read_at(file, position, min(end - position, 16 * _MAX_COMMENT_BYTES))
        at = position - window_at
        if len(window) - at < _ENTRY.size or not window.startswith(_ENTRY_MAGIC, at):
            raise RefusedDropError(Reason.BROKEN_ARCHIVE, f"ZIP: the directory is broken at byte {position}")
        fields = _ENTRY.unpack_from(window, at)
        made_by, _, flags, method, _, _, checksum, packed, size = fields[1:10]
        name_n, extra_n, comment_n, _, _, attributes, local = fields[10:]
        name_at = at + _ENTRY.size
        name, extra = window[name_at : name_at + name_n], window[name_at + name_n : name_at + name_n + extra_n]
        extras = _extras(extra)
        size, packed, local = _wide(extras, (size, packed, local))
        mode = attributes >> 16 if made_by >> 8 == _MADE_ON_UNIX else 0
        yield _Entry(_name(name, extras), flags, method, checksum, packed, size, local + directory.shift, mode, name_n)
        position += _ENTRY.size + name_n + extra_n + comment_n


def _check(file: BinaryIO, directory: _Directory, budget: Budget) -> None:
    """Look at the whole directory before a member is read.

    Raises RefusedDropError for a document, and for members that share bytes: no packer writes them, and bombs do.
    """
    starts, ends = array("q"), array("q")
    for number, entry in enumerate(_entries(file, directory)):
        if number >= budget.limits.max_entries:
            break
        _refuse_document(entry, number)
        starts.append(entry.offset)
        ends.append(entry.offset + _LOCAL.size + entry.name_bytes + entry.packed)
    reached = 0
    for place in sorted(range(len(starts)), key=starts.__getitem__):
        if starts[place] < reached:
            detail = f"ZIP: the members at bytes {starts[place]} and before overlap, as in a bomb"
            raise RefusedDropError(Reason.BROKEN_ARCHIVE, detail)
        reached = ends[place]
    if reached > directory.start:
        raise RefusedDropError(Reason.BROKEN_ARCHIVE, "ZIP: the last member and the directory overlap")


def _refuse_document(entry: _Entry, number: int) -> None:
    for pattern, kind in _DOCUMENTS:
        # The type of OpenDocument and EPUB is their first member; elsewhere it is any file's name.
        if pattern.fullmatch(entry.name) and (entry.name != "mimetype" or number == 0):
            raise RefusedDropError(Reason.BINARY, f"no archive of drops but {kind}")


def _member(file: BinaryIO, entry: _Entry, bound: int, budget: Budget) -> Member:
    refusal = _refusal(entry)
    if refusal is None:
        header = _read_at(file, entry.offset, _LOCAL.size) if entry.offset >= 0 else b""
        if len(header) == _LOCAL.size and header.startswith(_LOCAL_MAGIC):
            *_, name_n, extra_n = _LOCAL.unpack(header)
            start = entry.offset + _LOCAL.size + name_n + extra_n
            if start + entry.packed <= bound:
                return Member(entry.name, Unpacked(_content(_raw(file, start, entry.packed), entry, budget)))
        refusal = RefusedDropError(Reason.BROKEN_ARCHIVE, f"ZIP: it is not at byte {entry.offset}, where it should be")
    return Member(entry.name, None, refusal)


def _refusal(entry: _Entry) -> RefusedDropError | None:
    if entry.flags & _ENCRYPTED:
        return RefusedDropError(Reason.ENCRYPTED, "it is encrypted")
    kind = _LINKS_AND_DEVICES.get(stat.S_IFMT(entry.mode))
    if kind:
        return RefusedDropError(Reason.UNSAFE_MEMBER, kind)
    if entry.method not in (_STORED, _LZMA, *_METHODS):
        method = _UNREAD_METHODS.get(entry.method, "an unknown one")
        return RefusedDropError(
            Reason.BROKEN_ARCHIVE, f"ZIP: packed by method {entry.method} ({method}), which is not read; use Deflate"
        )
    return None


def _content(packed: Iterator[bytes], entry: _Entry, budget: Budget) -> Iterator[bytes]:
    """Yield what a member unpacks to. Raises RefusedDropError where that is not what its entry says."""
    size, checksum = 0, 0
    for piece in _unpacked(packed, entry.method, Unpacking("ZIP member", budget)):
        size += len(piece)
        checksum = zlib.crc32(piece, checksum)
        if size > entry.size:
            detail = f"ZIP: it unpacks to more than the {entry.size} bytes that the archive says"
            raise RefusedDropError(Reason.BROKEN_ARCHIVE, detail)
        yield piece
    if size < entry.size:
        detail = f"ZIP: it unpacks to {size} bytes and not to {entry.size}, as the archive says"
        raise RefusedDropError(Reason.BROKEN_ARCHIVE, detail)
    if checksum != entry.checksum:
        raise RefusedDropError(Reason.BROKEN_ARCHIVE, "ZIP: its checksum is wrong")


def _unpacked(packed: Iterator[bytes], method: int, unpacking: Unpacking) -> Iterator[bytes]:
    decoder: Decoder | None = None if method in (_STORED, _LZMA) else _METHODS[method]()
    begun = b""
    for read in packed:
        chunk = read
        unpacking.packed += len(chunk)
        if method == _STORED:
            unpacking.budget.unpacked(len(chunk))
            yield chunk
            continue
        if decoder is None:
            # LZMA: its version and the length of its properties, two bytes each, and five bytes of properties.
            chunk = begun + chunk
            if len(chunk) < 9:
                begun = chunk
                continue
            try:
                decoder = compressed.raw_lzma_decoder(chunk[4:9])
            except (ValueError, *compressed.BROKEN) as error:
                raise unpacking.refusal(error) from None
            chunk = chunk[9:]
        yield from unpacking.pieces(decoder, chunk)
        if decoder.eof:
            return


def _salvaged(file: BinaryIO, end: int, budget: Budget) -> Iterator[Member]:
    """Yield the members of an archive without a directory. Always ends in a RefusedDropError."""
    position = 4 if _read_at(file, 0, 4) == _SPLIT_MAGIC else 0
    read = 0
    while position < end:
        header = _read_at(file, position, _LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(_LOCAL_MAGIC):
            break
        budget.entry()
        _, _, flags, method, _, _, checksum, packed, size, name_n, extra_n = _LOCAL.unpack(header)
        rest = _read_at(file, position + _LOCAL.size, name_n + extra_n)
        extras = _extras(rest[name_n:])
        size, packed, _ = _wide(extras, (size, packed, 0))
        name = _name(rest[:name_n], extras)
        entry = _Entry(name, flags, method, checksum, packed, size, position, 0, name_n)
        if read == 0:
            _refuse_document(entry, 0)
        position += _LOCAL.size + name_n + extra_n
        if flags & _SIZES_FOLLOW:
            # Where it ends only its own data could tell.
            break
        if not entry.is_folder:
            refusal = _refusal(entry)
            content = Unpacked(_content(_raw(file, position, packed), entry, budget))
            yield Member(name, None if refusal else content, refusal)
        read += 1
        position += packed
    raise RefusedDropError(
        Reason.BROKEN_ARCHIVE,
        f"ZIP cut off: its directory is missing; {read} members were found without it, up to byte {min(position, end)}",
    )


def _raw(file: BinaryIO, start: int, size: int) -> Iterator[bytes]:
    position, end = start, start + size
    while position < end:
        chunk = _read_at(file, position, min(CHUNK_BYTES, end - position))
        if not chunk:
            raise RefusedDropError(Reason.BROKEN_ARCHIVE, "ZIP: it is cut off")
        position += len(chunk)
        yield chunk


def _read_at(file: BinaryIO, position: int, size: int) -> bytes:
    file.seek(position)
    return file.read(size)


def _extras(raw: bytes) -> dict[int, bytes]:
    """Split the extra fields, each an id, a length and data; what is broken in them is left out."""
    found = {}
    position = 0
    while position + 4 <= len(raw):
        kind, length = struct.unpack_from("<2H", raw, position)
        found[kind] = raw[position + 4 : position + 4 + length]
        position += 4 + length
    return found


def _wide(extras: dict[int, bytes], values: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return size, packed size and offset, those that need 64 bits from their extra field."""
    raw = extras.get(1, b"")
    wide = []
    for value in values:
        if value == _IN_EXTRA and len(raw) >= 8:
            # One byte more would make no sense as a place in a file.
            value, raw = int.from_bytes(raw[:8], "little") & (2**62 - 1), raw[8:]  # noqa: PLW2901
        wide.append(value)
    return wide[0], wide[1], wide[2]


def _name(raw: bytes, extras: dict[int, bytes]) -> str:
    """Decode a name. That it is UTF-8 is seen in it, whatever the flag says; else it may stand in an extra field."""
    unicode_name = extras.get(0x7075, b"")
    if unicode_name[1:5] == zlib.crc32(raw).to_bytes(4, "little"):
        raw = unicode_name[5:]
    return decoded_name(raw)
