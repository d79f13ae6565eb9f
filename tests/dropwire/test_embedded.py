"""The embedded store: shared, stopped when unused, and unharmed by `kill -9` of anything."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from dropwire import embedded
from dropwire.embedded import EmbeddedStoreError, embedded_store, store_exists, store_uri

fcntl = pytest.importorskip("fcntl", reason="the embedded store needs POSIX file locks")
pytestmark = pytest.mark.wire

# A user of the store in a process of its own: says the URI, writes what it is told to, leaves at the end of
# its input.
USER = """
import sys
from pathlib import Path
from pymongo import MongoClient
from dropwire.embedded import embedded_store
with embedded_store(Path(sys.argv[1]), linger_s=0) as uri, MongoClient(uri) as client:
    print(uri, flush=True)
    for line in sys.stdin:
        client.test.items.insert_one({"_id": line.strip()})
        print("acknowledged", flush=True)
"""

# A user that forks and dies: its child goes on.
FORKING_USER = """
import os, sys
from pathlib import Path
from dropwire.embedded import embedded_store
with embedded_store(Path(sys.argv[1]), linger_s=0) as uri:
    if os.fork():
        os._exit(0)
    print(uri, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder; whatever still runs on it afterwards is ended."""
    folder = tmp_path / "data"
    yield folder
    with suppress(FileNotFoundError, ProcessLookupError):
        os.kill(record(folder)["supervisor_pid"], signal.SIGTERM)
    wait_until_stopped(folder)


def record(data_dir: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((data_dir / "store.json").read_text())
    return content


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "did not happen within a minute"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return not Path("/proc/self").exists() or ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False


def kill_9(*pids: int) -> None:
    """Kill them, and return when they are dead: a signal works a moment after it was sent."""
    for pid in pids:
        with suppress(ProcessLookupError):  # on Linux the server dies with its supervisor
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, pids)))


def wait_until_stopped(data_dir: Path) -> None:
    def is_stopped() -> bool:
        if not (data_dir / "supervisor.lock").exists():
            return True
        with (data_dir / "supervisor.lock").open("ab") as lock:
            return embedded._try_lock(lock.fileno(), fcntl.LOCK_EX)

    wait_until(is_stopped)


@contextmanager
def user(data_dir: Path, script: str = USER) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", script, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(embedded.__file__).parents[1],
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def write(process: subprocess.Popen[str], item: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{item}\n")
    process.stdin.flush()
    assert read(process) == "acknowledged"


def insert(uri: str, item: str) -> None:
    with MongoClient[dict[str, Any]](uri) as client:
        client.test.items.insert_one({"_id": item})


def items(uri: str) -> set[str]:
    with MongoClient[dict[str, Any]](uri) as client:
        return {document["_id"] for document in client.test.items.find()}


def test_starts_says_so_answers_and_leaves_nothing_behind(data_dir: Path) -> None:
    said: list[str] = []
    assert not store_exists(data_dir)
    assert store_uri(data_dir) is None
    with embedded_store(data_dir, linger_s=0, notify=said.append) as uri:
        assert items(uri) == set()
        assert store_uri(data_dir) == uri
        assert store_exists(data_dir)
        running = record(data_dir)
        assert running["uri"] == uri
        assert (data_dir / "store.json").stat().st_mode & 0o777 == 0o600
    assert said == [f"Starting the embedded store in {data_dir} …"]
    wait_until_stopped(data_dir)
    assert not is_alive(running["pid"])
    assert not (data_dir / "store.json").exists()
    assert store_uri(data_dir) is None
    assert store_exists(data_dir)


def test_what_the_driver_needs_works(data_dir: Path) -> None:
    with (
        embedded_store(data_dir, linger_s=0) as uri,
        MongoClient[dict[str, Any]](uri) as client,
        client.start_session() as session,
    ):
        collection = client.test.create_collection("items")
        with collection.watch(max_await_time_ms=100) as changes:
            with session.start_transaction():
                collection.insert_one({"_id": "kept"}, session=session)
            with session.start_transaction():
                collection.insert_one({"_id": "dropped"}, session=session)
                session.abort_transaction()
            assert next(changes)["fullDocument"] == {"_id": "kept"}
        assert client.options.retry_writes
        assert client.topology_description.logical_session_timeout_minutes  # else writes are not retryable
        assert collection.distinct("_id") == ["kept"]


def test_data_survive_a_stop(data_dir: Path) -> None:
    with embedded_store(data_dir, linger_s=0) as uri:
        insert(uri, "first run")
        first = record(data_dir)["pid"]
    wait_until_stopped(data_dir)
    with embedded_store(data_dir, linger_s=0) as uri:
        assert items(uri) == {"first run"}
        assert record(data_dir)["pid"] != first


def test_a_newcomer_during_the_stop_gets_a_fresh_server(data_dir: Path) -> None:
    for round_number in range(5):
        with embedded_store(data_dir, linger_s=0) as uri:
            insert(uri, str(round_number))
        # At every stage of the stop that can be seen from outside, come back.
        if round_number % 2:
            wait_until(lambda: not (data_dir / "store.json").exists())
    with embedded_store(data_dir, linger_s=0) as uri:
        assert items(uri) == set("01234")


def test_an_unused_store_lingers(data_dir: Path) -> None:
    with embedded_store(data_dir, linger_s=600) as uri:
        running = record(data_dir)
    with embedded_store(data_dir, linger_s=600) as again:
        assert (again, record(data_dir)) == (uri, running)


def test_users_share_one_server_that_stops_after_the_last(data_dir: Path) -> None:
    with embedded_store(data_dir, linger_s=0) as uri, embedded_store(data_dir, linger_s=0) as nested:
        assert nested == uri
        with user(data_dir) as other:
            assert read(other) == uri
            write(other, "from the other process")
            assert items(uri) == {"from the other process"}
            server = record(data_dir)["pid"]
        assert items(uri) == {"from the other process"}
    wait_until(lambda: not is_alive(server))
    wait_until_stopped(data_dir)
    assert not (data_dir / "store.json").exists()


def test_many_starters_at_once_start_one_server(data_dir: Path) -> None:
    with user(data_dir) as a, user(data_dir) as b, user(data_dir) as c:
        with user(data_dir) as d, user(data_dir) as e, user(data_dir) as f:
            uris = {read(process) for process in (a, b, c, d, e, f)}
        assert uris == {record(data_dir)["uri"]}
    assert (data_dir / "store.log").read_text().count("listening on") == 1


def test_two_data_folders_have_two_servers(data_dir: Path, tmp_path: Path) -> None:
    other_dir = tmp_path / "other"
    with user(data_dir) as one, user(other_dir) as two:
        uri, other_uri = read(one), read(two)
        assert uri != other_uri
        write(one, "one")
        assert (items(uri), items(other_uri)) == ({"one"}, set())
    wait_until_stopped(other_dir)


@pytest.mark.parametrize("victims", [["supervisor_pid"], ["pid"], ["supervisor_pid", "pid"]])
def test_kill_9_loses_no_acknowledged_write(data_dir: Path, victims: list[str]) -> None:
    with user(data_dir) as writer:
        read(writer)
        write(writer, "acknowledged just before")
        kill_9(*(record(data_dir)[victim] for victim in victims))
        with embedded_store(data_dir, linger_s=0) as uri:
            assert items(uri) == {"acknowledged just before"}
            insert(uri, "afterwards")
    wait_until_stopped(data_dir)
    with embedded_store(data_dir, linger_s=0) as uri:
        assert items(uri) == {"acknowledged just before", "afterwards"}


def test_kill_9_of_everything_at_once_loses_no_acknowledged_write(data_dir: Path) -> None:
    with user(data_dir) as writer:
        read(writer)
        running = record(data_dir)
        write(writer, "acknowledged just before")
        kill_9(writer.pid, running["supervisor_pid"], running["pid"])
    with embedded_store(data_dir, linger_s=0) as uri:
        assert items(uri) == {"acknowledged just before"}


def test_kill_9_of_the_last_user_stops_the_server(data_dir: Path) -> None:
    with user(data_dir) as process:
        read(process)
        running = record(data_dir)
        process.kill()
        wait_until(lambda: not is_alive(running["pid"]))
    wait_until_stopped(data_dir)
    assert not (data_dir / "store.json").exists()


def test_sigterm_to_the_supervisor_is_a_clean_stop(data_dir: Path) -> None:
    with embedded_store(data_dir, linger_s=600) as uri:
        insert(uri, "before")
        running = record(data_dir)
        os.kill(running["supervisor_pid"], signal.SIGTERM)
        wait_until_stopped(data_dir)
        assert not is_alive(running["pid"])
        assert not (data_dir / "store.json").exists()
        with embedded_store(data_dir, linger_s=0) as again:
            assert items(again) == {"before"}


def test_a_program_started_by_a_user_is_no_user(data_dir: Path) -> None:
    with embedded_store(data_dir, linger_s=0):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with child:
        wait_until_stopped(data_dir)
        assert child.poll() is None
        child.kill()


def test_a_forked_child_of_a_user_is_a_user(data_dir: Path) -> None:
    with user(data_dir, FORKING_USER) as parent:
        uri = read(parent)
        assert parent.wait() == 0
        # Longer than the supervisor needs to find the store unused.
        time.sleep(3 * embedded._SUPERVISOR_POLL_S)
        insert(uri, "after the parent has gone")
    wait_until_stopped(data_dir)


def test_a_server_that_outlived_its_supervisor_is_ended(data_dir: Path) -> None:
    data_dir.mkdir()
    port = embedded._free_port(0)
    # As the supervisor starts it: without --sync-on-commit, kill -9 does lose acknowledged writes.
    command = [sys.executable, "-m", "secantus", "--sync-on-commit", "--port", str(port)]
    command += ["--storage-path", str(data_dir / "store")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=data_dir) as orphan:
        try:
            wait_until(lambda: embedded._pid_at(port) == orphan.pid)
            insert(f"mongodb://127.0.0.1:{port}/?directConnection=true", "by the orphan")
            stale = {"uri": "stale", "port": port, "pid": orphan.pid, "supervisor_pid": 0}
            (data_dir / "store.json").write_text(json.dumps(stale))
            with embedded_store(data_dir, linger_s=0) as uri:
                assert record(data_dir)["pid"] != orphan.pid
                assert items(uri) == {"by the orphan"}
            assert orphan.wait() == -signal.SIGKILL
        finally:
            orphan.kill()


def test_a_stale_record_is_not_believed(data_dir: Path) -> None:
    with embedded_store(data_dir, linger_s=0):
        running = record(data_dir)
        path = data_dir / "store.json"
        for stale in (json.dumps(running | {"pid": 1}), "{}", "[]", "", "\x00"):
            path.write_text(stale)
            assert store_uri(data_dir) is None
        path.write_text(json.dumps(running))
        assert store_uri(data_dir) == running["uri"]


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x01\x00\x00\x00" * 3])
def test_a_stranger_on_the_port_is_not_taken_for_the_store(answer: bytes) -> None:
    with socket.create_server((embedded.HOST, 0)) as stranger:
        port = stranger.getsockname()[1]
        assert embedded._free_port(port) != port
        script = "import socket, sys; s = socket.socket(fileno=int(sys.argv[1])); c, _ = s.accept(); "
        script += "c.recv(9999); c.sendall(bytes.fromhex(sys.argv[2]))"
        command = [sys.executable, "-c", script, str(stranger.fileno()), answer.hex()]
        with subprocess.Popen(command, pass_fds=(stranger.fileno(),)) as process:
            assert embedded._pid_at(port) is None
            assert process.wait() == 0


def test_the_preferred_port_may_be_taken(data_dir: Path) -> None:
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # taken already, which serves as well
            stranger.bind((embedded.HOST, embedded.PREFERRED_PORT))
            stranger.listen()
        with embedded_store(data_dir, linger_s=0) as uri:
            assert f":{embedded.PREFERRED_PORT}/" not in uri
            assert items(uri) == set()


def test_a_path_with_spaces_and_cyrillic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("мае даныя — Ґ 'x'")
    with embedded_store(folder, linger_s=0) as uri:
        insert(uri, "тэкст")
    wait_until_stopped(folder)
    with embedded_store(folder, linger_s=0) as uri:
        assert items(uri) == {"тэкст"}
    wait_until_stopped(folder)


def test_settings_of_the_user_for_secantusdb_do_not_reach_the_store(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / ".secantus" / "secantusd.toml"
    settings.parent.mkdir()
    settings.write_text('[server]\nauth = true\n[storage]\ncache_size = "nonsense"\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SECANTUS_CHECKPOINT_SECONDS", "nonsense")
    with embedded_store(data_dir, linger_s=0) as uri:
        assert items(uri) == set()


def test_not_installed(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_MODULE", "a_module_that_is_not_there")
    with pytest.raises(EmbeddedStoreError, match=r"dropwire\[embedded\].*DROPWIRE_MONGODB_URI"):
        embedded_store(data_dir).__enter__()


def test_no_file_locks(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "fcntl", None)
    with pytest.raises(EmbeddedStoreError, match="DROPWIRE_MONGODB_URI"):
        embedded_store(data_dir).__enter__()
    monkeypatch.undo()


def test_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedStoreError, match=r"cannot be used.*Not a directory.*write permission"):
        embedded_store(tmp_path / "file" / "data").__enter__()


def test_a_store_that_does_not_start_shows_its_log(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_dir.mkdir()
    (data_dir / "store.log").write_text("of an earlier start\n")
    (data_dir / "store").touch()  # a file where the folder belongs
    with pytest.raises(EmbeddedStoreError, match="exit status 1") as caught:
        embedded_store(data_dir, linger_s=0).__enter__()
    message = str(caught.value)
    assert "FileExistsError" in message
    assert str(data_dir / "store.log") in message
    assert "of an earlier start" not in message
    assert "disk is full" not in message
    monkeypatch.setattr(embedded, "_LOW_DISK_BYTES", 1 << 62)
    assert "disk is full" in embedded._explain(data_dir, "")


def test_a_long_log_is_set_aside(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "store.log").write_bytes(b"x" * (embedded._LOG_MAX_BYTES + 1))
    with embedded_store(data_dir, linger_s=0):
        assert (data_dir / "store.log").stat().st_size < embedded._LOG_MAX_BYTES
        assert (data_dir / "store.log.1").stat().st_size == embedded._LOG_MAX_BYTES + 1
