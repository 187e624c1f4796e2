"""Marks and tasks of a Heardback that died at any step: gone once settled, and what is the person's stays."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from connectors.gmail_marking import LABEL
from connectors.provider import Feature
from evidence.normal import message_id
from sandbox.faults import Fault
from scheduler.own_mailbox import Marked, Task
from scheduler.reminders import done, replan
from scheduler.sweep import Sweeper
from scheduler.sync import sync_account
from scheduler.withdrawing import withdraw
from store.ledger import Ledger, Reminder
from tests.faults.household import HOUSEHOLDS, WINDOW, Household
from tests.faults.work import ANY_HOUR
from tests.scheduler.interruptions import Fuse, FusedLedger, cuts, fused_wire


@dataclass(kw_only=True)
class Home:
    """A household whose due mail is marked, or becomes a task."""

    household: Household
    place: Callable[..., Marked | Task]
    lives: int = 0
    #: Message-ID of the latest mail
    named: str = field(default="", init=False)

    def fire(self, *, own: bool = False) -> Reminder:
        """A reminder of a new mail comes; nothing is shown yet.

        :param own: the person has marked the mail by then
        """
        home, self.named = self.household, self.household.send()
        if own:
            self.put_own()
        sync_account(home.ledger, home.mailbox, home.account, now=home.now, window=WINDOW)
        replan(home.ledger, home.now(), ANY_HOUR, window=WINDOW)
        home.wait(timedelta(days=4))
        (fired,) = self._sweeper(home.ledger).sweep_account(home.account_id)
        assert fired.what == "fired"
        return fired.reminder

    def fire_again(self) -> Reminder:
        """The next reminder of the mail that came due last comes; it is not shown yet."""
        self.household.wait(timedelta(days=8))
        (fired,) = self._sweeper(self.household.ledger).sweep_account(self.household.account_id)
        assert (fired.what, fired.reminder.round) == ("fired", 2)
        return fired.reminder

    def carry(self, fuse: Fuse | None = None) -> None:
        """Show what fired, as a process of its own."""
        self._sweeper(self._ledger(fuse)).carry(self.household.account)

    def withdraw(self, fuse: Fuse | None = None) -> None:
        """Take away what is not called for any more."""
        home = self.household
        withdraw(self._ledger(fuse), home.mailbox, home.account, ANY_HOUR, now=home.now())

    def _ledger(self, fuse: Fuse | None) -> Ledger:
        return cast("Ledger", FusedLedger(self.household.ledger, fuse)) if fuse else self.household.ledger

    def settle(self, reminder: Reminder) -> None:
        """The person has done it, and Heardback goes on as always."""
        home = self.household
        done(home.ledger, reminder, now=home.now())
        for _ in range(2):
            self.withdraw()
            self.carry()
        assert home.ledger.deliveries.open() == ()

    def _sweeper(self, ledger: Ledger) -> Sweeper:
        self.lives += 1
        return Sweeper(
            ledger=ledger,
            mailboxes=lambda _: self.household.mailbox,
            now=self.household.now,
            policy=ANY_HOUR,
            window=WINDOW,
            worker_id=f"here:{self.lives}",
            tell=lambda _: None,
            is_gone=lambda worker: worker.startswith("here:"),
            surfaces=lambda _, mailbox: (self.place(mailbox=mailbox),),
            mails=False,
        )

    @property
    def copy(self) -> Any:
        """The sent copy of the latest mail, at the provider."""
        return next(each for each in self._copies() if message_id(self._name(each)) == self.named)

    def _copies(self) -> list[Any]:
        world = self.household.world
        if self.household.provider.name == "gmail":
            return list(world.google.account(self.household.address).messages)
        return list(world.microsoft.account(self.household.address).messages("sentitems"))

    def _name(self, copy: Any) -> str:
        return str(copy.header("Message-ID") if self.household.provider.name == "gmail" else copy.head.message_id)

    @property
    def tasks(self) -> list[dict[str, Any]]:
        """All of the person's tasks."""
        todo = self.household.world.microsoft.account(self.household.address).todo
        return [task for tasks in todo.tasks.values() for task in tasks.values()]

    @property
    def mark(self) -> Any:
        """What the latest mail bears: names of labels beside the sent one, or the flag."""
        if self.household.provider.name == "outlook":
            return self.copy.flag["flagStatus"]
        labels = self.household.world.google.account(self.household.address).mailbox.labels
        return {labels[each].name if each in labels else each for each in self.copy.labels} - {"SENT"}

    def put_own(self) -> None:
        """The person marks it themselves."""
        if self.household.provider.name == "outlook":
            self.copy.flag = {"flagStatus": "flagged"}
        else:
            self._relabel(add=["INBOX"])

    def change(self) -> None:
        """The person makes what is shown another."""
        another = {"dateTime": "2027-01-01T00:00:00", "timeZone": "UTC"}
        if self.place is Task:
            self.tasks[-1]["title"] = "Ring"
        elif self.household.provider.name == "outlook":
            self.copy.flag = {**self.copy.flag, "dueDateTime": another}
        else:
            labels = self.household.world.google.account(self.household.address).mailbox.labels
            self._relabel(remove=[each for each in self.copy.labels if each in labels and labels[each].name == LABEL])

    def _relabel(self, **change: list[str]) -> None:
        account = self.household.world.google.account(self.household.address)
        with account.lock:
            account.mailbox.relabel(self.copy, **change)

    @property
    def looks(self) -> Any:
        """What the latest mail bears, or how its task looks."""
        return self.tasks[-1:] and dict(self.tasks[-1]) if self.place is Task else self.mark

    @property
    def stands(self) -> bool:
        """Whether the latest mail is shown as one to think of."""
        if self.place is Task:
            return bool(self.tasks) and self.tasks[-1]["status"] == "notStarted"
        return self.mark not in ("notFlagged", "complete", set())


@pytest.fixture(params=["gmail-mark", "outlook-mark", "outlook-task"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    provider, _, place = request.param.partition("-")
    features = (Feature.READ, Feature.SEND, Feature.TASKS if place == "task" else Feature.MARK)
    household = HOUSEHOLDS[provider](tmp_path, features=features)
    yield Home(household=household, place=Task if place == "task" else Marked)
    household.close()


def deaths(home: Home, *, own: bool = False) -> Iterator[Reminder]:
    """A mail each, of which Heardback dies at the first step of showing it, at the second, and so on.

    :param own: the person has marked the mail before
    """
    reminders: list[Reminder] = []

    def show(fuse: Fuse) -> None:
        reminders.append(home.fire(own=own))
        with fused_wire(fuse):
            home.carry(fuse)

    for _ in cuts(show):
        home.household.restart()
        yield reminders[-1]
    assert len(reminders) > 5, "there are steps to die at"
    assert home.stands, "undisturbed, it is shown"


def test_what_was_settled_while_heardback_was_dead_is_not_shown_any_more(home: Home) -> None:
    for reminder in deaths(home):
        home.settle(reminder)
        assert not home.stands


def test_what_is_shown_after_a_death_goes_when_it_is_settled(home: Home) -> None:
    for reminder in deaths(home):
        home.carry()
        assert home.stands
        home.settle(reminder)
        assert not home.stands


def test_what_the_person_changed_after_a_death_stays_as_it_is(home: Home) -> None:
    changed = 0
    for reminder in deaths(home):
        if stood := home.stands:
            home.change()
        looked = home.looks
        home.settle(reminder)
        assert home.looks == looked
        changed += stood
    assert changed


@pytest.mark.parametrize("home", ["gmail-mark", "outlook-mark"], indirect=True)
def test_what_the_person_had_put_there_before_stays(home: Home) -> None:
    for reminder in deaths(home, own=True):
        home.carry()
        home.settle(reminder)
        assert home.mark in ("flagged", {"INBOX"})


@pytest.mark.parametrize("home", ["outlook-task"], indirect=True)
def test_wherever_a_further_reminder_is_cut_its_mail_has_one_open_task(home: Home) -> None:
    reminders: list[Reminder] = []

    def show_again(fuse: Fuse) -> None:
        home.fire()
        home.carry()
        reminders.append(home.fire_again())
        with fused_wire(fuse):
            home.carry(fuse)
            home.withdraw(fuse)

    def open_tasks() -> int:
        return sum(each["status"] != "completed" for each in home.tasks)

    for step in cuts(show_again):
        home.household.restart()
        assert open_tasks() in (1, 2), f"cut at step {step}"
        home.carry()
        home.withdraw()
        assert (open_tasks(), home.stands) == (1, True), f"cut at step {step}"
        home.settle(reminders[-1])
        assert open_tasks() == 0
    assert len(reminders) > 8


@pytest.mark.parametrize("settles", ["at once", "after another try"])
def test_what_was_put_there_without_an_answer_goes_all_the_same(home: Home, settles: str) -> None:
    reminder = home.fire()
    home.household.server.faults.add(Fault(trouble="lose", pattern="POST .*/(modify|tasks)|PATCH", times=40))
    home.carry()
    assert home.stands
    home.household.server.faults.clear()
    home.household.wait(timedelta(hours=1))
    if settles == "after another try":
        home.carry()
    home.settle(reminder)
    assert not home.stands
