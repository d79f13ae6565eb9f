"""JSON, tables, Parquet, web archives and mail: records that lie, nest, or never end."""

import base64
import gzip
import io
import json

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from tests.hostile.inputs import GOOD, OTHER, Hostile, lines, numbered
from tests.packing import zipped

_DEEP = 100_000
_MAIL = "From: a@example.org\nMIME-Version: 1.0\nMessage-ID: <1@example.org>\n"


def _record(text: str, **others: str) -> bytes:
    """A line of JSON Lines with these further fields, as JSON."""
    fields = "".join(f', "{name}": {value}' for name, value in others.items())
    return f'{{"text": "{text}"{fields}}}\n'.encode()


def _http(body: str, headers: str = "Content-Type: text/html; charset=utf-8") -> bytes:
    return f"HTTP/1.1 200 OK\r\n{headers}\r\n\r\n{body}".encode()


def _warc(text: str, length: object = None, headers: str = "Content-Type: text/html; charset=utf-8") -> bytes:
    block = _http(f"<html><body><p>{text}</p></body></html>", headers)
    size = len(block) if length is None else length
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://example.org/1\r\n"
        f"WARC-Date: 2019-11-18T10:00:00Z\r\nContent-Length: {size}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def _parquet(rows: int = 3, **columns: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns or {"text": numbered(rows)}), file, row_group_size=2)
    return file.getvalue()


def _mail(body: str | bytes, headers: str = "") -> bytes:
    raw = body if isinstance(body, bytes) else body.encode()
    return f"{_MAIL}{headers}".encode() + b"\n" + raw


def _multiparts(depth: int) -> str:
    return "".join(f'Content-Type: multipart/mixed; boundary="{level}"\n\n--{level}\n' for level in range(depth))


def _lots_of_columns() -> bytes:
    names = ",".join(["title", "text", *(f"c{number}" for number in range(_DEEP))])
    return f"{names}\nа,{OTHER.partition(',')[0]}{',' * _DEEP}\nа,{OTHER}\n".encode()


def _no_spaces(number: int) -> bytes:
    """A table whose beginning has no space, comma or letter of ASCII in its text."""
    return f'title,text\n{number},{"навіна" * 5000}\na{number},"{GOOD}"\n'.encode()


def _swapped(raw: bytes, old: bytes, new: bytes) -> bytes:
    assert old in raw
    return raw.replace(old, new, 1)


INPUTS = (
    Hostile(
        "numbers.jsonl",
        lambda: _record(GOOD, id="1" * 100_000) + _record(OTHER, id="1e999999999", published="-0.0e-99999"),
        "document*2",
    ),
    Hostile(
        "nan.jsonl",
        lambda: _record(GOOD, id="NaN", published="Infinity") + _record(OTHER, id="-Infinity"),
        "document*2",
    ),
    Hostile(
        "number as text.jsonl", lambda: b'{"text": 1e400}\n{"text": NaN}\n' + lines(GOOD), "missing-text*2 document"
    ),
    Hostile("names twice.jsonl", lambda: b'{"text": "x", "text": 1, "text": "' + GOOD.encode() + b'"}\n', "document"),
    Hostile(
        "trailing commas.jsonl",
        lambda: b'{"text": "a",}\n[1,]\n{"text": "b"}},\n' + lines(OTHER),
        "broken-json*3 document",
    ),
    Hostile(
        "deep.jsonl", lambda: lines(GOOD) + b'{"text": ' + b"[" * _DEEP + b"\n" + lines(OTHER), "document*2 broken-json"
    ),
    Hostile("deep objects.jsonl", lambda: b'{"a":' * _DEEP + b"1" + b"}" * _DEEP + b"\n", "broken-json"),
    Hostile(
        "deep but complete.json",
        lambda: b'[{"text": "' + GOOD.encode() + b'"}, {"text": ' + b"[" * _DEEP + b"]" * _DEEP + b"}]",
        "document broken-json",
    ),
    Hostile("open brackets.json", lambda: b'[{"text": "a"}, ' + b"[{" * _DEEP, "document broken-json*2"),
    Hostile("closed brackets.json", lambda: b"]}" * 300, "broken-json*600"),
    Hostile(
        "lone surrogates.jsonl",
        lambda: rb'{"text": "\ud800 \udfff\ud800' + GOOD.encode() + rb'", "title": "\udead"}',
        "document",
    ),
    Hostile("cesu.jsonl", lambda: b'{"text": "\xed\xa0\xbd\xed\xb8\x80"}\n' + lines(GOOD), "undecodable document"),
    Hostile(
        "controls.jsonl", lambda: b'{"text": "a\x01b\x02"}\n{"text": "a\tb"}\n' + lines(OTHER), "broken-json*2 document"
    ),
    Hostile(
        "escaped controls.jsonl",
        lambda: _record(rf"\u0000\u0001\u001b[31m\u0085\u2028\u202e{GOOD}", title=r'"\u0000\u202e\u200b\n\t\u0007"'),
        "document",
    ),
    Hostile(
        "marks in the middle.jsonl", lambda: lines(GOOD) + "\ufeff".encode() + lines(OTHER), "document broken-json"
    ),
    Hostile("utf-16.jsonl", lambda: lines(OTHER).decode().encode("utf-16"), "undecodable"),
    Hostile(
        "store keys.jsonl",
        lambda: _record(GOOD, **{"$where": '"1"', "a.b": "1", "_id": '{"$oid": "5d"}', "": "0", "$set": "{}"}),
        "document",
    ),
    Hostile(
        "ids.jsonl",
        lambda: _record(GOOD, id='"5dd2e5f4a1b2c3d4e5f60718"') + _record(OTHER, id='{"$gt": ""}'),
        "document missing-text",
    ),
    Hostile(
        "dates.jsonl",
        lambda: b"".join(
            _record(text, published=f'"{date}"')
            for text, date in zip(
                numbered(9),
                (
                    "0000-00-00",
                    "99999-01-01",
                    "0001-01-01T00:00:00+23:59",
                    "9999-12-31T23:59:59-23:59",
                    "-1",
                    "1" * 400,
                    "2019-02-31",
                    "10000000000000000",
                    "32.13.2019",
                ),
                strict=True,
            )
        ),
        "document*9",
    ),
    Hostile(
        "addresses.jsonl",
        lambda: (
            _record(numbered(1)[0], url=f'"https://example.org/{"a" * 1_000_000}"')
            + _record(GOOD, url='"http://[::1"')
            + _record(OTHER, url='"javascript:alert(1)"')
            + _record(f"{GOOD} {OTHER}", url=r'"https://\u0000\ud800/?q=\n"')
        ),
        "document*4",
    ),
    Hostile(
        "long fields.jsonl",
        lambda: _record(
            GOOD,
            title=f'"{"а" * 100_000}"',
            authors=json.dumps(["b" * 9] * 10_000),
            id=f'"{"c" * 99_999}"',
            source=f'"{"d" * 5000}"',
            lang='"' + "x-" * 10_000 + '"',
        ),
        "document",
    ),
    Hostile(
        "quote never closed.csv",
        lambda: f'title,text\nа,"{GOOD}"\nb,"{OTHER}\n{OTHER * 1000}',
        "document broken-format",
    ),
    Hostile("quotes.csv", lambda: b'title,text\n"' + b'""' * 1_000_000 + f'","{GOOD}"\n'.encode(), "document"),
    Hostile("open quotes.csv", lambda: b"title,text\n" + b'"a\n' * 300 + b"b," + OTHER.encode(), "broken-format+"),
    Hostile("columns.csv", _lots_of_columns, "document broken-format"),
    Hostile(
        "commas.csv", lambda: b"title,text\n" + b"," * 3_000_000 + f'\nа,"{GOOD}"\n'.encode(), "missing-text document"
    ),
    Hostile("nuls.csv", lambda: f"title,text\nа,{GOOD}\n".encode() + b"\0" * 1000 + b"\n", "binary"),
    Hostile("names twice.csv", lambda: f'text,text,title\n"{OTHER}",x,y\n', "document"),
    Hostile(
        "other letters.csv",
        lambda: f'title,text\nа,"{GOOD}"\n'.encode() * 20 + b"b,\xff\xfe\xfd\n" + f'в,"{OTHER}"\n'.encode(),
        "document*40 undecodable",
    ),
    Hostile(
        "broken header.csv", lambda: "тытул,змест ".encode() * 3 + b"\xff\n" + f"a,{GOOD}".encode(), "missing-text"
    ),
    # Twenty, as one takes some seconds only where the cut letter at the end of the beginning is looked for in squares.
    Hostile(
        "no spaces.zip", lambda: zipped([(f"{number}.csv", _no_spaces(number)) for number in range(20)]), "document*40"
    ),
    Hostile("cut.parquet", lambda: _parquet()[:-20], "broken-format"),
    Hostile("no rows.parquet", lambda: _parquet(0), "empty"),
    Hostile("size of the footer.parquet", lambda: _parquet()[:-8] + b"\xff\xff\xff\x7fPAR1", "broken-format"),
    Hostile("offsets.parquet", lambda: _parquet()[:4] + _parquet()[60:], "broken-format"),
    Hostile("codec.parquet", lambda: _swapped(_parquet(), b"PAR1\x15", b"PAR1\x7f"), "broken-format"),
    Hostile("no text.parquet", lambda: _parquet(number=[1, 2], title=["a", "b"]), "missing-text"),
    Hostile(
        "bytes.parquet",
        lambda: _parquet(text=[b"\x89PNG\r\n\x1a\n", b"\xff\xfe\0", GOOD.encode()]),
        "binary undecodable document",
    ),
    Hostile("too long.warc", lambda: _warc(GOOD, 10**6) + _warc(OTHER), "broken-format"),
    Hostile(
        "longer.warc", lambda: _warc(GOOD) + _warc(OTHER, 200) + _warc(f"{OTHER} {GOOD}"), "document*2 broken-format"
    ),
    Hostile("too short.warc", lambda: _warc(GOOD, 20) + _warc(OTHER), "broken-format document"),
    Hostile("negative.warc", lambda: _warc(GOOD, -5) + _warc(OTHER), "broken-format document"),
    Hostile(
        "without length.warc",
        lambda: _swapped(_warc(GOOD), b"Content-Length", b"X-Length") + _warc(OTHER),
        "broken-format document",
    ),
    Hostile("huge.warc", lambda: _warc(GOOD) + _warc(OTHER, 10**17), "document broken-format"),
    Hostile("endless digits.warc", lambda: _warc(GOOD, "9" * 3000) + _warc(OTHER), "broken-format document"),
    Hostile(
        "headers that never end.warc",
        lambda: _warc(GOOD) + b"WARC/1.0\r\n" + b"A: b\r\n" * 200_000,
        "document broken-format",
    ),
    Hostile(
        "cut.warc.gz",
        lambda: gzip.compress(_warc(GOOD), mtime=0) + gzip.compress(_warc(OTHER), mtime=0)[:-30],
        "document broken-archive",
    ),
    Hostile(
        "chunks.warc",
        lambda: (
            _warc(GOOD, headers="Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nffffffff") + _warc(OTHER)
        ),
        "broken-format document",
    ),
    Hostile("multiparts in multiparts.eml", lambda: _MAIL + _multiparts(10_000) + "\n" + GOOD, "too-large"),
    Hostile("some multiparts.eml", lambda: _MAIL + _multiparts(900) + "\n" + GOOD, "document"),
    Hostile(
        "messages in messages.eml",
        lambda: _mail("Content-Type: message/rfc822\n\n" * 20_000 + GOOD, "Content-Type: message/rfc822\n"),
        "broken-format",
    ),
    Hostile(
        "parts.eml", lambda: _mail("--B\n\nx\n" * 100_000, "Content-Type: multipart/mixed; boundary=B\n"), "too-large"
    ),
    Hostile("long header.eml", lambda: _mail(GOOD, f"Subject: {'а' * 5_000_000}\n"), "document"),
    Hostile("folded header.eml", lambda: _mail(OTHER, "Subject: a\n" + " b\n" * 500_000), "document"),
    Hostile("encoded words.eml", lambda: _mail(GOOD, f"Subject: {'=?utf-8?q?a?= ' * 200_000}\n"), "document"),
    Hostile(
        "broken encoded words.eml",
        lambda: _mail(OTHER, "Subject: =?utf-8?b?%%%?= =?nonsense?q?a?= =?x?=\n"),
        "document",
    ),
    Hostile(
        "recipients.eml", lambda: _mail(GOOD, f"To: {'<a@b>,' * 300_000}\nFrom: {'((((<a@b>,' * 100_000}\n"), "document"
    ),
    Hostile(
        "broken base64.eml",
        lambda: _mail(base64.b64encode(OTHER.encode()) + b"!*=*", "Content-Transfer-Encoding: base64\n"),
        "document",
    ),
    Hostile("no base64.eml", lambda: _mail("?" * 1000, "Content-Transfer-Encoding: base64\n"), "missing-text"),
    Hostile(
        "broken quoted-printable.eml",
        lambda: _mail(f"{GOOD} =ZZ= =", "Content-Transfer-Encoding: quoted-printable\n"),
        "document",
    ),
    Hostile(
        "no such charset.eml", lambda: _mail(GOOD, 'Content-Type: text/plain; charset="unicode_escape"\n'), "document"
    ),
    Hostile(
        "parameters.eml",
        lambda: _mail(GOOD, "Content-Type: text/plain; " + 'a*0="b"; ' * 1_000_000 + "\n"),
        "broken-format",
    ),
    Hostile(
        "uuencoded.eml",
        lambda: _mail("begin 644 ../../x\n#" + "M" * 200, "Content-Transfer-Encoding: x-uuencode\n"),
        "undecodable",
    ),
    Hostile("separators.mbox", lambda: b"From a@b.by Mon Nov 18 10:00:00 2019\n" * 20_000, "document"),
    Hostile(
        "no parts.mhtml",
        lambda: (
            _MAIL
            + 'Snapshot-Content-Location: https://example.org/\nContent-Type: multipart/related; boundary="B"\n\n'
            + "--B--\n" * 1000
        ),
        "missing-text",
    ),
)
