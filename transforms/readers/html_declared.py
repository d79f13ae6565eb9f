"""What a page declares: its meta tags, links, headings, times and JSON-LD, each kind gathered once."""

import html
import json
import re
from collections import deque
from collections.abc import Iterator

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
_SPACE = re.compile(r"\s+")
# The headline is among the first; a bound for pages of headings, or headings in headings.
_MAX_HEADINGS = 20
# No headline is longer; an unclosed <h1> swallows the page.
_MAX_TITLE_CHARACTERS = 500
# Deeper than any real JSON-LD; a bound for hostile ones.
MAX_JSON_LD_NODES = 10_000


def declared_by(markup: str) -> "Declared | None":
    """Gather the declarations of a page from its markup; None where there is not one tag."""
    # Without a tag there is nothing to read, and Beautiful Soup would ask on stderr whether a file name was
    # meant; with an XML declaration, whether XML was.
    declaration = _XML_DECLARATION.match(markup)
    if declaration:
        markup = markup[declaration.end() :]
    elif "<" not in markup:
        return None
    return Declared(BeautifulSoup(markup, "lxml", parse_only=SoupStrainer(list(_ELEMENTS))))


class Declared:
    """The declarations of a page, each kind gathered once."""

    def __init__(self, soup: BeautifulSoup) -> None:
        self._metas: dict[str, list[str]] = {}
        self.links: dict[str, str] = {}
        self.headings: list[str] = []
        self._headings_seen = 0
        self.head_title: str | None = None
        self.published: list[str] = []
        self.updated: list[str] = []
        self._times: list[str] = []
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
                self._add_time(attributes)
            else:
                self._add_heading(tag)
        # Those that are marked as it go before those that are only times.
        self.published = [*self.published, *self._times]
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

    def _add_time(self, attributes: dict[str, str]) -> None:
        marks = attributes.get("itemprop", "").lower()
        moment = attributes.get("datetime", "")
        if "datemodified" in marks:
            self.updated.append(moment)
        if "pubdate" in attributes or "datepublished" in marks:
            self.published.append(moment)
        elif "datemodified" not in marks:
            self._times.append(moment)

    def _add_heading(self, tag: Tag) -> None:
        self._headings_seen += 1
        if self._headings_seen > _MAX_HEADINGS or (tag.name == "title" and self.head_title):
            return
        text = text_of(tag.get_text(" "))
        if text and len(text) <= _MAX_TITLE_CHARACTERS:
            if tag.name == "h1":
                self.headings.append(text)
            else:
                self.head_title = text

    def _add_meta(self, attributes: dict[str, str]) -> None:
        value = text_of(attributes.get("content"))
        if value:
            for key in ("property", "name", "itemprop", "http-equiv"):
                if key in attributes:
                    self._metas.setdefault(attributes[key].strip().lower(), []).append(value)


def _attribute(value: object) -> str:
    return " ".join(str(part) for part in value) if isinstance(value, list) else str(value)


def text_of(value: object) -> str | None:
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
    for _ in range(MAX_JSON_LD_NODES):
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
