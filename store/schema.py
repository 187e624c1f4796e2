"""The layout of the file, its schema version, and bringing an older file up to date."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from store.file import File, corrupt
from store.index import Indexes, entries_of
from store.ledger import NewerSchema

_SHARED = re.compile(r"one of the \d+ who got the same mail pressed the button in it, it cannot be told who")

#: One step from a schema version to the next: the table's name and a document of it go in, the document as it should
#: be comes out, or None if it is to be dropped. Pure, so that an exported file can be brought up to date the same way.
Migration = Callable[[str, dict[str, Any]], dict[str, Any] | None]


def _as_it_is(_table: str, document: dict[str, Any]) -> dict[str, Any]:
    return document


def _look_for_questions_anew(table: str, document: dict[str, Any]) -> dict[str, Any]:
    """Whether mail asks a question was guessed from its first words, and what is known is never looked for again."""
    return document | {"asks_question": None} if table == "items" else document


def _one_of_several(table: str, document: dict[str, Any]) -> dict[str, Any]:
    """What was written down of each who got a mail, one of whom opted out, is marked so; of which mail is not known."""
    if table == "choices" and not document.get("mail") and _SHARED.fullmatch(document["how"]):
        return {**document, "mail": "unknown"}
    return document


#: Steps from version 1 on, oldest first; the n-th leads from version n to n+1.
MIGRATIONS: tuple[Migration, ...] = (
    _as_it_is,  # 2: evidence is found by recipient too, and a person's decisions are evidence
    # 3: items are found by our mark, evidence by a hint too; tracked mail, readers' choices, the relay are remembered
    _as_it_is,
    _as_it_is,  # 4: hits and tokens are found by age; people who were forgotten are known by a mark
    # 5: people's answers are found by thread, and by the ids they refer to; questions are found in all that was written
    _look_for_questions_anew,
    _one_of_several,  # 6: of an opt-out by one of several it is known that it was
)

#: "HBck": marks a SQLite file as ours (PRAGMA application_id)
_OURS = 0x4842636B

#: Documents lie in ordinary rows, because long ones would make the tree of a WITHOUT ROWID table deep; entries are
#: nothing but their key. `row` is never used twice while an entry names it: both go in one transaction.
_LAYOUT = (
    "CREATE TABLE documents (row INTEGER PRIMARY KEY, tab TEXT NOT NULL, id INTEGER NOT NULL, doc TEXT NOT NULL,"
    " UNIQUE (tab, id))",
    "CREATE TABLE entries (name TEXT, key TEXT, rank TEXT, row INTEGER, PRIMARY KEY (name, key, rank, row))"
    " WITHOUT ROWID",
    f"PRAGMA application_id = {_OURS}",
)


def current(migrations: tuple[Migration, ...]) -> int:
    """The schema version this program writes."""
    return len(migrations) + 1


def decoded(file: File, plain: str) -> dict[str, Any]:
    """A document as it was stored."""
    try:
        document: dict[str, Any] = json.loads(plain)
    except ValueError as error:
        raise corrupt(file.path, "a document in it is damaged") from error
    return document


def migrated(
    table: str, document: dict[str, Any], version: int, migrations: tuple[Migration, ...]
) -> dict[str, Any] | None:
    """A document of an older schema version as it is today; None if it is no longer kept."""
    for step in migrations[version - 1 :]:
        changed = step(table, document)
        if changed is None:
            return None
        document = changed
    return document


def refuse_newer(path: Path, version: int, migrations: tuple[Migration, ...]) -> None:
    """:raises NewerSchema: the file is of a later version than we know"""
    if version > current(migrations):
        raise NewerSchema(
            f"{path}: it was written by a newer Heardback (schema {version}, this one knows {current(migrations)});"
            " install the newer version again. The file was left as it is"
        )


def prepare(file: File, indexes: Indexes, migrations: tuple[Migration, ...]) -> None:
    """Make an open file ready for work: lay out an empty one, bring an older one up to date, refuse any other.

    A file that is refused is not written to.

    :raises NewerSchema, CorruptStore, StoreBusy, StoreUnwritable:
    """
    version = _version(file)
    refuse_newer(file.path, version, migrations)
    file.write_ahead()
    file.execute("PRAGMA synchronous = FULL")  # a commit that returned survives a power cut
    file.execute("PRAGMA secure_delete = ON")  # what a person erases is overwritten, not only unlinked
    if version == 0:
        _lay_out(file, migrations)
    elif version < current(migrations):
        _migrate(file, indexes, migrations)


def _version(file: File) -> int:
    """Schema version of the file, 0 for an empty one."""
    with file.snapshot():  # another process may be laying it out just now
        version, owner = (file.execute(f"PRAGMA {what}")[0][0] for what in ("user_version", "application_id"))
        holds_something = bool(file.execute("SELECT 1 FROM sqlite_schema LIMIT 1"))
    if owner == _OURS and version > 0:
        return int(version)
    if owner or version or holds_something:
        raise corrupt(file.path, "it is a database of some other program")
    return 0


def _lay_out(file: File, migrations: tuple[Migration, ...]) -> None:
    with file.transaction():
        if _version(file):  # another process was faster
            return
        for statement in _LAYOUT:
            file.execute(statement)
        file.execute(f"PRAGMA user_version = {current(migrations)}")


def _migrate(file: File, indexes: Indexes, migrations: tuple[Migration, ...]) -> None:
    """Bring every document up to date in one transaction, after a backup beside the file."""
    with file.transaction():
        version = _version(file)
        if version >= current(migrations):  # another process was faster
            return
        file.backup(file.path.with_name(f"{file.path.name}.version-{version}"))
        file.execute("DELETE FROM entries")
        last = 0
        while rows := file.execute("SELECT row, tab, doc FROM documents WHERE row > ? ORDER BY row LIMIT 500", (last,)):
            for row, table, plain in rows:
                document = migrated(table, decoded(file, plain), version, migrations)
                _bring_up_to_date(file, row, table, document, indexes)
            last = rows[-1][0]
        file.execute(f"PRAGMA user_version = {current(migrations)}")


def _bring_up_to_date(file: File, row: int, table: str, document: dict[str, Any] | None, indexes: Indexes) -> None:
    if document is None:
        file.execute("DELETE FROM documents WHERE row = ?", (row,))
        return
    file.execute("UPDATE documents SET doc = ? WHERE row = ?", (json.dumps(document), row))
    entries = ((*entry, row) for entry in entries_of(indexes, table, document))
    file.execute_many("INSERT INTO entries (name, key, rank, row) VALUES (?, ?, ?, ?)", entries)
