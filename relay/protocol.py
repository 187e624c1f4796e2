"""HTTP as the relay speaks it: uvicorn's, with no patience for clients that dawdle, and a short way to the image."""

import asyncio
from collections import Counter
from functools import lru_cache, partial
from typing import ClassVar

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from evidence.networks import Networks, address_of
from relay.limits import Mark
from relay.readers import Image

#: bytes of a request line and its headers
LONGEST_HEAD = 32_000
#: connections one source may hold, unless it is a proxy of ours
MOST_OF_ONE = 200
_START = STATUS_LINE[200]


class Brisk(HttpToolsProtocol):
    """uvicorn's fast HTTP with the limits it lacks: the length of a head, its time, and the lines of a source.

    It answers images by itself: a task, a cycle of messages and a check of each header, all the same each time, would
    cost more than all that is done for the hit.
    """

    #: proxies whose X-Forwarded-For is believed, and no other
    trusted: ClassVar[Networks] = Networks(())
    #: connections of each source, by its mark
    by_source: ClassVar[Counter[int]] = Counter()
    mark: ClassVar[Mark] = Mark()
    #: seconds between two looks at a connection; one on which nothing began in between is cut off
    patience = 20.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to look now and then."""
        super().connection_made(transport)
        self._head, self._in_head = 0, True
        self._requests, self._seen = 0, -1
        address = address_of(self.client[0]) if self.client else None
        self._is_proxy = address in self.trusted
        self._source = 0 if self._is_proxy else self.mark(address)
        self.by_source[self._source] += 1
        self._watch = self.loop.call_later(self.patience, self._look)
        if self._source and self.by_source[self._source] > MOST_OF_ONE:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking."""
        self._watch.cancel()
        self.by_source[self._source] -= 1
        if not self.by_source[self._source]:
            del self.by_source[self._source]
        super().connection_lost(exc)

    def _make_room(self) -> None:
        """Its source holds too many: this one goes."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Let no head grow too long."""
        super().data_received(data)
        if self._in_head:
            self._head += len(data)
            if self._head > LONGEST_HEAD:
                self.transport.abort()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._head, self._in_head = 0, True
        self._requests += 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head has ended."""
        self._in_head = False
        if self._is_proxy:
            self.scope["client"] = self._named() or self.client
        super().on_headers_complete()

    def _named(self) -> tuple[str, int] | None:
        """The client as the proxies saw it: the last in their list that is none of them, or the first of them."""
        lists = b",".join(value for name, value in self.headers if name == b"x-forwarded-for").decode("latin-1")
        hops = [each.strip() for each in lists.split(",") if each.strip()]
        strangers = (each for each in reversed(hops) if address_of(each) not in self.trusted)
        return (next(strangers, hops[0]), 0) if hops else None

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        image: Image | None = getattr(app, "image", None)  # uvicorn's own answers ("come again") have none
        if image is None or not image.is_at(cycle.scope["path"]) or _is_special(cycle) or self.flow.write_paused:
            super()._start_asgi_task(cycle, app)
        else:
            image.take(cycle.scope).add_done_callback(partial(self._send_image, cycle, image.wire))

    def _send_image(self, cycle: RequestResponseCycle, wire: bytes, _: object) -> None:
        cycle.response_complete = True
        if not self.transport.is_closing():
            self.transport.write(_START + _lines(*cycle.default_headers) + wire)
        if self.pipeline:
            cycle.on_response()
        else:  # what uvicorn would do, but for a timer each time: `_look` ends connections that idle
            self.server_state.total_requests += 1
            self.flow.resume_reading()

    def _look(self) -> None:
        """Cut the connection off, busy or idle, if no request began on it since the last look."""
        if self._seen == self._requests:
            self.transport.abort()
        else:
            self._seen = self._requests
            self._watch = self.loop.call_later(self.patience, self._look)


@lru_cache(maxsize=1)
def _lines(*headers: tuple[bytes, bytes]) -> bytes:
    """As they go over the wire; uvicorn's own change once a second."""
    return b"".join(b"%b: %b\r\n" % line for line in headers)


def _is_special(cycle: RequestResponseCycle) -> bool:
    """Anything but a plain GET on a connection that stays open goes uvicorn's own way."""
    return cycle.scope["method"] != "GET" or not cycle.keep_alive
