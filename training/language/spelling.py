"""Words of one language or script made into words of another: transliterations, and the spelling of cognates.

All functions take and give one lower-case word. Transliterations follow the official alphabets; the cognate rules
(Bashkir, Karakalpak, Crimean Tatar) are regular sound correspondences, right for many words and near enough for the
rest that the n-grams are those of the language.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

Spelling = Callable[[str], str]
"""Takes a word, gives the same word spelt otherwise."""


def _table(pairs: str) -> dict[str, str]:
    return {letter: spelt for letter, _, spelt in (pair.partition("=") for pair in pairs.split())}


_ROMANIAN: Final = str.maketrans("şţ", "șț")
_SERBIAN: Final = _table(
    "a=а b=б c=ц č=ч ć=ћ d=д dž=џ đ=ђ e=е f=ф g=г h=х i=и j=ј k=к l=л lj=љ m=м n=н nj=њ o=о p=п r=р s=с š=ш t=т "
    "u=у v=в z=з ž=ж"
)
_SERBIAN_LATIN: Final = str.maketrans({cyrillic: latin for latin, cyrillic in _SERBIAN.items()})
_SERBIAN_LETTER: Final = re.compile("dž|lj|nj|.")
_BELARUSIAN: Final = str.maketrans(
    _table(
        "а=a б=b в=v г=h ґ=g д=d ж=ž з=z і=i й=j к=k м=m н=n о=o п=p р=r с=s т=t у=u ў=ŭ ф=f х=ch ц=c ч=č ш=š ы=y э=e "
        "'="
    )
)
_BELARUSIAN_IOTATED: Final = _table("е=e ё=o ю=u я=a")
_BELARUSIAN_VOWELS: Final = "аеёіоуўыэюя"
_BELARUSIAN_SOFT: Final = _table("n=ń s=ś z=ź c=ć")
_KAZAKH_2018: Final = str.maketrans(
    _table(
        "а=a ә=á б=b в=v г=g ғ=ǵ д=d е=e ё=io ж=j з=z и=ı й=ı к=k қ=q л=l м=m н=n ң=ń о=o ө=ó п=p р=r с=s т=t у=ý ұ=u "
        "ү=ú ф=f х=h һ=h ц=ts ч=ch ш=sh щ=shch ы=y і=i ь= ъ= э=e ю=iý я=ia"
    )
)
_KAZAKH_2021: Final = str.maketrans(
    _table(
        "а=a ә=ä б=b в=v г=g ғ=ğ д=d е=e ё=io ж=j з=z и=i й=i к=k қ=q л=l м=m н=n ң=ñ о=o ө=ö п=p р=r с=s т=t у=u ұ=ū "
        "ү=ü ф=f х=h һ=h ц=ts ч=ch ш=ş щ=şş ы=y і=ı ь= ъ= э=e ю=iu я=ia"
    )
)
_TATAR: Final = str.maketrans(
    _table(
        "а=a ә=ä б=b в=w г=g д=d е=e ё=yo ж=j җ=c з=z и=i й=y к=k л=l м=m н=n ң=ñ о=o ө=ö п=p р=r с=s т=t у=u ү=ü ф=f "
        "х=x һ=h ц=ts ч=ç ш=ş щ=şç ы=ı ь= ъ= э=e ю=yu я=ya"
    )
)
_UZBEK: Final = _table(
    "g'=ғ o'=ў sh=ш ch=ч ya=я yo=ё yu=ю ye=е '=ъ a=а b=б v=в g=г d=д e=е j=ж z=з i=и y=й k=к l=л m=м n=н o=о p=п "
    "r=р s=с t=т u=у f=ф x=х h=ҳ q=қ c=ц"
)
_UZBEK_LETTER: Final = re.compile("[go]'|[sc]h|y[aue]|yo(?!')|.")

_TURKIC_VOWELS: Final = "аәеиоөуүыэюяё"
_CONSONANTS: Final = "([^аәеиоөуүыэюя]+)"
# Tatar letters that only loans have; Bashkir spells these as Russian does.
_LOANED: Final = re.compile("[фвцщэё]")
_BASHKIR_BACK: Final = _table("к=ҡ г=ғ")
# Verbal nouns: язу is яҙыу.
_BASHKIR_ENDINGS: Final = _table("у=ыу ү=еү")
# Tatar -лар, -нең, -ның after a consonant: Bashkir has ҙ, д or т for the first letter, as the sound before it asks.
_BASHKIR_SUFFIXES: Final = (
    (re.compile("(?<=[ҙрй])(?:л(?=[аә]р)|н(?=[ые](?:ң|$)))"), "ҙ"),
    (re.compile("(?<=[лмнң])(?:[лн](?=[аә]р)|н(?=[ые](?:ң|$)))"), "д"),
    (re.compile("(?<=[птксшҫҡф])(?:л(?=[аә]р)|н(?=[ые](?:ң|$)))"), "т"),
)
# Rounding goes on from the first syllable: өсөн for өчен, ҡоло for колы.
_BASHKIR_ROUNDING: Final = ((re.compile(f"ө{_CONSONANTS}е"), r"ө\1ө"), (re.compile(f"о{_CONSONANTS}ы"), r"о\1о"))

_KARAKALPAK: Final = str.maketrans("іұхһщ", "иуҳҳш")
_NOT_DECOMPOSED: Final = str.maketrans({"ł": "l", "đ": "dj", "ı": "i", "ə": "e", "ø": "o", "ß": "ss"})


def romanian_commas(word: str) -> str:
    """A Romanian word with the commas that belong under ș and ț, for the cedillas of old fonts."""
    return word.translate(_ROMANIAN)


def serbian_cyrillic(word: str) -> str:
    """A Serbian word from Latin script."""
    return _SERBIAN_LETTER.sub(lambda letter: _SERBIAN.get(letter[0], letter[0]), word)


def serbian_latin(word: str) -> str:
    """A Serbian word from Cyrillic script."""
    return word.translate(_SERBIAN_LATIN)


def lacinka(word: str) -> str:
    """A Belarusian word in Latin script, in the spelling with č, š, ž and ł."""
    latin = ""
    for place, letter in enumerate(word):
        before, after = word[place - 1 : place], word[place + 1 : place + 2]
        if vowel := _BELARUSIAN_IOTATED.get(letter):
            if not before or before in _BELARUSIAN_VOWELS or before in "'ь":
                latin += "j"
            elif before != "л":
                latin += "i"
            latin += vowel
        elif letter == "л":
            latin += "l" if after and after in "еёюяіь" else "ł"
        elif letter == "ь":
            latin = latin[:-1] + _BELARUSIAN_SOFT.get(latin[-1:], latin[-1:])
        else:
            latin += letter.translate(_BELARUSIAN)
    return latin


def kazakh_latin_2018(word: str) -> str:
    """A Kazakh word in the Latin alphabet with acutes."""
    return word.translate(_KAZAKH_2018)


def kazakh_latin_2021(word: str) -> str:
    """A Kazakh word in the Latin alphabet with diaereses."""
    return word.translate(_KAZAKH_2021)


def tatar_latin(word: str) -> str:
    """A Tatar word in Latin script, letter by letter (close to Zamanälif, whose q and ğ need the vowels)."""
    return word.translate(_TATAR)


def uzbek_cyrillic(word: str) -> str:
    """An Uzbek word from Latin script."""
    if word.startswith("e"):
        word = "э" + word[1:]
    return _UZBEK_LETTER.sub(lambda letter: _UZBEK.get(letter[0], letter[0]), word)


def bashkir(word: str) -> str:
    """The Bashkir cognate of a Tatar word: чәчәк is сәсәк, сүзләр is һүҙҙәр; loans stay as they are."""
    if _LOANED.search(word):
        return word
    back = bool(re.search("[аоуы]", word)) and not re.search("[әөү]", word)
    spelt = "".join(_bashkir_letter(word, place, back=back) for place in range(len(word)))
    for pattern, replacement in (*_BASHKIR_SUFFIXES, *_BASHKIR_ROUNDING):
        spelt = pattern.sub(replacement, spelt)
    return spelt


def _bashkir_letter(word: str, place: int, *, back: bool) -> str:
    letter, before, after = word[place], word[place - 1 : place], word[place + 1 : place + 2]
    after_consonant = bool(before) and before not in _TURKIC_VOWELS
    match letter:
        case "ч":
            return "с"
        case "җ":
            return "ж" if before else "й"
        case "з" if before:
            return "ҙ"
        case "с" if after and after in _TURKIC_VOWELS:
            return "һ"
        case "с" if before:
            return "ҫ"
        case "к" | "г" if back:
            return _BASHKIR_BACK[letter]
        case "у" | "ү" if after_consonant and not after:
            return _BASHKIR_ENDINGS[letter]
        case "д" if before and not after_consonant and (not after or after in _TURKIC_VOWELS):
            # After a vowel д has become ҙ in old words and stayed in others: in two of three here, told apart by
            # nothing but the place in the word, so that a word has always the same spelling.
            return "ҙ" if (place * 7 + len(word)) % 3 else "д"
        case _:
            return letter


def karakalpak(word: str) -> str:
    """The Karakalpak cognate of a Kazakh word, in Cyrillic script (1957 to 2016)."""
    word = re.sub("(?<=[аәеыіоөи])[уү]", "ў", word)
    return word.replace("үшін", "ушын").translate(_KARAKALPAK)


def crimean_tatar(word: str) -> str:
    """The Crimean Tatar cognate of a Turkish word, in Latin script: kalk- is qalq-, hava is ava."""
    back = bool(re.search("[aıou]", word)) and not re.search("[eiöü]", word)
    if back:
        word = word.replace("k", "q")
    word = re.sub("^h(?=[aeo])", "", word)
    word = re.sub("n([ıiuü])n$", lambda vowel: "nıñ" if vowel[1] in "ıu" else "niñ", word)
    word = re.sub("([ıi])n([ıi]z)$", r"\1ñ\2", word)
    return re.sub("k(?=[aıou])", "q", word)


def without_diacritics(word: str) -> str:
    """The word as it is typed on a keyboard that has no letters with marks."""
    decomposed = unicodedata.normalize("NFD", word.translate(_NOT_DECOMPOSED))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def without_apostrophes(word: str) -> str:
    """The word as it is typed by those who leave out the apostrophes of Uzbek."""
    return word.replace("'", "")
