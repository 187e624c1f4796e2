"""Counts the places of a ledger's file in which an address can still be read, its free space included."""

import mmap
import re
from pathlib import Path

from store.database import Database
from store.person import longer, spellings, texts
from store.schema import MIGRATIONS
from store.tables import INDEXES


def traces(path: Path, address: str) -> int:
    """How often the bytes of an address stand in the ledger and its side file, not as part of somebody else's.

    No connection of this process may be open meanwhile: on POSIX systems, reading the file beside SQLite and closing
    it gives up SQLite's locks (sqlite.org/howtocorrupt.html, section 2.2).

    :param address: normalised
    """
    others = _others(path, address)
    files = (path, path.with_name(f"{path.name}-wal"))
    return sum(_count(each, address, others) for each in files if each.exists())


def _others(path: Path, address: str) -> tuple[bytes, ...]:
    """Longer addresses in the ledger that contain this one, `jo-ann@example.org`, as they lie in the file."""
    database = Database(path, indexes=INDEXES, migrations=MIGRATIONS)
    try:
        found = database.storage.mentioning(spellings(address)[-2:])
        names = {name for _, placed in found for text in texts(placed.document) for name in longer(text, address)}
    finally:
        database.close()
    return tuple(spelt for name in names for spelt in _bytes(name))


def _count(file: Path, address: str, others: tuple[bytes, ...]) -> int:
    if not file.stat().st_size:
        return 0
    wanted = re.compile(b"|".join(re.escape(each) for each in _bytes(address)), re.IGNORECASE)
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return sum(not _is_part(found, content, others) for found in wanted.finditer(content))


def _is_part(found: re.Match[bytes], content: mmap.mmap, others: tuple[bytes, ...]) -> bool:
    """Whether what was found belongs to one of the others."""
    inside = [(each, found.start() - at) for each in others if (at := each.find(found[0].lower())) >= 0]
    return any(content[start : start + len(each)].lower() == each for each, start in inside if start >= 0)


def _bytes(address: str) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(each.encode("utf-8", "backslashreplace") for each in spellings(address)))
