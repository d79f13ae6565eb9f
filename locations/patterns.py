"""Patterns over paths with `/` between their parts: `*`, `?`, `[a-z]`, `[!a-z]` within a part, `**` for any parts."""

import re
from functools import lru_cache

_MAGIC = re.compile(r"[*?[]")
# In a pattern for the source: the part of the path, or piece of a part, that names it.
SOURCE = "{source}"
_SOURCE_GROUP = "(?P<source>[^/]+?)"


def has_magic(path: str) -> bool:
    """Whether a path is a pattern."""
    return bool(_MAGIC.search(path))


def split(path: str) -> tuple[str, str]:
    """A path with a pattern in it: the folder before the first part that is a pattern, and the pattern below it."""
    parts = path.split("/")
    first = next(place for place, part in enumerate(parts) if has_magic(part))
    folder = "/".join(parts[:first])
    return folder or ("/" if path.startswith("/") else ""), "/".join(parts[first:])


class Pattern:
    """One pattern over paths relative to a location. Case counts."""

    def __init__(self, pattern: str) -> None:
        self._parts = pattern.split("/")
        self._whole = re.compile(_regex(self._parts))
        # Up to `**`, a folder must match as many parts of the pattern as it has itself.
        fixed = self._parts.index("**") if "**" in self._parts else len(self._parts) - 1
        self._open_ended = fixed < len(self._parts) - 1 or self._parts[-1] == "**"
        self._folders = [re.compile(_regex(self._parts[: depth + 1])) for depth in range(fixed)]

    def matches(self, path: str) -> bool:
        """Whether the pattern matches the whole path."""
        return self._whole.fullmatch(path) is not None

    def source(self, path: str) -> str | None:
        """What stands in the place of `{source}`, None where the path does not match."""
        match = self._whole.fullmatch(path)
        return match["source"] if match else None

    def reaches_into(self, folder: str) -> bool:
        """Whether files below the folder (a path relative to the location) may match."""
        depth = folder.count("/")
        if depth < len(self._folders):
            return self._folders[depth].fullmatch(folder) is not None
        if not self._open_ended:
            return False
        if not self._folders:
            return True
        return self._folders[-1].fullmatch("/".join(folder.split("/")[: len(self._folders)])) is not None


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Pattern:
    """The pattern, compiled once."""
    return Pattern(pattern)


def _regex(parts: list[str]) -> str:
    last = len(parts) - 1
    pieces = []
    for place, part in enumerate(parts):
        if part == "**":
            pieces.append(".+" if place == last else "(?:[^/]+/)*")
        else:
            pieces.append(_part(part) + ("" if place == last else "/"))
    return "(?s:" + "".join(pieces) + ")"


def _part(part: str) -> str:
    found = []
    place = 0
    while place < len(part):
        char = part[place]
        end = part.find("]", place + 2) if char == "[" else -1
        if part.startswith(SOURCE, place):
            found.append(_SOURCE_GROUP)
            place += len(SOURCE) - 1
        elif char == "*":
            found.append("[^/]*")
        elif char == "?":
            found.append("[^/]")
        elif end > 0:
            found.append(_set(part[place + 1 : end]))
            place = end
        else:
            found.append(re.escape(char))
        place += 1
    return "".join(found)


def _set(inside: str) -> str:
    negated = inside.startswith("!")
    characters = inside[negated:]
    # In a set of `re`, these mean something; a range that runs backwards matches nothing, as in the shell.
    escaped = re.sub(r"([\\\]\[^&~|])", r"\\\1", characters)
    try:
        re.compile(f"[{escaped}]")
    except re.error:
        return "(?!)"
    return f"(?!/)[^{escaped}]" if negated else f"[{escaped}]"
