"""What a run picks up: with digests of earlier listings and without, the same."""

import os
import shutil
import uuid
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.discover_drops import discover_drops
from flows.load_drops import load_drops
from flows.pick_up import Pickup
from flows.run_report import RunReport
from flows.unreadable import refuse
from locations import Location
from store import ensure, ledger, listings
from tests import mongomock_adapter
from tests.flows.test_load_drops import contents
from transforms.document import Found, WriteReport


def run(
    db: Any,
    *locations: str | Location,
    reread: bool = False,
    sleep: Any = None,
    settle: float = 0,
) -> RunReport:
    """What a run of the flow does, without Prefect; files need not settle unless asked to."""
    asked = [Location(each, settle_seconds=settle) if isinstance(each, str) else each for each in locations]
    run_id = uuid.uuid4().hex
    ensure(db)
    found = discover_drops(asked)
    pickup = Pickup(db, found, reread=reread, run_id=run_id, sleep=sleep or _never)
    report = RunReport()
    for batch in chain.from_iterable(pickup.rounds()):
        loaded = load_drops(db, batch.files, location=batch.location, source=None, reread=reread, run_id=run_id)
        report += pickup.loaded(batch, loaded)
    report += pickup.report + refuse(db, found, run_id=run_id)
    assert report.holds
    return report


def _never(seconds: float) -> None:
    raise AssertionError(f"waited {seconds} s")


def write(path: Path, text: str, time: int = 1000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (time, time))


TEXT = "Добры тэкст навіны, у якім усё ў парадку"


@dataclass
class Asked:
    """How many files the ledger was asked about."""

    files: int = 0


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    count = Asked()
    plain = ledger.known

    def counted(db: Any, files: list[Found]) -> Any:
        count.files += len(files)
        return plain(db, files)

    monkeypatch.setattr("store.ledger.known", counted)
    return count


def test_a_rescan_without_a_change_asks_the_ledger_about_nothing(
    mongomock_db: Any, workdir: Path, asked: Asked
) -> None:
    for number in range(30):
        write(workdir / "d" / f"{number}.txt", f"{TEXT} {number}.")
    first = run(mongomock_db, "d")
    assert first.counts == WriteReport(inserted=30)
    asked.files = 0
    again = run(mongomock_db, "d")
    assert asked.files == 0
    assert (again.counts, again.drops) == (WriteReport(unchanged=30), 30)
    assert len(again.drop_ids) == 20
    write(workdir / "d" / "new.txt", f"{TEXT} новы.")
    assert run(mongomock_db, "d").counts == WriteReport(inserted=1, unchanged=30)
    assert asked.files > 0
    asked.files = 0
    assert run(mongomock_db, "d").counts == WriteReport(unchanged=31)
    assert asked.files == 0


def test_an_old_time_stamp_is_found_all_the_same(mongomock_db: Any, workdir: Path) -> None:
    write(workdir / "d" / "a.txt", f"{TEXT}.", 2_000_000)
    run(mongomock_db, "d")
    write(workdir / "d" / "b.txt", f"{TEXT}, стары.", 1000)
    assert run(mongomock_db, "d").counts == WriteReport(inserted=1, unchanged=1)


def test_a_renamed_file_is_recognised_by_its_content(mongomock_db: Any, workdir: Path) -> None:
    write(workdir / "d" / "a.txt", f"{TEXT}.")
    run(mongomock_db, "d")
    (workdir / "d" / "a.txt").rename(workdir / "d" / "b.txt")
    finished = mongomock_db.drops.find_one()["finished_at"]
    assert run(mongomock_db, "d").counts == WriteReport(unchanged=1)
    (record,) = mongomock_db.drops.find()
    assert [Path(seen["location"]).name for seen in record["seen"]] == ["a.txt", "b.txt"]
    assert record["finished_at"] == finished, "nothing was processed anew"


def test_a_file_replaced_under_its_name_is_a_new_drop(mongomock_db: Any, workdir: Path) -> None:
    write(workdir / "d" / "a.txt", f"{TEXT} адзін.", 1000)
    run(mongomock_db, "d")
    write(workdir / "d" / "a.txt", f"{TEXT} два два.", 2000)
    assert run(mongomock_db, "d").counts == WriteReport(inserted=1)
    assert mongomock_db.drops.count_documents({}) == 2


def test_a_file_under_two_locations_is_counted_once(mongomock_db: Any, workdir: Path) -> None:
    write(workdir / "d" / "a.txt", f"{TEXT}.")
    write(workdir / "d" / "x" / "b.txt", f"{TEXT} b.")
    locations = ("d", "d/**", str(workdir / "d"), "d/x/b.txt", "d")
    assert run(mongomock_db, *locations).drops == 2
    again = run(mongomock_db, *locations)
    assert (again.drops, again.counts) == (2, WriteReport(unchanged=2))


def test_sources_of_locations(mongomock_db: Any, workdir: Path) -> None:
    write(workdir / "d" / "belta" / "a.txt", f"{TEXT} a.")
    write(workdir / "e" / "b.txt", f"{TEXT} b.")
    write(workdir / "f" / "c.txt", f"{TEXT} c.")
    patterned = Location("d/**", source_pattern="{source}/*", settle_seconds=0)
    run(mongomock_db, patterned, Location("e", source="named", settle_seconds=0), "f")
    assert {document["source"] for document in mongomock_db.documents.find()} == {"belta", "named", "f"}


def test_a_young_file_is_read_after_one_wait_if_it_is_the_same_then(mongomock_db: Any, workdir: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        (workdir / name).write_text(f"{TEXT} {name}.")
    waits: list[float] = []

    def grow(seconds: float) -> None:
        waits.append(seconds)
        (workdir / "b.txt").write_text(f"{TEXT}. Яшчэ сказ.")
        (workdir / "c.txt").unlink()

    report = run(mongomock_db, ".", settle=60, sleep=grow)
    assert (report.counts, report.waiting, report.drops) == (WriteReport(inserted=1), 2, 3)
    assert len(waits) == 1
    assert 0 < waits[0] <= 60
    assert run(mongomock_db, ".").counts == WriteReport(inserted=1, unchanged=1)


def test_a_known_file_need_not_settle(mongomock_db: Any, workdir: Path) -> None:
    (workdir / "a.txt").write_text(f"{TEXT}.")
    run(mongomock_db, ".")
    mongomock_db.listings.delete_many({})
    assert run(mongomock_db, ".", settle=60).counts == WriteReport(unchanged=1)


def test_without_its_marker_a_file_waits(mongomock_db: Any, workdir: Path) -> None:
    write(workdir / "a.txt", f"{TEXT} a.")
    write(workdir / "b.txt", f"{TEXT} b.")
    write(workdir / "b.txt.done", "")
    location = Location(".", done_marker="{name}.done", settle_seconds=0)
    report = run(mongomock_db, location)
    assert (report.counts, report.waiting) == (WriteReport(inserted=1), 1)
    assert run(mongomock_db, location).waiting == 1
    write(workdir / "a.txt.done", "")
    report = run(mongomock_db, location)
    assert (report.counts, report.waiting) == (WriteReport(inserted=1, unchanged=1), 0)


def test_a_file_that_changes_between_listing_and_reading_waits(
    mongomock_db: Any, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(workdir / "a.txt", f"{TEXT}.")
    plain = ledger.known

    def growing(db: Any, files: Any) -> Any:
        with (workdir / "a.txt").open("a") as file:
            file.write("Яшчэ. ")
        return plain(db, files)

    with monkeypatch.context() as patch:
        patch.setattr("store.ledger.known", growing)
        report = run(mongomock_db, ".")
    assert (report.waiting, report.items, report.drops) == (1, 0, 1)
    assert mongomock_db.drops.count_documents({}) == 0
    assert run(mongomock_db, ".").counts == WriteReport(inserted=1)


names = st.sampled_from(["a.txt", "b.txt", "c.txt", "x/a.txt", "x/d.txt"])
texts = st.sampled_from(["адзін", "два", "тры", ""])
times = st.sampled_from([1000, 2000, 3000])
steps = st.one_of(
    st.tuples(st.just("write"), names, texts, times),
    st.tuples(st.just("touch"), names, times),
    st.tuples(st.just("delete"), names),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("copy"), names, names),
    st.tuples(st.just("ingest"), st.booleans()),
    st.tuples(st.just("kill"), names),
)


def _untimed(report: RunReport) -> RunReport:
    return replace(report, drop_ids=(), seconds={}, breakdown=replace(report.breakdown, steps={}))


@settings(max_examples=40, deadline=None)
@given(st.lists(steps, max_size=14), st.sampled_from([1, 2, 100]))
def test_with_listings_and_without_everything_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, sequence: list[tuple[Any, ...]], bucket: int
) -> None:
    folder = tmp_path_factory.mktemp("drops")
    with_listings, without = mongomock_adapter.new_database(), mongomock_adapter.new_database()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listings, "FILES_PER_BUCKET", bucket)
        for step, *given in [*sequence, ("ingest", False), ("ingest", False)]:
            if step == "ingest":
                without.listings.delete_many({})
                reports = [run(db, f"{folder}/**", str(folder), reread=given[0]) for db in (with_listings, without)]
                # Which of the drops are named first is of no importance.
                first, second = (_untimed(report) for report in reports)
                assert first == second
            elif step == "kill":
                # A worker claimed the drop and died, before it came to forget the listing.
                location = str(folder / given[0])
                for db in (with_listings, without):
                    db.drops.update_many(
                        {"seen.location": location},
                        {"$set": {"state": "claimed", "holder": "x:1:1"}, "$unset": {"renewed_at": ""}},
                    )
            else:
                change(folder, step, given)
    assert contents(with_listings) == contents(without)
    assert with_listings.drops.count_documents({"state": "claimed"}) == without.drops.count_documents(
        {"state": "claimed"}
    )


def change(folder: Path, step: str, given: list[Any]) -> None:
    path = folder / given[0]
    if step == "write":
        write(path, f"{TEXT} {given[1]}." if given[1] else "", given[2])
    elif not path.exists():
        return
    elif step == "touch":
        os.utime(path, (given[1], given[1]))
    elif step == "delete":
        path.unlink()
    else:
        target = folder / given[1]
        target.parent.mkdir(exist_ok=True)
        if step == "rename":
            path.rename(target)
        elif path != target:
            shutil.copy2(path, target)


def test_what_another_worker_of_the_run_had_in_hand_is_asked_for_at_the_end(embedded_db: Any, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / name, TEXT)
    db, run_id = embedded_db, uuid.uuid4().hex
    ensure(db)
    found = discover_drops([Location(str(tmp_path), settle_seconds=0)])
    pickup = Pickup(db, found, reread=False, run_id=run_id, sleep=_never)
    report = RunReport()
    asked: list[list[str]] = []
    for batches in pickup.rounds():
        for batch in batches:
            asked.append([Path(file.location).name for file in batch.files])
            mine = [file for file in batch.files if len(asked) > 1 or not file.location.endswith("b")]
            loaded = load_drops(db, mine, location=batch.location, source=None, reread=False, run_id=run_id)
            busy = tuple(file for file in batch.files if file not in mine)
            loaded += RunReport(drops=len(busy), busy=len(busy), busy_files=busy)
            report += pickup.loaded(batch, loaded)
    assert asked == [["a", "b"], ["b"]]
    assert (report.drops, report.busy, report.busy_files) == (2, 0, ())
    assert report.counts.accounted == 2
    again = run(db, Location(str(tmp_path), settle_seconds=0))
    assert again.counts == WriteReport(unchanged=2)
