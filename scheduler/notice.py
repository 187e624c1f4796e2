"""The words of a reminder: the mail to oneself, and the line for the terminal. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors import follow_up
from evidence.model import ItemVerdict, RecipientVerdict, Verdict
from evidence.shown import harmless
from evidence.times import retold, shown_moment
from scheduler.correction import did_you_mean
from scheduler.planning import BOUNCE, undelivered, waiting_for
from scheduler.policy import Condition, Policy
from store.ledger import Reminder

_LONGEST_LIST = 20
#: what a reminder is about, in words
_WHAT = {
    Condition.UNREAD: "no sign of reading",
    Condition.READ_NO_REPLY: "no answer since it was read",
    Condition.NO_REPLY: "no answer",
    Condition.NOT_DELIVERED: "not delivered",
    Condition.REGARDLESS: "as you wanted",
}
_UNSURE = "no sure sign of reading"
_SENTENCE = {
    Condition.NOT_DELIVERED: "This mail of yours was not delivered:",
    Condition.REGARDLESS: "You wanted to be reminded of this mail:",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A reminder put into words."""

    reminder: Reminder
    verdict: ItemVerdict
    policy: Policy
    #: address that mail came back from to the one that was perhaps meant (`correction.perhaps_meant`)
    corrections: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_bounce(self) -> bool:
        """It tells that mail was given back."""
        return self.reminder.round == BOUNCE

    @property
    def condition(self) -> Condition:
        """What it is about: what the policy waits for, or a bounce, which it need not wait for."""
        return Condition.NOT_DELIVERED if self.is_bounce else self.policy.condition

    @property
    def concerned(self) -> tuple[RecipientVerdict, ...]:
        """The recipients it is about."""
        return concerned(self.reminder, self.verdict, self.policy)

    @property
    def what(self) -> str:
        """What it is about, in words; where perhaps the reader looked, there was a sign, though not a sure one."""
        perhaps = any(each.verdict is Verdict.MAYBE_READ for each in self.concerned)
        return _UNSURE if perhaps and self.condition is Condition.UNREAD else _WHAT[self.condition]

    @property
    def subject(self) -> str:
        """Subject of the mail to oneself: that of an answer, or mail programs would not put it into the thread."""
        return harmless(follow_up.subject_of(self.verdict.item))

    @property
    def body(self) -> str:
        """Plain text of the mail to oneself: what was sent to whom, how it stands and why, what to type."""
        reminder, verdict, zone = self.reminder, self.verdict, self.policy.calendar.zone
        rest = tuple(each for each in verdict.recipients if each not in self.concerned)
        lines = [
            f"Heardback: {self.what}",
            "",
            _SENTENCE.get(self.condition, f"This mail of yours has had {self.what}:"),
            "",
            f"  {_subject(verdict)}",
            f"  sent {_moment(verdict.item.sent_at, zone)} from {verdict.item.sender}",
            "",
            *_recipients(self.concerned, zone),
            *_recipients(rest, zone),
            *(f"  {each}" for each in did_you_mean(self.corrections)),
            "",
            # why mail was given back stands with its recipients already
            f"{self._count}it was due {_moment(reminder.due_at, zone)}{'' if self.is_bounce else f': {self.why}'}.",
            "",
            f"  {f'heardback show {reminder.item}':<34}the whole story",
            f"  {f'heardback snooze {reminder.id} 2d':<34}remind me later",
            f"  {f'heardback done {reminder.id}':<34}no more reminders about this mail",
            'or answer this mail with "snooze 2d" or "done".',
            "",
        ]
        # who wrote the mail that was answered chose some of the words: an own line for each, and nothing that hides
        return "\n".join(harmless(each) for each in lines)

    @property
    def line(self) -> str:
        """The line for the terminal and its log: names the item, and nobody."""
        reminder, everybody = self.reminder, len(self.verdict.recipients)
        more = f'"heardback show {reminder.item}" tells more.'
        if self.is_bounce:
            return f"Mail {reminder.item} was not delivered to {self._who(everybody)}. {more}"
        return f"Reminder: {self.what} of mail {reminder.item} by {self._who(everybody)}, {self.why}. {more}"

    @property
    def _count(self) -> str:
        if self.is_bounce:
            return "This is told once; "
        return f"This is reminder {self.reminder.round} of at most {self.policy.rounds}; "

    @property
    def why(self) -> str:
        """Why it comes, with its times in the person's zone."""
        return retold(self.reminder.reason, self.policy.calendar.zone, self.reminder.due_at)

    def _who(self, everybody: int) -> str:
        return "its recipient" if everybody == 1 else f"{len(self.concerned)} of {everybody} recipients"


def concerned(reminder: Reminder, verdict: ItemVerdict, policy: Policy) -> tuple[RecipientVerdict, ...]:
    """The recipients a reminder is about."""
    return undelivered(verdict) if reminder.round == BOUNCE else waiting_for(verdict, policy)


def _subject(verdict: ItemVerdict) -> str:
    return harmless(verdict.item.subject) or "(no subject)"


def in_words(one: RecipientVerdict, zone: ZoneInfo) -> str:
    """A recipient, the verdict and why."""
    return f"{one.recipient.address}: {one.verdict}; {retold(one.why, zone, one.since)}"


def _recipients(verdicts: tuple[RecipientVerdict, ...], zone: ZoneInfo) -> list[str]:
    lines = [f"  {in_words(each, zone)}" for each in verdicts[:_LONGEST_LIST]]
    more = len(verdicts) - _LONGEST_LIST
    return [*lines, f"  and {more} more"] if more > 0 else lines


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return shown_moment(moment.astimezone(zone))
