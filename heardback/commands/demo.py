"""`demo`: the whole job on a made-up Gmail and Outlook, through the same commands a person types."""

import contextlib
import io
import os
import shutil
import signal
import sys
import tempfile
import time
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from heardback import practice
from heardback.commands.lists import why_of
from heardback.errors import DONE, FAILED, INTERRUPTED, UsageError
from heardback.house import House
from heardback.output import Output
from heardback.parser import seconds
from heardback.scenario import EARLIER, LETTERS, READERS, Letter
from heardback.settings import load
from heardback.text import count, few, moment, sentence
from relay.app import Plan, application
from relay.keys import make, shared
from relay.server import Background, bound
from sandbox.loaders import LOADERS, Reader
from sandbox.visitor import Visitor
from sandbox.world import World
from scheduler.standing import standing

GMAIL, OUTLOOK = "ana@ana-mail.example", "ben@ben-work.example"
#: how a shell sets a variable for what it runs
_EXPORT = "$env:" if sys.platform == "win32" else "export "
#: seconds; no system takes much more
_LONG = 1_000_000


def demo(args: Namespace, house: House, output: Output) -> int:  # noqa: ARG001 - the demo has a house of its own
    """Play it from the first sign-in to the first reminder; exit code 1 if a step failed."""
    if output.as_json:
        raise UsageError("The demo is there to be looked at and prints no JSON; leave --json out.")
    output.say("A made-up Gmail and Outlook start on this machine, with people who answer, bounce and stay silent.")
    output.say("Days pass in seconds; it takes less than a minute. Everything below is what the commands print.")
    with (
        _ended_by_sigterm(),
        _without_own_settings(),
        tempfile.TemporaryDirectory(prefix="heardback-demo-") as name,
        World(Path(name)) as world,
        _relay(world, Path(name) / "relay") as relay,
    ):
        stage = Stage(world, Path(name), output, **relay)
        stage.readers = [Reader(world.post, each, *READERS.get(each.name, ())) for each in LOADERS]
        _play(stage)
        if args.stay:
            _stay(stage)
        else:
            _say_goodbye(output)
    return FAILED if stage.failed else DONE


class Stage:
    """Types commands as a person would, with a settings file that points them at the sandbox."""

    def __init__(self, world: World, folder: Path, output: Output, **further: str) -> None:
        """:param further: settings beside those of the sandbox"""
        self.world = world
        self.output = output
        self.failed = False
        #: who reads tracked mail
        self.readers: list[Reader] = []
        self.config = folder / "settings.toml"
        own = {"data_folder": str(folder / "data"), "zone": "UTC", **world.settings(), **further}
        practice.write(self.config, own)

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
        # one screen: what is told about the work stands where a person would see it
        with _standard_input(stdin), contextlib.redirect_stderr(sys.stdout), _aloud(aloud):
            code = main([*words, "--config", str(self.config)], open_page=visitor)
        if code == INTERRUPTED:
            raise KeyboardInterrupt  # the command took it for its own; the person meant all of it
        self.failed |= code != DONE

    def send(self, letter: Letter, *, aloud: bool) -> None:
        """Send one letter from the account it is meant for."""
        account = GMAIL if letter.provider == "gmail" else OUTLOOK
        receipt = () if letter.receipt else ("--no-receipt",)
        tracking = ("--pixel", "--links") if letter.page else ()
        words = ("send", "-t", "--account", letter.provider, *receipt, *tracking)
        self.type(*words, stdin=letter.mime(account, self.world.clock.now()).decode(), aloud=aloud)

    def wait(self, until: str, **span: float) -> None:
        """Let virtual time pass; the correspondents do what they do."""
        self.world.clock.advance(timedelta(**span))
        self.title(f"{until}: it is {moment(self.world.clock.now(), self.house().zone)}")

    def house(self) -> House:
        """The parts, as the typed commands see them."""
        return House(load(file=self.config))


@contextlib.contextmanager
def _relay(world: World, folder: Path) -> Iterator[dict[str, str]]:
    """A relay on this machine, in the time of the made-up world; gives the settings that lead to it."""
    make(folder / "key")
    plan = Plan(folder=folder, shared=shared(folder / "key"), now=world.clock.now)
    with Background(application(plan), bound("127.0.0.1", 0), trusted_proxies=("127.0.0.1",)) as running:
        yield {"relay.url": running.url, "relay.key_file": str(folder / "key")}


def _play(stage: Stage) -> None:
    world, output = stage.world, stage.output
    for letter in EARLIER:
        world.google.account(GMAIL).send(letter.mime(GMAIL, world.clock.now()))
    world.clock.advance(timedelta(hours=2))

    stage.title("Connect: the consent page opens in the browser; here a made-up person allows all that is asked")
    stage.type("connect", "gmail", "--allow", "send", person=GMAIL)
    stage.type("connect", "outlook", "--allow", "send", "--allow", "arm", person=OUTLOOK)

    stage.title("The first reading finds what was sent before, from other programs")
    stage.type("run", "--once")
    stage.type("sent")

    stage.title(f"Send {count(len(LETTERS), 'letter')} and ask for receipts; three carry an image and a tracked link")
    first, tracked = LETTERS[0], next(each for each in LETTERS if each.page)
    others = [each for each in LETTERS if each not in (first, tracked)]
    stage.send(first, aloud=True)
    stage.send(tracked, aloud=True)
    with output.progress("Sending") as bar:
        for number, letter in enumerate(others, start=3):
            bar.show(number, len(LETTERS))
            stage.send(letter, aloud=False)
    output.say(f"... and {len(others)} more the same two ways.")

    stage.wait("Six hours later", hours=6)
    stage.type("run", "--once")
    stage.type("unread")

    stage.wait("The next day", days=1)
    stage.type("run", "--once")
    stage.type("reminders")

    stage.wait("Three business days after sending", days=2)
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
    for deed in (*stage.world.cast.story(), *(each for reader in stage.readers for each in reader.story)):
        deeds.setdefault(deed.about_subject, []).append(f"{deed.who} {deed.what}")
    with stage.house() as house:
        verdicts = [standing(house.ledger, item, now=house.now) for item in reversed(house.ledger.items())]
        for verdict in verdicts:
            stage.output.say(f"{verdict.item.subject}, to {few([one.recipient.address for one in verdict.recipients])}")
            for line in deeds.get(verdict.item.subject, ["nothing happened"]):
                stage.output.say(f"  happened:  {line}", hang=11)
            for one in verdict.recipients:
                stage.output.say(f"  verdict:   {one.verdict.upper()}: {why_of(one, house.zone)}", hang=11)


def _show_one(stage: Stage, subject: str) -> None:
    stage.title("The whole story of one")
    with stage.house() as house:
        found = [each for each in house.ledger.items() if each.subject == subject]
    stage.type("show", found[0].id)


def _say_goodbye(output: Output) -> None:
    output.say()
    output.say("== Your own mailbox")
    output.say('"heardback setup" asks for what it needs, step by step; or register a client (README), then type:')
    output.say("  heardback connect gmail --client-file client_secret.json --allow send")
    output.say("  heardback connect outlook --set microsoft.client_id=YOUR-CLIENT-ID --allow send")
    output.say("  heardback run")
    output.say('"heardback demo --stay" keeps the made-up providers up, to play with.')


def _stay(stage: Stage) -> None:
    """Keep the sandbox up and let time pass as the person says, until they quit, or Ctrl-C or SIGTERM comes."""
    output, zone = stage.output, stage.house().zone
    stage.title("The sandbox stays up. In another terminal, type:")
    if path := _path_to_here():
        output.say(f"  {path}")
    output.say(f"  {_EXPORT}HEARDBACK_CONFIG='{stage.config}'")
    output.say("  heardback unread")
    output.say("  echo 'Subject: Hello' | heardback send --account gmail paul@harbour.example")
    output.say("  heardback run --once")
    output.say("  heardback connect gmail --address wu@workspace.example")
    output.say("Your browser will warn of the sandbox's own certificate; go on.")
    _say_practice(stage)
    output.say()
    output.say("Here, type how much time is to pass: 6h, or 3d for three days of the calendar; q ends the sandbox.")
    output.say("A reminder waits for three business days, and comes within 09:00-17:00.")
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            print(f"{moment(stage.world.clock.now(), zone)} > ", end="", file=output.out, flush=True)
            typed = sys.stdin.readline()
            if not typed:
                time.sleep(_LONG)  # nobody types: a script plays with it, and ends it by a signal
            if typed.strip() == "q":
                break
            _let_pass(typed.strip(), stage)
    output.say()
    output.say("The sandbox is gone, with everything in it.")


def _path_to_here() -> str:
    """What makes `heardback` be found in another terminal; empty where it is."""
    here = Path(sys.executable).parent
    if shutil.which("heardback"):
        return ""
    return f"$env:PATH = '{here};' + $env:PATH" if sys.platform == "win32" else f"export PATH='{here}':\"$PATH\""


def _say_practice(stage: Stage) -> None:
    """How to set up from nothing, as with an own mailbox."""
    output, folder = stage.output, stage.config.parent / "practice"
    practice.prepare(stage.world, folder)
    output.say()
    output.say("To practise the setup from nothing, with no mailbox connected yet:")
    output.say(f"  {_EXPORT}HEARDBACK_CONFIG='{folder / practice.SETTINGS}'")
    output.say("  heardback setup")
    output.say(f"It asks for the JSON file: {folder / practice.CLIENT_FILE}", hang=2)
    output.say(f"or for Outlook's client ID: {stage.world.microsoft.client_id}", hang=2)


def _let_pass(typed: str, stage: Stage) -> None:
    try:
        stage.world.clock.advance(timedelta(seconds=seconds(typed)))
    except ArgumentTypeError as error:
        stage.output.say(f"{sentence(str(error))} q ends the sandbox.")


@contextlib.contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """A polite end is an end like Ctrl-C: nothing is left behind in the folder for temporary files."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _without_own_settings() -> Iterator[None]:
    """The person's own settings stay out: with their data folder the demo would play in their own ledger."""
    own = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("HEARDBACK_")}
    try:
        yield
    finally:
        os.environ.update(own)


@contextlib.contextmanager
def _standard_input(text: str) -> Iterator[None]:
    """What a pipe would give the command."""
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8")
    try:
        yield
    finally:
        sys.stdin = before


@contextlib.contextmanager
def _aloud(aloud: bool) -> Iterator[None]:
    if aloud:
        yield
        return
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        yield
