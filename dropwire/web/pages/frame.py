"""The frame of every page: its language, its looks, and how a template becomes an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dropwire.web.language import LANGUAGES, Catalogue, catalogue, chosen, html_language
from dropwire.web.problems import Problem
from dropwire.web.security import form_token, logged_in, may_edit
from transforms.document import Document

LANGUAGE_COOKIE: Final = "dropwire_language"
THEME_COOKIE: Final = "dropwire_theme"
THEMES: Final = ("auto", "light", "dark")
NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
# A year: as long as a browser keeps a choice that nobody takes back.
_KEPT_S: Final = 365 * 24 * 3600
_TITLE_CHARACTERS: Final = 120

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the explorer that the navigation names: `frame.nav_NAME`, and where it begins."""

    name: str
    path: str


SECTIONS: Final = (
    Section("start", "/"),
    Section("search", "/search"),
    Section("entities", "/entities"),
    Section("sources", "/sources"),
    Section("quarantine", "/quarantine"),
    Section("runs", "/runs"),
)


@cache
def templates() -> Environment:
    """The templates: everything is escaped, and a name that is not there is an error."""
    environment = Environment(
        loader=PackageLoader("dropwire.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "LANGUAGES": LANGUAGES,
        "THEMES": THEMES,
        "SECTIONS": SECTIONS,
        "html_language": html_language,
        "title_of": title_of,
        "url": url,
        "safe_link": safe_link,
    }
    environment.filters["commands"] = commands
    return environment


def render(
    request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] = NO_HEADERS, **values: Any
) -> HTMLResponse:
    """A page, or a part of one, in the visitor's language and looks.

    Templates see `t` (the catalogue; see dropwire.web.language), `theme`, `here` (path and query of this page), `path`,
    `may_edit`, `form_token` (for forms that are posted), `logged_in` (the name of the key; empty) and `values`.
    """
    t = catalogue_for(request)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    theme = request.cookies.get(THEME_COOKIE)
    frame = {
        "t": t,
        "theme": theme if theme in THEMES else "auto",
        "here": here,
        "path": request.url.path,
        "may_edit": may_edit(request),
        "form_token": form_token(request),
        "logged_in": logged_in(request),
    }
    text = templates().get_template(template).render(frame | values)
    # What a page says depends on the visitor's choices, and changes with the store.
    depends = {"Vary": "Cookie, Accept-Language, HX-Request", "Cache-Control": "private, no-cache"}
    return HTMLResponse(text, status, {**depends, "Content-Language": t.language, **headers})


def error_page(request: Request, problem: Problem) -> HTMLResponse:
    """An error, for people: what went wrong and what to do."""
    return render(
        request,
        "error.html",
        status=problem.status.value,
        headers={"Cache-Control": "no-store", **problem.headers},
        code=problem.status.value,
        detail=problem.detail,
    )


def catalogue_for(request: Request) -> Catalogue:
    """The texts in the language of whoever asks."""
    wanted = request.cookies.get(LANGUAGE_COOKIE)
    return catalogue(chosen(wanted, request.headers.get("accept-language", "")))


def is_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of a page. It restores a page from its history as a whole."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-history-restore-request") != "true"


def url(path: str, /, *parts: str, **query: Any) -> str:
    """A path with its parts and query encoded; what is None, False or empty is left out."""
    whole = "/".join([path.rstrip("/") if parts else path, *(quote(part, safe="") for part in parts)])
    pairs = [
        (name, "1" if value is True else str(value))
        for name, values in query.items()
        for value in (values if isinstance(values, list | tuple) else [values])
        if value not in {None, False, ""}
    ]
    return f"{whole}?{urlencode(pairs)}" if pairs else whole


def safe_link(address: str | None) -> str | None:
    """An address out of a text as something one may click: only of the web, never `javascript:` and the like."""
    if not address:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in {"http", "https"} and parts.netloc else None


def commands(text: str) -> Markup:
    """A text with what stands between backticks marked as what one types."""
    parts = text.split("`")
    return Markup().join(Markup("<code>{}</code>").format(part) if i % 2 else part for i, part in enumerate(parts))


def title_of(document: Document) -> str:
    """The title of a document, or its first words where it has none."""
    if document.title:
        return document.title
    words = " ".join(document.text[: _TITLE_CHARACTERS * 4].split())
    return words if len(words) <= _TITLE_CHARACTERS else words[:_TITLE_CHARACTERS].rsplit(" ", 1)[0] + " …"


@router.get("/preferences")
def preferences(request: Request, language: str = "", theme: str = "", back: str = "/") -> Response:
    """Keep a choice of language or looks in a cookie, and go back."""
    # Only to a page of ours: `//host` and `/\\host` are others'.
    path = back if back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable() else "/"
    answer = RedirectResponse(path, 303)
    for name, value, values in ((LANGUAGE_COOKIE, language, LANGUAGES), (THEME_COOKIE, theme, THEMES)):
        if value in values:
            secure = request.url.scheme == "https"
            answer.set_cookie(name, value, max_age=_KEPT_S, httponly=True, samesite="lax", secure=secure)
    return answer
