"""The pages of the cleaning data: sets, sites, and the part that the training program never sees."""

import gzip
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

Part = Literal["held-out", "development", "all"]
Kind = Literal["plain", "html"]

KINDS: Final[tuple[Kind, ...]] = ("plain", "html")
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
    return sorted(path.name.removesuffix(_ending(kind)) for path in folder.glob(f"*{_ending(kind)}"))


def read_set(folder: Path, name: str, kind: Kind, part: Part, sample: int | None = None) -> PageSet:
    """The pages of a set that belong to `part`; with `sample` at most so many, the same ones each time.

    Raises OSError where the file cannot be read, DataError where it is not in the format.
    """
    sites: dict[str, list[Page]] = {}
    pages = []
    path = folder / f"{name}{_ending(kind)}"
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                page = _page(json.loads(line), kind)
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(f"{path}, line {number}: {type(error).__name__}: {error}") from error
            sites.setdefault(page.site, []).append(page)
            if belongs(page.site, part):
                pages.append(page)
    chosen = drawn(pages, sample)
    wanted = {page.site for page in chosen}
    return PageSet(name, kind, tuple(chosen), {site: tuple(those) for site, those in sites.items() if site in wanted})


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
