"""tar in its dialects (V7, ustar, GNU, PAX), read as a stream, in the memory of one header.

The headers are walked here and not by tarfile: that keeps every member in memory, and reads the headers of names and
attributes whole, however large they say they are. What one block says is left to its TarInfo.
"""

import re
import tarfile
from collections.abc import Iterator

from transforms.document import Reason
from transforms.readers.archives.members import Budget, Member, Part, decoded_name, shown
from transforms.readers.drop import DropStream, RefusedDropError

_BLOCK = tarfile.BLOCKSIZE
_ZEROS = bytes(_BLOCK)
# Of a long name or of attributes. Paths end at 4 KiB, and attributes at 64 KiB each, with few of them used.
_MAX_HEADER_BYTES = 1024 * 1024

_LONG_NAME = tarfile.GNUTYPE_LONGNAME
_ATTRIBUTES = frozenset((tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE))
_FOR_ALL = tarfile.XGLTYPE
# They come with no data, whatever size is written: POSIX has it mean something else there.
_DATALESS = {
    tarfile.LNKTYPE: "it is a hard link",
    tarfile.SYMTYPE: "it is a symbolic link",
    tarfile.CHRTYPE: "it is a device",
    tarfile.BLKTYPE: "it is a device",
    tarfile.FIFOTYPE: "it is a named pipe",
}
# The name of a link's target, GNU's volume label and list of a folder.
_PASSED_OVER = frozenset((tarfile.GNUTYPE_LONGLINK, b"V", b"D", b"N"))
_CONTINUED = b"M"
# In the block of a sparse file, and in those that extend it: where it says that another block follows.
_SPARSE_GOES_ON = 482
_SPARSE_GOES_ON_FURTHER = 504
_ATTRIBUTE = re.compile(rb"(\d{1,10}) ([^=]+)=")


def sniff(head: bytes) -> bool:
    """Recognise tar by the checksum of its first header: V7 has no magic number."""
    return len(head) >= _BLOCK and head[:_BLOCK] != _ZEROS and _header(head[:_BLOCK]) is not None


def members(stream: DropStream, _name: str, budget: Budget) -> Iterator[Member]:
    """Yield the files. Raises RefusedDropError where the archive breaks off, or has no end."""
    position = 0
    # What extended headers say about the next member, and about all that follow.
    said: dict[bytes, bytes] = {}
    said_of_all: dict[bytes, bytes] = {}
    ended = False
    while block := stream.read(_BLOCK):
        position += len(block)
        if block == _ZEROS:
            ended = True
            continue
        header = _header(block)
        if header is None and ended:
            # Tapes and broken tools leave rubbish behind the end.
            return
        if header is None:
            raise stream.break_off(Reason.BROKEN_ARCHIVE, f"tar broken at byte {position - len(block)}: no header")
        ended = False
        budget.entry()
        size = 0 if header.type in _DATALESS or header.type == tarfile.DIRTYPE else header.size
        if header.type in _ATTRIBUTES or header.type in (_FOR_ALL, _LONG_NAME):
            data = _extended(stream, size)
            target = said_of_all if header.type == _FOR_ALL else said
            if header.type == _LONG_NAME:
                target[b"path"] = data
            else:
                target.update(_attributes(stream, data))
        else:
            known = said_of_all | said
            said = {}
            size = _size(stream, known, size)
            name = decoded_name(known.get(b"path") or header.name.encode("latin-1"))
            extra = _sparse_blocks(stream, block) if header.type == tarfile.GNUTYPE_SPARSE else 0
            part = Part(stream, size, f"tar cut off in {shown(name)}")
            if header.type not in _PASSED_OVER and header.type != tarfile.DIRTYPE:
                refusal = _refusal(header, known)
                yield Member(name, None if refusal else part, refusal)
            part.skip()
            position += extra
        padding = -size % _BLOCK
        # The last block of a file is not always filled up; what follows tells.
        stream.read(padding)
        position += size + padding
    if not ended:
        raise stream.break_off(Reason.BROKEN_ARCHIVE, "tar without its end mark: it may be cut off here")


def _header(block: bytes) -> tarfile.TarInfo | None:
    try:
        # One character a byte: names are decoded when all of their parts are known.
        header = tarfile.TarInfo.frombuf(block, "latin-1", "strict")
    except (tarfile.HeaderError, ValueError):
        return None
    return header if header.size >= 0 else None


def _refusal(header: tarfile.TarInfo, known: dict[bytes, bytes]) -> RefusedDropError | None:
    if header.type in _DATALESS:
        return RefusedDropError(Reason.UNSAFE_MEMBER, _DATALESS[header.type])
    if header.type == tarfile.GNUTYPE_SPARSE or any(key.startswith(b"GNU.sparse.") for key in known):
        # What packers write as sparse has holes of a block at least.
        return RefusedDropError(Reason.BINARY, "it is a sparse file: its holes are NULs, so it is no text")
    if header.type == _CONTINUED:
        return RefusedDropError(Reason.BROKEN_ARCHIVE, "it begins in another volume of the archive")
    return None


def _extended(stream: DropStream, size: int) -> bytes:
    if size > _MAX_HEADER_BYTES:
        detail = f"tar broken: a header of {size} bytes, more than {_MAX_HEADER_BYTES}"
        raise stream.break_off(Reason.BROKEN_ARCHIVE, detail)
    data = stream.read(size)
    if len(data) < size:
        raise stream.break_off(Reason.BROKEN_ARCHIVE, "tar cut off in a header")
    return data


def _attributes(stream: DropStream, data: bytes) -> dict[bytes, bytes]:
    """Read the records of a PAX header, each `length key=value` and a line end."""
    found = {}
    position = 0
    while position < len(data) and data[position]:
        attribute = _ATTRIBUTE.match(data, position)
        length = int(attribute[1]) if attribute else 0
        if attribute is None or position + length > len(data) or position + length <= attribute.end():
            raise stream.break_off(Reason.BROKEN_ARCHIVE, "tar broken: a header of attributes that are none")
        found[attribute[2]] = data[attribute.end() : position + length - 1]
        position += length
    return found


def _size(stream: DropStream, known: dict[bytes, bytes], size: int) -> int:
    written = known.get(b"size", b"")
    if not written:
        return size
    # No file has a size of more digits.
    if not written.isdigit() or len(written) > 18:
        raise stream.break_off(Reason.BROKEN_ARCHIVE, "tar broken: a size that is no number")
    return int(written)


def _sparse_blocks(stream: DropStream, block: bytes) -> int:
    """Pass over the blocks that extend the header of a sparse file; how many bytes they are."""
    size = 0
    goes_on = block[_SPARSE_GOES_ON]
    while goes_on:
        block = _extended(stream, _BLOCK)
        size += _BLOCK
        goes_on = block[_SPARSE_GOES_ON_FURTHER]
    return size
