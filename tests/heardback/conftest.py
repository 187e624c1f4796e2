"""A person at their desk: the command line, the sandbox's Gmail and Outlook, and a browser that agrees."""

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from heardback.cli import main
from relay.app import Plan, application
from relay.keys import make, shared
from relay.server import Background, bound
from sandbox.loaders.people import OWN_HOME, OWN_NETWORK
from sandbox.visitor import Visitor
from sandbox.world import World
from store.tiny import TinyLedger
from tests.heardback.screens import fill

GMAIL = "ana@ana-mail.example"
OUTLOOK = "ben@ben-work.example"


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its result as a document."""
        return json.loads(self.out)


class Desk:
    """Types commands against a running sandbox."""

    def __init__(self, world: World, folder: Path, *, zone: str = "UTC") -> None:
        self.world = world
        self.folder = folder / "data"
        self.config = folder / "settings.toml"
        lines = [f'"{name}" = {json.dumps(value)}' for name, value in world.settings().items()]
        dotted = [line.replace('"', "", 2) for line in lines]
        self.config.write_text("\n".join([f"zone = '{zone}'", "vault.keyring = false", *dotted]), "utf-8")

    def type(self, *words: str, visitor: Callable[[str], None] | None = None) -> Done:
        """Run `heardback` with these words."""
        return self.bare(*words, "--config", str(self.config), "--data", str(self.folder), visitor=visitor)

    def bare(self, *words: str, visitor: Callable[[str], None] | None = None) -> Done:
        """Run `heardback` with these words and no others."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(words, open_page=visitor)
        return Done(code=code, out=out.getvalue(), err=err.getvalue())

    def connect(self, provider: str, *words: str, **choices: Any) -> Done:
        """Sign in to the sandbox's account of that provider."""
        person = choices.pop("account", GMAIL if provider == "gmail" else OUTLOOK)
        visitor = Visitor(self.world.ca_file, account=person, **choices)
        return self.type("connect", provider, *words, visitor=visitor)

    def label(self, provider: str, subject: str, name: str) -> None:
        """Give a sent mail a label, or a category, in the person's own mail program."""
        if provider == "gmail":
            box = self.world.google.account(GMAIL).mailbox
            made = box.add_label(name, "show", "labelShow")
            line = f"Subject: {subject}\r\n".encode()
            (message,) = [each for each in box.newest_first() if line in each.raw and "SENT" in each.labels]
            box.relabel(message, add=[made.id])
            return
        outlook = self.world.microsoft.account(OUTLOOK).mailbox
        assert outlook
        sent = outlook.folder("sentitems").folder_id
        (item,) = [each for each in outlook.items(sent) if each.head.subject == subject]
        item.categories = (name,)
        outlook.change(item, "categories")

    def wait(self, **span: float) -> None:
        """Let virtual time pass."""
        self.world.clock.advance(timedelta(**span))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk in front of a fresh sandbox."""
    with World(tmp_path) as world:
        yield Desk(world, tmp_path)


@pytest.fixture
def tracking(desk: Desk) -> Iterator[Desk]:
    """A desk with a relay that really runs, behind a web server on this machine."""
    folder = desk.folder / "relay"
    make(folder / "key")
    plan = Plan(folder=folder, shared=shared(folder / "key"), own_networks=(OWN_NETWORK,), now=desk.world.clock.now)
    with Background(application(plan), bound("127.0.0.1", 0), trusted_proxies=("127.0.0.1",)) as running:
        with desk.config.open("a") as settings:
            settings.write(f'\nrelay.url = "{running.url}"\n')
        bearer = {"Authorization": f"Bearer {plan.shared.bearer}", "X-Forwarded-For": OWN_HOME}
        requests.get(f"{running.url}/hits", headers=bearer, timeout=20).raise_for_status()
        yield desk


@pytest.fixture
def awkward_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder to stand in, with the ledger of `screens` in its folder `data`."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    ledger = TinyLedger(folder / "ledger.db")
    fill(ledger)
    ledger.close()
