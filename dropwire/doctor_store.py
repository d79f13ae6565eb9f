"""What `dropwire doctor` asks the store: is it there, may we, and is everything as the code wants it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pymongo
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError

from dropwire.doctor import Check, Finding, fail, ok, skipped, warn
from flows.logs import clean
from store.connection import DATABASE, URI_VARIABLE, Record, is_refusal, without_credentials
from store.layout import COLLECTIONS
from store.queries import has_text_index
from store.schema import SCHEMA_VERSION, Collection

# A store that does not answer by then is down, or so slow that it should be looked at.
STORE_WITHIN_S = 5.0
# MongoDB 7.0 is supported until August 2027; older ones get no fixes.
OLDEST_MAJOR = 7
# Leases last ten minutes and go by the store's clock; the times in records of arrival go by ours.
MOST_SKEW_S = 5.0
# What `ensure` and every writer need: roles readWrite and dbAdmin have them.
_ACTIONS = ("find", "insert", "update", "remove", "createCollection", "createIndex", "collMod", "listIndexes")
_INIT = "run `dropwire init-db`"


@contextmanager
def checks(uri: str | None, place: str) -> Iterator[list[Check]]:
    """The checks of the store at `uri`, to be made inside the block; without a URI there is no store yet.

    `place` is where it is, for people.
    """
    store = _Store(uri, place)
    looks = {
        "version": store.version,
        "privileges": store.privileges,
        "clock": store.clock,
        "collections": store.collections,
        "validators": store.validators,
        "indexes": store.indexes,
        "text index": store.text_index,
        "records": store.records,
    }
    try:
        yield [
            Check("Store", "reachable", store.reachable),
            *(Check("Store", name, store.guarded(look)) for name, look in looks.items()),
        ]
    finally:
        store.close()


class _Store:
    """The store as it is examined. What follows `reachable` is skipped where nobody answers."""

    def __init__(self, uri: str | None, place: str) -> None:
        self._uri = uri
        self._place = place
        self._client: MongoClient[Record] | None = None
        self._db: Database[Record] | None = None

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def reachable(self) -> Finding:
        if self._uri is None:
            return warn(f"there is no store in {self._place} yet", "run `dropwire ingest FOLDER` or `dropwire init-db`")
        try:
            limit_ms = int(STORE_WITHIN_S * 1000)
            self._client = MongoClient(
                self._uri, tz_aware=True, appname="dropwire-doctor", serverSelectionTimeoutMS=limit_ms
            )
            db = self._client.get_default_database(DATABASE)
            began = time.perf_counter()
            with pymongo.timeout(STORE_WITHIN_S):
                # Needs a login where there are any; `ping` does not.
                db.list_collection_names()
        except OperationFailure as error:
            if is_refusal(error):
                remedy = f"check user, password and authSource in {URI_VARIABLE}, and the user's roles"
                return fail(f"{without_credentials(self._uri)} refuses us: {_first(error)}", remedy)
            return fail(_first(error), "read the store's log")
        except PyMongoError as error:
            remedy = f"start it, or see whether {URI_VARIABLE} and the network between are right"
            return fail(f"{without_credentials(self._uri)}: {_first(error)}", remedy)
        self._db = db
        return ok(f"{self._place}, answers in {(time.perf_counter() - began) * 1000:.0f} ms")

    def guarded(self, look: Callable[[Database[Record]], Finding]) -> Callable[[], Finding]:
        """The check, for a store that answers."""

        def looked() -> Finding:
            if self._db is None:
                return skipped("the store does not answer" if self._uri else "there is no store yet")
            try:
                with pymongo.timeout(2 * STORE_WITHIN_S):
                    return look(self._db)
            except OperationFailure as error:
                if is_refusal(error):
                    return fail(_first(error), "give the user the roles readWrite and dbAdmin on the database")
                raise

        return looked

    def version(self, db: Database[Record]) -> Finding:
        hello = db.client.admin.command("hello")
        version = str(db.client.server_info()["version"])
        kind = "a sharded cluster" if hello.get("msg") == "isdbgrid" else f"replica set {hello.get('setName')}"
        if "setName" not in hello and hello.get("msg") != "isdbgrid":
            remedy = "start it with --replSet: a write that is acknowledged by one server alone may be lost with it"
            return warn(f"{version}, a server by itself", remedy)
        if int(version.partition(".")[0]) < OLDEST_MAJOR:
            return warn(f"{version}, {kind}", f"upgrade it: Dropwire is tested with MongoDB {OLDEST_MAJOR}.0 and later")
        return ok(f"{version}, {kind}")

    def privileges(self, db: Database[Record]) -> Finding:
        try:
            status = db.client.admin.command("connectionStatus", showPrivileges=True)["authInfo"]
        except OperationFailure:
            return skipped("the store does not say")
        users = status.get("authenticatedUsers", [])
        if not users:
            return ok("no login is asked for")
        missing = sorted(set(_ACTIONS) - _allowed(status.get("authenticatedUserPrivileges", []), db.name))
        if missing:
            remedy = f"grant the roles readWrite and dbAdmin on the database {db.name}"
            return fail(f"the user may not {', '.join(missing)}", remedy)
        return ok("the user may read, write, and make validators and indexes")

    def clock(self, db: Database[Record]) -> Finding:
        began = datetime.now(UTC)
        theirs = db.client.admin.command("hello").get("localTime")
        ended = datetime.now(UTC)
        if theirs is None:
            return skipped("the store does not say")
        theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
        # Somewhere between the two it looked at its clock, to the millisecond.
        skew_s = max((began - theirs).total_seconds() - 0.001, (theirs - ended).total_seconds() - 0.001, 0.0)
        if skew_s > MOST_SKEW_S:
            return warn(f"this host's and the store's differ by {skew_s:.1f} s", "have both hosts set by NTP")
        return ok(f"differs from this host's by {skew_s:.1f} s")

    def collections(self, db: Database[Record]) -> Finding:
        missing = sorted({each.name for each in COLLECTIONS} - set(db.list_collection_names()))
        return warn(f"missing: {', '.join(missing)}", _INIT) if missing else ok(f"all {len(COLLECTIONS)} are there")

    def validators(self, db: Database[Record]) -> Finding:
        there = {info["name"]: info.get("options", {}) for info in db.list_collections()}
        wrong = [
            each.name
            for each in COLLECTIONS
            if each.name in there and there[each.name].get("validator") != {"$jsonSchema": each.schema}
        ]
        if wrong:
            return warn(f"not those of this version: {', '.join(wrong)}", _INIT)
        return ok("those of this version")

    def indexes(self, db: Database[Record]) -> Finding:
        missing: list[str] = []
        other: list[str] = []
        unknown: list[str] = []
        for collection in _there(db):
            stored = db[collection.name].index_information()
            wanted = {str(index.document["name"]): index for index in collection.indexes}
            optional = {str(index.document["name"]) for index in collection.optional}
            missing += [f"{collection.name}.{name}" for name in wanted.keys() - stored.keys()]
            other += [
                f"{collection.name}.{name}"
                for name in wanted.keys() & stored.keys()
                if _keys(stored[name]) != list(wanted[name].document["key"].items())
            ]
            unknown += [f"{collection.name}.{name}" for name in stored.keys() - wanted.keys() - optional - {"_id_"}]
        if other:
            return fail(f"with other fields: {', '.join(sorted(other))}", f"drop them, then {_INIT}")
        if missing:
            return warn(f"missing: {', '.join(sorted(missing))}", f"{_INIT}; the next run makes them, too")
        if unknown:
            return warn(
                f"not ours: {', '.join(sorted(unknown))}", "drop them if nobody needs them: writes pay for each"
            )
        return ok("all are there")

    def text_index(self, db: Database[Record]) -> Finding:
        if has_text_index(db):
            return ok("there is one")
        return ok("none; `find WORDS` reads the texts (the embedded store has no such index)")

    def records(self, db: Database[Record]) -> Finding:
        other = [each.name for each in _there(db) if _of_other_version(db, each)]
        if other:
            remedy = "this Dropwire is older than the one that wrote them: upgrade it"
            return fail(f"of a schema version other than {SCHEMA_VERSION}: {', '.join(other)}", remedy)
        return ok(f"of schema version {SCHEMA_VERSION}, as far as the newest say")


def _there(db: Database[Record]) -> list[Collection]:
    names = set(db.list_collection_names())
    return [each for each in COLLECTIONS if each.name in names]


def _of_other_version(db: Database[Record], collection: Collection) -> bool:
    """Whether one of the newest records, in the order of the store, is of another version: all would take too long."""
    newest = db[collection.name].find({}, {"schema_version": 1}).sort("$natural", -1).limit(20)
    return any(record.get("schema_version", SCHEMA_VERSION) != SCHEMA_VERSION for record in newest)


def _keys(information: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(field, int(way) if isinstance(way, float) else way) for field, way in information["key"]]


def _allowed(privileges: Iterable[Mapping[str, Any]], database: str) -> set[str]:
    """What the user may do with every collection of the database."""
    allowed: set[str] = set()
    for privilege in privileges:
        resource = privilege["resource"]
        if resource.get("anyResource") or (resource.get("db") in {"", database} and resource.get("collection") == ""):
            allowed |= set(privilege["actions"])
    return allowed


def _first(error: Exception) -> str:
    """What the driver says first."""
    return clean(str(error)).split(" (configured timeouts")[0].split(", Timeout:")[0][:200]
