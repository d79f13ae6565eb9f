"""What a run read in more detail: by source and language, how long the steps of a document took, who worked on it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from flows.durations import added
from transforms.document import WriteReport

# Sources that are counted each by itself; a report goes through Prefect, and its record has room for 16 MB.
MAX_SOURCES = 1000
# Processes that are named; their number is what counts.
MAX_WORKERS = 64
STEPS = ("clean", "language", "names", "facts")
"""The steps of making a document, in order (transforms.pipeline)."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Sums, so that `+` joins two.

    `sources` are the items read by source and outcome, `others` those of the sources beyond MAX_SOURCES. Items of drops
    that were known are in neither: nobody has read them. `languages` counts new documents, inserted or revised.
    `characters` are those of the originals read. `steps` is what the stage `transform` consists of, s; `workers` names
    the processes that did it.
    """

    sources: Mapping[str, WriteReport] = field(default_factory=dict)
    others: WriteReport = field(default_factory=WriteReport)
    languages: Mapping[str, int] = field(default_factory=dict)
    characters: int = 0
    steps: Mapping[str, float] = field(default_factory=dict)
    workers: tuple[str, ...] = ()

    def __add__(self, other: "Breakdown") -> "Breakdown":
        sources = dict(self.sources)
        others = self.others + other.others
        for source, counts in other.sources.items():
            sources[source] = sources.get(source, WriteReport()) + counts
        if len(sources) > MAX_SOURCES:
            largest = sorted(sources, key=lambda source: (-sources[source].accounted, source))
            for source in largest[MAX_SOURCES:]:
                others += sources.pop(source)
        return Breakdown(
            sources=sources,
            others=others,
            languages=Counter(self.languages) + Counter(other.languages),
            characters=self.characters + other.characters,
            steps=added(self.steps, other.steps),
            workers=tuple(sorted({*self.workers, *other.workers}))[:MAX_WORKERS],
        )

    def to_record(self) -> dict[str, Any]:
        """As a run's record has it: sources as a list, the largest first, for their names may hold any character."""
        largest = sorted(self.sources.items(), key=lambda each: (-each[1].accounted, each[0]))
        return {
            "sources": [{"source": source, **asdict(counts)} for source, counts in largest],
            "others": asdict(self.others),
            "languages": dict(sorted(self.languages.items(), key=lambda each: (-each[1], each[0]))),
            "characters": self.characters,
            "steps": {step: round(self.steps[step], 3) for step in STEPS if step in self.steps},
            "workers": list(self.workers),
        }
