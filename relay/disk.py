"""How bytes become durable on the system at hand: Linux writes and waits in one call, others in two."""

import errno
import os
import sys
from pathlib import Path
from typing import BinaryIO

#: O_DSYNC for one write (Linux 4.7); 0 where there is none
_DSYNC = getattr(os, "RWF_DSYNC", 0)
#: what a kernel or a file system says that knows no such write
_UNKNOWN = {errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
#: only Windows opens files as text, which would change the ends of lines
_BINARY = getattr(os, "O_BINARY", 0)


def put(descriptor: int, content: bytes, at: int) -> int:
    """Write at a place, durable when this returns.

    :returns: how many bytes were taken: a disk that is nearly full takes a part without complaint
    :raises OSError: the disk refused
    """
    if _DSYNC:
        try:
            return os.pwritev(descriptor, [content], at, _DSYNC)
        except OSError as err:
            if err.errno not in _UNKNOWN:
                raise
    os.lseek(descriptor, at, os.SEEK_SET)
    taken = os.write(descriptor, content)
    _sync(descriptor)
    return taken


def opened(file: Path) -> BinaryIO:
    """A file to read and write, unbuffered, made for the owner only if it is missing."""
    return os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | _BINARY, 0o600), "r+b", buffering=0)


def replace(file: Path, content: bytes, *, stamp: float | None = None) -> None:
    """Put a file in place, durable, as a whole or not at all, for the owner only.

    :param stamp: time of change it is to have, in seconds since 1970
    """
    unfinished = file.with_name(f".{file.name}.new")
    with opened(unfinished) as fresh:
        fresh.truncate()
        fresh.write(content)
        _sync(fresh.fileno())
    if stamp is not None:
        os.utime(unfinished, (stamp, stamp))
    unfinished.replace(file)
    sync_folder(file.parent)


def _sync(descriptor: int) -> None:
    """Make a file durable; on macOS fsync leaves it in the drive's own memory."""
    if sys.platform == "darwin":
        import fcntl

        full = getattr(fcntl, "F_FULLFSYNC", None)  # not there where Linux stands in
        if full is not None:
            fcntl.fcntl(descriptor, full)
            return
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable; Windows opens no folder, and keeps names in its journal."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
