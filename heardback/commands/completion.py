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
#: the code knows itself to be evaluated, not to be sourced; zsh says "file" then
_ZSH = ("[[ $zsh_eval_context[-1] == eval ]]", "[[ $zsh_eval_context[-1] == (eval|file) ]]")


def completion(args: Namespace, house: House, output: Output) -> int:  # noqa: ARG001 - every command takes the same
    """Print the code; `eval` it in the shell's start file."""
    parser = build()
    for action in _actions(parser):
        # the addresses of "consent import" are files, and no shell knows addresses
        kind = "FILE" if action.dest == "who" else str(action.metavar)
        if kind in _FOUND:
            action.complete = _FOUND[kind]  # type: ignore[attr-defined]  # where shtab looks for it
    print(shtab.complete(parser, shell=args.shell).replace(*_ZSH), file=output.out)
    return DONE


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """All arguments, those of the commands included."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
