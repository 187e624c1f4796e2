"""`completion`: completion code for a shell."""

import argparse
from argparse import Namespace
from collections.abc import Iterator

import shtab

from heardback.errors import DONE
from heardback.house import House
from heardback.output import Output
from heardback.parser import build

#: what an argument is called in the help to how the shells find what it may be
_FOUND = {"FILE": shtab.FILE, "FOLDER": shtab.DIRECTORY}


def completion(args: Namespace, house: House, output: Output) -> int:  # noqa: ARG001 - every command takes the same
    """Print the code; `eval` it in the shell's start file."""
    parser = build()
    for action in _actions(parser):
        if action.metavar in _FOUND:
            action.complete = _FOUND[str(action.metavar)]  # type: ignore[attr-defined]  # where shtab looks for it
    print(shtab.complete(parser, shell=args.shell), file=output.out)
    return DONE


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """All arguments, those of the commands included."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
