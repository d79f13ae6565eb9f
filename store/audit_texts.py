"""The part of the audit that takes the texts: what is stored of a document fits its original and its fingerprint."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pymongo.database import Database

from store import codec, originals
from store.audit_rows import KEY_DIGITS
from store.connection import Record
from store.flags import flags_of
from store.parts import parts
from transforms.document import Document, Item

# Records with their texts that are held at one time.
_AT_ONCE = 100
# Documents whose texts are read where nobody asks for all of them: some seconds' work.
SAMPLE = 200
_KEYS = 16**KEY_DIGITS
# BSON keeps milliseconds of the time that the fingerprint was made with.
_MICROSECONDS_LOST = 1000
_DAMAGED = (AttributeError, IndexError, KeyError, TypeError, ValueError, zlib.error)


@dataclass(frozen=True, slots=True)
class Judge:
    """What the store does not know: how a fingerprint and an id are made, and by which pipeline they are made so."""

    fingerprint: Callable[[Document], str]
    doc_id: Callable[[Item], str]
    pipeline: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A record of `documents` with that of its original, or one of `revisions`, whose originals are not kept."""

    noun: str
    record: Record
    original: Record | None


@dataclass(frozen=True, slots=True)
class TextCheck:
    """A check of a document with its texts: `find` says what is wrong with it, or None."""

    name: str
    claim: str
    find: Callable[[Subject, Judge], str | None]

    def look(self, subject: Subject, judge: Judge) -> str | None:
        """What is wrong with the document. A record that cannot be made sense of is."""
        try:
            return self.find(subject, judge)
        except _DAMAGED as error:
            return f"its record is damaged ({type(error).__name__}: {error})"


def everything(db: Database[Record]) -> Iterator[Subject]:
    """All documents, with their originals, and all revisions."""
    for records in parts(db.documents.find(), _AT_ONCE):
        yield from _with_originals(db, records)
    for record in db.revisions.find():
        yield Subject(f"revision {record['_id'][:KEY_DIGITS]}", {**record, "_id": record["doc_id"]}, None)


def share_of_today(count: int, now: datetime) -> Callable[[str], bool]:
    """Which ids belong to the sample of a day: some SAMPLE of `count`, others each day until all have had their turn.

    Ids are digests, so as many lie between any two numbers as between any others. All, where there are fewer.
    """
    days = max(count // SAMPLE, 1)
    start, width = now.toordinal() % days, _KEYS // days
    return lambda doc_id: int(doc_id[:KEY_DIGITS], 16) // width % days == start


def some(db: Database[Record], ids: list[str]) -> Iterator[Subject]:
    """These documents, with their originals."""
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        yield from _with_originals(db, list(db.documents.find({"_id": {"$in": part}})))


def _with_originals(db: Database[Record], records: list[Record]) -> Iterator[Subject]:
    found = db.originals.find({"_id": {"$in": [record["_id"] for record in records]}})
    originals = {original["_id"]: original for original in found}
    for record in records:
        yield Subject(f"document {record['_id'][:KEY_DIGITS]}", record, originals.get(record["_id"]))


def is_verifiable(subject: Subject, judge: Judge) -> bool:
    """Whether the fingerprint can be made again: by our pipeline, from a time that the store has not rounded."""
    published_at = subject.record.get("published_at")
    rounded = isinstance(published_at, datetime) and published_at.microsecond != 0
    return subject.record["provenance"]["pipeline"] == judge.pipeline and not rounded


def _text(subject: Subject, _judge: Judge) -> str | None:
    if subject.original is None or subject.original["version"] != subject.record["version"]:
        return None  # the check `originals` knows whether that may be
    original = zlib.decompress(subject.original["original"]).decode()
    kept, end = [], 0
    for span in subject.record["boilerplate"]:
        kept.append(original[end : span["start"]])
        end = span["end"]
    kept.append(original[end:])
    return None if "".join(kept) == subject.record["text"] else "its text is not its original without what was cut"


def _item(subject: Subject, judge: Judge) -> str | None:
    if subject.original is None or subject.original["version"] != subject.record["version"]:
        return None
    kept = originals.kept_item(subject.original, codec.from_record(subject.record))
    same = kept is None or judge.doc_id(kept.item) == subject.record["_id"]
    return None if same else "what its original came with makes another document"


def _names(subject: Subject, _judge: Judge) -> str | None:
    text = subject.record["text"]
    for entity in subject.record["entities"]:
        for mention in entity["mentions"]:
            if text[mention["start"] : mention["end"]] != mention["surface"]:
                return f"{mention['surface']!r} is not at {mention['start']} of its text"
    return None


def _segments(subject: Subject, _judge: Judge) -> str | None:
    end = 0
    for segment in subject.record["segments"]:
        if not end <= segment["start"] < segment["end"] <= len(subject.record["text"]):
            return f"its segment {segment['start']} to {segment['end']} overlaps another or the end of the text"
        end = segment["end"]
    return None


def _languages(subject: Subject, _judge: Judge) -> str | None:
    record = subject.record
    tags = codec.search_languages(record["language"], (segment["tag"] for segment in record["segments"]))
    # Only in a store from before there was the field may it be missing; `ensure` fills it in.
    return None if record.get("languages", tags) == tags else "it is found by other languages than it is in"


def _flags(subject: Subject, _judge: Judge) -> str | None:
    record = subject.record
    flags = list(flags_of(codec.from_record(record)))
    # As above; and what was a revision by then has none.
    return None if record.get("flags", flags) == flags else "it is found by other flags than it has"


def _publication(subject: Subject, _judge: Judge) -> str | None:
    for name, words in (("published", "publication"), ("updated", "update")):
        known = {subject.record.get(f"{name}_{part}") is not None for part in ("at", "precision", "origin")}
        if len(known) > 1 or (True not in known and subject.record.get(f"{name}_zone") is not None):
            return f"the time of its {words} is known in part"
    return None


def _origins(subject: Subject, _judge: Judge) -> str | None:
    # Records of pipelines 1 and 2 do not say where their facts came from.
    for name, origin in subject.record.get("origins", {}).items():
        if (origin is None) != (subject.record.get(name) in (None, [])):
            return f"of its {name} it is known where it came from, or what it is, and not both"
    return None


def _fingerprint(subject: Subject, judge: Judge) -> str | None:
    if not is_verifiable(subject, judge):
        return None
    document = codec.from_record(codec.as_linked(subject.record))
    if any(judge.fingerprint(moment) == document.fingerprint for moment in _as_it_may_have_been(document)):
        return None
    return "its content is not the one that its fingerprint was made of"


def _as_it_may_have_been(document: Document) -> Iterable[Document]:
    yield document
    published = document.published
    if published and published.precision == "second":
        for lost in range(1, _MICROSECONDS_LOST):
            yield replace(document, published=replace(published, at=published.at + timedelta(microseconds=lost)))


CHECKS = (
    TextCheck("texts", "a document's text is its original without what was cut", _text),
    TextCheck("items", "an original came with what makes its document", _item),
    TextCheck("names", "every mention of a name stands in the text where it says", _names),
    TextCheck("segments", "the segments lie in the text, one after the other", _segments),
    TextCheck("languages", "a document is found by the languages that it is in", _languages),
    TextCheck("flags", "a document is found by the quality flags that it has", _flags),
    TextCheck("publication", "times of publication and update are known with precision and origin", _publication),
    TextCheck("origins", "of every title, author, section and age rating it is known where it came from", _origins),
    TextCheck("fingerprints", "a document's content is the one that its fingerprint was made of", _fingerprint),
)
