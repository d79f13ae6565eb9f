"""Learning the templates of a source, and cleaning its documents anew by them."""

import time
from collections.abc import Collection, Iterable, Sequence

from pymongo.database import Database

from flows.run_report import Learned, RunReport
from store import copies, documents, entities, originals, templates
from store.codec import from_record
from store.connection import Record
from store.parts import parts
from transforms import near_copies, pipeline
from transforms.boilerplate import Site
from transforms.boilerplate.collapsed import lines_of
from transforms.boilerplate.templates import VERSION, learn, line_keys
from transforms.document import Document
from transforms.models import Models, shared_models

# Originals that are held at one time.
_AT_ONCE = 50
# Where more documents come while we learn, we learn again; the next run learns what comes later.
_MAX_ROUNDS = 3
# Writers race for a document; each round one of them gets done.
_MAX_TRIES = 16


def learn_sources(db: Database[Record], sources: Iterable[str]) -> RunReport:
    """Learn the templates of these sources, as far as nobody else does, and say what came of it."""
    start = time.perf_counter()
    learned = sum((learn_source(db, source) for source in templates.worth_learning(db, sources)), Learned())
    return RunReport(learned=learned, seconds={"learn": time.perf_counter() - start})


def learn_source(db: Database[Record], source: str) -> Learned:
    """Learn the templates of a source from its sample, and clean those documents anew for which they are news.

    What a try before this one has left undone is done, too. Ends early where somebody else does the same.
    """
    report = Learned()
    for _ in range(_MAX_ROUNDS):
        turn = templates.take_turn(db, source)
        resumed = bool(turn.touched)
        sample = templates.sample(db, turn, VERSION)
        if not sample.ids:
            templates.forget(db, turn)
            break
        if sample.digest != turn.learned_from:
            before = turn.known.digest
            ours = templates.learned(db, turn, sample, _lines(db, sample))
            if ours is None:
                return report
            turn = ours
            if turn.known.digest != before:
                report += Learned(sources=1, templates=len(turn.known.keys))
        if turn.touched:
            for ids, reached in templates.pages(db, turn):
                report += clean_again(db, ids, turn.known, touched=turn.touched, resumed=resumed)
                if not templates.advance(db, turn, reached):
                    return report
        if _is_finished(db, turn, sample):
            break
    return report


def _is_finished(db: Database[Record], turn: templates.Turn, sample: templates.Sample) -> bool:
    finished = templates.finish(db, turn)
    if finished and len(sample.ids) == 1:
        # As it is where there never was another document (templates.worth_learning).
        templates.forget(db, turn)
    return finished


def clean_again(
    db: Database[Record],
    ids: Sequence[str],
    known: templates.Known,
    *,
    touched: Collection[str] | None = None,
    resumed: bool = False,
) -> Learned:
    """Clean documents by what is known of their source now; with `touched`, only those that hold such a line.

    Documents that another pipeline made are left: what else it would make of them, an upgrade decides. With `resumed`,
    the copies and entities of those that need no change are seen to, too: who changed them may have been killed
    before.
    """
    site, models = Site(known.keys), shared_models()
    report = Learned()
    for part in parts(ids, _AT_ONCE):
        changed: set[str] = set()
        followed: set[str] = set()
        waiting = part
        for _ in range(_MAX_TRIES):
            found = {
                original["_id"]: original
                for original in db.originals.find({"_id": {"$in": waiting}})
                if touched is None or _holds(original, touched)
            }
            followed |= found.keys() if resumed else set()
            cleaned, left = _clean(db, found, site, models)
            waiting = sorted(documents.replace_cleaned(db, cleaned))
            changed |= {document.doc_id for _, document in cleaned}.difference(waiting)
            report += Learned(left=left)
            if not waiting:
                break
        copies.follow(db, changed | followed, near_copies)
        entities.settle(db, changed | followed)
        report += Learned(documents=len(changed))
    return report


def _lines(db: Database[Record], sample: templates.Sample) -> list[templates.Line]:
    """What recurs on the originals of a sample."""
    texts = [
        [line.text for line in lines_of(originals.text_of(original))]
        for part in parts(sample.ids, _AT_ONCE)
        for original in db.originals.find({"_id": {"$in": part}})
    ]
    return [templates.Line(found.key, found.line, found.documents) for found in learn(texts)]


def _holds(original: Record, touched: Collection[str]) -> bool:
    lines = lines_of(originals.text_of(original))
    return any(templates.hash_of(key) in touched for key in line_keys([line.text for line in lines]))


def _clean(
    db: Database[Record], found: dict[str, Record], site: Site, models: Models
) -> tuple[list[tuple[Record, Document]], int]:
    """The records that change, each with its document as it is to be; and how many cannot be cleaned anew."""
    cleaned: list[tuple[Record, Document]] = []
    left = 0
    records = db.documents.find({"_id": {"$in": list(found)}}) if found else ()
    for record in records:
        document = from_record(record)
        kept = originals.kept_item(found[document.doc_id], document)
        if kept is None or document.provenance.pipeline != pipeline.VERSION:
            left += 1
            continue
        made = pipeline.reclean(kept.item, document, models, site, was_html=kept.was_html)
        if isinstance(made, Document) and made.fingerprint != document.fingerprint:
            cleaned.append((record, made))
    return cleaned, left
