"""The collection `listings`: what a location listed when everything there was done, so that a rescan asks no more.

The files of a location are spread over buckets by a hash of their names. A bucket whose files are all done has a record
with a digest over their names, sizes and times, and with what they give when they are found again. While the digest of
what is listed now is the same, the ledger need not be asked about any of them.

Why a digest never hides a file that is not done:

- it is over the very files that the ledger, asked one by one, called done;
- the record is reserved before the ledger is asked and confirmed only as long as it is still that run's; who claims a
  drop that the ledger knows calls `forget` after that and before it finishes, which removes the reservation, too;
- a drop that is claimed and not finished, because its worker was killed, makes its buckets invalid as long as it is
  (`stale_cells`), whether or not anybody came to forget them.

It is no defence against a sender who makes up names until two listings have the same digest: he would hide files of
his own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from zlib import crc32

from pymongo import ASCENDING, IndexModel, ReplaceOne, UpdateOne
from pymongo.database import Database

from store.bulk import bulk_write
from store.connection import Record
from store.schema import INTEGER, SCHEMA_VERSION, STRING, VERSION, Collection, list_of, record_of
from transforms.document import WriteReport

COLLECTION = Collection(
    name="listings",
    schema=record_of(
        {"_id": STRING, "schema_version": VERSION, "listing": STRING, "bucket": STRING, "run_id": STRING},
        {
            # Only once all files in the bucket were done.
            "digest": STRING,
            "files": INTEGER,
            "outcome": record_of(dict.fromkeys(("unchanged", "duplicate", "quarantined"), INTEGER)),
            "drop_ids": list_of(STRING),
        },
    ),
    indexes=(
        IndexModel([("listing", ASCENDING)], name="listing"),
        IndexModel([("bucket", ASCENDING)], name="bucket"),
    ),
)

# A file is in one of these cells; a bucket is the cells that are equal modulo the number of buckets, a power of two.
# So the digests of the cells give those of any number of buckets.
CELLS = 16_384
# What the ledger is asked about when one file changes: a tenth of a second of the embedded store. A rescan of 100,000
# files reads 1,024 records.
FILES_PER_BUCKET = 100
# Enough to show a person which drops these are.
_MAX_DROP_IDS = 20
_MODULUS = 1 << 128
_LEVELS = tuple(1 << level for level in range(CELLS.bit_length()))


def cell_of(location: str) -> int:
    """The cell that a file is in, by its location."""
    return crc32(location.encode()) % CELLS


def buckets_for(files: int) -> int:
    """Into how many buckets so many files are spread: a power of two."""
    buckets = 1
    while buckets < CELLS and files > buckets * FILES_PER_BUCKET:
        buckets *= 2
    return buckets


@dataclass(slots=True)
class Digest:
    """A digest over files that does not depend on their order: how many there are, and the sum of their hashes."""

    files: int = 0
    sum: int = 0

    def add(self, location: str, size: int, modified_ns: int) -> None:
        """Add a file."""
        name = f"{size}\0{modified_ns}\0{location}".encode()
        self.files += 1
        self.sum = (self.sum + int.from_bytes(blake2b(name, digest_size=16).digest())) % _MODULUS

    def join(self, other: "Digest") -> None:
        """Add the files of another digest."""
        self.files += other.files
        self.sum = (self.sum + other.sum) % _MODULUS

    @property
    def text(self) -> str:
        """The digest as it is stored."""
        return f"{self.files}:{self.sum:032x}"


@dataclass(slots=True)
class Bucket:
    """The files of a bucket as they are known: their digest, and what they give when they are found again."""

    digest: Digest = field(default_factory=Digest)
    outcome: WriteReport = field(default_factory=WriteReport)
    drop_ids: list[str] = field(default_factory=list)
    all_done: bool = True

    def add(self, location: str, size: int, modified_ns: int, drop_id: str, outcome: WriteReport) -> None:
        """Add a file that is done."""
        self.digest.add(location, size, modified_ns)
        self.outcome += outcome
        if len(self.drop_ids) < _MAX_DROP_IDS:
            self.drop_ids.append(drop_id)


@dataclass(frozen=True, slots=True)
class Known:
    """A bucket whose files are all done: how many, what they give when found again, and some of their drops."""

    files: int
    outcome: WriteReport
    drop_ids: tuple[str, ...]


def folded(cells: Mapping[int, Digest], buckets: int) -> dict[int, Digest]:
    """The digests of the buckets from those of the cells."""
    result: dict[int, Digest] = {}
    for cell, digest in cells.items():
        result.setdefault(cell % buckets, Digest()).join(digest)
    return result


def known(db: Database[Record], listing: str, digests: Mapping[int, Digest], buckets: int) -> dict[int, Known]:
    """Of the buckets of a listing, those whose files are all done; `digests` are those of what is listed now."""
    stored = {record["_id"]: record for record in db.listings.find({"listing": listing}) if "digest" in record}
    stale = {cell % buckets for cell in stale_cells(db)}
    found = {}
    for bucket, digest in digests.items():
        record = stored.get(_id(listing, buckets, bucket))
        if record and record["digest"] == digest.text and bucket not in stale:
            found[bucket] = Known(record["files"], WriteReport(**record["outcome"]), tuple(record["drop_ids"]))
    return found


def stale_cells(db: Database[Record]) -> set[int]:
    """The cells with files whose drops are claimed and not finished."""
    unfinished = db.drops.find({"state": "claimed"}, {"seen.location": 1})
    return {cell_of(seen["location"]) for record in unfinished for seen in record["seen"]}


def reserve(db: Database[Record], listing: str, buckets: int, places: Iterable[int], run_id: str) -> None:
    """Say, before the ledger is asked about the files of these buckets, that this run will confirm them.

    Records of the listing with another number of buckets go: they would never be right again.
    """
    other = [
        record["_id"] for record in db.listings.find({"listing": listing}, {"bucket": 1}) if _level(record) != buckets
    ]
    if other:
        db.listings.delete_many({"_id": {"$in": other}})
    operations: dict[str, ReplaceOne[Record]] = {}
    for place in places:
        key = _id(listing, buckets, place)
        record = {
            "_id": key,
            "schema_version": SCHEMA_VERSION,
            "listing": listing,
            "bucket": _bucket(buckets, place),
            "run_id": run_id,
        }
        operations[key] = ReplaceOne({"_id": key}, record, upsert=True)
    # Where another run reserves the same bucket at this moment, one of the two has it, and it does not matter which.
    bulk_write(db, COLLECTION.name, list(operations), list(operations.values()))


def confirm(db: Database[Record], listing: str, buckets: int, found: Mapping[int, Bucket], run_id: str) -> None:
    """Store the buckets in which everything is done, where nobody has forgotten the reservation meanwhile."""
    operations: dict[str, UpdateOne] = {}
    for place, bucket in found.items():
        if bucket.all_done:
            outcome = asdict(bucket.outcome)
            facts = {
                "digest": bucket.digest.text,
                "files": bucket.digest.files,
                "outcome": {name: outcome[name] for name in ("unchanged", "duplicate", "quarantined")},
                # Of many buckets, one drop each is more than enough.
                "drop_ids": bucket.drop_ids[: max(1, _MAX_DROP_IDS // buckets)],
            }
            key = _id(listing, buckets, place)
            operations[key] = UpdateOne({"_id": key, "run_id": run_id}, {"$set": facts})
    bulk_write(db, COLLECTION.name, list(operations), list(operations.values()))


def forget(db: Database[Record], locations: Iterable[str]) -> None:
    """Make the next runs ask the ledger about these files, and all others in their buckets, again.

    For whoever changes a record of the ledger that may be done: after the change and, where the record is claimed,
    before it is done again.
    """
    cells = {cell_of(location) for location in locations}
    names = {_bucket(buckets, cell % buckets) for cell in cells for buckets in _LEVELS}
    if names:
        db.listings.delete_many({"bucket": {"$in": sorted(names)}})


def _id(listing: str, buckets: int, place: int) -> str:
    return f"{listing}:{_bucket(buckets, place)}"


def _bucket(buckets: int, place: int) -> str:
    return f"{buckets}:{place}"


def _level(record: Record) -> int:
    return int(record["bucket"].partition(":")[0])
