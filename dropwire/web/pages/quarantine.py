"""Quarantine: what could not be processed, by reason and source; one case with its bytes, and what to do about it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pymongo.database import Database

from dropwire.replaying import Beginning, beginning
from dropwire.triggering import TriggerError, trigger
from dropwire.web.pages.frame import render, url
from dropwire.web.problems import Problem, not_found
from dropwire.web.security import Editor, PostedForm, Store, form_token, may_edit
from flows.whereabouts import of_case
from locations import as_location
from store import ensure, ledger, quarantine
from store.connection import Record
from store.quarantine import STATES, Case, Selection, State
from transforms.document import Reason

router = APIRouter()

PAGE_CASES: Final = 25
# The largest ones stand in sight; the others are a click away.
_GROUPS_SHOWN: Final = 12
KEEP: Final = timedelta(days=30)
_NOTE_CHARACTERS: Final = 500
# To be sure that a place holds the very drop, all of it is read: more than this nobody should wait for.
_MOST_BYTES: Final = 64 * 1024 * 1024
_BYTES_IN_A_ROW: Final = 16
_PRINTABLE: Final = range(32, 127)


@router.get("/quarantine")
def cases(
    request: Request,
    db: Store,
    reason: Annotated[str, Query(max_length=40)] = "",
    source: Annotated[str | None, Query(max_length=300)] = None,
    state: State = "open",
    after: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """Cases by reason and source, and the newest of them; an empty `source` stands for none."""
    chosen = next((each for each in Reason if each.value == reason), None)
    page = quarantine.page_of_cases(
        db, Selection(None, chosen, source, (state,)), limit=PAGE_CASES, after=after or None
    )

    def link(**changes: str | None) -> str:
        asked = {"reason": chosen, "source": source, "state": None if state == "open" else state} | changes
        # An empty source is asked for, too, which `url` would leave out.
        address = url("/quarantine", **asked)
        return f"{address}{'&' if '?' in address else '?'}source=" if asked["source"] == "" else address

    return render(
        request,
        "quarantine.html",
        groups=quarantine.groups(db, Selection(states=(state,))),
        cases=page.cases,
        shown=_GROUPS_SHOWN,
        reason=chosen,
        source=source,
        state=state,
        states=STATES,
        link=link,
        next_link=link(after=page.next_token) if page.next_token else None,
    )


@router.get("/quarantine/{name}")
def case_page(
    request: Request, db: Store, name: str, look: bool = False, asked: Annotated[str, Query(max_length=64)] = ""
) -> HTMLResponse:
    """One case. With `look` the bytes of its drop are read, where it lies; `asked` names a run that was asked for."""
    return _answer(request, db, _the_case(db, name), look=look, asked=asked)


@router.post("/quarantine/{name}/discard")
def discard(db: Store, who: Editor, form: PostedForm, name: str) -> Response:
    """Put a case aside; for some weeks it can be restored."""
    case = _the_case(db, name)
    # The validator of a store of an earlier version may not know of it.
    ensure(db)
    note = " ".join(form.get("note", "").split())[:_NOTE_CHARACTERS]
    selection = Selection(ids=(case.id,))
    quarantine.discard(db, selection, by=who.name, note=note, now=datetime.now(UTC), keep=KEEP)
    return RedirectResponse(url("/quarantine", case.name), 303)


@router.post("/quarantine/{name}/restore")
def restore(db: Store, _who: Editor, _form: PostedForm, name: str) -> Response:
    """Open a case again that was put aside."""
    case = _the_case(db, name)
    quarantine.restore(db, Selection(ids=(case.id,), states=("discarded",)))
    return RedirectResponse(url("/quarantine", case.name), 303)


@router.post("/quarantine/{name}/replay")
def replay(request: Request, db: Store, _who: Editor, _form: PostedForm, name: str) -> Response:
    """Ask Prefect for a run that processes the drop of a case again."""
    case = _the_case(db, name)
    if not request.app.state.settings.prefect_api_url:
        raise Problem(409, f"No Prefect server is configured here. Run: dropwire quarantine replay {case.name}")
    try:
        run, _ = trigger("replay-quarantine", [f'cases=["{case.name}"]'], wait=False, verbose=False, notify=_quietly)
    except (TriggerError, RuntimeError, OSError) as error:
        detail = f"Prefect did not take it ({type(error).__name__}). Run: dropwire quarantine replay {case.name}"
        raise Problem(503, detail) from None
    return RedirectResponse(url("/quarantine", case.name, asked=run.run_id), 303)


def _quietly(_: str) -> None:
    """Nobody is at this terminal."""


def _the_case(db: Database[Record], name: str) -> Case:
    found = quarantine.named(db, name)
    if not found:
        raise not_found("There is no such case.")
    if len(found) > 1:
        raise not_found(f"This drop has several cases: {', '.join(each.name for each in found[:5])} …")
    return found[0]


def _answer(request: Request, db: Database[Record], case: Case, *, look: bool, asked: str) -> HTMLResponse:
    sightings = ledger.sightings(db, case.rejection.drop_id)
    # Bytes elsewhere than on this machine may take minutes, and what is large, too: the command does that.
    near = [seen for seen in sightings if not as_location(seen.location).protocol and seen.size <= _MOST_BYTES]
    places: dict[str, str] = {}
    found: Beginning | None = None
    if look and sightings and len(near) == len(sightings):
        where = of_case(db, case)
        places = dict(where.places)
        found = beginning(where.holding, case.rejection.excerpt) if where.holding else None
    may = may_edit(request)
    return render(
        request,
        "case.html",
        case=case,
        sightings=sightings,
        can_look=bool(sightings) and len(near) == len(sightings),
        look=look,
        places=places,
        beginning=found,
        dump=dump(found) if found else [],
        text=found.data.decode("utf-8", "replace") if found else "",
        may_edit=may,
        can_replay=may and bool(request.app.state.settings.prefect_api_url),
        asked=asked if asked.replace("-", "").isalnum() else "",
        keep_days=KEEP.days,
        form_token=form_token(request) if may else "",
    )


def dump(found: Beginning) -> list[tuple[str, str, str]]:
    """Rows of bytes: where, as hexadecimal digits, as text."""
    rows = []
    for start in range(0, len(found.data), _BYTES_IN_A_ROW):
        row = found.data[start : start + _BYTES_IN_A_ROW]
        text = "".join(chr(byte) if byte in _PRINTABLE else "·" for byte in row)
        rows.append((f"{found.offset + start:08x}", row.hex(" "), text))
    return rows
