"""The grammar of the command line. What a command does lies in `heardback.commands`, what it is for in `guide`."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from heardback import __version__
from heardback.errors import UsageError
from heardback.guide import ABOUT, GROUPS, GUIDE

_Adds = Callable[[argparse.ArgumentParser], None]


class _Parser(argparse.ArgumentParser):
    """Raises what is wrong instead of printing a screen of usage and leaving."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f'{message}. "{self.prog} --help" explains it.')

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        # argparse would list all the commands there are, for one slip
        if isinstance(action, argparse._SubParsersAction) and value not in action.choices:
            raise UsageError(f'"{value}" is no command.{_perhaps(str(value))} "heardback --help" lists them.')
        super()._check_value(action, value)

    def parse_known_args(self, *given: Any, **named: Any) -> Any:
        found, unknown = super().parse_known_args(*given, **named)
        if unknown:
            # here the command is known; argparse itself would blame the whole command line
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown


def _perhaps(typed: str) -> str:
    """The commands that a mistyped one looks like, as a question; empty where none does."""
    from difflib import get_close_matches

    alike = get_close_matches(typed.lower(), _COMMANDS, n=2)
    return f" Did you mean {' or '.join(alike)}?" if alike else ""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Keeps examples as they are, and names and explanations side by side."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=25)

    def _format_action(self, action: argparse.Action) -> str:
        # argparse knows no groups of commands; theirs is the place where it would list them all
        if not isinstance(action, argparse._SubParsersAction):
            return super()._format_action(action)
        lines = {each.dest: super(_Formatter, self)._format_action(each) for each in action._get_subactions()}
        groups = ((title, [lines[each] for each in names if each in lines]) for title, names in GROUPS.items())
        return "\n".join(f"{title}:\n{''.join(found)}" for title, found in groups if found)


def build(words: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """The whole command line.

    :param words: those that were typed; commands not among them get no arguments, and are not even listed if a
        command comes first; None: all are there
    :returns: a parser that raises UsageError for what it does not understand
    """
    parser = _Parser(
        prog="heardback",
        usage="heardback COMMAND [options]",
        description=ABOUT,
        formatter_class=_Formatter,
        add_help=False,
        epilog='"heardback COMMAND --help" explains a command with examples.',
    )
    # its groups have the headings
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title=argparse.SUPPRESS, prog="heardback")
    typed = list(_COMMANDS) if words is None else list(words)
    is_clear = typed[:1] != [] and typed[0] in _COMMANDS
    for name in (each for names in GROUPS.values() for each in names):
        if is_clear and name not in typed:
            continue
        summary, more = GUIDE[name]
        command = commands.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=more,
            formatter_class=_Formatter,
        )
        if name in typed:
            _COMMANDS[name](command)
            _common(command, dict.fromkeys(_COMMON, argparse.SUPPRESS))
    _common(parser, _COMMON)
    _alone(parser)
    return parser


_COMMON: dict[str, object] = {"json": False, "quiet": False, "config": None, "data": None, "set": [], "debug": False}


def _common(parser: argparse.ArgumentParser, defaults: Mapping[str, object]) -> None:
    """What every command takes, before its name or after it."""
    group = parser.add_argument_group("for every command")
    group.add_argument("--json", action="store_true", default=defaults["json"], help="print JSON instead of words")
    group.add_argument(
        "--quiet", action="store_true", default=defaults["quiet"], help="say nothing about the work, only print results"
    )
    group.add_argument("--config", metavar="FILE", default=defaults["config"], help="settings file to read")
    group.add_argument("--data", metavar="FOLDER", default=defaults["data"], help="where what is remembered lies")
    group.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=defaults["set"],
        help='any setting; see "heardback config"',
    )
    group.add_argument("--debug", action="store_true", default=defaults["debug"], help="show where an error came from")


def _alone(parser: argparse.ArgumentParser) -> None:
    """What is typed without a command; at the end, so that the commands come first."""
    group = parser.add_argument_group("by themselves")
    group.add_argument("-h", "--help", action="help", help="show this, or a command with its examples")
    group.add_argument("--version", action="version", version=f"heardback {__version__}", help="say which one this is")


def _connect(command: argparse.ArgumentParser) -> None:
    command.add_argument("provider", metavar="gmail|outlook", choices=["gmail", "outlook"], help="whose mailbox it is")
    command.add_argument(
        "--allow",
        action="append",
        choices=["send", "drafts", "arm", "mark", "tasks"],
        default=[],
        help="also let Heardback send (receipt requests, reminders by mail), send and leave drafts, arm Outlook "
        "drafts, mark sent mail that needs you, or add tasks to Microsoft To Do; may be repeated",
    )
    command.add_argument("--address", help="which account is meant, when reconnecting or when you have several")
    command.add_argument("--no-browser", action="store_true", help="print the address instead of opening a browser")
    command.add_argument("--device-code", action="store_true", help="Outlook: type a code on another device instead")
    command.add_argument("--client-file", metavar="FILE", help="Gmail: the OAuth client file downloaded from Google")
    command.add_argument(
        "--time-limit", type=_positive, default=300, metavar="SECONDS", help="how long to wait for you"
    )
    command.add_argument(
        "-v", "--verbose", action="store_true", help="also what it cannot do, and what the first reading costs"
    )


def _disconnect(command: argparse.ArgumentParser) -> None:
    command.add_argument("account", metavar="ACCOUNT", help='as "heardback accounts" names it, or its address')
    keep = command.add_mutually_exclusive_group()
    keep.add_argument("--erase", action="store_true", help="also erase everything remembered about it")
    keep.add_argument("--keep", action="store_true", help="keep what is remembered, and do not ask")


def _run(command: argparse.ArgumentParser) -> None:
    command.add_argument("--once", action="store_true", help="read every mailbox once, remind of what is due, and end")


def _filters(command: argparse.ArgumentParser) -> None:
    command.add_argument("--account", help="only mail of this account")
    command.add_argument("--to", metavar="ADDRESS", help="only mail to an address that contains this")
    command.add_argument("--subject", metavar="TEXT", help="only subjects that contain this")
    command.add_argument(
        "--older-than", metavar="AGE", type=seconds, help="only mail sent at least so long ago: 3d, 12h, 2w"
    )
    command.add_argument("--newer-than", metavar="AGE", type=seconds, help="only mail sent at most so long ago")


def _unread(command: argparse.ArgumentParser) -> None:
    _filters(command)
    command.add_argument("--exit-code", action="store_true", help="end with 3 if anything is listed, 0 if nothing is")


def _show(command: argparse.ArgumentParser) -> None:
    command.add_argument("item", metavar="ITEM", help='the id that "unread" and "sent" print, or its beginning')


def _draft(command: argparse.ArgumentParser) -> None:
    command.add_argument("item", metavar="ITEM", help='the id that "unread" and "sent" print, or its beginning')
    command.add_argument("--text", metavar="FILE", help="your own words, instead of those in the mail's language")


def _overrule(command: argparse.ArgumentParser) -> None:
    command.add_argument("item", metavar="ITEM", help='the id that "unread" and "sent" print, or its beginning')
    command.add_argument(
        "evidence", metavar="EVIDENCE", help='the id that "show" prints before the evidence, or its beginning'
    )
    choice = command.add_mutually_exclusive_group(required=True)
    choice.add_argument("--because", choices=["this was me", "not about this"], help="why it does not count")
    choice.add_argument("--undo", action="store_true", help="let it count again")


def _contacts(command: argparse.ArgumentParser) -> None:
    command.add_argument("--to", metavar="ADDRESS", help="only addresses that contain this")


def _stats(command: argparse.ArgumentParser) -> None:
    _filters(command)
    command.add_argument(
        "--by",
        choices=["recipient", "domain", "weekday", "hour", "subject", "account", "month", "program"],
        help="count by what mails have in common",
    )
    command.add_argument("--plot", metavar="FILE", help="draw waits and hours into this file, .svg or .png")
    command.add_argument(
        "--export", metavar="FILE", help="write a row for each mail and recipient into this file, .csv, .json or .jsonl"
    )


def _snooze(command: argparse.ArgumentParser) -> None:
    command.add_argument("reminder", metavar="ID", help='the id that "reminders" prints, or that of the mail')
    command.add_argument("until", metavar="WHEN", nargs="+", help="counted from now: 2d, 4h, 3bd, mon9, 2026-06-12")


def _done(command: argparse.ArgumentParser) -> None:
    command.add_argument("reminder", metavar="ID", help='the id that "reminders" prints, or that of the mail')


def _remind(command: argparse.ArgumentParser) -> None:
    command.add_argument("item", metavar="ITEM", help='the id that "unread" and "sent" print, or its beginning')
    command.add_argument("--after", metavar="WHEN", help='counted from now: "3 business days", 36h, mon9, 2026-06-12')
    command.add_argument(
        "--if",
        dest="condition",
        choices=["unread", "read-no-reply", "no-reply", "not-delivered", "regardless"],
        help="what raises the reminder",
    )
    command.add_argument("--again", metavar="WAIT", help='how long to the next: "5 business days", 2d, 1w; 0: never')
    command.add_argument("--times", metavar="N", help="how many reminders in all, up to 12")
    command.add_argument("--grow", metavar="FACTOR", help="each further wait is so many times as long: 2, 1.5")
    command.add_argument(
        "--quorum", metavar="WHO", help="whose sign ends the wait: any, all, or addresses parted by commas"
    )
    command.add_argument("--hours", metavar="FROM-TO", help="when you may be disturbed: 09:00-17:00")
    command.add_argument("--weekends", choices=["yes", "no"], help="come on weekends as well")
    command.add_argument("--country", metavar="CODE", help="whose public holidays you keep: DE")
    command.add_argument("--region", metavar="CODE", help="the part of the country: BY")
    command.add_argument("--recipient-zone", metavar="ZONE", help="where the readers are: America/New_York")
    command.add_argument("--recipient-country", metavar="CODE", help="whose business days are counted: US")
    command.add_argument("--bounces", choices=["yes", "no"], help="tell at once if it is given back")
    command.add_argument("--off", action="store_true", help="no reminders about this mail")
    command.add_argument("--as-usual", action="store_true", help="take back what you asked for: the rules hold again")


def _why(command: argparse.ArgumentParser) -> None:
    command.add_argument("item", metavar="ITEM", help='the id that "unread" and "sent" print, or its beginning')


def _replay(command: argparse.ArgumentParser) -> None:
    command.add_argument("--policy", metavar="FILE", help="a settings file to try; without it, those you have")
    command.add_argument("--since", metavar="AGE", type=_later, default=_later("30d"), help="how far back: 30d, 2w")


def _reminders(command: argparse.ArgumentParser) -> None:
    command.add_argument("--all", action="store_true", help="also those that came, were cancelled or done")


_TRACKING = {
    "pixel": "put an image into it that tells when it is loaded; one message has one image for everybody it goes to",
    "links": "lead its links over the relay, which tells when they are followed",
    "web-view": "offer a view in the browser, whose page tells that it was seen",
}


def _send(command: argparse.ArgumentParser) -> None:
    command.add_argument("recipients", nargs="*", metavar="RECIPIENT", help="further recipients, as Bcc")
    command.add_argument(
        "--file", metavar="FILE", help="the message (an .eml file); without it, standard input is read"
    )
    command.add_argument("--draft", metavar="DRAFT", help="send this draft instead: its subject, or the provider's id")
    command.add_argument(
        "--account", help="send from this account (gmail, outlook, an address); needed if several could"
    )
    command.add_argument("--no-receipt", action="store_true", help="do not ask for a read receipt")
    for name, about in _TRACKING.items():
        command.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, default=None, help=about)
    command.add_argument(
        "--html", action="store_true", help="give a plain-text mail a page beside its text, which can hold an image"
    )
    command.add_argument(
        "--individually",
        action="store_true",
        help="send each recipient a message of their own that names nobody else, so that a hit can name its reader",
    )
    command.add_argument("-t", dest="read_recipients", action="store_true", help="take the recipients from the headers")
    command.add_argument("-i", dest="ignore_dots", action="store_true", help="a line with a single dot does not end it")
    command.add_argument("-f", dest="sender", metavar="ADDRESS", help="the sender's address")
    command.add_argument("-o", dest="ignored", action="append", metavar="OPTION", help=argparse.SUPPRESS)


def _inspect(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "files", nargs="+", metavar="FILE", help="messages (.eml), mboxes, folders of them; - is standard input"
    )


def _status(command: argparse.ArgumentParser) -> None:
    command.add_argument("--verbose", action="store_true", help="also what it cost, and why messages were passed over")


def _backup(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE", help="where the copy of the ledger goes")


def _restore(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE", help='a copy of the ledger that "heardback backup" made')


def _import(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE", help='a JSON file that "heardback export" wrote')


def _act(command: argparse.ArgumentParser, *acts: str) -> None:
    """What to do, named by its words also where it is missing."""
    command.add_argument("act", metavar="|".join(acts), choices=acts, help="what to do")


def _choices(command: argparse.ArgumentParser) -> None:
    _act(command, "add", "remove", "list", "import")
    command.add_argument("who", nargs="*", metavar="ADDRESS", help="addresses; with import, CSV files")
    command.add_argument("--how", metavar="TEXT", help="how they said so; kept as proof")
    command.add_argument("--wording", metavar="VERSION", help="which version of your wording they were shown")


def _forget(command: argparse.ArgumentParser) -> None:
    who = command.add_mutually_exclusive_group(required=True)
    who.add_argument("address", nargs="?", metavar="ADDRESS", help="whom to forget")
    who.add_argument("--list", action="store_true", help="when people were forgotten, and what the relay still holds")
    command.add_argument("--yes", action="store_true", help="do not ask")


def _prune(command: argparse.ArgumentParser) -> None:
    command.add_argument("--dry-run", action="store_true", help="only say what would go")


def _export(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", nargs="?", metavar="FILE", help="the JSON file to write")
    command.add_argument("--person", metavar="ADDRESS", help="only what is held about one person, to give to them")
    command.add_argument("--force", action="store_true", help="replace a file of that name")


def _service(command: argparse.ArgumentParser) -> None:
    _act(command, "install", "remove", "status")
    command.add_argument("--yes", action="store_true", help="do not ask")
    command.add_argument("--dry-run", action="store_true", help="only show what would be done")


def _calendar(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", nargs="?", metavar="FILE", help="the calendar file (.ics); an older one is replaced")
    command.add_argument(
        "--address", action="store_true", help="tell the secret address under which the page serves it"
    )


def _demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("--full", action="store_true", help="print all that the commands print, on several screens")
    command.add_argument("--stay", action="store_true", help="keep the made-up providers up afterwards, to play with")


def _completion(command: argparse.ArgumentParser) -> None:
    shells = ("bash", "zsh", "fish", "tcsh", "powershell")
    command.add_argument("shell", metavar="|".join(shells), choices=shells, help="the shell it is for")


def _nothing(_: argparse.ArgumentParser) -> None:
    pass


def _web(command: argparse.ArgumentParser) -> None:
    command.add_argument("--no-browser", action="store_true", help="print the link instead of opening a browser")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _later(text: str) -> int:
    later = seconds(text)
    if not later:
        raise argparse.ArgumentTypeError(f"{text!r} is not later than now")
    return later


def seconds(text: str) -> int:
    """Seconds in `3d`, `12h`, `2w`, `45m`.

    :raises argparse.ArgumentTypeError: it is no length of time
    """
    units = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
    number, unit = text[:-1], text[-1:]
    if unit not in units or not number.isdecimal() or int(number) > 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no length of time; write 3d, 12h, 2w or 45m")
    return int(number) * units[unit]


#: command to its arguments; their order and their groups are the guide's to say
_COMMANDS: dict[str, _Adds] = {
    "setup": _nothing,
    "connect": _connect,
    "accounts": _nothing,
    "disconnect": _disconnect,
    "run": _run,
    "unread": _unread,
    "sent": _filters,
    "show": _show,
    "draft": _draft,
    "overrule": _overrule,
    "contacts": _contacts,
    "stats": _stats,
    "reminders": _reminders,
    "snooze": _snooze,
    "done": _done,
    "remind": _remind,
    "why": _why,
    "replay": _replay,
    "send": _send,
    "consent": _choices,
    "optout": _choices,
    "forget": _forget,
    "prune": _prune,
    "inspect": _inspect,
    "status": _status,
    "doctor": _nothing,
    "web": _web,
    "relay": _nothing,
    "calendar": _calendar,
    "service": _service,
    "backup": _backup,
    "restore": _restore,
    "export": _export,
    "import": _import,
    "config": _nothing,
    "demo": _demo,
    "manual": _nothing,
    "completion": _completion,
}
