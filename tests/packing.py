"""Archives for tests: ordinary ones, and those that no packer writes."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable

import zstandard

Files = Iterable[tuple[str, bytes]]


def zipped(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive of these files."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", method) as archive:
        for name, data in files:
            # One time for all, so that equal contents are equal archives.
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return raw.getvalue()


def tarred(files: Files, form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive of these files."""
    return tar_of(((tar_entry(name), data) for name, data in files), form)


def tar_entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    """The header of a member."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, link
    return entry


def tar_of(members: Iterable[tuple[tarfile.TarInfo, bytes]], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive of these headers and contents."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=form) as archive:
        for entry, data in members:
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return raw.getvalue()


def lzma_alone(data: bytes) -> bytes:
    """The format before xz."""
    return lzma.compress(data, lzma.FORMAT_ALONE)


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda data: gzip.compress(data, 6, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lzma_alone,
    "zst": zstandard.compress,
}
ARCHIVES: dict[str, Callable[[Files], bytes]] = {
    "zip": zipped,
    "stored zip": lambda files: zipped(files, zipfile.ZIP_STORED),
    "bzip2 zip": lambda files: zipped(files, zipfile.ZIP_BZIP2),
    "lzma zip": lambda files: zipped(files, zipfile.ZIP_LZMA),
    "pax": tarred,
    "gnu tar": lambda files: tarred(files, tarfile.GNU_FORMAT),
    "ustar": lambda files: tarred(files, tarfile.USTAR_FORMAT),
}


def raw_zip(members: Iterable[tuple[bytes, bytes, dict[str, int]]], *, directory: bool = True) -> bytes:
    """A ZIP archive written by hand: names and contents as bytes, and what is to be wrong in the directory's entry.

    Of an entry can be given: flags, method, checksum, packed, size, offset, made_by, attributes.
    """
    body, entries = b"", b""
    count = 0
    for name, data, given in members:
        deflater = zlib.compressobj(wbits=-15)
        packed = data if given.get("method", 8) != 8 else deflater.compress(data) + deflater.flush()
        fields = {"flags": 0, "method": 8, "checksum": zlib.crc32(data), "packed": len(packed), "size": len(data)}
        fields |= {"offset": len(body), "made_by": 0x031E, "attributes": 0o100644 << 16} | given
        sizes = (fields["checksum"], fields["packed"], fields["size"], len(name))
        middle = (20, fields["flags"], fields["method"], 0, 33, *sizes, 0)
        body += struct.pack("<4s5H3I2H", b"PK\3\4", *middle) + name + packed
        entries += struct.pack(
            "<4s6H3I5H2I",
            b"PK\1\2",
            fields["made_by"],
            *middle,
            0,
            0,
            0,
            fields["attributes"],
            fields["offset"],
        )
        entries += name
        count += 1
    if not directory:
        return body
    return body + entries + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(entries), len(body), 0)


def bomb(kind: str, size: int) -> bytes:
    """That many times one letter, compressed: one member of 16 MiB again and again."""
    member = 16 * 1024 * 1024
    return COMPRESSIONS[kind](b"a" * member) * (size // member)
