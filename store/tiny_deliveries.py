"""The ledger's part about deliveries, over the same file."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tinydb import where

from store.database import Database
from store.deliveries import Delivery, DeliveryState, FollowUp
from store.index import LAST
from store.records import from_document, moment_text, to_document
from store.table import put

_OPEN = (DeliveryState.WAITING, DeliveryState.BEGUN)


class TinyDeliveries:
    """The `DeliveryLedger` in one file."""

    def __init__(self, database: Database) -> None:
        """Work on an open file."""
        self._database = database
        self._deliveries = database.table("deliveries")
        self._follow_ups = database.table("follow_ups")

    def put(self, deliveries: tuple[Delivery, ...]) -> None:
        """Write down what is to be delivered; what is known by its id already is left as it is."""
        with self._database.transaction():
            for each in deliveries:
                if not self._found(each.id):
                    self._deliveries.insert(to_document(each))

    def change(self, delivery: str, change: Callable[[Delivery], Delivery | None]) -> Delivery | None:
        """Replace a delivery by what `change` makes of it as it is now; None from `change` leaves it."""
        with self._database.transaction():
            known = self._found(delivery)
            changed = change(from_document(Delivery, known[0])) if known else None
            if changed:
                put(self._deliveries, known, to_document(changed))
            return changed

    def open(self, *, until: datetime | None = None) -> tuple[Delivery, ...]:
        """Those waiting or begun, soonest first; those to be tried at `until` or before."""
        last = moment_text(until) if until else LAST
        documents = (each for state in _OPEN for each in self._deliveries.find("state", state, last=last))
        found = (from_document(Delivery, each) for each in documents)
        return tuple(sorted(found, key=lambda each: (each.next_at, each.id)))

    def shown(self, account: str, *, until: datetime) -> tuple[Delivery, ...]:
        """Those of an account that are there to be taken away again, and may be tried at `until`, soonest first."""
        documents = self._deliveries.find("state", DeliveryState.SHOWN, last=moment_text(until))
        found = (from_document(Delivery, each) for each in documents if each["account"] == account)
        return tuple(sorted(found, key=lambda each: (each.next_at, each.id)))

    def of(self, reminder: str) -> tuple[Delivery, ...]:
        """All deliveries of one reminder, by id."""
        found = self._deliveries.find("reminder", reminder)
        return tuple(sorted((from_document(Delivery, each) for each in found), key=lambda each: each.id))

    def claim(self, follow_up: FollowUp, *, instead_of: FollowUp | None) -> bool:
        """Remember a draft that is about to be made; False if about its item another is known than `instead_of`."""
        with self._database.transaction():
            is_free = self.follow_up(follow_up.item) == instead_of
            if is_free:
                self.leave(follow_up)
            return is_free

    def leave(self, follow_up: FollowUp) -> None:
        """Remember a draft; one a sent item."""
        with self._database.transaction():
            put(self._follow_ups, self._follow_ups.find("item", follow_up.item), to_document(follow_up))

    def follow_up(self, item: str) -> FollowUp | None:
        """The draft that was left about a sent item."""
        found = self._follow_ups.find("item", item)
        return from_document(FollowUp, found[0]) if found else None

    def follow_ups(self, account: str) -> tuple[FollowUp, ...]:
        """All drafts left in a mailbox."""
        every = (from_document(FollowUp, each) for each in self._follow_ups.all())
        return tuple(each for each in every if each.account == account)

    def let_go(self, item: str) -> None:
        """The draft about this item is taken back, or the person's own by now."""
        self._follow_ups.remove(where("item") == item)

    def _found(self, delivery: str) -> list[Any]:
        return self._deliveries.find("id", delivery)
