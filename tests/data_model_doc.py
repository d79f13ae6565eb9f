"""The tables of docs/data-model.md, from the schemas: `python -m tests.data_model_doc` writes them anew."""

import json
import re
from pathlib import Path
from typing import Any

from store import data_model
from store.document_descriptions import DOCUMENT

DOC = Path(__file__).parent.parent / "docs" / "data-model.md"
_SECTION = re.compile(r"^## (\w+)", re.MULTILINE)
_TABLE = re.compile(r"\| field \| holds \| meaning \|\n(\|.*\n)+")


def sections() -> dict[str, str]:
    """The sections of the page, by the collection that each is about."""
    text = DOC.read_text(encoding="utf-8")
    starts = [*_SECTION.finditer(text)]
    ends = [*(each.start() for each in starts[1:]), len(text)]
    return {each[1]: text[each.start() : end] for each, end in zip(starts, ends, strict=True)}


def table(name: str) -> str:
    """The table of a collection's fields."""
    rows = ["| field | holds | meaning |", "|---|---|---|"]
    told: set[str] = set()
    for path, holds, meaning in data_model.rows(data_model.collection_named(name)):
        # What stands in another table is not repeated: entities before corrections, and a document's earlier contents.
        if path.startswith("linked.") or (name == "revisions" and path in DOCUMENT):
            continue
        shown = re.sub(r"^(means|mixes)\.[^.]+", r"\1.*", path)
        if shown not in told:
            told.add(shown)
            rows.append(f"| `{shown}` | {holds} | {meaning} |")
    return "\n".join(rows) + "\n"


def example_of(section: str) -> Any:
    """The example of a section."""
    return json.loads(section.partition("```json\n")[2].partition("```")[0])


def renew() -> None:
    """Write the tables anew, each where there is one in its section."""
    text = DOC.read_text(encoding="utf-8")
    for name, section in sections().items():
        if _TABLE.search(section):
            text = text.replace(section, _TABLE.sub(lambda _, name=name: table(name), section, count=1))  # type: ignore[misc]
    DOC.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    renew()
