"""Mail that leaves: written down before, settled after, and looked up whenever nobody knows what became of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.parser import BytesHeaderParser
from email.policy import compat32
from uuid import uuid4

from connectors.errors import ConnectorError, SendUnknown
from connectors.mailbox import Mailbox, Now
from evidence.copies import gathered
from evidence.model import SentItem
from evidence.question import asks_question
from scheduler.own import is_to_self, own_addresses
from store.ledger import Account, Ledger, Outgoing

#: has the relay erase what it holds of tokens with these ids; that it cannot is no trouble
Erase = Callable[[Sequence[str]], object]
#: makes a message just before it leaves
Make = Callable[[], bytes]

#: a copy that is not in the sent folder by then will not turn up: a mail cut off while it left may be sent again
FILED_WITHIN = timedelta(minutes=5)
#: mail whose copy has not turned up in the sent folder by then has not left
_GIVE_UP = timedelta(days=1)


def send_mail(
    ledger: Ledger,
    mailbox: Mailbox,
    account: Account,
    message: bytes,
    *,
    receipt: bool,
    now: Now,
    tag: str = "",
    look_since: datetime | None = None,
    thread: str = "",
) -> SentItem:
    """Send a mail once, as `send_made` does.

    :param message: RFC 5322 bytes, with Bcc
    """
    subject = str(BytesHeaderParser(policy=compat32).parsebytes(message).get("Subject", ""))
    return send_made(
        ledger, mailbox, account, lambda: message, subject=subject, receipt=receipt, now=now, tag=tag,
        look_since=look_since, thread=thread,
    )  # fmt: skip


def send_made(
    ledger: Ledger,
    mailbox: Mailbox,
    account: Account,
    make: Make,
    *,
    subject: str,
    receipt: bool,
    now: Now,
    tag: str = "",
    look_since: datetime | None = None,
    thread: str = "",
) -> SentItem:
    """Send a mail once, and remember its true copy; mail to oneself is not followed.

    :param make: gives RFC 5322 bytes, with Bcc; not called if the mail is found to have left before
    :param tag: our mark, if this mail may have been begun before; a new one otherwise
    :param look_since: look for the tag in the sent folder even if the ledger knows of no attempt: it was not sent
        before then
    :param thread: the provider's thread it is to join, see `Mailbox.send`
    :raises SendUnknown: it may have left; calling again with the same tag is safe, and sends nothing before
        `FILED_WITHIN` has passed
    :raises ConnectorError: it has not left, unless it `is_open`: then it may have at an earlier try
    """
    outgoing = _outgoing(account, tag, subject, now)

    def send() -> SentItem:
        message = _made(ledger, outgoing, make)
        item = mailbox.send(message, tag=outgoing.tag, receipt=receipt, thread=thread).item
        return replace(item, asks_question=asks_question(message))

    return _send(ledger, mailbox, outgoing, send, look_since=look_since)


def send_draft(
    ledger: Ledger, mailbox: Mailbox, account: Account, draft: str, *, receipt: bool, now: Now, tag: str = ""
) -> SentItem:
    """Send an existing draft once, and remember its true copy. Errors as with `send_mail`.

    :param draft: its provider id or its exact subject
    :raises DraftNotFound: none, or more than one, answers to that name
    """
    outgoing = _outgoing(account, tag, draft, now)

    def send() -> SentItem:
        return mailbox.send_draft(draft, tag=outgoing.tag, receipt=receipt).item

    return _send(ledger, mailbox, outgoing, send)


def is_open(ledger: Ledger, tag: str) -> bool:
    """Whether mail with this tag was begun, and may have left."""
    return any(each.tag == tag for each in ledger.outgoing())


def settle_outbox(
    ledger: Ledger, mailbox: Mailbox, account: Account, *, now: Now, erase: Erase = lambda _: None
) -> tuple[Outgoing, ...]:
    """Find out what became of mail that was begun and never settled; what is still not known stays open.

    :param erase: called with the tokens of mail that has not left
    """
    settled = []
    for outgoing in ledger.outgoing():
        if outgoing.account != account.id:
            continue
        item = mailbox.find_sent(outgoing.tag, since=outgoing.begun_at)
        if not item and outgoing.begun_at >= now() - _GIVE_UP:
            continue
        if not item:
            _forget(ledger, outgoing.tag, erase)
        _end(ledger, outgoing.tag, item)
        settled.append(outgoing)
    return tuple(settled)


def _forget(ledger: Ledger, tag: str, erase: Erase) -> None:
    """Tokens of mail that has not left name nothing; of mail that was read from the mailbox since, they stay."""
    tokens = [each.id for each in ledger.tracking.in_mail(tag)]
    if tokens and not ledger.tracking.item_of(tag):
        erase(tokens)
        ledger.tracking.drop(tokens)


def _outgoing(account: Account, tag: str, subject: str, now: Now) -> Outgoing:
    return Outgoing(tag=tag or uuid4().hex, account=account.id, subject=subject, begun_at=now())


def _made(ledger: Ledger, outgoing: Outgoing, make: Make) -> bytes:
    try:
        return make()
    except Exception:
        ledger.end_sending(outgoing.tag, item=None)
        raise


def _send(
    ledger: Ledger,
    mailbox: Mailbox,
    outgoing: Outgoing,
    send: Callable[[], SentItem],
    *,
    look_since: datetime | None = None,
) -> SentItem:
    begun = next((each for each in ledger.outgoing() if each.tag == outgoing.tag), None)
    ledger.begin_sending(outgoing)
    since = begun.begun_at if begun else look_since
    found = mailbox.find_sent(outgoing.tag, since=since) if since else None
    if begun and not found and begun.begun_at > outgoing.begun_at - FILED_WITHIN:
        raise SendUnknown("It was cut off while it left, and its copy may still turn up; it is looked for again")
    try:
        item = found or send()
    except SendUnknown:
        raise
    except ConnectorError:
        ledger.end_sending(outgoing.tag, item=None)
        raise
    return _end(ledger, outgoing.tag, item) or item


def _end(ledger: Ledger, tag: str, item: SentItem | None) -> SentItem | None:
    """Settle it; gives the item that is followed. A mail to oneself is none; who sent it knows that it left."""
    followed = gathered([item])[0] if item and not is_to_self(item, own_addresses(ledger)) else None
    ledger.end_sending(tag, item=followed)
    return followed
