"""`demo`: the whole job on a made-up Gmail and Outlook, through the same commands a person types."""

import contextlib
import shutil
import signal
import sys
import tempfile
import time
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from evidence.model import Evidence, ItemVerdict, Kind, RecipientVerdict, Verdict
from heardback import practice
from heardback.commands.lists import why_of
from heardback.errors import DONE, FAILED, UsageError
from heardback.hits_shown import WHAT
from heardback.house import House
from heardback.output import Output
from heardback.parser import seconds
from heardback.scenario import EARLIER, LETTERS, READERS
from heardback.stage import GMAIL, OUTLOOK, Stage, without_own_settings
from heardback.text import count, few, moment, sentence, wrap
from relay.app import Plan, application
from relay.keys import make, shared
from relay.server import Background, bound
from sandbox.loaders import LOADERS, Reader
from sandbox.people.cast import Deed
from sandbox.world import World
from scheduler.standing import standing

#: how a shell sets a variable for what it runs
_EXPORT = "$env:" if sys.platform == "win32" else "export "
#: seconds; no system takes much more
_LONG = 1_000_000


def demo(args: Namespace, house: House, output: Output) -> int:
    """Play it from the first sign-in to the first reminder; exit code 1 if a step failed."""
    if output.as_json:
        raise UsageError("The demo is there to be looked at and prints no JSON; leave --json out.")
    if house.settings.flags or args.config:
        raise UsageError("The demo plays with settings of its own; leave --config, --data and --set out.")
    output.say("A made-up Gmail and Outlook start on this machine, with people who answer, bounce and stay silent.")
    output.say("Days pass in seconds; it takes less than a minute. What you see below, the commands print.")
    with (
        _ended_by_sigterm(),
        without_own_settings(),
        tempfile.TemporaryDirectory(prefix="heardback-demo-") as name,
        World(Path(name)) as world,
        _relay(world, Path(name) / "relay") as relay,
    ):
        stage = Stage(world, Path(name), output, whole=args.full, **relay)
        stage.readers = [Reader(world.post, each, *READERS.get(each.name, ())) for each in LOADERS]
        _play(stage)
        if args.stay:
            _stay(stage)
        else:
            _say_goodbye(output)
    return FAILED if stage.failed else DONE


@contextlib.contextmanager
def _relay(world: World, folder: Path) -> Iterator[dict[str, str]]:
    """A relay on this machine, in the time of the made-up world; gives the settings that lead to it."""
    make(folder / "key")
    plan = Plan(folder=folder, shared=shared(folder / "key"), now=world.clock.now)
    with Background(application(plan), bound("127.0.0.1", 0), trusted_proxies=("127.0.0.1",)) as running:
        yield {"relay.url": running.url, "relay.key_file": str(folder / "key")}


def _play(stage: Stage) -> None:
    world = stage.world
    for letter in EARLIER:
        world.google.account(GMAIL).send(letter.mime(GMAIL, world.clock.now()))
    world.clock.advance(timedelta(hours=2))

    stage.title("Connect: you would agree on the provider's page in your browser; here a made-up person does")
    stage.type("connect", "gmail", "--allow", "send", person=GMAIL)
    stage.type("connect", "outlook", "--allow", "send", "--allow", "arm", person=OUTLOOK)

    if stage.whole:
        stage.title("The first reading finds what was sent before, from other programs")
        stage.type("run", "--once")
        stage.type("sent")
    _send_all(stage)

    stage.wait("Six hours later", hours=6)
    stage.type("run", "--once", heads=2)
    # of one mailbox there is little enough to be shown whole
    stage.type("unread", *(() if stage.whole else ("--account", "outlook")))
    if stage.whole:
        stage.wait("The next day", days=1)
        stage.type("run", "--once")
        stage.type("reminders")

    stage.wait("Three business days after sending", days=2 if stage.whole else 3)
    stage.type("run", "--once", heads=3)
    stage.type("reminders", *(("--all",) if stage.whole else ()), entries=1)

    stage.wait("A week after sending" if stage.whole else "A week after sending, read once more", days=4)
    stage.type("run", "--once", aloud=stage.whole)
    _tell_everybody(stage)
    _show_one(stage, "Your quote 4711")
    if stage.whole:
        stage.type("accounts")
    stage.look_at_page()


def _send_all(stage: Stage) -> None:
    stage.title(f"Send {count(len(LETTERS), 'letter')} and ask for receipts; three carry an image and a tracked link")
    first, tracked = LETTERS[0], next(each for each in LETTERS if each.page)
    others = [each for each in LETTERS if each not in (first, tracked)]
    stage.send(first, aloud=True)
    stage.send(tracked, aloud=stage.whole)
    with stage.output.progress("Sending") as bar:
        for number, letter in enumerate(others, start=3):
            bar.show(number, len(LETTERS))
            stage.send(letter, aloud=False)
    if stage.whole:
        stage.say(f"... and {len(others)} more the same two ways.")
    else:
        stage.say(f"... and {len(others) + 1} more; those with an image, by: heardback send -t --pixel --links")
    earlier, told = len(EARLIER), len(EARLIER) + len(LETTERS)
    stage.say(
        f"Another program had sent {earlier} mails before; the first reading finds them, so {told} are told of below."
    )


def _tell_everybody(stage: Stage) -> None:
    """What each correspondent did, beside what Heardback says of it."""
    if stage.whole:
        stage.title("What each one did, and what Heardback can tell")
    else:
        _tell_row(stage, "MAIL", "VERDICT", "WHAT REALLY HAPPENED", "RESTING ON")
    deeds: dict[str, list[Deed]] = {}
    for deed in (*stage.world.cast.story(), *(each for reader in stage.readers for each in reader.story)):
        deeds.setdefault(deed.about_subject, []).append(deed)
    with stage.house() as house:
        for item in reversed(house.ledger.items()):
            verdict = standing(house.ledger, item, now=house.now)
            tell = _tell_at_length if stage.whole else _tell_in_rows
            tell(stage, verdict, deeds.get(item.subject, []), house)
    if not stage.whole:
        stage.say('"heardback show ITEM" tells the rest of one; "heardback sent" lists them with their ITEM.')


def _tell_at_length(stage: Stage, verdict: ItemVerdict, deeds: Sequence[Deed], house: House) -> None:
    stage.say(f"{verdict.item.subject}, to {few([one.recipient.address for one in verdict.recipients])}")
    for line in [f"{each.who} {each.what}" for each in deeds] or ["nothing happened"]:
        stage.say(f"  happened:  {line}", hang=11)
    for one in verdict.recipients:
        stage.say(f"  verdict:   {one.verdict.upper()}: {why_of(one, house.zone)}", hang=11)


def _tell_in_rows(stage: Stage, verdict: ItemVerdict, deeds: Sequence[Deed], house: House) -> None:
    # where it was late, what counts is how it ended
    happened = deeds[-1].what if deeds else "nothing happened"
    about = house.ledger.evidence(verdict.item.id)
    for one in verdict.recipients:
        _tell_row(stage, verdict.item.subject, one.verdict.upper(), happened, rests_on(one, about))


def _tell_row(stage: Stage, mail: str, verdict: str, happened: str, why: str) -> None:
    """A row of the table; what happened takes a second line where it is long."""
    first, *others = wrap(happened, 56)
    stage.say(stage.output.fit(f"  {mail:<22}  {verdict:<14}  {first:<56}  {why}"))
    for line in others:
        stage.say(stage.output.fit(f"{'':<42}{line}"))


def rests_on(one: RecipientVerdict, about: Sequence[Evidence]) -> str:
    """What a verdict rests on, in few words."""
    if one.verdict in (Verdict.UNREAD, Verdict.UNKNOWABLE):
        return "nothing that counts" if about else "nothing came back"
    return next((_named(each) for each in about if each.id in one.evidence[:1]), "")


def _named(each: Evidence) -> str:
    if each.kind is Kind.HIT and each.door:
        return WHAT[each.door]
    return f"{each.kind} {each.action or each.disposition or ''}".strip()


def _show_one(stage: Stage, subject: str) -> None:
    if stage.whole:
        stage.title("The whole story of one")
    with stage.house() as house:
        found = [each for each in house.ledger.items() if each.subject == subject]
    stage.type("show", found[0].id)


def _say_goodbye(output: Output) -> None:
    output.say()
    output.say("== Your own mailbox")
    output.say('"heardback setup" leads from nothing to a connected mailbox, by questions.')
    output.say('"heardback demo --full" prints all of the above; "heardback demo --stay" lets you play with it.')


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
