"""The words of the house as values: sent items, recipients, evidence, matches and verdicts."""

from base64 import b32encode
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import blake2s


class Kind(StrEnum):
    """What sort of fact a piece of evidence is."""

    RECEIPT = "receipt"
    DELIVERY = "delivery"
    AUTO_REPLY = "auto-reply"
    REPLY = "reply"
    #: an invitation was accepted, declined or passed on in a calendar
    INVITATION = "invitation-answer"
    #: the relay was asked for an image, a link or a web view
    HIT = "hit"
    #: a person decided about another piece of evidence
    RULING = "ruling"


class HitKind(StrEnum):
    """By which door of the relay a reader, or a machine, came."""

    PIXEL = "pixel"
    LINK = "link"
    VIEW = "view"
    OPT_OUT = "opt-out"


class Grade(StrEnum):
    """How far a piece of evidence proves reading, from most to least."""

    PROOF = "proof"
    STRONG = "strong"
    FAIR = "fair"
    WEAK = "weak"
    NONE = "none"


class Disposition(StrEnum):
    """What the reader's program says became of the message (RFC 8098 section 3.2.6; `denied`, `failed`: RFC 2298)."""

    DISPLAYED = "displayed"
    DELETED = "deleted"
    DISPATCHED = "dispatched"
    PROCESSED = "processed"
    DENIED = "denied"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Mode(StrEnum):
    """Whether a person agreed to send the receipt or a program did so by itself (RFC 8098, sending-mode)."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"
    UNKNOWN = "unknown"


class Action(StrEnum):
    """What a mail server reports about one recipient (RFC 3464 section 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"
    UNKNOWN = "unknown"


class Ruling(StrEnum):
    """What a person says about a piece of evidence, or does."""

    #: made by themselves: their own view of the mail, their own test
    MINE = "this was me"
    #: about none in particular: from here they went to look at the mail
    LOOKED = "I looked at it"
    #: it speaks about something else
    UNRELATED = "not about this"
    #: takes an earlier decision back
    COUNTS = "it counts after all"


class Confidence(StrEnum):
    """How sure it is that evidence speaks about the sent item it was matched to."""

    CERTAIN = "certain"
    LIKELY = "likely"
    WEAK = "weak"


class Verdict(StrEnum):
    """What the evidence adds up to for one recipient, from most to least settled."""

    ANSWERED = "answered"
    READ = "read"
    PROBABLY_READ = "probably read"
    MAYBE_READ = "maybe read"
    DECLINED = "declined"
    DELETED_UNREAD = "deleted unread"
    NOT_DELIVERED = "not delivered"
    AWAY = "away"
    DELAYED = "delayed"
    UNREAD = "unread"
    UNKNOWABLE = "unknowable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One address of one sent item; the unit of every verdict."""

    #: normalised: lower-case, no display name
    address: str
    #: the display name as written, empty if none
    name: str = ""
    #: the header it stood in: `to`, `cc` or `bcc`
    field: str = "to"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One message of a mail that was sent to each recipient individually."""

    #: our own mark of this message: that of the whole mail, a dot, and a number
    tag: str
    provider_id: str
    #: as those of `SentItem`, of this message alone
    message_ids: tuple[str, ...]
    thread_id: str
    sent_at: datetime
    recipients: tuple[Recipient, ...]
    correlation_key: str | None = None
    #: it left the mailbox
    removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SentItem:
    """One message the person sent, by any client, with its recipients; or several that are copies of one mail."""

    #: short and stable, made by `item_id`; what a person types after `show`
    id: str
    #: id of the account whose sent folder holds it
    account: str
    #: the provider's id of the copy in the sent folder (Graph: the immutable id)
    provider_id: str
    #: normalised Message-IDs it is known by, without brackets: the one on the wire first, then our own
    message_ids: tuple[str, ...]
    #: the provider's thread or conversation, only meaningful within the account
    thread_id: str
    #: aware, UTC: when the provider accepted it
    sent_at: datetime
    #: normalised address it was sent from
    sender: str
    recipients: tuple[Recipient, ...]
    subject: str
    #: it carries a receipt request (RFC 8098 section 2.1, or the provider's flag)
    asks_receipt: bool = False
    #: Exchange search key, base64; receipts echo it as X-MSExch-Correlation-Key (MS-OXOMSG 2.2.2.18)
    correlation_key: str | None = None
    #: our own mark, if it left through Heardback
    tag: str | None = None
    #: names of the labels or categories the person gave it
    labels: tuple[str, ...] = ()
    #: normalised ids of In-Reply-To and References: what it answers
    answers: tuple[str, ...] = ()
    #: a question is asked in what the person wrote; None: its first words do not tell, and nobody looked further
    asks_question: bool | None = None
    #: its messages, if each recipient was sent one of their own: `evidence.copies` keeps the fields above in step
    copies: tuple[Copy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which sent item and recipient a piece of evidence speaks about, how sure that is, and why."""

    item: str
    #: normalised address among the item's recipients; None: someone, it cannot be told who
    recipient: str | None
    confidence: Confidence
    #: a sentence a person can read
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One fact read from one message. Never edited, never guessed; matching it only adds `match` or `doubt`."""

    kind: Kind
    #: how far it can prove reading, if it is matched
    grade: Grade
    #: name of the rule that read it, e.g. `mdn`, `exchange-ipnrn`, `dsn`, `rfc3834`
    rule: str
    #: what the rule saw, a sentence a person can read
    why: str
    #: provider id of the message it was read from, or the relay's id of a hit; empty when read from a file
    source: str = ""
    #: aware, UTC: the message's Date, or its arrival where that date cannot be: missing, unreadable, later than the
    #: arrival, or earlier than the mail the message names
    at: datetime | None = None
    #: normalised address of the From header
    sender: str | None = None
    #: Message-ID of the evidence itself, normalised
    message_id: str | None = None
    #: address the report speaks about (Final-Recipient, else Original-Recipient, else the sender)
    recipient: str | None = None
    #: every address that names the same person: original, final, sender
    aliases: tuple[str, ...] = ()
    disposition: Disposition | None = None
    mode: Mode | None = None
    action: Action | None = None
    #: enhanced status code of a delivery report (RFC 3463), e.g. `5.1.1`
    status: str | None = None
    #: normalised id of the message it speaks about (Original-Message-ID, or the returned headers)
    original_message_id: str | None = None
    #: normalised ids of In-Reply-To and References, nearest first
    references: tuple[str, ...] = ()
    #: provider thread of the message it was read from
    thread_id: str | None = None
    #: X-MSExch-Correlation-Key, base64
    correlation_key: str | None = None
    #: an auto-reply's announced return
    until: date | None = None
    #: a reply that asks to be left alone: no follow-up, unsubscribe
    declines: bool = False
    #: `ruling` only: id of the evidence it is about, and what is decided
    overrules: str = ""
    ruling: Ruling | None = None
    #: `hit` only: by which door it came; `source` is then the relay's name of the hit
    door: HitKind | None = None
    #: `hit` only: id of the token it came by
    token: str = ""
    subject: str = ""
    #: the program that made it, as it names itself, empty if it does not (Reporting-UA, User-Agent, X-Mailer)
    program: str = ""
    match: Match | None = None
    #: unmatched evidence only: the item its subject alone leads to; it is shown, and never counts
    hint: Match | None = None
    #: why it does not count although it has the form (forged, unmatched, machine-made); empty if it counts
    doubt: str = ""

    @property
    def id(self) -> str:
        """Stable over repeats: the same fact read twice from the same message has the same id."""
        parts = (
            self.source,
            self.message_id,
            self.kind,
            self.recipient,
            self.original_message_id,
            self.disposition,
            self.action,
        )
        return blake2s("\x1f".join(str(part) for part in parts).encode("utf-8", "replace"), digest_size=10).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientVerdict:
    """What is known of one recipient of one sent item."""

    recipient: Recipient
    verdict: Verdict
    grade: Grade
    #: when the deciding evidence came, or when the item was sent if there is none
    since: datetime
    #: a sentence that explains the verdict
    why: str
    #: `away` only: the announced return
    until: date | None = None
    #: ids of the evidence it rests on, deciding one first
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """What one of several recipients told, and it cannot be told which: an answer from an address of their domain."""

    #: `answered`, `read`, or `declined` by an answer that asks for no more mail
    verdict: Verdict
    #: a sentence that explains it
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemVerdict:
    """What is known of one sent item: a verdict for each recipient, and the most settled one for the whole."""

    item: SentItem
    recipients: tuple[RecipientVerdict, ...]
    #: None: nobody who cannot be named told anything
    someone: Someone | None = None

    @property
    def headline(self) -> RecipientVerdict:
        """The least settled recipient's verdict: an item is only as read as its most silent recipient."""
        order = list(Verdict)
        return max(self.recipients, key=lambda each: order.index(each.verdict))


def item_id(account: str, provider_id: str) -> str:
    """Eight letters and digits that name a sent item for life.

    They hold 40 bits (RFC 4648 base 32): among 100,000 items the odds that two share a name are 1 in 200.

    :param account: id of the account
    :param provider_id: the provider's id of the sent copy
    """
    digest = blake2s(f"{account}\x1f{provider_id}".encode(), digest_size=5).digest()
    return b32encode(digest).decode().lower()
