"""The seeds in every encoding, whole and sentence by sentence; what was decoded wrongly before; what must stay."""

import gzip
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import DEVELOPMENT_DATA
from transforms.decode import DecodeError, decode, normalise_newlines
from transforms.document import Reason
from transforms.mojibake import repair

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.txt"))
TEXTS = {seed.stem: normalise_newlines(seed.read_text(encoding="utf-8-sig")) for seed in SEEDS}
DATA = DEVELOPMENT_DATA / "language" / "sent.tsv.gz"

UNICODE = ("utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-16", "utf-32-le", "utf-32-be", "utf-32")
BIG_ENDIAN_MARKED = ("utf-16-be", "utf-32-be")
CYRILLIC = ("cp1251", "koi8-r", "koi8-u", "iso8859-5", "cp866", "mac-cyrillic")

# What an encoding cannot represent is replaced in both texts: quotation marks and dashes in koi8-r, koi8-u, iso8859-5
# and cp866; the Belarusian letters in koi8-r (і, ў), koi8-u (ў) and cp866 (і), as was done on typewriters.
REPLACEMENTS = str.maketrans({"«": '"', "»": '"', "—": "-", "і": "и", "І": "И", "ў": "у"})

SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[«\"А-ЯA-ZІЎ])|\n+")
# Shorter ones are headlines and remains of the page.
SHORTEST = 40
# Sentences whose bytes are as plausible in another encoding: (encoding, beginning of the sentence). It has to stay
# short; each is here with its reason.
UNDECIDABLE = {
    # An opening quotation mark without its closing one, before a word of one letter: CP1251 reads "З“ нас с этой".
    ("mac-cyrillic", "«У нас с этой компанией уже есть контакт."),
}


def fitted(text: str, encoding: str) -> str:
    """The text with what `encoding` cannot represent replaced."""
    return "".join(each if each.encode(encoding, errors="ignore") else each.translate(REPLACEMENTS) for each in text)


def sentences(text: str) -> list[str]:
    return [each.strip() for each in SENTENCE_END.split(text) if len(each.strip()) >= SHORTEST]


class TestMatrix:
    @pytest.mark.parametrize("encoding", [*UNICODE, *CYRILLIC])
    @pytest.mark.parametrize("seed", TEXTS)
    def test_seed(self, seed: str, encoding: str) -> None:
        text = fitted(TEXTS[seed], encoding)
        assert decode(text.encode(encoding)).text == text

    @pytest.mark.parametrize("encoding", BIG_ENDIAN_MARKED)
    @pytest.mark.parametrize("seed", TEXTS)
    def test_seed_with_a_big_endian_mark(self, seed: str, encoding: str) -> None:
        decoded = decode(("\ufeff" + TEXTS[seed]).encode(encoding))
        assert decoded.text == TEXTS[seed]
        assert (decoded.encoding.name, decoded.encoding.evidence) == (encoding, "bom")

    @pytest.mark.parametrize("encoding", [*UNICODE, *CYRILLIC])
    @pytest.mark.parametrize("seed", TEXTS)
    def test_each_sentence(self, seed: str, encoding: str) -> None:
        found = sentences(TEXTS[seed])
        assert len(found) > 15
        wrong = {
            (encoding, text)
            for text in (fitted(sentence, encoding) for sentence in found)
            if decode(text.encode(encoding)).text != text
        }
        assert wrong == {each for each in UNDECIDABLE if each[0] == encoding and each[1] in found}


class TestUtf32:
    @pytest.mark.parametrize("name", ["utf-32-le", "utf-32-be"])
    @pytest.mark.parametrize("text", ["Да", "Hi", "«Мінск» — сталіца", "Łódź, Žilina", "№ 5\r\n", "Привет, мир! 😀"])
    def test_without_mark(self, name: str, text: str) -> None:
        decoded = decode(text.encode(name))
        assert decoded.text == normalise_newlines(text)
        assert (decoded.encoding.name, decoded.encoding.evidence) == (name, "utf-32-pattern")

    @pytest.mark.parametrize("name", ["utf-32-le", "utf-32-be"])
    def test_numbers_in_every_fourth_byte_are_no_text(self, name: str) -> None:
        with pytest.raises(DecodeError, match="NUL bytes") as caught:
            decode("".join(map(chr, range(1, 30))).encode(name))
        assert caught.value.reason is Reason.BINARY


def misread(raw: bytes, name: str) -> str:
    """Decode as browsers do: a byte that the encoding does not define becomes the control of that number."""
    return "".join(bytes([byte]).decode(name, errors="ignore") or chr(byte) for byte in raw)


class TestRepair:
    @pytest.mark.parametrize("saved", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
    @pytest.mark.parametrize("wrong", ["cp1251", "latin-1", "cp1252", "mac-cyrillic", "mac-roman", "koi8-r", "cp866"])
    @pytest.mark.parametrize("seed", TEXTS)
    def test_utf8_read_as_something_else(self, seed: str, wrong: str, saved: str) -> None:
        decoded = decode(misread(TEXTS[seed].encode(), wrong).encode(saved))
        assert decoded.text == TEXTS[seed]
        assert decoded.encoding.evidence == "repaired"
        assert decoded.encoding.name.startswith(saved[:5])
        assert f"UTF-8 read as {wrong}" in decoded.encoding.detail or wrong == "latin-1"

    @pytest.mark.parametrize("wrong", ["cp1252", "latin-1", "cp1250"])
    @pytest.mark.parametrize("right", CYRILLIC)
    @pytest.mark.parametrize("seed", TEXTS)
    def test_cyrillic_read_as_western(self, seed: str, right: str, wrong: str) -> None:
        # As Mac Cyrillic a closing guillemet reads as an accented letter, "GroupÈ", and that stretch is left alone.
        text = fitted(TEXTS[seed], "iso8859-5" if right == "mac-cyrillic" else right)
        decoded = decode(misread(text.encode(right), wrong).encode())
        assert decoded.text == text
        assert decoded.encoding.evidence == "repaired"
        assert "read as" in decoded.encoding.detail

    @pytest.mark.parametrize(
        ("bad", "good"),
        [
            ("РџСЂРёРІРµС‚", "Привет"),
            ("Ïðèâåò, ìèð!", "Привет, мир!"),
            ("The cafÃ© is closed.", "The café is closed."),
            ("It â€™s late", "It ’s late"),
            ("NejlĂ©pe to vysvÄ›tlĂ­ pĹ™Ă­klad", "Nejlépe to vysvětlí příklad"),
            (
                "п»їСустрэча Сћ РњС–РЅСЃРєСѓ".replace("Сустрэча", misread("Сустрэча".encode(), "cp1251")),
                "Сустрэча ў Мінску",
            ),
            ("<p>РџСЂРёРІРµС‚</p><p>Добры дзень</p>", "<p>Привет</p><p>Добры дзень</p>"),
            ("Казань, 17 мая\nРџСЂРёРІРµС‚\n", "Казань, 17 мая\nПривет\n"),
        ],
    )
    def test_short(self, bad: str, good: str) -> None:
        decoded = decode(bad.encode())
        assert decoded.text == good
        assert decoded.encoding.evidence == "repaired"

    def test_what_a_strict_decoder_replaced(self) -> None:
        # CP1251 leaves one byte undefined, so U+FFFD stands for that byte and no other.
        text = "Иван и Мария приехали в Ижевск."
        assert decode(text.encode().decode("cp1251", errors="replace").encode()).text == text

    def test_twice(self) -> None:
        text = "Прывітанне, Мінск"
        twice = misread(misread(text.encode(), "cp1252").encode(), "cp1251")
        decoded = decode(twice.encode())
        assert decoded.text == text
        assert "UTF-8 read as cp1251" in decoded.encoding.detail
        assert "; then UTF-8 read as cp1252" in decoded.encoding.detail


class TestNoRepair:
    @pytest.mark.parametrize("seed", TEXTS)
    def test_seed(self, seed: str) -> None:
        assert repair(TEXTS[seed]) is None
        for line in TEXTS[seed].splitlines():
            assert repair(line) is None

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "Ã",
            "áéíóú ÀÈÌÒÙ äöü ÄÖÜß",
            "ÅÄÖ åäö – žluťoučký kůň",
            "VOILÀ « ÇA »",
            "25 °C, § 5, ±3 µm, №7",
            "Ві­та, Ві і ВІ",
            "СССР–США",
            "ĂŞA GRĂŞUN",
            "Ἐν ἀρχῇ ἦν ὁ λόγος",
            "Кракозябры: РџСЂРёРІРµС‚ вместо слова",
        ],
    )
    def test_unusual_but_right(self, text: str) -> None:
        assert repair(text) is None

    @given(st.data())
    @settings(max_examples=200, deadline=None)
    def test_any_part_of_a_seed(self, data: st.DataObject) -> None:
        text = data.draw(st.sampled_from(list(TEXTS.values())))
        start = data.draw(st.integers(0, len(text)))
        part = text[start : start + data.draw(st.integers(0, 200))]
        assert repair(part) is None
        assert repair(part.upper()) is None

    @given(st.data())
    @settings(max_examples=200, deadline=None)
    def test_a_repair_can_be_made_undone(self, data: st.DataObject) -> None:
        """The misread text comes from the repaired one by the same accident: nothing is lost."""
        text = data.draw(st.sampled_from(list(TEXTS.values())))
        start = data.draw(st.integers(0, len(text)))
        wrong = data.draw(st.sampled_from(["cp1251", "latin-1", "cp1252", "mac-cyrillic"]))
        bad = misread(text[start : start + data.draw(st.integers(0, 200))].encode(), wrong)
        repaired = repair(bad)
        if repaired is not None:
            assert misread(repaired.text.encode(), wrong) == bad

    @pytest.mark.skipif(not DATA.exists(), reason="the development data is not here")
    def test_of_the_development_sentences_only_the_broken_ones_change(self) -> None:
        with gzip.open(DATA, "rt", encoding="utf-8", newline="\n") as lines:
            texts = [line.rstrip("\n").split("\t", 2)[2] for line in lines]
        changed = {text: repaired.text for text in texts if (repaired := repair(text))}
        # Read one by one: Czech, Polish and German that was decoded wrongly; Romanian whose letters had become U+FFFD
        # before it was decoded wrongly.
        lost = [text for text in changed.values() if "\ufffd" in text]
        assert len(lost) == 5
        assert sorted(text[:12] for text in changed.values() if "\ufffd" not in text) == [
            "Manch zu spä",
            "Nejlépe to v",
            "Přímý vstup ",
            "Závěr dokume",
            "zane z nim p",
        ]
