"""docs/queries.md: its code runs, in order, on the seeds, and prints what stands below it."""

import contextlib
import io
import json
import os
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from store import entities
from store.flags import FLAGS
from tests.builders import BELARUSIAN_SEED, RUSSIAN_SEED
from tests.flows.test_load_drops import run

DOC = Path(__file__).parent.parent / "docs" / "queries.md"
TEXT = DOC.read_text(encoding="utf-8")
# A block of code, and what it prints, if anything.
BLOCK = re.compile(r"```python\n(.*?)```\n(?:\n```\n(.*?)```\n)?", re.DOTALL)


def outputs(db: Any, folder: Path) -> list[tuple[str, str]]:
    """What each block of the page is to print, and what it prints."""
    run(db, str(RUSSIAN_SEED), str(BELARUSIAN_SEED))
    entities.refresh(db)

    def ingest(items: Sequence[Mapping[str, str]], *, hour: int) -> None:
        path = folder / f"{hour}.jsonl"
        path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8")
        moment = datetime(2026, 3, 1, hour, tzinfo=UTC).timestamp()
        os.utime(path, (moment, moment))
        run(db, str(path))
        entities.refresh(db)

    known: dict[str, Any] = {"db": db, "ingest": ingest}
    found = []
    for number, (code, said) in enumerate(BLOCK.findall(TEXT), 1):
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(code, f"{DOC.name}, block {number}", "exec"), known)
        found.append((said, printed.getvalue()))
    return found


@pytest.mark.wire
def test_the_code_prints_what_the_page_says(embedded_db: Any, tmp_path: Path) -> None:
    found = outputs(embedded_db, tmp_path)
    assert len(found) > 10
    for said, printed in found:
        assert printed == said


def test_the_page_has_every_flag_and_every_page_that_it_names() -> None:
    assert [flag for flag in FLAGS if f"\n{flag}: " not in TEXT] == []
    for page in re.findall(r"\]\(([\w-]+\.md)", TEXT):
        assert (DOC.parent / page).exists(), page
