"""Thrift's compact protocol, as far as Parquet uses it: bytes to structs whose fields go by their numbers.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from typing import Final

Struct = dict[int, object]

_STOP, _TRUE, _FALSE, _BYTE, _BINARY, _STRUCT = 0, 1, 2, 3, 8, 12
_INTEGERS: Final = frozenset((4, 5, 6))
_LISTS: Final = frozenset((9, 10))
# Bytes that a double and a UUID have; their values are not needed.
_FIXED: Final = {7: 8, 13: 16}
# Structs and lists in one another: a footer of Parquet has nine levels.
_MAX_DEPTH = 16


class ThriftError(Exception):
    """Bytes that are no struct; the message says why."""


class ShortThriftError(ThriftError):
    """The bytes end inside of a struct."""


def read_struct(raw: bytes, at: int = 0, depth: int = 0) -> tuple[Struct, int]:
    """Read a struct; return its fields, and where it ends.

    Raises ThriftError, of it ShortThriftError where the bytes end before the struct.
    """
    if depth > _MAX_DEPTH:
        raise ThriftError("structs in structs")
    fields: Struct = {}
    field = 0
    while True:
        head, at = _byte(raw, at)
        if head == _STOP:
            return fields, at
        if head >> 4:
            field += head >> 4
        else:
            field, at = _integer(raw, at)
        fields[field], at = _value(raw, at, head & 15, depth)


def _value(raw: bytes, at: int, kind: int, depth: int) -> tuple[object, int]:
    if kind in _INTEGERS:
        return _integer(raw, at)
    if kind == _STRUCT:
        return read_struct(raw, at, depth + 1)
    if kind in (_TRUE, _FALSE):
        return kind == _TRUE, at
    if kind in _LISTS:
        return _list(raw, at, depth + 1)
    if kind == _BINARY:
        size, at = _varint(raw, at)
        return _bytes(raw, at, size)
    if kind == _BYTE:
        return _byte(raw, at)
    if kind in _FIXED:
        return _bytes(raw, at, _FIXED[kind])
    raise ThriftError(f"unknown type {kind} at byte {at}")


def _list(raw: bytes, at: int, depth: int) -> tuple[list[object], int]:
    if depth > _MAX_DEPTH:
        raise ThriftError("lists in lists")
    head, at = _byte(raw, at)
    size, kind = head >> 4, head & 15
    if size == 15:
        size, at = _varint(raw, at)
    # Each element takes a byte at least.
    if size > len(raw) - at:
        raise ShortThriftError(f"a list of {size} elements at byte {at}")
    # In a list, a boolean is a byte.
    kind = _BYTE if kind in (_TRUE, _FALSE) else kind
    values: list[object] = []
    for _ in range(size):
        value, at = _value(raw, at, kind, depth)
        values.append(value)
    return values, at


def _bytes(raw: bytes, at: int, size: int) -> tuple[bytes, int]:
    if at + size > len(raw):
        raise ShortThriftError(f"{size} bytes at byte {at}")
    return raw[at : at + size], at + size


def _byte(raw: bytes, at: int) -> tuple[int, int]:
    if at >= len(raw):
        raise ShortThriftError(f"the end at byte {at}")
    return raw[at], at + 1


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte, at = _byte(raw, at)
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        if shift > 63:
            raise ThriftError(f"a number of more than 64 bits at byte {at}")


def _integer(raw: bytes, at: int) -> tuple[int, int]:
    value, at = _varint(raw, at)
    return (value >> 1) ^ -(value & 1), at
