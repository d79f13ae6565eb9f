"""How an erasure looks, before and after it, to people and to programs."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.erasing import Erased, Foreseen
from flows.erasing_targets import Target
from store.erasures import Erasure
from transforms.document import Found

OUTSIDE = (
    "Not looked at, as it is none of the store's: the drops themselves, backups, replicas and logs of the store, "
    "Prefect's database and logs, and what was exported."
)


def foreseen_as_json(target: Target, foreseen: Foreseen) -> dict[str, Any]:
    """What would go, for programs."""
    return {
        "kind": target.kind,
        "persons": [person.id for person in target.persons],
        "counts": foreseen.counts,
        "documents": [{"_id": one, "source": source, "title": title} for one, source, title in foreseen.titles],
        "drops": _places(foreseen.holding),
    }


def erased_as_json(done: Erased) -> dict[str, Any]:
    """What went and the proof, for programs."""
    return {
        "erasure": done.erasure.number,
        "complete": done.is_complete,
        "proven": done.is_proven,
        "counts": done.counts,
        "proof": [asdict(one) for one in done.proof.searched],
        "same_words_in": list(done.proof.copies),
        "busy_drops": list(done.busy),
        "drops": _places(done.holding),
    }


def erasure_as_json(erasure: Erasure) -> dict[str, Any]:
    """An erasure without what it was about, for programs."""
    known = asdict(erasure)
    return {name: value for name, value in known.items() if name not in {"value", "marks", "waiting"}}


def _places(holding: Mapping[str, Iterable[Found]]) -> dict[str, list[str]]:
    return {drop: [seen.location for seen in places] for drop, places in holding.items()}


def print_foreseen(console: Console, target: Target, foreseen: Foreseen) -> None:
    """Print what would go."""
    for person in target.persons:
        names = ", ".join(dict.fromkeys(name.name for name in person.names))
        console.print(Text(f"{person.id}: {names}, in {person.documents:,} documents"))
    for doc_id, source, title in foreseen.titles:
        console.print(Text(f"{doc_id[:12]}  {source}  {title}"))
    rest = foreseen.counts["documents"] - len(foreseen.titles)
    if rest > 0:
        console.print(f"… and {rest:,} more documents", style="dim")
    console.print(_in_words(foreseen.counts, "There is nothing of it in the store. It would be refused from now on."))


def _in_words(counts: Mapping[str, int], nothing: str) -> str:
    said = ", ".join(f"{count:,} in {name}" for name, count in counts.items() if count)
    return f"Records: {said}." if said else nothing


def print_erased(console: Console, done: Erased) -> None:
    """Print what went, the proof, and what is left to a person."""
    console.print(f"[bold]Erasure {done.erasure.number}[/]")
    console.print(_in_words(done.counts, "There was nothing of it left to erase."))
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("collection", no_wrap=True)
    table.add_column("records read", justify="right")
    table.add_column("found in", justify="right")
    table.add_column("where", overflow="fold")
    for one in done.proof.searched:
        style = "bold red" if one.found else ""
        table.add_row(one.collection, f"{one.records:,}", Text(f"{one.found:,}", style), Text("; ".join(one.examples)))
    console.print(table)
    if done.busy:
        drops = ", ".join(drop[:12] for drop in done.busy[:5])
        console.print(
            f"Not complete: {len(done.busy):,} drops are being processed since before it began ({drops}), and may "
            "bring it back. When they are done: dropwire erase --resume",
            style="yellow",
        )
    if not done.proof.is_clean:
        console.print("Not complete: it is found where the table says. Try: dropwire erase --resume", style="red")
    if done.proof.copies:
        some = ", ".join(done.proof.copies[:5])
        console.print(
            f"The same words stand in {len(done.proof.copies):,} other documents ({some}): if they are to go, too, "
            "erase these by --document",
            style="yellow",
        )
    print_places(console, done.holding)
    if done.is_proven:
        console.print("[bold]It is found nowhere in the store, and will be refused when it comes again.[/]")
    console.print(OUTSIDE, style="dim")


def print_places(console: Console, holding: Mapping[str, list[Found]]) -> None:
    """Print where the drops lay that hold what was erased."""
    if not holding:
        return
    console.print(
        "\nThese drops hold it, at least: Dropwire never deletes a drop. Remove them, or what they have of it:"
    )
    for drop, places in holding.items():
        where = ", ".join(seen.location for seen in places) or "nobody knows where"
        console.print(Text(f"  {drop[:12]}  {where}"))


def erasure_table(erasures: Iterable[Erasure]) -> Table:
    """One row an erasure; what it was about is not known any more."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", justify="right", no_wrap=True)
    for name in ("what", "state", "asked (UTC)", "by"):
        table.add_column(name, no_wrap=True)
    table.add_column("records", overflow="fold")
    table.add_column("reason", overflow="fold")
    for one in erasures:
        counts = ", ".join(f"{count:,} in {name}" for name, count in one.counts.items())
        table.add_row(
            str(one.number), one.kind, one.state, f"{one.at:%Y-%m-%d %H:%M}", one.by, counts, Text(one.reason)
        )
    return table
