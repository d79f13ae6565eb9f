"""A corpus of drops for the programs that disturb an ingest: every format, broken ones, copies, revisions.

Made of the seeds by a generator of random numbers: the same number of drops and the same seed give the same bytes and
the same times of arrival.
"""

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import random
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_SEEDS: Final = sorted((Path(__file__).parents[1] / "seeds").glob("*.txt"))
_FIRST_ARRIVAL: Final = 1_700_000_000
# Articles that are delivered more than once, in other words: so few that each gets a history.
_ADDRESSES: Final = 40
_ENCODINGS: Final = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1251", "koi8-u", "iso8859-5")
# Larger than what is written at one time (flows.load_drops.MAX_CHUNK_ITEMS), so that kills land between two chunks.
_LONG_DROP_ITEMS: Final = 80


@dataclass(slots=True)
class _Maker:
    rng: random.Random
    sentences: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for seed in _SEEDS:
            text = seed.read_text(encoding="utf-8")
            self.sentences += [one.strip() + "." for one in text.split(".") if 40 < len(one.strip()) < 300]

    def text(self) -> str:
        """An article that is like no other."""
        sentences = self.rng.sample(self.sentences, self.rng.randint(1, 3))
        return f"Нумар {self.rng.getrandbits(48)}. " + " ".join(" ".join(sentences).split())

    def article(self) -> dict[str, str]:
        """An article as a record; every second one is a revision, a copy or the first delivery of a known address."""
        record = {"title": f"Загаловак {self.rng.randint(1, 999)}", "text": self.text()}
        if self.rng.random() < 0.5:
            record["url"] = f"https://example.org/news/{self.rng.randrange(_ADDRESSES)}"
        return record

    def txt(self) -> bytes:
        # What an encoding has no letter for would be another text.
        encoding = self.rng.choice(_ENCODINGS)
        return f"Навіны\nСпорт\n{self.text()}\nКантакты".encode(encoding, "ignore")

    def html(self) -> bytes:
        one = self.article()
        link = f'<link rel="canonical" href="{one["url"]}">' if "url" in one else ""
        body = "".join(f"<p>{part}.</p>" for part in one["text"].rstrip(".").split(". "))
        page = f"<html><head><title>{one['title']}</title>{link}</head><body><nav>Галоўная</nav>{body}</body></html>"
        return page.encode()

    def jsonl(self, items: int | None = None) -> bytes:
        lines = [json.dumps(self.article(), ensure_ascii=False) for _ in range(items or self.rng.randint(1, 4))]
        if self.rng.random() < 0.3:
            lines.insert(self.rng.randrange(len(lines) + 1), self.rng.choice(['{"text": ', "[]", '{"id": 7}', "null"]))
        if self.rng.random() < 0.3:
            lines.append(self.rng.choice(lines))
        return ("\n".join(lines) + "\n").encode()

    def json(self) -> bytes:
        return json.dumps([self.article() for _ in range(self.rng.randint(1, 3))], ensure_ascii=False).encode()

    def csv(self) -> bytes:
        table = io.StringIO()
        writer = csv.DictWriter(table, ["url", "title", "text"])
        writer.writeheader()
        writer.writerows(self.article() for _ in range(self.rng.randint(1, 3)))
        return table.getvalue().encode()

    def rss(self) -> bytes:
        items = "".join(
            f"<item><title>{one['title']}</title><link>{one.get('url', '')}</link>"
            f"<description>{one['text']}</description></item>"
            for one in (self.article() for _ in range(self.rng.randint(1, 3)))
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Стужка</title>{items}</channel></rss>'.encode()

    def eml(self) -> bytes:
        one = self.article()
        head = "From: a@example.org\nTo: b@example.org\nSubject: News\nMIME-Version: 1.0\n"
        return (head + "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n").encode() + one[
            "text"
        ].encode()

    def packed(self) -> bytes:
        pack = self.rng.choice((gzip_bytes, bz2.compress, lzma.compress))
        return pack(self.rng.choice((self.txt, self.jsonl))())

    def zip(self) -> bytes:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            for number in range(self.rng.randint(1, 3)):
                file.writestr(zipfile.ZipInfo(f"{number}.jsonl"), self.jsonl())
        return archive.getvalue()

    def tar(self) -> bytes:
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as file:
            for number in range(self.rng.randint(1, 3)):
                content = self.html()
                member = tarfile.TarInfo(f"{number}.html")
                member.size = len(content)
                file.addfile(member, io.BytesIO(content))
        return archive.getvalue()

    def broken(self) -> bytes:
        kinds: tuple[Callable[[], bytes], ...] = (
            bytes,
            lambda: b"\x89PNG\r\n\x1a\n" + self.rng.randbytes(500),
            lambda: self.packed()[:-12],
            lambda: self.zip()[:-30],
            lambda: self.text().encode()[:90] + b"\xd0 \xff\xfe " + self.text().encode(),
            lambda: b"%d+\n" % self.rng.randint(10, 99),
        )
        return self.rng.choice(kinds)()


def gzip_bytes(content: bytes) -> bytes:
    """Gzip without a time in it."""
    return gzip.compress(content, mtime=0)


def write_corpus(folder: Path, drops: int, seed: int) -> None:
    """Write so many drops into the folder, with times of arrival that are not in the order of their names."""
    maker = _Maker(random.Random(seed))  # noqa: S311 - chance, not secrets
    kinds: tuple[tuple[str, int, Callable[[], bytes]], ...] = (
        ("txt", 6, maker.txt),
        ("html", 4, maker.html),
        ("jsonl", 6, maker.jsonl),
        ("json", 2, maker.json),
        ("csv", 2, maker.csv),
        ("xml", 2, maker.rss),
        ("eml", 2, maker.eml),
        ("gz", 2, maker.packed),
        ("zip", 2, maker.zip),
        ("tar", 1, maker.tar),
        ("bin", 3, maker.broken),
    )
    folder.mkdir(parents=True)
    written: list[tuple[str, bytes]] = []
    for number in range(drops):
        name, _, make = maker.rng.choices(kinds, [weight for _, weight, _ in kinds])[0]
        if number % 250 == 50:
            name, content = "jsonl", maker.jsonl(_LONG_DROP_ITEMS)
        elif written and maker.rng.random() < 0.06:
            # The same drop once more, at another time. What sends it again calls it the same.
            name, content = maker.rng.choice(written)
        else:
            content = make()
        written.append((name, content))
        path = folder / f"{number:05}.{name}"
        path.write_bytes(content)
        # Some arrive at the same second.
        arrived = _FIRST_ARRIVAL + 60 * maker.rng.randrange(drops)
        os.utime(path, (arrived, arrived))
