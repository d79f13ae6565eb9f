"""Kill an ingest again and again, and compare what comes out: `python -m benchmarks.crash_test --kills 200`.

A corpus of drops in every format, with broken ones, copies and revisions, is ingested undisturbed into one store, and
into another one by processes that are killed with SIGKILL, at random moments or as soon as they are at a given point,
and started again until all is done. Now and then the embedded store is killed with them, as when the power fails,
and now and then it is the whole command `dropwire ingest` that is killed. When a round is done, the two stores are
compared, field by field, and the next round begins with an empty one. Ends with 1 if anything differs.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pymongo import MongoClient

from benchmarks.fault_corpus import write_corpus
from benchmarks.fault_stores import COLLECTIONS_NOT_COMPARED, NOT_COMPARED, differences
from benchmarks.fault_worker import PHASES, Worker, kill
from benchmarks.tables import Table
from dropwire.embedded import embedded_store
from store.connection import Record
from store.ledger import MAX_DEATHS

# Kills are spread over the whole work, and over so many of them over one round.
_KILLS_A_ROUND: Final = 100
# Less than that is over before a run has looked at the ledger.
_SHORTEST_MEAN_LIFE_S: Final = 0.3
# Points that take so little time that chance alone would hardly meet them.
_AIMED_AT: Final = tuple(phase for phase in PHASES if phase not in {"starting", "between"})
_SHOWN: Final = 20
_FLOW_TIMEOUT_S: Final = 300.0


@dataclass(slots=True)
class _Score:
    """What happened so far."""

    killed: Counter[str] = field(default_factory=Counter)
    rounds: int = 0
    restarts_of_store: int = 0
    found: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """How many processes were killed before they were done."""
        return sum(self.killed.values())


class _Store:
    """The embedded store of this test, which can be killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._use = ExitStack()
        self.uri = self._use.enter_context(embedded_store(folder, linger_s=0))

    def kill(self) -> None:
        """Kill the server and start it again on the same files."""
        with MongoClient[Record](self.uri) as client:
            kill(client.admin.command("serverStatus")["pid"])
        self.close()
        self.uri = self._use.enter_context(embedded_store(self._folder, linger_s=0))

    def close(self) -> None:
        """Let it stop."""
        self._use.close()


def _named(uri: str, database: str) -> str:
    return uri.replace("/?", f"/{database}?")


def _live(worker: Worker, mean_s: float, rng: random.Random) -> None:
    """Let a run go on for a random time; for half of the runs, until it then comes to a random point."""
    if worker.wait(rng.uniform(0, 2 * mean_s)) is not None or rng.random() < 0.5:
        return
    aim, end = rng.choice(_AIMED_AT), time.monotonic() + 2 * mean_s
    while worker.phase != aim and time.monotonic() < end:
        if worker.wait(0.0002) is not None:
            return


def _spare(worker: Worker, uri: str, database: str) -> None:
    """Where chance has killed over one drop again and again, let that one be done, else it is blamed for it."""
    with MongoClient[Record](uri) as client:
        while client[database].drops.count_documents({"deaths": {"$gte": MAX_DEATHS - 2}}):
            if worker.wait(0.05) is not None:
                return


def _kill_command(uri: str, database: str, drops: Path, mean_s: float, rng: random.Random, log: Path) -> str | None:
    """Run the whole command and kill it while it works. Returns the point, None if it was done before."""
    environment = {**os.environ, "DROPWIRE_MONGODB_URI": _named(uri, database)}
    with (
        MongoClient[Record](uri) as client,
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "dropwire", "ingest", str(drops)],
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        ) as command,
    ):
        before = client[database].drops.count_documents({"state": "done"})
        end = time.monotonic() + _FLOW_TIMEOUT_S
        while command.poll() is None and time.monotonic() < end:
            if client[database].drops.count_documents({"state": "done"}) > before:
                break
            time.sleep(0.05)
        time.sleep(rng.uniform(0, mean_s))
        status = command.poll()
        if status is None:
            kill(command.pid)
    if status:
        raise RuntimeError(f"the command failed: {log.read_text(errors='replace')[-2000:]}")
    return "the whole command" if status is None else None


def crash(kills: int, drops: int, seed: int, *, command_every: int, store_every: int, folder: Path) -> _Score:
    """The test itself: so many kills, spread over as many rounds as it takes, in a folder of its own."""
    rng = random.Random(seed)  # noqa: S311 - chance, not secrets
    corpus = folder / "drops"
    write_corpus(corpus, drops, seed)
    score = _Score()
    store = _Store(folder / "store")
    with closing(store), Worker(folder, "worker") as worker:
        began = time.monotonic()
        worker.start(store.uri, "undisturbed", corpus)
        if worker.wait() != 0:
            raise RuntimeError(f"the undisturbed run failed: {worker.last_words}")
        seconds = time.monotonic() - began
        mean_s = max(_SHORTEST_MEAN_LIFE_S, seconds / min(kills, _KILLS_A_ROUND))
        print(f"{drops} drops in {seconds:.0f} s, undisturbed", flush=True)
        while score.kills < kills:
            database = f"round_{score.rounds}"
            _round(kills, score, database, store, worker, corpus, mean_s, rng, command_every, store_every)
            score.rounds += 1
            with MongoClient[Record](store.uri, tz_aware=True) as client:
                found = differences(client["undisturbed"], client[database])
                client.drop_database(database)
            score.found += [f"{database}: {line}" for line in found]
            print(f"{score.kills} kills, {score.rounds} rounds, {len(score.found)} differences", flush=True)
    return score


def _round(
    kills: int,
    score: _Score,
    database: str,
    store: _Store,
    worker: Worker,
    corpus: Path,
    mean_s: float,
    rng: random.Random,
    command_every: int,
    store_every: int,
) -> None:
    """Kill runs until one is done, or until there were enough and one is let live."""
    while score.kills < kills:
        number = score.kills + 1
        if command_every and number % command_every == 0:
            point = _kill_command(store.uri, database, corpus, mean_s, rng, corpus.with_name("command.log"))
            if point is None:
                return
            score.killed[point] += 1
            continue
        worker.start(store.uri, database, corpus)
        _spare(worker, store.uri, database)
        _live(worker, mean_s, rng)
        status = worker.kill()
        if status == 0:
            return
        if status > 0:
            raise RuntimeError(f"a run failed: {worker.last_words}")
        score.killed[worker.phase] += 1
        if store_every and number % store_every == 0:
            store.kill()
            score.restarts_of_store += 1
    worker.start(store.uri, database, corpus)
    if worker.wait() != 0:
        raise RuntimeError(f"the last run failed: {worker.last_words}")


def _table(score: _Score, drops: int, seconds: float) -> Table:
    rows = [(f"killed: {phase}", str(score.killed[phase])) for phase in (*PHASES, "the whole command")]
    rows += [
        ("killed in all", str(score.kills)),
        ("of them together with the store", str(score.restarts_of_store)),
        ("rounds, each ending in a comparison", str(score.rounds)),
        ("differences", str(len(score.found))),
    ]
    left_out = [*COLLECTIONS_NOT_COMPARED, *(f"{name}.{one}" for name, some in NOT_COMPARED.items() for one in some)]
    note = (
        f"{drops} drops, {seconds:.0f} s. Compared: every field of every record of all collections but "
        f"{', '.join(sorted(left_out))}; of a drop's outcome the sum of inserted, revised, unchanged and duplicate; of "
        "the place that a case of quarantine names, that the drop lies there."
    )
    return Table("Crash test", ("what", "times"), tuple(rows), note)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the test as the command line says; 0 where nothing differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--drops", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--command-every", type=int, default=20, help="every so many kills, the whole command; 0: never"
    )
    parser.add_argument("--store-every", type=int, default=15, help="every so many kills, the store, too; 0: never")
    parser.add_argument("--markdown", action="store_true")
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        score = crash(
            asked.kills,
            asked.drops,
            asked.seed,
            command_every=asked.command_every,
            store_every=asked.store_every,
            folder=Path(folder),
        )
    table = _table(score, asked.drops, time.monotonic() - began)
    print(table.markdown() if asked.markdown else table.plain())
    for line in score.found[:_SHOWN]:
        print(line)
    return 1 if score.found else 0


if __name__ == "__main__":
    sys.exit(main())
