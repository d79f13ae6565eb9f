"""Which files of a location are drops, by their relative paths."""

from locations.listing import waits_by_name
from locations.location import Location
from locations.patterns import compiled


class Wanted:
    """The rule of one location; `pattern` is the part of its URL that is one."""

    def __init__(self, location: Location, pattern: str | None) -> None:
        asked = [compiled(pattern)] if pattern else []
        included = [compiled(each) for each in location.include]
        # A folder is the files directly in it, unless the patterns to include say how deep it is read.
        self.is_plain = not asked and not included
        self._all = [compiled("*")] if self.is_plain else asked
        self._any = included
        self._none = [compiled(each) for each in location.exclude]
        self._marker = location.is_marker if location.done_marker else None

    def file(self, relative: str) -> bool:
        """Whether the file is a drop."""
        name = relative.rpartition("/")[2]
        if waits_by_name(name) or (self._marker and self._marker(name)):
            return False
        return (
            all(pattern.matches(relative) for pattern in self._all)
            and (not self._any or any(pattern.matches(relative) for pattern in self._any))
            and not any(pattern.matches(relative) for pattern in self._none)
        )

    def folder(self, relative: str) -> bool:
        """Whether there may be drops below the folder."""
        if relative.startswith(".") or "/." in relative:
            return False
        return all(pattern.reaches_into(relative) for pattern in self._all) and (
            not self._any or any(pattern.reaches_into(relative) for pattern in self._any)
        )

    def covers(self, relative: str) -> bool:
        """Whether the file is found by walking the location: a drop, in folders that are read."""
        folder = relative.rpartition("/")[0]
        return self.file(relative) and (not folder or self.folder(folder))
