"""How counts, timelines, graphs, changes and edits look in a terminal, and for programs."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dropwire.entities import WORDS, documents_in_words
from dropwire.history import Edit, edit_as_json, print_edit
from dropwire.marking import NAMES
from dropwire.render import SHORT_ID, date_of, first_words
from store import codec
from store.queries import Change, Count, EditedState, Facets, Graph, Timeline
from transforms.boilerplate import Site

_BAR = 30
_OTHERS = "others"
_STYLES = {"erased": "red", "inserted": "green", "revised": "yellow", "remade": "dim", "delivered": "dim"}


def partly(complete: bool, documents: int) -> str:
    """A sentence where an answer rests on a part of the documents; empty where it rests on all."""
    return "" if complete else f"Counted over the newest {documents_in_words(documents)}; there are more."


def facets_as_json(facets: Facets) -> dict[str, Any]:
    """Facets for programs."""
    return asdict(facets)


def print_facets(console: Console, facets: Facets) -> None:
    """Print how many documents have which language, source, month and entities."""
    undated = f", {facets.undated:,} undated" if facets.undated else ""
    console.print(documents_in_words(facets.documents) + undated)
    kinds: list[tuple[str, Sequence[Count]]] = [
        ("Languages", facets.languages),
        ("Sources", facets.sources),
        ("Months", facets.months),
        *((f"{WORDS[kind].capitalize()}s", counts) for kind, counts in facets.entities.items()),
    ]
    for title, counts in kinds:
        if counts:
            console.print(f"\n[bold]{title}[/]")
            grid = Table.grid(padding=(0, 2))
            grid.add_column(justify="right", no_wrap=True)
            grid.add_column(overflow="fold")
            grid.add_column(style="dim", overflow="fold")
            for one in counts:
                grid.add_row(f"{one.documents:,}", Text(one.label), Text(one.value if one.value != one.label else ""))
            console.print(grid)


def timeline_as_json(timeline: Timeline) -> dict[str, Any]:
    """A timeline for programs; the parts of a period as an object, `""` for all other values."""
    points = [{"start": one.start, "documents": one.documents, "parts": dict(one.parts)} for one in timeline.points]
    return {**asdict(timeline), "points": points}


def timeline_table(timeline: Timeline) -> Table:
    """One row a period, with its bar; with a split, a column for each value."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(timeline.period, no_wrap=True)
    table.add_column("documents", justify="right", no_wrap=True)
    parted = [*timeline.values, *([""] if any("" in dict(one.parts) for one in timeline.points) else [])]
    for value in parted:
        table.add_column(Text(value or _OTHERS), justify="right", no_wrap=True)
    table.add_column("", style="cyan", no_wrap=True)
    most = max((one.documents for one in timeline.points), default=1)
    for one in timeline.points:
        parts = dict(one.parts)
        cells = [f"{parts[value]:,}" if value in parts else "" for value in parted]
        bar = "█" * max(round(_BAR * one.documents / most), 1) if one.documents else ""
        name = f"{one.start:%Y-%m}" if timeline.period == "month" else f"{one.start}"
        table.add_row(name, f"{one.documents:,}", *cells, bar)
    return table


def graph_as_json(graph: Graph) -> dict[str, Any]:
    """A graph for programs."""
    return asdict(graph)


def graph_tables(graph: Graph) -> tuple[Table, Table]:
    """The neighbours of an entity, and which of them are named together."""
    nodes = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("together", "documents"):
        nodes.add_column(name, justify="right", no_wrap=True)
    for name in ("name", "type", "id"):
        nodes.add_column(name, overflow="fold")
    for one in graph.nodes:
        shown = Text(one.name, NAMES[one.type])
        nodes.add_row(f"{one.together:,}", f"{one.documents:,}", shown, WORDS[one.type], Text(one.id, "dim"))
    names = {one.id: one.name for one in graph.nodes}
    edges = Table.grid(padding=(0, 2))
    edges.add_column(justify="right", no_wrap=True)
    edges.add_column(overflow="fold")
    for edge in graph.edges:
        if edge.one in names and edge.other in names:
            edges.add_row(f"{edge.documents:,}", Text(f"{names[edge.one]} – {names[edge.other]}"))
    return nodes, edges


def change_as_json(change: Change) -> dict[str, Any]:
    """A change for programs."""
    document = codec.to_record(change.document) if change.document else None
    return {"id": change.doc_id, "kind": change.kind, "token": change.token, "document": document}


def change_table(changes: Iterable[Change]) -> Table:
    """One row a change, the oldest first."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("id", "change"):
        table.add_column(name, no_wrap=True)
    for name in ("title", "source"):
        table.add_column(name, overflow="fold")
    table.add_column("date", no_wrap=True)
    for one in changes:
        document = one.document
        about = (document.title or first_words(document.text), document.source, date_of(document)) if document else ()
        kind = Text(one.kind, _STYLES[one.kind])
        table.add_row(one.doc_id[:SHORT_ID], kind, *map(Text, about))
    return table


def edited_as_json(state: EditedState, edit: Edit) -> dict[str, Any]:
    """An edit for programs: from when to when, and what differs."""
    after = state.after.document
    return {
        "id": state.doc_id,
        "source": after.source,
        "title": after.title,
        "before": state.before.arrived_at,
        "after": state.after.arrived_at,
        **edit_as_json(edit),
        "silent": state.silent,
    }


def print_edited(console: Console, state: EditedState, edit: Edit, site: Site) -> None:
    """Print an edit: which document, when, and what differs."""
    before, after = state.before.document, state.after.document
    console.print(Text(after.title or first_words(after.text), "bold"), soft_wrap=True)
    when = f"{state.before.arrived_at:%Y-%m-%d %H:%M}Z → {state.after.arrived_at:%Y-%m-%d %H:%M}Z"
    line = Text(f"{state.doc_id[:SHORT_ID]}  {after.source}  {when}", "dim")
    if state.silent:
        line.append("  SILENT EDIT", "bold magenta")
    console.print(line, soft_wrap=True)
    print_edit(console, edit, before, after, site)
