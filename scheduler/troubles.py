"""The troubles of the worker's accounts: kept with the account, and told once each."""

import logging
from collections.abc import Callable, Mapping

from connectors.mailbox import Now
from scheduler.health import note_trouble
from store.ledger import Account, Ledger, StoreError

log = logging.getLogger(__name__)


class Troubles:
    """Takes what went wrong with an account, so that it goes no further."""

    def __init__(self, ledger: Ledger, *, now: Now, tell: Callable[[str], None]) -> None:
        """:param tell: takes a line for each that is news; no address is in it"""
        self._ledger = ledger
        self._now = now
        self._tell = tell
        self._unkept: dict[str, str] = {}

    @property
    def unkept(self) -> Mapping[str, str]:
        """Account id to trouble that could not even be written down."""
        return self._unkept

    def note(self, account: Account | None, err: Exception) -> None:
        """Keep what went wrong, and tell it if it is news."""
        log.debug("an account could not be read", exc_info=err)
        try:
            at = self._now()
            if account and note_trouble(self._ledger, account.id, err, at=at, granted_at=account.granted_at):
                self._tell(f'A mailbox at {account.provider} could not be read; "heardback status" says why.')
        except StoreError as full:
            self._unkept[account.id if account else ""] = str(full)
            self._tell(f"The ledger could not be used, trying again: {full}")
