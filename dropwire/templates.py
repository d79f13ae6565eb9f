"""How the templates of sources look: in a table, for programs, and on one line."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from rich.table import Table
from rich.text import Text

from dropwire.render import first_words
from store.sources import EXAMPLES, Source
from store.templates import Line

# Of an example; enough to recognise the line by.
_MAX_CHARACTERS = 40


class HasLine(Protocol):
    """A template, stored or just learned."""

    @property
    def line(self) -> str: ...  # noqa: D102


def example_line(templates: Sequence[HasLine]) -> str:
    """The first templates behind a colon, or nothing."""
    return f": {_examples(template.line for template in templates[:EXAMPLES])}" if templates else ""


def _examples(lines: Iterable[str]) -> str:
    return ", ".join(
        f"«{line if len(line) <= _MAX_CHARACTERS else line[: _MAX_CHARACTERS - 1] + '…'}»" for line in lines
    )


def source_table(sources: Iterable[Source]) -> Table:
    """Sources with the share of their characters that was cut, and the lines that recur on them."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("documents", "cut", "templates"):
        table.add_column(name, justify="right")
    table.add_column("source")
    table.add_column("for example")
    for source in sources:
        share = source.cut_share
        table.add_row(
            f"{source.documents:,}",
            "" if share is None else f"{share:.0%}",
            f"{source.templates:,}",
            Text(source.name),
            Text(_examples(source.examples)),
        )
    return table


def source_as_json(source: Source) -> dict[str, Any]:
    """A source for programs; `cut_share` is that of the `looked_at` documents."""
    return {**asdict(source), "cut_share": source.cut_share}


def line_table(lines: Iterable[Line]) -> Table:
    """The templates of a source, and in how many documents of the sample each is."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("documents", justify="right")
    table.add_column("line")
    for line in lines:
        table.add_row(str(line.documents), Text(first_words(line.line)))
    return table
