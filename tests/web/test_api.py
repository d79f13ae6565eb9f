"""The HTTP API: what it answers, page by page, and how it says what is wrong."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo.errors import AutoReconnect, NetworkTimeout, OperationFailure

from dropwire.web import api, security
from dropwire.web.api import models
from store import copies, ensure, entities, quarantine, runs, templates
from store.documents import Entry, upsert
from tests.builders import EPOCH, a_document, a_version, an_entity
from tests.store.test_tally import a_run
from tests.web.client import HERE, TestClient, client_of
from transforms import near_copies
from transforms.document import Document, Language, Publication, Reason, Rejection, Step

API = f"{HERE}{api.PREFIX}"
DAY = datetime(2019, 11, 18, tzinfo=UTC)
PERSON = "per:алтай-кульгінаў"


def made(number: int, text: str, **other: Any) -> Document:
    published = Publication(DAY + timedelta(days=number), "day", "dateline")
    people = (an_entity("Алтай Кульгінаў", (0, text.split(maxsplit=1)[0])),)
    known = {"source": "belta", "published": published, "entities": people, "title": f"Загаловак {number}"}
    return a_document(f"{number:032x}", text, **(known | other))


@pytest.fixture(scope="module")
def store_of_module(embedded_uri: str) -> Iterator[Any]:
    from pymongo import MongoClient

    with MongoClient[dict[str, Any]](embedded_uri, tz_aware=True) as client:
        db = client["test_web_api"]
        client.drop_database(db.name)
        fill(db)
        yield db
        client.drop_database(db.name)


def fill(db: Any) -> None:
    ensure(db)
    documents = [made(number, f"Кульгінаў сказаў {number} словы пра Мінск.") for number in range(1, 6)]
    documents.append(made(6, "Казань принимает гостей.", language=Language("ru", 1.0), source="tatar", entities=()))
    first = replace(documents[0], text="Кульгінаў яшчэ маўчаў пра Мінск.", fingerprint="0" * 64)
    upsert(db, [Entry(first, first.text, a_version(-9))])
    upsert(db, [Entry(each, f"{each.text}\nРэклама", a_version(index=at)) for at, each in enumerate(documents)])
    ids = [each.doc_id for each in documents]
    copies.follow(db, ids, near_copies)
    entities.settle(db, ids)
    entities.refresh(db)
    templates.mark(db, ["belta", "tatar"])
    case = Rejection("a" * 64, 1, Step.READ, Reason.EMPTY, "/srv/drops/x.txt is empty", source="belta")
    quarantine.put(db, [case], "/srv/drops/x.txt", run_id="one", now=EPOCH)
    a_run(db, "one", "completed", 0, inserted=3)
    a_run(db, "two", "failed", 15)


@pytest.fixture(scope="module")
def client(store_of_module: Any) -> Iterator[TestClient]:
    with client_of(store_of_module) as client:
        yield client


def answer(client: TestClient, path: str, **parameters: Any) -> Any:
    response = client.get(f"{API}{path}", params=parameters)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    return response.json()


def problem(response: Any, status: int) -> Any:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    said = response.json()
    assert {"type", "title", "status", "detail"} <= set(said)
    assert said["status"] == status
    return said


def test_pages_follow_each_other(client: TestClient) -> None:
    found, path = [], "/documents?limit=4"
    for _ in range(5):
        response = client.get(f"{API}{path}")
        page = response.json()
        found += [each["_id"] for each in page["documents"]]
        link = response.headers.get("link")
        assert (link is None) == (page["next"] is None)
        if link is None:
            break
        target, _, relation = link.partition("; ")
        assert relation == 'rel="next"'
        path = target.strip("<>").removeprefix(api.PREFIX)
    assert found == [f"{number:032x}" for number in (6, 5, 4, 3, 2, 1)]


@pytest.mark.parametrize(
    ("parameters", "numbers"),
    [
        ({"language": "ru"}, [6]),
        ({"language": "be", "whole": "true"}, [5, 4, 3, 2, 1]),
        ({"source": "tatar"}, [6]),
        ({"since": "2019-11-20", "until": "2019-11-21"}, [3, 2]),
        ({"until": "9999-12-31", "since": "0001-01-01", "source": "tatar"}, [6]),
        ({"entity": "Кульгінаў", "limit": 2}, [5, 4]),
        ({"entity_id": PERSON, "limit": 1}, [5]),
        ({"words": "принимает ГОСТЕЙ"}, [6]),
        ({"words": "нічога такога"}, []),
    ],
)
def test_documents_by_what_is_asked_for(client: TestClient, parameters: dict[str, Any], numbers: list[int]) -> None:
    page = answer(client, "/documents", **parameters)
    assert [int(each["_id"], 16) for each in page["documents"]] == numbers


def test_a_document_is_whole(client: TestClient) -> None:
    whole = answer(client, f"/documents/{1:032x}")
    assert whole["document"]["text"] == "Кульгінаў сказаў 1 словы пра Мінск."
    assert whole["original"].endswith("Рэклама")
    assert [state["title"] for state in whole["states"]] == ["Загаловак 1"] * 2
    assert "revised" in whole["flags"]
    assert len(whole["copies"]["members"]) >= 1


def test_revisions_say_what_changed(client: TestClient) -> None:
    states = answer(client, f"/documents/{1:032x}/revisions")["revisions"]
    assert states[0]["difference"] is None
    changed = states[1]["difference"]
    assert changed["silent"]
    parts = {
        part["text"].strip() for line in changed["text"] for part in line["parts"] if part["operation"] == "removed"
    }
    assert "яшчэ маўчаў" in parts


def test_counts(client: TestClient) -> None:
    counted = answer(client, "/facets")
    assert {each["value"]: each["documents"] for each in counted["languages"]} == {"be": 5, "ru": 1}
    line = answer(client, "/timeline", period="month", split="language")
    assert line["points"][0]["start"] == "2019-11-01"
    assert line["points"][0]["documents"] == 6


def test_edits(client: TestClient) -> None:
    (edit,) = answer(client, "/edits", silent="true")["edits"]
    assert edit["doc_id"] == f"{1:032x}"
    assert edit["difference"]["text"]


def test_changes_are_followed_from_a_token(client: TestClient) -> None:
    seen, token = set(), None
    for _ in range(10):
        page = answer(client, "/changes", limit=4, **({"since": token} if token else {}))
        seen |= {change["doc_id"] for change in page["changes"]}
        token = page["next"]
        if not page["more"]:
            break
    assert len(seen) == 6
    assert answer(client, "/changes", since=token)["changes"] == []
    latest = answer(client, "/changes", latest="true")
    assert answer(client, "/changes", since=latest["next"])["changes"] == []


def test_entities_and_their_surroundings(client: TestClient) -> None:
    (entity,) = answer(client, "/entities", name="Кульгінаў")["entities"]
    assert (entity["id"], entity["documents"]) == (PERSON, 5)
    profile = answer(client, f"/entities/{PERSON}")
    assert [each["value"] for each in profile["sources"]] == ["belta"]
    assert answer(client, "/graph", entity=PERSON)["centre"]["id"] == PERSON


def test_operations_name_no_place_of_this_machine(client: TestClient) -> None:
    assert answer(client, "/status")["documents"] == 6
    assert {each["name"] for each in answer(client, "/sources")["sources"]} == {"belta", "tatar"}
    assert [each["_id"] for each in answer(client, "/runs")["runs"]] == ["two", "one"]
    assert answer(client, "/runs/one")["counts"]["inserted"] == 3
    found = answer(client, "/quarantine")
    assert found["groups"][0]["reason"] == "empty"
    (case,) = found["cases"]
    assert (case["location"], case["detail"]) == ("x.txt", "x.txt is empty")


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("/srv/drops/a/x.txt", "x.txt"),
        ("C:\\drops\\x.txt", "x.txt"),
        ("file:///srv/x.txt", "x.txt"),
        ("s3://bucket/a/x.txt", "s3://bucket/a/x.txt"),
        ("https://user:pass@example.org/x.txt?token=1", "https://example.org/x.txt"),
        ("https://[broken", ""),
        ("", ""),
    ],
)
def test_places_are_shown_without_folders_and_credentials(location: str, shown: str) -> None:
    assert models.shown_place(location) == shown


@pytest.mark.parametrize(
    "path",
    ["/documents/" + "0" * 32, f"/documents/{0:032x}/revisions", "/entities/per:nobody", "/runs/none", "/nothing",
     "/graph?entity=per:nobody", "/quarantine?reason=none", "/documents?after=nonsense", "/changes?since=nonsense",
     "/edits?after=nonsense", "/entities?after=nonsense"],
)  # fmt: skip
def test_what_is_not_there_is_a_404(client: TestClient, path: str) -> None:
    assert problem(client.get(f"{API}{path}"), 404)["detail"]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=1_0", "limit=+5", "limit=%205", "since=20191118", "since=2019-02-30", "whole=yes",
     "unknown=1", "source[$ne]=x", "source=", "source=a%00b", "language=be%0a", "flag=none", "near=xyz",
     "words=a b c d e f g h i", "words=" + "x" * 201, "after=" + "x" * 301],
)  # fmt: skip
def test_what_is_not_asked_for_like_this_is_a_422(client: TestClient, query: str) -> None:
    said = problem(client.get(f"{API}/documents?{query}"), 422)
    assert said["errors"][0]["parameter"]
    assert "x" * 50 not in json.dumps(said), "values are not repeated"


def test_parameters_where_there_are_none_are_refused(client: TestClient) -> None:
    problem(client.get(f"{API}/documents/{1:032x}?original=1"), 422)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_it_only_reads(client: TestClient, method: str) -> None:
    response = client.request(method, f"{API}/documents")
    problem(response, 405)
    assert response.headers["allow"] == "GET"


def test_head_is_get_without_a_body(client: TestClient) -> None:
    for path in ("/documents", "/documents/" + "0" * 32, "/openapi.json"):
        head, get = client.head(f"{API}{path}"), client.get(f"{API}{path}")
        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head.headers.get("etag") == get.headers.get("etag")


def test_what_did_not_change_is_not_sent_again(client: TestClient) -> None:
    first = client.get(f"{API}/documents")
    tag = first.headers["etag"]
    for known in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = client.get(f"{API}/documents", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert client.get(f"{API}/documents", headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get(f"{API}/documents?limit=1").headers["etag"] != tag
    assert "etag" not in client.get(f"{API}/documents?limit=0").headers


def test_long_answers_are_compressed(client: TestClient) -> None:
    with client.stream("GET", f"{API}/documents", headers={"Accept-Encoding": "gzip"}) as response:
        raw = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(raw))["documents"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NetworkTimeout("timed out at secret-host:27017"), 504),
        (OperationFailure("time limit", 50), 504),
        (AutoReconnect("secret-host:27017: connection refused"), 503),
        (OperationFailure("unknown operator secret-host", 2), 500),
        (RuntimeError("secret-host"), 500),
    ],
)
def test_failures_say_nothing_of_our_insides(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(runs, "latest", fail)
    response = client.get(f"{API}/runs")
    assert "secret-host" not in response.text
    problem(response, status)
    assert ("retry-after" in response.headers) == (status != 500)
    assert "content-security-policy" in response.headers


def test_a_question_that_takes_too_long_is_given_up(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "WITHIN_S", 1e-6)
    problem(client.get(f"{API}/documents?words=Мінск"), 504)
    monkeypatch.undo()
    assert answer(client, "/documents", words="Мінск")["documents"]


def test_the_documentation_names_every_path_and_its_program_runs(
    client: TestClient, store_of_module: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
    for path in answer(client, "/openapi.json")["paths"]:
        assert f"`{path.removeprefix(api.PREFIX)}`" in text
    (program,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    monkeypatch.setattr(httpx, "Client", lambda base_url: client_of(store_of_module, base_url=base_url))
    exec(program.replace('"limit": 100', '"limit": 2'), {})
    assert capsys.readouterr().out.count("Загаловак") == 5


def test_it_describes_itself(client: TestClient) -> None:
    described = answer(client, "/openapi.json")
    assert described["openapi"] == "3.1.0"
    assert "security" not in described, "nobody asks for a key on loopback"
    for path, methods in described["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["description"], path
            assert {"200", "304", "default"} <= set(operation["responses"])
            assert all(each.get("description") for each in operation["parameters"]), path
    records = described["components"]["schemas"]
    for name, field in (("DocumentRecord", "published_zone"), ("Segment", "evidence"), ("Run", "items")):
        assert records[name]["properties"][field]["description"]
    models.Summary.model_validate(records["Summary"]["examples"][0])
    text = json.dumps(described)
    assert "HTTPValidationError" not in text
    assert '"examples"' in text
