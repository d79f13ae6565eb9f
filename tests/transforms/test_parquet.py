"""Parquet: what its types become, which columns are read, and files that lie about themselves."""

import base64
import contextlib
import datetime
import decimal
import io
import random
import subprocess
import sys
from collections.abc import Sequence

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow.parquet import encryption

from tests.transforms.test_readers import assert_sound, read, rejection
from transforms.document import Item, Reason, Rejection
from transforms.readers import FieldMapping, Limits, read_items
from transforms.readers.drop import RefusedDropError
from transforms.readers.parquet_pages import Pages, survey

CODECS = ("none", "snappy", "gzip", "brotli", "lz4", "zstd")
DATE = datetime.datetime(2019, 11, 18, 10, 0, 0, 123456)  # noqa: DTZ001 (a time without a zone, as files have it)


def parquet(columns: dict[str, object], **options: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, **options)
    return file.getvalue()


def texts(outcomes: Sequence[Item | Rejection]) -> list[object]:
    return [found.original if isinstance(found, Item) else found.reason for found in outcomes]


def one(columns: dict[str, object]) -> Item:
    (found,) = read(parquet(columns))
    assert isinstance(found, Item), found
    return found


class TestRows:
    @pytest.mark.parametrize("codec", CODECS)
    @pytest.mark.parametrize("pages", ["1.0", "2.0"])
    @pytest.mark.parametrize("dictionary", [True, False])
    def test_every_codec(self, codec: str, pages: str, dictionary: bool) -> None:
        columns = {"text": [f"Тэкст {number}" for number in range(100)], "n": list(range(100))}
        raw = parquet(columns, compression=codec, data_page_version=pages, use_dictionary=dictionary, row_group_size=30)
        outcomes = read(raw, "x.bin")
        assert texts(outcomes) == columns["text"]
        assert_sound(outcomes)

    @pytest.mark.parametrize("encoding", ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY", "PLAIN"])
    def test_every_encoding(self, encoding: str) -> None:
        lines = [f"{'common beginning ' * 10}{number}" for number in range(500)]
        raw = parquet({"text": lines}, use_dictionary=False, column_encoding={"text": encoding})
        assert texts(read(raw)) == lines

    def test_every_field(self) -> None:
        found = one(
            {
                "Text": ["Тэкст"],
                "URL": ["https://www.a.by/1"],
                "Title": ["Загаловак"],
                "Published At": pa.array([DATE], pa.timestamp("us", "Europe/Minsk")),
                "lang": ["be"],
                "authors": [["А. Б.", "В. Г."]],
                "id": [17],
                "unread": [b"\xff"],
            }
        )
        assert (found.original, found.title, found.url, found.source) == (
            "Тэкст",
            "Загаловак",
            "https://www.a.by/1",
            "a.by",
        )
        assert found.published_raw == "2019-11-18T10:00:00.123456+00:00"
        assert (found.declared_language, found.authors, found.given_id) == ("be", ("А. Б.", "В. Г."), 17)
        assert (found.encoding.name, found.encoding.evidence) == ("utf-8", "given")

    @pytest.mark.parametrize(
        ("column", "expected"),
        [
            (pa.array([DATE], pa.timestamp("us")), "2019-11-18T10:00:00.123456"),
            (pa.array([DATE], pa.timestamp("ms")), "2019-11-18T10:00:00.123000"),
            (pa.array([1574071200123456789], pa.timestamp("ns")), "2019-11-18T10:00:00.123456"),
            (pa.array([1574071200], pa.timestamp("s", "UTC")), "2019-11-18T10:00:00+00:00"),
            (pa.array([2**62], pa.timestamp("us")), str(2**62)),
            (pa.array([DATE.date()]), "2019-11-18"),
            (pa.array([2**31 - 1], pa.date32()), None),
            (pa.array([1574071200]), "1574071200"),
            (pa.array([decimal.Decimal("2019.50")]), "2019.50"),
            (pa.array(["2019"]).dictionary_encode(), "2019"),
            (pa.array(["2019"], pa.large_string()), "2019"),
            (pa.array([b"2019"]), "2019"),
            (pa.array([None], pa.string()), None),
            (pa.array([None]), None),
        ],
    )
    def test_times(self, column: object, expected: str | None) -> None:
        (found,) = read(parquet({"text": ["a"], "date": column}))
        if isinstance(found, Item):
            assert found.published_raw == expected
        else:
            assert expected is None
            assert found.reason is Reason.BROKEN_FORMAT

    def test_old_times(self) -> None:
        raw = parquet({"text": ["a"], "date": [DATE]}, use_deprecated_int96_timestamps=True)
        (found,) = read(raw)
        assert isinstance(found, Item)
        assert found.published_raw == "2019-11-18T10:00:00.123456"

    def test_bytes_that_are_text(self) -> None:
        text = "Президент України зустрівся з освітянами у Львові."
        page = f"<html><head><meta charset=koi8-u></head><body>{text}</body></html>".encode("koi8-u")
        for columns in ({"text": [text.encode("cp1251")]}, {"text": [text.encode()]}, {"html": [page]}):
            assert one(dict(columns)).original == text
        assert one({"text": [text.encode("cp1251")]}).encoding.name == "cp1251"
        # A string that is no UTF-8, which the format does not check.
        broken = pa.array([text.encode("cp1251")]).view(pa.string())
        assert one({"text": broken}).original == text

    def test_a_bad_row_costs_no_other(self) -> None:
        columns = {"text": [b"a", None, b" ", b"\x89PNG\r\n\x1a\n", b"x" * 2000, b"b"], "title": [b"t"] * 6}
        outcomes = read(parquet(dict(columns)), limits=Limits(max_item_bytes=1000))
        assert texts(outcomes) == ["a", Reason.MISSING_TEXT, Reason.EMPTY, Reason.BINARY, Reason.TOO_LARGE, "b"]
        assert_sound(outcomes)

    def test_values_of_a_wrong_type(self) -> None:
        assert texts(read(parquet({"text": [1]}))) == [Reason.MISSING_TEXT]
        assert texts(read(parquet({"text": ["a"], "url": [[1]]}))) == [Reason.MISSING_TEXT]
        assert texts(read(parquet({"text": ["a"], "created": [{"x": 1}], "article": [5.5]}))) == ["a"]

    def test_structs(self) -> None:
        raw = parquet({"data": [{"body": "a", "by": [{"name": "A. B."}]}], "other": [1]})
        fields = FieldMapping.of({"text": ["data.body"], "authors": ["data.by"]})
        (found,) = read_items(io.BytesIO(raw), drop_id="d", name="x", source="s", fields=fields)
        assert isinstance(found, Item)
        assert (found.original, found.authors) == ("a", ("A. B.",))
        raw = parquet({"data.body": ["b"], "text": ["no"]})
        (found,) = read_items(io.BytesIO(raw), drop_id="d", name="x", source="s", fields=fields)
        assert texts([found]) == ["b"]

    def test_files_without_articles(self) -> None:
        refused = rejection(parquet({"name": ["a"], "price": [1]}))
        assert (refused.reason, refused.index) == (Reason.MISSING_TEXT, None)
        assert "name, price" in refused.detail
        assert rejection(parquet({"text": pa.array([], pa.string())})).reason is Reason.EMPTY
        assert rejection(parquet({})).reason is Reason.MISSING_TEXT


class Kms(encryption.KmsClient):  # type: ignore[misc]
    """Wraps keys in base64, which is enough to make a file that says it is encrypted."""

    def __init__(self, configuration: object) -> None:
        super().__init__()

    def wrap_key(self, key: bytes, master: str) -> bytes:
        return base64.b64encode(key)

    def unwrap_key(self, key: bytes, master: str) -> bytes:
        return base64.b64decode(key)


def encrypted(*, plaintext_footer: bool) -> bytes:
    table = pa.table({"text": ["a"], "title": ["t"]})
    factory = encryption.CryptoFactory(Kms)
    configuration = encryption.EncryptionConfiguration(
        footer_key="f", column_keys={"k": ["text"]}, plaintext_footer=plaintext_footer
    )
    properties = factory.file_encryption_properties(encryption.KmsConnectionConfig(), configuration)
    file = io.BytesIO()
    with pq.ParquetWriter(file, table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
    return file.getvalue()


class TestDamage:
    RAW = parquet({"text": [f"Text {number}" for number in range(200)], "id": list(range(200))}, row_group_size=50)

    @pytest.mark.parametrize(
        "damaged",
        [
            RAW[:-10],
            RAW[:-1],
            RAW[: len(RAW) // 2],
            b"PAR1",
            b"PAR1" + bytes(100) + b"PAR1",
            RAW[:-4] + b"XXXX",
            RAW[:-8] + b"\xff\xff\xff\x7fPAR1",
            RAW[:-8] + b"\1\0\0\0PAR1",
            RAW[:4] + bytes(500) + RAW[504:],
            RAW[:4] + RAW[400:],
        ],
    )
    def test_files_that_lie(self, damaged: bytes) -> None:
        outcomes = read(damaged)
        assert_sound(outcomes)
        assert isinstance(outcomes[-1], Rejection)
        assert (outcomes[-1].reason, outcomes[-1].index) == (Reason.BROKEN_FORMAT, None)

    def test_rows_before_the_break_are_kept(self) -> None:
        last = pq.ParquetFile(io.BytesIO(self.RAW)).metadata.row_group(3).column(0).data_page_offset
        damaged = self.RAW[:last] + bytes(40) + self.RAW[last + 40 :]
        *items, refused = read(damaged)
        assert texts(items) == [f"Text {number}" for number in range(150)]
        assert isinstance(refused, Rejection)
        assert "150 items were read before" in refused.detail

    @pytest.mark.parametrize("plaintext_footer", [True, False])
    def test_encrypted(self, plaintext_footer: bool) -> None:
        assert rejection(encrypted(plaintext_footer=plaintext_footer)).reason is Reason.ENCRYPTED

    def test_a_page_that_unpacks_to_too_much(self) -> None:
        raw = parquet({"text": ["a" * 200_000_000]}, compression="zstd", use_dictionary=False)
        assert len(raw) < 100_000
        refused = rejection(raw)
        assert refused.reason is Reason.TOO_LARGE
        assert "`text`" in refused.detail

    @pytest.mark.parametrize("encoding", [None, {"text": "DELTA_BYTE_ARRAY"}])
    def test_values_that_repeat_are_read_few_at_a_time(
        self, encoding: dict[str, str] | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[int] = []
        iter_batches = pq.ParquetFile.iter_batches

        def watched(self: object, rows: int, **options: object) -> object:
            asked.append(rows)
            return iter_batches(self, rows, **options)

        monkeypatch.setattr(pq.ParquetFile, "iter_batches", watched)
        raw = parquet({"text": ["a" * 4_000_000] * 50}, use_dictionary=encoding is None, column_encoding=encoding)
        assert len(raw) < 10_000_000
        assert len(read(raw)) == 50
        assert max(asked) <= 4

    def test_all_that_is_unpacked_is_bounded(self) -> None:
        raw = parquet({"text": ["a" * 100_000] * 1000})
        *items, last = read(raw, limits=Limits(max_drop_bytes=40_000_000))
        assert 0 < len(items) < 600
        assert isinstance(last, Rejection)
        assert last.reason is Reason.TOO_LARGE

    def test_an_error_of_the_file_itself_passes_through(self) -> None:
        class Failing(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                if self.tell() > 100 and size != 8:
                    raise OSError("the disk is gone")
                return super().read(size)

        with pytest.raises(OSError, match="disk is gone"):
            list(read_items(Failing(self.RAW), drop_id="d", name="x", source="s"))

    @given(st.integers(0, 2**32))
    @settings(max_examples=150, deadline=None)
    def test_any_damage(self, seed: int) -> None:
        rng = random.Random(seed)
        damaged = bytearray(self.RAW)
        for _ in range(rng.randrange(1, 8)):
            damaged[rng.randrange(4, len(damaged))] = rng.randrange(256)
        assert_sound(read(bytes(damaged)))


class TestPages:
    def test_of_a_whole_file(self) -> None:
        text = [f"{number:0100}" for number in range(50_000)]
        raw = parquet({"text": text}, use_dictionary=False, compression="none", data_page_size=100_000)
        chunk = pq.ParquetFile(io.BytesIO(raw)).metadata.row_group(0).column(0)
        pages = survey(io.BytesIO(raw), chunk.data_page_offset, chunk.total_compressed_size)
        assert 100_000 <= pages.largest < 250_000
        assert 104 <= pages.row <= 106

    @given(st.binary(max_size=300))
    @settings(max_examples=300, deadline=None)
    def test_any_bytes(self, raw: bytes) -> None:
        pages = Pages(0, 0)
        with contextlib.suppress(RefusedDropError):
            pages = survey(io.BytesIO(raw), 0, len(raw))
        assert 0 <= pages.row <= pages.largest

    @pytest.mark.parametrize(
        "raw", [b"\x1c" * 100_000, b"\x19" * 5000, b"\x18\xff\xff\xff\xff\x0f", b"\x15" + b"\xff" * 50]
    )
    def test_bombs(self, raw: bytes) -> None:
        with pytest.raises(RefusedDropError):
            survey(io.BytesIO(raw), 0, len(raw))


def test_the_library_is_loaded_for_parquet_only() -> None:
    code = "import sys, transforms.readers; print('pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
