"""Puts the parts together: settings in, ledger, vault, providers and clock out, each made when first asked for."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from heardback.errors import UsageError
from heardback.settings import Settings

if TYPE_CHECKING:
    from connectors.mailbox import Mailbox
    from connectors.provider import Provider
    from connectors.vault import Vault
    from heardback.clock import Clock
    from scheduler.rules import Rules
    from store.ledger import Account
    from store.tiny import TinyLedger

#: our names of the providers
PROVIDERS = ("gmail", "outlook")


class House:
    """Everything a command may need; a context manager that closes what was opened."""

    def __init__(
        self,
        settings: Settings,
        *,
        open_page: Callable[[str], None] | None = None,
        gives_up: Callable[[], bool] = lambda: False,
    ) -> None:
        """Prepare for making the parts.

        :param open_page: shows a consent page, instead of the person's browser
        :param gives_up: whether the person gave up the sign-in that is waited for
        """
        self.settings = settings
        self.gives_up = gives_up
        self._open_page = open_page
        self._mailboxes: list[Mailbox] = []

    @cached_property
    def clock(self) -> "Clock":
        """The machine's clock, or the sandbox's if one is set."""
        from heardback.clock import MACHINE, sandbox_clock

        address = self.settings.text("clock")
        return sandbox_clock(address, self.settings.text("google.ca_bundle")) if address else MACHINE

    @cached_property
    def now(self) -> datetime:
        """The moment this command began."""
        return self.clock.now()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The person's time zone."""
        return self.settings.zone

    @property
    def window(self) -> timedelta:
        """How far back sent mail is followed."""
        return timedelta(days=self.settings.number("window_days"))

    @cached_property
    def ledger(self) -> "TinyLedger":
        """What is remembered."""
        from store.tiny import TinyLedger

        return TinyLedger(self.settings.folder / "ledger.db")

    @cached_property
    def vault(self) -> "Vault":
        """The saved sign-ins."""
        from connectors.vault import NoKeyring, Vault

        backend = None if self.settings.truth("vault.keyring") else NoKeyring()
        return Vault(self.settings.folder / "vault", keyring_backend=backend)

    @cached_property
    def policies(self) -> "Rules":
        """When to remind of which mail."""
        from heardback.policy import policies_of

        return policies_of(self.settings)

    def provider(self, name: str) -> "Provider":
        """Gmail or Outlook, with the client the person registered.

        :raises ClientMisconfigured: no client is set, or its file cannot be used
        """
        from heardback.clients import gmail, outlook

        make = gmail if name == "gmail" else outlook
        return make(self.settings, self.vault, self.clock)

    def mailbox(self, account: "Account") -> "Mailbox":
        """An account's mailbox; closed with the house, and what its calls cost is kept."""
        opened = self.open_mailbox(account, at=self.now)
        self._mailboxes.append(opened)
        return opened

    def open_mailbox(self, account: "Account", *, at: datetime) -> "Mailbox":
        """An account's mailbox, for who closes it, knowing what was lately spent there."""
        from scheduler.spending import quota_of

        return self.provider(account.provider).mailbox(account.id, quota_of(self.ledger, account, now=at))

    def account(self, named: str) -> "Account":
        """The one account a person means by an id, an address or a part of it.

        :raises UsageError: none or several answer to it
        """
        accounts = self.ledger.accounts()
        found = [each for each in accounts if named.lower() in (each.id, each.address, each.provider)]
        found = found or [each for each in accounts if named.lower() in each.id]
        if len(found) == 1:
            return found[0]
        known = ", ".join(each.id for each in accounts) or "none yet"
        raise UsageError(f'{"No" if not found else "More than one"} account answers to "{named}"; connected: {known}.')

    @property
    def opens_browser(self) -> bool:
        """Whether pages open in the person's browser, and are not handed to whoever made the house."""
        return self._open_page is None

    def show_page(self, address: str) -> bool:
        """Open a page in the person's browser; False if there is none."""
        if self._open_page:
            self._open_page(address)
            return True
        import webbrowser

        return webbrowser.open(address)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for mailbox in self._mailboxes:
            self._leave(mailbox)
        if "ledger" in self.__dict__:
            self.ledger.close()

    def _leave(self, mailbox: "Mailbox") -> None:
        from scheduler.spending import book
        from store.ledger import StoreError

        # what was done is done: a ledger that cannot be written does not undo it
        with suppress(StoreError):
            book(self.ledger, mailbox, at=self.now)
        mailbox.close()
