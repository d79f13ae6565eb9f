"""The pages of the cleaning data: sets, sites, and the part that the training program never sees.

A set is a file of the folder, or the folder itself where it has pages that are written, a file a page. Plain ones are
LANGUAGE_SITE_NUMBER.txt: "+ " before each line of the main text, "- " before the others, nothing in blank ones. HTML
ones are LANGUAGE_SITE_NUMBER.html: the elements whose text is main text carry the attribute `data-main`, which is taken
out before anybody sees the page.
"""

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from lxml import html as markup

Part = Literal["held-out", "development", "all"]
Kind = Literal["plain", "html"]

KINDS: Final[tuple[Kind, ...]] = ("plain", "html")
_MARKS: Final = {"+ ": True, "- ": False, "": False}
_MAIN: Final = re.compile(r"""(<\w[^<>]*?)\sdata-main(?:=(?:""|''))?(?=[\s/>])""")
# One site of so many is held out.
_HELD_OUT_OF: Final = 5


class DataError(ValueError):
    """A file of the folder is not in the format of the cleaning data; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a set: its `gold` text, and its `html` or its plain `lines`, each with its label (True: main text)."""

    id: str
    language: str
    site: str
    kind: str
    gold: str
    html: str = ""
    lines: tuple[str, ...] = ()
    labels: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class PageSet:
    """The pages of one file that are scored, and for each site of theirs all of its pages, to learn the site from."""

    name: str
    kind: Kind
    pages: tuple[Page, ...]
    sites: dict[str, tuple[Page, ...]]


def find_sets(folder: Path, kind: Kind) -> list[str]:
    """The names of the sets that the folder has of this kind, sorted."""
    names = {path.name.removesuffix(_ending(kind)) for path in folder.glob(f"*{_ending(kind)}")}
    return sorted(names | ({folder.name} if any(_written(folder, kind)) else set()))


def is_written(folder: Path) -> bool:
    """Whether the folder has pages that are written a file a page."""
    return any(any(_written(folder, kind)) for kind in KINDS)


def read_set(folder: Path, name: str, kind: Kind, part: Part, sample: int | None = None) -> PageSet:
    """The pages of a set that belong to `part`; with `sample` at most so many, the same ones each time.

    Raises OSError where the file cannot be read, DataError where it is not in the format.
    """
    sites: dict[str, list[Page]] = {}
    pages = []
    path = folder / f"{name}{_ending(kind)}"
    for page in _collected(path, kind) if path.exists() else read_written(folder, kind):
        sites.setdefault(page.site, []).append(page)
        if belongs(page.site, part):
            pages.append(page)
    chosen = drawn(pages, sample)
    wanted = {page.site for page in chosen}
    return PageSet(name, kind, tuple(chosen), {site: tuple(those) for site, those in sites.items() if site in wanted})


def _collected(path: Path, kind: Kind) -> Iterator[Page]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield _page(json.loads(line), kind)
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(f"{path}, line {number}: {type(error).__name__}: {error}") from error


def read_written(folder: Path, kind: Kind) -> Iterator[Page]:
    """The pages of a folder that are written a file a page, by name.

    Raises OSError where one cannot be read, DataError where a mark is none or an HTML page has no main text.
    """
    return map(_READERS[kind], _written(folder, kind))


def _written(folder: Path, kind: Kind) -> list[Path]:
    return sorted(folder.glob("*.txt" if kind == "plain" else "*.html"))


def read_lines(path: Path) -> Page:
    """A plain page that is written line by line. Raises OSError, and DataError where a mark is none."""
    marked = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(marked, start=1):
        if line[:2] not in _MARKS:
            raise DataError(f"{path}, line {number}: begins with neither '+ ' nor '- ': {line!r}")
    lines, labels = tuple(line[2:] for line in marked), tuple(_MARKS[line[:2]] for line in marked)
    gold = "\n".join(line for line, label in zip(lines, labels, strict=True) if label)
    return Page(*_named(path), "article", gold, lines=lines, labels=labels)


def read_marked_up(path: Path) -> Page:
    """An HTML page whose main text is marked. Raises OSError, and DataError where nothing is."""
    marked = path.read_text(encoding="utf-8")
    root = markup.document_fromstring(marked.encode(), parser=markup.HTMLParser(encoding="utf-8"))
    for end in root.iter("br", "p", "li", "tr", "td", "th", "dt", "dd"):
        end.tail = f"\n{end.tail or ''}"
    gold = "\n".join(" ".join(element.text_content().split()) for element in root.iterfind(".//*[@data-main]"))
    if not gold.strip():
        raise DataError(f"{path}: no element with text carries the attribute data-main")
    return Page(*_named(path), "article", gold, html=_MAIN.sub(r"\1", marked))


_READERS: Final[dict[Kind, Callable[[Path], Page]]] = {"plain": read_lines, "html": read_marked_up}


def _named(path: Path) -> tuple[str, str, str]:
    """Id, language and site of a written page."""
    return path.stem, path.stem.partition("_")[0], path.stem.rpartition("_")[0] or path.stem


def is_held_out(site: str) -> bool:
    """Whether the pages of a site are kept apart from all training, by its name."""
    return int(hashlib.sha256(site.encode()).hexdigest(), 16) % _HELD_OUT_OF == 0


def belongs(site: str, part: Part) -> bool:
    """Whether the pages of a site belong to `part`; a site's own name decides, so no site is on both sides."""
    return part == "all" or (part == "held-out") == is_held_out(site)


def drawn(pages: Sequence[Page], number: int | None) -> list[Page]:
    """At most `number` of the pages, in their order; the hash of the id decides, so it is the same ones each time."""
    if number is None or number >= len(pages):
        return list(pages)
    chosen = sorted(range(len(pages)), key=lambda i: hashlib.sha256(pages[i].id.encode()).digest())[:number]
    return [pages[i] for i in sorted(chosen)]


def languages(pages: Iterable[Page]) -> list[str]:
    """The languages of the pages, sorted."""
    return sorted({page.language for page in pages})


def kinds(pages: Iterable[Page]) -> list[str]:
    """The kinds of the pages (article, forum, …), sorted."""
    return sorted({page.kind for page in pages})


def _ending(kind: Kind) -> str:
    return f"_{kind}.jsonl.gz"


def _page(record: dict[str, Any], kind: Kind) -> Page:
    facts = {"id": str(record["id"]), "site": record["site"], "kind": record["kind"], "gold": record["gold"]}
    if kind == "html":
        return Page(language=record["lang"], html=record["html"], **facts)
    lines, labels = tuple(record["lines"]), tuple(bool(label) for label in record["labels"])
    if len(lines) != len(labels):
        raise ValueError(f"{len(lines)} lines, but {len(labels)} labels")
    return Page(language=record["lang"], lines=lines, labels=labels, **facts)
