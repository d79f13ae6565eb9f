"""The history of a document: what changed between two texts, and how it looks."""

import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from dropwire.difference import Change, difference
from dropwire.history import edit_of, history_as_json, print_history
from store import ensure, revisions
from store.documents import Entry, upsert
from tests.builders import UTF8, a_document, a_version, an_entity
from transforms.boilerplate import Site
from transforms.document import Document, Language, Provenance, Publication

DAY = Publication(datetime(2026, 1, 1, tzinfo=UTC), "day", "metadata")
FIRST = "Мінск прымае гасцей.\n\nУ сустрэчы ўдзельнічалі дзесяць чалавек.\n\nДата сустрэчы вядомая."
SECOND = "Мінск прымае гасцей.\n\nУ сустрэчы ўдзельнічалі дванаццаць чалавек.\n\nДата сустрэчы вядомая."
THIRD = f"{SECOND}\n\nАбзац, якога не было."


def states_of(db: Any, *documents: Document) -> list[revisions.State]:
    ensure(db)
    for minutes, document in enumerate(documents):
        upsert(db, [Entry(document, document.text, a_version(minutes, "def"[minutes]))])
    return revisions.history(db, documents[0].doc_id)


def printed(states: list[revisions.State], *, terminal: bool = False, no_color: bool = False) -> str:
    out = io.StringIO()
    console = Console(
        file=out,
        width=80 if terminal else 200,
        force_terminal=terminal,
        no_color=no_color,
        color_system="truecolor" if terminal else None,
        highlight=False,
    )
    print_history(console, states)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


@pytest.fixture
def three(mongomock_db: Any) -> list[revisions.State]:
    """A news item, edited silently, then under a new date."""
    return states_of(
        mongomock_db,
        a_document(text=FIRST, title="Сустрэча", published=DAY),
        a_document(text=SECOND, title="Сустрэча", published=DAY, entities=(an_entity("Мінск", (0, "Мінск")),)),
        a_document(text=THIRD, title="Сустрэча ў Мінску", published=None, language=Language("ru", 0.5)),
    )


def test_a_history_in_a_pipe(three: list[revisions.State]) -> None:
    shown = printed(three)
    assert shown.splitlines() == [
        "Сустрэча ў Мінску",
        f"{'0' * 32}, test: 3 states",
        "",
        "1  2026-01-01 00:00Z  drop dddddddd, item 0",
        "title      Сустрэча",
        "published  2026-01-01",
        "language   be",
        "source     test",
        "names      0 persons, 0 organisations, 0 places",
        "text       86 characters",
        "",
        "2  2026-01-01 00:01Z  drop eeeeeeee, item 0  SILENT EDIT",
        "names      - 0 persons, 0 organisations, 0 places",
        "           + 1 persons, 0 organisations, 0 places",
        "text       lines: 1 changed",
        "silent     the text changed, the date of publication did not (2026-01-01)",
        "    ⋮",
        "  ~ У сустрэчы ўдзельнічалі [-дзесяць-]{+дванаццаць+} чалавек.",
        "    ⋮",
        "",
        "3  2026-01-01 00:02Z  drop ffffffff, item 0",
        "title      - Сустрэча",
        "           + Сустрэча ў Мінску",
        "published  - 2026-01-01",
        "           + (none)",
        "language   - be",
        "           + ru",
        "names      - 1 persons, 0 organisations, 0 places",
        "           + 0 persons, 0 organisations, 0 places",
        "text       lines: 1 added",
        "    ⋮",
        "  + Абзац, якога не было.",
    ]


def test_a_terminal_has_colours_or_marks_and_no_line_is_too_long(mongomock_db: Any) -> None:
    long = " ".join(["слова"] * 60)
    states = states_of(mongomock_db, a_document(text=f"{long} тут."), a_document(text=f"{long} там."))
    coloured, plain = printed(states, terminal=True), printed(states, terminal=True, no_color=True)
    assert "[-" not in coloured
    assert "[-тут-]{+там+}." in plain
    for shown in (coloured, plain):
        assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in shown.splitlines()) <= 80


def test_a_document_without_revisions_says_so(mongomock_db: Any) -> None:
    states = states_of(mongomock_db, a_document(text=FIRST))
    assert "No revisions" in printed(states)
    (state,) = history_as_json(states)
    assert (state["edit"], state["replaced_by"]) == (None, None)


def test_a_history_for_programs(three: list[revisions.State]) -> None:
    first, second, third = history_as_json(three)
    assert [first["replaced_by"], second["replaced_by"]] == [second["version"], third["version"]]
    assert second["edit"]["silent"]
    assert not third["edit"]["silent"]
    (change,) = second["edit"]["text"]
    assert (change["kind"], change["old_line"], change["new_line"]) == ("changed", 3, 3)
    assert [part["operation"] for part in change["parts"]] == ["equal", "removed", "added", "equal"]
    assert third["document"]["text"] == THIRD


def test_what_another_pipeline_made_of_it_is_no_silent_edit() -> None:
    read_anew = Provenance("d" * 64, 0, UTF8, "2", "test", "test")
    edit = edit_of(a_document(text=FIRST, published=DAY), a_document(text=SECOND, published=DAY, provenance=read_anew))
    assert edit.other_pipeline
    assert not edit.silent


def test_only_white_space() -> None:
    edit = edit_of(a_document(text="Адзін  тэкст."), a_document(text="Адзін тэкст.\n"))
    assert (edit.text, edit.only_white_space) == ((), True)


def test_lines_that_have_little_in_common_are_replaced() -> None:
    assert [change.kind for change in difference("Зусім адно і тое.", "Нешта цалкам іншае тут.")] == [
        "removed",
        "added",
    ]


def test_a_giant_line_takes_no_time() -> None:
    giant = "слова іншае " * 100_000
    assert [change.kind for change in difference(giant, giant + "канец")] == ["removed", "added"]


texts = st.lists(st.sampled_from(["Адзін два тры.", "Адзін два пяць.", "", "Сем, восем", "«Так» — не"]), max_size=6)


@given(texts.map("\n".join), texts.map("\n".join))
def test_a_difference_is_the_whole_difference(old: str, new: str) -> None:
    """Without its removed parts a changed line is the new one; lines not named are the same, in order."""
    changes = difference(old, new)

    def rest(text: str, number: str) -> list[str]:
        named = {getattr(change, number) for change in changes}
        return [line for i, line in enumerate(text.split("\n"), 1) if line and i not in named]

    def side(change: Change, operation: str) -> str:
        return "".join(part.text for part in change.parts if part.operation in {"equal", operation})

    assert rest(old, "old_line") == rest(new, "new_line")
    for change in changes:
        for number, text, operation in ((change.old_line, old, "removed"), (change.new_line, new, "added")):
            if number is not None:
                assert side(change, operation).split() == text.split("\n")[number - 1].split()


def test_templates_that_were_learned_between_two_states_are_no_edit(mongomock_db: Any) -> None:
    menu = "Галоўная\nСпорт\n"
    states = states_of(
        mongomock_db,
        a_document(text=menu + FIRST, title="Сустрэча", published=DAY),
        a_document(text=SECOND, title="Сустрэча", published=DAY),
    )
    old, new = (state.document for state in states)
    assert len(edit_of(old, new).text) == 3
    edit = edit_of(old, new, Site(frozenset({"галоўная", "спорт"})))
    assert [change.kind for change in edit.text] == ["changed"]
    assert "Спорт" not in str(history_as_json(states, Site(frozenset({"галоўная", "спорт"})))[1]["edit"])
