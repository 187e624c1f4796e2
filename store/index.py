"""What documents can be found by without reading them all."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

#: a key to find a document under, and the rank that orders the documents of one key (text; "" where none is needed)
Entry = tuple[str, str]
#: which entries a document has; several where it has several Message-IDs, none where it is not to be found this way
Entries = Callable[[Mapping[str, Any]], Iterable[Entry]]
#: table name, then index name
Indexes = Mapping[str, Mapping[str, Entries]]

#: sorts after every rank
LAST = "\U0010ffff"


def text(value: str) -> str:
    """A key as SQLite can hold it: raw 8-bit header text gives lone surrogates, which are no UTF-8."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def entries_of(indexes: Indexes, table: str, document: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    """Every entry a document of this table has, as (`table.index`, key, rank)."""
    return {
        (f"{table}.{name}", text(key), text(rank))
        for name, entries in indexes.get(table, {}).items()
        for key, rank in entries(document)
    }
