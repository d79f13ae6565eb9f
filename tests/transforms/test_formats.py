"""Tables, JSON documents, feeds, mail and Markdown: what each reader makes of its format, and of broken ones."""

import csv
import io
import json
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.transforms.test_readers import SMALL, assert_sound, item, read, rejection
from transforms.document import Item, Reason, Rejection
from transforms.readers import READERS, Limits, reader_for

HALF_A_LETTER = "я".encode()[:1]
# Seconds of processor time: what is quadratic takes many minutes, what is not a few seconds on the slowest machine.
A_HANG = 120


def texts(outcomes: list[Item | Rejection]) -> list[str | Reason]:
    """The text of each item, the reason of each rejection."""
    return [found.original if isinstance(found, Item) else found.reason for found in outcomes]


class TestFormat:
    @pytest.mark.parametrize(
        ("head", "name", "expected"),
        [
            (b"title,text\na,b\n", "x", "csv"),
            (b"\xef\xbb\xbfTitle;Published At;Body\r\na;b;c\r\n", "x.txt", "csv"),
            ("url\ttext\na\tb\n".encode("utf-16"), "x", "csv"),
            (b"Commas, as in this text, are common.\nSo is content, in a text.\n", "x", "text"),
            (b"text, that is all\nmore\n", "x", "text"),
            (b"name,price\na,1\n", "x", "text"),
            (b"name,price\na,1\n", "x.csv", "csv"),
            (b'[{"text": "a"}]', "x", "json"),
            (b'[\n  {\n    "id": 1,\n    "body": "a"', "x.txt", "json"),
            (b'{"version": 1, "items": [{"text": "a"}]}', "x", "json"),
            (b'{"n": "' + b"x" * 100 + b'", "articles": [ {"text": "' + b"a" * 70_000, "x", "json"),
            (b'{"text": "a", "items": [{"text": "b"}]}', "x", "jsonl"),
            (b'{"items": [{"text": "a"}]}\n{"text": "b"}', "x", "jsonl"),
            (b'[{"x": 1}] and so on', "x", "text"),
            (b'<!doctype html><html><script>[{"text": "a"}]</script>', "x.json", "html"),
            (b'<?xml version="1.0"?>\n<!-- a --><rss version="2.0">', "x.xml", "feed"),
            (b'<feed xmlns="http://www.w3.org/2005/Atom">', "x", "feed"),
            (b'<rdf:RDF xmlns:rdf="r" xmlns="http://purl.org/rss/1.0/">', "x", "feed"),
            (b"<feed>me</feed>", "x", "text"),
            (b"From: a@b.by\nMessage-ID: <1>\n\ntext", "x", "eml"),
            (b"From: the editor\nTo: all\n\ntext", "x.txt", "text"),
            (b"From Minsk to Kazan\nit is far", "x.txt", "text"),
            (b"From 10:00 on Monday 2019\nSubject: it is far", "x.txt", "text"),
            (b"From a@b.by Mon Nov 18 10:00:00 2019\nSubject: s\n", "x", "mbox"),
            (b'MIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"\r\n\r\n', "x", "mhtml"),
            (b"# Heading\n", "x.md", "markdown"),
            (b"# Heading\n", "x.txt", "text"),
        ],
    )  # fmt: skip
    def test_content_first_then_name(self, head: bytes, name: str, expected: str) -> None:
        assert reader_for(head, name).format == expected


class TestFields:
    def test_other_senders_names(self) -> None:
        fields = {"headline": "T", "permalink": "https://a.by/x", "pubDate": "2019", "byline": "A. B.", "article": "t"}
        found = item(json.dumps([fields]).encode())
        assert (found.title, found.url, found.published_raw) == ("T", "https://a.by/x", "2019")
        assert (found.authors, found.original, found.source) == (("A. B.",), "t", "a.by")

    def test_another_thing_under_another_senders_name_is_not_read(self) -> None:
        fields = {"text": "t", "article": 5, "created": {"by": "x"}, "creator": [5], "headline": []}
        found = item(json.dumps([fields]).encode())
        assert (found.original, found.published_raw, found.authors, found.title) == ("t", None, (), None)

    def test_a_description_is_no_text(self) -> None:
        assert rejection(b'[{"description": "d"}]', "x.json").reason is Reason.MISSING_TEXT


class TestTables:
    def test_every_column(self) -> None:
        found = item(
            b'id,Title,URL,Published At,Lang,Authors,Source,other,Text\r\n'
            b'7,T,https://a.by/x,2019-11-18,be,A. B.; C. D.,agency,x,"one, ""two""\r\nthree"\r\n'
        )  # fmt: skip
        assert found.original == 'one, "two"\nthree'
        assert (found.given_id, found.title, found.url, found.source) == ("7", "T", "https://a.by/x", "agency")
        assert (found.published_raw, found.declared_language) == ("2019-11-18", "be")
        assert found.authors == ("A. B.", "C. D.")

    def test_markup_in_a_column(self) -> None:
        assert item(b"title,html\nT,<p>a</p><p>b</p>\n").original == "a\nb"
        assert item(b"title,text\nT,<p>a</p><p>b</p>\n").original == "a\nb"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1251", "koi8-u"])
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_encodings_and_delimiters(self, encoding: str, delimiter: str) -> None:
        rows = f"title{delimiter}text\nЗаголовок{delimiter}Сегодня в Минске солнечно и тепло\n"
        found = item(rows.encode(encoding))
        assert (found.title, found.original) == ("Заголовок", "Сегодня в Минске солнечно и тепло")

    def test_the_encoding_is_told_from_the_first_letters_wherever_they_are(self) -> None:
        rows = "title,text\n" + "a,plain\n" * 20_000 + "a,Сегодня в Минске солнечно\n"
        outcomes = read(rows.encode("cp1251"), "x.csv")
        assert (len(outcomes), texts(outcomes)[-1]) == (20_001, "Сегодня в Минске солнечно")

    def test_a_byte_that_is_no_text_costs_one_row(self) -> None:
        rows = "id,text\n1,Погода\n2,{}\n3,Спорт\n".encode().replace(b"{}", HALF_A_LETTER)
        assert texts(read(rows)) == ["Погода", Reason.UNDECODABLE, "Спорт"]

    def test_no_column_of_text(self) -> None:
        refused = rejection(b"name,price\na,1\nb,2\n", "x.csv")
        assert (refused.reason, refused.index) == (Reason.MISSING_TEXT, None)
        assert "no column of the header is named text" in refused.detail

    @pytest.mark.parametrize(
        ("rows", "expected"),
        [
            (b'1,"a\n2,b\n3,c', [Reason.BROKEN_FORMAT]),
            (b'1,"a\n2,"b"\n3,c', [Reason.BROKEN_FORMAT, "b", "c"]),
            (b'1,"a"b\n2,c', [Reason.BROKEN_FORMAT, "c"]),
            (b"1,a,b\n2,c", [Reason.BROKEN_FORMAT, "c"]),
            (b"1\n2,c,,\n\n", [Reason.BROKEN_FORMAT, "c"]),
            (b"1,\n2,c", [Reason.MISSING_TEXT, "c"]),
            (b"1,he said 5\" is it\n2,c", ['he said 5" is it', "c"]),
            (b"1," + b"a" * 1001 + b"\n2,c", [Reason.TOO_LARGE, "c"]),
            (b'1,"' + b"a\n" * 501 + b'"\n2,c', [Reason.TOO_LARGE]),
            (b"", [Reason.EMPTY]),
        ],
    )  # fmt: skip
    def test_broken_rows(self, rows: bytes, expected: list[object]) -> None:
        outcomes = read(b"id,text\n" + rows, limits=SMALL)
        assert texts(outcomes) == expected
        assert_sound(outcomes)

    def test_a_row_of_many_quotes_is_no_hang(self) -> None:
        started = time.process_time()
        read(b"id,text\n" + b'"\n","' * 200_000, "x.csv")
        read(b"id,text\n" + b'"a\n' * 200_000, "x.csv")
        assert time.process_time() - started < A_HANG

    @given(st.lists(st.text(st.sampled_from('a",\n;\t '), max_size=8).map(lambda text: "t" + text), min_size=1))
    @settings(deadline=None, max_examples=100)
    def test_what_the_csv_module_writes_is_read(self, cells: list[str]) -> None:
        table = io.StringIO()
        csv.writer(table).writerows([["title", "text"], *(["x", cell] for cell in cells)])
        assert texts(read(table.getvalue().encode())) == cells


class TestJson:
    @pytest.mark.parametrize(
        "raw",
        [
            b'[{"text": "a"}, {"body": "b, ]}"}]',
            b'[\n  {\n    "text": "a"\n  },\n  {\n    "content": "b, ]}"\n  }\n]\n',
            b'{"status": [{}], "articles": [{"text": "a"}, {"text": "b, ]}"}], "n": 2}',
            b'{\n"data": [\n{"text": "a"}\n,{"text": "b, ]}"}]\n}',
            b'{\n"text": "a"\n}\n{\n"text": "b, ]}"\n}',
        ],
    )
    def test_shapes(self, raw: bytes) -> None:
        assert texts(read(raw, "x.json")) == ["a", "b, ]}"]
        assert texts(read(raw.decode().encode("utf-16"), "x.json")) == ["a", "b, ]}"]

    def test_an_object_is_one_item(self) -> None:
        found = item(b'{\n  "id": 17,\n  "text": "a",\n  "data": [{"x": 1}]\n}')
        assert (found.original, found.given_id) == ("a", 17)

    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            (b'[{"text": "a"}, {"text": "b}', ["a", Reason.BROKEN_JSON, Reason.BROKEN_JSON]),
            (b'[{"text": "a"}, {"text": b}, {"text": "c"}]', ["a", Reason.BROKEN_JSON, "c"]),
            (b'[{"text": "a"} {"text": "b"}]', [Reason.BROKEN_JSON]),
            (b'[{"text": "a"}, 5, null, "x", [1]]', ["a"] + 4 * [Reason.MISSING_TEXT]),
            (b'[{"text": "a"}', ["a", Reason.BROKEN_JSON]),
            (b'[{"text": "a"}] more', ["a", Reason.BROKEN_JSON]),
            (b'{"items": [{"text": "a"}], "n":', ["a", Reason.BROKEN_JSON]),
            (b'[{"text": "a"}, {"text": "' + b"b" * 1000 + b'"}, {"text": "c"}]', ["a", Reason.TOO_LARGE, "c"]),
            (b'[{"text": "a"}, {"text": "\xff"}, {"text": "c"}]'.replace(b'"a"', '"Мінск"'.encode()),
             ["Мінск", Reason.UNDECODABLE, "c"]),
            (b'[{"text": "a", "id": 1e999}, {"text": "b", "id": NaN}]', ["a", "b"]),
            (b'[{"text": "a", "text": "b"}]', ["b"]),
            (b'[{"text": "\\ud800"}]', ["\ufffd"]),
            (b"[]", [Reason.EMPTY]),
            (b"{}", [Reason.MISSING_TEXT]),
        ],
    )  # fmt: skip
    def test_broken_documents(self, raw: bytes, expected: list[object]) -> None:
        outcomes = read(raw, "x.json", SMALL)
        assert texts(outcomes) == expected
        assert_sound(outcomes)

    def test_any_depth(self) -> None:
        for raw in (b"[" * 100_000, b'{"a":' * 100_000, b'[{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]"):
            assert rejection_of(read(raw, "x.json")) is Reason.BROKEN_JSON

    def test_a_head_of_quotes_is_no_hang(self) -> None:
        started = time.process_time()
        read(b'{"a": "' + b'\\"' * 100_000, "x.json")
        assert time.process_time() - started < A_HANG


def rejection_of(outcomes: list[Item | Rejection]) -> Reason:
    (first, *_) = outcomes
    assert isinstance(first, Rejection)
    return first.reason


RSS = """<?xml version="1.0" encoding="{encoding}"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>Сайт</title><link>https://www.a.by/</link><language>be</language>
<item>
  <title>Надвор'е &amp;amp; спорт</title><link>https://www.a.by/1</link><guid isPermaLink="false">n1</guid>
  <media:title>Здымак</media:title><description>Коратка</description>
  <content:encoded><![CDATA[<p>Сёння ў Мінску сонечна.</p><p>Заўтра дождж.</p>]]></content:encoded>
  <pubDate>Mon, 18 Nov 2019 10:00:00 +0300</pubDate><dc:creator>А. Б.</dc:creator><dc:creator>В. Г.</dc:creator>
</item>
<item><description>Проста тэкст, A&amp;amp;B</description><guid>https://www.a.by/2</guid>
  <author>a@b.by (Д. Е.)</author><dc:language>ru</dc:language></item>
{more}</channel></rss>"""

ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<title>Site</title><author><name>Editor</name></author>
<entry><title>One</title><link rel="edit" href="https://a.by/edit"/><link href="https://a.by/1"/><id>urn:1</id>
  <updated>2019-11-19</updated><published>2019-11-18</published><author><name>A. B.</name><email>a@b.by</email></author>
  <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>a &lt; b</p><p>c</p></div></content></entry>
<entry xml:lang="be"><summary>2 &lt; 3
plain</summary><updated>2019-11-20</updated></entry>
</feed>"""

RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Site</title></channel>
<item rdf:about="https://a.by/1"><title>T</title><link>https://a.by/1</link><description>Text</description>
<dc:date>2019-11-18</dc:date></item></rdf:RDF>"""


class TestFeeds:
    @pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "iso8859-5", "utf-16"])
    def test_rss(self, encoding: str) -> None:
        first, second = read(RSS.format(encoding=encoding, more="").encode(encoding), "x.xml")
        assert isinstance(first, Item)
        assert isinstance(second, Item)
        assert first.original == "Сёння ў Мінску сонечна.\nЗаўтра дождж."
        assert (first.title, first.url, first.source) == ("Надвор'е & спорт", "https://www.a.by/1", "a.by")
        assert (first.published_raw, first.given_id) == ("Mon, 18 Nov 2019 10:00:00 +0300", "n1")
        assert (first.authors, first.declared_language) == (("А. Б.", "В. Г."), "be")
        assert (first.html or "").startswith("<p>")
        assert (second.original, second.url, second.title) == ("Проста тэкст, A&B", "https://www.a.by/2", None)
        assert (second.authors, second.declared_language, second.html) == (("Д. Е.",), "ru", None)

    def test_atom(self) -> None:
        first, second = read(ATOM)
        assert isinstance(first, Item)
        assert isinstance(second, Item)
        assert (first.original, first.title, first.url) == ("a < b\nc", "One", "https://a.by/1")
        assert (first.published_raw, first.authors, first.given_id) == ("2019-11-18", ("A. B.",), "urn:1")
        assert (first.declared_language, second.declared_language) == ("en", "be")
        assert (second.original, second.published_raw) == ("2 < 3\nplain", "2019-11-20")

    @pytest.mark.parametrize(
        ("given", "author"),
        [
            ("a@b.by (А. Б.)", "А. Б."),
            ("a@b.by\n(А. (Б.) В.) ", "А. (Б.) В."),
            ("А. Б. (a@b.by)", "А. Б. (a@b.by)"),
            ("a@b.by ()", "a@b.by ()"),
            ("a@b.by (А. Б.", "a@b.by (А. Б."),
            ("a@b.by", "a@b.by"),
        ],
    )
    def test_authors_of_rss(self, given: str, author: str) -> None:
        found = item(
            f"<rss><channel><item><author>{given}</author><description>t</description></item></channel></rss>".encode()
        )
        assert found.authors == (author,)

    def test_rdf(self) -> None:
        found = item(RDF)
        assert (found.original, found.url, found.published_raw) == ("Text", "https://a.by/1", "2019-11-18")

    @pytest.mark.parametrize(
        ("more", "reason"),
        [
            ("<item><title>T</item>", Reason.BROKEN_FORMAT),
            ("<item>&undefined;</item>", Reason.BROKEN_FORMAT),
            ("<item>" + "<b>" * 100_000 + "</b>" * 100_000 + "</item>", Reason.MISSING_TEXT),
            ("<item><title>T</title></item>", Reason.MISSING_TEXT),
            ("<item><description>" + "x" * 5000 + "</description></item>", Reason.TOO_LARGE),
        ],
    )
    def test_what_breaks_costs_no_entry_before(self, more: str, reason: Reason) -> None:
        raw = RSS.format(encoding="utf-8", more=more).encode()
        outcomes = read(raw, limits=Limits(max_item_bytes=4000))
        assert [type(found) for found in outcomes] == [Item, Item, Rejection]
        assert texts(outcomes)[-1] is reason
        assert_sound(outcomes)

    def test_a_feed_that_is_cut_off(self) -> None:
        *items, last = read(RSS.format(encoding="utf-8", more="").encode()[:-10])
        assert len(items) == 2
        assert isinstance(last, Rejection)
        assert "2 items were read before" in last.detail

    def test_entities_are_never_expanded(self) -> None:
        bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
        for padding in ("", " " * 100_000):
            feed = "<rss><item><description>&e11;</description></item></rss>"
            raw = f'<!DOCTYPE rss [{padding}<!ENTITY e0 "ha">{bomb}]>{feed}'
            assert rejection(raw.encode(), "x.rss").reason is Reason.BROKEN_FORMAT
        outside = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><item><title>&x;</title></item></rss>'
        assert rejection(outside.encode()).reason is Reason.BROKEN_FORMAT

    def test_a_feed_without_entries(self) -> None:
        assert rejection(b"<rss><channel/></rss>").reason is Reason.EMPTY


EML = """From: =?utf-8?B?0JDQu9C10YHRjA==?= <a@b.by>, plain@b.by
To: x@y
Subject: =?koi8-r?B?8NLJ18XU?= and
 more
Date: Mon, 18 Nov 2019 10:00:00 +0300
Message-ID: <1@b.by>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="M"

--M
Content-Type: multipart/alternative; boundary="B"

--B
Content-Type: text/html; charset=utf-8

<p>html</p>
--B
Content-Type: text/plain; charset=koi8-r
Content-Transfer-Encoding: 8bit

Привет из Минска
--B--
--M
Content-Type: text/plain
Content-Disposition: attachment; filename=a.txt

attached
--M
Content-Type: message/rfc822

Subject: forwarded

forwarded
--M--
"""
SEPARATOR = "From a@b.by Mon Nov 18 10:00:00 2019\n"
MHTML = (
    b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://www.a.by/x\r\nSubject: S\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="B"\r\n\r\n'
    b"--B\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    b"Content-Location: https://www.a.by/x\r\n\r\n"
    b"<html><head><title>Title</title></head><body><p>=D0=9C=D1=96=D0=BD=D1=81=D0=BA</p></body></html>\r\n"
    b"--B\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--B--\r\n"
)


class TestMail:
    def test_a_message(self) -> None:
        found = item(EML.encode("koi8-r"))
        assert found.original == "Привет из Минска"
        assert (found.title, found.authors) == ("Привет and more", ("Алесь", "plain@b.by"))
        assert (found.published_raw, found.given_id) == ("Mon, 18 Nov 2019 10:00:00 +0300", "<1@b.by>")
        assert (found.encoding.name, found.source) == ("koi8-r", "fallback")

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("Content-Type: text/html\n\n<p>a</p><p>b</p>", "a\nb"),
            ("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n0JzRltC90YHQug==", "Мінск"),
            ("Content-Type: text/plain; charset=nonsense\n\nabc", "abc"),
            ("Content-Type: text/plain; charset=unicode_escape\n\n\\u0041", "\\u0041"),
            ("Content-Type: multipart/mixed\n\nno boundary", Reason.MISSING_TEXT),
            ("Content-Type: image/png\n\nabc", Reason.MISSING_TEXT),
            ("Content-Type: text/plain; charset*=utf-8'\n\nabc", "abc"),
            ("\n", Reason.MISSING_TEXT),
        ],
    )
    def test_bodies(self, body: str, expected: object) -> None:
        assert texts(read(f"From: a@b.by\nMIME-Version: 1.0\n{body}".encode())) == [expected]

    def test_a_mailbox(self) -> None:
        plain = "Subject: s\n\nbody\n\nFrom Minsk with love\n>From me\n"
        messages = (EML, plain, "Subject: t\n\n" + "x" * 3000)
        raw = "\n".join(SEPARATOR + message for message in messages).encode("koi8-r")
        outcomes = read(raw, "x", Limits(max_item_bytes=2000))
        assert texts(outcomes) == ["Привет из Минска", "body\n\nFrom Minsk with love\nFrom me\n", Reason.TOO_LARGE]
        assert_sound(outcomes)

    def test_a_mailbox_without_messages(self) -> None:
        assert rejection(b"\n\n", "x.mbox").reason is Reason.EMPTY

    def test_a_saved_page(self) -> None:
        found = item(MHTML, "x.txt")
        assert (found.original, found.title) == ("Мінск", "Title")
        assert (found.url, found.source, found.authors) == ("https://www.a.by/x", "a.by", ())

    def test_bombs(self) -> None:
        head = b"From: a@b.by\nMIME-Version: 1.0\n"
        nested = b"".join(
            b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (depth, depth) for depth in range(900)
        )
        started = time.process_time()
        for raw in (
            head + nested,
            head + b"Content-Type: multipart/mixed; boundary=B\n\n" + b"--B\n\nx\n" * 100_000,
            head + b"Subject: " + b"=?utf-8?q?a?= " * 100_000 + b"\n\nx",
            head + b"Content-Type: text/plain; " + b'a="b"; ' * 100_000 + b"\n\nx",
            b"From: " + b"<a@b>," * 100_000 + b"\nMIME-Version: 1.0\n\nx",
        ):
            assert_sound(read(raw, "x.eml"))
        assert time.process_time() - started < A_HANG


class TestMarkdown:
    def test_front_matter(self) -> None:
        found = item(
            b'---\ntitle: "A: b"\nauthor: [A. B., C. D.]\ndate: 2019-11-18\ntext: no\ntags:\n  - x\n---\n\n# A\n\n*b*\n'
            b"---\nc",
            "x.md",
        )
        assert found.original == "# A\n\n*b*\n---\nc"
        assert (found.title, found.authors, found.published_raw) == ("A: b", ("A. B.", "C. D."), "2019-11-18")

    @pytest.mark.parametrize("text", ["# A\n\n<b>b</b>\n", "---\nnot closed: x\n", "a\n---\nb: c\n---\n"])
    def test_the_text_stays_as_it_is(self, text: str) -> None:
        assert item(text.encode(), "x.md").original == text


SUFFIXES = sorted(suffix for reader in READERS for suffix in reader.suffixes)
PIECES = st.sampled_from(
    (
        *(b"title,text\n", b'"', b",", b";", b"\t", b"\n", b"\r\n", b"\n\n", b"a", b"\xff", HALF_A_LETTER),
        *(b"[", b"]", b"{", b"}", b'{"text": "a"}', b'"items": ', b'"text": ', b"\\", b"NaN", b"1e999", b"\\ud800"),
        "я".encode(),
        *(b"<rss>", b"<item>", b"</item>", b"<description>", b"</description>", b"<![CDATA[", b"]]>", b"&amp;", b"&x;"),
        *(b'<feed xmlns="http://www.w3.org/2005/Atom">', b"<entry>", b"<content type='xhtml'>", b"<link href=':'/>"),
        *(SEPARATOR.encode(), b"From: a\n", b"MIME-Version: 1.0\n", b"Subject: =?utf-8?b?0?=\n", b"--B\n"),
        *(b"Content-Type: multipart/mixed; boundary=B\n", b"Content-Type: text/html; charset=\n", b"--B--\n"),
        *(b"Content-Transfer-Encoding: base64\n", b"---\n", b"title: [\n", b"Content-Location: http://[\n"),
    )
)  # fmt: skip


@given(st.binary(max_size=200) | st.lists(PIECES, max_size=20).map(b"".join), st.sampled_from(SUFFIXES), st.booleans())
@example(b"", ".csv", True)
@settings(max_examples=1000, deadline=None)
def test_any_bytes_under_any_name(raw: bytes, suffix: str, small: bool) -> None:
    limits = Limits(max_item_bytes=20, max_drop_bytes=100) if small else Limits()
    assert_sound(read(raw, "x" + suffix, limits))


def test_what_was_decoded_wrongly_before_it_became_a_record_is_repaired() -> None:
    text = "Прэзідэнт сустрэўся з дэлегацыяй Казахстана ў Мінску."
    wrong = text.encode().decode("cp1251", errors="replace")
    assert "\ufffd" not in wrong
    rows = json.dumps({"title": wrong, "text": wrong}) + "\n" + json.dumps({"text": text}) + "\n"
    mended, right = (item for item in read(rows.encode(), "x.jsonl") if isinstance(item, Item))
    assert (mended.original, mended.title, mended.encoding.evidence) == (text, text, "repaired")
    assert (right.original, right.encoding.evidence) == (text, "given")
