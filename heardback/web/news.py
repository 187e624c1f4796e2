"""Tells every open page when it is old, over one stream each (server-sent events), from one look for all of them."""

import asyncio
from collections.abc import AsyncGenerator, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from relay.protocol import Brisk
from store.ledger import StoreBusy, StoreError

PATH = "/news"
#: streams at once. A browser opens six connections to one address, and needs some of them for the pages themselves
MOST = 4
#: seconds between two looks; nobody looks while nobody listens
_EVERY = 1.0
#: told to the browser: milliseconds after which it asks again when a stream has ended
_RETRY = "retry: 2000\n"
#: the mark of a moment when the ledger cannot be used
_FAILED = "failed"


class News:
    """One look after the other, and who waits for what it finds."""

    def __init__(self, look: Callable[[], str], *, every: float = _EVERY) -> None:
        """Nothing is looked at yet.

        :param look: finds the mark of the moment
        :param every: seconds between two looks
        """
        self._look = look
        self._every = every
        self._mark = ""
        self._listening = 0
        self._somebody = asyncio.Event()
        self._changed = asyncio.Condition()

    async def watch(self) -> None:
        """Look for as long as somebody listens; ends when it is cancelled."""
        while True:
            await self._somebody.wait()
            await self._renew()
            await asyncio.sleep(self._every)

    async def marks(self) -> AsyncGenerator[str, None]:
        """The mark of now, and each one after it; only the first if too many listen already: they come again."""
        await self._renew()
        yield (mark := self._mark)
        if self._listening >= MOST:
            return
        self._count(1)
        try:
            while True:
                async with self._changed:
                    while self._mark == mark:
                        await self._changed.wait()
                yield (mark := self._mark)
        finally:
            self._count(-1)

    async def answer(self, _: Request) -> Response:
        """A stream for one page."""
        # a proxy in between that collects answers (nginx) would tell of nothing
        return StreamingResponse(self._events(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    async def _events(self) -> AsyncGenerator[str, None]:
        async for mark in self.marks():
            yield f"{_RETRY}data: {mark}\n\n"

    async def _renew(self) -> None:
        try:
            self._mark = await run_in_threadpool(self._look)
        except StoreBusy:
            pass  # as before, as far as can be told
        except (StoreError, OSError):
            # has the pages ask, and say what is wrong with the ledger
            self._mark = _FAILED
        async with self._changed:
            self._changed.notify_all()

    def _count(self, more: int) -> None:
        self._listening += more
        (self._somebody.set if self._listening else self._somebody.clear)()


class Streaming(Brisk):
    """HTTP in which a stream goes on for as long as somebody listens, and ends with the server.

    What was asked for is answered, however long the answer takes; who only holds connections makes room for who asks.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Remember when it came."""
        self._since = asyncio.get_running_loop().time()
        super().connection_made(transport)

    def shutdown(self) -> None:
        """The server stops: a stream would hold it up."""
        if self._is_stream:
            self.transport.abort()
        else:
            super().shutdown()

    def _look(self) -> None:
        if self._is_answered:
            self._seen = -1  # to wait for news, or for what was asked, is not to dawdle
        super()._look()

    def _make_room(self) -> None:
        """All programs of this machine are one source: of its connections the oldest goes that asks for nothing."""
        others = (each for each in self.connections if isinstance(each, Streaming) and each is not self)
        idle = (each for each in others if each._is_of(self._source))
        oldest = min(idle, key=lambda each: each._since, default=self)
        oldest.transport.abort()

    def _is_of(self, source: int) -> bool:
        """It is of this source, asks for nothing now, and was not told to go yet."""
        return self._source == source and not self._is_answered and not self.transport.is_closing()

    @property
    def _is_answered(self) -> bool:
        """All of a request is here, and its answer is being worked on."""
        return self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body

    @property
    def _is_stream(self) -> bool:
        return self._is_answered and self.cycle is not None and bool(self.cycle.scope["path"] == PATH)
