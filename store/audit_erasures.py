"""The part of the audit that looks at erasures: they are complete, and nothing that was erased is in the store."""

from collections.abc import Iterator

from pymongo.database import Database

from store import erasures
from store.audit_rows import KEY_DIGITS
from store.connection import Record
from store.erasures import MARKED, Standing, mark
from store.parts import parts

CLAIM = "nothing that was erased is in the store, and no erasure is left half done"

# Records that are held at one time.
_AT_ONCE = 500


def returned(db: Database[Record]) -> Iterator[str]:
    """What is in the store and was erased. Of names in texts only those that linking has found."""
    now = erasures.standing(db)
    if now is None:
        return
    for number in erasures.unfinished(db):
        yield f"erasure {number} is not complete: dropwire erase --resume"
    for name, key in (("documents", "_id"), ("revisions", "doc_id"), ("originals", "_id"), ("copies", "_id")):
        found = db[name].find({}, {key: 1, **MARKED})
        for records in parts(found, _AT_ONCE):
            yield from _among(db, now, name, key, records)


def _among(db: Database[Record], now: Standing, name: str, key: str, records: list[Record]) -> Iterator[str]:
    known = erasures.looked_up(db, now, [mark("document", record[key]) for record in records])
    for record in records:
        noun = f"{name.removesuffix('s')} {str(record['_id'])[:KEY_DIGITS]}"
        number = now.among(erasures.marks_of(record))
        if number or mark("document", record[key]) in known:
            yield f"{noun} was erased{f' by erasure {number}' if number else ''}: erase it again"
