"""Read receipts (RFC 8098) in the forms of the programs that write them, each as awkward as the real one."""

import base64
import struct
from email.utils import format_datetime
from enum import StrEnum
from html import escape

from sandbox.forms.occasion import Occasion
from sandbox.forms.paper import Fields, encoded, mailbox, multipart, page, part, quoted_printable
from sandbox.forms.words import WORDS


class Sent(StrEnum):
    """The sending-mode of RFC 8098 section 3.2.6.1."""

    MANUALLY = "MDN-sent-manually"
    AUTOMATICALLY = "MDN-sent-automatically"


def asker(occasion: Occasion) -> str:
    """The To header of a receipt: whoever asked for it (RFC 8098 section 3), else the sender."""
    original = occasion.original
    if len(original.asked_by) > 1:
        return ", ".join(original.asked_by)
    address = original.asked_by[0] if original.asked_by else occasion.envelope_sender
    return mailbox(original.from_name if address.lower() == original.from_address.lower() else "", address)


def thunderbird_receipt(occasion: Occasion, sent: Sent = Sent.MANUALLY) -> bytes:
    """Thunderbird: References but no In-Reply-To; the subject glued on raw; nothing at all where the id was missing.

    Thunderbird says `manual-action` even of receipts it sent by itself.
    """
    original = occasion.original
    boundary = f"------------mdn{occasion.token(24).upper()}"
    fields = (
        ("Reporting-UA", "Mozilla Thunderbird"),
        ("Final-Recipient", f"rfc822;{occasion.reader}"),
        *_if_any("Original-Message-ID", original.message_id),
        ("Disposition", f"manual-action/{sent};\n displayed"),
    )
    text = (
        f"This is a Return Receipt for the mail that you sent to {occasion.reader}.\n\n"
        "Note: This Return Receipt only says that the message was displayed on a screen.\n"
        "Whether it was read or understood cannot be told.\n"
    )
    parts = (
        part((("Content-Type", "text/plain; charset=UTF-8"), ("Content-Transfer-Encoding", "8bit")), text),
        part(
            (
                ("Content-Type", 'message/disposition-notification; name="MDNPart2.txt"'),
                ("Content-Disposition", "inline"),
                ("Content-Transfer-Encoding", "7bit"),
            ),
            part(fields, ""),
        ),
        part(
            (
                ("Content-Type", 'text/rfc822-headers; name="MDNPart3.txt"'),
                ("Content-Transfer-Encoding", "7bit"),
                ("Content-Disposition", "inline"),
            ),
            original.headers,
        ),
    )
    headers = (
        ("Date", format_datetime(occasion.at)),
        ("From", mailbox(occasion.name, occasion.writes_as)),
        ("Message-ID", f"<{occasion.uuid()}@{occasion.domain}>"),
        ("Subject", f"Return Receipt (displayed) -{original.raw_subject}"),
        ("To", asker(occasion)),
        *_if_any("References", original.message_id),
        *_report_headers(boundary),
    )
    return page(headers, multipart(boundary, parts))


def exchange_receipt(occasion: Occasion, sent: Sent = Sent.AUTOMATICALLY) -> bytes:
    """Exchange: no In-Reply-To, no Reporting-UA, the id folded onto the next line (MS-OXCMAIL 2.1.3.6)."""
    return _exchange(occasion, sent, "displayed")


def old_exchange_receipt(occasion: Occasion, sent: Sent = Sent.AUTOMATICALLY) -> bytes:
    """Exchange 2013 to 2019 as seen in the wild: no Original-Message-ID at all, but an outer In-Reply-To."""
    return _exchange(occasion, sent, "displayed", names_id=False)


def exchange_not_read(occasion: Occasion) -> bytes:
    """Exchange: the message was deleted, or expired, unread; may come long after."""
    return _exchange(occasion, Sent.AUTOMATICALLY, "deleted")


def _exchange(occasion: Occasion, sent: Sent, disposition: str, *, names_id: bool = True) -> bytes:
    original, words = occasion.original, WORDS[occasion.language]
    shown = disposition == "displayed"
    outer, inner = f"_000_{occasion.token(32).upper()}_", f"_002_{occasion.token(32).upper()}_"
    fields = (
        ("Final-recipient", f"RFC822; {occasion.writes_as}"),
        ("Disposition", f"{_action(sent)}/{sent}; {disposition}"),
        # Outside the sender's organisation the key is the reader's own and names nothing the sender knows.
        ("X-MSExch-Correlation-Key", occasion.search_key or base64.b64encode(occasion.chance.randbytes(16)).decode()),
        *(_if_any("Original-Message-ID", original.message_id, fold=True) if names_id else ()),
        ("X-Display-Name", encoded(occasion.name)),
    )
    told = _told(occasion, words.was_read if shown else words.was_deleted)
    qp = ("Content-Transfer-Encoding", "quoted-printable")
    html = f"<html><body><p>{escape(told).replace(chr(10), '<br>')}</p></body></html>\n"
    readable = (
        part((("Content-Type", 'text/plain; charset="utf-8"'), qp), quoted_printable(told)),
        part((("Content-Type", 'text/html; charset="utf-8"'), qp), quoted_printable(html)),
    )
    parts = (
        part((("Content-Type", f'multipart/alternative;\n\tboundary="{inner}"'),), multipart(inner, readable)),
        part((("Content-Type", "message/disposition-notification"),), part(fields, "")),
    )
    headers = (
        ("From", mailbox(occasion.name, occasion.writes_as)),
        ("To", asker(occasion)),
        ("Subject", encoded((words.read if shown else words.not_read) + original.subject)),
        *(() if names_id else _if_any("In-Reply-To", original.message_id)),
        ("Thread-Topic", encoded(original.subject)),
        ("Thread-Index", _thread_index(occasion)),
        ("Date", format_datetime(occasion.at)),
        ("Message-ID", f"<{occasion.token(32)}@EXCH02.{occasion.domain}>"),
        ("X-MS-Has-Attach", ""),
        ("X-MS-TNEF-Correlator", ""),
        ("Content-Type", f'multipart/report; boundary="{outer}";\n\treport-type=disposition-notification'),
        ("MIME-Version", "1.0"),
    )
    return page(headers, multipart(outer, parts))


def roundcube_receipt(occasion: Occasion, sent: Sent = Sent.MANUALLY) -> bytes:
    """Roundcube: Original-Recipient without its type; `mid:4` where the original had no id."""
    original = occasion.original
    fields = (
        ("Reporting-UA", "Roundcube Webmail/1.6.9"),
        ("Original-Recipient", occasion.reader),
        ("Final-Recipient", f"rfc822; {occasion.writes_as}"),
        ("Original-Message-ID", original.message_id or "mid:4"),
        ("Disposition", f"manual-action/{sent}; displayed"),
    )
    boundary = f"=_{occasion.token(32)}"
    parts = (
        _plain(_told(occasion, WORDS[occasion.language].was_read)),
        part(
            (
                ("Content-Transfer-Encoding", "7bit"),
                ("Content-Type", "message/disposition-notification;\n name=MDNPart2.txt"),
                ("Content-Disposition", "inline;\n filename=MDNPart2.txt"),
            ),
            part(fields, ""),
        ),
    )
    headers = (
        ("MIME-Version", "1.0"),
        ("Date", format_datetime(occasion.at)),
        ("From", mailbox(occasion.name, occasion.writes_as)),
        ("To", asker(occasion)),
        ("Subject", encoded(f"Return Receipt (displayed): {original.subject}")),
        *_if_any("References", original.message_id),
        *_if_any("In-Reply-To", original.message_id),
        ("User-Agent", "Roundcube Webmail/1.6.9"),
        ("Message-ID", f"<{occasion.token(32)}@{occasion.domain}>"),
        ("Content-Type", f'multipart/report; report-type=disposition-notification;\n boundary="{boundary}"'),
    )
    return page(headers, multipart(boundary, parts))


def evolution_receipt(occasion: Occasion, sent: Sent = Sent.MANUALLY) -> bytes:
    """Evolution: neither In-Reply-To nor References; the id field left empty where the original had none."""
    original = occasion.original
    fields = (
        ("Reporting-UA", f"{occasion.host}; Evolution 3.54.2"),
        ("Final-Recipient", occasion.writes_as),
        ("Original-Message-ID", original.message_id),
        ("Disposition", f"manual-action/{sent};displayed"),
    )
    boundary = f"=-{occasion.token(20)}"
    told = (
        f'Your message to {occasion.name} about "{original.subject}" on {original.date} has been displayed.\n'
        "This is no guarantee that the message has been read or understood.\n"
    )
    parts = (_plain(told), part((("Content-Type", "message/disposition-notification"),), part(fields, "")))
    headers = (
        ("Message-ID", f"<{occasion.token(40)}.camel@{occasion.domain}>"),
        ("Subject", encoded(f"Delivery Notification for: {original.subject}")),
        ("From", mailbox(occasion.name, occasion.writes_as)),
        ("To", asker(occasion)),
        ("Date", format_datetime(occasion.at)),
        ("User-Agent", "Evolution 3.54.2"),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/report; report-type="disposition-notification";\n\tboundary="{boundary}"'),
    )
    return page(headers, multipart(boundary, parts, "This is a multi-part message in MIME format.\n"))


def workspace_receipt(occasion: Occasion, sent: Sent = Sent.AUTOMATICALLY) -> bytes:
    """Gmail of a Workspace organisation: in the thread of the original.

    No real sample is public; the form is that of RFC 8098 with the headers Gmail gives to its own mail.
    """
    original, words = occasion.original, WORDS[occasion.language]
    fields = (
        ("Reporting-UA", "mail.google.com; Gmail"),
        ("Original-Recipient", f"rfc822;{occasion.reader}"),
        ("Final-Recipient", f"rfc822;{occasion.writes_as}"),
        *_if_any("Original-Message-ID", original.message_id),
        ("Disposition", f"{_action(sent)}/{sent}; displayed"),
    )
    boundary = f"000000000000{occasion.token(16)}"
    parts = (
        _plain(_told(occasion, words.was_read)),
        part((("Content-Type", "message/disposition-notification"),), part(fields, "")),
    )
    headers = (
        ("MIME-Version", "1.0"),
        ("From", mailbox(occasion.name, occasion.writes_as)),
        ("Date", format_datetime(occasion.at)),
        ("Message-ID", f"<CA{occasion.token(30)}@mail.gmail.com>"),
        ("Subject", encoded(words.read + original.subject)),
        ("To", asker(occasion)),
        *_if_any("In-Reply-To", original.message_id),
        *_if_any("References", original.message_id),
        ("Content-Type", f'multipart/report; boundary="{boundary}"; report-type=disposition-notification'),
    )
    return page(headers, multipart(boundary, parts))


def denied(occasion: Occasion) -> bytes:
    """A refusal (RFC 2298 `denied`, gone since RFC 3798, still sent): the program saw the mail, the person said no."""
    return _by_the_book(occasion, Sent.MANUALLY, "denied", "The person you wrote to does not want to say more.")


def deleted(occasion: Occasion) -> bytes:
    """Deleted, perhaps unread, in the form of a program that keeps to the RFC."""
    return _by_the_book(occasion, Sent.MANUALLY, "deleted", "The message has been deleted.")


def dispatched(occasion: Occasion) -> bytes:
    """Handed on without being shown to anyone: printed, faxed, forwarded (RFC 8098 section 3.2.6.2)."""
    return _by_the_book(occasion, Sent.AUTOMATICALLY, "dispatched", "The message has been sent on somewhere else.")


def processed(occasion: Occasion) -> bytes:
    """Handled by a rule or a robot without being shown to anyone (RFC 8098 section 3.2.6.2)."""
    return _by_the_book(occasion, Sent.AUTOMATICALLY, "processed", "The message has been handled by a program.")


def _by_the_book(occasion: Occasion, sent: Sent, disposition: str, told: str) -> bytes:
    """The form of RFC 8098 section 3 with the whole original in it, a constant subject, and no threading headers."""
    original = occasion.original
    fields = (
        ("Reporting-UA", f"{occasion.host}; Horde Application Framework 5"),
        ("Final-Recipient", f"rfc822;{occasion.writes_as}"),
        *_if_any("Original-Message-ID", original.message_id),
        ("Disposition", f"{_action(sent)}/{sent}; {disposition}"),
    )
    boundary = f"=_{occasion.token(24)}"
    parts = (
        _plain(told + "\n"),
        part((("Content-Type", "message/disposition-notification"),), part(fields, "")),
        part((("Content-Type", "message/rfc822"),), original.headers + "\n"),
    )
    headers = (
        ("Message-ID", f"<{occasion.at:%Y%m%d%H%M%S}.Horde.{occasion.token(20)}@{occasion.domain}>"),
        ("User-Agent", "Horde Application Framework 5"),
        ("Auto-Submitted", "auto-replied"),
        ("Date", format_datetime(occasion.at)),
        ("From", occasion.writes_as),
        ("To", asker(occasion)),
        ("Subject", "Disposition Notification"),
        *_report_headers(boundary),
    )
    return page(headers, multipart(boundary, parts, "This message is in MIME format.\n\n"))


def _told(occasion: Occasion, sentence: str) -> str:
    """The part for people."""
    original = occasion.original
    at = WORDS[occasion.language].moment(occasion.at)
    return sentence.format(to=original.to, subject=original.subject, sent=original.date, at=at) + "\n"


def _action(sent: Sent) -> str:
    return "manual-action" if sent is Sent.MANUALLY else "automatic-action"


def _if_any(name: str, value: str, *, fold: bool = False) -> Fields:
    return ((name, f"\n\t{value}" if fold else value),) if value else ()


def _plain(text: str) -> str:
    return part(
        (("Content-Type", "text/plain; charset=UTF-8"), ("Content-Transfer-Encoding", "quoted-printable")),
        quoted_printable(text),
    )


def _report_headers(boundary: str) -> Fields:
    return (
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/report; report-type=disposition-notification;\n\tboundary="{boundary}"'),
    )


def _thread_index(occasion: Occasion) -> str:
    """Exchange's Thread-Index (MS-OXOMSG 2.2.1.3): a reserved byte, five of the time, a GUID."""
    ticks = int((occasion.at.timestamp() + 11_644_473_600) * 10_000_000)
    return base64.b64encode(b"\x01" + struct.pack(">Q", ticks)[1:6] + occasion.chance.randbytes(16)).decode()
