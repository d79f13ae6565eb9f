"""What the entity model is trained on: corpora read, labels, and variations that keep them."""

import gzip
import json
import random
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.entities.augment import Augmenter
from training.entities.corpora import Annotated, read_corpus
from training.entities.examples import Example, examples_of
from training.entities.wheel import unpacked
from transforms.entities.decode import OUTSIDE, begin, inside
from transforms.entities.pieces import SPACE, Tokeniser

PER, LOC, ORG = 0, 1, 2
LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ«».,"
TOKENISER = Tokeniser(["<s>", "<pad>", "</s>", "<unk>", SPACE, *LETTERS], [0.0] * 4 + [-1.0] * (1 + len(LETTERS)), {})


def packed(path: Path, text: str) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(text)


def named(text: Annotated) -> list[tuple[str, str]]:
    return [(text.text[start:end], kind) for start, end, kind in text.spans]


def test_of_nested_names_the_outermost_is_kept(tmp_path: Path) -> None:
    text = "Правительство Москвы и Юрий Лужков"
    entities = [
        {"start": 14, "end": 20, "type": "LocOrg"},
        {"start": 0, "end": 20, "type": "Org"},
        {"start": 23, "end": 34, "type": "Person"},
        {"start": 21, "end": 22, "type": "Project"},
    ]
    line = json.dumps({"id": "book_1", "lang": "ru", "text": text, "entities": entities})
    packed(tmp_path / "factrueval_dev.jsonl.gz", line + "\n")
    (found,) = read_corpus(tmp_path, "factrueval")
    assert named(found) == [("Правительство Москвы", "ORG"), ("Юрий Лужков", "PER")]


def test_kazakh_sentences_become_texts(tmp_path: Path) -> None:
    sentence = "« O\nАстана B-GPE\n» O\nқаласында O\nҚасым-Жомарт B-PERSON\nТоқаев I-PERSON\n2019 B-DATE\n. O\n\n"
    packed(tmp_path / "kaznerd_valid.iob2.gz", sentence * 19)
    texts = list(read_corpus(tmp_path, "kaznerd"))
    assert [len(text.spans) for text in texts] == [16, 16, 6]
    assert set(named(texts[0])) == {("Астана", "LOC"), ("Қасым-Жомарт Тоқаев", "PER")}
    assert {text.text.split("\n")[0] for text in texts} <= {
        "« Астана » қаласында Қасым-Жомарт Тоқаев 2019 .",
        "«Астана» қаласында Қасым-Жомарт Тоқаев 2019.",
    }


def test_belarusian_words_with_a_name_type_become_names(tmp_path: Path) -> None:
    rows = [
        ("Алесь", "NameType=Giv", ""),
        ("Белы", "NameType=Sur", ""),
        ("у", "_", ""),
        ("Мінску", "NameType=Geo", "SpaceAfter=No"),
        (".", "_", ""),
    ]
    lines = [
        f"{i}\t{word}\t_\t_\t_\t{features}\t0\t_\t_\t{misc or '_'}" for i, (word, features, misc) in enumerate(rows, 1)
    ]
    packed(tmp_path / "belarusian_hse_dev.conllu.gz", "# sent_id = s1\n" + "\n".join(lines) + "\n\n")
    (found,) = read_corpus(tmp_path, "belarusian-hse")
    assert (found.key, found.text) == ("s1", "Алесь Белы у Мінску. ")
    assert named(found) == [("Алесь Белы", "PER"), ("Мінску", "LOC")]


def test_what_is_held_out_depends_on_the_key_alone() -> None:
    texts = [Annotated(f"kaz-{number}", "kaznerd", "kk", "", ()) for number in range(2_000)]
    share = sum(text.is_held_out for text in texts) / len(texts)
    assert 0.08 < share < 0.12
    assert [text.key for text in texts if text.is_held_out][:3] == [
        text.key for text in texts if Annotated(text.key, "kaznerd", "kk", "other", ()).is_held_out
    ][:3]


def test_labels_are_those_of_words() -> None:
    text = Annotated("x", "slavicner", "ru", "В ООО «Ромашка» был Пётр Иванов.", ((2, 15, "ORG"), (20, 31, "PER")))
    (example,) = examples_of([text], TOKENISER)
    assert dict(zip(example.words, example.labels, strict=True)) == {
        "▁В": OUTSIDE,
        "▁ООО": begin(ORG),
        "▁«": inside(ORG),
        "▁Ромашка": inside(ORG),
        "»": inside(ORG),
        "▁был": OUTSIDE,
        "▁Пётр": begin(PER),
        "▁Иванов": inside(PER),
        ".": OUTSIDE,
    }


@given(st.integers(0, 2**32 - 1), st.sampled_from(["ru", "kk", "pl"]))
def test_variations_keep_labels_legal_and_names_of_their_type(seed: int, language: str) -> None:
    examples = [
        Example(
            language, ("▁В", "▁Казани", "▁был", "▁Пётр", "▁Иванов", "."), (0, begin(LOC), 0, begin(PER), inside(PER), 0)
        ),
        Example(language, ("▁Анна", "▁из", "▁Рязани", "!"), (begin(PER), 0, begin(LOC), 0)),
    ]
    augmenter = Augmenter(examples)
    for example in examples:
        varied = augmenter.varied(example, random.Random(seed))
        assert len(varied.words) == len(varied.labels)
        assert all(word.removeprefix(SPACE) for word in varied.words)
        kinds = [label for label in varied.labels if label % 2]
        assert kinds == [label for label in example.labels if label % 2]
        for before, label in zip((0, *varied.labels), varied.labels, strict=False):
            assert label % 2 or label == OUTSIDE or before in {label - 1, label}


def test_weights_of_four_bits() -> None:
    nibbles = bytes((high << 4) | low for low, high in zip(range(16), range(15, -1, -1), strict=True))
    block = np.frombuffer(np.float16(0.5).tobytes() + nibbles, np.uint8)
    assert unpacked(block).tolist() == [(n - 8) / 2 for n in (*range(16), *range(15, -1, -1))]
