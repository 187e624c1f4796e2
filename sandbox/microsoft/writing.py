"""The message resource: from JSON to an item."""

import base64
import binascii
import uuid
from email.message import EmailMessage
from typing import Any

from sandbox.microsoft import extended, mime
from sandbox.microsoft.days import midnight
from sandbox.microsoft.item import Content, Item, Letterhead, Person
from sandbox.microsoft.refusals import Refusal, bad_request

_PEOPLE = {"toRecipients": "to", "ccRecipients": "cc", "bccRecipients": "bcc", "replyTo": "reply_to"}
#: what may be changed while a message is a draft, and not after
_DRAFT_ONLY = frozenset({"subject", "body", "from", "sender", "internetMessageId", "internetMessageHeaders", *_PEOPLE})
#: what may be changed on any message
_ALWAYS = frozenset(
    {
        "categories",
        "flag",
        "importance",
        "inferenceClassification",
        "isRead",
        "isDeliveryReceiptRequested",
        "isReadReceiptRequested",
        "singleValueExtendedProperties",
    }
)
#: known, but for the server to say
_READ_ONLY = frozenset(
    {
        "bodyPreview",
        "changeKey",
        "conversationId",
        "conversationIndex",
        "createdDateTime",
        "hasAttachments",
        "id",
        "isDraft",
        "lastModifiedDateTime",
        "parentFolderId",
        "receivedDateTime",
        "sentDateTime",
        "uniqueBody",
        "webLink",
    }
)
#: users report that no more than these are taken at creation
_MOST_HEADERS = 5


def check_names(wanted: dict[str, Any], *, is_draft: bool, is_new: bool = False) -> None:
    """Whether all of these may be set now.

    :raises Refusal: one may not, or does not exist
    """
    for name in wanted:
        if name.startswith("@odata.") or name in _ALWAYS or (name == "attachments" and is_new):
            continue
        if name in _READ_ONLY or (name in _DRAFT_ONLY and not is_draft):
            raise Refusal(400, "ErrorInvalidPropertySet", f"Set action is invalid for property: {name}")
        if name not in _DRAFT_ONLY:
            raise bad_request(
                f"The property '{name}' does not exist on type 'microsoft.graph.message'.", "RequestBodyRead"
            )


def apply(item: Item, wanted: dict[str, Any]) -> None:
    """Set what a JSON body says on an item. Whether it may be set was checked before.

    :raises Refusal: a value is not in its form
    """
    try:
        for name, value in wanted.items():
            if name in _PEOPLE:
                setattr(item.head, _PEOPLE[name], _people(name, value))
            elif name in _SETTERS:
                _SETTERS[name](item, value)
        if "body" in wanted or "attachments" in wanted:
            item.head.content = _content(wanted.get("body") or {}, wanted.get("attachments") or [])
    except (TypeError, ValueError, AttributeError, KeyError) as err:
        raise bad_request(f"Unable to read JSON request payload: {err}.", "RequestBodyRead") from err


def from_mime(body: bytes) -> Letterhead:
    """A message sent up as base64 of its MIME.

    :raises Refusal: it is not base64
    """
    try:
        raw = base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        raise bad_request("Invalid base64 string for MIME content.", "ErrorMimeContentInvalidBase64String") from None
    if not raw.strip():
        raise bad_request("The MIME content is invalid.", "ErrorMimeContentInvalid")
    head = mime.read(raw)
    head.item_class = "IPM.Note"
    return head


def new_message_id(seed: str) -> str:
    """A Message-ID of the server's own making."""
    mark = uuid.uuid5(uuid.NAMESPACE_OID, seed).hex.upper()
    return (
        f"<{mark[:4]}PR0{mark[4]}MB{mark[5:9]}{mark[9:]}@{mark[:4]}PR0{mark[4]}MB{mark[5:9]}.eurprd04.prod.outlook.com>"
    )


def _people(name: str, value: object) -> tuple[Person, ...]:
    if not isinstance(value, list):
        raise bad_request(f"The property '{name}' must be a collection.", "RequestBodyRead")
    return tuple(_person(entry) for entry in value)


def _person(value: Any) -> Person:
    where = value.get("emailAddress") if isinstance(value, dict) else None
    if not isinstance(where, dict) or not isinstance(where.get("address"), str):
        raise bad_request("A recipient needs an emailAddress with an address.", "ErrorInvalidRecipients")
    return Person(address=where["address"].strip(), name=str(where.get("name") or ""))


def _set_flag(item: Item, value: Any) -> None:
    """followupFlag: a due date is taken only together with a start date."""
    if not isinstance(value, dict) or value.get("flagStatus", "flagged") not in ("notFlagged", "flagged", "complete"):
        raise bad_request("The flag is not valid.", "RequestBodyRead")
    if value.get("dueDateTime") and not value.get("startDateTime"):
        raise Refusal(400, "ErrorInvalidArgument", "StartDateTime is required when DueDateTime is set.")
    status = value.get("flagStatus", "flagged")
    days = {name: midnight(each) for name, each in value.items() if name in ("startDateTime", "dueDateTime") and each}
    item.flag = {"flagStatus": status} if status == "notFlagged" else {"flagStatus": status, **value, **days}


def _set_headers(item: Item, value: Any) -> None:
    names = [str(header.get("name", "")) for header in value]
    if not all(name.lower().startswith("x-") for name in names):
        raise Refusal(400, "InvalidInternetMessageHeader", "The header name should start with 'x-' or 'X-'.")
    if len(names) > _MOST_HEADERS:
        raise Refusal(400, "InvalidInternetMessageHeaderCollection", "Maximum number of headers exceeded.")
    kept = tuple((name, text) for name, text in item.head.extra if name not in names)
    item.head.extra = kept + tuple((header["name"], str(header.get("value", ""))) for header in value)


def _set_categories(item: Item, value: Any) -> None:
    item.categories = tuple(str(category) for category in value)


def _set_read(item: Item, value: Any) -> None:
    item.is_read = bool(value)


_SETTERS = {
    "subject": lambda item, value: setattr(item.head, "subject", str(value or "")),
    "from": lambda item, value: setattr(item.head, "author", _person(value)),
    "sender": lambda item, value: setattr(item.head, "sender", _person(value)),
    "internetMessageId": lambda item, value: setattr(item.head, "message_id", str(value or "")),
    "importance": lambda item, value: setattr(item.head, "importance", str(value).lower()),
    "isReadReceiptRequested": lambda item, value: setattr(item.head, "wants_receipt", bool(value)),
    "isDeliveryReceiptRequested": lambda item, value: setattr(item.head, "wants_delivery", bool(value)),
    "isRead": _set_read,
    "categories": _set_categories,
    "flag": _set_flag,
    "internetMessageHeaders": _set_headers,
    "singleValueExtendedProperties": extended.take,
}


def _content(body: dict[str, Any], attachments: list[dict[str, Any]]) -> Content:
    """One MIME entity of a JSON body and its file attachments."""
    message = EmailMessage()
    subtype = "html" if str(body.get("contentType", "text")).lower() == "html" else "plain"
    message.set_content(str(body.get("content") or ""), subtype=subtype, cte="base64")
    for attachment in attachments:
        kind, _, detail = str(attachment.get("contentType") or "").partition("/")
        if not detail or kind in ("message", "multipart"):
            kind, detail = "application", "octet-stream"
        message.add_attachment(
            base64.b64decode(str(attachment.get("contentBytes", ""))),
            maintype=kind,
            subtype=detail,
            filename=str(attachment.get("name", "attachment")),
        )
    if attachments:
        message.set_boundary("_004_" + uuid.uuid5(uuid.NAMESPACE_OID, message["Content-Type"] + str(body)).hex)
    return mime.content_of(message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
