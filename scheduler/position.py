"""Where reading a mailbox stopped, as the ledger keeps it: the mailbox's cursor and what has not been settled yet.

A mailbox may name an answer before the mail it answers. So what arrived is settled only when all pages of a round are
in, and that something is left to settle stands in the cursor: it is stored in the step that moves it, and no crash
forgets it. When nothing is left, the ledger holds the mailbox's cursor as it is.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.mailbox import Arrival

_MARK = "listing:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far a mailbox was read."""

    #: the mailbox's own, opaque; None before the first page
    cursor: str | None
    #: the whole mailbox is being listed, for the first time or because a cursor was too old
    listing: bool
    #: sent items or evidence were stored that have not been matched with each other
    unmatched: bool = False
    #: arrivals that speak about no sent item known so far
    waiting: tuple[Arrival, ...] = ()


def unpack(stored: str | None) -> Position:
    """What the ledger's cursor says."""
    if stored is None or not stored.startswith(_MARK):
        return Position(cursor=stored, listing=stored is None)
    packed = json.loads(stored.removeprefix(_MARK))
    waiting = tuple(_arrival(each) for each in packed["waiting"])
    return Position(cursor=packed["cursor"], listing=packed["listing"], unmatched=packed["unmatched"], waiting=waiting)


def pack(position: Position) -> str | None:
    """What the ledger's cursor is to say."""
    if not (position.listing or position.unmatched or position.waiting):
        return position.cursor
    waiting = [_packed(each) for each in position.waiting]
    rest = {"listing": position.listing, "unmatched": position.unmatched, "waiting": waiting}
    return _MARK + json.dumps({"cursor": position.cursor, **rest})


def _packed(arrival: Arrival) -> list[Any]:
    received_at = arrival.received_at.isoformat() if arrival.received_at else None
    return [
        arrival.provider_id,
        arrival.thread_id,
        received_at,
        arrival.sender,
        arrival.is_report,
        arrival.references,
    ]


def _arrival(packed: list[Any]) -> Arrival:
    provider_id, thread_id, received_at, sender, is_report, references = packed
    return Arrival(
        provider_id=provider_id,
        thread_id=thread_id,
        received_at=datetime.fromisoformat(received_at) if received_at else None,
        sender=sender,
        is_report=is_report,
        references=None if references is None else tuple(references),
    )
