"""The words of a reminder: the mail to oneself, and the line for the terminal. Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

from evidence.model import ItemVerdict, RecipientVerdict
from evidence.shown import harmless
from scheduler.planning import waiting_for
from scheduler.policy import Condition, Policy
from store.ledger import Reminder

_LONGEST_LIST = 20
#: what a reminder is about, in words
WHAT = {Condition.UNREAD: "no sign of reading", Condition.NO_REPLY: "no answer"}


def subject(verdict: ItemVerdict, policy: Policy) -> str:
    """Subject of the mail to oneself."""
    return f"Heardback: {WHAT[policy.condition]}: {_subject(verdict)}"


def body(verdict: ItemVerdict, reminder: Reminder, policy: Policy) -> str:
    """Plain text of the mail to oneself: what was sent to whom, how it stands and why, what to type."""
    zone = policy.calendar.zone
    waiting = waiting_for(verdict, policy)
    rest = [each for each in verdict.recipients if each not in waiting]
    lines = [
        f"This mail of yours has had {WHAT[policy.condition]}:",
        "",
        f"  {_subject(verdict)}",
        f"  sent {_moment(verdict.item.sent_at, zone)} from {verdict.item.sender}",
        "",
        *_recipients(waiting),
        *_recipients(tuple(rest)),
        "",
        f"This is reminder {reminder.round} of at most {policy.rounds}; it was due {_moment(reminder.due_at, zone)}: "
        f"{reminder.reason}.",
        "",
        f"  {f'heardback show {reminder.item}':<34}the whole story",
        f"  {f'heardback snooze {reminder.id} 2d':<34}remind me later",
        f"  {f'heardback done {reminder.id}':<34}no more reminders about this mail",
        "",
    ]
    # who wrote the mail that was answered chose some of the words: an own line for each, and nothing that hides
    return "\n".join(harmless(each) for each in lines)


def line(reminder: Reminder, verdict: ItemVerdict, policy: Policy) -> str:
    """The line for the terminal and its log: names the item, and nobody."""
    count = len(waiting_for(verdict, policy))
    who = "its recipient" if len(verdict.recipients) == 1 else f"{count} of {len(verdict.recipients)} recipients"
    return (
        f"Reminder: {WHAT[policy.condition]} of mail {reminder.item} by {who}, {reminder.reason}. "
        f'"heardback show {reminder.item}" tells more.'
    )


def _subject(verdict: ItemVerdict) -> str:
    return harmless(verdict.item.subject) or "(no subject)"


def _recipients(verdicts: tuple[RecipientVerdict, ...]) -> list[str]:
    lines = [f"  {each.recipient.address}: {each.verdict}; {each.why}" for each in verdicts[:_LONGEST_LIST]]
    more = len(verdicts) - _LONGEST_LIST
    return [*lines, f"  and {more} more"] if more > 0 else lines


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"
