"""A batch of drops, on mongomock: the accounting, reruns, and bad input of every kind."""

import gzip
import os
import uuid
from contextlib import suppress
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import load_drops as module
from flows.batching import MAX_BATCH_DROPS, batches_of_files
from flows.discover_drops import discover_drops
from flows.load_drops import load_drops
from flows.run_report import RunReport
from flows.unreadable import refuse
from store import ensure, quarantine, revisions
from tests import mongomock_adapter
from tests.builders import BELARUSIAN_SEED, EPOCH, RUSSIAN_SEED
from tests.faults import Killed, kill_after
from transforms.document import Found, WriteReport
from transforms.readers import read_items


def run(db: Any, *locations: str, reread: bool = False) -> RunReport:
    """What one run of the flow does, without Prefect."""
    run_id = uuid.uuid4().hex
    ensure(db)
    found = discover_drops(list(locations))
    report = RunReport(subfolders=found.subfolders) + refuse(db, found, run_id=run_id)
    for batch in batches_of_files(found.files):
        report += load_drops(db, batch, source=None, reread=reread, run_id=run_id)
    assert report.holds
    return report


# Fields that differ from run to run, by collection: times, run ids, turns.
UNSTABLE: dict[str, tuple[str, ...]] = {
    "documents": (),
    "originals": (),
    "revisions": (),
    "copies": ("turn", "heads"),
    "drops": ("finished_at", "run_id", "attempts", "holder", "outcome"),
    "quarantine": ("since", "run_id"),
}


def contents(db: Any, unstable: dict[str, tuple[str, ...]] = UNSTABLE) -> dict[str, Any]:
    """The named collections of the store but for the fields that differ from run to run.

    In which order the places of a drop were seen differs, too, where several workers saw them.
    """
    return {
        name: sorted(
            (
                {key: _in_order(key, value) for key, value in record.items() if key not in fields}
                for record in db[name].find()
            ),
            key=lambda record: str(record["_id"]),
        )
        for name, fields in unstable.items()
    }


def _in_order(key: str, value: Any) -> Any:
    return sorted(value, key=lambda seen: str(seen["location"])) if key == "seen" else value


def test_the_seeds_are_inserted_and_then_unchanged(mongomock_db: Any) -> None:
    seeds = [str(RUSSIAN_SEED), str(BELARUSIAN_SEED)]
    assert run(mongomock_db, *seeds).counts == WriteReport(inserted=2)
    before = contents(mongomock_db)
    assert run(mongomock_db, *seeds).counts == WriteReport(unchanged=2)
    assert run(mongomock_db, *seeds, reread=True).counts == WriteReport(unchanged=2)
    assert contents(mongomock_db) == before


def test_a_moved_drop_is_recognised_by_its_content(mongomock_db: Any, workdir: Path) -> None:
    (workdir / "a.txt").write_bytes(BELARUSIAN_SEED.read_bytes())
    run(mongomock_db, "a.txt")
    (workdir / "a.txt").rename(workdir / "b.txt")
    assert run(mongomock_db, "b.txt").counts == WriteReport(unchanged=1)
    assert mongomock_db.drops.count_documents({}) == 1


def test_a_file_replaced_under_its_name_is_a_new_drop(mongomock_db: Any, workdir: Path) -> None:
    (workdir / "a.txt").write_text("Першы тэкст, даволі доўгі.")
    run(mongomock_db, "a.txt")
    (workdir / "a.txt").write_text("Другі тэкст, яшчэ даўжэйшы.")
    assert run(mongomock_db, "a.txt").counts == WriteReport(inserted=1)


def test_the_same_article_in_a_later_drop_revises(mongomock_db: Any, workdir: Path) -> None:
    for age, text in ((2, "Раней."), (1, "Пазней.")):
        path = workdir / f"{age}.jsonl"
        path.write_text(f'{{"url": "https://example.org/1", "text": "{text} Гэта тэкст навіны."}}\n')
        os.utime(path, (1000 - age, 1000 - age))
    assert run(mongomock_db, ".").counts == WriteReport(inserted=1, revised=1)
    assert mongomock_db.documents.find_one()["text"].startswith("Пазней")


@pytest.mark.parametrize("order", list(permutations("abc")))
def test_a_drop_delivered_twice_stands_where_it_came_last(
    mongomock_db: Any, workdir: Path, order: tuple[str, ...]
) -> None:
    old, new = (
        f'{{"url": "https://example.org/1", "text": "{text} Гэта тэкст навіны."}}\n' for text in ("Раней.", "Пазней.")
    )
    for folder, time, content in (("a", 1000, old), ("b", 3000, old), ("c", 2000, new)):
        path = workdir / folder / "drop.jsonl"
        path.parent.mkdir()
        path.write_text(content)
        os.utime(path, (time, time))
    for folder in order:
        run(mongomock_db, folder)
    (document,) = mongomock_db.documents.find()
    assert document["text"].startswith("Раней")
    assert document["version"].startswith("1970-01-01T00:50:00")
    states = revisions.history(mongomock_db, document["_id"])
    assert [f"{state.document.text[:6]} {state.arrived_at:%M}" for state in states] == [
        "Раней. 16",
        "Пазней 33",
        "Раней. 50",
    ]


UNREADABLE_AS_JSONL = "Тэкст навіны, які ніякі не JSONL. І яшчэ адзін сказ.".encode("utf-32")


@pytest.mark.parametrize("killed", range(1, 40, 3))
def test_bytes_that_two_names_read_differently_are_what_the_last_delivery_says(
    mongomock_db: Any, workdir: Path, killed: int
) -> None:
    """Refused as JSONL, read as text: after any crash, and in one run or in two."""
    for number, name in enumerate(("a.jsonl", "b.txt")):
        (workdir / name).write_bytes(UNREADABLE_AS_JSONL)
        os.utime(workdir / name, (1000 + number, 1000 + number))
    with pytest.MonkeyPatch.context() as patch, suppress(Killed):
        kill_after(patch, killed)
        run(mongomock_db, ".")
    run(mongomock_db, ".")
    (document,) = mongomock_db.documents.find()
    assert document["text"].startswith("Тэкст навіны")
    assert quarantine.open_cases(mongomock_db) == []
    assert mongomock_db.drops.find_one()["outcome"]["quarantined"] == 0


def test_a_folder_that_can_be_read_again_leaves_quarantine(mongomock_db: Any, workdir: Path) -> None:
    assert run(mongomock_db, "later").counts == WriteReport(quarantined=1)
    (workdir / "later").mkdir()
    run(mongomock_db, "later")
    assert quarantine.open_cases(mongomock_db) == []


def test_a_drop_taken_over_while_we_were_slow_is_left(
    mongomock_db: Any, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workdir / "a.jsonl").write_text('{"text": "Адзін радок."}\n{"text": "Два радкі."}\n')
    monkeypatch.setattr(module, "MAX_CHUNK_ITEMS", 1)
    monkeypatch.setattr("store.ledger.renew", lambda *_, **__: False)
    report = run(mongomock_db, "a.jsonl")
    assert (report.items, report.busy, report.drops) == (1, 1, 1)
    assert mongomock_db.drops.find_one()["state"] == "claimed"


BAD = {
    "empty.txt": (b"", "empty"),
    "blank.txt": (b" \n\n ", "empty"),
    "image.txt": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "binary"),
    "broken.txt": (
        "Тэкст, у якім ёсць памылка ".encode() * 5 + b"\xd0 \xff\xfe " + "ў сярэдзіне тэксту.".encode() * 5,
        "undecodable",
    ),
    "marks.txt": (b"16+\nnews_top_970_100\n", "nothing-left"),
    "cut.txt.gz": (gzip.compress(b"Some text. " * 50)[:-20], "broken-archive"),
}


def test_bad_input_goes_to_quarantine_and_the_run_goes_on(mongomock_db: Any, workdir: Path) -> None:
    for name, (content, _) in BAD.items():
        (workdir / name).write_bytes(content)
    lines = ['{"id": 1, "text": "Добры радок, з тэкстам."}', '{"id": 2, "text": ', "[]", '{"id": 4}']
    (workdir / "some.jsonl").write_text("\n".join(lines))
    (workdir / "good.txt").write_text("Добры тэкст навіны, у якім усё ў парадку.")
    (workdir / "dangling").symlink_to("nowhere")
    report = run(mongomock_db, ".")
    assert report.counts == WriteReport(inserted=2, quarantined=len(BAD) + 3 + 1)
    found = {(Path(case.location).name, case.rejection.reason.value) for case in quarantine.open_cases(mongomock_db)}
    assert {(name, reason) for name, (_, reason) in BAD.items()} <= found
    assert {("some.jsonl", "broken-json"), ("some.jsonl", "missing-text"), ("dangling", "unreadable")} <= found
    before = contents(mongomock_db)
    again = run(mongomock_db, ".")
    assert again.counts == WriteReport(unchanged=2, quarantined=report.counts.quarantined)
    assert contents(mongomock_db) == before


def test_a_file_that_vanishes_between_listing_and_reading(mongomock_db: Any, workdir: Path) -> None:
    ensure(mongomock_db)
    gone = Found(str(workdir / "gone.txt"), 5, EPOCH)
    report = load_drops(mongomock_db, [gone], source=None, reread=False, run_id="r")
    assert report.counts == WriteReport(quarantined=1)
    (workdir / "gone.txt").write_text("Вярнуўся: тэкст навіны, даволі доўгі.")
    assert run(mongomock_db, "gone.txt").counts == WriteReport(inserted=1)
    assert quarantine.open_cases(mongomock_db) == []


def test_a_drop_that_breaks_while_it_is_read_is_read_again(
    mongomock_db: Any, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workdir / "a.jsonl").write_text('{"text": "Адзін радок."}\n{"text": "Два радкі."}\n')

    def torn(*args: Any, **kwargs: Any) -> Any:
        yield from list(read_items(*args, **kwargs))[:1]
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(module, "read_items", torn)
    monkeypatch.setattr(module, "MAX_CHUNK_ITEMS", 1)
    assert run(mongomock_db, "a.jsonl").counts == WriteReport(inserted=1, quarantined=1)
    monkeypatch.setattr(module, "read_items", read_items)
    assert run(mongomock_db, "a.jsonl").counts == WriteReport(inserted=1, unchanged=1)
    assert quarantine.open_cases(mongomock_db) == []


def test_a_mended_item_leaves_quarantine(mongomock_db: Any, workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (workdir / "a.txt").write_text("Добры тэкст навіны, у якім усё ў парадку.")
    with monkeypatch.context() as broken:
        broken.setattr("transforms.pipeline.find_boilerplate", None)
        assert run(mongomock_db, "a.txt").reasons == {"transform-failed": 1}
    assert run(mongomock_db, "a.txt").counts == WriteReport(quarantined=1)
    assert run(mongomock_db, "a.txt", reread=True).counts == WriteReport(inserted=1)
    assert quarantine.open_cases(mongomock_db) == []


def test_another_runs_drop_is_left_alone(mongomock_db: Any, workdir: Path) -> None:
    (workdir / "a.txt").write_text("Тэкст навіны, які апрацоўвае хтосьці іншы.")
    run(mongomock_db, "a.txt")
    mongomock_db.drops.update_one(
        {}, {"$set": {"state": "claimed", "holder": "elsewhere:1:1"}, "$currentDate": {"renewed_at": True}}
    )
    report = run(mongomock_db, "a.txt")
    assert (report.items, report.busy, report.drops) == (0, 1, 1)


def test_batches_are_bounded_by_number_and_size() -> None:
    small = [Found(str(i), 1, EPOCH) for i in range(MAX_BATCH_DROPS + 1)]
    assert [len(batch) for batch in batches_of_files(small)] == [MAX_BATCH_DROPS, 1]
    large = [Found(str(i), 10**9, EPOCH) for i in range(3)]
    assert [len(batch) for batch in batches_of_files(large)] == [1, 1, 1]
    # Most of a page is markup.
    pages = [Found(f"{i}.HTML", 200_000, EPOCH) for i in range(MAX_BATCH_DROPS)]
    texts = [Found(f"{i}.txt", 200_000, EPOCH) for i in range(3)]
    assert [len(batch) for batch in batches_of_files([*pages, *texts])] == [MAX_BATCH_DROPS, 1, 1, 1]
    assert list(batches_of_files([])) == []


lines = st.sampled_from(
    [
        '{"url": "https://example.org/1", "text": "Адзін тэкст навіны."}',
        '{"url": "https://example.org/1", "text": "Адзін тэкст навіны, зменены."}',
        '{"url": "https://example.org/2", "text": "Іншы тэкст навіны."}',
        '{"text": "Тэкст без адраса, але з кропкай."}',
        '{"text": ',
        '{"text": "16+"}',
    ]
)
corpora = st.lists(st.lists(lines, min_size=1, max_size=4), min_size=1, max_size=3)


@settings(max_examples=25, deadline=None)
@given(corpora, st.lists(st.integers(0, 25), min_size=1, max_size=3))
def test_killed_anywhere_and_run_again_ends_in_the_same_store(
    tmp_path_factory: pytest.TempPathFactory, corpus: list[list[str]], kills: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("corpus")
    for number, drop in enumerate(corpus):
        path = folder / f"{number}.jsonl"
        path.write_text("\n".join([*drop, f'{{"text": "Свой тэкст дропа {number}."}}']))
        os.utime(path, (1000 + number, 1000 + number))

    undisturbed = mongomock_adapter.new_database()
    run(undisturbed, str(folder))

    disturbed = mongomock_adapter.new_database()
    for calls in kills:
        with pytest.MonkeyPatch.context() as patch, suppress(Killed):
            kill_after(patch, calls)
            run(disturbed, str(folder))
    run(disturbed, str(folder))
    assert contents(disturbed) == contents(undisturbed)
