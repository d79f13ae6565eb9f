"""The commands of `quarantine`: what could not be processed, and what becomes of it."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import typer

from dropwire.commands.options import JsonOption, VerboseOption, database, friendly_errors
from dropwire.console import Exit, notify, out, print_json, stop

UNKNOWN_SOURCE = "(unknown)"
ReasonOption = Annotated[str | None, typer.Option(help="Only cases with this reason code (see `reasons`).")]
SourceOption = Annotated[
    str | None, typer.Option(help=f"Only cases of this source; '{UNKNOWN_SOURCE}' for those that have none.")
]
StateName = Literal["open", "discarded", "expired", "resolved", "erased", "all"]
StateOption = Annotated[StateName, typer.Option(help="Only cases in this state.")]
LimitOption = Annotated[int, typer.Option(min=1, help="Cases at most.")]
CasesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CASE]...", help="Cases as `list` names them; the part before the colon is a whole drop."),
]

app = typer.Typer(help="List what could not be processed, and why; look at it, replay it, discard it.")


@app.callback(invoke_without_command=True)
def quarantine(
    context: typer.Context,
    reason: ReasonOption = None,
    source: SourceOption = None,
    state: StateOption = "open",
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List what could not be processed, and why; look at it, replay it, discard it. Without a command: `list`."""
    if context.invoked_subcommand is None:
        list_cases(reason, source, state, limit, as_json)
    elif reason or source or state != "open" or limit != 50 or as_json:
        stop(Exit.USAGE, f"options stand behind the command: quarantine {context.invoked_subcommand} --…")


@app.command("list")
def list_cases(
    reason: ReasonOption = None,
    source: SourceOption = None,
    state: StateOption = "open",
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List cases, newest first."""
    with _swept_database() as db:
        from dropwire.quarantined import case_as_json, case_table
        from store.quarantine import count, find_cases

        selection = _selection(reason, source, state)
        cases = find_cases(db, selection, limit=limit)
        if as_json:
            print_json([case_as_json(case) for case in cases])
            return
        console = out()
        if not cases:
            console.print("Nothing is in quarantine." if state == "open" else "There are no such cases.")
            return
        console.print(case_table(cases))
        total = count(db, selection)
        if total > len(cases):
            console.print(f"\n{total - len(cases):,} more: --limit {total}", style="dim")


@app.command()
def groups(
    reason: ReasonOption = None, source: SourceOption = None, state: StateOption = "open", as_json: JsonOption = False
) -> None:
    """Count cases by reason and source."""
    with _swept_database() as db:
        from dataclasses import asdict

        from dropwire.quarantined import group_table
        from store.quarantine import groups as group_cases

        found = group_cases(db, _selection(reason, source, state))
        if as_json:
            print_json([asdict(group) for group in found])
        elif found:
            out().print(group_table(found))
        else:
            out().print("Nothing is in quarantine." if state == "open" else "There are no such cases.")


@app.command()
def show(
    case: Annotated[str, typer.Argument(metavar="CASE", help="A case as `list` names it.")],
    raw: Annotated[bool, typer.Option("--bytes", help="Write the bytes of the drop to stdout instead.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show everything about one case: where its drop lies, and the beginning of the item."""
    with _swept_database() as db:
        from dropwire.quarantined import case_as_json, print_case
        from dropwire.replaying import beginning, copy_bytes
        from flows.whereabouts import of_case

        (found, *others) = _named(db, [case])
        if others:
            names = ", ".join(other.name for other in (found, *others[:4]))
            stop(Exit.USAGE, f"{case} has {1 + len(others)} cases: say which ({names}{', …' if others[4:] else ''})")
        places = of_case(db, found)
        if raw:
            if places.holding is None:
                stop(Exit.NOT_FOUND, f"no place where the drop was seen holds its bytes any more: {places.told}")
            copy_bytes(places.holding, sys.stdout.buffer)
            return
        preview = beginning(places.holding, found.rejection.excerpt) if places.holding else None
        if as_json:
            print_json(
                {**case_as_json(found), "places": dict(places.places), "beginning": preview and preview.as_json()}
            )
        else:
            print_case(out(), found, places, preview)


@app.command()
def replay(
    cases: CasesArgument = None,
    reason: ReasonOption = None,
    source: SourceOption = None,
    everything: Annotated[bool, typer.Option("--all", help="All open cases.")] = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Process the drops of cases again, from where they lie. The exit code is 1 if any case is left.

    Cases that are named are replayed even if they were discarded; what is read now leaves the quarantine.
    """
    with _swept_database() as db:
        from dropwire.ingesting import RunFailedError
        from dropwire.quarantined import print_replay, replay_as_json
        from dropwire.replaying import run_replay
        from flows.replay import chosen

        # What is asked for is looked at before Prefect takes its time.
        if cases:
            _named(db, cases)
        else:
            _insist(reason or source or everything, "replay which cases?", "--reason, --source or --all")
        selection = _selection(reason, source)
        asked = {"reason": selection.reason, "source": selection.source, "all_open": everything}
        if not chosen(db, cases, **asked):
            notify("There are no such cases.")
            return
        try:
            done = run_replay(cases=cases, **asked, verbose=verbose, notify=notify)
        except RunFailedError as error:
            stop(Exit.FAILED, str(error))
        if as_json:
            print_json(replay_as_json(done))
        else:
            print_replay(out(), done)
    if done.left:
        raise typer.Exit(Exit.FAILED)


@app.command()
def discard(
    cases: CasesArgument = None,
    reason: ReasonOption = None,
    source: SourceOption = None,
    note: Annotated[str, typer.Option(help="Why, for whoever asks later.")] = "",
    keep: Annotated[int, typer.Option(min=0, help="Days for which they can be restored.")] = 30,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Put cases aside for good: after some days only a tombstone of each is left. The drops stay where they lie."""
    with _swept_database() as db:
        from store import ensure
        from store.quarantine import count
        from store.quarantine import discard as discard_cases

        if not cases:
            _insist(reason or source, "discard which cases?", "--reason or --source")
        selection = _selection(reason, source, cases=_named(db, cases) if cases else None)
        number = count(db, selection)
        if number and not yes:
            if not sys.stdin.isatty():
                stop(Exit.USAGE, f"this would discard {number:,} cases: say so with --yes")
            typer.confirm(f"Discard {number:,} cases?", abort=True, err=True)
        # Nothing was discarded before there was this command: the store's validator may not know of it.
        ensure(db)
        now = datetime.now(UTC)
        done = discard_cases(db, selection, by=_person(), note=note, now=now, keep=timedelta(days=keep))
        if as_json:
            print_json({"discarded": done, "until": now + timedelta(days=keep)})
        else:
            out().print(
                f"{done:,} discarded. Until they expire, in {keep} days, `quarantine restore` opens them again."
            )


@app.command()
def restore(
    cases: CasesArgument = None, reason: ReasonOption = None, source: SourceOption = None, as_json: JsonOption = False
) -> None:
    """Open discarded cases again that have not expired yet."""
    with _swept_database() as db:
        from store.quarantine import restore as restore_cases

        if not cases:
            _insist(reason or source, "restore which cases?", "--reason or --source")
        selection = _selection(reason, source, "discarded", cases=_named(db, cases) if cases else None)
        done = restore_cases(db, selection)
        if as_json:
            print_json({"restored": done})
        else:
            out().print(f"{done:,} restored.")


@app.command()
def reasons(as_json: JsonOption = False) -> None:
    """List the reason codes: what happened, and what to do. Touches no store."""
    from dropwire.quarantined import reason_table
    from transforms.document import Reason

    if as_json:
        print_json([{"reason": reason, "happened": reason.happened, "to_do": reason.to_do} for reason in Reason])
    else:
        out().print(reason_table(Reason))


@contextmanager
def _swept_database() -> Iterator[Any]:
    """The store, with the discarded cases purged whose time is over."""
    with friendly_errors(), database() as db:
        from store.quarantine import sweep

        sweep(db, datetime.now(UTC))
        yield db


def _selection(
    reason: str | None, source: str | None, state: StateName = "open", *, cases: list[Any] | None = None
) -> Any:
    from store.quarantine import STATES, Selection
    from transforms.document import Reason

    known = [known.value for known in Reason]
    if reason and reason not in known:
        stop(Exit.USAGE, f"{reason} is no reason code; there are: {', '.join(known)}")
    return Selection(
        ids=None if cases is None else tuple(case.id for case in cases),
        reason=Reason(reason) if reason else None,
        source="" if source == UNKNOWN_SOURCE else source,
        states=STATES if state == "all" else (state,),
    )


def _named(db: Any, names: list[str]) -> list[Any]:
    """The cases that a person named, each once; ends the command where one is not there."""
    from store.quarantine import named

    found = {}
    for name in names:
        cases = named(db, name)
        if not cases:
            stop(Exit.NOT_FOUND, f"no case is called {name}: `dropwire quarantine list` names them")
        found.update({case.id: case for case in cases})
    return list(found.values())


def _insist(given: object, question: str, how: str) -> None:
    if not given:
        stop(Exit.USAGE, f"{question} Name them, or give {how}")


def _person() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # in a container, the user may have no name
        return "unknown"
