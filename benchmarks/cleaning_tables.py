"""The tables of `python -m benchmarks.cleaning`, from the scores of the methods."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from benchmarks.cleaning_data import Page, kinds, languages
from benchmarks.cleaning_methods import is_ours
from benchmarks.cleaning_metrics import Values, bootstrap, interval
from benchmarks.cleaning_scores import Scored, Speed
from benchmarks.tables import Table, difference, number

_NAMES = {"plain": "Plain text", "html": "HTML"}


def quality_tables(sets: Sequence[Scored]) -> list[Table]:
    """All tables of one kind of pages but that of the speed."""
    kind = sets[0].pages.kind
    measures = ("token F1", "line F1") if kind == "plain" else ("token F1",)
    tables = [_means(sets, measure) for measure in measures]
    tables.append(_against_best(sets, measures))
    tables.append(_precision_and_recall(sets))
    for title, values_of, of in (
        ("by language", languages, lambda page: page.language),
        ("by kind of page", kinds, lambda page: page.kind),
    ):
        tables += [table for measure in measures if (table := _split(sets, measure, title, values_of, of))]
    return tables


def speed_table(speeds: Mapping[str, Speed], pages: int, kind: str) -> Table:
    """Pages a second of each method, with the spread of the passes."""
    rows = tuple(
        (name, f"{speed.rate:,.0f}" if speed.rate >= 100 else f"{speed.rate:.1f}", _spread(speed.rates))
        for name, speed in speeds.items()
    )
    passes = len(next(iter(speeds.values())).rates)
    note = (
        f"{pages} pages, the median of {passes} passes, one process, its time on the processor. Loading, and "
        "learning a site, not counted."
    )
    return Table(f"{_NAMES[kind]}, documents a second on one core", ("method", "documents/s", "min–max"), rows, note)


def _means(sets: Sequence[Scored], measure: str) -> Table:
    """The mean over the pages of each set and the mean over the sets, each with its interval."""
    samples = [_samples(scored, measure) for scored in sets]
    rows = []
    for place, name in enumerate(sets[0].values):
        means = [float(scored.column(name, measure).mean()) for scored in sets]
        drawn = [sample[:, place] for sample in samples]
        cells = [cell for mean, those in zip(means, drawn, strict=True) for cell in (number(mean), _interval(those))]
        mean_of_sets = [number(float(np.mean(means))), _interval(np.mean(drawn, axis=0))]
        failed = sum(scored.failures[name] for scored in sets)
        rows.append((name, *cells, *mean_of_sets, str(failed)))
    columns = [cell for scored in sets for cell in (scored.pages.name, "95 %")]
    note = (
        "; ".join(f"{s.pages.name}: {len(s.pages.pages)} pages, {len(s.pages.sites)} sites" for s in sets)
        + ". The mean is that over the sets. Intervals: 95 % of the means over resampled sites."
    )
    title = f"{_NAMES[sets[0].pages.kind]}, {measure}"
    return Table(title, ("method", *columns, "mean", "95 %", "failed"), tuple(rows), note)


def _against_best(sets: Sequence[Scored], measures: Sequence[str]) -> Table:
    """Ours minus the best other method of each set, chosen on the very pages it is compared on."""
    rows = []
    for measure in measures:
        for scored in sets:
            names = list(scored.values)
            others = [name for name in names if not is_ours(name)]
            if not others:
                continue
            best = max(others, key=lambda name: float(scored.column(name, measure).mean()))
            mean = float(scored.column(best, measure).mean())
            samples = _samples(scored, measure)
            row = [f"{scored.pages.name}, {measure}", best, number(mean)]
            for ours in filter(is_ours, names):
                paired = samples[:, names.index(ours)] - samples[:, names.index(best)]
                row.append(difference(float(scored.column(ours, measure).mean()) - mean))
                row.append(" … ".join(map(difference, interval(paired))))
            rows.append(tuple(row))
    columns = [cell for name in sets[0].values if is_ours(name) for cell in (f"{name}: more", "95 %")]
    title = f"{_NAMES[sets[0].pages.kind]}, ours beside the best other method of each set"
    note = (
        "The best one is chosen by these very pages. Intervals: paired, 95 % of the differences over resampled sites."
    )
    return Table(title, ("set", "best other", "its F1", *columns), tuple(rows), note)


def _precision_and_recall(sets: Sequence[Scored]) -> Table:
    kind = sets[0].pages.kind
    columns = ["token precision", "token recall"]
    if kind == "plain":
        columns += ["line precision", "line recall"]
    rows = tuple(
        (name, *(number(float(np.mean([scored.column(name, column).mean() for scored in sets]))) for column in columns))
        for name in sets[0].values
    )
    return Table(f"{_NAMES[kind]}, precision and recall, mean over the sets", ("method", *columns), rows)


def _split(
    sets: Sequence[Scored],
    measure: str,
    title: str,
    values_of: Callable[[Sequence[Page]], list[str]],
    of: Callable[[Page], str],
) -> Table | None:
    """The means over the pages of each language or kind; None where no set has more than one."""
    columns: list[str] = []
    cells: dict[str, list[str]] = {name: [] for name in sets[0].values}
    for scored in sets:
        found = values_of(scored.pages.pages)
        for value in found if len(found) > 1 else []:
            chosen = [of(page) == value for page in scored.pages.pages]
            columns.append(f"{scored.pages.name} {value} ({sum(chosen)})")
            for name, row in cells.items():
                row.append(number(float(scored.column(name, measure)[chosen].mean())))
    if not columns:
        return None
    rows = tuple((name, *row) for name, row in cells.items())
    full = f"{_NAMES[sets[0].pages.kind]}, {measure}, {title}"
    return Table(full, ("method", *columns), rows, "In brackets: pages. Sets with more than one only.")


def _samples(scored: Scored, measure: str) -> Values:
    """Resampled means: resamples × methods."""
    values = np.stack([scored.column(name, measure) for name in scored.values], axis=1)
    return bootstrap(values, [page.site for page in scored.pages.pages])


def _interval(samples: Values) -> str:
    return "–".join(map(number, interval(samples)))


def _spread(rates: Sequence[float]) -> str:
    return "–".join(f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}" for rate in (min(rates), max(rates)))
