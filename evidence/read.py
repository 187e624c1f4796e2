"""Read one received message: which facts about sent mail it states."""

from collections.abc import Callable
from datetime import datetime

from evidence.auto_reply import read_auto_reply
from evidence.bounce import read_bounce
from evidence.certified import read_certified
from evidence.delivery import read_delivery
from evidence.exchange import read_exchange
from evidence.free_text import read_free_text
from evidence.invitation import read_invitation_answer
from evidence.letter import Letter
from evidence.lookalike import read_lookalike
from evidence.model import Evidence
from evidence.part import read_part
from evidence.receipt import read_receipts
from evidence.reply import read_reply
from evidence.signed import opened, read_signed_receipt

#: says what it read; () if it knows the message for one that states nothing; None if it is not of its kind
Detector = Callable[[Letter], tuple[Evidence, ...] | None]

#: most authoritative first; the first that knows the message decides
DETECTORS: tuple[Detector, ...] = (
    read_lookalike,
    read_invitation_answer,
    read_receipts,
    read_signed_receipt,
    read_exchange,
    read_certified,
    read_delivery,
    read_bounce,
    read_free_text,
    read_auto_reply,
    read_reply,
)

_MAIL_FIELDS = frozenset({"from", "to", "cc", "subject", "date", "message-id", "received", "return-path", "sender"})
_MIME_FIELDS = frozenset({"mime-version", "content-type"})
_LEADING = b"\xef\xbb\xbf\r\n\t "
#: what is read of a message; reports stand at its beginning
_LARGEST = 4_194_304


class UnreadableMessage(ValueError):
    """The bytes are no mail. The message says what is wrong."""


def read_message(
    raw: bytes,
    *,
    source: str = "",
    thread_id: str | None = None,
    in_thread: bool = False,
    arrived_at: datetime | None = None,
    believes_date: bool = True,
    own: frozenset[str] = frozenset(),
) -> tuple[Evidence, ...]:
    """What one received message says about sent mail; () for ordinary mail.

    :param raw: the message as received (RFC 5322)
    :param source: the provider's id of the message
    :param thread_id: the provider's thread it stands in
    :param in_thread: the provider says that a sent item is in this thread, so mail that names no id can be an answer
    :param arrived_at: aware; counts where the message has no readable Date, or one that is later
    :param believes_date: False: its Date is known to be wrong, and the arrival counts
    :param own: the person's own addresses; own mail is never an answer
    :raises UnreadableMessage: these bytes are no mail at all; nothing else is ever raised
    """
    part = read_part(_from_first_field(raw[:_LARGEST]))
    names = {name for name, _ in part.fields}
    if not names & (_MAIL_FIELDS | _MIME_FIELDS):
        raise UnreadableMessage(_what_is_wrong(raw))
    if not names & _MAIL_FIELDS:
        return ()
    letter = Letter(
        opened(part),
        source=source,
        thread_id=thread_id,
        in_thread=in_thread,
        arrived_at=arrived_at,
        believes_date=believes_date,
        own=own,
    )
    for detect in DETECTORS:
        found = detect(letter)
        if found is not None:
            return found
    return ()


def _from_first_field(raw: bytes) -> bytes:
    """Without a byte-order mark, leading blank lines (a Direct agent) and the `From ` line of an mbox."""
    raw = raw.lstrip(_LEADING) if raw[:1] and raw[:1] in _LEADING else raw
    if raw.startswith((b"From ", b">From ")):
        raw = raw[raw.find(b"\n") + 1 :]
    return raw


def _what_is_wrong(raw: bytes) -> str:
    if not raw.strip():
        return "the file is empty"
    if b"\0" in raw[:4096]:
        return "the file is binary, not a mail message"
    return "the file does not begin with a mail header (From, To, Subject, Date ...)"
