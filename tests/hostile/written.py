"""Plain text: no text at all, text in disguise, and floods of one sign."""

import random
from functools import partial

from tests.hostile.inputs import GOOD, OTHER, Hostile, Long, lines

_MEGABYTE = 1_000_000
_GIGABYTE = 2**30

# Enough for a step of quadratic time to take minutes, and little enough for names to be looked for in it in a second.
_FLOOD = 150_000
# Runs of what our regular expressions repeat: where one of them takes quadratic time, the time limit shows it.
_FLOODS = {
    "letters": "а", "capitals": "А", "names": "Иванов Иван ", "initials": "А. ", "dots": ".",
    "digits": "1", "dates": "1.1.", "brackets": "(", "pairs": "()", "quotes": "«", "dashes": "—",
    "hyphens": "а-", "underscores": "a_", "sizes": "10x", "ratings": "18+ ", "pipes": " | ", "commas": ",",
    "colons": "a:", "backslashes": "\\", "addresses": "http://", "ats": "@", "tags": "<a", "ampersands": "&",
    "misread": "Ð¼", "captions": "Фото: ",
}  # fmt: skip


def _random(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


def _zalgo() -> bytes:
    marks = "".join(chr(code) for code in range(0x300, 0x370)) * 10
    return "".join(f"{letter}{marks}" for letter in GOOD).encode()


def _mixed_bidi() -> bytes:
    signs = "\u202e\u202d\u2066\u2067\u2069\u200f\u061c"
    return "".join(f"{signs}{letter}{signs}" for letter in f"{GOOD} {OTHER}" * 50).encode()


INPUTS = (
    Hostile("empty.txt", lambda: b"", "empty"),
    Hostile("empty.zip", lambda: b"", "broken-archive"),
    Hostile("white space.txt", lambda: b" \t\r\n\x0b\x0c" * 200_000, "empty"),
    Hostile("zero width.txt", lambda: "\u200b\ufeff".encode() * 100_000, "empty"),
    Hostile("byte order mark only.txt", lambda: b"\xff\xfe", "empty"),
    Hostile("blank in utf-16.txt", lambda: " \n".encode("utf-16") * 500, "empty"),
    Hostile("one letter.txt", lambda: b"a", "document"),
    Hostile("nul.txt", lambda: b"\0", "binary"),
    Hostile("half a letter.txt", lambda: b"\xd0", "document"),
    Hostile("nuls in a text.txt", lambda: GOOD.encode() + b"\0" * 100 + OTHER.encode(), "binary"),
    Hostile("nuls in utf-16.txt", lambda: f"{GOOD}{chr(0) * 100}{OTHER}".encode("utf-16"), "binary"),
    Hostile(
        "lone surrogates.txt", lambda: GOOD.encode() * 3 + b"\xed\xa0\x80 \xed\xb0\x80" + OTHER.encode(), "undecodable"
    ),
    Hostile("lone surrogates in utf-16.txt", lambda: GOOD.encode("utf-16") + b"\0\xd8\0\xd8", "undecodable"),
    Hostile("overlong.txt", lambda: GOOD.encode() * 3 + b"\xc0\xaf\xe0\x80\xaf" + OTHER.encode(), "undecodable"),
    Hostile("beyond unicode.txt", lambda: GOOD.encode() * 3 + b"\xf4\x90\x80\x80" + OTHER.encode(), "undecodable"),
    Hostile("cut in a letter.txt", lambda: (GOOD * 30).encode()[:-1] + b"\xd0", "undecodable"),
    Hostile("marks in the middle.txt", lambda: f"{GOOD}\ufeff\n\ufeff{OTHER}\ufeff", "document"),
    Hostile("two marks.txt", lambda: b"\xef\xbb\xbf\xef\xbb\xbf" + OTHER.encode(), "document"),
    Hostile("odd utf-16.txt", lambda: GOOD.encode("utf-16") + b"x", "undecodable"),
    Hostile("two encodings.txt", lambda: GOOD.encode() * 20 + OTHER.encode("cp1251") * 20, "undecodable"),
    Hostile("utf-7.txt", lambda: f"{GOOD} {OTHER}".encode("utf-7"), "document"),
    Hostile("ebcdic.txt", lambda: ("The weather in Minsk is fine today. " * 50).encode("cp500"), "document"),
    Hostile("random.txt", lambda: _random(5000, 1), "binary"),
    Hostile("random.html", lambda: _random(5000, 2), "binary"),
    Hostile("random.eml", lambda: _random(5000, 3), "binary+"),
    Hostile("random.zip", lambda: _random(5000, 4), "broken-archive"),
    Hostile("every byte.txt", lambda: bytes(range(256)) * 256, "binary"),
    Hostile("every other byte.txt", lambda: bytes(range(128, 256)) * 256, "undecodable"),
    Hostile("bidi.txt", _mixed_bidi, "document"),
    Hostile("zalgo.txt", _zalgo, "document"),
    Hostile("override in a title.html", lambda: f"<html><title>\u202eгпж.exe\u202c</title><p>{GOOD}", "document"),
    Hostile("carriage returns.txt", lambda: GOOD.replace(" ", "\r").encode() + b"\r" * _MEGABYTE, "document"),
    Hostile("terminal.txt", lambda: f"\x1b]0;title\x07 {GOOD} {OTHER}", "document"),
    Hostile("ids.txt", lambda: b"5dd2e5f4a1b2c3d4e5f60718\n$where: 1\n../../etc/passwd\n", "document"),
    *(
        Hostile(f"flood of {name}.txt", partial(str.__mul__, unit, _FLOOD // len(unit)), "document")
        for name, unit in _FLOODS.items()
    ),
    Hostile("flood of no-breaks.txt", lambda: "\u00a0".encode() * _MEGABYTE, "empty"),
    Hostile(
        "flood of separators.html",
        lambda: f"<html><title>{' ' * _MEGABYTE}|</title><body><p>{GOOD}",
        "document",
    ),
    Hostile("flood in front matter.md", lambda: b"---\n" + b"a: b \n" * 20_000 + GOOD.encode(), "document"),
    Hostile(
        "flood of headers.eml", lambda: b"From: a@b.by\n" * 100_000 + b"Received: x\n\n" + GOOD.encode(), "document"
    ),
    Hostile("17 megabytes.txt", lambda: (OTHER * 170_000).encode()[: 17 * 2**20], "too-large"),
    Hostile("17 megabytes.html", lambda: b"<html><p>" + b"a " * 9 * 2**20, "too-large"),
    Hostile("17 megabytes.jsonl", lambda: lines(GOOD, "a " * 9 * 2**20, OTHER), "document*2 too-large"),
    Hostile("as large as may be.txt", lambda: OTHER.encode().ljust(16 * 2**20 - 10, b"_"), "document", "too-large"),
)

# One line of a gigabyte, made while it is read: they are no files, but for one in test_ingesting.py.
LONG_LINES = (
    Hostile("gigabyte.txt", lambda: _long(b""), "too-large"),
    Hostile("gigabyte.html", lambda: _long(b"<html><p>"), "too-large"),
    Hostile(
        "gigabyte.jsonl", lambda: _long(lines(OTHER) + b'{"text": "', b'"}\n' + lines(GOOD)), "document*2 too-large"
    ),
    Hostile(
        "quarter of a gigabyte.json",
        lambda: _long(b'[{"text": "', b'"}, ' + lines(GOOD) + b"]", _GIGABYTE // 4),
        "document too-large",
    ),
    Hostile("gigabyte.csv", lambda: _long(b"title,text\nb,", f'\nа,"{GOOD}"\n'.encode()), "document too-large"),
    Hostile(
        "gigabyte.xml",
        lambda: _long(
            b"<?xml version='1.0'?><a><article><title>b</title><text>",
            f"</text></article><item text='{GOOD}' title='a'/></a>".encode(),
        ),
        "document too-large",
    ),
    Hostile("gigabyte in a comment.xml", lambda: _long(b"<?xml version='1.0'?><a><!--", b"--></a>"), "too-large"),
    Hostile(
        "gigabyte.rss",
        lambda: _long(
            b"<rss><channel><item><description>",
            f"</description></item><item><description>{GOOD}</description></item></channel></rss>".encode(),
        ),
        "document too-large",
    ),
    Hostile("gigabyte.eml", lambda: _long(b"From: a@b.by\nMIME-Version: 1.0\n\n"), "too-large"),
    Hostile("gigabyte.mbox", lambda: _long(b"From a@b.by Mon Nov 18 10:00:00 2019\nFrom: a@b.by\n\n"), "too-large"),
    Hostile(
        "gigabyte.warc",
        lambda: _long(b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 1073741824\r\n\r\n"),
        "too-large",
    ),
)


def _long(begin: bytes, end: bytes = b"", size: int = _GIGABYTE) -> Long:
    return Long(begin, b"a", size, end)
