"""Where the demo plays: commands typed as a person would, in settings that lead to the made-up providers."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from heardback import practice
from heardback.brief import shortened
from heardback.errors import DONE, INTERRUPTED
from heardback.house import House
from heardback.output import Output
from heardback.page_seen import seen
from heardback.scenario import Letter
from heardback.settings import load
from heardback.text import moment
from sandbox.loaders import Reader
from sandbox.visitor import Visitor
from sandbox.world import World

GMAIL, OUTLOOK = "ana@ana-mail.example", "ben@ben-work.example"
#: seconds until the page has ended; it does so at once
_PATIENCE = 20


class Stage:
    """Types commands, with a settings file that points them at the sandbox."""

    def __init__(self, world: World, folder: Path, output: Output, *, whole: bool = True, **further: str) -> None:
        """Write the settings.

        :param whole: print all that the commands print, also where it may be shortened
        :param further: settings beside those of the sandbox
        """
        self.world = world
        self.output = output
        self.whole = whole
        self.failed = False
        self._is_titled = False
        #: who reads tracked mail
        self.readers: list[Reader] = []
        self.config = folder / "settings.toml"
        own = {"data_folder": str(folder / "data"), "zone": "UTC", **world.settings(), **further}
        practice.write(self.config, own)

    def title(self, text: str) -> None:
        """Begin a chapter."""
        self.output.say()
        self.output.say(f"== {text}")
        self._is_titled = True

    def say(self, text: str, *, hang: int = 0) -> None:
        """Print a sentence of the demo's own, between what is typed."""
        self.output.say(text, hang=hang)
        self._is_titled = False

    def type(
        self, *words: str, person: str = "", stdin: str = "", aloud: bool = True, heads: int = 0, entries: int = 0
    ) -> None:
        """Run a command, showing it as typed.

        :param person: who goes through the consent page
        :param heads: lines at the margin that are enough, as in `shortened`; 0: all
        :param entries: entries that are enough under each of them; 0: all
        """
        from heardback.cli import main

        if aloud:
            self._show_typed(words)
        visitor = Visitor(self.world.ca_file, account=person) if person else None
        is_cut = (heads or entries) and not self.whole
        shown = _shortened(heads, entries) if is_cut else contextlib.nullcontext()
        # one screen: what is told about the work stands where a person would see it
        with _standard_input(stdin), _aloud(aloud), contextlib.redirect_stderr(sys.stdout), shown:
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

    def look_at_page(self) -> None:
        """Start the page in a process of its own, open its link, and say what stands there."""
        words = ("web", "--no-browser")
        self._show_typed(words)
        with subprocess.Popen(  # noqa: S603 - our own words
            [sys.executable, "-m", "heardback", *words, "--config", str(self.config)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        ) as process:
            try:
                self._look(process)
            finally:
                process.terminate()
                process.communicate(timeout=_PATIENCE)

    def _look(self, process: "subprocess.Popen[str]") -> None:
        link = ""
        for line in process.stdout or ():
            self.say(line.rstrip())
            link = next((word for word in line.split() if word.startswith("http://")), "")
            if link:
                break
        else:
            self.failed = True
            return
        first, *others = seen(link)
        self.say(f"Opened, it says: {first}")
        for line in others:
            self.say(f"  {line}", hang=2)

    def wait(self, until: str, **span: float) -> None:
        """Let virtual time pass; the correspondents do what they do."""
        self.world.clock.advance(timedelta(**span))
        self.title(f"{until}: it is {moment(self.world.clock.now(), self.house().zone)}")

    def house(self) -> House:
        """The parts, as the typed commands see them."""
        return House(load(file=self.config))

    def _show_typed(self, words: tuple[str, ...]) -> None:
        if self.whole or not self._is_titled:
            self.output.say()
        self._is_titled = False
        self.output.say(f"$ heardback {' '.join(words)}")


@contextlib.contextmanager
def without_own_settings() -> Iterator[None]:
    """The person's own settings stay out: with their data folder the demo would play in their own ledger."""
    own = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("HEARDBACK_")}
    try:
        yield
    finally:
        os.environ.update(own)


class _Held(io.StringIO):
    """Keeps what is printed, and is as wide as the window it will be shown in."""

    def __init__(self, shown_in: object) -> None:
        super().__init__()
        self._shown_in = shown_in

    def fileno(self) -> int:
        """That of the window."""
        return int(self._shown_in.fileno())  # type: ignore[attr-defined]  # a stream; one without raises, as it should


@contextlib.contextmanager
def _shortened(heads: int, entries: int) -> Iterator[None]:
    """Print less of what is printed, and say so."""
    held = _Held(sys.stdout)
    try:
        with contextlib.redirect_stdout(held):
            yield
    finally:
        for line in shortened(held.getvalue(), heads=heads, entries=entries):
            print(line)


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
