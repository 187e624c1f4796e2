"""`python -m heardback` is the same as `heardback`: a process that lives for one command."""

import gc
import sys


def start() -> int:
    """Run the command that was typed; gives the exit code."""
    # a command makes much and drops little: looking for what could be dropped takes a tenth of a short one's time
    gc.set_threshold(50_000)
    from heardback.cli import main

    code = main()
    gc.freeze()  # nor is there anything to look for at its end
    return code


if __name__ == "__main__":
    sys.exit(start())
