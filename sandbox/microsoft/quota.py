"""What one app may ask of one mailbox: so many requests in ten minutes, four at a time, thirty letters a minute."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.clock import Clock
from sandbox.microsoft.refusals import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Microsoft Graph service-specific throttling limits, Outlook; Exchange Online sending limits."""

    requests: int = 10_000
    window: timedelta = timedelta(minutes=10)
    concurrent: int = 4
    letters: int = 30
    letters_window: timedelta = timedelta(minutes=1)


class Quota:
    """Counts by the virtual clock. Thread-safe. Calls turned away count as well."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._clock = clock
        self.limits = limits
        self._lock = threading.Lock()
        self._requests: deque[datetime] = deque()
        self._letters: deque[datetime] = deque()
        self._running = 0
        #: requests so far, those turned away included
        self.asked = 0

    @contextmanager
    def request(self) -> Iterator[None]:
        """Room for one request while it runs.

        :raises Refusal: 429
        """
        with self._lock:
            self.asked += 1
            wait = self._enter(self._requests, self.limits.window, self.limits.requests)
            crowded = self._running >= self.limits.concurrent
            if not wait and not crowded:
                self._running += 1
        if wait:
            raise _throttled("ApplicationThrottled", "Application is over its request limit.", wait)
        if crowded:
            raise _throttled("ApplicationThrottled", "Application is over its MailboxConcurrency limit.", 1.128)
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1

    def letter(self) -> None:
        """Room for one letter.

        :raises Refusal: 429
        """
        with self._lock:
            wait = self._enter(self._letters, self.limits.letters_window, self.limits.letters)
        if wait:
            raise _throttled("ErrorExceededMessageLimit", "The message submission rate limit was exceeded.", wait)

    def _enter(self, entries: deque[datetime], window: timedelta, most: int) -> float:
        """Count one, and say how many seconds it is too early; 0 when it is not."""
        now = self._clock.now()
        while entries and entries[0] <= now - window:
            entries.popleft()
        entries.append(now)
        if len(entries) <= most:
            return 0.0
        return (entries[-most - 1] + window - now).total_seconds() + 0.128


def _throttled(code: str, message: str, wait: float) -> Refusal:
    return Refusal(429, code, message, {"Retry-After": f"{wait:.3f}"})
