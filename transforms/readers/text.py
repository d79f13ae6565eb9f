"""A plain text file: the whole drop is one item."""

from collections.abc import Iterator

from transforms.decode import Decoded, DecodeError, decode
from transforms.document import Item, Rejection
from transforms.readers.drop import Drop, DropStream


def sniff(head: bytes) -> bool:  # noqa: ARG001 (the signature that every reader shares)
    """Claim nothing: text is what no other reader claims."""
    return False


def read(stream: DropStream, drop: Drop) -> Iterator[Item | Rejection]:
    """Yield the one item of a text file, in whichever encoding it is.

    Raises RefusedDropError for a drop over the bounds or in a broken archive.
    """
    decoded = decoded_whole(stream, drop)
    if isinstance(decoded, Rejection):
        yield decoded
    else:
        yield Item(drop.drop_id, 0, drop.source, decoded.text, decoded.encoding)


def decoded_whole(stream: DropStream, drop: Drop) -> Decoded | Rejection:
    """The whole drop as one text, or why it is none. Raises RefusedDropError, as `read` does."""
    raw = stream.read_item()
    try:
        return decode(raw)
    except DecodeError as error:
        return drop.rejection(error.reason, error.detail, excerpt=raw)
