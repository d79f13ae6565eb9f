"""Commands that look into the store: `find`, `show`, `history`, `status`."""

from typing import Annotated

import typer
from rich.markup import escape

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
from dropwire.commands.options import JsonOption, database, find_document, friendly_errors
from dropwire.console import notify, out, print_json

# With the most documents; of each, some texts are read.
MAX_SOURCES = 20


def find(
    words: WordsArgument = None,
    language: LanguageOption = None,
    whole: WholeOption = False,
    source: OfSourceOption = None,
    since: PublishedSinceOption = None,
    until: PublishedUntilOption = None,
    entity: EntityOption = None,
    copies_of: CopiesOfOption = None,
    flag: FlagOption = None,
    facets: Annotated[bool, typer.Option("--facets", help="Count them by language, source, month and name.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Documents on a page.")] = 20,
    after: Annotated[str | None, typer.Option(help="The token that the page before ended with.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Find documents: everything given must hold. Newest first, those without a date last."""
    with friendly_errors(), database() as db:
        from dropwire.querying import facets_as_json, partly, print_facets
        from dropwire.render import document_table
        from store import codec
        from store.queries import facets as count
        from store.queries import find_documents

        criteria = criteria_of(words, language, whole, source, since, until, entity, copies_of, flag)
        if facets:
            found = count(db, criteria, most=MOST_COUNTED)
            if as_json:
                print_json(facets_as_json(found))
                return
            print_facets(out(), found)
            if said := partly(found.complete, found.documents):
                notify(said)
            return
        page = find_documents(db, criteria, limit=limit, after=after)
        if as_json:
            documents = [codec.to_record(document) for document in page.documents]
            print_json({"documents": documents, "next": page.next_token, "word_search": page.word_search or None})
            return
        console = out()
        if page.documents:
            console.print(document_table(page.documents, console.width))
        else:
            console.print("No document meets these criteria.")
        if page.word_search == "scan":
            notify("This store has no text index: the words were looked for by reading the texts.")
        if page.next_token:
            console.print(f"\nMore: add --after '{page.next_token}'", style="dim", soft_wrap=True)


def show(
    doc: Annotated[str, typer.Argument(metavar="DOC", help="A document's id, or its first digits (4 at least).")],
    as_json: JsonOption = False,
) -> None:
    """Show one document: its original with the cut parts struck out, its names in colour."""
    with friendly_errors(), database() as db:
        from dropwire.copying import copies_line
        from dropwire.render import print_document
        from store import clusters, codec, originals

        document = find_document(db, doc)
        original = originals.get(db, document.doc_id)
        if as_json:
            print_json({**codec.to_record(document), "original": original})
            return
        console = out()
        print_document(console, document, original if original is not None else document.text)
        if line := copies_line(clusters.of_document(db, document.doc_id)):
            console.print(f"\n{escape(line)}", style="dim", soft_wrap=True)


def history(
    doc: Annotated[str, typer.Argument(metavar="DOC", help="A document's id, or its first digits (4 at least).")],
    as_json: JsonOption = False,
) -> None:
    """Show the states a document has been in, oldest first, and what changed from one to the next."""
    with friendly_errors(), database() as db:
        from dropwire.history import history_as_json, print_history
        from store import revisions, templates
        from transforms.boilerplate import Site

        document = find_document(db, doc)
        states = revisions.history(db, document.doc_id)
        site = Site(templates.known(db, [document.source], {})[document.source].keys)
        if as_json:
            print_json(history_as_json(states, site))
        else:
            print_history(out(), states, site)


def status(as_json: JsonOption = False) -> None:
    """Say which sources have drifted, what is in the store, how the last runs went, and what is in quarantine."""
    from dropwire.access import reading_uri, whereabouts
    from dropwire.settings import Settings

    settings = Settings()
    with friendly_errors(), database() as db:
        from dropwire.render import count_table
        from dropwire.runs import print_alarms, run_table
        from dropwire.templates import source_as_json, source_table
        from store import observations, runs
        from store.queries import counts_by
        from store.sources import sources

        counts = {
            "languages": counts_by(db.documents, "language"),
            "sources": counts_by(db.documents, "source"),
            "drops": counts_by(db.drops, "state"),
            "quarantine": counts_by(db.quarantine, "reason", state="open"),
        }
        latest = runs.latest(db, 5)
        alarms = observations.standing(db)
        largest = sources(db, MAX_SOURCES)
        place, uri = whereabouts(settings), reading_uri(settings)
        if as_json:
            cleaning = [source_as_json(source) for source in largest]
            drift = [observations.as_json(alarm) for alarm in alarms]
            print_json({"store": place, "uri": uri, "drift": drift, **counts, "cleaning": cleaning, "runs": latest})
            return
        console = out()
        console.print(f"Store: {escape(place)}" + (f", at {escape(uri)} while Dropwire runs" if uri else ""))
        console.print(f"{sum(counts['languages'].values()):,} documents\n")
        print_alarms(console, alarms, MAX_SOURCES)
        for title, values in counts.items():
            if title == "sources" and values:
                console.print("[bold]Sources[/]")
                console.print(source_table(largest))
                more = len(values) - len(largest)
                console.print(f"… and {more:,} more: `dropwire templates`\n" if more > 0 else "")
            else:
                console.print(count_table(title.capitalize(), values))
        console.print("[bold]Latest runs[/]")
        console.print(run_table(latest))
