"""The grammar of the command line. What a command does lies in `heardback.commands`."""

import argparse
from collections.abc import Callable

from heardback import __version__

_Adds = Callable[[argparse.ArgumentParser], None]

_ABOUT = """\
Know which of the mail you sent was read, with the evidence, and be reminded of what was not.

The three things you will do:
  heardback connect gmail       connect a mailbox (or: connect outlook)
  heardback unread              what you sent and nobody has read, as far as can be told
  heardback run                 keep reading in the background and remind you

Nothing to lose yet? `heardback demo` shows all of it on a made-up Gmail and Outlook.
"""


def build() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="heardback",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='"heardback COMMAND --help" explains a command with examples.',
    )
    parser.add_argument("--version", action="version", version=f"heardback {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    common = _common()
    for name, (summary, epilog, adds) in _COMMANDS.items():
        command = commands.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=epilog,
            parents=[common],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        adds(command)
    return parser


def _common() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    group = parser.add_argument_group("for every command")
    group.add_argument("--json", action="store_true", help="print JSON instead of words")
    group.add_argument("--quiet", action="store_true", help="say nothing about the work, only print results")
    group.add_argument("--config", metavar="FILE", help="settings file to read")
    group.add_argument("--data", metavar="FOLDER", help="where the ledger and the vault lie")
    group.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], help='any setting; see "heardback config"'
    )
    group.add_argument("--debug", action="store_true", help="show where an error came from")
    return parser


def _connect(command: argparse.ArgumentParser) -> None:
    command.add_argument("provider", choices=["gmail", "outlook"], help="whose mailbox it is")
    command.add_argument(
        "--allow",
        action="append",
        choices=["send", "drafts", "arm"],
        default=[],
        help="also let Heardback send (receipt requests, reminders by mail), send drafts of yours, or arm Outlook "
        "drafts; may be repeated",
    )
    command.add_argument("--address", help="which account is meant, when reconnecting or when you have several")
    command.add_argument("--no-browser", action="store_true", help="print the address instead of opening a browser")
    command.add_argument("--device-code", action="store_true", help="Outlook: type a code on another device instead")
    command.add_argument("--client-file", metavar="FILE", help="Gmail: the OAuth client file downloaded from Google")
    command.add_argument(
        "--time-limit", type=_positive, default=300, metavar="SECONDS", help="how long to wait for you"
    )


def _disconnect(command: argparse.ArgumentParser) -> None:
    command.add_argument("account", help='as "heardback accounts" names it, or its address')
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
        "--older-than", metavar="AGE", type=_age, help="only mail sent at least so long ago: 3d, 12h, 2w"
    )
    command.add_argument("--newer-than", metavar="AGE", type=_age, help="only mail sent at most so long ago")


def _unread(command: argparse.ArgumentParser) -> None:
    _filters(command)
    command.add_argument("--exit-code", action="store_true", help="end with 3 if anything is listed, 0 if nothing is")


def _show(command: argparse.ArgumentParser) -> None:
    command.add_argument("item", help='the id that "unread" and "sent" print, or its beginning')


def _snooze(command: argparse.ArgumentParser) -> None:
    command.add_argument("reminder", help='the id that "reminders" prints, or its item')
    command.add_argument("until", type=_age, metavar="AGE", help="how long from now: 2d, 4h, 1w")


def _done(command: argparse.ArgumentParser) -> None:
    command.add_argument("reminder", help='the id that "reminders" prints, or its item')


def _reminders(command: argparse.ArgumentParser) -> None:
    command.add_argument("--all", action="store_true", help="also those fired, cancelled or done")


def _send(command: argparse.ArgumentParser) -> None:
    command.add_argument("recipients", nargs="*", metavar="RECIPIENT", help="further recipients, as Bcc")
    command.add_argument(
        "--file", metavar="FILE", help="the message (an .eml file); without it, standard input is read"
    )
    command.add_argument("--draft", metavar="DRAFT", help="send this draft instead: its subject, or the provider's id")
    command.add_argument("--account", help="send from this account; needed only if several could")
    command.add_argument("--no-receipt", action="store_true", help="do not ask for a read receipt")
    command.add_argument("-t", dest="read_recipients", action="store_true", help="take the recipients from the headers")
    command.add_argument("-i", dest="ignore_dots", action="store_true", help="a line with a single dot does not end it")
    command.add_argument("-f", dest="sender", metavar="ADDRESS", help="the sender's address")
    command.add_argument("-o", dest="ignored", action="append", metavar="OPTION", help=argparse.SUPPRESS)


def _inspect(command: argparse.ArgumentParser) -> None:
    command.add_argument("files", nargs="+", metavar="FILE", help="messages as .eml files; - is standard input")


def _status(command: argparse.ArgumentParser) -> None:
    command.add_argument("--verbose", action="store_true", help="also why listed messages were skipped")


def _file(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE")


def _demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("--stay", action="store_true", help="keep the made-up providers up afterwards, to play with")


def _completion(command: argparse.ArgumentParser) -> None:
    command.add_argument("shell", choices=["bash", "zsh", "tcsh"])


def _nothing(_: argparse.ArgumentParser) -> None:
    pass


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _age(text: str) -> float:
    """Seconds in `3d`, `12h`, `2w`, `45m`."""
    units = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
    number, unit = text[:-1], text[-1:]
    if unit not in units or not number.isdecimal() or int(number) > 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not an age; write 3d, 12h, 2w or 45m")
    return int(number) * units[unit]


_SEND_EXAMPLES = """\
examples:
  heardback send --file letter.eml            a message with its recipients in the headers
  heardback send -t < letter.eml              the same, as sendmail takes it
  heardback send --draft "Offer for June"     a draft of yours, by its subject
"""

#: name: summary, epilog, arguments
_COMMANDS: dict[str, tuple[str, str, _Adds]] = {
    "connect": (
        "connect a Gmail or Outlook mailbox, or connect it again",
        "examples:\n  heardback connect gmail\n  heardback connect outlook --allow send --allow arm\n"
        "  heardback connect outlook --device-code\n",
        _connect,
    ),
    "accounts": ("list the connected mailboxes, what they can do and how their sign-ins are", "", _nothing),
    "disconnect": ("disconnect a mailbox, and erase what is remembered about it if you say so", "", _disconnect),
    "run": (
        "read the mailboxes again and again and remind you; stop it with Ctrl-C",
        "examples:\n  heardback run\n  heardback run --once      for cron and the like\n",
        _run,
    ),
    "unread": (
        "list what you sent and nobody has read, as far as can be told",
        "Unread: had it been read, something would probably have told us. Unknowable: it may have been read.\n\n"
        "examples:\n  heardback unread --older-than 3d\n  heardback unread --to @example.com --json\n",
        _unread,
    ),
    "sent": ("list what you sent, read or not", "", _filters),
    "show": ("show the time line of evidence about one sent item", "", _show),
    "reminders": ("list the reminders that are coming or came due", "", _reminders),
    "snooze": ("let a reminder come later", "example:\n  heardback snooze 3f2a1b0c 2d\n", _snooze),
    "done": ("take a reminder off the list for good", "", _done),
    "send": ("send mail and ask for a read receipt", _SEND_EXAMPLES, _send),
    "inspect": ("say what messages in files are evidence of; needs no account", "", _inspect),
    "status": ("say when each mailbox was last read, what it cost and what is wrong", "", _status),
    "doctor": (
        "check the clock, the keyring, the endpoints, the sign-ins and the files, and say what to do",
        "",
        _nothing,
    ),
    "export": ("write everything to a JSON file that TinyDB opens", "", _file),
    "import": ("read an export back into an empty ledger", "", _file),
    "config": ("show every setting, its value and where it came from", "", _nothing),
    "demo": ("show all of it on a made-up Gmail and Outlook on this machine", "", _demo),
    "completion": (
        "print completion code for your shell",
        'example:\n  eval "$(heardback completion bash)"\n',
        _completion,
    ),
}
