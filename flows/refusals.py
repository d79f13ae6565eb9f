"""What was erased for good is refused at pickup: before it is processed where address or name tell, else after.

See store.erasures. Where nothing was ever erased that costs one small read a chunk.
"""

from collections.abc import Iterable, Sequence

from pymongo.database import Database

from store import erasing, erasures
from store.connection import Record
from store.erasing import item_of
from store.erasures import Standing, mark
from store.quarantine import case_id
from transforms import fingerprint
from transforms.document import Document, Item, Reason, Rejection, Step
from transforms.entities import naming

Gone = dict[str, dict[str, int]]
"""The ids of documents that are refused, each with the items that are (`<drop>:4`), and by which erasure."""


class Guard:
    """Refuses what is erased, as it was known at the last look. Of one worker."""

    def __init__(self, db: Database[Record]) -> None:
        self._db = db
        self._now: Standing | None = None
        self._reader = naming.Reader()

    def look(self) -> bool:
        """Read what is erased by now, and say whether that is something else than at the last look."""
        before, self._now = self._now, erasures.standing(self._db, self._now)
        return self._now is not before

    def sift(self, chunk: Sequence[Item | Rejection]) -> tuple[list[Item | Rejection], Gone]:
        """The chunk with rejections without a word in the place of what is erased, and what went so."""
        now = self._now
        if now is None:
            return list(chunk), {}
        many = [_of_many(one) for one in chunk]
        known = erasures.looked_up(self._db, now, [own for marks in many for own in marks])
        sifted: list[Item | Rejection] = []
        gone: Gone = {}
        for one, own in zip(chunk, many, strict=True):
            number = next((known[each] for each in own if each in known), None) or now.among(
                _of_few(one, now, self._reader)
            )
            if number is None:
                sifted.append(one)
                continue
            sifted.append(_refused(one.drop_id, one.index))
            if isinstance(one, Item):
                gone.setdefault(fingerprint.doc_id(one), {})[case_id(one.drop_id, one.index)] = number
        return sifted, gone

    def refuses(self, document: Document, gone: Gone) -> Rejection | None:
        """The rejection of a document that names an erased person, which is noted in `gone`; None for any other."""
        number = self._now.among(mark("entity", one.id) for one in document.entities) if self._now else None
        if number is None:
            return None
        drop_id, index = document.provenance.drop_id, document.provenance.index
        gone.setdefault(document.doc_id, {})[case_id(drop_id, index)] = number
        return _refused(drop_id, index)

    def clear(self, refused: Gone) -> None:
        """Take out what stands in the store of refused documents, and may not.

        A worker wrote it who did not know yet, or the erasure has not come to it. What of the same id came from
        elsewhere and is not erased stays.
        """
        asked = sorted(refused)
        if self._now is None or not asked:
            return
        known = erasures.looked_up(self._db, self._now, [mark("document", one) for one in asked])
        fields = {**erasures.MARKED, "version": 1}
        stored = self._db.documents.find({"_id": {"$in": asked}}, fields)
        for record in stored:
            doc_id = record["_id"]
            number = known.get(mark("document", doc_id)) or self._now.among(erasures.marks_of(record))
            number = number or refused[doc_id].get(item_of(record["version"]))
            if number:
                erasing.remove(self._db, self._now, number, [doc_id])
        lone = erasing.without_document(self._db, asked)
        self._db.originals.delete_many({"_id": {"$in": lone}})


def _of_many(one: Item | Rejection) -> tuple[str, ...]:
    """The marks of an item's document, and of the case that it was or is."""
    case = mark("case", case_id(one.drop_id, one.index))
    return (case, mark("document", fingerprint.doc_id(one))) if isinstance(one, Item) else (case,)


def _of_few(one: Item | Rejection, now: Standing, reader: naming.Reader) -> Iterable[str]:
    """The other marks of an item or a rejection."""
    if one.source is not None:
        yield mark("source", one.source)
    if isinstance(one, Item):
        if one.url:
            yield mark("url", fingerprint.canonical_url(one.url))
        words = "\n".join([one.title or "", *one.authors, one.original])
    else:
        words = "\n".join([one.detail, one.excerpt, str(one.given_id or "")])
        for address in erasing.addresses_in(words):
            yield mark("url", fingerprint.canonical_url(address))
    for run in reader.runs(words, now.lengths):
        yield mark("name", run)


def _refused(drop_id: str, index: int | None) -> Rejection:
    return Rejection(drop_id, index, Step.WRITE, Reason.ERASED, "")
