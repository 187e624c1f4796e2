"""Each habit as a row: what happens with a letter, and when."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sandbox.forms import away, bounces, lookalikes, receipts, replies
from sandbox.forms.receipts import Sent
from sandbox.people import acts
from sandbox.people.acts import Act
from sandbox.people.correspondent import Habit


class Since(StrEnum):
    """What a step's time counts from."""

    ARRIVAL = "arrival"
    READING = "reading"


class Limit(StrEnum):
    """How often a step may send something."""

    NONE = "none"
    #: one receipt for one message (RFC 8098 section 2.1)
    MESSAGE = "once a message"
    #: one automatic reply to one sender in some days (RFC 3834 section 2)
    SENDER = "once a sender and week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing done with a letter."""

    act: Act
    since: Since = Since.READING
    after: timedelta = timedelta()
    limit: Limit = Limit.NONE


def _reads(act: Act, **after: int) -> Step:
    return Step(act=act, after=timedelta(**after))


def _receipt(act: Act) -> Step:
    return Step(act=act, limit=Limit.MESSAGE)


def _arrives(act: Act, **after: int) -> Step:
    return Step(act=act, since=Since.ARRIVAL, after=timedelta(**after))


def _program(act: Act) -> Step:
    return Step(act=act, since=Since.ARRIVAL, limit=Limit.SENDER)


_BY_HAND = _receipt(acts.returns_receipt(Sent.MANUALLY))
_DECLINED = acts.if_asked(
    receipts.denied, "saw it and declined to return a receipt", "read it; no receipt was asked for"
)
_DISPATCHED = acts.if_asked(receipts.dispatched, "printed it unseen; the program said so", "printed it unseen")
_PROCESSED = acts.if_asked(receipts.processed, "let a program file it; the program said so", "let a program file it")
_GONE = acts.transit_says(bounces.failed, "does not exist any more; the mail came back (5.1.1)")
_LATE = acts.transit_says(bounces.delayed, "could not be reached; the server keeps trying (4.4.1)")
_REJECTED = acts.server_says(lookalikes.machine_rejection, "is over quota; a machine rejected it in receipt form")

HABITS: dict[Habit, tuple[Step, ...]] = {
    Habit.RECEIPT_BY_HAND: (_BY_HAND,),
    Habit.RECEIPT_AUTOMATIC: (_receipt(acts.returns_receipt(Sent.AUTOMATICALLY)),),
    Habit.DECLINES: (_receipt(_DECLINED),),
    Habit.DELETES_UNREAD: (_receipt(acts.deletes_unread),),
    Habit.DISPATCHES: (_receipt(_DISPATCHED),),
    Habit.PROCESSES: (_receipt(_PROCESSED),),
    Habit.ANSWERS: (_reads(acts.answers(replies.plain_reply, "read it and answered")),),
    Habit.ANSWERS_IN_HTML: (_reads(acts.answers(replies.html_reply, "read it and answered from webmail")),),
    Habit.ANSWERS_FROM_ALIAS: (_reads(acts.answers_from_alias),),
    Habit.ANSWERS_THROUGH_LIST: (_reads(acts.answers_through_list),),
    Habit.RECEIPT_THEN_ANSWER: (_BY_HAND, _reads(acts.answers(replies.plain_reply, "answered at last"), days=1)),
    Habit.SAYS_THANKS: (_reads(acts.answers(replies.thanks, "read it and said thanks")),),
    Habit.ASKS_TO_STOP: (_reads(acts.answers(replies.stop, "read it and asked to be left alone")),),
    Habit.ACCEPTS_INVITATION: (_reads(acts.answers(replies.calendar_answer, "accepted the invitation")),),
    Habit.AWAY_EXCHANGE: (_program(acts.is_away(away.exchange_away)),),
    Habit.AWAY_SIEVE: (_program(acts.is_away(away.vacation)),),
    Habit.AWAY_UNMARKED: (_program(acts.is_away(away.bare_vacation)),),
    Habit.BOUNCES: (_arrives(_GONE),),
    Habit.BOUNCES_QMAIL: (_arrives(acts.server_says(bounces.qmail_bounce, "does not exist; qmail sent it back")),),
    Habit.MAILBOX_FULL: (_arrives(acts.server_says(bounces.mailbox_full, "has a full mailbox; it came back (5.2.2)")),),
    Habit.DELAYED_THEN_BOUNCES: (
        _arrives(_LATE, hours=4),
        _arrives(acts.transit_says(bounces.gave_up, "was never reached; the server gave up"), days=2),
    ),
    Habit.DELAYED_THEN_DELIVERED: (
        _arrives(_LATE, hours=4),
        _arrives(acts.transit_says(bounces.delivered, "could be reached at last; it was delivered"), hours=9),
    ),
    Habit.RELAYED: (_arrives(acts.server_says(bounces.relayed, "is behind a server that only says: relayed")),),
    Habit.MACHINE_REJECTS: (_arrives(_REJECTED),),
    Habit.AS2_GATEWAY: (_arrives(acts.server_says(lookalikes.as2_receipt, "is a gateway; it sent a trading receipt")),),
    Habit.CHALLENGES: (_arrives(acts.server_says(lookalikes.challenge, "wants the sender to prove to be a person")),),
    Habit.FORGES_AS_STRANGER: (_reads(acts.forges_as_stranger),),
    Habit.FORGES_FOR_ANOTHER: (_reads(acts.forges_for_another),),
    Habit.SILENT: (_reads(acts.does_nothing),),
}

#: an address nobody has, on a domain that exists
NO_SUCH_ADDRESS: tuple[Step, ...] = (
    _arrives(acts.transit_says(bounces.failed, "has never existed; the mail came back (5.1.1)")),
)
#: an address on a domain that does not exist
NO_SUCH_DOMAIN: tuple[Step, ...] = (
    _arrives(_LATE, hours=4),
    _arrives(
        acts.transit_says(bounces.no_such_host, "is on no domain that exists; the mail came back (5.4.4)"), days=1
    ),
)
