"""What would be stored, without a store: files or lines on stdin to documents."""

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

from flows.limits import limits_from_environment, scratch_file
from store import codec
from store.templates import SAMPLE
from transforms import fingerprint, pipeline
from transforms.boilerplate import Site
from transforms.boilerplate.collapsed import lines_of
from transforms.boilerplate.evidence import LineEvidence
from transforms.boilerplate.explaining import explain
from transforms.boilerplate.templates import Template, learn
from transforms.document import Document, Item, Reason, Rejection, Step
from transforms.models import shared_models
from transforms.readers import read_items

# A stream cannot be read twice, once for its hash and once for its items.
NO_DROP = "0" * 64
STDIN = "-"


@dataclass(frozen=True, slots=True)
class Previewed:
    """One item of a preview: where it came from, its text if it could be read, and what it becomes."""

    location: str
    item: Item | None
    result: Document | Rejection
    # What is known of the item's source.
    site: Site | None = None

    def explanation(self) -> tuple[LineEvidence, ...]:
        """For each line of the original what decided whether it is kept; none where nothing could be read."""
        return explain(self.item, self.site, shared_models().lines) if self.item else ()

    def as_json(self) -> dict[str, Any]:
        """The document as it would be stored, or `rejected` with the reason; `id` as it was given."""
        given_id = self.item.given_id if self.item else None
        if isinstance(self.result, Document):
            return {"id": given_id, "location": self.location, **codec.to_record(self.result)}
        rejection = self.result
        return {
            "id": rejection.given_id if given_id is None else given_id,
            "location": self.location,
            "rejected": {
                "step": rejection.step.value,
                "reason": rejection.reason.value,
                "detail": rejection.detail,
                "index": rejection.index,
            },
        }


def preview(
    locations: list[str], stdin: BinaryIO, source: str | None, sites: Mapping[str, Site] | None = None
) -> Iterator[Previewed]:
    """What each item at the locations becomes, in the order read; `-` is JSONL on stdin.

    `sites` is what is known of the items' sources.
    """
    models = shared_models()
    for location, read in _read(locations, stdin, source):
        if isinstance(read, Rejection):
            yield Previewed(location, None, read)
        else:
            site = (sites or {}).get(read.source)
            yield Previewed(location, read, pipeline.process(read, models, site), site)


def learn_sources(locations: list[str], stdin: BinaryIO, source: str | None) -> dict[str, tuple[Template, ...]]:
    """The templates of each source, from the items at the locations: as if these were all that is stored of it."""
    samples: dict[str, dict[str, list[str]]] = {}
    for _, read in _read(locations, stdin, source):
        if isinstance(read, Item):
            sample = samples.setdefault(read.source, {})
            sample[fingerprint.doc_id(read)] = [line.text for line in lines_of(read.original)]
            if len(sample) > 2 * SAMPLE:
                samples[read.source] = _smallest(sample)
    return {name: learn(list(_smallest(sample).values())) for name, sample in sorted(samples.items())}


def _smallest(sample: dict[str, list[str]]) -> dict[str, list[str]]:
    """Those that the store would learn from."""
    return {doc_id: sample[doc_id] for doc_id in sorted(sample)[:SAMPLE]}


@contextmanager
def rewindable(stream: BinaryIO) -> Iterator[BinaryIO]:
    """A copy of a stream that can be read twice."""
    with TemporaryFile() as copy:
        shutil.copyfileobj(stream, copy)
        copy.seek(0)
        yield cast("BinaryIO", copy)


def _read(locations: list[str], stdin: BinaryIO, source: str | None) -> Iterator[tuple[str, Item | Rejection]]:
    for location in locations:
        if location == STDIN:
            yield from _read_stream(stdin, location, NO_DROP, "stdin.jsonl", source or "stdin")
            continue
        path = Path(location)
        try:
            with path.open("rb") as stream:
                drop_id = hashlib.file_digest(stream, "sha256").hexdigest()
                stream.seek(0)
                yield from _read_stream(stream, location, drop_id, path.name, source or path.absolute().parent.name)
        except OSError as error:
            detail = error.strerror or str(error)
            yield location, Rejection(NO_DROP, None, Step.READ, Reason.UNREADABLE, detail)


def _read_stream(
    stream: BinaryIO, location: str, drop_id: str, name: str, source: str
) -> Iterator[tuple[str, Item | Rejection]]:
    limits = limits_from_environment()
    for read in read_items(stream, drop_id=drop_id, name=name, source=source, limits=limits, scratch=scratch_file):
        if location == STDIN and isinstance(read, Rejection) and read.reason is Reason.EMPTY and read.index is None:
            return  # no lines in, no lines out
        yield location, read
