"""Sent mail that is read whole, once, because a rule about questions turns on it. Only yes or no is kept of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.errors import MessageGone
from connectors.mailbox import Mailbox, Now
from evidence.model import SentItem
from evidence.question import asks_question
from scheduler.habits import Habits
from scheduler.reminders import items_to_plan, plan_item
from scheduler.rules import Policies
from store.ledger import Account, Ledger, ReminderState


def read_questions(
    ledger: Ledger,
    mailbox: Mailbox,
    account: Account,
    policies: Policies,
    *,
    now: Now,
    window: timedelta,
    only: Iterable[str] | None,
) -> None:
    """Find out whether mail asks a question, where reminders turn on it and its first words do not tell.

    The whole text is dear, so it is fetched of no mail that would be reminded of at the same time either way.

    :param only: ids of the items something new is known about; None for all
    :raises ConnectorError: what was found until then is kept
    """
    if not policies.minds_questions:
        return
    habits = Habits(ledger, now=now())
    for item in items_to_plan(ledger, since=now() - window, only=only):
        is_open = item.account == account.id and item.asks_question is None
        if is_open and _turns_on_it(ledger, item, account, policies, now=now(), habits=habits):
            _read(ledger, mailbox, account, item)


def _turns_on_it(
    ledger: Ledger, item: SentItem, account: Account, policies: Policies, *, now: datetime, habits: Habits
) -> bool:
    asked, plain = (replace(item, asks_question=each) for each in (True, False))
    if policies.of(asked) == policies.of(plain):
        return False
    outlines = (_outline(ledger, each, account, policies, now=now, habits=habits) for each in (asked, plain))
    return len(set(outlines)) > 1


def _outline(
    ledger: Ledger, item: SentItem, account: Account, policies: Policies, *, now: datetime, habits: Habits
) -> frozenset[tuple[object, ...]]:
    """What would change about its reminders, but for the reasons."""
    changes = (reminder for reminder, _ in plan_item(ledger, item, account, policies, now=now, habits=habits))
    return frozenset(
        (each.round, each.state, each.due_at if each.state is ReminderState.PLANNED else None) for each in changes
    )


def _read(ledger: Ledger, mailbox: Mailbox, account: Account, item: SentItem) -> None:
    try:
        mail = mailbox.fetch(item.provider_id)
    except MessageGone:
        return
    told = replace(item, asks_question=asks_question(mail))
    ledger.take(account.id, items=[told], connected_at=account.connected_at)
