"""Commands about persons, organisations and places: `entities`, `entity`, and their corrections."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.markup import escape

from dropwire.commands.options import JsonOption, database, friendly_errors
from dropwire.console import Exit, notify, out, print_json, stop

EntityArgument = Annotated[str, typer.Argument(metavar="ENTITY", help="An entity's id, or a name that one only has.")]
ReasonOption = Annotated[str, typer.Option(help="Why, for whoever reads it later.")]
# Of a profile; `find --entity` has them all.
_LATEST = 5


def entities(
    text: Annotated[str | None, typer.Argument(metavar="NAME", help="A name, or a word of it, in any script.")] = None,
    kind: Annotated[str | None, typer.Option("--type", help="PER, ORG, LOC, EVT or PRO.")] = None,
    language: Annotated[str | None, typer.Option(help="Only those with a name in this language.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Entities on a page.")] = 20,
    after: Annotated[str | None, typer.Option(help="The token that the page before ended with.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List persons, organisations and places, those in the most documents first."""
    with friendly_errors(), database() as db:
        from typing import get_args

        from dropwire.entities import entity_as_json, entity_table, search_keys
        from store.entity_queries import EntityCriteria, find_entities, nearest
        from transforms.document import EntityType

        known = {name: name for name in get_args(EntityType)}
        if kind is not None and kind.upper() not in known:
            stop(Exit.USAGE, f"there is no type {kind}: give one of {', '.join(known)}")
        keys = search_keys(text) if text is not None else ()
        criteria = EntityCriteria(keys, known[kind.upper()] if kind else None, language)
        page = find_entities(db, criteria, limit=limit, after=after)
        if as_json:
            print_json({"entities": [entity_as_json(one) for one in page.entities], "next": page.next_token})
            return
        console = out()
        if page.entities:
            console.print(entity_table(page.entities))
        else:
            console.print("No entity meets these criteria.")
            if near := nearest(db, keys):
                console.print("\nThese are named alike:")
                console.print(entity_table(near))
        if page.next_token:
            console.print(f"\nMore: add --after '{escape(page.next_token)}'", style="dim", soft_wrap=True)


def entity(what: EntityArgument, as_json: JsonOption = False) -> None:
    """Show what is known of a person, organisation or place."""
    with friendly_errors(), database() as db:
        from dropwire.entities import correction_as_json, entity_as_json, print_profile
        from store import codec, corrections
        from store.entity_queries import timeline
        from store.queries import Criteria, find_documents

        found = the_one(db, what)
        months = timeline(db, found.id)
        latest = find_documents(db, Criteria(entity_id=found.id), limit=_LATEST).documents
        made = corrections.about(db, found.id)
        if as_json:
            print_json(
                {
                    **entity_as_json(found),
                    "timeline": [asdict(month) for month in months],
                    "latest": [codec.to_record(document) for document in latest],
                    "corrections": [correction_as_json(one) for one in made],
                }
            )
        else:
            print_profile(out(), found, months, latest, made)


def merge(
    one: EntityArgument,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The entity that it is: its id or name.")],
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say that two entities are one. It holds for what is stored, and for whatever is processed later."""
    with friendly_errors(), database() as db:
        from store import corrections

        known, target = the_one(db, one), the_one(db, into)
        made = corrections.merge(db, known.id, target.id, by=_user(), reason=reason, now=datetime.now(UTC))
        _apply(db, made, as_json=as_json)


def split(
    what: EntityArgument,
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Its names that are somebody else's.")],
    into: Annotated[str, typer.Option(help="The id of the entity that they are: a new one, or one that there is.")],
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say that some names of an entity are another one's. In a text with one of them, its mentions are the other one.

    A name counts in the forms that `dropwire entity` shows: as an entity's name in a text, or as a text writes it.
    """
    with friendly_errors(), database() as db:
        from dropwire.entities import search_keys
        from store import corrections
        from store.codec import fold_name

        known = the_one(db, what)
        forms = {name.name for name in known.names} | {alias.surface for alias in known.aliases}
        unknown = [name for name in names if fold_name(name) not in set(map(fold_name, forms))]
        if unknown:
            quoted = ", ".join(f"«{name}»" for name in unknown)
            notify(f"No text that is stored names {known.id} so: {quoted}")
        keys = sorted({key for name in names for key in search_keys(name)} - {known.id})
        made = corrections.split(db, known.id, names, into, keys=keys, by=_user(), reason=reason, now=datetime.now(UTC))
        _apply(db, made, as_json=as_json)


def rename(
    what: EntityArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name by which it is shown.")],
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say by which name an entity is shown, whatever most documents call it. These stay as they are."""
    with friendly_errors(), database() as db:
        from dropwire.entities import search_keys
        from store import corrections

        known, keys = the_one(db, what), search_keys(name)
        made = corrections.rename(db, known.id, name, keys=keys, by=_user(), reason=reason, now=datetime.now(UTC))
        _apply(db, made, as_json=as_json)


def list_corrections(
    undo: Annotated[int | None, typer.Option(metavar="NUMBER", help="Undo this one, which may be an undo.")] = None,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """List the corrections that persons have made, or undo one."""
    with friendly_errors(), database() as db:
        from dropwire.entities import correction_as_json, correction_table
        from store import corrections

        if undo is not None:
            made = corrections.undo(db, undo, by=_user(), reason=reason, now=datetime.now(UTC))
            _apply(db, made, as_json=as_json)
            return
        log = corrections.log(db)
        if as_json:
            print_json({"corrections": [correction_as_json(one) for one in log]})
        elif log:
            out().print(correction_table(log))
        else:
            out().print("Nobody has corrected anything.")


def the_one(db: Any, what: str) -> Any:
    """The entity with this id or name; ends the command where there is none, or several have the name."""
    from dropwire.entities import candidates, search_keys
    from store import corrections
    from store.codec import fold_name
    from store.entity_queries import EntityCriteria, find_entities, get_entity, nearest

    if known := get_entity(db, what):
        return known
    now, _ = corrections.rules(db).follow(what, "")
    if now != what:
        stop(Exit.NOT_FOUND, f"{what} is {now} by a correction: `dropwire corrections` lists them")
    keys = search_keys(what)
    found = find_entities(db, EntityCriteria(keys), limit=6).entities
    named = [one for one in found if fold_name(what) in {fold_name(name.name) for name in one.names}] or list(found)
    if len(named) > 1:
        stop(Exit.USAGE, f"several entities are named {what!r}; give the id: {candidates(named)}")
    if not named:
        near = candidates(nearest(db, keys))
        hint = f". Named alike: {near}" if near else ": `dropwire entities` lists them"
        stop(Exit.NOT_FOUND, f"there is no entity {what!r}{hint}")
    return named[0]


def _apply(db: Any, made: Any, *, as_json: bool) -> None:
    from dropwire.entities import correction_as_json, documents_in_words
    from store.corrections import log
    from store.entities import refresh, replay

    # A name concerns no document.
    concerned = made.kind != "rename"
    if concerned:
        notify("Correcting the documents …")
    documents = replay(db)
    counted = refresh(db)
    if as_json:
        (now,) = (one for one in log(db) if one.number == made.number)
        print_json({**correction_as_json(now), "documents": documents, "entities": counted})
        return
    outcome = f" {documents_in_words(documents)} corrected." if concerned else ""
    out().print(escape(f"Correction {made.number}: {made.sentence}.{outcome}"))
    out().print(f"Undo it: dropwire corrections --undo {made.number}", style="dim")


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except OSError:  # an id without a name, as in some containers
        return "unknown"
