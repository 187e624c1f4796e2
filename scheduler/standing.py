"""How a sent item stands: the fold over what the ledger holds about it."""

from datetime import date, datetime, timedelta

from evidence.model import Evidence, ItemVerdict, Kind, SentItem
from evidence.verdict import fold, shows_reading
from scheduler.own import own_addresses, without_own
from store.ledger import Ledger

#: receipt requests that went unheeded before an address counts as one that returns none
_ENOUGH = 3
#: a request younger than this may still be heeded
_PATIENCE = timedelta(days=7)
_MEMORY = timedelta(days=365)


def standing(ledger: Ledger, item: SentItem, *, now: datetime) -> ItemVerdict:
    """The verdict for each recipient of an item, the person's own addresses left out.

    :param now: aware
    """
    asked = without_own(item, own_addresses(ledger))
    addresses = (each.address for each in asked.recipients) if item.asks_receipt else ()
    silent = frozenset(each for each in addresses if is_silent(ledger, each, now=now))
    return fold(asked, ledger.evidence(item.id), now=now, silent=silent)


def unread(
    ledger: Ledger,
    *,
    now: datetime,
    account: str | None = None,
    since: datetime | None = None,
    oldest_first: bool = False,
) -> tuple[ItemVerdict, ...]:
    """Items with a recipient who shows no sign of reading, newest first; what left the mailbox is left out."""
    items = ledger.items(account=account, since=since)
    stand = (standing(ledger, each, now=now) for each in items if not ledger.is_removed(each.id))
    found = tuple(each for each in stand if any(not shows_reading(one.verdict) for one in each.recipients))
    return found[::-1] if oldest_first else found


def is_silent(ledger: Ledger, address: str, *, now: datetime) -> bool:
    """Whether an address is known to return no receipts: it answered mail, but none of three or more requests in it.

    Its silence then says nothing about reading. Somebody who never reacted in any way is not meant.
    """
    sent = ledger.items_to(address, since=now - _MEMORY)
    asked = [each for each in sent if each.asks_receipt and each.sent_at <= now - _PATIENCE]
    if len(asked) < _ENOUGH:
        return False
    kinds = {fact.kind for each in asked for fact in _counting(ledger, each) if _is_by(fact, address)}
    return Kind.REPLY in kinds and Kind.RECEIPT not in kinds


def returns(ledger: Ledger, item: SentItem) -> dict[str, date]:
    """When each recipient announced to be back, by the last auto-reply that named a day."""
    away = (each for each in _counting(ledger, item) if each.kind is Kind.AUTO_REPLY and each.until)
    return {each.match.recipient: each.until for each in away if each.match and each.match.recipient and each.until}


def _counting(ledger: Ledger, item: SentItem) -> tuple[Evidence, ...]:
    return tuple(each for each in ledger.evidence(item.id) if not each.doubt)


def _is_by(fact: Evidence, address: str) -> bool:
    return fact.match is not None and fact.match.recipient == address
