"""A relay that really runs, on loopback, with a clock and a disk the test holds in its hands."""

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from evidence.model import HitKind
from relay import disk
from relay.app import Plan, application
from relay.keys import make, shared
from relay.server import Background, bound
from relay.tokens import Token, new_id, reader_id

NOON = datetime(2026, 5, 4, 12, 3, 21, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SECRET = b"s" * 32
ANA = reader_id(SECRET, "ana@example.org")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as a document."""
        return json.loads(self.body)

    @property
    def shape(self) -> tuple[int, dict[str, str], bytes]:
        """All but the time of day."""
        return self.status, {name: value for name, value in self.headers.items() if name != "date"}, self.body


class Disk:
    """Makes durable, or refuses, or waits, as told; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.act: Callable[[], None] = lambda: None

    def put(self, descriptor: int, content: bytes, at: int) -> int:
        """What the journal is given to write with."""
        self.asked += 1
        self.act()
        return disk.put(descriptor, content, at)


class Desk:
    """A relay, its owner and its readers."""

    def __init__(self, folder: Path, stack: ExitStack, **choices: Any) -> None:
        self.now = NOON
        self.disk = Disk()
        key = folder / "key"
        if not key.exists():
            make(key)
        self.shared = shared(key)
        self.plan = Plan(
            folder=folder / "relay",
            shared=self.shared,
            put=self.disk.put,
            **{"patience": 30.0, "now": lambda: self.now, **choices},
        )
        self._stack = stack
        self._running: Background | None = None
        self.trusted: tuple[str, ...] = ()

    def start(self) -> None:
        """Begin to answer."""
        self._running = Background(application(self.plan), bound("127.0.0.1", 0), trusted_proxies=self.trusted)
        self._running.__enter__()
        self._stack.callback(self.stop)

    def stop(self) -> None:
        """Stop answering; harmless twice."""
        running, self._running = self._running, None
        if running:
            running.__exit__(None, None, None)

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._running
        return self._running.url

    def ask(
        self, path: str, method: str = "GET", *, body: bytes | None = None, agent: str = FIREFOX, **more: Any
    ) -> Answer:
        """One request on a connection of its own; header names with `_` for `-`."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=20)
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        try:
            connection.request(method, path, body, {"User-Agent": agent, **headers})
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(status=answer.status, headers=named, body=answer.read())
        finally:
            connection.close()

    def own(self, path: str, method: str = "GET", body: object = None, **more: str) -> Answer:
        """A request of the owner's, with the key."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        return self.ask(path, method, body=raw, Authorization=f"Bearer {self.shared.bearer}", **more)

    def token(self, kind: HitKind = HitKind.PIXEL, **values: Any) -> Token:
        """A token's contents, good for 90 days and sent to Ana."""
        target = "https://example.com/offer?x=1" if kind is HitKind.LINK else ""
        fresh = Token(kind=kind, id=new_id(), readers=(ANA,), expires=NOON + timedelta(days=90), target=target)
        return replace(fresh, **values)

    def seal(self, token: Token) -> str:
        """As it stands in an address."""
        return self.shared.tokens.seal(token)

    def image(self, token: Token, **request: Any) -> Answer:
        """Load the image of a token."""
        return self.ask(f"/p/{self.seal(token)}.gif", **request)

    def hits(self, after: str = "") -> list[tuple[str, str]]:
        """Token id and rule of everything that was recorded."""
        return [(hit["token"], hit["rule"]) for hit in self.own(f"/hits?after={after}").json["hits"]]

    @property
    def files(self) -> dict[str, bytes]:
        """Every file of the relay, by its name."""
        return {str(file): file.read_bytes() for file in self.plan.folder.rglob("*") if file.is_file()}


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Makes relays on one folder, with choices of the plan; nothing runs before `start`."""
    with ExitStack() as stack:
        yield lambda **choices: Desk(tmp_path, stack, **choices)


@pytest.fixture
def desk(desks: Callable[..., Desk]) -> Desk:
    """A running relay as it comes."""
    made = desks()
    made.start()
    return made
