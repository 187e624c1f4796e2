"""Heardback as processes: started against a household, looked at, and killed."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.household import Household


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command in a process of its own ended."""

    code: int
    out: str
    err: str


def start(household: Household, *words: str, before: Callable[[], None] | None = None) -> "subprocess.Popen[str]":
    """Begin a command as a process; a person's mailbox and files are all it shares with the test."""
    process = subprocess.Popen(
        [sys.executable, "-m", "heardback", *words, "--config", household.settings()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        preexec_fn=before,
    )
    household.processes.append(process)
    return process


def finish(process: "subprocess.Popen[str]") -> Done:
    """Wait for its end; no error may reach a person as a traceback."""
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in err, err
    return Done(code=process.returncode, out=out, err=err)


def heardback(household: Household, *words: str, before: Callable[[], None] | None = None) -> Done:
    """Run a command as a process."""
    return finish(start(household, *words, before=before))
