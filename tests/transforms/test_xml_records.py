"""Articles in any XML: which elements are one, what their fields are, and documents that are broken or hostile."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.test_readers import assert_sound, item, read, rejection
from transforms.document import Item, Reason, Rejection
from transforms.readers import FieldMapping, Limits, reader_for
from transforms.readers.mapping import DEFAULT_FIELDS
from transforms.readers.xml_elements import Names

DECLARATION = b'<?xml version="1.0"?>\n'
NITF = """<?xml version="1.0" encoding="{0}"?>
<!DOCTYPE nitf SYSTEM "nitf-3-4.dtd">
<nitf><head><title>Slug</title>
<docdata><date.issue norm="20191118T100000+0300"/><doc-id id-string="x-17"/></docdata></head>
<body><body.head><hedline><hl1>Сустрэча ў Мінску</hl1></hedline><byline>Алесь <person>Б.</person></byline></body.head>
<body.content><p>Прэзідэнт <person>А. Б.</person> прыехаў.</p><block><p>Другі абзац.</p></block></body.content>
</body></nitf>"""
NEWSML = b"""<?xml version="1.0"?><newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:x:1" xml:lang="en">
<itemMeta><versionCreated>2019-11-19</versionCreated></itemMeta>
<contentMeta><headline>Head</headline><contentCreated>2019-11-18</contentCreated><language tag="be"/></contentMeta>
<contentSet><inlineXML><html xmlns="http://www.w3.org/1999/xhtml"><head><title>Other</title></head>
<body><p>One</p><p>Two</p></body></html></inlineXML></contentSet></newsItem>"""


def texts(outcomes: list[Item | Rejection]) -> list[object]:
    return [found.original if isinstance(found, Item) else found.reason for found in outcomes]


def xml(body: str) -> bytes:
    return DECLARATION + body.encode()


class TestFormat:
    @pytest.mark.parametrize(
        ("head", "name", "expected"),
        [
            (b'<?xml version="1.0"?><a/>', "x.txt", "xml"),
            (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x --><news><item>", "x", "xml"),
            ('<?xml version="1.0" encoding="utf-16"?><a>'.encode("utf-16"), "x", "xml"),
            (b"<articles><article><title>a</title><body>", "x", "xml"),
            (b'<posts>\n<row Id="1" Body="a" />', "x", "xml"),
            (b"<a><b>c</b></a>", "x.xml", "xml"),
            (b"<a><b>c</b></a>", "x", "text"),
            (b"<div><p>a</p><article>b</article></div>", "x", "text"),
            (b"<b>Text</b> <content> and so on", "x.txt", "text"),
            (b"<quote> to begin <body>", "x.txt", "text"),
            (b'<?xml version="1.0"?><rss><channel>', "x", "feed"),
            (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x"><html><body>', "x.xml", "html"),
        ],
    )
    def test_content_first(self, head: bytes, name: str, expected: str) -> None:
        assert reader_for(head, name).format == expected


class TestArticles:
    @pytest.mark.parametrize(
        ("document", "expected"),
        [
            ("<a><text>one</text></a>", ["one"]),
            ("<a><b><text>one</text></b><b><body>two</body></b></a>", ["one", "two"]),
            ("<x:a><x:b><x:Text>one</x:Text></x:b></x:a>", ["one"]),
            ("<a><b><text>one</text><text> </text><text>two</text></b></a>", ["one\ntwo"]),
            ("<a><b><html>page</html><text>text</text></b></a>", ["text"]),
            ("<articles><article><title>t</title><content>one</content></article></articles>", ["one"]),
            ("<content><x><title>t</title><text>one</text></x><x url='u'><text>two</text></x></content>",
             ["one", "two"]),
            ("<a><b><body><section><text>one</text></section><p>two</p></body></b></a>", ["one\ntwo"]),
            ("<a><b body='one'/><b Body='&lt;p>two&lt;/p>&lt;p>three&lt;/p>'/></a>", ["one", "two\nthree"]),
            ("<a><b><body><![CDATA[<p>one</p><p>two</p>]]></body></b></a>", ["one\ntwo"]),
            ("<a><b><body><p>one &lt; two</p><x:para>three</x:para><para>four <q>five</q> six</para></body></b></a>",
             ["one < two\nthree\nfour five six"]),
            ("<body><p>one</p><p>two</p></body>", ["one\ntwo"]),
            ("<article><title>t</title><para>one</para><para>two</para></article>", ["one\ntwo"]),
            ("<TEI><teiHeader/><text xml:lang='en'><body><p>one</p></body></text></TEI>", ["one"]),
            ("<a><b><text>one&nbsp;&mdash;&unknown;</text></b></a>", ["one\xa0\u2014\ufffd"]),
            ("<a><b><title>no text</title></b><b><title>t</title><text>one</text></b><b/></a>",
             [Reason.MISSING_TEXT, "one", Reason.MISSING_TEXT]),
            ("<a><article><title>t</title></article><article><title>t</title><body>one</body></article></a>",
             [Reason.MISSING_TEXT, "one"]),
            ("<a><b><text>" + "x" * 3000 + "</text></b><b><text>two</text></b></a>", [Reason.TOO_LARGE, "two"]),
            ("<a><article><title>t</title><body>" + "<p>x</p>" * 3000 + "</body></article><article><title>t</title>"
             "<body>two</body></article></a>", [Reason.TOO_LARGE, "two"]),
            ("<a><b>" + "<text>x</text>" * 3000 + "</b><b><text>two</text></b></a>", [Reason.TOO_LARGE, "two"]),
        ],
    )  # fmt: skip
    def test_which_elements_are_one(self, document: str, expected: list[object]) -> None:
        outcomes = read(xml(document), limits=Limits(max_item_bytes=2000))
        assert texts(outcomes) == expected
        assert_sound(outcomes)

    def test_fields(self) -> None:
        found = item(
            xml(
                '<news xml:lang="be"><item ID="17"><Title>A &amp; <b>B</b></Title><link href="https://www.a.by/1"/>'
                "<pubDate>2019-11-18</pubDate><author><name>A. B.</name><email>a@b</email></author>"
                "<author><name>C. D.</name></author><body>text</body><title>second</title></item></news>"
            )
        )
        assert (found.title, found.url, found.source) == ("A & B", "https://www.a.by/1", "a.by")
        assert (found.published_raw, found.declared_language, found.given_id) == ("2019-11-18", "be", "17")
        assert found.authors == ("A. B.", "C. D.")

    @pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "utf-16"])
    def test_nitf(self, encoding: str) -> None:
        found = item(NITF.format(encoding).encode(encoding))
        assert found.original == "Прэзідэнт А. Б. прыехаў.\nДругі абзац."
        assert (found.title, found.authors) == ("Сустрэча ў Мінску", ("Алесь Б.",))
        assert (found.published_raw, found.given_id) == ("20191118T100000+0300", "x-17")

    def test_newsml(self) -> None:
        found = item(NEWSML)
        assert (found.original, found.title, found.published_raw) == ("One\nTwo", "Head", "2019-11-18")
        assert (found.declared_language, found.given_id) == ("be", "urn:x:1")

    def test_documents_without_articles(self) -> None:
        sitemap = xml("<urlset><url><loc>https://a.by</loc><news:title>T</news:title></url></urlset>")
        refused = rejection(sitemap)
        assert (refused.reason, refused.index) == (Reason.MISSING_TEXT, None)
        assert "urlset, url, loc, title" in refused.detail

    def test_names_of_a_source(self) -> None:
        names = Names.of(FieldMapping.of({"text": ["story.Lead"]}))
        assert names.by_path["story.lead"][0] == "text"
        assert "contentset.inlinedata" not in names.by_path
        assert "head.title" in names.by_path
        assert Names.of(DEFAULT_FIELDS).by_path["body.body.content"] == ("html", 0)


class TestDamage:
    def test_articles_before_the_break_are_kept(self) -> None:
        whole = "<a>" + "".join(f"<b><text>{number}</text></b>" for number in range(5000)) + "</a>"
        for broken in (whole[:-10], whole.replace("4990</text>", "4990&;</text>"), whole + "<a/>"):
            *items, last = read(xml(broken))
            assert len(items) >= 4990
            assert isinstance(last, Rejection)
            assert (last.reason, last.index) == (Reason.BROKEN_FORMAT, None)
            assert_sound([*items, last])

    def test_bytes_that_are_no_text(self) -> None:
        raw = xml("<a><b><text>Мінск</text></b><b><text>Мінск")
        *items, last = read(raw + b"\xff" + b"</text></b></a>")
        assert texts(items) in ([], ["Мінск"])
        assert isinstance(last, Rejection)
        assert last.reason is Reason.UNDECODABLE

    @pytest.mark.parametrize("padding", ["", " " * 100_000])
    def test_entities_are_never_expanded(self, padding: str) -> None:
        laughs = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
        for entity in (
            f'<!ENTITY e0 "ha">{laughs}',
            '<!ENTITY e11 SYSTEM "file:///etc/passwd">',
            '<!ENTITY % e SYSTEM "http://127.0.0.1/x.dtd"> %e;',
        ):
            for use in ("<a><text>&e11;</text></a>", "<a text='&e11;'/>"):
                refused = rejection(xml(f"<!DOCTYPE a [{padding}{entity}]>{use}"))
                assert refused.reason is Reason.BROKEN_FORMAT
                assert "root:" not in refused.detail + refused.excerpt

    def test_xinclude_is_nothing(self) -> None:
        include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
        assert rejection(xml(f"<a><text>{include}</text></a>")).reason is Reason.EMPTY
        assert item(xml(f"<a><text>b{include}</text></a>")).original == "b"

    @pytest.mark.parametrize(
        ("hostile", "reason"),
        [
            ("<a>" * 1_000_000, Reason.BROKEN_FORMAT),
            ("<text>" * 1_000_000, Reason.BROKEN_FORMAT),
            ("<text>" * 900 + "</text>" * 900, Reason.MISSING_TEXT),
            ("<a " + "x" * 3_000_000 + "='1'/>", Reason.TOO_LARGE),
            ("<a text='" + "x" * 3_000_000 + "'/>", Reason.TOO_LARGE),
            ("<a><!--" + "x" * 3_000_000 + "--></a>", Reason.TOO_LARGE),
            ("<a " + " ".join(f"x{number}='1'" for number in range(50_000)) + "/>", Reason.MISSING_TEXT),
            ("<a>" + "".join(f"<x{number}/>" for number in range(50_000)) + "</a>", Reason.MISSING_TEXT),
            ("<a>" + "<title>t</title>" * 100_000 + "</a>", Reason.MISSING_TEXT),
        ],
    )
    def test_hostile_documents(self, hostile: str, reason: Reason) -> None:
        outcomes = read(xml(hostile), limits=Limits(max_item_bytes=1_000_000))
        assert texts(outcomes) == [reason]

    NAMES = st.sampled_from(["a", "text", "body", "article", "title", "html", "url", "p", "b.c", "author", "name"])

    @given(
        st.lists(st.tuples(NAMES, st.sampled_from(["open", "close", "text", "attribute"])), max_size=40),
        st.integers(0, 30),
    )
    @settings(max_examples=500, deadline=None)
    def test_any_elements(self, steps: list[tuple[str, str]], cut: int) -> None:
        document, waiting = ["<r>"], []
        for name, step in steps:
            if step == "open":
                document.append(f"<{name}>")
                waiting.append(name)
            elif step == "attribute":
                document.append(f"<a {name}='v'/>")
            elif step == "text":
                document.append("word ")
            elif waiting:
                document.append(f"</{waiting.pop()}>")
        document += [f"</{name}>" for name in reversed(waiting)] + ["</r>"]
        raw = xml("".join(document))
        outcomes = read(raw)
        assert_sound(outcomes)
        assert not any(found.reason is Reason.BROKEN_FORMAT for found in outcomes if isinstance(found, Rejection))
        assert_sound(read(raw[: len(raw) - cut], limits=Limits(max_item_bytes=20)))

    @given(st.binary(max_size=200))
    @settings(max_examples=200, deadline=None)
    def test_any_bytes(self, raw: bytes) -> None:
        assert_sound(read(DECLARATION + raw))
