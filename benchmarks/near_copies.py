"""Near-copies: what is found of the real ones, `python -m benchmarks.near_copies FOLDER`.

FOLDER holds the development data. All its articles are compared with all others, exactly and slowly. A pair is a
near-copy if verbatim stretches of six words and more make up at least half of the longer text: this is the measure by
which a reader who sees both would say so (a sample was read), and none that our method computes. Pairs are split by
story into two halves: `tune`, to choose thresholds on, and `test`.
"""

import argparse
import gzip
import hashlib
import json
import platform
import random
import re
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial
from itertools import combinations, pairwise
from math import sqrt
from pathlib import Path
from typing import Final

from benchmarks.tables import Table, number, show
from transforms import near_copies

_MARK: Final = "near-copies"
_ARTICLES: Final = (
    ("cleaning/daniel_plain.jsonl.gz", "gold"),
    ("cleaning/newspaper4k_plain.jsonl.gz", "gold"),
    ("cleaning/wcxb_plain.jsonl.gz", "gold"),
    ("entities/slavicner_train.jsonl.gz", "text"),
    ("entities/factrueval_dev.jsonl.gz", "text"),
)
# Written for the benchmark, as no template family of this size is in the data.
_WEATHER: Final = (
    "Надвор'е на {d} студзеня. Сёння ў Беларусі чакаецца воблачная з праясненнямі надвор'е. Уначы тэмпература паветра "
    "складзе {a}..{b} градусаў, удзень ад {c} да {e} градусаў. Вецер паўночна-заходні, {f} м/с, парывамі да {g} м/с. "
    "У Мінску ўначы {h}, удзень {i} градусаў. Ціск {j} мм ртутнага слупа. Вільготнасць паветра {k} працэнтаў."
)
_RATES: Final = (
    "Курс валют на {d} мая. Центральный банк установил официальный курс доллара США на уровне {a},{b} рубля, что на "
    "{c},{e} рубля меньше предыдущего значения. Официальный курс евро составил {f},{g} рубля, повысившись на {h} "
    "копеек. Стоимость бивалютной корзины равна {i},{j} рубля. Торги на бирже открылись на отметке {k} пунктов."
)
_RESULTS: Final = (
    "Round {d} results. The home side beat the visitors {a}:{b} in front of {c} spectators, the first goal came in the "
    "{e}th minute and the last in the {f}th. In the other match of the day the score was {g}:{h}, with {i} shots on "
    "target and {j} corners. The leaders now have {k} points in the table and play their next match on Sunday."
)
_TEMPLATES: Final = {"weather": _WEATHER, "rates": _RATES, "results": _RESULTS}
_TEMPLATED: Final = 300
_EDITED: Final = 600
_THRESHOLDS: Final = (0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8)
_SIMHASH_BITS: Final = (3, 6, 9, 12, 15, 18, 21)
_TOKEN: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff]|[^\\W_\u3040-\u30ff\u3400-\u9fff]+")

Words = tuple[str, ...]
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sample:
    """Signed articles, the pairs that were compared with their verdict, and the story of each article."""

    packed: tuple[bytes, ...]
    bands: tuple[frozenset[int], ...]
    simhashes: tuple[int, ...]
    verdicts: dict[Pair, bool]
    stories: dict[int, int]

    def half(self, which: str) -> list[Pair]:
        """The pairs whose story is in one half, `tune` or `test`."""
        return [pair for pair in self.verdicts if _half(self.stories[pair[0]]) == which]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables and, where asked, write them into a page; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.near_copies", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder of the development data")
    parser.add_argument("--part", choices=("test", "tune"), default="test", help="which half of the pairs to show")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="also write the tables into this Markdown page")
    options = parser.parse_args(arguments)
    if not (options.folder / _ARTICLES[0][0]).exists():
        parser.error(f"{options.folder / _ARTICLES[0][0]} is not there: FOLDER is that of the development data")
    texts = [text for text in articles(options.folder) if len(words(text)) >= near_copies.MIN_WORDS]
    sample = compared(texts)
    pairs = sample.half(options.part)
    remarks = [f"Measured with Python {platform.python_version()}; {len(texts):,} articles, part `{options.part}`."]
    tables = [_thresholds(sample, pairs), _methods(sample, pairs), _edits(texts), _templates(), _speed(texts)]
    return show("benchmarks.near_copies", remarks, tables, as_markdown=options.markdown, page=options.write, mark=_MARK)


def articles(folder: Path) -> Iterator[str]:
    """The articles of the development data. Raises OSError where a file cannot be read."""
    for name, field in _ARTICLES:
        with gzip.open(folder / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)[field]


def words(text: str) -> Words:
    """The words of a text, folded by other means than those of the method under test."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return tuple(_TOKEN.findall("".join(letter for letter in folded if not unicodedata.combining(letter))))


def compared(texts: Sequence[str]) -> Sample:
    """All pairs that have a twentieth of their runs of three words in common, with the verdict on each."""
    tokens = [words(text) for text in texts]
    runs = [set(zip(each, each[1:], each[2:], strict=False)) for each in tokens]
    where: dict[Words, list[int]] = defaultdict(list)
    for place, those in enumerate(runs):
        for run in those:
            where[run].append(place)
    # What hundreds of articles have in common is no evidence of copying, and costs all the time.
    common = Counter(pair for places in where.values() if 1 < len(places) < 300 for pair in combinations(places, 2))
    verdicts = {
        (a, b): is_near_copy(tokens[a], tokens[b])
        for (a, b), count in common.items()
        if count >= 0.05 * (len(runs[a]) + len(runs[b]) - count)
    }
    signed = [near_copies.sign(text) for text in texts]
    return Sample(
        packed=tuple(each.packed for each in signed),
        bands=tuple(frozenset(each.bands) for each in signed),
        simhashes=tuple(map(_simhash, runs)),
        verdicts=verdicts,
        stories=_joined(len(texts), verdicts),
    )


def is_near_copy(one: Words, other: Words) -> bool:
    """Whether verbatim stretches of six words and more make up at least half of the longer text."""
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return 2 * sum(block.size for block in blocks if block.size >= 6) >= max(len(one), len(other))


def _joined(count: int, pairs: Iterable[Pair]) -> dict[int, int]:
    """To each article the smallest that it is joined with by pairs."""
    first = list(range(count))

    def find(each: int) -> int:
        while first[each] != each:
            first[each] = first[first[each]]
            each = first[each]
        return each

    for a, b in pairs:
        low, high = sorted((find(a), find(b)))
        first[high] = low
    return {each: find(each) for each in range(count)}


def _half(story: int) -> str:
    return "tune" if hashlib.sha256(str(story).encode()).digest()[0] % 2 else "test"


def _simhash(runs: Iterable[Words]) -> int:
    """64 bits, each the majority of that bit in the hashes of the runs (Charikar, 2002)."""
    votes = [0] * 64
    for run in runs:
        value = int.from_bytes(hashlib.blake2b(" ".join(run).encode(), digest_size=8).digest())
        for bit in range(64):
            votes[bit] += 1 if value >> bit & 1 else -1
    return sum(1 << bit for bit in range(64) if votes[bit] > 0)


def _thresholds(sample: Sample, pairs: Sequence[Pair]) -> Table:
    """Precision and recall of the estimated resemblance, by where the line is drawn."""
    rows = []
    for threshold in _THRESHOLDS:

        def says(pair: Pair, line: float = threshold) -> bool:
            one, other = sample.packed[pair[0]], sample.packed[pair[1]]
            enough_figures = near_copies.shared_figures(one, other) >= near_copies.MIN_SHARED_FIGURES
            return near_copies.resemblance(one, other) >= line and enough_figures

        chosen = " (ours)" if threshold == near_copies.MIN_RESEMBLANCE else ""
        rows.append((f"resemblance ≥ {threshold:.2f}{chosen}", *_scores(sample, pairs, says)))
    for bits in _SIMHASH_BITS:
        near = partial(_near, sample, bits)
        rows.append((f"SimHash, at most {bits} bits differ", *_scores(sample, pairs, near)))
    note = (
        f"{sum(sample.verdicts[pair] for pair in pairs)} near-copies among {len(pairs)} pairs that share a twentieth "
        "of their runs of three words. In brackets: Wilson's 95 % interval."
    )
    return Table("By threshold, every pair compared", ("rule", "found", "precision", "recall"), tuple(rows), note)


def _near(sample: Sample, most: int, pair: Pair) -> bool:
    return (sample.simhashes[pair[0]] ^ sample.simhashes[pair[1]]).bit_count() <= most


def _methods(sample: Sample, pairs: Sequence[Pair]) -> Table:
    """What each step of the method loses, at our threshold."""
    leaders = _leaders(sample)
    clusters = _joined(len(sample.packed), leaders.items())
    steps: tuple[tuple[str, Callable[[Pair], bool]], ...] = (
        ("alike", lambda pair: _alike(sample, pair)),
        ("alike and with a band in common", lambda pair: _in_touch(sample, pair) and _alike(sample, pair)),
        ("in one cluster", lambda pair: clusters[pair[0]] == clusters[pair[1]]),
    )
    sizes = Counter(clusters.values())
    chains = sum(leader in leaders for leader in leaders.values())
    note = (
        f"All articles: {sum(size > 1 for size in sizes.values())} clusters of two and more, the largest of "
        f"{max(sizes.values())}; {len(leaders)} articles have a leader, {chains} of these leaders have one themselves."
    )
    rows = tuple((name, *_scores(sample, pairs, says)) for name, says in steps)
    return Table("By step", ("step", "found", "precision", "recall"), rows, note)


def _alike(sample: Sample, pair: Pair) -> bool:
    return near_copies.alike(sample.packed[pair[0]], sample.packed[pair[1]])


def _in_touch(sample: Sample, pair: Pair) -> bool:
    return not sample.bands[pair[0]].isdisjoint(sample.bands[pair[1]])


def _leaders(sample: Sample) -> dict[int, int]:
    """To each article that has one its leader, as store.copies defines it; ids are hashes of the articles' places."""
    ids = [hashlib.sha256(str(place).encode()).digest() for place in range(len(sample.packed))]
    stands: dict[int, int] = {}
    for place in sorted(range(len(ids)), key=ids.__getitem__):
        for band in sample.bands[place]:
            stands.setdefault(band, place)
    found = {}
    for place, bands in enumerate(sample.bands):
        for other in sorted({stands[band] for band in bands} - {place}, key=ids.__getitem__):
            if _alike(sample, (place, other)):
                found[place] = other
                break
    return found


def _scores(sample: Sample, pairs: Sequence[Pair], says: Callable[[Pair], bool]) -> tuple[str, str, str]:
    found = [pair for pair in pairs if says(pair)]
    right = sum(sample.verdicts[pair] for pair in found)
    return str(len(found)), _share(right, len(found)), _share(right, sum(sample.verdicts[pair] for pair in pairs))


def _share(part: int, total: int) -> str:
    """A share with Wilson's 95 % interval."""
    if not total:
        return "–"
    z, share = 1.96, part / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    around = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return f"{number(share)} [{number(max(0.0, middle - around))}–{number(min(1.0, middle + around))}]"


def _edits(texts: Sequence[str]) -> Table:
    """Real articles, edited as those who carry them do, and what is recognised of them."""
    rng = random.Random(0)  # noqa: S311
    chosen = rng.sample(texts, min(_EDITED, len(texts)))
    rows = []
    for name, edit in _EDITS.items():
        pairs = [(near_copies.sign(text), near_copies.sign(edit(text, rng, texts))) for text in chosen]
        alike = sum(near_copies.alike(one.packed, other.packed) for one, other in pairs)
        in_touch = sum(
            near_copies.alike(one.packed, other.packed) and not {*one.bands}.isdisjoint(other.bands)
            for one, other in pairs
        )
        rows.append((name, _share(alike, len(pairs)), _share(in_touch, len(pairs))))
    note = f"{len(chosen)} articles. The last row is no copy: nothing of it should be found."
    return Table("Edited articles", ("edit", "alike", "alike and with a band in common"), tuple(rows), note)


def _without(share: float) -> Callable[[str, random.Random, Sequence[str]], str]:
    def edit(text: str, rng: random.Random, _texts: Sequence[str]) -> str:
        sentences = re.split(r"(?<=[.!?。])\s*", text)
        return " ".join(sentence for sentence in sentences if rng.random() >= share)

    return edit


def _cut(share: float) -> Callable[[str, random.Random, Sequence[str]], str]:
    return lambda text, _rng, _texts: text[: int(len(text) * (1 - share))]


def _paragraph(text: str, rng: random.Random, texts: Sequence[str]) -> str:
    return f"{text}\n{rng.choice(texts)[: len(text) // 4]}"


_EDITS: Final[dict[str, Callable[[str, random.Random, Sequence[str]], str]]] = {
    "letters in capitals, other quotation marks": lambda text, _rng, _texts: text.upper().replace("«", '"'),
    "another headline": lambda text, rng, texts: f"{rng.choice(texts)[:70]}\n{text.partition(chr(10))[2] or text}",
    "agency and place before the text": lambda text, _rng, _texts: f"МІНСК, 12 студзеня /Кар. БЕЛТА/. {text}",
    "a paragraph of another article more": _paragraph,
    "the last 20 % cut": _cut(0.2),
    "the last 40 % cut": _cut(0.4),
    "10 % of the sentences left out": _without(0.1),
    "30 % of the sentences left out": _without(0.3),
    "another article": lambda _text, rng, texts: rng.choice(texts),
}


def _templates() -> Table:
    """Articles that a template makes, on other days: how many pairs of them are taken for copies."""
    rng = random.Random(1)  # noqa: S311
    rows = []
    for name, template in _TEMPLATES.items():
        made = [template.format(**{key: rng.randint(1, 99) for key in "abcdefghijk"}) for _ in range(_TEMPLATED)]
        packed = [near_copies.sign(text).packed for text in made]
        pairs = list(combinations(packed, 2))
        by_words = sum(near_copies.resemblance(a, b) >= near_copies.MIN_RESEMBLANCE for a, b in pairs)
        alike = sum(near_copies.alike(a, b) for a, b in pairs)
        rows.append((name, str(len(pairs)), _share(by_words, len(pairs)), _share(alike, len(pairs))))
    columns = ("template", "pairs", "by resemblance alone", "with the figures")
    return Table("Templates taken for copies", columns, tuple(rows), "Every figure is drawn anew for each article.")


def _speed(texts: Sequence[str]) -> Table:
    near_copies.sign(texts[0])
    start = time.process_time()
    signed = [near_copies.sign(text) for text in texts]
    seconds = time.process_time() - start
    packed = [each.packed for each in signed]
    start = time.process_time()
    for one, other in pairwise(packed):
        near_copies.alike(one, other)
    comparing = time.process_time() - start
    rows = (
        ("articles signed", f"{len(texts) / seconds:,.0f}"),
        ("characters signed", f"{sum(map(len, texts)) / seconds:,.0f}"),
        ("pairs compared", f"{(len(texts) - 1) / comparing:,.0f}"),
    )
    return Table("Speed", ("what", "a second"), rows, "Processor time of one core.")


if __name__ == "__main__":
    raise SystemExit(main())
