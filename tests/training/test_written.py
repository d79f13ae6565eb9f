"""Texts that were written for the entity model, to learn from and to judge it by."""

from pathlib import Path

import pytest

from training.entities.written import read_written
from transforms.entities import are_found_in

JUDGED = Path(__file__).parents[2] / "benchmarks" / "written_names"


@pytest.mark.parametrize("folder", [None, JUDGED], ids=["learned", "judged"])
def test_all_marks_are_read(folder: Path | None) -> None:
    texts = list(read_written(folder) if folder else read_written())
    assert len(texts) > 50
    for text in texts:
        assert are_found_in(text.language)
        assert not text.is_held_out
        assert {kind for _, _, kind in text.spans} <= {"PER", "LOC", "ORG"}
        for start, end, _ in text.spans:
            assert text.text[start:end].strip() == text.text[start:end] != ""
            assert "\n" not in text.text[start:end]


def test_what_judges_was_not_learned_from() -> None:
    learned = {line for text in read_written() for line in text.text.splitlines() if len(line) > 30}
    judged = {line for text in read_written(JUDGED) for line in text.text.splitlines() if len(line) > 30}
    assert not learned & judged


def test_marks_become_spans(tmp_path: Path) -> None:
    (tmp_path / "tt.txt").write_text(
        "[LOC Казанның] мэры [PER Илсур Метшин].\nСүз юк.\n\nИкенче [ORG УЕФА].\n", "utf-8"
    )
    first, second = read_written(tmp_path)
    assert first.text == "Казанның мэры Илсур Метшин.\nСүз юк."
    assert first.spans == ((0, 8, "LOC"), (14, 26, "PER"))
    assert (second.language, second.text[7:11]) == ("tt", "УЕФА")


@pytest.mark.parametrize("text", ["[PRE Илсур]", "[PER Илсур", "Илсур]", "[PER]"])
def test_a_mark_that_is_none_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "tt.txt").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"tt\.txt, article 0"):
        list(read_written(tmp_path))
