"""What a run did: its accounting, and what a person wants to see of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from flows.breakdown import Breakdown
from flows.durations import added
from transforms.document import Found, WriteReport

# A table of more rows is not read; `dropwire find` shows the rest.
MAX_LISTED_DROPS = 20


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned of sources: of how many, how many templates they have now, and how many documents changed.

    `left` counts the documents that an earlier Dropwire stored, without what it takes to clean them anew.
    """

    sources: int = 0
    templates: int = 0
    documents: int = 0
    left: int = 0

    def __add__(self, other: "Learned") -> "Learned":
        return Learned(
            self.sources + other.sources,
            self.templates + other.templates,
            self.documents + other.documents,
            self.left + other.left,
        )

    def __str__(self) -> str:
        line = f"templates: {self.templates} learned for {self.sources} sources, {self.documents} documents re-cleaned"
        hint = f"; {self.left} are left as they were: ingest their drops with --reread"
        return line + (hint if self.left else "")


@dataclass(frozen=True, slots=True)
class RunReport:
    """The sum of what became of all items read.

    `drops` counts the files looked at, `busy` those of them that another worker holds (`busy_files` are those that were
    not read at all), `waiting` those that are still being written. `reasons` counts the items quarantined now by
    reason. `drop_ids` names the first drops, for a listing; `subfolders` those that were not read. `seconds` is the
    time spent by stage. `learned` is what the run learned of the sources of its items, `breakdown` what it read.
    """

    drops: int = 0
    busy: int = 0
    busy_files: tuple[Found, ...] = ()
    waiting: int = 0
    items: int = 0
    counts: WriteReport = field(default_factory=WriteReport)
    reasons: Mapping[str, int] = field(default_factory=dict)
    drop_ids: tuple[str, ...] = ()
    subfolders: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    learned: Learned = field(default_factory=Learned)
    breakdown: Breakdown = field(default_factory=Breakdown)

    def __add__(self, other: "RunReport") -> "RunReport":
        return RunReport(
            drops=self.drops + other.drops,
            busy=self.busy + other.busy,
            busy_files=self.busy_files + other.busy_files,
            waiting=self.waiting + other.waiting,
            items=self.items + other.items,
            counts=self.counts + other.counts,
            reasons=Counter(self.reasons) + Counter(other.reasons),
            subfolders=self.subfolders + other.subfolders,
            drop_ids=(self.drop_ids + other.drop_ids)[:MAX_LISTED_DROPS],
            seconds=added(self.seconds, other.seconds),
            learned=self.learned + other.learned,
            breakdown=self.breakdown + other.breakdown,
        )

    @property
    def holds(self) -> bool:
        """Whether every item read is accounted for."""
        return self.items == self.counts.accounted and self.counts.failed == 0

    @property
    def accounting(self) -> str:
        """The accounting identity with its numbers, on one line."""
        line = accounting_line(self.items, self.counts)
        return line if self.holds else f"{line} (DOES NOT HOLD; {self.counts.failed} failed)"


def accounting_line(items: int, counts: WriteReport) -> str:
    """Items read = the sum of their outcomes, with the numbers."""
    return (
        f"{items} items read = {counts.inserted} inserted + {counts.revised} revised + "
        f"{counts.unchanged} unchanged + {counts.duplicate} duplicate + {counts.quarantined} quarantined"
    )


class AccountingError(RuntimeError):
    """Items were read whose outcome is not known. The run has failed, whatever else it did."""
