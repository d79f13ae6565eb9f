"""The audit: a sound store passes whatever happened to it, a damaged one does not."""

import copy
import os
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.batching import batches_of_files
from flows.discover_drops import discover_drops
from flows.load_drops import load_drops
from flows.run_report import RunReport
from flows.unreadable import refuse
from store import audit_texts, ensure, ledger, quarantine, runs, templates
from store.audit import RECORD_CHECKS, STORE_CHECKS, Audit, audit
from store.audit_rows import SCANS
from store.audit_texts import Judge
from store.ledger import Holder
from store.quarantine import Selection
from tests import mongomock_adapter
from tests.builders import EPOCH
from tests.faults import Killed, kill_after
from transforms import pipeline
from transforms.document import Reason
from transforms.fingerprint import doc_id, fingerprint

JUDGE = Judge(fingerprint, doc_id, pipeline.VERSION)
COLLECTIONS = tuple(SCANS)


def ingest(db: Any, folder: Path, *names: str, reread: bool = False) -> None:
    """One recorded run over a folder, or over files in it."""
    run_id = uuid.uuid4().hex
    ensure(db)
    runs.start(db, run_id, flow="ingest", holder=Holder.this_process(), parameters={}, versions={}, now=EPOCH)
    found = discover_drops([str(folder / name) for name in names] if names else [str(folder)])
    report = refuse(db, found, run_id=run_id)
    for batch in batches_of_files(found.files):
        report += load_drops(db, batch, source=None, reread=reread, run_id=run_id)
    assert report.holds
    complete(db, run_id, report)


def complete(db: Any, run_id: str, report: RunReport) -> None:
    runs.complete(
        db,
        run_id,
        items=report.items,
        counts=report.counts,
        reasons=report.reasons,
        seconds=report.seconds,
        now=EPOCH,
    )


def audited(db: Any, *, deep: bool = True, now: datetime = EPOCH) -> Audit:
    return audit(db, JUDGE, now, deep=deep)


def broken(found: Audit) -> set[str]:
    """The names of the checks that found something."""
    return {finding.name for finding in found.findings if finding.violations}


def article(text: str, number: int | None = None) -> str:
    url = "" if number is None else f'"url": "https://example.org/{number}", '
    return f'{{{url}"text": "{text}"}}'


def write(folder: Path, name: str, minutes: int, *lines: str) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text("\n".join(lines), encoding="utf-8")
    os.utime(path, (60 * minutes, 60 * minutes))


def fill(db: Any, folder: Path) -> None:
    """A store with something of everything: documents, revisions, copies, cases in each state, an unreadable place."""
    write(
        folder, "1.jsonl", 1, article("Першы тэкст навіны, з Мінска.", 1), article("Другая навіна дня.", 2), '{"text":'
    )
    write(folder, "2.jsonl", 2, article("Першы тэкст навіны, выпраўлены.", 1), '{"text": "16+"}', "[]", '{"id": 4}')
    write(folder, "3.jsonl", 3, article("Другая навіна дня.", 2), article("Трэцяя навіна дня, без адраса."))
    write(folder, "4.txt", 4, "16+", "Рустам Минниханов прибыл в Казань, сообщает пресс-служба.", "Подробности позже.")
    (folder / "5.txt").symlink_to("nowhere")
    ingest(db, folder)
    cases = [case.id for case in quarantine.find_cases(db, Selection(reason=Reason.MISSING_TEXT))]
    for when, chosen in ((EPOCH - timedelta(days=60), cases[:1]), (EPOCH, cases[1:])):
        selection = Selection(ids=tuple(chosen))
        assert quarantine.discard(db, selection, by="me", note="spam", now=when, keep=timedelta(days=30)) == 1
    assert quarantine.sweep(db, EPOCH) == 1


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The records of a sound store, by collection."""
    db = mongomock_adapter.new_database()
    fill(db, tmp_path_factory.mktemp("sound"))
    # Entities are due: nobody has counted them.
    return {name: list(db[name].find()) for name in (*COLLECTIONS, "due")}


def restored(records: dict[str, list[dict[str, Any]]]) -> Any:
    db = mongomock_adapter.new_database()
    for name, kept in records.items():
        if kept:
            db[name].insert_many(copy.deepcopy(kept))
    return db


@pytest.mark.parametrize("deep", [False, True])
def test_a_sound_store_holds(db: Any, tmp_path: Path, deep: bool) -> None:
    fill(db, tmp_path)
    found = audited(db, deep=deep)
    assert broken(found) == set()
    assert found.holds
    assert found.records == {name: db[name].count_documents({}) for name in COLLECTIONS}
    assert found.records["revisions"] == 1
    assert {record["state"] for record in db.quarantine.find()} == {"open", "discarded", "expired"}
    assert found.texts == (5 if deep else 4)
    assert (found.in_progress, found.unverifiable) == (0, 0)


def test_an_empty_store_holds(db: Any) -> None:
    ensure(db)
    assert audited(db).holds
    assert audited(db, deep=False).holds


def fields(record: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """The paths of all values in a record."""
    for name, value in record.items():
        if isinstance(value, dict):
            yield from fields(value, f"{prefix}{name}.")
        else:
            yield prefix + name


def alter(record: dict[str, Any], path: str) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        record = record[parent]
    old = record[name]
    if isinstance(old, bool) or old is None:
        record[name] = "altered"
    elif isinstance(old, int | float):
        record[name] = old + 1
    elif isinstance(old, str):
        # Digits stay digits: an id that is none would be found too easily.
        record[name] = ("1" if old[:1] != "1" else "2") + old[1:]
    elif isinstance(old, datetime):
        record[name] = old + timedelta(days=1)
    elif isinstance(old, bytes):
        record[name] = old[:-1]
    elif isinstance(old, list):
        # A record, as mongomock cannot look for fields in anything else in a list.
        record[name] = old[:-1] if old else [{"altered": True}]
    else:
        raise TypeError(f"{path}: {old!r}")


# What the audit cannot notice, by collection; docs/reliability.md tells why.
UNNOTICED = {
    "documents": {
        "schema_version",
        "first_version",
        "language_probability",
        "language_runners_up",
        "provenance.encoding.name",
        "provenance.encoding.evidence",
        "provenance.encoding.detail",
        "provenance.language_model",
        "provenance.entity_model",
        "provenance.line_model",
        "provenance.pipeline",
        *("published_zone", "updated_at", "updated_zone", "content"),
    },
    "originals": {"schema_version", "compression", "item.html", "item.published_origin", "item.updated_origin"},
    "drops": {"schema_version", "seen", "arrived_at", "holder", "attempts", "pipeline", "finished_at"},
    "quarantine": {
        *("schema_version", "index", "location", "step", "reason", "detail", "excerpt", "given_id", "since", "source"),
        *("discarded.at", "discarded.by", "discarded.until", "discarded.note", "_id"),
    },
    "runs": {
        "renewed_at",
        *("schema_version", "flow", "holder", "started_at", "finished_at", "parameters", "versions", "seconds"),
        *("drops", "drops_done", "reasons", "error"),
    },
}
UNNOTICED["revisions"] = UNNOTICED["documents"]


def test_whatever_is_altered_is_noticed_but_for_what_is_listed(sound: Any) -> None:
    unnoticed = set()
    tried = Counter[tuple[str, str]]()
    for name in COLLECTIONS:
        for i, record in enumerate(sound[name]):
            if record.get("step") == "discover":
                continue  # a place that cannot be read: the next run looks again
            for path in fields(record):
                tried[name, path] += 1
                if {path, path.partition(".")[0]} & UNNOTICED[name] or tried[name, path] > 2:
                    continue
                damaged = {**sound, name: copy.deepcopy(sound[name])}
                alter(damaged[name][i], path)
                if audited(restored(damaged)).holds:
                    unnoticed.add(f"{name}: {path}")
    assert unnoticed == set()


def test_whatever_is_deleted_is_noticed_but_for_what_nothing_names(sound: Any) -> None:
    unnoticed = []
    for name in COLLECTIONS:
        for i, record in enumerate(sound[name]):
            damaged = {**sound, name: sound[name][:i] + sound[name][i + 1 :]}
            if audited(restored(damaged), deep=False).holds:
                unnoticed.append((name, record.get("reason")))
    # A place that cannot be read is found again by the next run.
    assert unnoticed == [("quarantine", "unreadable")]


def check_of(found: Audit, name: str) -> list[str]:
    (finding,) = (finding for finding in found.findings if finding.name == name)
    return finding.examples


def damage(sound: Any, name: str, change: dict[str, Any], query: dict[str, Any] | None = None) -> Any:
    db = restored(sound)
    assert db[name].update_one(query or {}, {"$set": change}).modified_count == 1
    return db


def test_each_check_says_what_is_wrong_and_with_which_record(sound: Any) -> None:
    """By name, so that no check can fall silent while another one speaks for it."""
    document = sound["documents"][0]["_id"]
    drop = next(record for record in sound["drops"] if record["outcome"]["quarantined"])["_id"]
    revised = sound["revisions"][0]["doc_id"]
    named = next(record for record in sound["documents"] if record["entities"])["_id"]
    damaged: dict[str, tuple[Any, str]] = {
        "shape": (damage(sound, "documents", {"version": "?"}, {"_id": document}), document[:16]),
        "items-add-up": (damage(sound, "drops", {"items": 99}, {"_id": drop}), "99 items"),
        "provenance": (damage(sound, "documents", {"provenance.index": 7}, {"_id": document}), document[:16]),
        "origin": (damage(sound, "originals", {"drop_id": "e" * 64}, {"_id": document}), document[:16]),
        "revision-ids": (damage(sound, "revisions", {"doc_id": "e" * 32}), revised[:16]),
        "runs-add-up": (damage(sound, "runs", {"items": 99}), "99 items"),
        "cases-add-up": (damage(sound, "quarantine", {"state": "resolved"}, {"drop_id": drop}), drop[:16]),
        "cases-known": (damage(sound, "quarantine", {"drop_id": "e" * 64}, {"drop_id": drop}), "e" * 16),
        "runs-known": (damage(sound, "drops", {"run_id": "lost"}, {"_id": drop}), drop[:16]),
        "texts": (damage(sound, "documents", {"text": "Іншы."}, {"_id": document}), document[:16]),
        "items": (
            damage(sound, "originals", {"item.url": "https://example.org/other"}, {"_id": document}),
            document[:16],
        ),
        "names": (damage(sound, "documents", {"entities.0.mentions.0.start": 1}, {"_id": named}), named[:16]),
        "segments": (damage(sound, "documents", {"segments.0.end": 10**6}, {"_id": document}), document[:16]),
        "flags": (damage(sound, "documents", {"flags": ["much-cut"]}, {"_id": document}), document[:16]),
        "languages": (damage(sound, "documents", {"languages": ["zz"]}, {"_id": document}), document[:16]),
        "publication": (damage(sound, "documents", {"updated_origin": "metadata"}, {"_id": document}), document[:16]),
        "origins": (damage(sound, "documents", {"origins.section": "metadata"}, {"_id": document}), document[:16]),
        "fingerprints": (damage(sound, "documents", {"title": "Іншы."}, {"_id": document}), document[:16]),
    }
    deleted = {
        "originals": ("originals", {"_id": document}, document[:16]),
        "documents": ("documents", {"_id": document}, document[:16]),
        "drops-known": ("drops", {"_id": drop}, drop[:16]),
        "revisions": ("documents", {"_id": revised}, revised[:16]),
        "none-missing": ("documents", {"_id": document}, "documents were inserted"),
        "drops-traced": ("revisions", {}, "1 of them are there"),
    }
    for check, (name, query, _) in deleted.items():
        db = restored(sound)
        db[name].delete_one(query)
        damaged[check] = (db, deleted[check][2])
    for check, (db, says) in damaged.items():
        assert says in "".join(check_of(audited(db), check)), check
    every = {check.name for check in (*RECORD_CHECKS, *STORE_CHECKS, *audit_texts.CHECKS)} | {"shape"}
    assert every - damaged.keys() == {"runs-ended"}  # see the kills below


def test_an_original_of_another_version_is_noticed(sound: Any) -> None:
    original = sound["originals"][0]
    version = original["version"][:-1] + "8"
    db = damage(sound, "originals", {"version": version}, {"_id": original["_id"]})
    assert check_of(audited(db), "originals") == [
        f"document {original['_id'][:16]} has the original of another version"
    ]


def test_examples_are_few_and_the_count_is_whole(sound: Any) -> None:
    db = restored(sound)
    db.documents.delete_many({})
    (finding,) = (finding for finding in audited(db).findings if finding.name == "documents")
    assert finding.violations == len(finding.examples) == 4
    db.quarantine.update_many({"step": {"$ne": "discover"}}, {"$set": {"run_id": "lost"}})
    db.drops.update_many({}, {"$set": {"run_id": "lost"}})
    (finding,) = (finding for finding in audited(db).findings if finding.name == "runs-known")
    assert (finding.violations, len(finding.examples)) == (8, 5)


def test_a_fingerprint_is_made_again_from_what_the_store_has_rounded(mongomock_db: Any, tmp_path: Path) -> None:
    """BSON keeps milliseconds; the fingerprint was made of microseconds."""
    lines = [
        f'{{"published": "2026-01-01T10:00:00.{fraction}Z", "text": "Навіна нумар {number}."}}'
        for number, fraction in enumerate(("000123", "456789", "500000"))
    ]
    write(tmp_path, "a.jsonl", 1, *lines)
    ingest(mongomock_db, tmp_path)
    # mongomock rounds as the store does.
    assert {record["published_at"].microsecond for record in mongomock_db.documents.find()} == {0, 456000, 500000}
    found = audited(mongomock_db)
    assert found.holds
    assert found.unverifiable == 2
    other = {"provenance.pipeline": "0", "title": "Other", "origins.title": "record"}
    mongomock_db.documents.update_many({}, {"$set": other, "$pull": {"flags": "untitled"}})
    found = audited(mongomock_db)
    assert found.holds
    assert found.unverifiable == 3


def test_the_sample_goes_round(sound: Any) -> None:
    ids = [f"{i * 0x9E3779B97F4A7C15 % 2**64:016x}{0:016x}" for i in range(5 * audit_texts.SAMPLE)]
    days = [audit_texts.share_of_today(len(ids), EPOCH + timedelta(days=day)) for day in range(6)]
    shares = [{doc_id for doc_id in ids if takes(doc_id)} for takes in days]
    assert set.union(*shares[:5]) == set(ids)
    assert sum(map(len, shares[:5])) == len(ids)
    assert shares[5] == shares[0]


def die(db: Any) -> None:
    """The process is gone: another one has its number now."""
    gone = Holder.this_process().name.rpartition(":")[0] + ":0"
    for name, state in (("drops", "claimed"), ("runs", "running")):
        db[name].update_many({"state": state}, {"$set": {"holder": gone}})


def test_right_after_a_kill_the_store_is_unfinished_and_after_the_next_run_it_holds(db: Any, tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", 1, article("Першы тэкст навіны.", 1))

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch, suppress(Killed):
        patch.setattr("store.ledger.finish", killed)
        patch.setattr("store.ledger.release", lambda *_: None)  # a process that is killed does not say so
        ingest(db, tmp_path)
    assert audited(db).in_progress == 1
    assert audited(db).holds
    die(db)
    found = audited(db)
    assert broken(found) == {"drops-finished", "runs-ended"}
    assert str(tmp_path / "a.jsonl") in check_of(found, "drops-finished")[0]
    ingest(db, tmp_path)
    assert audited(db).holds


def test_a_drop_that_killed_its_workers_half_way_holds(db: Any, tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", 1, *(article(f"Тэкст навіны нумар {number}.", number) for number in range(4)))

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("flows.load_drops.MAX_CHUNK_ITEMS", 2)
        patch.setattr("flows.lease.Lease.advance", killed)  # called between two chunks
        patch.setattr("store.ledger.release", lambda *_: None)
        for _ in range(ledger.MAX_DEATHS):
            with suppress(Killed):
                ingest(db, tmp_path)
            die(db)
        ingest(db, tmp_path)
    assert db.documents.count_documents({}) == 2
    assert [case.rejection.reason for case in quarantine.open_cases(db)] == [Reason.WORKER_DIED]
    assert audited(db).holds
    ingest(db, tmp_path, reread=True)
    assert db.documents.count_documents({}) == 4
    assert audited(db).holds


lines = st.sampled_from(
    [
        article("Адзін тэкст навіны.", 1),
        article("Адзін тэкст навіны, зменены.", 1),
        article("Адзін тэкст навіны, зменены зноў.", 1),
        article("Іншы тэкст навіны.", 2),
        article("Тэкст без адраса, але з кропкай."),
        '{"text": ',
        '{"text": "16+"}',
    ]
)
drops = st.lists(lines, min_size=1, max_size=5)
deliveries = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 6), st.booleans()), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(drops, min_size=4, max_size=4), deliveries, st.dictionaries(st.integers(0, 7), st.integers(0, 40)))
def test_whatever_happened_to_a_store_it_holds_after_the_next_run(
    tmp_path_factory: pytest.TempPathFactory,
    contents: list[list[str]],
    deliveries: list[tuple[int, int, bool]],
    kills: dict[int, int],
) -> None:
    """Any order of arrival and of processing, copies, redeliveries, rereads and kills: never a false alarm."""
    folder = tmp_path_factory.mktemp("drops")
    db = mongomock_adapter.new_database()
    for number, (drop, minutes, reread) in enumerate(deliveries):
        write(folder, f"{number}.jsonl", minutes, *contents[drop])
        if number in kills:
            with pytest.MonkeyPatch.context() as patch, suppress(Killed):
                kill_after(patch, kills[number])
                ingest(db, folder, f"{number}.jsonl", reread=reread)
            die(db)
            for finding in audited(db).findings:
                assert not finding.violations or finding.name in {"drops-finished", "runs-ended"}, finding
        ingest(db, folder, f"{number}.jsonl", reread=reread)
    ingest(db, folder)
    found = audited(db)
    assert found.holds, [finding for finding in found.findings if finding.violations]


def test_damaged_templates_are_noticed(sound: Any) -> None:
    db = restored(sound)
    source = sound["documents"][0]["source"]
    line = {"key": "спорт", "line": "Спорт", "documents": 2}
    db.templates.insert_one({"_id": source, "turn": 1, "digest": templates.digest_of(["спорт"]), "lines": [line]})
    assert audited(db).holds
    db.templates.update_one({}, {"$set": {"lines.0.key": "культура"}})
    assert check_of(audited(db), "templates") == [f"source {source!r}: its templates are not those that were learned"]
    db.templates.update_one({}, {"$set": {"lines.0.key": "спорт"}})
    db.documents.update_many({}, {"$set": {"source": "other"}})
    assert check_of(audited(db), "templates") == [f"source {source!r} has templates and no documents"]
