"""The base form of every name in its own language: `Рустамом Миннихановым` → `Рустам Минниханов`.

Slavic languages by paradigms learned from the lemmas of names and from tables (paradigms), Russian with a dictionary
beside them (dictionary), Kazakh, Tatar and Bashkir by rules (turkic); names in any other language are left as they are.
"""

from collections.abc import Sequence
from pathlib import Path

from transforms.entities.mentions import FoundMention, NamedMention
from transforms.entities.normal import turkic
from transforms.entities.normal.context import paradigms_of, place_of, surroundings
from transforms.entities.normal.evidence import Place
from transforms.entities.normal.paradigms import Model, Node, Paradigms, Surroundings, read_paradigms
from transforms.entities.normal.words import put_together, text_words, with_ending

__all__ = ["Normaliser"]


class Normaliser:
    """Gives mentions their base forms. Safe to share between threads."""

    def __init__(self, path_of_paradigms: Path) -> None:
        """Load the model file. Raises OSError where it cannot be read, ValueError where it is no model."""
        read = read_paradigms(path_of_paradigms)
        self._paradigms = Paradigms(read.edits, read.known)
        self._model = Model(read.weights)
        self._whole = read.whole

    def names(self, text: str, found: Sequence[FoundMention]) -> list[NamedMention]:
        """The mentions of `text` with their base forms, in the order given.

        What else the text says is evidence: a name of several words in it, or a word as it stands elsewhere.
        """
        names = [" ".join(mention.mention.surface.split()) for mention in found]
        self._turkic(found, names)
        places = {
            at: place_of(text, one)
            for at, one in enumerate(found)
            if self._paradigms.serves(paradigms_of(one.language))
        }
        nodes = {
            at: [self._paradigms.node(place, index) for index in range(len(place.words))]
            for at, place in places.items()
        }
        around = surroundings(places.values(), nodes.values())
        # Names of several words first: what a person is called in full settles what a single word is.
        persons: dict[str, set[str]] = {}
        for at in sorted(places, key=lambda index: (len(places[index].words) < 2, index)):
            place, surface = places[at], found[at].mention.surface
            whole = self._whole.get((place.language, place.type, surface.lower()))
            if whole is not None:
                names[at] = whole
            elif any(word.declinable for word in place.words):
                of_persons = persons.setdefault(place.language, set()) if place.type == "PER" else set()
                bases, names[at] = self._name(surface, place, nodes[at], around[place.language], of_persons)
                if len(bases) > 1:
                    of_persons.update(bases)
        return [
            NamedMention(mention.mention, mention.type, name or mention.mention.surface, mention.language)
            for mention, name in zip(found, names, strict=True)
        ]

    def _turkic(self, found: Sequence[FoundMention], names: list[str]) -> None:
        """Put the base forms of Kazakh, Tatar and Bashkir names in their places in `names`."""
        places = [at for at, one in enumerate(found) if one.language in turkic.LANGUAGES]
        words = {word.lower() for at in places for word in text_words(names[at])}
        # Twice: what is in doubt at first may be settled by the base form of another name («Кәримдең», «Кәримгә»).
        for _ in range(2):
            for at in places:
                one = found[at]
                names[at] = turkic.base_form(one.mention.surface, one.type, one.language, words, self._paradigms.known)
            words |= {word.lower() for at in places if " " in names[at] for word in text_words(names[at])}

    def _name(
        self, surface: str, place: Place, nodes: list[Node], around: Surroundings, persons: set[str]
    ) -> tuple[list[str], str]:
        """The base forms of the words of a name in lower case, and the name made of them.

        `persons`: base forms of the words of persons' full names in the text; a word that comes from one of them is it.
        """
        nodes = [self._paradigms.witnessed(node, place, around) for node in nodes]
        called = [line for line, base in enumerate(nodes[0].choice.bases) if base in persons]
        best = called if len(nodes) == len(called) == 1 else self._model.best(nodes)
        forms = [
            with_ending(word.text, len(edit.strip), edit.add)
            for word, node, line in zip(place.words, nodes, best, strict=True)
            for edit in [node.choice.candidates[line]]
        ]
        bases = [node.choice.bases[line] for node, line in zip(nodes, best, strict=True)]
        return bases, put_together(surface, list(place.words), forms)
