"""A mail sent to each recipient alone: one item, every copy once, whatever happens in between."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from connectors import compose
from connectors.errors import DraftInTheWay, SendRefused, Unreachable
from evidence.model import Recipient, SentItem
from scheduler.follow_up import leave_draft
from scheduler.individually import Outcome, begin, send_copies
from scheduler.outbox import settle_outbox
from scheduler.policy import Policy
from scheduler.sync import sync_account
from store.ledger import Ledger
from tests.scheduler.conftest import ME, WINDOW, Person
from tests.scheduler.fake_mailbox import FakeMailbox
from tests.scheduler.interruptions import Fuse, FusedLedger, cuts, raising

NAMES = [f"{name}@example.org" for name in ("ann", "ben", "cleo", "dora", "emil")]
PEOPLE = [Recipient(address=each) for each in NAMES]
MESSAGE = f"From: {ME}\r\nTo: {', '.join(NAMES)}\r\nSubject: Offer\r\n\r\nHello\r\n".encode()


def send(
    person: Person, mailbox: FakeMailbox, ledger: Ledger | None = None
) -> tuple[tuple[Outcome, ...], SentItem | None]:
    """Send it to the five, or go on with that."""
    ledger = ledger or person.ledger
    account = person.account(mailbox)
    group = begin(ledger, account, MESSAGE, subject="Offer", now=person.now)
    return send_copies(
        ledger,
        mailbox,
        account,
        group,
        PEOPLE,
        lambda _, recipient: compose.for_one(MESSAGE, recipient),
        receipt=True,
        now=person.now,
    )


def addressed(mailbox: FakeMailbox) -> list[tuple[str, ...]]:
    """Whom each message that left names."""
    return [tuple(each.address for each in item.recipients) for item in mailbox._sent()]


def test_each_gets_a_message_that_names_nobody_else_and_all_of_them_are_one_item(person: Person) -> None:
    mailbox = person.connect()
    outcomes, item = send(person, mailbox)
    assert addressed(mailbox) == [(each,) for each in NAMES]
    assert [each.problem for each in outcomes] == [""] * 5
    assert item
    assert ([each.address for each in item.recipients], person.ledger.items()) == (NAMES, (item,))
    assert person.ledger.outgoing() == ()


def test_no_follow_up_draft_tells_them_of_each_other(person: Person) -> None:
    mailbox = person.connect()
    _, item = send(person, mailbox)
    assert item
    with pytest.raises(DraftInTheWay, match="do not know of each other"):
        leave_draft(person.ledger, mailbox, item, Policy(), now=person.now)


def test_the_same_mail_once_more_is_another_mail(person: Person) -> None:
    mailbox = person.connect()
    _, first = send(person, mailbox)
    _, second = send(person, mailbox)
    assert first
    assert second
    assert (first.id != second.id, len(mailbox.tags)) == (True, 10)


def test_a_copy_that_is_refused_is_told_and_tried_again_alone(person: Person) -> None:
    mailbox = person.connect()
    calls = iter([False, False, True, False, False])

    def refuse_the_third(name: str) -> None:
        if name == "send" and next(calls):
            raise SendRefused("no such address")

    mailbox.trip = refuse_the_third
    outcomes, item = send(person, mailbox)
    assert [each.problem for each in outcomes] == ["", "", "no such address", "", ""]
    assert item
    assert NAMES[2] not in {each.address for each in item.recipients}
    mailbox.trip = lambda _: None
    again, whole = send(person, mailbox)
    assert [each.was_sent for each in again] == [True, True, False, True, True]
    assert whole
    assert ([each.address for each in whole.recipients], len(mailbox.tags)) == (NAMES, 5)


def test_when_the_provider_is_away_the_rest_is_left_for_later(person: Person) -> None:
    mailbox = person.connect()
    mailbox.trip = raising(Unreachable("no answer"), "send")
    outcomes, item = send(person, mailbox)
    assert ([bool(each.problem) for each in outcomes], item) == ([True] * 5, None)
    assert mailbox.spend.requests == 0


def test_a_copy_to_oneself_is_sent_once_and_not_followed(person: Person) -> None:
    mailbox = person.connect()
    account = person.account(mailbox)
    group = begin(person.ledger, account, MESSAGE, subject="Offer", now=person.now)
    people = [Recipient(address=ME), PEOPLE[0]]
    outcomes, item = send_copies(
        person.ledger,
        mailbox,
        account,
        group,
        people,
        lambda _, recipient: compose.for_one(MESSAGE, recipient),
        receipt=True,
        now=person.now,
    )
    assert item
    assert ([each.address for each in item.recipients], [each.problem for each in outcomes]) == ([NAMES[0]], ["", ""])


def test_wherever_it_was_cut_off_the_next_try_sends_only_what_is_missing(tmp_path: Path) -> None:
    people: list[Person] = []

    def work(fuse: Fuse) -> None:
        person = Person(tmp_path / f"{len(people)}.db")
        people.append(person)
        mailbox = person.connect()
        mailbox.trip = fuse.step
        send(person, mailbox, cast("Ledger", FusedLedger(person.ledger, fuse)))

    for step in cuts(work):
        person = people[-1]
        mailbox = person.mailboxes[f"gmail:{ME}"]
        mailbox.trip = lambda _: None
        person.wait(minutes=6)
        if step % 2:  # a worker looks after the outbox in between, or not
            settle_outbox(person.ledger, mailbox, person.account(mailbox), now=person.now)
        if person.ledger.outgoing() or not mailbox.tags:  # else it was cut off when all was done
            outcomes, _ = send(person, mailbox)
            assert [each.problem for each in outcomes] == [""] * 5, f"step {step}"
        (item,) = person.ledger.items()
        assert sorted(addressed(mailbox)) == [(each,) for each in NAMES], f"step {step}"
        assert ([each.address for each in item.recipients], person.ledger.outgoing()) == (NAMES, ()), f"step {step}"
        person.ledger.close()
    people[-1].ledger.close()
    assert len(people) > 20


def test_read_anew_from_the_mailbox_alone_it_is_the_same_one_item(person: Person) -> None:
    mailbox = person.connect()
    _, item = send(person, mailbox)
    assert item
    account = person.account(mailbox)
    person.ledger.erase_account(account.id)
    person.ledger.put_account(account)
    report = sync_account(person.ledger, mailbox, account, now=person.now, window=WINDOW)
    # whether a question is asked its text told
    assert person.ledger.items() == (replace(item, asks_question=None),)
    assert (report.listed, report.read, report.new_items) == (5, 5, 1)


@pytest.mark.parametrize("gone", [1, 5])
def test_the_item_is_there_as_long_as_one_copy_is(person: Person, gone: int) -> None:
    mailbox = person.connect()
    _, item = send(person, mailbox)
    account = person.account(mailbox)
    sync_account(person.ledger, mailbox, account, now=person.now, window=WINDOW)
    assert item
    for copy in item.copies[:gone]:
        mailbox.add_removal(copy.provider_id)
    report = sync_account(person.ledger, mailbox, account, now=person.now, window=WINDOW)
    assert report.touched == (item.id,)
    assert person.ledger.is_removed(item.id) == (gone == 5)
