"""The embedded store: a SecantusDB server of our own, shared by all commands on one data folder.

SecantusDB is GPL-2.0, so it is only ever a separate process spoken to over the wire, never imported.
Who is alive is told by file locks alone, which the kernel drops with their process, so `kill -9` of
anything leaves no state behind that misleads the next command:

- a user of the store holds `users.lock` shared for as long as it uses the store;
- one supervisor per data folder holds `supervisor.lock`, runs the server as its child, and stops it
  once it could take `users.lock` exclusively for the linger time. It keeps that lock until the server
  has stopped: a newcomer waits for the end, then starts a fresh one;
- WiredTiger locks the files itself: even a mistake here could not open them twice.

`store.json` only says where to look; who reads it asks the server for its process id before believing it.
"""

import ctypes
import importlib.util
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import bson

try:
    import fcntl
except ImportError:  # Windows, which gets an EmbeddedStoreError on use, not a crash at import
    fcntl = None  # type: ignore[assignment]

HOST = "127.0.0.1"
PREFERRED_PORT = 27117  # predictable for other tools, and not MongoDB's own 27017
LINGER_S = 10.0  # an unused store stays this long, so that commands typed one after the other start at once

_MODULE = "secantus"
_START_TIMEOUT_S = 120.0  # 0.5 s as a rule; to replay the log of 100,000 articles after a crash took 4 s
_STOP_TIMEOUT_S = 30.0  # 0.1 s as a rule; the last checkpoint of a large store may take seconds
_LOST_SIGNAL_S = 1.0  # a server that got the signal closes its port at once
_STARTS = 3  # so that a server that dies right after each start is not tried for ever
_SUPERVISOR_POLL_S = 0.2  # how late the supervisor may notice anything; five wake-ups a second cost nothing
_POLL_S = 0.02  # while somebody waits: short beside the half second that a start takes
_ANSWER_TIMEOUT_S = 5.0  # a server busy with a large batch answers late
_LOG_MAX_BYTES = 1 << 20  # beyond this, store.log is set aside as store.log.1 at the next start
_LOW_DISK_BYTES = 64 << 20  # with less, there is no room for WiredTiger's log files of 10 MB and a checkpoint
_PR_SET_PDEATHSIG = 1  # from <sys/prctl.h>
_OP_MSG = 2013  # https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/#op_msg
_OR_OWN = "or set DROPWIRE_MONGODB_URI to use a MongoDB of your own"


class EmbeddedStoreError(RuntimeError):
    """The embedded store cannot be used; the message says why and what to do."""


@contextmanager
def embedded_store(
    data_dir: Path, *, linger_s: float = LINGER_S, notify: Callable[[str], None] | None = None
) -> Iterator[str]:
    """Yield the MongoDB URI of the store in `data_dir`, after starting its server if none runs.

    The server runs for as long as any process is inside this context and `linger_s` seconds longer (the
    value of the one who started it counts). `notify` gets a line for a person where this takes time.
    Programs started with subprocess do not count as users. A forked child (multiprocessing "fork") does,
    until it exits; it must open a client of its own, as always with pymongo.
    Raises EmbeddedStoreError where the store cannot be started.
    """
    if fcntl is None:
        raise EmbeddedStoreError("No embedded store on Windows (no file locks): set DROPWIRE_MONGODB_URI.")
    if importlib.util.find_spec(_MODULE) is None:
        raise EmbeddedStoreError(f"SecantusDB is missing: pip install 'dropwire[embedded]' {_OR_OWN}.")
    data_dir = data_dir.resolve()
    with ExitStack() as stack:
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
            users = stack.enter_context((data_dir / "users.lock").open("ab"))
            uri = _join(data_dir, users.fileno(), linger_s, notify or (lambda _: None))
        except OSError as exc:
            what = f"The data folder {data_dir} cannot be used: {exc}."
            raise EmbeddedStoreError(f"{what} Give it room and write permission, {_OR_OWN}.") from exc
        # The lock ends by closing the file, not by LOCK_UN, which would take it from forked children too.
        yield uri


def store_uri(data_dir: Path) -> str | None:
    """Return the URI of the store that runs on `data_dir` right now, else None; starts nothing."""
    record = _running(data_dir)
    return str(record["uri"]) if record else None


def store_exists(data_dir: Path) -> bool:
    """Say whether `data_dir` holds the files of a store, running or not."""
    return (data_dir / "store" / "WiredTiger").is_file()


def _join(data_dir: Path, users_fd: int, linger_s: float, notify: Callable[[str], None]) -> str:
    """Take the users' lock and return the URI of a server that answers."""
    began, starts, joined, told = time.monotonic(), 0, False, False
    while time.monotonic() < began + _START_TIMEOUT_S + _STOP_TIMEOUT_S:
        joined = joined or _try_lock(users_fd, fcntl.LOCK_SH)
        with (data_dir / "supervisor.lock").open("ab") as lock:
            if joined and starts < _STARTS and _try_lock(lock.fileno(), fcntl.LOCK_EX):
                starts += 1
                notify(f"Starting the embedded store in {data_dir} …")
                _start_supervisor(data_dir, linger_s, lock.fileno())
                continue
        if joined and (uri := store_uri(data_dir)):  # with a supervisor: not a server that outlived its own
            return uri
        if starts == _STARTS:
            break
        if not told and time.monotonic() > began + 1:  # a start by somebody else takes less
            told = True
            notify(f"Waiting for the embedded store in {data_dir} …")
        time.sleep(_POLL_S)
    what = f"it does not answer; who holds {data_dir / 'supervisor.lock'} should be ended"
    raise EmbeddedStoreError(_explain(data_dir, what))


def _start_supervisor(data_dir: Path, linger_s: float, lock_fd: int) -> None:
    """Start a detached supervisor that inherits the lock; return when its server answers."""
    log_path = data_dir / "store.log"
    if log_path.exists() and log_path.stat().st_size > _LOG_MAX_BYTES:
        log_path.replace(data_dir / "store.log.1")
    with log_path.open("ab") as log:
        done = subprocess.run(
            # By its path, so that it works where dropwire is not installed; -P: imports nothing from there.
            [sys.executable, "-P", __file__, str(data_dir), str(linger_s), str(lock_fd)],
            cwd=data_dir,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,  # closed, empty, once the server answers; else says what went wrong
            stderr=log,
            pass_fds=(lock_fd,),
            start_new_session=True,
            check=False,
        )
    if done.stdout:
        raise EmbeddedStoreError(done.stdout.decode(errors="replace"))


def _supervise(data_dir: Path, linger_s: float, lock_fd: int) -> None:
    """Run the server until nobody uses it: the life of the supervisor process."""
    if os.fork():  # the one that the user's process waits for ends here, the supervisor is nobody's child
        os._exit(0)
    os.set_inheritable(lock_fd, False)
    os.umask(0o077)  # what is in the store is for its owner
    log_start = (data_dir / "store.log").stat().st_size
    signals: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _: signals.append(received))
    with (data_dir / "users.lock").open("ab") as users, Path(os.devnull).open("wb") as devnull:
        try:
            server, port = _start_server(data_dir)
        except Exception as exc:
            os.write(sys.stdout.fileno(), _explain(data_dir, str(exc), log_start).encode())
            raise
        os.dup2(devnull.fileno(), sys.stdout.fileno())
        unused_since = None
        while server.poll() is None and not signals:
            if not _try_lock(users.fileno(), fcntl.LOCK_EX):
                unused_since = None
            else:
                unused_since = unused_since or time.monotonic()
                if time.monotonic() >= unused_since + linger_s:
                    break  # with the lock still held
                fcntl.flock(users, fcntl.LOCK_UN)
            time.sleep(_SUPERVISOR_POLL_S)
        (data_dir / "store.json").unlink(missing_ok=True)
        _stop_server(server, port)
    fcntl.flock(lock_fd, fcntl.LOCK_UN)  # explicit: a fork of the starter may have a copy that stays open


def _start_server(data_dir: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start a server as a child that dies with this process; return it and its port when it answers."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    _end_orphan(data_dir)
    # A file of ours keeps SecantusDB from the user's, and SECANTUS_* variables can switch durability off.
    config = data_dir / "secantusd.toml"
    config.write_text("# Written by Dropwire at each start. The embedded store is set up by flags alone.\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SECANTUS_")}
    command = [sys.executable, "-P", "-m", _MODULE, "--config", str(config), "--sync-on-commit"]
    command += ["--storage-path", str(data_dir / "store"), "--host", HOST, "--port"]
    libc, supervisor_pid = ctypes.CDLL(None), os.getpid()

    def die_with_supervisor() -> None:
        if sys.platform == "linux":
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # loses nothing: acknowledged means on disk
            if os.getppid() != supervisor_pid:
                os._exit(1)

    for preferred_port in (PREFERRED_PORT, 0, 0):  # again, as somebody may take the port before the server does
        port = _free_port(preferred_port)
        server = subprocess.Popen(
            [*command, str(port)],
            cwd=data_dir,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            preexec_fn=die_with_supervisor,  # noqa: PLW1509 (this process has one thread)
        )
        # Written before the server answers, so that the next supervisor finds it whatever happens to us.
        uri = f"mongodb://{HOST}:{port}/?directConnection=true"
        record = {"uri": uri, "port": port, "pid": server.pid, "supervisor_pid": supervisor_pid}
        (data_dir / "store.json.new").write_text(json.dumps(record))
        (data_dir / "store.json.new").replace(data_dir / "store.json")
        while server.poll() is None and time.monotonic() < deadline:
            if _pid_at(port) == server.pid:
                return server, port
            time.sleep(_POLL_S)
        if server.poll() is None:
            server.kill()
            raise EmbeddedStoreError("the server does not answer")
    raise EmbeddedStoreError(f"the server ended with exit status {server.returncode}")


def _stop_server(server: subprocess.Popen[bytes], port: int) -> None:
    deadline, asked_at = time.monotonic() + _STOP_TIMEOUT_S, 0.0
    while server.poll() is None:
        # SecantusDB 0.7 notices the end of its accept loop 2 s late unless somebody connects, as we do here;
        # and within moments of its start it may lose a SIGTERM, in one of four tries: then it still answers.
        answers = _pid_at(port) == server.pid
        if not asked_at or (answers and time.monotonic() > asked_at + _LOST_SIGNAL_S):
            server.terminate()
            asked_at = time.monotonic()
        elif time.monotonic() > deadline:
            server.kill()
        time.sleep(_POLL_S)


def _end_orphan(data_dir: Path) -> None:
    """Wait for a killed server to be gone; end one that outlived its supervisor (not possible on Linux)."""
    deadline = time.monotonic() + _STOP_TIMEOUT_S
    with suppress(FileNotFoundError, NotADirectoryError), (data_dir / "store" / "WiredTiger.lock").open("r+b") as lock:
        while time.monotonic() < deadline:
            with suppress(BlockingIOError, PermissionError):  # POSIX allows either where it is held
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # WiredTiger's own lock on open files
                return
            if record := _running(data_dir):
                os.kill(record["pid"], signal.SIGKILL)  # loses nothing: acknowledged means on disk
            time.sleep(_POLL_S)
        raise EmbeddedStoreError(f"another process has {data_dir / 'store'} open; end it")


def _running(data_dir: Path) -> dict[str, Any] | None:
    """Return store.json if the server that it names answers."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        record: dict[str, Any] = json.loads((data_dir / "store.json").read_text())
        return record if _pid_at(record["port"]) == record["pid"] else None
    return None


def _pid_at(port: int) -> int | None:
    """Return the process id given by the MongoDB server on this port, None if none answers.

    A message by hand, as a MongoClient has threads and the supervisor, which forks, must have none.
    """
    body = b"\0\0\0\0\0" + bson.encode({"serverStatus": 1, "$db": "admin"})
    with (
        suppress(OSError, struct.error, bson.errors.BSONError),
        socket.create_connection((HOST, port), timeout=_ANSWER_TIMEOUT_S) as connection,
        connection.makefile("rb") as reply,
    ):
        connection.sendall(struct.pack("<iiii", 16 + len(body), 1, 0, _OP_MSG) + body)
        length, _, _, op_code = struct.unpack("<iiii", reply.read(16))
        if op_code == _OP_MSG:
            return bson.decode(reply.read(length - 16)[5:]).get("pid")
    return None


def _free_port(preferred: int) -> int:
    """Return the preferred port if it is free on HOST, else any other that is."""
    for port in (preferred, 0):
        with suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
            probe.bind((HOST, port))
            return int(probe.getsockname()[1])
    raise EmbeddedStoreError(f"no port is free on {HOST}")


def _try_lock(fd: int, kind: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
        return True
    return False


def _explain(data_dir: Path, what: str, log_start: int = 0) -> str:
    """Return the message for a store that does not start, with what it logged since `log_start` (bytes)."""
    log, free = data_dir / "store.log", shutil.disk_usage(data_dir).free
    lines = log.read_bytes()[log_start:].decode(errors="replace").splitlines() if log.exists() else []
    full = f" The disk is full ({free >> 20} MiB left): make room." if free < _LOW_DISK_BYTES else ""
    message = f"The embedded store in {data_dir} does not start: {what}.{full} Read {log}, {_OR_OWN}."
    return "\n    ".join([message, *lines[-8:]])


if __name__ == "__main__":
    _supervise(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
