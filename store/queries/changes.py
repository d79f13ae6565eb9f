"""What is new since a position in the order of changes (see store.changes, which keeps that order)."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from store import changes, codec
from store.asking import QueryError
from store.connection import Record
from transforms.document import Document

ChangeKind = Literal["inserted", "revised", "remade", "delivered", "erased"]
"""Relative to the token that was asked with, the first of these that happened since.

`erased`: it is gone (a tombstone). `inserted`: new. `revised`: another content was delivered. `remade`: the same
content, cleaned anew, reprocessed, or its entities corrected. `delivered`: the same content came once more.
"""

_TOKEN = re.compile(r"(?P<log>[0-9a-f]{8})-(?P<number>\d{1,18})", re.ASCII)
_KINDS: Final[tuple[Literal["inserted", "revised", "remade"], ...]] = ("inserted", "revised", "remade")


@dataclass(frozen=True, slots=True)
class Change:
    """A document that changed, as it is now; None for the tombstone of one that was erased.

    `token` is the position of this change: `changes_since(db, token)` goes on behind it. `first`: the document has not
    changed since it was inserted, so nobody has had an earlier state of it.
    """

    doc_id: str
    kind: ChangeKind
    document: Document | None
    token: str
    first: bool = False


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Changes in their order, the position behind them (to ask with next, also when there were none), and `more`."""

    changes: tuple[Change, ...]
    next_token: str
    more: bool


def changes_since(db: Database[Record], token: str | None = None, *, limit: int = 100) -> ChangePage:
    """The changes behind a position, oldest first, at most `limit`; None is the beginning.

    Each document comes once, at its latest change. Who applies all of them (replace by id, delete what is erased) has
    the documents of the store, whatever writers did meanwhile: nothing is missed, and what comes twice is the same. A
    token never expires. Raises QueryError for a token that is none or is of another store, StoreError for a store of an
    earlier version.
    """
    log = changes.log_of(db)
    start = _number(token, log) if token else 0
    noted = _noted(db)
    head = changes.head(noted)
    if start > head:
        raise QueryError(
            f"{token!r} lies ahead of all changes: it is of another store, or of this one before it was restored "
            "from a backup. Begin again, without a token"
        )
    rows, reached = _rows(noted, start, head, limit)
    ids = [row["doc_id"] for row in rows if row["happened"] != "erased"]
    # After the rows: a document is never older than its row.
    records = {record["_id"]: record for record in db.documents.find({"_id": {"$in": ids}})} if ids else {}
    # A tombstone goes before the deletion, and may stand behind an older row of the same document: not forgotten yet.
    found = tuple(
        _change(row, records.get(row["doc_id"]) if row["happened"] != "erased" else None, start, log) for row in rows
    )
    return ChangePage(found, _token(log, reached), more=reached < head)


def latest_token(db: Database[Record]) -> str:
    """The position behind all changes there are now: `changes_since` gives what comes after it."""
    return _token(changes.log_of(db), changes.head(_noted(db)))


def _noted(db: Database[Record]) -> Collection[Record]:
    # What the majority has: no election takes it back, so no number is given twice.
    return db.changes.with_options(read_concern=ReadConcern("majority"))


def _rows(noted: Collection[Record], start: int, head: int, limit: int) -> tuple[list[Record], int]:
    """Up to `limit` records behind `start`, and the number that they reach to."""
    rows: list[Record] = []
    reached = start
    while reached < head and len(rows) < limit:
        # In stretches, as the embedded store reads a range to its end, whatever the limit is.
        end = min(reached + max(limit, changes.AT_ONCE), head)
        part = noted.find({"number": {"$gt": reached, "$lte": end}}).sort("number").limit(limit - len(rows))
        rows += part
        reached = int(rows[-1]["number"]) if len(rows) == limit else end
    return rows, reached


def _change(row: Record, record: Record | None, start: int, log: str) -> Change:
    kind: ChangeKind = "erased"
    if record is not None:
        kind = next((kind for kind in _KINDS if row.get(kind, 0) > start), "delivered")
    document = codec.from_record(record) if record is not None else None
    first = row.get("inserted") == row["number"] and "revised" not in row
    return Change(row["doc_id"], kind, document, _token(log, row["number"]), first)


def _token(log: str, number: int) -> str:
    return f"{log}-{number}"


def _number(token: str, log: str) -> int:
    match = _TOKEN.fullmatch(token)
    if not match:
        raise QueryError(f"{token!r} is no position in the changes: give the one that the last answer ended with")
    if match["log"] != log:
        raise QueryError(f"{token!r} is a position in another store's changes: begin again, without a token")
    return int(match["number"])
