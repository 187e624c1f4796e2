"""A person with one account at a local provider, what they and their correspondents do, and a Heardback to kill."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from subprocess import Popen

from connectors.envelope import TAG_HEADER
from connectors.google import GoogleProvider
from connectors.mailbox import Mailbox
from connectors.microsoft import MicrosoftProvider
from connectors.provider import Feature, Google, Microsoft, Provider, SignIn
from connectors.vault import NoKeyring, Vault
from evidence.normal import message_id
from sandbox.microsoft import mime as exchange_mime
from sandbox.post import TRANSIT, Letter
from sandbox.server import Server
from sandbox.visitor import Visitor
from sandbox.world import World
from store.ledger import Account, Ledger
from store.tiny import TinyLedger
from tests.scheduler.letters import absence, answer, bounce, receipt

READER = "reader@outside.example"
#: what the person allows
FEATURES = (Feature.READ, Feature.SEND, Feature.DRAFTS)
WINDOW = timedelta(days=30)
#: faults keep no office hours, nor do these tests
_ANY_HOUR = {"reminders.hours": "00:00-23:59", "reminders.weekends": "true"}
#: real seconds a provider has to answer, and what a slow answer takes
PATIENCE, SLOW = 1.0, 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """Something that came back about a mail."""

    #: what it is
    kind: str
    #: Message-ID of the mail it speaks about
    about: str
    #: its own Message-ID
    message_id: str


class Household(ABC):
    """One account, its provider and its ledger. What happens in it needs no Heardback; `open` starts one."""

    address: str
    account_id: str
    #: troubles that make the provider forget where reading stopped, by variant
    forgets: tuple[str, ...]

    def __init__(self, folder: Path, *, patience: float = PATIENCE, features: tuple[Feature, ...] = FEATURES) -> None:
        """Start a world and sign in."""
        self.folder = folder
        self.features = features
        self.world = World(folder).start()
        self.patience = patience
        self.vault = Vault(folder / "data" / "vault", keyring_backend=NoKeyring())
        self.path = folder / "data" / "ledger.db"
        self.arrived: list[bytes] = []
        #: Heardback as processes; none outlives the household
        self.processes: list[Popen[str]] = []
        #: another account of the same person, in the same ledger
        self.neighbour: Household | None = None
        self.world.post.register(READER, lambda letter, _: self.arrived.append(letter.mime))
        self.provider = self.make_provider()
        self.ledger: Ledger = TinyLedger(self.path)
        self.connect()
        self.mailbox: Mailbox = self.provider.mailbox(self.account_id)
        self._count = 0

    # What a person does with Heardback

    def connect(self) -> Account:
        """Sign in, or sign in again."""
        sign_in = SignIn(show=Visitor(self.world.ca_file, account=self.address), tell=print, time_limit=20)
        grant = self.provider.connect(frozenset(self.features), sign_in)
        known = self.ledger.account(grant.account)
        account = Account(
            id=grant.account,
            provider=self.provider.name,
            address=grant.address,
            aliases=grant.aliases,
            features=self.features,
            capabilities={},
            connected_at=known.connected_at if known else self.now(),
            granted_at=self.now(),
            last_read_at=known.last_read_at if known else None,
        )
        self.ledger.put_account(account)
        return account

    def restart(self) -> None:
        """Another process begins where a killed one stopped: nothing is left but the files."""
        self.mailbox.close()
        self.ledger.close()
        self.ledger = TinyLedger(self.path)
        self.mailbox = self.provider.mailbox(self.account_id)

    @property
    def account(self) -> Account:
        """As the ledger has it."""
        found = self.ledger.account(self.account_id)
        assert found
        return found

    def settings(self) -> str:
        """A settings file that points commands at this household."""
        own = {"data_folder": str(self.path.parent), "zone": "UTC", **_ANY_HOUR, **self.world.settings()}
        lines = [f"{name} = '{value}'" for name, value in own.items()]
        file = self.folder / "settings.toml"
        file.write_text("\n".join([*lines, "vault.keyring = false", ""]), "utf-8")
        return str(file)

    def close(self) -> None:
        """End it all."""
        for each in self.processes:
            if each.poll() is None:
                each.kill()
                each.communicate()
        self.mailbox.close()
        self.ledger.close()
        self.world.stop()

    # What happens in the world

    def now(self) -> datetime:
        """Virtual time."""
        return self.world.clock.now()

    def wait(self, time: timedelta = TRANSIT + timedelta(seconds=6)) -> None:
        """Time passes, and what is on its way arrives."""
        self.world.clock.advance(time)

    def send(self) -> str:
        """The person writes to somebody with a program of their own; the Message-ID that arrived."""
        self._count += 1
        before = len(self.arrived)
        self.post_mail(
            f"From: {self.address}\r\nTo: {READER}\r\nSubject: Offer\r\n"
            f"Disposition-Notification-To: {self.address}\r\n\r\nhello\r\n".encode()
        )
        self.wait()
        return message_id(message_from_bytes(self.arrived[before])["Message-ID"]) or ""

    def draft(self, subject: str) -> bytes:
        """What a draft to the reader looks like."""
        return f"From: {self.address}\r\nTo: {READER}\r\nSubject: {subject}\r\n\r\nhello\r\n".encode()

    def come(self, kind: str, about: str) -> Came:
        """Something comes back about a mail."""
        self._count += 1
        # a number of seconds of its own makes each Message-ID unique
        at = self.now() + timedelta(seconds=self._count)
        letters: dict[str, Callable[[], bytes]] = {
            "reply": lambda: answer(READER, about, at),
            "decline": lambda: answer(READER, about, at, text="Please do not contact me again."),
            "receipt": lambda: receipt(READER, about, at),
            "delivery": lambda: bounce(READER, about, at),
            "auto-reply": lambda: absence(READER, about, at, "15 May 2026"),
        }
        mime = letters[kind]().replace(b"me@example.com", self.address.encode())
        self.world.post.send(Letter(mime=mime, sender=READER, recipients=(self.address,), sent_at=self.now()))
        self.wait()
        return Came(kind=kind, about=about, message_id=message_id(message_from_bytes(mime)["Message-ID"]) or "")

    def chatter(self) -> None:
        """Mail of no interest comes in."""
        self._count += 1
        mime = (
            f"From: stranger@outside.example\r\nTo: {self.address}\r\nSubject: Lunch {self._count}\r\n"
            f"Message-ID: <lunch{self._count}@outside.example>\r\n\r\nHungry?\r\n"
        ).encode()
        letter = Letter(mime=mime, sender="stranger@outside.example", recipients=(self.address,), sent_at=self.now())
        self.world.post.send(letter)
        self.wait()

    # What differs by provider

    @property
    @abstractmethod
    def server(self) -> Server:
        """Where the provider answers."""

    @abstractmethod
    def make_provider(self) -> Provider:
        """The provider, pointed at the sandbox; each is a process of its own to the vault."""

    @abstractmethod
    def post_mail(self, mime: bytes) -> None:
        """Send from the provider's own windows."""

    @abstractmethod
    def write_draft(self, subject: str) -> None:
        """Leave a draft to the reader."""

    @abstractmethod
    def sent(self) -> dict[str, str]:
        """Message-ID to provider id of what lies in the sent folder now."""

    @abstractmethod
    def tags(self) -> list[str]:
        """The marks of all that left through Heardback and lies in the sent folder."""

    @abstractmethod
    def delete(self, named: str) -> None:
        """Delete the message with this Message-ID for good, elsewhere."""

    @abstractmethod
    def file_away(self, named: str) -> None:
        """Move a received message where no listing looks, as a rule would."""

    @abstractmethod
    def forget_cursors(self) -> None:
        """The provider forgets every place in the mailbox it ever named."""

    @abstractmethod
    def revoke(self, reason: str) -> None:
        """The grant ends."""


class GmailHousehold(Household):
    """Ana's Gmail."""

    address = "ana@ana-mail.example"
    account_id = "gmail:ana@ana-mail.example"
    forgets = ("404",)

    @property
    def server(self) -> Server:
        return self.world.google.server

    def make_provider(self) -> Provider:
        here = self.world.google
        google = Google(
            client_id=here.client_id,
            client_secret=here.client_secret,
            api_root=here.api_root,
            auth_uri=here.auth_uri,
            token_uri=here.token_uri,
            ca_bundle=str(self.world.ca_file),
            patience=self.patience,
        )
        return GoogleProvider(google, self.vault, now=self.now, sleep=self.world.clock.sleep)

    def post_mail(self, mime: bytes) -> None:
        self.world.google.account(self.address).send(mime)

    def write_draft(self, subject: str) -> None:
        account = self.world.google.account(self.address)
        with account.lock:
            account.mailbox.add_draft(self.draft(subject))

    def sent(self) -> dict[str, str]:
        messages = self.world.google.account(self.address).messages
        return {message_id(each.header("Message-ID")) or "": each.id for each in messages if "SENT" in each.labels}

    def tags(self) -> list[str]:
        messages = self.world.google.account(self.address).messages
        marks = (each.header(TAG_HEADER).strip() for each in messages if "SENT" in each.labels)
        return [each for each in marks if each]

    def delete(self, named: str) -> None:
        account = self.world.google.account(self.address)
        for each in account.messages:
            if message_id(each.header("Message-ID")) == named:
                with account.lock:
                    account.mailbox.remove(each)

    def file_away(self, named: str) -> None:
        account = self.world.google.account(self.address)
        for each in account.messages:
            if message_id(each.header("Message-ID")) == named:
                with account.lock:
                    account.mailbox.relabel(each, add=("CATEGORY_PROMOTIONS",), remove=("INBOX", "CATEGORY_PERSONAL"))

    def forget_cursors(self) -> None:
        account = self.world.google.account(self.address)
        with account.lock:
            account.mailbox.history.expire()

    def revoke(self, reason: str) -> None:
        self.world.google.revoke_grants(self.address, reason=reason)


class OutlookHousehold(Household):
    """Ben's Exchange."""

    address = "ben@ben-work.example"
    account_id = "outlook:ben@ben-work.example"
    forgets = ("410", "syncStateNotFound", "SyncStateNotFound", "resyncRequired")

    @property
    def server(self) -> Server:
        return self.world.microsoft.server

    def make_provider(self) -> Provider:
        here = self.world.microsoft
        microsoft = Microsoft(
            client_id=here.client_id,
            authority=here.authority,
            graph_root=here.graph_root,
            ca_bundle=str(self.world.ca_file),
            patience=self.patience,
        )
        return MicrosoftProvider(microsoft, self.vault, now=self.now, sleep=self.world.clock.sleep)

    def post_mail(self, mime: bytes) -> None:
        account = self.world.microsoft.account(self.address)
        assert account.mailbox
        with account.turn():
            draft = account.mailbox.add("drafts", exchange_mime.read(mime), is_draft=True, is_read=True)
            self.world.microsoft._transport.send(account, draft)

    def write_draft(self, subject: str) -> None:
        account = self.world.microsoft.account(self.address)
        assert account.mailbox
        with account.turn():
            account.mailbox.add("drafts", exchange_mime.read(self.draft(subject)), is_draft=True, is_read=True)

    def sent(self) -> dict[str, str]:
        items = self.world.microsoft.account(self.address).messages("sentitems")
        return {message_id(each.head.message_id) or "": each.immutable_id for each in items}

    def tags(self) -> list[str]:
        items = self.world.microsoft.account(self.address).messages("sentitems")
        return [value for each in items for name, value in each.extended.items() if "heardbacktag" in name.lower()]

    def delete(self, named: str) -> None:
        account = self.world.microsoft.account(self.address)
        for each in account.messages():
            if message_id(each.head.message_id) == named and account.mailbox:
                with account.turn():
                    account.mailbox.remove(each)

    def file_away(self, named: str) -> None:
        account = self.world.microsoft.account(self.address)
        for each in account.messages("inbox"):
            if message_id(each.head.message_id) == named and account.mailbox:
                with account.turn():
                    account.mailbox.move(each, "outbox")  # stands for a folder of the person's own

    def forget_cursors(self) -> None:
        self.world.microsoft.expire_cursors(self.address)

    def revoke(self, reason: str) -> None:
        self.world.microsoft.revoke_grants(self.address, reason=reason)


HOUSEHOLDS: dict[str, type[Household]] = {"gmail": GmailHousehold, "outlook": OutlookHousehold}
