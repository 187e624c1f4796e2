"""One SQLite file: opening it privately, commits, snapshots, backup, and SQLite's errors in our own words.

It knows nothing of documents; `store/storage.py` puts those in.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from store.ledger import CorruptStore, StoreBusy, StoreError, StoreUnwritable

Row = tuple[Any, ...]

#: seconds to wait for another process to finish its commit
PATIENCE = 5.0

_BUSY = (StoreBusy, "another process is holding it; try again in a moment")
_SHUT = (StoreUnwritable, "it cannot be opened or written; check the permissions of the file and its folder")

#: SQLite's primary result codes (https://www.sqlite.org/rescode.html), as far as a caller does something about them
_MEANINGS: dict[int, tuple[type[StoreError], str]] = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_FULL: (StoreUnwritable, "the disk is full; what was stored before is safe. Free some space"),
    sqlite3.SQLITE_IOERR: (StoreUnwritable, "the disk refuses to read or write; check its free space and its health"),
    sqlite3.SQLITE_READONLY: _SHUT,
    sqlite3.SQLITE_PERM: _SHUT,
    sqlite3.SQLITE_CANTOPEN: _SHUT,
    sqlite3.SQLITE_NOTADB: (CorruptStore, "it is not a Heardback ledger"),
    sqlite3.SQLITE_CORRUPT: (CorruptStore, "it is damaged"),
}

_CHECK = "PRAGMA quick_check(1)"

#: what to do about a file that cannot be used
REMEDY = (
    'Run "heardback restore" with a backup, or move it away with its -wal and -shm files and run "heardback import"'
    " with an exported file"
)


def corrupt(path: Path, what: str) -> CorruptStore:
    """The error for a file that is no ledger or is damaged, with the next step."""
    return CorruptStore(f"{path}: {what}. {REMEDY}")


def _in_our_words(error: sqlite3.Error, path: Path) -> StoreError:
    """The error of this room for one of SQLite's."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
    kind, what = _MEANINGS.get(code, (StoreError, f"the store failed unexpectedly ({error})"))
    return corrupt(path, what) if kind is CorruptStore else kind(f"{path}: {what}")


class File:
    """An open SQLite file. Every statement is durable when it returns, or when the transaction around it ends.

    The threads of one process share one connection and take turns by a lock: SQLite lets one writer in at a time
    anyway, a commit takes about a millisecond, and no thread ever sees another's unfinished page.
    """

    def __init__(self, path: Path | str, *, patience: float = PATIENCE) -> None:
        """Open the file, making it (mode 0600) and its folder (0700) if missing; nothing is written into it yet.

        :param patience: seconds to wait for another process
        :raises StoreUnwritable: it cannot be made or opened
        """
        self.path = Path(path)
        self._patience = patience
        self._lock = threading.RLock()
        self._depth = 0
        make_private(self.path)
        try:
            # Handed between threads under our own lock, and with no transactions of its own making.
            self._connection = sqlite3.connect(
                self.path, timeout=patience, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise _in_our_words(error, self.path) from error
        self.execute("PRAGMA fullfsync = 1")  # on macOS, a plain fsync leaves a commit in the drive's cache

    def write_ahead(self) -> None:
        """Keep commits in a side file first, so that readers go on while one writes.

        Only the first process that opens a new file really changes it, and SQLite does not wait for others here.

        :raises StoreBusy: another process kept the file for longer than our patience
        """
        until = time.monotonic() + self._patience
        while True:
            try:
                self.execute("PRAGMA journal_mode = WAL")
                return
            except StoreBusy:
                if time.monotonic() >= until:
                    raise
                time.sleep(0.01)

    def execute(self, statement: str, values: Iterable[Any] = ()) -> list[Row]:
        """Run one statement and give all its rows."""
        with self._lock:
            self._still_in_transaction()
            try:
                return self._connection.execute(statement, tuple(values)).fetchall()
            except sqlite3.Error as error:
                raise _in_our_words(error, self.path) from error

    def execute_many(self, statement: str, rows: Iterable[Row]) -> None:
        """Run one statement for each row of values; call it inside a transaction."""
        with self._lock:
            self._still_in_transaction()
            try:
                self._connection.executemany(statement, rows)
            except sqlite3.Error as error:
                raise _in_our_words(error, self.path) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: what is written inside becomes durable together at its end, or not at all on any exception.

        One inside another is a savepoint: its failure undoes its own part, the outer one decides about the whole.

        :raises StoreBusy: another process kept writing for longer than our patience
        """
        with self._nested("BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read inside is from one moment, while other processes go on writing. Do not write inside."""
        with self._nested("BEGIN"):
            yield

    @contextmanager
    def _nested(self, begin: str) -> Iterator[None]:
        with self._lock:
            outer, name = self._depth, f"level_{self._depth}"
            start, end, undo = (
                (f"SAVEPOINT {name}", f"RELEASE {name}", f"ROLLBACK TO {name}")
                if outer
                else (begin, "COMMIT", "ROLLBACK")
            )
            try:
                self.execute(start)
                self._depth = outer + 1
                yield
                self.execute(end)
            except BaseException:
                # A full disk may have made SQLite roll back by itself; the first error is the one to tell.
                with suppress(sqlite3.Error):
                    self._connection.execute(undo)
                raise
            finally:
                self._depth = outer

    def _still_in_transaction(self) -> None:
        if self._depth and not self._connection.in_transaction:
            raise StoreUnwritable(f"{self.path}: the disk failed in the middle of a commit; nothing of it was stored")

    def backup(self, target: Path) -> None:
        """Copy all that is committed, also while the file is in use; the copy appears at once or not at all.

        It reads by a connection of its own: SQLite makes a copy wait while its source connection is writing.

        :raises StoreUnwritable: the copy cannot be made
        :raises CorruptStore: it would be a copy of something damaged; an older backup stays
        """
        self.refuse_itself(target)
        unfinished = target.with_name(f".{target.name}.{os.getpid()}")
        make_private(unfinished)
        try:
            with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(unfinished)) as copy:
                source.backup(copy)
                self._refuse_damaged(copy.execute(_CHECK).fetchone())
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, that can be read where nothing can be written
            unfinished.replace(target)
        except sqlite3.Error as error:
            raise _in_our_words(error, target) from error
        except OSError as error:
            raise StoreUnwritable(f"{target}: it cannot be made ({error.strerror}); choose another place") from error
        finally:
            with suppress(OSError):
                unfinished.unlink()

    def pulse(self) -> int:
        """A number that is another one than before if another connection has committed meanwhile."""
        return int(self.execute("PRAGMA data_version")[0][0])

    def check(self) -> None:
        """Read every page of the file; a large one takes a second.

        :raises CorruptStore: it is damaged
        """
        self._refuse_damaged(self.execute(_CHECK)[0])

    def _refuse_damaged(self, result: Row) -> None:
        if result[0] != "ok":
            raise corrupt(self.path, f"it is damaged ({str(result[0]).splitlines()[-1]})")

    def refuse_itself(self, target: Path) -> None:
        """:raises StoreUnwritable: what is about to be replaced is this file"""
        if target.resolve() == self.path.resolve():
            raise StoreUnwritable(f"{target}: it is the ledger itself; choose another place")

    def tidy(self) -> None:
        """Move every commit from the side file into the file itself, so that nothing erased stays in it."""
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def write_anew(self) -> None:
        """Write the whole file anew without its free space; takes a second for each 100 MB, and as much room again.

        What is erased is overwritten where it lies. But rows move between pages as these fill, and SQLite leaves the
        bytes of a moved row where they were.

        :raises StoreBusy: another process kept working for longer than our patience
        """
        self.execute("VACUUM")
        self.tidy()

    def close(self) -> None:
        """Release the file; closing twice is harmless."""
        with self._lock:
            self._connection.close()


def make_private(path: Path) -> None:
    """Make the file and its folder for the owner only, if missing. SQLite gives its side files the same mode."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise StoreUnwritable(f"{path}: it cannot be made ({error.strerror}); choose another folder") from error
