"""The pages of the cleaning data: sets, sites, and the part that the training program never sees.

A set is a file of the folder, or the folder itself where it has plain pages that are written line by line: a file a
page, LANGUAGE_SITE_NUMBER.txt, "+ " before each line of the main text, "- " before the others, nothing in blank ones.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

Part = Literal["held-out", "development", "all"]
Kind = Literal["plain", "html"]

KINDS: Final[tuple[Kind, ...]] = ("plain", "html")
_MARKS: Final = {"+ ": True, "- ": False, "": False}
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
    return sorted(names | ({folder.name} if kind == "plain" and is_written(folder) else set()))


def is_written(folder: Path) -> bool:
    """Whether the folder has pages that are written line by line."""
    return any(folder.glob("*.txt"))


def read_set(folder: Path, name: str, kind: Kind, part: Part, sample: int | None = None) -> PageSet:
    """The pages of a set that belong to `part`; with `sample` at most so many, the same ones each time.

    Raises OSError where the file cannot be read, DataError where it is not in the format.
    """
    sites: dict[str, list[Page]] = {}
    pages = []
    path = folder / f"{name}{_ending(kind)}"
    for page in _collected(path, kind) if path.exists() else map(read_written, sorted(folder.glob("*.txt"))):
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


def read_written(path: Path) -> Page:
    """A page that is written line by line. Raises OSError where it cannot be read, DataError where a mark is none."""
    marked = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(marked, start=1):
        if line[:2] not in _MARKS:
            raise DataError(f"{path}, line {number}: begins with neither '+ ' nor '- ': {line!r}")
    lines, labels = tuple(line[2:] for line in marked), tuple(_MARKS[line[:2]] for line in marked)
    gold = "\n".join(line for line, label in zip(lines, labels, strict=True) if label)
    site = path.stem.rpartition("_")[0] or path.stem
    return Page(path.stem, path.stem.partition("_")[0], site, "article", gold, lines=lines, labels=labels)


def belongs(site: str, part: Part) -> bool:
    """Whether the pages of a site belong to `part`; a site's own name decides, so no site is on both sides."""
    held_out = int(hashlib.sha256(site.encode()).hexdigest(), 16) % _HELD_OUT_OF == 0
    return part == "all" or (part == "held-out") == held_out


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
