"""Bulk writes, each of their errors told apart.

What is written here can be written again: conditional upserts, which find what an earlier try wrote. So whatever may
be over in a while is tried again here, and only what failed; nothing else of the batch is touched by it.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from bson.errors import BSONError
from pymongo.database import Database
from pymongo.errors import BulkWriteError, PyMongoError

from store.connection import TRANSIENT, Record, StoreError, is_transient
from transforms.document import Reason

# An election takes up to 12 s; a store that is away for longer is left to the task's own tries (flows/ingest_drops.py).
PATIENCE_S = 20.0
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 3.0


class _Verdict(Enum):
    RACE_LOST = auto()
    INVALID = auto()
    TOO_LARGE = auto()
    TRY_AGAIN = auto()


# What the store says of one write: https://www.mongodb.com/docs/manual/reference/error-codes/ and, for those without
# a name there, mongod's sources. A code that is not here is none that we expect: it ends the run, named.
_VERDICTS = {
    11000: _Verdict.RACE_LOST,  # DuplicateKey
    11001: _Verdict.RACE_LOST,  # DuplicateKey, of an update, in old and in compatible servers
    12582: _Verdict.RACE_LOST,  # DuplicateKey, through an old mongos
    2: _Verdict.INVALID,  # BadValue
    14: _Verdict.INVALID,  # TypeMismatch
    15: _Verdict.INVALID,  # Overflow: nested deeper than 200 levels
    16: _Verdict.INVALID,  # InvalidLength
    22: _Verdict.INVALID,  # InvalidBSON
    28: _Verdict.INVALID,  # PathNotViable
    52: _Verdict.INVALID,  # DollarPrefixedFieldName
    53: _Verdict.INVALID,  # InvalidIdField
    55: _Verdict.INVALID,  # InvalidDBRef
    56: _Verdict.INVALID,  # EmptyFieldName
    57: _Verdict.INVALID,  # DottedFieldName
    121: _Verdict.INVALID,  # DocumentValidationFailure
    171: _Verdict.INVALID,  # CannotIndexParallelArrays
    201: _Verdict.INVALID,  # CannotBuildIndexKeys
    357: _Verdict.INVALID,  # InvalidBSONType
    10334: _Verdict.TOO_LARGE,  # BSONObjectTooLarge
    17280: _Verdict.TOO_LARGE,  # KeyTooLong, up to MongoDB 4.0
    17419: _Verdict.TOO_LARGE,  # the document after the update
    17420: _Verdict.TOO_LARGE,  # the document to upsert
    **dict.fromkeys(TRANSIENT, _Verdict.TRY_AGAIN),
}
_REASONS = {_Verdict.INVALID: Reason.INVALID_DOCUMENT, _Verdict.TOO_LARGE: Reason.TOO_LARGE}

# What the driver says before it sends anything, and of which document it does not say: too large a document
# (DocumentTooLarge is a BSONError), a key or a value BSON has no place for, text that is no Unicode, an integer beyond
# 64 bits, nesting without end.
_UNSENDABLE = (BSONError, OverflowError, UnicodeError, RecursionError)
_DETAIL_CHARACTERS = 500

Refused = dict[str, tuple[Reason, str]]


class UnknownWriteError(StoreError):
    """The store refused a write with a code that we do not know. Nothing is lost: the drop is not done."""


@dataclass(slots=True)
class _Outcome:
    """What became of the operations, by their places: who lost a race, who is hopeless and why, who may try again."""

    lost: set[int] = field(default_factory=set)
    refused: dict[int, tuple[Reason, str]] = field(default_factory=dict)
    again: list[int] = field(default_factory=list)
    error: PyMongoError | None = None


def bulk_write(
    db: Database[Record],
    collection: str,
    ids: list[str],
    operations: Sequence[Any],
    *,
    pauses: Callable[[], Iterator[float]] | None = None,
) -> tuple[set[str], Refused]:
    """One unordered bulk write: the ids that lost a race, and the hopeless ones, with the reason.

    `ids` name the document of each operation. A race is lost where a conditional upsert finds its condition unmet, as
    somebody else's record stands there. What may be over in a while (network, election, timeout, write concern) is
    tried again after `pauses`, in seconds, which sleep by themselves; by default for some PATIENCE_S. Raises
    PyMongoError where it was not over by then, and UnknownWriteError where the store's reason is none that we know.
    """
    lost: set[str] = set()
    refused: Refused = {}
    places = list(range(len(operations)))
    waits = (pauses or backing_off)()
    while places:
        outcome = _Outcome()
        _send(db, collection, ids, operations, places, outcome)
        lost |= {ids[place] for place in outcome.lost}
        refused |= {ids[place]: why for place, why in outcome.refused.items()}
        places = outcome.again
        if outcome.error is not None and next(waits, None) is None:
            raise outcome.error
    return lost, refused


def backing_off(
    patience_s: float = PATIENCE_S,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    draw: Callable[[float, float], float] = random.uniform,
) -> Iterator[float]:
    """Sleep longer and longer, and say how long, until `patience_s` seconds are over.

    Half of each pause is chance: writers that were thrown out together do not come back together.
    """
    end = clock() + patience_s
    pause = _FIRST_PAUSE_S
    while clock() < end:
        drawn = draw(pause / 2, pause)
        sleep(drawn)
        yield drawn
        pause = min(2 * pause, _LONGEST_PAUSE_S)


def _send(
    db: Database[Record],
    collection: str,
    ids: list[str],
    operations: Sequence[Any],
    places: list[int],
    outcome: _Outcome,
) -> None:
    """Send some of the operations, by their places, and note what became of them."""
    try:
        db[collection].bulk_write([operations[place] for place in places], ordered=False)
    except BulkWriteError as error:
        _tell_apart(error, collection, ids, places, outcome)
    except PyMongoError as error:
        if not is_transient(error):
            raise
        # Perhaps it was written, perhaps not.
        outcome.again += places
        outcome.error = error
    except _UNSENDABLE as error:
        _send_halves(db, collection, ids, operations, places, outcome, error)


def _tell_apart(error: BulkWriteError, collection: str, ids: list[str], places: list[int], outcome: _Outcome) -> None:
    """Note what the store says of each of the operations that it was sent."""
    for failure in error.details.get("writeErrors", []):
        place = places[failure["index"]]
        match _VERDICTS.get(failure.get("code")):
            case _Verdict.RACE_LOST:
                outcome.lost.add(place)
            case _Verdict.TRY_AGAIN:
                outcome.again.append(place)
                outcome.error = error
            case None:
                raise _unknown(f"document {ids[place]}", collection, failure) from error
            case verdict:
                outcome.refused[place] = _REASONS[verdict], str(failure.get("errmsg", ""))[:_DETAIL_CHARACTERS]
    for concern in error.details.get("writeConcernErrors", []):
        # Written, but perhaps not to stay. To write it again changes nothing and waits for the majority again.
        if _VERDICTS.get(concern.get("code")) is not _Verdict.TRY_AGAIN:
            raise _unknown("a batch", collection, concern) from error
        outcome.again = [place for place in places if place not in outcome.refused and place not in outcome.lost]
        outcome.error = error


def _send_halves(
    db: Database[Record],
    collection: str,
    ids: list[str],
    operations: Sequence[Any],
    places: list[int],
    outcome: _Outcome,
    error: Exception,
) -> None:
    """Find the operation that the driver cannot send, by halves, while all others are sent."""
    if len(places) > 1:
        middle = len(places) // 2
        for half in (places[:middle], places[middle:]):
            _send(db, collection, ids, operations, half, outcome)
        return
    reason = Reason.TOO_LARGE if "too large" in str(error) else Reason.INVALID_DOCUMENT
    outcome.refused[places[0]] = reason, f"{type(error).__name__}: {error}"[:_DETAIL_CHARACTERS]


def _unknown(what: str, collection: str, failure: Record) -> UnknownWriteError:
    return UnknownWriteError(
        f"the store refused to write {what} to `{collection}` with the error code {failure.get('code')}, which "
        f"Dropwire does not know: {str(failure.get('errmsg', ''))[:_DETAIL_CHARACTERS]}. The drop is not done; the "
        "next run tries it again. See to what the store says, and tell the developers of Dropwire."
    )
