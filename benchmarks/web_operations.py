"""What runs leave in a store of benchmarks/web_corpus.py: observations, drift, templates, runs, quarantine."""

import hashlib
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pymongo.database import Database

from flows.breakdown import STEPS, Breakdown
from store import ledger, observations, quarantine, runs, templates
from store.connection import Record
from store.drift import Observation
from store.ledger import Holder
from store.templates import Line
from transforms import pipeline
from transforms.document import Document, Found, Reason, Rejection, Step, WriteReport

# Runs that are there: one a day, the latest failed.
_RUNS: Final = 60
_BROKEN: Final = 40
_CASES_A_DROP: Final = 5
_REASONS: Final = (
    (Reason.BROKEN_JSON, Step.READ, "line {0}: Expecting ',' delimiter", '{{"id": {0}, "source": "belta" "text": "М"'),
    (Reason.MISSING_TEXT, Step.READ, "no text under text, body, content", '{{"id": {0}, "headline": "Без текста"}}'),
    (Reason.UNDECODABLE, Step.READ, "invalid UTF-8 at byte {0}", "Казань � 17 мая"),
    (Reason.NOTHING_LEFT, Step.TRANSFORM, "every line of the item is boilerplate", "Подписывайтесь на канал {0}"),
    (Reason.EMPTY, Step.READ, "no text in it at all", ""),
)  # fmt: skip


@dataclass(slots=True)
class Day:
    """What came on a day: how it was by source, and the counts for the run of that day."""

    observed: dict[str, Observation] = field(default_factory=dict)
    sources: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    characters: int = 0

    def add(self, document: Document, arrived_at: datetime) -> None:
        """Note a new document."""
        seen = observations.observe(document, arrived_at)
        self.observed[document.source] = self.observed.get(document.source, Observation()) + seen
        self.sources[document.source] += 1
        self.languages[document.language.tag] += 1
        self.characters += len(document.text)


def record_operations(
    db: Database[Record],
    days: Mapping[int, Day],
    lines: Mapping[str, Sequence[str]],
    *,
    now: datetime,
    folder: Path,
    draw: random.Random,
) -> None:
    """Write all of it; `days` by how long ago they were, `lines` are the templates of each source."""
    for ago in sorted(days, reverse=True):
        at = now - timedelta(days=ago)
        observations.add(db, days[ago].observed, token=f"made-{ago}", now=at)
        observations.watch(db, at)
    _learn(db, lines, draw)
    _record_runs(db, days, now, draw)
    _reject(db, lines, now, folder, draw)


def _learn(db: Database[Record], lines: Mapping[str, Sequence[str]], draw: random.Random) -> None:
    for source, known in lines.items():
        turn = templates.take_turn(db, source)
        found = templates.sample(db, turn, "made")
        counted = sorted((draw.randint(20, 190) for _ in known), reverse=True)
        kept = [Line(line.casefold(), line, count) for line, count in zip(known, counted, strict=True)]
        learned = templates.learned(db, turn, found, kept)
        if learned:
            templates.finish(db, learned)


def _record_runs(db: Database[Record], days: Mapping[int, Day], now: datetime, draw: random.Random) -> None:
    holder = Holder.this_process()
    versions = {"dropwire": "made", "pipeline": pipeline.VERSION, "models": {}}
    for ago in range(_RUNS - 1, -1, -1):
        run_id = hashlib.sha256(f"run {ago}".encode()).hexdigest()[:32]
        at = now - timedelta(days=ago, hours=6)
        parameters = {"locations": ["drops"]}
        runs.start(db, run_id, flow="ingest-drops", holder=holder, parameters=parameters, versions=versions, now=at)
        day = days.get(ago, Day())
        count = sum(day.sources.values())
        if ago == 0:
            error = "ServerSelectionTimeoutError: the store did not answer for 30 s"
            runs.fail(db, run_id, error, at + timedelta(seconds=31))
            continue
        seconds = {"read": count * 0.004, "transform": count * 0.3, "write": count * 0.02, "copies": count * 0.01}
        breakdown = Breakdown(
            sources={name: WriteReport(inserted=number) for name, number in day.sources.items()},
            languages=day.languages,
            characters=day.characters,
            steps={step: seconds["transform"] / len(STEPS) for step in STEPS},
            workers=(holder.name,),
        )
        drops = count // 25 + 1
        loaded = WriteReport(inserted=count)
        runs.advance(db, run_id, drops=drops, drops_done=drops, items=count, counts=loaded, reasons={})
        runs.complete(
            db,
            run_id,
            items=count,
            counts=WriteReport(inserted=count),
            reasons={},
            seconds=seconds,
            breakdown=breakdown.to_record(),
            now=at + timedelta(seconds=draw.uniform(20, 90)),
        )


def _reject(db: Database[Record], sources: Iterable[str], now: datetime, folder: Path, draw: random.Random) -> None:
    """Cases of drops that lie in `folder`, so that their bytes can be looked at."""
    names = list(sources)
    holder = Holder.this_process()
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(_BROKEN):
        excerpts, rejections = [], []
        source = draw.choice(names)
        for index in range(_CASES_A_DROP):
            reason, step, detail, excerpt = draw.choice(_REASONS)
            excerpts.append(excerpt.format(number * 10 + index))
            rejections.append((index, step, reason, detail.format(index + 1), excerpts[-1]))
        path = folder / f"broken-{number}.jsonl"
        path.write_text("\n".join(excerpts) + "\n", encoding="utf-8")
        drop_id = hashlib.sha256(path.read_bytes()).hexdigest()
        at = now - timedelta(days=draw.uniform(0, 40))
        file = Found(str(path), path.stat().st_size, at)
        ledger.claim(db, drop_id, file, holder, again=False)
        run_id = f"made-{number}"
        outcome = WriteReport(quarantined=len(rejections))
        ledger.finish(db, drop_id, holder, report=outcome, pipeline=pipeline.VERSION, run_id=run_id, now=at)
        cases = [
            Rejection(drop_id, index, step, reason, detail, excerpt=excerpt, source=source)
            for index, step, reason, detail, excerpt in rejections
        ]
        quarantine.put(db, cases, str(path), run_id=run_id, now=at)
