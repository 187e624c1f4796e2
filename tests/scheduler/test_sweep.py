"""Due reminders: fired once, held, moved or cancelled at the last look."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from connectors.errors import ConnectorError, GrantGone, ScopeMissing, SendRefused, SendUnknown, Unreachable
from evidence.model import SentItem
from scheduler.policy import Policy
from scheduler.reminders import done, replan, snooze
from scheduler.sweep import CLAIM_LIFE, sweep
from store.ledger import AccountState, Ledger, ReminderState, no_worker
from store.tiny import TinyLedger
from tests.scheduler.conftest import BOB, MONDAY, WINDOW, Person, account_of
from tests.scheduler.fake_mailbox import FakeMailbox
from tests.scheduler.interruptions import Fuse, FusedLedger, PowerCut, cuts, raising
from tests.scheduler.letters import absence, answer, bounce, receipt


def wait_until_due(person: Person) -> tuple[FakeMailbox, SentItem]:
    """One mail was sent, nothing came back, and three business days have passed."""
    mailbox = person.connect()
    sent = mailbox.add_sent(BOB, at=MONDAY + timedelta(hours=2))
    person.sync(mailbox)
    replan(person.ledger, person.now(), Policy(), window=WINDOW)
    person.wait(days=3, hours=3)
    return mailbox, sent


def swept(
    person: Person,
    *,
    ledger: Ledger | None = None,
    worker: str = "w",
    told: list[str] | None = None,
    is_gone: Callable[[str], bool] = no_worker,
    policy: Policy | None = None,
) -> list[str]:
    outcomes = sweep(
        ledger or person.ledger,
        person.open,
        now=person.now,
        policy=policy or Policy(),
        window=WINDOW,
        worker_id=worker,
        tell=(told if told is not None else []).append,
        is_gone=is_gone,
    )
    return [each.what for each in outcomes]


def story(person: Person, item: SentItem) -> list[str]:
    return [each.what for each in person.ledger.decisions(item.id)]


def test_a_due_reminder_comes_by_mail_and_as_a_line(person: Person) -> None:
    mailbox, sent = wait_until_due(person)
    told: list[str] = []
    assert swept(person, told=told) == ["fired"]
    assert mailbox.tags == [f"reminder-{sent.id}-1-20260507T100000Z"]
    assert told == [
        f"Reminder: no sign of reading of mail {sent.id} by its recipient, 3 business days after sending. "
        f'"heardback show {sent.id}" tells more.'
    ]
    assert story(person, sent) == ["planned", "fired", "planned"]
    fired = person.ledger.reminder(f"{sent.id}-1")
    assert fired
    assert (fired.state, fired.fired_at, fired.claimed_by) == (ReminderState.FIRED, person.now(), "")


def test_the_mail_says_to_whom_when_how_it_stands_and_what_to_type(person: Person) -> None:
    mailbox, sent = wait_until_due(person)
    swept(person)
    mail = mailbox.fetch("r2").decode()
    assert ("Subject: Re: Offer" in mail, "Heardback: no sign of reading" in mail) == (True, True)
    words = [
        BOB,
        "unread",
        "sent Mon 2026-05-04 10:00 from",
        f"heardback show {sent.id}",
        f"heardback snooze {sent.id}-1 2d",
        f"heardback done {sent.id}-1",
    ]
    assert [each for each in words if each not in mail] == []


def test_our_own_reminder_mail_is_not_followed(person: Person) -> None:
    mailbox, sent = wait_until_due(person)
    swept(person)
    report = person.sync(mailbox)
    assert person.ledger.items() == (sent,)
    assert report.skipped == {"to yourself only": 1, "from yourself": 1}


def test_nothing_comes_before_its_time_nor_twice_for_it(person: Person) -> None:
    mailbox, _ = wait_until_due(person)
    person.clock = type(person.clock)(MONDAY + timedelta(days=3))
    assert swept(person) == []
    person.wait(hours=3)
    assert [swept(person), swept(person), swept(person, worker="another")] == [["fired"], [], []]
    assert len(mailbox.tags) == 1


def test_a_second_reminder_comes_five_business_days_later_and_then_no_more(person: Person) -> None:
    mailbox, sent = wait_until_due(person)
    found = []
    for _ in range(30):
        found += swept(person)
        person.wait(days=1)
    assert (found, len(mailbox.tags)) == (["fired", "fired"], 2)
    assert [each.round for each in person.ledger.reminders(item=sent.id)] == [1, 2]


def test_mail_given_back_is_told_at_once_with_the_reason_and_the_address_perhaps_meant(person: Person) -> None:
    mailbox = person.connect()
    mailbox.add_sent("bob@example.com")
    sent = mailbox.add_sent("bob@exmaple.com")
    person.wait(hours=2)
    mailbox.add_received(bounce("bob@exmaple.com", sent.message_ids[0], person.now()))
    person.sync(mailbox)
    policy = Policy(bounces=True)
    replan(person.ledger, person.now(), policy, window=WINDOW)
    told: list[str] = []
    assert swept(person, told=told, policy=policy) == ["fired"]
    assert swept(person, policy=policy) == []
    mail = mailbox.fetch("r4").decode().replace("=\r\n", "")
    assert "Did you mean bob@example.com instead of bob@exmaple.com?" in mail
    assert mail.count("there is no such user") == 1, "the reason stands with the address, and not again below"
    assert told == [
        f'Mail {sent.id} was not delivered to its recipient. "heardback show {sent.id}" tells more.',
    ]


def test_the_same_slip_is_told_each_time_it_is_made(person: Person) -> None:
    mailbox, policy = person.connect(), Policy(bounces=True)
    for name in ("ann", "bob", "carl"):
        sent = mailbox.add_sent(f"{name}@gmial.com")
        person.wait(hours=2)
        mailbox.add_received(bounce(f"{name}@gmial.com", sent.message_ids[0], person.now()))
        person.sync(mailbox)
        replan(person.ledger, person.now(), policy, window=WINDOW)
        assert swept(person, policy=policy) == ["fired"]
        mail = mailbox.fetch(mailbox._received()[-1].provider_id).decode().replace("=\r\n", "")
        assert f"Did you mean {name}@gmail.com instead of {name}@gmial.com?" in mail


OFFICE = Policy(bounces=True)
EVE = "eve@example.com"


def beat(person: Person, mailbox: FakeMailbox) -> list[str]:
    """One look of the worker: who the notices that come now were told of."""
    person.sync(mailbox)
    replan(person.ledger, person.now(), OFFICE, window=WINDOW)
    before = len(mailbox.tags)
    assert set(swept(person, policy=OFFICE)) <= {"fired"}
    return mailbox.tags[before:]


def gave_back(person: Person, item: SentItem) -> list[str]:
    """The addresses that the notices of an item that came were about, notice by notice."""
    notices = [each for each in person.ledger.decisions(item.id) if each.reminder.endswith("-0")]
    return [each.why.split(":")[0] for each in notices if each.what == "fired"]


def test_a_second_bounce_is_told_although_it_is_dated_before_the_first_was_told(person: Person) -> None:
    mailbox = person.connect()
    person.wait(hours=2)
    sent = mailbox.add_sent(BOB, EVE)
    person.wait(minutes=2)
    mailbox.add_received(bounce(BOB, sent.message_ids[0], person.now()))
    assert len(beat(person, mailbox)) == 1
    person.wait(seconds=60)
    mailbox.add_received(bounce(EVE, sent.message_ids[0], person.now() - timedelta(seconds=90)))
    told = []
    for _ in range(5):
        person.wait(minutes=1)
        told += beat(person, mailbox)
    assert len(told) == 1
    assert gave_back(person, sent) == [BOB, EVE]


def test_a_second_bounce_of_the_same_night_is_told_by_a_notice_of_its_own(person: Person) -> None:
    mailbox = person.connect()
    person.wait(hours=12)
    sent = mailbox.add_sent(BOB, EVE)
    night = person.now() + timedelta(hours=1)
    person.wait(hours=1)
    mailbox.add_received(bounce(BOB, sent.message_ids[0], night))
    assert beat(person, mailbox) == []
    person.wait(hours=12)
    (first,) = beat(person, mailbox)
    # it was queued since that night, so it would have been due at the same time
    mailbox.add_received(bounce(EVE, sent.message_ids[0], night))
    person.wait(minutes=1)
    (second,) = beat(person, mailbox)
    assert first != second
    assert gave_back(person, sent) == [BOB, EVE]


def test_bounces_found_at_the_last_look_are_told_in_the_same_notice_and_not_again(person: Person) -> None:
    mailbox = person.connect()
    person.wait(hours=2)
    sent = mailbox.add_sent(BOB, EVE)
    mailbox.add_received(bounce(BOB, sent.message_ids[0], person.now()))
    person.sync(mailbox)
    replan(person.ledger, person.now(), OFFICE, window=WINDOW)
    mailbox.add_received(bounce(EVE, sent.message_ids[0], person.now()))
    assert swept(person, policy=OFFICE) == ["fired"]
    person.wait(minutes=5)
    assert beat(person, mailbox) == []
    assert len(mailbox.tags) == 1


def test_a_notice_that_is_snoozed_comes_once_more(person: Person) -> None:
    mailbox = person.connect()
    person.wait(hours=2)
    sent = mailbox.add_sent(BOB)
    mailbox.add_received(bounce(BOB, sent.message_ids[0], person.now()))
    assert len(beat(person, mailbox)) == 1
    notice = person.ledger.reminder(f"{sent.id}-0")
    assert notice
    snooze(person.ledger, notice, person.now() + timedelta(hours=2), now=person.now())
    person.wait(hours=1)
    assert beat(person, mailbox) == []
    person.wait(hours=1)
    assert len(beat(person, mailbox)) == 1
    person.wait(hours=1)
    assert beat(person, mailbox) == []


def test_a_notice_that_an_older_version_told_is_not_told_again(person: Person) -> None:
    mailbox = person.connect()
    person.wait(hours=2)
    sent = mailbox.add_sent(BOB, EVE)
    mailbox.add_received(bounce(BOB, sent.message_ids[0], person.now()))
    assert len(beat(person, mailbox)) == 1
    notice = person.ledger.reminder(f"{sent.id}-0")
    assert notice
    person.ledger.put_reminder(replace(notice, told_of=()))
    assert beat(person, mailbox) == []
    person.wait(hours=1)
    mailbox.add_received(bounce(EVE, sent.message_ids[0], person.now()))
    assert len(beat(person, mailbox)) == 1
    person.wait(hours=1)
    assert beat(person, mailbox) == []


def test_a_reminder_missed_while_nobody_ran_comes_once_at_the_first_sweep(person: Person) -> None:
    _, sent = wait_until_due(person)
    person.wait(days=60)
    assert [swept(person), swept(person)] == [["fired"], []]
    second = person.ledger.reminder(f"{sent.id}-2")
    assert second
    assert second.due_at > person.now() + timedelta(days=6)


def test_a_reminder_missed_while_nobody_ran_still_comes_within_the_hours_only(person: Person) -> None:
    wait_until_due(person)
    person.wait(hours=8)  # seven in the evening
    assert swept(person) == []
    person.wait(hours=14, days=1)  # nine on a Saturday
    assert swept(person) == []
    person.wait(days=2)
    assert swept(person) == ["fired"]


@pytest.mark.parametrize("come", [answer, bounce, receipt])
def test_what_came_in_since_the_last_sync_cancels_it_at_the_last_look(person: Person, come: Any) -> None:
    mailbox, sent = wait_until_due(person)
    mailbox.add_received(come(BOB, sent.message_ids[0], person.now()))
    assert swept(person) == ["cancelled"]
    assert (mailbox.tags, story(person, sent)) == ([], ["planned", "cancelled"])


def test_an_answer_that_a_rule_filed_where_no_listing_looks_cancels_it(person: Person) -> None:
    mailbox, sent = wait_until_due(person)
    mailbox.add_received(answer(BOB, sent.message_ids[0], person.now()), listed=False)
    assert swept(person) == ["cancelled"]


def test_an_absence_found_at_the_last_look_moves_it(person: Person) -> None:
    mailbox, sent = wait_until_due(person)
    mailbox.add_received(absence(BOB, sent.message_ids[0], person.now(), "15 May 2026"))
    assert swept(person) == ["moved"]
    person.wait(days=11)
    assert (swept(person), story(person, sent)) == (["fired"], ["planned", "moved", "fired", "planned"])


@pytest.mark.parametrize("at", ["changes", "thread"])
def test_a_mailbox_that_cannot_be_read_again_holds_the_reminder_until_it_can(person: Person, at: str) -> None:
    mailbox, sent = wait_until_due(person)
    mailbox.trip = raising(Unreachable("no network"), at)
    assert [swept(person), swept(person)] == [["held"], ["held"]]
    held = person.ledger.reminder(f"{sent.id}-1")
    assert held
    assert (held.state, person.account(mailbox).problem) == (ReminderState.HELD, "no network")
    mailbox.trip = lambda _: None
    assert swept(person) == ["fired"]
    assert story(person, sent) == ["planned", "held", "fired", "planned"]
    assert person.account(mailbox).problem == ""


def test_a_grant_that_is_gone_parks_the_account_and_holds_the_reminder_until_the_person_signs_in(
    person: Person,
) -> None:
    mailbox, sent = wait_until_due(person)
    mailbox.trip = raising(GrantGone("sign in again"), "changes")
    assert swept(person) == ["held"]
    assert person.account(mailbox).state is AccountState.PARKED
    mailbox.trip = lambda _: None
    assert swept(person) == ["held"]
    person.ledger.put_account(account_of(mailbox))
    assert (swept(person), story(person, sent)) == (["fired"], ["planned", "held", "fired", "planned"])


def test_an_account_disconnected_meanwhile_cancels_it(person: Person) -> None:
    mailbox, sent = wait_until_due(person)
    person.ledger.put_account(account_of(mailbox, state=AccountState.DISCONNECTED))
    assert (swept(person), story(person, sent)) == (["cancelled"], ["planned", "cancelled"])


def test_an_account_that_may_not_send_tells_on_the_terminal_and_says_so(person: Person) -> None:
    mailbox, sent = wait_until_due(person)
    person.ledger.put_account(account_of(mailbox, features=("read",)))
    told: list[str] = []
    assert (swept(person, told=told), len(told), mailbox.tags) == (["fired"], 1, [])
    assert person.ledger.decisions(sent.id)[1].why.endswith("told on the terminal only, as this account may not send")


@pytest.mark.parametrize("err", [ScopeMissing("sending was not allowed"), SendRefused("over quota")])
def test_a_mail_that_is_not_taken_leaves_the_terminal(person: Person, err: ConnectorError) -> None:
    mailbox, sent = wait_until_due(person)
    mailbox.trip = raising(err, "send")
    told: list[str] = []
    assert (swept(person, told=told), len(told)) == (["fired"], 1)
    assert str(err) in person.ledger.decisions(sent.id)[1].why


def test_a_reminder_mail_of_unknown_fate_is_looked_up_and_not_sent_again(person: Person) -> None:
    mailbox, _ = wait_until_due(person)
    mailbox.trip = raising(SendUnknown("no answer"), "sent")
    told: list[str] = []
    assert (swept(person, told=told), told) == (["held"], [])
    mailbox.trip = lambda _: None
    assert (swept(person, told=told), len(told), len(mailbox.tags)) == (["fired"], 1, 1)


def test_a_snoozed_reminder_comes_again_at_its_new_time(person: Person) -> None:
    mailbox, sent = wait_until_due(person)
    swept(person)
    first = person.ledger.reminder(f"{sent.id}-1")
    assert first
    snooze(person.ledger, first, person.now() + timedelta(days=2), now=person.now())
    assert swept(person) == []
    person.wait(days=2)
    assert (swept(person), len(mailbox.tags)) == (["fired"], 2)


def come_again(person: Person, item: SentItem) -> None:
    """The person lets a reminder that came come once more, for the very time it was due."""
    first = person.ledger.reminder(f"{item.id}-1")
    assert first
    snooze(person.ledger, first, first.due_at, now=person.now())


def test_a_reminder_that_comes_again_for_the_same_time_is_mailed_again(person: Person) -> None:
    mailbox, sent = wait_until_due(person)
    assert swept(person) == ["fired"]
    come_again(person, sent)
    assert (swept(person), swept(person)) == (["fired"], [])
    assert mailbox.tags == [f"reminder-{sent.id}-1-20260507T100000Z", f"reminder-{sent.id}-1-20260507T100000Z.2"]


def test_wherever_the_sweep_of_one_that_comes_again_is_cut_it_comes_once(tmp_path: Path) -> None:
    people: list[Person] = []

    def work(fuse: Fuse) -> None:
        person = Person(tmp_path / f"{len(people)}.db")
        people.append(person)
        mailbox, sent = wait_until_due(person)
        swept(person)
        come_again(person, sent)
        mailbox.trip = fuse.step
        swept(person, ledger=cast("Ledger", FusedLedger(person.ledger, fuse)))

    for step in cuts(work):
        person = people[-1]
        mailbox = person.mailboxes["gmail:me@example.com"]
        mailbox.trip = lambda _: None
        for _ in range(2):
            person.wait(seconds=CLAIM_LIFE.total_seconds() + 1)
            swept(person, worker="after the restart")
        assert len(mailbox.tags) == 2, f"cut at step {step}"
        (item,) = person.ledger.items()
        assert story(person, item).count("fired") == 2
        person.ledger.close()
    people[-1].ledger.close()
    assert len(people) > 10


def test_the_bounce_of_another_reader_is_told_when_it_comes_though_that_of_the_first_was_put_off(
    person: Person,
) -> None:
    mailbox = person.connect()
    sent = mailbox.add_sent(BOB, "eve@example.com")
    policy = Policy(bounces=True)

    def given_back(address: str) -> list[str]:
        mailbox.add_received(bounce(address, sent.message_ids[0], person.now()))
        person.sync(mailbox)
        replan(person.ledger, person.now(), policy, window=WINDOW)
        return swept(person, policy=policy)

    person.wait(hours=2)
    assert given_back(BOB) == ["fired"]
    told = person.ledger.reminder(f"{sent.id}-0")
    assert told
    snooze(person.ledger, told, person.now() + timedelta(hours=1), now=person.now())
    person.wait(hours=1)
    assert swept(person, policy=policy) == ["fired"]
    person.wait(hours=2)
    assert given_back("eve@example.com") == ["fired"]
    again = person.ledger.reminder(f"{sent.id}-0")
    assert again
    assert (again.due_at, len(mailbox.tags), len(set(mailbox.tags))) == (person.now(), 3, 3)


def test_a_reminder_done_while_it_is_being_looked_at_does_not_come(person: Person) -> None:
    mailbox, sent = wait_until_due(person)

    def settle(name: str) -> None:
        found = person.ledger.reminder(f"{sent.id}-1")
        if name == "thread" and found:
            done(person.ledger, found, now=person.now())

    mailbox.trip = settle
    told: list[str] = []
    swept(person, told=told)
    assert (told, mailbox.tags) == ([], [])
    assert [each.state for each in person.ledger.reminders()] == [ReminderState.DONE]


def test_a_reminder_snoozed_while_its_mailbox_is_out_of_reach_keeps_its_new_time(person: Person) -> None:
    mailbox, sent = wait_until_due(person)
    later = person.now() + timedelta(days=9)

    def snooze_and_fail(_: str) -> None:
        found = person.ledger.reminder(f"{sent.id}-1")
        assert found
        snooze(person.ledger, found, later, now=person.now())
        raise Unreachable("no network")

    mailbox.trip = snooze_and_fail
    assert swept(person) == ["left alone"]
    assert [(each.state, each.due_at) for each in person.ledger.reminders()] == [(ReminderState.PLANNED, later)]


def test_wherever_a_sweep_is_cut_the_reminder_comes_once(tmp_path: Path) -> None:
    people: list[Person] = []
    told: list[str] = []

    def work(fuse: Fuse) -> None:
        person = Person(tmp_path / f"{len(people)}.db")
        people.append(person)
        told.clear()
        mailbox, _ = wait_until_due(person)
        mailbox.trip = fuse.step
        swept(person, ledger=cast("Ledger", FusedLedger(person.ledger, fuse)), told=told)

    for step in cuts(work):
        person = people[-1]
        mailbox = person.mailboxes["gmail:me@example.com"]
        mailbox.trip = lambda _: None
        replan(person.ledger, person.now(), Policy(), window=WINDOW)
        swept(person, worker="after the restart", told=told)
        person.wait(seconds=CLAIM_LIFE.total_seconds() + 1)
        swept(person, worker="after the restart", told=told)
        (item,) = person.ledger.items()
        assert (len(mailbox.tags), len(told) <= 1) == (1, True), f"cut at step {step}"
        assert [each.state for each in person.ledger.reminders()] == [ReminderState.FIRED, ReminderState.PLANNED], step
        assert story(person, item).count("fired") == 1
        person.ledger.close()
    people[-1].ledger.close()
    assert len(people) > 15


def test_wherever_a_notice_of_mail_given_back_is_cut_a_bounce_that_comes_meanwhile_is_told(tmp_path: Path) -> None:
    people: list[Person] = []

    def work(fuse: Fuse) -> None:
        person = Person(tmp_path / f"{len(people)}.db")
        people.append(person)
        mailbox = person.connect()
        person.wait(hours=2)
        sent = mailbox.add_sent(BOB, EVE)
        mailbox.add_received(bounce(BOB, sent.message_ids[0], person.now()))
        person.sync(mailbox)
        replan(person.ledger, person.now(), OFFICE, window=WINDOW)
        mailbox.trip = fuse.step
        swept(person, ledger=cast("Ledger", FusedLedger(person.ledger, fuse)), policy=OFFICE)

    for step in cuts(work):
        person = people[-1]
        mailbox = person.mailboxes["gmail:me@example.com"]
        mailbox.trip = lambda _: None
        before = len(mailbox.tags)
        sent = next(each for each in mailbox._sent() if not each.tag)
        person.wait(seconds=CLAIM_LIFE.total_seconds() + 1)
        mailbox.add_received(bounce(EVE, sent.message_ids[0], person.now()))
        for _ in range(4):
            beat(person, mailbox)
            person.wait(seconds=CLAIM_LIFE.total_seconds() + 1)
        assert len(mailbox.tags) == before + 1, f"cut at step {step}"
        person.ledger.close()
    people[-1].ledger.close()
    assert len(people) > 10


def test_two_workers_on_one_ledger_fire_each_reminder_once(person: Person) -> None:
    mailbox = person.connect()
    for number in range(12):
        mailbox.add_sent(f"reader{number}@example.org")
    person.sync(mailbox)
    replan(person.ledger, person.now(), Policy(), window=WINDOW)
    person.wait(days=4, hours=2)
    told: list[str] = []
    ledgers = [TinyLedger(person.path) for _ in range(3)]
    threads = [
        threading.Thread(target=lambda ledger=ledger, n=n: swept(person, ledger=ledger, worker=f"w{n}", told=told))
        for n, ledger in enumerate(ledgers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ledger in ledgers:
        ledger.close()
    assert (len(told), len(mailbox.tags), len(set(mailbox.tags))) == (12, 12, 12)


def test_a_claim_of_a_living_worker_is_left_alone(person: Person) -> None:
    mailbox, _ = wait_until_due(person)
    mailbox.trip = Fuse(1).step
    with pytest.raises(PowerCut):
        swept(person, worker="first")
    mailbox.trip = lambda _: None
    person.wait(minutes=14)
    assert swept(person, worker="second") == []
    person.wait(minutes=2)
    assert swept(person, worker="second") == ["fired"]


def test_a_claim_of_a_worker_that_has_certainly_ended_is_taken_over_at_once(person: Person) -> None:
    mailbox, _ = wait_until_due(person)
    mailbox.trip = Fuse(1).step
    with pytest.raises(PowerCut):
        swept(person, worker="here:1")
    mailbox.trip = lambda _: None
    assert swept(person, worker="here:2", is_gone=lambda worker: worker == "elsewhere:1") == []
    assert swept(person, worker="here:2", is_gone=lambda worker: worker.startswith("here:")) == ["fired"]
