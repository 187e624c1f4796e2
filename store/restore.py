"""A backup back in the place of a ledger, damaged or not."""

import os
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

from store.file import make_private
from store.ledger import StoreError, StoreUnwritable
from store.tiny import TinyLedger


def restore_backup(path: Path, backup: Path, *, prepare: Callable[[TinyLedger], None]) -> Path | None:
    """Put a backup in the place of a ledger; the file that was there is kept beside it.

    The backup is copied, brought up to date and checked whole first: until the last step, the ledger is as it was.

    :param prepare: does to the copy what must be done before anybody works with it
    :return: where the file that was there lies now; None if there was none
    :raises StoreError: the backup is none, is damaged, was written by a newer version, or cannot be copied
    """
    if not backup.is_file() or backup.resolve() == path.resolve():
        raise StoreError(f"{backup}: it is no backup; give a file that heardback backup wrote")
    fresh = path.with_name(f".{path.name}.restored")
    try:
        _forget(fresh)
        make_private(fresh)
        fresh.write_bytes(backup.read_bytes())
        with closing(TinyLedger(fresh)) as ledger:
            ledger.check()
            prepare(ledger)
        aside = _put_aside(path) if path.exists() else None
        fresh.replace(path)
    except OSError as error:
        raise StoreUnwritable(f"{path}: it cannot be replaced ({error.strerror}); nothing was changed") from error
    finally:
        _forget(fresh)
    return aside


def _put_aside(path: Path) -> Path:
    """Give a ledger's file another name beside its own, with the commits that are not in it yet."""
    with suppress(StoreError):
        TinyLedger(path).close()  # puts into the file what is only in its side file yet
    names = (path.with_name(f"{path.name}.before-restore-{number}") for number in count(1))
    aside = next(each for each in names if not each.exists())
    for side in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + side).replace(aside.with_name(aside.name + side))
    os.link(path, aside)
    return aside


def _forget(file: Path) -> None:
    for each in ("", "-wal", "-shm"):
        file.with_name(file.name + each).unlink(missing_ok=True)
