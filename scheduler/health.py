"""How reading an account goes, as `heardback status` shows it: when it was last read, and what is wrong."""

from dataclasses import replace
from datetime import datetime

from connectors.errors import ConnectorError, GrantGone
from store.ledger import AccountState, Ledger, StoreError


def note_read(ledger: Ledger, account: str, *, at: datetime) -> None:
    """An account was read to the end: all is well with it."""
    present = ledger.account(account)
    if present and present.state is AccountState.CONNECTED:
        ledger.put_account(replace(present, last_read_at=at, problem=""))


def note_trouble(ledger: Ledger, account: str, err: Exception) -> bool:
    """Keep what went wrong with an account, and stop reading it if only the person can mend it.

    :return: whether this is news
    """
    present = ledger.account(account)
    if present is None or present.state is AccountState.DISCONNECTED:
        return False
    known = isinstance(err, ConnectorError | StoreError)
    problem = str(err) if known else f"unexpected trouble, please report it: {type(err).__name__}: {err}"
    state = AccountState.PARKED if isinstance(err, GrantGone) else present.state
    if (present.problem, present.state) == (problem, state):
        return False
    ledger.put_account(replace(present, problem=problem, state=state))
    return True
