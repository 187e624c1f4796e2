"""What the ledger costs beside the least it could cost: raw append and fdatasync, plain SQLite, stock TinyDB.

    python -m benchmarks.store --documents 200000

One run takes every measure in turn, round after round, so that a busy machine slows all of them alike: trust the
ratios, not the microseconds.
"""

import argparse
import json
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path

from tinydb import TinyDB

from evidence.model import Recipient, SentItem, item_id
from store.database import Database
from store.ledger import Reminder
from store.records import to_document
from store.tables import INDEXES
from store.tiny import TinyLedger

ACCOUNT = "gmail:me@example.com"
MONDAY = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
#: the small ledger, which a large one should be as fast as
SMALL = 1_000
#: items in the window of the unread list, whatever the size of the ledger
OPEN = 300

#: does one thing, with a document number to do it to
Act = Callable[[int], object]


def item(number: int) -> SentItem:
    """A sent item of ordinary size; a higher number is an earlier one, its ids lie scattered as real ones do."""
    mark = sha256(str(number).encode()).hexdigest()
    return SentItem(
        id=item_id(ACCOUNT, mark[:16]),
        account=ACCOUNT,
        provider_id=mark[:16],
        message_ids=(f"CAF{mark}@mail.example.com",),
        thread_id=mark[16:32],
        sent_at=MONDAY - timedelta(minutes=number),
        sender="me@example.com",
        recipients=(Recipient(address=f"reader-{number % 500}@example.org", name="A Reader"),),
        subject=f"Letter {number}, with a subject of ordinary length",
    )


def reminder(number: int) -> Reminder:
    """A planned one, not due on Monday."""
    due = MONDAY + timedelta(minutes=number + 1)
    return Reminder(id=f"{item(number).id}-1", item=item(number).id, account=ACCOUNT, round=1, due_at=due)


def fill(path: Path, size: int) -> None:
    """A ledger of that many sent items, with a reminder for every fourth."""
    with closing(Database(path, indexes=INDEXES)) as database:
        for start in range(0, size, 5_000):
            numbers = range(start, min(start + 5_000, size))
            with database.transaction():
                database.table("items").insert_multiple(to_document(item(number)) for number in numbers)
                database.table("reminders").insert_multiple(to_document(reminder(number)) for number in numbers[::4])


def plain_sqlite(path: Path, size: int) -> sqlite3.Connection:
    """The same documents in a bare table with one index, as durable as ours."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, message_id TEXT UNIQUE, doc TEXT)")
    rows = ((n + 1, item(n).message_ids[0], json.dumps(to_document(item(n)))) for n in range(size))
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO items VALUES (?, ?, ?)", rows)
    connection.execute("COMMIT")
    return connection


def limits(folder: Path, size: int, stack: ExitStack) -> dict[str, Act]:
    """The least each thing can cost, and stock TinyDB at the small size."""
    raw = os.open(folder / "raw", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    stack.callback(os.close, raw)
    plain = stack.enter_context(closing(plain_sqlite(folder / "plain.db", size)))
    stock = stack.enter_context(TinyDB(folder / "stock.json"))
    stock.insert_multiple(to_document(item(number)) for number in range(SMALL))
    document = to_document(item(0))
    text = json.dumps(document)

    def append(_: int) -> None:
        os.write(raw, text.encode())
        os.fdatasync(raw)

    def get(number: int) -> object:
        found = plain.execute("SELECT id, doc FROM items WHERE message_id = ?", item(number).message_ids).fetchone()
        return json.loads(found[1])

    turn = count()
    changed = "UPDATE items SET doc = ? WHERE id = ?"
    return {
        "raw append + fdatasync": append,
        "plain SQLite update": lambda n: plain.execute(
            changed, (json.dumps({**document, "turn": next(turn)}), n % size + 1)
        ),
        "plain SQLite get by Message-ID": get,
        "stock TinyDB update @1k": lambda n: stock.update({"turn": next(turn)}, doc_ids=[n % SMALL + 1]),
    }


def ours(path: Path, size: int, name: str, stack: ExitStack) -> dict[str, Act]:
    """What the ledger is asked most, at one size."""
    fill(path, size)
    ledger = stack.enter_context(closing(TinyLedger(path)))
    items = stack.enter_context(closing(Database(path, indexes=INDEXES))).table("items")
    turn = count()

    def open_and_get(number: int) -> None:
        with closing(TinyLedger(path)) as opened:
            opened.item(item(number).id)

    return {
        f"update @{name}": lambda n: items.update({"turn": next(turn)}, doc_ids=[n % size + 1]),
        f"take one new item @{name}": lambda _: ledger.take(ACCOUNT, items=[item(size + next(turn))]),
        f"find by Message-ID @{name}": lambda n: items.find("message_id", item(n % size).message_ids[0]),
        f"list {OPEN} items of the window @{name}": lambda _: ledger.items(since=item(OPEN - 1).sent_at),
        f"sweep, nothing due @{name}": lambda _: ledger.due(MONDAY),
        f"open and get @{name}": open_and_get,
    }


def medians(acts: dict[str, Act], rounds: int, size: int) -> dict[str, float]:
    """Median microseconds of each act, all taken in turn in every round."""
    taken: dict[str, list[float]] = {name: [] for name in acts}
    for number in range(rounds):
        for name, act in acts.items():
            start = time.perf_counter()
            act(number * 7919 % size)
            taken[name].append((time.perf_counter() - start) * 1e6)
    return {name: statistics.median(times) for name, times in taken.items()}


def table(median: dict[str, float], name: str) -> str:
    """The medians, and the ratios that count."""
    against = {
        "plain SQLite update": "raw append + fdatasync",
        "stock TinyDB update @1k": "raw append + fdatasync",
        f"update @{name}": "raw append + fdatasync",
        f"take one new item @{name}": "raw append + fdatasync",
        f"find by Message-ID @{name}": "plain SQLite get by Message-ID",
    }
    lines = [f"{'':36} {'median us':>10}  ratio"]
    for what, microseconds in median.items():
        small = what.replace(f"@{name}", "@1k")
        others = [each for each in (against.get(what), small if small != what else None) if each]
        ratios = "; ".join(f"{microseconds / median[other]:.2f} x {other}" for other in others)
        lines.append(f"{what:36} {microseconds:10.1f}  {ratios}")
    return "\n".join(lines)


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=200_000, help="sent items in the large ledger (200000)")
    parser.add_argument("--rounds", type=int, default=200, help="times each thing is measured (200)")
    options = parser.parse_args()
    name = f"{options.documents // 1_000}k"
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        acts = limits(Path(folder), options.documents, stack)
        acts |= ours(Path(folder) / "small.db", SMALL, "1k", stack)
        acts |= ours(Path(folder) / "large.db", options.documents, name, stack)
        size = (Path(folder) / "large.db").stat().st_size
        print(table(medians(acts, options.rounds, options.documents), name))
        print(f"{options.documents} items and a quarter as many reminders: {size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
