"""`heardback`: parse, call, print. A command's work lies in `heardback.commands`, imported only when it is called."""

import io
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from errno import EINVAL
from importlib import import_module
from typing import TYPE_CHECKING

from heardback.errors import DONE, FAILED, WRONG_USAGE, UsageError, explain
from heardback.output import Output
from heardback.parser import build
from heardback.text import sentence

if TYPE_CHECKING:
    # settings and all behind them: neither --help nor a wrong word needs them
    from heardback.house import House

#: takes the arguments, the house and the output; gives the exit code
Command = Callable[[Namespace, "House", Output], int]

#: commands whose module is named otherwise, since one file holds what belongs together
_MODULES = {
    "disconnect": "accounts",
    "sent": "lists",
    "unread": "lists",
    "snooze": "reminders",
    "done": "reminders",
    "restore": "backup",
    "optout": "consent",
    "export": "exchange",
    "import": "exchange",
}


def main(arguments: Sequence[str] | None = None, *, open_page: Callable[[str], None] | None = None) -> int:
    """Run one command.

    :param arguments: the words after `heardback`; None: those of this process
    :param open_page: opens a consent page; None: the system's browser
    :returns: the exit code
    """
    output = Output()
    args = Namespace(debug=False)
    _never_choke(output)
    try:
        words = sys.argv[1:] if arguments is None else arguments
        parser = build(words)
        args = parser.parse_args(words)
        output.as_json, output.quiet = args.json, args.quiet
        if args.command is None:
            parser.print_help()
            return WRONG_USAGE
        with _house(args, open_page) as house:
            code = command(args.command)(args, house, output)
        output.out.flush()
        return code
    except SystemExit as stop:  # --help and --version
        return int(stop.code or 0)
    except (Exception, KeyboardInterrupt) as error:
        if _is_of_a_closed_pipe(error):
            # Python would complain once more at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return DONE
        if args.debug:
            raise
        return _tell(error, output)


def _never_choke(output: Output) -> None:
    """Print `?` for what the terminal's encoding has no sign for; not every one is UTF-8."""
    for stream in (output.out, output.err):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _is_of_a_closed_pipe(error: BaseException) -> bool:
    """Whether the reader of our output went away (`heardback sent | head`); Windows calls that an invalid argument."""
    if sys.platform == "win32" and isinstance(error, OSError) and error.errno == EINVAL and error.filename is None:
        return True
    return isinstance(error, BrokenPipeError)


def command(name: str) -> Command:
    """What a command does, imported only now."""
    module = import_module(f"heardback.commands.{_MODULES.get(name, name)}")
    found: Command = getattr(module, f"{name}_" if name == "import" else name)
    return found


def _house(args: Namespace, open_page: Callable[[str], None] | None) -> "House":
    from pathlib import Path

    from heardback.house import House
    from heardback.settings import load

    flags = dict(_assignment(each) for each in args.set)
    if args.data:
        flags["data_folder"] = args.data
    if getattr(args, "client_file", None):
        flags["google.client_file"] = args.client_file
    return House(load(flags, file=Path(args.config) if args.config else None), open_page=open_page)


def _assignment(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise UsageError(f'--set takes NAME=VALUE, not "{text}".')
    return name.strip(), value


def _tell(error: BaseException, output: Output) -> int:
    explanation = explain(error)
    if output.as_json and explanation.exit_code == FAILED:
        output.document({"error": explanation.line, "next": explanation.next_step})
    if isinstance(error, KeyboardInterrupt) and output.err.isatty():
        output.warn("")  # the terminal shows ^C where the cursor was
    output.warn(f"heardback: {sentence(explanation.line)}")
    if explanation.next_step:
        output.warn(f"  {explanation.next_step}")
    return explanation.exit_code
