"""Plays rows of the table of reminder scenarios over the wire: one person, one mailbox, a month of virtual time."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from heardback.clock import Clock
from heardback.commands.run import worker_of
from heardback.house import House
from heardback.settings import load
from sandbox.forms.occasion import Occasion
from sandbox.people import Correspondent, Habit, acts
from sandbox.people.acts import Act, Done
from sandbox.people.habits import HABITS, Since, Step
from sandbox.post import TRANSIT
from sandbox.world import World
from scheduler.planning import BOUNCE
from scheduler.verbs import parse
from store.ledger import Decision
from tests.heardback.conftest import GMAIL, OUTLOOK, Desk
from tests.scheduler.letters import absence
from tests.scheduler.scenario import COLLEAGUE, ELSEWHERE, Event, Scenario, story

ADDRESS = {"gmail": GMAIL, "outlook": OUTLOOK}
MONTH, BEAT = timedelta(days=31), timedelta(hours=12)
#: mail is sent so long before the moment the table has, as Outlook takes seconds to file each copy
AHEAD = timedelta(minutes=5)
#: looks of one worker; then it ends and another begins
LIFE = 10
#: decisions that follow from what the person and the others do
_FOLLOWS = frozenset({"planned", "moved", "held", "cancelled", "fired"})


def _undated(occasion: Occasion) -> bytes:
    answered = occasion.original.message_id.strip("<>")
    return absence(occasion.writes_as, answered, occasion.at, "further notice")


def _from_elsewhere(act: Act) -> Act:
    """The same, written from an address nobody knows."""
    return lambda person, occasion: act(person, replace(occasion, writes_as=ELSEWHERE))


def _by_a_colleague(act: Act) -> Act:
    """The same, written from another address of the same domain."""
    label = COLLEAGUE.partition("@")[0]
    return lambda person, occasion: act(
        person, replace(occasion, writes_as=f"{label}@{person.address.rpartition('@')[2]}")
    )


def _by_a_clock(act: Act, off: timedelta) -> Act:
    """The same, dated as somebody's does whose clock is so much fast, or slow."""
    return lambda person, occasion: act(person, replace(occasion, at=occasion.at + off))


SLOW, FAST = timedelta(hours=-3), timedelta(hours=5)
#: what comes back, in the words of the table, as the sandbox's people do it
_DOES: dict[str, Act] = {
    "answers": HABITS[Habit.ANSWERS][0].act,
    "asks for no more mail": HABITS[Habit.ASKS_TO_STOP][0].act,
    "answers by a colleague": _by_a_colleague(HABITS[Habit.ANSWERS][0].act),
    "asks by a colleague for no more": _by_a_colleague(HABITS[Habit.ASKS_TO_STOP][0].act),
    "answers from elsewhere": _from_elsewhere(HABITS[Habit.ANSWERS][0].act),
    "asks from elsewhere for no more": _from_elsewhere(HABITS[Habit.ASKS_TO_STOP][0].act),
    "accepts the invitation": HABITS[Habit.ACCEPTS_INVITATION][0].act,
    "reads": HABITS[Habit.RECEIPT_BY_HAND][0].act,
    "refuses a receipt": HABITS[Habit.DECLINES][0].act,
    "deletes it unread": HABITS[Habit.DELETES_UNREAD][0].act,
    "machine processes it": HABITS[Habit.PROCESSES][0].act,
    "forged receipt": HABITS[Habit.FORGES_AS_STRANGER][0].act,
    "bounces": HABITS[Habit.BOUNCES][0].act,
    "is delayed": HABITS[Habit.DELAYED_THEN_DELIVERED][0].act,
    "is delivered": HABITS[Habit.DELAYED_THEN_DELIVERED][1].act,
    "away until": HABITS[Habit.AWAY_EXCHANGE][0].act,
    "away without a date": acts.server_says(_undated, "is away"),
}
_DOES |= {
    "answers by a slow clock": _by_a_clock(_DOES["answers"], SLOW),
    "reads by a fast clock": _by_a_clock(_DOES["reads"], FAST),
    "bounces by a slow clock": _by_a_clock(_DOES["bounces"], SLOW),
    "bounces by a fast clock": _by_a_clock(_DOES["bounces"], FAST),
    "bounces, dated 27 minutes ago": _by_a_clock(_DOES["bounces"], timedelta(minutes=-27)),
}
#: what comes back to a second mail in the thread
_DOES_AGAIN: dict[str, Act] = {
    "answers the second mail": _DOES["answers"],
    "asks for no more mail at the second": _DOES["asks for no more mail"],
    "is away at the second mail": _DOES["away until"],
}
#: what comes back to another mail to the same people
_DOES_ELSE: dict[str, Act] = {
    "is away at the other mail": _DOES["away until"],
    "writes about the other mail": _DOES["answers"],
}
_WRITES_AGAIN, _WRITES_ELSE = "write again", "write of something else"
#: what is not done by a command
_BY_MAIL = frozenset({*_DOES, *_DOES_AGAIN, *_DOES_ELSE, _WRITES_AGAIN, _WRITES_ELSE})


class Household:
    """A person who sends the mail of some rows from one mailbox, and the worker that runs for them."""

    def __init__(self, world: World, folder: Path, provider: str, rows: tuple[Scenario, ...]) -> None:
        self._world, self._provider, self._rows = world, provider, rows
        self._desk = Desk(world, folder, zone=rows[0].zone)
        self._items: dict[Scenario, str] = {}
        self._now = world.clock.now()
        with self._desk.config.open("a", encoding="utf-8") as settings:
            settings.write(f'\ncountry = "{rows[0].country}"\n')
            settings.writelines(self._rule(each) for each in rows if each.rule)

    def live(self) -> None:
        """Let the month pass."""
        assert self._desk.connect(self._provider, "--allow", "send").code == 0
        moments = self._moments()
        for begin in range(0, len(moments), LIFE):
            with self._house() as house:
                worker = worker_of(house, lambda _: None, lambda _: None, None)
                for moment in moments[begin : begin + LIFE]:
                    self._reach(moment)
                    assert worker.run_once().troubles == {}

    def stories(self) -> dict[Scenario, tuple[Decision, ...]]:
        """All that was decided about each row's mail, as it was written down."""
        with self._house() as house:
            return {row: house.ledger.decisions(item) for row, item in self._items.items()}

    def otherwise(self) -> set[str]:
        """Rows whose reminders would not come as they did if the months were lived over again."""
        replayed = self._type("replay", "--since", "60d")["reminders"]
        different = {each["item"] for each in replayed if each["what"] != "as it was"}
        return {row.about for row, item in self._items.items() if item in different}

    def _house(self) -> House:
        house = House(load({"data_folder": str(self._desk.folder)}, file=self._desk.config))
        # a look takes no time, or what comes second would be late by what the first took to be sent
        house.clock = Clock(now=lambda: self._now, sleep=self._world.clock.sleep)
        return house

    def _moments(self) -> list[datetime]:
        """When the worker looks: when anything happens or is decided, just before, and every few hours of a month."""
        happens = {row.local(at) for row in self._rows for at in (row.sent, *(each.at for each in row.happens))}
        decided = {each.at for row in self._rows for each in story(row)}
        start, end = min(happens), max(row.local(row.sent) for row in self._rows) + MONTH
        beats = {start + each * BEAT for each in range((end - start) // BEAT)}
        asleep = [(row.local(since), row.local(until)) for row in self._rows for since, until in row.asleep]
        looks = happens | decided | {each - 2 * AHEAD for each in decided} | beats
        return sorted(each for each in looks if not any(since <= each < until for since, until in asleep))

    def _reach(self, moment: datetime) -> None:
        """Let time pass until then, and the person do what they do at this moment."""
        self._pass(moment - AHEAD)
        leaving = [each for each in self._rows if each.local(each.sent) == moment]
        following, elsewhere = self._writing(_WRITES_AGAIN, moment), self._writing(_WRITES_ELSE, moment)
        for row in leaving:
            self._send(row)
        for row in following:
            self._send_again(row)
        for row in elsewhere:
            self._leave(row, f"Subject: Something else than {self._subject(row)}\r\n", _DOES_ELSE)
        assert not leaving + following + elsewhere or self._world.clock.now() <= moment, (
            "it took longer to leave than it was sent ahead"
        )
        self._pass(moment)
        self._now = moment
        for row in self._rows:
            for event in row.happens:
                if row.local(event.at) == moment and event.what not in _BY_MAIL:
                    self._decide(event, row)

    def _writing(self, what: str, moment: datetime) -> list[Scenario]:
        """The rows whose person writes a further mail then."""
        return [row for row in self._rows for each in row.happens if each.what == what and row.local(each.at) == moment]

    def _pass(self, until: datetime) -> None:
        self._world.clock.advance(max(until - self._world.clock.now(), timedelta()))

    def _send(self, row: Scenario) -> None:
        copy = f"Bcc: {ADDRESS[self._provider].replace('@', f'+{row.bcc}@')}\r\n" if row.bcc else ""
        self._items[row] = self._leave(row, f"{copy}Subject: {self._subject(row)}\r\n", _DOES)
        if row.label:
            self._desk.label(self._provider, self._subject(row), row.label)

    def _send_again(self, row: Scenario) -> None:
        with self._house() as house:
            item = house.ledger.item(self._items[row])
        assert item
        first = f"<{item.message_ids[0]}>"
        lines = f"Subject: Re: {self._subject(row)}\r\nIn-Reply-To: {first}\r\nReferences: {first}\r\n"
        self._leave(row, lines, _DOES_AGAIN)

    def _leave(self, row: Scenario, lines: str, does: dict[str, Act]) -> str:
        """Send a mail to everybody of a row, who then do with it what the row says; its item."""
        for who in row.to:
            steps = tuple(self._step(each, row, does) for each in row.happens if each.who == who and each.what in does)
            person = Correspondent(name=who.title(), address=self._address(who, row), habit=Habit.SILENT)
            self._world.cast.join(person, steps=steps)
        file = self._desk.folder / "mail.eml"
        to = ", ".join(self._address(each, row) for each in row.to)
        file.write_text(f"To: {to}\r\n{lines}\r\nHello.\r\n", "utf-8", newline="")
        item: str = self._type("send", "-t", "--file", str(file))["item"]
        return item

    def _step(self, event: Event, row: Scenario, does: dict[str, Act]) -> Step:
        def act(person: Correspondent, occasion: Occasion) -> Done:
            back_on = date.fromisoformat(f"2026-{event.until}") if event.until else None
            return does[event.what](replace(person, back_on=back_on), occasion)

        # so that what comes back is there at that moment
        wait = row.local(event.at) - self._world.clock.now() - 2 * TRANSIT
        return Step(act=act, since=Since.ARRIVAL, after=wait)

    def _decide(self, event: Event, row: Scenario) -> None:
        if event.what == "label":
            self._desk.label(self._provider, self._subject(row), event.until)
        else:
            self._type(*self._command(event, row))

    def _command(self, event: Event, row: Scenario) -> tuple[str, ...]:
        item = self._items[row]
        match event.what:
            case "opts out":
                return "optout", "add", self._address(event.who, row)
            case "overrule it":
                (evidence,) = self._type("show", item)["evidence"]
                return "overrule", item, evidence["id"], "--because", "not about this"
            case "snooze until" | "snooze the bounce until":
                wait = row.local(event.until) - self._world.clock.now()
                reminder = f"{item}-{BOUNCE}" if "bounce" in event.what else item
                return "snooze", reminder, f"{wait // timedelta(hours=1)}h"
            case "ask for":
                return "remind", item, *_flags(event.until.replace("@example.org", self._address("", row)))
            case done:
                return done, item

    def _rule(self, row: Scenario) -> str:
        subject, place = f"/^{self._number(row)}: /", self._address("", row)
        lines = row.rule.replace("@example.org", place).split("; ")
        return "\n".join(["[[remind]]", f'subject = "{subject}"', *lines, ""])

    def _subject(self, row: Scenario) -> str:
        return f"{self._number(row)}: {row.subject}"

    def _address(self, who: str, row: Scenario) -> str:
        return f"{who}@m{self._number(row)}.example.org"

    def _number(self, row: Scenario) -> int:
        return self._rows.index(row)

    def _type(self, *words: str) -> Any:
        done = self._desk.type(*words, "--json")
        assert done.code == 0, done.err
        return done.json


def _flags(asked: str) -> Iterator[str]:
    """What a verb asks for, as the command takes it."""
    if asked in ("off", "as usual"):
        yield f"--{asked.replace(' ', '-')}"
        return
    for key, value in parse(asked).more:
        yield from (f"--{key.replace('_', '-')}", value)
    if condition := parse(asked).condition:
        yield from ("--if", condition, "--after", asked.partition(" ")[2])


def told(decisions: Iterable[Decision], row: Scenario) -> tuple[str, ...]:
    """What was decided, line by line, in words that are alike for the planning alone and over the wire."""
    return tuple(
        f"{each.at.astimezone(ZoneInfo(row.zone)):%m-%d %H:%M} {each.reminder.rpartition('-')[2]} "
        f"{each.what}: {_plain(each.why)}"
        for each in decisions
        if each.what in _FOLLOWS
    )


def _plain(why: str) -> str:
    """Without how it was told, how the evidence is worded, the number of a rule, and whose mailbox it is."""
    why = why.removesuffix(": sent to yourself by mail")
    why = why.partition(", it cannot be told which")[0]
    why = re.sub(r"(?<=: )([\w ]+) \(.*\)$", r"\1", why)
    why = re.sub(r"as rule \d+ ", "as rule 1 ", re.sub(r"@m\d+\.", "@", why))
    return re.sub(r"\w+(\+[\w-]+)@\S+", r"me\1@example.com", why)
