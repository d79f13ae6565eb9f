"""Which names a text holds, as far as letters tell: runs of words by their keys, with no model.

For what must be found wherever it stands, in boilerplate and in languages that no model reads, too. A run is the coarse
keys of its words (see transforms.entities.keys), joined by spaces: the same in Cyrillic and Latin. Word forms are
others: a name is looked for in each form in which texts are known to have it.
"""

from collections.abc import Collection, Iterator

from transforms.entities.keys import is_patronymic, word_key, words

# Letters of a word that is more than an initial.
_WORD = 2
# Words that are remembered: some 10 MB.
_REMEMBERED = 50_000


def run_of(name: str) -> str:
    """The run that a name is; empty for what has no letters or digits."""
    return " ".join(key for word in words(name) if (key := word_key(word)))


def is_full(name: str) -> bool:
    """Whether a name tells its bearer from most others: two words or more that are no initials («Рустам Минниханов»).

    A hyphen makes no second word: a double surname is one.
    """
    parts = (words(part) for part in name.split())
    return sum(any(len(word) >= _WORD for word in part) for part in parts) > 1


class Reader:
    """Reads texts for the runs in them. It remembers words, as they come again in most texts."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}

    def runs(self, text: str, lengths: Collection[int]) -> Iterator[str]:
        """All runs of so many words in a text; of two words also those with a patronymic between. Some come twice."""
        if not lengths:
            return
        keys = self._keys
        if len(keys) > _REMEMBERED:
            keys.clear()
        found = words(text)
        for word in found:
            if word not in keys:
                keys[word] = word_key(word)
        kept = [word for word in found if keys[word]]
        for length in lengths:
            for start in range(len(kept) - length + 1):
                yield " ".join(keys[word] for word in kept[start : start + length])
        if 2 in lengths:
            for first, middle, last in zip(kept, kept[1:], kept[2:], strict=False):
                if is_patronymic(middle):
                    yield f"{keys[first]} {keys[last]}"
