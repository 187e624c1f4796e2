"""What a whole process costs: starting, listing what is unread, and the worker's memory.

python -m benchmarks.processes
"""

import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.figure import Figure, at_most, beside, medians, table
from benchmarks.mailboxes import GMAIL, OUTLOOK
from benchmarks.store import OPEN, item
from evidence.model import SentItem
from heardback.cli import main
from sandbox.visitor import Visitor
from sandbox.world import World
from store.database import Database
from store.records import to_document
from store.schema import MIGRATIONS
from store.tables import INDEXES

SIZES = {"1k": 1_000, "10k": 10_000, "200k": 200_000}
#: what a person who writes a lot sends in a year; a larger ledger goes further back
_A_YEAR = 10_000
_ROUNDS = 15
#: seconds a worker is left to itself before its memory is looked at
_IDLE = 12


def figures() -> Iterator[Figure]:
    """Every figure of this area."""
    with tempfile.TemporaryDirectory() as folder:
        ledgers = {name: Path(folder) / name for name in SIZES}
        for name, size in SIZES.items():
            fill(ledgers[name], size, now=datetime.now(UTC))
        yield from _times(ledgers, Path(folder) / "bytecode")
        yield from _memory(ledgers)


def _times(ledgers: dict[str, Path], bytecode: Path) -> Iterator[Figure]:
    commands = {
        "bare": ("-c", "pass"),
        "sqlite": ("-c", "import sqlite3; sqlite3.connect(':memory:')"),
        "--help": ("-m", "heardback", "--help"),
        "unread @10k": ("-m", "heardback", "unread", "--json", "--data", str(ledgers["10k"])),
        "stats @10k": ("-m", "heardback", "stats", "--json", "--data", str(ledgers["10k"])),
        "unread @200k": ("-m", "heardback", "unread", "--json", "--data", str(ledgers["200k"])),
    }
    median = medians({name: _run(words, bytecode) for name, words in commands.items()}, _ROUNDS)
    large, small = median["unread @200k"], median["unread @10k"]
    yield at_most(
        f"`unread --json` at 200k documents with {OPEN} open, against a bare interpreter with sqlite3",
        large / median["sqlite"],
        6,
        " times",
        note=f"{large / 1e3:.0f} ms, whole process",
    )
    yield at_most("the same at 200k, against at 10k", large / small, 1.3, " times")
    yield beside("`stats --json` over 10,000 mails", median["stats @10k"] / 1e3, " ms", note="whole process")
    over = (median["--help"] - median["bare"]) / 1e3
    yield at_most("`--help`, over the bare interpreter", over, 60, " ms", note=f"bare: {median['bare'] / 1e3:.0f} ms")


def _memory(ledgers: dict[str, Path]) -> Iterator[Figure]:
    taken = {name: _resident(ledgers[name]) for name in ("1k", "200k")}
    yield at_most(
        "resident memory of the worker with two idle accounts at 200k documents, against at 1k",
        taken["200k"] / taken["1k"],
        1.2,
        " times",
        note=f"{taken['200k']:.0f} MB, Gmail and Outlook through the real clients",
    )


def _resident(folder: Path) -> float:
    """Megabytes of a worker that has read two accounts in which nothing happens, again and again."""
    with World(folder) as world:
        settings = {**world.settings(), "run.read_every": 1, "run.sweep_every": 1, "vault.keyring": False}
        lines = (f"{name} = {json.dumps(value)}" for name, value in settings.items() if name != "clock")
        (folder / "settings.toml").write_text("\n".join(lines), "utf-8")
        own = ["--config", str(folder / "settings.toml"), "--data", str(folder)]
        for provider, address in (("gmail", GMAIL), ("outlook", OUTLOOK)):
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                main(["connect", provider, *own], open_page=Visitor(world.ca_file, account=address))
        worker = subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, "-m", "heardback", "run", *own], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(_IDLE)
        status = Path(f"/proc/{worker.pid}/status").read_text("ascii")
        worker.terminate()
        worker.wait()
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024


def fill(folder: Path, size: int, *, now: datetime) -> None:
    """A data folder with so many sent items, `OPEN` of them in the tracking window."""
    folder.mkdir()
    with closing(Database(folder / "ledger.db", indexes=INDEXES, migrations=MIGRATIONS)) as database:
        for start in range(0, size, 5_000):
            numbers = range(start, min(start + 5_000, size))
            with database.transaction():
                database.table("items").insert_multiple(to_document(_item(number, now)) for number in numbers)


def _item(number: int, now: datetime) -> SentItem:
    """The window's first, then the rest of a year, then what is older; every other one asks for a receipt."""
    if number < OPEN:
        age = timedelta(hours=2) * number
    elif number < _A_YEAR:
        age = timedelta(days=31) + timedelta(minutes=48) * number
    else:
        age = timedelta(days=366) + timedelta(minutes=48) * number
    return replace(item(number), sent_at=now - age, asks_receipt=number % 2 == 0)


def _run(words: tuple[str, ...], bytecode: Path) -> Callable[[int], object]:
    """Run Python as an installed program finds it: compiled, also where the surroundings forbid to keep that."""
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    surroundings["PYTHONPYCACHEPREFIX"] = str(bytecode)
    command = [sys.executable, *words]
    return lambda _: subprocess.run(command, check=True, capture_output=True, env=surroundings)  # noqa: S603 - our own


if __name__ == "__main__":
    print(table(figures()))
