"""The direction of imports: dropwire → flows → {store, locations, transforms}; these two → transforms.document."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = {
    package: [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / package).rglob("*.py"))
    ]
    for package in ("transforms", "store", "locations", "flows", "dropwire")
}
FORBIDDEN = {
    "transforms": {"store", "locations", "flows", "dropwire", "prefect", "pymongo", "bson"},
    "store": {"locations", "flows", "dropwire", "prefect"},
    "locations": {"store", "flows", "dropwire", "prefect", "pymongo", "bson"},
    "flows": {"dropwire"},
}


def imported(path: Path) -> set[str]:
    """Every module a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(str(node.module))
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_file_imports_against_the_direction(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        bad = {name for name in imported(path) if name.split(".")[0] in FORBIDDEN[package]}
        assert not bad, f"{path} imports {bad}"


@pytest.mark.parametrize("package", ["store", "locations"])
def test_it_knows_of_transforms_the_document_only(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        ours = {name for name in imported(path) if name.split(".")[0] == "transforms"}
        assert all(name.startswith("transforms.document") for name in ours), f"{path} imports {ours}"


@pytest.mark.parametrize("package", ["transforms", "store", "locations"])
def test_a_fresh_interpreter_does_not_load_what_a_layer_must_not_know(package: str) -> None:
    code = f"""
import importlib, sys
for name in {MODULES[package]}:
    importlib.import_module(name)
loaded = {{name.split(".")[0] for name in sys.modules}}
print(sorted(loaded & {FORBIDDEN[package]}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_line_starts_without_slow_imports() -> None:
    code = """
import sys
import dropwire.cli
print(sorted({name.split(".")[0] for name in sys.modules} & {"prefect", "pymongo", "numpy", "pydantic", "lxml"}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_language_starts_without_prefect_and_the_driver() -> None:
    code = """
import sys
from dropwire.cli import app
app(["language"], standalone_mode=False)
print(sorted({name.split(".")[0] for name in sys.modules} & {"prefect", "pymongo", "onnxruntime"}))
"""
    line = "Сустрэча ў Мінску адбылася ў развіццё дамоўленасцей, дасягнутых падчас візіту.\n"
    done = subprocess.run(
        [sys.executable, "-c", code], input=line, capture_output=True, text=True, cwd=ROOT, check=True
    )
    answer, modules = done.stdout.splitlines()
    assert answer.startswith("be\t")
    assert modules == "[]"


def test_modules_fit_on_a_few_screens() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for package in MODULES
        for path in (ROOT / package).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def test_packaging_lists_every_package() -> None:
    import tomllib

    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    there = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for package in MODULES
        for path in (ROOT / package).rglob("__init__.py")
    }
    assert set(listed) == there


def test_the_lock_names_no_host_and_has_hashes_only() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "index" not in lock.replace("index_", "")
    assert all("==" in line for line in lock.splitlines() if line and not line.startswith((" ", "#")))
