"""Asking only reads: a user of the store who may do nothing else is enough."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from store import api_keys
from store.api_keys import Role
from tests.web.client import client_of
from tests.web.hostile import fill, routes
from tests.web.test_api_security import EVERYWHERE, bearer


class Commands(CommandListener):
    """What the driver sent to the store."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.seen: dict[str, Any] = {}

    def started(self, event: CommandStartedEvent) -> None:
        with self.lock:
            self.seen[event.command_name] = event.command

    def succeeded(self, event: CommandSucceededEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...


# What the role `read` allows: https://www.mongodb.com/docs/manual/reference/built-in-roles/#mongodb-authrole-read
READING = frozenset(
    {"find", "getMore", "aggregate", "count", "distinct", "listIndexes", "listCollections", "killCursors", "collStats"}
)


@pytest.fixture
def watched(embedded_uri: str) -> Iterator[tuple[Any, Commands]]:
    commands = Commands()
    with MongoClient[dict[str, Any]](embedded_uri, tz_aware=True) as other:
        db = other["test_web_reading"]
        other.drop_database(db.name)
        fill(db)
        with MongoClient[dict[str, Any]](embedded_uri, tz_aware=True, event_listeners=[commands]) as client:
            yield client[db.name], commands
        other.drop_database(db.name)


PLACES: dict[str, Callable[[Any], str]] = {
    "doc_id": lambda db: str(db.documents.find_one()["_id"]),
    "run_id": lambda db: str(db.runs.find_one()["_id"]),
}


@pytest.mark.wire
def test_a_user_of_the_store_who_may_only_read_is_enough(watched: tuple[Any, Commands]) -> None:
    db, commands = watched
    _, key = api_keys.add(db, "reader", Role.EDIT)
    commands.seen.clear()
    with client_of(db, EVERYWHERE) as client:
        for kind in (True, False):
            for route in routes(pages=kind):
                path = "/".join(
                    PLACES.get(part.strip("{}").partition(":")[0], lambda _: "loc:iso-3166:by")(db)
                    if part.startswith("{")
                    else part
                    for part in route.path.split("/")
                )
                answer = client.get(path, headers=bearer(key))
                # A place that is not there is asked for, too; the graph alone wants a parameter.
                found = {200, 422} if route.path.startswith("/api/") else {200, 303, 404, 422}
                assert answer.status_code in found, (path, answer.text[:300])
        assert set(commands.seen) <= READING, set(commands.seen) - READING
        assert {"find", "aggregate"} <= set(commands.seen)
        pipeline = commands.seen["aggregate"]["pipeline"]
        assert not any(stage in step for step in pipeline for stage in ("$out", "$merge"))
