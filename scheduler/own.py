"""Which addresses are the person's own: they never count as readers, repliers or people to wait for."""

from dataclasses import replace
from functools import lru_cache

from evidence import normal
from evidence.model import SentItem
from store.ledger import Ledger


def own_addresses(ledger: Ledger) -> frozenset[str]:
    """Every address of every account ever connected: one person's, so an answer from another one is their own."""
    return frozenset(address for each in ledger.accounts() for address in (each.address, *each.aliases))


def is_own(address: str | None, own: frozenset[str]) -> bool:
    """Whether an address is the person's, a plus-address (`me+3d@…`) included."""
    return bool(address) and normal.mailbox(str(address)) in _mailboxes(own)


@lru_cache(maxsize=8)
def _mailboxes(own: frozenset[str]) -> frozenset[str]:
    return frozenset(map(normal.mailbox, own))


def without_own(item: SentItem, own: frozenset[str]) -> SentItem:
    """The item with only the recipients one can wait for; all of them if it went to oneself alone."""
    others = tuple(each for each in item.recipients if not is_own(each.address, own))
    return replace(item, recipients=others) if others and others != item.recipients else item


def is_to_self(item: SentItem, own: frozenset[str]) -> bool:
    """Whether nobody but the person got it."""
    return all(is_own(each.address, own) for each in item.recipients)
