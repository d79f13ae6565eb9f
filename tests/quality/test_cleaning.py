"""Quality floors for cleaning, on pages written for them (pages/README.md)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Final

import pytest

from benchmarks.cleaning_data import Page, read_lines
from benchmarks.cleaning_methods import item_of, kept_lines
from benchmarks.cleaning_metrics import line_score, token_score
from transforms.boilerplate import cut, find_boilerplate
from transforms.boilerplate.line_model import LineModel
from transforms.models import shared_models

FOLDER: Final = Path(__file__).parent / "pages"

# Of the pages that the floors were measured on.
DIGEST: Final = "3e3c759ce3cb4ebfe0491a6d2350aede9a68ff14e3b0a35f3a84a9aa75c136d1"
# Means over the pages of a group, each page cleaned alone; one or two points below what was measured.
# Never lowered silently: a change that needs a lower floor says why in the changelog.
TOKEN_F1: Final = {"plain": 0.94, "html": 0.91, "clean": 0.98, "short": 0.98}
LINE_F1: Final = {"plain": 0.85, "html": 0.82, "clean": 0.98, "short": 0.98}
TOKEN_RECALL: Final = {"plain": 0.93, "html": 0.91, "clean": 0.98, "short": 0.98}
GROUPS: Final = tuple(TOKEN_F1)

LANGUAGES: Final = frozenset("ru be uk tt kk ba bg sr pl cs en el".split())


@dataclass(frozen=True, slots=True)
class Result:
    """What was kept of a page, and how good that is, each figure 0 to 1."""

    name: str
    kept: str
    token_f1: float
    token_recall: float
    line_f1: float


@pytest.fixture(scope="module")
def results() -> Mapping[str, Sequence[Result]]:
    model = shared_models().lines
    return {group: [clean(page, model) for page in read_group(group)] for group in GROUPS}


def read_group(group: str) -> list[Page]:
    """The pages of a group, by name. Raises DataError for a line of a plain page that has no mark."""
    return [_read(path) for path in sorted((FOLDER / group).glob("*.txt"))]


def _read(path: Path) -> Page:
    if path.parent.name == "plain":
        return read_lines(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    labels = [bool(line) for line in lines]
    html = path.with_suffix(".html").read_text(encoding="utf-8") if path.parent.name == "html" else ""
    gold = "\n".join(line for line, label in zip(lines, labels, strict=True) if label)
    return Page(path.stem, path.stem[:2], path.stem, "article", gold, html, tuple(lines), tuple(labels))


def clean(page: Page, model: LineModel) -> Result:
    """Clean a page alone. A line of the gold text of an HTML page that its reader does not give counts as lost."""
    item = item_of(page)
    spans = find_boilerplate(item, model=model)
    kept = cut(item.original, spans)
    lines, labels, lost = page.lines, page.labels, 0
    if page.html:
        lines = tuple(item.original.split("\n"))
        labels = tuple(line in page.lines for line in lines)
        lost = sum(line not in lines for line in page.lines)
    of_lines = line_score([*kept_lines(lines, spans), *[False] * lost], [*labels, *[True] * lost])
    of_tokens = token_score(kept, page.gold)
    return Result(page.id, kept, of_tokens.f1, of_tokens.recall, of_lines.f1)


def digest() -> str:
    """SHA-256 over the names and the bytes of all pages."""
    whole = hashlib.sha256()
    for path in sorted(each for group in GROUPS for each in (FOLDER / group).iterdir()):
        whole.update(f"{path.relative_to(FOLDER).as_posix()}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return whole.hexdigest()


def figures(those: Sequence[Result]) -> str:
    """A line a page, the worst first: what a failed floor shows."""
    rows = sorted(those, key=lambda each: each.token_f1)
    return "\n".join(
        f"{each.name}: token F1 {each.token_f1:.3f}, line F1 {each.line_f1:.3f}, token recall {each.token_recall:.3f}"
        for each in rows
    )


def test_the_pages_are_those_the_floors_were_measured_on() -> None:
    assert digest() == DIGEST, "a page was changed: measure again, and set the floors with the digest"


def test_the_pages_are_as_many_and_as_wide_as_they_say() -> None:
    pages = {group: read_group(group) for group in GROUPS}
    assert {group: len(those) for group, those in pages.items()} == {
        "plain": 24,
        "html": 6,
        "clean": 8,
        "short": 24,
    }
    assert sorted(page.language for page in pages["plain"]) == sorted([*LANGUAGES] * 2)
    assert all(25 <= len(page.lines) <= 70 for page in pages["plain"])
    assert all(0.1 < mean(page.labels) < 0.5 for page in pages["plain"])


@pytest.mark.parametrize("group", GROUPS)
def test_floors(group: str, results: Mapping[str, Sequence[Result]]) -> None:
    those = results[group]
    assert mean(each.token_f1 for each in those) >= TOKEN_F1[group], figures(those)
    assert mean(each.line_f1 for each in those) >= LINE_F1[group], figures(those)
    assert mean(each.token_recall for each in those) >= TOKEN_RECALL[group], figures(those)


@pytest.mark.parametrize("group", GROUPS)
def test_of_no_page_nothing_is_kept(group: str, results: Mapping[str, Sequence[Result]]) -> None:
    assert not [each.name for each in results[group] if not each.kept.strip() or not each.token_recall]
