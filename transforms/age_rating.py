"""Age ratings: the youngest age that a page says it is for, in years."""

import re
from collections.abc import Iterable
from typing import Final

# RU law 436-FZ knows 0+, 6+, 12+, 16+, 18+; Ukraine, Belarus and Kazakhstan add 14+ and 21+, others 3 and 7.
_AGE: Final = r"(?P<age>0|3|6|7|12|14|16|18|21)"
_ALONE: Final = re.compile(rf"[(\[]?\s*{_AGE}\s?\+\s*[)\]]?")
_INTRODUCERS: Final = (
    r"возрастн\w{1,4} (?:ограничени\w|категори\w|рейтинг|маркировк\w)|ограничение по возрасту",
    r"узроставая катэгорыя|узроставае абмежаванне|узроставыя абмежаванні",
    r"вікове обмеження|вікова категорія",
    r"жас шектеуі|яшь чикләве|яшь чикләмәсе|йәш сикләүе",
    r"age rating|age restriction|rated",
)
_SAID: Final = re.compile(rf"(?:{'|'.join(_INTRODUCERS)})[\s:–—-]{{0,4}}[(\[]?{_AGE}\s?\+", re.IGNORECASE)
# In metadata `16+`, `16-` (schema.org: from 16 on) or the number alone; `7-9` says whom a school book is for.
_GIVEN: Final = re.compile(rf"{_AGE}\s?[+-]?")
# What metadata of all countries say of pages for adults: `rating` is `adult` or the code of the RTA label.
_ADULT: Final = frozenset({"adult", "mature", "rta-5042-1996-1400-1577-rta"})
_FULL_AGE: Final = 18
# Longer lines are sentences.
_MAX_CHARACTERS: Final = 160


def parse_age(given: str) -> int | None:
    """The age rating that metadata give, or None where they give another thing (`general`, `PG-13`)."""
    text = given.strip().lower()
    if text in _ADULT:
        return _FULL_AGE
    match = _GIVEN.fullmatch(text)
    return int(match["age"]) if match else None


def find_age(lines: Iterable[str]) -> int | None:
    """The age that a line says it is a rating of, or else one that stands alone; None where several are named."""
    said: set[int] = set()
    alone: set[int] = set()
    for line in lines:
        if "+" not in line or len(line) > _MAX_CHARACTERS:
            continue
        if match := _ALONE.fullmatch(line):
            alone.add(int(match["age"]))
        elif match := _SAID.search(line):
            said.add(int(match["age"]))
    found = said or alone
    return found.pop() if len(found) == 1 else None
