"""`completion`: completion code for a shell."""

from argparse import Namespace

import shtab

from heardback.errors import DONE
from heardback.house import House
from heardback.output import Output
from heardback.parser import build


def completion(args: Namespace, house: House, output: Output) -> int:  # noqa: ARG001 - every command takes the same
    """Print the code; `eval` it in the shell's start file."""
    print(shtab.complete(build(), shell=args.shell), file=output.out)
    return DONE
