"""What a person wants to be reminded of, and when."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from evidence.model import SentItem, Verdict
from scheduler.calendar import Calendar
from scheduler.delay import Delay, Span


class Condition(StrEnum):
    """What raises a reminder."""

    #: no sign of reading
    UNREAD = "unread"
    #: read, and no answer; waiting begins with the reading
    READ_NO_REPLY = "read-no-reply"
    #: no answer, read or not
    NO_REPLY = "no-reply"
    #: a mail server gave it back; told once, as soon as it is known
    NOT_DELIVERED = "not-delivered"
    #: the time has come, whatever came back, unless the reader asked for no more
    REGARDLESS = "regardless"


class Quorum(StrEnum):
    """With several recipients: whose sign is enough to let the matter rest."""

    ANY = "any"
    ALL = "all"


#: signs of reading; nothing less than a receipt, a reply or an image on a person's own network is one
_READ = frozenset({Verdict.ANSWERED, Verdict.READ, Verdict.PROBABLY_READ})

#: the verdicts under which a follow-up by mail is pointless or unwelcome, if the condition does not say otherwise
CLOSED = frozenset({Verdict.NOT_DELIVERED, Verdict.DECLINED})
_EVERY = frozenset(Verdict)

#: the verdicts under which nothing is left to wait for, because what was waited for has come
SETTLED: dict[Condition, frozenset[Verdict]] = {
    Condition.UNREAD: _READ,
    Condition.READ_NO_REPLY: frozenset({Verdict.ANSWERED}),
    Condition.NO_REPLY: frozenset({Verdict.ANSWERED}),
    Condition.NOT_DELIVERED: frozenset(),
    Condition.REGARDLESS: frozenset(),
}
#: the verdicts that raise a reminder; with all others nothing is to be said, or not yet
RAISES: dict[Condition, frozenset[Verdict]] = {
    Condition.UNREAD: _EVERY - _READ - CLOSED,
    Condition.READ_NO_REPLY: _READ - {Verdict.ANSWERED},
    Condition.NO_REPLY: _EVERY - {Verdict.ANSWERED} - CLOSED,
    Condition.NOT_DELIVERED: frozenset({Verdict.NOT_DELIVERED}),
    Condition.REGARDLESS: _EVERY - {Verdict.DECLINED},
}

#: more reminders about one mail are nagging
MOST_TIMES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When to remind. The defaults: no sign of reading three business days after sending, again five later, no more.

    :raises ValueError: a number that makes no sense; the message is a sentence's end
    """

    condition: Condition = Condition.UNREAD
    #: from sending (or from the reading, or the bounce) to the first reminder
    after: Delay = 3
    #: from one reminder to the next; 0 for a single one
    again: Span = 5
    #: how many reminders one mail may raise in all
    times: int = 2
    #: each wait for a further reminder is so many times as long as the one before
    grow: float = 1.0
    quorum: Quorum = Quorum.ANY
    #: normalised addresses and domains as `@example.com`: only their signs count, and all of theirs are waited for;
    #: empty, or if none of them got the mail: everybody's
    named: tuple[str, ...] = ()
    calendar: Calendar = field(default_factory=Calendar)
    #: the calendar the readers live by, as the person states it: in it business days are counted
    theirs: Calendar | None = None
    #: tell at once of mail that was given back, in a notice of its own
    bounces: bool = False
    #: nothing is said about this mail at all
    off: bool = False
    #: where this comes from, as a sentence's end: `as rule 2 of your settings says`; empty: the settings
    source: str = ""

    def __post_init__(self) -> None:
        if _is_past(self.after) or _is_past(self.again):
            raise ValueError("reminders come a number of business days after sending, not before")
        if not 1 <= self.times <= MOST_TIMES:
            raise ValueError(f"reminders about one mail come between 1 and {MOST_TIMES} times, not {self.times}")
        if not 1 <= self.grow <= 10:
            raise ValueError(f"the wait grows by a factor between 1 and 10, not {self.grow}")

    @property
    def rounds(self) -> int:
        """How many reminders a sent item may raise in all, the notice of a bounce not counted."""
        if self.condition is Condition.NOT_DELIVERED:
            return 0
        return self.times if self.again else 1

    @property
    def tells_bounces(self) -> bool:
        """Whether mail that was given back is told of in a notice of its own."""
        return not self.off and (self.bounces or self.condition is Condition.NOT_DELIVERED)

    @property
    def minds_questions(self) -> bool:
        """It is the same for mail with a question and without."""
        return False

    def of(self, item: SentItem) -> "Policy":  # noqa: ARG002 - a policy is also a book of rules, with one rule for all
        """Itself, for any mail: so it can stand where `scheduler.rules.Rules` can."""
        return self


def is_among(address: str, wanted: Iterable[str]) -> bool:
    """Whether an address is one of these, or of one of these domains, written as `@example.com`."""
    return any(address.endswith(each) if each.startswith("@") else address == each for each in wanted)


def _is_past(delay: Delay) -> bool:
    if isinstance(delay, int):
        return delay < 0
    return isinstance(delay, timedelta) and delay < timedelta()
