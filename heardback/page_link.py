"""The page that runs on a data folder: a lock held for its life, and its opening link, for its owner to find."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from heardback.errors import Failed
from heardback.sole import is_held, sole


class AnotherPage(Failed):
    """One is starting on this folder already, and has no link yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningPage:
    """A page that runs now."""

    #: with the key in it: whoever has it can open the page
    link: str = field(repr=False)
    #: of the system; 0: not known
    process: int

    @property
    def address(self) -> str:
        """Where it is, without the key."""
        parts = urlsplit(self.link)
        return f"{parts.scheme}://{parts.netloc}"


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
    """Write the link down for other processes of the same person; the caller is the sole page."""
    _file(folder).unlink(missing_ok=True)  # what a killed process left
    with os.fdopen(os.open(_file(folder), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump({"link": link, "process": os.getpid()}, file)


def running_page(folder: Path) -> RunningPage | None:
    """The page that runs on this folder now; None if none does, whatever a killed one left."""
    return _read(folder) if _file(folder).exists() and is_held(_lock_file(folder)) else None


def _read(folder: Path) -> RunningPage:
    try:
        found = json.loads(_file(folder).read_text("utf-8"))
        return RunningPage(link=str(found["link"]), process=int(found["process"]))
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise Failed(
            f"A page runs, but its link in {_file(folder)} cannot be read: stop the page and start it again."
        ) from err


def _lock_file(folder: Path) -> Path:
    return folder / "page.lock"


def _file(folder: Path) -> Path:
    return folder / "page.link"
