"""One person at the local Microsoft: who they are, and their mailbox if they have one."""

import hashlib
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from sandbox.microsoft.item import Item, Person
from sandbox.microsoft.mailbox import Mailbox
from sandbox.microsoft.quota import Quota
from sandbox.microsoft.todo import ToDo

Kind = Literal["personal", "work"]

#: the tenant every personal account belongs to
PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"


class ExchangeAccount:
    """A person's account. Its mailbox may be inspected by tests at any time."""

    def __init__(
        self, address: str, *, kind: Kind, aliases: tuple[str, ...], mailbox: Mailbox | None, name: str, quota: Quota
    ) -> None:
        self.address = address.lower()
        self.kind = kind
        self.aliases = tuple(alias.lower() for alias in aliases)
        self.name = name or address.split("@")[0].replace(".", " ").title()
        self.mailbox = mailbox
        self.todo = ToDo(self.address)
        self.quota = quota
        #: Outlook categories of the account: display name to colour
        self.categories: dict[str, str] = {"Red category": "preset0", "Blue category": "preset7"}
        digest = hashlib.sha256(self.address.encode()).digest()
        self.object_id = str(uuid.UUID(bytes=(bytes(8) if kind == "personal" else digest[:8]) + digest[8:16]))
        domain = self.address.split("@")[1]
        self.tenant = PERSONAL_TENANT if kind == "personal" else str(uuid.uuid5(uuid.NAMESPACE_DNS, domain))
        self._lock = threading.RLock()
        self._leaving: list[Callable[[], None]] = []

    @property
    def requests(self) -> int:
        """Graph requests so far, parts of batches counted one by one."""
        return self.quota.asked

    @property
    def person(self) -> Person:
        """Name and primary address."""
        return Person(address=self.address, name=self.name)

    def owns(self, address: str) -> bool:
        """Whether mail to or from this address is the person's own."""
        return address.lower() in (self.address, *self.aliases)

    def messages(self, folder: str | None = None) -> tuple[Item, ...]:
        """What lies in a folder (by well-known name or id), or in all of them, oldest first."""
        if self.mailbox is None:
            return ()
        with self._lock:
            return tuple(self.mailbox.items(self.mailbox.folder(folder).folder_id if folder else None))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One call's turn at this account.

        What it sends is handed over only after the lock is given back: the clock may hold its own lock and wait for
        this one, to lay a letter in here.
        """
        with self._lock:
            yield
            leaving, self._leaving = self._leaving, []
        for hand_over in leaving:
            hand_over()

    def afterwards(self, hand_over: Callable[[], None]) -> None:
        """Do this when the present turn is over."""
        self._leaving.append(hand_over)
