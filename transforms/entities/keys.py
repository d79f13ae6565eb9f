"""Names to keys: one key for all scripts and spellings of a name, as far as letters can tell.

A key writes sounds, not letters: Cyrillic and Latin come to one alphabet, in which vowels that the languages write
for each other are one (а/о of Belarusian akanne, е/и/і/ы/э), soft signs, doubled letters and glides before vowels are
gone, and the digraphs of English, Polish, Czech and Slovene romanisation are one letter. Keys are ASCII and
deterministic, and the key of a key is that key again for keys without a letter that Latin reads otherwise (`c`, `j`).
"""

import re
import unicodedata
from typing import Final

from transforms.document import UNDETERMINED

# Letters that look alike and are typed, or put in to fool filters, in the place of others.
_LATIN_LOOKALIKES: Final = "aeopcxyiABEKMHOPCTXIjsSJk"
_CYRILLIC_LOOKALIKES: Final = "аеорсхуіАВЕКМНОРСТХІјѕЅЈк"
_TO_CYRILLIC: Final = str.maketrans(_LATIN_LOOKALIKES, _CYRILLIC_LOOKALIKES)
_TO_LATIN: Final = str.maketrans(_CYRILLIC_LOOKALIKES, _LATIN_LOOKALIKES)
_CYRILLIC: Final = re.compile("[\u0400-\u052f]")
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f]")
# Stand inside words and are no part of them: soft hyphens, joiners, marks of direction, apostrophes of all kinds.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff'’ʼʻ‘ʽ‛`´ʹʿʾ′＇]"
)
_WORD: Final = re.compile(r"[^\W_]+")
# Marks that change the letter they stand on, apart from those that stand on letters of our table.
_MARKS: Final = re.compile("[\u0300-\u036f]")

# Longest first. The right side is the alphabet of fine keys; h is х, c is ц.
_CYRILLIC_SOUNDS: Final = {
    "дж": "j", "тс": "c", "тц": "c", "дч": "ch", "тч": "ch", "сч": "sh", "сх": "sh", "кх": "h",
    "а": "a", "ә": "a", "ӓ": "a", "о": "o", "ё": "e", "я": "ia",
    "е": "e", "и": "i", "і": "i", "ї": "i", "ы": "i", "э": "e", "є": "e", "й": "i", "ј": "i", "ѣ": "e", "ѝ": "i",
    "у": "u", "ү": "u", "ұ": "u", "ө": "u", "ю": "iu", "ӱ": "u",
    "б": "b", "в": "v", "ў": "v", "г": "g", "ґ": "g", "ғ": "g", "ѓ": "j", "д": "d", "ж": "zh", "з": "z", "ҙ": "z",
    "к": "k", "қ": "k", "ҡ": "k", "ќ": "k", "л": "l", "љ": "l", "м": "m", "н": "n", "ң": "n", "њ": "n", "п": "p",
    "р": "r", "с": "s", "ҫ": "s", "ѕ": "z", "т": "t", "ф": "f", "х": "h", "һ": "h", "ҳ": "h", "ц": "c", "ч": "ch",
    "ҷ": "j", "җ": "j", "ћ": "ch", "ђ": "j", "џ": "j", "ш": "sh", "щ": "sh", "ь": "", "ъ": "", "ʼ": "",
}  # fmt: skip
# Between consonants the Bulgarian ъ is a vowel, in the other languages it never stands there.
_BULGARIAN_SOUNDS: Final = {**_CYRILLIC_SOUNDS, "ъ": "a", "щ": "sht"}
# Belarusian ц and дз before soft vowels are the т and д of the others.
_BELARUSIAN_SOUNDS: Final = {
    **_CYRILLIC_SOUNDS,
    **{f"ц{soft}": "t" + _CYRILLIC_SOUNDS[soft] for soft in "іеёюяь"},
    **{f"дз{soft}": "d" + _CYRILLIC_SOUNDS[soft] for soft in "іеёюяь"},
}
_LATIN_SOUNDS: Final = {
    "shch": "sh", "szcz": "sh", "tsch": "ch", "tch": "ch", "sch": "sh", "sh": "sh", "sz": "sh", "š": "sh", "ş": "sh",
    "šč": "sh", "ch": "ch", "cz": "ch", "č": "ch", "ć": "ch", "ç": "ch", "zh": "zh", "ž": "zh", "ż": "zh",
    "dzh": "j", "dž": "j", "dż": "j", "đ": "j", "dj": "j", "kh": "h", "h": "h", "ph": "f", "th": "t", "ck": "k",
    "ts": "c", "tz": "c", "qu": "kv", "q": "k", "x": "ks", "w": "v", "v": "v",
    "cov": "cov", "cev": "cev", "ce": "ce", "ci": "ci", "cy": "ci", "cj": "ci", "c": "k",
    "oo": "u", "ou": "u", "ee": "i", "ij": "i", "yj": "i",
    "a": "a", "á": "a", "à": "a", "â": "a", "ã": "a", "ä": "a", "å": "a", "ă": "a", "ā": "a", "æ": "e", "ə": "a",
    "ą": "an", "o": "o", "ó": "o", "ò": "o", "ô": "o", "õ": "o", "ō": "o", "ø": "e", "ö": "e", "ő": "e", "œ": "e",
    "e": "e", "é": "e", "è": "e", "ê": "e", "ë": "e", "ě": "e", "ē": "e", "ė": "e", "ę": "en",
    "i": "i", "í": "i", "ì": "i", "î": "i", "ï": "i", "ī": "i", "ı": "i", "y": "i", "ý": "i", "ÿ": "i", "j": "i",
    "u": "u", "ú": "u", "ù": "u", "û": "u", "ü": "u", "ů": "u", "ū": "u", "ű": "u",
    "b": "b", "d": "d", "ď": "d", "f": "f", "g": "g", "ğ": "g", "k": "k", "l": "l", "ł": "l", "ľ": "l", "ĺ": "l",
    "m": "m", "n": "n", "ń": "n", "ň": "n", "ñ": "n", "p": "p", "r": "r", "ř": "r", "ŕ": "r", "s": "s", "ś": "s",
    "ß": "s", "t": "t", "ť": "t", "ţ": "c", "ț": "c", "z": "z", "ź": "z",
}  # fmt: skip
# Where ch is х; rz is ж in Polish alone.
_CZECH_SOUNDS: Final = {**_LATIN_SOUNDS, "ch": "h"}
_POLISH_SOUNDS: Final = {**_CZECH_SOUNDS, "rz": "zh", "dź": "d", "sch": "sh"}


def _table(sounds: dict[str, str]) -> tuple[re.Pattern[str], dict[str, str]]:
    """A pattern that matches the longest of the spellings first, and what each of them becomes."""
    return re.compile("|".join(sorted(map(re.escape, sounds), key=lambda each: (-len(each), each)))), sounds


_CYRILLIC_TABLE: Final = _table(_CYRILLIC_SOUNDS)
_LATIN_TABLE: Final = _table(_LATIN_SOUNDS)
_BY_LANGUAGE: Final = {
    "be": _table(_BELARUSIAN_SOUNDS),
    "bg": _table(_BULGARIAN_SOUNDS),
    "mk": _table(_BULGARIAN_SOUNDS),
    "pl": _table(_POLISH_SOUNDS),
    "cs": _table(_CZECH_SOUNDS),
    "sk": _table(_CZECH_SOUNDS),
}
_OF_LATIN: Final = frozenset({"pl", "cs", "sk"})
# The languages whose reading of a word differs: a name asked for without a language is tried in each.
READINGS: Final = (UNDETERMINED, *_BY_LANGUAGE)

_DOUBLED: Final = re.compile(r"(.)\1+")
# Мария is Maria and Yeltsin is Ельцин, but Гайана is not Гана.
_GLIDE: Final = re.compile(r"(?:(?<=[^aoeui])|^)i+(?=[aoeui])")
_ROMAN: Final = re.compile(r"[ivxlc]+")
# Vowels that our languages write for each other: Belarusian а for unstressed о, Ukrainian і for е, и for ы and і.
_COARSE: Final = str.maketrans("oe", "ai")
# Words up to here keep their vowels and doubled letters: Кама is not Комо, ААН not АН.
_SHORT: Final = 4

LEGAL_FORMS: Final = frozenset(
    "ооо оао пао зао ао нао тоо тов ат прат пат жшс ақ аат таа зат ад еад оод еоод дзэн ип фгуп гуп муп сп "
    "llc ltd limited inc incorporated corp corporation gmbh ag se plc sa spa nv bv oyj ab as asa doo dd sro zoo jsc "
    "pjsc ojsc".split()
)
# Middle names of the father, which news give or leave out.
_PATRONYMIC: Final = re.compile(
    r".{2,}(?:[оеёаэі]вич|[оеё]вна|[иі]нична|[оеє]вич|[іїо]вна|[аеэ]віч|[аоеёэ][ўу]на|[oei]vi[cč]|[oei]wicz|[oei]vna|[oe]wna)"
)


def words(name: str) -> list[str]:
    """The words of a name: compatibility forms composed, look-alike letters put right, lower case, nothing invisible.

    Apostrophes join (`д’Ивуар` is one word), hyphens and all other punctuation separate.
    """
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", name))
    found = [_one_script(word) for word in _WORD.findall(plain)]
    return [word for word in (unicodedata.normalize("NFC", each.casefold()) for each in found) if word]


def _one_script(word: str) -> str:
    """`word` in the script of most of its letters, where the others are look-alikes (`Мiнськ`, `Джoрджия`)."""
    cyrillic, latin = len(_CYRILLIC.findall(word)), len(_LATIN.findall(word))
    if not cyrillic or not latin:
        return word
    tried = word.translate(_TO_CYRILLIC if cyrillic >= latin else _TO_LATIN)
    other = _LATIN if cyrillic >= latin else _CYRILLIC
    return word if other.search(tried) else tried


def sounds(word: str, language: str = UNDETERMINED) -> str:
    """The fine key of one word as `words` gives it, read in `language`: all five vowels are kept apart."""
    spelled = _spelled(word, language)
    return spelled if _is_short(word, spelled) else _collapsed(spelled)


def word_key(word: str, language: str = UNDETERMINED) -> str:
    """The coarse key of one word: а and о are one vowel, е, и, ы, і and э another, unless the word is short."""
    spelled = _spelled(word, language)
    return spelled if _is_short(word, spelled) else _collapsed(spelled.translate(_COARSE))


def _spelled(word: str, language: str) -> str:
    if _CYRILLIC.search(word):
        pattern, table = _CYRILLIC_TABLE if language in _OF_LATIN else _BY_LANGUAGE.get(language, _CYRILLIC_TABLE)
    else:
        pattern, table = _BY_LANGUAGE[language] if language in _OF_LATIN else _LATIN_TABLE
    return _ascii(pattern.sub(lambda found: table[found.group()], word))


def _is_short(word: str, spelled: str) -> bool:
    return len(spelled) <= _SHORT or bool(_ROMAN.fullmatch(word))


def _collapsed(spelled: str) -> str:
    return _DOUBLED.sub(r"\1", _GLIDE.sub("", _DOUBLED.sub(r"\1", spelled)))


def _ascii(text: str) -> str:
    """`text` without marks; what is not ASCII then is written by code point, so that keys of any script are ASCII."""
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return bare if bare.isascii() else "".join(each if each.isascii() else f"{ord(each):x}" for each in bare)


def fine_key(name: str, language: str = UNDETERMINED) -> str:
    """The fine key of a name of several words, these joined by hyphens."""
    return "-".join(filter(None, (sounds(word, language) for word in words(name))))


def word_keys(name: str, language: str = UNDETERMINED) -> list[str]:
    """The coarse keys of the words of a name."""
    return [key for word in words(name) if (key := word_key(word, language))]


def name_key(name: str, language: str = UNDETERMINED) -> str:
    """The key of the name of a place or thing: the coarse keys of its words, joined by hyphens."""
    return "-".join(word_keys(name, language))


def organisation_key(name: str, language: str = UNDETERMINED) -> str:
    """As `name_key`, without the legal form of a company («ПАО Газпром» is «Газпром»)."""
    found = words(name)
    kept = [word for word in found if word not in LEGAL_FORMS] or found
    return "-".join(key for word in kept if (key := word_key(word, language)))


def is_patronymic(word: str) -> bool:
    """Whether a word as `words` gives it has the form of a middle name of the father."""
    return bool(_PATRONYMIC.fullmatch(word))


def person_words(name: str, language: str = UNDETERMINED) -> list[str]:
    """The keys of the words of a person's name, first name first as written, without a patronymic in the middle.

    A Czech or Slovak surname in -ová stands in the form that the other languages have: `Merkelová` is Merkel.
    """
    found = words(name)
    if len(found) > 2:
        found = [each for place, each in enumerate(found) if place == 0 or not is_patronymic(each)]
    if language in {"cs", "sk"}:
        found = found[:1] + [each.removesuffix("ová") or each for each in found[1:]]
    return [key for word in found if (key := word_key(word, language))]
