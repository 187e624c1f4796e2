"""An account that is erased while it is being read stays erased."""

import pytest

from scheduler.policy import Policy
from scheduler.sync import Progress, sync_account
from scheduler.worker import Worker
from store.ledger import AccountErased
from tests.scheduler.conftest import WINDOW, Person
from tests.scheduler.fake_mailbox import FakeMailbox

BOB = "bob@example.org"


@pytest.fixture
def mailbox(person: Person) -> FakeMailbox:
    mailbox = person.connect()
    for _ in range(5):
        mailbox.add_sent(BOB)
    return mailbox


def remembered(person: Person, mailbox: FakeMailbox) -> object:
    ledger, account = person.ledger, mailbox.account
    return ledger.accounts(), ledger.items(), ledger.unmatched(), ledger.cursor(account), ledger.tally(account).listed


def test_what_was_just_read_of_it_does_not_come_back(person: Person, mailbox: FakeMailbox) -> None:
    account = person.account(mailbox)

    def erase(_: Progress) -> None:
        person.ledger.erase_account(account.id)

    with pytest.raises(AccountErased):
        sync_account(person.ledger, mailbox, account, now=person.now, window=WINDOW, progress=erase)
    assert remembered(person, mailbox) == ((), (), (), None, 0)


def test_the_worker_passes_over_it_and_goes_on(person: Person, mailbox: FakeMailbox) -> None:
    other = person.connect("me@work.example", "outlook")
    other.add_sent(BOB)
    told: list[str] = []

    def erase(progress: Progress) -> None:
        if progress.account == mailbox.account:
            person.ledger.erase_account(mailbox.account)

    worker = Worker(person.ledger, person.open, Policy(), now=person.now, window=WINDOW, tell=told.append)
    report = worker.run_once(progress=erase)
    assert ([each.account for each in report.accounts], report.troubles) == ([other.account], {})
    assert [each.account for each in person.ledger.items()] == [other.account]
    assert (person.ledger.account(mailbox.account), person.ledger.cursor(mailbox.account)) == (None, None)
    assert not [line for line in told if "could not be read" in line]
