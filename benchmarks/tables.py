"""Tables for the terminal and for Markdown pages."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table of words, the first column aligned left, the others right; `note` is read below it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def plain(self) -> str:
        """The table for a terminal."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        lines = [_aligned(row, widths, "  ") for row in (self.columns, *self.rows)]
        return "\n".join([self.title, *lines, *([self.note] if self.note else [])])

    def markdown(self) -> str:
        """The table for a Markdown page, under a heading of the third level."""
        cells = [[cell.replace("|", r"\|") for cell in row] for row in (self.columns, *self.rows)]
        widths = [max(3, *map(len, column)) for column in zip(*cells, strict=True)]
        header, *rows = [f"| {_aligned(row, widths, ' | ', padded=True)} |" for row in cells]
        rule = "|".join(["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])])
        parts = [f"### {self.title}", "\n".join([header, f"|{rule}|", *rows]), self.note]
        return "\n\n".join(filter(None, parts))


def number(value: float | None) -> str:
    """A share with three digits and no leading zero (`.988`), `–` where there is none."""
    return "–" if value is None else f"{value:.3f}".replace("0.", ".", 1)


def difference(value: float) -> str:
    """A difference of shares with its sign and a fourth digit (`+.0042`), so that its side of 0 is seen."""
    return f"{value:+.4f}".replace("0.", ".", 1).replace("-", "−")


def rewrite(page: Path, name: str, content: str) -> None:
    """Put `content` between `<!-- name:begin -->` and `<!-- name:end -->`. Raises ValueError without these marks."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    text = page.read_text(encoding="utf-8")
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"{page} needs one line {begin} and, below it, one line {end}; the tables go between them")
    head, tail = text.split(begin)[0], text.split(end)[1]
    page.write_text(f"{head}{begin}\n\n{content}\n\n{end}{tail}", encoding="utf-8")


def show(
    program: str, remarks: Sequence[str], tables: Sequence["Table"], *, as_markdown: bool, page: Path | None, mark: str
) -> int:
    """Print remarks and tables, and write them into `page` at `mark` where one is given. Returns the exit code."""
    markdown = "\n\n".join([*remarks, *(table.markdown() for table in tables)])
    print(markdown if as_markdown else "\n\n".join([*remarks, *(table.plain() for table in tables)]))
    if page:
        try:
            rewrite(page, mark, markdown)
        except (OSError, ValueError) as error:
            print(f"{program}: nothing was written: {error}", file=sys.stderr)
            return 2
    return 0


def _aligned(row: Sequence[str], widths: Sequence[int], gap: str, *, padded: bool = False) -> str:
    first, *others = [
        cell.rjust(width) if place else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    line = gap.join([first, *others])
    return line if padded else line.rstrip()
