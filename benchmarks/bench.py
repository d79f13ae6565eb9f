"""All that measures speed, one after the other, `python -m benchmarks.bench [--quick] FOLDER`.

Prints the tables of benchmarks.start_up, store_speed, waste and end_to_end and, with `--write`, puts them into a page.
FOLDER is the development data. Each part is also a program by itself, with more to choose; memory over 50,000
documents, which takes longest, is one by itself only (benchmarks.flat_memory). Takes a quarter of an hour on two idle
cores (`--quick`: four minutes). Measure on a machine that does nothing else: ratios bear some noise, seconds do not.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from benchmarks import end_to_end, start_up, store_speed, waste
from benchmarks.tables import Table, show

_MARK: Final = "performance"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables and, where asked, write them into a page; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder of the development data")
    parser.add_argument("--quick", action="store_true", help="few documents and rounds: is it about right?")
    parser.add_argument("--only", choices=_PARTS, help="one part")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="also write the tables into this Markdown page")
    options = parser.parse_args(arguments)
    if not (options.folder / "cleaning").is_dir():
        parser.error(f"{options.folder} has no folder `cleaning`: FOLDER is that of the development data")
    remarks = [f"Python {platform.python_version()}, {os.cpu_count()} cores{', quick' if options.quick else ''}."]
    tables: list[Table] = []
    for name, measure in _PARTS.items():
        if options.only in {None, name}:
            start = time.monotonic()
            try:
                tables += measure(options.folder, options.quick)
            except (RuntimeError, OSError) as error:
                # The others are worth having: one may lack its libraries.
                remarks.append(f"`{name}` was not measured: {str(error).strip().splitlines()[-1]}")
            print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    return show("benchmarks.bench", remarks, tables, as_markdown=options.markdown, page=options.write, mark=_MARK)


def _end_to_end(data: Path, quick: bool) -> list[Table]:
    size = (end_to_end.QUICK_DOCUMENTS, 1) if quick else (end_to_end.DOCUMENTS, end_to_end.ROUNDS)
    return end_to_end.tables(data, *size)


def _waste(data: Path, quick: bool) -> list[Table]:
    size = (waste.QUICK_DOCUMENTS, 1) if quick else (waste.DOCUMENTS, waste.ROUNDS)
    return waste.tables(data, *size, [os.cpu_count() or 1])


def _store_speed(data: Path, quick: bool) -> list[Table]:
    if quick:
        return store_speed.tables(data, batches=2, rounds=1, stored=store_speed.QUICK_STORED)
    return store_speed.tables(data, batches=store_speed.BATCHES, rounds=store_speed.ROUNDS, stored=store_speed.STORED)


def _start_up(_: Path, quick: bool) -> list[Table]:
    return start_up.tables(start_up.QUICK_ROUNDS if quick else start_up.ROUNDS)


# In this order, so that the lightest are measured before the machine is warm.
_PARTS: Final[dict[str, Callable[[Path, bool], list[Table]]]] = {
    "start_up": _start_up,
    "store_speed": _store_speed,
    "waste": _waste,
    "end_to_end": _end_to_end,
}

if __name__ == "__main__":
    raise SystemExit(main())
