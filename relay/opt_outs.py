"""The readers who opted out, by the names only the owner can read: in memory, and in one small file."""

from collections.abc import Iterable
from pathlib import Path

from relay.disk import replace


class OptOuts:
    """Who is left alone. A change counts at once; `save` makes it durable."""

    def __init__(self, file: Path) -> None:
        """Read the file, if there is one; its folder must exist.

        :raises OSError: it cannot be read
        """
        self._file = file
        self._readers = self._saved = frozenset(file.read_text("ascii").split() if file.exists() else ())

    @property
    def are_saved(self) -> bool:
        """Whether every change so far is durable."""
        return self._readers is self._saved

    def hold(self, readers: Iterable[str]) -> bool:
        """Whether one of these readers opted out."""
        return not self._readers.isdisjoint(readers)

    def change(self, *, out: Iterable[str] = (), back: Iterable[str] = ()) -> bool:
        """Readers who opt out, and readers who are welcome again.

        :returns: whether anything changed
        """
        after = self._readers.difference(back).union(out)
        if after == self._readers:
            return False
        self._readers = after
        return True

    def save(self) -> None:
        """Make every change so far durable; call it from the thread of the disk.

        :raises OSError: the disk refused; what was saved before is kept
        """
        readers = self._readers
        replace(self._file, "".join(f"{each}\n" for each in sorted(readers)).encode())
        self._saved = readers
