"""A small TNEF writer (MS-OXTNEF): enough to wrap a receipt the way Outlook and Exchange do."""

import struct
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

_SIGNATURE = 0x223E9F78
_VERSION = 0x00010000
_MESSAGE_LEVEL = 0x01
_WINDOWS_1252 = 1252

# Attribute ids: the type in the upper half, the name in the lower (MS-OXTNEF 2.1.3.2).
_ATT_TNEF_VERSION = 0x00089006
_ATT_OEM_CODEPAGE = 0x00069007
_ATT_MESSAGE_CLASS = 0x00078008
_ATT_MSG_PROPS = 0x00069003

_TYPE_STRING = 0x001F
_TYPE_TIME = 0x0040
_TYPE_BINARY = 0x0102


class Tag(IntEnum):
    """MAPI properties of a receipt (MS-OXPROPS)."""

    MESSAGE_CLASS = 0x001A
    PARENT_KEY = 0x0025
    REPORT_TIME = 0x0032
    SUBJECT = 0x0037
    ORIGINAL_SUBJECT = 0x0049
    REPORT_DISPOSITION = 0x0080
    REPORT_DISPOSITION_MODE = 0x0081
    ORIGINAL_MESSAGE_ID = 0x1046


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One MAPI property and its value."""

    tag: Tag
    value: str | bytes | datetime


def tnef(message_class: str, properties: tuple[Property, ...], *, key: int = 1) -> bytes:
    """A TNEF stream without attachments.

    :param message_class: written as attMessageClass, where Outlook 2003 keeps its legacy name
    :param properties: written as attMsgProps
    :param key: not zero; ties attachments to the stream (MS-OXTNEF 2.1.3.1)
    """
    attributes = (
        (_ATT_TNEF_VERSION, struct.pack("<I", _VERSION)),
        (_ATT_OEM_CODEPAGE, struct.pack("<II", _WINDOWS_1252, 0)),
        (_ATT_MESSAGE_CLASS, message_class.encode("ascii") + b"\x00"),
        (_ATT_MSG_PROPS, struct.pack("<I", len(properties)) + b"".join(map(_property, properties))),
    )
    return struct.pack("<IH", _SIGNATURE, key) + b"".join(_attribute(*each) for each in attributes)


def _attribute(name: int, content: bytes) -> bytes:
    head = struct.pack("<BII", _MESSAGE_LEVEL, name, len(content))
    return head + content + struct.pack("<H", sum(content) & 0xFFFF)


def _property(each: Property) -> bytes:
    if isinstance(each.value, datetime):
        return struct.pack("<HHQ", _TYPE_TIME, each.tag, _filetime(each.value))
    if isinstance(each.value, str):
        return struct.pack("<HH", _TYPE_STRING, each.tag) + _counted(each.value.encode("utf-16-le") + b"\x00\x00")
    return struct.pack("<HH", _TYPE_BINARY, each.tag) + _counted(each.value)


def _counted(value: bytes) -> bytes:
    """One value of variable size: how many, how long, and filled up to four bytes (MS-OXTNEF 2.1.3.4)."""
    return struct.pack("<II", 1, len(value)) + value + b"\x00" * (-len(value) % 4)


def _filetime(moment: datetime) -> int:
    """Tenths of microseconds since 1601 (MS-DTYP 2.3.3)."""
    return (int(moment.timestamp()) + 11_644_473_600) * 10_000_000
