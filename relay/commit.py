"""Group commit: hits that come while the disk is busy go to it together, and each waits no longer than it must.

No time is spent waiting for company: the running write is the window in which the next batch gathers.
"""

import asyncio
import errno
import logging
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from threading import Thread
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
        # An executor makes a future with a lock for each turn, which takes longer than a hit does.
        self._turns: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = Thread(target=_take_turns, args=(self._turns,), name="relay-disk", daemon=True)
        self._thread.start()
        self._waiting: list[Hit] = []
        #: done when the batch that is gathering is durable, or has waited long enough
        self._gathering: asyncio.Future[None] | None = None
        #: a batch is on its way to the disk, or about to be
        self._is_writing = False
        #: the disk refused the last write
        self.is_failing = False
        #: hits given up because the disk was slow or refused for too long
        self.lost = 0

    def settle(self, hit: Hit | None) -> "asyncio.Future[None]":
        """Done when the hit is durable, after our patience, or at once while the disk refuses; many share one.

        :param hit: None takes as long and leaves no trace, so that nobody can tell by the clock what was recorded
        """
        if hit is not None and len(self._waiting) >= MOST_WAITING:
            self.lost += 1
        elif hit is not None:
            self._waiting.append(hit)
        return _over() if self.is_failing else self._turn()

    async def run(self, work: Callable[[], _R]) -> _R:
        """Do something else in the thread of the disk, in its turn.

        :raises OSError: the disk refused
        """
        done: Future[_R] = Future()
        self._turns.put(partial(_do, work, done))
        return await asyncio.wrap_future(done)

    async def flush(self) -> None:
        """Bring what came in so far to the disk: first what is on its way, then what has gathered meanwhile.

        :raises OSError: the disk refuses
        """
        for _ in range(2):
            self._turn()
            await self.run(lambda: None)
        if self.is_failing:
            raise OSError(errno.EIO, "the disk refuses hits")

    async def close(self) -> None:
        """Bring what waits to the disk, and give it up if it still refuses."""
        self.is_failing = False
        self._turn()
        while self._is_writing:
            await self.run(lambda: None)
        self._turns.put(None)
        self._thread.join()
        self.journal.close()

    def _turn(self) -> "asyncio.Future[None]":
        """The end of the batch that is gathering."""
        if self._gathering is None:
            loop = asyncio.get_running_loop()
            self._gathering = loop.create_future()
            loop.call_later(self._patience, _release, self._gathering)
            if not self._is_writing:
                self._is_writing = True
                loop.call_soon(self._begin, loop)
        return self._gathering

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send what has gathered to the disk, unless nothing has."""
        batch, self._gathering = self._gathering, None
        self._is_writing = batch is not None
        if batch:
            hits, self._waiting = self._waiting, []
            self._turns.put(partial(self._write, hits, batch, loop))

    def _write(self, hits: list[Hit], batch: "asyncio.Future[None]", loop: asyncio.AbstractEventLoop) -> None:
        """Bring a batch to the disk, in the thread."""
        refusal: Exception | None = None
        try:
            self.journal.write(hits)
        except Exception as err:  # noqa: BLE001 - whatever it was, the hits are kept, it is told, and the thread goes on
            refusal = err
        loop.call_soon_threadsafe(self._written, hits, refusal, batch, loop)

    def _written(
        self,
        hits: list[Hit],
        refusal: Exception | None,
        batch: "asyncio.Future[None]",
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """Back on the event loop: let the batch go, and begin the next."""
        if refusal:
            self._hold(hits, refusal, loop)
        else:
            self.is_failing = False
        _release(batch)
        self._begin(loop)

    def _hold(self, hits: list[Hit], refusal: Exception, loop: asyncio.AbstractEventLoop) -> None:
        if not self.is_failing:
            _LOG.error("Hits cannot be stored (%s); they wait in memory.", refusal)
        self.is_failing = True
        kept = hits + self._waiting
        self.lost += max(len(kept) - MOST_WAITING, 0)
        self._waiting = kept[:MOST_WAITING]
        loop.call_later(RETRY, self._turn)


def _take_turns(turns: "SimpleQueue[Callable[[], None] | None]") -> None:
    """What the thread does until it is told that nothing follows."""
    while turn := turns.get():
        turn()


def _do(work: Callable[[], _R], done: "Future[_R]") -> None:
    """Do something whose outcome somebody waits for."""
    try:
        done.set_result(work())
    except Exception as err:  # noqa: BLE001 - it is raised where it is waited for
        done.set_exception(err)


def _over() -> "asyncio.Future[None]":
    """What nobody needs to wait for."""
    done = asyncio.get_running_loop().create_future()
    _release(done)
    return done


def _release(batch: "asyncio.Future[None]") -> None:
    if not batch.done():
        batch.set_result(None)
