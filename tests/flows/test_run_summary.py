"""The report of a run: its breakdown, and the tables that a person sees."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flows import breakdown, news
from flows.breakdown import MAX_SOURCES, Breakdown
from flows.durations import StopWatch
from flows.run_summary import accounting, bar, markdown, sections
from store.documents import Entry
from store.drift import Kind
from store.observations import Alarm
from tests.builders import EPOCH, a_document, a_version
from transforms.document import Reason, Rejection, Step, WriteReport

reports = st.builds(WriteReport, *[st.integers(0, 9)] * 5)
breakdowns = st.builds(
    Breakdown,
    sources=st.dictionaries(st.sampled_from("abcd"), reports),
    others=reports,
    languages=st.dictionaries(st.sampled_from(["be", "tt"]), st.integers(1, 9)),
    characters=st.integers(0, 99),
    workers=st.lists(st.sampled_from(["h:1:1", "h:2:2"]), unique=True).map(lambda names: tuple(sorted(names))),
)


def a_run(**other: Any) -> dict[str, Any]:
    sources = {"a|b<script>": WriteReport(inserted=3, quarantined=1), "site": WriteReport(revised=2)}
    detail = Breakdown(
        sources=sources,
        languages={"be": 4, "tt": 1},
        characters=9000,
        steps={"clean": 0.5, "language": 0.3},
        workers=("host+1a2b3c4d:7:1",),
    )
    known = {
        "_id": "0123abcd-0000-0000-0000-000000000000",
        "flow": "ingest-drops",
        "holder": "host+1a2b3c4d:7:1",
        "state": "completed",
        "started_at": EPOCH,
        "finished_at": EPOCH + timedelta(seconds=2),
        "versions": {"dropwire": "0.1.0", "models": {"language": "df6002854905"}},
        "drops": 4,
        "items": 10,
        "counts": {"inserted": 3, "revised": 2, "unchanged": 4, "duplicate": 0, "quarantined": 1, "failed": 0},
        "reasons": {"empty": 1},
        "seconds": {"read": 0.2, "transform": 1.0},
        "left": {"waiting": 2, "busy": 0},
        "breakdown": detail.to_record(),
    }
    return {**known, **other}


def table(run: dict[str, Any], title: str) -> list[tuple[str, ...]]:
    return next(list(section.rows) for section in sections(run) if section.title == title)


@given(breakdowns, breakdowns, breakdowns)
def test_breakdowns_add_up_in_any_order(one: Breakdown, two: Breakdown, three: Breakdown) -> None:
    assert (one + two) + three == one + (two + three)
    assert one + two == two + one


def test_many_sources_are_summed_up_and_no_item_is_lost() -> None:
    one = Breakdown({f"{number}": WriteReport(inserted=1 + number % 3) for number in range(MAX_SOURCES)})
    two = Breakdown({f"other {number}": WriteReport(unchanged=2) for number in range(500)})
    both = one + two
    assert len(both.sources) == MAX_SOURCES
    whole = sum((each.accounted for each in both.sources.values()), both.others.accounted)
    assert whole == sum(each.accounted for each in one.sources.values()) + 1000
    assert min(each.accounted for each in both.sources.values()) >= 1


def test_outcomes_are_told_by_source_and_language() -> None:
    told: list[Any] = [
        (Entry(a_document("1" * 32, source="a"), "", a_version()), "inserted"),
        (Entry(a_document("2" * 32, source="a"), "", a_version()), "unchanged"),
        (Entry(a_document("3" * 32, source="b"), "", a_version()), "revised"),
    ]
    refused = [Rejection("d", 1, Step.READ, Reason.EMPTY, "", source=None)]
    watch = StopWatch()
    watch.lap("clean")
    found = news.breakdown([], told, refused, {"d": "folder"}, watch, "h:1:1")
    assert found.sources == {
        "a": WriteReport(inserted=1, unchanged=1),
        "b": WriteReport(revised=1),
        "folder": WriteReport(quarantined=1),
    }
    assert found.languages == {"be": 2}
    assert found.steps["clean"] >= 0
    assert watch.seconds == {}


def test_the_tables_say_what_became_of_every_item() -> None:
    run = a_run()
    assert accounting(run).endswith("1 quarantined: holds")
    assert accounting(a_run(items=11)).endswith("DOES NOT HOLD")
    assert accounting(a_run(state="failed")).startswith("Until then: 10 items read = ")
    assert accounting(a_run(state="failed", items=0)) == ""
    assert accounting(a_run(state="running")) == ""
    assert table(run, "Items read, by source") == [
        ("a|b<script>", "3", "0", "0", "0", "1"),
        ("site", "0", "2", "0", "0", "0"),
        ("not read again (known drops)", "4", "", "", "", ""),
    ]
    assert table(run, "Time by stage, summed over workers")[1:3] == [
        ("transform", "1.0 s", "83%"),
        ("· clean", "0.5 s", "42%"),
    ]
    assert table(run, "Left for the next run") == [("waiting", "2")]
    assert ("items a second", "3.0") in table(run, "Speed")
    assert ("model language", "df6002854905") in table(run, "Who and what")


def test_a_run_of_an_earlier_version_can_be_shown() -> None:
    old = {name: value for name, value in a_run().items() if name not in {"breakdown", "left"}}
    assert {section.title for section in sections(old)} >= {"Outcomes", "Who and what"}
    running = a_run(state="running", finished_at=None)
    assert "Speed" not in {section.title for section in sections(running)}


def test_long_tables_are_cut_and_say_so() -> None:
    many = Breakdown({f"source {number}": WriteReport(inserted=1) for number in range(50)}).to_record()
    rows = table(a_run(items=50, breakdown=many), "Items read, by source")
    assert rows[-1] == ("all others", "30", "0", "0", "0", "0")
    assert table(a_run(reasons={f"r{number}": 1 for number in range(30)}), "Quarantined, by reason")[-1] == (
        "10 more",
        "10",
    )


def test_the_artifact_holds_no_markup_of_others_and_no_error_message() -> None:
    alarm = Alarm("a|b<script>", Kind.LENGTH, EPOCH, 5.0, 6.0, 7.0, "148 characters (usually more)")
    page = markdown(a_run(), [alarm], [alarm])
    assert "a\\|b&lt;script>" in page
    assert "<script" not in page
    assert page.count("148 characters") == 1, "what is new is not told again among what goes on"
    failed = markdown(a_run(state="failed", error="ValueError: a text of somebody"), [], [])
    assert "ValueError" in failed
    assert "somebody" not in failed


@given(st.floats(0, 1))
def test_a_bar_is_as_long_as_its_share(share: float) -> None:
    cells = len(bar(share))
    assert cells <= 20
    assert (cells > 0) == (share > 0)
    assert abs(cells - share * 20) <= 1


def test_steps_are_those_of_the_pipeline() -> None:
    assert breakdown.STEPS == ("clean", "language", "names", "facts")
