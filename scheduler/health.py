"""How reading an account goes, as `heardback status` shows it: when it was last read, and what is wrong."""

from dataclasses import replace
from datetime import datetime

from connectors.errors import ConnectorError, GrantGone
from scheduler.breaker import rest_after
from store.ledger import Account, AccountState, Ledger, StoreError


def note_read(ledger: Ledger, account: str, *, at: datetime) -> None:
    """An account was read to the end: all is well with it."""

    def well(present: Account) -> Account:
        if present.state is not AccountState.CONNECTED:
            return present
        return replace(present, last_read_at=at, problem="", failures=0, rests_until=None)

    ledger.change_account(account, well)


def note_trouble(
    ledger: Ledger, account: str, err: Exception, *, at: datetime, granted_at: datetime | None = None
) -> bool:
    """Keep what went wrong with an account; let it rest after several failures, stop where only the person can help.

    :param granted_at: of the sign-in it went wrong with, if that is known; an earlier one's trouble is over
    :return: whether this is news
    """
    before: list[Account] = []

    def troubled(present: Account) -> Account:
        before.append(present)
        is_over = granted_at is not None and present.granted_at != granted_at
        return present if is_over or present.state is AccountState.DISCONNECTED else _troubled(present, err, at)

    after = ledger.change_account(account, troubled)
    return after is not None and (before[-1].problem, before[-1].state) != (after.problem, after.state)


def _troubled(present: Account, err: Exception, at: datetime) -> Account:
    known = isinstance(err, ConnectorError | StoreError)
    problem = str(err) if known else f"unexpected trouble, please report it: {type(err).__name__}: {err}"
    state = AccountState.PARKED if isinstance(err, GrantGone) else present.state
    # neither a ledger that cannot be written nor a sign-in that ended is a provider in need of rest
    failures = present.failures + (not isinstance(err, StoreError | GrantGone))
    rest = rest_after(failures)
    return replace(present, problem=problem, state=state, failures=failures, rests_until=at + rest if rest else None)
