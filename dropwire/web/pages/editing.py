"""Corrections of entities by a person: the log, and merge, split, rename and undo. All go through store.corrections.

Who may edit is said by dropwire.web.security (`dropwire web --editing`). A form answers with 303 to the page of the
entity, so that loading it again sends nothing twice; what cannot be is said on that page, with 422.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pymongo.database import Database

from dropwire.entities import search_keys
from dropwire.web.pages.entity import entity_answer
from dropwire.web.pages.frame import render, url
from dropwire.web.problems import Problem
from dropwire.web.security import Editor, PostedForm, Store, form_token, may_edit
from store import corrections, ensure, entities
from store.connection import Record
from store.corrections import CorrectionError
from store.entity_queries import get_entity

router = APIRouter()

PAGE_CORRECTIONS: Final = 50
_NAME_CHARACTERS: Final = 200
_REASON_CHARACTERS: Final = 500


@router.get("/corrections")
def log(
    request: Request,
    db: Store,
    before: Annotated[int | None, Query(ge=1)] = None,
    done: Annotated[int | None, Query(ge=1)] = None,
) -> HTMLResponse:
    """What persons have corrected, the latest first."""
    return _log(request, db, before=before, done=done)


def _log(
    request: Request,
    db: Database[Record],
    *,
    before: int | None = None,
    done: int | None = None,
    refused: str = "",
    status: int = 200,
) -> HTMLResponse:
    whole = corrections.log(db)
    shown = [one for one in reversed(whole) if before is None or one.number < before]
    page = shown[:PAGE_CORRECTIONS]
    return render(
        request,
        "corrections.html",
        status=status,
        corrections=page,
        next_link=url("/corrections", before=page[-1].number) if len(shown) > len(page) else None,
        done=next((one for one in whole if one.number == done), None),
        refused=refused,
        may_edit=may_edit(request),
        form_token=form_token(request) if may_edit(request) else "",
    )


@router.post("/corrections/merge")
def merge(request: Request, db: Store, who: Editor, form: PostedForm) -> Response:
    """Say that an entity is another one."""
    entity, into = _given(form, "entity"), _given(form, "into")
    try:
        _must_be_known(db, into)
        made = corrections.merge(db, entity, into, by=who.name, reason=_reason(form), now=_now(db))
    except CorrectionError as error:
        return _refused(request, db, entity, error)
    _apply(db)
    return RedirectResponse(url("/entities", into, done=made.number), 303)


@router.post("/corrections/split")
def split(request: Request, db: Store, who: Editor, form: PostedForm) -> Response:
    """Say that some names of an entity are another one's: fields `name_…` hold the names."""
    entity, into = _given(form, "entity"), form.get("into", "").strip()
    names = list(dict.fromkeys(value for field, value in form.items() if field.startswith("name_") and value))
    keys = sorted({key for name in names for key in search_keys(name)} - {entity})
    try:
        made = corrections.split(db, entity, names, into, keys=keys, by=who.name, reason=_reason(form), now=_now(db))
    except CorrectionError as error:
        return _refused(request, db, entity, error)
    _apply(db)
    target = entity if get_entity(db, entity) else into
    return RedirectResponse(url("/entities", target, done=made.number), 303)


@router.post("/corrections/rename")
def rename(request: Request, db: Store, who: Editor, form: PostedForm) -> Response:
    """Say by which name an entity is shown."""
    entity, name = _given(form, "entity"), form.get("name", "")[:_NAME_CHARACTERS]
    keys = search_keys(name)
    try:
        _must_be_known(db, entity)
        made = corrections.rename(db, entity, name, keys=keys, by=who.name, reason=_reason(form), now=_now(db))
    except CorrectionError as error:
        return _refused(request, db, entity, error)
    _apply(db)
    return RedirectResponse(url("/entities", entity, done=made.number), 303)


@router.post("/corrections/undo")
def undo(request: Request, db: Store, who: Editor, form: PostedForm) -> Response:
    """Say that a correction holds no more."""
    number = _given(form, "number")
    try:
        made = corrections.undo(db, _number(number), by=who.name, reason=_reason(form), now=_now(db))
    except CorrectionError as error:
        return _log(request, db, refused=str(error), status=422)
    _apply(db)
    return RedirectResponse(url("/corrections", done=made.number), 303)


def _given(form: dict[str, str], field: str) -> str:
    value = form.get(field, "").strip()
    if not value:
        raise Problem(422, f"The form lacks {field}.")
    return value


def _must_be_known(db: Database[Record], entity: str) -> None:
    if get_entity(db, entity) is None:
        raise CorrectionError(f"there is no entity {entity}")


def _number(text: str) -> int:
    # More digits than anybody will ever make corrections, and the store takes no more than 19.
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise CorrectionError("there is no such correction")
    return int(text)


def _reason(form: dict[str, str]) -> str:
    reason = " ".join(form.get("reason", "").split())[:_REASON_CHARACTERS]
    if not reason:
        raise CorrectionError("say why: whoever looks at this correction later will want to know")
    return reason


def _now(db: Database[Record]) -> datetime:
    # A store that has never been corrected, or of an earlier version, may lack the collection.
    ensure(db)
    return datetime.now(UTC)


def _apply(db: Database[Record]) -> None:
    """Correct the stored documents, and have their entities counted anew."""
    entities.replay(db)
    entities.refresh(db)


def _refused(request: Request, db: Database[Record], entity: str, error: CorrectionError) -> HTMLResponse:
    if get_entity(db, entity) is None:
        raise Problem(422, str(error))
    return entity_answer(request, db, entity, refused=str(error), status=422)
