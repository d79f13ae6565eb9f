"""Which words each language is taught from: the table of languages, and the making of their lexicons."""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from training.language import spelling
from training.language.function_words import CHUVASH_ENDINGS
from training.language.parts import (
    Analysed,
    Counted,
    Derived,
    Functions,
    Listed,
    Part,
    Shared,
    Shelf,
    Yakut,
    mixed,
    normalised,
)
from training.language.sources import Frequencies, Sources
from training.language.spelling import Spelling

_log = logging.getLogger(__name__)

# A language's most frequent words; the rest of the long lists are forms hardly ever met.
_MOST_WORDS: Final = 100_000
# How often a word comes without its marks (Czech "cestina"), where people write so at all. A guess.
_BARE_SHARE: Final = 0.06
# Words with letters of the other script, or digits, are no words of the language.
_CYRILLIC: Final = re.compile("[а-яёѐ-ԯ]")
_LATIN: Final = re.compile("[a-z]")
_DIGIT: Final = re.compile(r"\d")

_BELARUSIAN: Final = "'абвгдеёжзійклмнопрстуўфхцчшыьэюя"
_SERBIAN: Final = "абвгдђежзијклљмнњопрстћуфхцчџш"
# Broad on purpose: what is not in a language's own alphabet is rare in its list.
_EUROPEAN: Final = "'a-zçğıöşüəáäõšžčćđ"


@dataclass(frozen=True, slots=True)
class Language:
    """A class of the model: what its lexicon is mixed from, each part's share beside it, before the rare words go.

    `weight`: how often it is drawn in training, 1 being usual. `bare`: how a word is spelt by those who leave out
    the marks on its letters.
    """

    tag: str
    parts: dict[Part, float]
    cyrillic: bool = False
    weight: float = 1.0
    bare: Spelling | None = None


_bare = spelling.without_diacritics

# What is derived from another language stands below it.
LANGUAGES: Final = (
    # Served, with counts.
    Language("cs", {Counted("cs"): 1}, bare=_bare),
    Language("de", {Counted("de"): 1}, bare=_bare),
    Language("en", {Counted("en"): 1}),
    Language("es", {Counted("es"): 1}, bare=_bare),
    Language("fr", {Counted("fr"): 1}, bare=_bare),
    Language("mk", {Counted("mk"): 1}, cyrillic=True),
    Language("pl", {Counted("pl"): 1}, bare=_bare),
    Language("ru", {Counted("ru"): 1}, cyrillic=True),
    Language("sah", {Yakut(): 1}, cyrillic=True),
    Language("uk", {Counted("uk"): 1}, cyrillic=True),
    # Served: short counts, filled up from lists without.
    Language("bg", {Counted("bg"): 0.75, Listed("bul", "а-щъьюя", "bg", 0.7): 0.25}, cyrillic=True),
    Language("lt", {Counted("lt"): 0.75, Listed("lit", "a-ząčęėįšųūž", "lt", 0.7): 0.25}, bare=_bare),
    Language("lv", {Counted("lv"): 0.75, Listed("lav", "a-zāčēģīķļņšūž", "lv", 0.7): 0.25}, bare=_bare),
    Language(
        "ro",
        {Counted("ro"): 0.75, Listed("ron", "a-zăâîșțşţ", "ro", 0.7, spelling=spelling.romanian_commas): 0.25},
        bare=_bare,
    ),
    Language("sk", {Counted("sk"): 0.75, Listed("slk", "a-záäčďéíĺľňóôŕšťúýž", "sk", 0.7): 0.25}, bare=_bare),
    Language("sl", {Counted("sl"): 0.75, Listed("slv", "a-zčšž", "sl", 0.7): 0.25}, bare=_bare),
    Language("tr", {Counted("tr"): 0.75, Listed("tur", "a-zçğıöşüâîû", "tr", 0.7): 0.25}, bare=_bare),
    # Served, from lists without counts.
    Language("az", {Listed("aze", _EUROPEAN, "az"): 0.65, Functions("az"): 0.35}, bare=_bare),
    Language("az-Cyrl", {Listed("aze_cyrl", "а-яёәғҝөүһҹј"): 1}, cyrillic=True, weight=0.35),
    Language("be", {Listed("bel", _BELARUSIAN, "be"): 0.65, Functions("be"): 0.35}, cyrillic=True),
    Language("et", {Listed("est", _EUROPEAN, "et"): 0.65, Functions("et"): 0.35}, bare=_bare),
    Language("hy", {Listed("hye", "'ա-և", "hy", shortest=1): 1}),
    Language("ka", {Listed("kat", "ა-ჰ", "ka", shortest=1): 1}),
    Language("kk", {Listed("kaz", "а-яәғқңөұүһіё", "kk"): 0.65, Functions("kk"): 0.35}, cyrillic=True),
    Language("ky", {Listed("kir", "а-яёңөү"): 0.65, Functions("ky"): 0.35}, cyrillic=True),
    Language("mn", {Listed("mon", "а-яёөү", "mn"): 0.65, Functions("mn"): 0.35}, cyrillic=True),
    Language("tg", {Listed("tgk", "а-яёғӣқӯҳҷ"): 0.65, Functions("tg"): 0.35}, cyrillic=True),
    Language("tt", {Analysed(): 0.65, Functions("tt"): 0.35}, cyrillic=True),
    Language("uz", {Listed("uzb", "'a-z"): 0.65, Functions("uz"): 0.35}, bare=spelling.without_apostrophes),
    # Served: the counts of Serbo-Croatian, split by the lists of each standard.
    Language("bs", {Shared("sh", "bos"): 0.6, Listed("bos", _EUROPEAN, "bs", 0.7): 0.4}, weight=0.5, bare=_bare),
    Language("hr", {Shared("sh", "hrv"): 0.6, Listed("hrv", _EUROPEAN, "hr", 0.7): 0.4}, weight=0.5, bare=_bare),
    Language(
        "sr",
        {Shared("sh", "srp", spelling.serbian_cyrillic): 0.6, Listed("srp", _SERBIAN, "sr", 0.7): 0.4},
        cyrillic=True,
    ),
    Language(
        "sr-Latn",
        {Shared("sh", "srp_latn"): 0.5, Derived("sr", spelling.serbian_latin): 0.5},
        weight=0.5,
        bare=_bare,
    ),
    # Served, by rules from another language or script.
    Language("ba", {Derived("tt", spelling.bashkir, functions=False): 0.6, Functions("ba"): 0.4}, cyrillic=True),
    Language("be-Latn", {Derived("be", spelling.lacinka): 1}, weight=0.35, bare=_bare),
    Language("cv", {Functions("cv"): 5, Functions("cv", CHUVASH_ENDINGS): 4}, cyrillic=True),
    Language(
        "kk-Latn",
        {Derived("kk", spelling.kazakh_latin_2018): 0.5, Derived("kk", spelling.kazakh_latin_2021): 0.5},
        weight=0.35,
        bare=_bare,
    ),
    Language("tt-Latn", {Derived("tt", spelling.tatar_latin): 1}, weight=0.35, bare=_bare),
    Language(
        "uz-Cyrl",
        {Derived("uz", spelling.uzbek_cyrillic): 0.7, Listed("uzb_cyrl", "а-яёўқғҳ"): 0.3},
        cyrillic=True,
    ),
    # Not served: taught so that they are recognised as strangers.
    Language("ca", {Counted("ca"): 1}, weight=0.6),
    Language("crh", {Derived("tr", spelling.crimean_tatar): 0.6, Functions("crh"): 0.4}, weight=0.35),
    Language("da", {Counted("da"): 1}, weight=0.6),
    Language("fi", {Counted("fi"): 1}, weight=0.6),
    Language("fil", {Counted("fil"): 1}, weight=0.6),
    Language("hu", {Counted("hu"): 1}, weight=0.6, bare=_bare),
    Language("id", {Counted("id"): 1}, weight=0.6),
    Language("is", {Counted("is"): 1}, weight=0.6),
    Language("it", {Counted("it"): 1}, weight=0.6),
    Language("kaa", {Derived("kk", spelling.karakalpak): 0.73, Functions("kaa"): 0.27}, cyrillic=True, weight=0.2),
    Language("ms", {Counted("ms"): 1}, weight=0.6),
    Language("nl", {Counted("nl"): 1}, weight=0.6),
    Language("no", {Counted("nb"): 1}, weight=0.6),
    Language("pt", {Counted("pt"): 1}, weight=0.6, bare=_bare),
    Language("sv", {Counted("sv"): 1}, weight=0.6),
    Language("vi", {Counted("vi"): 1}, weight=0.6),
)


def make_lexicons(sources: Sources, languages: Iterable[Language] = LANGUAGES) -> dict[str, Frequencies]:
    """The lexicon of each language by its tag, in the order of `languages`: words, the most frequent first."""
    shelf = Shelf(sources)
    lexicons = {}
    for language in languages:
        words = mixed(language.parts, shelf)
        foreign = _LATIN if language.cyrillic else _CYRILLIC
        kept = {
            word.replace("’", "'"): frequency
            for word, frequency in words.items()
            if word and not foreign.search(word) and not _DIGIT.search(word)
        }
        shelf.lexicons[language.tag] = normalised(kept)
        lexicons[language.tag] = usual(shelf.lexicons[language.tag], language.bare)
        _log.info("%s: %d words", language.tag, len(kept))
    return lexicons


def usual(lexicon: Frequencies, bare: Spelling | None) -> Frequencies:
    """The most frequent words, words without their marks among them; frequencies sum up to 1."""
    whole = dict(lexicon)
    if bare:
        for word, frequency in lexicon.items():
            if (spelt := bare(word)) != word:
                whole[spelt] = whole.get(spelt, 0.0) + frequency * _BARE_SHARE
    # Among equals the alphabet decides, so that the same lists always make the same model.
    ranked = sorted(whole.items(), key=lambda item: (-item[1], item[0]))
    return normalised(dict(ranked[:_MOST_WORDS]))


def write_lexicons(lexicons: dict[str, Frequencies], folder: Path) -> None:
    """Write `TAG.tsv` for each: a word and its frequency a line."""
    folder.mkdir(parents=True)
    for tag, lexicon in lexicons.items():
        lines = "".join(f"{word}\t{frequency!r}\n" for word, frequency in lexicon.items())
        (folder / f"{tag}.tsv").write_text(lines, encoding="utf-8")


def read_lexicons(folder: Path, languages: Iterable[Language] = LANGUAGES) -> dict[str, Frequencies]:
    """What `write_lexicons` wrote."""
    lexicons = {}
    for language in languages:
        text = (folder / f"{language.tag}.tsv").read_text(encoding="utf-8")
        pairs = (line.split("\t") for line in text.splitlines())
        lexicons[language.tag] = {word: float(frequency) for word, frequency in pairs}
    return lexicons
