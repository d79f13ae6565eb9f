"""Which questions and writes reach all shards: `python -m benchmarks.query_shapes`.

Runs the contract tests of the store (tests/store) and an ingest with most of the commands on an embedded store, and
listens to what the driver sends. What is sent from our own code is reduced to its shape, the fields that it asks by
and how, and each shape is judged by the shard keys that docs/scale.md proposes (`SHARD_KEYS`). There is no sharded
MongoDB behind it: the shapes are measured, how mongos routes them is taken from its documentation
(https://www.mongodb.com/docs/manual/core/sharded-cluster-query-router/). Takes some two minutes.
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from types import FrameType
from typing import Any, Final

import pytest
from pymongo import monitoring
from typer.testing import CliRunner

from benchmarks.fault_corpus import write_corpus
from benchmarks.tables import Table, show

_ROOT: Final = Path(__file__).parents[1]
_OURS: Final = ("store", "flows", "dropwire", "locations")
# Who asks through these is meant, not they.
_GO_BETWEEN: Final = frozenset({"store/bulk.py", "store/asking.py:counts_by"})
_MARK: Final = "query-shapes"
_DROPS: Final = 60

# By what a sharded store would be divided: all of them by `_id`, for only so it stays unique across shards.
# `ranged`: the ids are hashes, or begin with one. `hashed`: they are names, of which many begin alike.
SHARD_KEYS: Final[Mapping[str, str]] = {
    "documents": "ranged",
    "originals": "ranged",
    "revisions": "ranged",
    "copies": "ranged",
    "drops": "ranged",
    "quarantine": "ranged",
    "entities": "hashed",
}
_ONE, _ITS, _RANGE, _ALL, _UNSHARDED = "one shard", "those of the ids", "those of the range", "all", "not sharded"
# Writes of one record that mongos must find a shard for.
_SINGLE: Final = frozenset({"update one", "upsert", "delete one", "find and modify"})
_COMMANDS: Final = (
    "status",
    "find --language be",
    "find --language be --whole",
    "find --source drops --since 2020-01-01",
    "find слова",
    "find --entity Мінск",
    "entities",
    "entities --type LOC --language be",
    "templates",
    "templates drops",
    "quarantine list",
    "quarantine groups",
    "audit",
    "audit --deep",
)


@dataclass(frozen=True, slots=True, order=True)
class Shape:
    """A distinct way to ask or write: of which collection, by which fields, and how they are compared."""

    collection: str
    operation: str
    fields: str
    order: str
    shards: str

    @property
    def must_change(self) -> bool:
        """Whether a store with shards would have to ask all of them to write one record, or refuses to."""
        return self.operation in _SINGLE and self.shards in {_ALL, _RANGE}


@dataclass(slots=True)
class Shapes(monitoring.CommandListener):
    """Collects the shapes of what our own code sends."""

    seen: Counter[Shape] = field(default_factory=Counter)
    places: dict[Shape, set[str]] = field(default_factory=dict)
    # Of them, those of an ingest of so many documents.
    loading: Counter[Shape] = field(default_factory=Counter)
    documents: int = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Note a command that is sent."""
        shapes = list(_shapes(event.command_name, event.command))
        place = _place(sys._getframe()) if shapes else None  # noqa: SLF001 - who calls is what is asked
        for shape in shapes if place else ():
            self.seen[shape] += 1
            self.places.setdefault(shape, set()).add(str(place))

    def succeeded(self, _event: monitoring.CommandSucceededEvent) -> None:
        """Nothing: what was asked is what counts."""

    def failed(self, _event: monitoring.CommandFailedEvent) -> None:
        """Nothing: what was asked is what counts."""


def _place(frame: FrameType | None) -> str | None:
    """Where in our code a command comes from; None where a test or a program sends it by itself."""
    while frame:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(_ROOT) and ".venv" not in path.parts:
            relative = path.relative_to(_ROOT)
            if relative.parts[0] not in _OURS:
                if path != Path(__file__):
                    return None
            elif not {relative.as_posix(), f"{relative.as_posix()}:{frame.f_code.co_name}"} & _GO_BETWEEN:
                name = frame.f_code.co_qualname.partition(".<locals>")[0]
                return f"{relative.with_suffix('').as_posix().replace('/', '.')}.{name}"
        frame = frame.f_back
    return None


def _shapes(name: str, command: Mapping[str, Any]) -> Iterator[Shape]:
    collection = str(command.get(name))
    match name:
        case "find":
            yield _shape(collection, "find", command.get("filter", {}), command.get("sort"))
        case "aggregate":
            stages = command["pipeline"]
            condition = stages[0]["$match"] if stages and "$match" in stages[0] else {}
            kinds = {next(iter(stage)) for stage in stages} - {"$match"}
            counts = any(stage.get("$group", {}).get("_id", 0) == 1 for stage in stages)
            yield _shape(collection, "count" if counts else " ".join(["aggregate", *sorted(kinds)]), condition)
        case "update":
            for update in command["updates"]:
                how = "upsert" if update.get("upsert") else "update many" if update.get("multi") else "update one"
                yield _shape(collection, how, update["q"])
        case "delete":
            for delete in command["deletes"]:
                yield _shape(collection, "delete one" if delete["limit"] else "delete many", delete["q"])
        case "insert":
            for record in command["documents"]:
                yield _shape(collection, "insert", {"_id": record["_id"]})
        case "findAndModify":
            yield _shape(collection, "find and modify", command["query"], command.get("sort"))
        case _:
            return


def _shape(
    collection: str, operation: str, condition: Mapping[str, Any], order: Mapping[str, int] | None = None
) -> Shape:
    fields = ", ".join(sorted(_fields(condition)))
    return Shape(
        collection, operation, fields or "(everything)", ", ".join(order or ()), shards_of(collection, condition)
    )


def _fields(condition: Mapping[str, Any]) -> set[str]:
    found = set()
    for name, value in condition.items():
        if name in {"$and", "$or"}:
            found.add(f"{name[1:]}({'; '.join(sorted({', '.join(sorted(_fields(part))) for part in value}))})")
        else:
            found.add(f"{name} {_comparison(value)}".strip())
    return found


def _comparison(value: Any) -> str:
    if not isinstance(value, Mapping) or not any(str(key).startswith("$") for key in value):
        return ""
    operators = {str(key) for key in value}
    if operators <= {"$gt", "$gte", "$lt", "$lte"}:
        return "range"
    return " ".join(sorted(operator[1:] for operator in operators - {"$options"}))


def shards_of(collection: str, condition: Mapping[str, Any]) -> str:
    """Which shards a condition reaches, where the collection is divided as `SHARD_KEYS` says."""
    kind = SHARD_KEYS.get(collection)
    if kind is None:
        return _UNSHARDED
    alternatives = condition.get("$or")
    if "_id" not in condition and alternatives:
        reached = {shards_of(collection, each) for each in alternatives}
        return _ALL if reached & {_ALL} else _ITS
    if "_id" not in condition:
        return min((shards_of(collection, each) for each in condition.get("$and", ())), key=_reach, default=_ALL)
    comparison = _comparison(condition["_id"])
    if comparison == "range":
        return _RANGE if kind == "ranged" else _ALL
    return {"": _ONE, "in": _ITS, "eq": _ONE}.get(comparison, _ALL)


def _reach(shards: str) -> int:
    return (_ONE, _ITS, _RANGE, _ALL).index(shards)


def _use(folder: Path, shapes: Shapes) -> None:
    """An ingest and the commands that look at it, in this process."""
    from dropwire.access import store_uri  # noqa: PLC0415
    from dropwire.cli import app  # noqa: PLC0415 - after the listener is registered
    from dropwire.settings import Settings  # noqa: PLC0415
    from flows import load_drops  # noqa: PLC0415
    from flows.batching import batches_of_files  # noqa: PLC0415
    from flows.clean_again import learn_sources  # noqa: PLC0415
    from flows.discover_drops import discover_drops  # noqa: PLC0415
    from flows.unreadable import refuse  # noqa: PLC0415
    from store import ensure, entities, open_store, templates  # noqa: PLC0415

    drops = folder / "drops"
    write_corpus(drops, _DROPS, seed=5)
    os.environ["DROPWIRE_DATA_DIR"] = str(folder / "data")
    run = CliRunner()
    with store_uri(Settings(), create=True, notify=lambda _: None) as uri, open_store(uri) as db:
        ensure(db)
        before = shapes.seen.copy()
        found = discover_drops([str(drops)])
        for batch in batches_of_files(found.files):
            load_drops.load_drops(db, batch, source=None, reread=False, run_id="shapes")
        learn_sources(db, templates.unlearned(db))
        entities.refresh(db)
        refuse(db, found, run_id="shapes")
        shapes.loading = shapes.seen - before
        shapes.documents = db.documents.count_documents({})
        document = db.documents.find_one({"entities.id": {"$gt": ""}}) or {}
        entity = document["entities"][0]["id"]
        shown = (f"{command} {document['_id'][:12]}" for command in ("show", "history", "copies"))
        for command in (*_COMMANDS, *shown, f"entity {entity}", f"entity {document['entities'][0]['name']}"):
            words = command.split(" ", 1 if command.startswith("entity ") else -1)
            run.invoke(app, [*words, "--json"])


def tables(shapes: Shapes) -> list[Table]:
    """What reaches which shards, counted and in full."""
    classes = (_ONE, _ITS, _RANGE, _ALL)
    summary = []
    for collection in SHARD_KEYS:
        ours = [shape for shape in shapes.seen if shape.collection == collection]
        counts = (sum(shape.shards == each for shape in ours) for each in classes)
        summary.append((collection, SHARD_KEYS[collection], *map(str, counts)))
    rows = [
        (
            shape.collection,
            shape.operation + (" (!)" if shape.must_change else ""),
            shape.fields,
            shape.order,
            shape.shards,
            ", ".join(sorted(shapes.places[shape])),
        )
        for shape in sorted(shapes.seen, key=lambda one: (one.collection, -_order_of(one), one))
        if shape.shards != _UNSHARDED and shape.operation != "insert"
    ]
    asked = [
        (", ".join(sorted(shapes.places[shape])), shape.collection, shape.fields, f"{times / shapes.documents:.2f}")
        for shape, times in shapes.loading.most_common()
        if shape.shards == _ALL
    ]
    others = sorted({shape.collection for shape in shapes.seen if shape.shards == _UNSHARDED})
    return [
        Table("Shapes by the shards that they reach", ("collection", "by `_id`", *classes), tuple(summary)),
        Table(
            "What an ingest asks of all shards",
            ("where in the code", "collection", "by", "times a document"),
            tuple(asked),
            f"{_DROPS} small drops, {shapes.documents} documents; in large drops 64 documents share what is asked once "
            "a chunk.",
        ),
        Table(
            "All shapes",
            ("collection", "operation", "by", "sorted by", "shards", "where in the code"),
            tuple(rows),
            f"Inserts go to one shard and are left out. Not sharded: {', '.join(others)}. (!): writes one record and "
            "does not say on which shard.",
        ),
    ]


def _order_of(shape: Shape) -> int:
    return _reach(shape.shards) if shape.shards in {_ONE, _ITS, _RANGE, _ALL} else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Collect the shapes and print them; 1 where the tests failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.query_shapes", description=__doc__)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="also write the tables into this Markdown page")
    asked = parser.parse_args(arguments)
    shapes = Shapes()
    monitoring.register(shapes)
    with redirect_stdout(StringIO()) as said:
        status = pytest.main(["-q", "-p", "no:cacheprovider", "-k", "not mongomock", str(_ROOT / "tests" / "store")])
    if status:
        print(said.getvalue()[-3000:], file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        _use(Path(folder), shapes)
    return show("query_shapes", [], tables(shapes), as_markdown=asked.markdown, page=asked.write, mark=_MARK)


if __name__ == "__main__":
    sys.exit(main())
