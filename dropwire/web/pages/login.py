"""Logging in with an API key, where one is asked for: the browser keeps a signed cookie, never the key."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dropwire.web.pages.frame import render
from dropwire.web.security import PostedForm, form_token, log_in, log_out

router = APIRouter()


@router.get("/login")
def form(request: Request, next_page: Annotated[str, Query(alias="next", max_length=4000)] = "/") -> HTMLResponse:
    """Ask for a key."""
    return _form(request, next_page, wrong=False)


@router.post("/login")
def enter(request: Request, form: PostedForm) -> Response:
    """Take a key, and go to the page that was asked for."""
    target = form.get("next", "/")
    answer = RedirectResponse(_own(target), 303)
    if log_in(request, answer, form.get("key", "")):
        return answer
    return _form(request, target, wrong=True)


@router.post("/logout")
def leave(_form: PostedForm) -> Response:
    """Forget who was logged in."""
    answer = RedirectResponse("/login", 303)
    log_out(answer)
    return answer


def _form(request: Request, target: str, *, wrong: bool) -> HTMLResponse:
    answer = render(
        request,
        "login.html",
        status=401 if wrong else 200,
        target=_own(target),
        wrong=wrong,
        form_token=form_token(request),
    )
    # The token is of this visitor alone.
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _own(path: str) -> str:
    """A page of ours, whatever was asked for: `//host` and `/\\host` are others'."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and path.isascii()
    try:
        parts = urlsplit(path)
    except ValueError:
        return "/"
    return path if ours and not parts.netloc and not parts.scheme else "/"
