"""Archives and compression: any of them around any format, their limits, and those that are broken or meant to harm."""

import gzip
import io
import json
import os
import stat
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any, BinaryIO

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.packing import ARCHIVES, COMPRESSIONS, bomb, raw_zip, tar_entry, tar_of, tarred, zipped
from tests.transforms.test_readers import SMALL, assert_sound, line, page, read, rejection
from transforms.document import Item, Reason, Rejection
from transforms.readers import Limits, read_items

TEXT = "Сёння ў Мінску сонечна, заўтра дождж.".encode()
OTHER = "Учора быў снег.".encode()
TWO_LINES = line(text="a") + line(text="b")
Outcomes = list[Item | Rejection]


def told(outcomes: Outcomes) -> list[str | Reason]:
    """The text of each item, the reason of each rejection."""
    assert_sound(outcomes)
    return [found.original if isinstance(found, Item) else found.reason for found in outcomes]


def details(outcomes: Outcomes) -> list[str]:
    return [found.detail for found in outcomes if isinstance(found, Rejection)]


class TestCompression:
    @pytest.mark.parametrize("kind", COMPRESSIONS)
    @pytest.mark.parametrize("raw", [TEXT, page(), TWO_LINES, b"title,text\na,b\n"])
    def test_any_format(self, kind: str, raw: bytes) -> None:
        assert read(COMPRESSIONS[kind](raw)) == read(raw)

    @pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zst"])
    def test_members_one_behind_the_other(self, kind: str) -> None:
        pack = COMPRESSIONS[kind]
        padding = b"\0" * 512 if kind in ("gz", "xz") else b""
        raw = pack(line(text="a")) + pack(b"") + padding + pack(line(text="b")) + padding
        assert told(read(raw)) == ["a", "b"]

    def test_a_frame_that_zstandard_skips(self) -> None:
        skipped = b"\x50\x2a\x4d\x18\x04\0\0\0size"
        assert told(read(skipped + zstandard.compress(TEXT) + skipped)) == [TEXT.decode()]

    def test_thousands_of_small_members(self) -> None:
        raw = b"".join(gzip.compress(line(text=f"Text {number}")) for number in range(3000))
        assert len(told(read(raw))) == 3000

    @pytest.mark.parametrize("kind", COMPRESSIONS)
    def test_items_before_a_break_are_kept(self, kind: str) -> None:
        lines = b"".join(line(text=os.urandom(100).hex()) for _ in range(8000))
        packed = COMPRESSIONS[kind](lines)
        *items, last = read(packed[: len(packed) * 3 // 4])
        assert len(items) > 2000
        assert isinstance(last, Rejection)
        assert (last.reason, last.index) == (Reason.BROKEN_ARCHIVE, None)
        assert f"{len(items)} items were read before" in last.detail

    def test_a_name_that_promises_packing_is_not_believed(self) -> None:
        assert told(read(TEXT, "x.txt.gz")) == [TEXT.decode()]
        assert told(read(TEXT, "x.zip")) == [TEXT.decode()]
        assert told(read(b"anything", "x.jsonl.zst")) == [Reason.BROKEN_JSON]

    @pytest.mark.parametrize("name", ["x.gz", "x.bz2", "x.xz", "x.zst", "x.lzma", "x.tar", "x.zip"])
    def test_binary_under_the_name_of_an_archive_is_a_broken_one(self, name: str) -> None:
        assert rejection(bytes(range(256)) * 4, name).reason is Reason.BROKEN_ARCHIVE
        assert rejection(b"\x89PNG\r\n\x1a\n", name).reason is Reason.BINARY

    def test_rubbish_behind_the_end(self) -> None:
        assert told(read(gzip.compress(TWO_LINES * 20_000) + b"rubbish"))[-1] is Reason.BROKEN_ARCHIVE

    def test_a_window_larger_than_the_memory(self) -> None:
        parameters = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=True)
        packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
        refused = rejection(packer.compress(TEXT) + packer.flush())
        assert (refused.reason, refused.index) == (Reason.ARCHIVE_LIMIT, None)
        assert "--long" in refused.detail


class TestArchives:
    @pytest.mark.parametrize("kind", ARCHIVES)
    def test_members_in_their_order(self, kind: str) -> None:
        files = [("b/z.txt", TEXT), ("a.jsonl", TWO_LINES), ("empty.txt", b""), ("c.html", page()), ("d", OTHER)]
        outcomes = read(ARCHIVES[kind](files), "drop")
        assert told(outcomes) == [TEXT.decode(), "a", "b", Reason.EMPTY, "Text", OTHER.decode()]
        assert [found.index for found in outcomes] == [0, 1, 2, 3, 4, 5]
        assert details(outcomes)[0].startswith("empty.txt: ")

    def test_the_source_of_a_member(self) -> None:
        own = line(text="a", url="https://www.a.by/x")
        first, second = read(zipped([("a.jsonl", own), ("folder/b.txt", TEXT)]))
        assert isinstance(first, Item)
        assert isinstance(second, Item)
        assert (first.source, second.source) == ("a.by", "fallback")

    @pytest.mark.parametrize("pack", [zipped, tarred])
    def test_what_systems_put_in_is_no_drop(self, pack: Callable[[list[tuple[str, bytes]]], bytes]) -> None:
        junk = ("__MACOSX/._a.txt", ".DS_Store", "x/Thumbs.db", "x/", ".git/config", "desktop.ini")
        raw = pack([(name, b"junk") for name in junk] + [("./a.txt", TEXT)])
        assert told(read(raw)) == [TEXT.decode()]

    @pytest.mark.parametrize("pack", [zipped, tarred])
    def test_an_archive_without_files(self, pack: Callable[[list[tuple[str, bytes]]], bytes]) -> None:
        for raw in (pack([]), pack([("x/", b"")])):
            refused = rejection(raw, "x.tar")
            assert (refused.reason, refused.index) == (Reason.EMPTY, None)

    @pytest.mark.parametrize("pack", [zipped, tarred])
    @pytest.mark.parametrize("name", ["/etc/a", "../a", "x/../../a", "C:\\a", "\\\\host\\a", "x\\..\\a"])
    def test_unsafe_names(self, pack: Callable[[list[tuple[str, bytes]]], bytes], name: str) -> None:
        outcomes = read(pack([("a", OTHER), (name, TEXT), ("b", OTHER)]))
        assert told(outcomes) == [OTHER.decode(), Reason.UNSAFE_MEMBER, OTHER.decode()]
        assert outcomes[1].index == 1

    @pytest.mark.parametrize("pack", [zipped, tarred])
    def test_the_same_name_twice(self, pack: Callable[[list[tuple[str, bytes]]], bytes]) -> None:
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setattr("warnings.warn", lambda *_, **__: None)
            raw = pack([("a.txt", TEXT), ("a.txt", OTHER)])
        assert told(read(raw)) == [TEXT.decode(), OTHER.decode()]

    def test_a_member_that_is_broken_costs_no_other(self) -> None:
        files = [
            ("a.gz", gzip.compress(TEXT)[:-9]),
            ("b.png", b"\x89PNG\r\n\x1a\n"),
            ("c.zip", zipped([])),
            ("d", TEXT),
        ]
        for pack in (zipped, tarred):
            outcomes = read(pack(files))
            assert told(outcomes) == [Reason.BROKEN_ARCHIVE, Reason.BINARY, Reason.EMPTY, TEXT.decode()]
            assert [found.split(":")[0] for found in details(outcomes)] == ["a.gz", "b.png", "c.zip"]

    def test_the_way_through_the_archives_is_told(self) -> None:
        raw = zipped([("in/b.tar.gz", gzip.compress(tarred([("c/d.txt", b" ")])))])
        assert details(read(raw)) == ["in/b.tar.gz!/c/d.txt: nothing but white space in 1 bytes"]

    def test_from_a_pipe(self) -> None:
        class Pipe(io.BytesIO):
            def seekable(self) -> bool:
                return False

        made: list[io.BytesIO] = []

        def scratch() -> BinaryIO:
            made.append(io.BytesIO())
            return made[-1]

        raw = zipped([("a.zip", zipped([("b", TEXT)])), ("c", OTHER)])
        found = list(read_items(Pipe(raw), drop_id="d", name="-", source="s", scratch=scratch))
        assert told(found) == [TEXT.decode(), OTHER.decode()]
        assert len(made) == 2
        assert all(file.closed for file in made)

    def test_an_archive_on_disk_is_read_where_it_lies(self) -> None:
        def scratch() -> BinaryIO:
            raise AssertionError("nothing is to be copied")

        raw = io.BytesIO(zipped([("a", TEXT)]))
        found = list(read_items(raw, drop_id="d", name="x", source="s", scratch=scratch))
        assert told(found) == [TEXT.decode()]
        assert not raw.closed


class TestZip:
    def test_names_in_any_encoding(self) -> None:
        name = "новости/март.txt"
        for encoding in ("utf-8", "cp866", "cp1251"):
            raw = raw_zip([(name.encode(encoding), b" ", {})])
            assert details(read(raw))[0].startswith(f"{name}: "), encoding
        assert told(read(raw_zip([(b"\xff\xfe\x80", TEXT, {})]))) == [TEXT.decode()]

    def test_the_name_in_its_extra_field(self) -> None:
        raw = io.BytesIO()
        with zipfile.ZipFile(raw, "w") as archive:
            entry = zipfile.ZipInfo("?.txt")
            data = struct.pack("<BI", 1, zipfile.crc32(b"?.txt")) + "ў.txt".encode()  # type: ignore[attr-defined]
            entry.extra = struct.pack("<2H", 0x7075, len(data)) + data
            archive.writestr(entry, " ")
        assert details(read(raw.getvalue()))[0].startswith("ў.txt: ")

    @pytest.mark.parametrize(
        ("wrong", "reason", "words"),
        [
            ({"flags": 1}, Reason.ENCRYPTED, "encrypted"),
            ({"flags": 0x41}, Reason.ENCRYPTED, "encrypted"),
            ({"flags": 0x2000}, Reason.ENCRYPTED, "encrypted"),
            ({"method": 98}, Reason.BROKEN_ARCHIVE, "98 (PPMd)"),
            ({"method": 77}, Reason.BROKEN_ARCHIVE, "77 (an unknown one)"),
            ({"method": 12}, Reason.BROKEN_ARCHIVE, "broken"),
            ({"method": 14, "flags": 0}, Reason.ARCHIVE_LIMIT, "bytes of memory"),
            ({"checksum": 7}, Reason.BROKEN_ARCHIVE, "checksum"),
            ({"size": 3}, Reason.BROKEN_ARCHIVE, "more than the 3 bytes"),
            ({"size": 1_000_000}, Reason.BROKEN_ARCHIVE, "not to 1000000"),
            ({"packed": 3}, Reason.BROKEN_ARCHIVE, "unpacks to"),
            ({"attributes": stat.S_IFLNK << 16}, Reason.UNSAFE_MEMBER, "symbolic link"),
            ({"attributes": stat.S_IFCHR << 16}, Reason.UNSAFE_MEMBER, "device"),
        ],
    )
    def test_a_wrong_entry_costs_its_member(self, wrong: dict[str, int], reason: Reason, words: str) -> None:
        outcomes = read(raw_zip([(b"a", OTHER, {}), (b"b", TEXT, wrong), (b"c", OTHER, {})]))
        assert told(outcomes) == [OTHER.decode(), reason, OTHER.decode()]
        assert words in details(outcomes)[0]

    @pytest.mark.parametrize(
        "wrong", [{"packed": 2**31}, {"offset": 2**31}, {"offset": 3}, {"packed": 2**32 - 1}, {"offset": 2**32 - 1}]
    )
    def test_entries_that_lie_about_their_place(self, wrong: dict[str, int]) -> None:
        outcomes = read(raw_zip([(b"a", OTHER, {}), (b"b", TEXT, wrong)]))
        assert told(outcomes)[-1] is Reason.BROKEN_ARCHIVE

    def test_overlapping_entries(self) -> None:
        raw = raw_zip([(b"a", TEXT, {}), (b"b", TEXT, {"offset": 0}), (b"c", TEXT, {"offset": 0})])
        refused = rejection(raw)
        assert (refused.reason, refused.index) == (Reason.BROKEN_ARCHIVE, None)
        assert "overlap" in refused.detail

    def test_an_entry_that_holds_the_directory(self) -> None:
        raw = raw_zip([(b"a", TEXT, {"method": 0, "packed": len(TEXT) + 10, "size": len(TEXT) + 10})])
        assert rejection(raw).reason is Reason.BROKEN_ARCHIVE

    def test_something_before_and_behind_the_archive(self) -> None:
        raw = zipped([("a", TEXT)])
        assert told(read(b"\x7f\x01\x02\x03" * 30 + raw, "x.zip")) == [TEXT.decode()]
        assert told(read(raw + b"PK\5\6" + b"\n" * 30)) == [TEXT.decode()]

    def test_large_archives_of_64_bits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        raw = io.BytesIO()
        with zipfile.ZipFile(raw, "w") as archive, archive.open("a", "w", force_zip64=True) as member:
            member.write(TEXT)
        assert told(read(raw.getvalue())) == [TEXT.decode()]
        monkeypatch.setattr("zipfile.ZIP_FILECOUNT_LIMIT", 3)
        monkeypatch.setattr("zipfile.ZIP64_LIMIT", 10)
        many = zipped((str(number), TEXT) for number in range(10))
        assert b"PK\6\6" in many
        assert told(read(many)) == [TEXT.decode()] * 10

    def test_without_its_directory(self) -> None:
        raw = raw_zip([(b"a", TEXT, {}), (b"x/", b"", {}), (b"b", TWO_LINES, {})], directory=False)
        outcomes = read(raw)
        assert told(outcomes) == [TEXT.decode(), "a", "b", Reason.BROKEN_ARCHIVE]
        assert outcomes[-1].index is None
        assert "directory is missing" in details(outcomes)[0]

    def test_part_of_a_split_archive(self) -> None:
        raw = bytearray(zipped([("a", TEXT)]))
        end = raw.rindex(b"PK\5\6")
        raw[end + 4 : end + 8] = b"\1\0\0\0"
        assert "split" in rejection(bytes(raw)).detail

    @pytest.mark.parametrize(
        ("names", "words"),
        [
            (["[Content_Types].xml", "word/document.xml"], "Office"),
            (["mimetype", "content.xml"], "OpenDocument or EPUB"),
            (["META-INF/MANIFEST.MF", "A.class"], "Java"),
        ],
    )
    def test_documents_are_no_archives_of_drops(self, names: list[str], words: str) -> None:
        for directory in (True, False):
            raw = raw_zip([(name.encode(), TEXT, {}) for name in names], directory=directory)
            refused = rejection(raw, "x.docx")
            assert (refused.reason, refused.index) == (Reason.BINARY, None)
            assert words in refused.detail
        in_archive = read(tarred([("x.docx", zipped([(names[0], TEXT)])), ("b", TEXT)]))
        assert told(in_archive) == [Reason.BINARY, TEXT.decode()]


class TestTar:
    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            (tarfile.SYMTYPE, "symbolic link"),
            (tarfile.LNKTYPE, "hard link"),
            (tarfile.CHRTYPE, "device"),
            (tarfile.BLKTYPE, "device"),
            (tarfile.FIFOTYPE, "pipe"),
        ],
    )
    def test_links_and_devices(self, kind: bytes, words: str) -> None:
        raw = tar_of([(tar_entry("a"), TEXT), (tar_entry("b", kind, "/etc/passwd"), b""), (tar_entry("c"), OTHER)])
        outcomes = read(raw)
        assert told(outcomes) == [TEXT.decode(), Reason.UNSAFE_MEMBER, OTHER.decode()]
        assert words in details(outcomes)[0]

    @pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
    def test_long_names(self, form: int) -> None:
        name = "тэчка/" * 60 + "x.jsonl"
        outcomes = read(tarred([(name, b"[" * 9), ("b", TEXT)], form))
        assert told(outcomes) == [Reason.BROKEN_JSON, TEXT.decode()]
        assert "тэчка/x.jsonl: " in details(outcomes)[0]

    def test_v7_and_sizes_in_base_256(self) -> None:
        entry = tar_entry("a")
        entry.size = len(TEXT)
        block = bytearray(entry.tobuf(tarfile.USTAR_FORMAT))
        block[124:136] = b"\x80" + len(TEXT).to_bytes(11, "big")
        block[257:265] = bytes(8)
        block[148:156] = b"%06o\0 " % sum(block[:148] + b" " * 8 + block[156:])
        assert told(read(bytes(block) + TEXT.ljust(512, b"\0") + bytes(1024))) == [TEXT.decode()]

    def test_sparse_files_are_no_text(self) -> None:
        entry = tar_entry("b", tarfile.GNUTYPE_SPARSE)
        old = tar_of([(tar_entry("a"), TEXT), (entry, b"x" * 600), (tar_entry("c"), OTHER)], tarfile.GNU_FORMAT)
        new_entry = tar_entry("b")
        new_entry.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.realsize": "9999"}
        new = tar_of([(tar_entry("a"), TEXT), (new_entry, b"x" * 600), (tar_entry("c"), OTHER)])
        for raw in (old, new):
            assert told(read(raw)) == [TEXT.decode(), Reason.BINARY, OTHER.decode()]

    def test_archives_one_behind_the_other(self) -> None:
        assert told(read(tarred([("a", TEXT)]) + tarred([("b", OTHER)]) + b"rubbish")) == [
            TEXT.decode(),
            OTHER.decode(),
        ]

    def test_cut_in_the_middle(self) -> None:
        raw = tarred([("a", TEXT), ("b.jsonl", TWO_LINES * 100), ("c", TEXT)])
        for cut in (1536 + 700, 1536, 1700):
            *before, last = read(raw[:cut])
            assert told(before)[0] == TEXT.decode()
            assert isinstance(last, Rejection)
            assert (last.reason, last.index) == (Reason.BROKEN_ARCHIVE, None)
        packed = read(gzip.compress(raw)[:-100])
        assert packed[-1].index is None

    def test_cut_inside_of_another_archive(self) -> None:
        outcomes = read(zipped([("a.tar", tarred([("b", TEXT), ("c", TEXT)])[:1536]), ("d", OTHER)]))
        assert told(outcomes) == [TEXT.decode(), Reason.BROKEN_ARCHIVE, OTHER.decode()]

    def test_headers_of_any_size_are_not_read(self) -> None:
        for kind in (tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.XGLTYPE):
            raw = tar_of([(tar_entry("a"), TEXT), (tar_entry("x", kind), bytes(3_000_000)), (tar_entry("b"), TEXT)])
            outcomes = read(raw)
            assert told(outcomes) == [TEXT.decode(), Reason.BROKEN_ARCHIVE]
            assert "3000000 bytes" in details(outcomes)[0]

    @pytest.mark.parametrize("data", [b"9 path=b\n", b"99 path=b\n", b"path", b"3 =", b"11 size=-5\n", b"11 size=1_\n"])
    def test_broken_attributes(self, data: bytes) -> None:
        raw = tar_of([(tar_entry("a"), TEXT), (tar_entry("x", tarfile.XHDTYPE), data), (tar_entry("b"), TEXT)])
        assert told(read(raw))[0] == TEXT.decode()


class TestLimits:
    @pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zst"])
    def test_ten_gigabytes_of_nothing(self, kind: str) -> None:
        packed = bomb(kind, 10 * 2**30)
        tracemalloc.start()
        refused = rejection(packed, "x.jsonl")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (refused.reason, refused.index) == (Reason.ARCHIVE_LIMIT, None)
        assert "DROPWIRE_LIMIT_RATIO" in refused.detail
        assert peak < 80 * 2**20

    def test_a_bomb_costs_its_member_only(self) -> None:
        files = [("a", TEXT), ("bomb.jsonl.gz", bomb("gz", 2**30)), ("b", OTHER)]
        for raw in (ARCHIVES["stored zip"](files), tarred(files)):
            outcomes = read(raw)
            assert told(outcomes) == [TEXT.decode(), Reason.ARCHIVE_LIMIT, OTHER.decode()]

    def test_bombs_in_bombs_end_the_drop(self) -> None:
        layer = bytes(20 * 2**20)
        for _ in range(3):
            layer = zipped([(f"{number}.zip", layer) for number in range(16)])
        outcomes = read(layer)
        assert told(outcomes)[-1] is Reason.ARCHIVE_LIMIT
        assert "over all levels" in details(outcomes)[-1]
        assert len(outcomes) < 200

    def test_small_files_pass_whatever_their_ratio(self) -> None:
        text = b"a" * 10 * 2**20
        assert told(read(gzip.compress(text))) == [text.decode()]

    def test_the_size_of_all_levels(self) -> None:
        limits = Limits(max_drop_bytes=100_000)
        files = [(str(number), os.urandom(10_000).hex().encode()) for number in range(20)]
        for raw in (zipped(files), gzip.compress(tarred(files)), zipped([("x.zip", zipped(files))])):
            *items, last = read(raw, limits=limits)
            assert isinstance(last, Rejection)
            assert last.reason in (Reason.TOO_LARGE, Reason.ARCHIVE_LIMIT)
            assert last.index is None
            assert "DROPWIRE_LIMIT_DROP_BYTES" in last.detail
            assert len(items) < 20

    @pytest.mark.parametrize("pack", [zipped, tarred])
    def test_entries(self, pack: Callable[[list[tuple[str, bytes]]], bytes]) -> None:
        raw = pack([("x/", b"")] + [(str(number), TEXT) for number in range(20)])
        assert len(read(raw, limits=Limits(max_entries=21))) == 20
        *items, last = read(raw, limits=Limits(max_entries=11))
        assert len(items) == 10
        assert isinstance(last, Rejection)
        assert (last.reason, last.index) == (Reason.ARCHIVE_LIMIT, None)
        assert "11, DROPWIRE_LIMIT_ENTRIES raises it" in last.detail
        nested = pack([("a", pack([("b", TEXT), ("c", TEXT)])), ("d", TEXT)])
        assert told(read(nested, limits=Limits(max_entries=3))) == [TEXT.decode(), TEXT.decode(), Reason.ARCHIVE_LIMIT]

    def test_depth(self) -> None:
        raw = TEXT
        for depth in range(1, 6):
            raw = zipped([("x", raw), ("y", OTHER)])
            first, *others = told(read(raw))
            assert first == (TEXT.decode() if depth <= 3 else Reason.ARCHIVE_LIMIT)
            assert others == [OTHER.decode()] * min(depth, 3)
        assert "DROPWIRE_LIMIT_DEPTH" in details(read(raw))[0]
        assert rejection(zipped([("a", TEXT)]), limits=Limits(max_depth=0)).reason is Reason.ARCHIVE_LIMIT

    def test_compression_around_an_archive_is_no_level(self) -> None:
        raw = TEXT
        for _ in range(3):
            raw = gzip.compress(tarred([("x", raw)]))
        assert told(read(raw)) == [TEXT.decode()]
        assert rejection(gzip.compress(gzip.compress(gzip.compress(gzip.compress(TEXT))))).index is None

    def test_an_item_in_an_archive_is_bounded(self) -> None:
        raw = zipped([("a", b"a" * 1001), ("b", TEXT)])
        assert told(read(raw, limits=SMALL)) == [Reason.TOO_LARGE, TEXT.decode()]


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    **COMPRESSIONS,
    **{kind: lambda data, pack=pack: pack([("inner", data)]) for kind, pack in ARCHIVES.items()},  # type: ignore[misc]
}
KINDS = st.lists(st.sampled_from(sorted(PACKERS)), min_size=1, max_size=3)
LINES = st.lists(st.text("абвabc ,.", min_size=1).filter(str.strip), min_size=1, max_size=5)


def without_place(outcomes: Outcomes) -> list[Any]:
    return [
        (found.index, found.original, found.encoding) if isinstance(found, Item) else (found.index, found.reason)
        for found in outcomes
    ]


@given(KINDS, LINES)
@settings(max_examples=100, deadline=None)
def test_any_nesting_gives_the_same_items(kinds: list[str], texts: list[str]) -> None:
    raw = b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts)
    packed = raw
    for kind in kinds:
        packed = PACKERS[kind](packed)
    assert without_place(read(packed)) == without_place(read(raw))


SAMPLES = [pack([("a", TEXT), ("b.jsonl", TWO_LINES)]) for pack in ARCHIVES.values()]
SAMPLES += [pack(TWO_LINES) for pack in COMPRESSIONS.values()]
SAMPLES += [zipped([("a.tar.gz", gzip.compress(tarred([("a", TEXT)]))), ("b.zip", zipped([("c", TEXT)]))])]
SAMPLES += [tarred([("a.zip", zipped([("c", TEXT)])), ("я" * 200, TEXT)], tarfile.GNU_FORMAT)]
ENDINGS = st.sampled_from(["x", "x.zip", "x.tar", "x.gz", "x.tar.xz", "x.txt"])


@pytest.mark.parametrize("raw", SAMPLES, ids=range(len(SAMPLES)))
def test_cut_off_anywhere(raw: bytes) -> None:
    for cut in range(0, len(raw), max(1, len(raw) // 400)):
        outcomes = read(raw[:cut], "x.tar")
        assert_sound(outcomes)
        if cut > 20 and raw[cut:].strip(b"\0"):
            assert isinstance(outcomes[-1], Rejection)


@given(st.sampled_from(SAMPLES), ENDINGS, st.data())
@settings(max_examples=500, deadline=None)
def test_changed_anywhere(raw: bytes, name: str, data: st.DataObject) -> None:
    changed = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 5))):
        changed[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    limits = data.draw(st.sampled_from([Limits(), SMALL, Limits(max_entries=1, max_depth=1)]))
    assert_sound(read(bytes(changed), name, limits))


@given(st.lists(st.sampled_from(["text", "blank", "image", "link", "lines", "broken", "junk"]), min_size=1))
@settings(max_examples=100, deadline=None)
def test_every_member_is_accounted_for(kinds: list[str]) -> None:
    contents = {
        "text": TEXT,
        "blank": b"",
        "image": b"\x89PNG\r\n\x1a\n",
        "lines": TWO_LINES,
        "broken": b"\x1f\x8b",
        "link": b"",
    }
    expected = {"text": 1, "blank": 1, "image": 1, "lines": 2, "broken": 1, "link": 1, "junk": 0}
    members = [
        (
            tar_entry(".hidden" if kind == "junk" else f"{number}.{kind}", tarfile.SYMTYPE if kind == "link" else b"0"),
            contents.get(kind, b"x"),
        )
        for number, kind in enumerate(kinds)
    ]
    outcomes = read(tar_of(members))
    assert_sound(outcomes)
    assert len(outcomes) == (sum(expected[kind] for kind in kinds) or 1)
