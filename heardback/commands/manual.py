"""`manual`: every command and setting, to read at length."""

import pydoc
import sys
from argparse import Namespace

from heardback.errors import DONE
from heardback.house import House
from heardback.manual import commands_page, settings_page
from heardback.output import Output


def manual(args: Namespace, house: House, output: Output) -> int:  # noqa: ARG001 - every command takes the same
    """Show it in a pager on a terminal, else print it."""
    pages = {"commands": commands_page(), "settings": settings_page()}
    if output.as_json:
        output.document(pages)
        return DONE
    text = "\n".join(pages.values())
    if sys.stdout.isatty():
        pydoc.pager(text)
    else:
        print(text, file=output.out)
    return DONE
