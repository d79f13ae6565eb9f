"""API keys: shown once, stored as digests, revoked for good."""

from datetime import timedelta
from typing import Any

import pytest

from store import api_keys, ensure
from store.api_keys import USE_RESOLUTION, Role
from store.asking import QueryError


@pytest.fixture
def store(db: Any) -> Any:
    ensure(db)
    return db


def test_a_key_is_recognised_and_stored_nowhere(store: Any) -> None:
    made, key = api_keys.add(store, "dashboard", Role.EDIT)
    assert api_keys.identify(store, key) == made
    assert (made.name, made.role, made.last_used_at, made.revoked_at) == ("dashboard", Role.EDIT, None, None)
    secret = key.removeprefix(f"dropwire_{made.key_id}_")
    assert len(secret) == 43
    assert secret not in str(list(store.api_keys.find()))
    assert api_keys.get(store, made.key_id) == made


@pytest.mark.parametrize(
    "spoilt", ["", "x", "{key} ", "{key}a", "a{key}", "{other}", "dropwire_{id}_" + "a" * 43, "\n{key}"]
)
def test_what_is_no_key_is_none(store: Any, spoilt: str) -> None:
    made, key = api_keys.add(store, "one", Role.READ)
    other = key[:-1] + ("A" if key[-1] != "A" else "B")
    assert api_keys.identify(store, spoilt.format(key=key, other=other, id=made.key_id)) is None


def test_a_revoked_key_stays_known_by_name_and_good_for_nothing(store: Any) -> None:
    made, key = api_keys.add(store, "old", Role.READ)
    assert api_keys.has_valid(store)
    revoked = api_keys.revoke(store, "old")
    assert revoked is not None
    assert revoked.revoked_at is not None
    assert api_keys.revoke(store, made.key_id) == revoked, "again changes nothing"
    assert api_keys.identify(store, key) is None
    assert api_keys.get(store, made.key_id) is None
    assert not api_keys.has_valid(store)
    assert [each.name for each in api_keys.all_keys(store)] == ["old"]
    assert api_keys.revoke(store, "nobody") is None


@pytest.mark.parametrize("name", ["", " a", "a\nb", "x" * 65, "<b>", "old"])
def test_names_that_are_taken_or_none_are_refused(store: Any, name: str) -> None:
    api_keys.add(store, "old", Role.READ)
    with pytest.raises(QueryError, match=r"name"):
        api_keys.add(store, name, Role.READ)


def test_a_use_is_written_once_an_hour(store: Any) -> None:
    made, _ = api_keys.add(store, "one", Role.READ)
    api_keys.note_use(store, [made], made.created_at)
    (used,) = api_keys.all_keys(store)
    assert used.last_used_at is not None
    # Days ago, so that what is written now is another time on the coarsest clock.
    before = made.created_at - timedelta(days=10)
    store.api_keys.update_one({}, {"$set": {"last_used_at": before}})
    (used,) = api_keys.all_keys(store)
    for after, written in ((timedelta(minutes=59), False), (USE_RESOLUTION, True)):
        api_keys.note_use(store, [used], before + after)
        (now,) = api_keys.all_keys(store)
        assert (now.last_used_at != used.last_used_at) is written
