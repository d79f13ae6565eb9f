"""How much memory a worker needs for a large drop, and how fast it is read.

    python -m benchmarks.memory [--gigabytes 2] [--format jsonl|jsonl.zst|tar.gz|warc.gz …] [--limit-mb 600]

Makes each drop in a temporary folder, and ingests it into a fresh embedded store with what one task of a run calls
(flows.load_drops), in a process of its own: its peak of resident memory is reported, not that of the store. The exit
code is 1 where that is over the limit.

The drops are what large ones are like: most of their bytes are not text to be stored. A record of the JSONL has an
article of 2 to 4 kB and, under a name that is not read, its page as fetched, 400 kB. The web archive has a page of
60 kB, and 350 kB of images and scripts, for each article. Articles are sentences of the seeds (Belarusian and
Russian) in random order, so that language, names and boilerplate cost what they cost; one in a hundred is 60 times as
long. So 2 GB are 5,000 articles, and take minutes instead of the hours of 2 GB of pure text. The memory depends on the
largest item and on the number of items in a batch, not on the size of the drop: with `--gigabytes 0.1` it is the same.
"""

import argparse
import gzip
import json
import os
import random
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

import zstandard

from benchmarks.tables import Table

_SEEDS: Final = Path(__file__).parents[1] / "seeds" / "expected"
_GIGABYTE: Final = 10**9
_PAGE_BYTES: Final = 400_000
_LONG_ARTICLE_EVERY: Final = 100
_LONG_ARTICLE: Final = 60
# Of the records of a web archive beside a page.
_IMAGE_BYTES: Final = 70_000
_IMAGES_A_PAGE: Final = 5
_MARKUP_BYTES: Final = 55_000


@dataclass(frozen=True, slots=True)
class Measured:
    """What one drop took: bytes unpacked and on disk, documents stored, seconds, and the peak of memory in MB."""

    name: str
    unpacked: int
    packed: int
    stored: int
    rejected: int
    seconds: float
    peak_mb: float


class _Articles:
    """Articles of sentences from the seeds, the same for each run."""

    def __init__(self) -> None:
        self._random = random.Random(3)  # noqa: S311 (the same for each run)
        self._sentences = [
            [sentence.strip() + "." for sentence in path.read_text("utf-8").replace("\n", " ").split(". ")]
            for path in sorted(_SEEDS.glob("*.txt"))
        ]
        self._number = 0

    def next(self) -> tuple[str, list[str], str]:
        """Make the address, the paragraphs and the title of another article."""
        self._number += 1
        sentences = self._random.choice(self._sentences)
        count = 20 * (_LONG_ARTICLE if self._number % _LONG_ARTICLE_EVERY == 0 else 1)
        chosen = self._random.choices(sentences, k=count)
        paragraphs = [" ".join(chosen[start : start + 4]) for start in range(0, count, 4)]
        return f"https://site{self._number % 7}.example/{self._number}", paragraphs, f"{self._number}. {chosen[0][:60]}"

    def filler(self, size: int) -> bytes:
        """Make bytes that compress as a page does, about four times."""
        words = self._random.randbytes(size // 5).hex()
        return "".join(f"<p class='{words[at : at + 8]}'>" for at in range(0, len(words), 8)).encode()[:size]

    def image(self) -> bytes:
        """Make bytes that begin like a JPEG image and compress as one: not at all."""
        return b"\xff\xd8\xff\xe0" + self._random.randbytes(_IMAGE_BYTES)


def _jsonl(articles: _Articles) -> Iterator[bytes]:
    while True:
        url, paragraphs, title = articles.next()
        record = {"url": url, "title": title, "text": "\n".join(paragraphs)}
        record["raw_page"] = articles.filler(_PAGE_BYTES).decode()
        yield json.dumps(record, ensure_ascii=False).encode() + b"\n"


def _warc(articles: _Articles) -> Iterator[bytes]:
    yield _warc_record("warcinfo", "", b"software: benchmark\r\n")
    while True:
        url, paragraphs, title = articles.next()
        text = "".join(f"<p>{paragraph}</p>\n" for paragraph in paragraphs)
        script = f"<script>/*{articles.filler(_MARKUP_BYTES).decode()}*/</script>"
        page = f"<!doctype html><html><head><title>{title}</title>{script}</head><body><h1>{title}</h1>{text}</body>"
        yield _warc_record("response", url, _http("text/html; charset=utf-8", page.encode()))
        for number in range(_IMAGES_A_PAGE):
            yield _warc_record("response", f"{url}/{number}.jpg", _http("image/jpeg", articles.image()))


def _http(kind: str, body: bytes) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _warc_record(kind: str, url: str, block: bytes) -> bytes:
    content = "application/http; msgtype=response" if url else "application/warc-fields"
    address = f"WARC-Target-URI: {url}\r\n" if url else ""
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\n{address}WARC-Date: 2026-01-01T00:00:00Z\r\n"
        f"Content-Type: {content}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def _plain(records: Iterator[bytes], size: int, file: BinaryIO) -> int:
    return sum(file.write(record) for record in _until(records, size))


def _members(records: Iterator[bytes], size: int, file: BinaryIO) -> int:
    """Write a gzip member a record, as crawlers do."""
    written = 0
    for record in _until(records, size):
        file.write(gzip.compress(record, 1))
        written += len(record)
    return written


def _zstd(records: Iterator[bytes], size: int, file: BinaryIO) -> int:
    with zstandard.ZstdCompressor(level=3).stream_writer(file, closefd=False) as packed:
        return _plain(records, size, cast("BinaryIO", packed))


def _tar(records: Iterator[bytes], size: int, file: BinaryIO) -> int:
    """Write a file for each eighth of the size, as of days."""
    written = 0
    with gzip.open(file, "wb", 1) as packed, tarfile.open(fileobj=cast("BinaryIO", packed), mode="w|") as archive:
        for day in range(8):
            with tempfile.TemporaryFile() as one:
                entry = tarfile.TarInfo(f"days/{day}.jsonl")
                entry.size = _plain(records, size // 8, cast("BinaryIO", one))
                one.seek(0)
                archive.addfile(entry, one)
                written += entry.size
    return written


_FORMATS: Final[
    dict[str, tuple[Callable[[_Articles], Iterator[bytes]], Callable[[Iterator[bytes], int, BinaryIO], int]]]
] = {
    "jsonl": (_jsonl, _plain),
    "jsonl.zst": (_jsonl, _zstd),
    "tar.gz": (_jsonl, _tar),
    "warc.gz": (_warc, _members),
}


def _until(records: Iterator[bytes], size: int) -> Iterator[bytes]:
    while size > 0:
        record = next(records)
        size -= len(record)
        yield record


def measure(name: str, size: int) -> Measured:
    """Make a drop of this format and about this many bytes unpacked, and ingest it in a process of its own."""
    from dropwire.embedded import embedded_store  # noqa: PLC0415 (the worker does not need it)

    records, write = _FORMATS[name]
    with tempfile.TemporaryDirectory() as folder:
        drop = Path(folder) / "site" / f"drop.{name}"
        drop.parent.mkdir()
        with drop.open("wb") as file:
            unpacked = write(records(_Articles()), size, file)
        with embedded_store(Path(folder) / "data", linger_s=0) as uri:
            command = [sys.executable, "-m", "benchmarks.memory", "--worker", str(drop)]
            answer = subprocess.run(
                command, env=os.environ | {"DROPWIRE_MONGODB_URI": uri}, stdout=subprocess.PIPE, check=True
            )
        said = json.loads(answer.stdout.splitlines()[-1])
        packed = drop.stat().st_size
    return Measured(name, unpacked, packed, said["stored"], said["rejected"], said["seconds"], said["peak_mb"])


def _work(path: Path) -> None:
    """Ingest one drop in this process, and print what it took."""
    from flows.load_drops import load_drops  # noqa: PLC0415 (the other process does not need it)
    from locations.local import entry_of  # noqa: PLC0415
    from store import ensure, open_store, uri_from_environment  # noqa: PLC0415

    entry = entry_of(str(path), path.name, path.stat())
    if entry is None:
        raise SystemExit(f"{path} is no file")
    with open_store(uri_from_environment()) as db:
        ensure(db)
        started = time.monotonic()
        report = load_drops(db, [entry.found], source=None, reread=False, run_id="benchmark")
        seconds = time.monotonic() - started
    # getrusage(2) would count what the process had before it became this program: a copy of its parent.
    status = Path("/proc/self/status").read_text("ascii").splitlines()
    peak_mb = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) * 1024 / 1e6
    counts = report.counts
    said = {"stored": counts.inserted, "rejected": report.items - counts.inserted}
    sys.stdout.write(json.dumps({**said, "seconds": seconds, "peak_mb": peak_mb}) + "\n")


def table(measured: list[Measured], limit_mb: int) -> Table:
    """The results, one drop a row."""
    rows = tuple(
        (
            each.name,
            f"{each.unpacked / 1e6:,.0f}",
            f"{each.packed / 1e6:,.0f}",
            f"{each.stored:,}",
            f"{each.rejected:,}",
            f"{each.seconds:,.0f}",
            f"{each.unpacked / 1e6 / each.seconds:.1f}",
            f"{each.peak_mb:,.0f}",
        )
        for each in measured
    )
    columns = ("drop", "MB unpacked", "MB on disk", "documents", "others", "seconds", "MB/s", "peak MB")
    note = f"The peak is that of the worker's resident memory; the limit is {limit_mb} MB."
    return Table("Memory of a worker", columns, rows, note)


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--format", choices=_FORMATS, action="append", help="by default jsonl and warc.gz")
    parser.add_argument("--limit-mb", type=int, default=600)
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        _work(given.worker)
        return 0
    measured = [measure(name, int(given.gigabytes * _GIGABYTE)) for name in given.format or ("jsonl", "warc.gz")]
    sys.stdout.write(table(measured, given.limit_mb).plain() + "\n")
    return int(any(each.peak_mb > given.limit_mb for each in measured))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        raise SystemExit(main())
