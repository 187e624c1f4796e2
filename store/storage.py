"""The documents of a TinyDB, one row each, and the entries they are found by, in one SQLite file."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tinydb.storages import Storage

from store import schema
from store.file import PATIENCE, File
from store.index import LAST, Indexes, entries_of, text

#: documents read at a time when a whole table is gone through: little memory, few statements
_AT_A_TIME = 500


class Placed(NamedTuple):
    """A document as it was read, and where it lies."""

    row: int
    #: its TinyDB id
    number: int
    #: as stored
    plain: str
    document: dict[str, Any]


class SqliteStorage(Storage):
    """A TinyDB storage whose `Table` (see `store/table.py`) works on single rows.

    `read` and `write` move the whole database at once, as TinyDB's own storages do, and are there for what TinyDB or
    a middleware does through them. Everything else costs as much as the documents it touches.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        indexes: Indexes | None = None,
        migrations: tuple[schema.Migration, ...] = (),
        patience: float = PATIENCE,
    ) -> None:
        """Open the file, bringing an older one up to date.

        :param indexes: what documents can be found by
        :param migrations: steps from schema version 1 to the present one
        :param patience: seconds to wait for another process
        :raises NewerSchema, CorruptStore, StoreBusy, StoreUnwritable:
        """
        self._indexes = indexes or {}
        self.file = File(path, patience=patience)
        try:
            schema.prepare(self.file, self._indexes, migrations)
        except BaseException:
            self.file.close()
            raise

    def read(self) -> dict[str, dict[str, Any]]:
        """Every document, by table and id."""
        with self.file.snapshot():
            return {
                table: {str(placed.number): placed.document for placed in self.documents(table)}
                for table in self.tables()
            }

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace every document there is."""
        with self.file.transaction():
            for table in self.tables():
                self.clear(table)
            for table, documents in data.items():
                for number, document in documents.items():
                    self.insert(table, int(number), document)

    def close(self) -> None:
        """Release the file."""
        self.file.close()

    def tables(self) -> tuple[str, ...]:
        """Names of the tables that hold documents."""
        return tuple(name for (name,) in self.file.execute("SELECT DISTINCT tab FROM documents ORDER BY tab"))

    def count(self, table: str) -> int:
        """How many documents a table holds."""
        return int(self.file.execute("SELECT count(*) FROM documents WHERE tab = ?", (table,))[0][0])

    def next_number(self, table: str) -> int:
        """The id after the highest one in use; ask inside the transaction that uses it, so no other process can."""
        return int(self.file.execute("SELECT coalesce(max(id), 0) + 1 FROM documents WHERE tab = ?", (table,))[0][0])

    def documents(self, table: str) -> Iterator[Placed]:
        """All documents of a table in the order of their ids, fresh copies."""
        query = "SELECT row, id, doc FROM documents WHERE tab = ? AND id > ? ORDER BY id LIMIT ?"
        last = -(2**63)
        while rows := self.file.execute(query, (table, last, _AT_A_TIME)):
            yield from (self._placed(row) for row in rows)
            last = rows[-1][1]

    def document(self, table: str, number: int) -> Placed | None:
        """The document with this id."""
        rows = self.file.execute("SELECT row, id, doc FROM documents WHERE tab = ? AND id = ?", (table, number))
        return self._placed(rows[0]) if rows else None

    def find(
        self, table: str, index: str, *keys: str, first: str = "", last: str = LAST, newest: bool = False
    ) -> list[Placed]:
        """The documents with one of these keys in an index, ordered by rank.

        :param keys: a document that has several of them comes once for each
        :param first: lowest rank wanted
        :param last: highest rank wanted
        :param newest: highest rank first
        """
        if index not in self._indexes.get(table, {}):
            raise LookupError(f"{table} has no index {index}")
        order = "DESC" if newest else "ASC"
        query = (
            "SELECT d.row, d.id, d.doc FROM entries e JOIN documents d ON d.row = e.row"  # noqa: S608 - all of it ours
            f" WHERE e.name = ? AND e.key IN ({', '.join('?' * len(keys))}) AND e.rank BETWEEN ? AND ?"
            f" ORDER BY e.rank {order}, e.row {order}"
        )
        rows = self.file.execute(query, (f"{table}.{index}", *map(text, keys), text(first), text(last)))
        return [self._placed(row) for row in rows]

    def rows(
        self, table: str, index: str, *keys: str, first: str = "", apart_from: tuple[str, str] = ("", "")
    ) -> list[int]:
        """Where the documents with one of these keys in an index lie, ordered by rank, each once.

        :param first: lowest rank wanted
        :param apart_from: another index of the table and a key in it: the documents with that are left out
        """
        query = (
            "SELECT row FROM entries"  # noqa: S608 - all of it ours
            f" WHERE name = ? AND key IN ({', '.join('?' * len(keys))}) AND rank >= ?"
            " AND row NOT IN (SELECT row FROM entries WHERE name = ? AND key = ?) GROUP BY row ORDER BY rank, row"
        )
        other, key = apart_from
        named = (f"{table}.{index}", *map(text, keys), text(first), f"{table}.{other}", text(key))
        return [row for (row,) in self.file.execute(query, named)]

    def at(self, rows: Collection[int]) -> dict[int, dict[str, Any]]:
        """The documents that lie there still."""
        query = f"SELECT row, doc FROM documents WHERE row IN ({', '.join('?' * len(rows))})"  # noqa: S608 - all of it ours
        return {row: schema.decoded(self.file, plain) for row, plain in self.file.execute(query, tuple(rows))}

    def numbers(self, table: str, index: str, key: str, *, first: str = "", last: str = LAST) -> Iterator[int]:
        """Ids of the documents with this key in an index, lowest rank first, read piece by piece.

        What is gone through may be removed meanwhile. The ranks are those of `find`.
        """
        query = (
            "SELECT e.rank, e.row, d.id FROM entries e JOIN documents d ON d.row = e.row"
            " WHERE e.name = ? AND e.key = ? AND (e.rank, e.row) > (?, ?) AND e.rank <= ?"
            " ORDER BY e.rank, e.row LIMIT ?"
        )
        rank, row = text(first), -(2**63)
        while rows := self.file.execute(query, (f"{table}.{index}", text(key), rank, row, text(last), _AT_A_TIME)):
            yield from (number for _, _, number in rows)
            rank, row = rows[-1][:2]

    def mentioning(self, words: Iterable[str]) -> list[tuple[str, Placed]]:
        """Every document of any table with one of these words in its JSON, with its table; reads the whole file.

        :param words: in small letters, as JSON spells them; ASCII letters match in either case
        """
        wanted = tuple(words)
        either = " OR ".join(["instr(lower(doc), ?)"] * len(wanted))
        rows = self.file.execute(f"SELECT tab, row, id, doc FROM documents WHERE {either}", wanted)  # noqa: S608 - ours
        return [(table, self._placed((row, number, plain))) for table, row, number, plain in rows]

    def insert(self, table: str, number: int, document: Mapping[str, Any]) -> None:
        """Add a document under a free id; call it inside a transaction."""
        plain = json.dumps(dict(document))
        query = "INSERT INTO documents (tab, id, doc) VALUES (?, ?, ?) RETURNING row"
        row = self.file.execute(query, (table, number, plain))[0][0]
        self._enter(row, entries_of(self._indexes, table, document))

    def change(self, table: str, placed: Placed, change: Callable[[dict[str, Any]], None]) -> None:
        """Change a document in place; call it inside the transaction it was read in."""
        old = entries_of(self._indexes, table, placed.document)
        change(placed.document)
        plain = json.dumps(placed.document)
        if plain == placed.plain:
            return
        self.file.execute("UPDATE documents SET doc = ? WHERE row = ?", (plain, placed.row))
        new = entries_of(self._indexes, table, placed.document)
        self._withdraw(placed.row, old - new)
        self._enter(placed.row, new - old)

    def remove(self, table: str, placed: Placed) -> None:
        """Remove a document; call it inside the transaction it was read in."""
        self.file.execute("DELETE FROM documents WHERE row = ?", (placed.row,))
        self._withdraw(placed.row, entries_of(self._indexes, table, placed.document))

    def clear(self, table: str) -> None:
        """Remove all documents of a table."""
        with self.file.transaction():
            for index in self._indexes.get(table, {}):
                self.file.execute("DELETE FROM entries WHERE name = ?", (f"{table}.{index}",))
            self.file.execute("DELETE FROM documents WHERE tab = ?", (table,))

    def _enter(self, row: int, entries: Iterable[tuple[str, str, str]]) -> None:
        rows = ((name, key, rank, row) for name, key, rank in entries)
        self.file.execute_many("INSERT INTO entries (name, key, rank, row) VALUES (?, ?, ?, ?)", rows)

    def _withdraw(self, row: int, entries: Iterable[tuple[str, str, str]]) -> None:
        rows = ((name, key, rank, row) for name, key, rank in entries)
        self.file.execute_many("DELETE FROM entries WHERE name = ? AND key = ? AND rank = ? AND row = ?", rows)

    def _placed(self, row: tuple[int, int, str]) -> Placed:
        place, number, plain = row
        return Placed(place, number, plain, schema.decoded(self.file, plain))
