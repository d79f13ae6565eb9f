"""A text as its sentences and quotations, for every language served: rules of punctuation, no dictionary of words.

razdel, which the recogniser of Russian names uses, takes three times as long, splits by the rules of Russian and
does not take quotations out.
"""

import re
from typing import Final, NamedTuple

from transforms.lines import split_lines

# What may end a sentence (the Armenian full stop is not a colon), with more of its kind and the quotes and brackets
# that it closes. Of a longer row of them the last ones match; without a limit a line of dots would take forever.
_END = re.compile(r"[.!?…։][.!?…։\"»”“’')\]]{0,8}\s")
_FULL_STOP_ALONE: Final = 2  # characters: the stop and the white space
# What stands before the first letter of the next sentence.
_OPENING = " \t\xa0«»„“”\"'‘(—–-["
# Words that a full stop shortens, in front of a capital or a number; one letter alone always counts as shortened.
_ABBREVIATIONS: Final = frozenset(
    # Cyrillic: titles, addresses, units, months, "approximately", "see", "page"; then Latin.
    """
    акад англ арк бул вул гг гл гр др жит зав зам изд илл им инж исп км корп кг лат млн млрд мм мин напр нем ок обл оз
    пер пл пос пр проф просп ред рис руб род св сек см соч ср стр студ табл тел трлн тыс тэл ул укр урам фр худ экз эт
    янв фев февр апр авг сен сент окт ноя нояб дек стар ст чл шт гос
    al approx apr arh aug bl bul čes čl co corp dec dept dipl doc dr drs etc feb fig gen gov hon ing inc jan jr jul jun
    km kpt ltd lt mag max mgr min mio mld mln mr mrs ms mt nam napr nov nr núm obr oct odp okt op os pag pan par ph pol
    posl pp prof pvt red ref rep resp rev sen sep sept sgt sr st str stol štev sv tel tj tzv ul vol vs zb zv
    """.split()
)
# The number of an ordinal ("12. listopada", "XX. yüzyıl"); a year may well end a sentence.
_ORDINAL = re.compile(r"\d{1,2}|[IVXLC]+")
_WORD_BEGINS = re.compile(r"[\s«„“\"(\[]")
# The letters of Georgian count as small ones, though it begins its sentences with them.
_GEORGIAN = re.compile("[\u10d0-\u10ff]")

_QUOTE = re.compile('["«»„“”]')
# Which marks close a quotation; »…« is Serbian, Croatian and Slovenian, ”…” Scandinavian.
_CLOSED_BY: Final = {"«": "»", "»": "«", "„": "“”", "“": "”", "”": "”", '"': '"'}
# A quotation of fewer words is a name («Новая жизнь») or a turn of phrase, and not worth a unit of its own.
_LONG_ENOUGH: Final = 3
# One of up to so many is a title unless something sets it apart.
_LONGEST_TITLE: Final = 7
_SETS_APART: Final = frozenset('.,:;!?…—–-(»”“"')
_WORD = re.compile(r"\w+")
_AFTER_QUOTE = re.compile(r"(?: ?[.,;:!?…)\]]+)*")


class Unit(NamedTuple):
    """A sentence, or a quotation inside one: [start, end) in the text, and the number of its line."""

    start: int
    end: int
    line: int


def sentences(text: str) -> list[Unit]:
    """The units of `text` in order: every character that is not white space is in exactly one of them.

    Lines are separated by LF only and counted with the blank ones. Inside a line a unit is a sentence, a quotation
    of three words or more that is no title, or what stands before or after one. A stop that may belong to an
    abbreviation, an initial or an ordinal number ends no sentence: a cut too few costs less than a cut too many.
    """
    units: list[Unit] = []
    number = 0
    reached = 0
    for line in split_lines(text):
        number += text.count("\n", reached, line.start)
        reached = line.end
        cuts = _cuts(line.text)
        if not cuts:
            units.append(Unit(line.start, line.end, number))
            continue
        begin = 0
        first_of_line = len(units)
        for cut in (*sorted(cuts), len(line.text)):
            piece = line.text[begin:cut]
            bare = piece.strip()
            if not bare:
                continue
            if _WORD.search(bare) or len(units) == first_of_line:
                start = line.start + begin + piece.index(bare)
                units.append(Unit(start, start + len(bare), number))
            else:
                # A dash between two quotations, a stray bracket: the end of what went before.
                units[-1] = units[-1]._replace(end=line.start + begin + len(piece.rstrip()))
            begin = cut
    return units


def _cuts(line: str) -> set[int]:
    """The places inside a line where one unit ends and the next one begins."""
    cuts = {match.end() - 1 for match in _END.finditer(line) if _ends_sentence(line, match)}
    if _QUOTE.search(line):
        for start, end in _quotations(line):
            cuts.add(start)
            after = _AFTER_QUOTE.match(line, end)
            cuts.add(after.end() if after else end)
    return cuts


def _ends_sentence(line: str, match: re.Match[str]) -> bool:
    # The first letter of what follows, past white space, quotes and dashes: «Что?» — спросил он.
    following = line[match.end() : match.end() + 8].lstrip(_OPENING)[:1]
    if following.islower() and not _GEORGIAN.match(following):
        return False
    if line[match.start()] != "." or match.end() - match.start() > _FULL_STOP_ALONE:
        return True
    # Only the end of a long word is looked at: no abbreviation is longer.
    before = _WORD_BEGINS.split(line[max(0, match.start() - 12) : match.start()])[-1]
    last = before.rpartition(".")[2]
    if len(last) == 1 and last.isalpha():
        return False
    return last.lower() not in _ABBREVIATIONS and not _ORDINAL.fullmatch(before)


def _is_speech(line: str, start: int, end: int) -> bool:
    """Whether something sets the quotation [start, end) apart, as nothing does a title (фильм «The Lord of the Rings»).

    It begins the line or follows a colon, a comma, a dash, a stop; it ends in a stop or comma of its own; or a comma
    or dash follows.
    """
    before = line[:start].rstrip()[-1:]
    after = line[end : end + 2].lstrip()[:1]
    return not before or before in _SETS_APART or line[end - 2] in _SETS_APART or (bool(after) and after in ",—–-")


def _quotations(line: str) -> list[tuple[int, int]]:
    """The quotations of three words or more that are no titles, [start, end) with their marks.

    A quotation ends at the first mark that can close it, for in «ООО «Ромашка» nobody closes the outer one.
    """
    found = []
    start = -1
    for match in _QUOTE.finditer(line):
        mark, at = match[0], match.start()
        before, after = line[at - 1 : at] or " ", line[at + 1 : at + 2] or " "
        apart = before.isspace() and after.isspace()  # tokenised text: " so "
        if start < 0:
            if apart or not (after.isspace() or before.isalnum()):
                start = at
        elif mark in _CLOSED_BY[line[start]] and (apart or not (before.isspace() or after.isalnum())):
            words = len(_WORD.findall(line, start, at))
            if words >= _LONG_ENOUGH and (words > _LONGEST_TITLE or _is_speech(line, start, at + 1)):
                found.append((start, at + 1))
            start = -1
    return found
