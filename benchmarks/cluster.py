"""Dropwire on a Dask cluster of real processes: `python -m benchmarks.cluster FOLDER`.

FOLDER is the development data. Starts an embedded store, a Prefect server, a Dask scheduler and workers of one thread,
each a process of its own, the workers on hosts of their own where network namespaces can be made (as root; else it says
so). Then:

- the same corpus is ingested with one worker and with two, in turn, `--runs` times each, into an empty database each
  time; the workers have their models loaded before;
- `--kills` times a worker is killed (SIGKILL) while it works, half of them workers that a nanny starts again. The run
  must end well, the next run must find what is left, `dropwire audit` must find nothing, and the store must equal that
  of an undisturbed run in every field (benchmarks/fault_stores.py has what may differ).

Ends with 1 where a store differs. Needs the extra `dask`.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pymongo import MongoClient

from benchmarks import speed_corpus
from benchmarks.cluster_hosts import Cluster, Network, ingest, network, prefect_server
from benchmarks.fault_corpus import write_corpus
from benchmarks.fault_stores import Server, differences
from benchmarks.tables import Table, show
from store.connection import Record
from store.ledger import LEASE

_MARK: Final = "cluster"
_RUN_TIMEOUT_S: Final = 900.0
_POLL_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class _Bench:
    """What all runs share: the machine, the store, the Prefect server, a folder for logs, the first port."""

    network: Network
    server: Server
    api: str
    folder: Path
    port: int

    def environment(self, database: str) -> dict[str, str]:
        """The environment of flow and workers for a run into this database."""
        return {
            "DROPWIRE_MONGODB_URI": self.server.uri.replace("/?", f"/{database}?"),
            "PREFECT_API_URL": self.api,
            "PREFECT_HOME": str(self.folder / "prefect"),
            "OPENBLAS_NUM_THREADS": "1",
        }

    @contextmanager
    def cluster(
        self, database: str, workers: int, *, nannies: bool = False
    ) -> Iterator[tuple[Cluster, dict[str, str]]]:
        """A cluster for this database, and the environment of a flow that uses it."""
        environment = self.environment(database)
        with Cluster(self.network, self.folder, environment, self.port, nannies=nannies) as cluster:
            cluster.start_workers(workers)
            asked = {"DROPWIRE_TASK_RUNNER": "dask", "DROPWIRE_DASK_ADDRESS": cluster.address}
            yield cluster, environment | asked | {"DROPWIRE_WORKERS": str(workers)}


@dataclass(frozen=True, slots=True)
class _Timed:
    """Seconds of a run in all, and until its last batch was done; documents."""

    run: float
    batches: float
    documents: int


@dataclass(slots=True)
class _Kills:
    """What became of the runs in which a worker was killed."""

    killed: int = 0
    nannies: int = 0
    left: int = 0
    found: list[str] = field(default_factory=list)


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    try:
        status = process.wait(_RUN_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        raise RuntimeError(f"a run did not end within {_RUN_TIMEOUT_S:.0f} s: read {log}") from None
    if status:
        raise RuntimeError(f"a run failed: {log.read_text(errors='replace')[-3000:]}")


def _time(bench: _Bench, corpus: Path, database: str, workers: int) -> _Timed:
    """Ingest the corpus into an empty database by so many workers."""
    log = bench.folder / "ingest.log"
    with bench.cluster(database, workers) as (_, environment):
        _wait(ingest(corpus, environment, log), log)
    with MongoClient[Record](bench.server.uri, tz_aware=True) as client:
        db = client[database]
        run = db.runs.find_one({"state": "completed"}) or {}
        ends = [drop["finished_at"] for drop in db.drops.find({}, {"finished_at": 1})]
        documents = db.documents.count_documents({})
        client.drop_database(database)
    began = run["started_at"]
    return _Timed((run["finished_at"] - began).total_seconds(), (max(ends) - began).total_seconds(), documents)


def _kill(bench: _Bench, corpus: Path, kills: int, seed: int) -> _Kills:
    """Kill workers, and compare what comes of it with an undisturbed run."""
    rng = random.Random(seed)  # noqa: S311 - chance, not secrets
    done = _Kills()
    log = bench.folder / "ingest.log"
    with bench.cluster("undisturbed", 2) as (_, environment):
        _wait(ingest(corpus, environment, log), log)
    with MongoClient[Record](bench.server.uri, tz_aware=True) as client:
        undisturbed = client["undisturbed"]
        drops = undisturbed.drops.count_documents({})
        for number in range(kills):
            db = client[f"killed_{number}"]
            nannies = bool(number % 2)
            with bench.cluster(db.name, 2, nannies=nannies) as (cluster, environment):
                run = ingest(corpus, environment, log)
                at = rng.randrange(1, drops * 3 // 4)
                while run.poll() is None and db.drops.count_documents({"state": "done"}) < at:
                    time.sleep(_POLL_S)
                if run.poll() is None:
                    cluster.kill_worker()
                    done.killed += 1
                    done.nannies += nannies
                _wait(run, log)
                # Another host's drop waits for its lease to run out; here it is let run out.
                done.left += _let_leases_end(client, db.name)
                _wait(ingest(corpus, environment, log), log)
            audit = subprocess.run(
                [sys.executable, "-m", "dropwire", "audit", "--json"],
                env={**os.environ, **bench.environment(db.name)},
                capture_output=True,
                text=True,
                check=False,
            )
            if audit.returncode:
                done.found.append(f"{db.name}: the audit found something: {audit.stdout[-2000:]}")
            done.found += [f"{db.name}: {line}" for line in differences(undisturbed, db)]
            client.drop_database(db.name)
            print(f"{number + 1} runs with a kill, {len(done.found)} differences", flush=True)
    return done


def _let_leases_end(client: MongoClient[Record], database: str) -> int:
    held = list(client[database].drops.find({"state": "claimed", "renewed_at": {"$exists": True}}))
    for drop in held:
        client[database].drops.update_one({"_id": drop["_id"]}, {"$set": {"renewed_at": drop["renewed_at"] - LEASE}})
    return len(held)


def _speed_table(times: Mapping[int, Sequence[_Timed]], where: str, cores: int) -> Table:
    rows = []
    for title, name in (("batches", "batches"), ("whole run", "run")):
        one, two = ([float(getattr(timed, name)) for timed in times[workers]] for workers in (1, 2))
        ratios = [a / b for a, b in zip(one, two, strict=True)]
        rows.append((title, _spread(one), _spread(two), _spread(ratios, "{:.2f}")))
    documents = times[1][0].documents
    best = min(timed.batches for timed in times[2])
    note = (
        f"Median (least to most) of {len(times[1])} runs each, in turn, {documents:,} documents; {where}; {cores} "
        f"cores for workers, store, scheduler, Prefect's server and the flow together. At best {documents / best:.1f} "
        "documents/s. `batches`: from the run's start to the end of its last drop; then templates are learned and "
        "entities counted."
    )
    return Table("One worker and two", ("seconds of", "1 worker", "2 workers", "times as fast"), tuple(rows), note)


def _spread(values: Sequence[float], form: str = "{:.1f}") -> str:
    middle, least, most = (form.format(value) for value in (statistics.median(values), min(values), max(values)))
    return f"{middle} ({least} to {most})"


def _kill_table(done: _Kills, drops: int, where: str) -> Table:
    rows = (
        ("workers killed while they worked", str(done.killed)),
        ("of them started again by a nanny", str(done.nannies)),
        ("drops left for the next run", str(done.left)),
        ("differences to an undisturbed run, audit included", str(len(done.found))),
    )
    return Table("Workers killed", ("what", "times"), rows, f"{drops} drops of every format; {where}.")


def _open(stack_folder: Path, port: int, *, apart: bool) -> Iterator[_Bench]:
    with network(2, apart=apart) as hosts:
        server = Server(stack_folder / "store", host=hosts.address)
        server.start()
        try:
            with prefect_server(stack_folder, hosts.address, port) as api:
                yield _Bench(hosts, server, api, stack_folder, port + 1)
        finally:
            server.kill()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both and print the tables; 1 where a store differs."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cluster", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="the folder of the development data")
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--drops", type=int, default=300, help="of the corpus on which workers are killed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=4360, help="of Prefect's server; the next is the scheduler's")
    parser.add_argument("--one-host", action="store_true", help="no network namespaces")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="also write the tables into this Markdown page")
    asked = parser.parse_args(arguments)
    apart, remarks = not asked.one_host, []
    if apart:
        try:
            with network(1, apart=True):
                pass
        except OSError as error:
            apart = False
            remarks.append(f"No network namespaces could be made ({error}): all processes on one host.")
    where = "workers on hosts of their own (network, process and name spaces)" if apart else "workers on one host"
    done, times = _Kills(), {1: list[_Timed](), 2: list[_Timed]()}
    with (
        tempfile.TemporaryDirectory() as scratch,
        contextmanager(_open)(Path(scratch), asked.port, apart=apart) as bench,
    ):
        corpus, faults = Path(scratch) / "corpus", Path(scratch) / "faults"
        if asked.runs:
            speed_corpus.write(asked.data, corpus, asked.documents)
        for number in range(asked.runs):
            for workers in (1, 2):
                times[workers].append(_time(bench, corpus, f"speed_{number}_{workers}", workers))
                print(f"{workers} workers: {times[workers][-1]}", flush=True)
        if asked.kills:
            write_corpus(faults, asked.drops, asked.seed)
            done = _kill(bench, faults, asked.kills, asked.seed)
    tables = [_speed_table(times, where, len(os.sched_getaffinity(0)))] if asked.runs else []
    tables += [_kill_table(done, asked.drops, where)] if asked.kills else []
    for line in done.found[:20]:
        print(line)
    return show("cluster", remarks, tables, as_markdown=asked.markdown, page=asked.write, mark=_MARK) or bool(
        done.found
    )


if __name__ == "__main__":
    sys.exit(main())
