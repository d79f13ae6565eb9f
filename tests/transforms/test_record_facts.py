"""Section, update and age rating from records, feeds and mail, and that it is noted where facts came from."""

import io
import json
from typing import Any

import pytest

from transforms.document import Item, Origins
from transforms.readers import read_items


def item(raw: str, name: str) -> Item:
    (found,) = read_items(io.BytesIO(raw.encode()), drop_id="d", name=name, source="fallback")
    assert isinstance(found, Item), found
    return found


def record(**fields: Any) -> Item:
    return item(json.dumps({"text": "Тэкст.", **fields}), "x.jsonl")


def test_a_record_with_all_of_it() -> None:
    found = record(
        title="T", authors=["A. B."], published="2019", updated_at=1574073000, category="Палітыка", age_rating="16+"
    )
    assert (found.section, found.updated_raw, found.age_rating) == ("Палітыка", "1574073000", 16)
    assert found.origins == Origins("record", "record", "record", "record")
    assert (found.published_origin, found.updated_origin) == ("record", "record")


@pytest.mark.parametrize(
    "fields",
    [
        {"section": {"name": "x"}, "updated": ["x"], "age_rating": "general"},
        {"category": ["a", "b"], "updated": None, "age_rating": 15},
        {"section": "x" * 61, "updated": " ", "age_rating": True},
    ],
)
def test_what_means_something_else_is_not_read_and_rejects_nothing(fields: dict[str, object]) -> None:
    found = record(**fields)
    assert (found.section, found.updated_raw, found.age_rating, found.origins) == (None, None, None, Origins())


def test_a_record_goes_before_its_page() -> None:
    page = (
        '<title>Page</title><meta property="article:section" content="Sport"><meta name="author" content="C. D.">Text'
    )
    found = item(json.dumps({"html": page, "title": "Record"}), "x.jsonl")
    assert (found.title, found.section, found.authors) == ("Record", "Sport", ("C. D.",))
    assert found.origins == Origins("record", "meta", "open-graph", None)


def test_a_feed() -> None:
    rss = "<rss><channel><item><title>T</title><description>Text</description>{}</item></channel></rss>"
    found = item(rss.format("<category>World &amp; us</category><pubDate>2019</pubDate>"), "x.rss")
    assert (found.section, found.origins.section, found.published_origin) == ("World & us", "feed", "feed")
    assert item(rss.format("<category>a</category><category>b</category>"), "x.rss").section is None


def test_an_atom_entry_is_updated_after_it_was_published() -> None:
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><summary>Text</summary>{}</entry></feed>'
    both = item(atom.format("<updated>2020</updated><published>2019</published>"), "x.atom")
    assert (both.published_raw, both.updated_raw, both.updated_origin) == ("2019", "2020", "feed")
    alone = item(atom.format("<updated>2020</updated>"), "x.atom")
    assert (alone.published_raw, alone.updated_raw) == ("2020", None)


def test_mail() -> None:
    found = item("From: A. B. <a@b.by>\nSubject: S\nDate: Mon, 18 Nov 2019 10:00:00 +0300\n\nText\n", "x.eml")
    assert found.origins == Origins("mail", "mail")
    assert found.published_origin == "mail"


def test_a_section_of_an_xml_document_is_a_part_of_its_text() -> None:
    found = item(
        "<article><title>T</title><body><section>One</section><section>Two</section></body></article>", "x.xml"
    )
    assert found.section is None
    assert "One" in found.original
    assert "Two" in found.original
