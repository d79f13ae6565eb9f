"""Faults on purpose: a process that dies at a call to the store, time that passes, bulk writes that fail."""

from datetime import timedelta
from typing import Any

import pytest
from mongomock.collection import Collection
from pymongo.errors import AutoReconnect, BulkWriteError


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


def kill_after(patch: pytest.MonkeyPatch, calls: int) -> None:
    """Die at the given call to the store."""
    left = [calls]
    for name in ("bulk_write", "find_one", "find", "insert_one", "update_one", "update_many", "find_one_and_update"):
        original = getattr(Collection, name)

        def dying(self: Any, *args: Any, _original: Any = original, **kwargs: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return _original(self, *args, **kwargs)

        patch.setattr(Collection, name, dying)


def time_passes(db: Any, by: timedelta) -> None:
    """Let the store's clock go on, or back, after the last renewals of all claims."""
    for record in db.drops.find({"renewed_at": {"$ne": None}}):
        db.drops.update_one({"_id": record["_id"]}, {"$set": {"renewed_at": record["renewed_at"] - by}})


class FailingBulk:
    """A database whose next bulk writes fail: one fault for each, a fault saying which operations of how many.

    A fault is `cut` (nothing is sent), `unheard` (all is written, the answer is lost), `unheard-concern` (all is
    written, the majority does not answer) or a code of the store for the operations at the given places; the others
    are written.
    """

    def __init__(self, db: Any, faults: list[tuple[str | int, set[int]]]) -> None:
        self._db = db
        self.faults = faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def __getitem__(self, name: str) -> Any:
        return _FailingCollection(self._db[name], self.faults)


class _FailingCollection:
    def __init__(self, collection: Any, faults: list[tuple[str | int, set[int]]]) -> None:
        self._collection = collection
        self._faults = faults

    def bulk_write(self, operations: list[Any], **how: Any) -> None:
        fault, places = self._faults.pop(0) if self._faults else (0, set())
        if fault == "cut":
            raise AutoReconnect("connection reset")
        failing = {place % len(operations) for place in places} if isinstance(fault, int) else set()
        sent = [operation for place, operation in enumerate(operations) if place not in failing]
        failures = []
        try:
            if sent:
                self._collection.bulk_write(sent, **how)
        except BulkWriteError as error:
            kept = [place for place in range(len(operations)) if place not in failing]
            failures = [{**one, "index": kept[one["index"]]} for one in error.details["writeErrors"]]
        if fault == "unheard":
            raise AutoReconnect("connection reset")
        concerns = [{"code": 64, "errmsg": "waiting for replication timed out"}] if fault == "unheard-concern" else []
        failures += [{"index": place, "code": fault, "errmsg": "injected"} for place in sorted(failing)]
        if failures or concerns:
            raise BulkWriteError({"writeErrors": failures, "writeConcernErrors": concerns})
