"""Positions of consumers: kept, and moved by one at a time."""

from typing import Any

import pytest

from store import consumers, ensure
from store.connection import StoreError
from store.queries import QueryError


def test_a_position_is_kept(db: Any) -> None:
    ensure(db)
    assert consumers.position(db, "mirror") is None
    consumers.move(db, "mirror", None, "a-1")
    consumers.move(db, "mirror", "a-1", "a-5")
    assert consumers.position(db, "mirror") == "a-5"
    # Back, too: somebody wants to see it all again.
    consumers.move(db, "mirror", "a-5", "a-2")
    assert consumers.position(db, "mirror") == "a-2"
    assert db.consumers.find_one({"_id": "mirror"})["moved_at"].tzinfo is not None


def test_of_two_under_one_name_the_second_is_told(db: Any) -> None:
    ensure(db)
    consumers.move(db, "mirror", None, "a-1")
    with pytest.raises(StoreError, match="somebody else follows as mirror"):
        consumers.move(db, "mirror", None, "a-1")
    consumers.move(db, "mirror", "a-1", "a-2")
    with pytest.raises(StoreError, match="another name"):
        consumers.move(db, "mirror", "a-1", "a-3")
    assert consumers.position(db, "mirror") == "a-2"


@pytest.mark.parametrize("name", ["", "a b", "$where", "x" * 101, "a\n"])
def test_what_is_no_name(mongomock_db: Any, name: str) -> None:
    with pytest.raises(QueryError, match="no name"):
        consumers.position(mongomock_db, name)
