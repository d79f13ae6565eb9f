"""A coverage-guided fuzzer over the readers: `python -m benchmarks.fuzz_readers --seconds 600`.

Each format is fuzzed for its share of the time, in a process of its own, beginning with the bad inputs of tests/hostile
that are of this format. A finding is an exception, a broken promise of read_items (tests/hostile/contract.py), an input
that takes longer than 10 s, and more memory than a worker may have. Findings are saved, and the exit code then is 1.

It needs atheris (benchmarks/requirements.txt), which has wheels for Linux; without it the exit code is 2.
"""

import argparse
import importlib
import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from benchmarks.tables import Table

_SECONDS_AN_INPUT: Final = 10
# What a worker may need, and what the fuzzer itself does.
_MEMORY_MB: Final = 600 + 400
# Larger seeds cost the fuzzer its speed, and larger inputs find nothing else.
_MAX_SEED_BYTES: Final = 64 * 1024
_MAX_INPUT_BYTES: Final = 16 * 1024
# What the fuzzer may put in, of any format.
_WORDS: Final = (
    *(b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\7\x08", b"ustar\0", b"\x1f\x8b\x08\0", b"BZh91AY&SY"),
    *(b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"\x5d\0\0\x80\0", b"PAR1", b"PARE", b"WARC/1.0\r\n", b"filedesc://"),
    *(b"Content-Length: ", b"WARC-Type: response\r\n", b"HTTP/1.1 200 OK\r\n", b"Content-Encoding: gzip", b"chunked"),
    *(b"<!doctype html>", b"<html>", b"<script type=application/ld+json>", b"<title>", b"<meta charset=", b"<!--"),
    *(b"<?xml version='1.0'?>", b"<![CDATA[", b"]]>", b"<!ENTITY ", b"<!DOCTYPE ", b"<rss>", b"<item>", b"-->"),
    *(b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<entry>", b"<content type='xhtml'>", b"&amp;", b"xml:lang="),
    *(b'{"text": "', b'"html": "', b'"items": [', b'"authors": [', b"\\ud800", b"\\u0000", b"1e999", b"NaN", b"null"),
    *(b"title,text\n", b'""', b"text\ttitle\n", b"---\n", b"From: a@b.c\n", b"MIME-Version: 1.0\n", b"boundary=B"),
    *(b"Content-Type: multipart/mixed; boundary=B\n\n", b"--B\n", b"--B--", b"=?utf-8?b?", b"base64"),
    *(b"From a@b.c Mon Nov 18 10:00:00 2019\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xed\xa0\x80"),
)  # fmt: skip

_FOUND = re.compile(r"^artifact_prefix=.*Test unit written to (\S+)", re.MULTILINE)
_PROGRESS = re.compile(r"^#(\d+)\t\w+\s+cov: (\d+)", re.MULTILINE)
_LAST = re.compile(r"^#(\d+)\s+DONE\s+cov: (\d+)", re.MULTILINE)
_EXECUTIONS = re.compile(r"^stat::number_of_executed_units:\s*(\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What came of fuzzing a format: inputs tried, branches covered, and where the input of a finding was saved."""

    format: str
    seeds: int
    executions: int
    coverage: int
    finding: Path | None
    said: str


def main() -> int:
    """Fuzz. 0 without a finding, 1 with one, 2 where there is no atheris."""
    arguments = _arguments()
    if find_spec("atheris") is None:
        print(
            "The fuzzer needs atheris, which is not installed. Put it into a folder beside this environment:\n"
            "  python -m pip install --no-deps --target build/fuzzer -r benchmarks/requirements.txt\n"
            "and run it with PYTHONPATH=build/fuzzer.",
            file=sys.stderr,
        )
        return 2
    if arguments.worker:
        _fuzz(arguments.worker, arguments.libfuzzer)
    seeds = _seeds()
    formats = [arguments.format] if arguments.format else sorted(seeds)
    if unknown := set(formats) - set(seeds):
        print(f"No format is named {unknown.pop()}; there are {', '.join(sorted(seeds))}.", file=sys.stderr)
        return 2
    arguments.save.mkdir(parents=True, exist_ok=True)
    share = max(1, arguments.seconds // len(formats))
    fuzzed = []
    for name in formats:
        print(f"{name}: {share} s …", file=sys.stderr, flush=True)
        fuzzed.append(_fuzzed(name, seeds[name], share, arguments.save))
        if fuzzed[-1].finding:
            print(f"{fuzzed[-1].said}\nThe input is in {fuzzed[-1].finding}", flush=True)
    print(_table(fuzzed).plain())
    return 1 if any(each.finding for each in fuzzed) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz_readers", description="Fuzz the readers.")
    parser.add_argument("--seconds", type=int, default=120, help="for all formats together (120)")
    parser.add_argument("--format", help="this one alone")
    parser.add_argument("--save", type=Path, default=Path("data", "fuzz"), help="where findings go (data/fuzz)")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("libfuzzer", nargs="*", help=argparse.SUPPRESS)
    return parser.parse_args()


def _seeds() -> dict[str, list[bytes]]:
    """The seeds of each format and kind of archive: bad inputs, and the two drops of seeds/."""
    from tests.builders import BELARUSIAN_SEED, RUSSIAN_SEED  # noqa: PLC0415 (the worker instruments it first)
    from tests.hostile.table import INPUTS  # noqa: PLC0415
    from transforms.readers import READERS, reader_for  # noqa: PLC0415
    from transforms.readers.archives import CONTAINERS  # noqa: PLC0415

    seeds: dict[str, list[bytes]] = {
        name: [] for name in (*(each.format for each in READERS), *(each.name for each in CONTAINERS))
    }
    for hostile in INPUTS:
        with hostile.open() as stream:
            raw = stream.read()
        container = next((each.name for each in CONTAINERS if each.sniff(raw)), None)
        seeds[container or reader_for(raw, hostile.name).format].append(raw[:_MAX_SEED_BYTES])
    seeds["text"] += [RUSSIAN_SEED.read_bytes(), BELARUSIAN_SEED.read_bytes()]
    return seeds


def _fuzzed(name: str, seeds: Sequence[bytes], seconds: int, save: Path) -> Fuzzed:
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for number, seed in enumerate(seeds):
            (corpus / f"{number}").write_bytes(seed)
        dictionary = Path(folder, "words")
        escaped = ("".join(f"\\x{byte:02x}" for byte in word) for word in _WORDS)
        dictionary.write_text("".join(f'"{word}"\n' for word in escaped))
        options = {
            "max_total_time": seconds,
            "timeout": _SECONDS_AN_INPUT,
            "rss_limit_mb": _MEMORY_MB,
            "max_len": _MAX_INPUT_BYTES,
            "artifact_prefix": f"{save}/{name.replace(' ', '-')}-",
            "dict": dictionary,
            "print_final_stats": 1,
        }
        words = [f"-{option}={value}" for option, value in options.items()]
        command = [sys.executable, "-m", "benchmarks.fuzz_readers", "--worker", name, "--", *words, str(corpus)]
        # libFuzzer ends by itself; what hangs in spite of its time limit is ended from here.
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=seconds + 300
        )
    said = done.stdout.decode("utf-8", errors="replace")
    progress = _LAST.search(said) or (_PROGRESS.findall(said) or [None])[-1]
    coverage = int(progress[2] if isinstance(progress, re.Match) else progress[1]) if progress else 0
    executions = _EXECUTIONS.search(said)
    finding = _FOUND.search(said)
    if done.returncode and not finding:
        raise RuntimeError(f"the fuzzer itself failed: {said[-3000:]}")
    tried = int(executions[1]) if executions else 0
    return Fuzzed(name, len(seeds), tried, coverage, Path(finding[1]) if finding else None, said[-3000:])


def _fuzz(name: str, options: Sequence[str]) -> None:
    """Fuzz, in this process, until the time is over. Never returns."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["transforms", "email", "tarfile", "html", "json", "xml"]):
        from transforms.readers import READERS, Limits, read_items  # noqa: PLC0415
        from transforms.readers.archives import CONTAINERS  # noqa: PLC0415
    from tests.hostile.contract import checked  # noqa: PLC0415

    suffixes = {each.format: each.suffixes for each in READERS} | {
        each.name: tuple(each.suffixes) for each in CONTAINERS
    }
    # Small ones, so that small inputs meet them.
    limits = Limits(max_item_bytes=8 * 1024, max_drop_bytes=16 * 1024 * 1024, max_entries=50)

    def read(raw: bytes) -> None:
        items = read_items(
            io.BytesIO(raw), drop_id="d" * 64, name=f"fuzz{suffixes[name][0]}", source="fuzz", limits=limits
        )
        for _ in checked(items):
            pass

    atheris.Setup([sys.argv[0], *options], read)
    atheris.Fuzz()


def _table(fuzzed: Sequence[Fuzzed]) -> Table:
    def rows() -> Iterator[tuple[str, ...]]:
        for each in fuzzed:
            yield (each.format, str(each.seeds), str(each.executions), str(each.coverage), str(bool(each.finding) * 1))
        yield (
            "all",
            *(str(sum(getattr(each, of) for each in fuzzed)) for of in ("seeds", "executions")),
            "",
            str(sum(each.finding is not None for each in fuzzed)),
        )

    return Table("Fuzzing of the readers", ("format", "seeds", "inputs tried", "branches", "findings"), tuple(rows()))


if __name__ == "__main__":
    sys.exit(main())
