"""Bytes to text: every kind of evidence, every candidate encoding, and what must be refused."""

import codecs
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from transforms.decode import (
    CANDIDATES,
    Decoded,
    DecodeError,
    binary_kind,
    decode,
    decode_head,
    is_blank,
    normalise_newlines,
)
from transforms.document import Reason

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.txt"))

UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")

# One short sentence each, as it stands in a news item.
SENTENCES = {
    "be": "Сустрэча ў Мінску адбылася ў развіццё дамоўленасцей.",
    "bg": "Президентът ще посети Пловдив през следващата седмица.",
    "kk": "Алматыда халықаралық кітап көрмесі өз жұмысын бастады.",
    "ru": "Рустам Минниханов находится в Китае с рабочей поездкой.",
    "sr": "Председник је јуче посетио Ниш и разговарао са грађанима.",
    "uk": "Президент України зустрівся з освітянами у Львові.",
    "cs": "Prezident včera přijel do Brna a sešel se s učiteli škol.",
    "de": "Der Präsident traf gestern in Köln die Bürgermeister für Gespräche.",
    "es": "El presidente visitó ayer Málaga y habló con los niños.",
    "fr": "Le président a été reçu hier à Orléans par les élèves.",
    "hr": "Predsjednik je jučer posjetio Šibenik i razgovarao s građanima.",
    "pl": "Prezydent przyjechał wczoraj do Łodzi i rozmawiał z uczniami.",
    "sk": "Prezident včera navštívil Žilinu a stretol sa so študentmi.",
    "sl": "Predsednik je včeraj obiskal Celje in se srečal s študenti.",
}
CYRILLIC = ("cp1251", "koi8-r", "koi8-u", "cp866", "iso8859-5", "mac-cyrillic")


def holds(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


class TestEvidence:
    def test_ascii_and_utf8(self) -> None:
        assert decode(b"Minsk").encoding.evidence == "utf-8"
        assert decode(b"Minsk").encoding.detail == "pure ASCII"
        assert decode("Мінск".encode()).text == "Мінск"

    @pytest.mark.parametrize(
        ("mark", "name"),
        [
            (codecs.BOM_UTF8, "utf-8"),
            (codecs.BOM_UTF16_LE, "utf-16-le"),
            (codecs.BOM_UTF16_BE, "utf-16-be"),
            (codecs.BOM_UTF32_LE, "utf-32-le"),
            (codecs.BOM_UTF32_BE, "utf-32-be"),
        ],
    )
    def test_byte_order_mark_decides_and_is_dropped(self, mark: bytes, name: str) -> None:
        decoded = decode(mark + "Мінск".encode(name))
        assert decoded.text == "Мінск"
        assert (decoded.encoding.name, decoded.encoding.evidence) == (name, "bom")

    @pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
    @pytest.mark.parametrize("text", ["Да", "Hi", "«Мінск» — сталіца", "Łódź, Žilina", "№ 5\r\n"])
    def test_utf16_without_mark(self, name: str, text: str) -> None:
        decoded = decode(text.encode(name))
        assert decoded.text == normalise_newlines(text)
        assert (decoded.encoding.name, decoded.encoding.evidence) == (name, "utf-16-pattern")

    def test_score_names_the_best_candidates(self) -> None:
        encoding = decode(SENTENCES["ru"].encode("koi8-r")).encoding
        assert encoding.evidence == "score"
        names = [candidate.split()[0] for candidate in encoding.detail.split(", ")]
        assert names[0] == "koi8-r"
        assert len(names) == 3

    def test_ties_go_to_the_commoner_encoding(self) -> None:
        # The same letters in KOI8-R and KOI8-U; in CP1251 and KZ-1048.
        assert decode(SENTENCES["ru"].encode("koi8-u")).encoding.name == "koi8-r"
        assert decode(SENTENCES["ru"].encode("kz1048")).encoding.name == "cp1251"

    def test_line_ends_become_lf(self) -> None:
        assert decode(b"a\r\nb\rc\nd\r\n\r\n").text == "a\nb\nc\nd\n\n"

    def test_everything_else_stays(self) -> None:
        text = "\ttab\x0c page\xa0no-break\xadsoft\u200b  two spaces \n"
        assert decode(text.encode()).text == text


class TestScoring:
    @pytest.mark.parametrize(
        ("language", "encoding"),
        [
            (language, encoding)
            for language, text in SENTENCES.items()
            for encoding in (*UNICODE, *CANDIDATES)
            if holds(encoding, text)
        ],
    )
    def test_a_short_sentence_in_every_encoding_that_holds_it(self, language: str, encoding: str) -> None:
        text = SENTENCES[language]
        assert decode(text.encode(encoding)).text == text

    @pytest.mark.parametrize(
        ("seed", "encoding"),
        [
            pytest.param(seed, encoding, id=f"{seed.stem}-{encoding}")
            for seed in SEEDS
            for encoding in (*UNICODE, *CANDIDATES)
            if holds(encoding, seed.read_bytes().decode("utf-8"))
        ],
    )
    def test_the_seeds_in_every_encoding_that_holds_them(self, seed: Path, encoding: str) -> None:
        text = seed.read_bytes().decode("utf-8")
        assert decode(text.encode(encoding)).text == normalise_newlines(text)

    @pytest.mark.parametrize("encoding", CYRILLIC)
    def test_a_headline_in_capitals(self, encoding: str) -> None:
        text = "ПРЕЗИДЕНТ ВСТРЕТИЛСЯ С ГРАЖДАНАМИ В КАЗАНИ"
        assert decode(text.encode(encoding)).text == text

    @pytest.mark.parametrize("encoding", CYRILLIC)
    def test_a_foreign_name_in_the_sentence(self, encoding: str) -> None:
        text = "Компания Alibaba Group разместит производство в Татарстане."
        assert decode(text.encode(encoding)).text == text

    def test_english_with_a_few_foreign_letters(self) -> None:
        for text in ("The café on the corner is closed.", "“Don’t go,” she said — twice."):
            assert decode(text.encode("cp1252")).text == text

    @given(st.data())
    @settings(max_examples=150, deadline=None)
    def test_round_trip_of_words_in_any_encoding(self, data: st.DataObject) -> None:
        """Text made of the words of one language comes back from every encoding that holds it."""
        language = data.draw(st.sampled_from(["be", "bg", "ru", "uk"]))
        words = SENTENCES[language].rstrip(".").split()
        drawn = data.draw(st.lists(st.sampled_from(words), min_size=8, max_size=30))
        text = " ".join(drawn).capitalize() + "."
        encoding = data.draw(st.sampled_from([name for name in (*UNICODE, *CYRILLIC) if holds(name, text)]))
        assert decode(text.encode(encoding)).text == text

    def test_a_long_text_is_decoded_whole_from_a_sample(self) -> None:
        text = "Plain ASCII, line after line.\n" * 20_000 + SENTENCES["uk"] + "\n" + SENTENCES["uk"] * 5_000
        assert decode(text.encode("cp1251")).text == text


class TestHtmlDeclaration:
    PAGE = '<html><head><meta charset="{}"></head><body><p>{}</p></body></html>'

    def test_the_declaration_is_believed(self) -> None:
        decoded = decode(self.PAGE.format("windows-1251", SENTENCES["be"]).encode("cp1251"), html=True)
        assert (decoded.encoding.name, decoded.encoding.evidence) == ("cp1251", "html-meta")
        assert SENTENCES["be"] in decoded.text

    @pytest.mark.parametrize(
        "declaration",
        [
            '<meta charset="koi8-r">',
            "<META CHARSET=KOI8-R>",
            '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r" />',
            '<?xml version="1.0" encoding="koi8-r"?>',
            '<!-- <meta charset="utf-8"> --><meta charset="koi8-r">',
        ],
    )
    def test_ways_to_declare(self, declaration: str) -> None:
        raw = f"{declaration}<p>{SENTENCES['ru']}".encode("koi8-r")
        assert decode(raw, html=True).encoding.evidence == "html-meta"
        assert decode(raw).encoding.evidence == "score"

    def test_an_encoding_that_is_no_candidate(self) -> None:
        page = self.PAGE.format("gb2312", "这是一个测试文本，用于检查编码检测。今天北京天气晴朗。")
        decoded = decode(page.encode("gb18030"), html=True)
        assert decoded.text == page
        assert decoded.encoding.name == "gb18030"

    @pytest.mark.parametrize("label", ["koi8-r", "iso-8859-1", "windows-1252", "utf-8", "x-unknown", "idna"])
    def test_a_lie_is_not_believed(self, label: str) -> None:
        page = self.PAGE.format(label, SENTENCES["be"])
        decoded = decode(page.encode("cp1251"), html=True)
        assert decoded.text == page
        assert decoded.encoding.evidence == "score"

    def test_letters_in_attributes_only(self) -> None:
        text = '<img alt="Мінск, сталіца Беларусі"><p>Minsk'
        assert decode(text.encode("cp1251"), html=True).text == text

    def test_valid_utf8_goes_before_the_declaration(self) -> None:
        decoded = decode(self.PAGE.format("windows-1251", SENTENCES["be"]).encode(), html=True)
        assert decoded.encoding.name == "utf-8"


class TestRefusals:
    def refusal(self, raw: bytes) -> DecodeError:
        with pytest.raises(DecodeError) as caught:
            decode(raw)
        return caught.value

    @pytest.mark.parametrize("raw", [b"", b" \r\n\t", codecs.BOM_UTF8, "\u200b\xa0\n".encode(), b"\n\x1a", b"\x1c"])
    def test_empty(self, raw: bytes) -> None:
        assert self.refusal(raw).reason is Reason.EMPTY

    @pytest.mark.parametrize(
        ("raw", "kind"),
        [
            (b"\x89PNG\r\n\x1a\n....", "PNG"),
            (b"\xff\xd8\xff\xe0 JFIF", "JPEG"),
            (b"%PDF-1.7\n1 0 obj", "PDF"),
            (b"PK\x03\x04rest", "ZIP"),
            (b"\x7fELF\x02\x01", "ELF"),
            (b"\x1f\x8b\x08rest", "gzip"),
            (b"{\\rtf1\\ansi text}", "RTF"),
            (b"text with \0 a NUL", "NUL"),
            (bytes(range(1, 32)) * 10, "control"),
        ],
    )
    def test_binary(self, raw: bytes, kind: str) -> None:
        refusal = self.refusal(raw)
        assert refusal.reason is Reason.BINARY
        assert kind in refusal.detail

    def test_a_stray_control_character_is_no_binary(self) -> None:
        assert binary_kind(b"An article with \x1b one escape.") is None

    def test_numbers_in_every_second_byte_are_no_utf16(self) -> None:
        assert self.refusal(bytes(n for value in range(1, 30) for n in (value, 0))).reason is Reason.BINARY

    def test_broken_utf8_names_the_byte(self) -> None:
        raw = bytearray("Сустрэча ў Мінску адбылася".encode())
        raw[16:17] = b"\xff"
        refusal = self.refusal(bytes(raw))
        assert refusal.reason is Reason.UNDECODABLE
        assert "byte 15" in refusal.detail or "byte 16" in refusal.detail

    @pytest.mark.parametrize("text", [SENTENCES["be"] + "ў", "All ASCII and then “"])
    def test_utf8_cut_off_in_a_character(self, text: str) -> None:
        refusal = self.refusal(text.encode()[:-1])
        assert refusal.reason is Reason.UNDECODABLE
        assert "cut off" in refusal.detail

    def test_utf8_and_another_encoding_in_one_file(self) -> None:
        raw = SENTENCES["ru"].encode() + SENTENCES["ru"].encode("cp1251") * 2
        assert self.refusal(raw).reason is Reason.UNDECODABLE

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    def test_unicode_of_odd_length(self, encoding: str) -> None:
        assert self.refusal(SENTENCES["be"].encode(encoding)[:-1]).reason is Reason.UNDECODABLE

    @pytest.mark.parametrize("encoding", ["gb18030", "euc-jp", "cp932"])
    def test_no_candidate_gives_a_plausible_text(self, encoding: str) -> None:
        raw = ("今日の天気は晴れです。ニュースをお届けします。" * 3).encode(encoding)
        assert self.refusal(raw).reason is Reason.UNDECODABLE


@given(st.binary(max_size=300), st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_a_text_or_a_reason(raw: bytes, html: bool) -> None:
    decoded = decoded_or_reason(raw, html)
    assert decoded == decoded_or_reason(raw, html)
    if isinstance(decoded, Decoded):
        decoded.text.encode("utf-8")
        assert not is_blank(decoded.text)
        assert "\r" not in decoded.text
    else:
        assert decoded in (Reason.EMPTY, Reason.BINARY, Reason.UNDECODABLE)


def decoded_or_reason(raw: bytes, html: bool) -> Decoded | Reason:
    try:
        return decode(raw, html=html)
    except DecodeError as error:
        return error.reason


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200))
@example("0Õ¯")
@settings(max_examples=200, deadline=None)
def test_any_text_in_utf8_comes_back(text: str) -> None:
    assume(not is_blank(text))
    decoded = decode(text.encode("utf-8"))
    # Characters drawn at random may look like misread ones («Õ¯»); that they were changed is then said.
    assert decoded.text == text.removeprefix("\ufeff") or decoded.encoding.evidence == "repaired"


@given(st.binary(max_size=200))
def test_sniffing_never_fails(raw: bytes) -> None:
    decode_head(raw)
