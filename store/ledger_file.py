"""A ledger as one file: opened, copied, emptied into an export and filled from one, checked and closed."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tinydb.table import Document

from store import schema
from store.database import Database
from store.file import PATIENCE
from store.ledger import StoreError
from store.tables import INDEXES, META


class LedgerFile:
    """What can be done with a ledger without knowing what its documents mean."""

    def __init__(self, path: Path | str, *, patience: float = PATIENCE) -> None:
        """Open it, making it (owner only) if there is none.

        :param patience: seconds to wait for another process
        :raises NewerSchema, CorruptStore, StoreBusy, StoreUnwritable:
        """
        self.path = Path(path)
        self._database = Database(path, indexes=INDEXES, migrations=schema.MIGRATIONS, patience=patience)

    def snapshot(self) -> AbstractContextManager[None]:
        """Read everything inside from one moment, while other processes go on writing. Do not write inside."""
        return self._database.snapshot()

    def documents(self) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """Everything, as table, document id, document; first the schema version it is in."""
        yield META, 1, {"schema": schema.current(schema.MIGRATIONS)}
        for table in sorted(self._database.tables()):
            yield from ((table, each.doc_id, dict(each)) for each in self._database.table(table))

    def export(self) -> dict[str, dict[str, dict[str, object]]]:
        """Everything, in the layout of a stock TinyDB JSON file: table, document id, document."""
        whole: dict[str, dict[str, dict[str, object]]] = {}
        with self.snapshot():
            for table, number, document in self.documents():
                whole.setdefault(table, {})[str(number)] = document
        return whole

    def restore(self, documents: Iterable[tuple[str, int, dict[str, Any]]]) -> None:
        """Put in what `documents` gave, in one commit; only into an empty ledger.

        :raises StoreError: there is something in it already
        """
        with self._database.transaction():
            if self._database.tables():
                raise StoreError(f"{self.path}: it is not empty; import into a new file, or move this one away first")
            for table, number, document in documents:
                self._database.table(table).insert(Document(document, number))

    def refuse_itself(self, target: Path) -> None:
        """:raises StoreUnwritable: what is about to be replaced is this ledger's file"""
        self._database.storage.file.refuse_itself(target)

    def check(self) -> None:
        """:raises CorruptStore: the file is damaged somewhere"""
        self._database.storage.file.check()

    def backup(self, target: Path | str) -> None:
        """Copy the ledger as it is at one moment, also while it is in use.

        :raises StoreUnwritable: the copy cannot be made
        :raises CorruptStore: the ledger is damaged; an older backup of that name stays
        """
        self._database.storage.file.backup(Path(target))

    def pulse(self) -> int:
        """A number that is another one than before if others have written meanwhile."""
        return self._database.storage.file.pulse()

    def close(self) -> None:
        """Release the file; closing twice is harmless."""
        self._database.close()
