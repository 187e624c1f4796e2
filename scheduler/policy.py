"""What a person wants to be reminded of, and when."""

from dataclasses import dataclass, field
from enum import StrEnum

from evidence.model import Verdict
from scheduler.calendar import Calendar


class Condition(StrEnum):
    """What raises a reminder."""

    #: no sign of reading
    UNREAD = "unread"
    #: no answer, read or not
    NO_REPLY = "no-reply"


class Quorum(StrEnum):
    """With several recipients: whose sign is enough to let the matter rest."""

    ANY = "any"
    ALL = "all"


#: signs of reading; nothing less than a receipt, a reply or an image on a person's own network is one
_READ = frozenset({Verdict.ANSWERED, Verdict.READ, Verdict.PROBABLY_READ})

#: the verdicts under which nothing is left to wait for, because what was waited for has come
SETTLED: dict[Condition, frozenset[Verdict]] = {
    Condition.UNREAD: _READ,
    Condition.NO_REPLY: frozenset({Verdict.ANSWERED}),
}

#: the verdicts under which a follow-up by mail is pointless or unwelcome, whatever the condition
CLOSED = frozenset({Verdict.NOT_DELIVERED, Verdict.DECLINED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When to remind. The defaults: no sign of reading three business days after sending, again five later, no more."""

    condition: Condition = Condition.UNREAD
    #: business days from sending to the first reminder
    after: int = 3
    #: business days from the first reminder to the second; 0 for no second one
    again: int = 5
    quorum: Quorum = Quorum.ANY
    calendar: Calendar = field(default_factory=Calendar)

    def __post_init__(self) -> None:
        if self.after < 0 or self.again < 0:
            raise ValueError("reminders come a number of business days after sending, not before")

    @property
    def rounds(self) -> int:
        """How many reminders a sent item may raise in all."""
        return 2 if self.again else 1
