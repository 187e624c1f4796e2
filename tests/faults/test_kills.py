"""Kill -9, at moments drawn by a seed: at a request, or some milliseconds after one, while a ledger is written."""

import random
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from subprocess import Popen

import pytest

from sandbox.faults import Fault
from store.ledger import ReminderState
from store.tiny import TinyLedger
from tests.faults.household import Came, Household
from tests.faults.processes import finish, heardback, start

#: whole processes, started and killed again and again
pytestmark = pytest.mark.slow

#: milliseconds within which most of what follows an answer is done
_AFTERMATH = 40


class Killer:
    """Ends a process at a request it makes."""

    def __init__(self, household: Household, chance: random.Random) -> None:
        self._household = household
        self._chance = chance
        self.kills = 0

    def run_once(self, *, within: int) -> None:
        """Let the worker run once, and kill it at one of its first requests or soon after; it may be faster."""
        process, left = start(self._household, "run", "--once"), self._chance.randrange(1, within)
        delay = self._chance.choice([0, 0, self._chance.randrange(_AFTERMATH)]) / 1000
        with _watched(self._household, process, after=left, delay=delay):
            finish(process)
        # what it asked for is done within moments, however busy the machine: only then may minutes pass
        self._household.server.settle()
        self.kills += process.returncode == -9


@contextmanager
def _watched(household: Household, process: "Popen[str]", *, after: int, delay: float) -> Iterator[None]:
    """Kill the process so many requests from now; what it asked for is done all the same."""
    faults = household.server.faults
    take, left = faults.take, iter(range(after, -1, -1))

    def counted(call: str, troubles: tuple[str, ...]) -> Fault | None:
        if "drop" in troubles and next(left, -1) == 0:
            if delay:
                threading.Timer(delay, process.kill).start()
            else:
                process.kill()
        return take(call, troubles)

    faults.take = counted  # type: ignore[method-assign]  # for this run
    try:
        yield
    finally:
        faults.take = take  # type: ignore[method-assign]  # as it was


def kill_while_syncing(household: Household, kills: int) -> str:
    """Go on killing while mail comes and goes; everything must be there once at the end. Tells the figures."""
    chance = random.Random(kills)
    sent: list[str] = []
    came: list[Came] = []
    killer = Killer(household, chance)
    household.ledger.close()
    while killer.kills < kills:
        for _ in range(chance.randrange(3)):
            sent.append(household.send())
            came += [household.come(kind, sent[-1]) for kind in chance.sample(["reply", "receipt", "auto-reply"], 2)]
        household.chatter()
        if chance.random() < 0.1:
            household.forget_cursors()
        killer.run_once(within=chance.choice([9, 30]))
    assert heardback(household, "run", "--once").code == 0
    _is_whole(household, sent, came)
    return f"{killer.kills} kills, {len(sent)} sent items, {len(came)} pieces of evidence: 0 lost, 0 doubled"


def _is_whole(household: Household, sent: list[str], came: list[Came]) -> None:
    household.ledger = TinyLedger(household.path)
    items = household.ledger.items()
    assert sorted(each.message_ids[0] for each in items) == sorted(sent)
    facts = [(each.message_ids[0], fact) for each in items for fact in household.ledger.evidence(each.id)]
    found = sorted((about, str(fact.kind), str(fact.message_id)) for about, fact in facts)
    assert found == sorted((each.about, each.kind, each.message_id) for each in came)
    tally = household.ledger.tally(household.account_id)
    assert tally.listed == tally.read + sum(tally.skipped.values()) + tally.removed
    shown = re.sub(r"\s+", " ", heardback(household, "status", "--verbose").out)
    skipped = sum(tally.skipped.values())
    assert (
        f"{tally.listed:,} messages listed = {tally.read:,} read + {skipped:,} skipped + {tally.removed:,} removed."
        in shown
    )
    for reason, number in tally.skipped.items():
        assert f"{number:,} skipped: {reason}" in shown


def kill_while_reminding(household: Household, kills: int) -> str:
    """Go on killing while reminders are due; each must come once. Tells the figures."""
    chance = random.Random(kills)
    killer = Killer(household, chance)
    household.ledger.close()
    answered: set[str] = set()
    sent: list[str] = []
    while killer.kills < kills:
        fresh = [household.send() for _ in range(3)]
        sent += fresh
        heardback(household, "run", "--once")  # a mail that was cut off while it left may still be trouble
        household.wait(timedelta(days=3, hours=1))
        # the mailbox holds this answer before anything is due
        household.come("reply", fresh[0])
        answered.add(fresh[0])
        household.wait(timedelta(days=1))
        for _ in range(4):
            killer.run_once(within=45)
            household.wait(timedelta(minutes=chance.choice([0, 1, 6])))
    for _ in range(3):
        heardback(household, "run", "--once")
        household.wait(timedelta(minutes=6))
    household.ledger = TinyLedger(household.path)
    first = [each for each in household.ledger.reminders() if each.round == 1]
    named = {each.id: each.message_ids[0] for each in household.ledger.items()}
    came = {named[each.item] for each in first if each.state is ReminderState.FIRED}
    assert came == set(sent) - answered
    tags = household.tags()
    assert len(tags) == len(set(tags))
    fired = [each for each in household.ledger.reminders() if each.state is ReminderState.FIRED]
    assert sorted(_due(tag) for tag in tags) == sorted(each.id for each in fired)
    return f"{killer.kills} kills, {len(fired)} reminders due: {len(tags)} mails, each once, none after an answer"


def _due(tag: str) -> str:
    return tag.removeprefix("reminder-").rpartition("-")[0]


def test_a_kill_while_syncing_loses_and_doubles_nothing(household: Household) -> None:
    kill_while_syncing(household, 2)


def test_a_kill_while_reminding_neither_loses_nor_doubles_a_reminder(household: Household) -> None:
    kill_while_reminding(household, 1)


@pytest.mark.slow
def test_sixty_kills_while_syncing(household: Household) -> None:
    print(f"\n{household.account_id}, syncing: {kill_while_syncing(household, 60)}")


@pytest.mark.slow
def test_thirty_kills_while_reminding(household: Household) -> None:
    print(f"\n{household.account_id}, reminding: {kill_while_reminding(household, 30)}")
