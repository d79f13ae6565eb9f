"""The audit: the store alone proves that every drop that was ever seen is accounted for.

Each collection is read once, from front to back, without its texts. What each record must be in itself is checked on
the way (`RECORD_CHECKS`). Of every record a row of numbers is kept (store/audit_rows.py), and what the collections say
about each other is checked on these (`STORE_CHECKS`). What takes the texts is checked last (`TEXT_CHECKS`), for all
documents or for a sample. A new check is one function and one line.

What it cannot notice is listed in docs/reliability.md.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from pymongo.database import Database

from store import audit_entities, audit_erasures, audit_texts, ledger, templates
from store.audit_rows import KEY_DIGITS, SCANS, MalformedError, Numbers, Rows, Table, positions, split_version
from store.audit_texts import Judge
from store.connection import Record
from store.ledger import Holder
from store.revisions import content_of

# Enough to see what kind of damage it is; the count says how much.
MAX_EXAMPLES = 5


@dataclass(slots=True)
class Finding:
    """A check and what it found: how many violations, and the first of them in words."""

    name: str
    claim: str
    violations: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, violation: str | None) -> None:
        """Count a violation, if it is one."""
        if violation is None:
            return
        self.violations += 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.append(violation)


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found. `in_progress` counts drops that somebody works on at this moment.

    `records` counts the records read by collection, `texts` the documents and revisions whose texts were checked,
    `unverifiable` those of them whose fingerprint could not be: another pipeline made them, or the store has rounded
    their time.
    """

    findings: tuple[Finding, ...]
    records: dict[str, int]
    in_progress: int
    texts: int
    unverifiable: int

    @property
    def holds(self) -> bool:
        """Whether everything is accounted for."""
        return not any(finding.violations for finding in self.findings)


def audit(db: Database[Record], judge: Judge, now: datetime, *, deep: bool = False) -> Audit:
    """Check the whole store; with `deep`, also the text of each document, else of a sample that changes by the day.

    Memory: some 150 bytes a document, 100 a drop, 70 an original. Nothing is locked: what a run writes meanwhile may
    look like damage, so audit when none is under way.
    """
    shape = Finding("shape", "every record is one that Dropwire writes")
    in_sample = audit_texts.share_of_today(db.documents.estimated_document_count(), now)
    own, rows, sample = _scan(db, shape, in_sample)
    finished, in_progress = _look_at_claims(db)
    learned = _look_at_templates(db)
    corrected, same = Finding("corrections", audit_entities.CORRECTED), Finding("entities", audit_entities.COUNTED)
    # What an unfinished drop has written may be still to be settled.
    if not db.drops.find_one({"state": {"$ne": "done"}}, {"_id": 1}):
        for violation in audit_entities.uncorrected(db, sample, deep=deep):
            corrected.add(violation)
        for violation in audit_entities.miscounted(db, sample, deep=deep):
            same.add(violation)
    erased = Finding("erased", audit_erasures.CLAIM)
    for violation in audit_erasures.returned(db):
        erased.add(violation)
    store = Store(rows)
    between = []
    for check in STORE_CHECKS:
        finding = Finding(check.name, check.claim)
        for violation in check.find(store):
            finding.add(violation)
        between.append(finding)

    texts = [Finding(check.name, check.claim) for check in audit_texts.CHECKS]
    seen = unverifiable = 0
    for subject in audit_texts.everything(db) if deep else audit_texts.some(db, sample):
        seen += 1
        unverifiable += not audit_texts.is_verifiable(subject, judge)
        for text_check, finding in zip(audit_texts.CHECKS, texts, strict=True):
            wrong = text_check.look(subject, judge)
            finding.add(wrong and f"{subject.noun}: {wrong}")
    return Audit(
        findings=(finished, shape, learned, corrected, same, erased, *own, *between, *texts),
        records={name: len(kept["key"]) for name, kept in rows.items()},
        in_progress=in_progress,
        texts=seen,
        unverifiable=unverifiable,
    )


def _scan(
    db: Database[Record], shape: Finding, in_sample: Callable[[str], bool]
) -> tuple[list[Finding], dict[str, Rows], list[str]]:
    """Read all collections: what is wrong with single records, the rows of all, and the ids of the sample."""
    sample: list[str] = []
    findings = [Finding(check.name, check.claim) for check in RECORD_CHECKS]
    rows: dict[str, Rows] = {}
    for name, scan in SCANS.items():
        table = Table(scan)
        checks = [pair for pair in zip(RECORD_CHECKS, findings, strict=True) if name in pair[0].of]
        for record in db[name].find(scan.query, scan.projection):
            noun = f"{name} {str(record['_id'])[:KEY_DIGITS]}"
            try:
                table.add(record)
                for check, finding in checks:
                    violation = check.find(record)
                    finding.add(violation and f"{noun}: {violation}")
                if name == "documents" and in_sample(record["_id"]):
                    sample.append(record["_id"])
            except (MalformedError, AttributeError, KeyError, TypeError, ValueError) as error:
                shape.add(f"{noun} is damaged ({error})")
        rows[name] = table.rows()
    return findings, rows, sample


def _look_at_claims(db: Database[Record]) -> tuple[Finding, int]:
    finding = Finding("drops-finished", "every drop is done, or somebody works on it")
    held = 0
    for record in db.drops.find({"state": {"$ne": "done"}}):
        if ledger.is_held(db, record):
            held += 1
        else:
            finding.add(_abandoned(record))
    return finding, held


def _abandoned(record: Record) -> str:
    attempts = f"{record['attempts']} attempt{'s' if record['attempts'] > 1 else ''}"
    place = record["seen"][-1]["location"] if record["seen"] else "nowhere"
    return f"drop {record['_id'][:KEY_DIGITS]} is unfinished after {attempts}: ingest {place} again"


def _look_at_templates(db: Database[Record]) -> Finding:
    finding = Finding("templates", "templates are those that were learned, of a source that has documents")
    for record in db.templates.find():
        if record.get("digest", "") != templates.digest_of(line["key"] for line in record.get("lines", ())):
            finding.add(f"source {record['_id']!r}: its templates are not those that were learned")
        if db.documents.find_one({"source": record["_id"]}, {"_id": 1}) is None:
            finding.add(f"source {record['_id']!r} has templates and no documents")
    return finding


# What a record must be in itself


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """A check of each record of some collections: `find` says what is wrong with it, or None."""

    name: str
    claim: str
    of: tuple[str, ...]
    find: Callable[[Record], str | None]


def _items_add_up(drop: Record) -> str | None:
    if drop["state"] != "done":
        return None
    outcome = drop.get("outcome", {})
    total = sum(outcome.values())
    if drop.get("items") == total and min(outcome.values(), default=-1) >= 0:
        return None
    return f"{drop.get('items')} items, but outcomes of {total}"


def _provenance_is_version(record: Record) -> str | None:
    _, drop_id, index = split_version(record["version"])
    provenance = record["provenance"]
    if (provenance["drop_id"], provenance["index"]) != (drop_id, index):
        return f"its version is of item {index} of {drop_id[:KEY_DIGITS]}, its provenance is not"
    if record.get("first_version", record["version"]) > record["version"]:
        return "its first version is later than its version"
    return None


def _original_is_version(original: Record) -> str | None:
    _, drop_id, _ = split_version(original["version"])
    return None if drop_id == original["drop_id"] else "its version is of another drop"


def _revision_is_named(revision: Record) -> str | None:
    named = f"{revision['doc_id']}:{content_of(revision)}"
    return None if revision["_id"] == named else "its id is not that of its document and content"


def _run_has_ended(run: Record) -> str | None:
    if run["state"] != "running" or not Holder(run["holder"]).is_gone():
        return None
    return "its process was killed; the next run marks it"


def _run_adds_up(run: Record) -> str | None:
    counts = dict(run["counts"])
    failed = counts.pop("failed", 0)
    if run["state"] != "completed" or (run["items"] == sum(counts.values()) and not failed):
        return None
    return f"{run['items']} items read, but outcomes of {sum(counts.values())} and {failed} failed"


RECORD_CHECKS = (
    RecordCheck("items-add-up", "a drop's items are the sum of its outcomes", ("drops",), _items_add_up),
    RecordCheck("provenance", "a document names one drop and item", ("documents", "revisions"), _provenance_is_version),
    RecordCheck("origin", "an original names one drop", ("originals",), _original_is_version),
    RecordCheck(
        "revision-ids", "a revision's id is that of its document and content", ("revisions",), _revision_is_named
    ),
    RecordCheck("runs-ended", "every run has ended, or its process lives", ("runs",), _run_has_ended),
    RecordCheck("runs-add-up", "a completed run's items are the sum of its outcomes", ("runs",), _run_adds_up),
)


# What the collections say about each other


@dataclass(frozen=True, slots=True)
class Store:
    """The rows of all collections."""

    rows: dict[str, Rows]

    def are_done(self, drops: Numbers) -> Numbers:
        """Which of the drops are done: what an unfinished one has written may lack its counterpart."""
        done = self.rows["drops"]["key"][self.rows["drops"]["done"] == 1]
        return np.isin(drops, done)


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """A check of what the collections say about each other: `find` yields what is wrong."""

    name: str
    claim: str
    find: Callable[[Store], Iterator[str]]


def _cases_add_up(store: Store) -> Iterator[str]:
    drops, cases = store.rows["drops"], store.rows["quarantine"]
    standing = cases["key"][cases["standing"] == 1]
    found = np.searchsorted(standing, drops["key"], "right") - np.searchsorted(standing, drops["key"], "left")
    for i in np.flatnonzero((found != drops["quarantined"]) & (drops["done"] == 1)):
        yield f"drop {drops['key'][i]:016x}: {drops['quarantined'][i]} items quarantined, {found[i]} cases"


def _cases_known(store: Store) -> Iterator[str]:
    cases = store.rows["quarantine"]
    of_items = np.unique(cases["key"][cases["place"] == 0])
    for key in of_items[~np.isin(of_items, store.rows["drops"]["key"])]:
        yield f"cases of drop {key:016x}, which is not in the ledger"


def _runs_known(store: Store) -> Iterator[str]:
    for name, noun in (("drops", "drop"), ("quarantine", "a case of drop")):
        rows = store.rows[name]
        for key in rows["key"][(rows["run"] != 0) & ~np.isin(rows["run"], store.rows["runs"]["key"])]:
            yield f"{noun} {key:016x} was last processed by a run that is not recorded"


def _have_originals(store: Store) -> Iterator[str]:
    documents, originals = store.rows["documents"], store.rows["originals"]
    at, there = positions(originals["key"], documents["key"])
    for key in documents["key"][~there]:
        yield f"document {key:016x} has no original"
    at = at[there]
    other = originals["version"][at] != documents["version"][there]
    # The original goes first: until its drop is done, the document may still be to come.
    for key in documents["key"][there][other & store.are_done(originals["drop"][at])]:
        yield f"document {key:016x} has the original of another version"


def _have_documents(store: Store) -> Iterator[str]:
    originals, cases = store.rows["originals"], store.rows["quarantine"]
    _, there = positions(store.rows["documents"]["key"], originals["key"])
    # What the store's validator refused is in quarantine, and its original may be there.
    refused = np.isin(originals["item"], cases["item"][cases["standing"] == 1])
    for key in originals["key"][~there & ~refused & store.are_done(originals["drop"])]:
        yield f"original {key:016x} has no document"


def _drops_known(store: Store) -> Iterator[str]:
    drops = store.rows["drops"]["key"]
    for name in ("documents", "revisions", "originals"):
        rows = store.rows[name]
        for column in ("drop", "first_drop"):
            if column in rows:
                unknown = ~np.isin(rows[column], drops)
                for key, drop in zip(rows["key"][unknown], rows[column][unknown], strict=True):
                    yield f"{name.removesuffix('s')} {key:016x} is of drop {drop:016x}, which is not in the ledger"


def _revisions_in_place(store: Store) -> Iterator[str]:
    documents, revisions = store.rows["documents"], store.rows["revisions"]
    at, there = positions(documents["key"], revisions["key"])
    for key in np.unique(revisions["key"][~there]):
        yield f"document {key:016x} has revisions, but is not there"
    # While a drop is unfinished, a document may be a revision already and not yet replaced.
    if (store.rows["drops"]["done"] == 0).any():
        return
    at = at[there]
    later = revisions["arrived"][there] > documents["arrived"][at]
    same = revisions["content"][there] == documents["content"][at]
    for key in np.unique(revisions["key"][there][later | same]):
        yield f"document {key:016x} has a revision that is not earlier and other than itself"


def _none_missing(store: Store) -> Iterator[str]:
    drops = store.rows["drops"]
    # What was erased was there.
    erased = len(np.unique(store.rows["tombstones"]["document"]))
    inserted, there = int(drops["inserted"].sum()), len(store.rows["documents"]["key"]) + erased
    if inserted > there:
        yield from (f"{inserted} documents were inserted, {there} are there or erased" for _ in range(inserted - there))


def _drops_traced(store: Store) -> Iterator[str]:
    """A drop that wrote n contents is the first or the last that brought n of those there, but for two cases.

    Others may have brought the same content both before and after it (in the order of arrival): at most as many as
    span its time. And of one that brought several contents of one document, nobody knows how often they took turns.
    """
    drops = store.rows["drops"]
    # Each content that is there, or was erased, with its first and its last drop.
    content = {
        column: np.concatenate([store.rows[name][column] for name in ("documents", "revisions", "tombstones")])
        for column in ("key", "content", "drop", "first_drop", "arrived", "first_arrived")
    }
    other = content["first_drop"] != content["drop"]
    by = np.concatenate([content["drop"], content["first_drop"][other]])
    brought = np.sort(by)
    named = np.searchsorted(brought, drops["key"], "right") - np.searchsorted(brought, drops["key"], "left")
    wrote = drops["inserted"] + drops["revised"]
    short = np.flatnonzero(wrote.astype(np.int64) > named)
    if not len(short):
        return
    documents = np.concatenate([content["key"], content["key"][other]])
    pairs, times = np.unique(np.stack([documents, by]), axis=1, return_counts=True)
    took_turns = pairs[1][times > 1]
    for i in short[~np.isin(drops["key"][short], took_turns)]:
        key, time = drops["key"][i], drops["arrived"][i]
        before = (content["first_arrived"] < time) | (
            (content["first_arrived"] == time) & (content["first_drop"] < key)
        )
        after = (content["arrived"] > time) | ((content["arrived"] == time) & (content["drop"] > key))
        if int(wrote[i]) - int(named[i]) > np.count_nonzero(before & after):
            yield f"drop {key:016x} wrote {wrote[i]} states of documents, {named[i]} of them are there"


STORE_CHECKS = (
    StoreCheck("cases-add-up", "a drop's quarantined items are its cases, discarded ones included", _cases_add_up),
    StoreCheck("cases-known", "every case is of a drop in the ledger, or of a place that was unreadable", _cases_known),
    StoreCheck("runs-known", "every drop and case was last processed by a recorded run", _runs_known),
    StoreCheck("originals", "every document has its original, of the same version", _have_originals),
    StoreCheck("documents", "every original has its document, or a case", _have_documents),
    StoreCheck("drops-known", "every document, revision and original is of a drop in the ledger", _drops_known),
    StoreCheck("revisions", "every revision is an earlier content of a document that is there", _revisions_in_place),
    StoreCheck("none-missing", "as many documents are there, or erased, as drops say they inserted", _none_missing),
    StoreCheck("drops-traced", "what a drop wrote is there, in documents or revisions, or erased", _drops_traced),
)
