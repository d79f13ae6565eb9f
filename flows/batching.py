"""What makes up one task of a run: so many files, or so many sources.

A task run costs 10 to 20 ms of Prefect's time and a row in its database, so it must hold many.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from transforms.document import Found

# Written together (flows.load_drops): more would save little, and keep the last worker busy when the others are done.
MAX_BATCH_DROPS = 16
MAX_BATCH_BYTES = 16 * 1024 * 1024
# Most sources have nothing new to learn.
MAX_BATCH_SOURCES = 100


def batches_of_files(files: Iterable[Found]) -> Iterator[list[Found]]:
    """The files in batches of one task each."""
    batch: list[Found] = []
    size = 0
    for file in files:
        if batch and (len(batch) >= MAX_BATCH_DROPS or size + file.size > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size
    if batch:
        yield batch


def batches_of_sources(sources: Iterable[str]) -> Iterator[list[str]]:
    """The sources in batches of one task each."""
    rest = iter(sources)
    while batch := list(islice(rest, MAX_BATCH_SOURCES)):
        yield batch
