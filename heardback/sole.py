"""A lock that one process holds for as long as it does its work in a folder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from heardback.errors import Failed

#: seconds
_A_MOMENT = 0.3


@contextmanager
def sole(lock: Path, *, otherwise: Callable[[], Failed]) -> Iterator[None]:
    """Hold a lock while the block runs; its folder is made if there is none.

    :param otherwise: what to raise if another process holds it
    :raises OSError: the folder cannot be used
    """
    lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = FileLock(lock, mode=0o600)
    try:
        # whoever asks whether it is held has it for a moment
        held.acquire(timeout=_A_MOMENT)
    except Timeout as err:
        raise otherwise() from err
    try:
        yield
    finally:
        held.release()


def is_held(lock: Path) -> bool:
    """Whether a process holds it now."""
    asked = FileLock(lock, mode=0o600)
    try:
        asked.acquire(timeout=0)
    except Timeout:
        return True
    asked.release()
    return False
