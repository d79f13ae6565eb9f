"""People, organisations and places: what we find beside slovnet, `python -m benchmarks.entities FOLDER`.

FOLDER holds the corpora as ../shared/data/entities does. Judged are texts that training never sees (the rule is in
training/entities/corpora.py). A span counts if its first and last character and its type agree with the corpus's.
"""

import argparse
import platform
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import onnxruntime

from benchmarks import entities_lemmas, entities_links, entities_speed
from benchmarks.entities_methods import Method, loaded
from benchmarks.tables import Table, number, show
from training.entities.corpora import FILES, Annotated, Corpus, Span, read_corpus
from training.entities.written import read_written

_MARK: Final = "entities"
_ALL: Final = ("PER", "LOC", "ORG", "PRO", "EVT")
_THREE: Final = _ALL[:3]
_NAMES: Final[dict[Corpus, str]] = {
    "slavicner": "SlavicNER",
    "factrueval": "factRuEval-2016",
    "kaznerd": "KazNERD",
    "belarusian-hse": "Belarusian treebank",
    "written": "Texts written for it",
}
# Written apart from those that training learns from, by rules alike.
_WRITTEN: Final = Path(__file__).parent / "written_names"
# Corpora in which events and products are not annotated are judged by the other three.
_TYPES: Final[dict[Corpus, tuple[str, ...]]] = {"slavicner": _ALL}


@dataclass(frozen=True, slots=True)
class Scores:
    """Spans in the corpus, found, and both, for each type."""

    gold: Counter[str]
    found: Counter[str]
    both: Counter[str]

    def of(self, types: Iterable[str]) -> tuple[float | None, float | None, float | None]:
        """Precision, recall and F1 over some types, None where there is nothing to judge."""
        gold, found, both = (sum(counts[kind] for kind in types) for counts in (self.gold, self.found, self.both))
        precision = both / found if found else None
        recall = both / gold if gold else None
        return precision, recall, 2 * both / (gold + found) if gold + found else None


def score(texts: Sequence[Annotated], find: Callable[[str], list[Span]]) -> Scores:
    """Compare what is found in texts with what the corpus says."""
    scores = Scores(Counter(), Counter(), Counter())
    for text in texts:
        gold, found = set(text.spans), set(find(text.text))
        for counts, some in ((scores.gold, gold), (scores.found, found), (scores.both, gold & found)):
            counts.update(kind for _, _, kind in some)
    return scores


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables and, where asked, write them into a page; the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        texts = [text for corpus in FILES for text in read_corpus(options.folder, corpus) if text.is_held_out]
        texts += read_written(_WRITTEN)
    except OSError as error:
        parser.error(f"a corpus cannot be read: {error}. FOLDER is that of the entity data")
    remarks = [_measured()]
    methods = []
    for method, find in loaded():
        if find is None:
            remarks.append(f"{method.name} is not installed: benchmarks/requirements.txt has it.")
        else:
            methods.append((method, find))
    tables = [*_quality(texts, methods), _words_found(texts, methods)]
    if not options.spans_only:
        tables += [
            *entities_lemmas.tables(options.folder),
            entities_links.table(entities_links.measure(options.folder), "held-out"),
            *entities_speed.tables(texts, [method for method, _ in methods]),
        ]
    return show("benchmarks.entities", remarks, tables, as_markdown=options.markdown, page=options.write, mark=_MARK)


def _quality(
    texts: Sequence[Annotated], methods: Sequence[tuple[Method, Callable[[str], list[Span]]]]
) -> Iterable[Table]:
    for corpus, name in _NAMES.items():
        judged = [text for text in texts if text.corpus == corpus]
        kinds = _TYPES.get(corpus, _THREE)
        rows = []
        for method, find in methods:
            languages = sorted(
                {text.language for text in judged if not method.languages or text.language in method.languages}
            )
            parts = {language: [text for text in judged if text.language == language] for language in languages}
            if len(languages) > 1:
                parts = {"all": judged, **parts}
            rows += [_row(f"{method.name}, {part}", score(some, find), kinds) for part, some in parts.items()]
        columns = ("", *(["five types"] if kinds == _ALL else []), "three types", "precision", "recall", *kinds)
        spans = sum(len(text.spans) for text in judged)
        yield Table(f"{name}: F1 of spans", columns, tuple(rows), f"{len(judged):,} texts, {spans:,} names.")


def _row(name: str, scores: Scores, kinds: Sequence[str]) -> tuple[str, ...]:
    precision, recall, three = scores.of(_THREE)
    five = [number(scores.of(kinds)[2])] if len(kinds) > len(_THREE) else []
    return (name, *five, number(three), number(precision), number(recall), *(number(scores.of([k])[2]) for k in kinds))


def _words_found(texts: Sequence[Annotated], methods: Sequence[tuple[Method, Callable[[str], list[Span]]]]) -> Table:
    """Recall of the words of names, whatever span and type they were found in: what reading treebanks allows to say."""
    judged = [text for text in texts if text.corpus == "belarusian-hse"]
    rows = []
    for method, find in methods:
        if method.languages:
            continue
        words: Counter[str] = Counter()
        found: Counter[str] = Counter()
        for text in judged:
            spans = find(text.text)
            for start, end, kind in text.spans:
                for word_start, word_end in _words(text.text, start, end):
                    words[kind] += 1
                    found[kind] += any(s <= word_start and word_end <= e and kind == k for s, e, k in spans)
        rows.append((method.name, *(number(found[kind] / words[kind]) for kind in _THREE)))
    return Table("Belarusian treebank: words of names found with their type", ("", *_THREE), tuple(rows))


def _words(text: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    at = start
    for word in text[start:end].split():
        at = text.index(word, at, end)
        yield at, at + len(word)
        at += len(word)


def _measured() -> str:
    return (
        "Texts held out from training, strict spans, micro-averaged. "
        f"Python {platform.python_version()}, onnxruntime {onnxruntime.__version__}."
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.entities", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder with the corpora")
    parser.add_argument("--spans-only", action="store_true", help="only what is found, neither lemmas, links nor speed")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="also write the tables into a page, at its mark")
    return parser


if __name__ == "__main__":
    sys.exit(main())
