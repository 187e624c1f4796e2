"""One worker on one data folder: a lock held for the worker's life, and who holds it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from heardback.errors import Failed
from heardback.sole import is_held, sole
from scheduler.bell import Bell


class AnotherWorker(Failed):
    """One is at work on this folder already."""


@contextmanager
def sole_worker(folder: Path) -> Iterator[None]:
    """Be the only worker on this folder while the block runs.

    :raises AnotherWorker: says which
    """
    with sole(_lock_file(folder), otherwise=lambda: _another(folder)):
        try:
            _name_file(folder).touch(mode=0o600)
            _name_file(folder).write_text(f"process {os.getpid()}", "utf-8")
            yield
        finally:
            _name_file(folder).unlink(missing_ok=True)


def holder(folder: Path) -> str:
    """Who works on this folder now; empty if nobody does."""
    return _named(folder) if _name_file(folder).exists() and is_held(_lock_file(folder)) else ""


def bell_in(folder: Path) -> Bell:
    """The bell by which whoever works on this folder is asked to read all of it now."""
    return Bell(file=folder / "worker.bell")


def _another(folder: Path) -> AnotherWorker:
    return AnotherWorker(f"Another worker already reads {folder} ({_named(folder)}). Stop it first, or leave it to it.")


def _lock_file(folder: Path) -> Path:
    return folder / "worker.lock"


def _name_file(folder: Path) -> Path:
    return folder / "worker.name"


def _named(folder: Path) -> str:
    try:
        return _name_file(folder).read_text("utf-8")
    except OSError:
        return "another process"
