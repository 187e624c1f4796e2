"""What mail servers say about a letter: RFC 3464 reports of several servers, and one that keeps to no standard."""

from dataclasses import dataclass
from email.utils import format_datetime
from enum import StrEnum
from html import escape

from sandbox.forms.occasion import Occasion, ip_of
from sandbox.forms.paper import encoded, mailbox, multipart, page, part, quoted_printable

#: the server between the sender's provider and everybody else; Postfix
TRANSIT_HOST = "mx.transit.example"


class Action(StrEnum):
    """RFC 3464 section 2.3.3."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wording:
    subject: str
    action: Action
    #: enhanced status code (RFC 3463)
    status: str
    diagnosis: str
    told: str


_NO_SUCH_USER = _Wording(
    subject="Undelivered Mail Returned to Sender",
    action=Action.FAILED,
    status="5.1.1",
    diagnosis="smtp; 550 5.1.1 <{reader}>: Recipient address rejected: User unknown in\n    virtual mailbox table",
    told="Your message could not be delivered to the address below. It is attached.\n\n"
    "<{reader}>: host {host}[{ip}] said: 550 5.1.1 <{reader}>: Recipient address\n"
    "    rejected: User unknown in virtual mailbox table (in reply to RCPT TO command)\n",
)
_NO_SUCH_HOST = _Wording(
    subject="Undelivered Mail Returned to Sender",
    action=Action.FAILED,
    status="5.4.4",
    diagnosis="X-Postfix; Host or domain name not found. Name service error for\n"
    "    name={domain} type=AAAA: Host not found",
    told="Your message could not be delivered to the address below. It is attached.\n\n"
    "<{reader}>: Host or domain name not found. Name service error for\n    name={domain} type=AAAA: Host not found\n",
)
_DELAYED = _Wording(
    subject="Delayed Mail (still being retried)",
    action=Action.DELAYED,
    status="4.4.1",
    diagnosis="X-Postfix; connect to {host}[{ip}]:25: Connection timed out",
    told="THIS IS A WARNING ONLY. YOU DO NOT NEED TO SEND YOUR MESSAGE AGAIN.\n\n"
    "Your message is still waiting to be delivered. It will be tried for some days more.\n\n"
    "<{reader}>: connect to {host}[{ip}]:25: Connection timed out\n",
)
_GAVE_UP = _Wording(
    subject="Undelivered Mail Returned to Sender",
    action=Action.FAILED,
    status="4.4.1",
    diagnosis="X-Postfix; connect to {host}[{ip}]:25: Connection timed out",
    told="Your message could not be delivered to the address below for too long. It is attached.\n\n"
    "<{reader}>: connect to {host}[{ip}]:25: Connection timed out\n",
)
_DELIVERED = _Wording(
    subject="Successful Mail Delivery Report",
    action=Action.DELIVERED,
    status="2.0.0",
    diagnosis="smtp; 250 2.0.0 Ok: queued",
    told="Your message was delivered to the address below. You asked to be told.\n\n"
    "<{reader}>: delivery via {host}[{ip}]:25: 250 2.0.0 Ok: queued\n",
)


def failed(occasion: Occasion) -> bytes:
    """Nobody has this address (5.1.1), as Postfix says it; the original whole behind it."""
    return _postfix(occasion, _NO_SUCH_USER, whole=True)


def no_such_host(occasion: Occasion) -> bytes:
    """Nobody has this domain (5.4.4), as Postfix says it."""
    return _postfix(occasion, _NO_SUCH_HOST, whole=True)


def delayed(occasion: Occasion) -> bytes:
    """Still being tried (4.4.1), as Postfix says it; only the headers of the original."""
    return _postfix(occasion, _DELAYED, whole=False)


def gave_up(occasion: Occasion) -> bytes:
    """Tried for days and given up: `failed` with the status of a passing trouble (4.4.1)."""
    return _postfix(occasion, _GAVE_UP, whole=False)


def delivered(occasion: Occasion) -> bytes:
    """Laid into the mailbox; says nothing of reading."""
    return _postfix(occasion, _DELIVERED, whole=False)


def mailbox_full(occasion: Occasion) -> bytes:
    """The mailbox is full (5.2.2), as Exchange says it: nested readable part, In-Reply-To, headers of the original."""
    told = (
        f"Delivery has failed to these recipients or groups:\n\n{occasion.name} ({occasion.reader})\n"
        "The recipient's mailbox is full and can't accept messages now. Please try resending your message later.\n"
    )
    diagnosis = f"smtp;550 5.2.2 <{occasion.reader}>: STOREDRV.Deliver; mailbox full"
    return _exchange(occasion, Action.FAILED, "5.2.2", f"Undeliverable: {occasion.original.subject}", told, diagnosis)


def relayed(occasion: Occasion) -> bytes:
    """Handed to a server that will not report back, as Exchange says it; proves neither delivery nor reading."""
    told = (
        "Delivery to these recipients or groups is complete, but no delivery notification was sent by the\n"
        f"destination server:\n\n{occasion.name} ({occasion.reader})\n"
    )
    return _exchange(occasion, Action.RELAYED, "2.0.0", f"Relayed: {occasion.original.subject}", told, "")


def qmail_bounce(occasion: Occasion) -> bytes:
    """qmail: plain text without any report part (QSBMF), no MIME, no Message-ID."""
    body = (
        f"Hi. This is the qmail-send program at {occasion.host}.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        f"<{occasion.reader}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
        "--- Below this line is a copy of the message.\n\n"
        f"Return-Path: <{occasion.envelope_sender}>\n{occasion.original.whole}"
    )
    headers = (
        ("Date", f"{occasion.at.day} {occasion.at:%b %Y %H:%M:%S} -0000"),
        ("From", f"MAILER-DAEMON@{occasion.host}"),
        ("To", occasion.envelope_sender),
        ("Subject", "failure notice"),
    )
    return page(headers, body)


def _postfix(occasion: Occasion, wording: _Wording, *, whole: bool) -> bytes:
    filled = {"reader": occasion.reader, "host": occasion.host, "ip": ip_of(occasion.domain), "domain": occasion.domain}
    queue_id, server = occasion.token(10).upper(), TRANSIT_HOST
    boundary = f"{queue_id}.{int(occasion.at.timestamp())}/{server}"
    about = (
        ("Reporting-MTA", f"dns; {server}"),
        ("X-Postfix-Queue-ID", queue_id),
        ("X-Postfix-Sender", f"rfc822; {occasion.envelope_sender}"),
        ("Arrival-Date", f"{format_datetime(occasion.arrived_at)} (UTC)"),
    )
    recipient = (
        ("Final-Recipient", f"rfc822; {occasion.reader}"),
        ("Original-Recipient", f"rfc822;{occasion.reader}"),
        ("Action", str(wording.action)),
        ("Status", wording.status),
        ("Remote-MTA", f"dns; {occasion.host}"),
        ("Diagnostic-Code", wording.diagnosis.format(**filled)),
    )
    told = f"This is the mail system at host {server}.\n\n" + wording.told.format(**filled)
    original = occasion.original.whole if whole else occasion.original.headers
    returned = "message/rfc822" if whole else "text/rfc822-headers"
    parts = (
        part((("Content-Description", "Notification"), ("Content-Type", "text/plain; charset=us-ascii")), told),
        part(
            (("Content-Description", "Delivery report"), ("Content-Type", "message/delivery-status")),
            part(about, part(recipient, "")),
        ),
        part(
            (("Content-Description", "Undelivered Message"), ("Content-Type", returned)),
            f"Return-Path: <{occasion.envelope_sender}>\n{original}",
        ),
    )
    headers = (
        ("Date", f"{format_datetime(occasion.at)} (UTC)"),
        ("From", f"MAILER-DAEMON@{server} (Mail Delivery System)"),
        ("Subject", wording.subject),
        ("To", occasion.envelope_sender),
        ("Auto-Submitted", "auto-replied"),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/report; report-type=delivery-status;\n\tboundary="{boundary}"'),
        ("Message-Id", f"<{occasion.at:%Y%m%d%H%M%S}.{queue_id}@{server}>"),
    )
    return page(headers, multipart(boundary, parts, "This is a MIME-encapsulated message.\n\n"))


def _exchange(occasion: Occasion, action: Action, status: str, subject: str, told: str, diagnosis: str) -> bytes:
    outer, inner = occasion.uuid(), occasion.uuid()
    server = f"EXCH02.{occasion.domain}"
    recipient = (
        ("Final-recipient", f"RFC822; {occasion.reader}"),
        ("Action", str(action)),
        ("Status", status),
        *((("Diagnostic-code", diagnosis),) if diagnosis else ()),
        ("X-Display-Name", encoded(occasion.name)),
    )
    qp = ("Content-Transfer-Encoding", "quoted-printable")
    readable = (
        part((("Content-Type", 'text/plain; charset="utf-8"'), qp), quoted_printable(told)),
        part(
            (("Content-Type", 'text/html; charset="utf-8"'), qp),
            quoted_printable("<html><body>" + escape(told).replace("\n", "<br>\n") + "</body></html>\n"),
        ),
    )
    parts = (
        part(
            (("Content-Type", f'multipart/alternative; differences=Content-Type;\n\tboundary="{inner}"'),),
            multipart(inner, readable),
        ),
        part(
            (("Content-Type", "message/delivery-status"),),
            part((("Reporting-MTA", f"dns;{server}"),), part(recipient, "")),
        ),
        part((("Content-Type", "text/rfc822-headers"),), occasion.original.headers),
    )
    headers = (
        ("MIME-Version", "1.0"),
        ("From", mailbox("Microsoft Outlook", f"postmaster@{occasion.domain}")),
        ("To", occasion.envelope_sender),
        ("Date", format_datetime(occasion.at)),
        ("Content-Type", f'multipart/report; report-type=delivery-status;\n\tboundary="{outer}"'),
        ("Content-Language", "en-US"),
        ("Message-ID", f"<{occasion.uuid()}@{server}>"),
        *((("In-Reply-To", occasion.original.message_id),) if occasion.original.message_id else ()),
        *((("References", occasion.original.message_id),) if occasion.original.message_id else ()),
        ("Subject", encoded(subject)),
    )
    return page(headers, multipart(outer, parts))
