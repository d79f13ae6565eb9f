"""What would be stored, without a store: files or lines on stdin to documents."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from flows.limits import limits_from_environment, scratch_file
from store import codec
from transforms import pipeline
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


def preview(locations: list[str], stdin: BinaryIO, source: str | None) -> Iterator[Previewed]:
    """What each item at the locations becomes, in the order read; `-` is JSONL on stdin."""
    for location in locations:
        if location == STDIN:
            yield from _preview_stream(stdin, location, NO_DROP, "stdin.jsonl", source or "stdin")
            continue
        path = Path(location)
        try:
            with path.open("rb") as stream:
                drop_id = hashlib.file_digest(stream, "sha256").hexdigest()
                stream.seek(0)
                yield from _preview_stream(stream, location, drop_id, path.name, source or path.absolute().parent.name)
        except OSError as error:
            detail = error.strerror or str(error)
            rejection = Rejection(NO_DROP, None, Step.READ, Reason.UNREADABLE, detail)
            yield Previewed(location, None, rejection)


def _preview_stream(stream: BinaryIO, location: str, drop_id: str, name: str, source: str) -> Iterator[Previewed]:
    models = shared_models()
    limits = limits_from_environment()
    for read in read_items(stream, drop_id=drop_id, name=name, source=source, limits=limits, scratch=scratch_file):
        if location == STDIN and isinstance(read, Rejection) and read.reason is Reason.EMPTY and read.index is None:
            return  # no lines in, no lines out
        if isinstance(read, Rejection):
            yield Previewed(location, None, read)
        else:
            yield Previewed(location, read, pipeline.process(read, models))
