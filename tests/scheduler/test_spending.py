from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.errors import GrantGone, Unreachable
from connectors.mailbox import Quota
from scheduler.breaker import FIRST, LONGEST, is_resting, rest_after
from scheduler.health import note_read, note_trouble
from scheduler.policy import Policy
from scheduler.spending import book, quota_of
from scheduler.worker import Worker
from store.ledger import Spent, StoreBusy
from tests.scheduler.conftest import WINDOW, Person
from tests.scheduler.interruptions import MeddledLedger

BOB = "bob@example.org"


def test_rests_begin_after_bad_luck_grow_and_end_at_the_longest() -> None:
    rests = [rest_after(failures) for failures in range(9)]
    assert rests[:3] == [timedelta()] * 3
    assert rests[3:6] == [FIRST, 2 * FIRST, 4 * FIRST]
    assert rests[6:] == [LONGEST] * 3


def test_an_account_rests_until_its_time_has_come_or_the_clock_proves_wrong(person: Person) -> None:
    mailbox, now = person.connect(), person.now()
    for _ in range(3):
        note_trouble(person.ledger, mailbox.account, Unreachable("it is down"), at=now)
    account = person.account(mailbox)
    moments = (now, now + FIRST - timedelta(seconds=1), now + FIRST, now - timedelta(days=1))
    assert [is_resting(account, each) for each in moments] == [True, True, False, False]
    note_read(person.ledger, mailbox.account, at=now)
    assert not is_resting(person.account(mailbox), now)


def test_trouble_of_an_earlier_sign_in_does_not_touch_the_new_one(person: Person) -> None:
    mailbox = person.connect()
    before = person.account(mailbox)
    person.ledger.put_account(replace(before, granted_at=before.granted_at + timedelta(hours=1)))
    again = person.account(mailbox)
    gone = GrantGone("revoked")
    assert not note_trouble(person.ledger, mailbox.account, gone, at=person.now(), granted_at=before.granted_at)
    assert person.account(mailbox) == again
    assert note_trouble(person.ledger, mailbox.account, gone, at=person.now(), granted_at=again.granted_at)


def test_noting_how_reading_went_undoes_nothing_a_person_does_meanwhile(person: Person) -> None:
    mailbox = person.connect()
    features = ("read", "send", "drafts")

    def allow() -> None:
        person.ledger.put_account(replace(person.account(mailbox), features=features))

    notes: list[Callable[[Any], object]] = [
        lambda ledger: note_read(ledger, mailbox.account, at=person.now()),
        lambda ledger: note_trouble(ledger, mailbox.account, Unreachable("it is down"), at=person.now()),
        lambda ledger: book(ledger, mailbox, at=person.now()),
    ]
    for note in notes:
        mailbox.spend.allowance += 1
        person.ledger.put_account(replace(person.account(mailbox), features=("read",)))
        note(MeddledLedger(person.ledger, allow))
        assert person.account(mailbox).features == features


@pytest.mark.parametrize("error", [StoreBusy("locked"), GrantGone("revoked")])
def test_trouble_that_is_not_the_provider_s_leads_to_no_rest(person: Person, error: Exception) -> None:
    mailbox = person.connect()
    for _ in range(9):
        note_trouble(person.ledger, mailbox.account, error, at=person.now())
    assert person.account(mailbox).rests_until is None


def test_a_resting_account_is_asked_nothing_others_go_on_and_a_person_who_asks_is_served(person: Person) -> None:
    down, well = person.connect(), person.connect("me@work.example", "outlook")
    for _ in range(3):
        note_trouble(person.ledger, down.account, Unreachable("it is down"), at=person.now())
    worker = Worker(person.ledger, person.open, Policy(), now=person.now, window=WINDOW, tell=lambda _: None)
    worker._reader.read(down.account)
    worker._reader.read(well.account)
    assert (down.spend.requests, bool(well.spend.requests)) == (0, True)
    assert not worker.run_once().troubles
    assert (person.account(down).problem, person.account(down).failures) == ("", 0)


def test_what_calls_cost_is_booked_once_and_handed_to_who_opens_the_mailbox_next(person: Person) -> None:
    mailbox, now = person.connect(), person.now()
    minute = now.replace(second=0, microsecond=0)
    mailbox.spend.requests, mailbox.spend.units, mailbox.spend.allowance = 3, 45, 15_000
    for _ in range(2):
        book(person.ledger, mailbox, at=now)
    assert person.ledger.spent(mailbox.account, since=minute) == (
        Spent(account=mailbox.account, minute=minute, requests=3, units=45),
    )
    assert person.ledger.tally(mailbox.account).units == 45
    quota = quota_of(person.ledger, person.account(mailbox), now=now + timedelta(minutes=1))
    assert quota == Quota(allowance=15_000, spent=((minute, 45),))
    assert quota_of(person.ledger, person.account(mailbox), now=now + timedelta(hours=1)).spent == ()


def test_a_failed_reading_is_booked_too(person: Person) -> None:
    mailbox = person.connect()

    def fail(what: str) -> None:
        if what == "changes":
            mailbox.spend.requests += 6
            raise Unreachable("it is down")

    mailbox.trip = fail
    Worker(person.ledger, person.open, Policy(), now=person.now, window=WINDOW, tell=lambda _: None).run_once()
    assert person.ledger.tally(mailbox.account).requests == mailbox.spend.requests >= 6
