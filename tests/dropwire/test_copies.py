"""`dropwire copies`, and the line that `show` ends with."""

from typing import Any

import pytest

from dropwire.console import Exit
from store import ensure
from store.documents import Entry, upsert
from tests.builders import a_document, a_version
from tests.dropwire.test_cli import answer, dropwire, store  # noqa: F401 - a fixture
from tests.store.test_copies import STORY, load


@pytest.mark.wire
def test_copies_and_the_earliest_of_them(store: Any) -> None:  # noqa: F811
    ensure(store)
    load(store, "a", STORY, minutes=2, source="carrier")
    load(store, "b", f"Загаловак\n{STORY}", minutes=1, source="agency")
    load(store, "c", "Зусім іншы тэкст.", source="other")
    found = answer("copies", "aaaa")
    assert (found["doc_id"], found["more"]) == ("a" * 32, False)
    assert [member["source"] for member in found["members"]] == ["agency", "carrier"]
    assert found["cluster"] == answer("copies", "bbbb")["cluster"]
    table = dropwire("copies", "aaaa").stdout.splitlines()
    assert "agency" in table[1]
    assert table[2].startswith("→")
    assert "1 near-copy, earliest: agency (arrived 2026-01-01)" in dropwire("show", "aaaa").stdout
    assert "near-cop" not in dropwire("show", "cccc").stdout
    assert "No other document" in dropwire("copies", "cccc").stdout
    assert dropwire("copies", "ffff").exit_code == Exit.NOT_FOUND
    assert dropwire("copies").exit_code == Exit.USAGE


@pytest.mark.wire
def test_an_earlier_store_catches_up(store: Any) -> None:  # noqa: F811
    ensure(store)
    for name in "ab":
        upsert(store, [Entry(a_document(name * 32, STORY, title=name), STORY, a_version(0, drop=name))])
    assert answer("copies", "aaaa")["cluster"] is None
    assert "--catch-up" in dropwire("copies", "aaaa").stdout
    assert answer("copies", "--catch-up") == {"caught_up": 2}
    assert len(answer("copies", "aaaa")["members"]) == 2
