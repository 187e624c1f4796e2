"""What the tests of the connectors share."""

from pathlib import Path

import pytest

from connectors.vault import Vault
from sandbox.clock import Clock


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
