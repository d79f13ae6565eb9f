"""Text that was decoded wrongly once and saved again as Unicode, and the way back.

Two accidents make nearly all of it: UTF-8 read as a single-byte encoding ("РџСЂРёРІРµС‚", "cafÃ©"), and a
single-byte Cyrillic encoding read as a Western one ("Ïðèâåò"). Either is undone only where writing the text in
the wrong encoding and reading it in the right one is possible without a single exception, gives letters that
are more plausible, and can be repeated forwards with exactly the text at hand as the result. So nothing is lost
by a repair: the text before it can be made from the text after it.

The unit is the stretch between line ends and markup, for pages put lines of several origins together.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from transforms.plausibility import score


@dataclass(frozen=True, slots=True)
class Repaired:
    """A text put right, and what had been done to it, in words."""

    text: str
    detail: str


class _Table:
    """A single-byte encoding in which each byte has a character, as lenient decoders have it.

    A byte that the encoding does not define is the control character of that number (WHATWG Encoding Standard, 9.1),
    or `undefined`.
    """

    def __init__(self, name: str, undefined: str = "") -> None:
        self.name = name
        self.characters = "".join(
            bytes([byte]).decode(name, errors="ignore") or undefined or chr(byte) for byte in range(256)
        )
        self._bytes = codecs.charmap_build(self.characters)

    def encode(self, text: str) -> bytes | None:
        try:
            return codecs.charmap_encode(text, "strict", self._bytes)[0]
        except UnicodeEncodeError:
            return None

    def decode(self, raw: bytes) -> str:
        return codecs.charmap_decode(raw, "strict", self.characters)[0]


# What UTF-8 is mistaken for, the commonest first: the defaults of Windows and the web, then those of macOS, Unix and
# DOS. CP1251 leaves one byte undefined, the second of "И": strict decoders put U+FFFD in its place, and since there
# is one such byte only that can be undone too.
_WRONG: Final = (
    _Table("cp1252"),
    _Table("latin-1"),
    _Table("cp1251"),
    _Table("cp1251", "\ufffd"),
    _Table("cp1250"),
    _Table("iso8859-2"),
    _Table("mac-cyrillic"),
    _Table("mac-roman"),
    _Table("koi8-r"),
    _Table("cp866"),
    _Table("iso8859-5"),
    _Table("cp1254"),
)
# The Western encodings that Cyrillic is mistaken for, and the Cyrillic ones that are.
_WESTERN: Final = (_Table("cp1252"), _Table("latin-1"), _Table("cp1250"))
_CYRILLIC: Final = ("cp1251", "koi8-r", "koi8-u", "cp866", "iso8859-5", "mac-cyrillic")

# The same accident happens again to text that nobody looked at; four times has been seen, not more.
_PASSES: Final = 4

# A stretch of text is looked at by itself: no longer than a line, and not across tags.
_STRETCH: Final = re.compile(r"[^\n<>]+")
_NON_ASCII: Final = re.compile(r"[^\x00-\x7f]")
# Where the first two characters beyond ASCII cannot open UTF-8, nothing more is tried: nearly all text ends here.
_LEADS: Final = frozenset(character for table in _WRONG for character in table.characters[0xC2:0xF5])
_CONTINUATIONS: Final = frozenset(character for table in _WRONG for character in table.characters[0x80:0xC0])
# Four accented letters in a row: Cyrillic read as a Western encoding is full of them, real words have three at most.
_WESTERN_RUN: Final = re.compile("[\u00a1-\u017f]{4}")
_LATIN_WORD: Final = re.compile("[A-Za-z\u00a2-\u00aa\u00ac-\u00ba\u00bc-\u017f]+")  # all but guillemets

# How much better, in nats, the repaired stretches must be in sum before any is touched. One "Ã©" for "é" inside a
# word gains 11 and more; the pairs that real text happens to hold gain less or are too few.
_GAIN: Final = 9.0
# What a rarer encoding must gain over a commoner one: two letters in a usual place for two in an unusual one.
_RARER: Final = 1.0
# Cyrillic read as Western gains 4.5 to 5.5 nats a letter; a mere list of accented letters 3.2.
_GAIN_A_LETTER: Final = 3.5
# Letters in words of four and more that are accented throughout, before a text is taken for Cyrillic: one longer word.
_WESTERN_LETTERS: Final = 6
# Characters of the changed stretches that are scored: some hundred words settle it.
_SAMPLE: Final = 16 * 1024
# Categories that no decoded text has: unassigned, private, surrogates. (Controls it has between two repairs.)
_IMPOSSIBLE: Final = frozenset({"Cn", "Co", "Cs"})


def repair(text: str) -> Repaired | None:
    """Undo what wrong decoding did to `text`, whole or in stretches; None where nothing did, as far as can be told.

    A byte order mark that turns up at the beginning is dropped. Stretches that are in order stay as they are.
    """
    if text.isascii():
        return None
    details: list[str] = []
    for _ in range(_PASSES):
        found = _undo_utf8(text) or _undo_western(text)
        if found is None:
            break
        text = found.text.removeprefix("\ufeff")
        details.append(found.detail)
    return Repaired(text, "; then ".join(details)) if details else None


def _undo_utf8(text: str) -> Repaired | None:
    suspects = [
        (stretch.start(), stretch[0])
        for stretch in _STRETCH.finditer(text)
        if (first := _NON_ASCII.search(stretch[0]))
        and first[0] in _LEADS
        and stretch[0][first.end() : first.end() + 1] in _CONTINUATIONS
    ]
    best: tuple[float, dict[int, tuple[str, str]], str] | None = None
    for table in _WRONG if suspects else ():
        changes = {
            start: (before, after) for start, before in suspects if (after := _as_utf8(before, table)) is not None
        }
        if changes:
            gain = _gain(changes.values())
            if gain >= _GAIN and (best is None or gain > best[0] + _RARER):
                best = gain, changes, table.name
    if best is None:
        return None
    return _put(text, best[1], f"UTF-8 read as {best[2]}")


def _as_utf8(stretch: str, table: _Table) -> str | None:
    raw = table.encode(stretch)
    if raw is None:
        return None
    try:
        after = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return after if _possible(after) and table.decode(after.encode()) == stretch else None


def _undo_western(text: str) -> Repaired | None:
    if not _WESTERN_RUN.search(text):
        return None
    suspects = [
        (stretch.start(), stretch[0])
        for stretch in _STRETCH.finditer(text)
        if _NON_ASCII.search(stretch[0]) and not any(map(_half_accented, _LATIN_WORD.findall(stretch[0])))
    ]
    words = (word for _, stretch in suspects for word in _LATIN_WORD.findall(stretch))
    if sum(len(word) for word in words if len(word) >= 4 and not word.isascii()) < _WESTERN_LETTERS:
        return None
    best: tuple[float, dict[int, tuple[str, str]], str] | None = None
    for table in _WESTERN:
        for name in _CYRILLIC:
            changes = {
                start: (before, after)
                for start, before in suspects
                if (after := _as_cyrillic(before, table, name)) is not None
            }
            letters = sum(len(_NON_ASCII.findall(before)) for before, _ in changes.values())
            gain = _gain(changes.values())
            if letters and gain >= _GAIN_A_LETTER * letters and (best is None or gain > best[0] + _RARER):
                best = gain, changes, f"{name} read as {table.name}"
    if best is None:
        return None
    return _put(text, best[1], best[2])


def _half_accented(word: str) -> bool:
    """Say whether a word has both plain and accented letters, as Western words have."""
    return not word.isascii() and bool(re.search("[A-Za-z]", word))


def _as_cyrillic(stretch: str, table: _Table, name: str) -> str | None:
    raw = table.encode(stretch)
    if raw is None:
        return None
    try:
        after = raw.decode(name)
    except UnicodeDecodeError:
        return None
    return after if _possible(after) and table.decode(after.encode(name)) == stretch else None


def _possible(text: str) -> bool:
    return not any(unicodedata.category(character) in _IMPOSSIBLE for character in text if character >= "\x7f")


def _gain(changes: Iterable[tuple[str, str]]) -> float:
    """How much more plausible the changed stretches are, in nats; of a long text its beginning decides."""
    before: list[str] = []
    after: list[str] = []
    size = 0
    for old, new in changes:
        before.append(old)
        after.append(new)
        size += len(old)
        if size >= _SAMPLE:
            break
    return score("\n".join(after)) - score("\n".join(before))


def _put(text: str, changes: dict[int, tuple[str, str]], what: str) -> Repaired:
    parts: list[str] = []
    end = 0
    for start, (before, after) in changes.items():
        parts += text[end:start], after
        end = start + len(before)
    stretches = "1 stretch" if len(changes) == 1 else f"{len(changes)} stretches"
    length = sum(len(after) for _, after in changes.values())
    return Repaired("".join([*parts, text[end:]]), f"{what} ({stretches}, {length} characters)")
