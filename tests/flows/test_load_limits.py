"""What a location and the settings say about drops reaches the readers, and nothing takes for ever."""

import gzip
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.batching import batches_of_files
from flows.discover_drops import discover_drops
from flows.limits import ITEM_SECONDS_VARIABLE
from flows.load_drops import load_drops
from flows.run_report import RunReport
from locations import Location, content
from store import ensure, quarantine
from tests.builders import an_item
from transforms import pipeline
from transforms.document import WriteReport
from transforms.models import shared_models
from transforms.readers import read_items
from transforms.readers.drop import variable

TEXT = "Гэта тэкст навіны пра тое, што адбылося ўчора ў Мінску."


def run(db: Any, location: Location) -> RunReport:
    ensure(db)
    report = RunReport()
    for batch in batches_of_files(discover_drops([location]).files):
        report += load_drops(db, batch, source=None, reread=False, run_id=uuid.uuid4().hex, location=location)
    assert report.holds
    return report


def cases(db: Any) -> list[tuple[int | None, str]]:
    found = quarantine.open_cases(db)
    return [(case.rejection.index, case.rejection.reason.value) for case in found]


def spin(*_: object, **__: object) -> Any:
    while True:
        sum(range(100))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    # Enough for honest items on a busy machine, once the models are there.
    pipeline.process(an_item(TEXT), shared_models())
    monkeypatch.setenv(ITEM_SECONDS_VARIABLE, "5")


@pytest.mark.usefixtures("quick")
def test_an_item_that_takes_for_ever_goes_to_quarantine_and_the_others_are_stored(
    mongomock_db: Any, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [{"id": number, "text": f"{TEXT} {number}"} for number in range(3)]
    (workdir / "a.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    real = pipeline.process

    def process(item: Any, models: Any, site: Any, lap: Any) -> Any:
        return spin() if item.index == 1 else real(item, models)

    monkeypatch.setattr(pipeline, "process", process)
    assert run(mongomock_db, Location(".")).counts == WriteReport(inserted=2, quarantined=1)
    assert cases(mongomock_db) == [(1, "out-of-time")]


@pytest.mark.usefixtures("quick")
def test_a_drop_whose_reading_takes_for_ever_keeps_what_came_before(
    mongomock_db: Any, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workdir / "a.jsonl").write_text(json.dumps({"text": TEXT}) + "\n" + json.dumps({"text": TEXT * 2}))
    real: Callable[..., Iterator[Any]] = read_items

    def read(*args: Any, **kwargs: Any) -> Iterator[Any]:
        yield next(real(*args, **kwargs))
        spin()

    monkeypatch.setattr("flows.load_drops.read_items", read)
    assert run(mongomock_db, Location(".")).counts == WriteReport(inserted=1, quarantined=1)
    assert cases(mongomock_db) == [(None, "out-of-time")]
    assert mongomock_db.drops.find_one()["state"] == "done"


def test_a_large_drop_that_changes_while_it_is_read_is_accounted_for(
    mongomock_db: Any, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "IN_MEMORY_BYTES", 10)
    path = workdir / "a.jsonl"
    path.write_text(json.dumps({"text": TEXT}))
    real = pipeline.process

    def process(item: Any, models: Any, site: Any, lap: Any) -> Any:
        with path.open("a") as file:
            file.write("\n" + json.dumps({"text": TEXT * 2}))
        return real(item, models)

    def read_first(items: Any) -> Iterator[Any]:
        for item in items:
            yield [item]

    monkeypatch.setattr(pipeline, "process", process)
    monkeypatch.setattr("flows.load_drops._chunks", read_first)
    # As a large drop: a small one is read to its end before anything is made of it.
    monkeypatch.setattr("flows.load_drops._SMALL", 0)
    location = Location(str(workdir), settle_seconds=0)
    assert run(mongomock_db, location).counts.quarantined == 1
    assert mongomock_db.drops.find_one()["state"] == "done"
    assert (None, "unreadable") in cases(mongomock_db)
    monkeypatch.undo()
    assert run(mongomock_db, location).counts.quarantined == 0
    assert mongomock_db.drops.count_documents({"state": "done"}) == 2


def test_the_limits_are_settings(mongomock_db: Any, workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable("max_depth"), "0")
    (workdir / "a.txt.gz").write_bytes(gzip.compress(TEXT.encode()))
    assert run(mongomock_db, Location(".")).counts == WriteReport(quarantined=1)
    assert cases(mongomock_db) == [(None, "archive-limit")]


def test_a_location_names_the_fields_of_its_sender(mongomock_db: Any, workdir: Path) -> None:
    (workdir / "a.jsonl").write_text(json.dumps({"story": {"lead": TEXT}, "kicker": "Навіны"}))
    location = Location(".", fields={"text": ["story.lead"], "title": ["kicker"]})
    assert run(mongomock_db, location).counts == WriteReport(inserted=1)
    document = mongomock_db.documents.find_one()
    assert document["text"] == TEXT
    assert document["title"] == "Навіны"


def test_a_field_that_we_do_not_have_is_named(mongomock_db: Any, workdir: Path) -> None:
    (workdir / "a.jsonl").write_text(json.dumps({"text": TEXT}))
    assert run(mongomock_db, Location(".", fields={"headline": ["h"]})).counts == WriteReport(quarantined=1)
    (case,) = quarantine.open_cases(mongomock_db)
    assert "headline" in case.rejection.detail
