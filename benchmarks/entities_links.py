"""Which names mean one thing: entity ids against the identifiers that SlavicNER shares across its languages.

The names are those of the documents kept back, with the corpus's own spans, types and lemmas, so that linking alone is
judged. Two names with the same identifier are a pair to find; two with the same id are a pair found.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.tables import Table, number, show
from training.entities.corpora import is_held_out, read_records
from transforms.document import EntityType, Mention
from transforms.entities.keys import words
from transforms.entities.linker import Linker
from transforms.entities.mentions import NamedMention

NAMES: Final = Path(__file__).parent.parent / "transforms" / "entities" / "names.npz"
PARTS: Final = ("held-out", "training")
_MARK: Final = "entities-links"


class Unit(NamedTuple):
    """A name in a language, the identifier that the corpus gives it and ours."""

    language: str
    name: str
    type: EntityType
    gold: str
    ours: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of names with one identifier in the corpus, with one id of ours, and with both."""

    gold: int
    ours: int
    both: int

    @property
    def precision(self) -> float:
        """Share of the pairs found that are right."""
        return self.both / self.ours if self.ours else 1.0

    @property
    def recall(self) -> float:
        """Share of the pairs to find that were found."""
        return self.both / self.gold if self.gold else 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what was compared by which method, and how well it did."""

    names: str
    method: str
    units: int
    pairs: Pairs


def documents(folder: Path, part: str) -> Iterator[dict[str, Any]]:
    """The documents of a part: those kept back from all training, or the others."""
    for record in read_records(folder, "slavicner"):
        if is_held_out(record["id"], "slavicner") == (part == "held-out"):
            yield record


def _mentions(document: dict[str, Any]) -> list[NamedMention]:
    return [
        NamedMention(
            Mention(entity["start"], entity["end"], entity["surface"]),
            entity["type"],
            entity["lemma"] or entity["surface"],
            document["lang"],
        )
        for entity in sorted(document["entities"], key=lambda each: (each["start"], -each["end"]))
    ]


def linked(found: Iterable[dict[str, Any]], linker: Linker) -> Counter[Unit]:
    """The mentions of documents by name, as linking a whole document gives them ids."""
    units: Counter[Unit] = Counter()
    for document in found:
        mentions = _mentions(document)
        gold = {(entity["start"], entity["end"]): entity["id"] for entity in document["entities"]}
        ours = {
            (mention.start, mention.end): entity.id
            for entity in linker.link(mentions, document["text"])
            for mention in entity.mentions
        }
        for each in mentions:
            span = (each.mention.start, each.mention.end)
            units[Unit(each.language, each.name, each.type, gold[span], ours[span])] += 1
    return units


def exact(unit: Unit) -> str:
    """Baseline: the same letters, apart from case."""
    return f"{unit.type}:{unit.name.casefold()}"


_LETTERS: Final = dict(
    zip(
        "абвгґдеёєжзиіїйклмнопрстуўфхцчшщъыьэюяčšžćłńśźżąęóáéíúýěřůďťň",
        "a b v g g d e e ie zh z i i i i k l m n o p r s t u u f kh ts ch sh shch _ y _ e iu ia "
        "c s z c l n s z z a e o a e i u y e r u d t n".replace("_", " _ ").split(),
        strict=True,
    )
)


def transliterated(unit: Unit) -> str:
    """Baseline: the same letters after writing each in ASCII, one table for all languages, as unidecode does."""
    written = "".join(_LETTERS.get(character, character) for character in unit.name.casefold())
    return f"{unit.type}:{'-'.join(words(written.replace('_', '')))}"


def pairs(units: Counter[Unit], ours: Callable[[Unit], str], *, weighted: bool, crossing: bool = False) -> Pairs:
    """Count pairs of names, or of mentions where `weighted`; `crossing`: of names in two languages only."""

    def counted(key: Callable[[Unit], tuple[str, ...]]) -> int:
        groups: Counter[tuple[str, ...]] = Counter()
        for unit, times in units.items():
            groups[key(unit)] += times if weighted else 1
        return sum(size * (size - 1) // 2 for size in groups.values())

    def between(key: Callable[[Unit], tuple[str, ...]]) -> int:
        within = counted(lambda unit: (*key(unit), unit.language)) if crossing else 0
        return counted(key) - within

    return Pairs(
        between(lambda unit: (unit.gold,)),
        between(lambda unit: (ours(unit),)),
        between(lambda unit: (unit.gold, ours(unit))),
    )


def measure(folder: Path, names: Path = NAMES, part: str = "held-out") -> list[Row]:
    """The rows of the table, of the documents of a part in `folder`."""
    units = linked(documents(folder, part), Linker(names))
    seen = {
        (document["lang"], (entity["lemma"] or entity["surface"]).casefold())
        for document in documents(folder, "training")
        for entity in document["entities"]
    }
    known = Counter({unit: times for unit, times in units.items() if (unit.language, unit.name.casefold()) in seen})
    unseen = Counter({unit: times for unit, times in units.items() if unit not in known})
    identifiers = {entity["id"] for document in documents(folder, "training") for entity in document["entities"]}
    strange = Counter({unit: times for unit, times in units.items() if unit.gold not in identifiers})

    def row(label: str, method: str, chosen: Counter[Unit], ours: Callable[[Unit], str], **how: bool) -> Row:
        how = {"weighted": False, **how}
        return Row(label, method, len(chosen), pairs(chosen, ours, **how))

    def own(unit: Unit) -> str:
        return unit.ours

    rows = [
        row("names", method, units, ours)
        for method, ours in (("exact", exact), ("ASCII", transliterated), ("linked", own))
    ]
    rows.append(row("names, pairs in two languages", "linked", units, own, crossing=True))
    rows.append(row("mentions", "linked", units, own, weighted=True))
    rows += [
        row(
            f"names, {kind}",
            "linked",
            Counter({unit: times for unit, times in units.items() if unit.type == kind}),
            own,
        )
        for kind in ("PER", "LOC", "ORG", "PRO", "EVT")
    ]
    for label, chosen in (("seen in training", known), ("not seen in training", unseen), ("of ids not seen", strange)):
        rows.append(row(f"names {label}", "linked", chosen, own))
    return rows


def wrong(folder: Path, names: Path, part: str, most: int) -> list[str]:
    """The identifiers that are split most, and the ids that join most, for people to read."""
    units = linked(documents(folder, part), Linker(names))
    lines = []
    for label, key, other in (("joined", 4, 3), ("split", 3, 4)):
        groups: dict[str, list[Unit]] = {}
        for unit in units:
            groups.setdefault(unit[key], []).append(unit)
        ordered = sorted(
            (group for group in groups.values() if len({unit[other] for unit in group}) > 1),
            key=lambda group: -len({unit[other] for unit in group}) * len(group),
        )
        for group in ordered[:most]:
            parts: dict[str, list[str]] = {}
            for unit in group:
                parts.setdefault(unit[other], []).append(f"{unit.language}:{unit.name}({unit.type},{units[unit]})")
            lines.append(f"{label} {group[0][key]}: " + "; ".join(f"{k} ← {', '.join(v)}" for k, v in parts.items()))
    return lines


def table(rows: Sequence[Row], part: str) -> Table:
    """The rows as a table."""
    return Table(
        f"Linking of names, SlavicNER, documents {'kept back' if part == 'held-out' else 'of training'}",
        ("names", "method", "names with ids", "pairs", "precision", "recall"),
        tuple(
            (
                row.names,
                row.method,
                str(row.units),
                str(row.pairs.gold),
                number(row.pairs.precision),
                number(row.pairs.recall),
            )
            for row in rows
        ),
        "Pairs of names with one identifier; precision and recall of the pairs with one id.",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.entities_links", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with slavicner_train.jsonl.gz")
    parser.add_argument("--names", type=Path, default=NAMES, help="another file of names, as one without SlavicNER")
    parser.add_argument("--part", choices=PARTS, default="held-out")
    parser.add_argument("--wrong", type=int, default=0, metavar="N", help="show the N worst of each kind of error")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables into this page, between its marks")
    options = parser.parse_args(arguments)
    for line in wrong(options.folder, options.names, options.part, options.wrong) if options.wrong else ():
        print(line)
    tables = [table(measure(options.folder, options.names, options.part), options.part)]
    return show("entities_links", [], tables, as_markdown=options.markdown, page=options.write, mark=_MARK)


if __name__ == "__main__":
    raise SystemExit(main())
