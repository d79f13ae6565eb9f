"""The command line as a person and as a program meet it, against the embedded store."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dropwire import prefect_client
from dropwire.cli import app
from dropwire.console import Exit
from flows.run_report import RunReport
from store import ensure
from store.documents import Entry, upsert
from tests.builders import BELARUSIAN_SEED, RUSSIAN_SEED, a_document, a_version
from tests.flows.test_load_drops import run as load
from transforms.document import Candidate, Language, Segment

SEEDS = [str(RUSSIAN_SEED), str(BELARUSIAN_SEED)]
COMMANDS = [
    "ingest",
    "preview",
    "language",
    "find",
    "entities",
    "entity",
    "merge",
    "split",
    "rename",
    "corrections",
    "show",
    "history",
    "export",
    "follow",
    "schema",
    "templates",
    "status",
    "quarantine",
    "reprocess",
    "runs",
    "erase",
    "audit",
    "doctor",
    "metrics",
    "web",
    "keys",
    "serve",
    "trigger",
    "init-db",
]


def dropwire(*arguments: str, stdin: str | bytes = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin, env={"COLUMNS": "200", "NO_COLOR": "1"})


def answer(*arguments: str, stdin: str | bytes = "") -> Any:
    """The JSON that a command answers."""
    result = dropwire(*arguments, "--json", stdin=stdin)
    assert result.exit_code == Exit.DONE, result.output
    return json.loads(result.stdout)


def lines(*arguments: str, stdin: str | bytes = "") -> list[Any]:
    """The JSON lines that a command answers."""
    result = dropwire(*arguments, "--json", stdin=stdin)
    assert result.exit_code == Exit.DONE, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def store(embedded_db: Any, embedded_uri: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A database that commands find through the environment."""
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", embedded_uri.replace("/?", f"/{embedded_db.name}?"))
    return embedded_db


@pytest.fixture
def filled(store: Any, workdir: Path) -> Any:
    """The seeds and an empty drop, loaded."""
    (workdir / "nothing.txt").write_bytes(b"")
    load(store, *SEEDS, "nothing.txt")
    return store


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_json(command: str) -> None:
    result = dropwire(command, "--help")
    assert result.exit_code == Exit.DONE
    assert "--json" in result.stdout


def test_wrong_usage_is_2() -> None:
    assert dropwire("nonsense").exit_code == Exit.USAGE
    assert dropwire("find", "--since", "yesterday").exit_code == Exit.USAGE


# preview


def test_preview_of_a_file_shows_what_is_cut_and_why() -> None:
    shown = dropwire("preview", str(RUSSIAN_SEED)).stdout
    assert "[-16+-]{age-mark}" in shown
    assert "Казань · XXXX-05-17 · Татар-информ · Арсений Маврин" in shown
    assert "Рустам Минниханов 7×" in shown


def test_preview_of_jsonl_gives_a_line_for_a_line_in_order() -> None:
    sent = [
        {"id": "a", "source": "belta", "url": "https://example.org/1", "text": "Добры тэкст навіны."},
        {"id": 2, "text": "16+"},
        {"id": "c", "html": "<html><body><h1>Загаловак</h1><p>Абзац тэксту навіны, даволі доўгі.</p></body></html>"},
        {"id": "d"},
    ]
    stdin = "\n".join([*map(json.dumps, sent), "{broken", ""])
    got = lines("preview", stdin=stdin)
    assert [line["id"] for line in got] == ["a", 2, "c", "d", None]
    assert got[0]["text"] == "Добры тэкст навіны."
    assert (got[0]["source"], got[0]["url"]) == ("belta", "https://example.org/1")
    assert "Абзац тэксту" in got[2]["text"]
    assert [line.get("rejected", {}).get("reason") for line in got] == [
        None,
        "nothing-left",
        None,
        "missing-text",
        "broken-json",
    ]


def test_preview_of_nothing_answers_nothing() -> None:
    assert lines("preview", stdin="") == []
    assert lines("preview", stdin="\n\n") == []


def test_preview_in_a_pipe_takes_any_language() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dropwire", "preview", "--json"],
        input='{"id": 1, "text": "Тэкст ў пайпе."}\n'.encode(),
        capture_output=True,
        check=True,
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"},
    )
    assert json.loads(done.stdout)["text"] == "Тэкст ў пайпе."


def test_preview_of_a_file_that_cannot_be_read(workdir: Path) -> None:
    assert dropwire("preview", "gone.txt").exit_code == Exit.NOT_FOUND
    (workdir / "empty.txt").write_bytes(b"")
    (line,) = lines("preview", "empty.txt")
    assert (line["location"], line["rejected"]["reason"]) == ("empty.txt", "empty")
    (line,) = lines("preview", ".")
    assert line["rejected"]["reason"] == "unreadable"


def test_preview_touches_no_store(workdir: Path) -> None:
    lines("preview", SEEDS[0])
    assert list(workdir.iterdir()) == []


# find, show


@pytest.mark.wire
def test_find(filled: Any) -> None:
    found = dropwire("find").stdout
    assert "Мінск" in found
    assert "XXXX-05-17" in found
    assert [document["language"] for document in answer("find")["documents"]] == ["be", "ru"]
    assert [document["language"] for document in answer("find", "--language", "be")["documents"]] == ["be"]
    assert len(answer("find", "--entity", "лилия галимова")["documents"]) == 1
    assert dropwire("find", "--whole").exit_code == Exit.USAGE
    assert len(answer("find", "--since", "2019-11-18", "--until", "2019-11-18")["documents"]) == 1
    assert answer("find", "--since", "2019-11-19")["documents"] == []
    assert "No document" in dropwire("find", "--source", "nobody").stdout


@pytest.mark.wire
@pytest.mark.parametrize("name", ["Иннополис", "ОЭЗ «Иннополис»", 'оэз "иннополис"', "Р. Минниханов", "Alibaba Group,"])
def test_find_an_entity_without_minding_quotes(filled: Any, name: str) -> None:
    assert len(answer("find", "--entity", name)["documents"]) == (0 if name.startswith("Р.") else 1)


@pytest.mark.wire
def test_the_table_fits_a_narrow_terminal(filled: Any) -> None:
    from rich.console import Console

    from dropwire.render import document_table
    from store.queries import Criteria, find_documents

    console = Console(width=80)
    with console.capture() as captured:
        console.print(document_table(find_documents(filled, Criteria()).documents, console.width))
    header, *rows = captured.get().splitlines()
    assert header.split() == ["id", "title", "source", "lang", "date", "place", "names", "cut"]
    assert any("XXXX-05-17" in row and "Казань" in row and "13%" in row for row in rows)
    assert len(rows) == 2


@pytest.mark.wire
def test_find_a_language_in_a_part(store: Any) -> None:
    ensure(store)
    text = "Выставка открылась. Күргәзмә ачылды."
    segments = (Segment(0, 19, "ru", 0.99), Segment(20, 36, "tt", 0.98, "context"))
    language = Language("ru", 0.7, (Candidate("tt", 0.3),))
    upsert(store, [Entry(a_document(text=text, language=language, segments=segments), text, a_version())])
    (row,) = dropwire("find", "--language", "tt").stdout.splitlines()[1:]
    assert "ru, tt" in row
    (found,) = answer("find", "--language", "tt")["documents"]
    assert found["language_runners_up"] == [{"tag": "tt", "probability": 0.3}]
    assert [(part["tag"], part["evidence"]) for part in found["segments"]] == [("ru", "text"), ("tt", "context")]
    assert answer("find", "--language", "tt", "--whole")["documents"] == []
    shown = dropwire("show", found["_id"]).stdout
    assert "ru (0.70), or tt (0.30)" in shown
    assert "ru  │ Выставка открылась.\ntt* ┊ Күргәзмә ачылды." in shown


@pytest.mark.wire
def test_find_in_a_store_of_an_earlier_version(store: Any) -> None:
    store.create_collection("documents")
    result = dropwire("find", "--language", "tt")
    assert result.exit_code == Exit.FAILED
    assert "dropwire init-db" in re.sub(r"\s+", " ", result.stderr)
    assert dropwire("init-db").exit_code == Exit.DONE
    assert dropwire("find", "--language", "tt").exit_code == Exit.DONE


@pytest.mark.wire
def test_find_words_says_how_it_looked(filled: Any) -> None:
    result = dropwire("find", "Амкадор", "Казахстан")
    assert "Мінск" in result.stdout
    assert "no text index" in result.stderr
    assert answer("find", "Амкадор")["word_search"] == "scan"


@pytest.mark.wire
def test_find_pages(filled: Any) -> None:
    first = answer("find", "--limit", "1")
    second = answer("find", "--limit", "1", "--after", first["next"])
    assert [page["documents"][0]["language"] for page in (first, second)] == ["be", "ru"]
    assert second["next"] is None
    assert f"--after '{first['next']}'" in dropwire("find", "--limit", "1").stdout
    assert dropwire("find", "--after", "nonsense").exit_code == Exit.USAGE


@pytest.mark.wire
def test_show(filled: Any) -> None:
    (document,) = answer("find", "--language", "ru")["documents"]
    shown = dropwire("show", document["_id"][:8])
    assert "[-news_header_top_970_100-]{ad-slot}" in shown.stdout
    assert answer("show", document["_id"])["original"] == RUSSIAN_SEED.read_text(encoding="utf-8")
    assert dropwire("show", "0000").exit_code == Exit.NOT_FOUND
    assert dropwire("show", "$where").exit_code == Exit.USAGE


@pytest.mark.wire
def test_history(store: Any) -> None:
    ensure(store)
    for minutes, text in enumerate(("Першы тэкст навіны.", "Другі тэкст навіны.")):
        upsert(store, [Entry(a_document(text=text), text, a_version(minutes))])
    shown = dropwire("history", "0000").stdout
    assert "[-Першы-]{+Другі+} тэкст навіны." in shown
    assert [state["document"]["text"] for state in answer("history", "0000")] == [
        "Першы тэкст навіны.",
        "Другі тэкст навіны.",
    ]
    assert dropwire("history", "ffff").exit_code == Exit.NOT_FOUND
    assert dropwire("history", "$where").exit_code == Exit.USAGE


@pytest.mark.wire
def test_status_and_quarantine(filled: Any) -> None:
    assert answer("status")["languages"] == {"be": 1, "ru": 1}
    assert answer("status")["quarantine"] == {"empty": 1}
    assert "2 documents" in dropwire("status").stdout
    (case,) = answer("quarantine")
    assert case["rejection"]["reason"] == "empty"
    assert case["location"].endswith("nothing.txt")
    assert "nothing.txt" in dropwire("quarantine").stdout
    assert "Nothing is in quarantine" in dropwire("quarantine", "--reason", "binary").stdout
    assert dropwire("quarantine", "--reason", "mood").exit_code == Exit.USAGE


@pytest.mark.wire
def test_init_db_is_idempotent(store: Any) -> None:
    first, second = answer("init-db"), answer("init-db")
    assert first == second
    assert {"documents", "drops", "quarantine", "runs"} <= set(first["collections"])


# Errors


@pytest.mark.parametrize("command", [["find"], ["show", "abcd"], ["history", "abcd"], ["status"], ["quarantine"]])
def test_without_a_store_reading_commands_say_so_and_make_none(workdir: Path, command: list[str]) -> None:
    result = dropwire(*command)
    assert result.exit_code == Exit.FAILED
    assert "dropwire ingest" in re.sub(r"\s+", " ", result.stderr)
    assert list(workdir.iterdir()) == []


def test_a_mistyped_location_is_found_out_at_once(workdir: Path) -> None:
    for command in ("ingest", "serve"):
        result = dropwire(command, "drpos")
        assert result.exit_code == Exit.NOT_FOUND
        assert "drpos" in result.stderr


def test_a_password_is_never_shown(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.connection.SERVER_SELECTION_TIMEOUT_MS", 50)
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", "mongodb://user:s3cr3t@127.0.0.1:1/")
    result = dropwire("status")
    assert result.exit_code == Exit.FAILED
    assert "s3cr3t" not in result.output
    assert "127.0.0.1:1" in result.stderr


# ingest: the flow itself is tested in tests/flows, here only what surrounds it


@pytest.mark.wire
def test_ingest_prints_table_accounting_place_and_next_steps(
    store: Any, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workdir / "sub").mkdir()

    def flow(locations: list[str], **_: object) -> RunReport:
        return load(store, *locations)

    monkeypatch.setattr("flows.ingest_drops.ingest_drops", flow)
    monkeypatch.setattr(prefect_client, "needs_temporary_server", lambda: True)
    monkeypatch.setattr(prefect_client, "configure", lambda *, verbose: None)
    result = dropwire("ingest", *SEEDS, ".")
    assert result.exit_code == Exit.DONE, result.output
    assert "2 items read = 2 inserted + 0 revised + 0 unchanged + 0 duplicate + 0 quarantined" in result.stdout
    assert "temporary server" in result.stderr
    for expected in ("XXXX-05-17", "Казань", "13%", "Data: mongodb://127.0.0.1", "Try next:", "not read: sub"):
        assert expected in result.stdout
    commands = [line.split() for line in result.stdout.split("Try next:")[1].strip().splitlines()]
    for command in commands:
        assert dropwire(*(word.strip("'") for word in _joined(command[1:]))).exit_code == Exit.DONE
    again = answer("ingest", *SEEDS)
    assert again["counts"]["unchanged"] == 2
    assert len(again["documents"]) == 2


def _joined(words: list[str]) -> list[str]:
    import shlex

    return shlex.split(" ".join(words))


@pytest.mark.wire
def test_a_prefect_server_that_is_down_is_named(store: Any, workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    monkeypatch.setattr(prefect_client, "configure", lambda *, verbose: None)
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        result = dropwire("ingest", *SEEDS)
    assert result.exit_code == Exit.FAILED
    assert "http://127.0.0.1:9/api does not answer" in result.stderr


@pytest.mark.wire
def test_a_run_that_fails_says_why_in_one_line(store: Any, workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flow(*_: object, **__: object) -> RunReport:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr("flows.ingest_drops.ingest_drops", flow)
    monkeypatch.setattr(prefect_client, "needs_temporary_server", lambda: False)
    monkeypatch.setattr(prefect_client, "configure", lambda *, verbose: None)
    result = dropwire("ingest", *SEEDS)
    assert result.exit_code == Exit.FAILED
    assert "the run failed: ZeroDivisionError: on purpose" in result.stderr
    assert "Traceback" not in result.output
