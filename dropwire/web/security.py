"""Who may ask, for what, from where; and what a browser is told not to do with our answers.

`Guard` stands before everything else: the name of the host, the site a form comes from, the key, how often, how many
at once, how long the store may take. Behind it, handlers take `Store`, `Reader` and `Editor`.

No page may hold an inline script, an inline style, a `style=` or an `on…=` attribute: CSP allows files of
`/static/` alone. That is stricter than nonces, and pages can be compared by their ETag.
"""

import asyncio
import ipaddress
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qsl, quote, urlsplit

import pymongo
from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dropwire.web.problems import Problem, answer, of_error, wants_page
from dropwire.web.sessions import COOKIE, SESSION_S, Sessions
from dropwire.web.settings import WebSettings, is_loopback
from store import api_keys
from store.api_keys import ApiKey, Role
from store.connection import Record, is_refusal

# What a question may cost the store, s. The slowest honest one, words in 100,000 texts without an index, takes less.
WITHIN_S = 10.0
# So long a search reads texts, where the store has no index of words, before it shows what it has found by then.
PATIENCE_S = 0.08
# A second is 20 questions, and a page that opens with many of them is no attack.
RATE_PER_S, BURST = 20.0, 100.0
# More than the threads that work on them (40, AnyIO's default) would only wait.
MOST_AT_ONCE = 64
MOST_QUERY_BYTES = 8192
MOST_FORM_BYTES = 65_536
# How long a key that was revoked may still be good, s: for so long nobody asks the store about it again.
KEY_AGE_S = 5.0
_MOST_REMEMBERED = 1000
# What everybody may ask for without a key.
_OPEN_PATHS = ("/static/", "/login", "/logout")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`, with which browsers hide the origin of our own forms, too.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks: the name of a key and its role; of a person at this machine, `local`, and no key."""

    name: str
    role: Role
    key: ApiKey | None = None


class KeyRing:
    """Recognises keys, remembers for some seconds what the store said of them, and that they were used."""

    def __init__(self, db: Database[Record], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._known: dict[str, tuple[float, ApiKey]] = {}
        self._used: dict[str, ApiKey] = {}

    def of_key(self, key: str) -> ApiKey | None:
        """What is known of a key that was shown."""
        return self._remember(key, lambda: api_keys.identify(self._db, key))

    def of_id(self, key_id: str) -> ApiKey | None:
        """What is known of the key somebody logged in with."""
        return self._remember(f"id {key_id}", lambda: api_keys.get(self._db, key_id))

    def _remember(self, name: str, ask: Callable[[], ApiKey | None]) -> ApiKey | None:
        at, known = self._known.get(name, (0.0, None))
        if known is None or self._clock() - at > KEY_AGE_S:
            known = ask()
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            if known is None:
                self._known.pop(name, None)
                return None
            self._known[name] = (self._clock(), known)
        self._used[known.key_id] = known
        return known

    def write_uses(self) -> bool:
        """Record which keys were used since the last time. False where we may not write: then nobody need try again.

        Not while a question is answered: those only read, so that a user of the store who may only read is enough.
        """
        used, self._used = self._used, {}
        try:
            api_keys.note_use(self._db, used.values(), datetime.now(UTC))
        except PyMongoError as error:
            return not (isinstance(error, OperationFailure) and is_refusal(error))
        return True


class Buckets:
    """Token buckets, one a name: `BURST` at once, then `RATE_PER_S`."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def wait_s(self, name: str) -> float:
        """Take one; 0, or after how many seconds there will be one."""
        now = self._clock()
        left, at = self._left.get(name, (BURST, now))
        left = min(BURST, left + (now - at) * RATE_PER_S)
        if left < 1:
            return (1 - left) / RATE_PER_S
        if len(self._left) >= _MOST_REMEMBERED:
            self._left.clear()
        self._left[name] = (left - 1, now)
        return 0.0


class Guard:
    """The ASGI application before all others. Sets `request.state.identity`; adds the headers to every answer."""

    def __init__(self, app: ASGIApp, *, settings: WebSettings, keys: KeyRing, sessions: Sessions) -> None:
        self._app = app
        self._settings = settings
        self._keys = keys
        self._sessions = sessions
        self._buckets = Buckets()
        self._at_once = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or have it answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        started = False

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _add_headers(MutableHeaders(scope=message))
            await send(message)

        self._at_once += 1
        try:
            early = await self._admit(request)
            if early is None:
                # An edit is not cut off: it is few records, and a person wants to know how it ended.
                limit = pymongo.timeout(WITHIN_S) if request.method in _SAFE else nullcontext()
                with limit:
                    await self._app(scope, receive, with_headers)
                return
        except Exception as error:
            if started:
                raise
            early = answer(request, of_error(error))
        finally:
            self._at_once -= 1
        await early(scope, receive, with_headers)

    async def _admit(self, request: Request) -> Response | None:
        """The answer of whoever is not let in as he is; None for the others. Raises Problem."""
        _check_host(request, self._settings)
        _check_site(request)
        if len(request.scope.get("query_string", b"")) > MOST_QUERY_BYTES:
            raise Problem(414, f"The query is longer than {MOST_QUERY_BYTES} bytes.")
        if self._at_once > MOST_AT_ONCE:
            raise Problem(503, "Too many questions at once. Try again.", headers={"Retry-After": "1"})
        if not self._settings.keys_required:
            role = Role.EDIT if self._settings.editing else Role.READ
            request.state.identity = Identity("local", role)
            return None
        request.state.identity = None
        if request.url.path.startswith(_OPEN_PATHS):
            return None
        key = await run_in_threadpool(self._key_of, request)
        if key is None:
            if wants_page(request) and request.method in _SAFE:
                asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                return RedirectResponse(f"/login?next={quote(asked, safe='')}", 303)
            raise Problem(
                401,
                "Show an API key: `Authorization: Bearer …`. `dropwire keys add NAME` makes one.",
                headers={"WWW-Authenticate": 'Bearer realm="dropwire"'},
            )
        wait_s = self._buckets.wait_s(key.key_id)
        if wait_s:
            detail = f"This key has asked more than {RATE_PER_S:.0f} times a second."
            raise Problem(429, detail, headers={"Retry-After": f"{int(wait_s) + 1}"})
        role = key.role if self._settings.editing else Role.READ
        request.state.identity = Identity(key.name, role, key)
        return None

    def _key_of(self, request: Request) -> ApiKey | None:
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        if scheme:
            return self._keys.of_key(shown.strip()) if scheme.lower() == "bearer" else None
        key_id = self._sessions.key_of(request.cookies.get(COOKIE, ""))
        return self._keys.of_id(key_id) if key_id else None


async def write_uses_now_and_then(keys: KeyRing, every_s: float = 60.0) -> None:
    """Record uses of keys for as long as the application runs and may write."""
    while True:
        await asyncio.sleep(every_s)
        if not await run_in_threadpool(keys.write_uses):
            return


def _add_headers(headers: MutableHeaders) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    # Answers are of one person's key, and change with every run.
    headers.setdefault("Cache-Control", "private, no-cache")
    headers.add_vary_header("Authorization, Cookie")


def _check_host(request: Request, settings: WebSettings) -> None:
    """Refuse to answer under a foreign name: that is how a page elsewhere reads what listens on loopback."""
    named = _host(f"//{request.headers.get('host', '')}")
    if named is None:
        raise Problem(400, "The request names no host that can be one.")
    own = {"localhost", "127.0.0.1", "::1", settings.listen.host, *settings.hosts}
    # Who listens for everybody, without a name, asks everybody for a key.
    anywhere = not is_loopback(settings.listen.host) and not settings.hosts
    if named not in own and not anywhere and not _is_loopback_address(named):
        raise Problem(421, "This host is not served here: `dropwire web --host NAME` allows a name.")


def _check_site(request: Request) -> None:
    """Refuse what changes something when another site sends it."""
    if request.method in _SAFE:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    foreign = site not in {None, "same-origin", "none"}
    if foreign or (origin is not None and urlsplit_netloc(origin) != request.headers.get("host")):
        raise Problem(403, "This was sent by another site.")


def urlsplit_netloc(url: str) -> str | None:
    """Host and port of a URL; None where it is none."""
    try:
        return urlsplit(url).netloc or None
    except ValueError:
        return None


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        named = None if parts.port == 0 else parts.hostname
    except ValueError:
        return None
    return named


def _is_loopback_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def store_of(request: Request) -> Database[Record]:
    """The database."""
    db: Database[Record] = request.app.state.db
    return db


def reader(request: Request) -> Identity:
    """Who asks."""
    identity: Identity | None = getattr(request.state, "identity", None)
    if identity is None:
        raise Problem(401, "Log in first.", headers={"WWW-Authenticate": 'Bearer realm="dropwire"'})
    return identity


def editor(identity: Annotated[Identity, Depends(reader)]) -> Identity:
    """Who asks, if he may correct entities."""
    if identity.role is not Role.EDIT:
        raise Problem(403, "This needs `dropwire web --editing`, and a key with the role edit.")
    return identity


def may_edit(request: Request) -> bool:
    """Whether pages should offer to correct."""
    identity: Identity | None = getattr(request.state, "identity", None)
    return identity is not None and identity.role is Role.EDIT


def logged_in(request: Request) -> str:
    """By which key whoever asks has logged in: its name; empty where nobody is asked for one, and for programs."""
    identity: Identity | None = getattr(request.state, "identity", None)
    return identity.name if identity and identity.key and "authorization" not in request.headers else ""


def form_token(request: Request) -> str:
    """What every form that is posted sends along, as `form_token`."""
    sessions: Sessions = request.app.state.sessions
    return sessions.form_token(request.cookies.get(COOKIE, ""))


async def posted_form(request: Request) -> dict[str, str]:
    """The fields of a form of ours; the first value of each. Raises Problem for others, and for what is too long."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise Problem(415, "Send application/x-www-form-urlencoded.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_FORM_BYTES:
            raise Problem(413, f"The form is longer than {MOST_FORM_BYTES} bytes.")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise Problem(400, "This is no form.") from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    sessions: Sessions = request.app.state.sessions
    if not sessions.is_form_token(fields.pop("form_token", ""), request.cookies.get(COOKIE, "")):
        raise Problem(403, "This form is from before the last start, or from elsewhere. Open the page again.")
    return fields


def log_in(request: Request, response: Response, shown: str) -> bool:
    """Have the browser remember who showed this key; False where it is none of ours."""
    keys: KeyRing = request.app.state.keys
    key = keys.of_key(shown.strip())
    if key is None:
        return False
    sessions: Sessions = request.app.state.sessions
    response.set_cookie(
        COOKIE,
        sessions.cookie(key.key_id),
        max_age=SESSION_S,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return True


def log_out(response: Response) -> None:
    """Have the browser forget who is logged in."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


Store = Annotated[Database[Record], Depends(store_of)]
Reader = Annotated[Identity, Depends(reader)]
Editor = Annotated[Identity, Depends(editor)]
PostedForm = Annotated[dict[str, str], Depends(posted_form)]
