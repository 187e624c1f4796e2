"""Reminders among clocks that jump, machines that sleep, summer time and a second worker: at most once, and once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors.mailbox import Now
from sandbox.faults import Fault
from scheduler.calendar import Calendar
from scheduler.policy import Policy
from scheduler.reminders import replan
from scheduler.sweep import sweep
from store.ledger import ReminderState
from store.tiny import TinyLedger
from tests.faults.household import WINDOW, Household
from tests.faults.work import work
from tests.scheduler.conftest import BOB, MONDAY, Person


def firsts(household: Household) -> list[ReminderState]:
    """How the first reminder of each item stands."""
    return [each.state for each in household.ledger.reminders() if each.round == 1]


@pytest.fixture
def waiting(household: Household) -> Household:
    """One sent mail that nobody has reacted to, and a reminder that is planned."""
    household.send()
    work(household)
    assert firsts(household) == [ReminderState.PLANNED]
    return household


def test_a_day_of_downtime_delays_a_reminder_and_it_comes_once(waiting: Household) -> None:
    waiting.wait(timedelta(days=4))
    work(waiting)
    work(waiting)
    assert (len(waiting.tags()), firsts(waiting)) == (1, [ReminderState.FIRED])


@pytest.mark.parametrize("kind", ["reply", "receipt", "delivery"])
def test_none_comes_after_what_the_mailbox_already_holds(waiting: Household, kind: str) -> None:
    waiting.wait(timedelta(days=4))
    (named,) = waiting.sent()
    waiting.come(kind, named)
    work(waiting)
    assert (waiting.tags(), firsts(waiting)) == ([], [ReminderState.CANCELLED])


def test_none_comes_after_an_answer_that_a_rule_filed_elsewhere_before_it_was_listed(waiting: Household) -> None:
    waiting.wait(timedelta(days=4))
    (named,) = waiting.sent()
    waiting.file_away(waiting.come("reply", named).message_id)
    work(waiting)
    assert (waiting.tags(), firsts(waiting)) == ([], [ReminderState.CANCELLED])


def test_none_comes_after_a_wish_to_be_left_alone(waiting: Household) -> None:
    waiting.wait(timedelta(days=4))
    (named,) = waiting.sent()
    waiting.come("decline", named)
    work(waiting)
    assert (waiting.tags(), firsts(waiting)) == ([], [ReminderState.CANCELLED])


def test_a_mailbox_out_of_reach_holds_it_and_it_comes_once_when_it_is_back(waiting: Household) -> None:
    waiting.wait(timedelta(days=4))
    waiting.server.faults.add(Fault(trouble="drop", times=10_000))
    work(waiting)
    assert (waiting.tags(), firsts(waiting)) == ([], [ReminderState.HELD])
    waiting.server.faults.clear()
    waiting.wait(timedelta(hours=1))
    work(waiting)
    work(waiting)
    assert (len(waiting.tags()), firsts(waiting)) == (1, [ReminderState.FIRED])


@pytest.mark.parametrize("hours", [-30, -1, 1, 30, 24 * 400])
def test_a_clock_set_wrong_and_right_again_brings_it_once(waiting: Household, hours: int) -> None:
    real = waiting.now
    waiting.wait(timedelta(days=4))
    for wrong in (hours, 0, hours, 0):
        waiting.now = shifted(real, hours=wrong)  # type: ignore[method-assign]  # a machine's clock, set by somebody
        work(waiting)
    assert len(waiting.tags()) == 1
    assert firsts(waiting) == [ReminderState.FIRED]


def shifted(clock: Now, **by: float) -> Now:
    """A clock that is wrong by so much."""
    return lambda: clock() + timedelta(**by)


# What needs no wire: the rules of the ledger and the calendar, with a mailbox in memory


@pytest.mark.parametrize(
    ("zone", "sent", "due"),
    [
        # clocks go forward on Sunday 29 March, and back on Sunday 25 October 2026
        ("Europe/Berlin", "2026-03-26T10:00+01:00", "2026-03-31T10:00+02:00"),
        ("Europe/Berlin", "2026-10-22T10:00+02:00", "2026-10-27T10:00+01:00"),
        # on Sunday 8 March and Sunday 1 November 2026
        ("America/New_York", "2026-03-05T10:00-05:00", "2026-03-10T10:00-04:00"),
        ("America/New_York", "2026-10-29T10:00-04:00", "2026-11-03T10:00-05:00"),
        # half an hour, on Sunday 4 October 2026
        ("Australia/Lord_Howe", "2026-10-01T10:00+10:30", "2026-10-06T10:00+11:00"),
    ],
)
def test_a_change_of_summer_time_on_the_way_keeps_the_hour_and_brings_it_once(
    person: Person, zone: str, sent: str, due: str
) -> None:
    person.clock.advance(datetime.fromisoformat(sent) - MONDAY)
    mailbox = person.connect(connected_at=person.now())
    mailbox.add_sent(BOB)
    person.sync(mailbox)
    policy = Policy(calendar=Calendar(zone=ZoneInfo(zone)))
    replan(person.ledger, person.now(), policy, window=WINDOW)
    (planned,) = person.ledger.reminders()
    assert planned.due_at == datetime.fromisoformat(due)
    came: list[str] = []
    for _ in range(24 * 7 * 2):
        person.wait(minutes=30)
        outcomes = sweep(
            person.ledger, person.open, now=person.now, policy=policy, window=WINDOW, worker_id="w", tell=came.append
        )
        assert all(each.what == "fired" for each in outcomes)
        if outcomes:
            assert person.now() - planned.due_at < timedelta(minutes=30)
    assert (len(came), len(mailbox.tags)) == (1, 1)


def test_a_machine_suspended_in_the_middle_of_a_sweep_brings_it_once(person: Person) -> None:
    mailbox = person.connect()
    mailbox.add_sent(BOB)
    person.sync(mailbox)
    replan(person.ledger, person.now(), Policy(), window=WINDOW)
    person.wait(days=3, hours=1)
    told: list[str] = []

    def sweep_by(name: str) -> list[str]:
        ledger = TinyLedger(person.path)
        outcomes = sweep(
            ledger, person.open, now=person.now, policy=Policy(), window=WINDOW, worker_id=name, tell=told.append
        )
        ledger.close()
        return [each.what for each in outcomes]

    def suspend(call: str) -> None:
        """Asleep for hours at its last look; another machine on the same ledger is awake."""
        if call == "thread":
            mailbox.trip = lambda _: None
            person.wait(hours=7)
            assert sweep_by("other") == ["fired"]

    mailbox.trip = suspend
    assert sweep_by("asleep") == ["left alone"]
    assert (len(told), len(mailbox.tags)) == (1, 1)
