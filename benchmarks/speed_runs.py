"""What programs that measure speed share: a store and a Prefect server for the purpose, whole runs, medians."""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dropwire.embedded import embedded_store
from store.connection import URI_VARIABLE

_HOST: Final = "127.0.0.1"
_SERVER_TIMEOUT_S: Final = 180


@dataclass(frozen=True, slots=True)
class Bench:
    """A store and a Prefect server that run; `environment` makes a child process use both."""

    store: str
    environment: Mapping[str, str]

    def database(self) -> tuple[str, dict[str, str]]:
        """The name of a new database, and the environment in which it is the one of `dropwire`."""
        name = f"bench_{uuid.uuid4().hex[:12]}"
        host, _, options = self.store.partition("/?")
        uri = f"{host.rstrip('/')}/{name}" + (f"?{options}" if options else "")
        return name, {**self.environment, URI_VARIABLE: uri}


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process took: seconds of wall time, and of CPU time with all its children; and what it printed."""

    wall_s: float
    cpu_s: float
    output: str


@contextmanager
def bench() -> Iterator[Bench]:
    """A fresh embedded store (or that of DROPWIRE_MONGODB_URI) and a Prefect server, both stopped at the end."""
    # A benchmark that is ended must not leave a server behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with tempfile.TemporaryDirectory(prefix="dropwire-bench-", ignore_cleanup_errors=True) as folder:
        # As for whoever installs Dropwire: bytecode is kept.
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment = {
            **inherited,
            "PREFECT_HOME": f"{folder}/prefect",
            "DO_NOT_TRACK": "1",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "OPENBLAS_NUM_THREADS": "1",
        }
        with _prefect(environment) as url, store(Path(folder)) as uri:
            yield Bench(uri, {**environment, "PREFECT_API_URL": url, URI_VARIABLE: uri})


@contextmanager
def store(folder: Path) -> Iterator[str]:
    """The URI of a fresh embedded store in `folder`, or that of the user's MongoDB."""
    if uri := os.environ.get(URI_VARIABLE):
        yield uri
        return
    with embedded_store(folder / "data", linger_s=0) as uri:
        yield uri


@contextmanager
def _prefect(environment: Mapping[str, str]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", _HOST, "--port", str(port)]
    server = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    url = f"http://{_HOST}:{port}/api"
    try:
        deadline = time.monotonic() + _SERVER_TIMEOUT_S
        while not _answers(url):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("Prefect's server does not start: run `prefect server start` to see why")
            time.sleep(0.2)
        yield url
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as response:  # noqa: S310 - our own server
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def spent(command: Sequence[str], environment: Mapping[str, str]) -> Spent:
    """Run a program of ours, `python -m …`, to its end. Raises RuntimeError with what it said where it fails."""
    before = os.times()
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", *command], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        forked = _Forked(process.pid)
        output, error = process.communicate()
        wall_s = time.perf_counter() - start
        forked.over.set()
    after = os.times()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command[:2])} failed: {(error or output)[-2000:]}")
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    return Spent(wall_s, cpu_s + forked.cpu_s, output)


class _Forked:
    """The CPU time of what forks a process's workers, and of these: nobody waits for it, so no other sum has it.

    It is looked at every fifth of a second. Workers count when they have ended, which they do before the process does.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.cpu_s = 0.0
        self.over = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self.over.wait(0.2):
            # A process that ends while it is looked at.
            with suppress(OSError, IndexError):
                for children in Path(f"/proc/{self._pid}/task").glob("*/children"):
                    for child in children.read_text().split():
                        self._look(Path("/proc") / child)

    def _look(self, process: Path) -> None:
        if b"multiprocessing.forkserver" in (process / "cmdline").read_bytes():
            # utime, stime, cutime and cstime of proc(5), counted from the state, behind the name in brackets.
            ticks = (process / "stat").read_text().rpartition(")")[2].split()[11:15]
            self.cpu_s = max(self.cpu_s, sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"))


def ingest(patterns: Sequence[str], environment: Mapping[str, str]) -> tuple[Spent, dict[str, Any]]:
    """A whole `dropwire ingest` in a process of its own, and its report."""
    took = spent(["dropwire", "ingest", *patterns, "--settle", "0", "--json"], environment)
    report: dict[str, Any] = json.loads(took.output)
    return took, report


def middle(values: Sequence[float], digits: int = 1) -> str:
    """The median of some rounds, and their range: `12.3 (11.9–13.0)`."""
    low, high = min(values), max(values)
    return f"{statistics.median(values):,.{digits}f} ({low:,.{digits}f}–{high:,.{digits}f})"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that is not below this share of them (0.95: p95). Raises ValueError for none."""
    if not values:
        raise ValueError("of no values there is no percentile")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]
