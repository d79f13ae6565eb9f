"""The examination: it finds what is wrong, says what to do, and ends whatever hangs."""

import ast
import io
import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from dropwire import doctor_machine, doctor_prefect, doctor_store, prefect_client
from dropwire.cli import app
from dropwire.doctor import Check, Examined, Finding, Result, as_json, examine, fail, holds, ok, print_examined
from dropwire.prefect_state import Deployment, Pool, PrefectState
from locations import Location
from store import ensure

ROOT = Path(__file__).parents[2]


def looked(checks: Any) -> dict[str, Finding]:
    return {each.name: each.finding for each in examine(checks)}


def looked_store(uri: str | None) -> dict[str, Finding]:
    with doctor_store.checks(uri, "there") as checks:
        return looked(checks)


@pytest.fixture
def at(embedded_db: Any, embedded_uri: str) -> str:
    """The URI of an empty database."""
    return embedded_uri.replace("/?", f"/{embedded_db.name}?")


def test_a_store_that_is_ready_passes(embedded_db: Any, at: str) -> None:
    ensure(embedded_db)
    found = looked_store(at)
    assert {name for name, finding in found.items() if finding.result is not Result.OK} == set()


def test_a_store_of_an_earlier_version_is_told_apart(embedded_db: Any, at: str) -> None:
    ensure(embedded_db)
    embedded_db.documents.drop_index("fingerprint")
    embedded_db.drop_collection("listings")
    embedded_db.command("collMod", "runs", validator={"$jsonSchema": {"bsonType": "object"}})
    found = looked_store(at)
    assert found["indexes"].result is Result.WARN
    assert "documents.fingerprint" in found["indexes"].found
    assert "listings" in found["collections"].found
    assert "runs" in found["validators"].found
    assert "init-db" in found["validators"].remedy


def test_an_index_with_other_fields_is_a_failure(embedded_db: Any, at: str) -> None:
    ensure(embedded_db)
    embedded_db.documents.drop_index("fingerprint")
    embedded_db.documents.create_index([("title", 1)], name="fingerprint")
    found = looked_store(at)["indexes"]
    assert (found.result, "documents.fingerprint" in found.found) == (Result.FAIL, True)


def test_records_of_a_later_version_are_a_failure(embedded_db: Any, at: str) -> None:
    embedded_db.runs.insert_one({"_id": "x", "schema_version": 99})
    assert looked_store(at)["records"].result is Result.FAIL


def test_a_store_that_is_down_is_said_once_and_the_rest_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_store, "STORE_WITHIN_S", 0.1)
    found = looked_store("mongodb://user:canary-9b1f@127.0.0.1:9/")
    assert found.pop("reachable").result is Result.FAIL
    assert {finding.result for finding in found.values()} == {Result.SKIPPED}


def test_what_a_user_may_do() -> None:
    all_of_it = [{"resource": {"db": "dropwire", "collection": ""}, "actions": ["find", "insert"]}]
    other = [{"resource": {"db": "other", "collection": ""}, "actions": ["find"]}]
    one = [{"resource": {"db": "dropwire", "collection": "runs"}, "actions": ["update"]}]
    assert doctor_store._allowed([*all_of_it, *other, *one], "dropwire") == {"find", "insert"}


def test_what_hangs_is_given_up() -> None:
    never = threading.Event()

    def hang() -> Finding:
        never.wait(60)
        return ok("late")

    first, second = examine([Check("a", "b", hang), Check("a", "c", lambda: ok("fine"))], within_s=0.05)
    never.set()
    assert first.finding.result is Result.FAIL
    assert second.finding == ok("fine")


def test_a_check_that_breaks_is_a_finding_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", "mongodb://u:canary-9b1f@host/")

    def broken() -> Finding:
        raise RuntimeError("cannot use canary-9b1f")

    (found,) = examine([Check("a", "b", broken)])
    assert found.finding.result is Result.FAIL
    assert "canary" not in found.finding.found


def test_mistyped_variables_are_found() -> None:
    found = doctor_machine.variables({"DROPWIRE_MONGO_URI": "x", "DROPWIRE_DATA_DIR": "y", "HOME": "z"})
    assert found.result is Result.WARN
    assert "DROPWIRE_MONGODB_URI" in found.remedy
    assert "DATA_DIR" not in found.found


def test_all_variables_that_the_code_reads_are_known() -> None:
    """By the names in the code, and by the fields of settings with our prefix."""
    read: set[str] = set()
    packages = ("dropwire", "flows", "locations", "store")
    for path in (path for package in packages for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                read.update(re.findall(r"DROPWIRE_[A-Z_]*[A-Z]\b(?!_)", node.value))
            elif isinstance(node, ast.ClassDef) and "env_prefix='DROPWIRE_'" in ast.unparse(node):
                fields = [each.target for each in node.body if isinstance(each, ast.AnnAssign)]
                read.update(f"DROPWIRE_{ast.unparse(name).upper()}" for name in fields)
    assert "DROPWIRE_DATA_DIR" in read
    assert read <= doctor_machine.VARIABLES


def test_locations(tmp_path: Path) -> None:
    assert doctor_machine.readable(Location(str(tmp_path))).result is Result.OK
    assert doctor_machine.readable(Location(str(tmp_path / "**" / "*.txt"))).result is Result.OK
    assert doctor_machine.readable(Location(str(tmp_path / "none"))).result is Result.FAIL
    assert doctor_machine.readable(Location("nonsense://x/y")).result is Result.FAIL


def test_this_machine_can_be_examined(tmp_path: Path) -> None:
    found = looked(doctor_machine.checks(tmp_path / "not" / "yet", [], "the file is broken"))
    assert found.pop("configuration").result is Result.FAIL
    assert all("the check failed" not in finding.found for finding in found.values())
    assert {finding.result for name, finding in found.items() if name.startswith("model")} == {Result.OK}


def state(**other: Any) -> PrefectState:
    deployment = {"name": "ingest-drops/drops", "paused": False, "scheduled": True, "active": True, "pool": "dropwire"}
    pool = Pool("dropwire", other.pop("pool_paused", False), other.pop("workers", 1))
    version = other.pop("version", "3.8.8")
    return PrefectState(version, (Deployment(**{**deployment, **other}),), (pool,))


def test_schedules_and_workers() -> None:
    assert doctor_prefect._schedules(state()).result is Result.OK
    assert doctor_prefect._schedules(state(paused=True)).result is Result.FAIL
    assert doctor_prefect._schedules(state(active=False)).result is Result.FAIL
    assert doctor_prefect._workers(state()).result is Result.OK
    assert doctor_prefect._workers(state(workers=0)).result is Result.FAIL
    assert doctor_prefect._workers(state(pool_paused=True)).result is Result.FAIL
    assert doctor_prefect._version(state(version="3.0.0")).result is Result.WARN


def test_a_prefect_server_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefect_client, "answers", {}.get)
    found = looked(doctor_prefect.checks())
    assert found.pop("server").result in {Result.OK, Result.FAIL}
    assert {finding.result for finding in found.values()} == {Result.SKIPPED}


def test_how_it_is_shown() -> None:
    examined = [Examined("Store", "reachable", fail("it is down", "start it")), Examined("Store", "clock", ok("fine"))]
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    print_examined(console, examined)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert shown.index("reachable") < shown.index("→ start it") < shown.index("clock")
    assert "1 failed, 0 warnings, 1 fine" in shown
    assert not holds(examined)
    assert as_json(examined)["checks"][0]["result"] == "fail"


def test_the_command_says_by_its_exit_code_whether_all_holds(
    embedded_db: Any, at: str, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure(embedded_db)
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", at)
    monkeypatch.setattr(prefect_client, "configure", dict)
    monkeypatch.setattr(doctor_prefect, "checks", tuple)
    fine = CliRunner().invoke(app, ["doctor", str(workdir), "--json"])
    assert (fine.exit_code, json.loads(fine.stdout)["holds"]) == (0, True), fine.output
    assert CliRunner().invoke(app, ["doctor", "nowhere"]).exit_code == 1
