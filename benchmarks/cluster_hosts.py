"""A Dask cluster of real processes for the programs that need one: a scheduler and workers, on hosts of their own.

A host is a network namespace with its own address, name and process ids, joined with the others by a bridge: for
Dropwire and Dask another machine, but for the processor, the clock and the file system, which they share. Making one
takes root; where that fails, all run on this machine.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from dropwire.embedded import HOST

_BRIDGE: Final = "dwbench0"
_NETWORK: Final = "10.213.7"  # of a private range; nothing is routed out of it
_START_TIMEOUT_S: Final = 120.0
_STOP_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Host:
    """Where a process is to run: the words before its command, and the address at which others reach it."""

    name: str
    address: str
    prefix: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Network:
    """The machine that holds store, scheduler and flow, and those that hold a worker each."""

    address: str
    hosts: tuple[Host, ...]

    @property
    def are_apart(self) -> bool:
        """Whether the workers are on hosts of their own."""
        return self.address != HOST


@contextmanager
def network(hosts: int, *, apart: bool) -> Iterator[Network]:
    """So many hosts: network namespaces if `apart`, else all of them this machine. Raises OSError where they fail."""
    if not apart:
        yield Network(HOST, tuple(Host(f"worker{number}", HOST) for number in range(hosts)))
        return
    gateway = f"{_NETWORK}.1"
    made: list[str] = []
    try:
        _ip("link", "add", _BRIDGE, "type", "bridge")
        _ip("addr", "add", f"{gateway}/24", "dev", _BRIDGE)
        _ip("link", "set", _BRIDGE, "up")
        members = []
        for number in range(hosts):
            name, address, cable = f"dwbench-{number}", f"{_NETWORK}.{10 + number}", f"dwbench-v{number}"
            _ip("netns", "add", name)
            made.append(name)
            _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name)
            _ip("link", "set", cable, "master", _BRIDGE, "up")
            _ip("-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
            for device in ("eth0", "lo"):
                _ip("-n", name, "link", "set", device, "up")
            # Process ids and a name of its own, too: else Dropwire would see that it is the same host.
            apart_from_us = ("unshare", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child")
            named = ("sh", "-c", 'hostname "$0" && exec "$@"', name)
            members.append(Host(name, address, ("ip", "netns", "exec", name, *apart_from_us, *named)))
        yield Network(gateway, tuple(members))
    finally:
        for name in made:
            with suppress(OSError):
                _ip("netns", "del", name)
        with suppress(OSError):
            _ip("link", "del", _BRIDGE)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)  # noqa: S607 - iproute2's
    if done.returncode:
        raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")


@dataclass(slots=True)
class Cluster:
    """A scheduler and its workers, processes of their own. A context manager: its end stops them."""

    network: Network
    folder: Path
    environment: Mapping[str, str]
    port: int
    nannies: bool = False
    _scheduler: subprocess.Popen[bytes] | None = None
    _workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The address of the scheduler."""
        return f"tcp://{self.network.address}:{self.port}"

    def __enter__(self) -> Self:
        host = Host("scheduler", self.network.address)
        flags = ("--host", self.network.address, "--port", str(self.port), "--no-dashboard")
        self._scheduler = self._start(host, "dask_scheduler", *flags)
        return self

    def __exit__(self, *_: object) -> None:
        end(*self._workers, *([self._scheduler] if self._scheduler else []))
        self._workers.clear()

    def start_workers(self, count: int) -> None:
        """Have so many workers, each with its models loaded."""
        from distributed import Client  # noqa: PLC0415 - an extra

        for host in self.network.hosts[len(self._workers) : count]:
            nanny = "--nanny" if self.nannies else "--no-nanny"
            flags = ("--host", host.address, "--name", host.name, "--nthreads", "1", "--nworkers", "1", nanny)
            local = ("--local-directory", str(self.folder / host.name), "--no-dashboard")
            self._workers.append(self._start(host, "dask_worker", self.address, *flags, *local))
        with Client(self.address, timeout=_START_TIMEOUT_S, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            client.wait_for_workers(count, timeout=_START_TIMEOUT_S)
            client.run(_load_models)

    def kill_worker(self) -> str:
        """Kill, with SIGKILL, the worker that works on something, or any: its name."""
        from distributed import Client  # noqa: PLC0415

        with Client(self.address, timeout=_START_TIMEOUT_S, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            busy = [address for address, tasks in client.processing().items() if tasks]
            workers: dict[str, Any] = client.scheduler_info(n_workers=-1)["workers"]
            address = busy[0] if busy else next(iter(workers))
            name = str(workers[address]["name"])
        number = next(place for place, host in enumerate(self.network.hosts) if host.name == name)
        process = self._workers[number]
        # The worker itself: its nanny is to live and to start another.
        pid = max(_descendants(process.pid), key=_cpu_ticks)
        os.kill(pid, signal.SIGKILL)
        if pid == process.pid:
            process.wait()  # nobody else does, and what is not waited for still looks alive
        return name

    def _start(self, host: Host, module: str, *words: str) -> subprocess.Popen[bytes]:
        command = [*host.prefix, sys.executable, "-m", f"distributed.cli.{module}", *words]
        with (self.folder / f"{host.name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=Path(__file__).parents[1],  # where `flows` and `benchmarks` are
                env={**os.environ, **self.environment, "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "warning"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def _load_models() -> None:
    """Load the models in a worker before the clock runs: a worker lives for many runs."""
    from transforms.models import shared_models  # noqa: PLC0415 - in the worker

    models = shared_models()
    for each in (models.language, models.lines, models.entities):
        assert each is not None  # noqa: S101 - it is asked for to be loaded


def _descendants(pid: int) -> list[int]:
    """A process and all that it has started, by their ids here."""
    found = [pid]
    for one in found:
        with suppress(OSError):
            for thread in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (thread / "children").read_text().split())
    return found


def _cpu_ticks(pid: int) -> int:
    """The processor time of a process: of a worker, its launcher and its nanny, the worker has the most."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])
    return 0


@contextmanager
def prefect_server(folder: Path, address: str, port: int) -> Iterator[str]:
    """The API URL of a Prefect server with a database of its own in `folder`."""
    url = f"http://{address}:{port}/api"
    environment = {**os.environ, "PREFECT_HOME": str(folder / "prefect"), "DO_NOT_TRACK": "1"}
    environment["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    environment.pop("PREFECT_API_URL", None)
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", address, "--port", str(port)]
    with (folder / "prefect.log").open("ab") as log:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    try:
        limit = time.monotonic() + _START_TIMEOUT_S
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > limit:
                raise RuntimeError(f"Prefect's server does not start: read {folder / 'prefect.log'}")
            time.sleep(0.2)
        yield url
    finally:
        end(process)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as response:  # noqa: S310 - ours
            return bool(response.status == 200)
    except OSError:
        return False


def end(*processes: subprocess.Popen[bytes]) -> None:
    """End processes that were started in sessions of their own, with all that they have started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        limit = time.monotonic() + _STOP_TIMEOUT_S
        for process in processes:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, limit - time.monotonic()))


def ingest(
    folder: Path, environment: Mapping[str, str], log: Path, words: Sequence[str] = ()
) -> subprocess.Popen[bytes]:
    """Start `dropwire ingest` of a folder."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "dropwire", "ingest", str(folder / "**"), *words],
            cwd=Path(__file__).parents[1],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
