"""A TinyDB table on rows: the same verbs and results, at the cost of the documents touched.

Only public methods of `tinydb.table.Table` are overridden; `all`, `contains` and `count` are inherited and rest on
them. Two things differ from stock TinyDB: nothing is cached (another process may write at any time, and every document
handed out is a fresh copy), and documents come in the order of their ids.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, cast

from tinydb.queries import QueryLike
from tinydb.table import Document, Table

from store.index import LAST
from store.storage import Placed, SqliteStorage

#: fields to set, or a function that changes the document in place
Change = Mapping[str, Any] | Callable[[MutableMapping[str, Any]], None]


class SqliteTable(Table):
    """A TinyDB table kept by `SqliteStorage`. Each method is one commit, or part of the transaction around it."""

    @property
    def storage(self) -> SqliteStorage:
        """Where the documents lie."""
        return cast("SqliteStorage", super().storage)

    def find(self, index: str, *keys: str, first: str = "", last: str = LAST, newest: bool = False) -> list[Document]:
        """The documents with one of these keys in one of the table's indexes, without reading any other.

        :param index: name of the index
        :param keys: a document that has several of them comes once for each
        :param first: lowest rank wanted
        :param last: highest rank wanted
        :param newest: highest rank first
        """
        found = self.storage.find(self.name, index, *keys, first=first, last=last, newest=newest)
        return [_document(placed) for placed in found]

    def insert(self, document: Mapping[str, Any]) -> int:
        """Add a document and give its id: the next free one, or that of a `Document`."""
        return self.insert_multiple((document,))[0]

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[int]:
        """Add documents, all or none, and give their ids."""
        arriving = list(documents)  # before the transaction: making them may take its time
        with self.storage.file.transaction():
            return [self._insert(document) for document in arriving]

    def _insert(self, document: Mapping[str, Any]) -> int:
        if not isinstance(document, Mapping):
            raise ValueError("Document is not a Mapping")
        number = document.doc_id if isinstance(document, Document) else self.storage.next_number(self.name)
        if isinstance(document, Document) and self.storage.document(self.name, number):
            raise ValueError(f"Document with ID {number} already exists")
        self.storage.insert(self.name, number, document)
        return number

    def search(self, cond: QueryLike) -> list[Document]:
        """All documents a query holds for."""
        with self.storage.file.snapshot():
            return [_document(placed) for placed in self._chosen(cond)]

    def get(
        self, cond: QueryLike | None = None, doc_id: int | None = None, doc_ids: list[int] | None = None
    ) -> Any:  # a document, None or a list of documents: TinyDB declares it by seven overloads
        """The first document a query holds for, the one with an id, or the list of those with any of several ids."""
        if doc_id is not None:
            placed = self.storage.document(self.name, doc_id)
            return _document(placed) if placed else None
        if doc_ids is not None:
            with self.storage.file.snapshot():
                return [_document(placed) for placed in self._chosen(doc_ids=sorted(set(doc_ids)))]
        if cond is not None:
            with self.storage.file.snapshot():
                return next((_document(placed) for placed in self._chosen(cond)), None)
        raise RuntimeError("You have to pass either cond or doc_id or doc_ids")

    def update(self, fields: Change, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None) -> list[int]:
        """Change the documents with some ids, those a query holds for, or all; give the ids of those changed."""
        changed = []
        with self.storage.file.transaction():
            for placed in self._chosen(cond, doc_ids):
                self.storage.change(self.name, placed, lambda document: _apply(fields, document))
                changed.append(placed.number)
        return changed

    def update_multiple(self, updates: Iterable[tuple[Change, QueryLike]]) -> list[int]:
        """Apply each change to the documents its query holds for; give an id for each change made."""
        pairs = list(updates)
        changed = []

        with self.storage.file.transaction():
            for placed in self._chosen():
                wanted = self._change_where(placed, pairs)
                changed.extend([placed.number] * wanted)
        return changed

    def _change_where(self, placed: Placed, pairs: list[tuple[Change, QueryLike]]) -> int:
        made = 0

        def change(document: dict[str, Any]) -> None:
            nonlocal made
            for fields, cond in pairs:
                if cond(document):
                    _apply(fields, document)
                    made += 1

        self.storage.change(self.name, placed, change)
        return made

    def upsert(self, document: Mapping[str, Any], cond: QueryLike | None = None) -> list[int]:
        """Update the documents a query holds for (or the one with the `Document`'s id), or insert; in one commit."""
        with self.storage.file.transaction():
            return super().upsert(document, cond)

    def remove(self, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None) -> list[int]:
        """Remove the documents with some ids or those a query holds for; give their ids."""
        if cond is None and doc_ids is None:
            raise RuntimeError("Use truncate() to remove all documents")
        removed = []
        with self.storage.file.transaction():
            for placed in self._chosen(cond, doc_ids):
                self.storage.remove(self.name, placed)
                removed.append(placed.number)
        return removed

    def _chosen(self, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None) -> Iterator[Placed]:
        """The documents with some ids, those a query holds for, or all."""
        if doc_ids is not None:
            named = (self.storage.document(self.name, number) for number in doc_ids)
            return (placed for placed in named if placed)
        return (placed for placed in self.storage.documents(self.name) if cond is None or cond(placed.document))

    def truncate(self) -> None:
        """Remove all documents."""
        self.storage.clear(self.name)

    def __len__(self) -> int:
        return self.storage.count(self.name)

    def __iter__(self) -> Iterator[Document]:
        """All documents in the order of their ids, read piece by piece: writing meanwhile is safe."""
        return (_document(placed) for placed in self._chosen())


def _document(placed: Placed) -> Document:
    return Document(placed.document, placed.number)


def _apply(fields: Change, document: dict[str, Any]) -> None:
    if callable(fields):
        fields(document)
    else:
        document.update(fields)


def put(table: SqliteTable, known: list[Document], document: dict[str, Any]) -> None:
    """Replace the fields of the document that is known, or add a new one; call it inside a transaction."""
    if known:
        table.update(document, doc_ids=[known[0].doc_id])
    else:
        table.insert(document)
