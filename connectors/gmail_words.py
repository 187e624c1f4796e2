"""Gmail's words, and what its JSON says of a message in ours. No HTTP; what is garbled ends in a `Skip`."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import quote_plus

from connectors import envelope
from connectors.errors import Unreachable
from connectors.google_http import Json
from connectors.mailbox import Arrival, Skip
from evidence import normal
from evidence.model import SentItem

#: system labels (Gmail API, "Manage labels"); a message without any of the folders lies in the archive
SENT, DRAFT, CHAT, TRASH = "SENT", "DRAFT", "CHAT", "TRASH"
#: ids of the labels a person made begin so
OWN_LABEL = "Label_"
#: what is no received mail
NOT_RECEIVED = {SENT: "own mail", DRAFT: "a draft", CHAT: "a chat"}

#: kinds of changes in a history record
ADDED, DELETED, LABELLED, UNLABELLED = "messagesAdded", "messagesDeleted", "labelsAdded", "labelsRemoved"

#: headers asked for of a sent and of a received message
SENT_HEADERS = (*envelope.SENT_HEADERS, "Date")
ARRIVAL_HEADERS = (*envelope.ARRIVAL_HEADERS, "Date")

#: what receipts, bounces and automatic answers have in their subjects, as words: Gmail's search knows no punctuation.
#: Too much is found rather than too little; `evidence` reads what it is.
_SUBJECTS = (
    # receipts: Thunderbird and its like, Evolution, Horde, then Exchange in the languages of its readers
    *("return receipt", "read receipt", "disposition notification", "delivery notification", "read", "not read"),
    *("gelesen", "ungelesen", "lu", "leído", "letto", "gelezen", "lida", "lido", "przeczytano", "läst", "læst", "lest"),
    *("luettu", "přečteno", "elolvasva", "прочтено", "прочитано", "okundu", "開封済み", "已读", "讀取", "읽음"),
    # bounces
    *("undeliverable", "undelivered", "delivery status notification", "delayed mail", "failure notice", "rejected"),
    *("unzustellbar", "relayed", "delivery report"),
    # automatic answers
    *("automatic reply", "auto reply", "out of office", "automatische antwort", "abwesenheit", "réponse automatique"),
    *("respuesta automática", "risposta automatica", "automatisch antwoord", "resposta automática"),
)
#: senders that only report
_REPORTERS = ("mailer-daemon", "postmaster", "posta-certificata")
#: characters of one search as it is written in an address. With the 186 around it they stay under 2,048: a longer
#: address becomes a POST in Google's client library, which Google may not take
_LONGEST_QUERY = 1_850
#: where no person's answer ends up, and much else does
_NOT_THERE = "-category:promotions -category:social"

#: an id of a draft, as the API gives them
_DRAFT_ID = re.compile(r"r-?\d+|s:?-?\d+")
#: domains whose accounts are nobody's organisation
_CONSUMER = frozenset({"gmail.com", "googlemail.com"})


def sent_query(since: datetime) -> str:
    """Finds sent mail of the window; with the label SENT."""
    return f"after:{int(since.timestamp())}"


def received_query(since: datetime) -> str:
    """Finds received mail of the window, archived or filtered mail included."""
    return f"-in:sent -in:drafts -in:chats after:{int(since.timestamp())}"


def report_queries(since: datetime) -> tuple[str, ...]:
    """Find received mail that looks like a report."""
    looks = [*(f"from:{name}" for name in _REPORTERS), *(f'subject:"{words}"' for words in _SUBJECTS)]
    return tuple(_any_of(looks, f"{_NOT_THERE} {received_query(since)}"))


def people_queries(people: Iterable[str], since: datetime) -> Iterator[str]:
    """Find received mail by these people, or to them: an answer through a mailing list is by a member, to the list."""
    return _any_of([f"from:{each} to:{each}" for each in sorted(people)], received_query(since))


def _any_of(alternatives: Iterable[str], rest: str) -> Iterator[str]:
    """As few searches as there may be, which together find what any of the alternatives finds."""
    wanted: list[str] = []
    around = len(quote_plus(f"{{}} {rest}"))
    length = around
    for each in alternatives:
        more = len(quote_plus(f"{each} "))
        if wanted and length + more > _LONGEST_QUERY:
            yield f"{{{' '.join(wanted)}}} {rest}"
            wanted, length = [], around
        wanted.append(each)
        length += more
    if wanted:
        yield f"{{{' '.join(wanted)}}} {rest}"


def sent_item(
    raw: Json, *, account: str, since: datetime | None = None, names: Mapping[str, str] = MappingProxyType({})
) -> SentItem | Skip:
    """One message of the sent folder; or why it is none that is followed.

    :param raw: with `SENT_HEADERS`
    :param since: what was sent before is skipped
    :param names: ids of the person's labels to their names
    """
    provider_id, labels, sent_at = text(raw, "id"), labels_of(raw), moment(raw)
    if DRAFT in labels or SENT not in labels:
        return Skip(provider_id=provider_id, reason="a draft" if DRAFT in labels else "no longer among the sent mail")
    if TRASH in labels:
        return Skip(provider_id=provider_id, reason="in the trash")
    if sent_at is None:
        return Skip(provider_id=provider_id, reason="has no readable date")
    if since and sent_at < since:
        return Skip(provider_id=provider_id, reason="sent before the tracking window")
    return envelope.sent_item(
        headers(raw),
        account=account,
        provider_id=provider_id,
        thread_id=text(raw, "threadId"),
        sent_at=sent_at,
        labels=[names[each] for each in labels if each in names],
        # HTML's own marks are in it, and none of them is a question mark
        preview=text(raw, "snippet"),
    )


def arrival(raw: Json) -> Arrival:
    """One received message.

    :param raw: with `ARRIVAL_HEADERS`
    """
    return envelope.arrival(
        headers(raw), provider_id=text(raw, "id"), thread_id=text(raw, "threadId"), received_at=moment(raw)
    )


def not_received(raw: Json) -> str | None:
    """Why a message is none that was received; None if it is one."""
    return next((reason for label, reason in NOT_RECEIVED.items() if label in labels_of(raw)), None)


def moment(raw: Json) -> datetime | None:
    """When Gmail took the message: `internalDate`, milliseconds as text; else its own Date."""
    try:
        return datetime.fromtimestamp(int(raw["internalDate"]) / 1000, UTC)
    except (KeyError, ValueError, TypeError, OverflowError, OSError):
        named = (value for name, value in headers(raw) if name.lower() == "date")
        return normal.mail_date(next(named, None))


def headers(raw: Json) -> list[tuple[str, str]]:
    """Header names, in whatever letter case, and values."""
    payload = raw.get("payload")
    listed = payload.get("headers") if isinstance(payload, dict) else None
    pairs = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return [(text(each, "name"), text(each, "value")) for each in pairs]


def labels_of(raw: Json) -> frozenset[str]:
    """Label ids; Gmail leaves the list away when there are none."""
    listed = raw.get("labelIds")
    return frozenset(map(str, listed)) if isinstance(listed, list) else frozenset()


def own_labels(raw: Json) -> frozenset[str]:
    """Those of its label ids that the person made."""
    return frozenset(each for each in labels_of(raw) if each.startswith(OWN_LABEL))


def text(raw: Json, key: str) -> str:
    """A text of an answer, empty if there is none. Half surrogates, which JSON may carry, become question marks."""
    value: Any = raw.get(key)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def part(raw: Json, key: str) -> Json:
    """An object inside an answer, empty if there is none."""
    value: Any = raw.get(key)
    return value if isinstance(value, dict) else {}


def mime(raw: Json) -> bytes:
    """The message in an answer of format `raw`: base64url, with or without padding.

    :raises Unreachable: there is none in it
    """
    encoded = text(raw, "raw")
    try:
        decoded = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except (binascii.Error, ValueError):
        decoded = b""
    if not decoded:
        raise Unreachable("Gmail's answer holds no message now; try again later")
    return decoded


def encoded(message: bytes) -> str:
    """A message as the API takes it."""
    return base64.urlsafe_b64encode(message).decode()


def is_draft_id(name: str) -> bool:
    """Whether this can be the id of a draft, and not a subject."""
    return bool(_DRAFT_ID.fullmatch(name))


def is_consumer(address: str) -> bool:
    """Whether an address belongs to a private account and not to a Google Workspace."""
    return address.rpartition("@")[2] in _CONSUMER
