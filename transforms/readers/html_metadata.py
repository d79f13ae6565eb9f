"""What an HTML page says about itself: title, address, authors, language, date of publication.

Pages say it up to five times over and seldom the same. For each field the places are asked in the order of how
closely they are tied to the article: schema.org JSON-LD, Open Graph, the visible page, the head.
"""

import html
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.filter import SoupStrainer

# Only these elements are built; a full soup of a large page costs a hundred times its size in memory.
_ELEMENTS = ("title", "meta", "link", "script", "h1", "time")
# One or several, closed or not: any that is left makes Beautiful Soup warn.
_XML_DECLARATION = re.compile(r"(?:\s*<\?xml[^>]*>?)+", re.IGNORECASE)

_JSON_LD_TYPE = "application/ld+json"
# Content management systems wrap JSON-LD so that old browsers and XML parsers let it be.
_JSON_LD_WRAPPING = re.compile(r"^\s*(?://\s*)?(?:<!\[CDATA\[|<!--)|(?://\s*)?(?:\]\]>|-->)\s*;?\s*$")
# schema.org: every subtype of Article, and of SocialMediaPosting below it, ends in one of these.
_ARTICLE_TYPES = ("Article", "Posting", "Report")
# Deeper than any real JSON-LD; a bound for hostile ones.
_MAX_JSON_LD_NODES = 10_000

_PUBLISHED_META = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "article.published",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.issued",
    "pubdate",
    "publishdate",
    "publication_date",
)
_AUTHOR_META = ("author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "byl")
_SITE_META = ("og:site_name", "application-name")

# Between the headline and the name of the site in a page title.
_TITLE_SEPARATOR = re.compile(r"\s+(?:[|\-–—·•»:]|::|//)\s+|\s*\|\s*")
_DOMAIN = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"\s+")
# The headline is among the first; a bound for pages of headings, or headings in headings.
_MAX_HEADINGS = 20
# No headline is longer; an unclosed <h1> swallows the page.
_MAX_TITLE_CHARACTERS = 500
# Subdomains that say how a site is served, not which site it is.
_SERVING_SUBDOMAINS = re.compile(r"^(?:(?:www\d?|m|mobile|amp)\.)+")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says about itself; None or empty where it says nothing.

    `url` is absolute, without fragment. `language` and `published_raw` are as the page writes them.
    """

    url: str | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    published_raw: str | None = None


def source_of(url: str | None) -> str | None:
    """Name the source of an item by the host of its address, without `www.`; None where there is no host."""
    host = _host(url) if url else None
    return host.removeprefix("www.") if host else None


def read_metadata(markup: str, known_url: str | None = None, html_language: str | None = None) -> Metadata:
    """Read the metadata of a page from its markup.

    `known_url` is the address it was fetched from, if known: relative addresses are resolved against it, and
    it stands where the page names no other. `html_language` is the `lang` of the root element, which the
    caller has already parsed.
    """
    # Without a tag there is nothing to read, and Beautiful Soup would ask on stderr whether a file name was
    # meant; with an XML declaration, whether XML was.
    declaration = _XML_DECLARATION.match(markup)
    if declaration:
        markup = markup[declaration.end() :]
    elif "<" not in markup:
        return Metadata(url=_absolute(known_url, None))
    soup = BeautifulSoup(markup, "lxml", parse_only=SoupStrainer(list(_ELEMENTS)))
    page = _Declared(soup)
    url = _canonical(page, known_url)
    return Metadata(
        url=url,
        title=_title(page, url),
        authors=_authors(page),
        language=_text(html_language) or page.meta("content-language") or page.meta("og:locale"),
        published_raw=_published(page),
    )


class _Declared:
    """The declarations of a page, each kind gathered once."""

    def __init__(self, soup: BeautifulSoup) -> None:
        self._metas: dict[str, list[str]] = {}
        self.links: dict[str, str] = {}
        self.headings: list[str] = []
        self._headings_seen = 0
        self.head_title: str | None = None
        self.times: list[tuple[bool, str]] = []
        scripts: list[str] = []
        for tag in soup.find_all(_ELEMENTS):
            attributes = {name: _attribute(value) for name, value in tag.attrs.items()}
            if tag.name == "meta":
                self._add_meta(attributes)
            elif tag.name == "link":
                for relation in attributes.get("rel", "").lower().split():
                    self.links.setdefault(relation, attributes.get("href", ""))
            elif tag.name == "script":
                if attributes.get("type", "").strip().lower() == _JSON_LD_TYPE:
                    scripts.append(tag.string or "")
            elif tag.name == "time":
                marked = "pubdate" in attributes or "datepublished" in attributes.get("itemprop", "").lower()
                self.times.append((marked, attributes.get("datetime", "")))
            else:
                self._add_heading(tag)
        self.nodes = [node for script in scripts for node in _json_ld(script)]
        self.articles = [node for node in self.nodes if _is_article(node)]
        self.by_id = {node["@id"]: node for node in self.nodes if isinstance(node.get("@id"), str) and len(node) > 1}

    def meta(self, *names: str) -> str | None:
        """Return the first value of the first of these meta names that is given."""
        return next((value for name in names for value in self._metas.get(name, ())), None)

    def metas(self, *names: str) -> list[str]:
        """Return every value of these meta names."""
        return [value for name in names for value in self._metas.get(name, ())]

    def article_field(self, *names: str) -> object:
        """Return the first of these fields that a JSON-LD article gives, or else any JSON-LD node."""
        for nodes in (self.articles, self.nodes):
            for node in nodes:
                for name in names:
                    if node.get(name):
                        return node[name]
        return None

    def _add_heading(self, tag: Tag) -> None:
        self._headings_seen += 1
        if self._headings_seen > _MAX_HEADINGS or (tag.name == "title" and self.head_title):
            return
        text = _text(tag.get_text(" "))
        if text and len(text) <= _MAX_TITLE_CHARACTERS:
            if tag.name == "h1":
                self.headings.append(text)
            else:
                self.head_title = text

    def _add_meta(self, attributes: dict[str, str]) -> None:
        value = _text(attributes.get("content"))
        if value:
            for key in ("property", "name", "itemprop", "http-equiv"):
                if key in attributes:
                    self._metas.setdefault(attributes[key].strip().lower(), []).append(value)


def _attribute(value: object) -> str:
    return " ".join(str(part) for part in value) if isinstance(value, list) else str(value)


def _text(value: object) -> str | None:
    """Return a string value in one line, entities resolved; None where it is blank or no string."""
    if not isinstance(value, str):
        return None
    return _SPACE.sub(" ", html.unescape(value)).strip() or None


def _json_ld(script: str) -> Iterator[dict[str, object]]:
    """Yield every object in a JSON-LD script, outer ones first; nothing from a broken one."""
    try:
        root = json.loads(_JSON_LD_WRAPPING.sub("", script), strict=False)
    except (ValueError, RecursionError):
        return
    waiting: deque[object] = deque([root])
    for _ in range(_MAX_JSON_LD_NODES):
        if not waiting:
            return
        node = waiting.popleft()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            yield node
            waiting.extend(value for value in node.values() if isinstance(value, (dict, list)))


def _is_article(node: dict[str, object]) -> bool:
    kinds = node.get("@type")
    return any(
        isinstance(kind, str) and kind.endswith(_ARTICLE_TYPES)
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


def _canonical(page: _Declared, known_url: str | None) -> str | None:
    """Choose the address that identifies the article.

    What the page calls canonical, if it is on the site the page came from. Some sites name their front page as
    the canonical address of every article; believing that would make one document of them all.
    """
    known = _absolute(known_url, None)
    is_article = bool(page.articles) or (page.meta("og:type") or "").lower() == "article"
    for candidate in (page.links.get("canonical"), page.meta("og:url"), *_own_addresses(page.articles)):
        url = _absolute(candidate, known)
        if url is None:
            continue
        is_front_page = urlsplit(url).path in ("", "/") and not urlsplit(url).query
        if is_front_page and (is_article if known is None else url != known):
            continue
        if known is None or _site(url) == _site(known):
            return url
    return known


def _own_addresses(articles: list[dict[str, object]]) -> Iterator[str]:
    """The addresses that JSON-LD articles give as their own."""
    for article in articles:
        for name in ("url", "mainEntityOfPage"):
            value = article.get(name)
            if isinstance(value, dict):
                value = value.get("@id")
            if isinstance(value, str):
                yield value


def _absolute(url: str | None, base: str | None) -> str | None:
    """Make an address absolute, without fragment; None if it is not one of the web."""
    if not url or not url.strip():
        return None
    try:
        absolute = urldefrag(urljoin(base or "", url.strip())).url
    except ValueError:
        return None
    return absolute if _host(absolute) else None


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    return parts.hostname if parts.scheme in ("http", "https") else None


def _site(url: str) -> str:
    return _SERVING_SUBDOMAINS.sub("", _host(url) or "")


def _title(page: _Declared, url: str | None) -> str | None:
    """Choose the headline, without the name of the site.

    The heading that readers see is the best, where another place confirms that it is the headline (95 in 100
    pages show it; what JSON-LD and Open Graph give is cut short or worded for search engines on every third).
    Then JSON-LD, Open Graph, the first heading, the title in the head.
    """
    headlines = [text for article in page.articles if (text := _text(article.get("headline")))]
    declared = [*headlines[:1], *page.metas("og:title")[:1], *filter(None, [page.head_title])]
    sites = _site_names(page, url)
    headings = [heading for heading in page.headings if _letters(heading) not in sites]
    for heading in headings:
        if any(_confirms(title, heading) for title in declared):
            return _without_site(heading, sites, headings)
    for title in (*headlines[:1], *page.metas("og:title")[:1], *headings[:1], page.head_title):
        if title and _letters(title) not in sites:
            return _without_site(title, sites, headings)
    return page.head_title


def _site_names(page: _Declared, url: str | None) -> set[str]:
    """Gather what the page gives as the name of its site, letters only."""
    names = page.metas(*_SITE_META)
    publisher = page.article_field("publisher")
    if isinstance(publisher, dict) and isinstance(publisher.get("name"), str):
        names.append(publisher["name"])
    # A heading that is the shorter end of the title of the page is the logo.
    before, ending = _split_last(page.head_title or "")
    names += [heading for heading in page.headings if heading == ending and len(ending) < len(before)]
    if url:
        # "The Guardian" is theguardian.com; what stands before the first dot is mostly the name.
        names += [_site(url), _site(url).partition(".")[0]]
    return {letters for name in names if (letters := _letters(name))}


def _confirms(title: str, heading: str) -> bool:
    """Say whether at least half of the words of a heading are in a title given elsewhere."""
    words = set(_WORD.findall(heading.casefold()))
    return 2 * len(words & set(_WORD.findall(title.casefold()))) >= len(words) > 0


def _without_site(title: str, sites: set[str], headings: list[str]) -> str:
    """Cut the name of the site off the end of a title, where it is known to be one."""
    for heading in headings:
        if title != heading and title.startswith(heading) and _TITLE_SEPARATOR.match(title, len(heading)):
            return heading
    while True:
        before, ending = _split_last(title)
        if not before or not (_letters(ending) in sites or _DOMAIN.fullmatch(ending)):
            return title
        title = before


def _split_last(title: str) -> tuple[str, str]:
    """Split a title before what stands after its last separator; the first part is empty if it has none."""
    separators = list(_TITLE_SEPARATOR.finditer(title))
    return (title[: separators[-1].start()], title[separators[-1].end() :]) if separators else ("", title)


def _letters(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _authors(page: _Declared) -> tuple[str, ...]:
    """Gather the names of the authors from JSON-LD, or else from the meta tags, each once, in order."""
    names: list[str] = []
    waiting: list[object] = [page.article_field("author", "creator")]
    for _ in range(_MAX_JSON_LD_NODES):
        if not waiting:
            break
        author = waiting.pop()
        if isinstance(author, list):
            waiting.extend(reversed(author))
        elif isinstance(author, dict):
            named = author if author.get("name") else page.by_id.get(str(author.get("@id")), {})
            name = named.get("name")
            waiting.extend(reversed(name) if isinstance(name, list) else [name])
        else:
            names.append(_text(author) or "")
    if not any(names):
        names = page.metas(*_AUTHOR_META)
    # article:author is the address of a profile more often than a name.
    return tuple(dict.fromkeys(name for name in names if name and not _host(name)))


def _published(page: _Declared) -> str | None:
    marked = [datetime for is_marked, datetime in page.times if is_marked]
    others = [datetime for is_marked, datetime in page.times if not is_marked]
    return (
        _text(page.article_field("datePublished"))
        or page.meta(*_PUBLISHED_META)
        or next((text for datetime in (*marked, *others) if (text := _text(datetime))), None)
    )
