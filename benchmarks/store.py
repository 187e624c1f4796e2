"""What the ledger costs beside the least it could cost: raw append and fdatasync, plain SQLite, stock TinyDB.

    python -m benchmarks.store

One run takes every measure in turn, round after round, so that a busy machine slows all of them alike: trust the
ratios, not the microseconds.
"""

import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path

from tinydb import TinyDB

from benchmarks.figure import Act, Figure, at_most, beside, medians, table
from evidence.model import Recipient, SentItem, item_id
from store.database import Database
from store.ledger import Reminder
from store.records import to_document
from store.schema import MIGRATIONS
from store.tables import INDEXES
from store.tiny import TinyLedger

ACCOUNT = "gmail:me@example.com"
MONDAY = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
#: the small ledger, which a large one should be as fast as
SMALL, LARGE = 1_000, 200_000
#: times each thing is measured
ROUNDS = 200
#: items in the window of the unread list, whatever the size of the ledger
OPEN = 300


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
    with closing(Database(path, indexes=INDEXES, migrations=MIGRATIONS)) as database:
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
        name = item(number % size).message_ids
        found = plain.execute("SELECT id, doc FROM items WHERE message_id = ?", name).fetchone()
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
    items = stack.enter_context(closing(Database(path, indexes=INDEXES, migrations=MIGRATIONS))).table("items")
    turn = count()

    def open_and_get(number: int) -> None:
        with closing(TinyLedger(path)) as opened:
            opened.item(item(number % size).id)

    return {
        f"update @{name}": lambda n: items.update({"turn": next(turn)}, doc_ids=[n % size + 1]),
        f"take one new item @{name}": lambda _: ledger.take(ACCOUNT, items=[item(size + next(turn))]),
        f"find by Message-ID @{name}": lambda n: items.find("message_id", item(n % size).message_ids[0]),
        f"list {OPEN} items of the window @{name}": lambda _: ledger.items(since=item(OPEN - 1).sent_at),
        f"sweep, nothing due @{name}": lambda _: ledger.due(MONDAY),
        f"open and get @{name}": open_and_get,
    }


def figures() -> Iterator[Figure]:
    """Every figure of this area."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        acts = limits(Path(folder), LARGE, stack)
        acts |= ours(Path(folder) / "small.db", SMALL, "1k", stack)
        acts |= ours(Path(folder) / "large.db", LARGE, "200k", stack)
        taken = medians(acts, ROUNDS)
    raw = taken["raw append + fdatasync"]
    least = f"append: {raw:.0f} µs"
    for what in ("update", "take one new item"):
        large = taken[f"{what} @200k"]
        yield at_most(
            f"durable write ({what}) at 200k documents, against at 1k", large / taken[f"{what} @1k"], 1.5, " times"
        )
        yield at_most(
            f"durable write ({what}) at 200k, against append and fdatasync of as much", large / raw, 3, note=least
        )
    yield beside("the same for plain SQLite, one index, update", taken["plain SQLite update"] / raw)
    yield beside("the same for stock TinyDB at 1k documents, update", taken["stock TinyDB update @1k"] / raw)
    yield at_most(
        "find by Message-ID at 200k, against plain SQLite's indexed get",
        taken["find by Message-ID @200k"] / taken["plain SQLite get by Message-ID"],
        2,
        " times",
        note=f"{taken['find by Message-ID @200k']:.0f} µs",
    )
    listing = taken[f"list {OPEN} items of the window @200k"] / taken[f"list {OPEN} items of the window @1k"]
    yield beside(f"list the {OPEN} items of the window at 200k, against at 1k", listing, " times")
    sweep = taken["sweep, nothing due @200k"] / 1e3
    yield at_most("empty sweep with 50k reminders", sweep, 1, " ms")
    opening = taken["open and get @200k"] / taken["open and get @1k"]
    yield beside("open the ledger and get one item at 200k, against at 1k", opening, " times")


if __name__ == "__main__":
    print(table(figures()))
