"""Where a name really begins and ends: marks that are no part of it are cut off. And what stands around it."""

import re
from collections.abc import Mapping
from typing import Final

_CLOSING: Final = {"(": ")", "[": "]", "«": "»", "„": "“”", "“": "”", "‘": "’", "‚": "‘"}
_OPENING: Final = {"»": "«", ")": "(", "]": "[", "”": "“„", "’": "", "“": "„"}
_LOOSE: Final = ",;:!?…–—-·•|/*"
_SAME: Final = frozenset("\"'")
# How words for a project or a programme begin in the languages that we serve.
_PROJECT: Final = r"(?:про[еє]кт|праект|програм|праграм|programm?|proje[ck]t|жоба|бағдарлама|жобасы|бағдарламасы)"
# Before a quoted name, others that are quoted may stand: `проекта "Безопасный город" и "Безопасный двор"`.
_PROJECTS_BEFORE: Final = re.compile(
    rf"\b{_PROJECT}\w*\s+(?:[«„“\"][^«»„“”\"\n]+[»“”\"]\s*(?:,|\w{{1,4}})?\s*)*[«„“\"]$", re.IGNORECASE
)
_PROJECT_BEHIND: Final = re.compile(rf"[»“”\"]\s+{_PROJECT}", re.IGNORECASE)
_AROUND: Final = 200
# Letters with a full stop behind each but the last: U.S, С.Ш.А.
_INITIALISM: Final = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.)+[^\W\d_]\Z")


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """[start, end) without white space and loose marks at its ends, and without quotes or brackets that do not close.

    `«Спартак` → `Спартак`, but `«Спартак»` and `ООО «Спартак»` stay. Empty where no letter or digit is left.
    """
    while start < end:
        inner = text[start:end]
        if _drop_first(inner):
            start += 1
        elif _drop_last(inner):
            end -= 1
        else:
            break
    return (start, end) if any(map(str.isalnum, text[start:end])) else (start, start)


def proper(text: str, start: int, end: int) -> tuple[int, int]:
    """[start, end) without small words before a quotation that ends it: `завода "Амкадор"` is called `Амкадор`."""
    name = text[start:end]
    for at, mark in enumerate(name):
        if mark.isupper():
            break
        if (mark in _CLOSING or mark in _SAME) and at and name[-1] in _CLOSING.get(mark, mark) and at + 2 < len(name):
            return start + at + 1, end - 1
    return start, end


def closed(text: str, start: int, end: int) -> tuple[int, int]:
    """[start, end), and the quote, bracket or full stop beside it that belongs to one in it.

    `ОЭЗ «Иннополис` → `ОЭЗ «Иннополис»`, `Татнефть» компаниясе` → `«Татнефть» компаниясе`, `U.S` → `U.S.`
    """
    if text[end : end + 1] == "." and _INITIALISM.search(text, start, end):
        end += 1
    name, before, behind = text[start:end], text[max(start - 1, 0) : start], text[end : end + 1]
    if _lacks(name, before, _CLOSING) and not (before in _SAME and (name.startswith(before) or before == behind)):
        start -= 1
    elif _lacks(name, behind, _OPENING) and not (behind in _SAME and name.endswith(behind)):
        end += 1
    return start, end


def _lacks(name: str, mark: str, others: Mapping[str, str]) -> bool:
    """Whether a name has a mark of which `mark` is the other one, and not that: of those alike, an odd number."""
    if mark in _SAME:
        return name.count(mark) % 2 == 1
    return any(name.count(other) > name.count(mark) for other in others.get(mark, ""))


def is_project(text: str, start: int, end: int) -> bool:
    """Whether [start, end) stands in quotation marks and is said to be a project or a programme: no organisation."""
    before, behind = text[max(start - _AROUND, 0) : start], text[end : end + _AROUND]
    if before[-1:] == "" or before[-1] not in '«„“"' or behind[:1] == "" or behind[0] not in '»“”"':
        return False
    return bool(_PROJECTS_BEFORE.search(before) or _PROJECT_BEHIND.match(behind))


def _drop_first(name: str) -> bool:
    first = name[0]
    if first.isspace() or first in _LOOSE or first == "." or (first in _OPENING and first not in _CLOSING):
        return True
    if first in _SAME:
        return name.count(first) % 2 == 1
    return first in _CLOSING and not any(mark in name[1:] for mark in _CLOSING[first])


def _drop_last(name: str) -> bool:
    last = name[-1]
    if last.isspace() or last in _LOOSE or (last in _CLOSING and last not in _OPENING):
        return True
    if last in _SAME:
        # An apostrophe may end a name.
        return last == '"' and name.count(last) % 2 == 1
    return bool(_OPENING.get(last)) and not any(mark in name[:-1] for mark in _OPENING[last])
