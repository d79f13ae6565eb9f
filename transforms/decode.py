"""Bytes to text, with the evidence for the encoding chosen.

The evidence is tried from the strongest to the weakest: a byte order mark, the byte pattern of UTF-32 or UTF-16,
valid UTF-8, what an HTML page declares, and last how plausible the decoded letters are. Text that was wrongly
decoded before it came here is put right where that can be proved (see transforms.mojibake). Strict decoding
throughout: a byte that an encoding does not define puts that encoding out, and a drop that no encoding
explains is refused. A wrong guess is stored as mojibake for good; a refusal can be looked at and replayed.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from transforms.document import Encoding, Reason
from transforms.magic import known_format
from transforms.mojibake import repair
from transforms.plausibility import score

# Longest first: the mark of UTF-32-LE begins with that of UTF-16-LE.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# The encodings that text without any declaration is tried in. The order breaks exact ties: the commoner
# encoding first, and KOI8-R before KOI8-U, which differs from it in four letters only. KZ-1048 is CP1251
# with the Kazakh letters; it wins only where those make Kazakh.
CANDIDATES = (
    "cp1251",
    "koi8-r",
    "koi8-u",
    "cp866",
    "iso8859-5",
    "mac-cyrillic",
    "cp1252",
    "cp1250",
    "iso8859-2",
    "kz1048",
)

# How much of a text is scored, in bytes around its non-ASCII bytes: some 5,000 words settle any doubt, and
# ten candidates take 50 ms.
_SAMPLE_BYTES = 32 * 1024
# ASCII bytes taken on either side of a non-ASCII one: a word and its neighbours, which give away Latin-script
# text, without so much markup that it drowns the letters.
_CONTEXT_BYTES = 24

# Below these mean log-likelihoods per non-ASCII byte no candidate explains the text. Where the non-ASCII bytes
# outnumber the ASCII letters the text is Cyrillic, whose sentences score -4 and better in the right encoding
# (99 in 100, measured); Chinese, Japanese and random bytes read as Cyrillic score -5.8 and worse. Elsewhere
# single letters and signs decide, and the rarest scores -11.
_IMPLAUSIBLE_CYRILLIC = -5.5
_IMPLAUSIBLE = -11.0
# A declared encoding may score this much less per non-ASCII byte than the best candidate and still be
# believed: in the right encoding it is nearly always the best itself; a wrong one costs 2 and more.
_DECLARED_MARGIN = 1.0

# Share of the non-ASCII bytes in runs of two-byte UTF-8 sequences from which a text is a mixture of UTF-8 and
# something else. Single-byte text has hardly any: they would be a letter and a symbol in turns.
_MIXTURE_SHARE = 0.2

# Control characters that text files hold: tab, line ends, form feed, and the end-of-file mark of DOS.
_TEXT_CONTROLS = b"\t\n\x0b\x0c\r\x1a"
_OTHER_CONTROLS = bytes(set(range(0x20)) - set(_TEXT_CONTROLS)) + b"\x7f"
# A scraper's text may carry a stray control character; one byte in fifty, or NULs, is no text. Random bytes
# hold one in nine.
_CONTROL_SHARE = 0.02
_STRAY_CONTROLS = 2
_NUL_SHARE = 0.001

_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b\ufeff]*")
_ASCII_LETTER = re.compile(rb"[A-Za-z]")
_NON_ASCII = re.compile(rb"[\x80-\xff]+")
# Three characters or more of the Latin and Cyrillic blocks, as in every longer word.
_UTF8_RUN = re.compile(rb"(?:[\xc3-\xc5\xd0-\xd3][\x80-\xbf]){3,}")

# HTML pages declare their encoding in the first kilobyte (HTML Living Standard, 4.2.5.4); real pages are late.
_DECLARATION_BYTES = 4096
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_TAG = re.compile(rb"<[^<>]*>")
_DECLARATION = re.compile(
    rb"""<\?xml\b[^>]*?\bencoding\s*=\s*["']?\s*([\w.:+-]+)"""
    rb"""|<meta\b[^>]*?\bcharset\s*=\s*["']?\s*([\w.:+-]+)""",
    re.IGNORECASE,
)
# What browsers make of labels that Python spells or reads differently (WHATWG Encoding Standard, 4.2).
_LABELS = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-ukrainian": "mac-cyrillic",
    "koi": "koi8-r",
    "koi8": "koi8-r",
    "koi8-ru": "koi8-u",
    "dos-866": "cp866",
    "strk1048-2002": "kz1048",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "big5": "big5hkscs",
}
# The encodings a declaration may name: those that browsers know and Python decodes byte for byte as text.
# (Python's other codecs include idna and unicode_escape, which a page must not be able to ask for.)
_DECLARABLE = frozenset(
    codecs.lookup(name).name
    for name in (
        *CANDIDATES,
        *("cp874", "cp932", "cp949", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258"),
        *("big5hkscs", "euc_jp", "gb18030", "mac-roman", "ptcp154"),
        *(f"iso8859-{part}" for part in (3, 4, 6, 7, 8, 10, 13, 14, 15, 16)),
    )
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and the encoding it was found to be in. Line ends in `text` are LF only."""

    text: str
    encoding: Encoding


class DecodeError(Exception):
    """Bytes that are no text, or text in no encoding that can be told: nothing to retry.

    `reason` is `Reason.EMPTY`, `Reason.BINARY` or `Reason.UNDECODABLE`; `detail` says in words what was found.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def decode(raw: bytes, *, html: bool = False) -> Decoded:
    """Decode the bytes of one item strictly, and say what the encoding was told from.

    With `html`, a declaration in the first 4096 bytes (meta tag or XML declaration) is evidence too. It is
    believed only if it decodes every byte and the text is not clearly less plausible than the best candidate,
    for pages are re-encoded by servers and keep their old declaration.

    Text in Unicode that had been decoded wrongly and saved again is repaired; the evidence then is `repaired`, and
    the detail says what was undone. CR LF and CR become LF, and a byte order mark is dropped; nothing else is
    changed. Every later offset into the text refers to this form.

    Raises DecodeError: EMPTY (a blank text), BINARY (a known binary format, NULs, control characters),
    UNDECODABLE (broken or truncated Unicode, or no candidate gives a plausible text).
    """
    kind = known_format(raw)
    if kind is not None:
        raise DecodeError(Reason.BINARY, f"not text but {kind}")
    decoded = _by_unicode_signature(raw)
    if decoded is None:
        kind = binary_kind(raw)
        if kind is not None:
            raise DecodeError(Reason.BINARY, f"not text but {kind}")
        if _decodes(raw, "utf-8"):
            decoded = Decoded(raw.decode(), Encoding("utf-8", "utf-8", "pure ASCII" if raw.isascii() else ""))
        else:
            decoded = _by_plausibility(raw, html=html)
    text = normalise_newlines(decoded.text)
    encoding = decoded.encoding
    if encoding.name.startswith("utf-") and (repaired := repair(text)):
        text = repaired.text
        encoding = Encoding(encoding.name, "repaired", f"told by {encoding.evidence}; undone: {repaired.detail}")
    if is_blank(text):
        raise DecodeError(Reason.EMPTY, f"nothing but white space in {len(raw)} bytes")
    return Decoded(text, encoding)


def normalise_newlines(text: str) -> str:
    """Turn CR LF and CR into LF, the line end that every later step knows."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def is_blank(text: str) -> bool:
    """Say whether a text shows nothing: white space, control characters, zero-width spaces, or no character."""
    return _BLANK.fullmatch(text) is not None


def unicode_signature(head: bytes) -> tuple[str, int] | None:
    """Tell a Unicode encoding from the first bytes: its name and the length of the byte order mark (maybe 0).

    None where the bytes begin with no mark and follow neither the pattern of UTF-32 nor that of UTF-16.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, len(mark)
    pattern = _utf32_pattern(head) or _utf16_pattern(head)
    return (pattern, 0) if pattern else None


def decode_head(head: bytes) -> str:
    """Decode the beginning of a drop for sniffing its format, by its Unicode signature or else as Latin-1.

    Never fails and never decides anything: markup and JSON show in ASCII, which nearly every encoding shares.
    """
    name, mark = unicode_signature(head) or ("latin-1", 0)
    return head[mark:].decode(name, errors="replace")


def binary_kind(raw: bytes) -> str | None:
    """Say what binary thing the bytes are ("a PNG image"), or None where they may be text in some encoding.

    Expects bytes without a Unicode signature, since UTF-16 and UTF-32 are full of NULs.
    """
    known = known_format(raw)
    if known:
        return known
    nuls = raw.count(0)
    if nuls > len(raw) * _NUL_SHARE:
        return f"binary data: {nuls} NUL bytes in {len(raw)}"
    controls = len(raw) - len(raw.translate(None, _OTHER_CONTROLS))
    if controls > max(_STRAY_CONTROLS, len(raw) * _CONTROL_SHARE):
        return f"binary data: {controls} control bytes in {len(raw)}"
    return None


def _by_unicode_signature(raw: bytes) -> Decoded | None:
    """Decode by a byte order mark or by the pattern of UTF-32 or UTF-16; None where there is none of them."""
    signature = unicode_signature(raw)
    if signature is None:
        return None
    name, mark = signature
    if mark:
        return Decoded(_strictly(raw, name, mark), Encoding(name, "bom"))
    if name.startswith("utf-32"):
        detail = "no byte order mark; every group of four bytes is a character"
        return Decoded(_strictly(raw, name), Encoding(name, "utf-32-pattern", detail))
    detail = "no byte order mark; every second byte is that of Latin or Cyrillic text"
    return Decoded(_strictly(raw, name), Encoding(name, "utf-16-pattern", detail))


def _strictly(raw: bytes, name: str, skip: int = 0) -> str:
    try:
        text = raw[skip:].decode(name)
    except UnicodeDecodeError as error:
        raise DecodeError(
            Reason.UNDECODABLE, f"{name}, but broken at byte {skip + error.start}: {error.reason}"
        ) from None
    kind = binary_kind(text.encode("latin-1", errors="replace"))
    if kind is not None:
        raise DecodeError(Reason.BINARY, f"read as {name}, {kind}")
    return text


def _utf32_pattern(raw: bytes) -> str | None:
    """Tell UTF-32 without a byte order mark: of each four bytes the highest is 0, and nearly all are printed."""
    # As for UTF-16; cut to whole characters, what is left over is found when all of it is decoded.
    sample = raw[: min(4 * 2048, len(raw) // 4 * 4)]
    for name, top in (("utf-32-le", sample[3::4]), ("utf-32-be", sample[::4])):
        if len(top) > 1 and not any(top) and _decodes(sample, name):
            text = sample.decode(name)
            # Numbers of four bytes are controls and unassigned characters; joiners and the like are not "printable".
            if sum(each.isprintable() or each.isspace() for each in text) >= 0.95 * len(text):
                return name
    return None


def _utf16_pattern(raw: bytes) -> str | None:
    """Tell UTF-16 without a byte order mark from its high bytes: 0x00 and 0x04 in Latin and Cyrillic text."""
    if 0 not in raw and 4 not in raw:
        return None
    # Enough to tell by, and bounded: what follows decodes strictly or not at all.
    sample = raw[: 2 * 4096]
    for name, high in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[: len(sample) // 2 * 2 : 2])):
        # Punctuation (0x20), signs such as the number sign (0x21) and further letters (0x01, 0x02, 0x05, 0x1e)
        # stand between.
        blocks = Counter(high)
        text_blocks = blocks[0x00] + blocks[0x04]
        all_blocks = text_blocks + sum(blocks[block] for block in (0x01, 0x02, 0x05, 0x1E, 0x20, 0x21))
        if len(high) > 1 and text_blocks >= 0.6 * len(high) and all_blocks >= 0.95 * len(high):
            return name
    return None


def _by_plausibility(raw: bytes, *, html: bool) -> Decoded:
    sample = _sample(raw, html=html)
    high = sum(len(run) for run in _NON_ASCII.findall(sample))
    # A single-byte encoding decodes the whole strictly if it decodes each byte that occurs.
    occurring = bytes(set(raw))
    # What the ASCII letters alone score is the same for all and says nothing about the encoding.
    base = score(_NON_ASCII.sub(b" ", sample).decode("ascii"))
    scores = {name: (score(sample.decode(name)) - base) / high for name in CANDIDATES if _decodes(occurring, name)}
    ranking = sorted(scores, key=lambda name: -scores[name])  # stable: ties stay in the order of CANDIDATES
    best = scores[ranking[0]] if ranking else _IMPLAUSIBLE
    detail = ", ".join(f"{name} {scores[name]:.2f}" for name in ranking[:3])

    declared = _declared(raw) if html else None
    if declared and _decodes(raw, declared):
        declared_score = (score(sample.decode(declared, errors="replace")) - base) / high
        if declared_score >= best - _DECLARED_MARGIN:
            why = f"declared, scored {declared_score:.2f}; candidates: {detail}"
            return Decoded(raw.decode(declared), Encoding(declared, "html-meta", why))
        detail += f"; not the declared {declared} {declared_score:.2f}"
    _refuse_broken_utf8(raw, sample, best * high + base)
    mostly_cyrillic = high > len(_ASCII_LETTER.findall(sample))
    if not ranking or best < (_IMPLAUSIBLE_CYRILLIC if mostly_cyrillic else _IMPLAUSIBLE):
        raise DecodeError(Reason.UNDECODABLE, f"no encoding gives a plausible text: {detail or 'none decodes it'}")
    return Decoded(raw.decode(ranking[0]), Encoding(ranking[0], "score", detail))


def _refuse_broken_utf8(raw: bytes, sample: bytes, best: float) -> None:
    """Raise DecodeError if the bytes, which are not valid UTF-8, are even less text in another encoding.

    `best` is the score of the best single-byte reading of the sample. A file cut off inside a character is
    broken too: what is lost is not known.
    """
    text = sample.decode("utf-8", errors="replace")
    high = sum(len(run) for run in _NON_ASCII.findall(sample))
    in_runs = sum(len(run) for run in _UTF8_RUN.findall(sample))
    mixture = in_runs >= _MIXTURE_SHARE * high
    if not mixture and score(text) <= best:
        return
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        what = "cut off" if error.reason == "unexpected end of data" else "broken"
        detail = f"UTF-8, but {what} at byte {error.start} of {len(raw)}: {error.reason}"
        raise DecodeError(Reason.UNDECODABLE, detail) from None


def _decodes(raw: bytes, name: str) -> bool:
    try:
        raw.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _sample(raw: bytes, *, html: bool) -> bytes:
    """Take the non-ASCII bytes with their surroundings, up to the bound; of HTML, those outside of tags."""
    untagged = _TAG.sub(b" ", raw) if html else raw
    pieces: list[bytes] = []
    size = 0
    for piece in _surroundings(raw if untagged.isascii() else untagged):
        pieces.append(piece)
        size += len(piece)
        if size >= _SAMPLE_BYTES:
            break
    # A line begins at the beginning; the other pieces may begin inside one.
    return b" ".join(pieces)


def _surroundings(raw: bytes) -> Iterator[bytes]:
    start = end = -1
    for run in _NON_ASCII.finditer(raw):
        if end < 0:
            start = max(0, run.start() - _CONTEXT_BYTES)
        elif run.start() - _CONTEXT_BYTES > end or end - start > _SAMPLE_BYTES:
            yield raw[start:end]
            start = max(end, run.start() - _CONTEXT_BYTES)
        end = run.end() + _CONTEXT_BYTES
    if end >= 0:
        yield raw[start:end]


def _declared(raw: bytes) -> str | None:
    """Return the Python name of the encoding that an HTML page declares, or None."""
    found = _DECLARATION.search(_COMMENT.sub(b"", raw[:_DECLARATION_BYTES]))
    if not found:
        return None
    label = (found[1] or found[2]).decode("latin-1").lower()
    try:
        name = codecs.lookup(_LABELS.get(label, label)).name
    except LookupError:
        return None
    return name if name in _DECLARABLE else None
