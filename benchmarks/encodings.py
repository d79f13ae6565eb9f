# ruff: noqa: A005 - never imported, and named like the section of docs/reliability.md.
"""Encodings: ours beside other detectors, `python -m benchmarks.encodings FOLDER`.

FOLDER holds the development data. Its sentences in languages written in Cyrillic are written in every encoding that
can represent them, and each detector is given the bytes of one sentence and nothing else. Right is the exact text,
whichever name the detector gave to the encoding; no answer is wrong.
"""

import argparse
import gzip
import platform
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.tables import Table, number, show
from transforms.decode import DecodeError, decode

_MARK: Final = "encodings"
_OURS: Final = "Dropwire"
_LANGUAGES: Final = frozenset("be ru uk bg mk sr kk tt ba".split())
# Shorter ones are words rather than sentences.
_SHORTEST: Final = 20
_BANDS: Final = ((20, 39), (40, 79), (80, 159), (160, None))
_ENCODINGS: Final = (
    *("utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-16", "utf-32-le", "utf-32-be", "utf-32"),
    *("cp1251", "koi8-r", "koi8-u", "iso8859-5", "cp866", "mac-cyrillic", "kz1048"),
)
# The slowest detector needs some milliseconds a sentence; this many settle the ratio.
_TIMED: Final = 2000

Decode = Callable[[bytes], str | None]


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence and its bytes in an encoding."""

    text: str
    encoding: str
    raw: bytes


@dataclass(slots=True)
class Count:
    """How many of a group a detector got right."""

    right: int = 0
    total: int = 0

    @property
    def share(self) -> float | None:
        """The share that was right, 0 to 1; None of nothing."""
        return self.right / self.total if self.total else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and, where asked, write it into a page; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encodings", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder of the development data")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="also write the table into this Markdown page")
    options = parser.parse_args(arguments)
    if not (path := options.folder / "language" / "sent.tsv.gz").exists():
        parser.error(f"{path} is not there: FOLDER is the development data's, with language/ in it")
    found = list(cases(path))
    detectors, remarks = _detectors()
    names = ", ".join(f"{name} {version(name)}" for name in detectors if name != _OURS)
    remarks.insert(0, f"Measured with Python {platform.python_version()}; {names or 'no other detector installed'}.")
    table = _table(found, detectors)
    return show("benchmarks.encodings", remarks, [table], as_markdown=options.markdown, page=options.write, mark=_MARK)


def cases(path: Path) -> Iterator[Case]:
    """Each sentence in each encoding that can represent it. Raises OSError where the file cannot be read."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            language, _, text = line.rstrip("\n").split("\t", 2)
            if language in _LANGUAGES and len(text) >= _SHORTEST and not text.isascii() and "\r" not in text:
                for encoding in _ENCODINGS:
                    try:
                        yield Case(text, encoding, text.encode(encoding))
                    except UnicodeEncodeError:
                        continue


def _table(found: Sequence[Case], detectors: Mapping[str, Decode]) -> Table:
    counts: dict[tuple[str, str], Count] = defaultdict(Count)
    for case in found:
        belongs = ("all", f"encoding {case.encoding}", *_bands(case))
        for name, detect in detectors.items():
            right = detect(case.raw) == case.text
            for group in belongs:
                count = counts[group, name]
                count.right += right
                count.total += 1
    groups: list[str] = ["all", *(f"encoding {each}" for each in _ENCODINGS)]
    groups += [f"{kind}, {_band(*band)}" for kind in ("single-byte", "Unicode") for band in _BANDS]
    rows = [
        (group, str(counts[group, _OURS].total), *(number(counts[group, name].share) for name in detectors))
        for group in groups
    ]
    rows.append(("times as long as ours", "", *_ratios(found, detectors)))
    return Table(
        "Exact text",
        ("group", "cases", *detectors),
        tuple(rows),
        "Share of the cases whose text came back exactly. The last row is the time a detector took for "
        f"{_TIMED} cases, divided by ours.",
    )


def _bands(case: Case) -> Iterator[str]:
    kind = "Unicode" if case.encoding.startswith("utf") else "single-byte"
    for low, high in _BANDS:
        if low <= len(case.text) and (high is None or len(case.text) <= high):
            yield f"{kind}, {_band(low, high)}"


def _band(low: int, high: int | None) -> str:
    return f"{low} characters and more" if high is None else f"{low} to {high} characters"


def _ratios(found: Sequence[Case], detectors: Mapping[str, Decode]) -> list[str]:
    sample = found[:: max(1, len(found) // _TIMED)]
    seconds = {}
    for name, detect in detectors.items():
        start = time.perf_counter()
        for case in sample:
            detect(case.raw)
        seconds[name] = time.perf_counter() - start
    return [f"{taken / seconds[_OURS]:.2f}" for taken in seconds.values()]


def _detectors() -> tuple[dict[str, Decode], list[str]]:
    """Ours and the others that are installed, and a remark on each that is not."""
    detectors: dict[str, Decode] = {_OURS: _ours}
    remarks = []
    for name, make in (
        ("charset-normalizer", _charset_normalizer),
        ("chardet", _chardet),
        ("faust-cchardet", _cchardet),
    ):
        try:
            detectors[name] = make()
        except ImportError:
            remarks.append(f"{name} is not installed: pip install -r benchmarks/requirements.txt")
    return detectors, remarks


def _ours(raw: bytes) -> str | None:
    try:
        return decode(raw).text
    except DecodeError:
        return None


def _charset_normalizer() -> Decode:
    from_bytes = import_module("charset_normalizer").from_bytes

    def detect(raw: bytes) -> str | None:
        best = from_bytes(raw).best()
        return None if best is None else str(best).removeprefix("\ufeff")

    return detect


def _chardet() -> Decode:
    return _by_name(import_module("chardet").detect)


def _cchardet() -> Decode:
    return _by_name(import_module("cchardet").detect)


def _by_name(detect: Callable[[bytes], Mapping[str, str | None]]) -> Decode:
    def decoded(raw: bytes) -> str | None:
        name = detect(raw)["encoding"]
        if name is None:
            return None
        try:
            return raw.decode(name).removeprefix("\ufeff")
        except (LookupError, UnicodeDecodeError):
            return None

    return decoded


if __name__ == "__main__":
    raise SystemExit(main())
