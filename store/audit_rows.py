"""A row of numbers for each record of the store: what an audit of millions of records keeps in memory.

Ids are SHA-256 or parts of it, so their first 64 bits tell them apart: among ten million, any two are confused with a
probability of 1 in 370,000 (a violation may then be missed).
"""

import hashlib
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from store.connection import Record
from store.quarantine import EARLIER, STANDING, STATES
from store.revisions import content_of
from transforms.document import Step

Numbers = npt.NDArray[Any]
Rows = Mapping[str, Numbers]
"""The columns of a collection, of one length, sorted by `key`."""

KEY_DIGITS = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class MalformedError(ValueError):
    """A record whose row cannot be made."""


@dataclass(frozen=True, slots=True)
class Scan:
    """How a collection is read: what of its records, and which numbers are kept of each, the key first.

    `query` says which records.
    """

    projection: Record
    columns: tuple[str, ...]
    row: Callable[[Record], tuple[int, ...]]
    query: Record = field(default_factory=dict)


class Table:
    """Rows that are being collected."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        # Times may lie before 1970; all else is 64 bits without a sign.
        self._columns = [array("q" if name.endswith("arrived") else "Q") for name in scan.columns]

    def add(self, record: Record) -> None:
        """Keep the row of a record. Raises MalformedError."""
        try:
            row = self._scan.row(record)
            columns = zip(self._columns, row, strict=True)
            for column, number in columns:
                column.append(number)
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            length = min(map(len, self._columns))
            for column in self._columns:
                del column[length:]
            raise MalformedError(f"{type(error).__name__}: {error}") from None

    def rows(self) -> Rows:
        """The rows, sorted by key."""
        columns = [np.frombuffer(column, column.typecode) if column else np.array([], "q") for column in self._columns]
        order = np.argsort(columns[0], kind="stable")
        return {name: column[order] for name, column in zip(self._scan.columns, columns, strict=True)}


def positions(keys: Numbers, wanted: Numbers) -> tuple[Numbers, Numbers]:
    """Where in the sorted `keys` the wanted ones are, and whether they are there at all (where not: 0)."""
    if not len(keys):
        return np.zeros(len(wanted), np.intp), np.zeros(len(wanted), bool)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    there = keys[at] == wanted
    return np.where(there, at, 0), there


def item_key(drop_id: str, index: int | None) -> int:
    """The number that stands for an item."""
    return _hashed(f"{drop_id} {index}")


def _key(digest: str) -> int:
    return int(digest[:KEY_DIGITS], 16)


def _hashed(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _moment(time: datetime) -> int:
    return (time - _EPOCH) // _MICROSECOND


def split_version(version: str) -> tuple[str, str, int]:
    """Time, drop and index of a version."""
    time, drop_id, index = version.split()
    return time, drop_id, int(index)


def _drop(record: Record) -> tuple[int, ...]:
    done = record["state"] == "done"
    outcome = record["outcome"] if done else {"inserted": 0, "revised": 0, "quarantined": 0}
    return (
        _key(record["_id"]),
        int(done),
        outcome["inserted"],
        outcome["revised"],
        outcome["quarantined"],
        _moment(record["arrived_at"]),
        _hashed(record["run_id"]) if done else 0,
    )


def _content(key: str, record: Record) -> tuple[int, ...]:
    time, drop_id, _ = split_version(record["version"])
    first_time, first_drop, _ = split_version(record.get("first_version") or record["version"])
    return (
        _key(key),
        _hashed(record["version"]),
        _key(content_of(record)),
        _key(drop_id),
        _key(first_drop),
        _moment(datetime.fromisoformat(time)),
        _moment(datetime.fromisoformat(first_time)),
    )


def _tombstone(record: Record) -> tuple[int, ...]:
    time, drop_id, _ = split_version(record["version"])
    first_time, first_drop, _ = split_version(record["first_version"])
    return (
        _key(record["hash"]),
        # Each content is one of its own: what it was, nobody can say.
        _hashed(record["_id"]),
        _key(drop_id),
        _key(first_drop),
        _moment(datetime.fromisoformat(time)),
        _moment(datetime.fromisoformat(first_time)),
        # What came back after an erasure was lifted, and was erased again, was inserted twice.
        _hashed(f"{record['erasure']} {record['hash']}"),
    )


def _original(record: Record) -> tuple[int, ...]:
    _, drop_id, index = split_version(record["version"])
    return _key(record["_id"]), _hashed(record["version"]), _key(drop_id), item_key(drop_id, index)


def _case(record: Record) -> tuple[int, ...]:
    _must_be_one_of(record["state"], STATES)
    return (
        _key(record["drop_id"]),
        int(record["state"] in STANDING),
        int(record["step"] == Step.DISCOVER),
        item_key(record["drop_id"], record["index"]),
        _hashed(record["run_id"].removesuffix(EARLIER)),
    )


def _run(record: Record) -> tuple[int, ...]:
    _must_be_one_of(record["state"], ("running", "completed", "failed"))
    return (_hashed(record["_id"]),)


def _must_be_one_of(state: str, states: Iterable[str]) -> None:
    if state not in states:
        raise ValueError(f"its state is {state!r}")


_CONTENT = ("key", "version", "content", "drop", "first_drop", "arrived", "first_arrived")
_CONTENT_FIELDS = ("version", "first_version", "fingerprint", "content", "provenance.drop_id", "provenance.index")

# In the order in which they are read: what names comes before what is named, so that what a run writes meanwhile is
# more often found than missed.
SCANS = {
    "revisions": Scan(
        dict.fromkeys(("doc_id", *_CONTENT_FIELDS), 1), _CONTENT, lambda record: _content(record["doc_id"], record)
    ),
    "documents": Scan(dict.fromkeys(_CONTENT_FIELDS, 1), _CONTENT, lambda record: _content(record["_id"], record)),
    "originals": Scan({"version": 1, "drop_id": 1}, ("key", "version", "drop", "item"), _original),
    "quarantine": Scan(
        dict.fromkeys(("drop_id", "index", "state", "step", "run_id"), 1),
        ("key", "standing", "place", "item", "run"),
        _case,
    ),
    # Those of contents; others are of what was never there, or of a name.
    "tombstones": Scan(
        dict.fromkeys(("erasure", "hash", "version", "first_version"), 1),
        ("key", "content", "drop", "first_drop", "arrived", "first_arrived", "document"),
        _tombstone,
        {"version": {"$gt": ""}},
    ),
    "drops": Scan(
        dict.fromkeys(("state", "items", "outcome", "arrived_at", "run_id"), 1),
        ("key", "done", "inserted", "revised", "quarantined", "arrived", "run"),
        _drop,
    ),
    "runs": Scan(dict.fromkeys(("state", "holder", "items", "counts"), 1), ("key",), _run),
}
