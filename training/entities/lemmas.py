"""Names with their base forms, for the paradigms: SlavicNER's lemmas, and phrases of the Belarusian treebank."""

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from training.entities.corpora import FILES, NAME_TYPES, SLAVICNER, Corpus, is_held_out, read_records
from transforms.document import EntityType, Mention
from transforms.entities.mentions import FoundMention

Part = Literal["training", "development", "held-out"]
_NAME_TYPES: Final[dict[str, EntityType]] = {**NAME_TYPES, "Pro": "PRO"}
# One text in so many, of those that are not held out, is for tuning.
_DEVELOPMENT: Final = 10

# Endings of adjectives in the nominative by the last letters of their lemma: feminine, neuter, plural.
_ADJECTIVES: Final = {
    "кі": ("кая", "кае", "кія"),
    "гі": ("гая", "гае", "гія"),
    "хі": ("хая", "хае", "хія"),
    "ні": ("няя", "няе", "нія"),
    "ы": ("ая", "ае", "ыя"),
}


@dataclass(frozen=True, slots=True)
class LemmaText:
    """A text with names in it and the base form of each."""

    key: str
    part: Part
    text: str
    found: tuple[FoundMention, ...]
    lemmas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    lemma: str
    pos: str
    features: dict[str, str]


def part_of(key: str, corpus: Corpus) -> Part:
    """Which part a text belongs to."""
    if is_held_out(key, corpus):
        return "held-out"
    tuning = int(hashlib.sha256(f"paradigms {key}".encode()).hexdigest()[:8], 16) % _DEVELOPMENT == 0
    return "development" if tuning else "training"


def read_slavicner(folder: Path) -> Iterator[LemmaText]:
    """The texts of SlavicNER. Raises FileNotFoundError where the file is missing."""
    for record in read_records(folder, "slavicner"):
        entities = [each for each in record["entities"] if each["lemma"].strip() and each["type"] in SLAVICNER]
        yield LemmaText(
            key=record["id"],
            part=part_of(record["id"], "slavicner"),
            text=record["text"],
            found=tuple(
                FoundMention(
                    Mention(each["start"], each["end"], record["text"][each["start"] : each["end"]]),
                    SLAVICNER[each["type"]],
                    1.0,
                    record["lang"],
                )
                for each in entities
            ),
            lemmas=tuple(" ".join(each["lemma"].split()) for each in entities),
        )


def read_belarusian(folder: Path) -> Iterator[LemmaText]:
    """The sentences of the Belarusian treebank: its names, and common nouns with their adjectives as if they were.

    Organisations are called by common nouns; so the latter pass for their names.
    """
    with gzip.open(folder / FILES["belarusian-hse"], "rt", encoding="utf-8") as file:
        for block in file.read().split("\n\n"):
            lines = block.splitlines()
            heads = dict(line[2:].split(" = ", 1) for line in lines if line.startswith("# ") and " = " in line)
            if "sent_id" not in heads:
                continue
            tokens = list(_tokens(heads["text"], [line.split("\t") for line in lines if line[:1].isdigit()]))
            phrases = list(_phrases(tokens))
            yield LemmaText(
                key=heads["sent_id"],
                part=part_of(heads["sent_id"], "belarusian-hse"),
                text=heads["text"],
                found=tuple(
                    FoundMention(
                        Mention(run[0].start, run[-1].end, heads["text"][run[0].start : run[-1].end]), kind, 1.0, "be"
                    )
                    for run, kind, _ in phrases
                ),
                lemmas=tuple(lemma for _, _, lemma in phrases),
            )


def _tokens(text: str, rows: list[list[str]]) -> Iterator[_Token]:
    """The tokens with their offsets in the text."""
    at = 0
    for row in rows:
        if not row[0].isdigit():
            continue
        start = text.find(row[1], at)
        if start < 0:
            continue
        at = start + len(row[1])
        features = dict(pair.split("=", 1) for pair in f"{row[5]}|{row[9]}".split("|") if "=" in pair)
        yield _Token(start, at, row[2], row[3], features)


def _phrases(tokens: list[_Token]) -> Iterator[tuple[list[_Token], EntityType, str]]:
    """Runs of one name, or of adjectives and their noun, with their type and base form."""
    at = 0
    while at < len(tokens):
        token = tokens[at]
        run = [token]
        if token.pos == "PROPN" and "NameType" in token.features:
            kind = _kind(token)
            while at + 1 < len(tokens) and tokens[at + 1].pos == "PROPN" and kind and _kind(tokens[at + 1]) == kind:
                at += 1
                run.append(tokens[at])
            if kind:
                yield run, kind, " ".join(word.lemma for word in run)
        elif token.pos in {"ADJ", "NOUN"}:
            while run[-1].pos == "ADJ" and at + 1 < len(tokens) and tokens[at + 1].pos in {"ADJ", "NOUN"}:
                at += 1
                run.append(tokens[at])
            lemma = _phrase_lemma(run)
            if lemma:
                yield run, "ORG", lemma
        at += 1


def _kind(token: _Token) -> EntityType | None:
    return _NAME_TYPES.get(token.features.get("NameType", "").split(",")[0])


def _phrase_lemma(run: list[_Token]) -> str | None:
    """The nominative of adjectives and their noun, None where its number is not that of the lemma."""
    noun = run[-1]
    if noun.pos != "NOUN" or noun.features.get("Number") != "Sing" or noun.lemma.lower() != noun.lemma:
        return None
    column = {"Masc": -1, "Fem": 0, "Neut": 1}.get(noun.features.get("Gender", ""))
    if column is None:
        return None
    words = []
    for word in run[:-1]:
        if column < 0:
            words.append(word.lemma)
            continue
        ending = next((ending for ending in _ADJECTIVES if word.lemma.endswith(ending)), None)
        if ending is None:
            return None
        words.append(word.lemma[: len(word.lemma) - len(ending)] + _ADJECTIVES[ending][column])
    return " ".join([*words, noun.lemma])
