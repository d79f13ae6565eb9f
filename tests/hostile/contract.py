"""What read_items promises, whatever it is given."""

from collections.abc import Iterable, Iterator

from transforms.document import Item, Rejection

# Of a rejection, in characters: enough to recognise it by, and little enough for a million of them.
_MAX_DETAIL = 2000
_MAX_EXCERPT = 500


def checked(outcomes: Iterable[Item | Rejection]) -> Iterator[Item | Rejection]:
    """Hand the outcomes on. Raises AssertionError where they are not as promised."""
    following, ended = 0, False
    for outcome in outcomes:
        assert not ended, "something comes behind the rejection of the whole drop"
        ended = outcome.index is None
        assert ended or outcome.index == following, f"the index {outcome.index} and not {following}"
        assert not ended or isinstance(outcome, Rejection), "an item without an index"
        following += 1
        check(outcome)
        yield outcome
    assert following, "nothing came out"


def check(outcome: Item | Rejection) -> None:
    """Raise AssertionError or UnicodeEncodeError for what cannot be stored and shown."""
    given_id = str(outcome.given_id or "")
    if isinstance(outcome, Rejection):
        assert len(outcome.detail) <= _MAX_DETAIL, f"a detail of {len(outcome.detail)} characters"
        assert len(outcome.excerpt) <= _MAX_EXCERPT, f"an excerpt of {len(outcome.excerpt)} characters"
        _encode(outcome.detail, outcome.excerpt, given_id)
        return
    assert outcome.original.strip(), "an item without a text"
    assert "\r" not in outcome.original, "a line end that is none"
    _encode(outcome.original, outcome.source, given_id, *outcome.authors)
    _encode(*filter(None, (outcome.url, outcome.title, outcome.declared_language, outcome.published_raw, outcome.html)))


def _encode(*texts: str) -> None:
    for text in texts:
        text.encode()
