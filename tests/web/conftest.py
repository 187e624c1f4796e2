"""A page that really runs, on loopback, and a browser as bare as a program can make it."""

import http.client
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from heardback.clock import Clock
from heardback.house import House
from heardback.settings import load
from heardback.surfaces.subscription import secret_of
from heardback.web.app import Plan, application
from heardback.web.door import Door
from heardback.web.news import Streaming
from relay.server import Background, bound
from store.tiny import TinyLedger
from tests.heardback.screens import NOW, NOWHERE, fill

FLAGS = {
    "zone": "Europe/Berlin",
    "vault.keyring": "false",
    "google.client_id": "client",
    "google.client_secret": "as secret as can be",
    "google.api_root": NOWHERE,
    "google.token_uri": f"{NOWHERE}/token",
    "google.auth_uri": f"{NOWHERE}/auth",
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str


class Person:
    """Sits before the page with a clock in hand; asks for one thing at a time."""

    def __init__(self, folder: Path, flags: Mapping[str, str], *, own_clock: bool = True, public: str = "") -> None:
        self.folder = folder
        self.now: datetime = NOW
        self._own_clock = own_clock
        file = folder / "settings.toml"
        file.touch()
        self._settings = load({"data_folder": str(folder / "data"), **flags}, file=file, environment={})
        listening = bound("127.0.0.1", 0)
        port = listening.getsockname()[1]
        self.door = Door.fresh("127.0.0.1", port, calendar=secret_of(folder / "data"), public=public)
        self.running = Background(application(Plan(house=self.house, door=self.door)), listening, protocol=Streaming)
        self.cookie = f"{self.door.cookie}={self.door.session}"

    def set(self, name: str, value: str) -> None:
        """Change a setting, as a new start would."""
        self._settings = replace(self._settings, values={**self._settings.values, name: value})

    def house(self, **choices: Any) -> House:
        """The parts at this moment."""
        house = House(self._settings, **choices)
        if self._own_clock:
            house.clock = Clock(now=lambda: self.now, sleep=lambda _: None)
        return house

    @property
    def home(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.door.port}"

    @cached_property
    def ledger(self) -> TinyLedger:
        """What is remembered; a connection of its own."""
        return TinyLedger(self.folder / "data" / "ledger.db")

    def ask(
        self, path: str, method: str = "GET", *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request, with no more than is said here."""
        connection = http.client.HTTPConnection("127.0.0.1", self.door.port, timeout=20)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(status=answer.status, headers=named, text=answer.read().decode())
        finally:
            connection.close()

    def see(self, path: str, **headers: str) -> Answer:
        """Look at a page as the person's browser does."""
        return self.ask(path, headers={"Cookie": self.cookie, **headers})

    def send(
        self,
        path: str,
        fields: Mapping[str, str] | None = None,
        *,
        mark: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a form as a page of ours does."""
        body = urlencode({"form": self.door.form if mark is None else mark, **(fields or {})}).encode()
        own = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        return self.ask(path, "POST", body=body, headers={**own, **(headers or {})})


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    """Before a page about a ledger full of awkward mail."""
    (tmp_path / "data").mkdir(mode=0o700)
    ledger = TinyLedger(tmp_path / "data" / "ledger.db")
    fill(ledger)
    ledger.close()
    someone = Person(tmp_path, FLAGS)
    with someone.running, closing(someone.ledger):
        yield someone


@pytest.fixture
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """Before a page about nothing yet."""
    someone = Person(tmp_path_factory.mktemp("new"), FLAGS)
    with someone.running:
        yield someone


def words(answer: Answer) -> str:
    """What a page says, without its marks."""
    from html import unescape

    main = answer.text.partition("<main")[2].partition(">")[2].partition("</main>")[0] or answer.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())
