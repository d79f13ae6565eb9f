"""The audit of entities and corrections: it notices whatever is not as the documents say."""

from typing import Any

import pytest

from store import corrections, ensure
from store.audit import audit
from store.audit_texts import Judge
from store.entities import refresh
from tests.builders import EPOCH
from tests.store.test_entities import BY, about, an_id, entity, load
from transforms.fingerprint import doc_id, fingerprint

JUDGE = Judge(fingerprint, doc_id, "1")


def said(db: Any, *, deep: bool = True) -> dict[str, list[str]]:
    found = {one.name: one.examples for one in audit(db, JUDGE, EPOCH, deep=deep).findings}
    return {name: found[name] for name in ("entities", "corrections", "fingerprints", "names")}


@pytest.fixture
def filled(db: Any) -> Any:
    ensure(db)
    load(db, about(1, entity("a", "Ян"), entity("b", "Іван", at=9), text="Ян ішоў з Іван"[:3] + " " * 6 + "Іван"))
    load(db, about(2, entity("a", "Ян"), text="Ян"))
    corrections.merge(db, "per:b", "per:c", **BY)
    refresh(db)
    return db


@pytest.mark.parametrize("deep", [False, True])
def test_sound_entities_hold(filled: Any, deep: bool) -> None:
    assert said(filled, deep=deep) == {"entities": [], "corrections": [], "fingerprints": [], "names": []}


@pytest.mark.parametrize("deep", [False, True])
def test_a_wrong_count_is_noticed_until_it_is_due(filled: Any, deep: bool) -> None:
    filled.entities.update_one({"_id": "per:a"}, {"$set": {"documents": 7, "name": "Х"}})
    filled.entities.delete_one({"_id": "per:c"})
    assert said(filled, deep=deep)["entities"] == [
        "entity 'per:a': the documents say otherwise about its documents, name",
        "entity 'per:c': it is not there, but documents name it",
    ]
    filled.due.insert_one({"schema_version": 1, "entities": ["per:a", "per:c"]})
    assert said(filled, deep=deep)["entities"] == []


def test_an_entity_of_no_document_is_noticed(filled: Any) -> None:
    record = filled.entities.find_one({"_id": "per:a"})
    filled.entities.insert_one({**record, "_id": "per:x"})
    assert said(filled)["entities"] == ["entity 'per:x': it is there, but no document names it"]


def test_an_uncorrected_document_is_noticed(filled: Any) -> None:
    linked = filled.documents.find_one({"_id": an_id(1)})["linked"]
    filled.documents.update_one({"_id": an_id(1)}, {"$set": {"entities": linked}})
    assert said(filled)["corrections"] == [
        f"document {an_id(1)[:16]}: its entities are not those that the corrections make of it"
    ]
    # What is still to be applied is no damage.
    corrections.undo(filled, 1, **BY)
    assert said(filled)["corrections"] == []
