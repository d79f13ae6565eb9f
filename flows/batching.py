"""What makes up one task of a run: so many files, or so many sources.

A task run costs 10 to 20 ms of Prefect's time and a row in its database, so it must hold many.
"""

from collections.abc import Iterable, Iterator

from store.parts import parts
from transforms.document import Found

# Written together (flows.load_drops): more would save little, and keep the last worker busy when the others are done.
MAX_BATCH_DROPS = 16
# The last batch of a run keeps one worker busy while the others are done: so much text is read in some five seconds.
MAX_BATCH_BYTES = 256 * 1024
# Of a page, most is markup: a byte of it takes a sixteenth of the time that a byte of text takes.
_MARKUP = (".html", ".htm", ".xhtml", ".mhtml", ".warc")
_MARKUP_SHARE = 1 / 16
# Most sources have nothing new to learn; of the others, one takes as long as a hundred of these.
MAX_BATCH_SOURCES = 25


def batches_of_files(files: Iterable[Found]) -> Iterator[list[Found]]:
    """The files in batches of one task each."""
    batch: list[Found] = []
    size = 0.0
    for file in files:
        weight = file.size * (_MARKUP_SHARE if file.location.lower().endswith(_MARKUP) else 1)
        if batch and (len(batch) >= MAX_BATCH_DROPS or size + weight > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0.0
        batch.append(file)
        size += weight
    if batch:
        yield batch


def batches_of_sources(sources: Iterable[str]) -> Iterator[list[str]]:
    """The sources in batches of one task each."""
    return parts(sources, MAX_BATCH_SOURCES)
