"""Headlines of stripped pages, `python -m benchmarks.titles FOLDER [--part held-out] [--write docs/quality.md]`.

FOLDER is that of the cleaning data. Of each set: for how many pages the headline that Dropwire gives is that of the
page, another line, or none, beside taking the first line that the cleaning keeps, and the first of the page.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.cleaning_data import Part, find_sets
from benchmarks.tables import Table, number, show
from benchmarks.title_pages import FORMS, TitledPage, titled_pages
from transforms.facts import gather
from transforms.models import shared_models

METHODS: Final[dict[str, Callable[[TitledPage], str | None]]] = {
    "dropwire": lambda page: gather(page.item, page.boilerplate).title,
    "first line kept": lambda page: page.lines[min(page.kept, default=0)].text,
    "first line": lambda page: page.lines[0].text,
}
_MARK: Final = "titles"
_REMARKS: Final[dict[Part, str]] = {
    "held-out": "Sites that no training program sees.",
    "development": "The sites on which the weights were fitted.",
    "all": "All sites, those on which the weights were fitted among them.",
}


def tables(pages: Iterable[TitledPage]) -> list[Table]:
    """One table a form of the pages."""
    counts: dict[tuple[str, str, str], Counter[str]] = {}
    for page in pages:
        for method, title_of in METHODS.items():
            counts.setdefault((page.form, page.set_name, method), Counter())[_outcome(page, title_of(page))] += 1
    columns = ("set", "method", "pages", "right", "another line", "none", "right, of those given")
    found = []
    for form in FORMS:
        rows = [_row(name, method, counted) for (its, name, method), counted in sorted(counts.items()) if its == form]
        found.append(Table(f"Headlines of stripped pages, {form}", columns, tuple(rows)))
    found[-1] = replace(
        found[-1],
        note="Pages that say their headline in their markup, and of which one line is that headline, or nearly.",
    )
    return found


def _outcome(page: TitledPage, title: str | None) -> str:
    return "none" if title is None else "right" if page.is_title(title) else "wrong"


def _row(name: str, method: str, counted: Counter[str]) -> tuple[str, ...]:
    total = counted.total()
    shares = (number(counted[outcome] / total) for outcome in ("right", "wrong", "none"))
    given = counted["right"] + counted["wrong"]
    return name, method, str(total), *shares, number(counted["right"] / given if given else None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables and, where asked, write them into a page; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.titles", description="Headlines of stripped pages.")
    parser.add_argument("folder", type=Path, help="folder with the cleaning data")
    parser.add_argument("--part", choices=sorted(_REMARKS), default="held-out", help="which sites")
    parser.add_argument("--sample", type=int, metavar="N", help="at most so many pages of each set")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="also write the tables into this Markdown page")
    options = parser.parse_args(arguments)
    if not find_sets(options.folder, "html"):
        parser.error(f"{options.folder} has no NAME_html.jsonl.gz: FOLDER is that of the cleaning data")
    pages = titled_pages(options.folder, options.part, options.sample, shared_models().lines)
    found = tables(page for page in pages if page.has_title)
    remarks = [_REMARKS[options.part]]
    return show("benchmarks.titles", remarks, found, as_markdown=options.markdown, page=options.write, mark=_MARK)


if __name__ == "__main__":
    sys.exit(main())
