"""The data model for readers: each collection as JSON Schema, and records as JSON.

Everything follows from the validators beside the code that writes the collections, and from the texts in
`store.descriptions`: nothing is said twice.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from store import descriptions, layout
from store.asking import QueryError
from store.schema import SCHEMA_VERSION, Collection

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# BSON types as JSON has them. `long` and `int` are one, and dates, ids and bytes become strings (see `plain`).
_TYPES: Mapping[str, Mapping[str, Any]] = {
    "string": {"type": "string"},
    "int": {"type": "integer"},
    "long": {"type": "integer"},
    "double": {"type": "number"},
    "bool": {"type": "boolean"},
    "null": {"type": "null"},
    "object": {"type": "object"},
    "array": {"type": "array"},
    "date": {"type": "string", "format": "date-time"},
    "objectId": {"type": "string", "pattern": "^[0-9a-f]{24}$"},
    "binData": {"type": "string", "contentEncoding": "base64"},
}
_KEYWORDS = frozenset({"bsonType", "properties", "required", "items", "enum"})

# What divides lines for some readers of text, and may stand unescaped in JSON: U+0085, U+2028, U+2029.
_LINE_ENDS = {chr(code): f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}


def collection_named(name: str) -> Collection:
    """The collection with this name. Raises QueryError where there is none."""
    for collection in layout.COLLECTIONS:
        if collection.name == name:
            return collection
    raise QueryError(f"there is no collection {name}: `dropwire schema` names them")


def json_schema(collection: Collection) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a collection's records as `plain` writes them, with descriptions.

    Properties that it does not name are allowed, as in the store: a later version may bring some.
    """
    texts = descriptions.FIELDS.get(collection.name, {})
    return {
        "$schema": DIALECT,
        "$id": f"urn:dropwire:{SCHEMA_VERSION}:{collection.name}",
        "title": collection.name,
        "description": descriptions.COLLECTIONS.get(collection.name, ""),
        **in_json(collection.schema, texts),
    }


def in_json(schema: Mapping[str, Any], texts: Mapping[str, str], path: str = "") -> dict[str, Any]:
    """A part of a `$jsonSchema` of ours as JSON Schema; `texts` are descriptions by path.

    Raises ValueError for a keyword that our schemas have not had so far.
    """
    if unknown := set(schema) - _KEYWORDS:
        raise ValueError(f"the schema of {path or 'a collection'} has {sorted(unknown)}: say here what that is in JSON")
    known = [_TYPES[one] for one in types_of(schema)]
    found: dict[str, Any] = {}
    names = {each["type"]: None for each in known}
    if "number" in names:
        names.pop("integer", None)  # which is a number
    if names:
        found["type"] = list(names) if len(names) > 1 else next(iter(names))
    for each in known:
        found |= {key: value for key, value in each.items() if key != "type"}
    if "enum" in schema:
        found["enum"] = [str(one) if isinstance(one, str) else one for one in schema["enum"]]
    if "properties" in schema:
        found["properties"] = {}
        for name, each in schema["properties"].items():
            here = f"{path}.{name}" if path else name
            told = {"description": texts[here]} if here in texts else {}
            found["properties"][name] = {**told, **in_json(each, texts, here)}
    if "required" in schema:
        found["required"] = list(schema["required"])
    if "items" in schema:
        found["items"] = in_json(schema["items"], texts, path)
    return found


def types_of(schema: Mapping[str, Any]) -> list[str]:
    """The BSON types that a schema allows; none where it has an `enum` instead."""
    types = schema.get("bsonType", [])
    return [types] if isinstance(types, str) else list(types)


def fields(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    """All fields below a schema in order, those of lists and of nested records too: path, schema, whether required."""
    required: Sequence[str] = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        yield here, each, name in required
        yield from fields(each, here)
    if "items" in schema:
        yield from fields(schema["items"], path)


def rows(collection: Collection) -> Iterator[tuple[str, str, str]]:
    """A collection's fields for people: name, what it holds, what that means."""
    texts = descriptions.FIELDS[collection.name]
    for path, schema, required in fields(collection.schema):
        yield path, type_name(schema) + ("" if required else ", optional"), texts.get(path, "")


def type_name(schema: Mapping[str, Any]) -> str:
    """What a field holds, in a word or two: `text`, `list of records`, `time or null`."""
    if "enum" in schema:
        values = [one for one in schema["enum"] if one is not None]
        words = ["choice" if len(values) > 1 else json.dumps(values[0])]
        return " or ".join([*words, *(["null"] if None in schema["enum"] else [])])
    types = types_of(schema)
    if types == ["array"]:
        return f"list of {_PLURALS[type_name(schema['items'])]}"
    return " or ".join(dict.fromkeys(_WORDS[one] for one in types if one != "int" or "double" not in types))


_WORDS = {
    "string": "text",
    "int": "integer",
    "long": "integer",
    "double": "number",
    "bool": "true or false",
    "null": "null",
    "object": "record",
    "array": "list",
    "date": "time",
    "objectId": "id",
    "binData": "bytes",
}
_PLURALS = {"text": "texts", "integer": "integers", "record": "records", "choice": "choices"}


def plain(value: Any) -> Any:
    """A stored value as JSON has it: times are RFC 3339 in UTC, ids hexadecimal, bytes base64.

    Raises TypeError for what no record of ours holds.
    """
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return _leaf(value)


def _leaf(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, ObjectId):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def json_line(value: Any) -> str:
    """A record on one line of JSON, with its line end: for all readers one line, whatever is in the texts."""
    line = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_leaf)
    for character, escaped in _LINE_ENDS.items():
        line = line.replace(character, escaped)
    return line + "\n"
