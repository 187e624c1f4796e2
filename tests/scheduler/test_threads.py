"""An answer to one mail of a thread, and what it says of the others."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from evidence.model import Kind, Ruling, SentItem, Verdict
from evidence.ruling import ruling
from scheduler.policy import Policy
from scheduler.reminders import replan
from scheduler.standing import heard, standing
from store.ledger import ReminderState
from tests.scheduler.conftest import BOB, MONDAY, WINDOW, Person
from tests.scheduler.fake_mailbox import FakeMailbox
from tests.scheduler.letters import absence, answer

EVE = "eve@example.org"
THURSDAY, FRIDAY = MONDAY + timedelta(days=3), MONDAY + timedelta(days=4)


@pytest.fixture
def person(person: Person) -> Person:
    """Two weeks later, when all of it has come: nothing is dated later than it arrived."""
    person.wait(weeks=2)
    return person


def reminded(mailbox: FakeMailbox, *to: str) -> tuple[SentItem, SentItem]:
    """An offer of Monday and a reminder of it on Thursday, in one thread."""
    first = mailbox.add_sent(BOB, subject="Offer", thread="t", at=MONDAY)
    return first, mailbox.add_sent(*(to or (BOB,)), subject="Re: Offer", thread="t", at=THURSDAY)


def answered(*items: SentItem, sender: str = BOB, at: datetime = FRIDAY, text: str = "Yes, please.") -> bytes:
    """An answer to the last of these items that refers to all of them."""
    ids = [each.message_ids[0] for each in items]
    return answer(sender, ids[-1], at, references=" ".join(f"<{each}>" for each in ids), text=text)


def verdicts(person: Person) -> dict[str, Verdict]:
    items = person.ledger.items()
    return {each.subject: standing(person.ledger, each, now=FRIDAY).headline.verdict for each in items}


def test_whoever_answers_the_second_mail_of_a_thread_has_answered_the_first(person: Person) -> None:
    mailbox = person.connect()
    first, second = reminded(mailbox)
    mailbox.add_received(answered(first, second), thread="t")
    person.sync(mailbox)
    assert verdicts(person) == {"Offer": Verdict.ANSWERED, "Re: Offer": Verdict.ANSWERED}
    assert (len(person.ledger.evidence(first.id)), len(person.ledger.evidence(second.id))) == (0, 1)
    assert "answered later in the thread" in standing(person.ledger, first, now=FRIDAY).headline.why


def test_an_answer_to_an_older_mail_that_was_held_up_on_its_way_answers_no_newer_one(person: Person) -> None:
    mailbox = person.connect()
    mailbox.add_sent(BOB, subject="Offer", thread="t", at=THURSDAY)
    older = answer(BOB, "from-the-phone@x.example", THURSDAY - timedelta(hours=3))
    mailbox.add_received(older, thread="t", at=FRIDAY)
    person.sync(mailbox)
    assert verdicts(person)["Offer"] is not Verdict.ANSWERED


def test_an_answer_settles_what_was_sent_before_it_in_its_thread_although_it_names_one_mail_alone(
    person: Person,
) -> None:
    mailbox = person.connect()
    first, _ = reminded(mailbox)
    mailbox.add_received(answered(first), thread="t")
    person.sync(mailbox)
    assert verdicts(person) == {"Offer": Verdict.ANSWERED, "Re: Offer": Verdict.ANSWERED}


def test_an_answer_settles_a_mail_that_it_refers_to_from_another_thread(person: Person) -> None:
    gmail, outlook = person.connect(), person.connect("me@work.example", "outlook")
    first = gmail.add_sent(BOB, at=MONDAY)
    second = outlook.add_sent(BOB, subject="Once more", at=THURSDAY)
    outlook.add_received(answered(first, second))
    person.sync(outlook)
    person.sync(gmail)
    assert verdicts(person) == {"Offer": Verdict.ANSWERED, "Once more": Verdict.ANSWERED}


@pytest.mark.parametrize(
    ("hours", "names", "verdict"),
    [
        (11, "the first", Verdict.UNREAD),  # perhaps written before the second was seen
        (12, "the first", Verdict.ANSWERED),
        (1, "both", Verdict.ANSWERED),
        (1, "none of them", Verdict.ANSWERED),
    ],
)
def test_an_answer_that_names_an_older_mail_settles_a_newer_one_of_the_thread_only_after_some_hours(
    person: Person, hours: int, names: str, verdict: Verdict
) -> None:
    mailbox = person.connect()
    first, second = reminded(mailbox)
    third = mailbox.add_sent(BOB, subject="And this", thread="t", at=THURSDAY + timedelta(minutes=1))
    named = {"the first": (first, second), "both": (first, second, third), "none of them": ()}[names]
    at = third.sent_at + timedelta(hours=hours)
    mailbox.add_received(answered(*named, at=at) if named else answer(BOB, "hers@example.org", at), thread="t")
    person.sync(mailbox)
    expected = {"Offer": Verdict.ANSWERED, "Re: Offer": Verdict.ANSWERED, "And this": verdict}
    assert verdicts(person) == expected
    if (hours, names) == (12, "the first"):
        assert "does not name it" in standing(person.ledger, third, now=FRIDAY).headline.why


def test_an_answer_says_nothing_of_what_was_sent_after_it(person: Person) -> None:
    mailbox = person.connect()
    first, _ = reminded(mailbox)
    mailbox.add_received(answered(first, at=THURSDAY - timedelta(minutes=5)), thread="t")
    person.sync(mailbox)
    assert verdicts(person) == {"Offer": Verdict.ANSWERED, "Re: Offer": Verdict.UNREAD}


def test_an_answer_says_nothing_of_mail_that_went_to_others(person: Person) -> None:
    mailbox = person.connect()
    first, second = reminded(mailbox, EVE)
    mailbox.add_received(answered(first, second, sender=EVE), thread="t")
    person.sync(mailbox)
    assert verdicts(person) == {"Offer": Verdict.UNREAD, "Re: Offer": Verdict.ANSWERED}


def test_a_thread_of_another_mailbox_under_the_same_name_is_another_thread(person: Person) -> None:
    gmail, outlook = person.connect(), person.connect("me@work.example", "outlook")
    gmail.add_sent(BOB, thread="t", at=MONDAY)
    other = outlook.add_sent(BOB, subject="Invoice", thread="t", at=MONDAY)
    outlook.add_received(answered(other), thread="t")
    person.sync(gmail)
    person.sync(outlook)
    assert verdicts(person) == {"Offer": Verdict.UNREAD, "Invoice": Verdict.ANSWERED}


def test_whoever_answers_from_another_address_of_theirs_is_the_same_for_the_whole_thread(person: Person) -> None:
    mailbox = person.connect()
    first, second = reminded(mailbox)
    mailbox.add_received(answered(first, second, sender="bob@home.example"), thread="t")
    person.sync(mailbox)
    assert verdicts(person) == {"Offer": Verdict.ANSWERED, "Re: Offer": Verdict.ANSWERED}


def test_asking_for_no_more_mail_holds_for_the_whole_thread_and_being_away_for_one_mail(person: Person) -> None:
    mailbox = person.connect()
    first, second = reminded(mailbox)
    mailbox.add_received(absence(BOB, second.message_ids[0], THURSDAY, "2026-05-20"), thread="t")
    person.sync(mailbox)
    assert verdicts(person) == {"Offer": Verdict.UNREAD, "Re: Offer": Verdict.AWAY}
    mailbox.add_received(answered(first, second, text="Please stop emailing me."), thread="t")
    person.sync(mailbox)
    assert verdicts(person) == {"Offer": Verdict.DECLINED, "Re: Offer": Verdict.DECLINED}


@pytest.mark.parametrize("order", tuple(permutations(range(3))), ids=str)
@pytest.mark.parametrize("read_between", [False, True], ids=["in one reading", "one at a time"])
@pytest.mark.parametrize("names_both", [False, True], ids=["named alone", "both named"])
def test_the_verdicts_of_a_thread_are_the_same_in_whatever_order_it_is_read(
    person: Person, order: tuple[int, ...], read_between: bool, names_both: bool
) -> None:
    mailbox = person.connect()
    first, second = reminded(mailbox)
    came = mailbox.add_received(answered(*(first, second) if names_both else (second,)), thread="t")
    names = [(first.provider_id, second.provider_id, came)[each] for each in order]
    for name in reversed(names):
        mailbox.move_to_front(name)
    mailbox.page = 1
    whole = list(mailbox._log)
    for end in range(1 if read_between else 3, 4):
        mailbox._log = whole[:end]
        person.sync(mailbox)
    expected = {"Offer": Verdict.ANSWERED, "Re: Offer": Verdict.ANSWERED}
    assert verdicts(person) == expected
    before = person.ledger.export()["evidence"]
    mailbox.expire_cursors()
    person.sync(mailbox)
    assert (verdicts(person), person.ledger.export()["evidence"]) == (expected, before)


def test_the_reminder_of_the_first_mail_ends_with_the_answer_to_the_second(person: Person) -> None:
    mailbox = person.connect()
    first, second = reminded(mailbox)
    person.sync(mailbox)
    replan(person.ledger, MONDAY, Policy(), window=WINDOW)
    assert [each.state for each in person.ledger.reminders()] == [ReminderState.PLANNED] * 2
    mailbox.add_received(answered(first, second), thread="t")
    report = person.sync(mailbox)
    assert report.touched == tuple(sorted((first.id, second.id)))
    replan(person.ledger, FRIDAY, Policy(), window=WINDOW, only=report.touched)
    assert [each.state for each in person.ledger.reminders()] == [ReminderState.CANCELLED] * 2


def test_an_answer_that_the_person_sets_aside_counts_for_no_mail_of_the_thread(person: Person) -> None:
    mailbox = person.connect()
    first, second = reminded(mailbox)
    mailbox.add_received(answered(first, second), thread="t")
    person.sync(mailbox)
    (told,) = person.ledger.evidence(second.id)
    person.ledger.take(mailbox.account, evidence=[ruling(told, Ruling.UNRELATED, at=FRIDAY)])
    assert verdicts(person) == {"Offer": Verdict.UNREAD, "Re: Offer": Verdict.UNREAD}


def test_an_answer_set_aside_for_the_first_mail_still_counts_for_the_second(person: Person) -> None:
    mailbox = person.connect()
    first, second = reminded(mailbox)
    mailbox.add_received(answered(first, second), thread="t")
    person.sync(mailbox)
    (told,) = heard(person.ledger, first)
    person.ledger.take(mailbox.account, evidence=[ruling(told, Ruling.UNRELATED, at=FRIDAY)])
    assert verdicts(person) == {"Offer": Verdict.UNREAD, "Re: Offer": Verdict.ANSWERED}


def test_of_the_later_answers_of_a_thread_the_first_that_counts_stands_beside_a_mail(person: Person) -> None:
    mailbox = person.connect()
    first, second = reminded(mailbox)
    for hours in range(3):
        mailbox.add_received(answered(first, second, at=FRIDAY + timedelta(hours=hours)), thread="t")
    person.sync(mailbox)
    assert [each.at for each in heard(person.ledger, first)] == [FRIDAY]
    (told,) = heard(person.ledger, first)
    person.ledger.take(mailbox.account, evidence=[ruling(told, Ruling.UNRELATED, at=FRIDAY)])
    ages = [each.at for each in heard(person.ledger, first) if each.kind is Kind.REPLY]
    assert ages == [FRIDAY, FRIDAY + timedelta(hours=1)]
    assert standing(person.ledger, first, now=FRIDAY).headline.since == FRIDAY + timedelta(hours=1)


def test_a_mail_is_answered_with_the_first_answer_of_its_thread_although_it_was_answered_itself_later(
    person: Person,
) -> None:
    mailbox = person.connect()
    first, second = reminded(mailbox)
    mailbox.add_received(answered(first, second), thread="t")
    mailbox.add_received(answered(first, at=FRIDAY + timedelta(hours=1)), thread="t")
    person.sync(mailbox)
    assert standing(person.ledger, first, now=FRIDAY).headline.since == FRIDAY
    assert [len(heard(person.ledger, each)) for each in (first, second)] == [2, 1]


def test_of_a_mail_sent_in_copies_the_answer_settles_the_copy_in_its_thread(person: Person) -> None:
    mailbox = person.connect()
    group = "0" * 32
    for number, who in enumerate((BOB, EVE), start=1):
        mailbox.add_sent(who, subject="Copies", thread=f"t{number}", at=MONDAY, tag=f"{group}.{number}")
    again = mailbox.add_sent(BOB, subject="Re: Copies", thread="t1", at=THURSDAY)
    mailbox.add_received(answered(again), thread="t1")
    person.sync(mailbox)
    item = next(each for each in person.ledger.items() if each.subject == "Copies")
    found = standing(person.ledger, item, now=FRIDAY).recipients
    assert {each.recipient.address: each.verdict for each in found} == {BOB: Verdict.ANSWERED, EVE: Verdict.UNREAD}


def test_plus_addresses_are_one_mailbox_for_the_whole_thread(person: Person) -> None:
    mailbox = person.connect()
    first, second = reminded(mailbox, "bob+work@example.org")
    mailbox.add_received(answered(first, second), thread="t")
    person.sync(mailbox)
    assert verdicts(person) == {"Offer": Verdict.ANSWERED, "Re: Offer": Verdict.ANSWERED}
