"""What Graph's JSON says of a message, in our words. No HTTP; whatever Graph leaves out or garbles ends in a `Skip`."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.parser import HeaderParser
from email.policy import compat32
from typing import Any
from urllib.parse import quote

from connectors import envelope
from connectors.mailbox import Arrival, Skip
from evidence import normal
from evidence.model import Recipient, SentItem, item_id
from evidence.question import asks_at_once

#: what is asked of a message in the sent folder and of a received one; no bodies, no headers
SENT_FIELDS = (
    "id,conversationId,internetMessageId,subject,from,toRecipients,ccRecipients,bccRecipients,"
    "sentDateTime,receivedDateTime,isReadReceiptRequested,isDraft,categories,bodyPreview"
)
ARRIVAL_FIELDS = "id,conversationId,receivedDateTime,from,isDraft,parentFolderId"

#: extended properties (MS-OXPROPS): message class, In-Reply-To, References, the headers as they came in, search key,
#: and our own mark
CLASS = "String 0x001A"
IN_REPLY_TO = "String 0x1042"
REFERENCES = "String 0x1039"
HEADERS = "String 0x007D"
SEARCH_KEY = "Binary 0x300B"
TAG = "String {5d9bba6c-6d0a-4d3e-9a4d-2c9f6f2f7d11} Name HeardbackTag"

EXPAND_ARRIVAL = (CLASS, IN_REPLY_TO, REFERENCES, HEADERS)
EXPAND_SENT = (CLASS, SEARCH_KEY, TAG, IN_REPLY_TO, REFERENCES)

#: classes that are no mail a person wrote: receipts and delivery reports, answers of rules and of the out-of-office
#: assistant, answers to invitations (MS-OXOMSG 2.2.1, MS-OXORULE 4; letter case varies)
_AUTOMATIC = ("REPORT.", "IPM.NOTE.RULES.", "IPM.SCHEDULE.MEETING.RESP.", "IPM.NOTE.RECEIPT.")


def expand(property_ids: Iterable[str]) -> str:
    """The `$expand` that asks for these extended properties."""
    wanted = " or ".join(f"id eq '{each}'" for each in property_ids)
    return f"singleValueExtendedProperties($filter={wanted})"


#: asks a listing or one message for all of it
SENT_QUERY = {"$select": SENT_FIELDS, "$expand": expand(EXPAND_SENT)}
ARRIVAL_QUERY = {"$select": ARRIVAL_FIELDS, "$expand": expand(EXPAND_ARRIVAL)}

Raw = Mapping[str, Any]
Properties = Mapping[str, str]


def sent_item(raw: Raw, properties: Properties, *, account: str, since: datetime) -> SentItem | Skip:
    """One message of the sent folder; or why it is none that is followed.

    :param raw: with `SENT_FIELDS`
    :param properties: of `EXPAND_SENT`, as `properties_of` gives them
    :param since: what was sent before is skipped
    """
    provider_id = text(raw, "id")
    sent_at = moment(raw, "sentDateTime") or moment(raw, "receivedDateTime")
    if raw.get("isDraft") is True:
        return Skip(provider_id=provider_id, reason="a draft")
    if "toRecipients" not in raw:
        return Skip(provider_id=provider_id, reason="only flags changed")
    if sent_at is None:
        return Skip(provider_id=provider_id, reason="has no readable date")
    if sent_at < since:
        return Skip(provider_id=provider_id, reason="sent before the tracking window")
    if is_automatic(properties.get(key(CLASS))):
        return Skip(provider_id=provider_id, reason="a receipt or an automatic answer")
    subject, answers = envelope.decoded(text(raw, "subject")), _references(properties)
    return SentItem(
        id=item_id(account, provider_id),
        account=account,
        provider_id=provider_id,
        message_ids=envelope.distinct_ids([text(raw, "internetMessageId")]),
        thread_id=text(raw, "conversationId"),
        sent_at=sent_at,
        sender=address(raw.get("from")) or account.partition(":")[2],
        recipients=_recipients(raw),
        subject=subject,
        asks_receipt=raw.get("isReadReceiptRequested") is True,
        correlation_key=properties.get(key(SEARCH_KEY)),
        tag=properties.get(key(TAG)),
        labels=labels(raw),
        answers=answers,
        asks_question=asks_at_once(subject, text(raw, "bodyPreview"), answers=bool(answers)),
    )


def is_relabelled(raw: Raw) -> bool:
    """Whether a listing tells of a sent message only that its categories, and perhaps flags, were changed."""
    return "categories" in raw and "toRecipients" not in raw


def labels(raw: Raw) -> tuple[str, ...]:
    """The names of its categories."""
    listed = raw.get("categories")
    names = (each for each in listed if isinstance(each, str)) if isinstance(listed, list) else ()
    return tuple(sorted(map(envelope.decoded, names)))


def arrival(
    raw: Raw, properties: Properties | None, *, is_listed: bool, since: datetime | None = None
) -> Arrival | Skip:
    """One received message; or why it is none that is looked at.

    :param raw: with `ARRIVAL_FIELDS`
    :param properties: of `EXPAND_ARRIVAL`; None if they were not told, then class and references stay open
    :param is_listed: it comes from a listing: Exchange may cut long values there, or leave them out
    :param since: what came before is skipped
    """
    provider_id = text(raw, "id")
    received_at = moment(raw, "receivedDateTime")
    if raw.get("isDraft") is True:
        return Skip(provider_id=provider_id, reason="a draft")
    if "conversationId" not in raw:
        return Skip(provider_id=provider_id, reason="only flags changed")
    if since and received_at and received_at < since:
        return Skip(provider_id=provider_id, reason="received before the tracking window")
    sender = address(raw.get("from"))
    return Arrival(
        provider_id=provider_id,
        thread_id=text(raw, "conversationId"),
        received_at=received_at,
        sender=sender,
        is_report=None if properties is None else _is_report(properties, sender, is_listed=is_listed),
        references=None if properties is None else _references(properties),
    )


def is_automatic(item_class: str | None) -> bool:
    """Whether a message class says that no person wrote it.

    :param item_class: PidTagMessageClass, in any letter case
    """
    return bool(item_class) and str(item_class).upper().startswith(_AUTOMATIC)


def properties_of(raw: Raw) -> dict[str, str]:
    """The extended properties of a message, by `key`."""
    return {key(text(each, "id")): text(each, "value") for each in objects(raw, "singleValueExtendedProperties")}


def key(property_id: str) -> str:
    """An extended property's id in one form. Graph echoes `String 0x001A` as `String 0x1a`."""
    kind, _, tag = property_id.strip().lower().partition(" ")
    try:
        return f"{kind} {int(tag, 16):#x}"
    except ValueError:
        return f"{kind} {tag}"


def tagged(tag: str) -> str:
    """The `$filter` for messages with our own mark."""
    return f"singleValueExtendedProperties/any(ep: ep/id eq '{TAG}' and ep/value eq {quoted(tag)})"


def path(provider_id: str) -> str:
    """Where a message is; ids hold `/`, `+` and `=`."""
    return f"/me/messages/{quote(provider_id, safe='')}"


def quoted(value: str) -> str:
    """A text as an OData literal."""
    return "'" + value.replace("'", "''") + "'"


def stamp(when: datetime) -> str:
    """A moment as an OData literal, to the second."""
    return normal.utc(when).isoformat(timespec="seconds").replace("+00:00", "Z")


def moment(raw: Raw, field: str) -> datetime | None:
    """A Graph time in UTC, with zero to seven digits of a second; None if missing or unreadable."""
    try:
        when = datetime.fromisoformat(text(raw, field))
    except ValueError:
        return None
    return normal.utc(when if when.tzinfo else when.replace(tzinfo=UTC))


def text(raw: Raw, field: str) -> str:
    """A text field; empty if it is missing or no text. Half surrogates, which JSON may carry, become question marks."""
    value = raw.get(field)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def objects(raw: Raw, field: str) -> list[dict[str, Any]]:
    """The objects in a list field; whatever else is in it, or in its place, is passed over."""
    listed = raw.get(field)
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def address(person: object) -> str | None:
    """The normalised address of a Graph recipient; an Exchange-internal one without `@` gives None."""
    inside = person.get("emailAddress") if isinstance(person, dict) else None
    return normal.address(text(inside, "address")) if isinstance(inside, dict) else None


def _recipients(raw: Raw) -> tuple[Recipient, ...]:
    listed = (
        (field, each.get("emailAddress"))
        for field in ("to", "cc", "bcc")
        for each in objects(raw, f"{field}Recipients")
    )
    people = (
        envelope.recipient(field, text(inside, "name"), text(inside, "address"))
        for field, inside in listed
        if isinstance(inside, dict)
    )
    return envelope.deduped(person for person in people if person)


def _is_report(properties: Properties, sender: str | None, *, is_listed: bool) -> bool | None:
    """By class, or by the headers: Exchange classes foreign auto-replies and rarer receipts as ordinary mail."""
    told = properties.get(key(HEADERS), "")
    headers = HeaderParser(policy=compat32).parsestr(told)
    values = {name.lower(): [str(value)] for name, value in headers.items()} | {"from": [sender or ""]}
    if sender is None or is_automatic(properties.get(key(CLASS))) or envelope.looks_like_report(values):
        return True
    return None if is_listed and not told.endswith("\n") else False


def _references(properties: Properties) -> tuple[str, ...]:
    named = (properties.get(key(each), "") for each in (IN_REPLY_TO, REFERENCES))
    return normal.message_ids(" ".join(named))
