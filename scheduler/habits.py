"""What is remembered of addresses, worked out from the ledger when asked for and kept no longer than one question."""

from collections import defaultdict
from datetime import datetime

from evidence.habit import MEMORY, Habit, habit
from evidence.model import Evidence, SentItem
from scheduler.own import is_own, own_addresses
from store.ledger import Ledger


class Habits:
    """The habits of addresses at one moment; each is worked out once, by two look-ups, however many items ask."""

    def __init__(self, ledger: Ledger, *, now: datetime) -> None:
        """Ask this ledger.

        :param now: aware
        """
        #: the person's own addresses, which have none
        self.own = own_addresses(ledger)
        self._ledger = ledger
        self._now = now
        self._known: dict[str, Habit] = {}
        self._heard: dict[str, tuple[Evidence, ...]] = {}

    def of(self, address: str) -> Habit:
        """The habit of one address.

        :param address: normalised
        """
        if address not in self._known:
            items = self._ledger.items_to(address, since=self._now - MEMORY)
            self._known[address] = habit(address, items, self._evidence(address), now=self._now)
        return self._known[address]

    def silent(self, item: SentItem) -> dict[str, str]:
        """Recipients of an item whose silence says nothing, each with how that is known."""
        if not item.asks_receipt:
            return {}
        # whoever never reacted in any way is not known to be silent: most addresses cost one look-up
        known = (self.of(each.address) for each in item.recipients if self._evidence(each.address))
        return {each.address: each.sentence for each in known if each.is_silent}

    def _evidence(self, address: str) -> tuple[Evidence, ...]:
        if address not in self._heard:
            self._heard[address] = self._ledger.evidence_of(address)
        return self._heard[address]


def contacts(ledger: Ledger, *, now: datetime) -> tuple[Habit, ...]:
    """The habits of all addresses written to lately, the person's own left out; most written to first.

    :param now: aware
    """
    own = own_addresses(ledger)
    sent: dict[str, list[SentItem]] = defaultdict(list)
    for item in ledger.items(since=now - MEMORY):
        for each in item.recipients:
            sent[each.address].append(item)
    found = [
        habit(address, items, ledger.evidence_of(address), now=now)
        for address, items in sent.items()
        if not is_own(address, own)
    ]
    return tuple(sorted(found, key=lambda each: (-each.sent, each.address)))
