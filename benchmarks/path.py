"""How much of our own the way from a received message to stored evidence adds to the client library's work.

python -m benchmarks.path
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure, at_most, table
from benchmarks.mailboxes import GMAIL, bare_gmail, connected
from benchmarks.served import LAVISH, served

MESSAGES = 1_000
#: the two are taken in turn, in so many parts
_TURNS = 5


def figures() -> Iterator[Figure]:
    """Every figure of this area."""
    ours = theirs = 0.0
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as sandbox:
        sandbox.do(f"send {MESSAGES // _TURNS}")
        with connected(sandbox.settings, Path(folder), GMAIL, sandbox.clock, quota=LAVISH) as bench:
            bench.sync()
            messages = bare_gmail(sandbox.settings, Path(folder)).users().messages()
            for _ in range(_TURNS):
                sandbox.do(f"receive {MESSAGES // _TURNS}")
                ours += _cpu(bench.sync)
                ids = _newest(messages, MESSAGES // _TURNS)
                theirs += _cpu(lambda ids=ids: [_get(messages, each) for each in ids])  # type: ignore[misc]  # as above
    yield at_most(
        "CPU of the whole path for 1,000 received answers, against the client library's own gets of them alone",
        ours / theirs,
        1.5,
        " times",
        note=f"{ours:.2f} s; history, gets, reading, matching, storing durably",
    )


def _cpu(act: Callable[[], object]) -> float:
    begin = time.process_time()
    act()
    return time.process_time() - begin


def _newest(messages: Any, count: int) -> list[str]:
    listed = messages.list(userId="me", q="-in:sent", maxResults=count).execute()
    return [each["id"] for each in listed["messages"]]


def _get(messages: Any, message: str) -> object:
    return messages.get(userId="me", id=message, format="raw", fields="raw").execute()


if __name__ == "__main__":
    print(table(figures()))
