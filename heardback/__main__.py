"""`python -m heardback` is the same as `heardback`: a process that lives for one command."""

import gc
import os
import sys
from pathlib import Path


def start() -> int:
    """Run the command that was typed; gives the exit code."""
    # a command makes much and drops little: looking for what could be dropped takes a tenth of a short one's time
    gc.set_threshold(50_000)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # a task on Windows has no console
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - to the end
    from heardback.cli import main

    code = main()
    gc.freeze()  # nor is there anything to look for at its end
    return code


if __name__ == "__main__":
    sys.exit(start())
