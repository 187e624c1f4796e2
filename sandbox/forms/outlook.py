"""Receipts wrapped in TNEF, as Outlook sends them to what it takes for another Outlook."""

import base64
import binascii
from email.utils import format_datetime

from sandbox.forms.occasion import Occasion
from sandbox.forms.paper import encoded, mailbox, page
from sandbox.forms.receipts import Sent, asker
from sandbox.forms.tnef import Property, Tag, tnef
from sandbox.forms.words import WORDS

#: what Outlook 2003 calls a receipt
LEGACY_CLASS = "IPM.Microsoft Mail.Read Receipt"
READ_CLASS = "REPORT.IPM.Note.IPNRN"
NOT_READ_CLASS = "REPORT.IPM.Note.IPNNRN"


def tnef_receipt(occasion: Occasion, sent: Sent = Sent.MANUALLY, *, message_class: str = LEGACY_CLASS) -> bytes:
    """A receipt that is one application/ms-tnef part.

    The legacy form names the original only by the outer In-Reply-To; the others only by properties inside.
    """
    original, words = occasion.original, WORDS[occasion.language]
    subject = (words.not_read if message_class == NOT_READ_CLASS else words.read) + original.subject
    legacy = message_class == LEGACY_CLASS
    properties = _properties(occasion, sent, message_class, subject)
    wrapped = tnef(message_class, properties, key=occasion.chance.randrange(1, 0xFFFF))
    headers = (
        ("From", mailbox(occasion.name, occasion.writes_as)),
        ("To", asker(occasion)),
        ("Subject", encoded(subject)),
        ("Date", format_datetime(occasion.at)),
        ("Message-ID", f"<{occasion.token(32).upper()}@{occasion.domain}>"),
        *((("In-Reply-To", original.message_id),) if legacy and original.message_id else ()),
        ("MIME-Version", "1.0"),
        ("Content-Type", 'application/ms-tnef;\n\tname="winmail.dat"'),
        ("Content-Transfer-Encoding", "base64"),
        ("X-Mailer", "Microsoft Office Outlook 11"),
    )
    return page(headers, base64.encodebytes(wrapped).decode("ascii"))


def _properties(occasion: Occasion, sent: Sent, message_class: str, subject: str) -> tuple[Property, ...]:
    original = occasion.original
    disposition = "deleted" if message_class == NOT_READ_CLASS else "displayed"
    told = (
        Property(tag=Tag.REPORT_TIME, value=occasion.at),
        Property(tag=Tag.SUBJECT, value=subject),
        Property(tag=Tag.ORIGINAL_SUBJECT, value=original.subject),
        Property(tag=Tag.REPORT_DISPOSITION, value=disposition),
        Property(tag=Tag.REPORT_DISPOSITION_MODE, value=str(sent)),
    )
    if message_class == LEGACY_CLASS:
        return told
    named = (
        Property(tag=Tag.MESSAGE_CLASS, value=message_class),
        Property(tag=Tag.ORIGINAL_MESSAGE_ID, value=original.message_id),
    )
    key = _key(occasion.search_key)
    return told + named + ((Property(tag=Tag.PARENT_KEY, value=key),) if key else ())


def _key(search_key: str) -> bytes:
    try:
        return base64.b64decode(search_key, validate=True)
    except binascii.Error:
        return b""
