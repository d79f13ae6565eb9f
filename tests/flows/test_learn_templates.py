"""The flow that learns the templates of all sources, and the step of an ingest that does so."""

from pathlib import Path
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from flows.clean_again import learn_sources
from store import templates
from tests.flows.test_clean_again import BODIES, five, ingest, texts

# What templates do is seen where they are all there is.
pytestmark = pytest.mark.usefixtures("rules_alone")


@pytest.fixture
def store(embedded_db: Any, embedded_uri: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A database in the embedded store that flows find through the environment."""
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", embedded_uri.replace("/?", f"/{embedded_db.name}?"))
    return embedded_db


def test_an_ingest_ends_with_learning(prefect_server: str, store: Any, workdir: Path) -> None:
    from flows.ingest_drops import ingest_drops

    paths = five(workdir)
    learned = ingest_drops([*paths]).learned
    assert (learned.sources, learned.templates, learned.documents) == (1, 7, 5)
    assert texts(store) == sorted(BODIES)
    (run,) = store.runs.find()
    assert "learn" in run["seconds"]
    assert run["learned"] == {"sources": 1, "templates": 7, "documents": 5, "left": 0}


def test_what_a_killed_run_left_unlearned_the_next_run_learns(prefect_server: str, store: Any, workdir: Path) -> None:
    from flows.ingest_drops import ingest_drops

    ingest(store, *five(workdir), learn=False)
    assert ingest_drops([]).learned.documents == 5
    assert texts(store) == sorted(BODIES)


def test_all_sources_are_learned_or_those_that_are_named(prefect_server: str, store: Any, workdir: Path) -> None:
    from flows.learn_templates import learn_templates

    ingest(store, *five(workdir, "one"), *five(workdir, "two"), learn=False)
    store.unlearned.delete_many({})
    assert learn_templates(["two", "nobody"]).learned.sources == 1
    assert [record["_id"] for record in store.templates.find()] == ["two"]
    assert learn_templates().learned.sources == 1
    assert learn_templates().learned.sources == 0
    assert texts(store) == sorted([*BODIES, *BODIES])
    assert templates.unlearned(store) == []


def test_learning_is_tried_again_when_the_network_was_at_fault(
    prefect_server: str, store: Any, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import learn_templates as module

    ingest(store, *five(workdir), learn=False)
    failures = [AutoReconnect("connection reset")]

    def flaky(*given: Any) -> Any:
        if failures:
            raise failures.pop()
        return learn_sources(*given)

    monkeypatch.setattr("flows.clean_again.learn_sources", flaky)
    monkeypatch.setattr(module.learn_batch, "retry_delay_seconds", [0, 0, 0])
    assert module.learn_templates().learned.documents == 5
    assert not failures
