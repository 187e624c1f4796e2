"""Reminders at further places: each once, again only where that is safe, and never without saying so."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import cast

import pytest

from connectors.errors import SendUnknown, Unreachable
from evidence.model import SentItem
from scheduler.digest import Digest
from scheduler.notice import Notice
from scheduler.own_mailbox import Marked
from scheduler.policy import Condition, Policy
from scheduler.reminders import ask, done, replan, snooze
from scheduler.surfaces import PAUSES, Shown, Surface, SurfaceTrouble
from scheduler.sweep import Sweeper
from scheduler.verbs import Verb
from scheduler.withdrawing import withdraw
from scheduler.worker import Worker
from store.deliveries import DeliveryState
from store.ledger import Ledger
from tests.scheduler.conftest import BOB, MONDAY, WINDOW, Person
from tests.scheduler.fake_mailbox import FakeMailbox
from tests.scheduler.interruptions import Fuse, FusedLedger, cuts, raising
from tests.scheduler.letters import answer, bounce

EVE = "eve@example.org"


class Killed(BaseException):
    """The process ended here."""


@dataclass
class Board:
    """A place that shows what it is given, unless it is broken."""

    name: str = "board"
    is_repeatable: bool = False
    gathers: bool = False
    shown: list[str] = field(default_factory=list)
    broken: bool = False
    kills: bool = False

    def due(self, notice: Notice, now: datetime) -> datetime:
        return now

    def leaves(self, notices: tuple[Notice, ...]) -> str:
        return ""

    def deliver(self, notices: tuple[Notice, ...], *, key: str, leaves: str) -> Shown:
        if self.broken:
            raise SurfaceTrouble("nobody is there")
        self.shown += [each.reminder.id for each in notices]
        if self.kills:
            raise Killed
        return Shown(how="shown on the board")


class Home:
    """A person whose reminders show up at some places."""

    def __init__(self, person: Person, *places: Surface) -> None:
        self.person = person
        self.places: tuple[Surface, ...] = places
        self.policy = Policy()
        self.mails = True
        self.fuse: Fuse | None = None
        self.mailbox = person.connect()

    def sweeper(self, worker: str = "w") -> Sweeper:
        return Sweeper(
            ledger=cast("Ledger", FusedLedger(self.person.ledger, self.fuse)) if self.fuse else self.person.ledger,
            mailboxes=self.person.open,
            now=self.person.now,
            policy=self.policy,
            window=WINDOW,
            worker_id=worker,
            tell=lambda _: None,
            is_gone=lambda gone: gone != worker,
            surfaces=lambda account, mailbox: self.places,
            mails=self.mails,
        )

    def fire(self, count: int = 1, to: tuple[str, ...] = (BOB,)) -> list[SentItem]:
        sent = [self.mailbox.add_sent(*to, at=MONDAY + timedelta(hours=2)) for _ in range(count)]
        self.person.sync(self.mailbox)
        replan(self.person.ledger, self.person.now(), self.policy, window=WINDOW)
        self.person.wait(days=3, hours=3)
        assert [each.what for each in self.sweeper().sweep_account(self.mailbox.account)] == ["fired"] * count
        return sent

    def carry(self, worker: str = "w") -> list[tuple[str, str]]:
        found = self.sweeper(worker).carry(self.person.account(self.mailbox))
        return [(each.state, each.why) for each in found]

    def withdraw(self) -> list[tuple[str, str]]:
        account = self.person.account(self.mailbox)
        found = withdraw(self.person.ledger, self.mailbox, account, self.policy, now=self.person.now())
        return [(each.state, each.why) for each in found]


def test_a_reminder_shows_up_once_at_each_place(person: Person) -> None:
    one, other = Board(name="one"), Board(name="other")
    home = Home(person, one, other)
    (item,) = home.fire()
    assert home.carry() == [("done", "shown on the board")] * 2
    assert home.carry() == []
    assert (one.shown, other.shown) == ([f"{item.id}-1"], [f"{item.id}-1"])


def test_what_a_place_did_not_take_is_tried_again_with_growing_pauses_and_given_up_at_last(person: Person) -> None:
    board = Board(broken=True)
    home = Home(person, board)
    (item,) = home.fire()
    for pause in PAUSES:
        assert home.carry() == [("waiting", "nobody is there")]
        assert home.carry() == [], "not before its time"
        person.clock.advance(pause)
    assert home.carry() == [("given up", "nobody is there")]
    assert [each.failed for each in person.ledger.deliveries.of(f"{item.id}-1")] == [len(PAUSES) + 1]


def test_one_place_that_fails_keeps_no_other_from_showing(person: Person) -> None:
    broken, board = Board(name="a", broken=True), Board(name="b")
    home = Home(person, broken, board)
    home.fire()
    assert home.carry() == [("waiting", "nobody is there"), ("done", "shown on the board")]
    broken.broken = False
    person.clock.advance(PAUSES[0])
    assert home.carry() == [("done", "shown on the board")]
    assert (len(broken.shown), len(board.shown)) == (1, 1)


def test_what_was_cut_off_is_not_sent_twice_where_nobody_can_tell(person: Person) -> None:
    board = Board(kills=True)
    home = Home(person, board)
    home.fire()
    with pytest.raises(Killed):
        home.carry()
    board.kills = False
    assert home.carry("another") == [("unknown", "cut off while it left: it may have come")]
    (delivery,) = person.ledger.deliveries.of(f"{person.ledger.items()[0].id}-1")
    assert (delivery.state, delivery.why) == (DeliveryState.UNKNOWN, "cut off while it left: it may have come")
    assert len(board.shown) == 1


def test_what_was_cut_off_is_repeated_where_it_shows_once_all_the_same(person: Person) -> None:
    board = Board(kills=True, is_repeatable=True)
    home = Home(person, board)
    home.fire()
    with pytest.raises(Killed):
        home.carry()
    board.kills = False
    assert home.carry("another") == [("done", "shown on the board")]


def test_what_was_settled_meanwhile_is_shown_nowhere(person: Person) -> None:
    board = Board()
    home = Home(person, board)
    (item,) = home.fire()
    reminder = person.ledger.reminder(f"{item.id}-1")
    assert reminder
    done(person.ledger, reminder, now=person.now())
    assert home.carry() == [("not wanted", "it was settled before")]
    assert board.shown == []


def test_what_was_answered_before_a_place_took_it_is_not_shown_there(person: Person) -> None:
    board = Board(broken=True)
    home = Home(person, board)
    (item,) = home.fire()
    assert home.carry() == [("waiting", "nobody is there")]
    home.mailbox.add_received(answer(BOB, item.message_ids[0], person.now()))
    person.sync(home.mailbox)
    board.broken = False
    person.clock.advance(PAUSES[0])
    assert home.carry() == [("not wanted", "it was settled before")]
    assert board.shown == []


@dataclass(kw_only=True)
class Wall(Board):
    """A place where what is shown is taken away again."""

    is_repeatable: bool = True

    def leaves(self, notices: tuple[Notice, ...]) -> str:
        return "a note"

    def deliver(self, notices: tuple[Notice, ...], *, key: str, leaves: str) -> Shown:
        return replace(super().deliver(notices, key=key, leaves=leaves), left=leaves)


def given_back(home: Home) -> SentItem:
    """A mail to two, one of whom cannot be reached; its notice and its reminder have come, and were not shown yet."""
    home.policy = Policy(bounces=True)
    (item,) = home.fire(to=(BOB, EVE))
    home.mailbox.add_received(bounce(BOB, item.message_ids[0], home.person.now()))
    home.person.sync(home.mailbox)
    replan(home.person.ledger, home.person.now(), home.policy, window=WINDOW)
    assert [each.what for each in home.sweeper().sweep_account(home.mailbox.account)] == ["fired"]
    return item


def answers(home: Home, item: SentItem) -> None:
    home.mailbox.add_received(answer(EVE, item.message_ids[0], home.person.now()))
    home.person.sync(home.mailbox)


def test_after_an_answer_a_place_is_told_of_the_bounce_alone(person: Person) -> None:
    board = Board()
    home = Home(person, board)
    item = given_back(home)
    answers(home, item)
    assert sorted(home.carry()) == [("done", "shown on the board"), ("not wanted", "it was settled before")]
    assert board.shown == [f"{item.id}-0"]


def test_after_an_answer_what_shows_the_bounce_alone_stays(person: Person) -> None:
    home = Home(person, Wall(name="task"))
    item = given_back(home)
    assert home.carry() == [("shown", "shown on the board")] * 2
    answers(home, item)
    home.withdraw()
    stands = {each: [one.state for one in person.ledger.deliveries.of(f"{item.id}-{each}")] for each in (0, 1)}
    assert stands == {0: ["shown"], 1: ["done"]}


def test_a_mark_stays_while_any_notice_of_its_mail_is_to_be_thought_of(person: Person) -> None:
    home = Home(person, Wall(name="mark"))
    item = given_back(home)
    home.carry()
    answers(home, item)
    assert home.withdraw() == []
    notice = person.ledger.reminder(f"{item.id}-0")
    assert notice
    done(person.ledger, notice, now=person.now())
    assert home.withdraw() == [("done", "taken away again")] * 2


def test_of_the_tasks_for_one_mail_that_of_the_latest_reminder_stays(person: Person) -> None:
    home = Home(person, Wall(name="task"))
    home.policy = Policy(times=4)
    (item,) = home.fire()
    home.carry()
    for _ in range(3):
        person.wait(days=7)
        assert [each.what for each in home.sweeper().sweep_account(home.mailbox.account)] == ["fired"]
        assert home.carry() == [("shown", "shown on the board")]
    stands = [one for each in range(1, 5) for one in person.ledger.deliveries.of(f"{item.id}-{each}")]
    assert [each.state for each in stands] == ["done", "done", "done", "shown"]
    assert {each.why for each in stands[:3]} == {"a later reminder of this mail took its place"}


def test_the_task_of_a_reminder_that_was_asked_for_anew_stays(person: Person) -> None:
    home = Home(person, Wall(name="task"))
    (item,) = home.fire()
    home.carry()
    person.wait(days=7)
    home.sweeper().sweep_account(home.mailbox.account)
    home.carry()
    ask(person.ledger, item, Verb(condition=Condition.NO_REPLY), home.policy, now=person.now())
    replan(person.ledger, person.now(), home.policy, window=WINDOW)
    assert home.sweeper().sweep_account(home.mailbox.account)[0].what == "fired"
    assert home.carry() == [("shown", "shown on the board")]
    home.withdraw()
    stands = [one.state for each in (1, 2) for one in person.ledger.deliveries.of(f"{item.id}-{each}")]
    assert stands == ["done", "shown", "done"]


def test_the_tasks_of_two_mails_stand_beside_each_other(person: Person) -> None:
    home = Home(person, Wall(name="task"))
    home.fire(2)
    home.carry()
    assert home.withdraw() == []


def put_off(home: Home, item: SentItem) -> None:
    """The person snoozes its reminder for an hour; it comes again."""
    person = home.person
    reminder = person.ledger.reminder(f"{item.id}-1")
    assert reminder
    snooze(person.ledger, reminder, person.now() + timedelta(hours=1), now=person.now())
    person.wait(hours=1)
    assert [each.what for each in home.sweeper().sweep_account(home.mailbox.account)] == ["fired"]


def test_what_was_put_off_before_a_place_took_it_is_shown_there_once(person: Person) -> None:
    board = Board(broken=True)
    home = Home(person, board)
    (item,) = home.fire()
    home.carry()
    put_off(home, item)
    board.broken = False
    assert home.carry() == [("not wanted", "it was put off before"), ("done", "shown on the board")]
    assert board.shown == [f"{item.id}-1"]


def test_what_comes_again_for_the_same_time_is_shown_again(person: Person) -> None:
    board = Board()
    home = Home(person, board)
    (item,) = home.fire()
    home.carry()
    reminder = person.ledger.reminder(f"{item.id}-1")
    assert reminder
    snooze(person.ledger, reminder, reminder.due_at, now=person.now())
    assert [each.what for each in home.sweeper().sweep_account(home.mailbox.account)] == ["fired"]
    assert (home.carry(), home.carry()) == ([("done", "shown on the board")], [])
    assert board.shown == [f"{item.id}-1"] * 2


def test_what_a_place_did_not_take_before_it_was_taken_out_of_the_settings_is_said(person: Person) -> None:
    home = Home(person, Board(broken=True))
    home.fire()
    home.carry()
    home.places = ()
    person.clock.advance(PAUSES[0])
    assert home.carry() == [("given up", "this place was taken out of the settings before it took it")]
    assert home.carry() == []


def test_a_place_that_takes_the_place_of_another_gets_what_that_did_not_take(person: Person) -> None:
    mistyped, right = Board(name="mistyped", broken=True), Board(name="right")
    home = Home(person, mistyped)
    (item,) = home.fire()
    home.carry()
    home.places = (right,)
    assert home.carry() == [
        ("not wanted", "this place was taken out of the settings; shown in right instead"),
        ("done", "shown on the board"),
    ], "at once, whenever the other would have been tried"
    assert home.carry() == []
    assert (mistyped.shown, right.shown) == ([], [f"{item.id}-1"])


def test_a_new_place_gets_nothing_that_was_settled_or_shown_before(person: Person) -> None:
    broken, board, new = Board(name="a", broken=True), Board(name="b"), Board(name="c")
    home = Home(person, broken, board)
    (item,) = home.fire()
    home.carry()
    home.places = (board, new)
    reminder = person.ledger.reminder(f"{item.id}-1")
    assert reminder
    done(person.ledger, reminder, now=person.now())
    assert home.carry() == [("not wanted", "this place was taken out of the settings")]
    assert (board.shown, new.shown) == ([f"{item.id}-1"], [])


def test_wherever_the_change_of_a_place_is_cut_the_new_one_gets_it_once(tmp_path: Path) -> None:
    homes: list[Home] = []
    right = Board(name="right", is_repeatable=True)

    def change(fuse: Fuse) -> None:
        right.shown.clear()
        home = Home(Person(tmp_path / f"{len(homes)}.db"), Board(name="mistyped", broken=True))
        homes.append(home)
        home.fire()
        home.carry()
        home.places, home.fuse = (right,), fuse
        home.carry()

    for step in cuts(change):
        homes[-1].fuse = None
        homes[-1].carry("another")
        assert set(right.shown) == {f"{homes[-1].person.ledger.items()[0].id}-1"}, f"cut at step {step}"
        assert homes[-1].person.ledger.deliveries.open() == ()
        homes[-1].person.ledger.close()
    homes[-1].person.ledger.close()
    assert len(homes) > 4


class Diary(Home):
    """Reminders come in the morning's mail."""

    def __init__(self, person: Person) -> None:
        super().__init__(person)
        self.mails = False
        account = person.account(self.mailbox)
        self.places = (Digest(ledger=person.ledger, account=account, mailbox=self.mailbox, now=person.now),)


def digests(mailbox: FakeMailbox) -> list[str]:
    return [each for each in mailbox.tags if each.startswith("digest-")]


def fired_by(home: Home, sent: str, *, at: str) -> SentItem:
    """A mail is sent at a moment, and whatever is due fires at another, both by the clock in UTC of May 2026."""
    item = home.mailbox.add_sent(BOB, at=datetime.fromisoformat(f"2026-05-{sent}+00:00"))
    home.person.sync(home.mailbox)
    replan(home.person.ledger, home.person.now(), home.policy, window=WINDOW)
    until(home, at)
    home.sweeper().sweep_account(home.mailbox.account)
    return item


def until(home: Home, moment: str) -> None:
    home.person.clock.advance(datetime.fromisoformat(f"2026-05-{moment}+00:00") - home.person.now())


def test_what_is_due_when_the_day_opens_is_in_that_mornings_digest(person: Person) -> None:
    home = Diary(person)
    fired_by(home, "04T20:00", at="08T09:00")
    assert (home.carry(), home.carry()) == ([("done", "told in the morning's mail")], [])


def test_what_is_due_a_minute_after_the_day_opened_is_in_the_next_mornings(person: Person) -> None:
    home = Diary(person)
    fired_by(home, "04T09:01", at="07T09:01")
    assert home.carry() == []
    until(home, "08T09:00")
    assert home.carry() == [("done", "told in the morning's mail")]


def test_a_worker_that_wakes_after_the_hour_sends_one_digest_of_all_that_is_due_by_then(person: Person) -> None:
    home = Diary(person)
    fired_by(home, "04T20:00", at="05T12:00")
    fired_by(home, "05T10:30", at="08T11:00")
    assert home.carry() == [("done", "told in the morning's mail")] * 2
    assert (home.carry(), len(digests(home.mailbox))) == ([], 1)
    until(home, "11T09:00")
    assert home.carry() == []


def test_a_worker_that_wakes_days_later_sends_the_digest_within_the_hours(person: Person) -> None:
    home = Diary(person)
    item = fired_by(home, "04T09:30", at="06T12:00")
    reminder = person.ledger.reminder(f"{item.id}-1")
    assert reminder
    snooze(person.ledger, reminder, datetime.fromisoformat("2026-05-06T13:00+00:00"), now=person.now())
    until(home, "09T10:00")
    assert [each.what for each in home.sweeper().sweep_account(home.mailbox.account)] == ["fired"]
    assert home.carry() == [], "a Saturday"
    until(home, "11T09:00")
    assert home.carry() == [("done", "told in the morning's mail")]


def test_a_bounce_is_mailed_at_once_and_is_in_no_digest(person: Person) -> None:
    home = Diary(person)
    given_back(home)
    assert [each.split("-2026")[0] for each in home.mailbox.tags[-1:]] == [f"reminder-{person.ledger.items()[0].id}-0"]
    person.clock.advance(timedelta(days=1))
    assert home.carry() == [("done", "told in the morning's mail")]
    assert person.ledger.deliveries.of(f"{person.ledger.items()[0].id}-0") == ()


def test_the_digest_comes_as_one_mail_when_the_next_business_day_opens(person: Person) -> None:
    home = Diary(person)
    items = home.fire(3)
    assert home.carry() == [], "the day has begun already"
    person.clock.advance(datetime.fromisoformat("2026-05-08T09:00:00+00:00") - person.now())
    assert home.carry() == [("done", "told in the morning's mail")] * 3
    assert home.carry() == []
    assert len(digests(home.mailbox)) == 1
    mail = message_from_bytes(home.mailbox.fetch(home.mailbox._received()[-1].provider_id), policy=default)
    assert mail["Subject"] == "Heardback: 3 mails to think of"
    text = mail.get_content()
    assert [each.id for each in items if f"heardback done {each.id}-1" not in text] == []


def test_the_digest_leaves_out_what_was_answered_overnight(person: Person) -> None:
    home = Diary(person)
    items = home.fire(2)
    home.mailbox.add_received(answer(BOB, items[0].message_ids[0], person.now()))
    person.sync(home.mailbox)
    person.clock.advance(timedelta(days=1))
    assert sorted(home.carry()) == [("done", "told in the morning's mail"), ("not wanted", "it was settled before")]
    mail = message_from_bytes(home.mailbox.fetch(home.mailbox._received()[-1].provider_id), policy=default)
    assert (items[0].id in mail.get_content(), items[1].id in mail.get_content()) == (False, True)


@dataclass
class CutOff:
    """A place after whose work the process ends."""

    inner: Digest

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def deliver(self, notices: tuple[Notice, ...], *, key: str, leaves: str) -> Shown:
        self.inner.deliver(notices, key=key, leaves=leaves)
        raise Killed


def test_a_digest_cut_off_after_it_left_is_found_and_not_sent_again(person: Person) -> None:
    home = Diary(person)
    home.fire(2)
    person.clock.advance(timedelta(days=1))
    (digest,) = home.places
    home.places = (cast("Surface", CutOff(cast("Digest", digest))),)
    with pytest.raises(Killed):
        home.carry()
    home.places = (digest,)
    assert home.carry("another") == [("done", "told in the morning's mail")] * 2
    assert len(digests(home.mailbox)) == 1


def test_the_digest_tells_once_of_what_was_put_off_and_came_again_the_same_day(person: Person) -> None:
    home = Diary(person)
    (item,) = home.fire()
    put_off(home, item)
    person.clock.advance(timedelta(days=1))
    assert home.carry() == [("not wanted", "it was put off before"), ("done", "told in the morning's mail")]
    mail = message_from_bytes(home.mailbox.fetch(home.mailbox._received()[-1].provider_id), policy=default)
    assert mail["Subject"] == "Heardback: 1 mail to think of"


def test_what_came_due_after_a_digest_whose_answer_was_lost_is_in_the_next_one(person: Person) -> None:
    home = Diary(person)
    (told,) = home.fire()
    new = home.mailbox.add_sent(BOB, at=MONDAY + timedelta(days=1, hours=8))
    person.sync(home.mailbox)
    replan(person.ledger, person.now(), Policy(), window=WINDOW)
    person.wait(hours=22)
    home.mailbox.trip = raising(SendUnknown("lost"), at="sent")
    assert home.carry() == [("waiting", "lost")]
    home.mailbox.trip = lambda _: None
    person.wait(hours=7)
    assert [each.what for each in home.sweeper().sweep_account(home.mailbox.account)] == ["fired"]
    person.wait(days=3)
    assert home.carry() == [("done", "told in the morning's mail")] * 2
    mails = [home.mailbox.fetch(each.provider_id).decode() for each in home.mailbox._received()]
    found = [[item.id in each for item in (told, new)] for each in mails if "to think of" in each]
    assert found == [[True, False], [False, True]]


def test_a_digest_whose_answer_was_lost_is_found_though_what_it_told_of_was_answered(person: Person) -> None:
    home = Diary(person)
    items = home.fire(3)
    person.clock.advance(timedelta(days=1))
    home.mailbox.trip = raising(SendUnknown("lost"), at="sent")
    home.carry()
    home.mailbox.trip = lambda _: None
    first = min(person.ledger.deliveries.open(), key=lambda each: each.id).reminder
    answered = next(each for each in items if first == f"{each.id}-1")
    home.mailbox.add_received(answer(BOB, answered.message_ids[0], person.now()))
    person.sync(home.mailbox)
    person.clock.advance(PAUSES[0])
    assert sorted(home.carry()) == [
        *[("done", "told in the morning's mail")] * 2,
        ("not wanted", "it was settled before"),
    ]
    assert len(digests(home.mailbox)) == 1


def test_an_answer_to_a_digest_of_two_is_about_neither_though_one_alone_is_left(person: Person) -> None:
    home = Diary(person)
    items = home.fire(2)
    person.clock.advance(timedelta(days=1))
    home.mailbox.trip = raising(SendUnknown("lost"), at="sent")
    home.carry()
    home.mailbox.trip = lambda _: None
    home.mailbox.add_received(answer(BOB, items[0].message_ids[0], person.now()))
    person.sync(home.mailbox)
    person.clock.advance(PAUSES[0])
    home.carry()
    left = person.ledger.reminder(f"{items[1].id}-1")
    assert left
    digest = home.mailbox.find_sent(digests(home.mailbox)[0], since=MONDAY)
    assert digest
    assert (set(digest.message_ids) & set(left.told_as), left.told_among) == (set(), digest.message_ids)


def test_a_mark_that_cannot_be_taken_away_is_tried_again_with_growing_pauses(person: Person) -> None:
    home = Home(person)
    home.places = (Marked(mailbox=home.mailbox),)
    (item,) = home.fire()
    assert home.carry() == [("shown", "marked in your mailbox")]
    ledger, account = person.ledger, person.account(home.mailbox)

    def unreachable(_: str) -> None:
        raise Unreachable("nobody is there")

    def withdrawn() -> list[tuple[str, str, int]]:
        found = withdraw(ledger, home.mailbox, account, Policy(), now=person.now())
        return [(each.state, each.why, each.failed) for each in found]

    assert withdrawn() == [], "it is still to be thought of"
    reminder = ledger.reminder(f"{item.id}-1")
    assert reminder
    done(ledger, reminder, now=person.now())
    home.mailbox.trip = unreachable
    assert withdrawn() == [("shown", "not taken away yet: nobody is there", 1)]
    assert withdrawn() == [], "not before its time"
    person.clock.advance(PAUSES[0])
    home.mailbox.trip = lambda _: None
    assert withdrawn() == [("done", "taken away again", 1)]
    assert withdrawn() == []


def test_nothing_is_shown_for_an_account_that_is_left_alone_for_a_while(person: Person) -> None:
    board = Board(broken=True)
    home = Home(person, board)
    home.fire()
    home.carry()
    board.broken = False
    home.mailbox.trip = raising(Unreachable("down"), at="changes")
    rests = person.now() + timedelta(hours=6)
    person.ledger.change_account(home.mailbox.account, lambda known: replace(known, failures=9, rests_until=rests))
    person.clock.advance(PAUSES[0])
    worker = Worker(
        person.ledger, person.open, Policy(), now=person.now, window=WINDOW, surfaces=lambda *_: home.places, tell=print
    )
    worker.run_once()
    assert board.shown == []
