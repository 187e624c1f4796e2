"""Whether a page is still as it was shown: a mark that changes with the ledger, the worker and the passing of time."""

from collections.abc import Callable

from heardback.house import House
from heardback.web.reading import ReadNow
from heardback.web.sign_in import SignIn
from heardback.worker_lock import holder

#: seconds after which a page is old although nothing happened: it says how long ago things were
_OLD = 300


class Live:
    """Watches the ledger by a connection of its own, which feels every commit of another without reading anything."""

    def __init__(self, house: Callable[[], House], sign_in: SignIn, read_now: ReadNow) -> None:
        self._house = house()
        # opened now, by one thread: a ledger that cannot be used is told where the page is started
        self._ledger = self._house.ledger
        self._sign_in = sign_in
        self._read_now = read_now

    def mark(self) -> str:
        """The mark of this moment."""
        worker = "1" if holder(self._house.settings.folder) else "0"
        return f"{self.state()}-{self._sign_in.turn}-{self._read_now.turn}-{worker}"

    def state(self) -> str:
        """That of the ledger and the clock alone: what is worked out from them holds until it changes."""
        return f"{self._ledger.pulse()}-{int(self._house.clock.now().timestamp()) // _OLD}"

    def close(self) -> None:
        """Release the ledger."""
        self._house.__exit__(None, None, None)
