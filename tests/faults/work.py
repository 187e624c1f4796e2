"""One pass of a worker of its own over a household."""

from itertools import count

from scheduler.policy import Policy
from scheduler.worker import Report, Worker
from tests.faults.household import WINDOW, Household

_LIVES = count(1)


def work(household: Household, *, told: list[str] | None = None) -> Report:
    """Read once and remind once, as a process that was just started on this machine; a neighbour's account, too."""
    homes = {each.account_id: each for each in (household, household.neighbour) if each}
    worker = Worker(
        household.ledger,
        lambda account: homes[account.id].provider.mailbox(account.id),
        Policy(),
        now=household.now,
        window=WINDOW,
        tell=(told if told is not None else []).append,
        worker_id=f"here:{next(_LIVES)}",
        is_gone=lambda worker: worker.startswith("here:"),
    )
    return worker.run_once()
