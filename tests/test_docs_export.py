"""docs/export.md: its code runs, on an export of the seeds; what needs a package that is not there is skipped."""

import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from dropwire.console import Exit
from tests.builders import BELARUSIAN_SEED, RUSSIAN_SEED
from tests.dropwire.test_cli import dropwire
from tests.dropwire.test_cli import store as store  # noqa: PLC0414 - a fixture
from tests.flows.test_load_drops import run

DOC = Path(__file__).parent.parent / "docs" / "export.md"
BLOCKS = dict(re.findall(r"```python\n# (\w+)\n(.*?)```", DOC.read_text(encoding="utf-8"), re.DOTALL))
PACKAGES = ("pandas", "polars", "duckdb", "pyarrow")


@pytest.fixture
def exported(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    run(store, str(RUSSIAN_SEED), str(BELARUSIAN_SEED))
    monkeypatch.chdir(tmp_path)
    for output in ("articles.jsonl.gz", "articles.parquet"):
        assert dropwire("export", "-o", output).exit_code == Exit.DONE
    # `dropwire` is the one that is tested.
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return store


def test_every_block_is_tested() -> None:
    assert set(BLOCKS) == {*PACKAGES, "mirror", "python"}
    assert len(BLOCKS) == DOC.read_text(encoding="utf-8").count("```python")


@pytest.mark.wire
def test_the_code_runs(exported: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for name, code in BLOCKS.items():
        if name in PACKAGES:
            try:
                __import__(name)
            except ImportError:
                continue
        known: dict[str, Any] = {}
        exec(compile(code, f"{DOC.name}: {name}", "exec"), known)
        said = capsys.readouterr().out
        if name == "mirror":
            assert {each["language"] for each in known["mirror"].values()} == {"be", "ru"}
        elif name == "python":
            assert said.count("inserted") == 2
        else:
            assert said.strip(), name


def test_what_the_page_says_of_other_pages_is_there() -> None:
    for page in re.findall(r"\]\(([\w-]+\.md)", DOC.read_text(encoding="utf-8")):
        assert (DOC.parent / page).exists(), page


def test_the_page_names_every_format_and_change() -> None:
    from typing import get_args

    from dropwire.export_formats import FORMATS
    from store.queries import ChangeKind

    text = DOC.read_text(encoding="utf-8")
    assert all(f"| `{kind}` |" in text for kind in (*get_args(ChangeKind), "unmatched"))
    assert all(f"| {name} |" in text for name in set(FORMATS.values()))
