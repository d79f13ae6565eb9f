"""The interface in its languages: the same keys and placeholders in each, and grammar where numbers are."""

from datetime import UTC, date, datetime
from string import Formatter
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from dropwire.web.language import DEFAULT, HABITS, LANGUAGES, Catalogue, catalogue, chosen, html_language
from store.drift import Kind
from store.flags import FLAGS
from transforms.boilerplate import RULES
from transforms.document import Dateline, Encoding, EntityType, Origin
from transforms.models import shared_models

OTHERS = [tag for tag in LANGUAGES if tag != DEFAULT]


def placeholders(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name is not None}


def forms_of(messages: Catalogue, key: str) -> dict[str, str]:
    message = messages.messages[key]
    return {"": message} if isinstance(message, str) else dict(message)


@pytest.mark.parametrize("tag", OTHERS)
def test_every_language_says_everything(tag: str) -> None:
    reference, other = catalogue(DEFAULT), catalogue(tag)
    assert set(other.messages) == set(reference.messages)
    for key in reference.messages:
        ours, theirs = forms_of(reference, key), forms_of(other, key)
        assert ("" in ours) == ("" in theirs), key
        assert all(text.strip() for text in theirs.values()), key
        known = set.union(*map(placeholders, ours.values()))
        assert all(placeholders(text) == known for text in theirs.values()), key


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_message_with_a_number_has_all_plural_forms_of_its_language(tag: str) -> None:
    t = catalogue(tag)
    counted = [key for key in t.messages if "" not in forms_of(t, key)]
    assert counted
    for key in counted:
        assert set(forms_of(t, key)) == set(HABITS[tag].forms), key


@pytest.mark.parametrize(
    ("tag", "number", "said"),
    [
        ("en", 1, "1 document"),
        ("en", 0, "0 documents"),
        ("en", 1234, "1,234 documents"),
        ("ru", 1, "1 документ"),
        ("ru", 3, "3 документа"),
        ("ru", 11, "11 документов"),
        ("ru", 21, "21 документ"),
        ("ru", 112, "112 документов"),
        ("ru", 12_345, "12\u202f345 документов"),
        ("be", 2, "2 дакументы"),
        ("be", 5, "5 дакументаў"),
        ("be", 101, "101 дакумент"),
        ("be", 1114, "1114 дакументаў"),
    ],
)
def test_plurals(tag: str, number: int, said: str) -> None:
    assert catalogue(tag)("search.documents", n=number) == said


@given(st.sampled_from(sorted(LANGUAGES)), st.integers(0, 10**12))
def test_a_number_keeps_its_digits_and_has_a_plural(tag: str, number: int) -> None:
    assert "".join(filter(str.isdigit, catalogue(tag).number(number))) == str(number)
    assert HABITS[tag].plural(number) in HABITS[tag].forms


@pytest.mark.parametrize("tag", LANGUAGES)
def test_what_the_program_knows_has_a_name(tag: str) -> None:
    t = catalogue(tag)
    groups = {
        "languages": [each.partition("-")[0] for each in [*shared_models().language.classes, "und", "zxx"]],
        "reasons": [rule.reason for rule in RULES],
        "reasons_mean": [rule.reason for rule in RULES],
        "origins": get_args(Origin),
        "encoding": get_args(get_args_of(Encoding, "evidence")),
        "flags": FLAGS,
        "types": get_args(EntityType),
        "drift": [kind.value for kind in Kind],
        "run_states": ["running", "completed", "failed"],
    }
    for group, codes in groups.items():
        for code in codes:
            assert f"{group}.{code}" in t.messages
            assert t.named(group, code) == t.messages[f"{group}.{code}"]
    assert t.named("reasons", "of-tomorrow") == "of-tomorrow"


def get_args_of(kind: type, field: str) -> object:
    return kind.__annotations__[field]


def test_markup_stays_and_all_else_is_escaped() -> None:
    t = Catalogue("en", {"a.b": "<i> {name} & {link}"})
    assert t("a.b", name="<b>", link=Markup("<a>x</a>")) == "&lt;i&gt; &lt;b&gt; &amp; <a>x</a>"
    assert not isinstance(t("a.b", name="<b>", link="x"), Markup)


def test_a_key_that_is_not_there_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        catalogue("be")("search.nothing-of-the-kind")


def test_dates_as_far_as_they_are_known() -> None:
    t = catalogue("be")
    assert t.day(date(2019, 11, 18)) == "18 лістапада 2019"
    assert t.month("2019-11") == "лістапад 2019"
    assert t.moment(datetime(2019, 11, 18, 9, 5, tzinfo=UTC)) == "18 лістапада 2019, 09:05 UTC"
    assert t.dateline_date(Dateline(date="XXXX-05-17", month=5, day=17)) == "17 мая, год не пазначаны"
    assert t.dateline_date(Dateline(date="2019-11-18", year=2019, month=11, day=18)) == "18 лістапада 2019"
    assert not t.dateline_date(Dateline(place="Мінск"))


def test_languages_have_names_in_any_script() -> None:
    assert catalogue("ru").language_name("sr-Latn") == "сербский (латиница)"
    assert catalogue("en").language_name("xx-Zzzz") == "xx (Zzzz)"
    assert html_language("und") == ""
    assert html_language("tt") == "tt"


@pytest.mark.parametrize(
    ("wanted", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "be-BY,be;q=0.9,ru;q=0.8", "be"),
        (None, "pl,ru;q=0.5,be;q=0.7", "be"),
        (None, "be;q=0,ru;q=0.1", "ru"),
        ("ru", "be", "ru"),
        ("xx", "be", "be"),
        (None, ";;;,q=,*;q=1", "en"),
    ],
)
def test_which_language_a_visitor_gets(wanted: str | None, accepted: str, language: str) -> None:
    assert chosen(wanted, accepted) == language


@given(st.text(max_size=60))
def test_no_header_breaks_the_choice(header: str) -> None:
    assert chosen(None, header) in LANGUAGES
