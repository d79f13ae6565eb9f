"""Language tags: ours beside each single detector and their vote, `python -m benchmarks.language FOLDER`.

FOLDER holds the development data (`language/*.tsv.gz`). The metric is that of its README: F1 of each language, the
mean over fifteen. Half of the rows were used to fit and tune ours; the other half is reported.
"""

import argparse
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.language_data import SETS, Part, file_of, read_rows
from benchmarks.language_detectors import OTHERS, OURS, VOTE, Detect, load, load_analyser, version, vote
from benchmarks.language_speed import can_measure, measure
from benchmarks.language_tables import Answers, quality_tables, speed_table
from benchmarks.tables import show
from transforms.language import FILE, MODEL

_MARK: Final = "language"
_HALVES: Final = {"report": "the reported half", "tune": "the half ours was tuned on", "all": "all rows"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables and, where asked, write them into a page; the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    for name in SETS:
        if not (path := file_of(options.folder, name)).exists():
            parser.error(f"{path} is not there: FOLDER is the development data's, with language/ in it")
    detectors, remarks = _others()
    tables = quality_tables(answer(options.folder, options.part, detectors))
    if options.speed and can_measure():
        tables.append(speed_table(measure((OURS, *detectors), options.folder)))
    elif options.speed:
        remarks.append("Speed and memory are measured on Linux only.")
    remarks.insert(0, _measured(detectors, options.part))
    return show("benchmarks.language", remarks, tables, as_markdown=options.markdown, page=options.write, mark=_MARK)


def answer(folder: Path, part: Part, detectors: Mapping[str, Detect]) -> list[Answers]:
    """For each set the answers of ours, of the other detectors and, where all three are there, of their vote."""
    analyser = load_analyser()
    found = []
    for name in SETS:
        rows = read_rows(folder, name, part)
        texts = [row.text for row in rows]
        ours = analyser(texts)
        tags = {OURS: [language.tag for language in ours]}
        tags |= {other: detect(texts) for other, detect in detectors.items()}
        if set(OTHERS) <= set(detectors):
            first, second, third = (tags[other] for other in OTHERS)
            tags[VOTE] = vote(first, second, third)
        found.append(Answers(name, rows, tags, ours))
    return found


def _others() -> tuple[dict[str, Detect], list[str]]:
    """The other detectors that are installed, and a remark on each that is not."""
    detectors: dict[str, Detect] = {}
    remarks = []
    for name in OTHERS:
        try:
            detectors[name] = load(name)
        except ImportError:
            remarks.append(f"{name} is not installed: pip install -r benchmarks/requirements.txt")
    return detectors, remarks


def _measured(installed: Iterable[str], part: Part) -> str:
    names = ", ".join([f"{OURS} ({MODEL}, {FILE.sha256[:12]})", *map(version, installed)])
    return f"Measured on {_HALVES[part]} with Python {platform.python_version()}: {names}."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.language", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder of the development data")
    parser.add_argument("--part", choices=tuple(_HALVES), default="report", help="which half (default: %(default)s)")
    parser.add_argument("--no-speed", dest="speed", action="store_false", help="leave speed and memory out")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="also write the tables into this Markdown page")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
