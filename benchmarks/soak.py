"""An hour of everything at once, on loopback: `python -m benchmarks.soak --minutes 60` (`--minutes 3` to try it).

`dropwire serve` runs with an interval schedule and watches its folder. Drops arrive at random: new ones, copies,
corrections, broken ones, archives (benchmarks/fault_corpus.py). Runs are triggered by hand and by events. The store is
killed (SIGKILL) and started again; so are processes that execute runs. The memory of every process is sampled into a
CSV file. Then the drops stop, `serve` gets SIGTERM, an ingest finishes what is left, and it is checked that

- every file that was sent is in the ledger as done, and `dropwire audit --deep` finds nothing;
- the store equals, in every field, one into which the same files were ingested undisturbed;
- no process is left over.

Ends with 1 where any of that is not so. Memory and the size of Prefect's database are shown, not judged.
"""

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pymongo import MongoClient

from benchmarks.cluster_hosts import end, prefect_server
from benchmarks.fault_corpus import write_corpus
from benchmarks.fault_stores import Server, differences
from benchmarks.soak_memory import Memory, growth, mentioning, processes_of
from benchmarks.tables import Table
from dropwire.deployments import ARRIVED
from dropwire.embedded import HOST
from store.connection import Record

_ROOT: Final = Path(__file__).parents[1]
_DATABASE: Final = "soak"
_UNDISTURBED: Final = "undisturbed"
_COMMAND_TIMEOUT_S: Final = 600.0
_STOP_TIMEOUT_S: Final = 90.0
# A short soak does everything so often, too.
_LEAST_TIMES: Final = 3
# How long the store is away, s: shorter and longer than what a batch waits by itself (store.bulk.PATIENCE_S).
_AWAY_S: Final = (0.5, 30.0)
# Drops that arrive together, in the mean.
_SHOWER: Final = 4
_TRIGGERED: Final = ("ingest-drops", "refresh-entities", "learn-templates")
_SHOWN: Final = 20


@dataclass(slots=True)
class _Soak:
    """What is soaked, and what happened so far."""

    folder: Path
    server: Server
    api: str
    memory: Memory
    rng: random.Random
    stock: list[Path]
    serve: subprocess.Popen[bytes] | None = None
    sent: list[Path] = field(default_factory=list)
    times: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)

    @property
    def drops(self) -> Path:
        """Where drops arrive."""
        return self.folder / "drops"

    def environment(self, database: str = _DATABASE) -> dict[str, str]:
        """What our commands need."""
        return {
            **os.environ,
            "DROPWIRE_MONGODB_URI": self.server.uri.replace("/?", f"/{database}?"),
            "PREFECT_API_URL": self.api,
            "PREFECT_HOME": str(self.folder / "prefect"),
        }

    def command(self, *words: str, database: str = _DATABASE) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=_ROOT,
            env=self.environment(database),
            capture_output=True,
            text=True,
            timeout=_COMMAND_TIMEOUT_S,
            check=False,
        )

    # What happens, each at random times.

    def arrive(self) -> None:
        """Some drops arrive: written elsewhere and moved in, or, one in four, written in place."""
        for _ in range(min(len(self.stock), 1 + int(self.rng.expovariate(1 / _SHOWER)))):
            source = self.stock.pop()
            target = self.drops / source.name
            content = source.read_bytes()
            if self.rng.random() < 0.25:
                with target.open("wb") as file:
                    file.write(content[: len(content) // 2])
                    file.flush()
                    time.sleep(0.2)
                    file.write(content[len(content) // 2 :])
                source.unlink()
            else:
                os.utime(source)
                source.rename(target)
            self.sent.append(target)
            self.times["drops arrived"] += 1

    def trigger(self) -> None:
        """Somebody triggers a flow by hand."""
        flow = self.rng.choice(_TRIGGERED)
        said = self.command("dropwire", "trigger", flow, "--json")
        if said.returncode:
            self.found.append(f"`dropwire trigger {flow}` failed: {said.stdout}{said.stderr}"[:500])
        self.times["runs triggered by hand"] += 1

    def event(self) -> None:
        """Somebody tells Prefect that a drop has arrived."""
        said = self.command("prefect", "event", "emit", ARRIVED, "--resource-id", "dropwire.soak")
        if said.returncode:
            self.found.append(f"the event could not be emitted: {said.stdout}{said.stderr}"[:500])
        self.times["arrival events"] += 1

    def kill_store(self) -> None:
        """The store dies, and comes back."""
        self.server.kill()
        time.sleep(self.rng.uniform(*_AWAY_S))
        self.start_store()
        self.times["the store killed"] += 1

    def kill_worker(self) -> None:
        """A process that executes a run dies: the run's own, or one that works on its batches."""
        if self.serve is None:
            return
        workers = processes_of(self.serve.pid)[1:]
        if workers:
            os.kill(self.rng.choice(workers), signal.SIGKILL)
            self.times["processes of runs killed"] += 1

    def start_store(self) -> None:
        """Start the store, and have its memory sampled."""
        self.server.start()
        with MongoClient[Record](self.server.uri) as client:
            self.memory.roots["store"] = client.admin.command("serverStatus")["pid"]


def soak(given: _Soak, minutes: float, every: str, drops_a_minute: float) -> None:
    """Let it all happen for so many minutes, then stop, and finish what is left."""
    given.drops.mkdir()
    with (given.folder / "serve.log").open("ab") as log:
        words = ("serve", str(given.drops / "**"), "--every", every, "--watch", "--settle", "2", "--json")
        given.serve = subprocess.Popen(
            [sys.executable, "-m", "dropwire", *words],
            cwd=_ROOT,
            env=given.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    given.memory.roots["serve"] = given.serve.pid
    try:
        _happen(given, minutes * 60, drops_a_minute / 60)
    finally:
        given.serve.send_signal(signal.SIGTERM)
        try:
            status = given.serve.wait(_STOP_TIMEOUT_S)
            if status not in {0, 128 + signal.SIGTERM, -signal.SIGTERM}:
                given.found.append(f"serve ended with {status}: read {given.folder / 'serve.log'}")
        except subprocess.TimeoutExpired:
            given.found.append(f"serve did not stop within {_STOP_TIMEOUT_S:.0f} s of SIGTERM")
            end(given.serve)


def _happen(given: _Soak, seconds: float, drops_a_second: float) -> None:
    # Each with the mean of the times between two, s; in a short soak everything happens some times, too.
    least = seconds / (_LEAST_TIMES + 1)
    events: tuple[tuple[float, Callable[[], None]], ...] = (
        ((1 + _SHOWER) / drops_a_second, given.arrive),
        (min(420.0, least), given.trigger),
        (min(360.0, least), given.event),
        (min(480.0, least), given.kill_store),
        (min(240.0, least), given.kill_worker),
    )
    began = time.monotonic()
    due = [began + given.rng.uniform(0, mean) for mean, _ in events]
    told = began
    while (now := time.monotonic()) < began + seconds:
        for place, (mean, happen) in enumerate(events):
            if now >= due[place]:
                happen()
                due[place] = time.monotonic() + given.rng.expovariate(1 / mean)
        if given.serve and given.serve.poll() is not None:
            given.found.append(f"serve ended by itself with {given.serve.returncode}")
            return
        if now - told > 300:
            told = now
            print(f"{(now - began) / 60:.0f} min: {dict(given.times)}", flush=True)
        time.sleep(0.5)


def check(given: _Soak) -> tuple[int, int]:
    """Finish what is left, and note whatever is not as it must be. Returns how many drops and documents there are."""
    for _ in range(3):
        said = given.command("dropwire", "ingest", str(given.drops / "**"), "--settle", "0", "--json")
        if said.returncode:
            given.found.append(f"the last ingest failed: {said.stderr[-500:]}")
            break
        report = json.loads(said.stdout)
        if not report["busy"] and not report["waiting"]:
            break
    else:
        given.found.append(f"drops are left over: {report['busy']} busy, {report['waiting']} waiting")
    audit = given.command("dropwire", "audit", "--deep", "--json")
    if audit.returncode:
        wrong = [one for one in json.loads(audit.stdout)["findings"] if one["violations"]]
        given.found.append(f"audit: {wrong}"[:2000])
    said = given.command(
        "dropwire", "ingest", str(given.drops / "**"), "--settle", "0", "--json", database=_UNDISTURBED
    )
    if said.returncode:
        given.found.append(f"the undisturbed ingest failed: {said.stderr[-500:]}")
    with MongoClient[Record](given.server.uri, tz_aware=True) as client:
        done = {drop["_id"] for drop in client[_DATABASE].drops.find({"state": "done"}, {"_id": 1})}
        for path in given.sent:
            if hashlib.sha256(path.read_bytes()).hexdigest() not in done:
                given.found.append(f"{path.name} was sent and is not in the ledger as done")
        given.found += differences(client[_UNDISTURBED], client[_DATABASE])
        return len(done), client[_DATABASE].documents.count_documents({})


def _runs(api: str) -> Mapping[str, int]:
    """How many flow runs ended in which state, as Prefect says."""
    counts = {}
    for state in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
        asked = json.dumps({"flow_runs": {"state": {"type": {"any_": [state]}}}}).encode()
        request = urllib.request.Request(  # noqa: S310 - ours
            f"{api}/flow_runs/count", asked, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            counts[state.lower()] = int(response.read())
    return counts


def _size(database: Path) -> int:
    """The bytes of an SQLite database, its log included."""
    return sum(path.stat().st_size for path in database.parent.glob(f"{database.name}*"))


def _memory_table(memory: Memory) -> Table:
    rows = []
    for role, samples in memory.samples.items():
        # The processes of runs come and go.
        grown = growth(samples) if not role.endswith(" runs") else None
        slope = f"{grown.median:+.1f} ({grown.lower:+.1f} to {grown.upper:+.1f})" if grown else "–"
        middle = sorted(one.pss for one in samples)[len(samples) // 2]
        most = max(samples, key=lambda one: one.pss)
        rows.append(
            (
                role,
                str(len(samples)),
                str(max(one.processes for one in samples)),
                f"{middle:.0f}",
                f"{most.pss:.0f}",
                slope,
            )
        )
    note = (
        "Proportional set size (shared pages divided among those who share them), MB, sampled every 5 s. MB an hour: "
        "median of the slopes between all pairs of samples after the first quarter (Theil and Sen), and quartiles."
    )
    return Table("Memory", ("processes", "samples", "at most", "median MB", "peak MB", "MB an hour"), tuple(rows), note)


def _table(given: _Soak, facts: Mapping[str, Any], minutes: float) -> Table:
    rows = [(what, f"{times:,}") for what, times in sorted(given.times.items())]
    rows += [(what, str(value)) for what, value in facts.items()]
    rows.append(("what is not as it must be", str(len(given.found))))
    return Table(f"Soak of {minutes:g} minutes", ("what", "times"), tuple(rows))


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak, and print the tables; 1 where something is not as it must be."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--every", default="5m", help="the interval of the schedule (default 5m)")
    parser.add_argument("--drops-a-minute", type=float, default=8.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=4365, help="of Prefect's server")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="an empty folder for logs and memory.csv, kept")
    parser.add_argument("--markdown", action="store_true")
    asked = parser.parse_args(arguments)
    folder = asked.keep.resolve() if asked.keep else Path(tempfile.mkdtemp(prefix="soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(asked.seed)  # noqa: S311 - chance, not secrets
    stock = folder / "stock"
    # Twice as many as are expected: how many come is chance.
    write_corpus(stock, max(50, int(2 * asked.minutes * asked.drops_a_minute)), asked.seed)
    stocked = sorted(stock.iterdir(), reverse=True)
    server = Server(folder / "store")
    began = time.monotonic()
    facts: dict[str, Any] = {}
    try:
        with prefect_server(folder, HOST, asked.port) as api, Memory(folder / "memory.csv") as memory:
            given = _Soak(folder, server, api, memory, rng, stocked)
            given.start_store()
            memory.roots["Prefect's server"] = _server_of_prefect(folder)
            database = folder / "prefect" / "prefect.db"
            before = _size(database)
            soak(given, asked.minutes, asked.every, asked.drops_a_minute)
            usage, soaked = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
            facts["flow runs, as Prefect counts them"] = ", ".join(
                f"{n} {state}" for state, n in _runs(api).items() if n
            )
            facts["Prefect's database, MB (before)"] = f"{_size(database) / 1e6:.1f} ({before / 1e6:.1f})"
            facts["cores of serve, runs, store and commands"] = f"{(usage.ru_utime + usage.ru_stime) / soaked:.2f}"
            drops, documents = check(given)
            facts |= {"distinct drops done": f"{drops:,}", "documents": f"{documents:,}"}
    finally:
        server.kill()
    left = sorted({*memory.left(), *mentioning(str(folder))})
    given.found += [f"process {pid} is left over" for pid in left]
    tables = [_table(given, facts, asked.minutes), _memory_table(memory)]
    print("\n\n".join(table.markdown() if asked.markdown else table.plain() for table in tables))
    for line in given.found[:_SHOWN]:
        print(line)
    if given.found or asked.keep:
        print(f"Logs and memory.csv: {folder}")
    else:
        shutil.rmtree(folder)
    return 1 if given.found else 0


def _server_of_prefect(folder: Path) -> int:
    """The process of Prefect's server: so far the only one that knows its folder."""
    return mentioning(str(folder / "prefect"))[0]


if __name__ == "__main__":
    sys.exit(main())
