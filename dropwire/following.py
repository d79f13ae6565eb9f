"""Following the changes: what is new since a position, and whatever comes, as it comes.

The order and the positions are those of store.queries.changes_since, which never expire. A change stream, where the
store offers one, only rings: it is opened before the store is asked, and whatever rings after that makes us ask again.
So nothing depends on how far back the history of the store reaches, there is one order for all stores, and where the
stream breaks off, or there is none, asking now and then does the same, later.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

from pymongo.database import Database
from pymongo.errors import PyMongoError

from dropwire.export_model import Schema
from dropwire.exporting import rows
from dropwire.render import SHORT_ID, first_words
from store.connection import Record, is_transient
from store.queries import ChangeKind, Criteria, changes_since
from store.queries.choosing import meeting

# Changes that are handed over at once: the position moves behind them together.
PAGE = 100
# Without a change stream, how often the store is asked, s; also how long it is left alone when it does not answer.
POLL_S = 1.0
# With one: asked all the same, for a bell that nobody hears must not make us deaf.
RING_S = 30.0


@dataclass(frozen=True, slots=True)
class Event:
    """A change that is handed over: the document as it is now, None where it is erased or meets the criteria no more.

    `unmatched` is relative to the criteria: who keeps a copy of what meets them drops this one, if he has it.
    `position` is behind this event.
    """

    change: ChangeKind | Literal["unmatched"]
    doc_id: str
    document: Record | None
    position: str

    def as_json(self) -> dict[str, Any]:
        """One line of `dropwire follow --json`."""
        return {"change": self.change, "_id": self.doc_id, "position": self.position, "document": self.document}

    def as_text(self) -> str:
        """One line of `dropwire follow`, with the fields that were asked for."""
        known = self.document or {}
        title = known.get("title") or first_words(known.get("text", ""))
        words = (f"{self.change:9}", self.doc_id[:SHORT_ID], known.get("language"), known.get("source"), title)
        return "  ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class Batch:
    """Events in their order, and the position behind them."""

    events: tuple[Event, ...]
    position: str


def follow(
    db: Database[Record],
    position: str | None,
    criteria: Criteria,
    schema: Schema,
    *,
    once: bool = False,
    tell: Callable[[str], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
    is_over: Callable[[], bool] = lambda: False,
) -> Iterator[Batch]:
    """The changes behind a position (None: all there ever were), in batches, until `is_over`, or `once` through.

    A batch may be empty: then there were changes that are none of ours, and the position is another. A store that does
    not answer is waited for. Raises QueryError for a position or criteria that are none.
    """
    away = False
    while not is_over():
        batch: Batch | None = None
        try:
            with nullcontext(_nobody_waits) if once else bell(db, sleep) as wait:
                batch, more = _next(db, position, criteria, schema)
                if batch is None:
                    wait()
        except PyMongoError as error:
            if once or not is_transient(error):
                raise
            if not away:
                tell("The store does not answer: waiting for it.")
            away = True
            sleep(POLL_S)
            continue
        away = False
        if batch is not None:
            yield batch
            position = batch.position
        if once and not more:
            return


def _next(db: Database[Record], position: str | None, criteria: Criteria, schema: Schema) -> tuple[Batch | None, bool]:
    """The next batch, None where nothing has changed, and whether there is more."""
    page = changes_since(db, position, limit=PAGE)
    if not page.changes and page.next_token == position:
        return None, page.more
    there = [change.doc_id for change in page.changes if change.kind != "erased"]
    wanted = meeting(db, criteria, there)
    records = {row["_id"]: row for row in rows(db, sorted(wanted), schema)}
    events: list[Event] = []
    for change in page.changes:
        if change.kind == "erased":
            events.append(Event("erased", change.doc_id, None, change.token))
        elif change.doc_id in records:
            events.append(Event(change.kind, change.doc_id, records[change.doc_id], change.token))
        elif change.doc_id not in wanted and not change.first:
            events.append(Event("unmatched", change.doc_id, None, change.token))
        # Else it is gone by now, and its erasure is a later change.
    return Batch(tuple(events), page.next_token), page.more


def _nobody_waits() -> None:
    return


@contextmanager
def bell(db: Database[Record], sleep: Callable[[float], None]) -> Iterator[Callable[[], None]]:
    """What waits until something may have changed since it was opened. Without a change stream, for a moment."""
    pipeline: list[Mapping[str, Any]] = [{"$project": {"_id": 1}}]
    try:
        stream = db.changes.watch(pipeline, max_await_time_ms=int(RING_S * 1000))
    except PyMongoError:
        # A standalone server, no right to watch, or not at home just now: whoever asks next finds out.
        yield lambda: sleep(POLL_S)
        return
    with stream:
        yield lambda: _listen(stream, sleep)


def _listen(stream: Any, sleep: Callable[[float], None]) -> None:
    try:
        stream.try_next()
    except PyMongoError:
        # Its history is lost, say. What has changed is asked for all the same, without it.
        sleep(POLL_S)
