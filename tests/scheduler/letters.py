"""Messages as they come over the wire: answers, receipts, bounces, absences."""

from datetime import datetime
from email.utils import format_datetime


def answer(
    sender: str,
    to_id: str,
    at: datetime,
    *,
    message_id: str = "",
    text: str = "Thanks, looks good.",
    references: str = "",
) -> bytes:
    """A person answers a message."""
    return _joined(
        f"From: {sender}",
        "To: me@example.com",
        "Subject: Re: Offer",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{message_id or f'answer{at.timestamp():.0f}'}@mail.example.org>",
        f"In-Reply-To: <{to_id}>",
        f"References: {references or f'<{to_id}>'}",
        "Content-Type: text/plain",
        "",
        text,
    )


def note(sender: str, at: datetime) -> bytes:
    """A message that has to do with nothing that was sent."""
    return _joined(
        f"From: {sender}",
        "To: me@example.com",
        "Subject: Lunch",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <note{at.timestamp():.0f}@mail.example.org>",
        "Content-Type: text/plain",
        "",
        "Are you hungry?",
    )


def receipt(reader: str, of_id: str, at: datetime, *, disposition: str = "displayed") -> bytes:
    """A read receipt as RFC 8098 has it."""
    return _joined(
        f"From: {reader}",
        "To: me@example.com",
        "Subject: Return Receipt (displayed) - Offer",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <mdn{at.timestamp():.0f}@mail.example.org>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "The message was displayed.",
        "--b",
        "Content-Type: message/disposition-notification",
        "",
        "Reporting-UA: mail.example.org; Thunderbird 128",
        f"Final-Recipient: rfc822;{reader}",
        f"Original-Message-ID: <{of_id}>",
        f"Disposition: manual-action/MDN-sent-manually; {disposition}",
        "",
        "--b--",
        "",
    )


def bounce(recipient: str, of_id: str, at: datetime) -> bytes:
    """A delivery report of a mail server that gave up (RFC 3464)."""
    return _joined(
        "From: MAILER-DAEMON@mx.example.org",
        "To: me@example.com",
        "Subject: Undelivered Mail Returned to Sender",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <dsn{at.timestamp():.0f}@mx.example.org>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "User unknown.",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example.org",
        "",
        f"Final-Recipient: rfc822; {recipient}",
        "Action: failed",
        "Status: 5.1.1",
        "",
        "--b",
        "Content-Type: text/rfc822-headers",
        "",
        f"Message-ID: <{of_id}>",
        "Subject: Offer",
        "",
        "--b--",
        "",
    )


def absence(sender: str, to_id: str, at: datetime, until: str) -> bytes:
    """An auto-reply (RFC 3834) that says when its sender is back."""
    return _joined(
        f"From: {sender}",
        "To: me@example.com",
        "Subject: Out of office: Offer",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <ooo{at.timestamp():.0f}@mail.example.org>",
        f"In-Reply-To: <{to_id}>",
        "Auto-Submitted: auto-replied",
        "Content-Type: text/plain",
        "",
        f"I am out of the office until {until}.",
    )


def _joined(*lines: str) -> bytes:
    return "\r\n".join(lines).encode()
