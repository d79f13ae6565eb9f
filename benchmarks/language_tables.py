"""The tables of `python -m benchmarks.language`, from the answers of the detectors."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.language_data import LANGUAGES, LOOKALIKES, NOT_KNOWN_TO_ALL, Row
from benchmarks.language_detectors import OURS, VOTE
from benchmarks.language_metrics import (
    at_threshold,
    bootstrap,
    calibration_error,
    confusions,
    interval,
    mean_f1,
    reliability,
    scores,
)
from benchmarks.language_speed import Speed
from benchmarks.tables import Table, difference, number
from transforms.document import WITHOUT_LANGUAGE, Language

THRESHOLDS: Final = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)
_LOOKALIKE_THRESHOLDS: Final = (0.5, 0.8, 0.95)
_MOST_CONFUSIONS: Final = 12
# Documents are too few and too easy for a reliability table.
_CALIBRATED_SETS: Final = ("sentences", "short lines")


@dataclass(frozen=True, slots=True)
class Answers:
    """The rows of one set, the tags each detector gave them, and our answers with their probabilities."""

    name: str
    rows: list[Row]
    tags: Mapping[str, Sequence[str]]
    ours: Sequence[Language]

    @property
    def labels(self) -> list[str]:
        """The right tags."""
        return [row.label for row in self.rows]

    @property
    def right(self) -> list[bool]:
        """Whether our answer is right."""
        return [row.label == given.tag for row, given in zip(self.rows, self.ours, strict=True)]

    def known_to_all(self) -> "Answers":
        """Without the rows whose label some detector does not have."""
        kept = [place for place, row in enumerate(self.rows) if row.label not in NOT_KNOWN_TO_ALL]
        return Answers(
            self.name,
            [self.rows[place] for place in kept],
            {name: [given[place] for place in kept] for name, given in self.tags.items()},
            [self.ours[place] for place in kept],
        )

    def answered(self) -> "Answers":
        """Only the rows to which we gave a language."""
        kept = [place for place, given in enumerate(self.ours) if given.tag not in WITHOUT_LANGUAGE]
        return Answers(self.name, [self.rows[place] for place in kept], {}, [self.ours[place] for place in kept])


def quality_tables(sets: Sequence[Answers]) -> list[Table]:
    """All tables but that of the speed."""
    return [
        _means("Mean F1, languages that every detector knows", [each.known_to_all() for each in sets]),
        _means("Mean F1, all rows, look-alikes of other languages among them", sets),
        _unanswered(sets),
        _languages(sets),
        *_beside(sets),
        _confused(sets),
        _lookalikes(sets),
        _reliability([each for each in sets if each.name in _CALIBRATED_SETS]),
        _thresholds([each for each in sets if each.name in _CALIBRATED_SETS]),
    ]


def speed_table(speeds: Mapping[str, Speed]) -> Table:
    """Speed and memory, each detector beside ours."""

    def rates(speed: Speed, name: str) -> tuple[str, str, str]:
        given = speed.rates[name]
        ratio = speed.rate(name) / speeds[OURS].rate(name)
        return f"{speed.rate(name):,.0f}", f"{min(given):,.0f}–{max(given):,.0f}", f"{ratio:.2f}"

    return Table(
        "Speed and memory on one core",
        (
            *("detector", "sentences/s", "min–max", "× ours", "short lines/s", "min–max", "× ours"),
            *("load s", "memory MB", "process MB"),
        ),
        tuple(
            (
                *(name, *rates(speed, "sentences"), *rates(speed, "short lines")),
                *(f"{speed.load_s:.2f}", f"{speed.added_mb:.0f}", f"{speed.peak_mb:.0f}"),
            )
            for name, speed in speeds.items()
        ),
        "Median of five passes. Memory: the most held beyond the interpreter and the texts; process: all of it.",
    )


def _means(title: str, sets: Sequence[Answers]) -> Table:
    names = list(sets[0].tags)
    cells: dict[str, list[str]] = {name: [] for name in names}
    ahead: list[str] = []
    for each in sets:
        found = {name: mean_f1(each.labels, given) for name, given in each.tags.items()}
        samples = bootstrap(each.labels, each.tags)
        for name in names:
            cells[name] += [number(found[name]), "–".join(map(number, interval(samples[name])))]
        if VOTE in names:
            paired = interval(samples[OURS] - samples[VOTE])
            ahead += [difference(found[OURS] - found[VOTE]), " … ".join(map(difference, paired))]
    rows = [(name, *row) for name, row in cells.items()] + ([("ours − vote", *ahead)] if ahead else [])
    columns = [part for each in sets for part in (each.name, "95 %")]
    sizes = ", ".join(f"{len(each.rows):,} {each.name}" for each in sets)
    return Table(title, ("detector", *columns), tuple(rows), f"{sizes}. No answer counts as a wrong one.")


def _unanswered(sets: Sequence[Answers]) -> Table:
    rows = [
        (name, *(number(sum(tag in WITHOUT_LANGUAGE for tag in each.tags[name]) / len(each.rows)) for each in sets))
        for name in sets[0].tags
    ]
    return Table("Share of rows without an answer (und, zxx)", ("detector", *(each.name for each in sets)), tuple(rows))


def _languages(sets: Sequence[Answers]) -> Table:
    tags = _tags(sets)
    found = [scores(each.labels, each.tags[OURS], tags) for each in sets]
    rows = []
    for tag in tags:
        row = [tag]
        for by_tag in found:
            score = by_tag[tag]
            values = (score.precision, score.recall, score.f1)
            row += [str(score.rows), *map(number, values)] if score.rows else ["–"] * 4
        rows.append(tuple(row))
    columns = [part for each in sets for part in (each.name, "P", "R", "F1")]
    note = f"All rows. The first {len(LANGUAGES)} languages make the mean."
    return Table("Ours, language by language", ("tag", *columns), tuple(rows), note)


def _beside(sets: Sequence[Answers]) -> list[Table]:
    """F1 of each language by each detector: the mean of fifteen does not show the close relatives outside it."""
    tables = []
    for each in sets:
        tags = [tag for tag in _tags(sets) if tag in each.labels]
        found = [scores(each.labels, given, tags) for given in each.tags.values()]
        rows = tuple((tag, *(number(by_tag[tag].f1) for by_tag in found)) for tag in tags)
        tables.append(Table(f"F1, language by language, {each.name}", ("tag", *each.tags), rows, "All rows."))
    return tables


def _tags(sets: Sequence[Answers]) -> list[str]:
    """The fifteen languages, then the others that we serve and that some row is in."""
    present = {label for each in sets for label in each.labels} - set(LOOKALIKES)
    return [*LANGUAGES, *sorted(present - set(LANGUAGES))]


def _confused(sets: Sequence[Answers]) -> Table:
    columns = []
    for each in sets:
        found = confusions(each.labels, each.tags[OURS])
        mistakes = [row for row in found if row[0] not in LOOKALIKES or row[1] not in WITHOUT_LANGUAGE]
        words = [f"{label} → {answer}  {many}" for label, answer, many in mistakes[:_MOST_CONFUSIONS]]
        columns.append(words + ["–"] * (_MOST_CONFUSIONS - len(words)))
    rows = [(str(place), *row) for place, row in enumerate(zip(*columns, strict=True), start=1)]
    return Table("Ours, the most frequent mistakes", ("", *(each.name for each in sets)), tuple(rows))


def _lookalikes(sets: Sequence[Answers]) -> Table:
    rows = []
    for each in sets:
        for label in LOOKALIKES:
            given = [answer for row, answer in zip(each.rows, each.ours, strict=True) if row.label == label]
            swallowed = [answer for answer in given if answer.tag not in WITHOUT_LANGUAGE]
            if given:
                counts = [sum(answer.probability >= low for answer in swallowed) for low in _LOOKALIKE_THRESHOLDS]
                most = ", ".join(f"{tag} {many}" for tag, many in Counter(a.tag for a in swallowed).most_common(3))
                rows.append((each.name, label, *map(str, (len(given), len(swallowed), *counts)), most or "–"))
    columns = ("set", "label", "rows", "swallowed", *(f"p ≥ {low}" for low in _LOOKALIKE_THRESHOLDS), "as")
    note = "Karakalpak and Crimean Tatar are not served: every tag given to them is wrong, und is right."
    return Table("Ours, look-alikes that a served language swallows", columns, tuple(rows), note)


def _reliability(sets: Sequence[Answers]) -> Table:
    answered = [each.answered() for each in sets]
    found = [reliability([given.probability for given in each.ours], each.right) for each in answered]
    by_place = [{each.low: each for each in bins} for bins in found]
    rows = []
    for low in sorted({each.low for bins in found for each in bins}):
        row = [f"{low:.1f}–{low + 0.1:.1f}"]
        for places in by_place:
            each = places.get(low)
            row += [str(each.rows), number(each.probability), number(each.accuracy)] if each else ["–"] * 3
        rows.append(tuple(row))
    errors = ", ".join(f"{each.name} {number(calibration_error(bins))}" for each, bins in zip(sets, found, strict=True))
    columns = [part for each in sets for part in (each.name, "probability", "right")]
    note = f"All rows with an answer; bins without one are left out. Expected calibration error: {errors}."
    return Table("Ours, what a probability means", ("probability", *columns), tuple(rows), note)


def _thresholds(sets: Sequence[Answers]) -> Table:
    rows = []
    for threshold in THRESHOLDS:
        row = [f"{threshold:g}"]
        for each in sets:
            sure = [0.0 if given.tag in WITHOUT_LANGUAGE else given.probability for given in each.ours]
            coverage, precision = at_threshold(sure, each.right, threshold)
            row += [number(coverage), number(precision)]
        rows.append(tuple(row))
    columns = [part for each in sets for part in (f"{each.name}: kept", "right")]
    note = "Kept: share of all rows with an answer at least so probable. Right: share of right ones among these."
    return Table("Ours, what a threshold buys", ("threshold", *columns), tuple(rows), note)
