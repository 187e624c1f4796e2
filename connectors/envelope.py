"""From header values, in whatever shape a provider hands them over, to sent items and arrivals. No provider here."""

import email.header
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from email.errors import HeaderParseError

from connectors.mailbox import Arrival
from evidence import normal
from evidence.model import Recipient, SentItem, item_id
from evidence.question import asks_at_once

#: labels and categories that begin so, in any letter case, are meant for Heardback
LABEL = "heardback/"

#: carries our own mark in the message itself
TAG_HEADER = "X-Heardback-Tag"

#: every header the two functions below look at; a provider that lists headers by name is asked for these
SENT_HEADERS = (
    "From",
    "To",
    "Cc",
    "Bcc",
    "Subject",
    "In-Reply-To",
    "References",
    "Message-ID",
    "X-Google-Original-Message-ID",
    "X-Microsoft-Original-Message-ID",
    "Disposition-Notification-To",
    TAG_HEADER,
)
ARRIVAL_HEADERS = (
    "From",
    "Return-Path",
    "In-Reply-To",
    "References",
    "Content-Type",
    "Auto-Submitted",
    "Precedence",
    "X-Autoreply",
    "X-Autorespond",
    "X-Auto-Response-Suppress",
    "X-Failed-Recipients",
    "X-Ricevuta",
)

#: local parts that only machines write under (RFC 2142, RFC 3834 section 3.2)
_MACHINES = frozenset({"mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon"})
#: their presence says: an automatic answer (Mailman, vacation programs, Exim bounces), or certified mail (RFC 6109)
_AUTOMATIC = ("x-autoreply", "x-autorespond", "x-failed-recipients", "x-ricevuta")

# what an address list is made of (RFC 5322 section 3.4), stray marks as words; nothing nests, and nothing is longer
# than a line may be, so that no hostile header takes long
_TOKEN = re.compile(
    r"""(?P<quoted>"(?:\\.|[^"\\]){0,998}") | (?P<comment>\((?:\\.|[^()\\]){0,998}\)) | <(?P<angle>[^<>]*)>
    | (?P<end>[,;]) | (?P<group>:) | (?P<word>\[[^\[\]]*\] | [^",;:(<\[\s]+ | ["(<\[]) | (?P<blank>\s+)""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")
#: longer values are nothing to be shown; each encoded word takes the library 15 microseconds
_LONGEST = 4000

Headers = Iterable[tuple[str, str]]


def sent_item(
    headers: Headers,
    *,
    account: str,
    provider_id: str,
    thread_id: str,
    sent_at: datetime,
    labels: Iterable[str] = (),
    preview: str = "",
) -> SentItem:
    """One message of the sent folder, from its headers.

    :param headers: names in any letter case, values folded or not
    :param sent_at: when the provider accepted it; aware
    :param labels: names of the labels or categories the person gave it
    :param preview: its first words, as far as they are listed
    """
    values = _by_name(headers)
    named = (first(values, name) for name in ("message-id", "x-google-original-message-id"))
    people = (
        person
        for field in ("to", "cc", "bcc")
        for value in values.get(field, ())
        for person in addressees(field, value)
    )
    subject = decoded(first(values, "subject"))
    answers = normal.message_ids(f"{first(values, 'in-reply-to')} {first(values, 'references')}")
    return SentItem(
        id=item_id(account, provider_id),
        account=account,
        provider_id=provider_id,
        message_ids=distinct_ids(named),
        thread_id=thread_id,
        sent_at=normal.utc(sent_at),
        sender=normal.address(decoded(first(values, "from"))) or "",
        recipients=deduped(people),
        subject=subject,
        asks_receipt=normal.address(first(values, "disposition-notification-to")) is not None,
        tag=first(values, TAG_HEADER.lower()).strip() or None,
        labels=tuple(sorted(map(decoded, labels))),
        answers=answers,
        asks_question=asks_at_once(subject, preview, answers=bool(answers)),
    )


def arrival(headers: Headers, *, provider_id: str, thread_id: str, received_at: datetime | None) -> Arrival:
    """One received message, from its headers; nothing is left untold.

    :param headers: names in any letter case, values folded or not
    """
    values = _by_name(headers)
    return Arrival(
        provider_id=provider_id,
        thread_id=thread_id,
        received_at=received_at and normal.utc(received_at),
        sender=normal.address(decoded(first(values, "from"))),
        is_report=looks_like_report(values),
        references=normal.message_ids(f"{first(values, 'in-reply-to')} {first(values, 'references')}"),
    )


def looks_like_report(values: Mapping[str, list[str]]) -> bool:
    """Whether a message has the form of a receipt, a delivery report or an automatic answer.

    Generous: what is only suspected is fetched and read by `evidence`, which decides. (RFC 6522 report types, RFC
    3834 section 5 `Auto-Submitted`, RFC 3464 section 2: a report has the null return path.)

    :param values: header values by lower-case name
    """
    kind = first(values, "content-type").strip().lower()
    if kind.startswith(("multipart/report", "message/disposition-notification", "application/ms-tnef")):
        return True
    if first(values, "auto-submitted").strip().lower().partition(";")[0].strip() not in ("", "no"):
        return True
    if first(values, "precedence").strip().lower() == "auto_reply" or first(values, "return-path").strip() == "<>":
        return True
    return any(name in values for name in _AUTOMATIC) or is_machine(normal.address(first(values, "from")))


def is_machine(address: str | None) -> bool:
    """Whether only a mail server writes under this address.

    :param address: normalised
    """
    return bool(address) and str(address).partition("@")[0] in _MACHINES


def addressees(field: str, value: str) -> Iterator[Recipient]:
    """Every address of one To, Cc or Bcc value (RFC 5322 section 3.4), groups taken apart.

    `email.utils` is not used: it loses the whole list for one stray comma, and recurses once a bracket.

    :param field: `to`, `cc` or `bcc`
    """
    name, address, comment = "", "", ""
    for token in _TOKEN.finditer(f"{value},"):
        kind, text = token.lastgroup, token.group(token.lastgroup or 0)
        if kind == "end":
            person = recipient(field, name if address else comment, address or name)
            if person:
                yield person
        if kind in ("end", "group"):
            name, address, comment = "", "", ""
        elif kind == "angle":
            address = text
        elif kind == "comment":
            comment = text[1:-1]
        else:
            name += text


def recipient(field: str, name: str, address: str) -> Recipient | None:
    """One recipient from a display name and an address; None if the address is none.

    :param field: `to`, `cc` or `bcc`
    """
    # RFC 5322 section 4.4: an obsolete route, `@a,@b:` in front of the address
    mailbox = (address.rpartition(":")[2] if address.startswith("@") else address).strip("' ")
    bare = normal.address(f"<{mailbox}>") if "@" in mailbox else None
    if bare is None:
        return None
    shown = _ESCAPE.sub(r"\1", decoded(name)).strip("'\" ")
    return Recipient(address=bare, name="" if shown.lower() == bare else shown, field=field)


def deduped(recipients: Iterable[Recipient]) -> tuple[Recipient, ...]:
    """The same recipients, each address once, where it stood first."""
    once: dict[str, Recipient] = {}
    for person in recipients:
        once.setdefault(person.address, person)
    return tuple(once.values())


def distinct_ids(values: Iterable[str]) -> tuple[str, ...]:
    """Message-ID header values, normalised, without repeats and blanks."""
    return tuple(dict.fromkeys(bare for value in values if (bare := normal.message_id(value))))


def decoded(value: str) -> str:
    """A header value as a person reads it: encoded words decoded (RFC 2047), on one line, printable.

    What cannot be decoded stays as it came. Half surrogates, which JSON may carry, become question marks. Only the
    first 4,000 characters are kept.
    """
    value = value[:_LONGEST]
    try:
        shown = str(email.header.make_header(email.header.decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        shown = value
    return _CONTROL.sub(" ", shown.encode("utf-8", "replace").decode("utf-8")).strip()


def first(values: Mapping[str, list[str]], name: str) -> str:
    """The first value of a header, empty if it is missing.

    :param values: header values by lower-case name
    """
    return values.get(name, [""])[0]


def _by_name(headers: Headers) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.lower(), []).append(value)
    return values
