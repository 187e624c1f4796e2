"""Answers to reminders: what they say in whatever mail program, and what the person decided since, which goes first."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from evidence.letter import Letter
from evidence.part import read_part
from scheduler.policy import Policy
from scheduler.reminders import ask, done, replan, snooze
from scheduler.replies import REJECTED, SAID, explain, first_words, heed
from scheduler.verbs import Answer, NoVerb, Verb, parse_answer
from store.ledger import Decision, Reminder, ReminderState
from tests.scheduler.answers import DONE, NOTHING
from tests.scheduler.conftest import BOB, MONDAY, WINDOW, Person

THURSDAY = MONDAY + timedelta(days=3)


def fired(person: Person) -> Reminder:
    """A reminder that came on Thursday."""
    mailbox = person.connect()
    mailbox.add_sent(BOB)
    person.sync(mailbox)
    replan(person.ledger, MONDAY, Policy(), window=WINDOW)
    (planned,) = person.ledger.reminders()
    came = replace(planned, state=ReminderState.FIRED, fired_at=THURSDAY)
    person.ledger.put_reminder(came)
    person.wait(days=4)
    return came


def answer(person: Person, reminder: Reminder, text: str, at: datetime) -> None:
    note = Decision(at=at, reminder=reminder.id, item=reminder.item, what=SAID, why=text)
    person.ledger.note(note)


def read(person: Person, reminder: Reminder, *, account: str = "gmail:me@example.com") -> Reminder:
    """The answers are read by this account; how the reminder stands then."""
    owner = person.ledger.account(account)
    assert owner
    for _ in range(2):
        heed(person.ledger, owner, Policy(), now=person.now, window=WINDOW, touched={reminder.item})
    found = person.ledger.reminder(reminder.id)
    assert found
    return found


def whats(person: Person, reminder: Reminder) -> list[str]:
    return [each.what for each in person.ledger.decisions(reminder.item)]


@pytest.mark.parametrize("mail", DONE.values(), ids=DONE)
def test_an_answer_is_heard_wherever_a_mail_program_puts_it(mail: bytes) -> None:
    assert parse_answer(first_words(Letter(read_part(mail)))) == Answer(snooze=None)


@pytest.mark.parametrize("mail", NOTHING.values(), ids=NOTHING)
def test_nothing_is_heard_in_what_is_quoted_signed_or_more_than_an_answer(mail: bytes) -> None:
    with pytest.raises(NoVerb):
        parse_answer(first_words(Letter(read_part(mail))))


@pytest.mark.parametrize("text", ["snooze 2d", "done", "thank you"])
@pytest.mark.parametrize("since", ["done", "snooze", "ask"])
def test_an_answer_is_overtaken_by_what_the_person_decided_after_it(person: Person, text: str, since: str) -> None:
    came = fired(person)
    answer(person, came, text, THURSDAY)
    later = THURSDAY + timedelta(minutes=1)
    match since:
        case "done":
            done(person.ledger, came, now=later)
        case "snooze":
            snooze(person.ledger, came, THURSDAY + timedelta(days=9), now=later)
        case "ask":
            item = person.ledger.item(came.item)
            assert item
            ask(person.ledger, item, Verb(after=9), Policy(), now=later)
    before = person.ledger.reminder(came.id)
    assert read(person, came) == before
    assert whats(person, came).count("overtaken") == 1


def test_an_answer_after_what_the_person_decided_holds(person: Person) -> None:
    came = fired(person)
    snooze(person.ledger, came, THURSDAY + timedelta(days=9), now=THURSDAY)
    answer(person, came, "done", THURSDAY + timedelta(minutes=1))
    assert read(person, came).state is ReminderState.DONE


def test_of_two_answers_the_later_one_holds_whichever_is_read_first(person: Person) -> None:
    came = fired(person)
    answer(person, came, "done", THURSDAY + timedelta(minutes=2))
    assert read(person, came).state is ReminderState.DONE
    answer(person, came, "snooze 2d", THURSDAY + timedelta(minutes=1))
    assert read(person, came).state is ReminderState.DONE


def test_an_answer_read_by_another_mailbox_is_done_at_once(person: Person) -> None:
    came = fired(person)
    other = person.connect("me@work.example", "outlook")
    answer(person, came, "done", THURSDAY)
    assert read(person, came, account=other.account).state is ReminderState.DONE


def told(person: Person, reminder: Reminder) -> int:
    """How many mails say by now what was not understood."""
    mailbox = person.mailboxes["gmail:me@example.com"]
    item = person.ledger.item(reminder.item)
    assert item
    for _ in range(2):
        explain(person.ledger, mailbox, person.account(mailbox), item, now=person.now)
    return sum(each.startswith("rejected-") for each in mailbox.tags)


def reject(person: Person, reminder: Reminder, why: str) -> None:
    note = Decision(at=person.now(), reminder=reminder.id, item=reminder.item, what=REJECTED, why=why)
    person.ledger.note(note)


def test_the_same_words_are_told_not_to_be_understood_once_a_day(person: Person) -> None:
    came = fired(person)
    counts = []
    for hours in (0, 1, 30):
        person.wait(hours=hours)
        reject(person, came, "thanks")
        counts.append(told(person, came))
    assert counts == [1, 1, 2]


def test_whatever_answers_our_answers_by_itself_comes_to_an_end(person: Person) -> None:
    came = fired(person)
    for number in range(20):
        reject(person, came, f"ticket {number}")
        assert told(person, came) == min(number + 1, 5)
        person.wait(minutes=1)
