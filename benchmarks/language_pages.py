"""How well pages in more than one language are taken apart.

    python -m benchmarks.language_pages FOLDER [--part tune|report] [--worst N]

The pages are joined from the rows of FOLDER/language (doc, sent and short; see the README of the data), the same
ones in every run: articles in several languages one after another, quotations, captions, agency names and tokens
of advertisements. Half of the rows, by the CRC-32 of the text, makes the pages for tuning, the other half those
whose result is reported.
"""

import argparse
import random
import re
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

from benchmarks.language_data import Part, Row, read_rows
from benchmarks.tables import Table, number
from transforms.language import SERVED, Tagged, analyse, load_model
from transforms.language.model import LanguageModel
from transforms.language.sentences import sentences

SEED: Final = 5
PAGES_PER_KIND: Final = 80
# Articles are cut to so many sentences, so that no long one outweighs the others.
LONGEST_ARTICLE: Final = 14
# Where an article may be cut: coarser than transforms.language.sentences, which is not to judge itself.
SENTENCE_END = re.compile(r"(?<=[^\W\d_]{3}[.!?…])\s+(?=[^\W\d_a-zа-яёіўѓќљњџ])")
# A language needs so many sentences to be quoted or to fill an article.
ENOUGH: Final = 12
TIMED_CHARACTERS: Final = 5_000
SHOWN_CONFUSIONS: Final = 12
SHOWN_CHARACTERS: Final = 120

# Languages that stand on one page in life, the close relatives first; the first of a pair is the page's own.
PAIRS: Final = tuple(
    tuple(pair.split("/"))
    for pair in """
    be/ru ru/be tt/ru ru/tt ba/ru ru/ba kk/ru ru/kk ky/ru ru/ky uk/ru ru/uk sah/ru cv/ru ru/cv mn/ru tg/ru uz/ru
    uz-Cyrl/ru tt/ba ba/tt kk/ky bg/mk mk/sr sr/hr mk/bg bg/ru sr/ru cs/sk sk/cs sl/hr sl/sr-Latn be/pl be/uk uk/pl
    az/tr tr/az ka/ru hy/ru ka/en lt/ru lv/ru lt/pl ro/ru ro/en de/en en/de fr/en en/es es/fr en/ru ru/en be/en tt/en
    kk/en uk/en sr/en hr/en pl/en pl/de cs/de sk/en
    """.split()
)
# Outer marks of quotations; the first is commonest where the letters are Cyrillic.
QUOTES: Final = (("«", "»"), ("“", "”"), ("„", "“"), ('"', '"'))

# What stands alone in a line and is in no language: agencies, numbers, tokens of advertisements, code.
NO_LANGUAGE_LINES: Final = (
    *("БЕЛТА", "ТАСС", "РИА Новости", "Reuters", "AFP", "Интерфакс", "Татар-информ", "Укринформ", "France Presse"),
    *("AP", "Sputnik", "Казинформ", "DPA", "Башинформ", "ИТАР-ТАСС", "Bloomberg", "Tanjug", "МИА", "BTA", "ČTK"),
    *("16+", "12+", "18.11.2019", "17:45", "2019", "© 2020", "+7 (843) 222-09-99", "1 234 567", "12 / 35", "***"),
    *("news_header_top_970_100", "autoscroll_news_right_240_400_1", "banner_240x400", "div-gpt-ad-1516-0", "adfox_15"),
    *("https://www.example.org/news/2019/11/18/17", "info@example.org", "example.by", "@example", "#2020"),
    *(
        "if (x == 3) { return foo_bar; }",
        "googletag.cmd.push(function() { });",
        "var a = document.getElementById('x');",
    ),
)


@dataclass(slots=True)
class Page:
    """A page under construction: its text, and [start, end) and tag of its pieces, None where there is no language."""

    kind: str
    text: str = ""
    pieces: list[tuple[int, int, str | None]] = field(default_factory=list)

    def add(self, text: str, tag: str | None, before: str = "") -> None:
        """Put `before` and then `text`, which is in the language `tag`, to the end."""
        if self.text:
            self.text += before
        self.pieces.append((len(self.text), len(self.text) + len(text), tag))
        self.text += text


class Rows:
    """The rows of one half of the data, by language."""

    def __init__(self, folder: Path, part: Part, chance: random.Random) -> None:
        self.chance = chance
        self.articles: defaultdict[str, list[list[str]]] = defaultdict(list)
        self.sentences: defaultdict[str, list[str]] = defaultdict(list)
        self.short: defaultdict[str, list[str]] = defaultdict(list)
        for row in _served(folder, "documents", part):
            self.articles[row.label].append(SENTENCE_END.split(row.text)[:LONGEST_ARTICLE])
        for row in _served(folder, "sentences", part):
            self.sentences[row.label].append(row.text)
        for row in _served(folder, "short lines", part):
            self.short[row.label].append(row.text)

    def article(self, tag: str) -> list[str]:
        """The paragraphs of an article, of one to four sentences each; of single sentences where there is none."""
        if self.articles[tag] and self.chance.random() < 0.7:
            found = self.chance.choice(self.articles[tag])
        else:
            found = self.chance.sample(self.sentences[tag], self.chance.randint(4, 10))
        paragraphs = []
        begin = 0
        while begin < len(found):
            size = self.chance.randint(1, 4)
            paragraphs.append(" ".join(found[begin : begin + size]))
            begin += size
        return paragraphs

    def some(self, tag: str, number: int) -> list[str]:
        """Some single sentences."""
        return self.chance.sample(self.sentences[tag], number)

    def has(self, tag: str) -> bool:
        """Whether there is enough of a language."""
        return len(self.sentences[tag]) >= ENOUGH


def _served(folder: Path, name: str, part: Part) -> Iterable[Row]:
    return (row for row in read_rows(folder, name, part) if row.label in SERVED)


def articles(rows: Rows, pair: Sequence[str]) -> Page:
    """Two or three articles, one after another, the third again in the first one's language."""
    page = Page("articles")
    between = rows.chance.choice(("\n", "\n\n"))
    for tag in (*pair, pair[0])[: rows.chance.choice((2, 2, 3))]:
        for paragraph in rows.article(tag):
            page.add(paragraph, tag, between)
    return page


def quotations(rows: Rows, pair: Sequence[str]) -> Page:
    """An article with quotations of one to three sentences, one in a paragraph, one a paragraph by itself."""
    page = Page("quotations")
    own, other = pair
    paragraphs = rows.article(own) + rows.article(own)
    inside, apart = sorted(rows.chance.sample(range(len(paragraphs)), 2)) if len(paragraphs) > 1 else (0, 0)
    for i, paragraph in enumerate(paragraphs):
        page.add(paragraph, own, "\n")
        if i == inside:
            page.add(_quoted(rows, other), other, rows.chance.choice((" ", ": ", " — ")))
            page.add(rows.some(own, 1)[0], own, rows.chance.choice((" ", ", — ", " - ")))
        if i == apart:
            page.add(" ".join(rows.some(other, rows.chance.randint(1, 3))), other, "\n")
    return page


def _quoted(rows: Rows, tag: str) -> str:
    """One to three sentences in quotation marks that they do not hold themselves."""
    text = " ".join(rows.some(tag, rows.chance.randint(1, 3)))
    possible = [marks for marks in QUOTES if not set("".join(marks)) & set(text)]
    opening, closing = rows.chance.choice(possible or QUOTES)
    return f"{opening}{text}{closing}"


def captions(rows: Rows, pair: Sequence[str]) -> Page:
    """An article with short lines of its own language, lines without language, and at times a part in another one."""
    page = Page("captions")
    for tag in pair if rows.chance.random() < 0.5 else pair[:1]:
        for paragraph in rows.article(tag):
            page.add(paragraph, tag, "\n")
            if rows.chance.random() < 0.35 and rows.short[tag]:
                page.add(rows.chance.choice(rows.short[tag]), tag, "\n")
            if rows.chance.random() < 0.25:
                page.add(rows.chance.choice(NO_LANGUAGE_LINES), None, rows.chance.choice(("\n", "\n\n")))
    return page


def one_language(rows: Rows, pair: Sequence[str]) -> Page:
    """One or two articles in one language."""
    page = Page("one language")
    for paragraph in rows.article(pair[0]) + rows.article(pair[0]):
        page.add(paragraph, pair[0], "\n")
    return page


KINDS: Final = (articles, quotations, captions, one_language)


def pages(folder: Path, part: Part) -> list[Page]:
    """The pages of one half of the data in `folder`, the same ones whenever it is called."""
    chance = random.Random(SEED)  # noqa: S311 - nobody is to be surprised by it
    rows = Rows(folder, part, chance)
    pairs = [pair for pair in PAIRS if all(map(rows.has, pair))]
    return [kind(rows, pairs[i % len(pairs)]) for kind in KINDS for i in range(PAGES_PER_KIND)]


@dataclass(slots=True)
class Score:
    """What was counted on pages of one kind."""

    pages: int = 0
    characters: int = 0
    right: int = 0
    boundaries: int = 0
    predicted: int = 0
    found: int = 0
    guessed: int = 0
    unguessable: int = 0
    false_switches: int = 0
    confusions: Counter[tuple[str, str]] = field(default_factory=Counter)
    worst: list[tuple[int, str, str, str]] = field(default_factory=list)

    def add(self, page: Page, tagged: Tagged) -> None:
        """Count one page."""
        self.pages += 1
        predicted = _per_character(len(page.text), [(s.start, s.end, s.tag) for s in tagged.segments])
        for start, end, tag in page.pieces:
            counts = Counter(predicted[i] for i in range(start, end) if not page.text[i].isspace())
            if tag is None:
                self.unguessable += 1
                self.guessed += any(found in SERVED for found in counts if found)
                continue
            self.characters += counts.total()
            self.right += counts[tag]
            for found, count in counts.items():
                if found != tag:
                    self.confusions[tag, str(found)] += count
                    self.worst.append((count, tag, str(found), page.text[start:end]))
        self._add_boundaries(page, predicted)

    def _add_boundaries(self, page: Page, predicted: Sequence[str | None]) -> None:
        gold = _per_character(len(page.text), page.pieces)
        # Sentence by sentence, the last tagged character deciding, for a quotation may begin inside a sentence.
        last = [max((i for i in range(unit.start, unit.end) if gold[i]), default=-1) for unit in sentences(page.text)]
        true = _changes([gold[i] for i in last if i >= 0])
        ours = _changes([predicted[i] for i in last if i >= 0])
        found = 0
        left = set(ours)
        for place in true:
            near = next((other for other in (place, place - 1, place + 1) if other in left), None)
            if near is not None:
                left.remove(near)
                found += 1
        self.boundaries += len(true)
        self.predicted += len(ours)
        self.found += found
        self.false_switches += len(left)

    def __add__(self, other: "Score") -> "Score":
        return Score(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        found, true, ours = self.found, self.boundaries, self.predicted
        places = (str(true), _share(found, true), _share(found, ours), _share(2 * found, true + ours))
        return (
            str(self.pages),
            f"{self.characters:,}",
            _share(self.right, self.characters),
            *(places if true else ("",) * len(places)),
            f"{self.false_switches / max(self.pages, 1):.2f}",
            f"{self.guessed} of {self.unguessable}" if self.unguessable else "",
        )


# The columns of the table after the first: see Score.cells.
COLUMNS: Final = ("pages", "characters", "right", "boundaries", "recall", "precision", "F1", "false a page", "guessed")


def _share(part: int, whole: int) -> str:
    return number(part / whole if whole else None)


def _per_character(length: int, spans: Iterable[tuple[int, int, str | None]]) -> list[str | None]:
    tags: list[str | None] = [None] * length
    for start, end, tag in spans:
        tags[start:end] = [tag] * (end - start)
    return tags


def _changes(tags: Sequence[str | None]) -> list[int]:
    return [i for i in range(1, len(tags)) if tags[i] != tags[i - 1]]


def score(found: Sequence[Page], tagged: Sequence[Tagged]) -> dict[str, Score]:
    """The counts of each kind of page, and of all."""
    scores: dict[str, Score] = {}
    for page, answer in zip(found, tagged, strict=True):
        scores.setdefault(page.kind, Score()).add(page, answer)
    scores["all"] = sum(scores.values(), Score())
    return scores


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the folder of the development data")
    parser.add_argument("--part", choices=("tune", "report"), default="tune", help="which half of the data")
    parser.add_argument("--worst", type=int, default=0, help="show so many of the costliest mistakes")
    options = parser.parse_args()

    model = load_model()
    made = pages(options.folder, options.part)
    scores = score(made, analyse([page.text for page in made], model))

    rows = tuple((kind, *counts.cells()) for kind, counts in scores.items())
    costly = ", ".join(f"{a}→{b} {n}" for (a, b), n in scores["all"].confusions.most_common(SHOWN_CONFUSIONS))
    milliseconds = f"{_milliseconds(made, model):.1f} ms a page of {TIMED_CHARACTERS:,} characters"
    note = (
        f"Characters with a wrong tag: {costly or 'none'}.\n{milliseconds} in several languages (median, one by one)."
    )
    print(Table(f"{len(made)} pages, half {options.part}", ("kind", *COLUMNS), rows, note).plain())
    for count, tag, other, text in sorted(scores["all"].worst, reverse=True)[: options.worst]:
        print(f"{count:6} {tag}→{other} {text[:SHOWN_CHARACTERS]!r}")


def _milliseconds(made: Sequence[Page], model: LanguageModel) -> float:
    """How long pages in several languages take, each by itself."""
    text = "\n".join(page.text for page in made if page.kind != "one language")
    parts = [text[at : at + TIMED_CHARACTERS] for at in range(0, 40 * TIMED_CHARACTERS, TIMED_CHARACTERS)]
    times = []
    for part in parts:
        start = time.perf_counter()
        analyse([part], model)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


if __name__ == "__main__":
    main()
