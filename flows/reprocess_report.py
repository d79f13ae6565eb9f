"""What a reprocessing did: its accounting, and what a person wants to see of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from flows.durations import added
from flows.run_report import AccountingError


class Left(StrEnum):
    """Why a document is left as it is, each with what to do about it. A closed list."""

    hint: str

    def __new__(cls, code: str, hint: str = "") -> "Left":
        """A code and its hint."""
        left = str.__new__(cls, code)
        left._value_ = code
        left.hint = hint
        return left

    LATER = "later-dropwire", "a later Dropwire made them: run the reprocessing there"
    NO_DROP = "no-drop", "what is stored of them does not suffice, and their drops are nowhere any more: deliver them"
    OTHER_ITEM = "other-item", "their drops, read again, hold other documents there: ingest them with --reread"
    CHANGED = "changed-meanwhile", "somebody else was writing or erased them: run it again"


@dataclass(frozen=True, slots=True)
class ReprocessReport:
    """The sum of what became of all documents looked at.

    `changed` and `unchanged` are as the current pipeline makes them now. `rejected` it would make no document of: they
    stay as they were, `reasons` counts them. `left` stay as they were, too; `whys` counts them by `Left`. `seconds` is
    the time spent by stage.
    """

    documents: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    left: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    whys: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    def __add__(self, other: "ReprocessReport") -> "ReprocessReport":
        return ReprocessReport(
            documents=self.documents + other.documents,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
            rejected=self.rejected + other.rejected,
            left=self.left + other.left,
            reasons=Counter(self.reasons) + Counter(other.reasons),
            whys=Counter(self.whys) + Counter(other.whys),
            seconds=added(self.seconds, other.seconds),
        )

    @property
    def counts(self) -> dict[str, int]:
        """The documents by what became of them."""
        return {
            "documents": self.documents,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "left": self.left,
            "rejected": self.rejected,
        }

    @property
    def holds(self) -> bool:
        """Whether every document looked at is accounted for."""
        return self.documents == self.changed + self.unchanged + self.left + self.rejected

    def check(self) -> None:
        """Raise AccountingError where not every document looked at is accounted for."""
        if not self.holds:
            raise AccountingError(self.accounting)

    @property
    def accounting(self) -> str:
        """The accounting identity with its numbers, on one line."""
        line = (
            f"{self.documents} documents looked at = {self.changed} changed + {self.unchanged} unchanged + "
            f"{self.left} left + {self.rejected} rejected"
        )
        return line if self.holds else f"{line} (DOES NOT HOLD)"

    @property
    def hints(self) -> list[str]:
        """Why documents were left, with what to do."""
        return [f"{count} left ({why}): {Left(why).hint}" for why, count in self.whys.items()]
