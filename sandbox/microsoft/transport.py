"""What Exchange does with mail on its way: sending, filing the copy, delivering, returning receipts."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.parser import BytesHeaderParser
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from typing import Literal

from sandbox.microsoft import mime, reports
from sandbox.microsoft.account import ExchangeAccount
from sandbox.microsoft.item import Item, Person
from sandbox.microsoft.refusals import Refusal
from sandbox.microsoft.writing import new_message_id
from sandbox.post import Letter, PostOffice

#: whether Exchange leaves the Message-ID of a MIME draft as it is; the documentation is silent and users report each
Naming = Literal["kept", "replaced when made", "replaced when sent"]

#: after this long the copy of a sent message is in Sent Items
FILING = timedelta(seconds=5)

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


class Transport:
    """Mail from and to the mailboxes of this server, through the post office."""

    def __init__(self, post: PostOffice, *, drafts_keep_id: bool) -> None:
        self._post = post
        self._drafts_keep_id = drafts_keep_id
        self.naming: Naming = "kept"
        #: Message-ID to the search key both copies share
        self.search_keys: dict[str, bytes] = {}

    def send(self, account: ExchangeAccount, draft: Item, *, file_copy: bool = True) -> None:
        """Take a draft out of the mailbox and send it; its copy appears in Sent Items a while later.

        :raises Refusal: nobody to send it to, someone else's From, or too many letters a minute
        """
        head = draft.head
        head.author = head.author or account.person
        _check(account, draft)
        account.quota.letter()
        mailbox = account.mailbox
        assert mailbox is not None  # noqa: S101 - drafts lie in mailboxes
        if not mime.is_well_formed(head.message_id):
            head.message_id = new_message_id(draft.immutable_id)
        if self.naming == "replaced when sent":
            rename(draft)
        draft.sent = self._post.clock.now()
        self.search_keys[head.message_id] = draft.search_key
        letter = Letter(
            mime=mime.write(draft, with_bcc=False),
            sender=head.author.address.lower(),
            recipients=tuple(dict.fromkeys(person.address.lower() for person in (*head.to, *head.cc, *head.bcc))),
            sent_at=draft.sent,
        )
        mailbox.remove(draft)
        account.afterwards(partial(self._post.send, letter))
        if file_copy:
            account.afterwards(partial(self._post.clock.after, FILING, partial(self._file, account, draft)))

    def _file(self, account: ExchangeAccount, sent: Item) -> None:
        with account.turn():
            if account.mailbox:
                account.mailbox.add(
                    "sentitems",
                    sent.head,
                    is_draft=False,
                    is_read=True,
                    sent=sent.sent,
                    search_key=sent.search_key,
                    like=sent,
                    keep_id=self._drafts_keep_id,
                )

    def deliver(self, account: ExchangeAccount, letter: Letter, address: str) -> None:
        """Lay a letter into the inbox. Registered with the post office for each address of an account."""
        head = mime.read(letter.mime)
        stamp = format_datetime(self._post.clock.now())
        trace = (
            ("Received", f"from sandbox by mail.protection.outlook.com for <{address}>; {stamp}"),
            ("Return-Path", f"<{letter.sender}>"),
            *mime.requests(letter.mime),
        )
        head = replace(head, extra=trace + head.extra)
        with account.turn():
            if account.mailbox is None:
                return
            item = account.mailbox.add(
                "inbox",
                head,
                is_draft=False,
                is_read=False,
                sent=_date(letter),
                search_key=self.search_keys.get(head.message_id, b""),
            )
            if account.kind == "work" and not head.item_class.upper().startswith("REPORT."):
                item.owes_receipt = mime.receipt_address(letter.mime)

    def settle_receipt(self, account: ExchangeAccount, item: Item, *, was_read: bool) -> None:
        """The message was just marked read, or is about to be deleted unread: whoever asked is told, once.

        There is no way to mark a message read through Graph without this.
        """
        asked_by, item.owes_receipt = item.owes_receipt, None
        if asked_by is None:
            return
        now = self._post.clock.now()
        content = reports.receipt(item, reader=account.person, asked_by=asked_by, was_read=was_read, now=now)
        letter = Letter(mime=content, sender="", recipients=(asked_by.lower(),), sent_at=now)
        account.afterwards(partial(self._post.send, letter))


def rename(draft: Item) -> None:
    """Give a message another Message-ID, as SMTP submission does: the one it had stays in a header of its own."""
    head = draft.head
    head.extra = (*head.extra, ("X-Microsoft-Original-Message-ID", head.message_id))
    head.message_id = new_message_id(f"{draft.immutable_id} renamed")


def _check(account: ExchangeAccount, draft: Item) -> None:
    head = draft.head
    people = (*head.to, *head.cc, *head.bcc)
    if not people or not all(_ADDRESS.fullmatch(person.address) for person in people):
        raise Refusal(400, "ErrorInvalidRecipients", "At least one recipient isn't valid.")
    author: Person | None = head.author
    if author and not account.owns(author.address):
        raise Refusal(403, "ErrorSendAsDenied", "The user account doesn't have the right to send mail for this sender.")


def _date(letter: Letter) -> datetime:
    """What the Date header says, or else when the letter was posted."""
    try:
        said = parsedate_to_datetime(str(BytesHeaderParser().parsebytes(letter.mime).get("Date", "")))
    except (TypeError, ValueError, IndexError, OverflowError):
        return letter.sent_at
    return said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC)
