"""`setup`: leads from nothing to a connected mailbox, question by question."""

import io
import re
import shlex
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from os import environ
from pathlib import Path

from connectors.errors import ClientMisconfigured
from heardback import zones
from heardback.commands.connect import COMPANY, sign_in
from heardback.commands.run import run
from heardback.errors import DONE, UsageError
from heardback.house import House
from heardback.known_settings import BY_NAME, Value
from heardback.output import Output
from heardback.settings import Settings, is_zone, loaded_again
from heardback.settings_file import with_settings
from heardback.text import count, few, plain, sentence
from store.ledger import AccountState

#: what to do before the first question about a client; at length in docs/
_STEPS = {
    "gmail": (
        "You register Heardback with Google once, as your own client (5 to 10 minutes; docs/google-client.md):",
        "1. console.cloud.google.com: make a project; under Library enable the Gmail API.",
        "2. Google Auth Platform: a name under Branding; under Audience choose External, and press Publish app. While "
        "the status is Testing, every sign-in ends after 7 days.",
        "3. Data Access: add {scopes}.",
        "4. Clients: create one of type Desktop app, and download its JSON file.",
        "Google warns at the sign-in that the app is unverified; it is your own: choose Advanced and go on.",
    ),
    "outlook": (
        "You register Heardback with Microsoft once, as your own client (5 minutes; docs/microsoft-client.md):",
        "1. entra.microsoft.com, App registrations, New registration: accounts in any directory and personal ones.",
        "2. Redirect URI: Mobile and desktop applications, http://localhost.",
        "3. API permissions, Microsoft Graph, Delegated: {scopes}.",
        "4. Copy the Application (client) ID.",
    ),
}
#: what the client is registered for: to read only, and to send as well
_SCOPES = {
    "gmail": ("the scope gmail.readonly", "the scopes gmail.readonly and gmail.send"),
    "outlook": ("User.Read and Mail.Read", "User.Read, Mail.Read, Mail.Send and Mail.ReadWrite"),
}
#: how the ids of Microsoft's clients are written, and one that is none
_GUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NO_ID = "00000000-0000-0000-0000-000000000000"
_CLIENT = {"gmail": "google.client_file", "outlook": "microsoft.client_id"}


def setup(args: Namespace, house: House, output: Output) -> int:
    """Ask for what is missing, write it into the settings file, connect, and read for the first time."""
    if not sys.stdin.isatty():
        raise UsageError("setup asks questions: run it in a terminal, or follow docs/quick-start.md.")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # keys that make no text are an answer that is asked for again
    _tell_connected(house, output)
    with _told_when_stopped("Nothing was written, and nothing connected."):
        provider = _choice("Which mailbox, gmail or outlook?", ("gmail", "outlook"), output)
        sends = _yes("May it send: mail of yours with a receipt request, and reminders to you?", output)
        changes = {**_client(provider, house, output, sends=sends), **_habits(house, output)}
        _write(house.settings.file, {**_kept(house.settings, output), **changes}, output)
    house.settings = loaded_again(house.settings)
    with _told_when_stopped('Nothing was connected. What you answered is kept; "heardback setup" goes on from there.'):
        output.tell(f"Should {COMPANY[provider]}'s page not know your client, press Ctrl-C and run setup again.")
        sign_in(_connecting(args, provider, sends=sends), house, output)
    with _told_when_stopped('The mailbox is connected; "heardback run --once" reads it, or reads on.'):
        reads = _yes("Read it now? It can be stopped, and goes on where it was.", output)
        code = run(Namespace(once=True), house, output) if reads else DONE
    _tell_next(args, house, output, sends=sends, is_read=reads and code == DONE)
    return code


@contextmanager
def _told_when_stopped(how_it_is: str) -> Iterator[None]:
    """After Ctrl-C in the block, how things stand is said."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(how_it_is) from error


def _kept(settings: Settings, output: Output) -> dict[str, Value]:
    """What flags set that is not in the file, and the person wants there; other commands would not know of it."""
    given = {name: settings.values[name] for name in _flags_alone(settings)}
    if not given:
        return {}
    output.tell("Given for this command only, and not in the settings file; other commands do not know of it:")
    _tell_values(given, output)
    return given if _yes("Keep it in the file, for all of them?", output) else {}


def _flags_alone(settings: Settings) -> list[str]:
    """The settings whose value only a flag gives."""
    without = loaded_again(replace(settings, flags={}))
    return [name for name in settings.flags if settings.values[name] != without.values[name]]


def _tell_next(args: Namespace, house: House, output: Output, *, sends: bool, is_read: bool) -> None:
    after = count(house.settings.number("reminders.after_days"), "business day")
    lines = (
        *(() if is_read else ('"heardback run --once" reads the mailbox.',)),
        '"heardback unread" lists what nobody has read, as far as can be told.',
        *(('"heardback send --file letter.eml" sends a mail and asks for a receipt.',) if sends else ()),
        '"heardback service install" lets the worker start with your session. It reads on, and reminds you of a mail '
        f"{after} after you sent it, if there is no sign of reading.",
    )
    output.say("That is all. From here:")
    for line in lines:
        output.say(f"  {line}", hang=2)
    words = [
        *(["--config", str(house.settings.file)] if args.config else []),
        *(word for name in _flags_alone(house.settings) for word in ("--set", _assigned(name, house.settings))),
    ]
    if words:
        output.say(f"Each of these commands needs as well: {shlex.join(words)}", hang=2)


def _assigned(name: str, settings: Settings) -> str:
    return f"{name}={'…' if BY_NAME[name].secret else settings.text(name)}"


def _tell_connected(house: House, output: Output) -> None:
    known = [each.id for each in house.ledger.accounts() if each.state is not AccountState.DISCONNECTED]
    output.tell(f"Connected so far: {few(known) or 'nothing'}. Ctrl-C stops here at any time; nothing is half done.")


def _client(provider: str, house: House, output: Output, *, sends: bool) -> dict[str, Value]:
    """The client's setting, if none is set that is to be kept; asked again until it can be used."""
    name = _CLIENT[provider]
    if _is_set(provider, house.settings, output):
        return {}
    for line in _STEPS[provider]:
        output.tell(line.format(scopes=_SCOPES[provider][sends]), hang=3 if line[0].isdigit() else 0)
    while True:
        what = "Where is the JSON file?" if provider == "gmail" else "Application (client) ID?"
        given = _ask(what, output).strip("\"' ")
        trouble = _wrong_with(provider, given)
        if not trouble:
            return {name: str(Path(given).expanduser().resolve()) if provider == "gmail" else given}
        output.tell(trouble)


def _is_set(provider: str, settings: Settings, output: Output) -> bool:
    """Whether there is a client, and the person keeps it."""
    names = ("google.client_file", "google.client_id") if provider == "gmail" else ("microsoft.client_id",)
    name = next((each for each in names if settings.text(each)), "")
    if not name:
        return False
    value, source = settings.text(name), settings.sources[name]
    output.tell(f"Your client at {COMPANY[provider]}: {name} = {value} ({source}).", hang=2)
    if source == "flag" or source in environ:
        return True  # what the file says would not count
    trouble = "" if name == "google.client_id" else _wrong_with(provider, value)
    if trouble:
        output.tell(f"{trouble} Another one is needed.")
    return not trouble and _yes("Keep it?", output, enter="y")


def _wrong_with(provider: str, given: str) -> str:
    """What is wrong with a client that was typed, as a sentence; empty if nothing is seen to be."""
    if provider == "outlook":
        return "" if _GUID.fullmatch(given) else f"That is no such ID: it looks like {_NO_ID}."
    from connectors.google import load_client_file

    try:
        file = Path(given).expanduser()
        if given.isprintable() and given and not file.is_dir():
            load_client_file(file)
            return ""
    except ClientMisconfigured as error:
        return sentence(str(error))
    except (RuntimeError, ValueError, OSError):
        pass  # no such home folder; characters that no name has; too long a name
    where = "write where the JSON file lies, ~/Downloads/client_secret.json perhaps."
    return f"{plain(given)} is no file: {where}" if given else f"Please {where}"


def _habits(house: House, output: Output) -> dict[str, Value]:
    """Where the person lives, as far as reminders go."""
    country = _country(house, output)
    return country | _zone(str(country.get("country", house.settings.text("country"))), house, output)


def _country(house: House, output: Output) -> dict[str, Value]:
    if house.settings.sources["country"] != "default":
        return {}
    hours = house.settings.text("reminders.hours")
    output.tell(f'Reminders come within {hours}, {house.zone} (the settings "reminders.hours" and "zone").')
    while True:
        country = _ask("Country, for its public holidays: two letters such as DE; Enter for none.", output).upper()
        try:
            _calendar(country)
        except ValueError:
            output.tell(f"No public holidays are known of {plain(country)}: write its two letters, as in example.de.")
        else:
            return {"country": country} if country else {}


def _zone(country: str, house: House, output: Output) -> dict[str, Value]:
    """The time zone, where this machine's is hardly the person's: it says no place, or one in another country."""
    is_likely = zones.is_place(house.zone) and zones.fits(house.zone, country)
    if house.settings.sources["zone"] != "default" or is_likely:
        return {}
    example = zones.zone_in(country)
    while zone := _ask(f"Your time zone, such as {example}? Enter for this machine's, {house.zone}.", output):
        if is_zone(zone):
            return {"zone": zone}
        output.tell(f"There is no time zone {plain(zone)}: write it as {example}.")
    return {}


def _calendar(country: str) -> None:
    """:raises ValueError: no holidays are known of it"""
    from scheduler.calendar import Calendar

    Calendar(country=country)


def _write(file: Path, changes: Mapping[str, Value], output: Output) -> None:
    if not changes:
        return
    before = file.read_text("utf-8-sig") if file.exists() else ""
    after = with_settings(before, changes)
    output.tell(f"This goes into {file}, beside what is there:")
    _tell_values(changes, output)
    if not _yes("Write it?", output):
        raise UsageError("Nothing was written and nothing connected.")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(after, "utf-8")


def _tell_values(values: Mapping[str, Value], output: Output) -> None:
    for name, value in values.items():
        output.tell(f"    {name} = {'(set)' if BY_NAME[name].secret else value}")


def _connecting(args: Namespace, provider: str, *, sends: bool) -> Namespace:
    return Namespace(
        **{**vars(args), "provider": provider, "allow": ["send"] if sends else [], "address": None},
        no_browser=False,
        device_code=False,
        client_file=None,
        time_limit=300,
        verbose=False,
    )


def _choice(question: str, choices: tuple[str, ...], output: Output, *, enter: str = "") -> str:
    while (given := _ask(question, output).lower() or enter) not in choices:
        output.tell(f"Please write {' or '.join(choices[:2])}.")
    return given


def _yes(question: str, output: Output, *, enter: str = "") -> bool:
    shown = "[Y/n]" if enter == "y" else "[y/n]"
    return _choice(f"{question} {shown}", ("y", "n", "yes", "no"), output, enter=enter).startswith("y")


def _ask(question: str, output: Output) -> str:
    output.warn(question)
    answer = sys.stdin.readline()
    if not answer:
        raise UsageError("No more answers came; nothing was half done.")
    return answer.strip()
