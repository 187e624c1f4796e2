"""One worker on one data folder: a lock held for the worker's life, and who holds it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from heardback.errors import Failed
from scheduler.bell import Bell


class AnotherWorker(Failed):
    """One is at work on this folder already."""


@contextmanager
def sole_worker(folder: Path) -> Iterator[None]:
    """Be the only worker on this folder while the block runs.

    :raises AnotherWorker: says which
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(folder / "worker.lock", mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout as err:
        raise AnotherWorker(
            f"Another worker already reads {folder} ({_named(folder)}). Stop it first, or leave it to it."
        ) from err
    try:
        _name_file(folder).touch(mode=0o600)
        _name_file(folder).write_text(f"process {os.getpid()}", "utf-8")
        yield
    finally:
        _name_file(folder).unlink(missing_ok=True)
        lock.release()


def holder(folder: Path) -> str:
    """Who works on this folder now; empty if nobody does."""
    if not _name_file(folder).exists():
        return ""
    lock = FileLock(folder / "worker.lock", mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return _named(folder)
    lock.release()
    return ""


def bell_in(folder: Path) -> Bell:
    """The bell by which whoever works on this folder is asked to read all of it now."""
    return Bell(file=folder / "worker.bell")


def _name_file(folder: Path) -> Path:
    return folder / "worker.name"


def _named(folder: Path) -> str:
    try:
        return _name_file(folder).read_text("utf-8")
    except OSError:
        return "another process"
