"""Commands that count and compare: `timeline`, `graph`, `changes`, `edits`."""

from typing import Annotated

import typer

from dropwire.commands.criteria import (
    MOST_COUNTED,
    CopiesOfOption,
    EntityOption,
    FlagOption,
    LanguageOption,
    OfSourceOption,
    PublishedSinceOption,
    PublishedUntilOption,
    WholeOption,
    WordsArgument,
    criteria_of,
)
from dropwire.commands.entities import EntityArgument, the_one
from dropwire.commands.options import JsonOption, database, friendly_errors
from dropwire.console import Exit, notify, out, print_json, stop


def timeline(
    words: WordsArgument = None,
    by: Annotated[str, typer.Option(help="day, week or month.")] = "month",
    split: Annotated[str | None, typer.Option(help="Also by language, or by source.")] = None,
    language: LanguageOption = None,
    whole: WholeOption = False,
    source: OfSourceOption = None,
    since: PublishedSinceOption = None,
    until: PublishedUntilOption = None,
    entity: EntityOption = None,
    copies_of: CopiesOfOption = None,
    flag: FlagOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how many documents there were over time: those that `find` finds for the same options."""
    from typing import get_args

    with friendly_errors(), database() as db:
        from dropwire.querying import partly, timeline_as_json, timeline_table
        from store.queries import Period, Split
        from store.queries import timeline as count

        periods: dict[str, Period] = {name: name for name in get_args(Period)}
        splits: dict[str | None, Split | None] = {None: None, **{name: name for name in get_args(Split)}}
        if by not in periods:
            stop(Exit.USAGE, f"there are no timelines by {by}: give --by {', '.join(periods)}")
        if split not in splits:
            stop(Exit.USAGE, f"a timeline cannot be split by {split}: give --split language or source")
        criteria = criteria_of(words, language, whole, source, since, until, entity, copies_of, flag)
        found = count(db, criteria, period=periods[by], split=splits[split], most=MOST_COUNTED)
        if as_json:
            print_json(timeline_as_json(found))
            return
        console = out()
        console.print(timeline_table(found) if found.points else "No dated document meets these criteria.")
        if found.undated:
            console.print(f"\n{found.undated:,} without a date", style="dim")
        if said := partly(found.complete, found.documents):
            notify(said)


def graph(
    what: EntityArgument,
    nodes: Annotated[int, typer.Option(min=1, max=20, help="Neighbours at most.")] = 20,
    least: Annotated[int, typer.Option(min=1, help="Leave out what fewer documents name together.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Show who and what is named together with a person, organisation or place, and what of that with each other."""
    with friendly_errors(), database() as db:
        from dropwire.querying import graph_as_json, graph_tables
        from store.queries import neighbourhood

        centre = the_one(db, what)
        found = neighbourhood(db, centre.id, nodes=nodes, least=least)
        if found is None:
            stop(Exit.NOT_FOUND, f"no document names {centre.id} any more")
        if as_json:
            print_json(graph_as_json(found))
            return
        console = out()
        table, edges = graph_tables(found)
        if not found.nodes:
            console.print(f"Nothing is named together with {centre.name}.")
            return
        console.print(table)
        if edges.row_count:
            console.print("\n[bold]Named together with each other[/]")
            console.print(edges)


def changes(
    since: Annotated[
        str | None, typer.Option("--since-token", help="The position that the answer before ended with.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Changes on a page.")] = 100,
    now: Annotated[bool, typer.Option("--now", help="Only print the position behind all changes.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List what is new since a position: documents that came, were edited or made anew, and erased ones. Oldest first.

    `follow` goes on printing what comes.
    """
    with friendly_errors(), database() as db:
        from dropwire.querying import change_as_json, change_table
        from store.queries import ChangePage, changes_since, latest_token

        page = ChangePage((), latest_token(db), False) if now else changes_since(db, since, limit=limit)
        if as_json:
            print_json(
                {"changes": [change_as_json(one) for one in page.changes], "next": page.next_token, "more": page.more}
            )
            return
        console = out()
        if not now:
            console.print(change_table(page.changes) if page.changes else "Nothing has changed since.")
        said = "More" if page.more else "From now on"
        console.print(f"{said}: --since-token {page.next_token}", style="dim", soft_wrap=True)


def edits(
    silent: Annotated[
        bool, typer.Option("--silent", help="Only where the dates that the article states stayed.")
    ] = False,
    source: OfSourceOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Edits on a page.")] = 20,
    after: Annotated[str | None, typer.Option(help="The token that the page before ended with.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List articles whose text was edited after it had been published, and what changed. The latest edits first."""
    with friendly_errors(), database() as db:
        from dropwire.history import edit_of
        from dropwire.querying import edited_as_json, print_edited
        from store import templates
        from store.queries import edits as find_edits
        from transforms.boilerplate import Site

        page = find_edits(db, source=source, silent=silent, limit=limit, after=after)
        sites: dict[str, Site] = {}
        for state in page.edits:
            of = state.after.document.source
            if of not in sites:
                sites[of] = Site(templates.known(db, [of], {})[of].keys)
        # Lines that are cut by now, and were not then, are no edit.
        told = [
            (state, edit)
            for state in page.edits
            for edit in [edit_of(state.before.document, state.after.document, sites[state.after.document.source])]
            if edit.text
        ]
        if as_json:
            print_json({"edits": [edited_as_json(*one) for one in told], "next": page.next_token})
            return
        console = out()
        for number, (state, edit) in enumerate(told):
            if number:
                console.print()
            print_edited(console, state, edit, sites[state.after.document.source])
        if not told:
            console.print("No edits." if page.next_token is None else "No edits on this page.")
        if page.next_token:
            console.print(f"\nMore: add --after '{page.next_token}'", style="dim", soft_wrap=True)
