"""Documents to records and back."""

from datetime import UTC, datetime
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from store import codec
from tests.builders import EPOCH, a_document, an_entity, as_pipeline_1_wrote, as_pipeline_2_wrote
from transforms.document import (
    BoilerplateSpan,
    Candidate,
    Dateline,
    Document,
    Encoding,
    Language,
    Mention,
    Origin,
    Origins,
    Provenance,
    Publication,
    Segment,
)

_text = st.text(st.characters(codec="utf-8"), max_size=20)
_maybe = st.none() | _text
_offset = st.integers(0, 10**6)
_moments = st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
_entities = st.builds(an_entity, _text.filter(str.strip), st.tuples(_offset, _text), st.tuples(_offset, _text))
_origins = st.sampled_from([None, *get_args(Origin)])
_publications = st.none() | st.builds(
    Publication,
    _moments,
    st.sampled_from(["second", "day"]),
    st.sampled_from(get_args(Origin)),
    st.sampled_from([None, "+03:00"]),
)
_documents = st.builds(
    Document,
    doc_id=_text,
    source=_text,
    url=_maybe,
    title=_maybe,
    text=_text,
    language=st.builds(
        Language, _text, st.floats(0, 1), st.lists(st.builds(Candidate, _text, st.floats(0, 1))).map(tuple)
    ),
    segments=st.lists(
        st.builds(Segment, _offset, _offset, _text, st.floats(0, 1), st.sampled_from(["text", "context"]))
    ).map(tuple),
    published=_publications,
    updated=_publications,
    section=_maybe,
    age_rating=st.none() | _offset,
    origins=st.builds(Origins, title=_origins, authors=_origins, section=_origins, age_rating=_origins),
    dateline=st.none() | st.builds(Dateline, _maybe, _maybe, day=st.none() | _offset),
    authors=st.lists(_text).map(tuple),
    entities=st.lists(_entities).map(tuple),
    boilerplate=st.lists(st.builds(BoilerplateSpan, _offset, _offset, _text)).map(tuple),
    fingerprint=_text,
    provenance=st.builds(
        Provenance, _text, _offset, st.builds(Encoding, _text, st.just("score"), _text), _text, _text, _maybe
    ),
)


@given(_documents)
def test_round_trip(document: Document) -> None:
    assert codec.from_record(codec.to_record(document)) == document


def test_languages_are_those_of_the_document_and_its_segments_with_and_without_script() -> None:
    document = a_document(
        language=Language("sr-Latn", 0.9, (Candidate("hr", 0.07), Candidate("bs", 0.02))),
        segments=(Segment(0, 2, "sr-Latn", 0.9), Segment(3, 4, "tt", 0.8, "context"), Segment(5, 6, "und", 0.7)),
    )
    record = codec.to_record(document)
    assert record["language"] == "sr-Latn"
    assert record["language_runners_up"] == [{"tag": "hr", "probability": 0.07}, {"tag": "bs", "probability": 0.02}]
    assert record["languages"] == ["sr", "sr-Latn", "tt", "und"]
    assert [segment["evidence"] for segment in record["segments"]] == ["text", "context", "text"]


def test_a_record_of_pipeline_1_is_read() -> None:
    document = a_document(segments=(Segment(0, 6, "be", 0.99),))
    assert codec.from_record(as_pipeline_1_wrote(codec.to_record(document))) == document


def test_a_record_of_pipeline_2_is_read() -> None:
    published = Publication(EPOCH, "second", "metadata")
    document = a_document(published=published, authors=("A. B.",))
    record = as_pipeline_2_wrote(codec.to_record(document))
    assert not {"origins", "section", "age_rating", "updated_at", "published_zone"} & record.keys()
    assert codec.from_record(record) == document


def test_an_entity_is_found_by_name_word_and_surface() -> None:
    entity = an_entity("Рустам Минниханов", (0, "Рустама Минниханова"), (40, "Минниханов"))
    keys = codec.search_keys(entity)
    assert {"рустам минниханов", "минниханов", "рустама минниханова"} <= set(keys)


def test_fields_have_the_names_people_query() -> None:
    record = codec.to_record(a_document(entities=(an_entity("Алтай", (0, "Тэкст")),)))
    assert record["language"] == "be"
    assert record["published_at"] is None
    mention = record["entities"][0]["mentions"][0]
    assert mention == {"start": 0, "end": 5, "surface": "Тэкст"}
    assert Mention(**mention).surface == "Тэкст"
