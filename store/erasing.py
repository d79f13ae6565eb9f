"""Erasing: what an erasure concerns is found, and taken out of every collection.

Tombstones go before deletions, and the record in `documents` goes last of all that is known of a document. So a crash
leaves nothing that comes back, and what is left is found by the same questions again. A document is deleted on the
condition that it is the one whose tombstone was written: of what somebody writes at this moment, the next look takes
notice.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pymongo import DeleteOne
from pymongo.database import Database

from store import changes, due, ledger, originals, templates
from store.connection import Record
from store.erasures import MARKED, Standing, bury, looked_up, mark, marks_of, tombstone_of_case, tombstones_of, value_of
from store.parts import parts
from store.quarantine import STANDING, WORDS, case_id, storable
from transforms.document import EXCERPT_CHARACTERS

# Documents that are erased in one go, and records whose texts are held.
_AT_ONCE = 100
# Of a document, so many of its longest lines are looked for afterwards; shorter ones stand in many texts.
_LINES = 3
_LINE_CHARACTERS = 40
_TITLES = 20
_ADDRESS = re.compile(r"https?://[^\s\"'<>\\«»]+")


class Naming(Protocol):
    """Which names a text holds; `transforms.entities.naming.Reader` is one."""

    def runs(self, text: str, lengths: Collection[int]) -> Iterator[str]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Names:
    """The names that an erasure is about: their runs, and how a text is searched for them."""

    wanted: frozenset[str]
    naming: Naming

    @classmethod
    def of(cls, marks: Iterable[str], naming: Naming) -> "Names":
        """The names among these marks."""
        pairs = map(value_of, marks)
        return cls(frozenset(value for kind, value in pairs if kind == "name"), naming)

    def are_in(self, text: str) -> bool:
        """Whether a text holds one of them."""
        lengths = {len(one.split()) for one in self.wanted}
        return bool(lengths) and not self.wanted.isdisjoint(self.naming.runs(text, lengths))


@dataclass(slots=True)
class Evidence:
    """What is known of the documents that are erased, and must be found nowhere afterwards.

    `items` are drops with indexes (`<drop>:4`), `lines` and `excerpts` digests of texts.
    """

    ids: set[str] = field(default_factory=set)
    urls: set[str] = field(default_factory=set)
    items: set[str] = field(default_factory=set)
    lines: set[bytes] = field(default_factory=set)
    excerpts: set[bytes] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    titles: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def drops(self) -> set[str]:
        """The drops that brought them, as far as the store knows."""
        return {item.rpartition(":")[0] for item in self.items}


def digest_of(text: str) -> bytes:
    """What tells a line or an excerpt from others."""
    return hashlib.blake2b(text.strip().encode("utf-8", "surrogatepass"), digest_size=16).digest()


# What an erasure concerns

# Of each kind of mark: the questions to `documents` (and `revisions`, where the id is `doc_id`).
_QUERIES: Mapping[str, Callable[[str], tuple[Record, ...]]] = {
    "document": lambda value: ({"_id": value},),
    "url": lambda value: ({"url": value},),
    "source": lambda value: ({"source": value},),
    "entity": lambda value: ({"entities.id": value}, {"linked.id": value}),
}


def concerned(db: Database[Record], marks: Sequence[str], names: Names) -> set[str]:
    """The ids of the documents that an erasure concerns, by what they or their earlier states are or name.

    Names are looked for in all texts, in what was cut of them, too.
    """
    found: set[str] = set()
    for kind, value in map(value_of, marks):
        for query in _QUERIES[kind](value) if kind in _QUERIES else ():
            found |= {record["_id"] for record in db.documents.find(query, {"_id": 1})}
            earlier = {"doc_id": value} if kind == "document" else query
            found |= {record["doc_id"] for record in db.revisions.find(earlier, {"doc_id": 1})}
    if names.wanted:
        for collection, key in (("documents", "_id"), ("revisions", "doc_id")):
            for record in db[collection].find({}, {key: 1, "title": 1, "text": 1, "authors": 1}):
                words = (record["title"] or "", *record["authors"], record["text"])
                if record[key] not in found and names.are_in("\n".join(words)):
                    found.add(record[key])
        # Those without a document are looked at by `strays`.
        named = (
            record["_id"]
            for record in db.originals.find()
            if record["_id"] not in found and names.are_in(_with_item(record))
        )
        for page in pages(named):
            found |= {record["_id"] for record in db.documents.find({"_id": {"$in": page}}, {"_id": 1})}
    return found


def _with_item(original: Record) -> str:
    item = original.get("item", {})
    return "\n".join([str(item.get("title") or ""), *map(str, item.get("authors", ())), originals.text_of(original)])


def pages(ids: Iterable[str]) -> Iterator[list[str]]:
    """Ids in parts that are erased in one go."""
    return parts(ids, _AT_ONCE)


def gather(db: Database[Record], ids: Iterable[str], evidence: Evidence) -> None:
    """Note what must be found nowhere once these documents are erased."""
    for page in pages(sorted(ids)):
        evidence.ids.update(page)
        there = {"_id": {"$in": page}}
        states = [*db.documents.find(there), *db.revisions.find({"doc_id": {"$in": page}})]
        for record in states:
            evidence.sources.add(record["source"])
            evidence.urls.update([record["url"]] if record["url"] else [])
            evidence.items.update(map(item_of, {record["version"], record.get("first_version", record["version"])}))
            lines = {line.strip() for line in record["text"].splitlines() if len(line.strip()) >= _LINE_CHARACTERS}
            evidence.lines.update(map(digest_of, sorted(lines, key=len)[-_LINES:]))
            if "doc_id" not in record and len(evidence.titles) < _TITLES:
                evidence.titles.append((record["_id"], record["source"], record["title"] or record["text"][:80]))
        for record in db.originals.find(there):
            evidence.items.add(item_of(record["version"]))
            evidence.excerpts.add(digest_of(storable(originals.text_of(record)[:EXCERPT_CHARACTERS])))
            if url := record.get("item", {}).get("url"):
                evidence.urls.add(url)


def item_of(version: str) -> str:
    """The item that a version names, as cases name it: `<drop>:4`."""
    _, drop_id, index = version.split()
    return case_id(drop_id, int(index))


def addresses_in(words: str) -> list[str]:
    """The web addresses in a text."""
    return [address.rstrip(".,;:!?)]") for address in _ADDRESS.findall(words)]


def cases_concerned(db: Database[Record], marks: Sequence[str], names: Names, evidence: Evidence) -> Iterator[str]:
    """The ids of the cases in quarantine that an erasure concerns.

    By the item, by the source, or by their words: the same excerpt, an address, a name.
    """
    own = set(marks)
    urls = evidence.urls | {value for kind, value in map(value_of, marks) if kind == "url"}
    for case in db.quarantine.find({"state": {"$in": ["open", "discarded", "expired", "resolved"]}}):
        note = case.get("discarded", {}).get("note")
        words = [str(one) for one in (*(case.get(name) for name in WORDS), note) if one]
        if (
            case["_id"] in evidence.items
            or mark("source", case.get("source")) in own
            or (case.get("excerpt") and digest_of(case["excerpt"]) in evidence.excerpts)
            or any(url in word for word in words for url in urls)
            or names.are_in("\n".join(words))
        ):
            yield case["_id"]


# Taking it out


def empty_cases(db: Database[Record], now: Standing, number: int, cases: Collection[str]) -> int:
    """Leave of these cases only that there was one; those that were resolved go. Returns how many."""
    bury(db, number, [tombstone_of_case(now, number, case) for case in cases])
    for page in pages(sorted(cases)):
        these: Record = {"_id": {"$in": page}}
        gone: Record = dict.fromkeys((*WORDS, "source", "discarded"), "")
        standing = {**these, "state": {"$in": list(STANDING)}}
        db.quarantine.update_many(standing, {"$set": {"state": "erased"}, "$unset": gone})
        db.quarantine.delete_many({**these, "state": "resolved"})
    return len(cases)


def remove(db: Database[Record], now: Standing, number: int, ids: Iterable[str]) -> dict[str, int]:
    """Take documents out of `documents`, `originals` and `revisions`; returns how many records went.

    What they named and where they came from is to be counted and learned again; the copies are for the caller to
    follow. What somebody has written at this moment may be left, for another look.
    """
    counts = dict.fromkeys(("revisions", "originals", "documents"), 0)
    fields = {**MARKED, **dict.fromkeys(("doc_id", "version", "first_version", "fingerprint", "former"), 1)}
    for page in pages(sorted(set(ids))):
        there = {"_id": {"$in": page}}
        stored = list(db.documents.find(there, fields))
        earlier = list(db.revisions.find({"doc_id": {"$in": page}}, fields))
        states = [(record["_id"], record) for record in stored] + [(record["doc_id"], record) for record in earlier]
        bury(db, number, [tombstones_of(now, number, record, doc_id) for doc_id, record in states])
        pairs = [value_of(one) for _, record in states for one in marks_of(record)]
        named = {value for kind, value in pairs if kind == "entity"}.union(*(one.get("former", ()) for one in stored))
        sources = {value for kind, value in pairs if kind == "source"}
        # Before it, for whoever is killed; after it, as somebody may have counted or learned meanwhile.
        due.mark(db, named)
        templates.mark(db, sources)
        changes.erased(db, page)
        counts["originals"] += db.originals.delete_many(there).deleted_count
        # What was written since, and is no tombstone's, stays for the next look.
        for name, records in (("revisions", earlier), ("documents", stored)):
            same = [{key: one[key] for key in ("_id", "version", "fingerprint")} for one in records]
            if same:
                counts[name] += db[name].bulk_write([DeleteOne(one) for one in same], ordered=False).deleted_count
        due.mark(db, named)
        templates.mark(db, sources)
        # Somebody who wrote one meanwhile may have noted it; and one that stands, or stands again, is no tombstone.
        changes.erased(db, without_document(db, page))
        changes.note(db, page)
    return counts


def strays(db: Database[Record], now: Standing, names: Names, items: Collection[str]) -> tuple[int, list[str]]:
    """Take out what a worker left who was killed: originals without a document. Returns how many, and lone copies.

    Of erased items and documents, of those with a name of the erasure, and of drops that nobody works on: these are
    read again. The copies are for the caller to follow.
    """
    count = 0
    for page in pages(record["_id"] for record in db.originals.find({}, {"_id": 1})):
        lone = without_document(db, page)
        if not lone:
            continue
        erased = looked_up(db, now, [mark("document", one) for one in lone])
        gone = [
            original["_id"]
            for original in db.originals.find({"_id": {"$in": lone}})
            if mark("document", original["_id"]) in erased
            or item_of(original["version"]) in items
            or names.are_in(_with_item(original))
            or _is_abandoned(db, original["drop_id"])
        ]
        # A document may have come meanwhile.
        gone = without_document(db, gone)
        count += db.originals.delete_many({"_id": {"$in": gone}}).deleted_count if gone else 0
    copies = [
        one
        for page in pages(record["_id"] for record in db.copies.find({}, {"_id": 1}))
        for one in without_document(db, page)
    ]
    return count, copies


def without_document(db: Database[Record], ids: list[str]) -> list[str]:
    """Those of the ids that no document has."""
    there = {record["_id"] for record in db.documents.find({"_id": {"$in": ids}}, {"_id": 1})}
    return [one for one in ids if one not in there]


def _is_abandoned(db: Database[Record], drop_id: str) -> bool:
    drop = db.drops.find_one({"_id": drop_id})
    return drop is not None and drop["state"] == "claimed" and not ledger.is_held(db, drop)


def corrections_concerned(db: Database[Record], marks: Sequence[str], names: Names) -> list[int]:
    """The numbers of the corrections that name an erased person."""
    persons = {value for kind, value in map(value_of, marks) if kind == "entity"}
    return [
        record["_id"]
        for record in (db.corrections.find({"kind": {"$in": ["merge", "split", "rename"]}}) if persons else ())
        if {record["entity"], record.get("into")} & persons
        or names.are_in("\n".join([*record.get("names", ()), record["reason"]]))
    ]


def empty_corrections(db: Database[Record], marks: Sequence[str], names: Names) -> int:
    """Leave of the corrections that name an erased person only that there was one. Returns how many."""
    gone = corrections_concerned(db, marks, names)
    if gone:
        spent = dict.fromkeys(("entity", "into", "names", "keys", "pending"), "")
        change: Record = {"$set": {"kind": "erased", "reason": ""}, "$unset": spent}
        # Another one may be called after them. Marked before in case of a kill, after because of who counts just now.
        called = [one["entity"] for one in db.corrections.find({"_id": {"$in": gone}, "kind": "rename"})]
        due.mark(db, called)
        db.corrections.update_many({"_id": {"$in": gone}}, change)
        due.mark(db, called)
    return len(gone)


def held(db: Database[Record], drops: Iterable[str]) -> list[str]:
    """Those of these drops that somebody works on still."""
    found: list[str] = []
    for page in pages(sorted(drops)):
        claimed: list[dict[str, Any]] = list(db.drops.find({"_id": {"$in": page}}))
        found += [record["_id"] for record in claimed if ledger.is_held(db, record)]
    return found
