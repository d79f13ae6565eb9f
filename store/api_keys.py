"""The collection `api_keys`: who may read, or correct, over HTTP.

A key is 256 random bits, so its digest is as hard to invert as they are to guess: no salt and no slow hash are needed,
as they are for passwords. The key itself is shown once, when it is made, and stored nowhere.
"""

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from store.asking import QueryError
from store.connection import Record
from store.schema import DATE, DATE_OR_NULL, SCHEMA_VERSION, STRING, VERSION, Collection, record_of

COLLECTION = Collection(
    name="api_keys",
    schema=record_of(
        {
            "_id": STRING,
            "schema_version": VERSION,
            "name": STRING,
            "role": {"enum": ["read", "edit"]},
            # SHA-256 of the secret, hexadecimal.
            "digest": STRING,
            # By the store's clock, as are the others.
            "created_at": DATE,
        },
        # `last_used_at` is right to the hour; `revoked_at` says that the key is good no longer.
        {"last_used_at": DATE_OR_NULL, "revoked_at": DATE_OR_NULL},
    ),
    indexes=(IndexModel([("name", ASCENDING)], name="name", unique=True),),
)

_PREFIX = "dropwire"
_KEY = re.compile(rf"{_PREFIX}_(?P<id>[0-9a-f]{{12}})_(?P<secret>[A-Za-z0-9_-]{{43}})")
_SECRET_BYTES = 32
_NAME = re.compile(r"[^\W_][\w .@+-]{0,63}")
# What is written of a use, at most: whether a key is still needed is a question of days.
USE_RESOLUTION = timedelta(hours=1)


class Role(StrEnum):
    """What a key allows: to read, or also to correct entities."""

    READ = "read"
    EDIT = "edit"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is known to us: everything but itself. Times are aware UTC."""

    key_id: str
    name: str
    role: Role
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def add(db: Database[Record], name: str, role: Role) -> tuple[ApiKey, str]:
    """Make a key; gives what is known of it, and the key itself, which nobody can show again.

    Raises QueryError for a name that is taken (also by a revoked key: logs name keys by it) or is none.
    """
    if not _NAME.fullmatch(name):
        raise QueryError(f"{name!r} is no name of a key: letters, digits and . @ + - up to 64, a letter or digit first")
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(_SECRET_BYTES)
    facts = {"schema_version": SCHEMA_VERSION, "name": name, "role": role.value, "digest": _digest(secret)}
    if db.api_keys.find_one({"name": name}):
        raise QueryError(f"there is a key named {name} already: `dropwire keys list`")
    try:
        record = db.api_keys.find_one_and_update(
            {"_id": key_id},
            {"$setOnInsert": facts, "$currentDate": {"created_at": True}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
    except DuplicateKeyError:
        raise QueryError(f"there is a key named {name} already: `dropwire keys list`") from None
    return _key(record), f"{_PREFIX}_{key_id}_{secret}"


def all_keys(db: Database[Record]) -> tuple[ApiKey, ...]:
    """All keys, also revoked ones, by name."""
    return tuple(_key(record) for record in db.api_keys.find().sort("name", ASCENDING))


def has_valid(db: Database[Record]) -> bool:
    """Whether anybody has a key that is good."""
    return db.api_keys.find_one({"revoked_at": None}) is not None


def get(db: Database[Record], key_id: str) -> ApiKey | None:
    """The key with this id if it is good, else None."""
    record = db.api_keys.find_one({"_id": key_id, "revoked_at": None})
    return _key(record) if record else None


def identify(db: Database[Record], key: str) -> ApiKey | None:
    """What is known of a key that somebody showed; None where it is none of ours, or revoked."""
    match = _KEY.fullmatch(key)
    record = match and db.api_keys.find_one({"_id": match["id"], "revoked_at": None})
    if not match or not record or not hmac.compare_digest(record["digest"], _digest(match["secret"])):
        return None
    return _key(record)


def revoke(db: Database[Record], which: str) -> ApiKey | None:
    """Make a key, by its id or its name, good no longer; None where there is none. Again changes nothing."""
    record = db.api_keys.find_one({"_id": which}) or db.api_keys.find_one({"name": which})
    if not record:
        return None
    db.api_keys.update_one({"_id": record["_id"], "revoked_at": None}, {"$currentDate": {"revoked_at": True}})
    return _key(db.api_keys.find_one({"_id": record["_id"]}) or record)


def note_use(db: Database[Record], keys: Iterable[ApiKey], now: datetime) -> None:
    """Record that these keys were used just now, where that is news. `now` decides only whether it is."""
    for key in keys:
        if key.last_used_at is None or now - key.last_used_at >= USE_RESOLUTION:
            db.api_keys.update_one({"_id": key.key_id}, {"$currentDate": {"last_used_at": True}})


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _key(record: Any) -> ApiKey:
    return ApiKey(
        key_id=record["_id"],
        name=record["name"],
        role=Role(record["role"]),
        created_at=record["created_at"],
        last_used_at=record.get("last_used_at"),
        revoked_at=record.get("revoked_at"),
    )
