"""What must not be taken for a reading: forged receipts, machines' rejections, gateways, challenges."""

from email.utils import format_datetime

from sandbox.forms.occasion import Occasion
from sandbox.forms.paper import Fields, encoded, mailbox, multipart, page, part


def forged_receipt(occasion: Occasion, claimed: str, *, message_id: str = "") -> bytes:
    """A receipt nobody's program wrote.

    :param claimed: the address it pretends to come from
    :param message_id: the id it pretends to speak about; default: that of the letter
    """
    original = occasion.original
    fields = (
        ("Reporting-UA", "Mozilla Thunderbird"),
        ("Final-Recipient", f"rfc822;{claimed}"),
        ("Original-Message-ID", message_id or original.message_id),
        ("Disposition", "manual-action/MDN-sent-manually; displayed"),
    )
    headers = (
        ("Date", format_datetime(occasion.at)),
        ("From", claimed),
        ("Message-ID", f"<{occasion.uuid()}@{claimed.partition('@')[2]}>"),
        ("Subject", f"Return Receipt (displayed) - {original.raw_subject}"),
        ("To", occasion.envelope_sender),
    )
    return _report(occasion, headers, "This is a Return Receipt for the mail that you sent.\n", fields)


def machine_rejection(occasion: Occasion) -> bytes:
    """Dovecot over quota: a real MDN with `deleted`, although nobody saw the mail."""
    fields = (
        ("Reporting-UA", f"{occasion.host}; Dovecot Mail Delivery Agent"),
        ("Final-Recipient", f"rfc822; {occasion.writes_as}"),
        ("Original-Message-ID", occasion.original.message_id),
        ("Disposition", "automatic-action/MDN-sent-automatically; deleted"),
    )
    headers = (
        ("Message-ID", f"<dovecot-{int(occasion.at.timestamp())}-{occasion.chance.randrange(10**6)}-0@mail>"),
        ("Date", format_datetime(occasion.at)),
        ("From", mailbox("Mail Delivery Subsystem", f"postmaster@{occasion.domain}")),
        ("To", f"<{occasion.envelope_sender}>"),
        ("Subject", "Automatically rejected mail"),
        ("Auto-Submitted", "auto-replied (rejected)"),
        ("Precedence", "bulk"),
    )
    told = (
        f"Your message to <{occasion.reader}> was automatically rejected:\nQuota exceeded (mailbox for user is full)\n"
    )
    returned = part((("Content-Type", "message/rfc822"),), occasion.original.headers + "\n")
    return _report(occasion, headers, told, fields, returned)


def as2_receipt(occasion: Occasion) -> bytes:
    """A trading gateway's MDN (RFC 4130) that strayed into a mailbox: same media types, other business."""
    fields = (
        ("Reporting-UA", "ExampleEDI AS2 Gateway"),
        ("Original-Recipient", "rfc822; EXAMPLE-EDI"),
        ("Final-Recipient", "rfc822; EXAMPLE-EDI"),
        ("Original-Message-ID", occasion.original.message_id),
        ("Received-Content-MIC", "ZmFrZSBkaWdlc3Q=, sha-256"),
        ("Disposition", "automatic-action/MDN-sent-automatically; processed"),
    )
    headers = (
        ("AS2-To", "SENDER"),
        ("AS2-From", "EXAMPLE-EDI"),
        ("AS2-Version", "1.2"),
        ("Date", format_datetime(occasion.at)),
        ("From", occasion.writes_as),
        ("To", occasion.envelope_sender),
        ("Message-ID", f"<AS2-{occasion.token(24)}@EXAMPLE-EDI>"),
        ("Subject", "Message Disposition Notification"),
    )
    return _report(occasion, headers, "The AS2 message has been received and processed.\n", fields)


def challenge(occasion: Occasion) -> bytes:
    """A challenge-response gate: the letter waits until its sender proves to be a person."""
    body = (
        f"Your message to {occasion.reader} is being held.\n\n"
        f"{occasion.name} only receives mail from people who have confirmed once that they are people.\n"
        f"To have it delivered, please answer this message or open\n"
        f"https://{occasion.domain}/confirm/{occasion.token(20)}\n"
    )
    headers = (
        ("From", mailbox(f"{occasion.name} (verification)", f"verify@{occasion.domain}")),
        ("To", occasion.envelope_sender),
        ("Subject", encoded(f"Please confirm your message: {occasion.original.subject}")),
        ("Date", format_datetime(occasion.at)),
        ("Message-ID", f"<challenge-{occasion.token(20)}@{occasion.domain}>"),
        *((("In-Reply-To", occasion.original.message_id),) if occasion.original.message_id else ()),
        ("Auto-Submitted", "auto-replied"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=us-ascii"),
    )
    return page(headers, body)


def _report(occasion: Occasion, headers: Fields, told: str, fields: Fields, *more: str) -> bytes:
    boundary = f"{occasion.token(12)}/{occasion.host}"
    parts = (
        part((("Content-Type", "text/plain; charset=utf-8"), ("Content-Disposition", "inline")), told),
        part((("Content-Type", "message/disposition-notification"),), part(fields, "")),
        *more,
    )
    report = (
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/report; report-type=disposition-notification;\n\tboundary="{boundary}"'),
    )
    return page((*headers, *report), multipart(boundary, parts, "This is a MIME-encapsulated message\n\n"))
