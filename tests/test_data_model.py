"""The data model as readers get it: described, true of every record, and documented."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from dropwire.console import Exit
from store import data_model, descriptions
from store.layout import COLLECTIONS
from store.queries import QueryError
from tests.data_model_doc import DOC, example_of, sections, table
from tests.dropwire.test_cli import answer, dropwire
from tests.every_collection import fill_every_collection

NAMES = [collection.name for collection in COLLECTIONS]


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_described_and_nothing_else(name: str) -> None:
    there = {path for path, _, _ in data_model.fields(data_model.collection_named(name).schema)}
    assert set(descriptions.FIELDS[name]) == there
    assert descriptions.COLLECTIONS[name]


def test_every_collection_is_described_and_nothing_else() -> None:
    assert set(descriptions.COLLECTIONS) == set(descriptions.FIELDS) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_json_schema_is_one(name: str) -> None:
    schema = data_model.json_schema(data_model.collection_named(name))
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["properties"]["_id"]["description"]


def validator(name: str) -> Draft202012Validator:
    schema = data_model.json_schema(data_model.collection_named(name))
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def complete(name: str) -> Draft202012Validator:
    """The same, which also refuses fields that the schema does not name."""

    def closed(schema: Any) -> Any:
        if not isinstance(schema, dict):
            return schema
        inner = {key: closed(value) for key, value in schema.items() if key not in {"properties", "items"}}
        if "properties" in schema:
            inner["properties"] = {key: closed(value) for key, value in schema["properties"].items()}
            inner["additionalProperties"] = False
        return {**inner, **({"items": closed(schema["items"])} if "items" in schema else {})}

    return Draft202012Validator(closed(data_model.json_schema(data_model.collection_named(name))))


@pytest.mark.wire
def test_every_stored_record_is_valid_as_json(embedded_db: Any, tmp_path: Path) -> None:
    fill_every_collection(embedded_db, tmp_path)
    # Of an item, what came with it is kept as it came.
    open_ended = {"originals"}
    for name in NAMES:
        records = list(embedded_db[name].find())
        assert records, f"no record in {name}: have fill_every_collection make one"
        validate = validator(name) if name in open_ended else complete(name)
        for record in records:
            found = [error.message for error in validate.iter_errors(json.loads(data_model.json_line(record)))]
            assert not found, (name, record["_id"], found)


@pytest.mark.parametrize("spoiled", [{"text": 5}, {"published_at": 5}, {"language": None}, {"schema_version": 99}])
def test_what_is_wrong_is_not_valid(mongomock_db: Any, tmp_path: Path, spoiled: dict[str, Any]) -> None:
    example = example_of(sections()["documents"])
    assert validator("documents").is_valid(example)
    assert not validator("documents").is_valid({**example, **spoiled})


def test_what_has_no_json_is_refused() -> None:
    assert data_model.plain({"a": [b"\x00", ObjectId("0" * 24)]}) == {"a": ["AA==", "0" * 24]}
    with pytest.raises(TypeError, match="object is not JSON"):
        data_model.plain(object())
    with pytest.raises(ValueError, match="maxLength"):
        data_model.in_json({"bsonType": "string", "maxLength": 5}, {})
    with pytest.raises(QueryError, match="no collection"):
        data_model.collection_named("nonsense")


def test_the_command() -> None:
    assert set(answer("schema")) == set(NAMES)
    assert answer("schema", "drops")["title"] == "drops"
    assert "SHA-256 of the drop's bytes" in dropwire("schema", "drops").stdout
    assert all(name in dropwire("schema").stdout for name in NAMES)
    assert dropwire("schema", "nonsense").exit_code == Exit.USAGE


# docs/data-model.md


def test_the_page_has_a_section_for_each_collection() -> None:
    assert set(NAMES) <= set(sections())


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_every_field(name: str) -> None:
    """Run `python -m tests.data_model_doc` where it has not."""
    assert table(name) in sections()[name]


@pytest.mark.parametrize("name", NAMES)
def test_the_example_is_a_record_of_the_collection(name: str) -> None:
    example = example_of(sections()[name])
    found = [error.message for error in validator(name).iter_errors(example)]
    assert not found
    known = {path for path, _, _ in data_model.fields(data_model.collection_named(name).schema)}
    open_ended = (
        "item.",
        "counts.",
        "reasons.",
        "seconds.",
        "parameters.",
        "versions.",
        "left.",
        "breakdown.",
        "mixes.",
    )
    assert {path for path in paths(example) if not path.startswith(open_ended)} <= known


def paths(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from paths(each, path)
    elif isinstance(value, dict):
        for name, each in value.items():
            here = f"{path}.{name}" if path else name
            yield here
            yield from paths(each, here)


@pytest.mark.wire
def test_the_code_of_the_page_runs(embedded_db: Any, embedded_uri: str, tmp_path: Path) -> None:
    fill_every_collection(embedded_db, tmp_path)
    db = CountingFinds(embedded_db)
    known = {"db": db, "doc_id": embedded_db.documents.find_one({"language": "be"})["_id"]}
    blocks = re.findall(r"```python\n(.*?)```", DOC.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) > 8
    for block in blocks:
        code = block.replace("mongodb://127.0.0.1:27117/?", embedded_uri.partition("?")[0] + embedded_db.name + "?")
        code = code.replace("client.dropwire", f"client[{embedded_db.name!r}]")
        names = dict(known)
        exec(compile(code, "data-model.md", "exec"), names)
        if client := names.get("client"):
            client.close()
    # A cursor that nobody reads asks nothing: read each, for the store to see the question.
    assert db.asked > 8


class CountingFinds:
    """A database whose questions are asked to their end, at most a hundred records each."""

    def __init__(self, db: Any) -> None:
        self._db = db
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        collection, outer = self._db[name], self

        class Asked:
            def __getattr__(self, method: str) -> Any:
                return getattr(collection, method)

            def find(self, *args: Any, **how: Any) -> Any:
                outer.asked += 1
                list(collection.find(*args, **how).limit(100))
                return collection.find(*args, **how)

        return Asked()


def test_what_the_page_says_of_other_pages_is_there() -> None:
    for page in re.findall(r"\]\(([\w-]+\.md)", DOC.read_text(encoding="utf-8")):
        assert (DOC.parent / page).exists(), page
