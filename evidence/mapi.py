"""MAPI properties as TNEF lists them: number and value of each text and each run of bytes, and where the list ends.

tnefparse is not used: it allocates for as long as a forged number of properties or values says, gigabytes for a mail of
two hundred bytes.
"""

import struct

#: a property's value as it stands in a message
Value = str | bytes

_MOST_PROPERTIES = 500
_MOST_VALUES = 100
#: from here on a property is named, by a set and a number or a text
_NAMED = 0x8000
_SEVERAL = 0x1000
#: bytes of a value by its type, padding included (MS-OXTNEF 2.1.3.4)
_SIZES = {
    0x02: 4,  # short
    0x03: 4,  # long
    0x04: 4,  # float
    0x05: 8,  # double
    0x06: 8,  # currency
    0x07: 8,  # application time
    0x0A: 4,  # error
    0x0B: 4,  # boolean
    0x14: 8,  # long long
    0x40: 8,  # system time
    0x48: 16,  # class id
}
_OBJECT, _TEXT, _UNICODE, _BYTES = 0x0D, 0x1E, 0x1F, 0x102


class _Broken(ValueError):
    """The list breaks off, or says of itself what cannot be."""


def read_properties(listed: bytes, at: int) -> tuple[dict[int, Value], int]:
    """The properties of a list that begins with their number; what stands after a damage is not read.

    :param at: where the list begins
    :return: number to value, the first where there are several, and where the list ends
    """
    found: dict[int, Value] = {}
    try:
        many, at = _number(listed, at, _MOST_PROPERTIES)
        for _ in range(many):
            at = _read(listed, at, found)
    except _Broken:
        return found, len(listed)
    return found, at


def _read(listed: bytes, at: int, found: dict[int, Value]) -> int:
    """Read one property; where the next begins."""
    kind, number = _unpack("<HH", listed, at)
    at = _after_name(listed, at + 4) if number >= _NAMED else at + 4
    plain = kind & ~_SEVERAL
    many, at = _number(listed, at, _MOST_VALUES) if kind & _SEVERAL or plain not in _SIZES else (1, at)
    if plain in _SIZES:
        return at + _SIZES[plain] * many
    if plain not in (_OBJECT, _TEXT, _UNICODE, _BYTES):
        raise _Broken
    for _ in range(many):
        length, at = _number(listed, at, len(listed) - at)
        if plain != _OBJECT:
            found.setdefault(number, _decoded(listed[at : at + length], plain))
        at += length + -length % 4
    return at


def _after_name(listed: bytes, at: int) -> int:
    """Where a named property goes on behind its set, kind and number or text."""
    (kind,) = _unpack("<I", listed, at + 16)
    at += 20
    if kind == 0:
        return at + 4
    length, at = _number(listed, at, len(listed) - at)
    return at + length + -length % 4


def _decoded(value: bytes, kind: int) -> Value:
    if kind == _BYTES:
        return value
    return value.decode("cp1252" if kind == _TEXT else "utf-16-le", "replace").rstrip("\0")


def _number(listed: bytes, at: int, most: int) -> tuple[int, int]:
    """A number that must not be larger, and what stands behind it."""
    (number,) = _unpack("<I", listed, at)
    if number > most:
        raise _Broken
    return number, at + 4


def _unpack(form: str, listed: bytes, at: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(form, listed, at)
    except struct.error as err:
        raise _Broken from err
