"""Who may ask, for what, from where; keys, logins, forms; and that asking only reads."""

from typing import Any

import pytest
from fastapi import APIRouter, Request, Response
from pymongo.errors import OperationFailure

from dropwire.endpoints import Address
from dropwire.web import pages, security
from dropwire.web.security import Buckets, Editor, KeyRing, PostedForm, Reader, form_token, log_in, log_out
from dropwire.web.sessions import SESSION_S, Sessions
from dropwire.web.settings import WebError, WebSettings
from store import api_keys, ensure
from store.api_keys import Role
from tests.web.client import HERE, client_of
from tests.web.hostile import routes

API = f"{HERE}/api/v1"
EVERYWHERE = WebSettings(listen=Address("0.0.0.0", 8420), editing=True)
PUBLIC = "https://news.example.org"


class Ticks:
    """A clock that a test moves, s."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def test_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that show what pages are given, beside the real ones."""
    router = APIRouter()

    @router.get("/test/who")
    def who(identity: Reader, request: Request) -> dict[str, str]:
        return {"name": identity.name, "role": identity.role, "token": form_token(request)}

    @router.post("/test/edit")
    def edit(identity: Editor, form: PostedForm) -> dict[str, str]:
        return {"by": identity.name, **form}

    @router.post("/login/test")
    def login(request: Request, form: PostedForm) -> Response:
        response = Response("in")
        return response if log_in(request, response, form["key"]) else Response("out", 403)

    @router.post("/logout/test")
    def logout() -> Response:
        response = Response("out")
        log_out(response)
        return response

    known = pages.routers()
    monkeypatch.setattr(pages, "routers", lambda: [router, *known])


@pytest.fixture
def keyed(mongomock_db: Any, test_pages: None) -> tuple[Any, str, str]:
    """A store with a key to read and a key to edit."""
    ensure(mongomock_db)
    _, to_read = api_keys.add(mongomock_db, "reader", Role.READ)
    _, to_edit = api_keys.add(mongomock_db, "editor", Role.EDIT)
    return mongomock_db, to_read, to_edit


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_beyond_loopback_everything_asks_for_a_key(keyed: tuple[Any, str, str]) -> None:
    db, to_read, _ = keyed
    client = client_of(db, EVERYWHERE)
    paths = [route.path for kind in (True, False) for route in routes(pages=kind)]
    assert len(paths) > 15
    for path in [*paths, "/api/v1/openapi.json", "/nothing", "/test/who"]:
        if path.startswith(("/login", "/logout")):
            continue
        refused = client.get(path)
        assert refused.status_code == 401, path
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["www-authenticate"].startswith("Bearer")
        asked = client.get(path, headers={"Accept": "text/html"}, follow_redirects=False)
        if path.startswith("/api/"):
            assert asked.status_code == 401, path
        else:
            assert (asked.status_code, asked.headers["location"][:12]) == (303, "/login?next="), path
    assert client.get("/test/who", headers=bearer(to_read)).json()["name"] == "reader"
    assert client.get("/api/v1/openapi.json", headers=bearer(to_read)).json()["security"] == [{"key": []}]


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer x", "Bearer dropwire_000000000000_" + "a" * 43, "Basic {key}", "Bearer {key}x", "{key}"],
)
def test_what_is_no_key_of_ours_is_refused(keyed: tuple[Any, str, str], header: str) -> None:
    db, to_read, _ = keyed
    refused = client_of(db, EVERYWHERE).get("/test/who", headers={"Authorization": header.format(key=to_read)})
    assert refused.status_code == 401
    assert to_read not in refused.text


def test_a_revoked_key_is_refused_within_seconds(keyed: tuple[Any, str, str]) -> None:
    db, to_read, _ = keyed
    ticks = Ticks()
    ring = KeyRing(db, clock=ticks)
    assert ring.of_key(to_read)
    api_keys.revoke(db, "reader")
    ticks.now += security.KEY_AGE_S + 1
    assert ring.of_key(to_read) is None


def test_roles(keyed: tuple[Any, str, str]) -> None:
    db, to_read, to_edit = keyed
    client = client_of(db, EVERYWHERE)
    form = {"form_token": client.get("/test/who", headers=bearer(to_edit)).json()["token"], "x": "1"}
    assert client.post("/test/edit", data=form, headers=bearer(to_edit)).json() == {"by": "editor", "x": "1"}
    assert client.post("/test/edit", data=form, headers=bearer(to_read)).status_code == 403
    without = client_of(db, WebSettings(listen=Address("0.0.0.0", 8420)))
    form["form_token"] = without.get("/test/who", headers=bearer(to_edit)).json()["token"]
    assert without.post("/test/edit", data=form, headers=bearer(to_edit)).status_code == 403, "editing is off"


def test_on_loopback_nobody_is_asked_and_may_edit_only_if_that_is_on(keyed: tuple[Any, str, str]) -> None:
    db, *_ = keyed
    for editing, status in ((False, 403), (True, 200)):
        client = client_of(db, WebSettings(editing=editing))
        form = {"form_token": client.get("/test/who").json()["token"]}
        assert client.post("/test/edit", data=form).status_code == status


def test_a_login_is_a_cookie_that_scripts_and_other_sites_do_not_get(keyed: tuple[Any, str, str]) -> None:
    db, _, to_edit = keyed
    client = client_of(db, EVERYWHERE, base_url="https://127.0.0.1:8420")
    sessions: Sessions = client.app.state.sessions  # type: ignore[attr-defined]
    entered = client.post("/login/test", data={"key": to_edit, "form_token": sessions.form_token("")})
    cookie = entered.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Secure", "Path=/"))
    assert to_edit not in cookie
    who = client.get("/test/who").json()
    assert (who["name"], who["role"]) == ("editor", "edit")
    assert client.post("/test/edit", data={"form_token": who["token"]}).status_code == 200
    assert client.post("/test/edit", data={"form_token": sessions.form_token("")}).status_code == 403
    client.post("/logout/test")
    assert client.get("/test/who").status_code == 401


def test_a_cookie_is_ours_whole_and_not_too_old() -> None:
    ticks = Ticks()
    sessions = Sessions(clock=ticks)
    cookie = sessions.cookie("0123456789ab")
    assert sessions.key_of(cookie) == "0123456789ab"
    for other in ("", "a", "...", cookie + "0", cookie[1:], "f" + cookie, "\ud800.1.x.y", cookie.upper()):
        assert sessions.key_of(other) is None
    assert Sessions(clock=ticks).key_of(cookie) is None, "of another process"
    ticks.now += SESSION_S + 1
    assert sessions.key_of(cookie) is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[broken"}, 403),
        ({"Origin": HERE, "Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 200),
    ],
)
def test_what_another_site_sends_changes_nothing(
    keyed: tuple[Any, str, str], headers: dict[str, str], status: int
) -> None:
    client = client_of(keyed[0], WebSettings(editing=True))
    form = {"form_token": client.get("/test/who").json()["token"]}
    assert client.post("/test/edit", data=form, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/x-www-form-urlencoded", 403),
        (b"form_token=wrong", "application/x-www-form-urlencoded", 403),
        (b"form_token=%ff", "application/x-www-form-urlencoded", 400),
        (b"a=1&" * 200, "application/x-www-form-urlencoded", 400),
        (b"x" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"{}", "application/json", 415),
        (b"--x", "multipart/form-data; boundary=x", 415),
    ],
)
def test_forms_that_are_none_of_ours(keyed: tuple[Any, str, str], body: bytes, content_type: str, status: int) -> None:
    client = client_of(keyed[0], WebSettings(editing=True))
    refused = client.post("/test/edit", content=body, headers={"Content-Type": content_type})
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("settings", "host", "status"),
    [
        (WebSettings(), "127.0.0.1:8420", 200),
        (WebSettings(), "localhost:1234", 200),
        (WebSettings(), "[::1]:8420", 200),
        (WebSettings(), "127.1.2.3", 200),
        (WebSettings(), "evil.example:8420", 421),
        (WebSettings(), "127.0.0.1.evil.example", 421),
        (WebSettings(), "localhost.", 421),
        (WebSettings(), "", 400),
        (WebSettings(), "[broken", 400),
        (WebSettings(), "a:99999", 400),
        (EVERYWHERE, "server:8420", 401),
        (WebSettings(hosts=("news.example.org",)), "news.example.org", 401),
        (WebSettings(hosts=("news.example.org",)), "evil.example", 421),
        (WebSettings(hosts=("news.example.org",)), "127.0.0.1:8420", 401),
    ],
)
def test_it_answers_under_its_own_names(
    keyed: tuple[Any, str, str], settings: WebSettings, host: str, status: int
) -> None:
    assert client_of(keyed[0], settings).get("/test/who", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("host", ["", "https://x.org", "x.org:80", "x.org/path", "a b", "[x", "X.org"])
def test_hosts_that_are_none_are_refused(host: str) -> None:
    with pytest.raises(WebError, match="no host name"):
        WebSettings(hosts=(host,))


@pytest.mark.parametrize("origin", ["", "*", "null", "x.org", "https://x.org/", "ftp://x.org", "https://u@x.org/a"])
def test_origins_that_are_none_are_refused(origin: str) -> None:
    with pytest.raises(WebError, match="no origin"):
        WebSettings(origins=(origin,))


def test_other_sites_read_only_where_they_are_named(mongomock_db: Any) -> None:
    ensure(mongomock_db)
    asked = {"Origin": PUBLIC}
    preflight = {**asked, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "Authorization"}
    closed = client_of(mongomock_db)
    assert "access-control-allow-origin" not in closed.get(f"{API}/runs", headers=asked).headers
    assert closed.options(f"{API}/runs", headers=preflight).status_code == 405
    opened = client_of(mongomock_db, WebSettings(origins=(PUBLIC,)))
    answer = opened.get(f"{API}/runs", headers=asked)
    assert answer.headers["access-control-allow-origin"] == PUBLIC
    assert "access-control-allow-credentials" not in answer.headers
    assert opened.options(f"{API}/runs", headers=preflight).status_code == 200
    refused = opened.options(f"{API}/runs", headers={**preflight, "Access-Control-Request-Method": "POST"})
    assert refused.status_code == 400
    other = opened.get(f"{API}/runs", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


def test_every_answer_tells_browsers_what_not_to_do(mongomock_db: Any) -> None:
    ensure(mongomock_db)
    client = client_of(mongomock_db)
    for path, headers in (
        ("/api/v1/runs", {}),
        ("/api/v1/nothing", {}),
        ("/nothing", {"Accept": "text/html"}),
        ("/static/nothing.js", {}),
        ("/api/v1/runs", {"Host": "evil.example"}),
        ("/", {"Accept": "text/html"}),
    ):
        answer = client.get(path, headers=headers)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "cookie" in answer.headers["vary"].lower()
        assert answer.headers["cache-control"] in {"private, no-cache", "no-store"}


def test_a_person_gets_a_page_and_a_program_a_problem(mongomock_db: Any) -> None:
    ensure(mongomock_db)
    client = client_of(mongomock_db)
    page = client.get("/nothing", headers={"Accept": "text/html,*/*"})
    assert (page.status_code, page.headers["content-type"][:9]) == (404, "text/html")
    for path, accept in (("/nothing", "*/*"), ("/api/v1/nothing", "text/html")):
        problem = client.get(path, headers={"Accept": accept})
        assert (problem.status_code, problem.headers["content-type"]) == (404, "application/problem+json")


def test_a_query_that_is_too_long_is_refused(mongomock_db: Any) -> None:
    ensure(mongomock_db)
    assert client_of(mongomock_db).get("/api/v1/runs?x=" + "y" * 9000).status_code == 414


def test_buckets_fill_again() -> None:
    ticks = Ticks()
    buckets = Buckets(clock=ticks)
    assert [buckets.wait_s("a") for _ in range(int(security.BURST))] == [0.0] * int(security.BURST)
    wait = buckets.wait_s("a")
    assert wait == pytest.approx(1 / security.RATE_PER_S)
    assert buckets.wait_s("b") == 0, "another key is another bucket"
    ticks.now += wait * 1.001
    assert buckets.wait_s("a") == 0
    assert buckets.wait_s("a") > 0


def test_who_asks_too_often_is_told_to_wait(keyed: tuple[Any, str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "BURST", 2.0)
    monkeypatch.setattr(security, "RATE_PER_S", 0.001)
    db, to_read, to_edit = keyed
    client = client_of(db, EVERYWHERE)
    statuses = [client.get("/test/who", headers=bearer(to_read)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert int(client.get("/test/who", headers=bearer(to_read)).headers["retry-after"]) > 1
    assert client.get("/test/who", headers=bearer(to_edit)).status_code == 200


def test_uses_of_keys_are_written_beside_the_answers(keyed: tuple[Any, str, str]) -> None:
    db, to_read, _ = keyed
    with client_of(db, EVERYWHERE) as client:
        client.get("/test/who", headers=bearer(to_read))
        assert db.api_keys.find_one({"name": "reader"}).get("last_used_at") is None
    used = {key.name: key.last_used_at is not None for key in api_keys.all_keys(db)}
    assert used == {"reader": True, "editor": False}


@pytest.mark.parametrize(("code", "again"), [(13, False), (91, True)])
def test_who_may_not_write_stops_trying(
    keyed: tuple[Any, str, str], monkeypatch: pytest.MonkeyPatch, code: int, again: bool
) -> None:
    db, to_read, _ = keyed
    ring = KeyRing(db)
    ring.of_key(to_read)

    def refuse(*_: Any) -> None:
        raise OperationFailure("no", code)

    monkeypatch.setattr(api_keys, "note_use", refuse)
    assert ring.write_uses() is again


def test_a_key_in_two_places(keyed: tuple[Any, str, str]) -> None:
    """A wrong key in the header is not made good by a cookie."""
    db, _, to_edit = keyed
    client = client_of(db, EVERYWHERE)
    sessions: Sessions = client.app.state.sessions  # type: ignore[attr-defined]
    client.post("/login/test", data={"key": to_edit, "form_token": sessions.form_token("")})
    assert client.get("/test/who").status_code == 200
    assert client.get("/test/who", headers=bearer("x")).status_code == 401
