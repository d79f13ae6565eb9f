"""Base forms of Kazakh, Tatar and Bashkir names by rules: `Қазақстанның` → `Қазақстан`, `Өфөлә` → `Өфө`.

Only the last word of a name has an ending. An ending is taken off where it stands after the sound that it needs and
agrees with the vowels before it (vowel harmony); short endings, which many names happen to end in, only where more
speaks for it. Possession belongs to a name and stays: `Қазақстан Республикасында` → `Қазақстан Республикасы`.
"""

import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Final

from transforms.document import EntityType

LANGUAGES: Final = frozenset({"kk", "tt", "ba"})

Known = Callable[[str, Sequence[str]], list[str]]
"""For base forms in lower case, what names they are known as; empty for none."""

_BACK: Final = "аоуыұяюё"
_FRONT: Final = "әөүіеэ"
# In loans these stand with either kind of endings (`Германияда`, `Германиядә`; `Сочида`, `Сочидә`).
_EITHER: Final = "ияюуеэ"
# At its end a loan is front where its vowels are not (`банктің`, `паркте`): back ones end in `қ` and `ғ`.
_FRONT_AT_END: Final = frozenset("кг")
_VOWELS: Final = frozenset("аәеёиоөуұүыіэюя")
_NASALS: Final = frozenset("мнң")
# A voiced stop at the end of a loan is voiceless there (`Ивановтың`, `Петербургте`).
_VOICELESS: Final = frozenset("пфкқҡтсҫшщчцхһбвгд")


@dataclass(frozen=True, slots=True)
class _Ending:
    """An ending in its harmonic forms, and the sounds it stands after.

    v: vowel, n: nasal, g: other voiced consonant, u: voiceless, p: possessive ending (the name is a possessed noun).
    """

    forms: tuple[str, ...]
    after: str


def _endings(table: str) -> tuple[_Ending, ...]:
    """Endings from lines of sounds and forms, longest forms first."""
    rows = [line.split() for line in table.strip().splitlines()]
    found = [_Ending(tuple(row[1:]), row[0]) for row in rows]
    return tuple(sorted(found, key=lambda ending: ("p" not in ending.after, -len(ending.forms[0]))))


# Genitive, accusative, dative, locative, ablative, instrumental, and the adjective of place. In Kazakh after Bashkir
# and Tatar grammars: Poppe 1963 and 1964; Kara 2002.
_CASES: Final = {
    "kk": _endings("""
        p нда нде
        p мен
        p ндағы ндегі
        p нан нен
        p на не
        p н
        vn ның нің
        g дың дің
        u тың тің
        v ны ні
        ng ды ді
        u ты ті
        vng ға ге
        u қа ке
        vng да де
        u та те
        vg дан ден
        n нан нен
        u тан тен
        vng дағы дегі
        u тағы тегі
        vng мен
        u пен
        g бен
    """),
    "tt": _endings("""
        p нда ндә
        p ндагы ндәге
        p ннан ннән
        p на нә
        p н
        vngu ның нең
        vngu ны не
        vng га гә
        u ка кә
        vng да дә
        u та тә
        vg дан дән
        n нан нән
        u тан тән
        vng дагы дәге
        u тагы тәге
    """),
    "ba": _endings("""
        p нда ндә
        p ндағы ндәге
        p нан нән
        p на нә
        p н
        v ның нең ноң нөң
        g ҙың ҙең ҙоң ҙөң
        ng дың дең доң дөң
        u тың тең тоң төң
        v ны не но нө
        g ҙы ҙе ҙо ҙө
        ng ды де до дө
        u ты те то тө
        vng ға гә
        u ҡа кә
        v ла лә
        g ҙа ҙә
        ng да дә
        u та тә
        v нан нән
        g ҙан ҙән
        ng дан дән
        u тан тән
        v лағы ләге
        ng дағы дәге
        u тағы тәге
    """),
}

_DATIVE: Final = re.compile(r"ға|ғә|гә")
_LAST: Final = re.compile(r"[^\W\d_]+(?=[»”“\"]?$)")
_POSSESSED: Final = {
    language: re.compile(rf"[сһлнрдтмкғгйзшч][{vowels}]$")
    for language, vowels in {"kk": "ыі", "tt": "ые", "ba": "ыеө"}.items()
}
_SURELY_POSSESSED: Final = re.compile(r"[сһ][ыіеө]$")
# Surnames in the Russian manner, after which an ending is one.
_SURNAME: Final = re.compile(r"(?:[оеё]в|[оеё]ва|ин|ина|ский|ская|ұлы|улы|уллин|қызы)$")
# They only look like names in a case: `Қазақстан`, `Ақорда`, `Самұрық-Қазына`.
_WHOLE: Final = re.compile(r"(?:стан|орда|қазына)$")
# What looks like an accusative is mostly a possessed noun in a name of several words: `Әлмәт районы`, `Медеу ауданы`.
_ACCUSATIVE: Final = re.compile(r"[нтдҙ][ыеіоө]")
# `АҚШ-тың`, `АКШта`, `Google'ның`: capitals, then an ending, with or without a sign between them.
_JOINED: Final = re.compile(r"([^\W\d_]*[^\W\d_])[-–'’]([а-яёәғқңөұүһіҙҫҡ]{2,5})$")
_AFTER_CAPITALS: Final = re.compile(r"([A-ZА-ЯЁӘҒҚҢӨҰҮҺІҠ]{2,})([а-яёәғқңөұүһіҙҫҡ]{2,5})$")
_LEAST_STEM: Final = 4
# A short ending is the end of too many names to be taken off on the ground of sounds alone.
_LONG_ENDING: Final = 3


def base_form(surface: str, kind: EntityType, language: str, words: Set[str], known: Known) -> str:
    """The base form of a name; `words` are the words of all names of the text, in lower case."""
    name = " ".join(surface.split())
    every = {form for ending in _CASES[language] for form in ending.forms}
    for joined in (_JOINED.search(name), _AFTER_CAPITALS.search(name)):
        if joined and joined[2] in every:
            return name[: joined.end(1)]
    last = _LAST.search(name)
    if last is None or last[0].isupper() or not _is_cyrillic(last[0]):
        return name
    lower = last[0].lower()
    several = last.start() > 0
    if len(lower) != len(last[0]) or known(language, [lower])[0] or _WHOLE.search(lower):
        return name
    # Of several words it may be a possessed noun, as `Қазақстан Республикасы` is.
    possessed = _POSSESSED[language] if several and kind != "PER" else _SURELY_POSSESSED
    cut = [
        (stem, form, ending)
        for ending in _CASES[language]
        for form in ending.forms
        if (stem := lower.removesuffix(form)) != lower
        and _fits(stem, form, ending.after, possessed, stands=stem in words)
    ]
    stems = [stem for stem, _, _ in cut]
    known_stems = {stem: marks for stem, marks in zip(stems, known(language, stems), strict=True) if marks}
    # A known name before all others: `Ирландиямен` is `Ирландия` with `мен`, no possessed noun with `н`.
    if kind != "PER":
        cut.sort(key=lambda found: found[0] not in known_stems)
    for stem, form, ending in cut:
        if several and kind != "PER" and _ACCUSATIVE.fullmatch(form) and stem not in known_stems and stem not in words:
            continue
        if _is_believed(stem, form, kind, words, known_stems.get(stem, ""), possessed="p" in ending.after):
            return name[: last.start() + len(stem)] + name[last.end() :]
    return name


def stems(word: str, language: str) -> set[str]:
    """What a word in lower case may come from by taking off an ending of a case: itself, and stems of four letters."""
    forms = (form for ending in _CASES[language] for form in ending.forms)
    found = {word.removesuffix(form) for form in forms}
    return {word, *(stem for stem in found if len(stem) >= _LEAST_STEM)}


def _is_cyrillic(word: str) -> bool:
    return all("\u0400" <= letter <= "\u052f" for letter in word)


def _fits(stem: str, form: str, after: str, possessed: re.Pattern[str], *, stands: bool) -> bool:
    """Whether an ending may stand after a stem by its last sound and its vowels; how possessed nouns end.

    Where the stem `stands` in the text, the vowels need not agree: surnames in -ов go either way (`Бектеновке`).
    """
    if len(stem) < 2:
        return False
    if after == "p":
        return bool(possessed.search(stem)) and _harmony(stem, form)
    # A loan keeps its soft sign: `Чуньлиньмен`.
    stem = stem.removesuffix("ь")
    last = stem[-1]
    sound = "v" if last in _VOWELS else "n" if last in _NASALS else "u" if last in _VOICELESS else "g"
    # `у` and `и` after a vowel are consonants.
    glide = last in "уүи" and len(stem) > 1 and stem[-2] in _VOWELS
    return (sound in after or (glide and "g" in after)) and last not in "ьъ" and (stands or _harmony(stem, form))


def _harmony(stem: str, form: str) -> bool:
    """Whether the vowel of an ending is of the kind of the last vowel of its stem."""
    vowels = [letter for letter in form if letter in _VOWELS]
    last = next((letter for letter in reversed(stem) if letter in _VOWELS), "")
    if not vowels or not last or last in _EITHER or stem[-1] in _FRONT_AT_END or form in {"мен", "бен", "пен"}:
        return True
    return (last in _FRONT) == (vowels[0] in _FRONT)


def _is_believed(stem: str, form: str, kind: EntityType, words: Set[str], known: str, *, possessed: bool) -> bool:
    """Whether more than its sound speaks for an ending: the stem is a known name, or stands in the text by itself."""
    # Of persons a known stem says little: `Аман` is the name of a city, and `Аманда` is Amanda.
    known_stem = known and kind != "PER"
    if known_stem or stem in words or _SURNAME.search(stem) or (possessed and _SURELY_POSSESSED.search(stem)):
        return True
    if len(stem) < _LEAST_STEM:
        return False
    # No name ends in this after a consonant: `Мостай Кәримгә`.
    if _DATIVE.fullmatch(form) and stem[-1] not in _VOWELS:
        return True
    return len(form) >= _LONG_ENDING or possessed or kind != "PER"
