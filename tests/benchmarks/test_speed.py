"""The parts of the benchmarks of speed that compute: the corpus, percentiles, plans, imports, the plot."""

import gzip
import json
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import flat_memory, speed_corpus, speed_runs
from benchmarks.finding import indexes_of
from benchmarks.flat_memory import Sample, plot, quarters, table
from benchmarks.speed_corpus import Text, repeated
from benchmarks.speed_runs import middle, percentile
from benchmarks.start_up import packages
from benchmarks.waste import waste
from store.connection import URI_VARIABLE


def write_data(folder: Path) -> Path:
    """Development data of four pages a set and three records."""

    def put(name: str, lines: list[str]) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(path, "wt", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)

    for name in ("wcxb", "newspaper4k", "daniel"):
        for kind, body in (("html", {"html": "<p>{}</p>"}), ("plain", {"lines": ["{}"]})):
            rows = [json.dumps({"id": str(i), "site": name, **body}).replace("{}", f"{name} {i}") for i in range(4)]
            put(f"cleaning/{name}_{kind}.jsonl.gz", rows)
    put("entities/slavicner_train.jsonl.gz", [json.dumps({"id": "a", "lang": "uk", "text": "Текст."})])
    put("language/doc.tsv.gz", ["be\tx\tПершы.", 'tt\tx\t"Икенче.'])
    return folder


def test_the_corpus_has_what_is_asked_for_and_no_text_twice(tmp_path: Path) -> None:
    corpus = speed_corpus.write(write_data(tmp_path / "data"), tmp_path / "drops", 40)
    assert (corpus.html, corpus.plain, corpus.records, corpus.documents) == (12, 12, 16, 40)
    paths = speed_corpus.files_in(tmp_path / "drops")
    assert len(paths) == corpus.files == 25
    bodies = [path.read_text("utf-8") for path in paths if path.suffix != ".jsonl"]
    rows = [
        json.loads(line) for path in paths if path.suffix == ".jsonl" for line in path.read_text("utf-8").splitlines()
    ]
    texts = [*bodies, *(row["text"] for row in rows)]
    assert len(set(texts)) == 40
    assert len({row["id"] for row in rows}) == 16
    # A page is there as HTML or as stripped text, not as both.
    assert not {body[3:-4] for body in bodies if body.startswith("<p>")} & set(bodies)
    assert "tt\tx" not in "".join(texts)
    assert any(text.startswith('"Икенче.') for text in texts)


def test_without_data_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="wcxb_html"):
        speed_corpus.write(tmp_path, tmp_path / "drops", 10)
    with pytest.raises(OSError, match="no texts"):
        repeated([], 1, "{}")


@given(st.integers(1, 5), st.integers(0, 30))
def test_a_text_that_comes_again_is_another_one(texts: int, number: int) -> None:
    found = repeated([Text(f"{i}", "site", f"body {i}") for i in range(texts)], number, "<p>{}</p>")
    assert len({text.name for text in found}) == len({text.body for text in found}) == len(found) == number
    assert all(text.body.startswith("body ") for text in found)


@given(st.lists(st.floats(0, 1000), min_size=1), st.sampled_from([0.5, 0.95, 1.0]))
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values) + 1e-9


def test_spread_and_waste() -> None:
    assert middle([3.0, 1.0, 2.04]) == "2.0 (1.0–3.0)"
    assert waste(wall_s=6.0, pure_s=10.0, cores=2) == 1.2
    with pytest.raises(ValueError, match="no percentile"):
        percentile([], 0.5)


def test_the_indexes_of_a_plan_are_found_however_deep() -> None:
    plan = {
        "queryPlanner": {"winningPlan": {"stage": "OR", "inputStages": [{"indexName": "a"}, {"x": {"indexName": "b"}}]}}
    }
    assert list(indexes_of(plan)) == ["a", "b"]
    assert list(indexes_of({"winningPlan": {"stage": "COLLSCAN"}})) == []


def test_imports_are_summed_by_package() -> None:
    said = [
        "import time: self [us] | cumulative | imported package",
        "import time:       100 |        100 |     rich.table",
        "import time:        50 |        150 |   rich",
        "import time:      7000 |       7150 | prefect",
        "something else on stderr",
    ]
    assert list(packages(said)) == [("prefect", 7000, 7150), ("rich", 150, 150)]


def samples(count: int) -> list[Sample]:
    return [Sample(float(i), 100.0, 200.0 + i, 50.0) for i in range(count)]


def test_memory_is_told_by_quarters() -> None:
    assert quarters(samples(8)) == [(100, 200.5, 50), (100, 202.5, 50), (100, 204.5, 50), (100, 206.5, 50)]
    rows = dict(zip(("run", "workers", "store"), table(samples(8), 10).rows, strict=True))
    assert rows["run"][-2:] == ("100", "+0 %")
    assert rows["workers"][-2:] == ("207", "+2 %")
    with pytest.raises(ValueError, match="too short"):
        quarters(samples(3))


def test_the_plot_is_an_svg_with_a_line_for_each_part_inside_its_frame() -> None:
    root = ElementTree.fromstring(plot(samples(20)))
    lines = [each for each in root if each.tag.endswith("polyline")]
    assert len(lines) == 3
    for line in lines:
        points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
        assert len(points) == 20
        assert all(56 <= x <= 704 and 56 <= y <= 264 for x, y in points)
    # More memory is higher up.
    heights = [float(line.attrib["points"].split()[0].split(",")[1]) for line in lines]
    assert heights[1] < heights[0] < heights[2]


def test_short_articles_are_no_copies(tmp_path: Path) -> None:
    flat_memory.write(tmp_path / "drops", 1_200)
    paths = speed_corpus.files_in(tmp_path / "drops")
    rows = [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]
    assert len(paths) == 3
    assert len(rows) == len({row["text"] for row in rows}) == 1_200
    assert all(row["text"] for row in islice(rows, 10))


def test_the_embedded_store_is_found_though_it_is_nobodys_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(URI_VARIABLE, raising=False)
    with speed_runs.store(tmp_path) as uri:
        (pid,) = flat_memory.store_processes(uri)
        assert b"secantus" in Path(f"/proc/{pid}/cmdline").read_bytes()
