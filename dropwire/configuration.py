"""Drop locations from a file, `dropwire.toml`: tables `[[locations]]` with the fields of locations.Location."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from locations import Location

DEFAULT_FILE = Path("dropwire.toml")


class ConfigurationError(ValueError):
    """The file of locations cannot be used; the message names the file, the table and the key."""


def read_locations(path: Path) -> list[Location]:
    """The locations of the file; relative paths in it are relative to its folder. Raises ConfigurationError."""
    try:
        facts = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is no TOML: {error}") from None
    _refuse_unknown(f"{path}", facts, {"locations"})
    tables = facts.get("locations")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise ConfigurationError(f"{path}: has no [[locations]]: write such a table, with a url, for each")
    return [_location(f"{path}: locations[{place}]", table, path.parent) for place, table in enumerate(tables)]


def _location(where: str, table: Mapping[str, Any], folder: Path) -> Location:
    _refuse_unknown(where, table, {field.name for field in fields(Location)})
    try:
        location = TypeAdapter(Location).validate_python(table)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(": ".join(filter(None, (where, key, first["msg"])))) from None
    from transforms.readers import FieldMapping  # noqa: PLC0415 - slow, and only the file of locations has fields

    try:
        FieldMapping.of(location.fields)
    except ValueError as error:
        raise ConfigurationError(f"{where}: fields: {error}") from None
    if location.protocol:
        return location
    # A path in the file means the same from wherever the command is run.
    return replace(location, url=os.fspath(folder.absolute() / Path(location.path).expanduser()))


def _refuse_unknown(where: str, table: Mapping[str, Any], known: set[str]) -> None:
    for key in table:
        if key not in known:
            raise ConfigurationError(f"{where}: unknown key {key}; there are {', '.join(sorted(known))}")
