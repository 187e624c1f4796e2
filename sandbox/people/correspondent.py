"""Who a correspondent is: a frozen description, without any behaviour."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sandbox.forms.occasion import Language


class Program(StrEnum):
    """What the person reads mail with; decides the form of receipts, if it knows any."""

    THUNDERBIRD = "Thunderbird"
    EXCHANGE = "Exchange"
    EXCHANGE_2016 = "Exchange 2016"
    OUTLOOK_2003 = "Outlook 2003"
    OUTLOOK_TNEF = "Outlook behind a TNEF gateway"
    ROUNDCUBE = "Roundcube"
    EVOLUTION = "Evolution"
    WORKSPACE = "Gmail for Workspace"
    GMAIL = "Gmail"
    APPLE_MAIL = "Apple Mail"


class Habit(StrEnum):
    """What the person, or whatever stands at the address, does with a letter."""

    RECEIPT_BY_HAND = "returns a receipt by hand"
    RECEIPT_AUTOMATIC = "returns a receipt automatically"
    DECLINES = "declines to return a receipt"
    DELETES_UNREAD = "deletes it unread"
    DISPATCHES = "hands it on without showing it"
    PROCESSES = "lets a program handle it"
    ANSWERS = "answers"
    ANSWERS_IN_HTML = "answers from webmail"
    ANSWERS_FROM_ALIAS = "answers from another address"
    ANSWERS_THROUGH_LIST = "answers through a mailing list"
    RECEIPT_THEN_ANSWER = "returns a receipt, later answers"
    SAYS_THANKS = "says thanks"
    ASKS_TO_STOP = "asks to stop"
    ACCEPTS_INVITATION = "answers an invitation"
    AWAY_EXCHANGE = "is away, says Exchange"
    AWAY_SIEVE = "is away, says a Sieve script"
    AWAY_UNMARKED = "is away, says an old program"
    BOUNCES = "does not exist any more"
    BOUNCES_QMAIL = "does not exist any more, says qmail"
    MAILBOX_FULL = "has a full mailbox"
    DELAYED_THEN_BOUNCES = "is delayed, then bounces"
    DELAYED_THEN_DELIVERED = "is delayed, then delivered"
    RELAYED = "is relayed"
    MACHINE_REJECTS = "is rejected by a machine"
    AS2_GATEWAY = "is a trading gateway"
    CHALLENGES = "wants a confirmation first"
    FORGES_AS_STRANGER = "forges receipts of strangers"
    FORGES_FOR_ANOTHER = "forges a receipt of another recipient"
    SILENT = "stays silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondent:
    """One outside person or machine with an address."""

    address: str
    name: str
    habit: Habit
    #: other addresses that reach the same person; the first is the one they answer from, if they answer from another
    aliases: tuple[str, ...] = ()
    program: Program = Program.THUNDERBIRD
    #: from arrival until the letter is looked at
    delay: timedelta = timedelta(hours=2)
    language: Language = Language.ENGLISH
    #: the first day back, for those who are away
    back_on: date | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses, lower-case."""
        return tuple(each.lower() for each in (self.address, *self.aliases))
