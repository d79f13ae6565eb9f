"""Nothing that a sender wrote, and nothing that somebody asks for, gets to run: not in the store, not in a browser."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient

from dropwire.web import pages
from dropwire.web.app import STATIC
from tests.web.client import TestClient, client_of
from tests.web.hostile import (
    ATTACKS,
    ENTITY,
    FIRST,
    MARKUP,
    OPERATORS,
    PATHS,
    PROBE,
    SECRET_FOLDER,
    SECRET_HOST,
    Page,
    Route,
    fill,
    routes,
)

# What a page may take that declares no parameters of its own: it reads the query itself.
COMMON = (
    "q",
    "words",
    "name",
    "entity",
    "source",
    "language",
    "after",
    "since",
    "until",
    "limit",
    "next",
    "back",
    "theme",
)
LEAKS = re.compile(rf"Traceback|pymongo|File \"|{re.escape(str(STATIC.parent))}|mongodb://")
PARAMETER = re.compile(r"\{(\w+)(:path)?\}")
ROUTES = [*routes(pages=True), *routes(pages=False)]


@pytest.fixture(scope="module")
def client(embedded_uri: str) -> Iterator[TestClient]:
    with MongoClient[dict[str, Any]](embedded_uri, tz_aware=True) as store:
        db = store["test_web_attacks"]
        store.drop_database(db.name)
        fill(db)
        with client_of(db) as client:
            yield client
        store.drop_database(db.name)


def get(client: TestClient, path: str) -> Any:
    """Ask as a browser does, and hold the answer to what every answer must be."""
    response = client.get(path, headers={"Accept": "text/html,*/*"}, follow_redirects=False)
    assert response.status_code < 500, f"{path}: {response.status_code} {response.text[:300]}"
    text = response.text
    assert not LEAKS.search(text), f"{path}: {LEAKS.search(text)}"
    assert "set-cookie" not in response.headers or "evil" not in response.headers["set-cookie"]
    kind = response.headers.get("content-type", "")
    if kind.startswith("text/html"):
        assert not Page.problems(text), f"{path}: {Page.problems(text)}"
    elif response.status_code not in {303, 304, 307}:
        assert kind in {"application/json", "application/problem+json"}, f"{path}: {kind}"
    if "location" in response.headers:
        target = response.headers["location"]
        assert target.startswith("/"), target
        assert not target.startswith(("//", "/\\")), target
    return response


def filled_in(route: Route, value: str) -> str:
    return PARAMETER.sub(quote(value, safe=""), route.path)


def real(name: str, path: str) -> str:
    """A value that leads to something, for a parameter in a path."""
    if "entit" in path:
        return ENTITY
    if "run" in path:
        return "run-1"
    if "quarantine" in path or "case" in name:
        return "dddddddd:3"
    if "source" in path:
        return MARKUP
    return FIRST


def label(route: Route) -> str:
    return route.path


@pytest.mark.parametrize("route", ROUTES, ids=label)
def test_hostile_documents_are_shown_as_text(client: TestClient, route: Route) -> None:
    path = PARAMETER.sub(lambda match: quote(real(match[1], route.path), safe=""), route.path)
    if route.path == "/api/v1/graph":
        path += f"?{urlencode({'entity': ENTITY})}"
    response = get(client, path)
    if route.path.startswith("/api/"):
        assert response.status_code == 200, response.text[:300]
        assert SECRET_FOLDER not in response.text
        assert SECRET_HOST not in response.text


def test_hostile_documents_are_there_to_be_shown(client: TestClient) -> None:
    """The tests above look at pages that hold what could do harm."""
    shown = [route.path for route in ROUTES if PROBE in get(client, filled_in(route, FIRST)).text]
    assert "/api/v1/documents" in shown
    assert "/api/v1/documents/{doc_id}" in shown
    if set(pages.PAGES) > {"frame"}:
        assert [path for path in shown if not path.startswith("/api/")]


@pytest.mark.parametrize("route", ROUTES, ids=label)
def test_hostile_parameters_are_refused_or_taken_as_text(client: TestClient, route: Route) -> None:
    path = PARAMETER.sub(lambda match: quote(real(match[1], route.path), safe=""), route.path)
    for place, name in enumerate(route.names or COMMON):
        # The operators on each of them; of the others one in four, from one parameter to the next another one.
        for attacked, value in (*OPERATORS, *ATTACKS[(place + ROUTES.index(route)) % 4 :: 4]):
            response = get(client, f"{path}?{urlencode({attacked.format(name=name): value})}")
            if route.path.startswith("/api/") and "[$" in attacked:
                assert response.status_code == 422, f"{path} {attacked}"


@pytest.mark.parametrize("route", [route for route in ROUTES if "{" in route.path], ids=label)
def test_hostile_paths_lead_nowhere(client: TestClient, route: Route) -> None:
    for value in PATHS:
        response = get(client, filled_in(route, value))
        assert "root:" not in response.text


@pytest.mark.parametrize(
    "path",
    ["../app.py", "..%2fapp.py", "%2e%2e/app.py", "..%5capp.py", "%2fetc/passwd", "/etc/passwd", "a%00b", "x" * 3000,
     "", "....//app.py", "%252e%252e/app.py"],
)  # fmt: skip
def test_static_files_are_those_of_the_folder_alone(client: TestClient, path: str) -> None:
    response = client.get(f"/static/{path}")
    assert response.status_code in {404, 405}, response.text[:100]
    assert "create_app" not in response.text
    assert response.headers["content-type"] == "application/problem+json"


def test_every_static_file_can_be_had_and_is_what_it_says(client: TestClient) -> None:
    for file in (path for path in STATIC.rglob("*") if path.is_file()):
        response = client.get(f"/static/{file.relative_to(STATIC).as_posix()}")
        assert response.status_code == 200
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["etag"]


ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(route=st.sampled_from(ROUTES), data=st.data())
def test_whatever_is_asked_is_answered(client: TestClient, route: Route, data: st.DataObject) -> None:
    path = PARAMETER.sub(lambda _: quote(data.draw(ANYTHING), safe=""), route.path)
    names = st.sampled_from(route.names or COMMON)
    asked = data.draw(st.lists(st.tuples(st.one_of(names, ANYTHING), ANYTHING), max_size=4))
    get(client, f"{path}?{urlencode(asked)}")


def test_the_check_of_pages_finds_what_it_is_for() -> None:
    for bad in (
        f"<p>{MARKUP}</p>",
        '<a href="javascript:alert(1)">',
        '<a href="\x01javascript:alert(1)">',
        '<a href=" JaVa\nScript:x">',
        '<p onclick="x">',
        '<p style="x">',
        "<script>x</script>",
        '<form action="//evil.example">',
        "<iframe>",
    ):
        assert Page.problems(bad), bad
    assert not Page.problems('<script src="/static/x.js"></script><a href="https://x.org/?a=javascript:x">x</a>')
