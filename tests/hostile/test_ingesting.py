"""All bad inputs in one folder, ingested by the real thing into a real store: every file is accounted for."""

import hashlib
import os
import socket
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from dropwire.embedded import embedded_store
from flows.discover_drops import discover_drops
from flows.load_drops import load_drops
from store import ensure, quarantine
from store.audit import audit
from store.audit_texts import Judge
from tests.flows.test_load_drops import contents, run
from tests.hostile.inputs import DOCUMENT, GOOD, Hostile, mismatch, numbered
from tests.hostile.table import INPUTS
from transforms.document import WriteReport
from transforms.fingerprint import doc_id, fingerprint
from transforms.pipeline import VERSION

_GIGABYTE = 2**30
# Of the file that is neither bad nor like another.
BESIDE = "Добры артыкул пра тое, як у горадзе адкрылі новую бібліятэку."


def every(folder: Path) -> Iterator[tuple[Path, str]]:
    """Write each input into the folder: its place, and what must become of it. Equal contents are one drop: once."""
    seen = set()
    for hostile in (*INPUTS, *names()):
        with hostile.open() as stream:
            raw = stream.read()
        if raw in seen:
            continue
        seen.add(raw)
        path = folder / hostile.name
        path.write_bytes(raw)
        yield path, hostile.stored or hostile.expected
    with (folder / "gigabyte.jsonl").open("wb") as file:
        # A hole: it has a size, and takes no space on the disk.
        file.write(b'{"text": "' + b"a" * 100_000)
        file.seek(_GIGABYTE)
        file.write(b'"}\n{"text": "' + BESIDE.encode() + b'"}\n')
    yield Path(file.name), "document too-large"


def names() -> Iterator[Hostile]:
    """Good files with bad names."""
    given = (
        "new\nline.txt",
        "\u202etxt.exe",
        "n" * 251 + ".txt",
        "{a}*?[b].txt",
        " .txt",
        "-rf",
        "a" * 90 + "\x1b[31m",
    )
    for number, name in enumerate(given):
        yield Hostile(name, partial(str, numbered(50)[40 + number]), "document")


def places(folder: Path) -> tuple[str, ...]:
    """Put what is no file into the folder; the names of those that cannot be looked at."""
    (folder / "folder.txt").mkdir()
    os.mkfifo(folder / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listener, pytest.MonkeyPatch.context() as patch:
        # The address of a socket is 107 bytes at most.
        patch.chdir(folder)
        listener.bind("socket.txt")
    with suppress(PermissionError):
        os.mknod(folder / "device.txt", 0o20666, os.makedev(1, 5))
    (folder / "circle.txt").symlink_to("circle.txt")
    (folder / "nowhere.txt").symlink_to("/nowhere")
    (folder / "around").symlink_to(".", target_is_directory=True)
    (folder / os.fsdecode(b"not utf-8 \xff\xfe.txt")).write_text(GOOD)
    return "circle.txt", "nowhere.txt", "not utf-8 \\xff\\xfe.txt"


@pytest.fixture
def fresh_db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """An empty database in a store of its own: to drop all of this from the common one would take longer."""
    folder = tmp_path_factory.mktemp("hostile")
    with embedded_store(folder, linger_s=0) as uri, MongoClient[dict[str, Any]](uri, tz_aware=True) as client:
        yield client["hostile"]


@pytest.mark.wire
def test_all_at_once(fresh_db: Any, workdir: Path) -> None:
    expected = dict(every(workdir))
    refused = places(workdir)
    (workdir / "good.txt").write_text(BESIDE + GOOD)

    report = run(fresh_db, ".")
    assert report.waiting == report.busy == 0

    reasons = defaultdict(list)
    for case in quarantine.open_cases(fresh_db):
        reasons[Path(case.location).name].append(case.rejection.reason.value)
    wrong = {}
    for path, outcomes in {**expected, workdir / "good.txt": DOCUMENT}.items():
        with path.open("rb") as file:
            drop = fresh_db.drops.find_one({"_id": hashlib.file_digest(file, "sha256").hexdigest()})
        assert drop["state"] == "done", path
        stored = sum(drop["outcome"].values()) - drop["outcome"]["quarantined"]
        found = [*reasons.pop(path.name, []), *[DOCUMENT] * stored]
        if said := mismatch(outcomes, found):
            wrong[path.name] = said
    assert not wrong
    assert dict(reasons) == {name: ["unreadable"] for name in refused}
    assert fresh_db.documents.count_documents({"text": BESIDE + GOOD}) == 1
    audited = audit(fresh_db, Judge(fingerprint, doc_id, VERSION), datetime.now(UTC))
    # There is no flow around that would record its run.
    assert [found.name for found in audited.findings if found.violations] == ["runs-known"]

    before = contents(fresh_db)
    again = run(fresh_db, ".")
    assert (again.counts.inserted, again.counts.revised) == (0, 0)
    assert again.counts.quarantined == report.counts.quarantined
    assert contents(fresh_db) == before


def test_files_that_change_between_listing_and_reading(
    mongomock_db: Any, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [workdir / f"{number}.txt" for number in range(7)]
    for path, text in zip(paths, numbered(7), strict=True):
        path.write_text(text)
    vanished, grown, folder, pipe, circle, forbidden, good = paths
    ensure(mongomock_db)
    files = list(discover_drops(["."]).files)

    vanished.unlink()
    grown.write_text("Яшчэ не ўсё.")
    for path in (folder, pipe, circle):
        path.unlink()
    folder.mkdir()
    os.mkfifo(pipe)
    circle.symlink_to(circle)
    really_open = os.open

    def guarded(path: Any, *others: Any, **named: Any) -> int:
        # As root one may read everything, so this is how a lost permission looks.
        if path == str(forbidden):
            raise PermissionError(13, "Permission denied", path)
        return really_open(path, *others, **named)

    with monkeypatch.context() as patch:
        patch.setattr("os.open", guarded)
        report = load_drops(mongomock_db, files, source=None, reread=False, run_id="r")

    assert report.holds
    assert report.counts.inserted == 1
    assert mongomock_db.documents.count_documents({"text": good.read_text()}) == 1
    refused = {case.location for case in quarantine.open_cases(mongomock_db, reason="unreadable")}
    assert {str(vanished), str(circle), str(forbidden)} <= refused
    # What is no file any more, or another one, is not what was listed: the next run sees what it is.
    assert refused - {str(vanished), str(circle), str(forbidden)} <= {str(folder)}
    assert report.waiting + len(refused) == 6

    for path in (pipe, circle):
        path.unlink()
    folder.rmdir()
    for path, text in zip(paths, numbered(7), strict=True):
        path.write_text(text)
    assert run(mongomock_db, ".").counts == WriteReport(inserted=6, unchanged=1)
    assert quarantine.open_cases(mongomock_db) == []
