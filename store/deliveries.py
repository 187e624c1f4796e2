"""Where reminders that came due are still to be shown: record and contract."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class DeliveryState(StrEnum):
    """Where one delivery of a reminder stands."""

    WAITING = "waiting"
    #: taken by one worker; if that ends before it is done, nobody knows whether it arrived
    BEGUN = "begun"
    DONE = "done"
    #: it is there, and is taken away again when nothing is to be thought of any more
    SHOWN = "shown"
    #: it failed again and again
    GIVEN_UP = "given up"
    #: nobody knows whether it came, and it is of a kind that must not come twice
    UNKNOWN = "unknown"
    #: the reminder was settled before
    NOT_WANTED = "not wanted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One reminder at one of the places where it shows up."""

    #: made by `delivery_id`
    id: str
    reminder: str
    account: str
    #: name of the place: `label`, `notify …`, `digest`
    surface: str
    state: DeliveryState = DeliveryState.WAITING
    #: not tried before then
    next_at: datetime
    #: times it was tried in vain
    failed: int = 0
    #: how it went, as shown
    why: str = ""
    begun_by: str = ""
    #: names what it was first tried together with; empty before that
    batch: str = ""
    #: what the place needs to take it away again; while it is begun, what was going to be put there
    left: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A draft that is left to follow up on a sent item, as it was then; written down before it is made."""

    item: str
    account: str
    #: the provider's id of the draft; empty while it is not known to be made
    draft: str
    #: another one after each change by anybody
    version: str
    #: whom it is to, normalised
    to: tuple[str, ...]
    left_at: datetime
    #: tells the words of the draft, if it has to be found
    words: str = ""
    #: until then somebody may be making it still; None: nobody is
    busy_until: datetime | None = None
    #: nothing was to be waited for any more, and the person wanted it all the same
    at_rest: bool = False


class DeliveryLedger(Protocol):
    """The part of the ledger that is about deliveries. Each method is one atomic, durable step."""

    def put(self, deliveries: tuple[Delivery, ...]) -> None:
        """Write down what is to be delivered; what is known by its id already is left as it is."""

    def change(self, delivery: str, change: Callable[[Delivery], Delivery | None]) -> Delivery | None:
        """Replace a delivery by what `change` makes of it as it is now; None from `change` leaves it.

        :return: what it was changed to; None if it was left, or there is none
        """

    def open(self, *, until: datetime | None = None) -> tuple[Delivery, ...]:
        """Those waiting or begun, soonest first; those to be tried at `until` or before."""

    def shown(self, account: str, *, until: datetime) -> tuple[Delivery, ...]:
        """Those of an account that are there to be taken away again, and may be tried at `until`, soonest first."""

    def of(self, reminder: str) -> tuple[Delivery, ...]:
        """All deliveries of one reminder, by id."""

    def claim(self, follow_up: FollowUp, *, instead_of: FollowUp | None) -> bool:
        """Remember a draft that is about to be made; False if about its item another is known than `instead_of`."""

    def leave(self, follow_up: FollowUp) -> None:
        """Remember a draft; one a sent item."""

    def follow_up(self, item: str) -> FollowUp | None:
        """The draft that was left about a sent item."""

    def follow_ups(self, account: str) -> tuple[FollowUp, ...]:
        """All drafts left in a mailbox."""

    def let_go(self, item: str) -> None:
        """The draft about this item is taken back, or the person's own by now."""


def delivery_id(reminder: str, firing: int, surface: str) -> str:
    """The same for one firing and place: a reminder that comes again is delivered anew.

    :param firing: 1 when a reminder comes for the first time, 2 when it comes again, and so on
    """
    return f"{reminder}@{firing:04}/{surface}"
