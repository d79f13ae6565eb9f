"""How plausible a decoded text is: the letters, their case, and what stands between them.

Only decode.py asks. The score is a log-likelihood in nats, so scores of two decodings of the same bytes can be
compared, and their difference divided by the number of bytes that differ.
"""

import math
from collections import Counter

# Letters by frequency, in half-nat steps: the letters of the first group have a probability around
# exp(-2.25), those of the next exp(-2.75), and so on; `-` is an empty group. Counted for Dropwire in openly
# licensed sentences, 12,000 to 42,000 letters a language (lingua test data, Universal Dependencies, Common
# Voice, Universal Declaration of Human Rights); it, pt, sv, da from Wikipedia's "Letter frequency".
# The special letters of kk and tt matter for KZ-1048 only: no other single-byte candidate has them.
_CYRILLIC = {
    "be": "а н ріысеклдятвоу пмцзўг бьчхэ йшжю - ё ф - - - и",
    "bg": "аиое тнс врдк лпмзя бъчгу цжщ йхш - фю - - - ь",
    "kk": "а ыентірл дсқм бкож ғңузйипгш ұөәү - я х вцэ ь ф юъщч",
    "ky": "а нкелрит уыдобмү гөсж шйэпчз - - я вцюң - ф х ь",
    "mk": "аоеи тн сврдкл мпу гјзб шчц ж ќњф х ѓ - - ѐљѕџ",
    "ru": "ое аинтс рвлкмд пуяы бьгзчй хжюш цщ эф - ё - ъ",
    "sr": "аиое нр стувкдјмп л збг цчш жњхљћ фђ - - - - џ",
    "tt": "а еәрлныкт ибг мсудш озпчү йңөях вһҗ ьэф ю ц ъ - ж",
    "uk": "оа ниів терслдукп мяз бьгчй хжюцшї єщ - ф - - - ґ",
}
_LATIN = {
    "cs": "o eant sivlrdmkpuí cáhzjb yěéř žýčš ů gf - ú ňwx ť ďó",
    "da": "er ntaidsl ogkm fvbu phå øæjy c - - - w z éxq",
    "de": "en irtsa dhul gcmob fwkz vp üä öj yß - x - q",
    "en": "eta ionrs hldc mupfg wyb v k - jx qz",
    "es": "eao snirlc tdu mp bg vyfqh - jzóíáé - xñ wkú - ü",
    "fr": "e sitanruol dcp mé vgf qhb x àjè yê k âz çôwîû ïœù",
    "hr": "aioe njr tsukvdlm pz bg cčhš žć fđ - - - y wxq",
    "it": "eaio nlrt scdp umv gzf b hàq è ù - - éò wìyjkx",
    "pl": "a ieonz rwsyctdkp mjulł bg ęhążó ś ćf ń - źv - x",
    "pt": "aeo srid mntcu lp vgq bfhã ôâçzê jéóx ú íá à õw ky",
    "ro": "eai rtnucl ospd mă fv gîbzț șâ hţ xşj - ż yk w",
    "sk": "oa eni rtsvklmd puhczáj by ýčžíšúé ťľ fg ô ňóď äx w ĺŕ",
    "sl": "aeoi nr stlvjdkpm zub gčh šc ž - f - - w yxć",
    "sv": "eanr tsil domk gvhfup äbcåö y j - x w z - éq",
}
_FIRST_GROUP = -2.25
_GROUP_STEP = 0.5
# The rarest listed letter still beats one that is not listed.
_RAREST_LISTED = -7.5

# A letter of the script that the language at hand does not use (a name, a quotation), and one that none of
# the languages uses.
_FOREIGN_LETTER = -8.5
_STRANGE_LETTER = -11.0
# A character of a script without capitals, such as Chinese: one of some thousands.
_OTHER_SCRIPT = -9.0

# Signs of printed text, each about as frequent as a rare letter, and what is seen in print but seldom.
_SIGNS = dict.fromkeys("«»“”„—–’…№", -4.5) | dict.fromkeys("‘‚•·°§©®™€£‹›\xa0\xad½¿¡", -7.0)
# Box drawing, mathematics, controls, replacement characters: what letters of another encoding turn into.
_SYMBOL = -11.0

# One word in five begins with a capital.
_CAPITAL = -1.5
# A word in capitals (a headline, an abbreviation) is nearly as likely: in KOI8 and CP1251 capitals and small
# letters change places, and only the letters themselves tell a headline in the one from nonsense in the other.
_CAPITAL_AMONG_CAPITALS = -0.2
# A line seldom begins with a small letter. Decides between CP1251 and Mac Cyrillic, whose small letters are
# the same bytes but for one.
_SMALL_AT_LINE_START = -1.5
# A small letter before a capital inside a word, as when KOI8 is read as CP1251. Real words have it seldom
# (McDonald, ЛенОбласть).
_CASE_SWAP = -4.0
# Latin next to Cyrillic inside a word.
_MIXED_WORD = -4.0
# A sign between two letters ("f№r"), a quotation mark between two spaces, a closing one or a dash stuck to the
# front of a word, a no-break space beside a space or before a comma.
_MISPLACED_SIGN = -6.0
_SIGNS_INSIDE_WORDS = "’‘—–…\xa0\xad"
# A guillemet without its counterpart: Slovak "ť" in ISO 8859-2 is "»" in the CP125x encodings.
_UNPAIRED_QUOTE = -3.0
# A second script in a text: without this, a lone French "à" is better read as the Cyrillic "а".
_SECOND_SCRIPT = -4.0


def _profiles(groups: dict[str, str]) -> tuple[dict[str, float], ...]:
    """Turn the grouped letters into one table a language: small letter to log-probability."""
    known = {letter for text in groups.values() for letter in text if letter.isalpha()}
    tables = []
    for text in groups.values():
        table = dict.fromkeys(known, _FOREIGN_LETTER)
        for step, group in enumerate(text.split()):
            if group != "-":
                table.update(dict.fromkeys(group, max(_RAREST_LISTED, _FIRST_GROUP - _GROUP_STEP * step)))
        tables.append(table)
    return tuple(tables)


_SCRIPTS = {"CYRILLIC": _profiles(_CYRILLIC), "LATIN": _profiles(_LATIN)}


def score(text: str) -> float:
    """Score a decoded text: its log-likelihood in nats, at most 0, the higher the more plausible.

    Letters count by the best-fitting language of each script, so that Ukrainian with an English name in it is
    scored as both. ASCII other than letters does not count: it is the same under every candidate.
    """
    counts = Counter(text)
    letters: dict[str, Counter[str]] = {script: Counter() for script in _SCRIPTS}
    total = _UNPAIRED_QUOTE * abs(counts["«"] - counts["»"])
    for character, count in counts.items():
        script = _script(character)
        if script:
            letters[script][character.lower()] += count
        elif not character.isascii():
            total += count * (_OTHER_SCRIPT if character.isalpha() else _SIGNS.get(character, _SYMBOL))
    total += _SECOND_SCRIPT * all(letters.values())
    everything = sum(found.total() for found in letters.values())
    for script, found in letters.items():
        if found:
            total += max(
                sum(count * table.get(letter, _STRANGE_LETTER) for letter, count in found.items())
                for table in _SCRIPTS[script]
            )
            # The less a script is used in the text, the less likely a letter is of that script.
            total += found.total() * math.log(found.total() / everything)
    lined = f"\n{text}\n"
    for (left, character, right), count in Counter(zip(lined, lined[1:], lined[2:], strict=False)).items():
        total += count * _in_context(left, character, right)
    return total


def _in_context(left: str, character: str, right: str) -> float:
    """Score where a character stands: 0 where it is usual."""
    if character.isalpha():
        if character.isupper():
            if left == "\n":
                place = 0.0
            elif left.islower():
                place = _CASE_SWAP
            else:
                place = _CAPITAL_AMONG_CAPITALS if left.isupper() or right.isupper() else _CAPITAL
        else:
            place = _SMALL_AT_LINE_START if left == "\n" else 0.0
        mixed = left.isalpha() and _script(left) != _script(character)
        return place + _MIXED_WORD * mixed
    if character.isascii():
        return 0.0
    misplaced = (
        (left.isalpha() and right.isalpha() and character not in _SIGNS_INSIDE_WORDS)
        or (character == "№" and (left.isalpha() or right.isalpha()))
        or (character in "“”„" and left.isspace() and right.isspace())
        or (character in "’”—–" and left.isspace() and right.islower())
        or (character == "\xa0" and (left.isspace() or right.isspace() or right in ",."))
    )
    return _MISPLACED_SIGN * misplaced


def _script(character: str) -> str | None:
    """Return the script of a Cyrillic or Latin letter, None for everything else."""
    if not character.isalpha():
        return None
    if character < "\u0250" or "\u1e00" <= character < "\u1f00":
        return "LATIN"
    return "CYRILLIC" if "\u0400" <= character < "\u0530" else None
