"""How items stand, and whose silence says nothing."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

import pytest

from evidence.model import Evidence, Verdict
from scheduler.habits import Habits, contacts
from scheduler.standing import standing, unread
from store import tiny
from store.ledger import Ledger
from store.records import from_document
from tests.scheduler.conftest import BOB, MONDAY, Person
from tests.scheduler.letters import answer, receipt


def test_unread_lists_what_shows_no_sign_of_reading_newest_first(person: Person) -> None:
    gmail, outlook = person.connect(), person.connect("me@work.example", "outlook")
    old = gmail.add_sent(BOB, at=MONDAY - timedelta(days=2), receipt=False)
    answered = gmail.add_sent(BOB)
    half_read = outlook.add_sent(BOB, "cem@example.org", at=MONDAY + timedelta(hours=1))
    deleted = outlook.add_sent(BOB)
    gmail.add_received(answer(BOB, answered.message_ids[0], MONDAY + timedelta(hours=1)))
    outlook.add_received(receipt(BOB, half_read.message_ids[0], MONDAY + timedelta(hours=2)))
    outlook.add_removal(deleted.provider_id)
    person.sync(gmail)
    person.sync(outlook)
    found = unread(person.ledger, now=MONDAY)
    assert [(each.item.id, each.headline.verdict) for each in found] == [
        (half_read.id, Verdict.UNREAD),
        (old.id, Verdict.UNKNOWABLE),
    ]
    assert unread(person.ledger, now=MONDAY, oldest_first=True) == found[::-1]
    assert [each.item.id for each in unread(person.ledger, now=MONDAY, account=gmail.account)] == [old.id]
    assert [each.item.id for each in unread(person.ledger, now=MONDAY, since=MONDAY)] == [half_read.id]


def test_an_address_that_answers_but_never_returns_receipts_makes_silence_unknowable(person: Person) -> None:
    mailbox = person.connect()
    asked = [mailbox.add_sent(BOB, at=MONDAY - timedelta(days=10 + n)) for n in range(3)]
    mailbox.add_received(answer(BOB, asked[0].message_ids[0], MONDAY - timedelta(days=9)))
    new = mailbox.add_sent(BOB)
    person.sync(mailbox)
    assert Habits(person.ledger, now=MONDAY).of(BOB).is_silent
    assert standing(person.ledger, new, now=MONDAY).headline.verdict is Verdict.UNKNOWABLE


def test_an_address_that_ever_returned_a_receipt_is_not_silent(person: Person) -> None:
    mailbox = person.connect()
    asked = [mailbox.add_sent(BOB, at=MONDAY - timedelta(days=10 + n)) for n in range(3)]
    mailbox.add_received(answer(BOB, asked[0].message_ids[0], MONDAY - timedelta(days=9)))
    mailbox.add_received(receipt(BOB, asked[1].message_ids[0], MONDAY - timedelta(days=9)))
    person.sync(mailbox)
    assert not Habits(person.ledger, now=MONDAY).of(BOB).is_silent


def test_somebody_who_never_reacted_at_all_is_unread_and_not_unknowable(person: Person) -> None:
    mailbox = person.connect()
    for days in (8, 9, 10, 11):
        mailbox.add_sent(BOB, at=MONDAY - timedelta(days=days))
    new = mailbox.add_sent(BOB)
    person.sync(mailbox)
    assert standing(person.ledger, new, now=MONDAY).headline.verdict is Verdict.UNREAD


def test_requests_too_young_to_have_been_heeded_do_not_make_an_address_silent(person: Person) -> None:
    mailbox = person.connect()
    asked = [mailbox.add_sent(BOB, at=MONDAY - timedelta(days=n)) for n in (1, 2, 3)]
    mailbox.add_received(answer(BOB, asked[0].message_ids[0], MONDAY))
    person.sync(mailbox)
    assert not Habits(person.ledger, now=MONDAY).of(BOB).is_silent


class CountingLedger:
    """A ledger that counts what is asked about addresses."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def evidence_of(self, recipient: str) -> tuple[Evidence, ...]:
        self.asked.append(recipient)
        return self._ledger.evidence_of(recipient)


def test_each_address_is_looked_up_once_however_many_mails_went_to_it(person: Person) -> None:
    mailbox = person.connect()
    for hours in range(40):
        mailbox.add_sent(BOB, "cem@example.org", at=MONDAY - timedelta(days=10, hours=hours))
    person.sync(mailbox)
    counting = CountingLedger(person.ledger)
    assert len(unread(cast("Ledger", counting), now=MONDAY)) == 40
    assert sorted(counting.asked) == sorted([BOB, "cem@example.org"])


def test_each_answer_of_a_thread_is_read_once_for_all_its_mails(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = person.connect()
    sent = [mailbox.add_sent(BOB, "cem@example.org", thread="t", at=MONDAY - timedelta(hours=n)) for n in range(40)]
    for number, each in enumerate(sent):
        at = each.sent_at + timedelta(minutes=30)
        mailbox.add_received(answer(BOB, each.message_ids[0], at, text=f"Answer {number}."), thread="t")
    person.sync(mailbox)
    read = []

    def counted(kind: type[Any], document: Mapping[str, Any]) -> Any:
        read.append(kind)
        return from_document(kind, document)

    monkeypatch.setattr(tiny, "from_document", counted)
    assert len(unread(person.ledger, now=MONDAY)) == 40
    # an item, and its answer: of itself, of its thread, of what is set aside for it, of its sender
    assert len(read) <= 40 * 5 + 1


def test_silence_says_how_the_address_is_known(person: Person) -> None:
    mailbox = person.connect()
    asked = [mailbox.add_sent(BOB, at=MONDAY - timedelta(days=10 + n)) for n in range(5)]
    mailbox.add_received(answer(BOB, asked[0].message_ids[0], MONDAY - timedelta(days=9)))
    new = mailbox.add_sent(BOB)
    person.sync(mailbox)
    why = standing(person.ledger, new, now=MONDAY).headline.why
    assert "has never returned a receipt in 5 requests; it may have been read" in why


def test_contacts_are_those_written_to_lately_and_not_oneself(person: Person) -> None:
    mailbox = person.connect()
    asked = [mailbox.add_sent(BOB, at=MONDAY - timedelta(days=10 + n)) for n in range(2)]
    mailbox.add_sent("cem@example.org", at=MONDAY - timedelta(days=400))
    mailbox.add_sent("dee@example.org", mailbox.address, at=MONDAY - timedelta(days=9))
    mailbox.add_received(receipt(BOB, asked[0].message_ids[0], MONDAY - timedelta(days=8)))
    person.sync(mailbox)
    found = contacts(person.ledger, now=MONDAY)
    assert [(each.address, each.sent, each.asked, each.receipts) for each in found] == [
        (BOB, 2, 2, 1),
        ("dee@example.org", 1, 1, 0),
    ]
