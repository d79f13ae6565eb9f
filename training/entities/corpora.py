"""The corpora: texts with the spans of names in them, each mapped to our types."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

from transforms.document import EntityType

Corpus = Literal["slavicner", "factrueval", "kaznerd", "belarusian-hse", "written"]
# One text in so many is held out: never trained or tuned on (SHA-256 of its key). What was written for it is not.
HELD_OUT: Final[dict[Corpus, int]] = {"slavicner": 10, "factrueval": 2, "kaznerd": 10, "belarusian-hse": 5}
FILES: Final[dict[Corpus, str]] = {
    "slavicner": "slavicner_train.jsonl.gz",
    "factrueval": "factrueval_dev.jsonl.gz",
    "kaznerd": "kaznerd_valid.iob2.gz",
    "belarusian-hse": "belarusian_hse_dev.conllu.gz",
}

_FACTRUEVAL: Final[dict[str, EntityType]] = {"Person": "PER", "Org": "ORG", "Location": "LOC", "LocOrg": "LOC"}
_KAZNERD: Final[dict[str, EntityType]] = {"PERSON": "PER", "GPE": "LOC", "LOCATION": "LOC", "ORGANISATION": "ORG"}
SLAVICNER: Final[dict[str, EntityType]] = {"PER": "PER", "LOC": "LOC", "ORG": "ORG", "PRO": "PRO", "EVT": "EVT"}
NAME_TYPES: Final[dict[str, EntityType]] = {
    "Giv": "PER",
    "Sur": "PER",
    "Pat": "PER",
    "Prs": "PER",
    "Geo": "LOC",
    "Com": "ORG",
}
_NAME_TYPE: Final = re.compile(r"NameType=(\w+)")
# Sentences of KazNERD come in no order that we know; so many make a text.
_SENTENCES: Final = 8
_GLUED_BEFORE: Final = frozenset(".,;:!?…»)”%")
_GLUED_AFTER: Final = frozenset("«(“")

Span = tuple[int, int, EntityType]


@dataclass(frozen=True, slots=True)
class Annotated:
    """A text with the spans of its names, (start, end, type), sorted and not overlapping."""

    key: str
    corpus: Corpus
    language: str
    text: str
    spans: tuple[Span, ...]

    @property
    def is_held_out(self) -> bool:
        """Whether it is for judging, never for training."""
        return self.corpus in HELD_OUT and is_held_out(self.key, self.corpus)


def is_held_out(key: str, corpus: Corpus) -> bool:
    """Whether the text of a corpus with this key is for judging, never for training or tuning."""
    return int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % HELD_OUT[corpus] == 0


def read_records(folder: Path, corpus: Literal["slavicner", "factrueval"]) -> Iterator[dict[str, Any]]:
    """The texts of a corpus as its file has them. Raises FileNotFoundError where it is missing."""
    with gzip.open(folder / FILES[corpus], "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def read_corpus(folder: Path, corpus: Corpus) -> Iterator[Annotated]:
    """The texts of a corpus in `folder`. Raises FileNotFoundError where its file is missing."""
    if corpus == "kaznerd" or corpus == "belarusian-hse":  # noqa: PLR1714 - this form tells the type checker
        with gzip.open(folder / FILES[corpus], "rt", encoding="utf-8") as lines:
            yield from _kaznerd(lines) if corpus == "kaznerd" else _belarusian(lines)
    elif corpus != "written":
        types = SLAVICNER if corpus == "slavicner" else _FACTRUEVAL
        for record in read_records(folder, corpus):
            spans = [(e["start"], e["end"], types[e["type"]]) for e in record["entities"] if e["type"] in types]
            yield Annotated(record["id"], corpus, record["lang"], record["text"], _outermost(spans))


def _outermost(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Those of overlapping spans that begin first and are longest."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not found or span[0] >= found[-1][1]:
            found.append(span)
    return tuple(found)


def _kaznerd(lines: Iterable[str]) -> Iterator[Annotated]:
    sentences = _sentences(lines)
    number = 0
    while block := list(islice(sentences, _SENTENCES)):
        key = f"kaz-{number}"
        # Half as the corpus has them, a space round every mark, half as they are written.
        written = int(hashlib.sha256(f"{key} spaces".encode()).hexdigest()[:8], 16) % 2 == 0
        text = ""
        spans: list[Span] = []
        for sentence in block:
            text, found = _with_sentence(text, sentence, written=written)
            spans += found
            text += "\n"
        yield Annotated(key, "kaznerd", "kk", text, tuple(spans))
        number += 1


def _sentences(lines: Iterable[str]) -> Iterator[list[tuple[str, str]]]:
    """Words and their IOB2 tags, a sentence at a time."""
    sentence: list[tuple[str, str]] = []
    for line in lines:
        columns = line.split()
        if columns:
            sentence.append((columns[0], columns[-1]))
        elif sentence:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _with_sentence(text: str, sentence: Sequence[tuple[str, str]], *, written: bool) -> tuple[str, list[Span]]:
    """`text` and a sentence after it, and where the names of the sentence are then."""
    spans: list[Span] = []
    goes_on = False
    after = "\n"
    for word, tag in sentence:
        glued = written and (word in _GLUED_BEFORE or after in _GLUED_AFTER)
        if text and not text.endswith("\n") and not glued:
            text += " "
        start = len(text)
        text += word
        after = word
        kind = _KAZNERD.get(tag[2:])
        if kind and goes_on and tag.startswith("I-"):
            spans[-1] = (spans[-1][0], len(text), kind)
        elif kind:
            spans.append((start, len(text), kind))
        goes_on = kind is not None
    return text, spans


def _belarusian(lines: Iterable[str]) -> Iterator[Annotated]:
    """Names are neighbouring words with a `NameType` of one of our types."""
    key, text = "", ""
    spans: list[Span] = []
    open_span = False
    for line in lines:
        columns = line.rstrip("\n").split("\t")
        if line.startswith("# sent_id = "):
            key = line.partition("=")[2].strip()
        elif not line.strip():
            if text:
                yield Annotated(key, "belarusian-hse", "be", text, tuple(spans))
            text, spans, open_span = "", [], False
        elif columns[0].isdigit():
            named = _NAME_TYPE.search(columns[5])
            kind = NAME_TYPES.get(named[1]) if named else None
            start = len(text)
            text += columns[1]
            if kind and open_span and spans[-1][2] == kind:
                spans[-1] = (spans[-1][0], len(text), kind)
            elif kind:
                spans.append((start, len(text), kind))
            open_span = kind is not None
            if "SpaceAfter=No" not in columns[9]:
                text += " "
