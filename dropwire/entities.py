"""How entities and their corrections look: in tables, as a profile, and for programs; and how they are asked for."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dropwire.marking import NAMES
from dropwire.render import document_table
from store.codec import fold_name
from store.corrections import Correction
from store.entity_queries import KnownEntity, Month, Name
from transforms.document import Document
from transforms.models import shared_models

WORDS = {"PER": "person", "ORG": "organisation", "LOC": "place", "EVT": "event", "PRO": "product"}
LINK_NAMES = {
    "iso-3166": "ISO 3166",
    "iso-3166-2": "ISO 3166-2",
    "geonames": "GeoNames",
    "wikidata": "Wikidata",
}
EVIDENCE = {
    "name": "by its name",
    "form": "by a form of its name",
    "territory": "a country or region",
    "place": "a city",
    "known": "a name known in several languages",
    "acronym": "an acronym that its text spells out",
    "short": "a part of a full name in its text",
}
# In a table; the profile has all of them.
_MOST_LANGUAGES = 4
_MOST_ALIASES = 12
_MOST_MONTHS = 24
_BAR = 30


def search_keys(name: str) -> tuple[str, ...]:
    """What to look a name up by, in whatever language and script it was typed."""
    return tuple(dict.fromkeys([*shared_models().linker.search_keys(name), fold_name(name)]))


def entity_table(entities: Iterable[KnownEntity]) -> Table:
    """One row an entity, with its most frequent name in some languages."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("name", overflow="fold")
    table.add_column("type", no_wrap=True)
    for name in ("documents", "mentions"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("in languages", overflow="fold")
    table.add_column("last seen", no_wrap=True)
    table.add_column("id", style="dim", overflow="fold")
    for entity in entities:
        table.add_row(
            Text(entity.name, NAMES[entity.type]),
            WORDS[entity.type],
            f"{entity.documents:,}",
            f"{entity.mentions:,}",
            Text(_in_languages(entity)),
            _day(entity.last_seen),
            Text(entity.id),
        )
    return table


def entity_as_json(entity: KnownEntity) -> dict[str, Any]:
    """An entity for programs."""
    return asdict(entity)


def correction_as_json(correction: Correction) -> dict[str, Any]:
    """A correction for programs."""
    return {**asdict(correction), "sentence": correction.sentence}


def print_profile(
    console: Console,
    entity: KnownEntity,
    months: Sequence[Month],
    documents: Sequence[Document],
    corrections: Sequence[Correction],
) -> None:
    """Print all that is known of an entity."""
    console.print(Text.assemble((entity.name, NAMES[entity.type]), (f"  {WORDS[entity.type]}", "dim")))
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in _facts(entity):
        if value:
            facts.add_row(name, Text(value))
    for number, correction in enumerate(corrections):
        facts.add_row("" if number else "corrected", _correction(correction))
    console.print(facts)
    if entity.neighbours:
        console.print("\n[bold]Named together with[/]")
        console.print(_neighbours(entity))
    if months:
        console.print("\n[bold]Documents by month[/]")
        console.print(_timeline(months))
    console.print("\n[bold]Latest documents[/]")
    console.print(document_table(documents, console.width))


def correction_table(corrections: Iterable[Correction]) -> Table:
    """One row a correction: its number, when, by whom, what it says, why, and whether it holds."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", justify="right", no_wrap=True)
    for name in ("when (UTC)", "by"):
        table.add_column(name, no_wrap=True)
    for name in ("correction", "reason"):
        table.add_column(name, overflow="fold")
    table.add_column("state", no_wrap=True)
    for one in corrections:
        state = f"undone by {one.undone_by}" if one.undone_by else "holds"
        cells = (str(one.number), f"{one.at:%Y-%m-%d %H:%M}", one.by, one.sentence, one.reason)
        style = "dim" if one.undone_by else ""
        table.add_row(*(Text(cell, style) for cell in (*cells, "being applied" if one.pending else state)))
    return table


def candidates(entities: Iterable[KnownEntity]) -> str:
    """Entities on one line, to choose from."""
    return ", ".join(f"{entity.id} («{entity.name}», {documents_in_words(entity.documents)})" for entity in entities)


def _in_languages(entity: KnownEntity) -> str:
    names = _by_language(entity.names)
    shown = [f"{language} {those[0].name}" for language, those in names.items()]
    return " · ".join(shown[:_MOST_LANGUAGES]) + (" …" if len(shown) > _MOST_LANGUAGES else "")


def _by_language(names: Iterable[Name]) -> dict[str, list[Name]]:
    """The names of each language, the language with the most documents first."""
    found: dict[str, list[Name]] = {}
    for name in names:
        found.setdefault(name.language, []).append(name)
    sizes = Counter({language: sum(name.documents for name in those) for language, those in found.items()})
    return {language: found[language] for language, _ in sizes.most_common()}


def _facts(entity: KnownEntity) -> list[tuple[str, str]]:
    aliases = [f"{alias.surface} {alias.mentions}×" for alias in entity.aliases[:_MOST_ALIASES]]
    more = len(entity.aliases) - len(aliases)
    seen = " to ".join(dict.fromkeys(filter(None, (_day(entity.first_seen), _day(entity.last_seen)))))
    names = [
        (f"in {language}", ", ".join(f"{name.name} ({name.documents:,})" for name in those))
        for language, those in _by_language(entity.names).items()
    ]
    return [
        ("id", entity.id),
        (
            "found",
            f"{entity.mentions:,} mentions in {documents_in_words(entity.documents)}" + (f", {seen}" if seen else ""),
        ),
        *names,
        ("written", ", ".join(aliases) + (f", and {more} more" if more > 0 else "")),
        ("links", ", ".join(map(link, entity.links))),
        ("known", ", ".join(f"{EVIDENCE[one.evidence]} ({one.documents:,})" for one in entity.evidence)),
    ]


def link(identifier: str) -> str:
    """An identifier elsewhere, for people: `ISO 3166 KZ`."""
    system, _, value = identifier.partition(":")
    return f"{LINK_NAMES.get(system, system)} {value}"


def documents_in_words(count: int) -> str:
    """`1 document`, `12 documents`."""
    return f"{count:,} document{'' if count == 1 else 's'}"


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else ""


def _correction(correction: Correction) -> Text:
    why = f", {correction.reason}" if correction.reason else ""
    said = f"  (correction {correction.number}, {correction.at:%Y-%m-%d}, {correction.by}{why})"
    return Text.assemble(correction.sentence, (said, "dim"))


def _neighbours(entity: KnownEntity) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_column(style="dim", overflow="fold")
    for neighbour in entity.neighbours:
        grid.add_row(f"{neighbour.documents:,}", Text(neighbour.name), Text(neighbour.id))
    return grid


def _timeline(months: Sequence[Month]) -> Table:
    most = max(month.documents for month in months)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(style="cyan", no_wrap=True)
    for month in months[-_MOST_MONTHS:]:
        grid.add_row(month.month, f"{month.documents:,}", "█" * max(round(_BAR * month.documents / most), 1))
    return grid
