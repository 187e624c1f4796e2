"""Mail that leaves does so once, whatever happens in between."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from connectors.errors import CannotTrack, ConnectorError, GrantGone, SendRefused, SendUnknown, Unreachable
from evidence.model import HitKind, SentItem
from scheduler.outbox import send_draft, send_made, send_mail, settle_outbox
from store.ledger import Ledger, Outgoing
from store.tracking import Tracked
from tests.scheduler.conftest import BOB, ME, WINDOW, Person
from tests.scheduler.interruptions import Fuse, FusedLedger, PowerCut, cuts, raising

MESSAGE = f"From: {ME}\r\nTo: {BOB}\r\nSubject: Offer\r\n\r\nHello\r\n".encode()


def test_what_was_sent_is_remembered_at_once(person: Person) -> None:
    mailbox = person.connect()
    item = send_mail(person.ledger, mailbox, person.account(mailbox), MESSAGE, receipt=True, now=person.now)
    assert person.ledger.items() == (item,)
    assert item.asks_receipt
    assert person.ledger.outgoing() == ()


def test_two_mails_have_two_marks(person: Person) -> None:
    mailbox = person.connect()
    for _ in range(2):
        send_mail(person.ledger, mailbox, person.account(mailbox), MESSAGE, receipt=True, now=person.now)
    assert len(set(mailbox.tags)) == 2


def test_a_draft_is_sent_and_remembered(person: Person) -> None:
    mailbox = person.connect()
    item = send_draft(person.ledger, mailbox, person.account(mailbox), "Offer", receipt=True, now=person.now)
    assert (person.ledger.items(), person.ledger.outgoing()) == ((item,), ())


@pytest.mark.parametrize("error", [SendRefused, Unreachable, GrantGone])
def test_mail_that_was_refused_or_never_handed_over_is_not_open(person: Person, error: type[ConnectorError]) -> None:
    mailbox = person.connect()
    mailbox.trip = raising(error("not now"), "send")
    with pytest.raises(error):
        send_mail(person.ledger, mailbox, person.account(mailbox), MESSAGE, receipt=True, now=person.now)
    assert person.ledger.outgoing() == ()


def test_mail_in_doubt_stays_open_when_it_cannot_be_looked_for(person: Person) -> None:
    mailbox = person.connect()
    for trouble, step in ((SendUnknown("no answer"), "sent"), (GrantGone("sign in again"), "find_sent")):
        mailbox.trip = raising(trouble, step)
        with pytest.raises(type(trouble)):
            send_mail(
                person.ledger, mailbox, person.account(mailbox), MESSAGE, receipt=True, now=person.now, tag="mark"
            )
    assert [each.tag for each in person.ledger.outgoing()] == ["mark"]


def test_an_unknown_outcome_stays_open_until_the_copy_is_found(person: Person) -> None:
    mailbox = person.connect()
    mailbox.trip = raising(SendUnknown("no answer"), "sent")
    with pytest.raises(SendUnknown):
        send_mail(person.ledger, mailbox, person.account(mailbox), MESSAGE, receipt=True, now=person.now)
    mailbox.trip = lambda _: None
    (open_,) = person.ledger.outgoing()
    assert settle_outbox(person.ledger, mailbox, person.account(mailbox), now=person.now) == (open_,)
    assert [each.tag for each in person.ledger.items()] == [open_.tag]
    assert person.ledger.outgoing() == ()


def test_mail_whose_copy_never_turns_up_is_given_up_after_a_day(person: Person) -> None:
    mailbox = person.connect()
    mailbox.trip = raising(SendUnknown("no answer"), "send")
    with pytest.raises(SendUnknown):
        send_mail(person.ledger, mailbox, person.account(mailbox), MESSAGE, receipt=True, now=person.now)
    mailbox.trip = lambda _: None
    assert settle_outbox(person.ledger, mailbox, person.account(mailbox), now=person.now) == ()
    person.wait(days=1, seconds=1)
    assert len(settle_outbox(person.ledger, mailbox, person.account(mailbox), now=person.now)) == 1
    assert (person.ledger.items(), person.ledger.outgoing()) == ((), ())


@pytest.mark.parametrize("is_read", [True, False])
def test_tokens_of_mail_given_up_go_unless_its_copy_was_read_since(person: Person, is_read: bool) -> None:
    mailbox = person.connect()
    erased: list[Sequence[str]] = []
    account = person.account(mailbox)
    person.ledger.begin_sending(Outgoing(tag="mark", account=account.id, subject="Offer", begun_at=person.now()))
    pixel = Tracked(
        id="pixel", kind=HitKind.PIXEL, account=account.id, tag="mark", recipients=(BOB,), made_at=person.now(),
        expires_at=person.now() + WINDOW,
    )  # fmt: skip
    person.ledger.tracking.put([pixel])
    if is_read:
        person.ledger.take(account.id, items=[replace(mailbox.add_sent(BOB), tag="mark")])
    person.wait(days=2)
    settle_outbox(person.ledger, mailbox, account, now=person.now, erase=erased.append)
    assert (person.ledger.tracking.in_mail("mark"), erased) == (((pixel,), []) if is_read else ((), [["pixel"]]))


def test_mail_cut_off_while_it_left_is_not_sent_again_while_its_copy_may_still_turn_up(person: Person) -> None:
    mailbox = person.connect()

    def send() -> None:
        account = person.account(mailbox)
        send_mail(person.ledger, mailbox, account, MESSAGE, receipt=True, now=person.now, tag="mark")

    mailbox.trip = Fuse(1).step  # before anything left, though nobody can know
    with pytest.raises(PowerCut):
        send()
    mailbox.trip = lambda _: None
    person.wait(minutes=4)
    with pytest.raises(SendUnknown, match="may still turn up"):
        send()
    person.wait(minutes=2)
    send()
    assert mailbox.tags == ["mark"]


def test_the_outbox_of_another_account_is_left_alone(person: Person) -> None:
    gmail, outlook = person.connect(), person.connect("me@work.example", "outlook")
    gmail.trip = raising(SendUnknown("no answer"), "sent")
    with pytest.raises(SendUnknown):
        send_mail(person.ledger, gmail, person.account(gmail), MESSAGE, receipt=True, now=person.now)
    assert settle_outbox(person.ledger, outlook, person.account(outlook), now=person.now) == ()
    assert len(person.ledger.outgoing()) == 1


def test_sending_again_with_the_same_mark_sends_nothing_twice_wherever_it_was_cut(tmp_path: Path) -> None:
    people: list[Person] = []

    def work(fuse: Fuse) -> None:
        person = Person(tmp_path / f"{len(people)}.db")
        people.append(person)
        mailbox = person.connect()
        mailbox.trip = fuse.step
        ledger = cast("Ledger", FusedLedger(person.ledger, fuse))
        send_mail(ledger, mailbox, person.account(mailbox), MESSAGE, receipt=True, now=person.now, tag="mark")

    for step in cuts(work):
        person = people[-1]
        mailbox = person.mailboxes["gmail:me@example.com"]
        mailbox.trip = lambda _: None
        person.wait(minutes=6)
        send_mail(
            person.ledger,
            mailbox,
            person.account(mailbox),
            MESSAGE,
            receipt=True,
            now=person.now,
            tag="mark",
            look_since=person.now() - timedelta(hours=1),
        )
        assert (mailbox.tags, len(person.ledger.items()), person.ledger.outgoing()) == (["mark"], 1, ()), f"step {step}"
        person.ledger.close()
    people[-1].ledger.close()
    assert len(people) > 6


def test_settling_needs_no_request_when_nothing_is_open(person: Person) -> None:
    mailbox = person.connect()
    person.wait(hours=1)
    settle_outbox(person.ledger, mailbox, person.account(mailbox), now=person.now)
    assert mailbox.spend.requests == 0


def test_what_left_before_is_not_made_again(person: Person) -> None:
    mailbox = person.connect()
    mailbox.trip = raising(SendUnknown("no answer"), "sent")

    def send(make: Callable[[], bytes]) -> SentItem:
        account = person.account(mailbox)
        return send_made(
            person.ledger, mailbox, account, make, subject="Offer", receipt=True, now=person.now, tag="mark"
        )

    with pytest.raises(SendUnknown):
        send(lambda: MESSAGE)
    mailbox.trip = lambda _: None
    assert send(lambda: pytest.fail("made again")).tag == "mark"


def test_mail_that_cannot_be_made_is_not_open(person: Person) -> None:
    mailbox = person.connect()

    def make() -> bytes:
        raise CannotTrack("it is plain text")

    with pytest.raises(CannotTrack):
        send_made(person.ledger, mailbox, person.account(mailbox), make, subject="Offer", receipt=True, now=person.now)
    assert person.ledger.outgoing() == ()
