"""A ledger out to plain JSON that stock TinyDB opens, and back in."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from store import schema
from store.index import entries_of
from store.ledger import StoreError, StoreUnwritable
from store.records import from_document
from store.tables import INDEXES, KINDS, META
from store.tiny import TinyLedger

#: table, document id, document
Numbered = tuple[str, int, dict[str, Any]]

#: an id as TinyDB writes it, and no longer than SQLite keeps
_NUMBER = re.compile("[1-9][0-9]{0,17}")


def write_export(ledger: TinyLedger, file: Path | str) -> None:
    """Write everything to a file only the owner can read, one document a line; it appears whole or not at all.

    :param file: replaced if it is there
    :raises StoreUnwritable: it cannot be written
    """
    target = Path(file)
    ledger.refuse_itself(target)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with open(unfinished, "w", encoding="ascii", opener=_private) as stream, ledger.snapshot():
            _write(stream, ledger.documents())
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(target)
    except OSError as error:
        raise StoreUnwritable(f"{target}: it cannot be written ({error.strerror}); choose another place") from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


def read_import(path: Path | str, file: Path | str) -> None:
    """Read an exported file, also one of an older version, into a new or empty ledger; all of it or nothing.

    :param path: the ledger
    :param file: the exported file; it is checked whole before the ledger is touched
    :raises NewerSchema: the export was written by a newer version
    :raises StoreError: it is no export, or the ledger is not empty
    """
    documents = tuple(_documents(Path(file)))
    ledger = TinyLedger(path)
    try:
        ledger.restore(documents)
    finally:
        ledger.close()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _write(stream: IO[str], documents: Iterator[Numbered]) -> None:
    """TinyDB's layout, `{table: {id: document}}`, without ever holding it whole."""
    opening = "{"
    for table, rows in groupby(documents, key=lambda each: each[0]):
        stream.write(f"{opening}\n{json.dumps(table)}: ")
        opening = "{"
        for _, number, document in rows:
            stream.write(f'{opening}\n"{number}": {json.dumps(document)}')
            opening = ","
        stream.write("\n}")
        opening = ","
    stream.write("\n}\n")


def _documents(file: Path) -> Iterator[Numbered]:
    """The documents of an exported file as they are today, each checked."""
    tables = _tables(file)
    version = tables.pop(META, {}).get("1", {}).get("schema")
    if type(version) is not int or version < 1:
        raise _refused(file, "it does not say its schema version")
    schema.refuse_newer(file, version, schema.MIGRATIONS)
    for table, documents in tables.items():
        for number, document in documents.items():
            current = schema.migrated(table, document, version, schema.MIGRATIONS)
            if current is not None:
                yield table, _checked(file, table, number, current), current


def _tables(file: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """What is in the file, certain to be documents by table and id."""
    try:
        whole: dict[str, dict[str, dict[str, Any]]] = json.loads(file.read_bytes())
    except OSError as error:
        raise _refused(file, f"it cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise _refused(file, f"it is not JSON ({error})") from error
    layers: list[Any] = [whole]
    for _ in range(3):
        if not all(isinstance(each, dict) for each in layers):
            raise _refused(file, "it is not laid out as table, document id, document")
        layers = [inner for each in layers for inner in each.values()]
    return whole


def _checked(file: Path, table: str, number: str, document: dict[str, Any]) -> int:
    """The id of a document that the ledger will be able to read."""
    if table not in KINDS:
        raise _refused(file, f"there is no table {table} in a ledger")
    if not _NUMBER.fullmatch(number):
        raise _refused(file, f"{number} is no document id")
    try:
        from_document(KINDS[table], document)
        entries_of(INDEXES, table, document)
    except KeyError as error:
        raise _refused(file, f"document {number} of {table} is without {error}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise _refused(file, f"document {number} of {table} cannot be read: {error}") from error
    return int(number)


def _refused(file: Path, why: str) -> StoreError:
    return StoreError(f"{file}: {why}; nothing was imported. Give a file that heardback export wrote")
