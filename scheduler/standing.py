"""How a sent item stands: the fold over what the ledger holds about it."""

from datetime import datetime

from evidence.model import Evidence, ItemVerdict, SentItem
from evidence.verdict import fold, shows_reading
from scheduler.absences import Absence, absences
from scheduler.answers import Answers
from scheduler.habits import Habits
from scheduler.own import without_own
from scheduler.planning import left_alone
from scheduler.tracked import tracking_of
from store.ledger import Ledger


def standing(ledger: Ledger, item: SentItem, *, now: datetime, habits: Habits | None = None) -> ItemVerdict:
    """The verdict for each recipient of an item, the person's own addresses left out.

    :param now: aware
    :param habits: what is known of addresses, to be shared by those who ask about many items
    """
    known = habits or Habits(ledger, now=now)
    asked = without_own(item, known.own)
    evidence = heard(ledger, asked, known.answers)
    tracking = tracking_of(ledger, asked, evidence, known)
    return fold(asked, evidence, now=now, silent=known.silent(asked), tracking=tracking)


def heeded(ledger: Ledger, item: SentItem, *, now: datetime, habits: Habits) -> ItemVerdict:
    """The same as reminders go by it: who opted out, and did not answer, counts among those who declined."""
    return left_alone(standing(ledger, item, now=now, habits=habits), habits.opted_out)


def heard(ledger: Ledger, item: SentItem, answers: Answers | None = None) -> tuple[Evidence, ...]:
    """What speaks about an item, oldest first: what is matched to it, and answers to other mail of its thread.

    Of those the first of each recipient, and the first that asks for no more mail, unless this mail was answered so
    before. What the person set aside for the mail it was matched to counts for no other.

    :param answers: to be shared by those who ask about many items
    """
    about = ledger.evidence(item.id)
    others = (answers or Answers(ledger)).to_others(item, about)
    return tuple(sorted((*about, *others), key=lambda each: each.at or item.sent_at)) if others else about


def unread(
    ledger: Ledger,
    *,
    now: datetime,
    account: str | None = None,
    since: datetime | None = None,
    oldest_first: bool = False,
) -> tuple[ItemVerdict, ...]:
    """Items with a recipient who shows no sign of reading, newest first; what left the mailbox is left out."""
    items = ledger.items(account=account, since=since, are_here=True)
    habits = Habits(ledger, now=now)
    stand = (standing(ledger, each, now=now, habits=habits) for each in items)
    found = tuple(each for each in stand if any(not shows_reading(one.verdict) for one in each.recipients))
    return found[::-1] if oldest_first else found


def returns(ledger: Ledger, item: SentItem, habits: Habits) -> dict[str, Absence]:
    """When each recipient announced to be back, in an automatic answer to this mail or to another one."""
    return absences(item, ledger.evidence(item.id), habits.announced(item))
