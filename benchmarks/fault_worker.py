"""The ingesting process of the programs that disturb an ingest: the flow's own code, without Prefect around it.

`python -m benchmarks.fault_worker PHASE` loads the models once and then, for each line of JSON that it reads, forks a
process that does one run over a folder, as `ingest_drops` does it. So a process can be killed as often as wanted
without two seconds of start each time. Where it is, it says in the one byte of the file PHASE.
"""

import json
import mmap
import os
import select
import signal
import subprocess
import sys
import time
import traceback
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self, cast

from pymongo import monitoring

from flows import load_drops, load_items
from flows.batching import batches_of_files
from flows.clean_again import learn_sources
from store import ensure, entities, open_store, templates
from transforms import pipeline
from transforms.document import Found
from transforms.models import shared_models
from transforms.readers import read_items

PHASES: Final = (
    "starting",
    "between",
    "reading",
    "transforming",
    "asking the store",
    "writing revisions",
    "writing originals",
    "writing documents",
    "writing drops",
    "writing quarantine",
    "writing templates",
    "writing others",
)
_WRITES: Final = {"insert", "update", "delete", "findAndModify"}


@dataclass(frozen=True, slots=True)
class Order:
    """One run: over which folder, into which store, on a host whose clock is so many hours off."""

    uri: str
    database: str
    folder: str
    log: str
    clock_hours: float = 0.0
    reread: bool = False


class Worker:
    """A process that does runs, one at a time; each of them in a process of its own, which can be killed."""

    def __init__(self, folder: Path, name: str) -> None:
        phase = folder / f"{name}.phase"
        phase.write_bytes(b"\0")
        self.log = folder / f"{name}.log"
        with phase.open("r+b") as file:
            self._phase = mmap.mmap(file.fileno(), 1)
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.fault_worker", str(phase)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd=Path(__file__).parents[1],  # where `benchmarks` is
        )
        # Both are pipes, as just asked for.
        self._orders = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)
        self._pid = 0
        self._status: int | None = None
        self._answer()  # it is ready

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()

    def start(self, uri: str, database: str, folder: Path, *, clock_hours: float = 0.0, reread: bool = False) -> None:
        """Start a run."""
        self._phase[0] = 0
        order = Order(uri, database, str(folder), str(self.log), clock_hours, reread)
        self._orders.write(json.dumps(asdict(order)).encode() + b"\n")
        self._pid = int(self._answer())
        self._status = None

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Wait for the end of the run: its exit status, negative where a signal ended it, None if it goes on."""
        if self._status is None and (timeout_s is None or select.select([self._answers], [], [], timeout_s)[0]):
            self._status = int(self._answer())
        return self._status

    def kill(self) -> int:
        """Kill the run with SIGKILL: its exit status, which is 0 where it was over before."""
        if self.wait(0) is None:
            # Its parent has not asked for its status for longer than it takes to get here: nobody else has its number.
            kill(self._pid)
        return cast("int", self.wait())

    @property
    def phase(self) -> str:
        """Where the run is, or was when it ended."""
        return PHASES[self._phase[0]]

    @property
    def last_words(self) -> str:
        """The last line of the last run that failed."""
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1] if lines else ""

    def _answer(self) -> str:
        line = self._answers.readline()
        if not line:
            raise RuntimeError("the worker's process is gone")
        return line.decode()


def kill(pid: int) -> None:
    """Kill a process of ours, if it still is there."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


class _Tracker(monitoring.CommandListener):
    """Notes in shared memory what the store is asked for."""

    def __init__(self, phase: mmap.mmap) -> None:
        self._phase = phase

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        name = event.command_name
        write = f"writing {event.command.get(name)}"
        known = write if write in PHASES else "writing others"
        self._phase[0] = PHASES.index(known if name in _WRITES else "asking the store")

    def succeeded(self, _event: monitoring.CommandSucceededEvent) -> None:
        self._phase[0] = PHASES.index("between")

    def failed(self, _event: monitoring.CommandFailedEvent) -> None:
        self._phase[0] = PHASES.index("between")


def _track(phase: mmap.mmap) -> None:
    """Let this process say where it is, from now on."""
    read, process = read_items, pipeline.process

    def tracked_items(*args: Any, **kwargs: Any) -> Iterator[Any]:
        phase[0] = PHASES.index("reading")
        for item in read(*args, **kwargs):
            yield item
            phase[0] = PHASES.index("reading")

    def tracked_process(*args: Any, **kwargs: Any) -> Any:
        phase[0] = PHASES.index("transforming")
        return process(*args, **kwargs)

    vars(load_drops)["read_items"] = tracked_items
    vars(pipeline)["process"] = tracked_process
    monitoring.register(_Tracker(phase))


def _set_clock(hours: float) -> None:
    """Put the clocks of this process off: all that ask for the time of day."""
    shift, clock = timedelta(hours=hours), time.time
    for module in (load_drops, load_items):
        vars(module)["now"] = lambda: datetime.now(UTC) + shift
    vars(time)["time"] = lambda: clock() + shift.total_seconds()


def _run(order: Order) -> None:
    """One run over the files of a folder, in order of arrival."""
    found = []
    for path in Path(order.folder).iterdir():
        status = path.stat()
        found.append(Found(str(path), status.st_size, datetime.fromtimestamp(status.st_mtime, UTC)))
    found.sort(key=lambda file: (file.modified_at, file.location))
    run_id = uuid.uuid4().hex
    with open_store(order.uri, order.database) as db:
        ensure(db)
        for batch in batches_of_files(found):
            report = load_drops.load_drops(db, batch, source=None, reread=order.reread, run_id=run_id)
            if not report.holds:
                raise ValueError(report.accounting)
        learn_sources(db, templates.unlearned(db))
        entities.refresh(db)


def _serve(phase_file: str) -> None:
    shared_models().language  # noqa: B018 - loads it
    shared_models().entities  # noqa: B018
    with Path(phase_file).open("r+b") as file:
        phase = mmap.mmap(file.fileno(), 1)
    print("ready", flush=True)
    for line in sys.stdin:
        order = Order(**json.loads(line))
        pid = os.fork()
        if not pid:
            code = 1
            with Path(order.log).open("w") as log:
                try:
                    _track(phase)
                    _set_clock(order.clock_hours)
                    _run(order)
                    code = 0
                except BaseException:  # noqa: BLE001 - a process of its own: nobody else would see it
                    traceback.print_exc(file=log)
            os._exit(code)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1])
