"""Where a reminder shows up beside the mail to oneself: each place in turn, once, and again only where that is safe.

What is to be delivered is written down when a reminder fires, and marked as begun before anything leaves, with what it
is going to leave there. A delivery that was cut off is repeated where the place shows it once all the same (a label, a
task known by its id, a mail with a mark); elsewhere it is told that it may have come, and left. If nothing is to be
thought of any more by then, what it may have left is looked for and taken away as always.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from connectors.errors import ConnectorError
from connectors.mailbox import Mailbox, Now
from scheduler.notice import Notice
from scheduler.reminders import OPEN
from store.deliveries import Delivery, DeliveryState, delivery_id
from store.ledger import Account, Ledger, Reminder, ReminderState, no_worker

#: waits between one try and the next; after the last the delivery is given up
PAUSES = tuple(timedelta(minutes=each) for each in (1, 5, 30, 120, 360, 720, 1440))
_CUT_OFF = "cut off while it left: it may have come"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A reminder that was shown at a place."""

    #: what was done, in a few words
    how: str
    #: what `withdrawing` needs to take it away again; empty where it stays
    left: str = ""


class SurfaceTrouble(Exception):
    """A place did not take a reminder. The message says what happened, in a sentence without its full stop."""


class SurfaceUnsure(SurfaceTrouble):
    """Nobody can tell whether a place took a reminder, and it must not come twice."""


class Surface(Protocol):
    """A place where reminders show up."""

    @property
    def name(self) -> str:
        """As settings and the ledger name it; no secret is in it."""

    @property
    def is_repeatable(self) -> bool:
        """What is delivered twice shows once."""

    @property
    def gathers(self) -> bool:
        """When something is due, everything that waits is delivered with it, as one."""

    def due(self, notice: Notice, now: datetime) -> datetime | None:
        """When a reminder that fires now is to show up here; None if it is not."""

    def leaves(self, notices: tuple[Notice, ...]) -> str:
        """What `deliver` is going to put there to be taken away again; empty if nothing. Nothing is put there yet.

        :raises ConnectorError: it may be tried again
        """

    def deliver(self, notices: tuple[Notice, ...], *, key: str, leaves: str) -> Shown:
        """Show reminders; one, or all that are due where the place gathers.

        :param key: names this delivery for good
        :param leaves: what `leaves` said, written down by now; at this try or an earlier one
        :raises SurfaceUnsure: it may have been taken, and is not tried again
        :raises SurfaceTrouble, ConnectorError: it was not taken, and may be tried again
        """


#: the places a person wants for an account; those of the provider work on its open mailbox
SurfacesOf = Callable[[Account, Mailbox], tuple[Surface, ...]]


def no_surfaces(_: Account, __: Mailbox) -> tuple[Surface, ...]:
    """Only the mail to oneself and the terminal."""
    return ()


def firing_of(ledger: Ledger, reminder: Reminder) -> int:
    """Which of its firings a reminder is at, or comes to next: what it is mailed and delivered as is known by that.

    Its due time would not do: a person may have it come again for the same one. The story counts a firing in the step
    that makes it fired, so whoever takes over from a worker that died counts as that did.
    """
    came = sum((each.reminder, each.what) == (reminder.id, "fired") for each in ledger.decisions(reminder.item))
    return came + 1 if reminder.state in OPEN else came


def deliveries_of(notice: Notice, surfaces: Iterable[Surface], now: datetime, *, firing: int) -> tuple[Delivery, ...]:
    """What is to be delivered of a reminder that fires now.

    :param firing: which of its firings this is
    """
    reminder = notice.reminder
    return tuple(
        Delivery(
            id=delivery_id(reminder.id, firing, each.name),
            reminder=reminder.id,
            account=reminder.account,
            surface=each.name,
            next_at=next_at,
        )
        for each in surfaces
        if (next_at := each.due(notice, now))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """Delivers what is due of one account's reminders."""

    ledger: Ledger
    surfaces: SurfacesOf
    #: puts a reminder into words as it stands now; None if nothing is to be said any more
    notice: Callable[[Reminder], Notice | None]
    now: Now
    worker_id: str
    is_gone: Callable[[str], bool] = no_worker

    def carry(self, account: Account, mailbox: Mailbox) -> tuple[Delivery, ...]:
        """Deliver what is due; what was done, one by one."""
        waiting = self._waiting(account)
        places = {each.name: each for each in self.surfaces(account, mailbox)} if waiting else {}
        outcomes = [each for one in waiting if one.surface not in places for each in self._hand_over(one, places)]
        if outcomes:
            waiting = self._waiting(account)
        for name, place in places.items():
            for batch in _batches([each for each in waiting if each.surface == name], place, self.now()):
                outcomes += self._carry(batch, place)
        return tuple(outcomes)

    def _waiting(self, account: Account) -> list[Delivery]:
        return [each for each in self.ledger.deliveries.open() if each.account == account.id]

    def _hand_over(self, delivery: Delivery, places: Mapping[str, Surface]) -> list[Delivery]:
        """Give what waits at a place that is in the settings no more to those that are, or say that it was not shown.

        So an address that was mistyped and mended loses nothing. What is settled needs no place, and what was cut off
        at the old one may have come.
        """
        if delivery.state is DeliveryState.BEGUN and not self._was_left(delivery):
            return []
        reminder, notice = self.ledger.reminder(delivery.reminder), self._worded(delivery)
        if delivery.left or not self._is_current(delivery) or not (reminder and notice):
            return self._drop([delivery], "this place was taken out of the settings")
        if delivery.state is DeliveryState.BEGUN:
            return self._end([delivery], DeliveryState.UNKNOWN, _CUT_OFF)
        firing = firing_of(self.ledger, reminder)
        others = deliveries_of(notice, places.values(), self.now(), firing=firing)
        self.ledger.deliveries.put(others)
        if others:
            names = ", ".join(each.surface for each in others)
            why = f"this place was taken out of the settings; shown in {names} instead"
            return self._end([delivery], DeliveryState.NOT_WANTED, why)
        return self._end(
            [delivery], DeliveryState.GIVEN_UP, "this place was taken out of the settings before it took it"
        )

    def _carry(self, batch: list[Delivery], place: Surface) -> list[Delivery]:
        key = batch[0].batch or batch[0].id
        taken = [each for one in batch if (each := self._begin(one, place, key))]
        begun = [each for each in taken if each.state is DeliveryState.BEGUN]
        current = [each for each in begun if self._is_current(each)]
        ready = [(each, notice) for each in current if (notice := self._worded(each))]
        over = [each for each in current if each not in [one for one, _ in ready]]
        outcomes = [each for each in taken if each not in begun]
        outcomes += self._drop([each for each in begun if each not in current], "it was put off before")
        outcomes += self._drop(over, "it was settled before")
        if ready:
            outcomes += self._deliver([each for each, _ in ready], tuple(notice for _, notice in ready), place)
        return outcomes

    def _begin(self, delivery: Delivery, place: Surface, key: str) -> Delivery | None:
        """Take a delivery, or give it up where it must not be tried again; None if another has it."""

        def begun(known: Delivery) -> Delivery | None:
            if known.state is DeliveryState.WAITING:
                return replace(known, state=DeliveryState.BEGUN, begun_by=self.worker_id, batch=key)
            if known.state is not DeliveryState.BEGUN or not self._was_left(known):
                return None
            if place.is_repeatable:
                return replace(known, begun_by=self.worker_id, batch=key)
            return replace(known, state=DeliveryState.UNKNOWN, why=_CUT_OFF)

        return self.ledger.deliveries.change(delivery.id, begun)

    def _was_left(self, delivery: Delivery) -> bool:
        return delivery.begun_by == self.worker_id or self.is_gone(delivery.begun_by)

    def _is_current(self, delivery: Delivery) -> bool:
        """Whether it is of the last time its reminder came: one that was put off has deliveries of its own."""
        reminder = self.ledger.reminder(delivery.reminder)
        return not reminder or delivery.id == delivery_id(
            reminder.id, firing_of(self.ledger, reminder), delivery.surface
        )

    def _worded(self, delivery: Delivery) -> Notice | None:
        reminder = self.ledger.reminder(delivery.reminder)
        return self.notice(reminder) if reminder and reminder.state is ReminderState.FIRED else None

    def _deliver(self, batch: list[Delivery], notices: tuple[Notice, ...], place: Surface) -> list[Delivery]:
        first = batch[0]
        try:
            leaves = first.left or place.leaves(notices)
            if leaves != first.left:
                self._end(batch, DeliveryState.BEGUN, first.why, left=leaves)
            shown = place.deliver(notices, key=first.batch, leaves=leaves)
        except SurfaceUnsure as err:
            return self._end(batch, DeliveryState.UNKNOWN, str(err))
        except (SurfaceTrouble, ConnectorError) as err:
            return [each for one in batch if (each := put_off(self.ledger, one, str(err), now=self.now()))]
        state = DeliveryState.SHOWN if shown.left else DeliveryState.DONE
        return self._end(batch, state, shown.how, left=shown.left)

    def _drop(self, batch: list[Delivery], why: str) -> list[Delivery]:
        """Not wanted any more; what may have been left there before it was cut off is `withdrawing`'s."""
        left = [each for each in batch if each.left]
        dropped = self._end([each for each in batch if not each.left], DeliveryState.NOT_WANTED, why)
        return dropped + [one for each in left for one in self._end([each], DeliveryState.SHOWN, why, left=each.left)]

    def _end(self, batch: list[Delivery], state: DeliveryState, why: str, left: str = "") -> list[Delivery]:
        def ended(known: Delivery) -> Delivery:
            # tries to take it away are counted anew
            failed = 0 if state is DeliveryState.SHOWN else known.failed
            return replace(known, state=state, why=why, left=left, failed=failed)

        changed = (self.ledger.deliveries.change(each.id, ended) for each in batch)
        return [each for each in changed if each]


def put_off(
    ledger: Ledger, delivery: Delivery, why: str, *, now: datetime, to: DeliveryState = DeliveryState.WAITING
) -> Delivery | None:
    """Try it again later, or give it up after the last pause.

    :param to: the state in which it waits
    """
    last = delivery.failed >= len(PAUSES)
    next_at = now if last else now + PAUSES[delivery.failed]
    state = DeliveryState.GIVEN_UP if last else to
    return ledger.deliveries.change(
        delivery.id,
        lambda known: replace(known, state=state, failed=known.failed + 1, next_at=next_at, why=why),
    )


def _batches(waiting: list[Delivery], place: Surface, now: datetime) -> list[list[Delivery]]:
    """What is due, each with what is delivered as one with it: all that waits, where the place gathers.

    What was tried before goes out again as it was, with nothing new in it.
    """
    due = [each for each in waiting if each.next_at <= now]
    if not place.gathers:
        return [[each] for each in due]
    tried = dict.fromkeys(each.batch for each in due)
    return [[each for each in waiting if each.batch == one] for one in tried]
