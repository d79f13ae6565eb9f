"""Stored documents through the current pipeline once more: what one task of a reprocessing does, without Prefect.

What a plain item is made of is stored (store/originals.py). The markup of an HTML page is not: such a document is read
from its drop, where the very bytes are still there; else its visible text is processed, and what it took the markup to
cut stays cut. What cannot be made anew stays as it is and is counted.

What is done is seen from the provenance of the documents, so nothing else remembers how far a run got: killed and run
again, it looks at what is not done yet.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bson import ObjectId
from pymongo.database import Database

from flows import whereabouts
from flows.clean_again import clean_again
from flows.limits import ITEM_SECONDS_VARIABLE, limits_from_environment, scratch_file, seconds_for_an_item
from flows.refusals import Gone, Guard
from flows.reprocess_report import Left, ReprocessReport
from flows.telemetry import timed
from flows.time_limit import OutOfTimeError, TimeLimit
from flows.whereabouts import Bytes
from locations import DropChangedError, opened
from store import copies, entities, originals, remade, templates
from store.codec import as_linked, from_record
from store.connection import Record
from store.parts import parts
from store.remade import Remade
from store.selection import Makers
from transforms import fingerprint, language, near_copies, pipeline
from transforms.boilerplate import Site
from transforms.boilerplate.line_model import MODEL as LINE_MODEL
from transforms.document import Document, Item, Reason, Rejection
from transforms.entities.model import MODEL as ENTITY_MODEL
from transforms.models import shared_models
from transforms.readers import FieldMapping, read_items

# A task run costs 10 to 20 ms of Prefect's time. Documents of one drop, which may have to be read as a whole for one of
# them, are worked on together, up to some minutes of work.
BATCH_DOCUMENTS = 64
MAX_DOCUMENTS_OF_ONE_DROP = 2000
# Documents with their originals that are held at one time, and done again if the process is killed.
_AT_ONCE = 50
# Writers race for a document; each round one of them gets done.
_MAX_TRIES = 16

# What makes documents in this installation.
MAKERS = Makers(pipeline.VERSION, LINE_MODEL, language.MODEL, ENTITY_MODEL)


@dataclass(frozen=True, slots=True)
class Made:
    """What becomes of a document: the record as it was read, and what its item becomes, or why nothing does.

    `item` is there where it was read from its drop.
    """

    record: Record
    before: Document
    after: Document | Rejection | Left
    item: Item | None = None

    @property
    def changes(self) -> bool:
        """Whether the document becomes another one."""
        return isinstance(self.after, Document) and self.after.fingerprint != self.before.fingerprint


@dataclass(frozen=True, slots=True)
class _Work:
    """What all documents of a batch are processed with.

    `sites` is what is known of the sources asked for last; `gone` are documents that are refused and not yet taken out.
    """

    db: Database[Record]
    time_limit: TimeLimit
    guard: Guard
    sites: dict[str, templates.Known] = field(default_factory=dict)
    gone: Gone = field(default_factory=dict)

    def know(self, sources: set[str]) -> None:
        """Read what is known of these sources, and what is erased by now, as far as it has changed."""
        self.guard.look()
        found = templates.known(self.db, sources, self.sites)
        self.sites.clear()
        self.sites.update(found)

    def site(self, source: str) -> Site:
        """What is known of a source."""
        return Site(self.sites[source].keys)


def reprocess(db: Database[Record], doc_ids: Sequence[str]) -> ReprocessReport:
    """Process stored documents again and say what became of them.

    Safe to repeat and to do twice at the same time. Raises PyMongoError where trying again may help.
    """
    seconds: dict[str, float] = {}
    report = ReprocessReport(documents=len(doc_ids))
    seen: set[str] = set()
    with TimeLimit(seconds_for_an_item()) as time_limit:
        work = _Work(db, time_limit, Guard(db))
        parts = _made_anew(work, doc_ids)
        while True:
            with timed(seconds, "transform"):
                part = next(parts, None)
            if part is None:
                break
            seen.update(made.record["_id"] for made in part)
            with timed(seconds, "write"):
                report += _stored(work, part)
                _erase(work, part)
    gone = len(doc_ids) - len(seen)
    whys = {Left.CHANGED.value: gone} if gone else {}
    return report + ReprocessReport(left=gone, whys=whys, seconds=seconds)


def made_anew(db: Database[Record], doc_ids: Sequence[str]) -> Iterator[Made]:
    """What becomes of stored documents, one by one, in no order. Writes nothing."""
    with TimeLimit(seconds_for_an_item()) as time_limit:
        work = _Work(db, time_limit, Guard(db))
        for part in _made_anew(work, doc_ids):
            yield from part


def settle_marked(db: Database[Record]) -> int:
    """Settle what a killed process has written and not settled; returns how many documents.

    Safe beside a process that is at it: it does the same.
    """
    count = 0
    for mark, records in remade.marked(db).items():
        by_source: dict[str, list[str]] = {}
        for record in records:
            by_source.setdefault(record["source"], []).append(record["_id"])
        _follow(db, [record["_id"] for record in records])
        for source, known in templates.known(db, by_source, {}).items():
            clean_again(db, by_source[source], known, resumed=True)
        templates.mark(db, by_source)
        remade.settled(db, mark)
        count += len(records)
    return count


# What becomes of documents


def _made_anew(work: _Work, doc_ids: Sequence[str]) -> Iterator[list[Made]]:
    of_drops: dict[str, list[str]] = {}
    for ids in parts(doc_ids, _AT_ONCE):
        part = []
        for made in _from_store(work, ids):
            if made.after is Left.NO_DROP:
                of_drops.setdefault(made.before.provenance.drop_id, []).append(made.before.doc_id)
            else:
                part.append(made)
        yield part
    for drop_id, those in of_drops.items():
        yield from _from_drop(work, drop_id, those)


def _from_store(work: _Work, doc_ids: Sequence[str]) -> Iterator[Made]:
    """What becomes of documents by what is stored of them; NO_DROP is for those that it takes the drop for."""
    for record, before, kept in _read(work, doc_ids):
        after: Document | Rejection | Left = Left.NO_DROP
        if MAKERS.made(record["provenance"]):
            after = before  # somebody else has done it
        elif MAKERS.are_older(record["provenance"]):
            after = Left.LATER
        elif kept and not kept.was_html:
            after = _processed(work, kept.item)
        yield Made(record, before, after)


def _from_drop(work: _Work, drop_id: str, doc_ids: Sequence[str]) -> Iterator[list[Made]]:
    """What becomes of documents that it takes the drop for, read from it or, without it, from what is stored."""
    found = whereabouts.of_drop(work.db, drop_id)
    rest = dict.fromkeys(doc_ids)
    if found.holding:
        for items in _items(work, found.holding, drop_id, doc_ids):
            part = []
            for record, before, _ in _read(work, list(items)):
                item = replace(items[before.doc_id], source=before.source)
                if fingerprint.doc_id(item) == before.doc_id:
                    part.append(Made(record, before, _processed(work, item), item))
                    rest.pop(before.doc_id)
            yield part
    why = Left.OTHER_ITEM if found.holding else Left.NO_DROP
    for ids in parts(list(rest), _AT_ONCE):
        yield [Made(record, before, _of_visible(work, before, kept, why)) for record, before, kept in _read(work, ids)]


def _items(work: _Work, holding: Bytes, drop_id: str, doc_ids: Sequence[str]) -> Iterator[dict[str, Item]]:
    """The items of documents, as far as the drop can be read: some at a time, by the document's id."""
    wanted: dict[int, str] = {}
    for ids in parts(doc_ids, _AT_ONCE):
        for record in work.db.documents.find({"_id": {"$in": ids}}, {"provenance.index": 1}):
            wanted[record["provenance"]["index"]] = record["_id"]
    part: dict[str, Item] = {}
    try:
        with opened(holding.file, holding.target) as content:
            if content.drop_id != drop_id:
                return  # replaced at this very moment
            items = read_items(
                content.stream,
                drop_id=drop_id,
                name=holding.file.location.rpartition("/")[2],
                source=holding.location.source or "",
                limits=limits_from_environment(),
                scratch=scratch_file,
                fields=FieldMapping.of(holding.location.fields),
            )
            while wanted:
                with work.time_limit.on_this():
                    item = next(items, None)
                if item is None:
                    break
                doc_id = wanted.pop(item.index, None) if item.index is not None else None
                if doc_id and isinstance(item, Item):
                    part[doc_id] = item
                if len(part) >= _AT_ONCE:
                    content.check()
                    yield part
                    part = {}
            content.check()
    except (OSError, DropChangedError, OutOfTimeError):
        # What was not read is left; of a drop that changes under our eyes, the last items are not to be trusted.
        return
    if part:
        yield part


def _read(work: _Work, doc_ids: Sequence[str]) -> Iterator[tuple[Record, Document, originals.Kept | None]]:
    """The documents that are there still, each with the item as it is stored."""
    ids = {"_id": {"$in": list(doc_ids)}}
    records = list(work.db.documents.find(ids))
    kept = {original["_id"]: original for original in work.db.originals.find(ids)}
    work.know({record["source"] for record in records})
    for record in records:
        # As linking gave it: what a person has corrected is applied when it is written.
        document = from_record(as_linked(record))
        original = kept.pop(document.doc_id, None)
        yield record, document, originals.kept_item(original, document) if original else None


def _processed(work: _Work, item: Item) -> Document | Rejection:
    try:
        with work.time_limit.on_this():
            made = pipeline.process(item, shared_models(), work.site(item.source))
        return _unless_erased(work, made)
    except OutOfTimeError:
        return _late(work, item)


def _of_visible(work: _Work, before: Document, kept: originals.Kept | None, why: Left) -> Document | Rejection | Left:
    """What becomes of the document of a page by its visible text, where that is more than it is now."""
    provenance = before.provenance
    of_today = (provenance.pipeline, provenance.language_model) == (MAKERS.pipeline, MAKERS.language_model)
    if kept is None or (of_today and provenance.entity_model in {MAKERS.entity_model, None}):
        return why
    try:
        with work.time_limit.on_this():
            made = pipeline.process_visible(kept.item, before, shared_models(), work.site(before.source))
        return _unless_erased(work, made)
    except OutOfTimeError:
        return _late(work, kept.item)


def _unless_erased(work: _Work, made: Document | Rejection) -> Document | Rejection:
    """A document that is found only now to name a person who was erased is refused, as it would be at pickup."""
    return (work.guard.refuses(made, work.gone) or made) if isinstance(made, Document) else made


def _late(work: _Work, item: Item) -> Rejection:
    seconds = work.time_limit.seconds
    detail = f"an item took longer than {seconds:g} s, the limit ({ITEM_SECONDS_VARIABLE}), to process"
    return pipeline.reject(item, Reason.OUT_OF_TIME, detail)


# Writing it


def _stored(work: _Work, part: Sequence[Made]) -> ReprocessReport:
    """Write what became of documents, and what follows from it."""
    reasons: Counter[str] = Counter()
    whys: Counter[str] = Counter()
    waiting: dict[str, Made] = {}
    unchanged = 0
    for made in part:
        if isinstance(made.after, Rejection):
            reasons[made.after.reason.value] += 1
        elif isinstance(made.after, Left):
            whys[made.after.value] += 1
        elif made.after is made.before:
            unchanged += 1
        else:
            waiting[made.before.doc_id] = made
    changed = 0
    mark = ObjectId()
    written: list[Made] = []
    for _ in range(_MAX_TRIES):
        writes = [
            Remade(made.record, made.after, made.item) for made in waiting.values() if isinstance(made.after, Document)
        ]
        lost, refused = remade.replace(work.db, writes, mark)
        reasons.update(reason.value for reason, _ in refused.values())
        done = [made for doc_id, made in waiting.items() if doc_id not in lost and doc_id not in refused]
        written += done
        changed += sum(made.changes for made in done)
        waiting = _once_more(work.db, {doc_id: waiting[doc_id] for doc_id in lost})
        if not waiting:
            break
    _settle(work, written, mark)
    unchanged += len(written) - changed
    others = len(part) - changed - unchanged - reasons.total() - whys.total()
    whys.update({Left.CHANGED.value: others} if others else {})
    return ReprocessReport(
        changed=changed,
        unchanged=unchanged,
        rejected=reasons.total(),
        left=whys.total(),
        reasons=reasons,
        whys=whys,
    )


def _erase(work: _Work, part: Sequence[Made]) -> None:
    """Take out the documents that are refused: that were, and those that somebody had erased while we wrote them."""
    if work.guard.look():
        for made in part:
            if isinstance(made.after, Document):
                work.guard.refuses(made.after, work.gone)
    if work.gone:
        work.guard.clear(work.gone)
        copies.follow(work.db, list(work.gone), near_copies)
        work.gone.clear()


def _once_more(db: Database[Record], lost: Mapping[str, Made]) -> dict[str, Made]:
    """Those that somebody else has changed, as they are now, where they are made of the same delivery still."""
    now = db.documents.find({"_id": {"$in": list(lost)}}) if lost else ()
    return {
        record["_id"]: replace(lost[record["_id"]], record=record, before=from_record(as_linked(record)))
        for record in now
        if record["version"] == lost[record["_id"]].record["version"] and not MAKERS.are_older(record["provenance"])
    }


def _settle(work: _Work, written: Sequence[Made], mark: ObjectId) -> None:
    if not written:
        return
    by_source: dict[str, list[str]] = {}
    for made in written:
        by_source.setdefault(made.before.source, []).append(made.before.doc_id)
    _follow(work.db, [made.before.doc_id for made in written])
    used = {source: work.sites[source].digest for source in by_source}
    for source in templates.note(work.db, used):
        clean_again(work.db, by_source[source], templates.known(work.db, [source], {})[source])
    remade.settled(work.db, mark)


def _follow(db: Database[Record], doc_ids: Sequence[str]) -> None:
    """Have revisions, copies and entities be what these documents say now."""
    remade.settle_revisions(db, doc_ids)
    copies.follow(db, doc_ids, near_copies)
    entities.settle(db, doc_ids)
