"""From a verdict to the reminders it calls for. Pure: what should be is worked out here, and done elsewhere.

A plan is worked out anew from the verdict each time and compared with the reminders there are; only what differs comes
out. So it can be made as often as one likes, and what is fired or done is never touched.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType

from evidence.model import ItemVerdict, RecipientVerdict
from scheduler.policy import CLOSED, SETTLED, Policy, Quorum
from store.ledger import Decision, Reminder, ReminderState

#: a reminder and the line of its story
Planned = tuple[Reminder, Decision]

#: states that planning may change; what is claimed belongs to the worker that claimed it
_OPEN = frozenset({ReminderState.PLANNED, ReminderState.HELD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Whether and when a sent item should raise a reminder."""

    #: None: it should not
    due_at: datetime | None
    #: a sentence a person can read
    why: str
    #: when it would have been due, if that was before the account was connected
    missed: datetime | None = None


def plan(
    verdict: ItemVerdict,
    existing: tuple[Reminder, ...],
    policy: Policy,
    *,
    now: datetime,
    connected_at: datetime,
    returns: Mapping[str, date] = MappingProxyType({}),
    obstacle: str = "",
) -> tuple[Planned, ...]:
    """What is to be written so that the reminders of one sent item fit its verdict; empty if they do already.

    :param existing: all reminders of the item
    :param connected_at: when its account was connected; what was due before that is not raised afterwards
    :param returns: address to the day its auto-reply announced; still of account when the absence is over and the
        verdict says so no more, or a reminder moved past it would fall back to its old time
    :param obstacle: why nothing may be planned about this item at all (its copy left the mailbox); empty if nothing
    """
    by_round = {reminder.round: reminder for reminder in existing}
    if any(reminder.state is ReminderState.DONE for reminder in existing):
        return ()
    found: list[Planned] = []
    for number in range(1, max([policy.rounds, *by_round]) + 1):
        start = _start(verdict, by_round, number)
        if start is None:
            break
        wish = Wish(due_at=None, why=obstacle) if obstacle else _wish(verdict, policy, number, start, returns)
        wish = _not_before(wish, connected_at, first=number == 1)
        change = _change(verdict, by_round.get(number), number, wish, now)
        if change:
            found.append(change)
            by_round[number] = change[0]
    return tuple(found)


def _wish(verdict: ItemVerdict, policy: Policy, number: int, start: datetime, returns: Mapping[str, date]) -> Wish:
    """Whether a sent item calls for its reminder of this round, and when, counted from `start`."""
    rest = reason_to_rest(verdict, policy) or ("" if number <= policy.rounds else "one reminder is enough by now")
    if rest:
        return Wish(due_at=None, why=rest)
    days = policy.after if number == 1 else policy.again
    due = policy.calendar.after(start, days)
    waited = (
        f"{days} business day{'' if days == 1 else 's'} after {'sending' if number == 1 else 'the reminder before'}"
    )
    back = [returns.get(each.recipient.address) for each in waiting_for(verdict, policy)]
    return _past_absence(policy, Wish(due_at=due, why=waited), due, back)


def reason_to_rest(verdict: ItemVerdict, policy: Policy) -> str:
    """Why nobody needs to be reminded of this item; empty if somebody does."""
    settled = [each for each in verdict.recipients if each.verdict in SETTLED[policy.condition]]
    waiting = waiting_for(verdict, policy)
    if settled and (policy.quorum is Quorum.ANY or not waiting):
        return _told(settled[0])
    closed = [each for each in verdict.recipients if each.verdict in CLOSED]
    return _told(closed[0]) if closed and not waiting else ""


def waiting_for(verdict: ItemVerdict, policy: Policy) -> tuple[RecipientVerdict, ...]:
    """The recipients a reminder would be about."""
    over = SETTLED[policy.condition] | CLOSED
    return tuple(each for each in verdict.recipients if each.verdict not in over)


def _told(recipient: RecipientVerdict) -> str:
    return f"{recipient.recipient.address}: {recipient.verdict} ({recipient.why})"


def _past_absence(policy: Policy, wish: Wish, due: datetime, back: list[date | None]) -> Wish:
    """Wait for the first of them to be back, if all who are waited for announced when they will be."""
    announced = [each for each in back if each]
    if not announced or len(announced) < len(back):
        return wish
    opens = policy.calendar.day_after(min(announced))
    if opens <= due:
        return wish
    return Wish(due_at=opens, why=f"away until {min(announced):%Y-%m-%d}: the first business day after that")


def _start(verdict: ItemVerdict, by_round: dict[int, Reminder], number: int) -> datetime | None:
    """When waiting for this round began; None if its turn has not come."""
    if number == 1:
        return verdict.item.sent_at
    before, own = by_round.get(number - 1), by_round.get(number)
    if before is None or (own is None and before.state is not ReminderState.FIRED):
        return None
    return before.fired_at or before.due_at


def _not_before(wish: Wish, connected_at: datetime, *, first: bool) -> Wish:
    if not first or wish.due_at is None or wish.due_at >= connected_at:
        return wish
    why = f"was due on {wish.due_at:%Y-%m-%d}, before the mailbox was connected"
    return Wish(due_at=None, why=why, missed=wish.due_at)


def _change(verdict: ItemVerdict, reminder: Reminder | None, number: int, wish: Wish, now: datetime) -> Planned | None:
    if reminder is None:
        return _new(verdict, number, wish, now)
    if wish.due_at is None:
        keeps = wish.missed and reminder.pinned
        return _cancel(reminder, wish.why, now) if reminder.state in _OPEN and not keeps else None
    if reminder.state is ReminderState.CANCELLED:
        return _again(reminder, wish.due_at, wish.why, now)
    if reminder.state in _OPEN and not reminder.pinned and reminder.due_at != wish.due_at:
        return move(reminder, wish.due_at, wish.why, now)
    return None


def _new(verdict: ItemVerdict, number: int, wish: Wish, now: datetime) -> Planned | None:
    item, due_at = verdict.item, wish.due_at or wish.missed
    if due_at is None:
        return None
    new = Reminder(
        id=f"{item.id}-{number}", item=item.id, account=item.account, round=number, due_at=due_at, reason=wish.why
    )
    return _cancel(new, wish.why, now) if wish.missed else told(new, "planned", wish.why, now)


def _again(reminder: Reminder, due_at: datetime, why: str, now: datetime) -> Planned:
    due_at = reminder.due_at if reminder.pinned else due_at
    return told(replace(reminder, state=ReminderState.PLANNED, due_at=due_at, reason=why), "planned", why, now)


def _cancel(reminder: Reminder, why: str, now: datetime) -> Planned:
    return told(replace(reminder, state=ReminderState.CANCELLED, reason=why), "cancelled", why, now)


def move(reminder: Reminder, due_at: datetime, why: str, now: datetime) -> Planned:
    """The reminder at another time, and the line that says so."""
    return told(replace(reminder, state=ReminderState.PLANNED, due_at=due_at, reason=why), "moved", why, now)


def told(reminder: Reminder, what: str, why: str, now: datetime) -> Planned:
    """A reminder with the line of its story."""
    return reminder, Decision(at=now, reminder=reminder.id, item=reminder.item, what=what, why=why)
