"""The commands of `quarantine`, against the embedded store."""

import os
import re
import uuid
from dataclasses import asdict
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from dropwire import prefect_client
from dropwire.console import Exit
from dropwire.quarantined import case_table
from flows.discover_drops import discover_drops
from flows.load_drops import load_drops
from flows.pick_up import Pickup
from flows.replay import Replay, chosen, replay
from flows.run_report import RunReport
from flows.unreadable import refuse
from flows.whereabouts import of_case
from locations import Location
from store import ensure, open_store, quarantine, runs
from store.ledger import Holder
from store.quarantine import Selection
from tests.builders import EPOCH
from tests.dropwire.test_cli import answer, dropwire
from transforms.document import Reason

DOCS = Path(__file__).parents[2] / "docs" / "operations.md"
GOOD = '{"url": "https://example.org/1", "text": "Добры тэкст навіны, у якім усё ў парадку."}'
BROKEN = '{"id": "x-7", "text": '
pytestmark = pytest.mark.wire


def run_flow(db: Any, locations: list[Any], source: str | None = None, *, reread: bool = False) -> RunReport:
    """What the flow does, without Prefect."""
    run_id = uuid.uuid4().hex
    ensure(db)
    recorded = [asdict(each) if isinstance(each, Location) else each for each in locations]
    parameters = {"locations": recorded, "source": source, "reread": reread}
    runs.start(db, run_id, flow="ingest", holder=Holder.this_process(), parameters=parameters, versions={}, now=EPOCH)
    found = discover_drops(locations)
    pickup = Pickup(db, found, reread=reread, run_id=run_id)
    report = RunReport()
    for batch in chain.from_iterable(pickup.rounds()):
        loaded = load_drops(db, batch.files, location=batch.location, source=source, reread=reread, run_id=run_id)
        report += pickup.loaded(batch, loaded)
    report += pickup.report + refuse(db, found, run_id=run_id)
    assert report.holds
    runs.fail(db, run_id, "", EPOCH)
    return report


@pytest.fixture
def store(embedded_db: Any, embedded_uri: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A database that commands find through the environment, and a flow that needs no Prefect."""
    uri = embedded_uri.replace("/?", f"/{embedded_db.name}?")
    monkeypatch.setenv("DROPWIRE_MONGODB_URI", uri)

    def flow(*, cases: list[str] | None, **asked: Any) -> Replay:
        with open_store(uri) as db:
            selected = chosen(db, cases, **asked)
            return replay(db, selected, lambda locations, reread: run_flow(db, locations, reread=reread))

    monkeypatch.setattr("flows.replay_quarantine.replay_quarantine", flow)
    monkeypatch.setattr(prefect_client, "needs_temporary_server", lambda: False)
    monkeypatch.setattr(prefect_client, "configure", lambda *, verbose: None)
    return embedded_db


@pytest.fixture
def drops(store: Any, workdir: Path) -> Path:
    """A folder with a drop of which one line is broken, and one that is no text; ingested as of one source."""
    folder = workdir / "drops"
    folder.mkdir()
    (folder / "a.jsonl").write_text(f"{GOOD}\n{BROKEN}\n", encoding="utf-8")
    (folder / "b.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    for path in folder.iterdir():
        os.utime(path, (1000, 1000))
    run_flow(store, [Location(str(folder), settle_seconds=0)], "belta")
    return folder


def case_of(reason: str) -> str:
    (case,) = answer("quarantine", "list", "--reason", reason)
    return str(case["case"])


def test_the_bare_command_lists(drops: Path) -> None:
    assert {case["rejection"]["reason"] for case in answer("quarantine")} == {"broken-json", "binary"}
    assert [case["rejection"]["reason"] for case in answer("quarantine", "--reason", "binary")] == ["binary"]
    assert {case["rejection"]["source"] for case in answer("quarantine", "--source", "belta")} == {"belta"}
    assert answer("quarantine", "--source", "(unknown)") == []
    assert "1 more: --limit 2" in dropwire("quarantine", "--limit", "1").stdout
    shown = dropwire("quarantine", "list").stdout
    assert case_of("binary") in shown
    assert "b.txt" in shown
    assert "Nothing is in quarantine" in dropwire("quarantine", "--reason", "empty").stdout
    assert "no such cases" in dropwire("quarantine", "--state", "expired").stdout
    assert dropwire("quarantine", "list", "--reason", "mood").exit_code == Exit.USAGE
    misplaced = dropwire("quarantine", "--reason", "binary", "groups")
    assert misplaced.exit_code == Exit.USAGE
    assert "quarantine groups --" in misplaced.stderr


def test_groups(drops: Path, store: Any) -> None:
    found = {(group["reason"], group["source"]): group["count"] for group in answer("quarantine", "groups")}
    assert found == {("broken-json", "belta"): 1, ("binary", "belta"): 1}
    store.quarantine.update_many({}, {"$unset": {"source": ""}})
    shown = dropwire("quarantine", "groups").stdout
    assert "(unknown)" in shown
    assert "broken-json" in shown


def test_show_tells_everything_and_finds_the_item_in_its_drop(drops: Path) -> None:
    name = case_of("broken-json")
    shown = dropwire("quarantine", "show", name).stdout
    offset = len(f"{GOOD}\n".encode())
    for expected in (
        BROKEN,
        "belta",
        "x-7",
        "(there)",
        f"from byte {offset:,}",
        f"{offset:08x}  7b 22 69 64",
        "is no JSON",
    ):
        assert expected in shown
    told = answer("quarantine", "show", name)
    assert told["beginning"]["text"] == BROKEN + "\n"
    assert (told["beginning"]["offset"], told["beginning"]["is_item"]) == (offset, True)
    assert told["places"] == {str(drops / "a.jsonl"): "there"}
    binary = answer("quarantine", "show", case_of("binary"))["beginning"]
    assert binary["hex"].startswith("89 50 4e 47")
    assert (binary["offset"], binary["is_item"]) == (0, False)
    assert dropwire("quarantine", "show", "0000:1").exit_code == Exit.NOT_FOUND
    assert dropwire("quarantine", "show", "$where").exit_code == Exit.USAGE


def test_show_of_a_drop_with_several_cases_asks_which(drops: Path, store: Any) -> None:
    (drops / "c.jsonl").write_text(f"{BROKEN}\n[]\n")
    run_flow(store, [Location(str(drops), settle_seconds=0)], "belta")
    drop = next(case for case in answer("quarantine") if "c.jsonl" in case["location"])["rejection"]["drop_id"]
    result = dropwire("quarantine", "show", drop)
    assert result.exit_code == Exit.USAGE
    assert f"{drop[:8]}:0, {drop[:8]}:1" in result.stderr


def test_the_bytes_of_a_drop_come_from_where_they_still_are(drops: Path, store: Any) -> None:
    name, raw = case_of("binary"), (drops / "b.txt").read_bytes()
    assert dropwire("quarantine", "show", name, "--bytes").stdout_bytes == raw
    (drops / "b.txt").rename(drops / "moved.txt")
    run_flow(store, [Location(str(drops), settle_seconds=0)], "belta")
    assert dropwire("quarantine", "show", name, "--bytes").stdout_bytes == raw
    assert answer("quarantine", "show", name)["places"][str(drops / "moved.txt")] == "there"
    (drops / "moved.txt").write_bytes(b"Another file.")
    gone = dropwire("quarantine", "show", name, "--bytes")
    assert gone.exit_code == Exit.NOT_FOUND
    for expected in ("moved.txt (another file now)", "b.txt (gone)"):
        assert expected in re.sub(r"\s+", " ", gone.stderr)
    assert answer("quarantine", "show", name)["beginning"] is None


def test_replay_resolves_what_can_be_read_now(drops: Path, store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (drops / "good.txt").write_text("Добры тэкст навіны, у якім усё ў парадку.")
    with monkeypatch.context() as broken:
        broken.setattr("transforms.pipeline.find_boilerplate", None)
        run_flow(store, [Location(str(drops), settle_seconds=0)], "belta")
    name = case_of("transform-failed")
    assert dropwire("quarantine", "discard", name, "--yes").exit_code == Exit.DONE
    assert answer("quarantine", "replay", name) == {"resolved": 1, "remaining": [], "nowhere": []}
    # Under the source that the run gave it, though its folder has another name.
    assert store.documents.find_one({"text": {"$regex": "^Добры"}, "url": None})["source"] == "belta"
    assert store.documents.count_documents({"url": "https://example.org/1"}) == 1


def test_replay_says_what_remains_and_what_is_nowhere(drops: Path, store: Any) -> None:
    (drops / "b.txt").unlink()
    result = dropwire("quarantine", "replay", "--all", "--json")
    assert result.exit_code == Exit.FAILED
    shown = dropwire("quarantine", "replay", "--source", "belta")
    assert shown.exit_code == Exit.FAILED
    assert "0 resolved, 1 rejected again, 1 without their drop" in shown.stdout
    assert "b.txt (gone)" in shown.stdout
    assert len(answer("quarantine")) == 2
    # The same documents as before: the replay has the source of the first run.
    assert store.documents.count_documents({}) == 1
    assert dropwire("quarantine", "replay").exit_code == Exit.USAGE
    assert dropwire("quarantine", "replay", "--reason", "empty").exit_code == Exit.DONE


def test_a_place_that_can_be_read_again_is_replayed(store: Any, workdir: Path) -> None:
    (workdir / "later.txt").symlink_to("target.txt")
    run_flow(store, [Location(str(workdir), settle_seconds=0)])
    assert dropwire("quarantine", "replay", "--all").exit_code == Exit.FAILED
    (workdir / "target.txt").write_text("Вярнуўся: тэкст навіны, даволі доўгі.")
    assert answer("quarantine", "replay", "--all")["resolved"] == 1
    assert store.documents.count_documents({}) == 1


def test_a_replay_reads_as_the_run_did_that_rejected_the_case(store: Any, workdir: Path) -> None:
    bare = '{"story": "Тэкст без адраса, даволі доўгі."}'
    (workdir / "tatar-inform.jsonl").write_text(f"{GOOD.replace('text', 'story')}\n{bare}\n{BROKEN}\n")
    fields = {"text": ["story"]}
    asked = Location(str(workdir), settle_seconds=0, source_pattern="{source}.jsonl", fields=fields)
    run_flow(store, [asked])
    (case,) = quarantine.open_cases(store)
    holding = of_case(store, case).holding
    assert holding
    assert (holding.location.source, holding.location.fields) == ("tatar-inform", fields)
    assert dropwire("quarantine", "replay", "--all").exit_code == Exit.FAILED
    assert {record["source"] for record in store.documents.find()} == {"example.org", "tatar-inform"}
    assert store.documents.count_documents({}) == 2


def test_discard_restore_and_expiry(drops: Path, store: Any) -> None:
    name = case_of("binary")
    asked = dropwire("quarantine", "discard", name)
    assert asked.exit_code == Exit.USAGE
    assert "1 cases: say so with --yes" in asked.stderr
    assert answer("quarantine", "discard", name, "--yes", "--note", "a logo")["discarded"] == 1
    assert [case["case"] for case in answer("quarantine", "--state", "discarded")] == [name]
    assert "a logo" in dropwire("quarantine", "show", name).stdout
    assert answer("quarantine", "restore", name) == {"restored": 1}
    assert answer("quarantine", "discard", "--reason", "binary", "--yes", "--keep", "0")["discarded"] == 1
    # Swept by whichever command of the group comes next.
    assert [case["state"] for case in answer("quarantine", "--state", "all") if case["case"] == name] == ["expired"]
    assert answer("quarantine", "restore", "--reason", "binary") == {"restored": 0}
    for command in ("discard", "restore"):
        assert dropwire("quarantine", command).exit_code == Exit.USAGE
    assert answer("audit", "--deep")["holds"]


def test_a_store_of_an_earlier_version_can_discard(store: Any, drops: Path) -> None:
    validator = {"$jsonSchema": {"properties": {"state": {"enum": ["open", "resolved"]}}}}
    store.command("collMod", "quarantine", validator=validator)
    assert answer("quarantine", "discard", "--source", "belta", "--yes")["discarded"] == 2


def test_the_reasons_of_the_code_are_those_of_the_documentation() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*) \| (.*) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    documented = [row for row in rows if row[0] in set(Reason)]
    assert documented == [(reason.value, reason.happened, reason.to_do) for reason in Reason]
    assert all(reason.happened and reason.to_do for reason in Reason)
    told = answer("quarantine", "reasons")
    assert [(row["reason"], row["happened"], row["to_do"]) for row in told] == documented
    assert "what to do" in dropwire("quarantine", "reasons").stdout


def test_every_command_of_the_group_has_help_and_json() -> None:
    for command in ("list", "groups", "show", "replay", "discard", "restore", "reasons"):
        result = dropwire("quarantine", command, "--help")
        assert result.exit_code == Exit.DONE
        assert "--json" in result.stdout


def test_a_tombstone_is_shown_without_words(store: Any, drops: Path) -> None:
    quarantine.discard(store, Selection(), by="me", note="", now=EPOCH, keep=timedelta(0))
    quarantine.sweep(store, EPOCH)
    cases = quarantine.find_cases(store, Selection(states=("expired",)))
    assert case_table(cases).row_count == 2
    shown = dropwire("quarantine", "show", cases[0].name).stdout
    assert "expired" in shown
    assert "by me" in shown


def test_what_a_sender_wrote_does_not_steer_the_terminal(store: Any, workdir: Path) -> None:
    (workdir / "a.jsonl").write_text('{"id": "\u202e\\u001b[31m", "text": 5}\n\x1b[2Jfoo\n')
    run_flow(store, [Location(str(workdir), settle_seconds=0)])
    names = [case["case"] for case in answer("quarantine")]
    assert len(names) == 2
    shown = "".join(
        dropwire("quarantine", *command).stdout for command in (["list"], *(["show", name] for name in names))
    )
    assert not {"\x1b", "\u202e"} & set(shown)
    assert "\\x1b[2Jfoo" in shown
