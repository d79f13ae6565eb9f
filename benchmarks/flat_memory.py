"""Memory of a run over many documents, `python -m benchmarks.flat_memory [--plot docs/memory.svg]`.

Short articles, a sentence of the seeds and more of their words in random order, in JSONL drops of 500, go through a
whole `dropwire ingest`. Twice a second the resident memory of the run's process, of its workers and of the embedded
store is read from /proc (Linux). Memory is flat where the second half of the run needs hardly more than the first: the
table has the median of each quarter, the plot all. Needs no data. 50,000 documents take half an hour on two cores;
`--quick`, with 2,000, takes one to two minutes.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from pymongo import MongoClient

from benchmarks.speed_runs import bench
from benchmarks.tables import Table

DOCUMENTS: Final = 50_000
QUICK_DOCUMENTS: Final = 2_000
_IN_A_DROP: Final = 500
# Of one sentence alone no two articles are copies; of sentences alone, nearly all would be.
_WORDS: Final = 12
_OF_WORDS: Final = 4
_INTERVAL_S: Final = 0.5
_SERVERS: Final = ("secantus", "mongod")
_SEEDS: Final = Path(__file__).parents[1] / "seeds" / "expected"
_PAGE_KB: Final = 4
_PARTS: Final = ("the run", "its workers", "the store")
_COLOURS: Final = ("#1f77b4", "#d62728", "#7f7f7f")
_WIDTH, _HEIGHT, _MARGIN = 760, 320, 56


@dataclass(frozen=True, slots=True)
class Sample:
    """Resident memory in MB at a time, seconds since the start: of the run, of its workers together, of the store."""

    at_s: float
    run: float
    workers: float
    store: float

    @property
    def parts(self) -> tuple[float, float, float]:
        """The three in the order of their names."""
        return self.run, self.workers, self.store


def write(folder: Path, documents: int) -> None:
    """Write so many short articles into drops, no two alike."""
    draw = random.Random(5)  # noqa: S311 - the same for each run
    texts = [path.read_text("utf-8").replace("\n", " ") for path in sorted(_SEEDS.glob("*.txt"))]
    sentences = [sentence.strip() for text in texts for sentence in text.split(". ") if sentence.strip()]
    words = sorted({word for text in texts for word in text.split() if word.isalpha() and word.islower()})
    folder.mkdir(parents=True)
    for start in range(0, documents, _IN_A_DROP):
        with (folder / f"{start:06}.jsonl").open("w", encoding="utf-8") as lines:
            for number in range(start, min(documents, start + _IN_A_DROP)):
                made = [" ".join(draw.choices(words, k=_WORDS)).capitalize() for _ in range(_OF_WORDS)]
                text = ". ".join([draw.choice(sentences), *made]) + f". {number}."
                row = {"id": str(number), "source": f"site{number % 7}", "text": text}
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")


def measure(documents: int) -> list[Sample]:
    """Run the ingest and sample it. Raises RuntimeError where it fails or did not store all."""
    samples: list[Sample] = []
    with tempfile.TemporaryDirectory(prefix="dropwire-drops-") as scratch, bench() as bench_:
        write(Path(scratch) / "drops", documents)
        stores = store_processes(bench_.store)
        command = [sys.executable, "-m", "dropwire", "ingest", f"{scratch}/drops", "--settle", "0", "--json"]
        with Path(scratch, "report.json").open("w+", encoding="utf-8") as output:
            run = subprocess.Popen(command, env=bench_.database()[1], stdout=output)
            start = time.monotonic()
            while run.poll() is None:
                children = _below(run.pid)
                samples.append(Sample(time.monotonic() - start, _mb([run.pid]), _mb(children), _mb(stores)))
                time.sleep(_INTERVAL_S)
            output.seek(0)
            said = output.read()
        if run.returncode:
            raise RuntimeError(f"the ingest failed with exit code {run.returncode}")
        counts = json.loads(said)["counts"]
        if counts["inserted"] + counts["duplicate"] != documents:
            raise RuntimeError(f"of {documents} documents these were stored: {counts}")
    # The last ones may be of a process that is already on its way out.
    return [sample for sample in samples if sample.run]


def store_processes(uri: str) -> list[int]:
    """The process that serves the store, as it says itself, if it is on this machine.

    The embedded store's is nobody's child, as it is shared: it is not found below this process.
    """
    client: MongoClient[dict[str, Any]] = MongoClient(uri)
    with client:
        pid = int(client.admin.command("serverStatus").get("pid", 0))
    return [pid] if any(name in _command(pid) for name in _SERVERS) else []


def _below(root: int) -> list[int]:
    """The processes that this one has started, and those that they have, as they are at this moment."""
    parents: dict[int, int] = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
    found, rest = [], [root]
    while rest:
        parent = rest.pop()
        children = [pid for pid, its in parents.items() if its == parent]
        found += children
        rest += children
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _mb(pids: Iterable[int]) -> float:
    pages = 0
    for pid in pids:
        try:
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            continue
    return pages * _PAGE_KB / 1024


def quarters(samples: Sequence[Sample]) -> list[tuple[float, float, float]]:
    """The medians of the three parts in each quarter of the samples. Raises ValueError for fewer than four."""
    if len(samples) < 4:
        raise ValueError("too short a run to tell anything: take more documents")
    ends = [len(samples) * part // 4 for part in range(5)]
    found = []
    for begin, end in pairwise(ends):
        run, workers, store = (
            statistics.median(values) for values in zip(*(one.parts for one in samples[begin:end]), strict=True)
        )
        found.append((run, workers, store))
    return found


def table(samples: Sequence[Sample], documents: int) -> Table:
    """Medians by quarter, and the peak."""
    by_quarter = quarters(samples)
    rows = []
    for place, name in enumerate(_PARTS):
        medians = [quarter[place] for quarter in by_quarter]
        peak = max(sample.parts[place] for sample in samples)
        growth = medians[3] / medians[1] - 1 if medians[1] else 0.0
        rows.append((name, *(f"{each:,.0f}" for each in medians), f"{peak:,.0f}", f"{100 * growth:+.0f} %"))
    columns = ("MB of", "1st quarter", "2nd", "3rd", "4th", "peak", "4th over 2nd")
    note = (
        f"{documents:,} documents in {samples[-1].at_s:,.0f} s; medians of {len(samples)} samples of resident memory."
    )
    return Table("Memory over a run", columns, tuple(rows), note)


def plot(samples: Sequence[Sample]) -> str:
    """The samples as an SVG: seconds to the right, MB upwards, a line for each part."""
    last = samples[-1].at_s or 1.0
    top = max(max(sample.parts) for sample in samples) * 1.1 or 1.0
    wide, high = _WIDTH - 2 * _MARGIN, _HEIGHT - 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
    ]
    for step in range(5):
        y = _MARGIN + high * (1 - step / 4)
        x = _MARGIN + wide * step / 4
        parts += [
            f'<line x1="{_MARGIN}" y1="{y:.1f}" x2="{_MARGIN + wide}" y2="{y:.1f}" stroke="#ddd"/>',
            f'<text x="{_MARGIN - 6}" y="{y + 4:.1f}" text-anchor="end">{top * step / 4:,.0f}</text>',
            f'<text x="{x:.1f}" y="{_MARGIN + high + 18}" text-anchor="middle">{last * step / 4:,.0f}</text>',
        ]
    for place, (name, colour) in enumerate(zip(_PARTS, _COLOURS, strict=True)):
        points = " ".join(
            f"{_MARGIN + wide * one.at_s / last:.1f},{_MARGIN + high * (1 - one.parts[place] / top):.1f}"
            for one in samples
        )
        parts += [
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>',
            f'<text x="{_MARGIN + 130 * place}" y="{_MARGIN - 20}" fill="{colour}">{name}</text>',
        ]
    parts += [
        f'<text x="{_MARGIN + wide}" y="{_MARGIN - 20}" text-anchor="end">resident memory, MB</text>',
        f'<text x="{_MARGIN + wide}" y="{_HEIGHT - 14}" text-anchor="end">seconds</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and, where asked, draw the plot."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flat_memory", description=__doc__)
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_DOCUMENTS:,} documents")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="also draw it, as an SVG file")
    options = parser.parse_args(arguments)
    documents = QUICK_DOCUMENTS if options.quick else options.documents
    samples = measure(documents)
    print(table(samples, documents).plain())
    if options.plot:
        options.plot.write_text(plot(samples), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
