"""HTML, XML and feeds: too deep, too many, never closed, and with entities."""

from functools import partial

from tests.hostile.inputs import GOOD, OTHER, Hostile

_DEEP = 100_000
_XML = '<?xml version="1.0"?>'


def _page(body: str, head: str = "") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body><p>{GOOD}</p>{body}</body></html>".encode()


def _xml(articles: str, before: str = "") -> bytes:
    return f"{_XML}{before}<news>{articles}</news>".encode()


def _feed(items: str, before: str = "") -> bytes:
    channel = f"<channel><title>Навіны</title>{items}</channel>"
    return f"{_XML}{before}<rss version='2.0'>{channel}</rss>".encode()


def _article(text: str) -> str:
    return f"<article><title>Надвор'е</title><text>{text}</text></article>"


def _entry(text: str, title: str = "Надвор'е") -> str:
    return f"<item><title>{title}</title><description>{text}</description></item>"


def _laughs(name: str) -> str:
    """A billion laughs: each entity is the one before, ten times."""
    levels = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
    return f'<!DOCTYPE {name} [<!ENTITY l0 "lol">{levels}]>'


def _secret(name: str) -> str:
    return f'<!DOCTYPE {name} [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'


def _deep(tag: str, depth: int = _DEEP) -> str:
    return f"<{tag}>" * depth


INPUTS = (
    *(Hostile(f"deep {tag}.html", partial(_page, _deep(tag) + OTHER), "document") for tag in ("div", "b")),
    Hostile("closed only.html", lambda: _page("</div>" * _DEEP + OTHER), "document"),
    Hostile(
        "many attributes.html",
        lambda: _page("<p " + " ".join(f"a{number}='{number}'" for number in range(300_000)) + ">" + OTHER),
        "document",
    ),
    Hostile("the same attribute.html", lambda: _page("<p " + "a=1 " * 1_000_000 + ">" + OTHER), "document"),
    Hostile("long attribute.html", lambda: _page(f"<p title='{'a' * 12_000_000}'>" + OTHER), "document"),
    Hostile("long tag name.html", lambda: _page(f"<{'a' * 9_000_000}>" + OTHER), "document"),
    Hostile("giant table.html", lambda: _page("<table>" + "<tr><td>1<td>2<td>3<td>4" * 7_000), "document"),
    Hostile("tables.html", lambda: _page("<table><tr><td>x</table>" * 25_000), "document"),
    Hostile("tables in tables.html", lambda: _page("<table><tr><td>" * 20_000 + OTHER), "document"),
    Hostile("misnested.html", lambda: _page("<a><b></a><i></b><p></i>" * 15_000 + OTHER), "document"),
    Hostile("entities.html", lambda: _page("&amp;&lt;&nbsp;&#1073;&#x411;&bogus;" * 30_000), "document"),
    Hostile(
        "impossible characters.html",
        lambda: _page("&#0;&#xD800;&#x110000;&#99999999999999999999;&#-1;&#x;" * 1000 + OTHER),
        "document",
    ),
    Hostile("open script.html", lambda: _page(f"<p>{OTHER}</p><script>" + "if (a < b) {}" * 100_000), "document"),
    Hostile("open comment.html", lambda: _page(f"<p>{OTHER}</p><!-- " + "<!-- -" * 100_000), "document"),
    Hostile("open quote.html", lambda: _page(f"<p>{OTHER}</p><a href='" + "<p>x" * 100_000), "document"),
    Hostile("open title.html", lambda: f"<html><title>{GOOD * 10_000}", "empty"),
    Hostile("headings in headings.html", lambda: _page("<h1>" * 20_000 + OTHER), "document"),
    Hostile(
        "json-ld.html", lambda: _page("", '<script type="application/ld+json">' + "[" * _DEEP + "</script>"), "document"
    ),
    Hostile(
        "wide json-ld.html",
        lambda: _page("", '<script type="application/ld+json">[' + '{"@type":"Article"},' * 50_000 + "{}]</script>"),
        "document",
    ),
    Hostile("metas.html", lambda: _page("", '<meta name="author" content="А. Б.">' * 20_000), "document"),
    Hostile("doctype only.html", lambda: b"<!doctype html>", "empty"),
    Hostile("nothing but tags.html", lambda: b"<html><body>" + b"<p></p>" * 20_000, "empty"),
    Hostile("declared as nonsense.html", lambda: _page("", "<meta charset=unicode_escape>"), "document"),
    Hostile("title of separators.html", lambda: _page("", f"<title>{' | ' * 150}</title>"), "document"),
    Hostile("deep.xml", lambda: _xml(_article(GOOD) + _deep("a")), "document broken-format"),
    Hostile(
        "deep text.xml",
        lambda: _xml(_article(OTHER) + "<article><title>a</title><text>" + _deep("b")),
        "document broken-format",
    ),
    Hostile("laughs.xml", lambda: _xml(_article("&l9;"), _laughs("news")), "broken-format"),
    Hostile("external entity.xml", lambda: _xml(_article("&secret;"), _secret("news")), "broken-format"),
    Hostile(
        "external dtd.xml", lambda: _xml(_article(GOOD), '<!DOCTYPE news SYSTEM "file:///etc/passwd">'), "document"
    ),
    Hostile(
        "parameter entity.xml",
        lambda: _xml(_article(GOOD), '<!DOCTYPE news [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>'),
        "broken-format",
    ),
    Hostile(
        "xinclude.xml",
        lambda: _xml(
            _article(
                '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" '
                f'parse="text"/>{OTHER}'
            )
        ),
        "document",
    ),
    Hostile(
        "attributes.xml",
        lambda: _xml("<item " + " ".join(f'a{number}="1"' for number in range(200_000)) + f" text='{OTHER}'/>"),
        "document",
    ),
    Hostile("unclosed.xml", lambda: _xml(_article(GOOD))[:-7] + b"<article><text>", "document broken-format"),
    Hostile("controls.xml", lambda: _xml(_article(GOOD) + _article("a\x01b\x0bc")), "document broken-format"),
    Hostile(
        "names.xml", lambda: _xml("".join(f"<a{number}/>" for number in range(150_000)) + _article(GOOD)), "document"
    ),
    Hostile("text nobody closes.xml", lambda: _xml("<article><title>a</title>" + "<text>a" * 900), "broken-format"),
    Hostile("laughs.rss", lambda: _feed(_entry("&l9;"), _laughs("rss")), "broken-format"),
    Hostile("external entity.rss", lambda: _feed(_entry("&secret;"), _secret("rss")), "broken-format"),
    Hostile(
        "late entity.rss",
        lambda: _feed(_entry("&late;"), f'<!--{" " * 70_000}--><!DOCTYPE rss [<!ENTITY late "{"a" * 1000}">]>'),
        "broken-format",
    ),
    Hostile("deep.rss", lambda: _feed(_entry(GOOD) + "<item><description>" + _deep("b")), "document broken-format"),
    Hostile("bomb in an entry.rss", lambda: _feed(_entry(OTHER + "&lt;div&gt;" * _DEEP)), "document"),
    Hostile(
        "unclosed.rss",
        lambda: _feed(_entry(GOOD))[: -len("</channel></rss>")] + b"<item><title>",
        "document broken-format",
    ),
    Hostile(
        "author of signs.rss",
        lambda: _feed(_entry(GOOD + "</description><author>" + "a@" * 300_000 + "</author><description>")),
        "document",
    ),
)
