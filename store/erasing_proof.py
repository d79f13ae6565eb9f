"""The proof of an erasure: every collection is read to the end, and what was erased is looked for in each record.

Ids, addresses and entities wherever they stand, names in any spelling of which a text is known, and the longest lines
of the texts, also in what is stored compressed. Collections that Dropwire knows nothing of are read, too.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pymongo.database import Database

from store import originals
from store.connection import Record
from store.erasing import Evidence, Names, addresses_in, digest_of
from store.erasures import value_of

# Enough to see where it is; the count says how much.
MAX_EXAMPLES = 5
# The id of a document, alone or inside another one (`<id>:<content>`).
_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
# Where drops lie is the operator's own: the report names these places instead. The rest is ours, in the clear until all
# is done.
_ASIDE: Mapping[str, frozenset[str]] = {
    "drops": frozenset({"seen"}),
    "runs": frozenset({"parameters"}),
    "erasures": frozenset({"target", "waiting", "reason"}),
}
# Where the source of a text stands. Elsewhere its name is a statistic or a location.
_OF_SOURCE = frozenset({"documents", "revisions", "copies", "quarantine", "observations"})
_BY_SOURCE = frozenset({"templates", "unlearned", "drift"})
# Whose lines are those of an article.
_TEXTS = frozenset({"documents", "revisions", "originals"})


@dataclass(slots=True)
class Searched:
    """A collection that was read: how many records, in how many of them something was found, and in which first."""

    collection: str
    records: int = 0
    found: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, where: str) -> None:
        """Note a record in which something was found."""
        self.found += 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.append(where)


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found: by collection, and the ids of other documents that have lines of an erased text."""

    searched: tuple[Searched, ...]
    copies: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing of what was erased is left."""
        return not any(one.found for one in self.searched)


@dataclass(frozen=True, slots=True)
class _Traces:
    """What is looked for."""

    ids: frozenset[str]
    urls: frozenset[str]
    entities: frozenset[str]
    sources: frozenset[str]
    lines: frozenset[bytes]
    names: Names

    def in_words(self, words: str) -> str | None:
        """What of it is in a text, but for its lines; None where nothing is."""
        if words in self.entities:
            return "an entity"
        if not self.ids.isdisjoint(_ID.findall(words)):
            return "a document's id"
        if self.urls and (words in self.urls or not self.urls.isdisjoint(addresses_in(words))):
            return "an address"
        return "a name" if self.names.are_in(words) else None

    def has_line_in(self, words: str) -> bool:
        """Whether one of the lines is in a text."""
        return bool(self.lines) and not self.lines.isdisjoint(map(digest_of, words.splitlines()))


def prove(db: Database[Record], marks: Sequence[str], names: Names, evidence: Evidence) -> Proof:
    """Look for everything that was erased, in everything that is stored. Reads the whole store; locks nothing."""
    values: dict[str, set[str]] = {}
    for kind, value in map(value_of, marks):
        values.setdefault(kind, set()).add(value)
    traces = _Traces(
        ids=frozenset(evidence.ids | values.get("document", set())),
        urls=frozenset(evidence.urls | values.get("url", set())),
        entities=frozenset(values.get("entity", ())),
        sources=frozenset(values.get("source", ())),
        lines=frozenset(evidence.lines),
        names=names,
    )
    searched: list[Searched] = []
    copies: set[str] = set()
    for name in sorted(db.list_collection_names()):
        one = Searched(name)
        for record in db[name].find():
            one.records += 1
            what, has_line = _search(name, record, traces)
            if what:
                one.add(f"{record['_id']}: {what}")
            elif has_line and name in _TEXTS:
                copies.add(str(record.get("doc_id", record["_id"])))
            elif has_line:
                one.add(f"{record['_id']}: a line of its text")
        searched.append(one)
    return Proof(tuple(searched), tuple(sorted(copies)))


def _search(name: str, record: Record, traces: _Traces) -> tuple[str | None, bool]:
    """What was found in a record, and whether a line was."""
    source = record["_id"] if name in _BY_SOURCE else record.get("source") if name in _OF_SOURCE else None
    if source in traces.sources:
        return "the source", False
    aside = _ASIDE.get(name, frozenset())
    if name == "changes" and record["happened"] == "erased":
        # A tombstone for those who keep a copy: without the id they could not tell what to delete.
        aside = frozenset({"doc_id"})
    has_line = False
    for words in _words(name, {key: value for key, value in record.items() if key not in aside}):
        if what := traces.in_words(words):
            return what, False
        has_line = has_line or traces.has_line_in(words)
    return None, has_line


def _words(name: str, record: Record) -> Iterator[str]:
    yield from _strings(record)
    if name == "originals":
        yield originals.text_of(record)


def _strings(value: Any) -> Iterator[str]:
    """All strings in a record, keys of fields that are data included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from value
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, Iterable) and not isinstance(value, bytes):
        for each in value:
            yield from _strings(each)
