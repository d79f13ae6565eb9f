"""Days of publication of pages that declare none, `python -m benchmarks.page_dates FOLDER`.

FOLDER holds the development data. Of the pages that declare their day, every third is taken; the declarations are cut
out of its markup (scripts, meta tags, time elements), and the day is asked for anew: of the lines around the text, as
Dropwire does, and of htmldate without its extensive search.
"""

import argparse
import gzip
import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from htmldate import find_date

from benchmarks.tables import Table, show
from transforms.boilerplate import find_boilerplate
from transforms.dates import parse_timestamp
from transforms.document import Encoding, Item
from transforms.facts import gather
from transforms.readers.html import read_page

_SETS: Final = ("newspaper4k", "wcxb", "daniel")
_EVERY: Final = 3
_MARK: Final = "page-dates"
_DECLARATIONS: Final = re.compile(
    r"<script.*?</script>|<meta[^>]*>|<time\b[^>]*>|</time>|<link[^>]*>", re.IGNORECASE | re.DOTALL
)


def _pages(folder: Path) -> Iterator[tuple[str, date]]:
    """The markup of pages without what it declares, with the day it declared."""
    for name in _SETS:
        with gzip.open(folder / "cleaning" / f"{name}_html.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in list(lines)[::_EVERY]:
                markup = json.loads(line)["html"]
                raw = read_page(markup).metadata.published_raw
                stamp = parse_timestamp(raw) if raw else None
                if stamp:
                    yield _DECLARATIONS.sub("", markup), stamp.day


def _ours(markup: str) -> date | None:
    page = read_page(markup)
    item = Item("0" * 64, 0, "benchmark", page.text, Encoding("utf-8", "utf-8"), title=page.metadata.title, html=markup)
    published = gather(item, find_boilerplate(item)).published
    return published.at.date() if published else None


def _htmldate(markup: str) -> date | None:
    try:
        found = find_date(markup, extensive_search=False, original_date=True)
    except ValueError:  # no page to it
        return None
    return date.fromisoformat(found) if found else None


_METHODS: Final[dict[str, Callable[[str], date | None]]] = {"ours": _ours, "htmldate": _htmldate}


def _outcome(found: date | None, declared: date) -> str:
    if found is None:
        return "none"
    days = abs((found - declared).days)
    return "right" if days == 0 else "a day off" if days == 1 else "wrong"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page_dates", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table into this page, between its marks")
    options = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    pages = list(_pages(options.folder))
    columns = ("right", "a day off", "wrong", "none")
    rows = []
    for name, find in _METHODS.items():
        counts = Counter(_outcome(find(markup), declared) for markup, declared in pages)
        rows.append((name, *(str(counts[column]) for column in columns)))
    note = "A day off: mostly the same moment in another zone."
    table = Table("Days of pages that declare none", ("method", *columns), tuple(rows), note)
    remarks = [f"{len(pages)} pages whose declarations were cut out."]
    return show("page_dates", remarks, [table], as_markdown=options.markdown, page=options.write, mark=_MARK)


if __name__ == "__main__":
    raise SystemExit(main())
