"""The desks of the worker: one for each account, with its mailbox while it is open, and a lock for who works on it."""

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime

from connectors.mailbox import Mailbox
from scheduler.sweep import OpenMailbox
from store.ledger import Account


@dataclass(slots=True)
class Desk:
    """One account's mailbox while the worker has it open; whoever works on it holds the lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    mailbox: Mailbox | None = None
    #: the grant it was opened with
    granted_at: datetime | None = None
    #: mail begun by a worker before this one was looked up
    is_settled: bool = False
    #: the reminders fit all that was read; not so at the start, nor after trouble in the middle of something
    is_planned: bool = False


class Desks:
    """The desks of all accounts, each set up when it is first asked for."""

    def __init__(self, open_mailbox: OpenMailbox) -> None:
        """:param open_mailbox: opens an account's mailbox; it is closed here"""
        self._open_mailbox = open_mailbox
        self._desks: dict[str, Desk] = {}

    def of(self, account: str) -> Desk:
        """The desk of the account with this id."""
        return self._desks.setdefault(account, Desk())

    def mailbox(self, account: Account) -> Mailbox:
        """The account's mailbox, opened anew after the person has signed in again. The caller holds the desk's lock."""
        desk = self.of(account.id)
        if desk.mailbox and desk.granted_at != account.granted_at:
            desk.mailbox.close()
            desk.mailbox = None
        if desk.mailbox is None:
            desk.mailbox, desk.granted_at = self._open_mailbox(account), account.granted_at
        return desk.mailbox

    def close(self, *, patience: float) -> None:
        """Close the mailboxes that nobody works on any more.

        :param patience: real seconds to wait for those still at work
        """
        end = time.monotonic() + patience
        for desk in self._desks.values():
            if desk.lock.acquire(timeout=max(0.0, end - time.monotonic())):
                if desk.mailbox:
                    desk.mailbox.close()
                    desk.mailbox = None
                desk.lock.release()
