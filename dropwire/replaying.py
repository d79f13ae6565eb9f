"""The drops of cases in quarantine: what is in them, and the flow that ingests them once more, run from a terminal."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from dropwire.ingesting import flows_here
from dropwire.settings import Settings
from flows.replay import Replay
from flows.whereabouts import Bytes
from locations import opened
from transforms.document import Reason

PREVIEW_BYTES = 256
# Of an excerpt, what is looked for in the drop: enough to be found once, too little to reach over a line's end.
_NEEDLE_CHARACTERS = 40
_BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first bytes of an item, at `offset` in its drop; `found` says that they are the item's, not the drop's."""

    data: bytes
    offset: int
    found: bool

    def as_json(self) -> dict[str, Any]:
        """The bytes as hexadecimal digits and as text."""
        text = self.data.decode("utf-8", "backslashreplace")
        return {"offset": self.offset, "is_item": self.found, "hex": self.data.hex(" "), "text": text}


def beginning(holding: Bytes, excerpt: str) -> Beginning:
    """The first bytes of a rejected item, found in its drop by the excerpt; of the drop, where it is not found.

    In an archive, in another encoding than UTF-8, or where nothing could be decoded, the excerpt is not found.
    """
    lines = excerpt.lstrip().splitlines()
    needle = lines[0][:_NEEDLE_CHARACTERS].encode("utf-8", "replace") if lines else b""
    with _stream(holding) as stream:
        offset = _find(stream, needle) if needle else None
        stream.seek(offset or 0)
        return Beginning(stream.read(PREVIEW_BYTES), offset or 0, offset is not None)


def _find(stream: BinaryIO, needle: bytes) -> int | None:
    """Where the needle is first in a stream, which is read in bounded memory."""
    offset, window = 0, b""
    while block := stream.read(_BLOCK_BYTES):
        window += block
        at = window.find(needle)
        if at >= 0:
            return offset + at
        keep = len(needle) - 1
        offset += max(len(window) - keep, 0)
        window = window[-keep:] if keep else b""
    return None


def copy_bytes(holding: Bytes, to: BinaryIO) -> None:
    """Write the bytes of a drop."""
    with _stream(holding) as stream:
        while block := stream.read(_BLOCK_BYTES):
            to.write(block)
    to.flush()


@contextmanager
def _stream(holding: Bytes) -> Iterator[BinaryIO]:
    with opened(holding.file, holding.target) as content:
        yield content.stream


def run_replay(
    *,
    reason: Reason | None,
    source: str | None,
    cases: Sequence[str] | None,
    all_open: bool,
    verbose: bool,
    notify: Callable[[str], None],
) -> Replay:
    """Run the flow in this process. Raises what `flows_here` does."""
    with flows_here(Settings(), create=False, verbose=verbose, notify=notify):
        from flows.replay_quarantine import replay_quarantine  # noqa: PLC0415 - imports Prefect

        done: Replay = replay_quarantine(
            reason=reason, source=source, cases=list(cases) if cases else None, all_open=all_open
        )
    return done
