"""The collection `corrections`: what a person has corrected of the linking of entities, and how it is applied.

It is a log: records are numbered without gaps and never changed (but for `pending`, and for what names a person who
was erased: of that the number is left, see store.erasing). An entry says that an entity is another one (`merge`), that
some names of an entity are another one (`split`), by which name an entity is shown (`rename`), or that an earlier entry
holds no more (`undo`, of an undo as well). Two who write at the same time would take the same number: the second one
looks again.

The entries that hold give `Rules`: where an entity, under a name, leads. A split says more than a merge and goes before
it. Rules are followed to their end, so chains need no order, and entries that would lead round in a circle are refused.

A document is corrected where it is written, from what linking gave, which it keeps (`linked`). So it can be corrected
anew when the rules are others, and processing the article anew changes nothing. What is stored already is corrected by
store.entities.settle. A name that was given is that of the entity's own record, wherever this is counted
(store.entities.refresh); documents stay as they are. It belongs to the id: while that is merged into another one, it
waits.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from store.asking import QueryError
from store.codec import fold_name
from store.connection import Record, StoreError
from store.entity_rules import Given, Rules
from store.schema import DATE, INTEGER, SCHEMA_VERSION, STRING, VERSION, Collection, list_of, record_of

Kind = Literal["merge", "split", "rename", "undo", "erased"]

COLLECTION = Collection(
    name="corrections",
    schema=record_of(
        {
            "_id": INTEGER,
            "schema_version": VERSION,
            "kind": {"enum": list(get_args(Kind))},
            "at": DATE,
            "by": STRING,
            "reason": STRING,
        },
        {
            "entity": STRING,
            "into": STRING,
            # Of a split and a rename: the names as they were given, and the keys by which they are looked up.
            "names": list_of(STRING),
            "keys": list_of(STRING),
            # Of an undo: the number of the other entry.
            "undoes": INTEGER,
            # Until the documents that are stored are corrected, and their entities due to be counted.
            "pending": {"enum": [True]},
        },
    ),
)

# Persons write here; no two of them meet this often.
_MAX_ROUNDS = 16
_ID = re.compile(r"(?P<type>[a-z]+):\S+")


class CorrectionError(QueryError):
    """A correction that cannot be; the message says why, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Correction:
    """An entry of the log. `undone_by` is the entry that undoes it, where that one holds; `pending`: see the schema."""

    number: int
    kind: Kind
    at: datetime
    by: str
    reason: str
    entity: str = ""
    into: str = ""
    names: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    undoes: int | None = None
    undone_by: int | None = None
    pending: bool = False

    @property
    def sentence(self) -> str:
        """What it says, for people."""
        if self.kind == "undo":
            return f"undo of correction {self.undoes}"
        if self.kind == "erased":
            return "about a person who was erased"
        if self.kind == "merge":
            return f"{self.entity} is {self.into}"
        names = ", ".join(f"«{name}»" for name in self.names)
        if self.kind == "rename":
            return f"{self.entity} is called {names}"
        return f"{names} of {self.entity} is {self.into}"


def log(db: Database[Record]) -> list[Correction]:
    """All entries, by number."""
    entries = [
        Correction(
            number=record["_id"],
            kind=record["kind"],
            at=record["at"],
            by=record["by"],
            reason=record["reason"],
            entity=record.get("entity", ""),
            into=record.get("into", ""),
            names=tuple(record.get("names", ())),
            keys=tuple(record.get("keys", ())),
            undoes=record.get("undoes"),
            pending=record.get("pending", False),
        )
        for record in sorted(db.corrections.find(), key=lambda record: int(record["_id"]))
    ]
    undone = _undone(entries)
    return [replace(entry, undone_by=undone.get(entry.number)) for entry in entries]


def rules(db: Database[Record]) -> Rules:
    """The rules as they are now."""
    return _rules(entry for entry in log(db) if entry.undone_by is None)


def _rules(entries: Iterable[Correction]) -> Rules:
    merges: dict[str, str] = {}
    splits: dict[str, dict[str, str]] = {}
    keys: dict[str, tuple[str, ...]] = {}
    names: dict[str, Given] = {}
    for entry in entries:
        if entry.kind == "merge":
            merges[entry.entity] = entry.into
        elif entry.kind == "split":
            splits.setdefault(entry.entity, {}).update(dict.fromkeys(map(fold_name, entry.names), entry.into))
            keys[entry.into] = keys.get(entry.into, ()) + entry.keys
        elif entry.kind == "rename":
            names[entry.entity] = Given(entry.names[0], entry.keys)
    return Rules(merges, splits, keys, names)


def merge(db: Database[Record], entity: str, into: str, *, by: str, reason: str, now: datetime) -> Correction:
    """Say that one entity is another one. Raises CorrectionError where that cannot be."""
    if type_of(entity) != type_of(into):
        raise CorrectionError(f"{entity} and {into} are of different types: a {type_of(entity)} is no {type_of(into)}")
    return _add(db, Correction(0, "merge", now, by, reason, entity=entity, into=into))


def split(
    db: Database[Record],
    entity: str,
    names: Sequence[str],
    into: str,
    *,
    keys: Sequence[str],
    by: str,
    reason: str,
    now: datetime,
) -> Correction:
    """Say that some names of an entity are another one. Raises CorrectionError where that cannot be.

    `keys` are what the names are looked up by, where `into` is a new entity.
    """
    if type_of(entity) != type_of(into):
        raise CorrectionError(
            f"{into!r}: a part of a {type_of(entity)} needs an id that begins with {type_of(entity)}:"
        )
    if not all(map(fold_name, names)) or not names:
        raise CorrectionError("a name to split off must have letters or digits")
    return _add(
        db, Correction(0, "split", now, by, reason, entity=entity, into=into, names=tuple(names), keys=tuple(keys))
    )


def rename(
    db: Database[Record], entity: str, name: str, *, keys: Sequence[str], by: str, reason: str, now: datetime
) -> Correction:
    """Say by which name an entity is shown, whatever most documents call it. Raises CorrectionError as `merge` does.

    `keys` are what the name is looked up by. White space in it is made single spaces.
    """
    type_of(entity)
    name = " ".join(name.split())
    if not fold_name(name):
        raise CorrectionError("a name must have letters or digits")
    return _add(db, Correction(0, "rename", now, by, reason, entity=entity, names=(name,), keys=tuple(keys)))


def undo(db: Database[Record], number: int, *, by: str, reason: str, now: datetime) -> Correction:
    """Say that an entry holds no more. Raises CorrectionError where there is none, or it holds no more already."""
    return _add(db, Correction(0, "undo", now, by, reason, undoes=number))


def type_of(entity: str) -> str:
    """The type that an id names. Raises CorrectionError for what is no id."""
    match = _ID.fullmatch(entity)
    if not match:
        raise CorrectionError(
            f"{entity!r} is no id of an entity: these look like per:ivan-petrov, `entities` lists them"
        )
    return match["type"]


def _add(db: Database[Record], entry: Correction) -> Correction:
    for _ in range(_MAX_ROUNDS):
        known = log(db)
        _check(known, entry)
        number = known[-1].number + 1 if known else 1
        record: dict[str, Any] = {
            "_id": number,
            "schema_version": SCHEMA_VERSION,
            "kind": entry.kind,
            "at": entry.at,
            "by": entry.by,
            "reason": entry.reason,
            "pending": True,
        }
        if entry.kind == "undo":
            record["undoes"] = entry.undoes
        else:
            record["entity"] = entry.entity
        if entry.kind in {"merge", "split"}:
            record["into"] = entry.into
        if entry.kind in {"split", "rename"}:
            record |= {"names": list(entry.names), "keys": list(entry.keys)}
        try:
            db.corrections.insert_one(record)
        except DuplicateKeyError:
            continue  # somebody else took the number, and may have said what makes ours impossible
        return next(one for one in log(db) if one.number == number)
    raise StoreError("corrections are being made faster than this one can be: try again")


def _check(known: Sequence[Correction], entry: Correction) -> None:
    """Refuse an entry that says what is said already, contradicts another one, or would lead round in a circle."""
    if entry.entity and entry.entity == entry.into:
        raise CorrectionError(f"{entry.entity} is itself: give two entities")
    if entry.undoes is not None:
        target = next((one for one in known if one.number == entry.undoes), None)
        if target is None:
            raise CorrectionError(f"there is no correction {entry.undoes}: `corrections` lists them")
        if target.kind == "erased":
            raise CorrectionError(f"correction {entry.undoes} was about a person who was erased: nothing of it is left")
        if target.undone_by is not None:
            raise CorrectionError(f"correction {entry.undoes} is undone already, by correction {target.undone_by}")
    undone = _undone([*known, entry])
    after = [one for one in (*known, entry) if one.number not in undone]
    said: dict[tuple[Kind, str, str], Correction] = {}
    for one in after:
        # Of two entries, only splits may say something of one entity, of different names of it.
        about_names = map(fold_name, one.names) if one.kind == "split" else ("",) * (one.kind in {"merge", "rename"})
        for name in about_names:
            before = said.setdefault((one.kind, one.entity, name), one)
            if before is not one:
                raise CorrectionError(f"correction {before.number} says already: {before.sentence}. Undo that first")
    if circle := _rules(after).circle():
        raise CorrectionError(f"that would lead round in a circle: {' → '.join(circle)}. Undo one of these first")


def _undone(entries: Sequence[Correction]) -> dict[int, int]:
    """The numbers of the entries that hold no more, each with that of the undo."""
    undone: dict[int, int] = {}
    for one in reversed(entries):
        # Whether it is undone itself is known already: that came later.
        if one.undoes is not None and one.number not in undone:
            undone[one.undoes] = one.number
    return undone


def renamed(entries: Sequence[Correction], entry: Correction) -> str:
    """The id of the entity whose name alone an entry is about; empty where it says another thing."""
    said = _at_last(entries, entry)
    return said.entity if said.kind == "rename" else ""


def _at_last(entries: Sequence[Correction], entry: Correction) -> Correction:
    """What an entry is about in the end: of an undo, of whatever undoes, the merge, split or rename."""
    by_number = {one.number: one for one in entries}
    while entry.undoes is not None:
        entry = by_number[entry.undoes]
    return entry


def concerned(entries: Sequence[Correction], entry: Correction) -> set[str]:
    """The ids, as linking may have given them, that an entry can make a difference for: all that ever led there."""
    found, fresh = set[str](), {_at_last(entries, entry).entity}
    while fresh:
        found |= fresh
        fresh = {one.entity for one in entries if one.into in found} - found
    return found


def led_to(entries: Sequence[Correction], ids: Iterable[str]) -> set[str]:
    """These ids, and those that any entry has ever made of them."""
    found, fresh = set[str](), set(ids)
    while fresh:
        found |= fresh
        fresh = {one.into for one in entries if one.into and one.entity in found} - found
    return found


def settled(db: Database[Record], number: int) -> None:
    """Say that the documents that are stored are corrected by an entry."""
    db.corrections.update_one({"_id": number}, {"$unset": {"pending": ""}})


def pending(db: Database[Record]) -> list[Correction]:
    """The entries by which the stored documents are still to be corrected, by number."""
    return [entry for entry in log(db) if entry.pending]


def about(db: Database[Record], entity: str) -> list[Correction]:
    """The merges, splits and renames that name an entity and hold, by number."""
    return [
        entry
        for entry in log(db)
        if entry.undone_by is None and entry.kind != "undo" and entity in (entry.entity, entry.into)
    ]
