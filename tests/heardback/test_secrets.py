"""Over a whole day no token, code, address or body reaches a log, a message or a trace; files are the owner's."""

import json
import logging
import os
import re
import signal
import stat
import traceback
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from werkzeug.wrappers import Request

from heardback.cli import main
from sandbox.faults import Fault
from sandbox.google import Google
from sandbox.microsoft import Microsoft
from sandbox.visitor import Visitor
from tests.heardback.conftest import GMAIL, OUTLOOK, Desk

_BODY = "the words inside this very mail"
_READER = "paul@harbour.example"
_SECRET_FIELDS = ("code", "refresh_token", "client_secret", "code_verifier", "device_code", "token", "access_token")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")


class Eavesdropper:
    """Collects every secret that goes over the wire to either provider."""

    def __init__(self) -> None:
        self.secrets: set[str] = set()

    def __call__(self, request: Request) -> None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        fields = [*parse_qsl(request.get_data(as_text=True)), *request.args.items()]
        told = {value for name, value in fields if name in _SECRET_FIELDS}
        self.secrets |= {each for each in (*told, token if kind == "Bearer" else "") if len(each) > 8}


class Log(logging.Handler):
    """Keeps every record as it would be written, traces and extras too."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[tuple[int, str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        known = logging.makeLogRecord({}).__dict__
        extra = {name: value for name, value in record.__dict__.items() if name not in known}
        self.lines.append((record.levelno, record.name, f"{record.getMessage()} {trace} {extra}"))

    def at_least(self, level: int) -> str:
        """All that was written at a level or above."""
        return "\n".join(f"{name}: {line}" for number, name, line in self.lines if number >= level)

    def leaks(self, wire: Eavesdropper) -> list[str]:
        """Loggers, of ours and of any library, that told a secret at whatever level."""
        return sorted({name for _, name, line in self.lines if any(each in line for each in wire.secrets)})


@pytest.fixture
def wire(desk: Desk) -> Eavesdropper:
    """All that both providers are sent."""
    listener = Eavesdropper()
    desk.world.google.server.watch(listener)
    desk.world.microsoft.server.watch(listener)
    return listener


@pytest.fixture(params=[logging.DEBUG, pytest.param(logging.INFO, marks=pytest.mark.slow)], ids=["debug", "info"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    """Everything any library logs while the root logger is at that level."""
    root, handler = logging.getLogger(), Log()
    before = root.level
    root.addHandler(handler)
    root.setLevel(request.param)
    yield handler
    root.setLevel(before)
    root.removeHandler(handler)


class Person:
    """Opens the consent page like a browser, and remembers the address that stood among a process's arguments."""

    def __init__(self, desk: Desk, account: str) -> None:
        self.visitor = Visitor(desk.world.ca_file, account=account)
        self.opened: list[str] = []

    def __call__(self, address: str) -> None:
        self.opened.append(address)
        self.visitor(address)


class Day:
    """What a person does and meets in a few days, and all that was printed meanwhile."""

    def __init__(self, desk: Desk, tmp_path: Path) -> None:
        self.desk = desk
        self.letter = tmp_path / "letter.eml"
        self.people = {"gmail": Person(desk, GMAIL), "outlook": Person(desk, OUTLOOK)}
        self.places: dict[str, Google | Microsoft] = {GMAIL: desk.world.google, OUTLOOK: desk.world.microsoft}
        self.printed = ""

    def type(self, *words: str, page: Person | None = None) -> None:
        """Run a command."""
        done = self.desk.type(*words, visitor=page)
        self.printed += done.out + done.err

    def trace(self, *words: str) -> None:
        """Run a command that fails, with its trace."""
        try:
            main([*words, "--debug", "--config", str(self.desk.config), "--data", str(self.desk.folder)])
        except Exception:  # noqa: BLE001 - it is the trace that is looked at
            self.printed += traceback.format_exc()

    def send(self) -> None:
        """Send mail from both accounts."""
        for sender in self.places:
            self.letter.write_text(f"From: {sender}\nTo: {_READER}\nSubject: Offer\n\n{_BODY}\n", "utf-8")
            self.type("send", "--file", str(self.letter))

    def meet(self, fault: Fault) -> None:
        """Read, send and connect while both providers are in trouble."""
        self.desk.wait(hours=2)
        for place in self.places.values():
            place.server.faults.add(fault)
        self.type("run", "--once")
        self.trace("send", "--file", str(self.letter))
        for place in self.places.values():
            place.server.faults.clear()

    def lose_the_grants(self) -> None:
        """The person takes both grants back at the providers."""
        for address, place in self.places.items():
            place.revoke_grants(address)
        self.desk.wait(hours=2)
        self.type("run", "--once")
        self.trace("send", "--file", str(self.letter))

    def connect(self, *words: str) -> None:
        """Sign in to both providers."""
        for name, person in self.people.items():
            self.type("connect", name, *words, page=person)

    @property
    def opened(self) -> list[str]:
        """The consent pages that were opened."""
        return [address for person in self.people.values() for address in person.opened]


_TROUBLES = (
    Fault(trouble="answer", status=500, times=10_000, body=_BODY),
    Fault(trouble="answer", status=403, times=10_000, body=json.dumps({"error": {"message": f"{_BODY} of {_READER}"}})),
    Fault(trouble="answer", status=200, times=10_000, body=f"<html>{_BODY}</html>"),
    Fault(trouble="drop", times=10_000),
    Fault(trouble="expire-token", times=10_000),
)


def live(day: Day, troubles: tuple[Fault, ...]) -> None:
    """Connect, send, run, meet every kind of trouble, lose the grants, connect again, disconnect."""
    day.connect("--allow", "send")
    day.send()
    day.desk.wait(hours=6)
    for words in ("run --once", "unread", "sent", "status --verbose", "accounts", "doctor", "config"):
        day.type(*words.split())
    for fault in troubles:
        day.meet(fault)
    day.desk.wait(days=4)
    day.type("run", "--once")
    day.lose_the_grants()
    day.connect()
    for name in day.people:
        day.type("disconnect", name, "--erase")


@pytest.mark.parametrize(
    "troubles", [_TROUBLES[1:2], pytest.param(_TROUBLES, marks=pytest.mark.slow)], ids=["one", "all"]
)
def test_a_whole_day_tells_no_secret(
    desk: Desk, wire: Eavesdropper, log: Log, troubles: tuple[Fault, ...], tmp_path: Path
) -> None:
    day = Day(desk, tmp_path)
    live(day, troubles)
    assert len(wire.secrets) > 10
    shown = log.at_least(logging.INFO)
    assert [each for each in wire.secrets if each in shown] == []
    assert (_ADDRESS.findall(shown), _BODY in shown) == ([], False), shown
    assert [each for each in wire.secrets if each in day.printed] == []
    assert log.leaks(wire) == []
    # a page's address stands among the arguments of the browser's process
    assert len(day.opened) == 4
    assert [each for each in wire.secrets for page in day.opened if each in page] == []
    sent_along = {name for page in day.opened for name, _ in parse_qsl(urlsplit(page).query)}
    assert not sent_along & {"client_secret", "code_verifier"}


@pytest.fixture
def handlers() -> Iterator[None]:
    """What this process does when it is asked to stop; the worker changes it."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Stopper:
    """Asks this process to stop as soon as both providers were asked for mail."""

    def __init__(self, desk: Desk) -> None:
        self._unasked = {"history", "delta"}
        desk.world.google.server.watch(self)
        desk.world.microsoft.server.watch(self)

    def __call__(self, request: Request) -> None:
        waited = bool(self._unasked)
        self._unasked -= set(request.path.split("/"))
        if waited and not self._unasked:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.usefixtures("handlers")
def test_the_worker_that_goes_on_and_on_tells_no_secret(
    desk: Desk, wire: Eavesdropper, log: Log, tmp_path: Path
) -> None:
    day = Day(desk, tmp_path)
    day.connect("--allow", "send")
    day.send()
    day.type("run", "--once")
    desk.wait(hours=2)
    Stopper(desk)
    day.type("run", "--debug")
    assert "Stopped; everything read so far is kept." in day.printed
    assert (log.leaks(wire), [each for each in wire.secrets if each in day.printed]) == ([], [])
    shown = log.at_least(logging.INFO)
    assert (_ADDRESS.findall(shown), _BODY in shown) == ([], False), shown


def open_to_others(folder: Path) -> dict[str, str]:
    """The files and folders, from this one down, that anybody but the owner may look at."""
    found = (folder, *folder.rglob("*"))
    modes = {str(each.relative_to(folder)): stat.S_IMODE(each.lstat().st_mode) for each in found}
    return {name: oct(mode) for name, mode in modes.items() if mode & 0o077}


@pytest.fixture
def careless() -> Iterator[None]:
    """A person whose new files everybody may read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("careless")
def test_every_file_is_the_owners_alone_whatever_the_umask(desk: Desk, tmp_path: Path) -> None:
    seen: dict[str, str] = {}
    names: set[str] = set()

    def look(_: Request) -> None:
        # while the worker is at work: write-ahead log, shared memory, lock and name
        if desk.folder.exists():
            seen.update(open_to_others(desk.folder))
            names.update(each.name for each in desk.folder.rglob("*"))

    desk.world.google.server.watch(look)
    for provider in ("gmail", "outlook"):
        assert desk.connect(provider, "--allow", "send").code == 0
    assert desk.type("run", "--once").code == 0
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o700)
    assert desk.type("export", str(kept / "export.json")).code == 0
    assert desk.type("backup", str(kept / "backup.db")).code == 0
    assert (seen, open_to_others(desk.folder), open_to_others(kept)) == ({}, {}, {})
    assert {"ledger.db", "ledger.db-wal", "ledger.db-shm", "key", "vault", "worker.lock"} <= names


@pytest.mark.usefixtures("careless")
def test_the_settings_of_the_demo_are_the_owners_alone(desk: Desk, tmp_path: Path) -> None:
    from heardback.output import Output
    from heardback.stage import Stage

    folder = tmp_path / "demo"
    folder.mkdir(mode=0o700)
    Stage(desk.world, folder, Output())
    assert open_to_others(folder) == {}
