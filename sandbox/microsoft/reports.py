"""Which message class Exchange gives to what comes in, and the receipts it writes itself."""

import base64
import hashlib
from datetime import datetime
from email.header import Header
from email.message import Message
from email.parser import Parser
from email.utils import format_datetime, formataddr

from sandbox.microsoft.item import Item, Person

#: Disposition type (RFC 8098 section 3.2.6) to message class; other types are ordinary mail
_READ = {"displayed": "REPORT.IPM.Note.IPNRN", "deleted": "REPORT.IPM.Note.IPNNRN"}
#: Action (RFC 3464 section 2.3.3) to message class, gravest first
_DELIVERY = {
    "failed": "REPORT.IPM.Note.NDR",
    "delayed": "REPORT.IPM.Note.Delayed",
    "relayed": "REPORT.IPM.Note.RelayedDR",
    "delivered": "REPORT.IPM.Note.DR",
}
_AUTO_REPLY = "IPM.Note.Rules.OofTemplate.Microsoft"
_ORDINARY = "IPM.Note"


def item_class(whole: Message) -> str:
    """PidTagMessageClass of a message that came in as MIME (MS-OXCMAIL section 2.2)."""
    kind = str(whole.get_param("report-type", "")).lower()
    if kind in ("disposition-notification", "global-disposition-notification"):
        said = _report_fields(whole, "disposition-notification", "Disposition")
        return _READ.get(said[0].split(";")[-1].split("/")[0].strip().lower() if said else "", _ORDINARY)
    if kind == "delivery-status":
        actions = {action.strip().lower() for action in _report_fields(whole, "delivery-status", "Action")}
        return next((name for action, name in _DELIVERY.items() if action in actions), _ORDINARY)
    is_auto = str(whole.get("Auto-Submitted", "")).lower().startswith("auto-replied")
    return _AUTO_REPLY if is_auto else _ORDINARY


def original_ids(whole: Message) -> list[str]:
    """What a read receipt names in its Original-Message-ID."""
    return _report_fields(whole, "disposition-notification", "Original-Message-ID")


def receipt(item: Item, *, reader: Person, asked_by: str, was_read: bool, now: datetime) -> bytes:
    """The receipt Exchange sends when a message is marked read, or deleted without having been.

    The form is the one seen from Exchange Online: no In-Reply-To, no References, the Original-Message-ID folded, and a
    correlation key that is the search key of the original (MS-OXCMAIL, "generate MDN").
    """
    verb, kind, subject = (
        ("read", "displayed", "Read") if was_read else ("deleted without being read", "deleted", "Not read")
    )
    mark = hashlib.sha256(f"{reader.address}{item.head.message_id}{kind}".encode()).hexdigest()
    original = f"Original-Message-ID:\r\n\t{item.head.message_id}\r\n" if item.head.message_id else ""
    shown = base64.b64encode(f"{subject}: {item.head.subject}".encode()).decode()
    shown_name = Header(reader.name, None if reader.name.isascii() else "utf-8").encode()
    sent = format_datetime(item.sent) if item.sent else "unknown"
    return (
        f"From: {formataddr((reader.name, reader.address))}\r\n"
        f"To: {asked_by}\r\n"
        f"Subject: =?utf-8?B?{shown}?=\r\n"
        f"Date: {format_datetime(now)}\r\n"
        f"Message-ID: <{mark[:32].upper()}@{reader.address.split('@')[1]}>\r\n"
        "X-MS-Has-Attach:\r\n"
        "X-Auto-Response-Suppress: All\r\n"
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; boundary="_000_{mark[32:48]}_";\r\n\treport-type=disposition-notification\r\n'
        "\r\n"
        f"--_000_{mark[32:48]}_\r\n"
        'Content-Type: text/plain; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: 8bit\r\n"
        "\r\n"
        "Your message\r\n\r\n"
        f"   To: {reader.name}\r\n   Subject: {item.head.subject}\r\n   Sent: {sent}\r\n\r\n"
        f"was {verb} on {format_datetime(now)}.\r\n"
        "\r\n"
        f"--_000_{mark[32:48]}_\r\n"
        "Content-Type: message/disposition-notification\r\n"
        "\r\n"
        f"Final-recipient: RFC822; {reader.address}\r\n"
        f"Disposition: automatic-action/MDN-sent-automatically; {kind}\r\n"
        f"X-MSExch-Correlation-Key: {base64.b64encode(item.search_key).decode()}\r\n"
        f"{original}"
        f"X-Display-Name: {shown_name}\r\n"
        "\r\n"
        f"--_000_{mark[32:48]}_--\r\n"
    ).encode()


def _report_fields(whole: Message, kind: str, name: str) -> list[str]:
    """The values of a field in the machine-readable part of a report, however that part is encoded."""
    for part in whole.walk():
        if part.get_content_type() in (f"message/{kind}", f"message/global-{kind}"):
            return [str(value) for block in _blocks(part) for value in block.get_all(name, [])]
    return []


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    blocks = [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []
    if str(part.get("Content-Transfer-Encoding", "")).lower() != "base64":
        return blocks
    # The parser takes an encoded report for its own fields; what they say is one step deeper.
    encoded = "".join(str(block.get_payload()) for block in blocks)
    try:
        return [Parser().parsestr(base64.b64decode(encoded).decode("utf-8", "replace"))]
    except ValueError:
        return []
