"""Base forms of names, `python -m benchmarks.entities_lemmas FOLDER`: ours beside the name as it stands, and simplemma.

The names are those that SlavicNER's annotators marked, with their types, so that base forms alone are judged: a base
form is right where it is the corpus's, letter for letter, with or without regard to capitals. The corpus has errors and
several ways to write one name («Спутник V», Спутник V; демократов: демократ, демократы), so that nobody reaches 1.
"""

import argparse
import importlib.util
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.entities_links import documents
from benchmarks.tables import Table, number, show
from training.entities.corpora import SLAVICNER
from transforms.document import Mention
from transforms.entities.mentions import FoundMention
from transforms.entities.normal import Normaliser
from transforms.versions import PARADIGMS

PARTS: Final = ("held-out", "training")
_MARK: Final = "entities-lemmas"

Method = Callable[[str, Sequence[FoundMention]], list[str]]


@dataclass(frozen=True, slots=True)
class Row:
    """How a method did on the names of a language (`all`: of all), as shares; the processor time of a name, ms."""

    method: str
    language: str
    names: int
    exact: float
    without_capitals: float
    milliseconds: float


@dataclass(slots=True)
class _Count:
    names: int = 0
    exact: int = 0
    without_capitals: int = 0
    seconds: float = 0.0


def measure(folder: Path, part: str = "held-out", paradigms: Path | None = None) -> list[Row]:
    """The rows of all methods that are installed, on a part of SlavicNER in `folder`. Raises OSError without it."""
    texts = list(_texts(folder, part))
    normaliser = Normaliser(paradigms or PARADIGMS.locate())
    methods: dict[str, Method] = {
        "dropwire": lambda text, found: [named.name for named in normaliser.names(text, found)],
        "as it stands": lambda _, found: [one.mention.surface for one in found],
    }
    if has_simplemma():
        methods["simplemma, word by word"] = _simplemma()
    rows = []
    for name, method in methods.items():
        counts: dict[str, _Count] = {}
        for text, found, lemmas in texts:
            started = time.process_time()
            names = method(text, found)
            seconds = time.process_time() - started
            for one, base, lemma in zip(found, names, lemmas, strict=True):
                for language in ("all", one.language):
                    count = counts.setdefault(language, _Count())
                    count.names += 1
                    count.exact += base == lemma
                    count.without_capitals += base.lower() == lemma.lower()
                    count.seconds += seconds / len(found)
        rows += [
            Row(
                method=name,
                language=language,
                names=count.names,
                exact=count.exact / count.names,
                without_capitals=count.without_capitals / count.names,
                milliseconds=1000 * count.seconds / count.names,
            )
            for language, count in sorted(counts.items())
        ]
    return rows


def has_simplemma() -> bool:
    """Whether the baseline is installed (benchmarks/requirements.txt)."""
    return importlib.util.find_spec("simplemma") is not None


def _texts(folder: Path, part: str) -> Iterator[tuple[str, list[FoundMention], list[str]]]:
    """The texts with their names and the corpus's base forms of them."""
    for document in documents(folder, part):
        text = document["text"]
        entities = [each for each in document["entities"] if each["type"] in SLAVICNER]
        found = [
            FoundMention(
                Mention(each["start"], each["end"], text[each["start"] : each["end"]]),
                SLAVICNER[each["type"]],
                1.0,
                document["lang"],
            )
            for each in entities
        ]
        if found:
            yield text, found, [" ".join(each["lemma"].split()) for each in entities]


def _simplemma() -> Method:
    """Each word of a name by simplemma, with its first capital."""
    import simplemma  # noqa: PLC0415 - not everyone has it

    def base(word: str, language: str) -> str:
        lemma = str(simplemma.lemmatize(word, lang=language))
        return lemma[:1].upper() + lemma[1:] if word[:1].isupper() else lemma

    def names(_: str, found: Sequence[FoundMention]) -> list[str]:
        return [" ".join(base(word, one.language) for word in one.mention.surface.split()) for one in found]

    return names


def tables(folder: Path, part: str = "held-out", paradigms: Path | None = None) -> list[Table]:
    """The table of all methods by language."""
    rows = measure(folder, part, paradigms)
    cells = [
        (
            row.method,
            row.language,
            f"{row.names:,}",
            number(row.without_capitals),
            number(row.exact),
            f"{row.milliseconds:.2f}",
        )
        for row in rows
    ]
    missing = "" if has_simplemma() else " simplemma is not installed: benchmarks/requirements.txt has it."
    return [
        Table(
            f"Base forms of names ({part} documents of SlavicNER, its spans and types)",
            ("method", "language", "names", "right", "with capitals", "ms a name"),
            tuple(cells),
            f"Share of the names whose base form is the corpus's.{missing}",
        )
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.entities_lemmas", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with slavicner_train.jsonl.gz")
    parser.add_argument("--part", choices=PARTS, default="held-out")
    parser.add_argument("--paradigms", type=Path, help="another model file than the shipped one")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table into this page, between its marks")
    options = parser.parse_args(arguments)
    try:
        found = tables(options.folder, options.part, options.paradigms)
    except OSError as error:
        parser.error(f"a file cannot be read: {error}. FOLDER is that of the entity data")
    return show("entities_lemmas", [], found, as_markdown=options.markdown, page=options.write, mark=_MARK)


if __name__ == "__main__":
    sys.exit(main())
