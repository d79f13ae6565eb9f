"""JSON Lines: one article a line, UTF-8, read in the memory of one line.

A line is an object whose fields are named as in transforms.readers.mapping: the article under `text`, or its page
under `html`; everything else is optional, and other fields are not read.
"""

import codecs
import json
import re
from collections.abc import Iterator

from transforms.decode import binary_kind, decode_head, unicode_signature
from transforms.document import Encoding, Item, Reason, Rejection
from transforms.readers.drop import Drop, DropStream, Line
from transforms.readers.fields import Number, Place, read_record

_GIVEN = Encoding("utf-8", "given", "a string in JSON")
# The beginning of a JSON object whose line is longer than what is looked at: a brace, a name, a value.
_OBJECT_BEGINS = re.compile(r'\{\s*"(?:[^"\\]|\\.)*"\s*:\s*["\[{\dtfn-]')


class BrokenJsonError(Exception):
    """What should be JSON and is not; the message says where it breaks."""


def sniff(head: bytes) -> bool:
    """Recognise JSON Lines by the first line that is not blank: an object, complete on that line."""
    beginning = decode_head(head).lstrip("\ufeff \t\r\n")
    if not beginning.startswith("{"):
        return False
    line, line_end, _ = beginning.partition("\n")
    if not line_end and _OBJECT_BEGINS.match(line) and not line.rstrip().endswith("}"):
        # The line goes on after what is seen. A line that is broken off is JSON Lines all the same.
        return True
    try:
        return isinstance(parse(line), dict)
    except BrokenJsonError:
        return False


def read(stream: DropStream, drop: Drop) -> Iterator[Item | Rejection]:
    """Yield one item or rejection a line; blank lines are none.

    Raises RefusedDropError for a drop over the bounds or in a broken archive.
    """
    signature = unicode_signature(stream.head)
    if signature and signature[0] != "utf-8":
        yield drop.rejection(Reason.UNDECODABLE, f"JSON Lines must be UTF-8, this is {signature[0]}")
        return
    kind = binary_kind(stream.head)
    if kind:
        yield drop.rejection(Reason.BINARY, f"not JSON Lines but {kind}", excerpt=stream.head)
        return
    index = 0
    for line in stream.lines():
        if line.data.strip() or line.too_long:
            yield _read_line(line, Place(drop, index, f"line {line.number}", line.data))
            index += 1
    if index == 0:
        yield drop.rejection(Reason.EMPTY, "no lines but blank ones")


def parse(text: str) -> object:
    """Parse JSON; numbers stay as written, and of a name given twice the last value counts.

    Raises BrokenJsonError, also for what is nested deeper than the interpreter can follow.
    """
    try:
        value: object = json.loads(text, parse_int=Number, parse_float=Number, parse_constant=Number)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        raise BrokenJsonError(f"{line}column {error.colno}: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise BrokenJsonError(str(error)) from None
    return value


def _read_line(line: Line, place: Place) -> Item | Rejection:
    if line.too_long:
        bound = place.drop.limits.max_item_bytes
        return place.reject(Reason.TOO_LARGE, f"longer than {bound} bytes, the bound for one item")
    data = line.data.removeprefix(codecs.BOM_UTF8) if line.number == 1 else line.data
    try:
        record = parse(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        return place.reject(Reason.UNDECODABLE, f"not UTF-8 at byte {error.start} of the line: {error.reason}")
    except BrokenJsonError as error:
        return place.reject(Reason.BROKEN_JSON, f"broken JSON, {error}")
    return read_record(record, place, _GIVEN, place.drop.fields)
