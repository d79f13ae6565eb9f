"""The collection `quarantine`: what could not be processed, and why. Nothing that arrived disappears.

A case is `open` until a later run processes its drop without rejecting it again (`resolved`), or somebody discards it
(`discarded`). What is discarded can be restored for some days; then its words are purged (`expired`), and what is left,
a tombstone, says that there was an item, why it was rejected and who discarded it: the audit still adds up. What was
erased for good (`erased`, see store.erasures) is closed from the beginning and never has words.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.database import Database

from store.asking import QueryError
from store.bulk import bulk_write
from store.connection import Record
from store.schema import (
    DATE,
    INTEGER_OR_NULL,
    SCHEMA_VERSION,
    STRING,
    STRING_OR_NULL,
    VERSION,
    Collection,
    record_of,
)
from transforms.document import Reason, Rejection, Step

State = Literal["open", "discarded", "expired", "resolved", "erased"]
STATES: tuple[State, ...] = get_args(State)
# Of an item that is in quarantine and in none of these states, the drop is read without a rejection now.
STANDING: tuple[State, ...] = ("open", "discarded", "expired", "erased")
# The words of a case. When it expires they go, for they may be why it was discarded.
WORDS = ("detail", "excerpt", "given_id", "location")

COLLECTION = Collection(
    name="quarantine",
    schema=record_of(
        {
            "_id": STRING,
            "schema_version": VERSION,
            "drop_id": STRING,
            "index": INTEGER_OR_NULL,
            "step": {"enum": [step.value for step in Step]},
            "reason": {"enum": [reason.value for reason in Reason]},
            "state": {"enum": list(STATES)},
            "since": DATE,
            "run_id": STRING,
        },
        {
            # All cases have these four but those that have expired or are erased.
            "location": STRING,
            "detail": STRING,
            "excerpt": STRING,
            "given_id": STRING_OR_NULL,
            # Missing where none is known, and in records from before it was noted.
            "source": STRING_OR_NULL,
            "discarded": record_of({"at": DATE, "by": STRING, "until": DATE}, {"note": STRING}),
        },
    ),
    indexes=(
        IndexModel([("drop_id", ASCENDING), ("index", ASCENDING)], name="drop"),
        IndexModel([("state", ASCENDING), ("reason", ASCENDING), ("since", ASCENDING)], name="reason"),
        IndexModel([("state", ASCENDING), ("source", ASCENDING), ("since", ASCENDING)], name="source"),
    ),
)

# A case as people name it: the first digits of its drop (4 at least), and which item, where there are several.
_CASE = re.compile(r"(?P<drop>[0-9a-f]{4,64})(:(?P<item>\d{1,15}|drop))?")
# Enough digits to tell thousands of drops apart.
_SHORT = 8
# Of what a sender wrote: an id of 16 MB must not make the case too large for the store.
_MAX_CHARACTERS = 4000
# Behind the run that put a case there, while that run processes the drop once more.
EARLIER = " (earlier)"
# What may stand in one question.
_IDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Discard:
    """That a case was discarded: when, by whom, why, and until when it can be restored."""

    at: datetime
    by: str
    note: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """A rejection as it stands in quarantine: from which location, since when, in which state.

    `id` names it in the store, `run_id` the last run that rejected it. Of an expired one the words are gone: empty.
    """

    id: str
    rejection: Rejection
    location: str
    since: datetime
    state: State
    run_id: str
    discarded: Discard | None = None

    @property
    def name(self) -> str:
        """The id for people: `named` finds the case by it."""
        drop_id, _, item = self.id.rpartition(":")
        return f"{drop_id[:_SHORT]}:{item}"

    @property
    def is_place(self) -> bool:
        """Whether a place could not be read, so that nobody knows which drop lies there, if any."""
        return self.rejection.step is Step.DISCOVER


@dataclass(frozen=True, slots=True)
class Selection:
    """Which cases: everything given must hold. `source` None is any, an empty one stands for those that have none."""

    ids: tuple[str, ...] | None = None
    reason: Reason | None = None
    source: str | None = None
    states: tuple[State, ...] = ("open",)

    def queries(self) -> Iterable[Record]:
        """The questions to the store that find them, one after the other."""
        query: Record = {"state": self.states[0] if len(self.states) == 1 else {"$in": list(self.states)}}
        if self.reason:
            query["reason"] = self.reason.value
        if self.source is not None:
            query["source"] = self.source or None
        if self.ids is None:
            yield query
            return
        for start in range(0, len(self.ids), _IDS_AT_ONCE):
            yield {**query, "_id": {"$in": list(self.ids[start : start + _IDS_AT_ONCE])}}


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of cases, newest first, and the token of the next page."""

    cases: tuple[Case, ...]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Cases of one reason and one source: how many, since when, and one of their details."""

    reason: Reason
    source: str | None
    count: int
    oldest: datetime
    newest: datetime
    example: str


def put(db: Database[Record], rejections: Sequence[Rejection], location: str, *, run_id: str, now: datetime) -> None:
    """Put rejections of one drop into quarantine. What is there already keeps its date and notes the new run.

    What somebody has discarded stays so: it is the same item, rejected again.
    """
    ids: list[str] = []
    operations: list[Any] = []
    for rejection in rejections:
        case = case_id(rejection.drop_id, rejection.index)
        facts = {
            "schema_version": SCHEMA_VERSION,
            "drop_id": rejection.drop_id,
            "index": rejection.index,
            "step": rejection.step.value,
            "reason": rejection.reason.value,
            "run_id": run_id,
        }
        if rejection.reason is Reason.ERASED:
            gone = {"$unset": dict.fromkeys((*WORDS, "source", "discarded"), "")}
            erased = {"$set": {**facts, "state": "erased"}, "$setOnInsert": {"since": now}, **gone}
            ids.append(case)
            operations.append(UpdateOne({"_id": case}, erased, upsert=True))
            continue
        facts |= {
            "location": location,
            "source": None if rejection.source is None else storable(rejection.source),
            "detail": storable(rejection.detail),
            "excerpt": storable(rejection.excerpt),
            "given_id": None if rejection.given_id is None else storable(str(rejection.given_id)),
            "state": "open",
        }
        change = {"$set": facts, "$setOnInsert": {"since": now}, "$unset": {"discarded": ""}}
        ids.append(case)
        again = {"_id": case, "state": {"$in": ["open", "resolved", "erased"]}}
        operations.append(UpdateOne(again, change, upsert=True))
    # An upsert that finds a discarded case is told that there is one.
    discarded, refused = bulk_write(db, "quarantine", ids, operations)
    if refused:
        case, (reason, message) = next(iter(refused.items()))
        raise ValueError(f"the store refused the case {case} ({reason}): {message}")
    if discarded:
        db.quarantine.update_many({"_id": {"$in": sorted(discarded)}}, {"$set": {"run_id": run_id}})


def question(db: Database[Record], drop_id: str, *, run_id: str) -> None:
    """Before a run processes a drop once more: `settle` may then resolve, too, what the run itself put there before.

    The same bytes lie in two places, say, and are refused as what one name says they are, and read as the other says.
    """
    query = {"drop_id": drop_id, "state": {"$in": list(STANDING)}, "run_id": run_id}
    db.quarantine.update_many(query, {"$set": {"run_id": f"{run_id}{EARLIER}"}})


def settle(db: Database[Record], drop_ids: Iterable[str], *, run_id: str) -> None:
    """After drops were processed anew by a run: resolve their cases that it did not put there again."""
    # By the drops alone, for which the embedded store has an index. Mostly there is no case.
    found = db.quarantine.find({"drop_id": {"$in": list(drop_ids)}}, {"state": 1, "run_id": 1})
    ids = [case["_id"] for case in found if case["state"] in STANDING and case["run_id"] != run_id]
    for start in range(0, len(ids), _IDS_AT_ONCE):
        part = ids[start : start + _IDS_AT_ONCE]
        standing = {"_id": {"$in": part}, "state": {"$in": list(STANDING)}, "run_id": {"$ne": run_id}}
        db.quarantine.update_many(standing, {"$set": {"state": "resolved"}})


def open_cases(db: Database[Record], *, reason: str | None = None, limit: int = 0) -> list[Case]:
    """The open cases, newest first, of one reason or of all; `limit` 0 means all."""
    return find_cases(db, Selection(reason=Reason(reason) if reason else None), limit=limit)


def find_cases(db: Database[Record], selection: Selection, *, limit: int = 0) -> list[Case]:
    """The cases of a selection, newest first; `limit` 0 means all."""
    found = [
        _case(record)
        for query in selection.queries()
        for record in db.quarantine.find(query).sort([("since", -1), ("_id", 1)]).limit(limit)
    ]
    return found[:limit] if limit else found


def page_of_cases(db: Database[Record], selection: Selection, *, limit: int = 50, after: str | None = None) -> CasePage:
    """The cases of a selection without `ids`, newest first, `limit` at a time; `after` is the page's `next_token`.

    Raises QueryError for a token that is none.
    """
    (query,) = selection.queries()
    questions = [query]
    if after is not None:
        since, case = _position(after)
        # Two questions: for `$or` beside other conditions the embedded store uses no index.
        questions = [{**query, "since": since, "_id": {"$gt": case}}, {**query, "since": {"$lt": since}}]
    order = [("since", -1), ("_id", 1)]
    records = [record for asked in questions for record in db.quarantine.find(asked).sort(order).limit(limit + 1)]
    cases = tuple(map(_case, records[:limit]))
    token = f"{cases[-1].since.isoformat()}~{cases[-1].id}" if len(records) > limit else None
    return CasePage(cases, token)


def _position(token: str) -> tuple[datetime, str]:
    moment, _, case = token.partition("~")
    try:
        return datetime.fromisoformat(moment).astimezone(UTC), case
    except (ValueError, OverflowError):
        raise QueryError("this is no page token: give the one that the page before ended with") from None


def count(db: Database[Record], selection: Selection) -> int:
    """How many cases a selection has."""
    return sum(db.quarantine.count_documents(query) for query in selection.queries())


def groups(db: Database[Record], selection: Selection) -> list[Group]:
    """The cases of a selection by reason and source, the largest group first."""
    (match,) = selection.queries()
    pipeline: list[dict[str, Any]] = [
        {"$match": match},
        {
            "$group": {
                "_id": {"reason": "$reason", "source": {"$ifNull": ["$source", None]}},
                "count": {"$sum": 1},
                "oldest": {"$min": "$since"},
                "newest": {"$max": "$since"},
                # Any would do; the least is the same each time.
                "example": {"$min": "$detail"},
            }
        },
    ]
    found = [
        Group(
            Reason(row["_id"]["reason"]),
            row["_id"].get("source"),
            row["count"],
            row["oldest"],
            row["newest"],
            row["example"] or "",
        )
        for row in db.quarantine.aggregate(pipeline)
    ]
    return sorted(found, key=lambda group: (-group.count, group.reason, group.source or ""))


def named(db: Database[Record], name: str) -> list[Case]:
    """The cases, in any state, that a person means: `3fa9c1d2:4`, `3fa9c1d2:drop`, or `3fa9c1d2` for all of a drop.

    Raises QueryError where it is no such name, or where the drops of several begin so.
    """
    match = _CASE.fullmatch(name)
    if not match:
        raise QueryError(f"{name!r} is no case: give it as `dropwire quarantine` prints it, such as 3fa9c1d2:4")
    query: Record = {"drop_id": {"$gte": match["drop"], "$lte": match["drop"] + "g"}}
    if match["item"]:
        query["index"] = None if match["item"] == "drop" else int(match["item"])
    cases = [_case(record) for record in db.quarantine.find(query).sort([("drop_id", 1), ("index", 1)])]
    if len({case.rejection.drop_id for case in cases}) > 1:
        raise QueryError(f"cases of several drops have ids that begin with {match['drop']}: give more digits")
    return cases


def discard(db: Database[Record], selection: Selection, *, by: str, note: str, now: datetime, keep: timedelta) -> int:
    """Discard the open cases of a selection; returns how many. They can be restored for as long as `keep`."""
    facts = {"state": "discarded", "discarded": {"at": now, "by": by, "note": note, "until": now + keep}}
    return sum(
        db.quarantine.update_many({**query, "state": "open"}, {"$set": facts}).modified_count
        for query in selection.queries()
    )


def restore(db: Database[Record], selection: Selection) -> int:
    """Open the discarded cases of a selection again; returns how many. Expired ones cannot be."""
    change = {"$set": {"state": "open"}, "$unset": {"discarded": ""}}
    return sum(
        db.quarantine.update_many({**query, "state": "discarded"}, change).modified_count
        for query in selection.queries()
    )


def sweep(db: Database[Record], now: datetime) -> int:
    """Purge the words of the discarded cases whose time is over; returns how many have become tombstones."""
    over = {"state": "discarded", "discarded.until": {"$lte": now}}
    change = {"$set": {"state": "expired"}, "$unset": dict.fromkeys((*WORDS, "discarded.note"), "")}
    return db.quarantine.update_many(over, change).modified_count


def _case(record: Record) -> Case:
    discarded = record.get("discarded")
    return Case(
        id=record["_id"],
        rejection=Rejection(
            drop_id=record["drop_id"],
            index=record["index"],
            step=Step(record["step"]),
            reason=Reason(record["reason"]),
            detail=record.get("detail", ""),
            excerpt=record.get("excerpt", ""),
            given_id=record.get("given_id"),
            source=record.get("source"),
        ),
        location=record.get("location", ""),
        since=record["since"],
        state=record["state"],
        run_id=record["run_id"],
        discarded=Discard(discarded["at"], discarded["by"], discarded.get("note", ""), discarded["until"])
        if discarded
        else None,
    )


def case_id(drop_id: str, index: int | None) -> str:
    """What names the case of an item, or of a whole drop, in the store."""
    return f"{drop_id}:{'drop' if index is None else index}"


def storable(text: str) -> str:
    """`text` as a record can hold it: lone surrogates are replaced, and what is longer than any word of ours is cut."""
    return text[:_MAX_CHARACTERS].encode("utf-8", "replace").decode()
