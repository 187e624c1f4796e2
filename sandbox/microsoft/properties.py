"""The message resource: from an item to JSON."""

import base64
import html
import re
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesParser
from functools import lru_cache
from typing import Any

from sandbox.microsoft.item import Content, Item, Letterhead, Person
from sandbox.microsoft.mime import thread_index

#: what a token with no more than Mail.ReadBasic never sees
NOT_BASIC = frozenset({"body", "bodyPreview", "uniqueBody"})
#: not in an answer unless `$select` names it
_ON_REQUEST = frozenset({"internetMessageHeaders", "uniqueBody"})

_TAG = re.compile(r"<[^>]+>")


def message_json(item: Item, *, immutable: bool = False) -> dict[str, Any]:
    """Every property of a message, under its JSON name."""
    head = item.head
    kind, text = text_of(head.content)
    preview = " ".join((_TAG.sub(" ", text) if kind == "html" else text).split())[:255]
    return {
        "@odata.etag": etag(item),
        "id": item.immutable_id if immutable else item.item_id,
        "createdDateTime": stamp(item.created, item.number),
        "lastModifiedDateTime": stamp(item.modified, item.number),
        "changeKey": change_key(item),
        "categories": list(item.categories),
        "receivedDateTime": stamp(item.received, item.number),
        "sentDateTime": stamp(item.sent, item.number) if item.sent else None,
        "hasAttachments": _has_attachments(head.content),
        "internetMessageId": head.message_id or None,
        "subject": head.subject,
        "bodyPreview": html.unescape(preview),
        "importance": head.importance,
        "parentFolderId": item.folder,
        "conversationId": item.conversation,
        "conversationIndex": thread_index(item),
        "isDeliveryReceiptRequested": head.wants_delivery,
        "isReadReceiptRequested": head.wants_receipt,
        "isRead": item.is_read,
        "isDraft": item.is_draft,
        "webLink": f"https://outlook.example/owa/?ItemID={item.number}",
        "inferenceClassification": "focused",
        "internetMessageHeaders": _headers_json(item),
        "body": {"contentType": kind, "content": text},
        "uniqueBody": {"contentType": kind, "content": text},
        "sender": _person_json(head.sender or head.author),
        "from": _person_json(head.author),
        "toRecipients": [_person_json(person) for person in head.to],
        "ccRecipients": [_person_json(person) for person in head.cc],
        "bccRecipients": [_person_json(person) for person in head.bcc],
        "replyTo": [_person_json(person) for person in head.reply_to],
        "flag": item.flag,
    }


def selected(resource: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """What `$select` leaves of a resource: the id and the etag always stay. No names: all that is shown unasked."""
    if not names:
        return {name: value for name, value in resource.items() if name not in _ON_REQUEST}
    kept = names | {"id", "@odata.etag"}
    # Copies in the sent folder have no headers to show; the member is then missing altogether.
    return {name: value for name, value in resource.items() if name in kept and (value is not None or name in names)}


def etag(item: Item) -> str:
    """What `If-Match` is compared with."""
    return f'W/"{change_key(item)}"'


def change_key(item: Item) -> str:
    """Another one after each change."""
    return "CQAAABYAAAB" + base64.b64encode(f"{item.number:05d}{item.version:04d}".encode()).decode()


def stamp(moment: datetime, number: int) -> str:
    """A time as Graph writes it: UTC, with anything from no fraction to seven digits of one."""
    digits = number % 8
    fraction = f".{moment.microsecond:06d}0"[: digits + 1] if digits else ""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}{fraction}Z"


@lru_cache(maxsize=20_000)
def text_of(content: Content) -> tuple[str, str]:
    """The text a person would see, and whether it is `html` or `text`."""
    head = "".join(f"{name}: {value}\r\n" for name, value in content.headers)
    whole = BytesParser().parsebytes(head.encode("utf-8", "replace") + b"\r\n" + content.body)
    texts = [part for part in whole.walk() if part.get_content_maintype() == "text" and not part.get_filename()]
    best = next((part for part in texts if part.get_content_subtype() == "html"), None)
    best = best or next((part for part in texts if part.get_content_subtype() == "plain"), None)
    if best is None:
        return "text", ""
    return ("html" if best.get_content_subtype() == "html" else "text"), _decoded(best)


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return content.decode("latin-1")


def _has_attachments(content: Content) -> bool:
    return b"content-disposition: attachment" in content.body.lower()


def _headers_json(item: Item) -> list[dict[str, str]] | None:
    """The headers of received mail. Sent copies and drafts have none.

    Of a read receipt the Content-Type is the one of its inner form, not the one its MIME has.
    """
    if item.is_draft or not item.header("Received"):
        return None
    is_report = item.head.item_class.upper().startswith("REPORT.")
    content = [("Content-Type", "application/ms-tnef")] if is_report else list(item.head.content.headers)
    shown = [("Subject", item.head.subject), ("Message-ID", item.head.message_id), *content]
    return [{"name": name, "value": value} for name, value in (*item.head.extra, *shown)]


def _person_json(person: Person | None) -> dict[str, Any] | None:
    return {"emailAddress": {"name": person.name or person.address, "address": person.address}} if person else None


_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

#: a message with a value for everything: tells which properties there are, and of what type
SPECIMEN = message_json(
    Item(
        number=1,
        folder="",
        item_id="",
        immutable_id="",
        head=Letterhead(author=Person(address="a@example.com"), message_id="<a@example.com>"),
        search_key=b"",
        conversation="",
        is_draft=False,
        is_read=True,
        created=_LONG_AGO,
        modified=_LONG_AGO,
        received=_LONG_AGO,
        sent=_LONG_AGO,
    )
)
