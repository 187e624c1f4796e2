"""A bell by which a person has the mailboxes read now: a file, so that the worker hears it whatever process it is."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    """It rings, however often it was rung, until all was read."""

    #: its folder is private
    file: Path

    @property
    def rings(self) -> bool:
        """A reading is asked for, and not done yet."""
        return self.file.exists()

    def ring(self) -> None:
        """Ask for a reading."""
        self.file.touch(mode=0o600)

    def silence(self) -> None:
        """All was read since."""
        self.file.unlink(missing_ok=True)
