"""What a client may ask of a collection: `$select`, `$top`, `$skip`, `$filter`, `$orderby`, `$expand`, `$count`."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from sandbox.microsoft.extended import normal_id, value_of
from sandbox.microsoft.filters import Filter
from sandbox.microsoft.item import Item
from sandbox.microsoft.properties import NOT_BASIC, SPECIMEN, message_json, selected
from sandbox.microsoft.refusals import Refusal, bad_request, denied

#: messages on a page when nobody says how many
PAGE = 10
MOST = 1000

_OPTIONS = frozenset({"$select", "$top", "$skip", "$skiptoken", "$filter", "$orderby", "$expand", "$count"})
_EXPANSION = re.compile(r"singleValueExtendedProperties\(\$filter=(.+)\)", re.IGNORECASE | re.DOTALL)
_EXPANDED_ID = re.compile(r"id eq '((?:[^']|'')*)'", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """The options of one call, read and checked."""

    select: frozenset[str] = frozenset()
    top: int = PAGE
    skip: int = 0
    filter: Filter | None = None
    #: path and whether descending
    order: tuple[tuple[str, bool], ...] = ()
    #: normalised ids of extended properties
    expand: tuple[str, ...] = ()
    count: bool = False

    @classmethod
    def of(cls, args: Mapping[str, str], *, is_basic: bool) -> "Query":
        """Read the options.

        :param is_basic: the token holds no more than Mail.ReadBasic
        :raises Refusal: one is unknown, malformed, not allowed, or the combination is one Exchange will not sort
        """
        unknown = [name for name in args if name.startswith("$") and name not in _OPTIONS]
        if unknown:
            raise bad_request(f"The query option '{unknown[0]}' is not supported here.", "ErrorInvalidUrlQuery")
        query = cls(
            select=frozenset(name.strip() for name in args.get("$select", "").split(",") if name.strip()),
            top=_number(args, "$top", PAGE, least=1, most=MOST),
            skip=_skip(args),
            filter=Filter(args["$filter"]) if args.get("$filter") else None,
            order=_order(args.get("$orderby", "")),
            expand=expansion(args.get("$expand", "")),
            count=args.get("$count", "").lower() == "true",
        )
        query._check(is_basic)
        return query

    def _check(self, is_basic: bool) -> None:
        filtered = self.filter.names if self.filter else []
        if is_basic and (self.expand or "singleValueExtendedProperties" in filtered):
            raise denied()
        if self.filter and [path for path, _ in self.order] != filtered[: len(self.order)]:
            raise bad_request("The restriction or sort order is too complex for this operation.", "InefficientFilter")

    def run(self, items: list[Item]) -> list[Item]:
        """Every message that passes, in the order asked for (else: newest first)."""
        wanted = self.filter
        passing = [item for item in items if wanted is None or wanted.accepts(message_json(item), item)]
        passing.sort(key=lambda item: (item.received, item.number), reverse=True)
        for path, descending in reversed(self.order):
            passing.sort(key=partial(_sort_key, path), reverse=descending)
        return passing

    def show(self, item: Item, *, immutable: bool, is_basic: bool) -> dict[str, Any]:
        """What the client sees of one message."""
        shown = selected(message_json(item, immutable=immutable), self.select)
        if is_basic:
            shown = {name: value for name, value in shown.items() if name not in NOT_BASIC}
        found = [{"id": name, "value": value} for name in self.expand if (value := value_of(item, name)) is not None]
        return {**shown, "singleValueExtendedProperties": found} if found else shown


def next_link(url: str, args: Mapping[str, str], skip: int) -> str:
    """The absolute address of the page after this one; the place in it is for the server to read."""
    token = base64.urlsafe_b64encode(f"skip={skip}".encode()).decode()
    kept = {name: value for name, value in args.items() if name not in ("$skip", "$skiptoken")}
    return link(url, {**kept, "$skiptoken": token})


def link(url: str, args: Mapping[str, str]) -> str:
    """An absolute address with its options."""
    return f"{url}?" + "&".join(f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in args.items())


def expansion(text: str) -> tuple[str, ...]:
    """The extended properties an `$expand` asks for, normalised.

    :raises Refusal: it asks for anything else, or for all of them
    """
    if not text:
        return ()
    match = _EXPANSION.fullmatch(text.strip())
    ids = _EXPANDED_ID.findall(match.group(1)) if match else []
    if not ids:
        raise bad_request(f"Parsing OData Select and Expand failed: '{text}'.", "ErrorInvalidUrlQuery")
    return tuple(dict.fromkeys(normal_id(found.replace("''", "'")) for found in ids))


def _skip(args: Mapping[str, str]) -> int:
    if "$skiptoken" not in args:
        return _number(args, "$skip", 0, least=0, most=10**9)
    try:
        return int(base64.urlsafe_b64decode(args["$skiptoken"]).decode().removeprefix("skip="))
    except (binascii.Error, ValueError):
        raise bad_request("The skip token is not valid.", "ErrorInvalidUrlQuery") from None


def _number(args: Mapping[str, str], name: str, otherwise: int, *, least: int, most: int) -> int:
    text = args.get(name, str(otherwise))
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise bad_request(f"The value '{text}' of {name} must be between {least} and {most}.", "ErrorInvalidUrlQuery")
    return int(text)


def _order(text: str) -> tuple[tuple[str, bool], ...]:
    parts = [part.split() for part in text.split(",") if part.strip()]
    if any(len(part) > 2 or part[-1].lower() not in ("asc", "desc", part[0].lower()) for part in parts):
        raise Refusal(400, "ErrorInvalidUrlQuery", f"The $orderby '{text}' is not valid.")
    if any(part[0].split("/")[0] not in SPECIMEN for part in parts):
        raise Refusal(400, "ErrorInvalidUrlQuery", f"The $orderby '{text}' names a property that does not exist.")
    return tuple((part[0], part[-1].lower() == "desc") for part in parts)


def _sort_key(path: str, item: Item) -> tuple[bool, Any]:
    found: Any = message_json(item)
    for name in path.split("/"):
        found = found.get(name) if isinstance(found, dict) else None
    return found is not None, found.lower() if isinstance(found, str) else found
