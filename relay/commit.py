"""Group commit: hits that come while the disk is busy go to it together, and each waits no longer than it must.

No time is spent waiting for company: the running write is the window in which the next batch gathers.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from relay.journal import Hit, Journal

#: seconds before a disk that refused is asked again
RETRY = 1.0
#: hits held in memory while the disk is slow or refuses; further ones are given up
MOST_WAITING = 20_000

_LOG = logging.getLogger(__name__)
_R = TypeVar("_R")


class Commit:
    """Takes hits on the event loop and brings them to the disk in one thread, which is the only one that uses it."""

    def __init__(self, journal: Journal, *, patience: float) -> None:
        """Write to a journal.

        :param patience: seconds after which a request is answered although the disk is not done; the hit follows
        """
        self.journal = journal
        self._patience = patience
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="relay-disk")
        self._waiting: list[Hit] = []
        #: resolved when the batch that is gathering is durable, or has waited long enough
        self._gathering: asyncio.Future[None] | None = None
        self._writer: asyncio.Task[None] | None = None
        #: the disk refused the last write
        self.is_failing = False
        #: hits given up because the disk was slow or refused for too long
        self.lost = 0

    async def settle(self, hit: Hit | None) -> None:
        """Return when the hit is durable, after our patience, or at once while the disk refuses.

        :param hit: None takes as long and leaves no trace, so that nobody can tell by the clock what was recorded
        """
        if hit is not None and len(self._waiting) >= MOST_WAITING:
            self.lost += 1
        elif hit is not None:
            self._waiting.append(hit)
        if not self.is_failing:
            await self._turn()

    async def run(self, work: Callable[[], _R]) -> _R:
        """Do something else in the thread of the disk, in its turn.

        :raises OSError: the disk refused
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def close(self) -> None:
        """Bring what waits to the disk, and give it up if it still refuses."""
        self.is_failing = False
        await self._turn()
        if self._writer:
            await self._writer
        self._thread.shutdown()
        self.journal.close()

    def _turn(self) -> "asyncio.Future[None]":
        """The end of the batch that is gathering."""
        if self._gathering is None:
            loop = asyncio.get_running_loop()
            self._gathering = loop.create_future()
            loop.call_later(self._patience, _release, self._gathering)
            self._writer = self._writer or loop.create_task(self._write())
        return self._gathering

    async def _write(self) -> None:
        try:
            while self._gathering is not None:
                hits, self._waiting = self._waiting, []
                batch, self._gathering = self._gathering, None
                await self._write_batch(hits)
                _release(batch)
        finally:
            self._writer = None

    async def _write_batch(self, hits: list[Hit]) -> None:
        try:
            await self.run(lambda: self.journal.write(hits))
        except OSError as err:
            if not self.is_failing:
                _LOG.error("The disk refuses hits (%s); they wait in memory.", err.strerror)
            self.is_failing = True
            kept = hits + self._waiting
            self.lost += max(len(kept) - MOST_WAITING, 0)
            self._waiting = kept[:MOST_WAITING]
            asyncio.get_running_loop().call_later(RETRY, self._try_again)
        else:
            self.is_failing = False

    def _try_again(self) -> None:
        self._turn()


def _release(batch: "asyncio.Future[None]") -> None:
    if not batch.done():
        batch.set_result(None)
