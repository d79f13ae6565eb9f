"""Disturb an ingest in every other way than by a kill: `python -m benchmarks.faults`.

Each fault disturbs runs over a corpus until one of them ends well; then the store must be that of an undisturbed run,
field by field. A run that a fault ends must say why, by an error of the store. Prints a table; ends with 1 if a store
differs, if a run ends in another way, or if two hosts do the same work twice.
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from benchmarks.fault_corpus import write_corpus
from benchmarks.fault_proxy import CUTS, Proxy
from benchmarks.fault_stores import Server, differences
from benchmarks.fault_worker import Worker
from benchmarks.tables import Table
from store.connection import Record

_MAX_RUNS: Final = 30
# Then a fault has shown what it does, and a run may end.
_MOST: Final = 200
# After each of these the driver waits for up to 10 s until it knows the primary again.
_MOST_ELECTIONS: Final = 4
_SHOWN: Final = 20
# What a run that the store fails may end with: the driver's errors and ours that stand for them.
_CLEAR: Final = ("StoreError", "pymongo.errors.", "UnknownWriteError", "QuarantineError")
# LockTimeout, WriteConflict, ExceededTimeLimit.
_PASSING: Final = (24, 112, 262)
# ShutdownInProgress, PrimarySteppedDown, NotWritablePrimary, InterruptedDueToReplStateChange.
_ELECTIONS: Final = (91, 189, 10107, 11602)
_ELECTION: Final = "an election throws a command out"
_FAILED_COMMANDS: Final = ("insert", "update", "delete", "find", "findAndModify")
# Room for the server's log files (10 MB each) and for a part of the corpus.
_FULL_DISK_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the runs under one fault."""

    fault: str
    times: int
    ended: int
    found: tuple[str, ...]
    last_words: str = ""


@dataclass(frozen=True, slots=True)
class Bench:
    """What each fault works with: the corpus, a folder, the undisturbed store, a worker, chance."""

    folder: Path
    corpus: Path
    undisturbed: str
    worker: Worker
    rng: random.Random
    seconds: float

    def until_done(self, uri: str, disturb: Callable[[], int]) -> tuple[int, int, str, list[str]]:
        """Run until a run ends well: how often it was disturbed, how many runs ended, the last error, what is wrong.

        `disturb` is called again and again while a run goes on, and returns how often it struck.
        """
        times, ended, words, wrong = 0, 0, "", list[str]()
        for _ in range(_MAX_RUNS):
            self.worker.start(uri, "dropwire", self.corpus)
            while (status := self.worker.wait(0.01)) is None:
                times += disturb()
            if status == 0:
                return times, ended, words, wrong
            ended += 1
            words = self.worker.last_words
            if status < 0 or not any(name in words for name in _CLEAR):
                wrong.append(f"a run ended with {status}: {words}")
        return times, ended, words, [*wrong, f"{_MAX_RUNS} runs were not enough"]

    def compare(self, uri: str) -> list[str]:
        """What differs from the undisturbed store."""
        with (
            MongoClient[Record](uri, tz_aware=True) as one,
            MongoClient[Record](self.undisturbed, tz_aware=True) as two,
        ):
            return differences(two["dropwire"], one["dropwire"])

    def outcome(self, fault: str, server: Server, uri: str, disturb: Callable[[], int]) -> Outcome:
        """Disturb runs until one ends well, and compare."""
        times, ended, words, wrong = self.until_done(uri, disturb)
        return Outcome(fault, times, ended, (*wrong, *self.compare(server.uri)), words)

    def every(self, mean_s: float, strike: Callable[[], object], most: int | None = None) -> Callable[[], int]:
        """A disturbance that strikes at random moments, that far apart, and so many times at most."""
        due = [time.monotonic() + self.rng.uniform(0, 2 * mean_s)]
        left = [_MOST if most is None else most]

        def disturb() -> int:
            if time.monotonic() < due[0] or not left[0]:
                return 0
            left[0] -= 1
            strike()
            due[0] = time.monotonic() + self.rng.uniform(0, 2 * mean_s)
            return 1

        return disturb


@contextmanager
def _server(folder: Path, flags: Sequence[str] = (), before: Callable[[], None] | None = None) -> Iterator[Server]:
    server = Server(folder, flags=flags, before=before)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def store_dies(bench: Bench) -> Outcome:
    """The store is killed and comes back after a while, on the same files and the same port."""
    with _server(bench.folder / "dying") as server:

        def strike() -> None:
            server.kill()
            time.sleep(bench.rng.uniform(0, 2))
            server.start()

        return bench.outcome("the store is killed and comes back", server, server.uri, bench.every(_few(bench), strike))


def connections_cut(bench: Bench) -> Iterator[Outcome]:
    """A proxy between the two cuts connections: before a request goes on, before its answer, amid its answer."""
    for cut, what in CUTS.items():
        with _server(bench.folder / f"cut{cut}") as server, closing(Proxy(server.port)) as proxy:
            disturb = bench.every(_few(bench) / 4, partial(proxy.cut_next, cut))
            yield bench.outcome(f"a connection is cut {what}", server, proxy.uri, disturb)


def fail_points(bench: Bench) -> Iterator[Outcome]:
    """The store's own fail points: commands that fail, answers without a majority, closed connections."""
    kinds: dict[str, Callable[[], Record]] = {
        "a command fails with a code that passes": lambda: {"errorCode": bench.rng.choice(_PASSING)},
        _ELECTION: lambda: {"errorCode": bench.rng.choice(_ELECTIONS)},
        "a write is done, the majority does not confirm it": lambda: {
            "writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}
        },
        "the store closes the connection": lambda: {"closeConnection": True},
    }
    for number, (what, fault) in enumerate(kinds.items()):
        with (
            _server(bench.folder / f"points{number}", ["--enable-test-commands"]) as server,
            MongoClient[Any](server.uri, appname="the one that sets fail points") as client,
        ):

            def strike(client: MongoClient[Any] = client, fault: Callable[[], Record] = fault) -> None:
                data = {"failCommands": list(_FAILED_COMMANDS), "appName": "dropwire", **fault()}
                times = bench.rng.randint(1, 3)
                client.admin.command("configureFailPoint", "failCommand", mode={"times": times}, data=data)

            disturb = bench.every(_few(bench) / 4, strike, _MOST_ELECTIONS if what == _ELECTION else None)
            yield bench.outcome(f"fail point: {what}", server, server.uri, disturb)


def full_disk(bench: Bench) -> Outcome:
    """The disk of the store is full in the middle of a run; then there is room, the store is started again."""
    place = bench.folder / "small"
    place.mkdir()
    with ExitStack() as stack:
        before: Callable[[], None] | None = None
        if _mount(place):
            kind = "a small tmpfs"
            stack.callback(subprocess.run, ["/bin/umount", "--lazy", str(place)], check=False)
        else:
            # Where nothing may be mounted: files that cannot grow, which the server meets as another error of write(2).
            kind = "a limit to the size of files"
            before = _limit_files
        server = Server(place / "store", before=before)
        stack.callback(server.kill)
        server.start()
        with MongoClient[Record](server.uri) as client:
            client["filler"]["filler"].insert_one({})  # a file for it, while there is room
        bench.worker.start(server.uri, "dropwire", bench.corpus)
        bench.worker.wait(bench.rng.uniform(0.2, 0.6) * bench.seconds)
        _fill(place, server.uri)
        status, words = bench.worker.wait(), bench.worker.last_words
        ended, wrong = int(status != 0), list[str]()
        if status == 0:
            wrong.append("the disk was not full: more drops are needed")
        elif not any(name in words for name in _CLEAR):
            wrong.append(f"a run ended with {status}: {words}")
        server.kill()
        if before is None:
            (place / "filler").unlink(missing_ok=True)
            subprocess.run(["/bin/mount", "-o", "remount,size=2g", str(place)], check=True)
        again = Server(place / "store")
        stack.callback(again.kill)
        again.start()
        _, more, _, other = bench.until_done(again.uri, lambda: 0)
        return Outcome(
            f"the store's disk is full ({kind})", 1, ended + more, (*wrong, *other, *bench.compare(again.uri)), words
        )


def _mount(place: Path) -> bool:
    size = f"size={_FULL_DISK_BYTES}"
    with suppress(OSError):
        command = ["/bin/mount", "-t", "tmpfs", "-o", size, "tmpfs", str(place)]
        return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0
    return False


def _fill(place: Path, uri: str) -> None:
    """Leave no room at all: neither on the disk nor in the files that the server has set aside for its log."""
    with suppress(OSError), (place / "filler").open("wb", buffering=0) as filler:
        # As many as fit on the tmpfs; without one, the files of the server cannot grow by as much either.
        for _ in range(_FULL_DISK_BYTES >> 16):
            filler.write(bytes(1 << 16))
    rng = random.Random(1)  # noqa: S311 - for what cannot be compressed
    with suppress(PyMongoError), MongoClient[Record](uri, serverSelectionTimeoutMS=2000) as client:
        for _ in range(_FULL_DISK_BYTES >> 20):
            client["filler"]["filler"].insert_one({"filler": rng.randbytes(1 << 20)})


def _limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))


def two_hosts(bench: Bench) -> Iterator[Outcome]:
    """Two ingests over the same drops at once, with right clocks and with clocks hours apart."""
    for hours in (0.0, 5.0):
        with (
            _server(bench.folder / f"two{hours:.0f}") as server,
            Worker(bench.folder, f"other{hours:.0f}") as other,
            MongoClient[Record](server.uri, tz_aware=True) as client,
        ):
            workers = {bench.worker: hours, other: -hours}
            for worker, shift in workers.items():
                worker.start(server.uri, "dropwire", bench.corpus, clock_hours=shift)
            wrong = [f"a run failed: {worker.last_words}" for worker in workers if worker.wait() != 0]
            holders = len(client["dropwire"].drops.distinct("holder"))
            # Copies of a drop that were delivered at different times are processed once for each new time.
            once = {"seen": {"$size": 1}, "attempts": {"$ne": 1}}
            twice = client["dropwire"].drops.count_documents(once)
            if twice:
                wrong.append(f"{twice} drops were claimed more than once")
            # Who finds a drop busy leaves it to the other; what was delivered once more is for the next run.
            bench.worker.start(server.uri, "dropwire", bench.corpus, clock_hours=-24 * hours)
            if bench.worker.wait() != 0:
                wrong.append(f"the run after it failed: {bench.worker.last_words}")
            what = f"{holders} ingests at once, clocks {2 * hours:.0f} h apart"
            yield Outcome(what, 1, 0, (*wrong, *bench.compare(server.uri)))


def clock_goes_back(bench: Bench) -> Outcome:
    """Each run is killed, and the next one's clock is a day behind."""
    with _server(bench.folder / "clock") as server:
        times = 0
        for days in range(1, 9):
            bench.worker.start(server.uri, "dropwire", bench.corpus, clock_hours=-24 * days)
            bench.worker.wait(bench.rng.uniform(0, bench.seconds / 4))
            times += bench.worker.kill() != 0
        bench.worker.start(server.uri, "dropwire", bench.corpus, clock_hours=-24 * 10)
        wrong = [] if bench.worker.wait() == 0 else [f"the last run failed: {bench.worker.last_words}"]
        return Outcome("killed, and the clock a day back each time", times, times, (*wrong, *bench.compare(server.uri)))


def _few(bench: Bench) -> float:
    """So far apart that a fault strikes some four times in a run."""
    return max(0.5, bench.seconds / 4)


def outcomes(folder: Path, drops: int, seed: int, only: str = "") -> Iterator[Outcome]:
    """One after the other, what came of all faults, or of those whose function has `only` in its name."""
    write_corpus(folder / "drops", drops, seed)
    with _server(folder / "undisturbed") as server, Worker(folder, "worker") as worker:
        began = time.monotonic()
        worker.start(server.uri, "dropwire", folder / "drops")
        if worker.wait() != 0:
            raise RuntimeError(f"the undisturbed run failed: {worker.last_words}")
        seconds = time.monotonic() - began
        rng = random.Random(seed)  # noqa: S311 - chance, not secrets
        bench = Bench(folder, folder / "drops", server.uri, worker, rng, seconds)
        for fault in (store_dies, connections_cut, fail_points, full_disk, two_hosts, clock_goes_back):
            if only in fault.__name__:
                came = fault(bench)
                yield from [came] if isinstance(came, Outcome) else came


def _table(came: Sequence[Outcome], drops: int, seconds: float) -> Table:
    rows = tuple((one.fault, str(one.times), str(one.ended), str(len(one.found))) for one in came)
    note = f"{drops} drops for each, {seconds:.0f} s. A run that a fault ended said why; the next one went on."
    return Table("Faults", ("fault", "times", "runs ended", "differences"), rows, note)


def main(arguments: Sequence[str] | None = None) -> int:
    """Disturb as the command line says; 0 where nothing is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drops", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only the faults whose name has this in it, as `full_disk`")
    parser.add_argument("--markdown", action="store_true")
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    came = []
    with tempfile.TemporaryDirectory() as folder:
        for one in outcomes(Path(folder), asked.drops, asked.seed, asked.only):
            print(f"{one.fault}: {one.times} times, {one.ended} runs ended. {one.last_words}", flush=True)
            for line in one.found[:_SHOWN]:
                print(f"  {line}")
            came.append(one)
    table = _table(came, asked.drops, time.monotonic() - began)
    print(table.markdown() if asked.markdown else table.plain())
    return 1 if any(one.found for one in came) or not came else 0


if __name__ == "__main__":
    sys.exit(main())
