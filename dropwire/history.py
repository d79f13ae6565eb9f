"""How a document came to be what it is: its states, and what changed from one to the next."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dropwire.difference import Change, Part, difference
from dropwire.render import SHORT_ID, date_of, first_words
from store import codec
from store.queries import same_dates
from store.revisions import State
from transforms.boilerplate import Site, cut
from transforms.boilerplate.overlay import with_templates
from transforms.document import Document, EntityType

ADDED, REMOVED = "green", "red strike"
_MARKS = {"removed": "-", "added": "+", "changed": "~"}
_STYLES = {"removed": "red", "added": "green", "changed": "yellow"}
_NAMES: dict[EntityType, str] = {"PER": "persons", "ORG": "organisations", "LOC": "places"}
ELLIPSIS = "⋮"


@dataclass(frozen=True, slots=True)
class Edit:
    """What changed from one state to the next: facts that differ, as (name, old, new), and the lines of the text.

    A `silent` edit changed the text under unchanged dates. `other_pipeline`: another version of
    Dropwire read the new state, so that some of the differences may be ours.
    """

    facts: tuple[tuple[str, str, str], ...]
    text: tuple[Change, ...]
    only_white_space: bool
    silent: bool
    other_pipeline: bool


def edit_of(old: Document, new: Document, site: Site | None = None) -> Edit:
    """What changed from one state of a document to the next.

    An earlier state is cut as it was when it was replaced; what is known of its source by now is no difference.
    """
    before_text, after_text = (_cut(document, site) for document in (old, new))
    facts = tuple(
        (name, before, after)
        for (name, before), (_, after) in zip(_facts(old), _facts(new), strict=True)
        if before != after
    )
    changes = tuple(difference(before_text, after_text))
    other_pipeline = old.provenance.pipeline != new.provenance.pipeline
    return Edit(
        facts=facts,
        text=changes,
        only_white_space=before_text != after_text and not changes,
        silent=bool(changes) and same_dates(old, new) and not other_pipeline,
        other_pipeline=other_pipeline,
    )


def _cut(document: Document, site: Site | None) -> str:
    return cut(document.text, with_templates(document.text, (), document.title, site))


def _facts(document: Document) -> list[tuple[str, str]]:
    counts = Counter(entity.type for entity in document.entities)
    names = ", ".join(f"{counts[kind]} {word}" for kind, word in _NAMES.items())
    return [
        ("title", document.title or ""),
        ("published", date_of(document)),
        ("language", document.language.tag),
        ("source", document.source),
        ("authors", ", ".join(document.authors)),
        # No model looked for names: that is not the same as none being there.
        ("names", names if document.provenance.entity_model else ""),
    ]


def history_as_json(states: Sequence[State], site: Site | None = None) -> list[dict[str, Any]]:
    """The states for programs; each but the first with its difference to the one before, as `site` is cut."""
    edits = [None, *(edit_of(old.document, new.document, site) for old, new in pairwise(states))]
    following = [*(state.version for state in states[1:]), None]
    return [
        {
            "version": state.version,
            "arrived_at": state.arrived_at,
            "last_arrived_at": state.last_arrived_at,
            "replaced_by": replaced_by,
            "drop_id": state.drop_id,
            "index": state.index,
            "edit": edit_as_json(edit) if edit else None,
            "document": codec.to_record(state.document),
        }
        for state, edit, replaced_by in zip(states, edits, following, strict=True)
    ]


def edit_as_json(edit: Edit) -> dict[str, Any]:
    """An edit for programs."""
    return {
        "silent": edit.silent,
        "other_pipeline": edit.other_pipeline,
        "only_white_space": edit.only_white_space,
        "facts": [{"name": name, "old": old, "new": new} for name, old, new in edit.facts],
        "text": [{"kind": change.kind, **asdict(change)} for change in edit.text],
    }


def print_history(console: Console, states: Sequence[State], site: Site | None = None) -> None:
    """Print the states, oldest first: the first with its facts, each later one with what changed, as `site` is cut."""
    latest = states[-1].document
    console.print(Text(latest.title or first_words(latest.text), style="bold"))
    count = "1 state" if len(states) == 1 else f"{len(states)} states"
    console.print(Text(f"{latest.doc_id}, {latest.source}: {count}", style="dim"), soft_wrap=True)
    for number, state in enumerate(states, 1):
        console.print()
        earlier = states[number - 2].document if number > 1 else None
        edit = edit_of(earlier, state.document, site) if earlier else None
        console.print(_heading(number, state, edit), soft_wrap=not console.is_terminal)
        if edit and earlier:
            print_edit(console, edit, earlier, state.document, site)
        else:
            _print_facts(console, state.document)
    if len(states) == 1:
        console.print("\nNo revisions: its content has never changed since.", style="dim")


def _heading(number: int, state: State, edit: Edit | None) -> Text:
    text = Text.assemble(
        (f"{number}  {_moment(state.arrived_at)}", "bold"),
        (f"  drop {state.drop_id[:SHORT_ID]}, item {state.index}", "dim"),
    )
    if state.last_arrived_at != state.arrived_at:
        text.append(f", again until {_moment(state.last_arrived_at)}", style="dim")
    if edit and edit.silent:
        text.append("  SILENT EDIT", style="bold magenta")
    return text


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}Z"


def _print_facts(console: Console, document: Document) -> None:
    grid = _grid()
    for name, value in _facts(document):
        if value:
            grid.add_row(name, Text(value))
    grid.add_row("text", f"{len(document.text):,} characters")
    console.print(grid)


def print_edit(console: Console, edit: Edit, old: Document, new: Document, site: Site | None = None) -> None:
    """Print an edit: the facts that differ, and the lines of the text, as `site` is cut."""
    grid = _grid()
    for name, before, after in edit.facts:
        for label, mark, style, value in ((name, "-", "red", before), ("", "+", "green", after)):
            grid.add_row(label, Text(f"{mark} {value or '(none)'}", style))
    if edit.text:
        counts = Counter(change.kind for change in edit.text)
        said = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        grid.add_row("text", f"lines: {said}")
    elif edit.only_white_space:
        grid.add_row("text", "only white space changed")
    elif not edit.facts:
        grid.add_row("text", "the same; what is cut, where names stand or how the date is known changed")
    if edit.silent:
        grid.add_row("silent", f"the text changed, the date of publication did not ({date_of(new)})")
    if edit.other_pipeline:
        versions = f"{old.provenance.pipeline} → {new.provenance.pipeline}"
        grid.add_row("pipeline", f"{versions}: some of the differences may be Dropwire's own")
    console.print(grid)
    for margin, line in _diff(edit.text, _cut(new, site).split("\n"), console):
        _print_with_margin(console, margin, line)


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True, min_width=9)
    grid.add_column(overflow="fold")
    return grid


def _diff(changes: Sequence[Change], lines: Sequence[str], console: Console) -> Iterator[tuple[Text, Text]]:
    """The changed lines with their margins, an ellipsis where lines between them are the same."""
    # The number of the next line of the new text that has not been passed yet.
    following = 1
    for change in changes:
        if change.new_line is not None:
            if any(line.strip() for line in lines[following - 1 : change.new_line - 1]):
                yield Text(" "), Text(ELLIPSIS, "dim")
            following = change.new_line + 1
        coloured = console.is_terminal and not console.no_color
        yield (
            Text(_MARKS[change.kind], f"bold {_STYLES[change.kind]}"),
            Text().join(
                _part(part, change, coloured=coloured, replaced=following_part.operation == "added")
                for part, following_part in pairwise([*change.parts, Part("equal", "")])
            ),
        )
    if changes and any(line.strip() for line in lines[following - 1 :]):
        yield Text(" "), Text(ELLIPSIS, "dim")


def _part(part: Part, change: Change, *, coloured: bool, replaced: bool) -> Text:
    """Added and removed words: coloured, or in brackets as wdiff has them. A whole line has its mark for that.

    Of removed words that are `replaced` by the ones behind them, the white space between the two is not the text's.
    """
    if part.operation == "equal":
        return Text(part.text)
    style = ADDED if part.operation == "added" else REMOVED
    if change.kind != "changed":
        return Text(part.text, style.split()[0])
    words = part.text.rstrip()
    behind = part.text[len(words) :]
    if part.operation == "removed" and replaced:
        # A colour does not tell where the one ends and the other begins; brackets do.
        behind = " " if coloured else ""
    if coloured:
        return Text.assemble((words, style), behind)
    before, after = ("{+", "+}") if part.operation == "added" else ("[-", "-]")
    return Text(f"{before}{words}{after}{behind}")


def _print_with_margin(console: Console, margin: Text, text: Text) -> None:
    """Print a line with its mark; in a terminal the rows it is wrapped into stand beside it."""
    rows = text.wrap(console, max(console.width - 4, 1)) if console.is_terminal else [text]
    for number, row in enumerate(rows):
        console.print(Text.assemble("  ", margin if number == 0 else " ", " ", row), soft_wrap=True)
