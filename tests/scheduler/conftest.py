"""A person with a mailbox, a ledger and a clock; the words the tests of this room are written in."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sandbox.clock import Clock
from scheduler.sync import SyncReport, sync_account
from store.ledger import Account, Ledger
from store.tiny import TinyLedger
from tests.scheduler.fake_mailbox import FakeMailbox

#: Monday morning, a week before the sandbox's own start, so that mail may be older than the connection
MONDAY = datetime.fromisoformat("2026-05-04T08:00:00+00:00")
WINDOW = timedelta(days=30)
ME = "me@example.com"
BOB = "bob@example.org"


def account_of(mailbox: FakeMailbox, **changes: object) -> Account:
    """The record of a mailbox that was just connected."""
    fields: dict[str, object] = {
        "id": mailbox.account,
        "provider": mailbox.provider,
        "address": mailbox.address,
        "features": ("read", "send"),
        "capabilities": {},
        "connected_at": MONDAY,
        "granted_at": MONDAY,
    }
    return Account(**{**fields, **changes})  # type: ignore[arg-type]  # the tests name fields as the record has them


class Person:
    """One person's ledger and clock, and the mailboxes they connect."""

    def __init__(self, path: Path) -> None:
        self.clock = Clock(MONDAY)
        self.path = path
        self.ledger: Ledger = TinyLedger(path)
        self.mailboxes: dict[str, FakeMailbox] = {}

    @property
    def now(self) -> Callable[[], datetime]:
        return self.clock.now

    def connect(self, address: str = ME, provider: str = "gmail", **changes: object) -> FakeMailbox:
        mailbox = FakeMailbox(address=address, now=self.clock.now, provider=provider)
        self.mailboxes[mailbox.account] = mailbox
        self.ledger.put_account(account_of(mailbox, **changes))
        return mailbox

    def account(self, mailbox: FakeMailbox) -> Account:
        found = self.ledger.account(mailbox.account)
        assert found
        return found

    def open(self, account: Account) -> FakeMailbox:
        return self.mailboxes[account.id]

    def sync(self, mailbox: FakeMailbox) -> SyncReport:
        return sync_account(self.ledger, mailbox, self.account(mailbox), now=self.clock.now, window=WINDOW)

    def wait(self, **passed: float) -> None:
        self.clock.advance(timedelta(**passed))


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    person = Person(tmp_path / "ledger.db")
    yield person
    person.ledger.close()
