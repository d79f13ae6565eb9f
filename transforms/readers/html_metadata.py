"""What an HTML page says about itself: title, address, authors, language, section, age rating, times.

Pages say it up to five times over and seldom the same. For each field the places are asked in the order of how
closely they are tied to the article: schema.org JSON-LD, Open Graph, the visible page, the head.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit

from transforms.age_rating import parse_age
from transforms.document import Origin, Origins
from transforms.origins import NOWHERE
from transforms.readers.html_declared import MAX_JSON_LD_NODES, Declared, declared_by, text_of

_PUBLISHED_OPEN_GRAPH = ("article:published_time", "og:article:published_time")
_PUBLISHED_META = (
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
_UPDATED_OPEN_GRAPH = ("article:modified_time", "og:article:modified_time", "og:updated_time")
_UPDATED_META = ("datemodified", "article.updated", "dc.date.modified", "dcterms.modified")
_SECTION_OPEN_GRAPH = ("article:section", "og:article:section")
_SECTION_META = ("articlesection", "parsely-section", "sailthru.section", "cxenseparse:section")
# A longer name of a section is a list of keywords.
MAX_SECTION_CHARACTERS = 60
_AUTHOR_META = ("author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "byl")
_SITE_META = ("og:site_name", "application-name")

# Between the headline and the name of the site in a page title.
_TITLE_SEPARATOR = re.compile(r"\s+(?:[|\-–—·•»:]|::|//)\s+|\s*\|\s*")
# A shorter line may be a section.
_HEADLINE_WORDS = 3
_DOMAIN = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}", re.IGNORECASE)
_WORD = re.compile(r"\w+")
# Subdomains that say how a site is served, not which site it is.
_SERVING_SUBDOMAINS = re.compile(r"^(?:(?:www\d?|m|mobile|amp)\.)+")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says about itself; None or empty where it says nothing.

    `url` is absolute, without fragment. `language`, `published_raw` and `updated_raw` are as the page writes them;
    `age_rating` is in years.
    """

    url: str | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    published_raw: str | None = None
    section: str | None = None
    updated_raw: str | None = None
    age_rating: int | None = None
    origins: Origins = NOWHERE
    published_origin: Origin = "metadata"
    updated_origin: Origin = "metadata"


def source_of(url: str | None) -> str | None:
    """Name the source of an item by the host of its address, without `www.`; None where there is no host."""
    host = _host(url) if url else None
    return host.removeprefix("www.") if host else None


def read_metadata(
    markup: str, known_url: str | None = None, html_language: str | None = None, lines: Sequence[str] = ()
) -> Metadata:
    """Read the metadata of a page from its markup.

    `known_url` is the address it was fetched from, if known: relative addresses are resolved against it, and
    it stands where the page names no other. `html_language` is the `lang` of the root element, and `lines` are
    the visible ones, which the caller has already parsed.
    """
    page = declared_by(markup)
    if page is None:
        return Metadata(url=_absolute(known_url, None))
    url = _canonical(page, known_url)
    title, title_origin = _title(page, url, lines)
    authors, authors_origin = _authors(page)
    section, section_origin = _section(page)
    published, published_origin = _moment(page, "datePublished", _PUBLISHED_OPEN_GRAPH, _PUBLISHED_META, page.published)
    updated, updated_origin = _moment(page, "dateModified", _UPDATED_OPEN_GRAPH, _UPDATED_META, page.updated)
    age_rating, age_origin = _age_rating(page)
    return Metadata(
        url=url,
        title=title,
        authors=authors,
        language=text_of(html_language) or page.meta("content-language") or page.meta("og:locale"),
        published_raw=published,
        section=section,
        updated_raw=updated,
        age_rating=age_rating,
        origins=Origins(title_origin, authors_origin, section_origin, age_origin),
        published_origin=published_origin or "metadata",
        updated_origin=updated_origin or "metadata",
    )


def _canonical(page: Declared, known_url: str | None) -> str | None:
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


def _title(page: Declared, url: str | None, lines: Sequence[str]) -> tuple[str | None, Origin | None]:
    """Choose the headline, without the name of the site, and say where it stands.

    The heading that readers see is the best, where another place confirms that it is the headline (95 in 100
    pages show it; what JSON-LD and Open Graph give is cut short or worded for search engines on every third).
    Then JSON-LD, Open Graph, the first heading, the title in the head.
    """
    headlines = [text for article in page.articles if (text := text_of(article.get("headline")))]
    declared = [*headlines[:1], *page.metas("og:title")[:1], *filter(None, [page.head_title])]
    sites = _site_names(page, url)
    headings = [heading for heading in page.headings if _letters(heading) not in sites]
    for heading in headings:
        if any(_confirms(title, heading) for title in declared):
            return _without_site(heading, sites, headings), "heading"
    places: tuple[tuple[Origin, list[str]], ...] = (
        ("json-ld", headlines),
        ("open-graph", page.metas("og:title")),
        ("heading", headings),
        ("page-title", [page.head_title] if page.head_title else []),
    )
    for origin, titles in places:
        if titles and _letters(titles[0]) not in sites:
            shown = _begun_by(titles[0], lines) if origin == "page-title" else None
            return shown or _without_site(titles[0], sites, headings), origin
    return page.head_title, "page-title" if page.head_title else None


def _site_names(page: Declared, url: str | None) -> set[str]:
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
        if _begins(heading, title):
            return heading
    while True:
        before, ending = _split_last(title)
        if not before or not (_letters(ending) in sites or _DOMAIN.fullmatch(ending)):
            return title
        title = before


def _begun_by(title: str, lines: Sequence[str]) -> str | None:
    """The line of the page with which its title begins: where no heading says so, that is the headline."""
    shown = (line for line in map(str.strip, lines) if _begins(line, title) and len(line.split()) >= _HEADLINE_WORDS)
    return max(shown, key=len, default=None)


def _begins(line: str, title: str) -> bool:
    """Whether a title is this line and, after a separator, more."""
    return title.startswith(line) and _TITLE_SEPARATOR.match(title, len(line)) is not None


def _split_last(title: str) -> tuple[str, str]:
    """Split a title before what stands after its last separator; the first part is empty if it has none."""
    separators = list(_TITLE_SEPARATOR.finditer(title))
    return (title[: separators[-1].start()], title[separators[-1].end() :]) if separators else ("", title)


def _letters(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _authors(page: Declared) -> tuple[tuple[str, ...], Origin | None]:
    """Gather the names of the authors from JSON-LD, or else from the meta tags, each once, in order."""
    names: list[str] = []
    waiting: list[object] = [page.article_field("author", "creator")]
    for _ in range(MAX_JSON_LD_NODES):
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
            names.append(text_of(author) or "")
    origin: Origin = "json-ld"
    if not any(names):
        names, origin = page.metas(*_AUTHOR_META), "meta"
    # article:author is the address of a profile more often than a name.
    authors = tuple(dict.fromkeys(name for name in names if name and not _host(name)))
    return authors, origin if authors else None


def _moment(
    page: Declared, field: str, open_graph: tuple[str, ...], metas: tuple[str, ...], times: list[str]
) -> tuple[str | None, Origin | None]:
    """Find a time as the page writes it: in JSON-LD, Open Graph, the other meta tags, the time elements."""
    places: tuple[tuple[Origin, str | None], ...] = (
        ("json-ld", text_of(page.article_field(field))),
        ("open-graph", page.meta(*open_graph)),
        ("meta", page.meta(*metas)),
        ("time-element", next((text for moment in times if (text := text_of(moment))), None)),
    )
    return next(((moment, origin) for origin, moment in places if moment), (None, None))


def _section(page: Declared) -> tuple[str | None, Origin | None]:
    """Find the section: of the article alone, for other things on the page have sections, too."""
    given = [article.get("articleSection") for article in page.articles]
    names = [name for value in given for name in (value if isinstance(value, list) else [value])]
    places: tuple[tuple[Origin, str | None], ...] = (
        ("json-ld", next((text for name in names if (text := text_of(name))), None)),
        ("open-graph", page.meta(*_SECTION_OPEN_GRAPH)),
        ("meta", page.meta(*_SECTION_META)),
    )
    for origin, section in places:
        if section and len(section) <= MAX_SECTION_CHARACTERS and not _host(section):
            return section, origin
    return None, None


def _age_rating(page: Declared) -> tuple[int | None, Origin | None]:
    """Find the age rating of the article: a film that it is about has one, too."""
    for article in page.articles:
        for name in ("contentRating", "typicalAgeRange"):
            age = parse_age(text_of(article.get(name)) or "")
            if age is not None:
                return age, "json-ld"
    age = parse_age(page.meta("rating") or "")
    return (None, None) if age is None else (age, "meta")
