"""Digests of listings: they hide nothing that is not done, whoever does what in between."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from store import ensure, listings
from store.listings import Bucket, Digest
from transforms.document import WriteReport

UNCHANGED = WriteReport(unchanged=1)
LOCATION = "/drops/a.txt"


def cells(*locations: str) -> dict[int, Digest]:
    found: dict[int, Digest] = {}
    for location in locations:
        found.setdefault(listings.cell_of(location), Digest()).add(location, 1, 1)
    return found


def a_bucket(*locations: str) -> Bucket:
    bucket = Bucket()
    for location in locations:
        bucket.add(location, 1, 1, "d" * 64, UNCHANGED)
    return bucket


def store(db: Any, run_id: str = "r") -> None:
    listings.reserve(db, "l", 1, [0], run_id)
    listings.confirm(db, "l", 1, {0: a_bucket(LOCATION)}, run_id)


def is_known(db: Any, *locations: str) -> bool:
    return bool(listings.known(db, "l", listings.folded(cells(*locations), 1), 1))


files = st.lists(st.tuples(st.text(), st.integers(0, 2**60), st.integers(-(2**60), 2**60)), max_size=20, unique=True)


@given(files, st.randoms(), st.sampled_from([1, 2, 64, listings.CELLS]))
def test_a_digest_depends_on_the_files_and_not_on_their_order(
    found: list[tuple[str, int, int]], random: Any, buckets: int
) -> None:
    def digests(order: list[tuple[str, int, int]]) -> dict[int, str]:
        result: dict[int, Digest] = {}
        for location, size, moment in order:
            name = location.encode("utf-8", "replace").decode()
            result.setdefault(listings.cell_of(name), Digest()).add(name, size, moment)
        return {place: digest.text for place, digest in listings.folded(result, buckets).items()}

    shuffled = random.sample(found, len(found))
    assert digests(found) == digests(shuffled)
    if found:
        assert digests(found) != digests(found[1:])


def test_the_number_of_buckets_grows_with_the_files() -> None:
    assert [listings.buckets_for(files) for files in (0, 100, 101, 100_000, 10**9)] == [1, 1, 2, 1024, listings.CELLS]


def test_what_was_confirmed_is_known_until_something_changes(db: Any) -> None:
    ensure(db)
    store(db)
    (known,) = listings.known(db, "l", listings.folded(cells(LOCATION), 1), 1).values()
    assert (known.files, known.outcome, known.drop_ids) == (1, UNCHANGED, ("d" * 64,))
    assert not is_known(db, LOCATION, "/drops/b.txt")
    assert not listings.known(db, "other", listings.folded(cells(LOCATION), 1), 1)


def test_what_is_forgotten_is_not_confirmed_by_a_run_that_asked_before(db: Any) -> None:
    ensure(db)
    listings.reserve(db, "l", 1, [0], "r")
    listings.forget(db, ["/elsewhere/copy.txt"])
    listings.confirm(db, "l", 1, {0: a_bucket(LOCATION)}, "r")
    assert not is_known(db, LOCATION)


def test_a_reservation_makes_a_record_invalid_and_the_last_one_has_it(db: Any) -> None:
    ensure(db)
    store(db)
    listings.reserve(db, "l", 1, [0], "second")
    assert not is_known(db, LOCATION)
    listings.confirm(db, "l", 1, {0: a_bucket(LOCATION)}, "r")
    assert not is_known(db, LOCATION)
    listings.confirm(db, "l", 1, {0: a_bucket(LOCATION)}, "second")
    assert is_known(db, LOCATION)


def test_a_bucket_with_a_file_that_is_not_done_is_not_confirmed(db: Any) -> None:
    ensure(db)
    bucket = a_bucket(LOCATION)
    bucket.all_done = False
    listings.reserve(db, "l", 1, [0], "r")
    listings.confirm(db, "l", 1, {0: bucket}, "r")
    assert not is_known(db, LOCATION)


def test_forgetting_reaches_every_number_of_buckets(db: Any) -> None:
    ensure(db)
    cell = listings.cell_of(LOCATION)
    for buckets in (1, 2, 64, listings.CELLS):
        listings.reserve(db, f"l{buckets}", buckets, [cell % buckets], "r")
    listings.reserve(db, "spared", listings.CELLS, [(cell + 1) % listings.CELLS], "r")
    listings.forget(db, [LOCATION])
    assert [record["listing"] for record in db.listings.find()] == ["spared"]


def test_another_number_of_buckets_replaces_the_records(db: Any) -> None:
    ensure(db)
    store(db)
    listings.reserve(db, "l", 2, [0, 1], "r")
    assert {record["bucket"] for record in db.listings.find()} == {"2:0", "2:1"}
