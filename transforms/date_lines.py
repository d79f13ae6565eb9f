"""Lines that give the dates of an article, and who or what stands beside them there.

`17 мая 2019, 12:40 | Политика`, `Published May 17, 2019 by Jane Doe`, `The Guardian · 3 min read · May 17, 2019`. What
stands beside a date must be of a few kinds, or be set off by a bar, a dot or a slash and be short: a headline may end
with a date as well, and a wrong date is worse than no date.
"""

import re
from collections.abc import Iterable
from typing import Final

from transforms.agencies import agency_of
from transforms.byline import MAX_CHARACTERS, is_credit
from transforms.dates import Timestamp, find_written, one_of

# What stands before a date, one line a language, in lower case.
_PUBLISHED: Final = (
    "апублікавана|дата публікацыі",  # be
    "публикувано|публикувана",  # bg
    "publikováno|vydáno|zveřejněno",  # cs
    "published|publication date|posted|first posted|first published|date published",  # en
    "жарияланды|жарияланған күні",  # kk
    "opublikowano|data publikacji",  # pl
    "опубликовано|дата публикации|размещено",  # ru
    "објављено|датум објављивања|objavljeno",  # sr
    "басылган|бастырылды|баҫылған|баҫтырылды",  # tt, ba
    "опубліковано|дата публікації",  # uk
)
_UPDATED: Final = (
    "абноўлена",
    "обновена|обновено|актуализирана",
    "aktualizováno|aktualizace",
    "updated|last updated|last update|last modified|modified",
    "жаңартылды|жаңартылған",
    "zaktualizowano|aktualizacja|ostatnia aktualizacja",
    "обновлено|изменено|последнее обновление",
    "ажурирано|измењено|ažurirano|izmenjeno",
    "яңартылды|яңыртылды",
    "оновлено|змінено",
)
# A section, a place or a site, set off from the date.
_MAX_WORDS_SET_OFF: Final = 4
# With a number: `5 min read`, `1245 переглядів`, «Комментарии: 3», `3 hours ago`.
_MAX_WORDS_COUNTED: Final = 4


def _introducer(table: Iterable[str]) -> str:
    return one_of({word for line in table for word in line.split("|")})


_INTRODUCER: Final = re.compile(
    rf"(?<!\w)(?:(?P<published>{_introducer(_PUBLISHED)})|(?P<updated>{_introducer(_UPDATED)}))(?:\son)?(?!\w)",
    re.IGNORECASE,
)
# What sets off, and which place in a line the date had.
_SET_OFF: Final = re.compile(r"\s?[|·•⋅∙/]\s?|\s[–—-]\s")
_PLACE: Final = "\0"
# Whose text it is: «Извор: Танјуг», with no more words than a name has.
_SOURCE: Final = re.compile(
    r"(?:крыніца|извор|източник|zdroj|source|дереккөз|źródło|источник|izvor|чыганак|сығанаҡ|джерело)\s?:(?:\s\S+){1,4}",
    re.IGNORECASE,
)
_SITE: Final = re.compile(r"(?:\w[\w-]*\.)+[a-zа-яё]{2,}", re.IGNORECASE)
_EDGES: Final = " :,;.()[]–—-"


def dates_of(line: str) -> list[tuple[bool, Timestamp]]:
    """The dates that a line gives, each with whether it is that of an update; none where the line says other things."""
    if len(line) > MAX_CHARACTERS:
        return []
    text = " ".join(line.split())
    dates = list(find_written(text))
    if not dates:
        return []
    found: list[tuple[bool, Timestamp]] = []
    rest, at = "", 0
    for start, end, stamp in dates:
        before = text[at:start]
        words = list(_INTRODUCER.finditer(before))
        found.append((bool(words and words[-1]["updated"]), stamp))
        rest += before + _PLACE
        at = end
    rest += text[at:]
    cells = _SET_OFF.split(_INTRODUCER.sub("", rest))
    return found if all(map(_is_company, cells)) else []


def is_introduced(line: str) -> bool:
    """Whether a line opens with a word that introduces a date of publication, or of an update."""
    return _INTRODUCER.match(line.lstrip(_EDGES)) is not None


def _is_company(cell: str) -> bool:
    """Whether a part of a line may stand where a date does."""
    with_date = _PLACE in cell
    return all(
        _is_of_a_kind(part) or (not with_date and len(part.split()) <= _MAX_WORDS_SET_OFF)
        for part in (each.strip(_EDGES) for each in cell.split(_PLACE))
    )


def _is_of_a_kind(part: str) -> bool:
    if not part or agency_of(part) or _SITE.fullmatch(part) or _SOURCE.fullmatch(part) or is_credit(part):
        return True
    return any(map(str.isdigit, part)) and len(part.split()) <= _MAX_WORDS_COUNTED
