"""How reading an account goes, as `heardback status` shows it: when it was last read, and what is wrong."""

from dataclasses import replace
from datetime import datetime

from connectors.errors import ConnectorError, GrantGone
from scheduler.breaker import rest_after
from store.ledger import AccountState, Ledger, StoreError


def note_read(ledger: Ledger, account: str, *, at: datetime) -> None:
    """An account was read to the end: all is well with it."""
    present = ledger.account(account)
    if present and present.state is AccountState.CONNECTED:
        ledger.put_account(replace(present, last_read_at=at, problem="", failures=0, rests_until=None))


def note_trouble(ledger: Ledger, account: str, err: Exception, *, at: datetime) -> bool:
    """Keep what went wrong with an account; let it rest after several failures, stop where only the person can help.

    :return: whether this is news
    """
    present = ledger.account(account)
    if present is None or present.state is AccountState.DISCONNECTED:
        return False
    known = isinstance(err, ConnectorError | StoreError)
    problem = str(err) if known else f"unexpected trouble, please report it: {type(err).__name__}: {err}"
    state = AccountState.PARKED if isinstance(err, GrantGone) else present.state
    # neither a ledger that cannot be written nor a sign-in that ended is a provider in need of rest
    failures = present.failures + (not isinstance(err, StoreError | GrantGone))
    rest = rest_after(failures)
    changed = replace(present, problem=problem, state=state, failures=failures, rests_until=at + rest if rest else None)
    ledger.put_account(changed)
    return (present.problem, present.state) != (problem, state)
