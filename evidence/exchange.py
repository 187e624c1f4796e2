"""Exchange's and Outlook's own report classes, wrapped in TNEF (MS-OXTNEF, MS-OXCMAIL 2.2.3, MS-OXOMSG 2.2.2)."""

import base64
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from evidence import normal
from evidence.auto_reply import automatic_answer
from evidence.delivery import fields_in_text
from evidence.invitation import invitation_answer
from evidence.letter import Letter
from evidence.mapi import Value, read_properties
from evidence.model import Action, Disposition, Evidence, Grade, Kind, Mode
from evidence.part import Part
from evidence.receipt import reported_disposition
from evidence.returned import returned_header, returned_id, said
from evidence.status import CODE

_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_SIGNATURE = b"\x78\x9f\x3e\x22"
_LARGEST = 1_048_576
_MOST_OBJECTS = 200
_MOST_RECIPIENTS = 50

#: TNEF attributes (MS-OXTNEF 2.1.3.2)
_MESSAGE_CLASS = 0x8008
_PROPERTIES = 0x9003
_RECIPIENTS = 0x9004

#: MAPI properties (MS-OXPROPS)
_CLASS = 0x001A
_PARENT_KEY = 0x0025
_DISPOSITION = 0x0080
_DISPOSITION_MODE = 0x0081
_REFERENCES = 0x1039
_IN_REPLY_TO = 0x1042
_ORIGINAL_MESSAGE_ID = 0x1046
_EMAIL_ADDRESS = 0x3003
_SMTP_ADDRESS = 0x39FE

#: how a message class ends, upper-cased; the longer endings first
_RECEIPTS = {
    "IPNNRN": Disposition.DELETED,
    "IPNRN": Disposition.DISPLAYED,
    "IPM.MICROSOFT MAIL.READ RECEIPT": Disposition.DISPLAYED,
    "IPM.NOTE.RECEIPT.SMIME": Disposition.DISPLAYED,
}
_DELIVERIES = {
    "RELAYED.DR": Action.RELAYED,
    "RELAYEDDR": Action.RELAYED,
    "EXPANDED.DR": Action.EXPANDED,
    "DELAYED.DR": Action.DELAYED,
    "DELAYED": Action.DELAYED,
    "NDR": Action.FAILED,
    "DR": Action.DELIVERED,
    "IPM.MICROSOFT MAIL.NON-DELIVERY": Action.FAILED,
}
_LEGACY = "IPM.MICROSOFT MAIL."
_MS_MAIL = "MICROSOFT MAIL V3.0 "
#: answers to invitations (MS-OXOCAL 2.2.6), and how their classes end
_MEETINGS = ("IPM.SCHEDULE.MEETING.RESP", "IPM.MICROSOFT SCHEDULE.MTGRESP", "IPM.SCHEDULE.MEETING.CANCEL")
#: answers of mailbox rules and of the out-of-office assistant (MS-OXORULE)
_TEMPLATES = ("IPM.NOTE.RULES.OOFTEMPLATE", "IPM.NOTE.RULES.REPLYTEMPLATE", "IPM.NOTE.RULES.EXTERNALOOFTEMPLATE")
_RECALL = "IPM.OUTLOOK.RECALL"
_ANSWERS = {
    "POS": "accepted the invitation",
    "P": "accepted the invitation",
    "NEG": "declined the invitation",
    "N": "declined the invitation",
    "TENT": "accepted the invitation tentatively",
    "A": "accepted the invitation tentatively",
}

_Told = TypeVar("_Told")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tnef:
    """What a TNEF part tells of the message it stands for."""

    message_class: str
    #: MAPI property number to value
    properties: dict[int, Value]
    #: normalised addresses of its table of recipients
    recipients: tuple[str, ...]

    def text(self, number: int) -> str:
        """A property as text, empty if there is none."""
        value = self.properties.get(number, "")
        return value.decode("latin-1").rstrip("\0") if isinstance(value, bytes) else value


def read_exchange(letter: Letter) -> tuple[Evidence, ...] | None:
    """A receipt, delivery report or automatic answer that Outlook or Exchange sent as TNEF; None if there is none.

    `REPORT.IPM.Note.IPNRN` is a reading, `…IPNNRN` a deletion unread, `…NDR`, `…DR`, `…Delayed` and `…RelayedDR` are
    delivery reports; letter case varies. Outlook 2003 writes `IPM.Microsoft Mail.Read Receipt` instead, and often
    nothing leads to the original but the In-Reply-To of the mail around it. Templates of mailbox rules answer
    automatically; the reports of a recall speak about no reading.
    """
    if not letter.may_hold(b"ms-tnef", b"winmail.dat"):
        return None
    for part in letter.parts:
        tnef = _read_tnef(part) if _is_tnef(part) else None
        found = _of_class(letter, tnef) if tnef else None
        if found is not None:
            return found
    return None


def _of_class(letter: Letter, tnef: _Tnef) -> tuple[Evidence, ...] | None:
    """What a message of this class says; None for ordinary ones."""
    kind = tnef.message_class.upper().removeprefix(_MS_MAIL)
    if kind.startswith(_MEETINGS):
        return _meeting(letter, tnef)
    if kind.startswith(_TEMPLATES):
        return (automatic_answer(letter, "exchange-oof"),)
    if kind.startswith(_RECALL):
        return ()
    return ((_receipt(letter, tnef),) if _by_ending(tnef, _RECEIPTS) else _deliveries(letter, tnef)) or None


def _meeting(letter: Letter, tnef: _Tnef) -> tuple[Evidence, ...]:
    """An answer to an invitation; () for a cancellation."""
    kind = tnef.message_class.upper().removeprefix(_MS_MAIL)
    did = "" if "CANCEL" in kind else _ANSWERS.get(kind.rpartition(".")[2].removeprefix("MTGRESP"), "")
    return (_linked(invitation_answer(letter, did), tnef),) if did else ()


def _is_tnef(part: Part) -> bool:
    named = part.parameter("name") + part.get("content-disposition")
    return part.type in _TYPES or "winmail.dat" in named.lower()


def _receipt(letter: Letter, tnef: _Tnef) -> Evidence:
    told = reported_disposition(tnef.text(_DISPOSITION))
    by_class = _by_ending(tnef, _RECEIPTS)
    disposition = by_class if by_class and told is Disposition.UNKNOWN else told
    displayed = disposition is Disposition.DISPLAYED
    read = letter.evidence(
        Kind.RECEIPT,
        Grade.STRONG if displayed else Grade.NONE,
        rule="exchange-ipnrn" if displayed else "exchange-ipnnrn",
        why="Outlook or Exchange reports that the message was "
        + ("displayed" if displayed else "deleted without being read"),
    )
    mode = tnef.text(_DISPOSITION_MODE).lower()
    told_mode = Mode.AUTOMATIC if "automatic" in mode else Mode.MANUAL if "manual" in mode else Mode.UNKNOWN
    return replace(_linked(read, tnef), disposition=disposition, mode=told_mode)


def _deliveries(letter: Letter, tnef: _Tnef) -> tuple[Evidence, ...]:
    """One for each recipient in the report's table; () if its class is no delivery report's.

    Where the table names nobody (Amazon WorkMail), the text does, or the returned message if it went to one person.
    """
    action = _by_ending(tnef, _DELIVERIES)
    if action is None:
        return ()
    read = letter.evidence(
        Kind.DELIVERY, Grade.NONE, rule="exchange-report", why=f"Exchange reports the delivery as {action}"
    )
    status = CODE.search(said(letter.text)) if action is Action.FAILED else None
    linked = _linked(read, tnef)
    original = linked.original_message_id or returned_id(letter)
    read = replace(
        linked,
        action=action,
        recipient=None,
        aliases=(),
        status=status[0] if status else None,
        original_message_id=original,
    )
    named = tnef.recipients or normal.addresses(letter.part.raw("x-failed-recipients")) or _named_elsewhere(letter)
    return tuple(replace(read, recipient=each, aliases=(each,)) for each in named) or (read,)


def _named_elsewhere(letter: Letter) -> tuple[str, ...]:
    written = (normal.address(block.raw("final-recipient")) for block in fields_in_text(letter))
    if named := tuple(dict.fromkeys(each for each in written if each)):
        return named
    returned = returned_header(letter)
    went_to = normal.addresses(returned.raw("to")) if returned else ()
    return went_to if len(went_to) == 1 else ()


def _by_ending(tnef: _Tnef, endings: Mapping[str, _Told]) -> _Told | None:
    name = tnef.message_class.upper().removeprefix(_MS_MAIL)
    if not name.startswith(("REPORT.", _LEGACY, "IPM.NOTE.RECEIPT.")):
        return None
    return next((told for ending, told in endings.items() if name.endswith(ending)), None)


def _linked(read: Evidence, tnef: _Tnef) -> Evidence:
    """With everything that leads to the original message."""
    key = tnef.properties.get(_PARENT_KEY)
    inner = (*normal.message_ids(tnef.text(_IN_REPLY_TO)), *reversed(normal.message_ids(tnef.text(_REFERENCES))))
    return replace(
        read,
        original_message_id=normal.message_id(tnef.text(_ORIGINAL_MESSAGE_ID)),
        references=tuple(dict.fromkeys((*read.references, *inner))),
        correlation_key=base64.b64encode(key).decode() if isinstance(key, bytes) and key else read.correlation_key,
    )


def _read_tnef(part: Part) -> _Tnef | None:
    """The class and properties of a TNEF part; None if it is none.

    Only the outermost objects are walked: attachments are other people's mail.
    """
    content = part.content()[:_LARGEST]
    if not content.startswith(_SIGNATURE):
        return None
    objects = dict(reversed(tuple(_objects(content))))
    legacy = objects.get(_MESSAGE_CLASS, b"").rstrip(b"\0").decode("latin-1")
    properties, _ = read_properties(objects.get(_PROPERTIES, b""), 0)
    named = properties.get(_CLASS, "")
    return _Tnef(
        message_class=named if isinstance(named, str) and named else legacy,
        properties=properties,
        recipients=_recipients(objects.get(_RECIPIENTS, b"")),
    )


def _objects(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and value of each object about the message itself (MS-OXTNEF 2.1.3.1)."""
    at = 6
    for _ in range(_MOST_OBJECTS):
        if at + 9 > len(content):
            return
        level, name, _type, length = struct.unpack_from("<BHHI", content, at)
        if level == 1:
            yield name, content[at + 9 : at + 9 + length]
        at += 9 + length + 2


def _recipients(table: bytes) -> tuple[str, ...]:
    """The addresses in a table of recipients: a count, then the properties of each row."""
    found: list[str] = []
    at = 4
    for _ in range(min(struct.unpack_from("<I", table)[0], _MOST_RECIPIENTS) if len(table) >= 4 else 0):
        row, at = read_properties(table, at)
        written = (row.get(name, "") for name in (_SMTP_ADDRESS, _EMAIL_ADDRESS))
        address = next((each for text in written if isinstance(text, str) and (each := normal.address(text))), None)
        found += [address] if address else []
        if not row:
            break
    return tuple(dict.fromkeys(found))
