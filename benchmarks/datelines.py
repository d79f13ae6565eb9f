"""Datelines: which fields are found and which invented, `python -m benchmarks.datelines`.

The texts are our own writing (tests/quality/datelines): one half for tuning, the other was written at the same time and
kept back. A field counts as found where its value is the marked one, letter for letter; as invented where the text has
no dateline, or where its value does not stand in the text.
"""

import argparse
import hashlib
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from math import sqrt
from pathlib import Path
from typing import Final

from benchmarks.tables import Table, number, show
from transforms.dateline import find_dateline
from transforms.document import Dateline
from transforms.lines import split_lines

FOLDER: Final = Path(__file__).parents[1] / "tests" / "quality" / "datelines"
HALVES: Final = ("tuning", "heldout")
FIELDS: Final = ("place", "date", "agency", "reporter")
_MARK: Final = "datelines"
_FIELD: Final = re.compile(rf"\{{(?P<name>{'|'.join(FIELDS)}) (?P<written>[^{{}}=]+?)(?: = (?P<edtf>[^{{}}]+))?\}}")
_HEAD: Final = re.compile(r"(?P<language>[\w-]+)(?:@(?P<day>\d{4}-\d\d-\d\d))?\| ")


@dataclass(frozen=True, slots=True)
class Example:
    """A text with its language, the known day of publication, and the fields of its dateline: none, if it has none."""

    language: str
    published: date | None
    text: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Score:
    """How many fields are right, found and marked; those found where there is no dateline, or not in the text."""

    right: int = 0
    found: int = 0
    marked: int = 0
    invented: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def precision(self) -> float:
        """The share of the found fields that are right."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of the marked fields that are found."""
        return self.right / self.marked if self.marked else 1.0


def read_half(half: str) -> list[Example]:
    """The texts of one half. Raises ValueError for a line that is not in its format."""
    examples = []
    for line in (FOLDER / f"{half}.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        head = _HEAD.match(line)
        if not head:
            raise ValueError(f"no language in front of: {line}")
        marked = line[head.end() :]
        examples.append(
            Example(
                language=head["language"],
                published=date.fromisoformat(head["day"]) if head["day"] else None,
                text=_FIELD.sub(lambda match: match["written"], marked).replace(" ¶ ", "\n"),
                fields={match["name"]: match["edtf"] or match["written"] for match in _FIELD.finditer(marked)},
            )
        )
    return examples


def digest() -> str:
    """The SHA-256 of both halves."""
    return hashlib.sha256(b"".join((FOLDER / f"{half}.txt").read_bytes() for half in HALVES)).hexdigest()


def found_in(example: Example) -> Dateline | None:
    """The dateline that we find in a text."""
    return find_dateline(split_lines(example.text), example.published)


def score(example: Example) -> Score:
    """How the dateline that we find compares with the marked one."""
    dateline = found_in(example)
    found = {name: getattr(dateline, name) for name in FIELDS if dateline and getattr(dateline, name)}
    in_text = " ".join(example.text.split())
    return Score(
        right=sum(example.fields.get(name) == value for name, value in found.items()),
        found=len(found),
        marked=len(example.fields),
        invented=sum(
            not example.fields or (name not in example.fields if name == "date" else value not in in_text)
            for name, value in found.items()
        ),
    )


def total(examples: Iterable[Example]) -> Score:
    """The sum over texts."""
    return sum(map(score, examples), Score())


def _share(part: int, whole: int) -> str:
    """A share with Wilson's 95 % interval."""
    if not whole:
        return "–"
    z = 1.96
    share = part / whole
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    around = z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    return f"{number(share)} ({number(max(middle - around, 0))}–{number(min(middle + around, 1))})"


def _row(name: str, examples: Sequence[Example]) -> tuple[str, ...]:
    sums = total(examples)
    with_dateline = sum(bool(example.fields) for example in examples)
    counts = (with_dateline, len(examples) - with_dateline)
    shares = (_share(sums.right, sums.found), _share(sums.right, sums.marked))
    return (name, *map(str, counts), *shares, str(sums.invented))


def _table(half: str) -> Table:
    examples = read_half(half)
    by_language: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_language[example.language].append(example)
    rows = [_row(language, by_language[language]) for language in sorted(by_language)]
    return Table(
        f"Datelines, {'the half they were tuned on' if half == 'tuning' else 'the half kept back'}",
        ("language", "datelines", "other texts", "precision", "recall", "invented"),
        (*rows, _row("all", examples)),
        "Precision and recall of the fields place, date, agency and reporter; in brackets Wilson's 95 % interval.",
    )


def _wrong(half: str) -> list[str]:
    lines = []
    for example in read_half(half):
        dateline = found_in(example)
        found = {name: getattr(dateline, name) for name in FIELDS if dateline and getattr(dateline, name)}
        if found != example.fields:
            lines.append(f"{example.language}: {example.text!r}\n  marked {example.fields}\n  found  {found}")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.datelines", description=__doc__)
    parser.add_argument("--half", choices=HALVES, help="this half only")
    parser.add_argument("--wrong", action="store_true", help="show each text in which a field is wrong or missing")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables into this page, between its marks")
    options = parser.parse_args(arguments)
    halves = [options.half] if options.half else HALVES
    if options.wrong:
        print("\n".join(line for half in halves for line in _wrong(half)), file=sys.stderr)
    kinds = Counter(bool(example.fields) for half in halves for example in read_half(half))
    remarks = [f"{kinds[True]} texts with a dateline and {kinds[False]} without, SHA-256 of both halves {digest()}."]
    tables = [_table(half) for half in halves]
    name = "datelines"
    return show(name, remarks, tables, as_markdown=options.markdown, page=options.write, mark=_MARK)


if __name__ == "__main__":
    raise SystemExit(main())
