"""How long commands take that have nothing to do, `python -m benchmarks.start_up`.

`dropwire --help`, and `dropwire ingest` of a folder in which nothing has changed, with a store and a Prefect server
that run: whole processes, round by round, beside the ingest that brought the folder into the store. Then the modules
that take longest to import on the way, by `python -X importtime`. Needs no data. Takes about a minute (`--quick`: half
of that).
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from benchmarks.speed_runs import Spent, bench, ingest, middle, spent
from benchmarks.tables import Table

ROUNDS: Final = 9
QUICK_ROUNDS: Final = 3
FILES: Final = 100
_LISTED: Final = 12
# `import time:      1388 |       3116 |     rich.table`: microseconds by itself and with what it imports, indented.
_LINE = re.compile(r"import time:\s*(?P<own>\d+) \|\s*(?P<all>\d+) \| (?P<indent> *)(?P<name>[\w.]+)$")


def tables(rounds: int) -> list[Table]:
    """The table of seconds, and the one of imports."""
    with tempfile.TemporaryDirectory(prefix="dropwire-drops-") as folder, bench() as bench_:
        for number in range(FILES):
            (Path(folder) / f"{number:03}.txt").write_text(f"Сустрэча нумар {number} адбылася ў Мінску.\n", "utf-8")
        _, environment = bench_.database()
        first, _ = ingest([folder], environment)
        times: dict[str, list[Spent]] = {"--help": [], "ingest, nothing new": []}
        for _ in range(rounds):
            times["--help"].append(spent(["dropwire", "--help"], environment))
            took, report = ingest([folder], environment)
            if report["counts"]["unchanged"] != FILES:
                raise RuntimeError(f"of {FILES} files these were unchanged: {report['counts']}")
            times["ingest, nothing new"].append(took)
        imports = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "dropwire", "ingest", folder, "--settle", "0"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    ratios = [first.wall_s / took.wall_s for took in times["ingest, nothing new"]]
    rows = (
        *((name, *_middles(those)) for name, those in times.items()),
        ("ingest, all new", *_middles([first])),
        ("ingest, all new ÷ nothing new", middle(ratios, 0), ""),
    )
    note = (
        f"Whole processes, median and range of {rounds} rounds; {FILES} files of a sentence each; store and server run."
    )
    slowest = tuple(
        (name, f"{own / 1000:.0f}", f"{whole / 1000:.0f}")
        for name, own, whole in islice(packages(imports.stderr.splitlines()), _LISTED)
    )
    of_imports = "Packages by the time of their own modules; with what they are the first to import, each once."
    return [
        Table("Start", ("command", "seconds", "CPU seconds"), rows, note),
        Table("Imports of an ingest", ("package", "own, ms", "with others, ms"), slowest, of_imports),
    ]


def _middles(those: Sequence[Spent]) -> tuple[str, str]:
    return middle([took.wall_s for took in those], 2), middle([took.cpu_s for took in those], 2)


def packages(lines: Iterable[str]) -> Iterator[tuple[str, int, int]]:
    """What `-X importtime` says, by top-level package: microseconds of its own modules, and of all under the first."""
    own: dict[str, int] = {}
    whole: dict[str, int] = {}
    for match in filter(None, map(_LINE.match, lines)):
        name = match["name"].partition(".")[0]
        own[name] = own.get(name, 0) + int(match["own"])
        whole[name] = max(whole.get(name, 0), int(match["all"]))
    return iter(sorted(((name, own[name], whole[name]) for name in own), key=lambda row: (-row[1], row[0])))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start_up", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} rounds")
    options = parser.parse_args(arguments)
    for table in tables(QUICK_ROUNDS if options.quick else options.rounds):
        print(table.plain(), end="\n\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
