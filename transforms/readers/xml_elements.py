"""The elements of an XML document while it is parsed: which of them are articles, and the fields of these.

What is an article is told when an element ends: it has a text among its children or attributes. An element that is
named like a text (`article`, `content`, `body`) may be either, the text of its parent or an article itself; it is an
article if it has a title, an address or a date, and a text besides.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Final
from xml.sax.saxutils import escape

from transforms.document import Reason
from transforms.readers.drop import RefusedDropError
from transforms.readers.mapping import DEFAULT_FIELDS, FieldMapping

# Paths from the element of an article, beside the names of the mapping, and before them: NITF, NewsML-G2, and what is
# nested everywhere.
_PATHS: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("contentset.inlinedata",),
    "html": ("body.body.content", "contentset.inlinexml"),
    "title": ("body.body.head.hedline.hl1", "contentmeta.headline", "head.title"),
    "published": ("head.docdata.date.issue.norm", "contentmeta.contentcreated", "itemmeta.versioncreated"),
    "language": ("contentmeta.language.tag",),
    "authors": ("author.name", "authors.author", "body.body.head.byline", "contentmeta.by"),
    "url": ("link.href",),
    "id": ("guid", "head.docdata.doc-id.id-string"),
}
_TEXTUAL: Final = frozenset(("text", "html"))
# What an article has beside its text, and a part of a text has not.
_TELLING: Final = frozenset(("title", "url", "published"))

# Elements that HTML has: in a text they are markup as they stand. Others are lines of their own, unless they stand
# amid text, as names of persons in NITF do.
HTML_ELEMENTS: Final = frozenset(
    "a abbr address article aside audio b bdi bdo blockquote body br button canvas caption center cite code col "
    "colgroup dd del details dfn div dl dt em figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr "
    "html i iframe img input ins kbd label legend li link main mark meta nav noscript object ol option p pre q s "
    "samp script section select small span strike strong style sub summary sup svg table tbody td template "
    "textarea tfoot th thead time title tr tt u ul var video wbr".split()
)

# A `section` of an XML document is a part of its text. The list of articles is no element but all of one name.
_NOT_OF_XML = frozenset(("items", "section", "updated", "age_rating"))
# Documents have some tens of levels.
_MAX_DEPTH = 1_000
# Elements that may be texts, in one another; what is deeper is only content.
_MAX_OPEN_TEXTS = 8
# Of different paths, and of names for people.
_MAX_PATHS = 10_000
_MAX_NAMES_SEEN = 40


@dataclass(frozen=True, slots=True)
class Names:
    """The fields by the paths under which they are looked for, each with its rank: the lowest that is given counts."""

    by_path: Mapping[str, tuple[str, int]]
    last: frozenset[str]
    """The last names of the paths: what ends none of them is no field."""
    longest: int
    """The levels of the longest path, at most: a name may have dots of its own."""

    @classmethod
    def of(cls, mapping: FieldMapping) -> "Names":
        """Make the names of a mapping; fields that it leaves as they are have the paths of known formats, too."""
        by_path: dict[str, tuple[str, int]] = {}
        for field in (each.name for each in fields(mapping) if each.name not in _NOT_OF_XML):
            given = getattr(mapping, field)
            paths = _PATHS.get(field, ()) if given == getattr(DEFAULT_FIELDS, field) else ()
            for rank, path in enumerate(paths + given.all_names):
                # Texts come before pages, save that the paths of known formats come before all names.
                later = 0 if rank < len(paths) else 200 if field == "html" else 100
                by_path.setdefault(path.lower(), (field, rank + later))
        last = frozenset(path.split(".", dots)[-1] for path in by_path for dots in range(path.count(".") + 1))
        return cls(by_path, last, 1 + max(path.count(".") for path in by_path))


class _Tag:
    """A tag in a text: how it is written depends on what else its parent holds."""

    __slots__ = ("closing", "name", "parent")

    def __init__(self, name: str, parent: "_Element", *, closing: bool) -> None:
        self.name = name
        self.parent = parent
        self.closing = closing

    def __str__(self) -> str:
        name = self.name if self.parent.mixed or self.name in HTML_ELEMENTS else "div"
        return f"</{name}>" if self.closing else f"<{name}>"


class _Element:
    """An element that is open."""

    __slots__ = ("found", "held", "holds_article", "language", "mixed", "name", "path", "sealed", "start", "too_long")

    def __init__(self, name: str, parent: "_Element | None", path: int) -> None:
        self.name = name
        self.path = path
        # By field: rank, and its values with whether each is markup.
        self.found: dict[str, tuple[int, list[tuple[str, bool]]]] = {}
        self.held = 0
        # Where its content begins among the pieces, where that may be a field.
        self.start: int | None = None
        self.language: str | None = parent.language if parent else None
        # In <html> everything is markup.
        self.sealed: bool = parent is not None and (parent.sealed or parent.name == "html")
        self.mixed = self.too_long = self.holds_article = False


@dataclass(frozen=True, slots=True)
class Article:
    """An article: its fields, and for people, where it is."""

    found: Mapping[str, tuple[int, list[tuple[str, bool]]]]
    language: str | None
    too_long: bool
    where: str

    @property
    def excerpt(self) -> str:
        """The beginning of it."""
        return " ".join(text for _, values in self.found.values() for text, _ in values)[:1000]

    def values(self, field: str) -> list[str]:
        """Every value of a field, without markup."""
        return [value for value, _ in self.found[field][1]] if field in self.found else []

    def first(self, field: str) -> str | None:
        """The first value of a field."""
        return next(iter(self.values(field)), None)

    def texts(self) -> Iterator[tuple[str, bool]]:
        """Yield the text, its parts in lines, and whether it is markup; nothing where there is none."""
        given = [(self.found[field][0], field) for field in ("text", "html") if field in self.found]
        if given:
            # Equal ranks in both: the text, which is named first.
            parts = self.found[min(given, key=lambda each: each[0])[1]][1]
            has_markup = any(markup for _, markup in parts)
            yield "\n".join(escape(text) if has_markup and not markup else text for text, markup in parts), has_markup


class Elements:
    """What the parser tells, element by element; `take` hands out the articles that are complete."""

    def __init__(self, names: Names, bound: int) -> None:
        self._names = names
        self._bound = bound
        self._open: list[_Element] = []
        self._done: list[Article] = []
        self._pieces: list[str | _Tag] = []
        self._size = 0
        self._texts_open = 0
        self._paths: dict[tuple[int, str], int] = {}
        # By path: articles are there, or how many elements have a title or the like, and no text.
        self._known: set[int] = set()
        self._textless: dict[int, int] = {}
        self.names_seen: dict[str, None] = {}

    def take(self) -> list[Article]:
        """Hand out the articles that are complete."""
        done, self._done = self._done, []
        return done

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Open an element."""
        if len(self._open) >= _MAX_DEPTH:
            raise RefusedDropError(Reason.BROKEN_FORMAT, f"elements in more than {_MAX_DEPTH} elements")
        name = name.rpartition(":")[2].lower()
        if len(self.names_seen) < _MAX_NAMES_SEEN:
            self.names_seen[name] = None
        parent = self._open[-1] if self._open else None
        element = _Element(name, parent, self._path(parent, name))
        if self._texts_open and parent is not None:
            self._keep(_Tag(name, parent, closing=False))
        self._open.append(element)
        element.language = attributes.get("xml:lang") or element.language
        if element.sealed:
            return
        for attribute, value in attributes.items():
            local = attribute.rpartition(":")[2].lower()
            if local in self._names.last and attribute != "xml:lang":
                for outer, field, rank in self._fields_of(local):
                    self._add(outer, field, rank, value, markup=False)
        is_field = name in self._names.last and (parent is None or self._fields_of(None))
        if is_field and self._texts_open < _MAX_OPEN_TEXTS:
            element.start = len(self._pieces)
            self._texts_open += 1

    def data(self, text: str) -> None:
        """Take text."""
        if self._texts_open:
            element = self._open[-1]
            element.mixed = element.mixed or not text.isspace()
            self._keep(text)

    def end(self, line: int) -> None:
        """Close the element that was opened last; `line` is the one that it ends in."""
        element = self._open[-1]
        inside = self._texts_open > 0
        if self._is_article(element, inside=inside):
            self._article(element, line)
        elif element.start is not None:
            self._texts_open -= 1
            self._end_field(element, element.start, line)
        elif not element.holds_article and not inside:
            self._end_textless(element, line)
        self._open.pop()
        if self._texts_open and self._open:
            self._keep(_Tag(element.name, self._open[-1], closing=True))
        elif not self._texts_open:
            self._pieces.clear()
            self._size = 0

    def _is_article(self, element: _Element, *, inside: bool) -> bool:
        """Say whether an element is an article; `inside` means in a text, or that it is named like one itself."""
        if element.sealed or (_TEXTUAL.isdisjoint(element.found) and not element.too_long):
            return False
        return not inside or not _TELLING.isdisjoint(element.found)

    def _article(self, element: _Element, line: int) -> None:
        where = f"`{element.name}` that ends in line {line}"
        # What was met before at the same place, and had no text, is an article that lacks one.
        if element.path not in self._known:
            self._known.add(element.path)
            if textless := self._textless.pop(element.path, 0):
                self._done.append(Article({}, None, False, f"{textless} `{element.name}` before line {line}"))
        self._done.append(Article(element.found, element.language, element.too_long, where))
        for outer in self._open[:-1]:
            outer.holds_article = True
            outer.start = None
        self._texts_open = 0

    def _end_textless(self, element: _Element, line: int) -> None:
        """Remember an element that lacks a text, if it is an article else."""
        if element.path in self._known:
            self._done.append(Article({}, None, False, f"`{element.name}` that ends in line {line}"))
        elif not _TELLING.isdisjoint(element.found) and element.path:
            self._textless[element.path] = self._textless.get(element.path, 0) + 1

    def _end_field(self, element: _Element, start: int, line: int) -> None:
        """Give the content of an element to those of which it is a field."""
        outer = self._fields_of(None)
        if element.too_long:
            for each, field, _ in outer:
                each.too_long = each.too_long or field in _TEXTUAL
            if not outer:
                self._article(element, line)
            return
        content = self._pieces[start:]
        plain = "".join(piece for piece in content if isinstance(piece, str))
        markup = any(isinstance(piece, _Tag) for piece in content)
        text = (
            "".join(escape(piece) if isinstance(piece, str) else str(piece) for piece in content) if markup else plain
        )
        if not outer or (not _TELLING.isdisjoint(element.found) and any(field in _TEXTUAL for _, field, _ in outer)):
            # The root, or an article whose text has no element of its own (DocBook).
            of_fields = sum(_letters(value) for _, values in element.found.values() for value, _ in values)
            if _letters(plain) > of_fields:
                element.found["text"] = (0, [(text, markup)])
                self._article(element, line)
            elif not self._texts_open:
                self._end_textless(element, line)
            return
        for each, field, rank in outer:
            is_text = field in _TEXTUAL
            self._add(each, field, rank, text if is_text else plain, markup=is_text and markup)

    def _fields_of(self, attribute: str | None) -> list[tuple[_Element, str, int]]:
        """Say of which open elements the last one, or an attribute of it, is a field, and of which rank."""
        names = [element.name for element in self._open[-self._names.longest :]]
        if attribute is not None:
            names.append(attribute)
        found = []
        for levels in range(1, min(self._names.longest, len(names)) + 1):
            field = self._names.by_path.get(".".join(names[-levels:]))
            # The element that the path counts from.
            outer = len(self._open) - levels - (attribute is None)
            if field is not None and outer >= 0 and not self._open[outer].sealed:
                found.append((self._open[outer], *field))
        return found

    def _add(self, element: _Element, field: str, rank: int, value: str, *, markup: bool) -> None:
        """Add a value that is not blank to the field of an element; of several names, the first counts."""
        if not value.strip() or element.too_long:
            return
        given = element.found.get(field)
        if given is not None and given[0] < rank:
            return
        element.held += len(value)
        if element.held > self._bound:
            element.too_long = field in _TEXTUAL or not _TEXTUAL.isdisjoint(element.found)
            return
        if given is None or rank < given[0]:
            element.found[field] = (rank, [(value, markup)])
        else:
            given[1].append((value, markup))

    def _keep(self, piece: "str | _Tag") -> None:
        self._size += len(piece) if isinstance(piece, str) else 2 * len(piece.name) + 5
        if self._size <= self._bound:
            self._pieces.append(piece)
            return
        self._pieces.clear()
        for element in self._open:
            if element.start is not None:
                element.too_long = True
                element.start = 0

    def _path(self, parent: _Element | None, name: str) -> int:
        """Number the paths from the root; 0 stands for those beyond the bound."""
        key = (parent.path if parent else 0, name)
        if key not in self._paths and len(self._paths) >= _MAX_PATHS:
            return 0
        return self._paths.setdefault(key, len(self._paths) + 1)


def _letters(text: str) -> int:
    """Count the characters of a text without white space."""
    return sum(map(len, text.split()))
