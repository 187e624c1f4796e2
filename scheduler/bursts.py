"""Which domains had many mails hit at once soon after sending: their gateway did it, not their readers."""

from collections.abc import Iterable
from datetime import datetime

from evidence.hit_context import BURST, BURST_WITHIN, SLOT
from evidence.model import Evidence, Grade, Kind, SentItem
from store.ledger import Ledger

#: what no burst could lower, nor a gateway that looks like a person cause
_LOW = frozenset({Grade.WEAK, Grade.NONE})


class Bursts:
    """Looks slots up in the ledger, each once, however many mails were hit in it."""

    def __init__(self, ledger: Ledger) -> None:
        """Ask this ledger."""
        self._ledger = ledger
        self._known: dict[datetime, frozenset[str]] = {}

    def domains(self, at: datetime) -> frozenset[str]:
        """Domains with a burst in the slot that begins then."""
        if at not in self._known:
            self._known[at] = self._look(at)
        return self._known[at]

    def _look(self, at: datetime) -> frozenset[str]:
        mails: dict[str, set[str]] = {}
        for item in self._ledger.items(since=at - BURST_WITHIN, until=at + SLOT):
            for hit in self._ledger.evidence(item.id) if item.tag else ():
                if hit.at == at and looks_human(hit):
                    for domain in _asked(item, hit):
                        mails.setdefault(domain, set()).add(f"{item.id} {hit.recipient}")
        return frozenset(domain for domain, hit in mails.items() if len(hit) >= BURST)


def looks_human(hit: Evidence) -> bool:
    """Whether it is a hit that would speak for reading, if it were no gateway's."""
    return hit.kind is Kind.HIT and hit.grade not in _LOW


def domains_of(addresses: Iterable[str]) -> frozenset[str]:
    """What stands behind the @."""
    return frozenset(each.rpartition("@")[2] for each in addresses)


def _asked(item: SentItem, hit: Evidence) -> frozenset[str]:
    """Domains whose gateway may have caused a hit."""
    return domains_of([hit.recipient] if hit.recipient else (each.address for each in item.recipients))
