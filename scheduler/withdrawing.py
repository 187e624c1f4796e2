"""Marks and tasks that are taken away again once nothing is to be thought of any more: answered, done, put off.

Of the tasks for one mail only that of its latest reminder stays, beside that of a bounce, which is about others. Only
what Heardback put there, and only while it is as it was left: what the person changed is theirs.
"""

from dataclasses import replace
from datetime import datetime

from connectors.errors import ConnectorError, MessageGone
from connectors.mailbox import Mailbox
from evidence.model import SentItem
from scheduler.habits import Habits
from scheduler.own_mailbox import MARK, TASK, take_away
from scheduler.planning import BOUNCE, why_over
from scheduler.reminders import item_policy
from scheduler.rules import Policies
from scheduler.standing import heeded
from scheduler.surfaces import put_off
from store.deliveries import Delivery, DeliveryState
from store.ledger import Account, Ledger, Reminder, ReminderState


def withdraw(
    ledger: Ledger, mailbox: Mailbox, account: Account, policies: Policies, *, now: datetime
) -> tuple[Delivery, ...]:
    """Take away what is not called for any more; what became of each. What fails is tried again after a pause."""
    shown = ledger.deliveries.shown(account.id, until=now)
    habits = Habits(ledger, now=now) if shown else None
    outcomes: list[Delivery | None] = []
    for each in shown:
        reminder = ledger.reminder(each.reminder)
        item = ledger.item(reminder.item) if reminder else None
        if reminder is None or item is None:
            outcomes.append(_end(ledger, each, "its mail is not known any more"))
            continue
        # a mark is on the mail, whichever of its reminders put it there
        shows = ledger.reminders(item=item.id) if each.surface == MARK else (reminder,)
        if _is_replaced(ledger, each, reminder):
            outcomes.append(_withdraw(ledger, mailbox, item, each, now, "a later reminder of this mail took its place"))
        elif habits and not any(is_called_for(ledger, one, item, policies, now=now, habits=habits) for one in shows):
            outcomes.append(_withdraw(ledger, mailbox, item, each, now, "taken away again"))
    return tuple(each for each in outcomes if each)


def is_called_for(
    ledger: Ledger, reminder: Reminder, item: SentItem, policies: Policies, *, now: datetime, habits: Habits
) -> bool:
    """Whether this reminder came due, and the mail still wants its sender for that reason."""
    is_done = any(each.state is ReminderState.DONE for each in ledger.reminders(item=item.id))
    if reminder.state is not ReminderState.FIRED or is_done:
        return False
    verdict = heeded(ledger, item, now=now, habits=habits)
    return not why_over(reminder, verdict, item_policy(ledger, item, policies, own=habits.own))


def _is_replaced(ledger: Ledger, shown: Delivery, reminder: Reminder) -> bool:
    """Whether it is a task, and a later one for its mail is shown: of a later reminder, or of when this came again."""
    if shown.surface != TASK or not _came(reminder):
        return False
    tasks = [
        (each.fired_at, one.id)
        for each in filter(_came, ledger.reminders(item=reminder.item))
        for one in ledger.deliveries.of(each.id)
        if (one.surface, one.state) == (TASK, DeliveryState.SHOWN)
    ]
    return any(each > (reminder.fired_at, shown.id) for each in tasks)


def _came(reminder: Reminder) -> bool:
    return reminder.state is ReminderState.FIRED and reminder.round != BOUNCE


def _withdraw(
    ledger: Ledger, mailbox: Mailbox, item: SentItem, shown: Delivery, now: datetime, why: str
) -> Delivery | None:
    try:
        was_ours = take_away(mailbox, item, shown)
    except MessageGone:
        return _end(ledger, shown, f"{shown.why}; the mail is not there any more")
    except ConnectorError as err:
        return put_off(ledger, shown, f"not taken away yet: {err}", now=now, to=DeliveryState.SHOWN)
    return _end(ledger, shown, why if was_ours else "not there, or changed by you, and left so")


def _end(ledger: Ledger, shown: Delivery, why: str) -> Delivery | None:
    return ledger.deliveries.change(shown.id, lambda known: replace(known, state=DeliveryState.DONE, why=why, left=""))
