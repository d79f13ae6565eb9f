"""Storage systems on loopback: S3 (moto's server), a listing on the web, SFTP."""

import functools
import http.server
import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec  # type: ignore[import-untyped]
import pytest

from flows.discover_drops import discover_drops
from flows.load_drops import load_drops
from locations import DropChangedError, Location, Notes, opened, protocols, remote, target_of
from locations.arrival import Arrival, Readiness
from store import ensure, quarantine
from tests.locations.sftp_server import SftpServer
from transforms.document import Found, WriteReport

SECRET = "pa55word"
TEXT = "Добры тэкст навіны, у якім усё ў парадку."


def walked(location: Location) -> tuple[list[Found], dict[str, Exception], list[str]]:
    refused: dict[str, Exception] = {}
    subfolders: list[str] = []
    entries = list(target_of(location).walk(Notes(refused.__setitem__, subfolders.append)))
    return sorted((entry.found for entry in entries), key=lambda file: file.location), refused, subfolders


def names(location: Location) -> list[str]:
    found, refused, _ = walked(location)
    assert not refused
    return [file.location for file in found]


def load(db: Any, location: Location) -> WriteReport:
    ensure(db)
    files = list(discover_drops([location]).files)
    return load_drops(db, files, location=location, source=None, reread=False, run_id="r").counts


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """moto's server, the environment that leads to it, and fsspec to fill it."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        files = fsspec.filesystem("s3", use_listings_cache=False)
        files.mkdir("bucket")
        yield files
    server.stop()


@pytest.fixture
def bucket(s3: Any) -> Iterator[Any]:
    yield s3
    for key in s3.find("bucket"):
        s3.rm_file(key)


def test_s3_folders_patterns_and_single_objects(bucket: Any) -> None:
    for key in ("d/a.txt", "d/b.html", "d/x/c.html", "d/.hidden", "d/e.tmp", "d/x/y/f.txt", "e.txt"):
        bucket.pipe_file(f"bucket/{key}", key.encode())
    bucket.pipe_file("bucket/d/", b"")  # the placeholder that consoles make for a folder
    assert names(Location("s3://bucket/d")) == ["s3://bucket/d/a.txt", "s3://bucket/d/b.html"]
    assert walked(Location("s3://bucket/d/"))[2] == ["s3://bucket/d/x"]
    assert names(Location("s3://bucket/d/**/*.html")) == ["s3://bucket/d/b.html", "s3://bucket/d/x/c.html"]
    assert names(Location("s3://bucket", include=("*/*.txt", "*.txt"))) == ["s3://bucket/d/a.txt", "s3://bucket/e.txt"]
    assert names(Location("s3://bucket/d/a.txt")) == ["s3://bucket/d/a.txt"]
    (found,) = walked(Location("s3://bucket/e.txt"))[0]
    assert found.size == len("e.txt")
    assert abs((found.modified_at - datetime.now(UTC)).total_seconds()) < 60


def test_s3_pages(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        bucket.pipe_file(f"bucket/p/{number}.txt", b"x")
    calls = []
    plain = type(bucket)._call_s3

    async def two_a_page(self: Any, method: Any, *args: Any, **kwargs: Any) -> Any:
        if method == "list_objects_v2":
            calls.append(kwargs.get("ContinuationToken"))
            kwargs["MaxKeys"] = 2
        return await plain(self, method, *args, **kwargs)

    monkeypatch.setattr(type(bucket), "_call_s3", two_a_page)
    target = target_of(Location("s3://bucket/p/**"))
    before = len(calls)
    walk = target.walk(Notes(lambda *_: None, lambda _: None))
    next(walk)
    assert len(calls) == before + 1, "one page is enough for the first file"
    assert len(list(walk)) == 4
    assert len(calls) == before + 3


def test_s3_drops_are_loaded_once_and_what_fails_is_refused(bucket: Any, mongomock_db: Any) -> None:
    bucket.pipe_file("bucket/n/belta/a.txt", TEXT.encode())
    location = Location("s3://bucket/n/**", source_pattern="{source}/**")
    assert load(mongomock_db, location) == WriteReport(inserted=1)
    assert mongomock_db.documents.find_one()["source"] == "belta"
    assert load(mongomock_db, location) == WriteReport(unchanged=1)
    (listed,) = discover_drops([location]).files
    bucket.pipe_file("bucket/n/belta/a.txt", b"of another length")
    with pytest.raises(DropChangedError), opened(listed, target_of(location)):
        pass
    bucket.rm_file("bucket/n/belta/a.txt")
    gone = Found("s3://bucket/n/belta/gone.txt", 5, datetime(2026, 1, 1, tzinfo=UTC))
    report = load_drops(mongomock_db, [gone], location=location, source=None, reread=False, run_id="r")
    assert report.reasons == {"unreadable": 1}
    assert [case.location for case in quarantine.open_cases(mongomock_db)] == [gone.location]


def test_s3_a_bucket_that_is_not_there_does_not_hide_the_others(bucket: Any) -> None:
    bucket.pipe_file("bucket/d/a.txt", b"x")
    found = discover_drops(["s3://nobodys-bucket/**", f"s3://test:{SECRET}@bucket/d"])
    assert [file.location for file in found.files] == ["s3://bucket/d/a.txt"]
    assert list(found.refused) == ["s3://nobodys-bucket/**"]
    assert SECRET not in repr(found.refused)


def test_an_object_needs_no_settling(bucket: Any) -> None:
    bucket.pipe_file("bucket/d/a.txt", b"x")
    location = Location("s3://bucket/d")
    target = target_of(location)
    (entry,) = target.walk(Notes(lambda *_: None, lambda _: None))
    assert Arrival(location, target).first(entry) is Readiness.COMPLETE


@pytest.fixture
def web(workdir: Path) -> Iterator[str]:
    """A listing by Python's own server, over the folder `web`, and its URL."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    (workdir / "web" / "d" / "x").mkdir(parents=True)
    handler = functools.partial(Quiet, directory=str(workdir / "web"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_listing_on_the_web(web: str, workdir: Path, mongomock_db: Any) -> None:
    for name in ("a b.txt", "x/c.txt"):
        path = workdir / "web" / "d" / name
        path.write_text(f"{TEXT} {name}.")
        os.utime(path, (1_000_000, 1_000_000))
    found, refused, subfolders = walked(Location(f"{web}/d/"))
    assert not refused
    assert [(file.location, file.modified_at.timestamp()) for file in found] == [(f"{web}/d/a%20b.txt", 1_000_000)]
    assert found[0].size == len(f"{TEXT} a b.txt.".encode())
    assert subfolders == [f"{web}/d/x"]
    assert names(Location(f"{web}/d/**")) == [f"{web}/d/a%20b.txt", f"{web}/d/x/c.txt"]
    assert names(Location(f"{web}/d/x/c.txt")) == [f"{web}/d/x/c.txt"]
    assert load(mongomock_db, Location(f"{web}/d/**")) == WriteReport(inserted=2)
    assert load(mongomock_db, Location(f"{web}/d/**")) == WriteReport(unchanged=2)


def test_a_server_that_does_not_answer_is_refused(web: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dead = f"http://user:{SECRET}@127.0.0.1:{free.getsockname()[1]}/d/"
    found = discover_drops([dead, f"{web}/d/"])
    assert [name.rpartition(":")[0] for name in found.refused] == ["http://127.0.0.1"]
    assert SECRET not in repr(found.refused)
    assert len(found.readable) == 1


def test_without_a_date_another_etag_is_another_file() -> None:
    first, second = (remote._time({"ETag": tag}) for tag in ("one", "two"))
    assert first != second
    assert {datetime.fromtimestamp(moment / 1e9, UTC).year for moment in (first, second)} == {1970}
    assert remote._time({}) == 0
    assert remote._time({"ETag": "one", "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}) > second


@pytest.fixture
def sftp(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpServer]:
    (workdir / "home" / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(workdir / "home"))
    with closing(SftpServer(workdir / "served", user="drop", password=SECRET)) as server:
        yield server
        protocols._sftp_class().clear_instance_cache()


def test_sftp(sftp: SftpServer, workdir: Path, mongomock_db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (workdir / "served" / "d" / "x").mkdir(parents=True)
    (workdir / "served" / "d" / "a.txt").write_text(TEXT)
    (workdir / "served" / "d" / "x" / "b.txt").write_text(f"{TEXT} b")
    os.utime(workdir / "served" / "d" / "a.txt", (1_000_000, 1_000_000))
    location = Location(f"sftp://drop:{SECRET}@127.0.0.1:{sftp.port}/d", settle_seconds=0)
    refused = discover_drops([location]).refused
    assert "not found in known_hosts" in repr(refused), "nobody vouches for the host yet"
    assert SECRET not in repr(refused)

    known = workdir / "home" / ".ssh" / "known_hosts"
    known.write_text(f"[127.0.0.1]:{sftp.port} {sftp.key.get_name()} {sftp.key.get_base64()}\n")
    (found,) = walked(location)[0]
    assert found.location == f"sftp://127.0.0.1:{sftp.port}/d/a.txt"
    assert (found.size, found.modified_at.timestamp()) == (len(TEXT.encode()), 1_000_000)
    everything = Location(f"sftp://drop@127.0.0.1:{sftp.port}/d/**")
    monkeypatch.setenv("DROPWIRE_SFTP_PASSWORD", SECRET)
    assert load(mongomock_db, everything) == WriteReport(inserted=2)
    assert load(mongomock_db, everything) == WriteReport(unchanged=2)
    stored = [list(mongomock_db[name].find()) for name in mongomock_db.list_collection_names()]
    assert SECRET not in repr(stored)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("locations.protocols.importlib.import_module", missing)
    found = discover_drops(["gs://bucket/drops"])
    (rejection,) = found.refused.values()
    assert rejection.detail == "gs:// needs gcsfs: pip install 'dropwire[gs]'"


def test_an_unknown_protocol_is_named() -> None:
    (rejection,) = discover_drops(["s4://bucket/drops"]).refused.values()
    assert "s4:// is no protocol" in rejection.detail
