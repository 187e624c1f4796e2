"""Addresses a person adds after connecting: asked for once a day, and none is taken away."""

from datetime import timedelta

import pytest

from connectors.errors import ConnectorError, ScopeMissing, Unreachable
from connectors.mailbox import Profile
from scheduler.addresses import with_addresses
from tests.scheduler.conftest import ME, Person
from tests.scheduler.fake_mailbox import FakeMailbox

OLD, NEW = "old@example.com", "new@example.com"


class Asked(FakeMailbox):
    """A mailbox that tells its addresses, and counts how often."""

    asked: int = 0
    aliases: tuple[str, ...] = (NEW,)
    refuses: ConnectorError | None = None

    def profile(self) -> Profile:
        self.asked += 1
        if self.refuses:
            raise self.refuses
        return Profile(address=ME, aliases=self.aliases)


@pytest.fixture
def mailbox(person: Person) -> Asked:
    person.connect(aliases=(OLD,))
    return Asked(address=ME, now=person.now)


def look(person: Person, mailbox: Asked) -> tuple[str, ...]:
    return with_addresses(person.ledger, mailbox, person.account(mailbox), now=person.now()).aliases


def test_addresses_are_asked_for_once_a_day(person: Person, mailbox: Asked) -> None:
    seen = []
    for _ in range(60):
        look(person, mailbox)
        seen.append(mailbox.asked)
        person.wait(hours=1)
    assert (seen[0], seen[23], seen[24], seen[47], seen[48]) == (0, 0, 1, 1, 2)


def test_a_new_address_is_added_and_none_is_taken_away(person: Person, mailbox: Asked) -> None:
    person.wait(days=1)
    assert look(person, mailbox) == (OLD, NEW)
    assert person.account(mailbox).aliases == (OLD, NEW)


def test_addresses_that_may_not_be_asked_for_stay_as_they_are_known(person: Person, mailbox: Asked) -> None:
    mailbox.refuses = ScopeMissing("this permission was not given")
    person.wait(days=1)
    assert look(person, mailbox) == (OLD,)
    person.wait(hours=1)
    look(person, mailbox)
    assert mailbox.asked == 1
    assert person.account(mailbox).addresses_at == person.now() - timedelta(hours=1)


def test_addresses_that_could_not_be_told_are_asked_for_an_hour_later(person: Person, mailbox: Asked) -> None:
    mailbox.refuses = Unreachable("the server did not answer")
    person.wait(days=1)
    assert look(person, mailbox) == (OLD,)
    mailbox.refuses = None
    person.wait(minutes=59)
    assert look(person, mailbox) == (OLD,)
    person.wait(minutes=1)
    assert look(person, mailbox) == (OLD, NEW)
