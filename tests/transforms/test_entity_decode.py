"""From scores to spans: only legal labels, none over a line; names trimmed; words that are alike agree."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.document import EntityType, Mention
from transforms.entities.agreement import agreed
from transforms.entities.decode import LABELS, Scores, begin, best_labels, inside, log_probabilities, spans
from transforms.entities.mentions import FoundMention
from transforms.entities.pieces import Word
from transforms.entities.repeated import completed
from transforms.entities.trim import closed, is_project, proper, trimmed

PER, LOC, ORG = 0, 1, 2
seeds = st.integers(0, 2**32 - 1)


def scores_of(*rows: dict[int, float]) -> Scores:
    """Log-probabilities from weights of labels, a dictionary a word."""
    weights = np.full((len(rows), LABELS), 1e-3)
    for row, given_weights in zip(weights, rows, strict=True):
        for label, weight in given_weights.items():
            row[label] = weight
    return log_probabilities(np.log(weights).astype(np.float32))


def unbroken(scores: Scores) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.zeros(len(scores), np.bool_)


def test_the_best_sequence_is_legal_even_where_single_words_would_not_be() -> None:
    # The second word alone would go on with an organisation, where a person has begun.
    scores = scores_of({begin(PER): 0.9, begin(ORG): 0.05}, {inside(ORG): 0.5, inside(PER): 0.4, 0: 0.05})
    labels = best_labels(scores, unbroken(scores))
    assert labels.tolist() == [begin(PER), inside(PER)]
    assert [span[:3] for span in spans(labels, scores)] == [(0, 2, "PER")]


def test_a_word_of_a_name_of_doubtful_type_goes_on_what_stands_before_it() -> None:
    # «Парку высокіх тэхналогій»: that the third word goes on the name is likelier than not, a place or an organisation.
    row = {inside(LOC): 0.35, inside(ORG): 0.2, 0: 0.44}
    scores = scores_of({begin(LOC): 0.7, begin(ORG): 0.2}, {inside(LOC): 0.8}, row, {0: 0.9})
    assert [span[:3] for span in spans(best_labels(scores, unbroken(scores)), scores)] == [(0, 3, "LOC")]
    broken = np.array([True, False, True, False])
    assert [span[:3] for span in spans(best_labels(scores, broken), scores)] == [(0, 2, "LOC")]
    alone = scores_of({0: 0.9}, row)
    assert best_labels(alone, unbroken(alone)).tolist() == [0, 0]


def test_a_name_that_is_found_whole_elsewhere_is_whole() -> None:
    text = "Рустам Минниханов приехал. Рустам Минниханов уехал. Рустам Миннихановский остался. Рустам Минниханов пел."
    whole = [at for at in range(len(text)) if text.startswith("Рустам Минниханов ", at)]

    def mention(start: int, surface: str, kind: EntityType = "PER", probability: float = 0.9) -> FoundMention:
        return FoundMention(Mention(start, start + len(surface), surface), kind, probability, "")

    found = [
        mention(whole[0] + 7, "Минниханов", probability=0.6),
        mention(whole[1], "Рустам Минниханов"),
        mention(text.index("Миннихановский"), "Миннихановский"),
        mention(whole[2] + 7, "Минниханов", "LOC"),
    ]
    surfaces = [(one.mention.start, one.mention.surface, one.type) for one in completed(text, found)]
    assert surfaces == [
        (whole[0], "Рустам Минниханов", "PER"),
        (whole[1], "Рустам Минниханов", "PER"),
        (text.index("Миннихановский"), "Миннихановский", "PER"),
        (whole[2] + 7, "Минниханов", "LOC"),
    ]
    doubtful = [found[0], replace(found[1], probability=0.5)]
    assert completed(text, doubtful) == doubtful


def test_a_long_list_of_names_takes_no_square_of_time() -> None:
    names = [f"Іван Прозвішча{number}" for number in range(5_000)]
    found, text = [], ""
    for part, name in ((part, name) for part in (0, 5) for name in names):
        found.append(FoundMention(Mention(len(text) + part, len(text) + len(name), name[part:]), "PER", 0.9, ""))
        text += f"{name}, "
    whole = completed(text, found)
    assert [one.mention.surface for one in whole] == names * 2
    assert [one.mention.start for one in whole] == sorted(one.mention.start for one in whole)


def test_no_name_goes_over_a_line() -> None:
    scores = scores_of({begin(LOC): 0.9}, {inside(LOC): 0.6, begin(LOC): 0.3})
    labels = best_labels(scores, np.array([True, True]))
    assert [span[:3] for span in spans(labels, scores)] == [(0, 1, "LOC"), (1, 2, "LOC")]


@given(seeds, st.integers(1, 30), st.data())
def test_labels_are_always_legal(seed: int, count: int, data: st.DataObject) -> None:
    scores = log_probabilities(np.random.default_rng(seed).normal(0, 3, (count, LABELS)).astype(np.float32))
    broken = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    labels = best_labels(scores, broken)
    for place, label in enumerate(labels.tolist()):
        if label and label % 2 == 0:
            assert place
            assert not broken[place]
            assert labels[place - 1] in {label - 1, label}
    found = spans(labels, scores)
    assert sum(span.stop - span.start for span in found) == np.count_nonzero(labels)
    assert all(0 < span.probability <= 1 for span in found)


@given(seeds, st.integers(2, 6))
def test_viterbi_finds_the_best_of_all_legal_sequences(seed: int, count: int) -> None:
    """Against a search through all sequences of three labels."""
    few = [0, begin(PER), inside(PER)]
    raw = np.full((count, LABELS), -50.0, np.float32)
    raw[:, few] = np.random.default_rng(seed).normal(0, 2, (count, 3))
    scores = log_probabilities(raw)
    best = -np.inf
    for number in range(3**count):
        labels = [few[number // 3**place % 3] for place in range(count)]
        legal = all(label != inside(PER) or (place and labels[place - 1]) for place, label in enumerate(labels))
        if legal:
            best = max(best, float(sum(scores[place, label] for place, label in enumerate(labels))))
    found = best_labels(scores, unbroken(scores))
    assert float(scores[np.arange(count), found].sum()) == pytest.approx(best, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("«Спартак", "Спартак"),
        ("Спартак»", "Спартак"),
        ("ООО «Спартак»", "ООО «Спартак»"),
        ("«Спартак»", "«Спартак»"),
        ("Мінск,", "Мінск"),
        ("— Мінск", "Мінск"),
        ("(ПВТ", "ПВТ"),
        ("Парк (ПВТ)", "Парк (ПВТ)"),
        ("Трамп-мл.", "Трамп-мл."),
        ("Geely Inc.", "Geely Inc."),
        ("„Bild“", "„Bild“"),
        ("„Bild", "Bild"),
        ('"Львів"', '"Львів"'),
        ('Львів"', "Львів"),
        ("Мінск \n", "Мінск"),
        ("»,", ""),
    ],
)
def test_loose_marks_are_no_part_of_a_name(text: str, name: str) -> None:
    start, end = trimmed(f"x {text} y", 2, 2 + len(text))
    assert f"x {text} y"[start:end] == name


@pytest.mark.parametrize(
    ("name", "after", "whole"),
    [
        ("ОЭЗ «Иннополис", "» и", "ОЭЗ «Иннополис»"),
        ('Група кампаній "Алюр', '" Андрэй', 'Група кампаній "Алюр"'),
        ("„Bild", "“ pisze", "„Bild“"),
        ("ООО «Ромашка»", "»", "ООО «Ромашка»"),
        ("Иннополис", "»", "Иннополис"),
        ("Алюр", '"', "Алюр"),
        ("Мінск", "", "Мінск"),
        ("U.S", ". Secretary", "U.S."),
        ("С.Ш.А", ".", "С.Ш.А."),
        ("Мінск", ". Потым", "Мінск"),
        ("Р.Минниханов", ". И", "Р.Минниханов"),
    ],
)
def test_a_quotation_that_a_name_opens_is_closed_in_it(name: str, after: str, whole: str) -> None:
    start, end = closed(f"x {name}{after}", 2, 2 + len(name))
    assert f"x {name}{after}"[start:end] == whole


@pytest.mark.parametrize(
    ("before", "name", "after", "whole"),
    [
        ("«", "Татнефть» компаниясе", " әйтә", "«Татнефть» компаниясе"),
        ('"', 'Татнефть" компаниясе', " әйтә", '"Татнефть" компаниясе'),
        ("„", "Bild“ Zeitung", "", "„Bild“ Zeitung"),
        ("«", "Татнефть", "» компаниясе", "Татнефть"),
        ('"', "Алюр", '"', "Алюр"),
        ("", "Татнефть» компаниясе", "", "Татнефть» компаниясе"),
    ],
)
def test_a_quotation_that_a_name_closes_is_opened_in_it(before: str, name: str, after: str, whole: str) -> None:
    start, end = closed(f"{before}{name}{after}", len(before), len(before) + len(name))
    assert f"{before}{name}{after}"[start:end] == whole


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ('завода "Амкадор"', "Амкадор"),
        ("газете «Труд»", "Труд"),
        ("ООО «Ромашка»", "ООО «Ромашка»"),
        ("«Ромашка»", "«Ромашка»"),
        ("завода «Амкадор» в Мінску", "завода «Амкадор» в Мінску"),
        ("аб'яднанне «Х»", "Х"),
        ("завод", "завод"),
    ],
)
def test_common_nouns_before_a_quoted_name_are_no_part_of_it(name: str, called: str) -> None:
    start, end = proper(f"x {name} y", 2, 2 + len(name))
    assert f"x {name} y"[start:end] == called


@given(st.text(alphabet="аБ «»„“\"'(),.\n-", max_size=12), st.integers(0, 6), st.integers(0, 6))
def test_a_trimmed_name_lies_in_the_name_and_stays(text: str, start: int, length: int) -> None:
    end = min(len(text), start + length)
    start = min(start, end)
    new = trimmed(text, start, end)
    assert start <= new[0] <= new[1] <= end
    assert trimmed(text, *new) == new


def test_a_word_is_told_what_is_seen_of_its_likes() -> None:
    text = "Амкадор, Амкадора, Амкадор, завод"
    places = [(0, 7), (9, 17), (19, 26), (28, 33)]
    words = [Word(start, end, (5,)) for start, end in places]
    sure, unsure = {begin(ORG): 0.95, 0: 0.02}, {begin(PER): 0.5, begin(ORG): 0.4}
    scores = scores_of(sure, unsure, sure, {0: 0.9})
    labels = best_labels(agreed(scores, words, text), unbroken(scores))
    assert labels.tolist() == [begin(ORG), begin(ORG), begin(ORG), 0]
    assert (agreed(scores, words, text)[3] == scores[3]).all()


def test_a_surname_stays_in_its_full_name_where_it_also_stands_alone() -> None:
    text = "Лилия Галимова Галимова Галимова"
    words = [Word(0, 5, (5,)), Word(6, 14, (5,)), Word(15, 23, (5,)), Word(24, 32, (5,))]
    alone = {begin(PER): 0.97}
    scores = scores_of({begin(PER): 0.97}, {inside(PER): 0.97}, alone, alone)
    labels = best_labels(agreed(scores, words, text), np.array([True, False, True, True]))
    assert [span[:3] for span in spans(labels, scores)] == [(0, 2, "PER"), (2, 3, "PER"), (3, 4, "PER")]


def test_small_letters_are_left_alone() -> None:
    text = "завода завод"
    words = [Word(0, 6, (5,)), Word(7, 12, (5,))]
    scores = scores_of({0: 0.9}, {begin(ORG): 0.9})
    assert (agreed(scores, words, text) == scores).all()


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ('В рамках проекта "Безопасный город" и "Безопасный двор" приобретено 11 тыс. камер.', "Безопасный двор", True),
        ("Праграма «Радзіма» падтрымае вёскі.", "Радзіма", True),
        ("«Рухани жаңғыру» бағдарламасы аясында", "Рухани жаңғыру", True),
        ('АТ "Група кампаній "Алюр" дадаў', "Алюр", False),
        ("Проект компании «Газпром» закончен.", "Газпром", False),
        ("Проект «Север» и завод «Амкодор».", "Амкодор", False),
        ("проект Газпром", "Газпром", False),
    ],
)
def test_what_is_said_to_be_a_project(text: str, name: str, expected: bool) -> None:
    start = text.index(name)
    assert is_project(text, start, start + len(name)) == expected
