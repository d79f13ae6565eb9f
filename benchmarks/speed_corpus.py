"""A mixed corpus of drops, made of the development data, the same for all programs that measure speed.

Of ten documents three are HTML pages and three the stripped texts of other pages, a file each, and four are records of
JSONL files, fifty in each: news in six Slavic languages, and texts in thirty languages. A text comes again only after
all of its kind were used, then under another name and with another last line: no document is a copy of another.
"""

import csv
import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, Final

_HTML_OF_TEN: Final = 3
_PLAIN_OF_TEN: Final = 3
_RECORDS_IN_A_FILE: Final = 50
_PAGE_SETS: Final = ("wcxb", "newspaper4k", "daniel")


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the data: its name there, where it is from, and what it says."""

    name: str
    source: str
    body: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Drops in a folder: how many documents of each kind, how many files, and bytes in all."""

    folder: Path
    html: int
    plain: int
    records: int
    files: int
    size: int

    @property
    def documents(self) -> int:
        """How many documents there are."""
        return self.html + self.plain + self.records

    def __str__(self) -> str:
        return (
            f"{self.documents:,} documents in {self.files:,} files ({self.html:,} HTML pages, {self.plain:,} stripped "
            f"texts, {self.records:,} records of JSONL), {self.size / 1e6:,.1f} MB"
        )


def write(data: Path, folder: Path, documents: int) -> Corpus:
    """Write so many documents as drops into `folder`, which is made. Raises OSError where the data is not there.

    `data` is the folder of the development data, with `cleaning`, `entities` and `language` in it.
    """
    html, plain = documents * _HTML_OF_TEN // 10, documents * _PLAIN_OF_TEN // 10
    records = documents - html - plain
    for number, text in enumerate(repeated(_pages(data, "html")[::2], html, "<p>{}</p>")):
        _put(folder / text.source / f"{number:06}.html", text.body)
    for number, text in enumerate(repeated(_pages(data, "plain")[1::2], plain, "{}")):
        _put(folder / text.source / f"{number:06}.txt", text.body)
    news = repeated(_news(data), records, "{}")
    for start in range(0, records, _RECORDS_IN_A_FILE):
        part = news[start : start + _RECORDS_IN_A_FILE]
        lines = [
            json.dumps({"id": text.name, "source": text.source, "text": text.body}, ensure_ascii=False) + "\n"
            for text in part
        ]
        _put(folder / "dumps" / f"{start:06}.jsonl", "".join(lines))
    sizes = [path.stat().st_size for path in files_in(folder)]
    return Corpus(folder, html, plain, records, len(sizes), sum(sizes))


def files_in(folder: Path) -> list[Path]:
    """The drops of a corpus, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def repeated(texts: Sequence[Text], number: int, line: str) -> list[Text]:
    """So many of the texts; those that come again are others by their names and by their last line, in this form."""
    if not texts:
        raise OSError("the data has no texts of this kind")
    found = []
    for place in range(number):
        again, which = divmod(place, len(texts))
        text = texts[which]
        if again:
            last = line.format(f"{again}. {text.name}")
            text = Text(f"{text.name}-{again}", text.source, f"{text.body}\n{last}\n")
        found.append(text)
    return found


def _pages(data: Path, kind: str) -> list[Text]:
    """The pages of all sets in turn; the same page is at the same place, whichever its kind."""
    return _in_turn(*(_page_set(data / "cleaning" / f"{name}_{kind}.jsonl.gz", kind) for name in _PAGE_SETS))


def _page_set(path: Path, kind: str) -> list[Text]:
    return [
        Text(str(row["id"]), str(row["site"]), row["html"] if kind == "html" else "\n".join(row["lines"]))
        for row in _rows(path)
    ]


def _news(data: Path) -> list[Text]:
    """Texts of agencies in six Slavic languages, and others in thirty languages, in turn."""
    slavic = [
        Text(f"slavic-{row['id']}", f"news-{row['lang']}", row["text"])
        for row in _rows(data / "entities" / "slavicner_train.jsonl.gz")
    ]
    with gzip.open(data / "language" / "doc.tsv.gz", "rt", encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        others = [Text(f"{label}-{number}", f"texts-{label}", text) for number, (label, _, text) in enumerate(rows)]
    return _in_turn(slavic, others)


def _in_turn(*lists: Sequence[Text]) -> list[Text]:
    """One of each list, then the next of each, until all are used; a text that comes twice is taken once."""
    found = {text.body: text for text in chain.from_iterable(zip_longest(*lists)) if text is not None}
    return list(found.values())


def _rows(path: Path) -> Iterator[Any]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _put(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body, encoding="utf-8")
