"""A JSON document: an object is one item; an array of objects, alone or inside an object, is one item each.

Fields are named as in transforms.readers.mapping. The elements are found by their brackets and parsed one by one, so
that the memory needed is that of the largest, and one that is broken or too large costs none of the others.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import chain

from transforms.decode import decode_head
from transforms.document import Item, Reason, Rejection
from transforms.readers.drop import Drop, DropStream, RefusedDropError
from transforms.readers.encoded import EncodedStream, broken_byte
from transforms.readers.fields import Place, read_record, storable
from transforms.readers.jsonl import BrokenJsonError, parse
from transforms.readers.mapping import DEFAULT_FIELDS, FieldMapping

# How many objects around the list of items are looked through.
_MAX_WRAPPERS = 4
# The names of an object that is only there to hold the one with the items, as in the answers of many services.
_ENVELOPES = frozenset(("response", "result", "payload", "data"))

_BLANK = " \t\r\n\ufeff"
_ARRAY_OF_OBJECTS = re.compile(r"\[\s*\{\s*[\"}]")
# A pretty-printed object. One that begins otherwise is JSON Lines, or JSON by its name.
_PRETTY_OBJECT = re.compile(r'\{[ \t]*\r?\n\s*"(?:[^"\\\n]|\\.)*"\s*:')
# A string that the head cuts off counts to its end: no quote in it is tried as another beginning.
_STRING_OR_BRACKET = re.compile(r'"((?:[^"\\]++|\\.)*+)(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
_COLON = re.compile(r"\s*:\s*")
_IN_STRING = re.compile(r'[^"\\]*')
_OUT_OF_STRING = re.compile(r'[^"{}\[\],]*')


class _Kind(Enum):
    """What a document is: an array, an object with an array of items, or objects one behind the other."""

    ARRAY = auto()
    WRAPPED = auto()
    OBJECTS = auto()


@dataclass(frozen=True, slots=True)
class _Element:
    """The text of one element, or its beginning where it is over the bound; `closed` unless the drop ends in it."""

    text: str
    too_long: bool
    closed: bool


def sniff(head: bytes, fields: FieldMapping = DEFAULT_FIELDS) -> bool:
    """Recognise an array of objects with texts, a pretty-printed object, and one on one line that holds its items."""
    beginning = decode_head(head).strip(_BLANK)
    first, _, others = beginning.partition("\n")
    if others and first.rstrip().endswith("]"):
        # Arrays line by line are not of this format; one of objects is JSON Lines by its name, or text.
        return False
    if _ARRAY_OF_OBJECTS.match(beginning):
        return _text_field(fields).search(beginning) is not None
    if others:
        # A complete object on the first of several lines is that of JSON Lines.
        return _PRETTY_OBJECT.match(beginning) is not None
    return _wrapped_at(beginning, fields) is not None


def read(stream: DropStream, drop: Drop) -> Iterator[Item | Rejection]:
    """Yield one item or rejection an element.

    Raises RefusedDropError for a drop over the bounds, in a broken archive, without elements, cut off behind an
    element, or with more behind its end.
    """
    encoded = EncodedStream(stream)
    pieces = encoded.pieces()
    beginning = ""
    # The first piece may be short; what tells a wrapper is looked for in the head alone.
    for piece in pieces:
        beginning += piece
        if len(beginning) >= len(stream.head) or len(beginning) > drop.limits.max_item_bytes:
            break
    beginning = beginning.lstrip(_BLANK)
    wrapped_at = _wrapped_at(beginning, drop.fields)
    if beginning.startswith("["):
        kind, start = _Kind.ARRAY, 1
    elif wrapped_at is not None:
        kind, start = _Kind.WRAPPED, wrapped_at
    else:
        kind, start = _Kind.OBJECTS, 0
    splitter = _Splitter(kind, drop.limits.max_item_bytes)
    index = 0
    for element in splitter.elements(beginning[start:], pieces):
        yield _read_element(element, Place(drop, index, f"element {index}", storable(element.text)), encoded)
        index += 1
    if splitter.trouble:
        raise RefusedDropError(Reason.BROKEN_JSON, splitter.trouble)
    if index == 0:
        raise RefusedDropError(Reason.EMPTY, "no elements")


def _text_field(fields: FieldMapping) -> re.Pattern[str]:
    names = {re.escape(name.rpartition(".")[2]) for name in fields.text_names}
    return re.compile(rf'"(?:{"|".join(sorted(names))})"\s*:')


def _wrapped_at(beginning: str, fields: FieldMapping) -> int | None:
    """Find the array of items in the beginning of an object: the offset behind its bracket.

    None where there is none, and where the object has a text of its own: then it is the item.
    """
    if not beginning.startswith("{"):
        return None
    text_names = fields.text_names
    # For each bracket that is open: the path of the object, or None in what is not looked into.
    paths: list[str | None] = []
    path: str | None = ""
    found: int | None = None
    for token in _STRING_OR_BRACKET.finditer(beginning):
        name = token[1]
        if name is None:
            if token[0] in "[{":
                paths.append(path if token[0] == "{" else None)
                path = None
                continue
            paths.pop()
            if not paths:
                break
        elif paths[-1] is not None and (colon := _COLON.match(beginning, token.end())):
            if len(paths) == 1 and name in text_names:
                return None
            path = f"{paths[-1]}{name}"
            if found is None and _holds_items(path, fields) and _ARRAY_OF_OBJECTS.match(beginning, colon.end()):
                found = colon.end() + 1
            path = f"{path}." if path.count(".") < _MAX_WRAPPERS else None
            continue
        path = None
    return found


def _holds_items(path: str, fields: FieldMapping) -> bool:
    if path in fields.items.all_names:
        return True
    *envelopes, name = path.split(".")
    return name in fields.items.all_names and _ENVELOPES.issuperset(envelopes)


def _read_element(element: _Element, place: Place, encoded: EncodedStream) -> Item | Rejection:
    if element.too_long:
        bound = place.drop.limits.max_item_bytes
        return place.reject(Reason.TOO_LARGE, f"longer than {bound} characters, the bound for one item")
    if broken := broken_byte(element.text, encoded.encoding):
        return place.reject(Reason.UNDECODABLE, broken)
    if not element.closed:
        return place.reject(Reason.BROKEN_JSON, "the drop ends inside of it")
    try:
        record = parse(element.text)
    except BrokenJsonError as error:
        return place.reject(Reason.BROKEN_JSON, f"broken JSON, {error}")
    return read_record(record, place, encoded.encoding, place.drop.fields)


class _Splitter:
    """Cuts JSON into elements at its commas and brackets outside of strings; what is in them, it does not look at."""

    def __init__(self, kind: _Kind, bound: int) -> None:
        self._kind = kind
        self._bound = bound
        self._kept: list[str] = []
        self._size = 0
        self._depth = 0
        self._in_string = self._escaped = self._ended = False
        self._last_behind = ""
        self.trouble: str | None = None
        """What is wrong with the document outside of its elements; known when all of them are read."""

    def elements(self, first: str, pieces: Iterator[str]) -> Iterator[_Element]:
        """Yield the elements. `first` begins behind the bracket of the array, where there is one."""
        for piece in chain([first], pieces):
            yield from self._feed(piece)
        if self._size:
            yield self._element(closed=not self._depth and not self._in_string)
        if self._kind is _Kind.OBJECTS:
            return
        if not self._ended:
            self.trouble = "the document is cut off: its array is not closed"
        elif self._kind is _Kind.ARRAY and self._last_behind:
            self.trouble = "there is more behind the end of the document"
        elif self._kind is _Kind.WRAPPED and self._last_behind != "}":
            self.trouble = "the document is cut off: its object is not closed"

    def _feed(self, piece: str) -> Iterator[_Element]:
        start = position = 0
        while position < len(piece) and not self._ended:
            if self._escaped:
                self._escaped = False
            elif self._in_string:
                position = _end(_IN_STRING, piece, position)
                self._escaped = piece[position : position + 1] == "\\"
                self._in_string = piece[position : position + 1] != '"'
            else:
                position = _end(_OUT_OF_STRING, piece, position)
                sign = piece[position : position + 1]
                outside = self._depth == 0
                self._depth += (sign in ("[", "{")) - (sign in ("]", "}") and not outside)
                self._in_string = sign == '"'
                if self._kind is _Kind.OBJECTS:
                    end = position + 1 if sign in ("]", "}") and self._depth == 0 else None
                else:
                    end = position if outside and sign in (",", "]", "}") else None
                    self._ended = outside and sign in ("]", "}")
                if end is not None:
                    self._keep(piece[start:end])
                    if self._size:
                        yield self._element(closed=True)
                    start = position + 1
            position += 1
        if self._ended:
            self._last_behind = piece[start:].rstrip(_BLANK)[-1:] or self._last_behind
        else:
            self._keep(piece[start:])

    def _keep(self, text: str) -> None:
        if not self._size:
            text = text.lstrip(_BLANK)
        if text and self._size <= self._bound:
            self._kept.append(text[: self._bound + 1 - self._size])
        self._size += len(text)

    def _element(self, *, closed: bool) -> _Element:
        element = _Element("".join(self._kept).rstrip(_BLANK), self._size > self._bound, closed)
        self._kept.clear()
        self._size = 0
        return element


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position
