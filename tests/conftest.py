"""Fixtures for all tests, and the closing line that says which stores ran."""

import os
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# As the command line does (dropwire.cli.main), before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from pymongo import MongoClient

from dropwire.embedded import embedded_store
from tests import mongomock_adapter
from transforms.models import shared_models

REAL_MONGODB = "DROPWIRE_TEST_MONGODB_URI"
STORES = ["mongomock", pytest.param("embedded", marks=pytest.mark.wire)]
if REAL_MONGODB in os.environ:
    STORES.append(pytest.param("mongodb", marks=pytest.mark.wire))
_ran: Counter[str] = Counter()


@pytest.fixture(scope="session", autouse=True)
def _adapted_mongomock() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        mongomock_adapter.adapt(monkeypatch)
        yield


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No settings from outside; and what a test sets for its children, as the command line does, ends with it."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("DROPWIRE_") and name != REAL_MONGODB]:
        monkeypatch.delenv(name)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def rules_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cleaning without the model of the lines, which would cut what the test wants to see cut by something else."""
    monkeypatch.setitem(vars(shared_models()), "lines", None)


@pytest.fixture(scope="session")
def embedded_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URI of one embedded store for the whole session."""
    with embedded_store(tmp_path_factory.mktemp("embedded"), linger_s=0) as uri:
        yield uri


@pytest.fixture
def mongomock_db() -> Any:
    """An empty database in memory."""
    return mongomock_adapter.new_database()


@pytest.fixture
def embedded_db(embedded_uri: str) -> Iterator[Any]:
    """An empty database in the embedded store."""
    yield from _fresh_database(embedded_uri)


@pytest.fixture(params=STORES)
def db(request: pytest.FixtureRequest) -> Iterator[Any]:
    """An empty database in each store there is: the contract suite runs against all of them."""
    _ran[request.param] += 1
    if request.param == "mongomock":
        yield request.getfixturevalue("mongomock_db")
    elif request.param == "embedded":
        yield from _fresh_database(request.getfixturevalue("embedded_uri"))
    else:
        yield from _fresh_database(os.environ[REAL_MONGODB])


def _fresh_database(uri: str) -> Iterator[Any]:
    with MongoClient[dict[str, Any]](uri, tz_aware=True) as client:
        name = f"test_{uuid.uuid4().hex}"
        yield client[name]
        client.drop_database(name)


@pytest.fixture
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """No bytes in names of tests: archives hold the second they were made in, and all processes must agree on names."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Prefect last: its threads use the global random state, for which Hypothesis blames the property it tests."""
    items.sort(key=lambda item: "prefect_server" in getattr(item, "fixturenames", ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands its counts to the process that prints."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["stores"] = dict(_ran)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """The process that prints takes the counts of a worker (none of one that died)."""
    _ran.update(getattr(node, "workeroutput", {}).get("stores", {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say which stores the contract suite ran against."""
    if _ran:
        ran = ", ".join(f"{store} ({count} tests)" for store, count in _ran.items())
        missing = "" if _ran["mongodb"] else f"; no MongoDB, as {REAL_MONGODB} is not set"
        terminalreporter.write_line(f"store contract ran against {ran}{missing}")
