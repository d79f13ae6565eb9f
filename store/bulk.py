"""Bulk writes, each of their errors told apart."""

from collections.abc import Sequence
from typing import Any

from pymongo.database import Database
from pymongo.errors import BulkWriteError

from store.connection import Record
from transforms.document import Reason

# https://www.mongodb.com/docs/manual/reference/error-codes/
_DUPLICATE_KEY = 11000
_HOPELESS = {
    121: Reason.INVALID_DOCUMENT,  # DocumentValidationFailure
    2: Reason.INVALID_DOCUMENT,  # BadValue
    10334: Reason.TOO_LARGE,  # BSONObjectTooLarge
    17280: Reason.TOO_LARGE,  # KeyTooLong
}

Refused = dict[str, tuple[Reason, str]]


def bulk_write(
    db: Database[Record], collection: str, ids: list[str], operations: Sequence[Any]
) -> tuple[set[str], Refused]:
    """One unordered bulk write: the ids that lost a race, and the hopeless ones, with the reason.

    `ids` name the document of each operation. A race is lost where a conditional upsert finds its condition unmet, as
    somebody else's record stands there. Raises BulkWriteError where trying again may help.
    """
    lost: set[str] = set()
    refused: Refused = {}
    if not operations:
        return lost, refused
    try:
        db[collection].bulk_write(operations, ordered=False)
    except BulkWriteError as error:
        if error.details.get("writeConcernErrors"):
            raise
        for failure in error.details.get("writeErrors", []):
            doc_id = ids[failure["index"]]
            if failure["code"] == _DUPLICATE_KEY:
                lost.add(doc_id)
            elif failure["code"] in _HOPELESS:
                refused[doc_id] = _HOPELESS[failure["code"]], str(failure.get("errmsg", ""))[:500]
            else:
                raise
    return lost, refused
