"""Erasing for good: what one erasure does, from its tombstones to its proof. Knows nothing of Prefect.

Tombstones first, so that from then on it is refused at pickup (flows/refusals.py). Then rounds: what it concerns is
found and taken out, until a round finds nothing and nobody works any more on a drop that was claimed before. Then what
was made of it is made anew: copies, templates, entities. Then everything is read, and it is found nowhere.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pymongo.database import Database

from flows.clean_again import learn_source
from store import copies, due, entities, erasing, erasures, ledger, observations, templates
from store.connection import Record
from store.erasing import Evidence, Names
from store.erasing_proof import Proof, prove
from store.erasures import Erasure, Standing
from transforms import near_copies
from transforms.document import Found
from transforms.entities import naming

# Seconds for which we wait for those who work on drops that they claimed before: most drops take less.
PATIENCE_S = 60.0
_PAUSE_S = 0.5
# Who goes on writing what is erased after so many rounds does not know of it: an older Dropwire, perhaps.
_MAX_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure came to.

    `counts` are the records that went or were emptied, by collection, this time. `busy` are drops that somebody works
    on who may not know of it. `holding` are the places where drops lay that hold what was erased, by drop, as far as
    the store knows; where the place of a drop is not known, its case is.
    """

    erasure: Erasure
    counts: dict[str, int]
    proof: Proof
    busy: tuple[str, ...] = ()
    holding: dict[str, list[Found]] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether all is gone that is to go, and nobody can bring it back."""
        return self.proof.is_clean and not self.busy

    @property
    def is_proven(self) -> bool:
        """Whether, besides that, the words are found in no other document."""
        return self.is_complete and not self.proof.copies


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an erasure would do: the documents with source and title (the first of them), and records by collection."""

    counts: dict[str, int]
    titles: tuple[tuple[str, str, str], ...]
    holding: dict[str, list[Found]]


def foresee(db: Database[Record], marks: tuple[str, ...]) -> Foreseen:
    """What an erasure with these marks would do now. Changes nothing."""
    names, evidence = Names.of(marks, naming.Reader()), Evidence()
    ids = erasing.concerned(db, marks, names)
    erasing.gather(db, ids, evidence)
    cases = set(erasing.cases_concerned(db, marks, names, evidence))
    counts = {"documents": 0, "originals": 0, "revisions": 0, "copies": 0}
    for page in erasing.pages(sorted(ids)):
        for name in counts:
            counts[name] += db[name].count_documents({"doc_id" if name == "revisions" else "_id": {"$in": page}})
    counts |= {
        "quarantine": len(cases),
        "corrections": len(erasing.corrections_concerned(db, marks, names)),
        "entities": sum(1 for one in marks if one.startswith("entity:") and _is_known(db, one)),
        "templates": sum(1 for one in marks if one.startswith("source:") and _has_templates(db, one)),
    }
    return Foreseen(counts, tuple(evidence.titles), _holding(db, evidence.drops | _drops_of(cases)))


def _is_known(db: Database[Record], one: str) -> bool:
    return db.entities.find_one({"_id": erasures.value_of(one)[1]}, {"_id": 1}) is not None


def _has_templates(db: Database[Record], one: str) -> bool:
    return db.templates.find_one({"_id": erasures.value_of(one)[1]}, {"_id": 1}) is not None


def erase(
    db: Database[Record],
    number: int,
    *,
    patience_s: float = PATIENCE_S,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Erased:
    """Erase what was prepared under this number, and prove it. Idempotent: one that was interrupted is finished.

    It stays unfinished where it cannot be proven, or somebody still works on a drop that he claimed before. Raises
    QueryError where there is no such erasure to be done, PyMongoError where trying again may help.
    """
    erasure, now = erasures.begin(db, number)
    names, evidence = Names.of(erasure.marks, naming.Reader()), Evidence()
    counts: dict[str, int] = {}
    cases: set[str] = set()
    end = clock() + patience_s
    for _ in range(_MAX_ROUNDS):
        busy = erasing.held(db, erasure.waiting)
        done, emptied = _round(db, erasure, now, names, evidence)
        cases |= emptied
        erasures.add(db, number, done)
        for name, count in done.items():
            counts[name] = counts.get(name, 0) + count
        if not any(done.values()):
            if not busy or clock() >= end:
                break
            sleep(_PAUSE_S)
    _make_anew(db, erasure, evidence)
    result = Erased(
        erasure=erasure,
        counts=counts,
        proof=prove(db, erasure.marks, names, evidence),
        busy=tuple(busy),
        holding=_holding(db, evidence.drops | _drops_of(cases) | erasures.drops_of(db, number)),
    )
    if result.is_complete:
        erasures.complete(db, number, datetime.now(UTC))
    return result


def _round(
    db: Database[Record], erasure: Erasure, now: Standing, names: Names, evidence: Evidence
) -> tuple[dict[str, int], set[str]]:
    """Take out what is found: how many records by collection, and the cases that were emptied."""
    number = erasure.number
    ids = erasing.concerned(db, erasure.marks, names)
    erasing.gather(db, ids, evidence)
    # While the originals are still there by which some of them are told.
    cases = set(erasing.cases_concerned(db, erasure.marks, names, evidence))
    done = {"quarantine": erasing.empty_cases(db, now, number, cases)}
    done |= erasing.remove(db, now, number, ids)
    lone, copied = erasing.strays(db, now, names, evidence.items | cases)
    done["originals"] += lone
    signed = db.copies.count_documents({})
    copies.follow(db, {*ids, *copied}, near_copies)
    done["copies"] = max(signed - db.copies.count_documents({}), 0) if ids or copied else 0
    done["corrections"] = erasing.empty_corrections(db, erasure.marks, names)
    return done, cases


def _make_anew(db: Database[Record], erasure: Erasure, evidence: Evidence) -> None:
    """Templates, entities and answers that were made of what is erased, made of what is left."""
    values = [erasures.value_of(one) for one in erasure.marks]
    erased = {value for kind, value in values if kind == "source"}
    observations.forget(db, erased)
    sources = evidence.sources | erased
    templates.mark(db, sources)
    for source in sorted(sources | set(templates.unlearned(db))):
        learn_source(db, source)
    due.mark(db, {value for kind, value in values if kind == "entity"})
    entities.refresh(db)


def _drops_of(cases: set[str]) -> set[str]:
    return {case.rpartition(":")[0] for case in cases}


def _holding(db: Database[Record], drops: set[str]) -> dict[str, list[Found]]:
    return {drop: ledger.sightings(db, drop) for drop in sorted(drops)}


def resume(db: Database[Record]) -> list[Erased]:
    """Finish the erasures that were interrupted."""
    return [erase(db, number) for number in erasures.unfinished(db)]
