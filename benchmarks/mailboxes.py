"""Mailboxes to measure with: the sandbox's, filled, and connected through the real sign-in and the real clients."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from connectors.google_grant import GoogleGrant, SavedCredentials
from connectors.google_http import gmail_service
from connectors.mailbox import Mailbox, Quota, Sleep
from connectors.provider import Feature, Google, Provider, SignIn
from connectors.vault import NoKeyring, Vault
from heardback.clients import gmail, outlook
from heardback.clock import Clock
from heardback.settings import load
from sandbox.microsoft import mime as exchange_mime
from sandbox.visitor import Visitor
from sandbox.world import World
from scheduler.sync import SyncReport, sync_account
from store.ledger import Account
from store.tiny import TinyLedger

GMAIL, OUTLOOK = "wu@workspace.example", "ben@ben-work.example"
WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A connected mailbox and an empty ledger."""

    mailbox: Mailbox
    ledger: TinyLedger
    account: Account
    clock: Clock

    def sync(self) -> SyncReport:
        """Read what is new."""
        return sync_account(self.ledger, self.mailbox, self.account, now=self.clock.now, window=WINDOW)


@contextmanager
def connected(
    settings: dict[str, str], folder: Path, address: str, clock: Clock, *, quota: Quota | None = None
) -> Iterator[Bench]:
    """Sign in at a running sandbox.

    :param settings: as `World.settings` gives them
    """
    provider = provider_of(settings, folder, address, clock)
    visitor = Visitor(Path(settings["google.ca_bundle"]), account=address)
    grant = provider.connect(frozenset({Feature.READ}), SignIn(show=visitor, tell=print, time_limit=20))
    account = account_of(grant.account, grant.granted_at)
    with (
        closing(provider.mailbox(grant.account, quota)) as mailbox,
        closing(TinyLedger(folder / "ledger.db")) as ledger,
    ):
        ledger.put_account(account)
        yield Bench(mailbox=mailbox, ledger=ledger, account=account, clock=clock)


def provider_of(settings: dict[str, str], folder: Path, address: str, clock: Clock) -> Provider:
    """Gmail or Outlook, whoever has this address."""
    make = gmail if address == GMAIL else outlook
    own = {name: value for name, value in settings.items() if name != "clock"}
    return make(load(own, file=_nothing(folder)), Vault(folder / "vault", keyring_backend=NoKeyring()), clock)


def bare_gmail(settings: dict[str, str], folder: Path) -> Any:
    """The account's Gmail as Google's client library alone has it, with the sign-in made by `connected`."""
    fields = {name.partition(".")[2]: value for name, value in settings.items() if name.startswith("google.")}
    google = Google(**fields)  # type: ignore[arg-type]  # the settings are named as its fields
    vault = Vault(folder / "vault", keyring_backend=NoKeyring())
    account = f"gmail:{GMAIL}"
    grant = GoogleGrant.load(vault.get(account) or {}, account)
    return gmail_service(google, SavedCredentials(grant, google, vault, account))


def account_of(name: str, at: datetime) -> Account:
    """The ledger's record of an account just connected."""
    provider, _, address = name.partition(":")
    return Account(
        id=name, provider=provider, address=address, features=("read",), capabilities={}, connected_at=at, granted_at=at
    )


def clock_of(world: World) -> Clock:
    """The sandbox's time, without a request for it."""
    sleep: Sleep = world.clock.sleep
    return Clock(now=world.clock.now, sleep=sleep)


def send_from_gmail(world: World, count: int) -> list[str]:
    """So much sent mail lies in the Gmail mailbox, an hour's share of it each minute; gives the Message-IDs."""
    mailbox, begin = world.google.account(GMAIL).mailbox, world.clock.now() - timedelta(days=1)
    names = [f"sent-{number}@mail.gmail.com" for number in range(count)]
    for number, name in enumerate(names):
        at = begin + timedelta(seconds=number)
        raw = letter(GMAIL, f"reader-{number % 150}@outside.example", f"Letter {number}", name, at)
        mailbox.add(raw, ("SENT",), received_ms=int(at.timestamp() * 1000))
    return names


def receive_at_gmail(world: World, count: int, answered: list[str]) -> None:
    """So much mail comes in; the first of it answers the mail named."""
    mailbox, now = world.google.account(GMAIL).mailbox, world.clock.now()
    for number in range(count):
        about = answered[number] if number < len(answered) else ""
        subject = f"Re: Letter {number}" if about else f"News {number}"
        named = f"In-Reply-To: <{about}>\r\nReferences: <{about}>\r\n" if about else ""
        sender = f"{'reader' if about else 'stranger'}-{number % 150}@outside.example"
        raw = letter(sender, GMAIL, subject, f"received-{number}-{now:%s}@outside.example", now, named)
        mailbox.add(raw, ("INBOX", "UNREAD"), thread=mailbox.thread_of_reply(raw))


def send_from_outlook(world: World, count: int) -> None:
    """So much sent mail lies in the Outlook mailbox."""
    mailbox = world.microsoft.account(OUTLOOK).mailbox
    assert mailbox  # noqa: S101 - Ben has one
    for number in range(count):
        raw = letter(
            OUTLOOK, "reader@outside.example", f"Letter {number}", f"s{number}@prod.example", world.clock.now()
        )
        mailbox.add("sentitems", exchange_mime.read(raw), is_draft=False, is_read=True, sent=world.clock.now())


def letter(sender: str, to: str, subject: str, name: str, at: datetime, extra: str = "") -> bytes:
    """A message of ordinary form."""
    return (
        f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {format_datetime(at)}\r\nMessage-ID: <{name}>\r\n"
        f"{extra}Content-Type: text/plain; charset=utf-8\r\n\r\nThank you, that will do.\r\n"
    ).encode()


def _nothing(folder: Path) -> Path:
    """A settings file that sets nothing."""
    file = folder / "settings.toml"
    file.touch()
    return file
