"""Plans in the ledger, and what the person decides about them."""

from collections import Counter
from datetime import timedelta

from evidence.model import Ruling, Verdict
from evidence.ruling import ruling
from scheduler.policy import Condition, Policy
from scheduler.reminders import ask, done, replan, snooze
from scheduler.standing import standing
from scheduler.verbs import Verb
from store.ledger import AccountState, Reminder, ReminderState
from store.tracking import Choice, Stance
from tests.scheduler.conftest import BOB, MONDAY, WINDOW, Person, account_of
from tests.scheduler.letters import absence, answer, bounce

OFFICE = Policy()


def plan_all(person: Person) -> list[tuple[str, str]]:
    changes = replan(person.ledger, person.now(), OFFICE, window=WINDOW)
    return [(reminder.id, line.what) for reminder, line in changes]


def only_reminder(person: Person) -> Reminder:
    (reminder,) = person.ledger.reminders()
    return reminder


def test_each_sent_item_gets_its_reminder_once(person: Person) -> None:
    mailbox = person.connect()
    sent = mailbox.add_sent(BOB, at=MONDAY + timedelta(hours=2))
    person.sync(mailbox)
    assert plan_all(person) == [(f"{sent.id}-1", "planned")]
    assert plan_all(person) == []
    assert only_reminder(person).due_at == MONDAY + timedelta(days=3, hours=2)


def test_a_first_sync_raises_no_storm_about_old_mail(person: Person) -> None:
    mailbox = person.connect()
    for days in (1, 2, 6, 20):
        mailbox.add_sent(BOB, at=MONDAY - timedelta(days=days))
    person.sync(mailbox)
    plan_all(person)
    assert Counter(each.state for each in person.ledger.reminders()) == {
        ReminderState.PLANNED: 2,
        ReminderState.CANCELLED: 2,
    }
    assert all(each.due_at >= MONDAY for each in person.ledger.reminders(states=[ReminderState.PLANNED]))


def test_an_answer_and_a_bounce_cancel_it_with_the_reason(person: Person) -> None:
    mailbox = person.connect()
    first, second = mailbox.add_sent(BOB), mailbox.add_sent("cem@example.org")
    person.sync(mailbox)
    plan_all(person)
    mailbox.add_received(answer(BOB, first.message_ids[0], MONDAY + timedelta(hours=1)))
    mailbox.add_received(bounce("cem@example.org", second.message_ids[0], MONDAY + timedelta(hours=1)))
    person.sync(mailbox)
    assert sorted(plan_all(person)) == sorted([(f"{first.id}-1", "cancelled"), (f"{second.id}-1", "cancelled")])
    why = [person.ledger.decisions(each.id)[-1].why.split(" (")[0] for each in (first, second)]
    assert why == ["bob@example.org: answered", "cem@example.org: not delivered"]


def test_a_reader_who_opted_out_is_not_followed_up_until_they_take_it_back(person: Person) -> None:
    mailbox = person.connect()
    sent = mailbox.add_sent(BOB, at=MONDAY + timedelta(hours=2))
    person.sync(mailbox)
    plan_all(person)
    for stance in (Stance.OPT_OUT, Stance.NONE):
        person.wait(minutes=1)
        person.ledger.tracking.choose([Choice(address=BOB, stance=stance, at=person.now(), how="pressed the button")])
        plan_all(person)
    lines = [(each.what, each.why.split(" (")[0]) for each in person.ledger.decisions(sent.id)[1:]]
    assert lines == [("cancelled", "bob@example.org: declined"), ("planned", "3 business days after sending")]


def test_what_was_asked_by_command_goes_before_the_rules_and_opens_what_was_done(person: Person) -> None:
    mailbox = person.connect()
    sent = mailbox.add_sent(BOB, at=MONDAY + timedelta(hours=2))
    person.sync(mailbox)
    plan_all(person)
    done(person.ledger, only_reminder(person), now=person.now())
    ask(person.ledger, sent, Verb(condition=Condition.NO_REPLY, after="2026-05-20t11:00"), OFFICE, now=person.now())
    plan_all(person)
    again = only_reminder(person)
    assert (again.state, again.due_at) == (ReminderState.PLANNED, MONDAY + timedelta(days=16, hours=3))
    ask(person.ledger, sent, Verb(off=True), OFFICE, now=person.now())
    plan_all(person)
    assert only_reminder(person).reason == "no reminders about this mail, as you asked"


def test_an_auto_reply_with_a_date_moves_it_and_it_stays_there_when_the_absence_is_over(person: Person) -> None:
    mailbox = person.connect()
    person.wait(hours=2)
    sent = mailbox.add_sent(BOB)
    mailbox.add_received(absence(BOB, sent.message_ids[0], person.now(), "15 May 2026"))
    person.sync(mailbox)
    plan_all(person)
    assert only_reminder(person).due_at == MONDAY + timedelta(days=14, hours=1)
    person.wait(days=12, hours=4)
    assert plan_all(person) == []


def test_an_absence_announced_to_another_mail_moves_the_reminder_and_does_not_become_the_verdict(
    person: Person,
) -> None:
    mailbox = person.connect()
    person.wait(hours=2)
    first = mailbox.add_sent(BOB)
    mailbox.add_received(absence(BOB, first.message_ids[0], person.now(), "29 May 2026"))
    person.sync(mailbox)
    person.wait(hours=1)
    # the program answers each sender once in a while
    second = mailbox.add_sent(BOB, subject="Another matter")
    person.sync(mailbox)
    plan_all(person)
    due = {each.item: (f"{each.due_at:%m-%d %H:%M}", each.reason) for each in person.ledger.reminders()}
    rest = "the first business day after that"
    assert due == {
        first.id: ("06-01 09:00", f"away until 2026-05-29: {rest}"),
        second.id: ("06-01 09:00", f"away until 2026-05-29, as an automatic answer to another mail said: {rest}"),
    }
    verdict = standing(person.ledger, second, now=person.now()).headline
    assert (verdict.verdict, verdict.until) == (Verdict.UNREAD, None)
    assert plan_all(person) == []


def test_an_absence_announced_to_another_mail_holds_for_what_was_sent_shortly_before_and_not_for_older_mail(
    person: Person,
) -> None:
    mailbox = person.connect()
    person.wait(hours=2)
    older, shortly_before = mailbox.add_sent(BOB, at=person.now() - timedelta(days=1, hours=1)), mailbox.add_sent(BOB)
    person.wait(minutes=1)
    first = mailbox.add_sent(BOB)
    mailbox.add_received(absence(BOB, first.message_ids[0], person.now(), "29 May 2026"))
    person.sync(mailbox)
    plan_all(person)
    due = {each.item: f"{each.due_at:%m-%d %H:%M}" for each in person.ledger.reminders()}
    assert due == {older.id: "05-06 09:00", shortly_before.id: "06-01 09:00", first.id: "06-01 09:00"}


def test_an_absence_announced_to_another_mail_is_news_of_what_else_was_sent_then(person: Person) -> None:
    mailbox = person.connect()
    person.wait(hours=2)
    shortly_before = mailbox.add_sent(BOB)
    person.wait(minutes=1)
    first = mailbox.add_sent(BOB, subject="Another matter")
    person.sync(mailbox)
    mailbox.add_received(absence(BOB, first.message_ids[0], person.now(), "29 May 2026"))
    assert set(person.sync(mailbox).touched) == {first.id, shortly_before.id}


def test_an_absence_is_over_for_mail_sent_after_a_person_wrote_from_there(person: Person) -> None:
    mailbox = person.connect()
    person.wait(hours=2)
    first = mailbox.add_sent(BOB)
    mailbox.add_received(absence(BOB, first.message_ids[0], person.now(), "29 May 2026"))
    person.wait(hours=1)
    mailbox.add_received(answer(BOB, first.message_ids[0], person.now()))
    person.wait(hours=1)
    second = mailbox.add_sent(BOB, subject="Another matter")
    person.sync(mailbox)
    plan_all(person)
    (waiting,) = person.ledger.reminders(item=second.id)
    assert waiting.reason == "3 business days after sending"


def test_an_absence_announced_to_another_mail_and_set_aside_there_moves_nothing(person: Person) -> None:
    mailbox = person.connect()
    person.wait(hours=2)
    first = mailbox.add_sent(BOB)
    mailbox.add_received(absence(BOB, first.message_ids[0], person.now(), "29 May 2026"))
    second = mailbox.add_sent(BOB, subject="Another matter")
    person.sync(mailbox)
    (said,) = person.ledger.evidence(first.id)
    person.ledger.take(mailbox.account, evidence=[ruling(said, Ruling.UNRELATED, at=person.now())])
    plan_all(person)
    (waiting,) = person.ledger.reminders(item=second.id)
    assert waiting.reason == "3 business days after sending"


def test_removed_mail_and_mail_of_a_disconnected_account_are_not_followed_up(person: Person) -> None:
    gmail, outlook = person.connect(), person.connect("me@work.example", "outlook")
    deleted, left = gmail.add_sent(BOB), outlook.add_sent(BOB)
    person.sync(gmail)
    person.sync(outlook)
    plan_all(person)
    gmail.add_removal(deleted.provider_id)
    person.sync(gmail)
    person.ledger.put_account(account_of(outlook, state=AccountState.DISCONNECTED))
    assert sorted(plan_all(person)) == sorted([(f"{deleted.id}-1", "cancelled"), (f"{left.id}-1", "cancelled")])
    assert plan_all(person) == []


def test_replanning_may_be_limited_to_what_is_news(person: Person) -> None:
    mailbox = person.connect()
    first, second = mailbox.add_sent(BOB), mailbox.add_sent(BOB)
    person.sync(mailbox)
    changes = replan(person.ledger, person.now(), OFFICE, window=WINDOW, only=[second.id, "nothing"])
    assert [each.item for each, _ in changes] == [second.id]
    assert first.id != second.id


def test_a_snoozed_reminder_keeps_the_time_the_person_chose(person: Person) -> None:
    mailbox = person.connect()
    mailbox.add_sent(BOB)
    person.sync(mailbox)
    plan_all(person)
    until = MONDAY + timedelta(days=40)
    changed = snooze(person.ledger, only_reminder(person), until, now=person.now())
    person.wait(days=35)
    assert plan_all(person) == []
    assert only_reminder(person) == changed
    assert (changed.due_at, changed.pinned, changed.state) == (until, True, ReminderState.PLANNED)


def test_done_settles_the_item_for_good(person: Person) -> None:
    mailbox = person.connect()
    sent = mailbox.add_sent(BOB)
    person.sync(mailbox)
    plan_all(person)
    changed = done(person.ledger, only_reminder(person), now=person.now())
    assert (changed.id, changed.state) == (f"{sent.id}-1", ReminderState.DONE)
    assert (plan_all(person), only_reminder(person)) == ([], changed)
    assert [each.what for each in person.ledger.decisions(sent.id)] == ["planned", "done"]


def test_done_settles_the_rounds_that_are_still_to_come(person: Person) -> None:
    mailbox = person.connect()
    sent = mailbox.add_sent(BOB)
    person.sync(mailbox)
    first = Reminder(
        id=f"{sent.id}-1",
        item=sent.id,
        account=mailbox.account,
        round=1,
        due_at=MONDAY,
        state=ReminderState.FIRED,
        fired_at=MONDAY,
    )
    person.ledger.put_reminder(first)
    plan_all(person)
    done(person.ledger, first, now=person.now())
    assert [each.state for each in person.ledger.reminders()] == [ReminderState.DONE, ReminderState.DONE]
    told = [(each.reminder, each.what, each.why) for each in person.ledger.decisions(sent.id)]
    assert [each for each in told if each[1] == "done"] == [(first.id, "done", "by you")]
