"""Documents through the pipeline once more, without Prefect: as if their drops were read again."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId

from flows import reprocess as module
from flows.reprocess import MAKERS, made_anew, reprocess, settle_marked
from flows.reprocess_report import Left, ReprocessReport
from store import codec, entities, erasures, originals, remade, revisions
from store.selection import Selection, batches
from tests import mongomock_adapter
from tests.builders import EPOCH
from tests.faults import Killed, kill_after
from tests.flows import test_load_drops
from tests.flows.test_clean_again import BODIES, an_article, drop, five, ingest, texts
from transforms import pipeline, readers
from transforms.document import Document, Reason
from transforms.models import shared_models

UNSTABLE: dict[str, tuple[str, ...]] = {
    "documents": (),
    "originals": (),
    "revisions": (),
    "templates": ("turn",),
    "copies": ("turn", "heads"),
}


def contents(db: Any) -> dict[str, Any]:
    return test_load_drops.contents(db, UNSTABLE)


@contextmanager
def earlier_pipeline() -> Iterator[None]:
    """Pipeline 3, which cuts by rules alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "VERSION", "3")
        patch.setattr(pipeline, "LINE_MODEL", None)
        patch.setitem(vars(shared_models()), "lines", None)
        yield


def reprocess_all(db: Any, selection: Selection | None = None) -> ReprocessReport:
    """What the flow does, without Prefect."""
    report = ReprocessReport()
    for batch in batches(db, selection or Selection(), MAKERS, size=3, of_one_drop=50):
        report += reprocess(db, batch)
    settle_marked(db)
    assert report.holds, report.accounting
    assert db.documents.count_documents({remade.MARK: {"$exists": True}}) == 0
    return report


def html_of(body: str, number: int) -> str:
    prose = "".join(f"<p>{line} {line} {line}</p>" for line in body.split("\n"))
    menu = "".join(f"<li><a href='/{name}'>{name}</a></li>" for name in ("Галоўная", "Навіны", "Спорт"))
    return (
        f"<html><head><title>Сайт</title></head><body><nav><ul>{menu}</ul></nav><article>"
        f"<h1>Загаловак нумар {chr(1072 + number)} пра падзею</h1>{prose}</article>"
        "<div class='related'><a href='/1'>Чытайце таксама</a></div><footer>Усе правы абаронены</footer></body></html>"
    )


def plain(folder: Path) -> list[str]:
    paths = []
    for number, body in enumerate(BODIES):
        path = folder / f"{number}.txt"
        path.write_text(f"Галоўная\nНавіны\nСпорт\nКантакты\n\n{body}\n\nЧытайце таксама\nПадзяліцца\n")
        os.utime(path, (1000 + number, 1000 + number))
        paths.append(str(path))
    return paths


def pages(folder: Path) -> list[str]:
    one = [
        {"source": "site", "url": f"https://site.example/{number}", "html": html_of(body, number)}
        for number, body in enumerate(BODIES)
    ]
    return [drop(folder, "pages", one, 1000)]


FORMS = {"plain": plain, "jsonl": five, "html": pages}


@pytest.mark.parametrize("form", FORMS)
def test_it_ends_as_if_the_drops_were_read_again(tmp_path: Path, form: str) -> None:
    paths = FORMS[form](tmp_path)
    stores = [mongomock_adapter.new_database() for _ in range(2)]
    with earlier_pipeline():
        for db in stores:
            ingest(db, *paths, learn=False)
    ours, expected = stores
    before = texts(ours)
    ingest(expected, *paths, reread=True, learn=False)
    report = reprocess_all(ours)
    assert report.counts == {"documents": 5, "changed": 5, "unchanged": 0, "left": 0, "rejected": 0}
    assert texts(ours) != before
    assert contents(ours) == contents(expected)
    assert {record["provenance"]["pipeline"] for record in ours.documents.find()} == {pipeline.VERSION}
    assert ours.revisions.count_documents({}) == 0
    assert reprocess_all(ours) == ReprocessReport()


@pytest.mark.usefixtures("rules_alone")
def test_what_stays_the_same_says_what_made_it(mongomock_db: Any, tmp_path: Path) -> None:
    paths = five(tmp_path)
    ingest(mongomock_db, *paths)
    expected = contents(mongomock_db)
    mongomock_db.documents.update_many({}, {"$set": {"provenance.pipeline": "3"}})
    assert reprocess_all(mongomock_db).counts["unchanged"] == 5
    assert contents(mongomock_db) == expected
    # Reading the drops again does the same.
    mongomock_db.documents.update_many({}, {"$set": {"provenance.pipeline": "3"}})
    assert ingest(mongomock_db, *paths, reread=True).counts.unchanged == 5
    assert contents(mongomock_db) == expected


@pytest.mark.usefixtures("rules_alone")
def test_the_templates_of_today_are_cut(mongomock_db: Any, tmp_path: Path) -> None:
    ingest(mongomock_db, *five(tmp_path))
    # As an earlier Dropwire stored them, which knew no templates.
    with earlier_pipeline():
        with_menus = mongomock_adapter.new_database()
        ingest(with_menus, *five(tmp_path), learn=False)
    for record in with_menus.documents.find():
        mongomock_db.documents.replace_one({"_id": record["_id"]}, record)
    assert set(texts(mongomock_db)).isdisjoint(BODIES)
    assert reprocess_all(mongomock_db).changed == 5
    assert texts(mongomock_db) == sorted(BODIES)


def test_a_page_whose_drop_is_gone_keeps_its_cuts_and_gains_the_rest(mongomock_db: Any, tmp_path: Path) -> None:
    (path,) = pages(tmp_path)
    ingest(mongomock_db, path, learn=False)
    stored = {record["_id"]: record for record in mongomock_db.documents.find()}
    Path(path).unlink()
    older = {"provenance.pipeline": "3", "provenance.line_model": "dropwire-lines-0", "language": "ru", "entities": []}
    mongomock_db.documents.update_many({}, {"$set": {**older, "fingerprint": "other"}})
    assert reprocess_all(mongomock_db).changed == 5
    for record in mongomock_db.documents.find():
        was = stored[record["_id"]]
        assert record["provenance"] == {**was["provenance"], "line_model": "dropwire-lines-0"}
        changed = {name for name in was if record[name] != was[name]}
        assert changed == {"provenance"}
    # Their cuts still are another model's, but by what is stored there is no more to be had.
    again = reprocess_all(mongomock_db)
    assert (again.left, again.whys) == (5, {"no-drop": 5})
    assert "deliver them" in again.hints[0]


def test_what_cannot_be_made_anew_is_left_and_counted(mongomock_db: Any, tmp_path: Path) -> None:
    paths = five(tmp_path)
    ingest(mongomock_db, *paths, learn=False)
    mongomock_db.documents.update_many({}, {"$set": {"provenance.pipeline": "2"}})
    mongomock_db.originals.update_many({}, {"$unset": {"item": ""}})
    before = contents(mongomock_db)
    for path in paths:
        Path(path).rename(f"{path}.moved")
    report = reprocess_all(mongomock_db)
    assert (report.left, report.whys) == (5, {"no-drop": 5})
    assert contents(mongomock_db) == before
    # The drops are back: they are read again, under the source that the items name.
    for path in paths:
        Path(f"{path}.moved").rename(path)
    assert reprocess_all(mongomock_db).unchanged == 5
    assert mongomock_db.originals.count_documents({"item.html": False}) == 5


def test_another_file_in_the_place_of_the_drop_is_not_taken_for_it(mongomock_db: Any, tmp_path: Path) -> None:
    (path,) = pages(tmp_path)
    ingest(mongomock_db, path, learn=False)
    mongomock_db.documents.update_many({}, {"$set": {"provenance.line_model": "dropwire-lines-0"}})
    before = contents(mongomock_db)
    drop(tmp_path, "pages", [{"source": "site", "url": "https://site.example/0", "text": "Іншы тэкст."}], 1000)
    assert reprocess_all(mongomock_db).whys == {"no-drop": 5}
    assert contents(mongomock_db) == before


def test_items_that_are_other_documents_now_are_left(
    mongomock_db: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when another version numbers the items of a drop otherwise."""
    (path,) = pages(tmp_path)
    ingest(mongomock_db, path, learn=False)
    mongomock_db.documents.update_many({}, {"$set": {"provenance.line_model": "dropwire-lines-0"}})
    before = contents(mongomock_db)
    read = readers.read_items

    def otherwise(*given: Any, **how: Any) -> Any:
        return (replace(item, index=(item.index or 0) + 1) for item in read(*given, **how))

    monkeypatch.setattr(module, "read_items", otherwise)
    assert reprocess_all(mongomock_db).whys == {"other-item": 5}
    assert contents(mongomock_db) == before


def test_what_a_later_dropwire_made_is_left(mongomock_db: Any, tmp_path: Path) -> None:
    ingest(mongomock_db, *five(tmp_path), learn=False)
    mongomock_db.documents.update_many({}, {"$set": {"provenance.pipeline": "1000"}})
    before = contents(mongomock_db)
    assert reprocess_all(mongomock_db).whys == {"later-dropwire": 5}
    assert contents(mongomock_db) == before


def test_what_is_rejected_now_stays_and_is_counted(
    mongomock_db: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with earlier_pipeline():
        ingest(mongomock_db, *five(tmp_path), learn=False)
    before = contents(mongomock_db)
    monkeypatch.setattr(pipeline, "process", lambda item, *_: pipeline.reject(item, Reason.NOTHING_LEFT, "all cut"))
    report = reprocess_all(mongomock_db)
    assert (report.rejected, report.reasons) == (5, {"nothing-left": 5})
    assert contents(mongomock_db) == before
    assert mongomock_db.quarantine.count_documents({}) == 0


@pytest.mark.wire
def test_what_the_store_refuses_stays_and_is_counted(
    embedded_db: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with earlier_pipeline():
        ingest(embedded_db, *five(tmp_path), learn=False)
    before = contents(embedded_db)
    process = pipeline.process
    spoilt: Iterator[dict[str, Any]] = iter([{"age_rating": 2**70}, {"title": 7}, {}, {}, {}])

    def what_nobody_takes(*given: Any) -> Any:
        made = process(*given)
        return replace(made, **next(spoilt)) if isinstance(made, Document) else made

    monkeypatch.setattr(pipeline, "process", what_nobody_takes)
    report = reprocess_all(embedded_db)
    assert (report.changed, report.rejected, report.reasons) == (3, 2, {"invalid-document": 2})
    now = contents(embedded_db)
    assert sum(record in before["documents"] for record in now["documents"]) == 2


def test_earlier_contents_stay_and_none_is_added(mongomock_db: Any, tmp_path: Path) -> None:
    first = drop(tmp_path, "first", [an_article(1, BODIES[0])], 1000)
    second = drop(tmp_path, "second", [an_article(1, BODIES[1])], 2000)
    with earlier_pipeline():
        ingest(mongomock_db, first, second, learn=False)
    (revision,) = mongomock_db.revisions.find()
    assert reprocess_all(mongomock_db).changed == 1
    assert list(mongomock_db.revisions.find()) == [revision]
    (document,) = mongomock_db.documents.find()
    assert len(revisions.history(mongomock_db, document["_id"])) == 2


def test_corrections_by_a_person_stay(mongomock_db: Any, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from store import corrections

    text = "Прэзідэнт Аляксандр Лукашэнка сустрэўся ў Мінску з прэм'ер-міністрам. Яны абмеркавалі супрацоўніцтва."
    with earlier_pipeline():
        ingest(mongomock_db, drop(tmp_path, "a", [{"source": "s", "url": "https://s.example/1", "text": text}], 1000))
    (record,) = mongomock_db.documents.find()
    person = next(entity["id"] for entity in record["entities"] if entity["type"] == "PER")
    corrections.merge(mongomock_db, person, "per:somebody", by="me", reason="", now=datetime.now(UTC))
    entities.replay(mongomock_db)
    assert "per:somebody" in {entity["id"] for entity in mongomock_db.documents.find_one()["entities"]}
    reprocess_all(mongomock_db)
    (record,) = mongomock_db.documents.find()
    assert record["provenance"]["pipeline"] == pipeline.VERSION
    assert "per:somebody" in {entity["id"] for entity in record["entities"]}
    assert person in {entity["id"] for entity in record["linked"]}


def test_who_was_erased_is_not_found_anew(mongomock_db: Any, tmp_path: Path) -> None:
    """An earlier pipeline did not see that a document names an erased person; this one does."""
    text = "Прэзідэнт Аляксандр Лукашэнка сустрэўся ў Мінску з прэм'ер-міністрам. Яны абмеркавалі супрацоўніцтва."
    paths = [drop(tmp_path, "a", [{"source": "s", "url": "https://s.example/1", "text": text}], 1000), *five(tmp_path)]
    ingest(mongomock_db, *paths, learn=False)
    record = mongomock_db.documents.find_one({"source": "s"})
    person = next(entity["id"] for entity in record["entities"] if entity["type"] == "PER")
    stale = {"provenance.pipeline": "3", "entities": [], "fingerprint": "other"}
    mongomock_db.documents.update_one({"_id": record["_id"]}, {"$set": stale})
    asked = erasures.prepare(mongomock_db, "person", person, [f"entity:{person}"], by="me", reason="", now=EPOCH)
    erasures.begin(mongomock_db, asked.number)
    report = reprocess_all(mongomock_db)
    assert (report.documents, report.reasons) == (1, {"erased": 1})
    assert mongomock_db.documents.find_one({"_id": record["_id"]}) is None
    assert mongomock_db.originals.find_one({"_id": record["_id"]}) is None
    assert mongomock_db.documents.count_documents({}) == 5


def test_who_changed_a_document_meanwhile_is_not_undone(
    mongomock_db: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later delivery, and an erasure, between reading and writing."""
    with earlier_pipeline():
        ingest(mongomock_db, *five(tmp_path), learn=False)
    later = drop(tmp_path, "later", [an_article(0, BODIES[0] + "\nДададзена пазней яшчэ адно рэчэнне.")], 5000)
    process = pipeline.process
    erased = mongomock_db.documents.find_one({"url": "https://site.example/1"})["_id"]
    rivals = [later]

    def meanwhile(*given: Any) -> Any:
        if rivals:
            ingest(mongomock_db, rivals.pop(), learn=False)
            mongomock_db.documents.delete_one({"_id": erased})
            mongomock_db.originals.delete_one({"_id": erased})
        return process(*given)

    monkeypatch.setattr(pipeline, "process", meanwhile)
    ids = [record["_id"] for record in mongomock_db.documents.find()]
    report = reprocess(mongomock_db, ids)
    assert report.holds
    assert (report.documents, report.changed, report.whys) == (5, 3, {Left.CHANGED.value: 2})
    assert "пазней" in mongomock_db.documents.find_one({"url": "https://site.example/0"})["text"]
    assert mongomock_db.documents.find_one({"_id": erased}) is None
    assert mongomock_db.originals.find_one({"_id": erased}) is None
    assert mongomock_db.originals.find_one({"version": {"$regex": "^1970-01-01T01:23:20"}}) is not None


@pytest.mark.parametrize("form", ["jsonl", "html"])
def test_killed_anywhere_and_run_again_it_ends_the_same(tmp_path: Path, form: str) -> None:
    paths = FORMS[form](tmp_path)
    expected = mongomock_adapter.new_database()
    with earlier_pipeline():
        ingest(expected, *paths, learn=False)
    start = {name: list(expected[name].find()) for name in expected.list_collection_names()}
    reprocess_all(expected)
    entities.refresh(expected)
    done_at: list[int] = []
    for calls in range(0, 90, 3):
        db = mongomock_adapter.new_database()
        for name, records in start.items():
            if records:
                db[name].insert_many(records)
        with suppress(Killed), pytest.MonkeyPatch.context() as patch:
            kill_after(patch, calls)
            reprocess_all(db)
            done_at.append(calls)
        killed_after = db.documents.count_documents({"provenance.pipeline": pipeline.VERSION})
        assert reprocess_all(db).documents == 5 - killed_after, f"killed after {calls} calls"
        entities.refresh(db)
        assert contents(db) == contents(expected), f"killed after {calls} calls"
        assert list(db.entities.find({}, {"turn": 0})) == list(expected.entities.find({}, {"turn": 0}))
        assert db.due.count_documents({}) == 0
    assert done_at, "no run got to its end: kill later"


def test_a_trial_writes_nothing(mongomock_db: Any, tmp_path: Path) -> None:
    with earlier_pipeline():
        ingest(mongomock_db, *pages(tmp_path), learn=False)
    names = mongomock_db.list_collection_names()
    before = {name: list(mongomock_db[name].find()) for name in names}
    made = list(made_anew(mongomock_db, [record["_id"] for record in mongomock_db.documents.find()]))
    assert [each.changes for each in made] == [True] * 5
    assert {name: list(mongomock_db[name].find()) for name in names} == before
    assert mongomock_db.list_collection_names() == names


def test_the_item_of_the_drop_replaces_the_original(mongomock_db: Any, tmp_path: Path) -> None:
    """What reading makes of a page may be another text by now."""
    ingest(mongomock_db, *pages(tmp_path), learn=False)
    expected = contents(mongomock_db)
    mongomock_db.documents.update_many({}, {"$set": {"provenance.line_model": "dropwire-lines-0"}})
    for record in mongomock_db.originals.find():
        stale = originals.to_record(record["_id"], "старое\n", _version(record["version"]))
        mongomock_db.originals.replace_one({"_id": record["_id"]}, stale)
    assert reprocess_all(mongomock_db).unchanged == 5
    assert contents(mongomock_db) == expected


def _version(key: str) -> Any:
    from datetime import datetime

    from transforms.document import Version

    moment, drop_id, index = key.split()
    return Version(datetime.fromisoformat(moment), drop_id, int(index))


def test_a_mark_does_not_get_into_a_revision(mongomock_db: Any, tmp_path: Path) -> None:
    ingest(mongomock_db, drop(tmp_path, "first", [an_article(1, BODIES[0])], 1000), learn=False)
    mongomock_db.documents.update_many({}, {"$set": {remade.MARK: ObjectId()}})
    ingest(mongomock_db, drop(tmp_path, "second", [an_article(1, BODIES[1])], 2000), learn=False)
    (revision,) = mongomock_db.revisions.find()
    assert remade.MARK not in revision
    assert remade.MARK not in mongomock_db.documents.find_one()
    assert codec.from_record(revision | {"_id": revision["doc_id"]}).text
