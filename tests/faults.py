"""Faults on purpose: a process that dies at a call to the store."""

from typing import Any

import pytest
from mongomock.collection import Collection


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
