"""What persons change in the explorer: names and corrections, cases of the quarantine; and that they log out."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import pytest

from dropwire.endpoints import Address
from dropwire.triggering import TriggerError
from dropwire.web.pages import quarantine as quarantine_pages
from dropwire.web.settings import WebSettings
from store import api_keys, ensure, quarantine
from store.api_keys import Role
from store.entities import refresh
from tests.builders import EPOCH
from tests.store.test_entities import about, entity, load, stored
from tests.web.client import TestClient, client_of
from transforms.document import Reason, Rejection, Step

PREFECT = "http://127.0.0.1:4200/api"
EVERYWHERE = WebSettings(listen=Address("0.0.0.0", 8420), editing=True)


@pytest.fixture
def db(mongomock_db: Any) -> Any:
    """Three persons in two documents, and a case."""
    ensure(mongomock_db)
    load(
        mongomock_db,
        about(1, entity("a", "Ян", "Яна"), entity("b", "Іван", at=40)),
        about(2, entity("a", "Ян"), entity("c", "Пятро", at=40)),
    )
    refresh(mongomock_db)
    case = Rejection("d" * 64, 3, Step.READ, Reason.BROKEN_JSON, "line 4", "{", "belta", "42")
    quarantine.put(mongomock_db, [case], "/srv/drops/x.jsonl", run_id="one", now=EPOCH)
    return mongomock_db


@pytest.fixture
def client(db: Any) -> TestClient:
    return client_of(db, WebSettings(editing=True))


def get(client: TestClient, path: str) -> str:
    answered = client.get(path, headers={"accept": "text/html", "accept-language": "en"})
    assert answered.status_code == 200, path
    return str(answered.text)


def post(client: TestClient, path: str, page: str, /, **fields: str) -> Any:
    """Send a form with the token that the page has."""
    token = re.search(r'name="form_token" value="([^"]+)"', page)
    assert token
    headers = {"accept": "text/html", "accept-language": "en"}
    return client.post(path, data={"form_token": token[1], **fields}, headers=headers, follow_redirects=False)


def the_case(db: Any) -> tuple[str, str]:
    """The address of the case, and its state."""
    (case,) = quarantine.find_cases(db, quarantine.Selection(states=quarantine.STATES))
    return f"/quarantine/{quote(case.name, safe='')}", case.state


def the_name(address: str) -> str:
    """The name of the case with this address."""
    return unquote(address.removeprefix("/quarantine/"))


def test_an_entity_is_renamed(client: TestClient, db: Any) -> None:
    page = get(client, "/entities/per:a")
    done = post(client, "/corrections/rename", page, entity="per:a", name=" Ян  <b>Нейкі</b>", reason="так падпісвае")
    assert (done.status_code, done.headers["location"]) == (303, "/entities/per%3Aa?done=1")
    after = get(client, done.headers["location"])
    shown = "Ян &lt;b&gt;Нейкі&lt;/b&gt;"
    # No document calls it so: the language of the name is not known.
    assert f'<h1><bdi lang="">{shown}</bdi></h1>' in after
    assert f'is called «<bdi lang="">{shown}</bdi>»' in after
    assert shown in get(client, "/entities?q=Нейкі")
    assert shown in get(client, "/entities/per:b"), "in the graph"
    assert stored(db)["per:a"]["names"][0]["name"] == "Ян"
    assert shown in get(client, "/corrections")
    undone = post(client, "/corrections/undo", after, number="1", reason="памылка")
    assert undone.headers["location"] == "/corrections?done=2"
    assert stored(db)["per:a"]["name"] == "Ян"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"entity": "per:a", "name": "«»", "reason": "так"}, "a name must have letters or digits"),
        ({"entity": "per:a", "name": "Янка", "reason": " "}, "say why"),
        ({"entity": "per:nobody", "name": "Янка", "reason": "так"}, "there is no entity per:nobody"),
        ({"name": "Янка", "reason": "так"}, "The form lacks entity"),
    ],
)
def test_a_name_that_cannot_be_is_refused(client: TestClient, db: Any, fields: dict[str, str], said: str) -> None:
    refused = post(client, "/corrections/rename", get(client, "/entities/per:a"), **fields)
    assert refused.status_code == 422
    assert said in refused.text
    assert db.corrections.count_documents({}) == 0


def test_who_may_not_edit_sees_no_forms_and_is_refused(client: TestClient, db: Any) -> None:
    reader = client_of(db)
    case, _ = the_case(db)
    for path in ("/entities/per:a", "/corrections", case):
        assert 'method="post"' not in get(reader, path), path
    token = re.search(r'name="form_token" value="([^"]+)"', get(reader, "/login"))
    assert token
    for path in ("/corrections/rename", "/corrections/merge", f"{case}/discard", f"{case}/replay"):
        assert reader.post(path, data={"form_token": token[1]}).status_code == 403, path
    assert the_case(db)[1] == "open"


def test_a_case_is_put_aside_and_taken_back(client: TestClient, db: Any) -> None:
    case, state = the_case(db)
    assert state == "open"
    done = post(client, f"{case}/discard", get(client, case), note="  нічога \n карыснага ")
    assert (done.status_code, done.headers["location"]) == (303, case)
    after = get(client, case)
    assert the_case(db)[1] == "discarded"
    assert "local</bdi> · <bdi>нічога карыснага</bdi>" in after
    assert f'action="{case}/discard"' not in after
    done = post(client, f"{case}/restore", after)
    assert (done.status_code, the_case(db)[1]) == (303, "open")
    # Sent once more, by who went back in the browser.
    assert post(client, f"{case}/restore", after).status_code == 303
    assert the_case(db)[1] == "open"


def test_without_prefect_a_case_says_the_command(client: TestClient, db: Any) -> None:
    case, _ = the_case(db)
    page = get(client, case)
    command = f"dropwire quarantine replay {the_name(case)}"
    assert command in page
    assert f"{case}/replay" not in page
    refused = post(client, f"{case}/replay", page)
    assert (refused.status_code, command in refused.text) == (409, True)


@dataclass(frozen=True, slots=True)
class Run:
    """What Prefect answers."""

    run_id: str = "0123-abcd"


def test_a_case_is_replayed_by_prefect(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, list[str]]] = []

    def trigger(flow: str, parameters: list[str], **_: Any) -> tuple[Run, None]:
        asked.append((flow, parameters))
        return Run(), None

    monkeypatch.setattr(quarantine_pages, "trigger", trigger)
    client = client_of(db, WebSettings(editing=True, prefect_api_url=PREFECT))
    case, _ = the_case(db)
    page = get(client, case)
    assert f'action="{case}/replay"' in page
    done = post(client, f"{case}/replay", page)
    assert (done.status_code, done.headers["location"]) == (303, f"{case}?asked=0123-abcd")
    assert asked == [("replay-quarantine", [f'cases=["{the_name(case)}"]'])]
    assert "<code>0123-abcd</code>" in get(client, done.headers["location"])


def test_a_prefect_that_does_not_take_it_is_told(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def trigger(*_: Any, **__: Any) -> None:
        raise TriggerError("no such deployment")

    monkeypatch.setattr(quarantine_pages, "trigger", trigger)
    client = client_of(db, WebSettings(editing=True, prefect_api_url=PREFECT))
    case, _ = the_case(db)
    refused = post(client, f"{case}/replay", get(client, case))
    assert (refused.status_code, "dropwire quarantine replay" in refused.text) == (503, True)


def test_who_is_logged_in_is_told_so_and_logs_out(db: Any) -> None:
    _, key = api_keys.add(db, "яна", Role.READ)
    client = client_of(db, EVERYWHERE)
    assert post(client, "/login", get(client, "/login"), key=key).status_code == 303
    page = get(client, "/runs")
    assert 'action="/logout"' in page
    assert "Logged in: яна" in page
    left = post(client, "/logout", page)
    assert (left.status_code, left.headers["location"]) == (303, "/login")
    out = client.get("/runs", headers={"accept": "text/html"}, follow_redirects=False)
    assert (out.status_code, out.headers["location"]) == (303, "/login?next=%2Fruns")


def test_who_was_asked_for_no_login_is_offered_no_logout(client: TestClient, db: Any) -> None:
    assert "/logout" not in get(client, "/runs")
    _, key = api_keys.add(db, "program", Role.READ)
    shown = client_of(db, EVERYWHERE).get("/runs", headers={"accept": "text/html", "authorization": f"Bearer {key}"})
    assert (shown.status_code, "/logout" in shown.text) == (200, False)
