"""Bytes to items: how formats are told apart, what each reader makes of its content, and what it rejects."""

import gzip
import io
import json
from collections.abc import Iterator
from typing import BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.decode import is_blank
from transforms.document import Item, Reason, Rejection, Step
from transforms.readers import Limits, read_items, reader_for
from transforms.readers.html import read_page
from transforms.readers.html_metadata import source_of

SMALL = Limits(max_item_bytes=1000, max_drop_bytes=5000)


def read(raw: bytes, name: str = "drop", limits: Limits | None = None) -> list[Item | Rejection]:
    stream = io.BytesIO(raw)
    return list(read_items(stream, drop_id="d", name=name, source="fallback", limits=limits or Limits()))


def item(raw: bytes, name: str = "drop") -> Item:
    (outcome,) = read(raw, name)
    assert isinstance(outcome, Item), outcome
    return outcome


def rejection(raw: bytes, name: str = "drop", limits: Limits | None = None) -> Rejection:
    (outcome,) = read(raw, name, limits)
    assert isinstance(outcome, Rejection), outcome
    return outcome


def line(**fields: object) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def page(body: str = "<p>Text</p>", head: str = "") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


def visible(body: str) -> str:
    return read_page(f"<html><body>{body}").text


class TestFormat:
    @pytest.mark.parametrize(
        ("head", "name", "expected"),
        [
            (b"Just text", "x.txt", "text"),
            (b"Just text", "x", "text"),
            (b"<!DOCTYPE html><p>", "x.txt", "html"),
            (b"\xef\xbb\xbf \n<!-- a --> <!-- b --><HTML lang=be>", "x", "html"),
            (b'<?xml version="1.0"?>\n<html xmlns="x">', "x", "html"),
            ("<html>".encode("utf-16"), "x", "html"),
            ("<html><body>".encode("utf-16-le"), "x", "html"),
            (b"<script>var a;</script><html><body>", "x", "html"),
            (b"<p>A fragment", "x.html", "html"),
            (b"<p>A fragment", "x.txt", "text"),
            (b"<rss><title>Feed</title></rss>", "x.xml", "feed"),
            (b"<htmlish>", "x", "text"),
            (b'{"text": "a"}\n{"text": "b"}', "x.txt", "jsonl"),
            (b'\n  \n{"text": "a"}', "x", "jsonl"),
            (b'{"text": "' + b"a" * 70_000, "x", "jsonl"),
            (b'{\n  "text": "a"\n}', "x.json", "json"),
            (b"{ in braces } and so on", "x", "text"),
            (b'{"quoted"} and so on', "x", "text"),
            (b"[1, 2]", "x", "text"),
            (b"anything", "x.jsonl", "jsonl"),
            (b"anything", "X.NDJSON.GZ", "jsonl"),
            (b"<html>", "x.jsonl", "html"),
        ],
    )
    def test_content_first_then_name(self, head: bytes, name: str, expected: str) -> None:
        assert reader_for(head, name).format == expected


class TestText:
    def test_the_whole_drop_is_one_item(self) -> None:
        found = item("Першы радок\r\n\r\nдругі".encode("cp1251"), "x.txt")
        assert found.original == "Першы радок\n\nдругі"
        assert (found.drop_id, found.index, found.source) == ("d", 0, "fallback")
        assert found.encoding.name == "cp1251"
        assert found.html is None

    def test_rejections_concern_the_whole_drop(self) -> None:
        empty = rejection(b" \n")
        assert (empty.reason, empty.step, empty.index) == (Reason.EMPTY, Step.READ, None)
        binary = rejection(b"\x89PNG\r\n\x1a\n")
        assert (binary.reason, binary.step) == (Reason.BINARY, Step.DECODE)
        broken = rejection("Мінск".encode()[:-1])
        assert (broken.reason, broken.step) == (Reason.UNDECODABLE, Step.DECODE)
        assert broken.excerpt.startswith("Мінс")

    def test_too_large(self) -> None:
        assert rejection(b"a" * 1001, limits=SMALL).reason is Reason.TOO_LARGE
        assert isinstance(read(b"a" * 1000, limits=SMALL)[0], Item)


class TestGzip:
    @pytest.mark.parametrize("raw", [b"Some text", page(), line(text="a")])
    def test_any_format(self, raw: bytes) -> None:
        assert read(gzip.compress(raw)) == read(raw)

    def test_members_one_after_the_other(self) -> None:
        raw = gzip.compress(line(text="a")) + gzip.compress(line(text="b"))
        assert [cast("Item", found).original for found in read(raw)] == ["a", "b"]

    def test_items_before_the_break_are_kept(self) -> None:
        lines = [line(text=f"{number} " + "x" * number) for number in range(5000)]
        *items, last = read(gzip.compress(b"".join(lines))[:-200])
        assert len(items) > 1000
        assert [cast("Item", found).index for found in items] == list(range(len(items)))
        assert isinstance(last, Rejection)
        assert (last.reason, last.index) == (Reason.BROKEN_ARCHIVE, None)
        assert f"{len(items)} items were read before" in last.detail

    @pytest.mark.parametrize("raw", [b"\x1f\x8b", b"\x1f\x8brubbish", gzip.compress(b"text")[:-1]])
    def test_broken(self, raw: bytes) -> None:
        assert rejection(raw).reason is Reason.BROKEN_ARCHIVE

    def test_corrupt_checksum(self) -> None:
        raw = bytearray(gzip.compress(line(text="a") * 20_000))
        raw[-6] ^= 0xFF
        first, *_, last = read(bytes(raw))
        assert isinstance(first, Item)
        assert cast("Rejection", last).reason is Reason.BROKEN_ARCHIVE

    def test_a_bomb_is_not_unpacked(self) -> None:
        bomb = gzip.compress(b"\n" * 50_000_000)
        refused = rejection(bomb, "x.jsonl", SMALL)
        assert refused.reason is Reason.TOO_LARGE
        assert "5000" in refused.detail


class TestStream:
    class Trickling(io.RawIOBase):
        """Gives one byte at a time, as a slow network does."""

        def __init__(self, raw: bytes) -> None:
            self.raw = io.BytesIO(raw)

        def read(self, size: int = -1) -> bytes:
            return self.raw.read(1)

    class Failing(Trickling):
        def read(self, size: int = -1) -> bytes:
            byte = self.raw.read(1)
            if not byte:
                raise OSError("the disk is gone")
            return byte

    def read(self, stream: object) -> Iterator[Item | Rejection]:
        return read_items(cast("BinaryIO", stream), drop_id="d", name="-.jsonl", source="stdin")

    @pytest.mark.parametrize("pack", [bytes, gzip.compress])
    def test_short_reads(self, pack: type[bytes]) -> None:
        found = list(self.read(self.Trickling(pack(line(text="a") + line(text="b")))))
        assert [cast("Item", each).original for each in found] == ["a", "b"]

    @pytest.mark.parametrize("pack", [bytes, gzip.compress])
    def test_an_error_of_the_stream_itself_passes_through(self, pack: type[bytes]) -> None:
        with pytest.raises(OSError, match="disk is gone"):
            list(self.read(self.Failing(pack(line(text="a"))[:-3])))


class TestJsonLines:
    def test_every_field(self) -> None:
        found = item(
            line(
                id=17,
                text="Text\r\nmore",
                source="agency",
                url=" https://www.example.by/a ",
                title=" A\ntitle ",
                published="2019-11-18",
                authors=["A. B.", {"name": "C. D."}, "A. B."],
                language="be",
                unknown={"is": "ignored"},
            )
        )
        assert found.original == "Text\nmore"
        assert (found.source, found.url, found.title) == ("agency", "https://www.example.by/a", "A title")
        assert (found.published_raw, found.authors) == ("2019-11-18", ("A. B.", "C. D."))
        assert (found.declared_language, found.given_id) == ("be", 17)
        assert found.encoding.evidence == "given"

    @pytest.mark.parametrize(
        ("fields", "attribute", "expected"),
        [
            ({"body": "b"}, "original", "b"),
            ({"content": "c"}, "original", "c"),
            ({"text": "t", "content": "c"}, "original", "t"),
            ({"text": "t", "html": "<html><p>h"}, "original", "t"),
            ({"text": "t", "html": "<html><title>h</title>"}, "title", "h"),
            ({"text": "t", "html": "<html><title>h</title>"}, "html", None),
            ({"content": "<p>a</p><p>b</p>"}, "original", "a\nb"),
            ({"text": "<p>a</p><p>b</p>"}, "original", "<p>a</p><p>b</p>"),
            ({"text": "t", "link": "http://www.a.by/x"}, "source", "a.by"),
            ({"text": "t"}, "source", "fallback"),
            ({"text": "t", "date": 1574035200}, "published_raw", "1574035200"),
            ({"text": "t", "published_at": "now", "date": None}, "published_raw", "now"),
            ({"text": "t", "author": "A. B."}, "authors", ("A. B.",)),
            ({"text": "t", "lang": "tt"}, "declared_language", "tt"),
            ({"text": "a \ud800 b"}, "original", "a \ufffd b"),
            ({"text": "t", "id": "\udfff"}, "given_id", "\ufffd"),
            ({"text": "t", "id": None}, "given_id", None),
        ],
    )
    def test_fields(self, fields: dict[str, object], attribute: str, expected: object) -> None:
        assert getattr(item(line(**fields)), attribute) == expected

    @pytest.mark.parametrize(
        ("raw", "given_id"),
        [
            (b'{"text": "t", "id": 123456789012345678901234567890}', "123456789012345678901234567890"),
            (b'{"text": "t", "id": 42}', 42),
            (b'{"text": "t", "id": "42"}', "42"),
            (b'{"text": "t", "id": 1.10}', "1.10"),
            (b'{"text": "t", "id": NaN}', "NaN"),
            (b'{"text": "t", "id": 1e999}', "1e999"),
            (b'{"text": "t", "id": ' + b"9" * 5000 + b"}", "9" * 5000),
            (b'{"text": "t", "id": "a", "id": "b"}', "b"),
        ],
    )
    def test_ids_are_kept_as_written(self, raw: bytes, given_id: str | int) -> None:
        assert item(raw, "x.jsonl").given_id == given_id

    @pytest.mark.parametrize(
        ("raw", "reason", "words", "given_id"),
        [
            (b'{"text": ', Reason.BROKEN_JSON, "line 2: broken JSON, column", None),
            (b"[" * 100_000, Reason.BROKEN_JSON, "line 2", None),
            (b"[1]", Reason.MISSING_TEXT, "a list, not an object", None),
            (b"null", Reason.MISSING_TEXT, "null, not an object", None),
            (b"17", Reason.MISSING_TEXT, "a number, not an object", None),
            (b'{"id": "a"}', Reason.MISSING_TEXT, "neither text nor html", "a"),
            (b'{"id": "a", "text": 5}', Reason.MISSING_TEXT, "`text` is a number", "a"),
            (b'{"id": "a", "text": "t", "url": {}}', Reason.MISSING_TEXT, "`url` is an object", "a"),
            (b'{"id": [], "text": "t"}', Reason.MISSING_TEXT, "`id` is a list", None),
            (b'{"id": "a", "text": "t", "authors": [true]}', Reason.MISSING_TEXT, "`authors` is a boolean", "a"),
            (b'{"id": "a", "text": " "}', Reason.EMPTY, "blank", "a"),
            (b'{"id": "a", "html": "<html><script>x</script>"}', Reason.EMPTY, "blank", "a"),
            (b'{"text": "\xff"}', Reason.UNDECODABLE, "not UTF-8 at byte 10", None),
            (b'{"text": "' + b"x" * 1000 + b'"}', Reason.TOO_LARGE, "1000 bytes", None),
        ],
    )
    def test_a_bad_line_is_rejected_and_the_next_one_read(
        self, raw: bytes, reason: Reason, words: str, given_id: str | int | None
    ) -> None:
        lines = line(text="before") + raw + b"\n\n" + line(text="after")
        limits = SMALL if reason is Reason.TOO_LARGE else None
        before, refused, after = read(lines, "x.jsonl", limits)
        assert isinstance(refused, Rejection)
        assert (refused.reason, refused.index, refused.given_id) == (reason, 1, given_id)
        assert words in refused.detail
        assert refused.excerpt == raw[:200].decode("utf-8", "backslashreplace")[:200]
        assert [cast("Item", each).original for each in (before, after)] == ["before", "after"]
        assert cast("Item", after).index == 2

    def test_byte_order_mark_and_crlf(self) -> None:
        found = read(b'\xef\xbb\xbf{"text": "a"}\r\n\r\n{"text": "b"}')
        assert [(cast("Item", each).index, cast("Item", each).original) for each in found] == [(0, "a"), (1, "b")]

    def test_a_drop_that_is_no_jsonl_is_rejected_once(self) -> None:
        assert rejection("{}".encode("utf-16"), "x.jsonl").reason is Reason.UNDECODABLE
        assert rejection(b"\x89PNG\r\n\x1a\n\n\n\n", "x.jsonl").reason is Reason.BINARY
        assert rejection(b"\n\n", "x.jsonl").reason is Reason.EMPTY

    def test_html_goes_through_the_html_reader(self) -> None:
        markup = page("<p>a</p>", '<title>T</title><link rel="canonical" href="/b">').decode()
        found = item(line(html=markup, url="https://www.example.by/b?utm_source=x"))
        assert (found.original, found.title, found.html) == ("a", "T", markup)
        assert (found.url, found.source) == ("https://www.example.by/b", "example.by")


class TestVisibleText:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("<p>a</p><p>b</p>", "a\nb"),
            ("a<br>b<br><br>c", "a\nb\nc"),
            ("<p> a \n\t b </p>\n\n<p>c", "a b\nc"),
            ("a<b>b</b> <i>c</i>d", "ab cd"),
            ("<span>a</span><span> b</span>", "a b"),
            ("<ul><li>a<li>b</ul>c", "a\nb\nc"),
            ("<table><tr><td>a<td>b<tr><td><p>c</p></td><td>d</table>", "a\tb\nc\nd"),
            ("<table><tr><td>a<br>b</td><td>c</td><td>d<tr><td>e<td>f</table>", "a\nb\nc\td\ne\tf"),
            ("<pre> a\n  b\n\n c</pre>d", " a\n  b\n c\nd"),
            ("a&nbsp;b &amp; &lt;c&gt; &#8212; &#146;", "a\xa0b & <c> — ’"),
            ("a<script>x</script><style>x</style><noscript>x</noscript><template>x</template>b", "ab"),
            ("a<svg><title>x</title><text>x</text></svg><!-- x --><?php x ?>b", "ab"),
            ("a<p hidden>b<b>c</b></p><p style='color:red; DISPLAY : none'>d</p><dialog>x</dialog>e", "a\nbc\nd\ne"),
            ("a\0b\x07c\x0bd\x85e", "abc d e"),
            ("&#0;&#1;&#xD800;", "\ufffd\ufffd"),
            ("<p>&nbsp;</p><p>a", "a"),
            ("a</div></td></b>b", "ab"),
            ("<noscript>only here</noscript><script>x</script>", "only here"),
            ("<div style='display:none'><p>uncovered by a script", "uncovered by a script"),
            ("<a href=1>Война</a><a href=2>жизнь</a><a href=3><i></i>USD</a>", "Война жизнь USD"),
            ("<b>Ян</b><time>21 мая, 12:44</time><i>4 отзыва</i><b>Киев</b>", "Ян 21 мая, 12:44 4 отзыва Киев"),
            (
                "<b>П</b><b>РАВДА</b> <b>П</b><i>равда</i> <b>м</b><sup>2</sup><b>新</b><b>聞</b>",
                "ПРАВДА Правда м2新聞",
            ),
            (
                "сло<b>во</b><i>м</i> <a href=1>сло</a><a href=1>во</a> Мак<b>Куин</b> H<sub>2</sub>O",
                "словом слово МакКуин H2O",
            ),
        ],
    )
    def test_lines(self, body: str, expected: str) -> None:
        assert visible(body) == expected

    def test_the_head_is_not_text(self) -> None:
        assert item(page("<p>a", "<title>t</title><style>x</style>")).original == "a"

    @pytest.mark.parametrize("tag", ["div", "b", "table", "h1", "pre", "ul"])
    def test_any_depth(self, tag: str) -> None:
        depth = 100_000 if tag == "div" else 10_000
        assert visible(f"<{tag}>" * depth + "deep" + f"</{tag}>" * depth + "<p>after").split() == ["deep", "after"]

    def test_nothing_is_printed(self, capfd: pytest.CaptureFixture[str]) -> None:
        for markup in ("<?xml version='1.0'?><feed/>", "<html>", "http://example.by", "file.html", "", "&", "<"):
            read(markup.encode(), "x.html")
        assert capfd.readouterr() == ("", "")

    def test_a_page_without_text(self) -> None:
        refused = rejection(page("<script>x</script>"))
        assert (refused.reason, refused.index) == (Reason.EMPTY, None)
        assert refused.excerpt.startswith("<!doctype html>")


class TestEncodingOfPages:
    @pytest.mark.parametrize("encoding", ["cp1251", "koi8-u", "utf-8", "utf-16", "utf-16-le"])
    def test_a_page_is_decoded_by_its_evidence(self, encoding: str) -> None:
        raw = page("<p>Президент України зустрівся з освітянами у Львові.", f"<meta charset={encoding}>")
        found = item(raw.decode().encode(encoding))
        assert found.original == "Президент України зустрівся з освітянами у Львові."
        assert found.html == raw.decode()


class TestMetadata:
    def test_json_ld(self) -> None:
        data = {
            "@graph": [
                {"@type": "WebSite", "name": "Site", "datePublished": "1999"},
                {"@type": "Person", "@id": "#p", "name": "C. D."},
                {
                    "@type": ["NewsArticle", "Thing"],
                    "headline": "Head &amp; line",
                    "datePublished": "2019-11-18T10:00:00+03:00",
                    "author": [{"name": "A. B."}, {"@id": "#p"}, "E. F.", {"name": "A. B."}],
                },
            ]
        }
        found = item(page(head=f'<script type="application/ld+json">{json.dumps(data)}</script>'))
        assert found.title == "Head & line"
        assert found.published_raw == "2019-11-18T10:00:00+03:00"
        assert found.authors == ("A. B.", "C. D.", "E. F.")

    @pytest.mark.parametrize("broken", ["{", "", "[[[", "null", '"text"', "[" * 100_000, '{"@graph": 1}', "NaN"])
    def test_broken_json_ld_is_ignored(self, broken: str) -> None:
        head = (
            f'<script type="application/ld+json">{broken}</script>'
            '<script type="application/ld+json">/*<![CDATA[*/</script>'
            '<script type="application/ld+json"><!-- {"@type": "Article", "headline": "H"} --></script>'
        )
        assert item(page(head=head)).title == "H"

    @pytest.mark.parametrize(
        ("head", "body", "expected"),
        [
            ("<title>The headline | Site</title>", "<h1>The headline</h1>", "The headline"),
            ("<title>The Daily - The day's headline</title>", "<h1>The day's headline</h1>", "The day's headline"),
            ('<meta property="og:title" content="Short one"><title>x</title>', "<h1>Logo</h1>", "Short one"),
            ('<meta property="og:site_name" content="Site"><title>A – b | Site</title>', "", "A – b"),
            ("<title>Headline of today - SITE</title>", "<h1>SITE</h1><h1>Headline of today</h1>", "Headline of today"),
            ("<title>Headline - Example.by</title>", "", "Headline"),
            ("<title>A | B</title>", "", "A | B"),
            ("<title>A new - bridge | B</title>", "<div>A new - bridge</div>", "A new - bridge"),
            ("<title>A new - bridge | B</title>", "<div>A new</div>", "A new - bridge | B"),
            ("<title>Site</title><meta property='og:site_name' content='Site'>", "", "Site"),
            ("", "", None),
        ],
    )  # fmt: skip
    def test_title(self, head: str, body: str, expected: str | None) -> None:
        assert item(page(body + "<p>Text", head)).title == expected

    @pytest.mark.parametrize(
        ("head", "known", "expected"),
        [
            ('<link rel="canonical" href="https://a.by/x#top">', None, "https://a.by/x"),
            ('<link rel="canonical" href="/x">', None, None),
            ('<link rel="canonical" href="/x">', "https://a.by/y?z", "https://a.by/x"),
            ('<meta property="og:url" content="https://a.by/x">', None, "https://a.by/x"),
            ('<link rel="canonical" href="https://a.by/x">', "https://m.a.by/x", "https://a.by/x"),
            ('<link rel="canonical" href="https://other.by/x">', "https://a.by/x", "https://a.by/x"),
            ('<link rel="canonical" href="https://a.by/">', "https://a.by/x", "https://a.by/x"),
            (
                '<link rel="canonical" href="https://a.by/"><meta property="og:type" content="article">',
                None,
                None,
            ),
            ('<link rel="canonical" href="javascript:void(0)">', None, None),
            ('<link rel="canonical" href="http://[broken">', None, None),
            ("", "https://a.by/x", "https://a.by/x"),
            ("", "not an address", None),
        ],
    )
    def test_canonical_address(self, head: str, known: str | None, expected: str | None) -> None:
        assert read_page(page(head=head).decode(), known).metadata.url == expected

    @pytest.mark.parametrize(
        ("markup", "expected"),
        [
            ('<meta property="article:published_time" content="2019-11-18">', "2019-11-18"),
            ('<time datetime="2019-11-17">', "2019-11-17"),
            ('<time datetime="2001"></time><time pubdate datetime="2019">', "2019"),
            ("<time>yesterday</time>", None),
        ],
    )
    def test_publication(self, markup: str, expected: str | None) -> None:
        assert item(page("Text" + markup)).published_raw == expected

    def test_authors_language_and_source(self) -> None:
        head = (
            '<meta name="author" content="A. B."><meta property="article:author" content="https://fb.com/ab">'
            '<link rel="canonical" href="https://www.example.by/x">'
        )
        found = item(page(head=head).replace(b"<html>", b'<html lang="be-BY">'))
        assert found.authors == ("A. B.",)
        assert found.declared_language == "be-BY"
        assert found.source == "example.by"
        assert item(page()).source == "fallback"

    @pytest.mark.parametrize(
        ("url", "expected"),
        [("https://www.a.by:80/x", "a.by"), ("http://WWW2.A.BY", "www2.a.by"), ("ftp://a.by", None), (None, None)],
    )
    def test_source_of(self, url: str | None, expected: str | None) -> None:
        assert source_of(url) == expected


def assert_sound(outcomes: list[Item | Rejection]) -> None:
    """Every outcome can be stored, and the indexes count up; only the last may concern the whole drop."""
    assert outcomes
    indexes = [outcome.index for outcome in outcomes]
    counted = indexes[:-1] if indexes[-1] is None else indexes
    assert counted == list(range(len(counted)))
    for outcome in outcomes:
        if isinstance(outcome, Item):
            outcome.original.encode("utf-8")
            assert not is_blank(outcome.original)
            for value in (outcome.title, outcome.url, outcome.html, str(outcome.given_id), *outcome.authors):
                (value or "").encode("utf-8")
        else:
            assert outcome.detail
            outcome.excerpt.encode("utf-8")


NAMES = st.sampled_from(["x.txt", "x.html", "x.jsonl", "x.gz", "x"])
PACKING = st.sampled_from([bytes, gzip.compress])
FRAGMENTS = st.sampled_from(
    (
        *("<p>", "</p>", "<div hidden>", "</div>", "<pre>", "<td>", "<script>", "</script>", "<noscript>", "<title>"),
        *("<!--", "-->", "<br/>", "<h1>", "<svg>", "</svg>", "<![CDATA[", "<?", "<", ">"),
        *("&amp;", "&#0;", "&#xd800;", "\0", "\r\n", " ", "слова", "\u2028"),
        *('<meta property="og:url" content="http://[">', '<time datetime="">'),
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "x"]), inner, max_size=2),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    ["text", "html", "body", "content", "id", "url", "title", "source", "date", "authors", "author", "lang"]
)


@given(st.binary(max_size=300), NAMES, PACKING)
@settings(max_examples=300, deadline=None)
def test_any_bytes(raw: bytes, name: str, pack: type[bytes]) -> None:
    assert_sound(read(pack(raw), name))


@given(st.binary(max_size=200), st.integers(0, 200), st.binary(max_size=3))
@settings(max_examples=100, deadline=None)
def test_any_damage_to_an_archive(raw: bytes, position: int, damage: bytes) -> None:
    packed = gzip.compress(raw)
    assert_sound(read(packed[:position] + damage + packed[position:], "x.jsonl"))
    assert_sound(read(packed[: max(2, position)], "x"))


@given(st.lists(FRAGMENTS, max_size=30).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_markup(markup: str) -> None:
    assert_sound(read(b"<html>" + markup.encode()))
    text = read_page("<html><body>" + markup).text
    assert not text or not any(is_blank(part) for part in text.split("\n"))


@given(st.lists(st.dictionaries(FIELDS, VALUES, max_size=5) | VALUES, min_size=1, max_size=5))
@settings(max_examples=300, deadline=None)
def test_any_json(records: list[object]) -> None:
    raw = b"".join(json.dumps(record).encode() + b"\n" for record in records)
    outcomes = read(raw, "x.jsonl")
    assert_sound(outcomes)
    assert len(outcomes) == len(records)


@given(st.lists(st.binary(max_size=30), max_size=6), st.integers(1, 40))
@settings(max_examples=100, deadline=None)
def test_any_limits(lines: list[bytes], bound: int) -> None:
    limits = Limits(max_item_bytes=bound, max_drop_bytes=3 * bound)
    assert_sound(read(b"\n".join(lines), "x.jsonl", limits))
