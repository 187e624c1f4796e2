"""One pass of a worker of its own over a household."""

from datetime import time
from itertools import count

from scheduler.calendar import Calendar
from scheduler.policy import Policy
from scheduler.worker import Report, Worker
from tests.faults.household import WINDOW, Household

#: faults do not keep office hours, nor do these tests
ANY_HOUR = Policy(calendar=Calendar(opens=time(0), closes=time.max, weekend=frozenset()))
_LIVES = count(1)


def work(household: Household, *, told: list[str] | None = None) -> Report:
    """Read once and remind once, as a process that was just started on this machine; a neighbour's account, too."""
    homes = {each.account_id: each for each in (household, household.neighbour) if each}
    worker = Worker(
        household.ledger,
        lambda account: homes[account.id].provider.mailbox(account.id),
        ANY_HOUR,
        now=household.now,
        window=WINDOW,
        tell=(told if told is not None else []).append,
        worker_id=f"here:{next(_LIVES)}",
        is_gone=lambda worker: worker.startswith("here:"),
    )
    return worker.run_once()
