"""Everything together: clock, post office, both providers, the cast and the control desk, as one."""

import os
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import trustme

from sandbox.clock import START, Clock
from sandbox.control import Control
from sandbox.google import Google
from sandbox.microsoft import Microsoft
from sandbox.people import Cast
from sandbox.post import PostOffice
from sandbox.server import Server

#: domains of the default accounts; their unknown addresses bounce at once
_DOMAINS = ("ana-mail.example", "workspace.example", "ben-work.example", "outlook.example")


class World:
    """A local Google and a local Microsoft with two accounts each, and everybody they write to. A context manager.

    Google: `ana@ana-mail.example` (consumer, alias `ana.work@ana-mail.example`) and `wu@workspace.example` (Workspace).
    Microsoft: `ben@ben-work.example` (work) and `bea@outlook.example` (personal).
    """

    def __init__(self, folder: Path, *, seed: int = 1, start: datetime = START) -> None:
        """Make it; its servers answer after `start()`.

        :param folder: gets the certificate of the throwaway authority, `ca.pem`, readable by the owner only
        :param seed: the same seed, and the same calls, give the same bytes
        :param start: where the virtual clock starts, UTC
        """
        self.clock = Clock(start)
        self.post = PostOffice(self.clock, seed)
        authority = trustme.CA()
        self.google = Google(self.post, authority)
        self.microsoft = Microsoft(self.post, authority)
        self.cast = Cast(self.post, domains=_DOMAINS, search_key=self.microsoft.search_key)
        self.control = Server(Control(self.clock, self.google, self.microsoft), authority)
        self.ca_file = folder / "ca.pem"
        _write_for_owner(self.ca_file, authority.cert_pem.bytes())
        self._add_accounts()

    def settings(self) -> dict[str, str]:
        """What a client has to be told to use this world instead of the real one: setting name to value."""
        ca_bundle = str(self.ca_file)
        return {
            "google.api_root": self.google.api_root,
            "google.auth_uri": self.google.auth_uri,
            "google.token_uri": self.google.token_uri,
            "google.ca_bundle": ca_bundle,
            "google.client_id": self.google.client_id,
            "google.client_secret": self.google.client_secret,
            "microsoft.authority": self.microsoft.authority,
            "microsoft.graph_root": self.microsoft.graph_root,
            "microsoft.ca_bundle": ca_bundle,
            "microsoft.client_id": self.microsoft.client_id,
            "clock": f"{self.control.url}/clock",
        }

    def start(self) -> Self:
        """Let the servers answer."""
        self.google.start()
        self.microsoft.start()
        self.control.start()
        return self

    def stop(self) -> None:
        """Stop the servers and give their ports back."""
        self.control.stop()
        self.microsoft.stop()
        self.google.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _add_accounts(self) -> None:
        self.google.add_account("ana@ana-mail.example", aliases=("ana.work@ana-mail.example",), name="Ana Lima")
        self.google.add_account("wu@workspace.example", kind="workspace", name="Wu Chen")
        self.microsoft.add_account("ben@ben-work.example", kind="work", name="Ben Okafor")
        self.microsoft.add_account("bea@outlook.example", kind="personal", name="Bea Jansen")


def _write_for_owner(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
