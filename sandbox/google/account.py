"""One Google account: its mailbox, its meter, and what a person does in Gmail's own windows."""

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Literal

from sandbox.google.mailbox import Mailbox
from sandbox.google.message import Message, first_header, read_headers
from sandbox.google.quota import Meter
from sandbox.google.sending import Identity, prepare
from sandbox.post import Letter, PostOffice

Kind = Literal["consumer", "workspace"]

#: a header by which a test sends mail that Gmail takes for spam
SPAM_MARK = "X-Sandbox-Spam"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A standing order for push notices (users.watch)."""

    topic: str
    labels: tuple[str, ...]
    until: datetime


class GmailAccount:
    """A person's account. `lock` is held by whoever touches its mailbox, and never while mail is handed to the post."""

    def __init__(
        self,
        address: str,
        post: PostOffice,
        *,
        kind: Kind,
        aliases: tuple[str, ...],
        mail: bool,
        name: str,
        price_table: str,
    ) -> None:
        self.identity = Identity(address=address, aliases=aliases, name=name)
        self.kind = kind
        #: the account has Gmail; without it every call answers 400
        self.has_mail = mail
        self.lock = threading.RLock()
        self.chance = Random(post.random.getrandbits(64))  # noqa: S311 - a seeded world must repeat itself
        self.mailbox = Mailbox(post.clock.now, self.chance)
        self.meter = Meter(price_table, kind)
        self.watch: Watch | None = None
        #: so long a new message is not found by a query; lists by label alone show it at once
        self.search_lag = timedelta()
        #: HTTP requests, a batch counted once
        self.requests = 0
        #: API calls by method name, parts of batches counted each
        self.calls: Counter[str] = Counter()
        #: ids of messages read before: giving them out again is easy
        self.warm: set[str] = set()
        self._post = post

    @property
    def address(self) -> str:
        """The primary address."""
        return self.identity.address

    # for tests and demonstrations

    @property
    def messages(self) -> tuple[Message, ...]:
        """Every stored message, newest first."""
        with self.lock:
            return tuple(self.mailbox.newest_first())

    @property
    def drafts(self) -> dict[str, Message]:
        """Draft id → its present message."""
        with self.lock:
            found = {draft: self.mailbox.find(message) for draft, message in self.mailbox.drafts.items()}
            return {draft: message for draft, message in found.items() if message}

    @property
    def spent_units(self) -> int:
        """Quota units charged so far."""
        return self.meter.units

    def send(self, mime: bytes) -> Message:
        """What the person sends from Gmail's own windows; it goes out like messages.send, without a price."""
        with self.lock:
            outgoing = prepare(mime, self.identity, self.chance, self._post.clock.now())
            stored = self.mailbox.add(outgoing.kept, outgoing.labels, thread=self.mailbox.thread_of_reply(mime))
        if outgoing.letter:
            self._post.send(outgoing.letter)
        return stored

    # the ways in

    def count_request(self) -> None:
        """One more HTTP request came in this account's name."""
        with self.lock:
            self.requests += 1

    def deliver(self, letter: Letter, address: str) -> None:
        """Take a letter in: trace headers, thread, labels."""
        with self.lock:
            headers = read_headers(letter.mime)
            spam = first_header(headers, SPAM_MARK).lower() == "yes"
            labels = ("SPAM", "UNREAD") if spam else ("UNREAD", "CATEGORY_PERSONAL", "INBOX")
            raw = self._traced(letter, address)
            self.mailbox.add(raw, labels, thread=self.mailbox.thread_of_reply(letter.mime))

    def _traced(self, letter: Letter, address: str) -> bytes:
        """RFC 5321 section 4.4: the last server adds Return-Path and Received."""
        stamp = format_datetime(self._post.clock.now())
        mark = f"{self.chance.getrandbits(48):012x}"
        lines = (
            f"Delivered-To: {address}",
            f"Received: by 2002:a05:6402:1c0f:0:0:0:0 with SMTP id {mark}; {stamp}",
            f"Return-Path: <{letter.sender}>",
        )
        return "".join(f"{line}\r\n" for line in lines).encode() + letter.mime
