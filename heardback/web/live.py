"""Whether a page is still as it was shown: a mark that changes with the ledger, the worker and the passing of time."""

import threading
from collections.abc import Callable
from pathlib import Path

from heardback.house import House
from heardback.web.reading import ReadNow
from heardback.web.sign_in import SignIn
from heardback.worker_lock import holder

#: seconds after which a page is old although nothing happened: it says how long ago things were
_OLD = 300


class Live:
    """Watches the ledger by a connection of its own, which feels every commit of another without reading anything.

    It feels nothing any more once another file is in the ledger's place, as after `heardback restore`: then it goes to
    that one.
    """

    def __init__(self, house: Callable[[], House], sign_in: SignIn, read_now: ReadNow) -> None:
        self._open = house
        self._sign_in = sign_in
        self._read_now = read_now
        self._lock = threading.Lock()
        #: files that were in the ledger's place
        self._files = 1
        # opened now, by one thread: a ledger that cannot be used is told where the page is started
        self._house = house()
        self._file = _file_of(self._house.ledger.path)

    def mark(self) -> str:
        """The mark of this moment.

        :raises StoreError: the ledger cannot be used
        :raises OSError: it is not there
        """
        worker = "1" if holder(self._house.settings.folder) else "0"
        return f"{self.state()}-{self._sign_in.turn}-{self._read_now.turn}-{worker}"

    def state(self) -> str:
        """That of the ledger and the clock alone: what is worked out from them holds until it changes."""
        with self._lock:
            self._follow()
            house, pulse = self._house, self._house.ledger.pulse()
        return f"{self._files}-{pulse}-{int(house.clock.now().timestamp()) // _OLD}"

    def close(self) -> None:
        """Release the ledger."""
        self._house.__exit__(None, None, None)

    def _follow(self) -> None:
        """Open the file that is in the ledger's place now, if that is another one."""
        found = _file_of(self._house.ledger.path)
        if found == self._file:
            return
        fresh = self._open()
        fresh.ledger.pulse()
        self._house.__exit__(None, None, None)
        self._house, self._file, self._files = fresh, found, self._files + 1


def _file_of(path: Path) -> tuple[int, int]:
    """Which file has this name now."""
    found = path.stat()
    return found.st_dev, found.st_ino
