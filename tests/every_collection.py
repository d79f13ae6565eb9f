"""A store with a record in every collection, made by what writes them: for tests of the data model."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from flows.clean_again import learn_source
from flows.erasing import erase
from flows.erasing_targets import of_document
from store import (
    api_keys,
    codec,
    consumers,
    copies,
    corrections,
    due,
    entities,
    erasures,
    listings,
    observations,
    runs,
    templates,
)
from store.api_keys import Role
from store.documents import Entry, upsert
from store.ledger import Holder
from store.queries import latest_token
from tests.builders import BELARUSIAN_SEED, EPOCH, RUSSIAN_SEED, a_document, a_version
from tests.flows.test_load_drops import run
from transforms import fingerprint, near_copies
from transforms.document import WriteReport

PAGES = "\n".join(
    ["Меню сайта, якое стаіць усюды", "Навіна нумар {number}, пра якую пішуць усе.", "Канец старонкі сайта"]
)


def fill_every_collection(db: Any, folder: Path) -> None:
    """The seeds, an empty drop, and a little of everything else that a store may hold."""
    (folder / "nothing.txt").write_bytes(b"")
    run(db, str(RUSSIAN_SEED), str(BELARUSIAN_SEED), str(folder / "nothing.txt"))
    _revise(db)
    for number in range(5):
        # Lines that recur, so that there are templates to learn.
        _add(db, f"{number + 10:032x}", PAGES.format(number=number))
    _add(db, "e" * 32, "Гэта трэба сцерці, як просяць.")
    templates.mark(db, ["example.org"])
    learn_source(db, "example.org")

    corrections.merge(db, "loc:name:minsk", "loc:name:mensk", by="me", reason="адзін горад", now=EPOCH)
    corrections.rename(db, "loc:iso-3166:kz", "Казахстан", keys=["казахстан"], by="me", reason="", now=EPOCH)
    target = of_document("e" * 32)
    asked = erasures.prepare(db, target.kind, target.value, target.marks, by="me", reason="asked", now=EPOCH)
    erase(db, asked.number)
    entities.refresh(db)
    # What the next run would do.
    due.mark(db, ["per:name:ivan"], ["c" * 32])
    due.postpone(db, ["loc:iso-3166:kz"], EPOCH)
    templates.mark(db, ["example.org"])

    listings.reserve(db, "drops", 1, [0], "run-1")
    bucket = listings.Bucket()
    bucket.add("drops/a.txt", 10, 1, "d" * 64, WriteReport(inserted=1))
    listings.confirm(db, "drops", 1, {0: bucket}, "run-1")
    for run_id in ("run-1", "run-2"):
        runs.start(
            db,
            run_id,
            flow="ingest-drops",
            holder=Holder.this_process(),
            parameters={"locations": ["drops"]},
            versions={"pipeline": "11"},
            now=EPOCH,
        )
    runs.complete(
        db,
        "run-1",
        items=2,
        counts=WriteReport(inserted=2),
        reasons={"empty": 1},
        seconds={"read": 0.1},
        left={"waiting": 1},
        now=EPOCH + timedelta(minutes=1),
    )
    document = codec.from_record(db.documents.find_one({"source": "seeds"}))
    observations.add(db, {"seeds": observations.observe(document, EPOCH)}, token="t", now=EPOCH)
    observations.watch(db, EPOCH)
    api_keys.add(db, "newsroom", Role.READ)
    consumers.move(db, "mirror", None, latest_token(db))


def _revise(db: Any) -> None:
    """Another content of the Russian seed."""
    old = codec.from_record(db.documents.find_one({"language": "ru"}))
    new = replace(old, title="Іншы загаловак", content="c" * 64)
    new = replace(new, fingerprint=fingerprint.fingerprint(new))
    upsert(db, [Entry(new, "арыгінал", a_version(10**6))])
    entities.settle(db, [new.doc_id])


def _add(db: Any, doc_id: str, text: str) -> None:
    upsert(db, [Entry(a_document(doc_id, text, source="example.org"), text, a_version(int(doc_id[-2:], 16)))])
    entities.settle(db, [doc_id])
    copies.follow(db, [doc_id], near_copies)
