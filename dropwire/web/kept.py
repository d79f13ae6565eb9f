"""What was counted over documents, kept as long as no document changes."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Request
from pymongo.database import Database

from store.connection import Record, StoreError
from store.flags import LOOKED_UP
from store.queries import Criteria, latest_token

# Answers of some kB each.
_MOST: Final = 200
# A change is noted a moment after it is written, so what was counted in between may lack it until the next one comes.
# So long an answer may be wrong, at most.
_LONGEST_S: Final = 60.0

Answer = TypeVar("Answer")


class Kept:
    """Answers to questions that cost much, for the next one who asks the same. For any number of threads.

    An answer holds as long as the position in the changes of documents is the one from before it was counted, and for
    a minute at most. Only counts and ids are for this: a text that was erased must not be here. Where the store does
    not know in which order documents changed, nothing is kept.
    """

    def __init__(self, db: Database[Record], clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._lock = Lock()
        self._answers: OrderedDict[Hashable, tuple[str, float, object]] = OrderedDict()

    def of(self, question: Hashable, ask: Callable[[], Answer]) -> Answer:
        """The answer to a question, which names all that it depends on beside the documents."""
        now = self._clock()
        try:
            token = latest_token(self._db)
        except StoreError:
            return ask()
        with self._lock:
            known, until, answer = self._answers.get(question, ("", 0.0, None))
            if known == token and now < until:
                self._answers.move_to_end(question)
                return answer  # type: ignore[return-value]  # by the same question
        fresh = ask()
        with self._lock:
            self._answers[question] = (token, now + _LONGEST_S, fresh)
            self._answers.move_to_end(question)
            while len(self._answers) > _MOST:
                self._answers.popitem(last=False)
        return fresh

    def about(self, criteria: Criteria, question: Hashable, ask: Callable[[], Answer]) -> Answer:
        """The same of a question about the documents that meet criteria.

        Whether a name, a near-copy or a revision is meant follows from other collections, so these are asked for anew.
        """
        if criteria.entity or criteria.cluster or LOOKED_UP.intersection(criteria.flags):
            return ask()
        return self.of((criteria, question), ask)


def kept_of(request: Request) -> Kept:
    """What the application has kept."""
    kept: Kept = request.app.state.kept
    return kept


KeptAnswers = Annotated[Kept, Depends(kept_of)]
