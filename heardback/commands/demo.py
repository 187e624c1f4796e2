"""`demo`: the whole job on a made-up Gmail and Outlook, through the same commands a person types."""

import contextlib
import io
import os
import sys
import tempfile
import threading
from argparse import Namespace
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from heardback.errors import DONE, FAILED
from heardback.house import House
from heardback.output import Output
from heardback.scenario import EARLIER, LETTERS
from heardback.settings import load
from heardback.text import count, moment
from sandbox.visitor import Visitor
from sandbox.world import World
from scheduler.standing import standing

GMAIL, OUTLOOK = "ana@ana-mail.example", "ben@ben-work.example"


def demo(args: Namespace, house: House, output: Output) -> int:  # noqa: ARG001 - the demo has a house of its own
    """Play it from the first sign-in to the first reminder; exit code 1 if a step failed."""
    with tempfile.TemporaryDirectory(prefix="heardback-demo-") as name, World(Path(name)) as world:
        stage = Stage(world, Path(name), output)
        _play(stage)
        if args.stay:
            _stay(stage)
        else:
            _say_goodbye(output)
    return FAILED if stage.failed else DONE


class Stage:
    """Types commands as a person would, with a settings file that points them at the sandbox."""

    def __init__(self, world: World, folder: Path, output: Output) -> None:
        self.world = world
        self.output = output
        self.failed = False
        self.config = folder / "settings.toml"
        own = {"data_folder": str(folder / "data"), "zone": "UTC", **world.settings()}
        lines = [f"{name} = {_quoted(value)}" for name, value in own.items()]
        self.config.write_text("\n".join([*lines, "vault.keyring = false", ""]), "utf-8")

    def title(self, text: str) -> None:
        """Begin a chapter."""
        self.output.say()
        self.output.say(f"== {text}")

    def type(self, *words: str, person: str = "", stdin: str = "", aloud: bool = True) -> None:
        """Run a command, showing it as typed; `person` is who goes through the consent page."""
        from heardback.cli import main

        if aloud:
            self.output.say()
            self.output.say(f"$ heardback {' '.join(words)}")
        visitor = Visitor(self.world.ca_file, account=person) if person else None
        with _standard_input(stdin), _silence() if not aloud else contextlib.nullcontext():
            code = main([*words, "--config", str(self.config)], open_page=visitor)
        self.failed |= code != DONE

    def wait(self, until: str, **span: float) -> None:
        """Let virtual time pass; the correspondents do what they do."""
        self.world.clock.advance(timedelta(**span))
        self.title(f"{until}: it is {moment(self.world.clock.now(), self.house().zone)}")

    def house(self) -> House:
        """The parts, as the typed commands see them."""
        return House(load(file=self.config))


def _play(stage: Stage) -> None:
    world, output = stage.world, stage.output
    output.say("A made-up Gmail and Outlook run on this machine now, with people who answer, bounce and stay silent.")
    output.say("Days pass in seconds. Everything below is what the commands print.")
    for letter in EARLIER:
        world.google.account(GMAIL).send(letter.mime(GMAIL, world.clock.now()))
    world.clock.advance(timedelta(hours=2))

    stage.title("Connect: the consent pages open in the browser; here a made-up person agrees")
    stage.type("connect", "gmail", "--allow", "send", person=GMAIL)
    stage.type("connect", "outlook", "--allow", "send", "--allow", "arm", person=OUTLOOK)

    stage.title("The first reading finds what was sent before, from other programs")
    stage.type("run", "--once")
    stage.type("sent")

    stage.title(f"Send {count(len(LETTERS), 'letter')} and ask for receipts")
    for number, letter in enumerate(LETTERS):
        account = GMAIL if letter.provider == "gmail" else OUTLOOK
        words = ("send", "-t", "--account", letter.provider, *(() if letter.receipt else ("--no-receipt",)))
        stage.type(*words, stdin=letter.mime(account, world.clock.now()).decode(), aloud=number == 0)
    output.say(f"... and {len(LETTERS) - 1} more the same way.")

    stage.wait("Six hours later", hours=6)
    stage.type("run", "--once")
    stage.type("unread")

    stage.wait("The next day", days=1)
    stage.type("run", "--once")
    stage.type("reminders")

    stage.wait("Three business days after sending", days=2, hours=1)
    stage.type("run", "--once")
    stage.type("reminders", "--all")

    stage.wait("A week after sending", days=4)
    stage.type("run", "--once")
    _tell_everybody(stage)
    _show_one(stage, "Your quote 4711")
    stage.type("accounts")


def _tell_everybody(stage: Stage) -> None:
    """What each correspondent did, beside what Heardback says of it."""
    stage.title("What each one did, and what Heardback can tell")
    deeds: dict[str, list[str]] = {}
    for deed in stage.world.cast.story():
        deeds.setdefault(deed.about_subject, []).append(f"{deed.who} {deed.what}")
    with stage.house() as house:
        verdicts = [standing(house.ledger, item, now=house.now) for item in reversed(house.ledger.items())]
        for verdict in verdicts:
            stage.output.say(f"{verdict.item.subject}")
            for line in deeds.get(verdict.item.subject, ["nothing happened"]):
                stage.output.say(f"  what happened:  {line}")
            for one in verdict.recipients:
                until = f" until {one.until}" if one.until else ""
                stage.output.say(
                    f"  Heardback says: {one.recipient.address} {one.verdict.upper()}{until}, since {one.why}"
                )


def _show_one(stage: Stage, subject: str) -> None:
    stage.title("The whole story of one")
    with stage.house() as house:
        found = [each for each in house.ledger.items() if each.subject == subject]
    stage.type("show", found[0].id)


def _say_goodbye(output: Output) -> None:
    output.say()
    output.say("== Your own mailbox")
    output.say("Register a client once (README, Your own Gmail / Your own Outlook), then type:")
    output.say("  heardback connect gmail --client-file client_secret.json --allow send")
    output.say("  heardback connect outlook --set microsoft.client_id=YOUR-CLIENT-ID --allow send")
    output.say("  heardback run")
    output.say('"heardback demo --stay" keeps the made-up providers up, to play with.')


def _stay(stage: Stage) -> None:
    """Keep the sandbox up; Enter lets time pass, the end of input or Ctrl-C ends it."""
    output = stage.output
    output.say()
    output.say("== The sandbox stays up. In another terminal:")
    output.say(f"  export HEARDBACK_CONFIG={stage.config}")
    output.say("  heardback unread")
    output.say("  heardback connect gmail        (your browser warns of the sandbox's own certificate; go on)")
    output.say("Here: type a number of hours and Enter to let them pass; Ctrl-C ends it all.")
    with contextlib.suppress(KeyboardInterrupt):
        for line in sys.stdin:
            hours = float(line) if line.strip().replace(".", "", 1).isdigit() else 1.0
            stage.world.clock.advance(timedelta(hours=hours))
            output.say(f"It is {moment(stage.world.clock.now(), stage.house().zone)}.")
        threading.Event().wait()


@contextlib.contextmanager
def _standard_input(text: str) -> Iterator[None]:
    """What a pipe would give the command."""
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(text.encode()))
    try:
        yield
    finally:
        sys.stdin = before


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        yield


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
