"""Being asked to stop, and a second worker."""

import json
import signal
import socket
import threading
import time
from contextlib import closing
from datetime import timedelta
from subprocess import Popen

import pytest

from sandbox.faults import Fault
from store.tiny import TinyLedger
from tests.faults.household import Household
from tests.faults.processes import finish, heardback, start

#: whole processes, started and killed again and again
pytestmark = pytest.mark.slow

#: mail of the listing that is cut off, and seconds each answer of the provider then takes
_MUCH, _SLOW = 60, 0.2
_ENOUGH = 60


class Calls:
    """Waits for the requests of a process."""

    def __init__(self, household: Household) -> None:
        self._faults = household.server.faults
        self._take = self._faults.take
        self._counted = threading.Semaphore(0)
        self._faults.take = self._count  # type: ignore[method-assign]  # until the household is gone

    def wait(self, calls: int) -> None:
        """Until so many more calls have come."""
        for _ in range(calls):
            assert self._counted.acquire(timeout=_ENOUGH), "the worker asks nothing"

    def _count(self, call: str, troubles: tuple[str, ...]) -> Fault | None:
        if "drop" in troubles:
            self._counted.release()
        return self._take(call, troubles)


def stop(process: "Popen[str]") -> float:
    """Ask it to end; the real seconds it took."""
    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=_ENOUGH)
    return time.monotonic() - asked


@pytest.mark.parametrize("calls", [3, 5])
def test_a_stop_in_the_middle_of_a_sync_leaves_nothing_half_written(household: Household, calls: int) -> None:
    sent = sorted(household.send() for _ in range(_MUCH))
    household.ledger.close()
    household.server.faults.add(Fault(trouble="slow", seconds=_SLOW, times=10_000))
    waiting = Calls(household)
    process = start(household, "run")
    waiting.wait(calls)
    took = stop(process)
    done = finish(process)
    print(f"\n{household.account_id}: stopped {took:.2f} s after SIGTERM, at request {calls}")
    assert (done.code, "everything read so far is kept" in done.err) == (0, True), done
    with closing(TinyLedger(household.path)) as ledger:
        ledger.check()
        account = ledger.account(household.account_id)
        assert account
        assert account.problem == ""
        assert len(ledger.items()) <= _MUCH
    household.server.faults.clear()
    assert heardback(household, "run", "--once").code == 0
    with closing(TinyLedger(household.path)) as ledger:
        assert sorted(each.message_ids[0] for each in ledger.items()) == sent
        tally = ledger.tally(household.account_id)
        assert tally.listed == tally.read + sum(tally.skipped.values()) + tally.removed


def test_a_stop_waits_for_no_provider_that_hangs(household: Household) -> None:
    household.send()
    household.ledger.close()
    household.server.faults.add(Fault(trouble="slow", seconds=8, times=1))
    waiting = Calls(household)
    process = start(household, "run")
    waiting.wait(1)
    took = stop(process)
    done = finish(process)
    print(f"\n{household.account_id}: stopped {took:.2f} s after SIGTERM, while the provider hung for 8 s")
    assert (done.code, "Stopped" in done.err) == (0, True), done


def test_a_stop_waits_for_no_notification_that_hangs(household: Household) -> None:
    household.send()
    assert heardback(household, "run", "--once").code == 0
    household.wait(timedelta(days=4))
    household.ledger.close()
    with socket.create_server(("127.0.0.1", 0)) as place:
        address = f"json://127.0.0.1:{place.getsockname()[1]}?rto=30"
        process = start(household, "run", "--set", "run.sweep_every=1", "--set", f"reminders.notify={address}")
        place.settimeout(_ENOUGH)
        with place.accept()[0]:
            took = stop(process)
    done = finish(process)
    assert (done.code, took < 3, "Stopped" in done.err) == (0, True, True), (took, done)
    again = heardback(household, "run", "--once", "--set", f"reminders.notify={address}")
    assert "unknown): cut off while it left: it may have come" in " ".join(again.err.split()), again


def test_a_second_worker_says_who_holds_the_data_and_touches_nothing(household: Household) -> None:
    household.send()
    household.ledger.close()
    waiting = Calls(household)
    first = start(household, "run")
    waiting.wait(2)
    for words in (("run",), ("run", "--once"), ("restore", str(household.path))):
        second = heardback(household, *words)
        assert (second.code, f"process {first.pid}" in " ".join(second.err.split())) == (1, True), second
    shown = heardback(household, "status", "--json")
    assert json.loads(shown.out)["worker"] == f"process {first.pid}"
    stop(first)
    assert finish(first).code == 0
    assert heardback(household, "run", "--once").code == 0


def test_a_worker_that_was_killed_holds_nothing(household: Household) -> None:
    named = household.send()
    household.ledger.close()
    waiting = Calls(household)
    first = start(household, "run")
    waiting.wait(2)
    first.kill()
    finish(first)
    assert heardback(household, "run", "--once").code == 0
    with closing(TinyLedger(household.path)) as ledger:
        assert [each.message_ids[0] for each in ledger.items()] == [named]
