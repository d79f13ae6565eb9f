"""What names mean, learned from SlavicNER: its identifiers are shared across six languages.

Only what holds outside that corpus is kept. Its texts are about seven topics, so that in it «парламент» is the
British one; therefore a name counts only where all of it is a name: it begins with a capital, no word of a name of
one word is written small elsewhere in the texts, and a name of common words must mean the same in several topics.
Surnames alone are left out, whoever bears them. A name that means several things is left out, too.
"""

import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Final, NamedTuple

from training.entities.corpora import is_held_out, read_records
from transforms.document import EntityType
from transforms.entities.keys import words

_WORD: Final = re.compile(r"[^\W\d_]+")
# Of the mentions of a name, at least so many mean one thing.
AGREEMENT: Final = 0.9
LEAST_MENTIONS: Final = 2
# A word is common where it is written small more than once for so many times that it is written large.
COMMON: Final = 0.1
TOPICS: Final = 3
# Of a word, at least so many letters are its beginning, and at most so many its ending.
STEM: Final = 4
ENDING: Final = 3


class Name(NamedTuple):
    """A name in a language, with its type."""

    language: str
    name: str
    type: EntityType


def meanings(data: Path) -> dict[Name, str]:
    """The identifier that a name has in the documents that are not held out, for names that mean one thing."""
    training = [record for record in read_records(data, "slavicner") if not is_held_out(record["id"], "slavicner")]
    counts: dict[Name, Counter[str]] = defaultdict(Counter)
    topics: dict[Name, set[str]] = defaultdict(set)
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for document in training:
        language = document["lang"]
        written[language].update(_WORD.findall(document["text"]))
        for entity in document["entities"]:
            name = Name(language, " ".join(entity["lemma"].split()), entity["type"])
            counts[name][entity["id"]] += 1
            topics[name].add(document["topic"])
    written = {language: _beginnings(counted) for language, counted in written.items()}
    found = {}
    for name, by_identifier in counts.items():
        identifier, number = by_identifier.most_common(1)[0]
        total = by_identifier.total()
        if (
            total >= LEAST_MENTIONS
            and number >= AGREEMENT * total
            and _fits(name, identifier)
            and _is_proper(name, written[name.language], len(topics[name]))
        ):
            found[name] = identifier
    return found


def _fits(name: Name, identifier: str) -> bool:
    """Whether a name of this type can stand for this: no people for their country, no surname for a person."""
    person = identifier.startswith("PER")
    if (name.type == "PER") != person:
        return False
    return not person or len(words(name.name)) > 1


def _is_proper(name: Name, written: Counter[str], topics: int) -> bool:
    """Whether a name is one by itself, outside the topics of the corpus."""
    if not name.name[0].isalnum() or name.name[0].islower():
        return False
    if name.type == "PER":
        return all(word[0].isupper() for word in _WORD.findall(name.name) if len(word) > 3)
    own = _WORD.findall(name.name)
    if not own:
        return False
    common = [not _acronym(word) and written[_small(word)] > COMMON * written[_large(word)] for word in own]
    return not all(common) or (len(own) > 1 and topics >= TOPICS)


def _small(word: str) -> str:
    """The beginning of a word written small; its end changes with the case."""
    return _large(word).lower()


def _large(word: str) -> str:
    """The beginning of a word with a capital."""
    return word.capitalize()[: max(STEM, len(word) - ENDING)]


def _beginnings(counted: Counter[str]) -> Counter[str]:
    """How often words begin so, of those that are not all capitals."""
    found: Counter[str] = Counter()
    for word, times in counted.items():
        if not word.isupper():
            for length in range(min(STEM, len(word)), len(word) + 1):
                found[word[:length]] += times
    return found


def _acronym(word: str) -> bool:
    return 2 <= len(word) <= 6 and word.isupper()
