"""The bytes of a drop: opened once, so that its id names exactly the bytes that are processed."""

import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from locations import local, protocols
from locations.listing import Entry
from locations.remote import RemoteTarget
from locations.target import Target
from transforms.document import Found

# Files up to this size are read into memory, where nobody can change them any more; larger ones are watched.
IN_MEMORY_BYTES = 16 * 1024 * 1024


class DropChangedError(Exception):
    """The file is not what was listed, or changed while it was read: it is still being written."""


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a drop: its id (the SHA-256), and a stream at its beginning that can be rewound."""

    drop_id: str
    stream: BinaryIO
    _file: BinaryIO | None = None
    _found: Found | None = None

    def check(self) -> None:
        """Raise DropChangedError where the bytes may have changed under our eyes since they were hashed."""
        if self._file is not None and self._found is not None:
            _compare(self._file, self._found)


@contextmanager
def opened(file: Found, target: Target | None) -> Iterator[Content]:
    """Open a drop of a target, of this machine where there is none.

    Raises OSError where it cannot be read, DropChangedError where it is not the one that was listed.
    """
    if isinstance(target, RemoteTarget):
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as copy:
            yield _downloaded(file, target, cast("BinaryIO", copy))
        return
    with open(file.location, "rb", opener=_without_waiting) as stream:
        _compare(stream, file)
        if file.size <= IN_MEMORY_BYTES:
            # One byte more than there should be shows a file that has grown.
            raw = stream.read(file.size + 1)
            _compare(stream, file)
            yield Content(hashlib.sha256(raw).hexdigest(), io.BytesIO(raw))
        else:
            drop_id = hashlib.file_digest(stream, "sha256").hexdigest()
            _compare(stream, file)
            stream.seek(0)
            yield Content(drop_id, stream, stream, file)


def _without_waiting(path: str, flags: int) -> int:
    """Open a file that may have become a pipe meanwhile, which would wait for somebody to write into it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _compare(stream: BinaryIO, file: Found) -> None:
    now = local.entry_of(file.location, "", os.fstat(stream.fileno()))
    if now is None or now.found != file:
        raise DropChangedError(file.location)


def _downloaded(file: Found, target: RemoteTarget, copy: BinaryIO) -> Content:
    digest = hashlib.sha256()
    size = 0
    for block in target.blocks(file.location):
        digest.update(block)
        copy.write(block)
        size += len(block)
    if file.size not in {-1, size}:
        raise DropChangedError(file.location)
    if target.protocol not in protocols.ATOMIC:
        now = target.look_again(Entry(file.location, "", file.size, 0, 0))
        if now is None or now.found != file:
            raise DropChangedError(file.location)
    copy.seek(0)
    return Content(digest.hexdigest(), copy)
