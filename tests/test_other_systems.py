"""On macOS and on Windows, as far as this system can stand in for them (`tests/other_systems.py`)."""

import json
import re
import signal
import sys
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from sandbox.visitor import Visitor
from sandbox.world import World
from tests.other_systems import ROOMS

HOUSE = Path(__file__).parent.parent
GMAIL = "ana@ana-mail.example"
#: seconds
ENOUGH = 60

systems = pytest.mark.parametrize("system", ["darwin", "win32"])


class Machine:
    """A machine of another system, with a folder of its own on it."""

    def __init__(self, system: str, folder: Path) -> None:
        self._words = [sys.executable, "-X", "warn_default_encoding", str(HOUSE / "tests/other_systems.py"), system]
        self._started: list[Popen[bytes]] = []
        self.folder = folder
        self.settings = folder / "settings.toml"
        self.settings.write_text("zone = 'UTC'\nvault.keyring = false\n", "utf-8")

    def start(self, *words: str, how: str = "run") -> "Popen[bytes]":
        """Start a command with its streams in pipes."""
        return self._start(how, *words, "--config", str(self.settings), "--data", str(self.folder / "data"))

    def type(self, *words: str, stdin: bytes = b"", code: int = 0) -> bytes:
        """Run a command, which ends with this code and meets nothing unexpected; gives what it prints."""
        return self._end(self.start(*words), stdin, code)

    def demo(self) -> bytes:
        """What the demo prints, which has settings of its own."""
        return self._end(self._start("run", "demo"), b"", 0)

    def imports(self, *rooms: str) -> bytes:
        """What cannot be imported."""
        return self._end(self._start("import", *rooms), b"", 0)

    def connect(self) -> "tuple[Popen[bytes], str]":
        """Begin to connect, and the address to open in a browser."""
        process = self.start("connect", "gmail", "--no-browser")
        assert process.stderr
        address = next(line for line in process.stderr if line.startswith(b"  https://"))
        return process, address.decode().strip()

    def end(self) -> None:
        """End what still runs."""
        for each in self._started:
            each.kill()
            each.communicate()

    def _start(self, *words: str) -> "Popen[bytes]":
        process = Popen([*self._words, *words], stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=HOUSE)
        self._started.append(process)
        return process

    def _end(self, process: "Popen[bytes]", stdin: bytes, code: int) -> bytes:
        out, err = process.communicate(stdin, timeout=ENOUGH)
        assert (process.returncode, b"did not expect" in err, b"Traceback" in err) == (code, False, False), out + err
        return out


@pytest.fixture
def machine(system: str, tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(system, tmp_path)
    yield machine
    machine.end()


@pytest.fixture
def world(tmp_path: Path, machine: Machine) -> Iterator[World]:
    """The sandbox, with the machine's settings leading there."""
    with World(tmp_path / "world") as running:
        lines = [f"{name} = {json.dumps(value)}\n" for name, value in running.settings().items()]
        with machine.settings.open("a", encoding="utf-8") as file:
            file.writelines(lines)
        yield running


@systems
def test_every_module_can_be_imported(machine: Machine) -> None:
    assert machine.imports(*ROOMS) == b""


@systems
def test_what_needs_no_account_works(machine: Machine) -> None:
    assert b"heardback" in machine.type("--help")
    assert json.loads(machine.type("config", "--json"))["zone"]["value"] == "UTC"
    assert b"No mailbox is connected" in machine.type("status")
    machine.type("service", "install", "--dry-run")


@systems
def test_mail_comes_in_and_its_facts_go_out_unchanged_whatever_the_encoding_of_a_pipe(machine: Machine) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ελένη <eleni@example.gr>", GMAIL, "Αυτόματη απάντηση: Πλάνα → …"
    mail["Date"] = "Mon, 20 Jul 2026 10:00:00 +0300"
    mail["Auto-Submitted"], mail["In-Reply-To"] = "auto-replied", "<plans@example.org>"
    mail.set_content("Λείπω. I am away until 3 August 2026.\n")
    raw = mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))
    (found,) = json.loads(machine.type("inspect", "--json", "-", stdin=raw))["evidence"]
    assert found["subject"] == mail["Subject"]
    assert found["why"] == "an automatic answer came back, away until 3 August 2026"
    machine.type("inspect", "-", stdin=raw)


@systems
def test_a_reader_that_goes_away_is_no_error(machine: Machine) -> None:
    process = machine.start("config")
    assert process.stdout
    process.stdout.close()
    assert (process.wait(ENOUGH), process.stderr and process.stderr.read()) == (0, b"")


@systems
def test_a_mailbox_is_connected_read_kept_and_watched_until_ctrl_c(machine: Machine, world: World) -> None:
    ana = world.google.account(GMAIL)
    ana.send(f"From: {GMAIL}\r\nTo: Ελένη <paul@harbour.example>\r\nSubject: Πλάνα\r\n\r\nΓεια\r\n".encode())
    connecting, address = machine.connect()
    Visitor(world.ca_file, account=GMAIL)(address)
    connecting.communicate(timeout=ENOUGH)
    assert connecting.returncode == 0
    assert b"1 new sent mail" in machine.type("run", "--once")
    assert json.loads(machine.type("sent", "--json"))[0]["subject"] == "Πλάνα"
    backup = str(machine.folder / "ledger.backup")
    for words in (("backup", backup), ("restore", backup), ("export", str(machine.folder / "all.json"))):
        machine.type(*words)
    assert b"All is well" in machine.type("doctor")
    asked = threading.Event()
    world.google.server.watch(lambda _: asked.set())
    running = machine.start("run")
    assert asked.wait(ENOUGH), "the worker reads, and its first thread waits to be stopped"
    running.send_signal(signal.SIGINT)
    assert b"Stopped" in running.communicate(timeout=60)[1]
    assert running.returncode == 0


@systems
def test_ctrl_c_ends_a_sign_in_that_nobody_finishes(machine: Machine, world: World) -> None:
    connecting, _ = machine.connect()
    connecting.send_signal(signal.SIGINT)
    assert b"Stopped" in connecting.communicate(timeout=60)[1]


@pytest.mark.parametrize("system", ["win32"])
def test_a_task_without_a_console_works_and_says_nothing(machine: Machine) -> None:
    process = machine.start("run", "--quiet", how="windowless")
    assert process.communicate(timeout=ENOUGH) == (b"", b"")
    assert process.returncode == 2, "no mailbox is connected"


def test_no_time_is_written_in_a_form_that_only_some_systems_know() -> None:
    odd = re.compile(r"%-[a-zA-Z]")  # a day without its zero, by glibc alone
    sources = (file for room in ROOMS for file in (HOUSE / room).rglob("*.py"))
    assert [str(each) for each in sources if odd.search(each.read_text("utf-8"))] == []


@systems
@pytest.mark.slow
def test_the_demo_plays_to_its_end(machine: Machine) -> None:
    assert b"== Your own mailbox" in machine.demo()
