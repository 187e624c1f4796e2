"""Extended (MAPI) properties: their ids in the one form Graph echoes them in, and their values."""

import base64
import re
from collections.abc import Callable

from sandbox.microsoft.item import Item
from sandbox.microsoft.mime import named_ids
from sandbox.microsoft.refusals import Refusal, bad_request

_TYPES = {
    name.lower(): name for name in ("String", "Integer", "Boolean", "Binary", "SystemTime", "Double", "Long", "Guid")
}
_GUID = r"\{[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}"
_TAGGED = re.compile(r"(\w+)\s+0x([0-9a-fA-F]{1,8})")
_NAMED = re.compile(rf"(\w+)\s+({_GUID})\s+(?:Name\s+(\S.*)|Id\s+0x([0-9a-fA-F]{{1,8}}))", re.IGNORECASE)


def _transport_headers(item: Item) -> str | None:
    """The header block of mail that came in from outside; what was written here has none."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in (*item.head.extra, *item.head.content.headers))
    return lines if item.header("Received") else None


#: what every message says of itself, by tag (MS-OXPROPS)
_OWN: dict[str, Callable[[Item], str | None]] = {
    "String 0x1a": lambda item: item.head.item_class,
    "Boolean 0x29": lambda item: "true" if item.head.wants_receipt else "false",
    "String 0x7d": _transport_headers,
    "String 0x1035": lambda item: item.head.message_id or None,
    "String 0x1039": lambda item: item.header("References") or None,
    "String 0x1042": lambda item: next(iter(named_ids(item.header("In-Reply-To"))), None),
    "Binary 0x300b": lambda item: base64.b64encode(item.search_key).decode(),
}


def normal_id(text: str) -> str:
    """The id as Graph answers it: `String 0x001A` becomes `String 0x1a`; the names of named properties keep their case.

    :raises Refusal: it is no id of a property
    """
    tagged, named = _TAGGED.fullmatch(text.strip()), _NAMED.fullmatch(text.strip())
    match = tagged or named
    kind = _TYPES.get(match.group(1).lower()) if match else None
    if match is None or kind is None:
        raise bad_request(f"The property id '{text}' is not valid.", "ErrorInvalidPropertyId")
    if tagged:
        return f"{kind} 0x{int(match.group(2), 16):x}"
    _, guid, name, number = match.groups()
    return f"{kind} {guid.lower()} " + (f"Name {name}" if name else f"Id 0x{int(number, 16):x}")


def value_of(item: Item, property_id: str) -> str | None:
    """What an item says under a normalised id; None when it has no such property.

    Of a receipt neither the original's Message-ID (0x1046) nor its search key (0x0025) can be read: nobody has shown
    that Graph gives them out.
    """
    own = _OWN.get(property_id)
    return item.extended.get(property_id) or (own(item) if own else None)


def take(item: Item, wanted: object) -> None:
    """Set the extended properties of a JSON body on an item.

    :raises Refusal: an id or a value is not in its form
    """
    if not isinstance(wanted, list):
        raise bad_request("singleValueExtendedProperties must be a collection.", "RequestBodyRead")
    for entry in wanted:
        if not isinstance(entry, dict) or not isinstance(entry.get("value"), str):
            raise bad_request("An extended property needs an id and a text value.", "RequestBodyRead")
        _set(item, normal_id(str(entry.get("id", ""))), entry["value"])


def _set(item: Item, property_id: str, value: str) -> None:
    if property_id in ("String 0x1a", "Binary 0x300b", "String 0x7d"):
        raise Refusal(400, "ErrorInvalidPropertySet", f"Set action is invalid for property {property_id}.")
    if property_id == "Boolean 0x29":
        item.head.wants_receipt = value.lower() == "true"
    elif property_id == "String 0x1035":
        item.head.message_id = value
    else:
        item.extended[property_id] = value
