"""Texts in which nobody marked names."""

import gzip
import json
from pathlib import Path

import pytest

from training.entities.unlabelled import unlabelled_texts


def _write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def test_sentences_of_a_language_make_texts_and_pages_are_cut(tmp_path: Path) -> None:
    rows = [f"be\tlingua\tСказ {number}." for number in range(7)]
    rows += ["sr_Latn\tUDHR\tČlan 1.", "be\tUD-Belarusian-HSE\tМінск.", "hy\tlingua\tԵրևան:", "uk\tX-WMT\tКиїв."]
    _write(tmp_path / "language" / "sent.tsv.gz", rows)
    pages = [{"lang": "en", "gold": "London. " * 400}, {"lang": "ru", "gold": "Казань."}]
    _write(tmp_path / "cleaning" / "wcxb_plain.jsonl.gz", [json.dumps(page) for page in pages])
    _write(tmp_path / "cleaning" / "newspaper4k_plain.jsonl.gz", [])
    found = list(unlabelled_texts(tmp_path))
    assert [(language, text.count("\n") + 1) for language, text in found] == [
        ("be", 6),
        ("be", 1),
        ("sr", 1),
        ("en", 1),
    ]
    assert found[-1][1] == ("London. " * 400)[:1_000]


def test_missing_data_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(unlabelled_texts(tmp_path))
