"""What the markup of a page says about its lines: where in the page a line stands, in what element, how much is links.

The page is laid out again exactly as its reader did it (transforms.readers.html_lines), this time noting for each line
the elements around it. Sites name their boxes in a few ways, whatever their language.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from transforms.boilerplate.line_features import Counted, Floats
from transforms.boilerplate.surroundings import Around
from transforms.readers.html_lines import BLOCKS, CELLS, Lineariser, clean_markup, is_hidden, linearise

# What the classes and ids of boxes say, and the elements that say the like.
_BOXES: Final = {
    "comments": "comment|disqus|respond|reply|replies|discuss",
    "sharing": "share|social|follow|twitter|facebook|addthis",
    "related": (
        "relat|recommend|popular|most-|trending|more-|read-?next|also|outbrain|taboola|teaser|latest|similar|recirc"
    ),
    "navigation": r"nav|menu|breadcrumb|crumb|pagination|pager|tabs?\b|toc|skip",
    "foot": "foot|copyright|legal",
    "side": "side|widget|aside|rail|column-r|right",
    "advertising": r"promo|banner|advert|\bads?\b|ad-|-ad|sponsor|commercial|dfp|gpt",
    "forms": "newsletter|subscri|sign-?up|cookie|consent|modal|popup|overlay|login|paywall|gdpr|register|form",
    "byline": r"byline|author|date|time|meta|tags?\b|category|kicker|credit|source|info",
    "caption": "caption|gallery|figure|image|photo|slide|video|media",
    "content": "article|content|entry|post|story|body|text|main|detail|description|news",
    "head": "head|title|hero|lead|intro|summary|standfirst|dek",
}
_BOX = [re.compile(pattern) for pattern in _BOXES.values()]
_ELEMENTS: Final = (
    ("nav",),
    ("header",),
    ("footer",),
    ("aside",),
    ("article",),
    ("main",),
    ("form",),
    ("figure",),
    ("table",),
    ("ul", "ol", "dl"),
    ("blockquote",),
    ("section",),
    ("button", "select"),
    ("figcaption",),
    ("pre", "code"),
)
_ELEMENT_BIT: Final = {tag: 1 << (len(_BOXES) + i) for i, tags in enumerate(_ELEMENTS) for tag in tags}
_HIDDEN_BIT: Final = 1 << (len(_BOXES) + len(_ELEMENTS))
_BITS: Final = len(_BOXES) + len(_ELEMENTS) + 1
# The innermost block of a line; 0 for others.
_BLOCK_TAGS: Final = (
    "p h1 h2 h3 h4 h5 h6 li td th div dd dt blockquote figcaption article section label pre main body".split()
)
_BLOCK_NUMBER: Final = {tag: number for number, tag in enumerate(_BLOCK_TAGS, 1)}
_HEADINGS: Final = (2, 3, 4, 5, 6, 7)
# A class attribute longer than this is no name of a box.
_MAX_NAME = 300
_FAR = 80


@dataclass(frozen=True, slots=True)
class Place:
    """Where the longest piece of a line stands: the boxes around it as bits, the three blocks it is in, by number."""

    boxes: int = 0
    blocks: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class LineMarkup:
    """A line of a page, and its markup: `tag` of its block, depth, and the shares of its characters in links, bold."""

    text: str
    place: Place
    tag: str
    depth: int
    in_links: float
    in_bold: float


class _MarkupReader(Lineariser):
    """Lays a page out and notes the markup of each line."""

    def __init__(self, revealed: bool) -> None:
        super().__init__(revealed)
        self.places: list[LineMarkup] = []
        self._open: list[tuple[Place, str]] = [(Place(), "")]
        self._number = 0
        self._named: dict[str, int] = {}
        self._links = self._bolds = 0
        self._size = self._linked = self._bold = self._longest = 0
        self._place, self._block, self._depth = Place(), "", 1

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        super().start(tag, attributes)
        self._number += 1
        place, block = self._open[-1]
        bits = self._bits_of(tag, attributes)
        if tag in BLOCKS or tag in CELLS:
            block, blocks = tag, (self._number, *place.blocks[:2])
            self._open.append((Place(place.boxes | bits, blocks), block))
        elif bits & ~place.boxes:
            self._open.append((Place(place.boxes | bits, place.blocks), block))
        else:
            self._open.append((place, block))
        self._links += tag == "a"
        self._bolds += tag in {"b", "strong"}

    def end(self, tag: str) -> None:
        super().end(tag)
        if len(self._open) > 1:
            self._open.pop()
        self._links -= tag == "a"
        self._bolds -= tag in {"b", "strong"}

    def data(self, text: str) -> None:
        if self._unseen:
            return
        size = len(text) - text.count(" ") - text.count("\n")
        if size:
            self._size += size
            self._linked += size if self._links else 0
            self._bold += size if self._bolds else 0
            if size > self._longest:
                self._longest = size
                self._place, self._block = self._open[-1]
                self._depth = len(self._open)
        super().data(text)

    def _begin_line(self) -> None:
        self._size = self._linked = self._bold = self._longest = 0
        self._place, self._block = self._open[-1]
        self._depth = len(self._open)

    def _end_line(self) -> None:
        before = len(self._lines)
        super()._end_line()
        if len(self._lines) > before:
            size = max(self._size, 1)
            self.places.append(
                LineMarkup(
                    self._lines[-1], self._place, self._block, self._depth, self._linked / size, self._bold / size
                )
            )
        self._begin_line()

    def _bits_of(self, tag: str, attributes: Mapping[str, str]) -> int:
        bits = _ELEMENT_BIT.get(tag, 0)
        if not attributes or tag in {"html", "body"}:
            return bits
        name = f"{attributes.get('class', '')} {attributes.get('id', '')}"
        if 1 < len(name) <= _MAX_NAME:
            known = self._named.get(name)
            if known is None:
                lowered = name.lower()
                known = sum(1 << i for i, pattern in enumerate(_BOX) if pattern.search(lowered))
                self._named[name] = known
            bits |= known
        hidden = is_hidden(tag, attributes) or attributes.get("aria-hidden") == "true"
        return bits | (_HIDDEN_BIT if hidden else 0)


def read_markup(markup: str) -> list[LineMarkup]:
    """The lines of a page with their markup; the texts are those of the reader's lines."""
    return linearise(clean_markup(markup), _MarkupReader).places


_BLOCK_LEVELS = ("block", "parent", "grandparent")
MARKUP_FEATURES = [
    *_BOXES,
    *("/".join(tags) for tags in _ELEMENTS),
    "hidden",
    "tag",
    "depth",
    "in links",
    "in bold",
    "heading",
    "lines since heading 1",
    "headings 1",
    *(
        f"{what} of {block}"
        for block in _BLOCK_LEVELS
        for what in ("prose", "prose share", "links", "log lines", "is main", "words")
    ),
    *(f"{what} {k} {side}" for what in ("links", "paragraphs") for k in (1, 4) for side in ("after", "before")),
]


def markup_features(lines: list[LineMarkup], counted: Counted) -> list[Floats]:
    """The markup of the lines as numbers, in the order of MARKUP_FEATURES."""
    number = len(lines)
    boxes = np.fromiter((line.place.boxes for line in lines), np.int64, number)
    tags = np.fromiter((_BLOCK_NUMBER.get(line.tag, 0) for line in lines), np.int64, number)
    links = np.fromiter((line.in_links for line in lines), np.float32, number)
    here = np.arange(number)
    titles = np.flatnonzero(tags == _BLOCK_NUMBER["h1"])
    place = np.searchsorted(titles, here, side="right")
    since = np.full(number, -1)
    if len(titles):
        since = np.where(place > 0, np.minimum(here - titles[np.maximum(place - 1, 0)], _FAR), -1)
    columns = [
        *((boxes >> bit) & 1 for bit in range(_BITS)),
        tags,
        np.fromiter((line.depth for line in lines), np.float32, number),
        links,
        np.fromiter((line.in_bold for line in lines), np.float32, number),
        np.isin(tags, _HEADINGS),
        since,
        np.full(number, len(titles)),
    ]
    words = counted.words
    prose = np.where(counted.prose, words, 0)
    all_prose, all_words = max(float(prose.sum()), 1), max(float(words.sum()), 1)
    for level in range(len(_BLOCK_LEVELS)):
        blocks = np.fromiter((line.place.blocks[level] for line in lines), np.int64, number)
        _, block = np.unique(blocks, return_inverse=True)
        of_prose = np.bincount(block, weights=prose)
        of_words = np.bincount(block, weights=words)
        linked = np.bincount(block, weights=words * links)
        of_block = (
            of_prose / all_prose,
            of_prose / np.maximum(of_words, 1),
            linked / np.maximum(of_words, 1),
            np.log1p(np.bincount(block)),
            of_prose >= of_prose.max(),
            of_words / all_words,
        )
        columns += [values[block] for values in of_block]
    paragraphs = (tags == _BLOCK_NUMBER["p"]).astype(np.float32)
    columns += [*Around.of(links).both(1, 4), *Around.of(paragraphs).both(1, 4)]
    return [np.asarray(column, np.float32) for column in columns]
