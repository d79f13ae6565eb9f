"""The tables of this folder, written by hand: organisations, more names of territories, forms of persons' names."""

from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent


def _lines(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


def named(table: str) -> Iterator[tuple[str, str, str]]:
    """(slug, language, name) of each name of a table `slug: name; name`; `slug@pl:` holds names of one language."""
    for line in _lines(HERE / f"{table}.txt"):
        head, _, names = line.partition(": ")
        slug, _, language = head.partition("@")
        for name in names.split("; "):
            yield slug, language or "und", name.strip()


def forms() -> Iterator[list[str]]:
    """The forms of one first name or surname, the one they are filed under first."""
    for line in _lines(HERE / "persons.txt"):
        yield line.split()


def features() -> Iterator[str]:
    """Names of rivers, mountains and landscapes."""
    for line in _lines(HERE / "features.txt"):
        yield from line.split()
