"""Labelled pages to train on: plain ones as they come, HTML ones with labels made by finding the gold text again."""

import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cleaning_data import read_written
from transforms.boilerplate.extractors import EXTRACTORS, Votes, ask, words_of
from transforms.boilerplate.headline import fold
from transforms.boilerplate.line_features import Floats
from transforms.boilerplate.markup import LineMarkup, read_markup
from transforms.boilerplate.templates import learn, line_keys

WRITTEN = Path(__file__).with_name("written")
_RUN = 4
# A line of at least _RUN words is main text if so many of its runs are in the gold text.
_MIN_SHARE = 0.5
# Between two lines that were found, short lines are looked for in so many words of the gold text at most.
_MAX_GAP = 400
_REACH = 25
_FOOT_WORDS = 60


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its stripped lines, which of them are main text, and its gold text as words.

    Of plain pages, `is_template` says which lines recur on the site, None where the site has one page; of HTML pages
    there are the markup of the lines and what the extractors took. `is_open` says that nothing is to be learned from
    the label of the first line.
    """

    name: str
    collection: str
    site: str
    texts: tuple[str, ...]
    labels: tuple[bool, ...]
    gold: str
    is_template: tuple[bool, ...] | None = None
    markup: tuple[LineMarkup, ...] | None = None
    votes: Votes | None = None
    is_open: bool = False


def fold_of(site: str, folds: int) -> int:
    """The fold of a site; independent of whether it is held out."""
    return int(hashlib.sha256(f"fold {site}".encode()).hexdigest(), 16) % folds


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def plain_pages(folder: Path) -> list[Page]:
    """The pages of all `NAME_plain.jsonl.gz`."""
    pages: list[Page] = []
    for path in sorted(folder.glob("*_plain.jsonl.gz")):
        collection = path.name.removesuffix("_plain.jsonl.gz")
        by_site: dict[str, list[Page]] = defaultdict(list)
        for row in _rows(path):
            texts, labels = _stripped(row["lines"], row["labels"])
            if texts:
                by_site[row["site"]].append(Page(row["id"], collection, row["site"], texts, labels, row["gold"]))
        pages += _of_sites(by_site)
    return pages


def written_pages(folder: Path = WRITTEN) -> list[Page]:
    """The pages of a folder that are written line by line. Raises ValueError for a line that has no mark."""
    by_site: dict[str, list[Page]] = defaultdict(list)
    for page in read_written(folder, "plain"):
        texts, labels = _stripped(page.lines, page.labels)
        # The collections do not agree whether a first line with the headline in it is main text.
        is_open = not labels[0] and fold(page.gold.split("\n", maxsplit=1)[0]) in fold(texts[0])
        by_site[page.site].append(Page(page.id, WRITTEN.name, page.site, texts, labels, page.gold, is_open=is_open))
    return _of_sites(by_site)


def _stripped(lines: Iterable[str], labels: Iterable[bool]) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    """The lines that are not blank, without the white space around them, and their labels."""
    pairs = [(line.strip(), bool(label)) for line, label in zip(lines, labels, strict=True) if line.strip()]
    return tuple(line for line, _ in pairs), tuple(label for _, label in pairs)


def _of_sites(by_site: Mapping[str, list[Page]]) -> list[Page]:
    """The pages of all sites, those of a site with several pages with what it repeats."""
    return [
        page for of_site in by_site.values() for page in (_with_templates(of_site) if len(of_site) > 1 else of_site)
    ]


def _with_templates(pages: list[Page]) -> list[Page]:
    known = {template.key for template in learn([page.texts for page in pages])}
    return [replace(page, is_template=tuple(key in known for key in line_keys(page.texts))) for page in pages]


def html_pages(folder: Path, cache: Path) -> list[Page]:
    """The pages of all `NAME_html.jsonl.gz`; what the extractors took is kept in the folder `cache`."""
    pages: list[Page] = []
    for path in sorted(folder.glob("*_html.jsonl.gz")):
        collection = path.name.removesuffix("_html.jsonl.gz")
        kept = cache / f"{collection}.votes.npz"
        known = dict(np.load(kept)) if kept.exists() else {}
        votes_of: dict[str, Floats] = {}
        for row in _rows(path):
            markup = tuple(line for line in read_markup(row["html"]) if line.text.strip())
            if not markup:
                continue
            texts = tuple(line.text.strip() for line in markup)
            words = [words_of(text) for text in texts]
            votes = {}
            for extractor in EXTRACTORS:
                key = f"{row['id']} {extractor.name}"
                found = known.get(key)
                votes[extractor.name] = votes_of[key] = (
                    found if found is not None and len(found) == len(texts) else ask(extractor, row["html"], words)
                )
            labels = find_again(words, row["gold"])
            pages.append(
                Page(row["id"], collection, row["site"], texts, labels, row["gold"], markup=markup, votes=votes)
            )
        np.savez(kept, **votes_of)  # type: ignore[arg-type]  # NumPy's stub takes the names for options
    return pages


def find_again(lines: Sequence[Sequence[str]], gold: str) -> tuple[bool, ...]:
    """Which lines, given as words, are in the gold text.

    Long lines by their runs of words; short ones where the gold text has them between, or soon after, the long ones
    around them.
    """
    golden = words_of(gold)
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i in range(len(golden) - _RUN + 1):
        places[tuple(golden[i : i + _RUN])].append(i)
    labels = [False] * len(lines)
    spans: list[tuple[int, int] | None] = [None] * len(lines)
    last = 0
    for number, words in enumerate(lines):
        runs = [places.get(tuple(words[k : k + _RUN])) for k in range(len(words) - _RUN + 1)]
        if runs and sum(run is not None for run in runs) / len(runs) >= _MIN_SHARE:
            offset = next(k for k, run in enumerate(runs) if run)
            candidates = runs[offset] or [0]
            begin = next((place for place in candidates if place >= last - _RUN), candidates[-1]) - offset
            spans[number], labels[number] = (begin, begin + len(words)), True
            last = begin + len(words)
    whole = {tuple(words_of(line)) for line in gold.split("\n")}
    for number, words in enumerate(lines):
        if not labels[number] and words and len(words) < _RUN:
            above = next((span for span in reversed(spans[max(0, number - _REACH) : number]) if span), None)
            below = next((span for span in spans[number + 1 : number + _REACH] if span), None)
            labels[number] = _is_between(words, golden, above, below) or (
                tuple(words) in whole and (above is None) != (below is None)
            )
    return tuple(labels)


def _is_between(
    words: Sequence[str], golden: list[str], above: tuple[int, int] | None, below: tuple[int, int] | None
) -> bool:
    if above is None:
        return False
    end = below[0] if below else above[1] + _FOOT_WORDS
    if not 0 <= end - above[1] <= _MAX_GAP:
        return False
    return f" {' '.join(words)} " in f" {' '.join(golden[max(above[1], 0) : end])} "
