"""Virtual time: days pass in seconds, and what is due happens in order."""

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

#: Monday morning; every run of the sandbox starts here unless told otherwise
START = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved. Safe to use from several threads."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._order = itertools.count()
        self._events: list[tuple[datetime, int, Callable[[], None]]] = []
        self._lock = threading.RLock()

    def now(self) -> datetime:
        """The virtual moment, UTC."""
        return self._now

    def at(self, moment: datetime, event: Callable[[], None]) -> None:
        """Let something happen when the clock gets there; at once in the next move if that is past."""
        with self._lock:
            heapq.heappush(self._events, (moment, next(self._order), event))

    def after(self, delay: timedelta, event: Callable[[], None]) -> None:
        """Let something happen after a while."""
        self.at(self._now + delay, event)

    def advance(self, by: timedelta) -> None:
        """Move on, and let everything due on the way happen at its own time."""
        with self._lock:
            goal = self._now + by
            while self._events and self._events[0][0] <= goal:
                moment, _, event = heapq.heappop(self._events)
                self._now = max(self._now, moment)
                event()
            self._now = goal

    def sleep(self, seconds: float) -> None:
        """What a client does instead of waiting."""
        self.advance(timedelta(seconds=seconds))
