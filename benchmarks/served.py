"""A sandbox in a process of its own, so that its work is not counted as ours; it is told what to do line by line.

    python -m benchmarks.served FOLDER

`send N` and `receive N` put mail into the Gmail account; received mail answers what was sent last.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.mailboxes import GMAIL, receive_at_gmail, send_from_gmail
from connectors.mailbox import Quota
from heardback.clock import Clock
from sandbox.world import World

#: the clock stands still there, so the quota of a minute must do for everything
_UNITS = 900_000
LAVISH = Quota(allowance=_UNITS)


class Served:
    """The sandbox, from outside."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        told = self._answer()
        self.settings: dict[str, str] = told["settings"]
        moment = datetime.fromisoformat(told["now"])
        #: stands still, and nothing is waited for
        self.clock = Clock(now=lambda: moment, sleep=lambda _: None)

    def do(self, what: str) -> None:
        """Have it put mail into the mailbox."""
        assert self._process.stdin  # noqa: S101 - it was opened with one
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()
        self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout  # noqa: S101 - it was opened with one
        return json.loads(self._process.stdout.readline())


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """A running sandbox."""
    words = [sys.executable, "-m", "benchmarks.served", str(folder)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        try:
            yield Served(process)
        finally:
            process.terminate()


def main(folder: Path) -> None:
    """Serve until the input ends."""
    with World(folder) as world:
        world.google.account(GMAIL).meter.budget = _UNITS
        print(json.dumps({"settings": world.settings(), "now": world.clock.now().isoformat()}), flush=True)
        sent: list[str] = []
        for line in sys.stdin:
            what, number = line.split()
            if what == "send":
                sent = send_from_gmail(world, int(number))
            else:
                receive_at_gmail(world, int(number), sent)
            print("{}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
