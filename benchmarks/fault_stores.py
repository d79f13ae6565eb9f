"""Stores for the programs that disturb an ingest: one that can be killed, and the comparison of two."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from dropwire.embedded import HOST
from store.connection import Record
from store.layout import COLLECTIONS

_START_TIMEOUT_S: Final = 60.0

# What two stores of the same drops may differ in: when something was done, by which run and by whom, in how many tries.
# All other fields of all other collections must be equal.
NOT_COMPARED: Final[Mapping[str, frozenset[str]]] = {
    "drops": frozenset({"finished_at", "run_id", "attempts", "holder"}),
    "quarantine": frozenset({"since", "run_id"}),
    # A mark of each change, that tells one state of the record from another.
    "copies": frozenset({"turn"}),
    "entities": frozenset({"turn"}),
    "templates": frozenset({"turn"}),
    # An earlier state keeps the cuts of its time: what is learned of a source later cleans anew what stands, not what
    # was. Which states there were, and their contents, must be equal.
    "revisions": frozenset(
        {"boilerplate", "text", "segments", "languages", "language_probability", "entities", "flags", "fingerprint"}
    ),
}
# One record a run, and how many there are is what was disturbed; what a rescan remembers of the ledger to ask it less;
# statistics of what came, of which a worker that is killed loses a few by design, and what follows from them; in which
# order documents changed.
COLLECTIONS_NOT_COMPARED: Final = frozenset({"runs", "listings", "observations", "drift", "changes"})


class Server:
    """A server of the embedded store's kind on a fixed port, that can be killed and started again."""

    def __init__(
        self,
        folder: Path,
        *,
        host: str = HOST,
        flags: Sequence[str] = (),
        before: Callable[[], None] | None = None,
    ) -> None:
        self._host = host
        with socket.socket() as probe:
            probe.bind((host, 0))
            self.port = int(probe.getsockname()[1])
        self._folder = folder
        self._flags = flags
        self._before = before
        self._process: subprocess.Popen[bytes] | None = None
        self.log = folder.with_suffix(".log")

    @property
    def uri(self) -> str:
        """The URI of the server."""
        return f"mongodb://{self._host}:{self.port}/?directConnection=true"

    def start(self) -> None:
        """Start it and wait until it answers."""
        # A file of ours keeps it from reading the user's.
        config = self._folder.with_suffix(".toml")
        config.write_text("")
        command = [sys.executable, "-P", "-m", "secantus", "--config", str(config), "--sync-on-commit"]
        command += ["--storage-path", str(self._folder), "--host", self._host, "--port", str(self.port), *self._flags]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=self._before,  # noqa: PLW1509 - this process has no threads that hold locks
            )
        end = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < end and self._process.poll() is None:
            with suppress(PyMongoError), MongoClient[Any](self.uri, serverSelectionTimeoutMS=200) as client:
                client.admin.command("ping")
                return
        raise RuntimeError(f"the store does not start: read {self.log}")

    def kill(self) -> None:
        """Kill it: what it acknowledged must be there afterwards, nothing else need be."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()


def differences(one: Database[Record], other: Database[Record]) -> list[str]:
    """What differs in two stores, a line each; nothing else does."""
    found: list[str] = []
    for collection in COLLECTIONS:
        if collection.name not in COLLECTIONS_NOT_COMPARED:
            found += _differing(collection.name, one, other)
    return found


def _differing(name: str, one: Database[Record], other: Database[Record]) -> Iterator[str]:
    stores = [
        {record["_id"]: _comparable(name, record, places) for record in db[name].find()}
        for db in (one, other)
        for places in [_places(db)]
    ]
    for key in sorted(stores[0].keys() | stores[1].keys()):
        records = [store.get(key) for store in stores]
        if records[0] == records[1]:
            continue
        if None in records:
            yield f"{name} {key}: only in the {'disturbed' if records[0] is None else 'undisturbed'} store"
            continue
        mine, theirs = (record or {} for record in records)
        fields = sorted(field for field in mine.keys() | theirs.keys() if mine.get(field) != theirs.get(field))
        values = "; ".join(f"{field}: {mine.get(field)!r:.80} / {theirs.get(field)!r:.80}" for field in fields)
        yield f"{name} {key}: {values}"


def _places(db: Database[Record]) -> dict[str, set[str]]:
    """Where each drop lies."""
    return {drop["_id"]: {seen["location"] for seen in drop["seen"]} for drop in db.drops.find({}, {"seen": 1})}


def _comparable(name: str, record: Record, places: Mapping[str, set[str]]) -> Record:
    """A record without what two stores may differ in."""
    kept = {key: value for key, value in record.items() if key not in NOT_COMPARED.get(name, ())}
    if name == "drops":
        kept["seen"] = sorted(kept["seen"], key=lambda seen: str(seen["location"]))
        if outcome := kept.get("outcome"):
            # What was written before a kill is found unchanged after it or, where the same drop has revised it since,
            # a duplicate: the sum of the four is the same.
            accepted = sum(outcome[key] for key in ("inserted", "revised", "unchanged", "duplicate"))
            kept["outcome"] = {"accepted": accepted, "quarantined": outcome["quarantined"]}
    if name == "quarantine" and kept["location"] in places.get(kept["drop_id"], ()):
        # A drop that lies in several places is named by the one from which it was read last.
        kept["location"] = "where the drop lies"
    return kept
