"""The page that runs on a data folder: a lock held for its life, and its opening link, for its owner to find."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from heardback.errors import Failed
from heardback.sole import is_held, sole

#: of a page that runs, as a sentence's end
UNREADABLE = "its link in page.link of the data folder cannot be read: stop the page and start it again"


class AnotherPage(Failed):
    """One is starting on this folder already, and has no link yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningPage:
    """A page that runs now."""

    #: with the key in it: whoever has it can open the page; empty: what was written down of it cannot be read
    link: str = field(repr=False)
    #: of the system; 0: likewise
    process: int

    @property
    def address(self) -> str:
        """Where it is, without the key; empty if that cannot be read."""
        return self.link.partition("/open?")[0]

    @property
    def named(self) -> str:
        """Where it is, as a sentence's end."""
        return f"at {self.address} in process {self.process}" if self.link else f"but {UNREADABLE}"


@contextmanager
def sole_page(folder: Path) -> Iterator[None]:
    """Be the only page on this folder while the block runs; its link is kept by `keep`.

    :raises AnotherPage: one runs already, or is starting
    """
    starting = f"A page is just starting on {folder}. Try again in a moment."
    with sole(_lock_file(folder), otherwise=lambda: AnotherPage(starting)):
        try:
            yield
        finally:
            _file(folder).unlink(missing_ok=True)


def keep(folder: Path, link: str) -> None:
    """Write the link down for other processes of the same person; the caller is the sole page.

    :raises Failed: it cannot be written
    """
    new = _file(folder).with_suffix(".new")
    try:
        new.unlink(missing_ok=True)  # what a killed process left
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump({"link": link, "process": os.getpid()}, file)
        new.replace(_file(folder))
    except OSError as err:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise Failed(
            f"The link of the page cannot be written into {folder}: {err.strerror}. Make room there, or let it be "
            "written to."
        ) from err


def running_page(folder: Path) -> RunningPage | None:
    """The page that runs on this folder now; None if none does, whatever a killed one left."""
    return _read(folder) if _file(folder).exists() and is_held(_lock_file(folder)) else None


def _read(folder: Path) -> RunningPage | None:
    try:
        found = json.loads(_file(folder).read_text("utf-8"))
        link, process = found["link"], found["process"]
    except FileNotFoundError:
        return None  # it has just ended
    except (OSError, ValueError, KeyError, TypeError):
        link = process = None
    if isinstance(link, str) and link.startswith(("http://", "https://")) and isinstance(process, int):
        return RunningPage(link=link, process=process)
    return RunningPage(link="", process=0)


def _lock_file(folder: Path) -> Path:
    return folder / "page.lock"


def _file(folder: Path) -> Path:
    return folder / "page.link"
