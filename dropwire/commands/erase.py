"""The command `erase`: what must go for good, and must not come back."""

import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from dropwire.commands.options import JsonOption, database, find_document, friendly_errors
from dropwire.console import Exit, notify, out, print_json, stop

# Of a whole id of a document.
_ID_DIGITS = 32


def erase(
    url: Annotated[str | None, typer.Option(help="All documents with this address, of whatever source.")] = None,
    document: Annotated[str | None, typer.Option(help="One document, by its id.")] = None,
    source: Annotated[str | None, typer.Option(help="All documents of a source.")] = None,
    person: Annotated[
        str | None, typer.Option(help="All documents that name a person: an entity's id, or a full name.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for whoever asks later. It is kept: name nobody in it.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Only note it, for the flow erase_documents to do by its number.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Finish what was interrupted.")] = False,
    undo: Annotated[int | None, typer.Option(metavar="NUMBER", help="Refuse no longer what was erased.")] = None,
    list_all: Annotated[bool, typer.Option("--list", help="List all erasures; what they were about is gone.")] = False,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for workers that began before and may not know of it.")
    ] = 60.0,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Erase documents for good, prove it, and refuse them when they come again. The exit code is 1 where it is not so.

    Everything that is known of them goes: texts, revisions, copies, entities, templates, cases in quarantine. A
    document goes as a whole.
    """
    wanted = {"--url": url, "--document": document, "--source": source, "--person": person}
    asked = [name for name, value in wanted.items() if value is not None]
    doing = [*asked, *(["--resume"] if resume else []), *(["--list"] if list_all else [])]
    if len(doing) + (undo is not None) != 1:
        stop(Exit.USAGE, "give one of --url, --document, --source, --person, --resume, --list and --undo NUMBER")
    if dry_run and not asked:
        stop(Exit.USAGE, "--dry-run goes with --url, --document, --source or --person")
    with friendly_errors(), database() as db:
        from store import ensure, erasures

        ensure(db)
        if list_all:
            _list(erasures.log(db), as_json=as_json)
        elif undo is not None:
            lifted = erasures.lift(db, undo, by=_user(), now=datetime.now(UTC))
            _lifted(lifted, as_json=as_json)
        elif resume:
            numbers = erasures.unfinished(db)
            if not numbers:
                notify("No erasure was interrupted.")
            _erase(db, numbers, wait, as_json=as_json)
        else:
            target = _target(db, url, document, source, person)
            _show(db, target, dry_run=dry_run, yes=yes, as_json=as_json)
            if dry_run:
                return
            made = erasures.prepare(
                db, target.kind, target.value, target.marks, by=_user(), reason=reason, now=datetime.now(UTC)
            )
            if prepare:
                _prepared(made.number, as_json=as_json)
            else:
                _erase(db, [made.number], wait, as_json=as_json)


def _target(db: Any, url: str | None, document: str | None, source: str | None, person: str | None) -> Any:
    from flows import erasing_targets

    if url is not None:
        return erasing_targets.of_url(url)
    if source is not None:
        return erasing_targets.of_source(source)
    if person is not None:
        return erasing_targets.of_person(db, person)
    whole = document is not None and len(document) == _ID_DIGITS and not document.strip("0123456789abcdef")
    return erasing_targets.of_document(str(document) if whole else find_document(db, str(document)).doc_id)


def _show(db: Any, target: Any, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Show what would go; unless that is all, ask whether it shall."""
    if yes and not dry_run:
        return
    if not dry_run and not sys.stdin.isatty():
        stop(Exit.USAGE, "this erases for good: look with --dry-run, then say so with --yes")
    from dropwire.console import errors
    from dropwire.erasing import foreseen_as_json, print_foreseen, print_places
    from flows.erasing import foresee

    notify("Looking for it …")
    foreseen = foresee(db, target.marks)
    if dry_run and as_json:
        print_json(foreseen_as_json(target, foreseen))
        return
    console = out() if dry_run else errors()
    print_foreseen(console, target, foreseen)
    if dry_run:
        print_places(console, foreseen.holding)
    else:
        typer.confirm("Erase this for good?", abort=True, err=True)


def _erase(db: Any, numbers: list[int], wait: float, *, as_json: bool) -> None:
    from dropwire.erasing import erased_as_json, print_erased
    from flows.erasing import erase as erase_now

    done = []
    for number in numbers:
        notify(f"Erasing {number}, then reading the whole store …")
        done.append(erase_now(db, number, patience_s=wait))
        if not as_json:
            print_erased(out(), done[-1])
    if as_json:
        print_json({"erasures": [erased_as_json(one) for one in done]})
    if not all(one.is_proven for one in done):
        raise typer.Exit(Exit.FAILED)


def _list(erasures: list[Any], *, as_json: bool) -> None:
    from dropwire.erasing import erasure_as_json, erasure_table

    if as_json:
        print_json({"erasures": [erasure_as_json(one) for one in erasures]})
    elif erasures:
        out().print(erasure_table(erasures))
    else:
        out().print("Nothing was ever erased.")


def _lifted(erasure: Any, *, as_json: bool) -> None:
    from dropwire.erasing import erasure_as_json

    if as_json:
        print_json(erasure_as_json(erasure))
    else:
        out().print(
            f"Erasure {erasure.number} is lifted. What it erased does not come back by that: ingest its drops again, "
            "with --reread."
        )


def _prepared(number: int, *, as_json: bool) -> None:
    if as_json:
        print_json({"erasure": number})
    else:
        out().print(
            f"Erasure {number} is prepared. Nothing is erased yet: run the flow erase_documents with erasure={number}, "
            "or the same command without --prepare."
        )


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an id without a name, as in some containers
        return "unknown"
