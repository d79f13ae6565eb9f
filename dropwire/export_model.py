"""What a row of an export holds, by the schema of documents: as JSON, as cells of CSV, as columns of Parquet."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from store import data_model, descriptions
from store.connection import Record
from store.documents import COLLECTION
from store.queries import QueryError
from store.schema import STRING_OR_NULL

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]

Schema = Mapping[str, Any]

ID = "_id"
# The text before cleaning, from the collection of that name: only where it is asked for.
ORIGINAL = "original"
# Notes of work that goes on, no part of the document.
_NOTES = frozenset({"former", "unsettled"})


def model(paths: Sequence[str] = ()) -> Schema:
    """The schema of a row with these fields, all of a document by default; `_id` is always the first of them.

    `original` is a field, too. Raises QueryError for a field that there is not.
    """
    properties = {name: each for name, each in COLLECTION.schema["properties"].items() if name not in _NOTES}
    whole = {**COLLECTION.schema, "properties": properties}
    if not paths:
        return whole
    whole = {**whole, "properties": {**properties, ORIGINAL: STRING_OR_NULL}}
    known = {path for path, _, _ in data_model.fields(whole)}
    if unknown := [path for path in paths if path not in known]:
        raise QueryError(f"documents have no field {', '.join(unknown)}: `dropwire schema documents` lists them")
    return _chosen(whole, [path.split(".") for path in (ID, *paths)])


def _chosen(schema: Schema, paths: Iterable[list[str]]) -> Schema:
    """A schema with those of its fields that the paths name, each with all that it holds."""
    below: defaultdict[str, list[list[str]]] = defaultdict(list)
    for path in paths:
        if not path:
            return schema
        below[path[0]].append(path[1:])
    if "items" in schema:
        return {**schema, "items": _chosen(schema["items"], [[name, *rest] for name in below for rest in below[name]])}
    properties = {name: _chosen(each, below[name]) for name, each in schema["properties"].items() if name in below}
    required = [name for name in schema.get("required", ()) if name in properties]
    return {**schema, "properties": properties, "required": required}


def json_schema(schema: Schema) -> dict[str, Any]:
    """The JSON Schema of a row, with descriptions."""
    texts = {ORIGINAL: descriptions.FIELDS["originals"]["original"], **descriptions.FIELDS["documents"]}
    return {
        "$schema": data_model.DIALECT,
        "title": "document",
        "description": descriptions.COLLECTIONS["documents"],
        **data_model.in_json(schema, texts),
    }


def shaped(value: Any, schema: Schema) -> Any:
    """A value with the fields of the schema alone, in its order; what it lacks stays away."""
    if value is None:
        return None
    if "items" in schema:
        return [shaped(each, schema["items"]) for each in value]
    if "properties" in schema:
        return {name: shaped(value[name], each) for name, each in schema["properties"].items() if name in value}
    return value


def columns(schema: Schema) -> dict[str, list[str]]:
    """The columns of CSV, each with its path: one for each field that holds no others."""
    found = data_model.fields(schema)
    return {path: path.split(".") for path, each, _ in found if "properties" not in each.get("items", each)}


def cells(record: Record, paths: Iterable[list[str]]) -> Iterator[str]:
    """The cells of a record. Where a list is on the way, the cell is JSON; what is null or missing is empty."""
    for path in paths:
        value = data_model.plain(_at(record, path))
        yield "" if value is None else json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)


def _at(value: Any, path: list[str]) -> Any:
    if isinstance(value, list):
        return [_at(each, path) for each in value]
    if not path or value is None:
        return value
    return _at(value.get(path[0]), path[1:])


def arrow_schema(schema: Schema) -> "pa.Schema":
    """The schema of Parquet: nested as documents are; times in ms, UTC."""
    import pyarrow as pa  # noqa: PLC0415 - slow, and of other formats none needs it

    texts = {ORIGINAL: descriptions.FIELDS["originals"]["original"], **descriptions.FIELDS["documents"]}
    return pa.schema(
        [
            pa.field(name, _arrow_type(each), metadata={"description": texts[name]} if name in texts else None)
            for name, each in schema["properties"].items()
        ]
    )


def _arrow_type(schema: Schema) -> "pa.DataType":
    import pyarrow as pa  # noqa: PLC0415 - see arrow_schema

    if "items" in schema:
        return pa.list_(_arrow_type(schema["items"]))
    if "properties" in schema:
        return pa.struct([pa.field(name, _arrow_type(each)) for name, each in schema["properties"].items()])
    if "enum" in schema:
        values = [one for one in schema["enum"] if one is not None]
        return pa.string() if all(isinstance(one, str) for one in values) else pa.int64()
    kinds: dict[str, pa.DataType] = {
        "double": pa.float64(),
        "string": pa.string(),
        "int": pa.int64(),
        "bool": pa.bool_(),
        "date": pa.timestamp("ms", tz="UTC"),
    }
    types = data_model.types_of(schema)
    return next(kinds[one] for one in kinds if one in types)
