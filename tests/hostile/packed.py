"""Archives: cut off, corrupt, bombs, and members that mean harm."""

import bz2
import gzip
import lzma
import random
import stat
import struct
import tarfile
import zlib
from collections.abc import Callable
from functools import partial

import zstandard

from tests.hostile.inputs import GOOD, OTHER, Hostile, lines, numbered
from tests.packing import bomb, lzma_alone, raw_zip, tar_entry, tar_of, tarred, zipped

_GOOD, _OTHER = GOOD.encode(), OTHER.encode()


def _noise(size: int, seed: int = 0) -> bytes:
    """Bytes that do not pack, the same every time."""
    return random.Random(seed).randbytes(size)


def _cut_lines(pack: Callable[[bytes], bytes]) -> bytes:
    lines_of_noise = (lines(f"{text} {_noise(8000, number).hex()}") for number, text in enumerate(numbered(20)))
    packed = pack(b"".join(lines_of_noise))
    return packed[: len(packed) * 3 // 4]


def _flipped(raw: bytes, place: int) -> bytes:
    return raw[:place] + bytes([raw[place] ^ 0x55]) + raw[place + 1 :]


def _gzip(raw: bytes) -> bytes:
    return gzip.compress(raw, mtime=0)


def _stored(data: bytes) -> bytes:
    """A stored block of deflate."""
    return b"\0" + struct.pack("<2H", len(data), len(data) ^ 0xFFFF) + data


def _copy(*, final: bool = False) -> bytes:
    """A deflate block of five bytes that repeats the last 20 bytes: twice length 10 at distance 20."""
    bits = ("1" if final else "0") + "10" + ("0001000" + "01000" + "110") * 2 + "0000000"
    return sum(1 << place for place, bit in enumerate(bits) if bit == "1").to_bytes(5, "little")


def _quine(time: int, checksum: int, size: int) -> bytes:
    begin = b"\x1f\x8b\x08\x08" + struct.pack("<I", time) + b"\x02\xffx.gz\0"
    end = struct.pack("<2I", checksum, size) + bytes(7)
    copy, last, none = _copy(), _copy(final=True), _stored(b"")
    l20, l5 = _stored(bytes(20))[:5], _stored(bytes(5))[:5]
    return b"".join(
        (
            *(begin, l20, begin, l20, copy, l5, copy, l5, l5),
            *(l20, copy, l5, l5, l20, copy, l20, copy, l20, copy, l20, copy),
            *(l20, copy, none, none, l20, copy, none, none, l20, last, end, last, end),
        )
    )


def quine() -> bytes:
    """A gzip file that unpacks to itself (R. Cox, "Zip Files All The Way Down", 2010).

    Its checksum is the fixed point of a linear equation, as it is of something that contains it, twice: over GF(2)
    crc(x) = A x + b, and wanted is crc(x) = x. For some times there is one.
    """
    size = len(_quine(0, 0, 0))
    for time in range(64):
        base = zlib.crc32(_quine(time, 0, size))
        rows = [(base >> row & 1) << 32 for row in range(32)]
        for bit in range(32):
            column = zlib.crc32(_quine(time, 1 << bit, size)) ^ base ^ (1 << bit)
            for row in range(32):
                rows[row] |= (column >> row & 1) << bit
        solution = _solved(rows)
        if solution is not None:
            return _quine(time, solution, size)
    raise AssertionError("no time has a solution")


def _solved(rows: list[int]) -> int | None:
    """Solve 32 linear equations over GF(2), each 32 coefficients and the right side in bit 32."""
    for bit in range(32):
        pivot = next((row for row in range(bit, 32) if rows[row] >> bit & 1), None)
        if pivot is None:
            return None
        rows[bit], rows[pivot] = rows[pivot], rows[bit]
        for row in range(32):
            if row != bit and rows[row] >> bit & 1:
                rows[row] ^= rows[bit]
    return sum((rows[bit] >> 32) << bit for bit in range(32))


def _nested_bomb() -> bytes:
    """As 42.zip, with 4 members in 4 members, six deep, of some megabytes each."""
    layer = zipped([("0.txt", bytes(20 * 2**20))])
    for _ in range(5):
        layer = zipped([(f"{number}.zip", layer) for number in range(4)])
    return layer


def _overlapping() -> bytes:
    """A bomb of D. Fifield's kind: all members are the same bytes."""
    kernel = b"a" * 1_000_000
    return raw_zip((f"{number}.txt".encode(), kernel, {"offset": 0}) for number in range(50))


def _links() -> bytes:
    loop = [("a", "b"), ("b", "a"), ("c", "c"), ("etc", "/etc"), ("up", "../../x")]
    members = [(tar_entry(name, tarfile.SYMTYPE, target), b"") for name, target in loop]
    return tar_of([*members, (tar_entry("etc/passwd.txt"), _OTHER), (tar_entry("good.txt"), _GOOD)])


def _devices() -> bytes:
    kinds = (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.LNKTYPE)
    members = [(tar_entry(f"dev{kind.decode()}", kind, "/etc/passwd"), b"") for kind in kinds]
    return tar_of([*members, (tar_entry("good.txt"), _GOOD)])


def _endless_tar() -> bytes:
    entry = tar_entry("huge.txt")
    entry.size = 2**60
    return tar_of([(tar_entry("good.txt"), _GOOD)])[:1024] + entry.tobuf(tarfile.GNU_FORMAT) + b"some text"


def _negative_tar() -> bytes:
    block = bytearray(tar_entry("a.txt").tobuf(tarfile.USTAR_FORMAT))
    block[124:136] = b"\xff" * 11 + b"\x9c"
    block[148:156] = b"%06o\0 " % sum(block[:148] + b" " * 8 + block[156:])
    return tar_of([(tar_entry("good.txt"), _GOOD)])[:1024] + bytes(block) + bytes(1024)


def _window() -> bytes:
    parameters = zstandard.ZstdCompressionParameters(window_log=30, enable_ldm=True)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return packer.compress(_GOOD) + packer.flush()


def _comment_of_ends() -> bytes:
    """A comment full of what ends an archive: each may be the directory's end."""
    archive = zipped([("a.txt", _GOOD)])
    return archive[:-2] + struct.pack("<H", 65534) + (b"PK\5\6" * 16384)[:65534]


INPUTS = (
    *(
        Hostile(f"cut.jsonl.{suffix}", partial(_cut_lines, pack), "document+ broken-archive")
        for suffix, pack in (
            ("gz", _gzip),
            ("bz2", lambda raw: bz2.compress(raw, 1)),
            ("xz", lzma.compress),
            ("zst", zstandard.compress),
        )
    ),
    Hostile("cut.txt.lzma", lambda: lzma_alone(_noise(9000).hex().encode())[:-3000], "broken-archive"),
    Hostile("cut in the header.gz", lambda: _gzip(_GOOD)[:6], "broken-archive"),
    Hostile("without its checksum.txt.gz", lambda: _gzip(_OTHER)[:-8], "broken-archive"),
    Hostile("wrong checksum.txt.gz", lambda: _flipped(_gzip(_OTHER), -6), "broken-archive"),
    Hostile("wrong checksum.jsonl.xz", lambda: _flipped(lzma.compress(lines(GOOD)), -30), "broken-archive"),
    Hostile("corrupt block.bz2", lambda: _flipped(bz2.compress(_OTHER * 100), 40), "broken-archive"),
    Hostile("rubbish behind.gz", lambda: _gzip(lines(GOOD)) + _noise(400), "document broken-archive"),
    Hostile("names only.zip", lambda: b"PK\3\4" + _noise(300), "broken-archive+"),
    Hostile(
        "cut in the middle.zip",
        lambda: zipped([("a.txt", _GOOD), ("b.txt", _noise(3000).hex().encode())])[:2000],
        "document broken-archive*2",
    ),
    Hostile(
        "cut in the directory.zip",
        lambda: zipped([("a.txt", _GOOD), ("b.txt", _OTHER)])[:-20],
        "document*2 broken-archive",
    ),
    Hostile(
        "lying sizes.zip",
        lambda: raw_zip([(b"a.txt", _GOOD, {"size": 3}), (b"b.txt", _OTHER, {})]),
        "broken-archive document",
    ),
    Hostile(
        "lying places.zip",
        lambda: raw_zip([(b"a.txt", _GOOD, {}), (b"b.txt", _OTHER, {"offset": 2**31})]),
        "broken-archive",
    ),
    Hostile(
        "encrypted.zip",
        lambda: raw_zip([(b"a.txt", _noise(99), {"flags": 1}), (b"b.txt", _GOOD, {})]),
        "encrypted document",
    ),
    Hostile(
        "unknown method.zip",
        lambda: raw_zip([(b"a.txt", b"x", {"method": 98}), (b"b.txt", _OTHER, {})]),
        "broken-archive document",
    ),
    Hostile(
        "links.zip", lambda: raw_zip([(b"a.txt", b"/etc/passwd", {"attributes": stat.S_IFLNK << 16})]), "unsafe-member"
    ),
    Hostile(
        "traversal.zip",
        lambda: raw_zip(
            [(b"../../a.txt", _GOOD, {}), (b"/etc/b.txt", _GOOD, {}), (b"C:\\c.txt", _GOOD, {}), (b"d.txt", _GOOD, {})]
        ),
        "unsafe-member*3 document",
    ),
    Hostile(
        "traversal.tar",
        lambda: tarred([("../../a.txt", _GOOD), ("/etc/b.txt", _GOOD), ("d.txt", _OTHER)]),
        "unsafe-member*2 document",
    ),
    Hostile(
        "names.zip",
        lambda: raw_zip(
            [
                (b"\xff\xfe\n\r\x1b[31m.txt", b"", {}),
                ("\u202etxt.exe".encode(), b"", {}),
                (b"n" * 65_000, b"", {}),
                (b"", b"", {}),
            ]
        ),
        "empty*3",
    ),
    Hostile("overlapping bomb.zip", _overlapping, "broken-archive"),
    Hostile("nested bomb.zip", _nested_bomb, "archive-limit*64"),
    Hostile("quine.gz", quine, "archive-limit"),
    Hostile("comment of ends.zip", _comment_of_ends, "document"),
    *(Hostile(f"bomb.{kind}", partial(bomb, kind, 2**30), "archive-limit") for kind in ("gz", "bz2", "xz", "zst")),
    Hostile("window of a gigabyte.zst", _window, "archive-limit"),
    Hostile("cut.tar", lambda: tarred([("a.txt", _GOOD), ("b.txt", _OTHER * 50)])[:4000], "document broken-archive"),
    Hostile("no end.tar", lambda: tarred([("a.txt", _GOOD)])[:1024], "document broken-archive"),
    Hostile(
        "corrupt header.tar",
        lambda: _flipped(tarred([("a.txt", _GOOD), ("b.txt", _OTHER)]), 1024 + 9),
        "document broken-archive",
    ),
    Hostile("symlink loops.tar", _links, "unsafe-member*5 document*2"),
    Hostile("devices.tar", _devices, "unsafe-member*4 document"),
    Hostile("endless member.tar", _endless_tar, "document broken-archive"),
    Hostile("negative size.tar", _negative_tar, "document broken-archive"),
    Hostile(
        "deep.zip",
        lambda: zipped([("x.zip", zipped([("x.zip", zipped([("x.zip", zipped([("x", _GOOD)]))]))]))]),
        "archive-limit",
    ),
    Hostile(
        "office document.zip",
        lambda: zipped([("[Content_Types].xml", b"<a/>"), ("word/document.xml", b"<a/>")]),
        "binary",
    ),
)
