"""The post office: takes a letter from one mailbox and lays it into the others, as SMTP would."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sandbox.clock import Clock

#: how long a letter is on its way
TRANSIT = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message with its envelope (RFC 5321)."""

    #: RFC 5322 bytes, CRLF line ends, no Bcc header
    mime: bytes
    #: envelope sender; empty for reports
    sender: str
    #: envelope recipients, lower-case; includes Bcc
    recipients: tuple[str, ...]
    sent_at: datetime


#: takes a letter for one address; a mailbox files it, a correspondent acts on it
Deliver = Callable[[Letter, str], None]


class PostOffice:
    """Knows who lives where. Unknown addresses on a known or unknown domain go to `undeliverable`."""

    def __init__(self, clock: Clock, seed: int = 1) -> None:
        self.clock = clock
        #: the only source of chance in the sandbox
        self.random = random.Random(seed)  # noqa: S311 - a seeded world must repeat itself
        self.undeliverable: Deliver | None = None
        self._doors: dict[str, Deliver] = {}

    def register(self, address: str, deliver: Deliver) -> None:
        """Give an address a door."""
        self._doors[address.lower()] = deliver

    def send(self, letter: Letter) -> None:
        """Take a letter; it arrives at each recipient after `TRANSIT`."""
        for recipient in letter.recipients:
            self.clock.after(TRANSIT, partial(self._arrive, letter, recipient.lower()))

    def _arrive(self, letter: Letter, recipient: str) -> None:
        local, _, domain = recipient.partition("@")
        door = self._doors.get(recipient) or self._doors.get(f"{local.split('+')[0]}@{domain}") or self.undeliverable
        if door:
            door(letter, recipient)
