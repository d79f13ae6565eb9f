"""The bytes of a drop are those that its id names."""

import hashlib
import os
from pathlib import Path

import pytest

from locations import DropChangedError, Location, Notes, content, opened, target_of
from transforms.document import Found


def found(path: Path) -> Found:
    (entry,) = target_of(Location(str(path))).walk(Notes(lambda *_: None, lambda _: None))
    return entry.found


@pytest.mark.parametrize("bound", [0, 1 << 20])
def test_the_id_names_the_bytes_and_the_stream_can_be_rewound(
    workdir: Path, monkeypatch: pytest.MonkeyPatch, bound: int
) -> None:
    monkeypatch.setattr(content, "IN_MEMORY_BYTES", bound)
    path = workdir / "a.txt"
    path.write_bytes(b"some bytes")
    with opened(found(path), None) as drop:
        assert drop.stream.read() == b"some bytes"
        drop.stream.seek(5)
        assert drop.stream.read() == b"bytes"
        assert drop.drop_id == hashlib.sha256(b"some bytes").hexdigest()
        drop.check()


def test_a_file_that_is_not_the_one_that_was_listed_is_left(workdir: Path) -> None:
    path = workdir / "a.txt"
    path.write_bytes(b"one")
    listed = found(path)
    path.write_bytes(b"another")
    with pytest.raises(DropChangedError), opened(listed, None):
        pass
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DropChangedError), opened(listed, None):
        pass
    path.unlink()
    with pytest.raises(FileNotFoundError), opened(listed, None):
        pass


def test_a_large_file_that_changes_while_it_is_processed_is_noticed(
    workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "IN_MEMORY_BYTES", 1)
    path = workdir / "a.txt"
    path.write_bytes(b"one line\n")
    with opened(found(path), None) as drop:
        drop.check()
        with path.open("ab") as file:
            file.write(b"and another\n")
        with pytest.raises(DropChangedError):
            drop.check()


def test_a_small_file_that_changes_afterwards_does_not_matter(workdir: Path) -> None:
    path = workdir / "a.txt"
    path.write_bytes(b"one")
    with opened(found(path), None) as drop:
        path.write_bytes(b"another")
        assert drop.stream.read() == b"one"
        drop.check()
