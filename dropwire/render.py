"""How documents, runs and cases look in a terminal."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from store.quarantine import Case
from transforms.document import Document, Entity, Rejection

STYLES = {"PER": "bold green", "ORG": "bold yellow", "LOC": "bold cyan"}
CUT = "strike dim red"
REASON = "dim red"
_WORDS = {"PER": "Persons", "ORG": "Organisations", "LOC": "Places"}
# Enough digits to tell thousands of documents apart; `show` asks for more where they are not.
SHORT_ID = 8
TITLE = 1
MIN_TITLE_WIDTH = 12
MAX_WIDTH = 48
GAP = 2


def date_of(document: Document) -> str:
    """The best date there is, as far as it is known: of publication, else of the dateline."""
    if document.published:
        at = document.published.at
        return f"{at:%Y-%m-%d}" if document.published.precision == "day" else f"{at:%Y-%m-%d %H:%M}Z"
    return (document.dateline.date if document.dateline else None) or ""


def cut_share(document: Document) -> float:
    """The share of the original, in characters, that was cut as boilerplate."""
    cut = sum(span.end - span.start for span in document.boilerplate)
    return cut / (cut + len(document.text))


def names_found(document: Document) -> str:
    """How many entities were found, or a dash where no model serves the language."""
    return str(len(document.entities)) if document.provenance.entity_model else "–"


def document_table(documents: Iterable[Document], width: int) -> Table:
    """One row a document, `width` characters wide. In a narrow terminal the title gives way: `show` has all of it."""
    rows = [
        (
            document.doc_id[:SHORT_ID],
            document.title or first_words(document.text),
            document.source,
            document.language.tag,
            date_of(document),
            (document.dateline.place if document.dateline else None) or "",
            names_found(document),
            f"{cut_share(document):.0%}",
        )
        for document in documents
    ]
    names = ("id", "title", "source", "lang", "date", "place", "names", "cut")
    widths = [min(max(len(name), *(len(row[i]) for row in rows), 0), MAX_WIDTH) for i, name in enumerate(names)]
    others = sum(widths) - widths[TITLE] + GAP * (len(names) - 1)
    widths[TITLE] = max(min(widths[TITLE], width - others), MIN_TITLE_WIDTH)
    table = _table()
    for name, column_width in zip(names, widths, strict=True):
        table.add_column(
            name,
            width=column_width,
            justify="right" if name in {"names", "cut"} else "left",
            style="dim" if name == "id" else None,
            no_wrap=True,
        )
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _table() -> Table:
    return Table(box=None, pad_edge=False, header_style="bold")


def first_words(text: str) -> str:
    """The beginning of a text that has no title: whole words, and an ellipsis."""
    return textwrap.shorten(text[:500], 100, placeholder=" …") if len(text) > 100 else " ".join(text.split())


def print_document(console: Console, document: Document, original: str) -> None:
    """Print a document as a person wants to check it: metadata, the original with what was cut, entities."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()
    for name, value in _facts(document):
        facts.add_row(name, Text(value))
    console.print(Text(document.title or first_words(document.text), style="bold"))
    console.print(facts)
    console.print()
    if console.is_terminal:
        console.print(marked_original(document, original))
    else:
        console.print(plain_original(document, original), soft_wrap=True)
    console.print()
    console.print(_entities(document))


def _facts(document: Document) -> list[tuple[str, str]]:
    language = document.language
    segments = "" if len(document.segments) < 2 else f", {len(document.segments)} segments"
    facts = [
        ("id", document.doc_id),
        ("source", document.source),
        ("url", document.url or ""),
        ("language", f"{language.tag} ({language.probability:.2f}){segments}"),
        ("published", f"{date_of(document)} (from the {document.published.origin})" if document.published else ""),
        ("authors", ", ".join(document.authors)),
    ]
    dateline = document.dateline
    if dateline:
        parts = (dateline.place, dateline.date, dateline.agency, dateline.reporter)
        facts.append(("dateline", " · ".join(part for part in parts if part)))
    encoding = document.provenance.encoding
    facts += [
        ("cut", f"{cut_share(document):.1%} of the original"),
        ("encoding", f"{encoding.name} (by {encoding.evidence})"),
        ("drop", f"{document.provenance.drop_id[:SHORT_ID]}, item {document.provenance.index}"),
    ]
    return [(name, value) for name, value in facts if value]


def marked_original(document: Document, original: str) -> Text:
    """The original in colours: cut parts struck out with their reason, mentions by type."""
    text = Text()
    position = 0
    for start, end, style, reason in _marks(document):
        text.append(original[position:start])
        # The reason stands at the end of what is cut, before the line breaks that are cut with it.
        marked = original[start:end].rstrip("\n") if reason else original[start:end]
        text.append(marked, style)
        if reason:
            text.append(f" ‹{reason}›", REASON)
            text.append(original[start + len(marked) : end])
        position = end
    text.append(original[position:])
    return text


def plain_original(document: Document, original: str) -> Text:
    """The original without colours: cut parts as `[-…-]{reason}`, as wdiff marks deletions."""
    text = Text()
    position = 0
    for span in document.boilerplate:
        cut = original[span.start : span.end].strip("\n")
        begin = original.index(cut, span.start)
        text.append(original[position:begin])
        text.append(f"[-{cut}-]{{{span.reason}}}")
        text.append(original[begin + len(cut) : span.end])
        position = span.end
    text.append(original[position:])
    return text


def _marks(document: Document) -> list[tuple[int, int, str, str]]:
    """What to mark in the original: start, end, style, and the reason if it was cut; sorted."""
    marks = [(span.start, span.end, CUT, span.reason) for span in document.boilerplate]
    for entity in document.entities:
        for mention in entity.mentions:
            start = in_original(document, mention.start)
            marks.append((start, start + mention.end - mention.start, STYLES[entity.type], ""))
    return sorted(marks)


def in_original(document: Document, offset: int) -> int:
    """Where in the original the character at `offset` of the text stands."""
    for span in document.boilerplate:
        if span.start > offset:
            break
        offset += span.end - span.start
    return offset


def _entities(document: Document) -> RenderableType:
    if document.provenance.entity_model is None:
        return Text(f"No model finds names in {document.language.tag} yet.", style="dim")
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for kind, word in _WORDS.items():
        found = [entity for entity in document.entities if entity.type == kind]
        if found:
            table.add_row(word, Text(", ").join(_entity(entity) for entity in found))
    return table


def _entity(entity: Entity) -> Text:
    text = Text(entity.name, style=STYLES[entity.type])
    if len(entity.mentions) > 1:
        text.append(f" {len(entity.mentions)}×", style="dim")
    return text


def rejection_view(location: str, rejection: Rejection) -> Text:
    """A rejected item on one line."""
    place = location if rejection.index is None else f"{location}, item {rejection.index}"
    return Text.assemble((place, "bold"), ": ", (rejection.reason.value, "red"), f" ({rejection.detail})")


def case_table(cases: Iterable[Case]) -> Table:
    """One row a case in quarantine."""
    table = _table()
    table.add_column("since (UTC)", no_wrap=True)
    table.add_column("reason", style="red", no_wrap=True)
    table.add_column("step", no_wrap=True)
    table.add_column("item", justify="right", no_wrap=True)
    table.add_column("location", overflow="fold")
    table.add_column("detail", overflow="fold")
    for case in cases:
        rejection = case.rejection
        table.add_row(
            f"{case.since:%Y-%m-%d %H:%M}",
            rejection.reason.value,
            rejection.step.value,
            "" if rejection.index is None else str(rejection.index),
            Text(case.location),
            Text(rejection.detail),
        )
    return table


def count_table(title: str, counts: Mapping[str, int]) -> RenderableType:
    """Counts by name under a title."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right")
    for name, count in counts.items():
        grid.add_row(Text(name), f"{count:,}")
    return Group(
        Text(title, style="bold"), Padding(grid if counts else Text("none", style="dim"), (0, 0, 1, 2), expand=False)
    )


def run_table(runs: Sequence[Mapping[str, Any]]) -> Table:
    """One row a run; times are UTC."""
    table = _table()
    for name in ("started (UTC)", "state"):
        table.add_column(name, no_wrap=True)
    outcomes = {"inserted": "new", "revised": "rev.", "unchanged": "same", "duplicate": "dup.", "quarantined": "quar."}
    for name in ("drops", "items", *outcomes.values()):
        table.add_column(name, justify="right", no_wrap=True)
    for run in runs:
        numbers = (run["drops"], run["items"], *(run["counts"][name] for name in outcomes))
        table.add_row(f"{run['started_at']:%Y-%m-%d %H:%M}", run["state"], *map(str, numbers))
    return table
