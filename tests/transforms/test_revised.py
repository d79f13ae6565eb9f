"""What the model found, revised by the rest of the text. Mentions stand in brackets, their type behind a bar."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.document import Mention
from transforms.entities.mentions import FoundMention
from transforms.entities.revised import revised

_MARKED = re.compile(r"\[([^\]|]+)\|([A-Z]{3})\]")


def marked(language: str, text: str) -> tuple[str, list[FoundMention]]:
    """The text without its marks, and the mentions that were marked."""
    plain, found, at = "", [], 0
    for match in _MARKED.finditer(text):
        plain += text[at : match.start()]
        mention = Mention(len(plain), len(plain) + len(match[1]), match[1])
        found.append(FoundMention(mention, match[2], 0.9, language))  # type: ignore[arg-type]
        plain += match[1]
        at = match.end()
    return plain + text[at:], found


def remarked(text: str, found: list[FoundMention]) -> str:
    """The text with its mentions marked."""
    for one in reversed(found):
        start, end = one.mention.start, one.mention.end
        assert text[start:end] == one.mention.surface
        text = f"{text[:start]}[{one.mention.surface}|{one.type}]{text[end:]}"
    return text


def is_place(name: str, _language: str) -> bool:
    """The places that are known here."""
    return name.lower() in {"киров", "moskwa"}


# language ; what the model found ; what is left of it, `=` where it is that
TABLE = """
uk ; 24 листопада. [УНІАН|LOC]. У [Харкові|LOC] тихо ; 24 листопада. [УНІАН|ORG]. У [Харкові|LOC] тихо
sr ; [Београд|LOC] ([Танјуг|LOC]) ; [Београд|LOC] ([Танјуг|ORG])
ru ; премьер [Никол Пашинян|PER]. По словам [Пашиняна|LOC] ; премьер [Никол Пашинян|PER]. По словам [Пашиняна|PER]
ru ; [Никол Пашинян|PER] в [Ереване|LOC] ; =
ru ; [Сергей Киров|PER] жил в [Кирове|LOC] ; =
ru ; власти [Кирова|LOC] о [Сергее Кирове|PER] ; =
ru ; [Иван Соколков|PER] родился в [Соколкове|LOC] ; =
pl ; [Anna Moskwa|PER] o władzach [Moskwy|LOC] ; =
pl ; minister [Anny Moskwy|PER], władze [Moskwy|LOC] ; =
sr ; [Мина Ковачевић|PER] и [Мина|PER] ; =
ru ; [Александр Витебский|PER] приехал в [Витебск|LOC] ; =
ru ; [Анна Казакова|PER] живёт в [Казани|LOC] ; =
uk ; [Ольга Полтавець|PER] з [Полтави|LOC] ; =
kk ; [Қасым-Жомарт Тоқаев|PER] [Режеп Ердоғанмен|PER]. [Тоқаев Ердоғанды|PER] ; \
[Қасым-Жомарт Тоқаев|PER] [Режеп Ердоғанмен|PER]. [Тоқаев|PER] [Ердоғанды|PER]
kk ; [Қасым-Жомарт Тоқаев|PER] пен [Режеп Тайип Ердоғанмен|PER]. [Тоқаев Ердоғанды|PER] ; \
[Қасым-Жомарт Тоқаев|PER] пен [Режеп Тайип Ердоғанмен|PER]. [Тоқаев|PER] [Ердоғанды|PER]
tt ; [Рөстәм Миңнеханов|PER]. [Алсу Гарифуллина Миңнехановка|PER] рәхмәт ; \
[Рөстәм Миңнеханов|PER]. [Алсу Гарифуллина|PER] [Миңнехановка|PER] рәхмәт
tt ; [Рөстәм Миңнеханов|PER]. [Рөстәм Миңнехановка|PER] ; =
ba ; [Әлфиә Кәримова|PER]. [Хәбиров Кәримоваға|PER] рәхмәт ; [Әлфиә Кәримова|PER]. [Хәбиров|PER] [Кәримоваға|PER] рәхмәт
tt ; [Рөстәм Миңнеханов|PER]. [Сәйфетдин Миңнехановка|PER] ; =
tt ; [Рөстәм Миңнеханов|PER]. [Әнис Миңнехановка|PER] ; =
tt ; [Рөстәм Миңнеханов|PER]. [Әнис Нургали улы Миңнехановка|PER] ; =
ru ; [Рустам Минниханов|PER]. [Алсу Гарифуллина Минниханову|PER] ; =
cs ; předsedkyně [Markéta Pekarová|PER] [Adamová|PER] ; předsedkyně [Markéta Pekarová Adamová|PER]
cs ; s [Pekarovou|PER] [Adamovou|PER] ; s [Pekarovou Adamovou|PER]
cs ; [Nováková|PER], [Adamová|PER] a [Černá|PER] ; =
cs ; představila [Novákovou|PER] [Adamová|PER] ; =
ru ; [Иванова|PER] [Петрова|PER] ; =
"""


@pytest.mark.parametrize("row", TABLE.strip().replace("\\\n", "").splitlines())
def test_the_text_tells_what_the_model_cannot(row: str) -> None:
    language, before, after = (part.strip() for part in row.split(";"))
    text, found = marked(language, before)
    assert remarked(text, revised(text, found, is_place)) == (before if after == "=" else after)


_WORDS = st.sampled_from("Тоқаев Ердоғанмен Ердоғанды Режеп Adamová Pekarovou УНІАН Пашиняна Никол улы a".split())


@given(
    st.sampled_from(["kk", "tt", "cs", "ru", "uk", "und"]),
    st.lists(st.tuples(st.lists(_WORDS, min_size=1, max_size=3), st.sampled_from(["PER", "LOC", "ORG"]))),
)
def test_mentions_stay_sorted_apart_and_over_the_same_letters(
    language: str, names: list[tuple[list[str], str]]
) -> None:
    text, found = marked(language, " ".join(f"[{' '.join(words)}|{kind}]" for words, kind in names))
    after = revised(text, found, is_place)
    assert after == sorted(after, key=lambda one: one.mention.start)
    assert all(one.mention.end <= other.mention.start for one, other in pairwise(after))
    assert all(text[one.mention.start : one.mention.end] == one.mention.surface for one in after)

    def letters(mentions: list[FoundMention]) -> list[int]:
        return [at for one in mentions for at in range(one.mention.start, one.mention.end) if text[at] != " "]

    assert letters(after) == letters(found)


def test_a_long_list_of_names_does_not_take_the_square_of_its_time() -> None:
    """With everybody compared to everybody this takes minutes."""
    letters = "абвгдежзик"
    surnames = ["".join(letters[int(digit)] for digit in f"{number:05}") + "ов" for number in range(20_000)]
    text, found = marked("kk", ", ".join(f"[Олжас {name.title()}|PER]" for name in surnames))
    assert revised(text, found, is_place) == found
