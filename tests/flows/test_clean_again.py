"""Learning the templates of sources and cleaning documents anew, without Prefect."""

import json
import os
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows import clean_again
from flows.batching import batches_of_files
from flows.clean_again import learn_source, learn_sources
from flows.discover_drops import discover_drops
from flows.load_drops import load_drops
from flows.run_report import Learned, RunReport
from store import clusters, ensure, originals, revisions, templates
from store.codec import from_record
from tests import mongomock_adapter
from tests.builders import BELARUSIAN_SEED
from tests.faults import Killed, kill_after
from tests.flows import test_load_drops
from transforms import pipeline
from transforms.boilerplate.templates import learn
from transforms.document import Document
from transforms.models import shared_models

# What templates do is seen where they are all there is.
pytestmark = pytest.mark.usefixtures("rules_alone")

MENU = "Галоўная\nНавіны\nСпорт\nКантакты"
FOOT = "Пра нас\nПадпісвайцеся на нашы навіны ў сацыяльных сетках.\nУсе правы абаронены"
BODIES = (
    "У горадзе адкрылі новую школу на пяцьсот вучняў.\nДырэктар паведаміў, што заняткі пачнуцца ўжо ў верасні.",
    "Футбалісты выйгралі матч у гасцях з лікам тры адзін.\nТрэнер падзякаваў усім заўзятарам за падтрымку каманды.",
    "Навукоўцы знайшлі рэшткі старажытнага паселішча каля самай ракі.\nРаскопкі працягнуцца да канца наступнага лета.",
    "На выставе пакажуць карціны мясцовых мастакоў розных часоў.\nУваход для школьнікаў і студэнтаў будзе бясплатны.",
    "Цягнікі пойдуць па новым раскладзе з першага чысла месяца.\nКвіткі можна будзе набыць ва ўсіх касах вакзала.",
)


def page(body: str) -> str:
    return f"{MENU}\n{body}\n{FOOT}"


def drop(folder: Path, name: str, items: Sequence[dict[str, str]], at: int) -> str:
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items))
    os.utime(path, (at, at))
    return str(path)


def an_article(number: int, body: str, source: str = "site", **other: str) -> dict[str, str]:
    return {"source": source, "url": f"https://{source}.example/{number}", "text": page(body), **other}


def ingest(db: Any, *paths: str, reread: bool = False, learn: bool = True) -> RunReport:
    """What a run of the flow does, without Prefect."""
    ensure(db)
    report = RunReport()
    for batch in batches_of_files(discover_drops(list(paths)).files):
        report += load_drops(db, batch, source=None, reread=reread, run_id=uuid.uuid4().hex)
    if learn:
        report += learn_all(db)
    assert report.holds
    return report


def learn_all(db: Any) -> RunReport:
    return learn_sources(db, templates.unlearned(db))


UNSTABLE: dict[str, tuple[str, ...]] = {
    "documents": (),
    "originals": (),
    "templates": ("turn",),
    "unlearned": (),
    "copies": ("turn", "heads"),
}


def contents(db: Any) -> dict[str, Any]:
    return test_load_drops.contents(db, UNSTABLE)


def texts(db: Any) -> list[str]:
    return sorted(record["text"] for record in db.documents.find())


def five(folder: Path, source: str = "site") -> list[str]:
    return [
        drop(folder, f"{source}{number}", [an_article(number, body, source)], 1000 + number)
        for number, body in enumerate(BODIES)
    ]


def test_what_recurs_is_learned_and_cut(mongomock_db: Any, tmp_path: Path) -> None:
    report = ingest(mongomock_db, *five(tmp_path))
    assert texts(mongomock_db) == sorted(BODIES)
    assert (report.learned.sources, report.learned.documents, report.learned.left) == (1, 5, 0)
    assert [line.line for line in templates.lines_of(mongomock_db, "site")] == sorted(
        [*MENU.split("\n"), *FOOT.split("\n")], key=str.casefold
    )
    assert templates.unlearned(mongomock_db) == []
    for record in mongomock_db.documents.find():
        assert {span["reason"] for span in record["boilerplate"]} == {"site-template"}


def test_a_run_with_nothing_new_learns_nothing(mongomock_db: Any, tmp_path: Path) -> None:
    paths = five(tmp_path)
    ingest(mongomock_db, *paths)
    before = contents(mongomock_db)
    assert ingest(mongomock_db, *paths).learned == Learned()
    assert ingest(mongomock_db, *paths, reread=True).learned == Learned()
    assert contents(mongomock_db) == before


def test_later_documents_are_cut_as_they_are_loaded(mongomock_db: Any, tmp_path: Path) -> None:
    paths = five(tmp_path)
    ingest(mongomock_db, *paths[:4])
    ingest(mongomock_db, paths[4], learn=False)
    assert BODIES[4] in texts(mongomock_db)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(8)),
    runs=st.lists(st.integers(1, 4), min_size=1, max_size=8),
    again=st.sets(st.integers(0, 7), max_size=2),
)
def test_any_order_and_any_split_in_runs_ends_in_the_same_documents(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], runs: list[int], again: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("drops")
    paths = [
        *five(folder),
        # A revision, the same content once more in another drop, and articles of another source in one drop with it.
        drop(folder, "revised", [an_article(0, BODIES[0] + "\nДададзена пазней яшчэ адно рэчэнне пра школу.")], 3000),
        drop(folder, "copied", [an_article(1, BODIES[1]), an_article(7, BODIES[2], "other")], 2000),
        drop(folder, "other", [an_article(8, BODIES[3], "other"), an_article(9, BODIES[4], "other")], 500),
    ]
    expected = mongomock_adapter.new_database()
    ingest(expected, *paths)
    db = mongomock_adapter.new_database()
    rest = [paths[number] for number in order]
    for size in [*runs, len(rest)]:
        some, rest = rest[:size], rest[size:]
        if some:
            ingest(db, *some, learn=size % 2 == 1)
    for number in again:
        ingest(db, paths[number], reread=True)
    learn_all(db)
    assert contents(db) == contents(expected)
    assert sorted(record["_id"] for record in db.revisions.find()) == sorted(
        record["_id"] for record in expected.revisions.find()
    )


@pytest.mark.parametrize("seed", range(3))
def test_killed_anywhere_it_ends_in_the_same_store(tmp_path: Path, seed: int) -> None:
    paths = five(tmp_path)
    expected = mongomock_adapter.new_database()
    ingest(expected, *paths)
    for writes in range(seed, 195, 9):
        db = mongomock_adapter.new_database()
        ensure(db)
        with suppress(Killed), pytest.MonkeyPatch.context() as patch:
            kill_after(patch, writes)
            ingest(db, *paths[:3])
            ingest(db, *paths[3:])
        ingest(db, *paths)
        assert contents(db) == contents(expected), f"killed after {writes} writes"


def test_cleaning_anew_is_no_edit(mongomock_db: Any, tmp_path: Path) -> None:
    """Templates that are learned between two deliveries of one content do not make a revision of it."""
    paths = five(tmp_path)
    ingest(mongomock_db, *paths)
    again = drop(tmp_path, "again", [an_article(number, body) for number, body in enumerate(BODIES)], 5000)
    report = ingest(mongomock_db, again)
    assert (report.counts.duplicate, report.counts.revised) == (5, 0)
    assert mongomock_db.revisions.count_documents({}) == 0
    assert {record["version"][:4] for record in mongomock_db.documents.find()} == {"1970"}
    for record in mongomock_db.documents.find():
        assert len(revisions.history(mongomock_db, record["_id"])) == 1


def test_a_loader_with_old_templates_cleans_what_it_wrote(
    mongomock_db: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The templates are learned by somebody else between cutting and writing."""
    paths = five(tmp_path)
    ingest(mongomock_db, *paths[:4], learn=False)
    process = pipeline.process

    def learn_meanwhile(*given: Any) -> Any:
        made = process(*given)
        learn_all(mongomock_db)
        return made

    monkeypatch.setattr(pipeline, "process", learn_meanwhile)
    ingest(mongomock_db, paths[4], learn=False)
    assert BODIES[4] in texts(mongomock_db)


def test_who_lost_his_turn_stops(mongomock_db: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest(mongomock_db, *five(tmp_path), learn=False)
    rivals: list[bool] = []

    def learn_late(lines: Any) -> Any:
        if not rivals:
            rivals.append(True)
            learn_all(mongomock_db)
            mongomock_db.documents.delete_one({"url": "https://site.example/0"})
        return learn(lines)

    monkeypatch.setattr(clean_again, "learn", learn_late)
    assert learn_source(mongomock_db, "site") == Learned()
    assert len(templates.lines_of(mongomock_db, "site")) == 7


def test_html_keeps_its_other_cuts(mongomock_db: Any, tmp_path: Path) -> None:
    paths = []
    for number, body in enumerate(BODIES):
        prose = "".join(f"<p>{line}</p>" for line in body.split("\n"))
        html = (
            "<html><body><nav><a href='/'>Галоўная старонка</a></nav><article>"
            f"<h1>Загаловак нумар {chr(1072 + number)} пра падзею</h1>{prose}"
            "<p>Паведамі пра памылку ў тэксце навіны</p></article><footer>Усе правы абаронены</footer></body></html>"
        )
        item = {"source": "site", "url": f"https://site.example/{number}", "html": html}
        paths.append(drop(tmp_path, str(number), [item], 1000 + number))
    ingest(mongomock_db, *paths[:4])
    ingest(mongomock_db, paths[4])
    reasons = [tuple(span["reason"] for span in record["boilerplate"]) for record in mongomock_db.documents.find()]
    assert len(set(reasons)) == 1
    assert "site-template" in reasons[0]
    expected = contents(mongomock_db)["documents"]
    ingest(mongomock_db, *paths, reread=True)
    assert contents(mongomock_db)["documents"] == expected


def test_the_item_is_made_again_as_it_was(mongomock_db: Any, tmp_path: Path) -> None:
    facts = {"title": "Загаловак навіны пра школу", "authors": "Ян Баршчэўскі", "published": "2019-11-18T10:00:00Z"}
    ingest(mongomock_db, drop(tmp_path, "a", [an_article(1, BODIES[0], **facts)], 1000))
    (record,) = mongomock_db.documents.find()
    document = from_record(record)
    kept = originals.kept_item(mongomock_db.originals.find_one(), document)
    assert kept is not None
    assert not kept.was_html
    made = pipeline.process(kept.item, shared_models())
    assert isinstance(made, Document)
    assert made == document


def test_documents_of_an_earlier_dropwire_are_left_and_counted(mongomock_db: Any, tmp_path: Path) -> None:
    paths = five(tmp_path)
    ingest(mongomock_db, *paths, learn=False)
    mongomock_db.originals.update_many({}, {"$unset": {"item": ""}})
    report = learn_all(mongomock_db)
    assert (report.learned.documents, report.learned.left) == (0, 5)
    assert "--reread" in str(report.learned)
    # Reading the drops again makes up for it.
    mongomock_db.documents.update_many({}, {"$unset": {"content": ""}})
    assert ingest(mongomock_db, *paths, reread=True).counts.revised == 5
    assert mongomock_db.revisions.count_documents({}) == 0
    assert texts(mongomock_db) == sorted(BODIES)


def test_copies_follow_the_text(mongomock_db: Any, tmp_path: Path) -> None:
    """Two sites carry one text, each between its own menus; only without these are they alike."""
    menu = "\n".join(f"Раздзел сайта з вельмі доўгай назвай {word}" for word in BODIES[2].split())
    for source, own in (("one", BODIES), ("two", BODIES)):
        lines = menu if source == "one" else menu[::-1]
        items = [
            {"source": source, "url": f"https://{source}.example/{number}", "text": f"{lines}\n{body}"}
            for number, body in enumerate(own)
        ]
        ingest(mongomock_db, drop(tmp_path, source, items, 1000))
    for record in mongomock_db.documents.find():
        found = clusters.of_document(mongomock_db, record["_id"])
        assert found is not None
        assert {copy.source for copy in found.members} == {"one", "two"}


def test_a_source_without_documents_has_no_record(mongomock_db: Any) -> None:
    ensure(mongomock_db)
    templates.mark(mongomock_db, ["nobody"])
    assert learn_source(mongomock_db, "nobody") == Learned()
    assert mongomock_db.templates.count_documents({}) == 0
    assert templates.unlearned(mongomock_db) == []


def test_the_seed_alone_teaches_nothing(mongomock_db: Any) -> None:
    assert ingest(mongomock_db, str(BELARUSIAN_SEED)).learned == Learned()
