"""TinyDB over one SQLite file: everything TinyDB offers, with tables that work on rows and pages that commit as one."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

from tinydb import TinyDB

from store.storage import SqliteStorage
from store.table import SqliteTable


class Database(TinyDB):
    """A TinyDB in one SQLite file."""

    table_class = SqliteTable

    def __init__(self, path: Path | str, **options: Any) -> None:
        """Open or make the file.

        :param options: what `SqliteStorage` takes: indexes, migrations, patience
        :raises NewerSchema, CorruptStore, StoreBusy, StoreUnwritable:
        """
        super().__init__(path, storage=SqliteStorage, **options)

    @property
    def storage(self) -> SqliteStorage:
        """Where the documents lie."""
        return cast("SqliteStorage", super().storage)

    def table(self, name: str, **options: object) -> SqliteTable:
        """One table, made when its first document comes."""
        return cast("SqliteTable", super().table(name, **options))

    def transaction(self) -> AbstractContextManager[None]:
        """Make everything written inside one durable commit, undone whole on any exception; nesting is safe.

        :raises StoreBusy: another process kept writing for longer than our patience
        """
        return self.storage.file.transaction()

    def snapshot(self) -> AbstractContextManager[None]:
        """Read everything inside from one moment. Do not write inside."""
        return self.storage.file.snapshot()

    def tables(self) -> set[str]:
        """Names of the tables that hold documents; an empty table is the same as none."""
        return set(self.storage.tables())

    def drop_table(self, name: str) -> None:
        """Remove all documents of a table."""
        self.storage.clear(name)

    def drop_tables(self) -> None:
        """Remove all documents."""
        self.storage.write({})
