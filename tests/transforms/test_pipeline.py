"""From item to document: the invariants of the design on arbitrary items, and the odd ones."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import BELARUSIAN_SEED, RUSSIAN_SEED, an_item
from transforms import language, pipeline
from transforms.boilerplate import cut
from transforms.document import Document, Item, Reason, Rejection
from transforms.fingerprint import canonical_url, doc_id, fingerprint
from transforms.model_files import ModelError, ModelFile
from transforms.models import Models, shared_models

SENTENCES = [line for seed in (RUSSIAN_SEED, BELARUSIAN_SEED) for line in seed.read_text(encoding="utf-8").split("\n")]
texts = st.lists(
    st.sampled_from([*SENTENCES, "Hello, world.", "Татарстан Рәисе Казанда булды.", "🙂", "\u202e\u200f"])
    | st.text(max_size=30),
    max_size=12,
)
items = st.builds(
    an_item,
    texts.map("\n".join),
    title=st.none() | st.text(max_size=20),
    url=st.none() | st.sampled_from(["https://example.org/a?utm_source=x#y", "no url"]) | st.text(max_size=10),
    published_raw=st.none() | st.text(max_size=12),
)


def processed(original: str, **other: str) -> Document:
    document = pipeline.process(an_item(original, **other), shared_models())
    assert isinstance(document, Document), document
    return document


@settings(deadline=None, max_examples=50)
@given(items)
def test_invariants(item: Item) -> None:
    made = pipeline.process(item, shared_models())
    if isinstance(made, Rejection):
        assert made.reason is Reason.NOTHING_LEFT
        return
    assert cut(item.original, made.boilerplate) == made.text
    for entity in made.entities:
        for mention in entity.mentions:
            assert made.text[mention.start : mention.end] == mention.surface
            assert "\n" not in mention.surface
            assert mention.surface.strip() == mention.surface
    for before, after in zip(made.segments, made.segments[1:], strict=False):
        assert before.end <= after.start
        assert before.tag != after.tag
    assert pipeline.process(item, shared_models()) == made


def test_an_item_that_is_all_boilerplate() -> None:
    made = pipeline.process(an_item("16+\nnews_top_970_100", given_id="x"), shared_models())
    assert isinstance(made, Rejection)
    assert (made.reason, made.given_id) == (Reason.NOTHING_LEFT, "x")


def test_a_transform_that_fails_rejects_the_item(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(language, "analyse", broken)
    made = pipeline.process(an_item("Тэкст."), shared_models())
    assert isinstance(made, Rejection)
    assert made.reason is Reason.TRANSFORM_FAILED
    assert "too deep" in made.detail


def test_a_missing_model_is_no_fault_of_the_item(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transforms.models.ENTITIES", ModelFile("transforms", "entities/none.npz", ""))
    with pytest.raises(ModelError, match=r"none\.npz"):
        pipeline.process(an_item(RUSSIAN_SEED.read_text(encoding="utf-8")), Models())


def test_a_damaged_model_is_refused() -> None:
    with pytest.raises(ModelError, match="damaged"):
        ModelFile("transforms", "entities/names.npz", "0" * 64).locate()
    with pytest.raises(ModelError, match="not installed"):
        ModelFile("no_such_package", "x", "").locate()


def test_identity_is_the_url_where_there_is_one() -> None:
    first = doc_id(an_item("a", url="https://Example.org/news/1?utm_source=mail#top"))
    assert first == doc_id(an_item("b", url=" HTTPS://example.org:443/news/1"))
    assert first != doc_id(an_item("a", url="https://example.org/news/2"))
    assert first != doc_id(an_item("a", url="https://example.org/news/1", source="other"))


def test_identity_is_the_content_where_there_is_no_url() -> None:
    first = doc_id(an_item("Тэкст  у\r\nдва радкі\n"))
    assert first == doc_id(an_item("Тэкст у\n\nдва радкі", source="other", drop_id="e" * 64))
    assert first != doc_id(an_item("Тэкст у тры радкі"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.by/news?1234", "https://a.by/news?5678"),
        ("https://a.by/?ref=1", "https://a.by/?ref=2"),
        ("https://a.by/?cid=1&utm_source=x", "https://a.by/?cid=2&utm_source=x"),
        ("https://a.by/#!/news/1", "https://a.by/#!/news/2"),
        ("https://r.example/https://b.by/1", "https://r.example/https://b.by/2"),
        ("https://a.by/a b", "https://a.by/ab"),
        ("https://a.by:8080/1", "https://a.by/1"),
    ],
)
def test_addresses_that_differ_are_different_documents(one: str, other: str) -> None:
    assert doc_id(an_item("a", url=one)) != doc_id(an_item("a", url=other))


def test_titles_and_dates_that_came_with_a_text_belong_to_its_content() -> None:
    ids = {
        doc_id(an_item("Details to follow.", title=title, published_raw=published))
        for title in ("Fire in Minsk", "Flood in Brest")
        for published in ("2020-01-01", "2021-01-01")
    }
    assert len(ids) == 4


def test_what_is_no_url_stays_as_it_is() -> None:
    assert canonical_url(" not a url ") == "not a url"


def test_the_date_of_the_metadata_goes_before_the_dateline() -> None:
    text = "Тэкст навіны, які заканчваецца кропкай.\n18 лістапада 2019, Мінск\nБЕЛТА"
    published = processed(text, published_raw="2019-11-19T10:00:00+03:00").published
    assert published
    assert (published.at.isoformat(), published.origin) == ("2019-11-19T07:00:00+00:00", "metadata")
    published = processed(text, published_raw="нядаўна").published
    assert published
    assert (published.precision, published.origin) == ("day", "dateline")


def test_names_take_the_language_of_their_part_of_the_text() -> None:
    russian = "Глава республики Рустам Минниханов встретился в Казани с делегацией из Минска и показал ей новый завод."
    tatar = "Татарстан Рәисе Казанда Белоруссия делегациясе белән очрашты һәм уртак проектлар турында сөйләште."
    made = pipeline.process(an_item(f"{russian} {russian}\n{tatar}\n"), shared_models())
    assert isinstance(made, Document)
    assert {segment.tag for segment in made.segments} == {"ru", "tt"}
    languages = {entity.name: entity.language for entity in made.entities}
    assert languages.items() >= {"Рустам Минниханов": "ru", "Татарстан": "tt"}.items()
    # One city, in both languages.
    (kazan,) = [entity for entity in made.entities if entity.name == "Казань"]
    assert {mention.surface for mention in kazan.mentions} == {"Казани", "Казанда"}


def test_probabilities_do_not_make_another_content() -> None:
    made = processed("Сустрэча ў Мінску адбылася ў развіццё дамоўленасцей, дасягнутых летам.")
    surer = replace(made.language, probability=0.5, runners_up=())
    parts = tuple(replace(part, probability=0.5) for part in made.segments)
    assert fingerprint(replace(made, language=surer, segments=parts)) == made.fingerprint
    assert fingerprint(replace(made, language=replace(made.language, tag="uk"))) != made.fingerprint
