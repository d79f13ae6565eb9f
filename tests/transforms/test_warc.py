"""Web archives: which records are articles, what a crawler did to their bodies, and archives that are broken."""

import gzip
import io
import json
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders  # type: ignore[import-untyped]
from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped]

from tests.transforms.test_readers import assert_sound, read, rejection
from transforms.document import Item, Reason, Rejection
from transforms.readers import Limits
from transforms.readers.http_message import Response, parse_headers, parse_response, payload

PAGE = "<html><head><title>Навіны</title></head><body><p>Сёння ў Мінску сонечна.</p></body></html>"
URL = "https://www.a.by/навіны?id=1"


def http(body: bytes, kind: str = "text/html; charset=utf-8", status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def record(block: bytes, kind: str = "response", url: str = URL, length: object = None, **headers: str) -> bytes:
    lines = ["WARC/1.0", f"WARC-Type: {kind}", f"WARC-Target-URI: {url}", "WARC-Date: 2019-11-18T10:00:00Z"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(block) if length is None else length}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def page(text: str, length: object = None, **headers: str) -> bytes:
    return record(http(f"<html><body><p>{text}</p></body></html>".encode()), length=length, **headers)


def texts(outcomes: list[Item | Rejection]) -> list[object]:
    return [found.original if isinstance(found, Item) else found.reason for found in outcomes]


class TestRecords:
    def test_a_page(self) -> None:
        info = record(b"software: x\r\n", "warcinfo", Content_Type="application/warc-fields")
        (found,) = read(info + record(http(PAGE.encode())))
        assert isinstance(found, Item)
        assert (found.original, found.title, found.source) == ("Сёння ў Мінску сонечна.", "Навіны", "a.by")
        assert (found.url, found.published_raw, found.html) == (URL, None, PAGE)

    # The writer leaves its temporary files open.
    @pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
    @pytest.mark.parametrize("gzipped", [True, False])
    @pytest.mark.parametrize("version", ["1.0", "1.1"])
    def test_what_warcio_writes(self, gzipped: bool, version: str) -> None:
        file = io.BytesIO()
        writer = WARCWriter(file, gzip=gzipped, warc_version=version)
        writer.write_record(writer.create_warcinfo_record("x.warc.gz", {"software": "x"}))
        for number in range(300):
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            body = io.BytesIO(f"<html><body><p>Page {number}".encode())
            kept = writer.create_warc_record(f"https://a.by/{number}", "response", payload=body, http_headers=headers)
            asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", "a.by")], is_http_request=True)
            request = writer.create_warc_record(f"https://a.by/{number}", "request", http_headers=asked)
            writer.write_request_response_pair(request, kept)
        found = read(file.getvalue(), "x.warc.gz")
        assert texts(found) == [f"Page {number}" for number in range(300)]
        assert_sound(found)

    @pytest.mark.parametrize(
        "other",
        [
            record(b"GET / HTTP/1.1\r\n\r\n", "request"),
            record(http(b""), "revisit"),
            record(b"fetchTimeMs: 1", "metadata"),
            record(b"a.by. 300 IN A 1.2.3.4", url="dns:a.by", Content_Type="text/dns"),
            record(http(PAGE.encode(), status="404 Not Found")),
            record(http(b"", status="301 Moved", Location="/x")),
            record(http(b"\x89PNG\r\n\x1a\n\0\0", "image/png")),
            record(http(b"\x89PNG\r\n\x1a\n\0\0", "text/html")),
            record(http(b"var a;", "application/javascript")),
            record(http(b"p {}", "text/css")),
            record(http(b"User-agent: *", "text/plain"), url="https://a.by/robots.txt"),
            record(http(b'{"status": "ok", "url": "https://a.by"}', "application/json")),
            record(http(b'{"text": "Hello"}', "application/json")),
            record(http(b"<urlset><url><loc>x</loc></url></urlset>", "application/xml")),
            record(http(b"<rss><channel/></rss>", "application/rss+xml")),
            record(http(b" \r\n")),
        ],
    )
    def test_what_is_no_article_leaves_no_trace(self, other: bytes) -> None:
        assert texts(read(other + page("a") + other)) == ["a"]
        refused = rejection(other)
        assert (refused.reason, refused.index) == (Reason.EMPTY, None)

    def test_other_kinds_of_records(self) -> None:
        wet = record("Звычайны тэкст\n[не JSON]".encode(), "conversion", Content_Type="text/plain",
                     WARC_Identified_Content_Language="bel")  # fmt: skip
        both = record(b"Two languages", "conversion", "<https://a.by/2>", Content_Type="text/plain",
                      WARC_Identified_Content_Language="bel,rus")  # fmt: skip
        kept = record(PAGE.encode(), "resource", "urn:x:y", Content_Type="text/html")
        outcomes = read(wet + both + kept)
        assert texts(outcomes) == ["Звычайны тэкст\n[не JSON]", "Two languages", "Сёння ў Мінску сонечна."]
        first, second, third = (found for found in outcomes if isinstance(found, Item))
        assert (first.declared_language, first.url, first.html) == ("bel", URL, None)
        assert (second.declared_language, second.url) == (None, "https://a.by/2")
        assert (third.url, third.source) == (None, "fallback")

    def test_feeds_and_json_are_read_by_their_own_readers(self) -> None:
        rss = b"<rss><channel><item><link>https://b.by/1</link><description>One</description></item>"
        rss += b"<item><description>Two</description></item><item><title>No text</title></item></channel></rss>"
        articles = json.dumps({"items": [{"title": "T", "text": "Three"}, {"title": "T", "text": "Four"}]}).encode()
        outcomes = read(
            record(http(rss, "application/rss+xml")) + record(http(articles, "application/json")) + page("Five")
        )
        assert texts(outcomes) == ["One", "Two", Reason.MISSING_TEXT, "Three", "Four", "Five"]
        assert [found.source for found in outcomes if isinstance(found, Item)] == ["b.by", *4 * ["a.by"]]
        assert_sound(outcomes)

    @pytest.mark.parametrize(
        "line", ["1.2.3.4 20001118100000 text/html {}", "0.0.0.0 20001118100000 text/html 200 - - 5 x.arc {}"]
    )
    def test_old_archives(self, line: str) -> None:
        def old(url: str, block: bytes) -> bytes:
            return f"{url} {line.format(len(block))}\n".encode() + block + b"\n"

        raw = old("filedesc://x.arc", b"1 0 Archive\nURL IP-address Archive-date Content-type Archive-length\n")
        raw += old("dns:a.by", b"1.2.3.4") + old("http://a.by/1", http(PAGE.encode()))
        raw += old("http://a.by/2", b"<html>b")
        assert texts(read(raw)) == ["Сёння ў Мінску сонечна.", "b"]
        assert texts(read(gzip.compress(raw), "x.arc.gz")) == ["Сёння ў Мінску сонечна.", "b"]


class TestBodies:
    @pytest.mark.parametrize("charset", ["windows-1251", "koi8-u", "utf-16", "utf-8"])
    def test_the_charset_of_the_header_is_believed(self, charset: str) -> None:
        text = "Президент зустрівся з освітянами у Львові."
        (found,) = read(record(http(f"<html><body>{text}".encode(charset), f"text/html; charset={charset}")))
        assert texts([found]) == [text]

    @pytest.mark.parametrize(
        ("coding", "body"),
        [
            ("gzip", gzip.compress(PAGE.encode())),
            ("x-gzip", gzip.compress(PAGE.encode()) + b"\0\0"),
            ("gzip", gzip.compress(PAGE[:40].encode()) + gzip.compress(PAGE[40:].encode())),
            ("deflate", zlib.compress(PAGE.encode())),
            ("deflate", zlib.compress(PAGE.encode())[2:-4]),
            ("zstd", zstandard.compress(PAGE.encode())),
            ("zstd", zstandard.compress(PAGE[:40].encode()) + zstandard.compress(PAGE[40:].encode())),
            ("deflate, gzip", gzip.compress(zlib.compress(PAGE.encode()))),
            ("identity", PAGE.encode()),
            # Some crawlers unpack the body and keep the header.
            *((coding, PAGE.encode()) for coding in ("gzip", "deflate", "br", "zstd")),
        ],
    )
    @pytest.mark.parametrize("chunked", ["no", "yes", "taken off"])
    def test_codings(self, coding: str, body: bytes, chunked: str) -> None:
        headers = {"Content_Encoding": coding}
        if chunked != "no":
            headers["Transfer_Encoding"] = "chunked"
        if chunked == "yes":
            body = b"".join(b"%x;x=y\r\n%s\r\n" % (len(part), part) for part in (body[:50], body[50:])) + b"0\r\n\r\n"
        assert texts(read(record(http(body, **headers)))) == ["Сёння ў Мінску сонечна."]

    @pytest.mark.parametrize(
        ("coding", "body", "reason"),
        [
            ("gzip", gzip.compress(PAGE.encode())[:-20], Reason.BROKEN_ARCHIVE),
            ("gzip", gzip.compress(PAGE.encode())[:30] + b"rubbish" * 20, Reason.BROKEN_ARCHIVE),
            ("deflate", zlib.compress(PAGE.encode())[:-20], Reason.BROKEN_ARCHIVE),
            ("deflate", b"\xff\xff\xff", Reason.BROKEN_ARCHIVE),
            ("zstd", zstandard.compress(PAGE.encode())[:-20], Reason.BROKEN_ARCHIVE),
            ("compress", b"\x1f\x9d\x90", Reason.UNDECODABLE),
            ("gzip", gzip.compress(b"a" * 10_000_000), Reason.TOO_LARGE),
            ("deflate", zlib.compress(b"a" * 10_000_000), Reason.TOO_LARGE),
            ("zstd", zstandard.compress(b"a" * 10_000_000), Reason.TOO_LARGE),
        ],
    )
    def test_broken_and_bombs(self, coding: str, body: bytes, reason: Reason) -> None:
        raw = record(http(body, Content_Encoding=coding)) + page("after")
        outcomes = read(raw, limits=Limits(max_item_bytes=1_000_000))
        assert texts(outcomes) == [reason, "after"]
        assert_sound(outcomes)

    def test_broken_chunks(self) -> None:
        raw = record(http(b"5\r\n<html\r\nff\r\n>", Transfer_Encoding="chunked")) + page("after")
        assert texts(read(raw)) == [Reason.BROKEN_FORMAT, "after"]

    def test_brotli_is_unpacked(self) -> None:
        for body, expected in (
            (brotli.compress(PAGE.encode()), "Сёння ў Мінску сонечна."),
            (brotli.compress(PAGE.encode())[:-5], Reason.BROKEN_ARCHIVE),
            (b"\xff" * 50, Reason.BROKEN_ARCHIVE),
            (brotli.compress(b"a" * 50_000_000), Reason.TOO_LARGE),
        ):
            assert texts(read(record(http(body, Content_Encoding="br")))) == [expected]

    @given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "zstd", "br", "x", ""]), st.booleans())
    @settings(max_examples=300, deadline=None)
    def test_any_body(self, body: bytes, coding: str, chunked: bool) -> None:
        headers = {"Content_Encoding": coding} | ({"Transfer_Encoding": "chunked"} if chunked else {})
        assert_sound(read(record(http(body, **headers)) + page("after")))

    @given(st.binary(max_size=200))
    def test_any_message(self, raw: bytes) -> None:
        response = parse_response(b"HTTP/1.1 200 OK\r\n" + raw)
        assert response is not None
        assert raw.endswith(response.body)
        assert all(name == name.lower() for name in parse_headers(raw))

    def test_headers(self) -> None:
        assert parse_headers(b"A: 1\r\nB:2\r\n 3\r\nnone\r\na: 4") == {"a": "1", "b": "2 3"}
        assert parse_response(b"ICY 200 OK\r\n\r\n") is None
        assert payload(Response(200, {}, b"x"), 10) == b"x"


class TestDamage:
    @pytest.mark.parametrize(
        ("bad", "expected"),
        [
            (page("b", length=10), [Reason.BROKEN_FORMAT]),
            (page("b", length=-5), [Reason.BROKEN_FORMAT]),
            (page("b", length="many"), [Reason.BROKEN_FORMAT]),
            (page("b").replace(b"Content-Length", b"X"), [Reason.BROKEN_FORMAT]),
            (page("b") + b"garbage\r\nmore\r\n", ["b", Reason.BROKEN_FORMAT]),
            (page("b") + bytes(range(256)) * 1000 + b"\r\n", ["b", Reason.BROKEN_FORMAT]),
            (b"WARC/1.0\r\nX: " + b"x" * 300_000 + b"\r\n\r\n", [Reason.BROKEN_FORMAT]),
            (record(b"\x89PNG" * 20, length=30), [Reason.BROKEN_FORMAT]),
            (page("b", WARC_Truncated="length"), [Reason.BROKEN_FORMAT]),
            (page("b", WARC_Segment_Number="1"), [Reason.BROKEN_FORMAT]),
            (record(http("я".encode()[:1] + "Мінск ".encode() * 30)), [Reason.UNDECODABLE]),
            (record(http(b"\0\1\2\3" * 50)), [Reason.BINARY]),
            (record(http(b"<html><script>x</script></html>")), [Reason.EMPTY]),
            (page("b" * 30_000), [Reason.TOO_LARGE]),
        ],
    )
    def test_it_costs_no_other_record(self, bad: bytes, expected: list[object]) -> None:
        outcomes = read(page("a") + bad + page("c"), limits=Limits(max_item_bytes=20_000))
        assert texts(outcomes) == ["a", *expected, "c"]
        assert_sound(outcomes)

    @pytest.mark.parametrize("more", [5, 10, 100, 300, 500])
    def test_a_record_that_takes_in_the_next_ones(self, more: int) -> None:
        whole = page("b")
        length = int(whole.split(b"Content-Length: ")[1].split(b"\r")[0])
        outcomes = read(page("a") + page("b", length=length + more) + page("c") + page("d") + page("e"))
        assert texts(outcomes) == ["a", Reason.BROKEN_FORMAT, "c", "d", "e"]
        assert texts(read(page("b", length=length + 4) + page("c"))) == ["b", "c"]

    @pytest.mark.parametrize("length", [10**9, 10**17, 10**30])
    def test_a_length_beyond_the_end(self, length: int) -> None:
        outcomes = read(page("a") + page("b", length=length))
        assert texts(outcomes) == ["a", Reason.BROKEN_FORMAT]

    def test_a_drop_that_is_cut_off(self) -> None:
        raw = page("a") + page("b")
        ends_well = {len(page("a")) + end for end in range(5)} | {len(raw) - end for end in range(5)}
        for end in range(len(page("a")) - 4, len(raw), 3):
            outcomes = read(raw[:end])
            assert texts(outcomes)[0] == "a"
            assert_sound(outcomes)
            assert len(outcomes) == 2 or end in ends_well or end <= len(page("a"))

    def test_whole_records_before_the_end_of_a_broken_packing_are_kept(self) -> None:
        packed = b"".join(gzip.compress(page(text)) for text in "abc")
        # Without its last bytes, which are a checksum, the third is all there.
        for cut, more in ((8, ["c"]), (30, []), (len(gzip.compress(page("c"))) - 1, [])):
            outcomes = read(packed[:-cut])
            assert texts(outcomes) == ["a", "b", *more, Reason.BROKEN_ARCHIVE]
            assert outcomes[-1].index is None

    def test_blank_lines_may_lack(self) -> None:
        raw = b"\r\n".join(part.rstrip() for part in (page("a"), page("b"), page("c")))
        assert texts(read(raw)) == ["a", "b", "c"]
        unix = record(b"<html>a", "resource", Content_Type="text/html").replace(b"\r\n", b"\n")
        assert texts(read(unix + unix)) == ["a", "a"]

    @given(st.integers(0, 2000), st.binary(max_size=20), st.integers(0, 50))
    @settings(max_examples=300, deadline=None)
    def test_any_damage(self, position: int, damage: bytes, lost: int) -> None:
        raw = b"".join(page(text) for text in "abcdef")
        # What begins like something else is something else.
        position = 50 + position % (len(raw) - 50)
        outcomes = read(raw[:position] + damage + raw[position + lost :], "x.warc")
        assert_sound(outcomes)
        # One record is hit, or two; the others are read.
        assert sum(isinstance(found, Item) for found in outcomes) >= 4
