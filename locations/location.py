"""A drop location, as the command line, dropwire.toml and a form in Prefect describe it."""

import math
import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from locations.patterns import SOURCE, compiled

# Long enough for a slow copy to have grown meanwhile, short enough for a person who waits.
DEFAULT_SETTLE_SECONDS = 5.0
_NAME = "{name}"
# Protocols whose URL names a host, and what a host looks like.
_WITH_HOST = frozenset({"sftp", "ssh", "ftp", "http", "https"})
_HOST = re.compile(r"(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d+)?")
_PROTOCOL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


@dataclass(frozen=True, slots=True)
class Location:
    """Where drops arrive, which of the files there are drops, and what is known about them.

    `url` is a folder (the files directly in it), a file, a pattern (`drops/**/*.html`; `**` reaches into subfolders),
    or the same with a protocol in front (`s3://bucket/folder`). `include` and `exclude` are patterns over the path
    relative to the folder; where `include` is given, it decides how deep the folder is read.

    `source` is the source of items that name none; `source_pattern` takes it from the relative path
    (`{source}/**`) and goes before. `settle_seconds` is for how long a file must have been left alone before it is
    read, 0 for at once. `done_marker` is the name of the file that says that a folder (`_SUCCESS`) or a file
    (`{name}.done`) is complete. `fields` maps our names of fields to the sender's.

    Raises ValueError, with the name of the field, where a value makes no sense.
    """

    url: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    source: str | None = None
    source_pattern: str | None = None
    settle_seconds: float = DEFAULT_SETTLE_SECONDS
    done_marker: str | None = None
    fields: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.url:
            raise ValueError("url: is empty")
        if "\0" in self.url:
            raise ValueError("url: holds a NUL character")
        if self.protocol in _WITH_HOST and not _HOST.fullmatch(self.path.partition("/")[0]):
            # Not quoted here: it may be a password that ends up on a screen.
            raise ValueError("url: is not protocol://host/path; in a user name or password, write / as %2F, @ as %40")
        for name in ("include", "exclude"):
            if any(not pattern or pattern.startswith("/") for pattern in getattr(self, name)):
                raise ValueError(f"{name}: patterns are relative to the location, such as **/*.html")
        if self.source_pattern is not None and self.source_pattern.count(SOURCE) != 1:
            raise ValueError(f"source_pattern: {self.source_pattern!r} must hold {SOURCE} once, as in {SOURCE}/**")
        if not 0 <= self.settle_seconds < math.inf:
            raise ValueError(f"settle_seconds: {self.settle_seconds} is no number of seconds")
        marker = self.done_marker
        if marker is not None and (not marker or "/" in marker or marker == _NAME or marker.count(_NAME) > 1):
            raise ValueError(f"done_marker: {marker!r} is no file name such as _SUCCESS or {_NAME}.done")

    @property
    def protocol(self) -> str | None:
        """The protocol, None for a path of this machine."""
        match = _PROTOCOL.match(self.url)
        return match[1].lower() if match and match[1].lower() not in {"file", "local"} else None

    @property
    def path(self) -> str:
        """The URL without its protocol (and, where it has one, without user and password)."""
        match = _PROTOCOL.match(self.url)
        rest = self.url[match.end() :] if match else self.url
        if self.protocol:
            host, slash, path = rest.partition("/")
            rest = host.rpartition("@")[2] + slash + path if self.credentials else rest
        return rest

    @property
    def printable(self) -> str:
        """The URL for people, logs and the store: without user and password."""
        return f"{self.protocol}://{self.path}" if self.protocol else self.url

    @property
    def credentials(self) -> tuple[str, str] | None:
        """User and password where the URL has them (the password may be empty)."""
        # In abfs://container@account the part before the @ is no user.
        if not self.protocol or self.protocol in {"abfs", "abfss", "az", "adl"}:
            return None
        user, _, password = urlsplit(self.url).netloc.rpartition("@")[0].partition(":")
        return (unquote(user), unquote(password)) if user or password else None

    def source_of(self, relative: str) -> str | None:
        """The source of a file that the location gives it, by its relative path; None where it gives none."""
        found = compiled(self.source_pattern).source(relative) if self.source_pattern else None
        return found or self.source

    def is_marker(self, name: str) -> bool:
        """Whether a file of that name is a done-marker."""
        if self.done_marker is None:
            return False
        before, named, after = self.done_marker.partition(_NAME)
        if not named:
            return name == before
        return len(name) > len(before) + len(after) and name.startswith(before) and name.endswith(after)

    def marker_of(self, name: str) -> str | None:
        """The name of the marker, in the same folder, that a file of that name waits for."""
        return None if self.done_marker is None else self.done_marker.replace(_NAME, name)


def as_location(location: str | Location) -> Location:
    """A plain path or URL as a Location."""
    return Location(location) if isinstance(location, str) else location
