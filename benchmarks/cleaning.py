"""Cleaning: ours beside the rules and the extractors that others use, `python -m benchmarks.cleaning FOLDER`.

FOLDER holds sets of pages: NAME_html.jsonl.gz (id, lang, site, kind, html, gold), NAME_plain.jsonl.gz (lines and
labels in the place of html), or both; or pages that are written a file a page (benchmarks.cleaning_data). The metric is
that of the data's README: F1 of the tokens (words, casefolded, each CJK character one) and, on plain text, of the
lines; the mean over the pages of a set, then over the sets.
"""

import argparse
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.cleaning_data import KINDS, DataError, Kind, Part, find_sets, is_written, read_set
from benchmarks.cleaning_errors import report
from benchmarks.cleaning_methods import methods, versions
from benchmarks.cleaning_scores import measure, score
from benchmarks.cleaning_tables import quality_tables, speed_table
from benchmarks.tables import Table, show

_MARK: Final = "cleaning"
_PARTS: Final = {
    "all": "all sites, those that ours was trained on among them",
    "held-out": "the held-out sites, which no training program sees (SHA-256 of the site's name mod 5 is 0)",
    "development": "the sites that ours was trained on",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables and, where asked, write them into a page; the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    wanted = [options.only] if options.only else list(KINDS)
    if not any(find_sets(options.folder, kind) for kind in wanted):
        endings = " or ".join(f"NAME_{kind}.jsonl.gz" for kind in wanted)
        parser.error(f"{options.folder} has no {endings}: FOLDER is that of the cleaning data, or of written pages")
    remarks: list[str] = []
    tables: list[Table] = []
    errors: list[str] = []
    for kind in wanted:
        try:
            _run(kind, options, remarks, tables, errors)
        except (OSError, EOFError, DataError) as error:
            parser.error(f"a set cannot be read: {error}")
    if not tables:
        parser.error(f"no page of {options.folder} is in the part `{options.part}`")
    remarks.insert(0, _measured(options.part, options.sample))
    mark = f"{_MARK}-{options.folder.name}" if is_written(options.folder) else _MARK
    status = show("benchmarks.cleaning", remarks, tables, as_markdown=options.markdown, page=options.write, mark=mark)
    for line in errors:
        print(line)
    return status


def _run(kind: Kind, options: argparse.Namespace, remarks: list[str], tables: list[Table], errors: list[str]) -> None:
    """Add what is found on the pages of one kind to remarks, tables and errors."""
    names = find_sets(options.folder, kind)
    sets = [read_set(options.folder, name, kind, options.part, options.sample) for name in names]
    remarks += [f"{each.name}, {kind}: no page in this part." for each in sets if not each.pages]
    sets = [each for each in sets if each.pages]
    if not sets:
        return
    compared, missing = methods(kind)
    remarks += missing
    if of_others := versions(list(compared)):
        remarks.append(f"Compared with {', '.join(of_others)}.")
    scored = [score(each, compared) for each in sets]
    tables += quality_tables(scored)
    if options.speed:
        speeds, pages = measure(sets, compared)
        tables.append(speed_table(speeds, pages, kind))
    for each in scored if options.errors else []:
        errors += report(each, options.errors)


def _measured(part: Part, sample: int | None) -> str:
    of = f", at most {sample} pages a set" if sample else ""
    return f"Measured on part `{part}`{of}: {_PARTS[part]}. Python {platform.python_version()}."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cleaning", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder of the sets")
    parser.add_argument("--part", choices=tuple(_PARTS), default="all", help="which sites (default: %(default)s)")
    parser.add_argument("--only", choices=KINDS, help="only the plain text, or only the HTML")
    parser.add_argument("--sample", type=_count, metavar="N", help="at most N pages of each set, for a quick look")
    parser.add_argument("--errors", type=_count, metavar="N", help="also list the N pages of each set ours is worst on")
    parser.add_argument("--no-speed", dest="speed", action="store_false", help="leave the speed out")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="also write the tables into this Markdown page")
    return parser


def _count(given: str) -> int:
    number = int(given)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    raise SystemExit(main())
