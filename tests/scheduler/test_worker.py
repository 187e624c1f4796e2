"""The worker: every account on its own, stopped quickly, nothing fired twice."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from connectors.errors import GrantGone, Unreachable
from scheduler.bell import Bell
from scheduler.hits import Pulled
from scheduler.policy import Policy
from scheduler.worker import Worker
from store.ledger import Account, AccountState, ReminderState, StoreUnwritable
from tests.scheduler.conftest import BOB, MONDAY, WINDOW, Person, account_of
from tests.scheduler.fake_mailbox import FakeMailbox
from tests.scheduler.interruptions import raising
from tests.scheduler.letters import answer

#: real seconds; what is waited for comes far sooner
PATIENCE = 10.0


def worker_of(person: Person, told: list[str] | None = None, **named: object) -> Worker:
    defaults: dict[str, object] = {
        "now": person.now,
        "window": WINDOW,
        "sync_every": 0.05,
        "sweep_every": 0.05,
        "tell": lambda line: None if told is None else told.append(line),
    }
    return Worker(person.ledger, person.open, Policy(), **{**defaults, **named})  # type: ignore[arg-type]  # as Worker has them


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


@contextmanager
def running(worker: Worker) -> Iterator[threading.Event]:
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_one_pass_reads_every_account_and_fires_what_is_due(person: Person) -> None:
    gmail, outlook = person.connect(), person.connect("me@work.example", "outlook")
    gmail.add_sent(BOB)
    answered = outlook.add_sent(BOB)
    told: list[str] = []
    first = worker_of(person, told).run_once()
    outlook.add_received(answer(BOB, answered.message_ids[0], MONDAY + timedelta(hours=1)))
    person.wait(days=4, hours=2)
    second = worker_of(person, told).run_once()
    assert [(each.account, each.new_items) for each in first.accounts] == [(gmail.account, 1), (outlook.account, 1)]
    assert (first.outcomes, first.troubles, second.troubles) == ((), {}, {})
    assert [each.what for each in second.outcomes] == ["fired"]
    assert (len(told), len(second.reminders)) == (1, 1)
    assert (gmail.closed, outlook.closed) == (True, True)


def test_a_first_reading_says_once_how_much_mail_is_too_old_for_a_reminder(person: Person) -> None:
    mailbox = person.connect()
    for days in (1, 6, 20):
        mailbox.add_sent(BOB, at=MONDAY - timedelta(days=days))
    told: list[str] = []
    worker_of(person, told).run_once()
    worker_of(person, told).run_once()
    assert told == [
        "Mails whose reminder was due before this mailbox was connected: 2. None comes about them, unless you ask: "
        '"heardback remind ITEM --after 1d".'
    ]


def test_one_failing_account_never_stops_another(person: Person) -> None:
    gone, away, odd, well = (person.connect(f"{name}@example.com") for name in ("gone", "away", "odd", "well"))
    gone.trip = raising(GrantGone("sign in again"), "changes")
    away.trip = raising(Unreachable("no network"), "changes")
    odd.trip = raising(ZeroDivisionError("oh"), "changes")
    for each in (gone, away, odd, well):
        each.add_sent(BOB)
    told: list[str] = []
    report = worker_of(person, told).run_once()
    assert [each.account for each in report.accounts] == [well.account]
    assert report.troubles == {
        gone.account: "sign in again",
        away.account: "no network",
        odd.account: "unexpected trouble, please report it: ZeroDivisionError: oh",
    }
    states = [person.account(each).state for each in (gone, away, odd, well)]
    assert states == [AccountState.PARKED, *[AccountState.CONNECTED] * 3]
    assert told == ['A mailbox at gmail could not be read; "heardback status" says why.'] * 3
    assert "@" not in "".join(told)


def test_the_same_trouble_is_told_once_and_a_good_reading_clears_it(person: Person) -> None:
    mailbox = person.connect()
    mailbox.trip = raising(Unreachable("no network"), "changes")
    told: list[str] = []
    worker = worker_of(person, told)
    worker.run_once()
    worker.run_once()
    assert len(told) == 1
    mailbox.trip = lambda _: None
    assert worker.run_once().troubles == {}


def test_what_was_read_before_trouble_came_is_planned_once_it_is_over(person: Person) -> None:
    mailbox = person.connect()
    with running(worker_of(person)):
        until(lambda: person.account(mailbox).last_read_at)
        pages: list[str] = []

        def cut_the_second_page(name: str) -> None:
            pages.append(name)
            if pages.count("changes") == 2:
                raise Unreachable("no network")

        mailbox.page = 1
        mailbox.trip = cut_the_second_page
        first, second = mailbox.add_sent(BOB), mailbox.add_sent(BOB)
        until(lambda: len(person.ledger.reminders()) == 2)
    assert {each.item for each in person.ledger.reminders()} == {first.id, second.id}


def test_a_parked_account_is_not_read_until_the_person_signs_in_again(person: Person) -> None:
    mailbox = person.connect(state=AccountState.PARKED, problem="sign in again")
    assert worker_of(person).run_once().accounts == ()
    assert mailbox.spend.requests == 0
    person.ledger.put_account(account_of(mailbox))
    assert len(worker_of(person).run_once().accounts) == 1


def test_a_sign_in_that_ended_is_told_once_and_anew_when_it_ends_again(person: Person) -> None:
    alarms: list[str] = []
    mailbox = person.connect(state=AccountState.PARKED, problem="sign in again")
    with running(worker_of(person, alarm=alarms.append)):
        until(lambda: alarms)
        person.ledger.put_account(account_of(mailbox))
        until(lambda: person.account(mailbox).last_read_at)
        person.ledger.put_account(account_of(mailbox, state=AccountState.PARKED))
        until(lambda: len(alarms) > 1)
    assert [("sign-in has ended" in each, mailbox.address in each) for each in alarms] == [(True, False)] * 2


def test_a_bell_has_everything_read_at_once_also_what_rests(person: Person, tmp_path: Path) -> None:
    well, resting = person.connect(), person.connect("away@example.com")
    rests = person.now() + timedelta(minutes=10)
    person.ledger.put_account(replace(person.account(resting), failures=4, rests_until=rests))
    bell, pulls = Bell(file=tmp_path / "bell"), [0]

    def pull() -> Pulled:
        pulls[0] += 1
        return Pulled()

    with running(worker_of(person, sync_every=3600, pull_every=3600, take_hits=pull, bell=bell)):
        until(lambda: person.account(well).last_read_at and pulls[0])
        assert person.account(resting).last_read_at is None
        item = well.add_sent(BOB)
        bell.ring()
        bell.ring()
        until(lambda: not bell.rings)
        assert (person.ledger.item(item.id) is not None, person.account(resting).last_read_at) == (True, MONDAY)
        assert pulls == [2]


def test_a_bell_rings_until_a_reading_that_a_stop_did_not_cut_short(person: Person, tmp_path: Path) -> None:
    mailbox, bell, at_work = person.connect(), Bell(file=tmp_path / "bell"), threading.Event()
    with running(worker_of(person, sync_every=3600, bell=bell)) as stop:
        until(lambda: person.account(mailbox).last_read_at)

        def stopped(_: str) -> None:
            at_work.set()
            stop.wait(PATIENCE)

        mailbox.trip = stopped
        bell.ring()
        assert at_work.wait(PATIENCE)
    assert bell.rings


def test_a_mailbox_is_opened_anew_with_a_new_grant(person: Person) -> None:
    mailbox = person.connect()
    opened: list[Account] = []

    def open_(account: Account) -> FakeMailbox:
        opened.append(account)
        return mailbox

    worker = Worker(person.ledger, open_, Policy(), now=person.now, window=WINDOW, sync_every=0.02, sweep_every=0.02)
    with running(worker):
        until(lambda: mailbox.spend.requests > 3)
        later = MONDAY + timedelta(days=7)
        person.ledger.put_account(replace(person.account(mailbox), granted_at=later))
        until(lambda: len(opened) > 1)
    assert [each.granted_at for each in opened] == [MONDAY, later]


def test_drafts_are_armed_where_the_person_lets_us(person: Person) -> None:
    arms = {"capabilities": {"arms_drafts": True}}
    marked = person.connect("marked@work.example", "outlook", features=("read", "arm"), **arms)
    asked = person.connect("asked@work.example", "outlook", features=("read",), **arms)
    gmail = person.connect(features=("read", "arm"))
    told: list[str] = []
    worker_of(person, told).run_once()
    worker_of(person, told, arm_all=True).run_once()
    assert (marked.armed, asked.armed, gmail.armed) == ([True, False], [], [])
    assert told == ["Drafts at outlook that ask for a read receipt from now on: 1."]


def test_trouble_with_arming_is_kept_and_the_reading_counts_all_the_same(person: Person) -> None:
    mailbox = person.connect(features=("read", "arm"), capabilities={"arms_drafts": True})
    mailbox.trip = raising(Unreachable("drafts are out of reach"), "arm_drafts")
    report = worker_of(person).run_once()
    assert (len(report.accounts), report.troubles) == (1, {mailbox.account: "drafts are out of reach"})


def test_running_reads_again_and_again_and_fires_once(person: Person) -> None:
    mailbox = person.connect()
    told: list[str] = []
    with running(worker_of(person, told)):
        until(lambda: person.account(mailbox).last_read_at)
        sent = mailbox.add_sent(BOB)
        until(lambda: person.ledger.reminders(item=sent.id))
        person.wait(days=4, hours=2)
        until(lambda: told)
        before = mailbox.spend.requests
        until(lambda: mailbox.spend.requests > before + 5)
    assert (len(told), len(mailbox.tags)) == (1, 1)
    states = [each.state for each in person.ledger.reminders(item=sent.id)]
    assert states == [ReminderState.FIRED, ReminderState.PLANNED]


def test_an_account_connected_while_it_runs_is_picked_up_and_one_disconnected_is_left(person: Person) -> None:
    steady = person.connect("steady@example.com")

    def a_while() -> None:
        before = steady.spend.requests
        until(lambda: steady.spend.requests > before + 4)

    with running(worker_of(person)):
        mailbox = person.connect()
        until(lambda: mailbox.spend.requests)
        person.ledger.put_account(account_of(mailbox, state=AccountState.DISCONNECTED))
        a_while()
        requests = mailbox.spend.requests
        a_while()
        assert mailbox.spend.requests == requests


def test_an_account_that_hangs_holds_up_neither_the_others_nor_the_stop(person: Person) -> None:
    slow, quick = person.connect("slow@example.com"), person.connect("quick@example.com")
    answered, before = threading.Event(), set(threading.enumerate())

    def hang(_: str) -> None:
        answered.wait(PATIENCE)

    slow.trip = hang
    with running(worker_of(person)) as stop:
        until(lambda: quick.spend.requests > 3)
        stop.set()
    # here the worker has ended, and the slow one still hangs
    assert (slow.closed, quick.closed, answered.is_set()) == (False, True, False)
    answered.set()
    until(lambda: set(threading.enumerate()) <= before)


def test_a_stop_in_the_middle_of_a_long_listing_ends_at_the_next_page_and_goes_on_later(person: Person) -> None:
    mailbox = person.connect()
    for _ in range(40):
        mailbox.add_sent(BOB)
    mailbox.page = 1
    worker = worker_of(person)
    with running(worker) as stop:
        mailbox.trip = lambda _: stop.set() if len(person.ledger.items()) == 5 else None
        stop.wait(PATIENCE)
    read = len(person.ledger.items())
    assert 5 <= read < 40
    assert person.account(mailbox).problem == ""
    mailbox.trip = lambda _: None
    assert worker_of(person).run_once().accounts[0].listed == 40 - read
    assert len(person.ledger.items()) == 40


def test_a_listing_tells_its_progress(person: Person) -> None:
    mailbox = person.connect()
    for _ in range(5):
        mailbox.add_sent(BOB)
    seen: list[tuple[int, int | None]] = []
    worker_of(person).run_once(progress=lambda each: seen.append((each.done, each.total)))
    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_what_is_old_is_let_go_at_each_pass_and_trouble_with_that_stops_nothing(person: Person) -> None:
    mailbox = person.connect()
    mailbox.add_sent(BOB)
    calls, told = [], list[str]()
    worker_of(person, let_go=lambda: calls.append("once")).run_once()
    with running(worker_of(person, let_go=lambda: calls.append("running"))):
        until(lambda: "running" in calls)

    def refuses() -> None:
        raise StoreUnwritable("the disk is full")

    report = worker_of(person, told, let_go=refuses).run_once()
    assert (calls, report.troubles) == (["once", "running"], {})
    assert told == ["What is older than it is to be kept could not be erased: the disk is full"]
