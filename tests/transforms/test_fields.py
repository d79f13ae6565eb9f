"""Names of fields: the table in the documentation, and what a source can put in its place."""

import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.document import Item, Reason, Rejection
from transforms.readers import DEFAULT_FIELDS, READERS, FieldMapping, read_items

DOCUMENTATION = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
RECORD = {
    "guid": "https://www.a.by/1",
    "lead_text": "Тэкст",
    "text": "no",
    "data": {"attributes": {"heading": "Загаловак", "by": [{"name": "А. Б."}]}},
    "lang": "be",
}
FIELDS = {
    "text": ["story", "lead_text"],
    "url": ["guid"],
    "title": ["data.attributes.heading"],
    "authors": ["data.attributes.by"],
}


def read(raw: bytes, name: str, **fields: list[str]) -> list[Item | Rejection]:
    mapping = FieldMapping.of(fields)
    return list(read_items(io.BytesIO(raw), drop_id="d", name=name, source="fallback", fields=mapping))


def texts(outcomes: list[Item | Rejection]) -> list[object]:
    return [found.original if isinstance(found, Item) else found.reason for found in outcomes]


class TestMapping:
    @pytest.mark.parametrize("name", ["x.json", "x.jsonl"])
    def test_names_of_a_source(self, name: str) -> None:
        (found,) = read(json.dumps(RECORD).encode(), name, **FIELDS)
        assert isinstance(found, Item)
        assert (found.original, found.url, found.source) == ("Тэкст", "https://www.a.by/1", "a.by")
        assert (found.title, found.authors, found.declared_language) == ("Загаловак", ("А. Б.",), "be")

    def test_a_field_that_is_named_has_no_other_names(self) -> None:
        (refused,) = read(b'{"text": "a"}', "x.jsonl", text=["story"])
        assert isinstance(refused, Rejection)
        assert refused.reason is Reason.MISSING_TEXT

    def test_a_name_with_a_dot_comes_before_a_path(self) -> None:
        raw = b'{"a.b": "name", "a": {"b": "path"}}\n{"a": {"b": "path"}}\n{"a": "no object"}\n{"a": {"b": 5}}\n'
        assert texts(read(raw, "x.jsonl", text=["a.b"])) == ["name", "path", Reason.MISSING_TEXT, Reason.MISSING_TEXT]

    def test_only_text_is_never_markup(self) -> None:
        raw = json.dumps({"text": "<p>a</p>", "story": "<p>b</p>"}).encode()
        assert texts(read(raw, "x.jsonl", text=["text", "story"])) == ["<p>a</p>"]
        assert texts(read(raw, "x.jsonl", text=["story", "text"])) == ["b"]

    def test_ids_under_another_name(self) -> None:
        (found,) = read(b'{"text": "a", "meta": {"key": 17}}', "x.jsonl", id=["meta.key"])
        assert isinstance(found, Item)
        assert found.given_id == 17

    def test_tables(self) -> None:
        raw = "Lead Text,GUID,Writer,page\nТэкст,https://a.by/1,А. Б.;В. Г.,\n,https://a.by/2,,<p>page</p>\n"
        first, second = read(raw.encode(), "x.csv", text=["lead_text"], url=["guid"], authors=["writer"], html=["page"])
        assert isinstance(first, Item)
        assert (first.original, first.url, first.authors) == ("Тэкст", "https://a.by/1", ("А. Б.", "В. Г."))
        assert texts([second]) == ["page"]
        (markup,) = read(b"text,page\n<p>a</p>,\n", "x.csv", html=["page"])
        assert texts([markup]) == ["a"]

    def test_they_tell_the_format(self) -> None:
        for raw in (
            b'[{"lead": "a"}]',
            b'{"a": {"b": [{"lead": "a"}]}}',
            b"lead,link\na,https://a.by\n",
            b"<r><n><lead>a</lead></n></r>",
        ):
            assert texts(read(raw, "x", text=["lead"], items=["a.b"])) == ["a"]
            assert texts(read(raw, "x")) in ([raw.decode()], [Reason.MISSING_TEXT])

    def test_xml(self) -> None:
        raw = b"<news><n><Data><Heading>Head</Heading></Data><Story>One</Story><text>no</text></n></news>"
        (found,) = read(raw, "x.xml", text=["story"], title=["data.heading"])
        assert isinstance(found, Item)
        assert (found.original, found.title) == ("One", "Head")

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"body": ["x"]}, "no field is named 'body'; there are text, html, url, title"),
            ({"text": []}, "'text' needs a list of names"),
            ({"text": [" "]}, "'text' needs a list of names"),
            ({"text": "story"}, "'text' needs a list of names"),
        ],
    )
    def test_mistakes(self, fields: dict[str, list[str]], words: str) -> None:
        with pytest.raises(ValueError, match=re.escape(words)):
            FieldMapping.of(fields)

    @given(st.dictionaries(st.sampled_from(["text", "html", "title", "id"]), st.lists(st.text("ab. ", min_size=1))))
    def test_any_mapping_reads_any_record(self, fields: dict[str, list[str]]) -> None:
        try:
            mapping = FieldMapping.of(fields)
        except ValueError:
            assert any(not names or not all(map(str.strip, names)) for names in fields.values())
            return
        raw = b'{"a": "x", "b": {"a": {"b": "y"}}, "a.b": "z", "": "w"}'
        for name in ("x.jsonl", "x.json", "x.xml", "x.csv"):
            assert len(list(read_items(io.BytesIO(raw), drop_id="d", name=name, source="s", fields=mapping))) == 1


class TestListsInDocuments:
    @pytest.mark.parametrize(
        "raw",
        [
            b'{"data": {"n": [1, {"text": "no"}], "items": [{"text": "a"}, {"text": "b"}], "x": {}}}',
            b'{"response": {"status": "ok", "results": [{"text": "a"}, {"text": "b"}]}, "n": 2}',
            b'{"meta": {"items": [{"x": 1}]}, "items": [{"text": "a"}, {"text": "b"}]}',
            b'{\n"payload": {"data": {"articles": [\n{"text": "a"}, {"text": "b"}]}}\n}',
        ],
    )
    def test_wrappers(self, raw: bytes) -> None:
        assert texts(read(raw, "x.bin")) == ["a", "b"]

    def test_an_object_with_a_text_is_the_item(self) -> None:
        raw = b'{"text": "a", "data": {"items": [{"text": "b"}]}}'
        assert texts(read(raw, "x.json")) == ["a"]

    def test_lists_that_a_source_names(self) -> None:
        raw = b'{"hits": {"total": 2, "hits": [{"_source": {"text": "a"}}, {"_source": {"text": "b"}}]}}'
        assert texts(read(raw, "x.json", items=["hits.hits"], text=["_source.text"])) == ["a", "b"]
        assert texts(read(raw, "x.json", text=["_source.text"])) == [Reason.MISSING_TEXT]


class TestDocumentation:
    def test_the_table_of_names_is_that_of_the_code(self) -> None:
        rows = re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]*) \| ?([^|]*)\|$", DOCUMENTATION, re.MULTILINE)
        told = {field: tuple(tuple(re.findall("`([^`]+)`", cell)) for cell in cells) for field, *cells in rows}
        fields = FieldMapping.__dataclass_fields__
        assert told == {
            field: (getattr(DEFAULT_FIELDS, field).names, getattr(DEFAULT_FIELDS, field).others) for field in fields
        }

    def test_every_format_has_its_row_with_its_names(self) -> None:
        table = DOCUMENTATION.split("| format |")[1].split("\n\n")[0]
        told = set(re.findall(r"`(\.\w+)`", table))
        assert told == {suffix for reader in READERS for suffix in reader.suffixes}
        assert len(table.strip().splitlines()) - 2 == len(READERS)
