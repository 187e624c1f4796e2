"""What the tests of the connectors share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.gmail import GmailMailbox
from connectors.google import GoogleProvider
from connectors.provider import Feature, Google, SignIn
from connectors.vault import Vault
from sandbox.clock import Clock
from sandbox.google import GmailAccount
from sandbox.visitor import Visitor
from sandbox.world import World


class Drawer:
    """A keyring that keeps what it is given, in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def clock() -> Clock:
    """Virtual time; `clock.now` and `clock.sleep` are handed in."""
    return Clock()


@pytest.fixture
def drawer() -> Drawer:
    """An empty keyring; never the one of the machine the tests run on."""
    return Drawer()


@pytest.fixture
def vault(tmp_path: Path, drawer: Drawer) -> Vault:
    """An empty vault."""
    return Vault(tmp_path / "vault", keyring_backend=drawer)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A local Google and Microsoft, answering."""
    with World(tmp_path) as world:
        yield world


@pytest.fixture
def google(world: World) -> Google:
    """Where the local Google is."""
    here = world.google
    return Google(
        client_id=here.client_id,
        client_secret=here.client_secret,
        api_root=here.api_root,
        auth_uri=here.auth_uri,
        token_uri=here.token_uri,
        ca_bundle=str(world.ca_file),
    )


@pytest.fixture
def provider(world: World, google: Google, vault: Vault) -> GoogleProvider:
    """Google, on the world's time."""
    return GoogleProvider(google, vault, now=world.clock.now, sleep=world.clock.sleep)


@pytest.fixture
def wu(world: World) -> GmailAccount:
    """A Workspace account, as the sandbox holds it."""
    return world.google.account("wu@workspace.example")


@pytest.fixture
def gmail(world: World, provider: GoogleProvider, wu: GmailAccount) -> Iterator[GmailMailbox]:
    """The mailbox of that account, connected for reading, sending and drafts."""
    sign_in = SignIn(show=Visitor(world.ca_file, account=wu.address), tell=print, time_limit=20)
    grant = provider.connect(frozenset({Feature.READ, Feature.SEND, Feature.DRAFTS}), sign_in)
    mailbox = provider.mailbox(grant.account)
    yield mailbox
    mailbox.close()
