"""uvicorn as the relay wants it: its fast parts, no access log, and no patience with clients that dawdle."""

import asyncio
import socket
import threading
from collections.abc import Iterable
from ipaddress import ip_network
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: bytes of a request line and its headers
LONGEST_HEAD = 32_000
#: connections at once; further ones are told to come again (503)
_MOST_CONNECTIONS = 2_000


class Brisk(HttpToolsProtocol):
    """uvicorn's fast HTTP with the two limits it lacks: how long the head of a request is, and how long one takes."""

    #: seconds between two looks at a connection; a request that is the same at both is cut off
    patience = 20.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to look now and then."""
        super().connection_made(transport)
        self._head, self._in_head = 0, True
        self._requests, self._seen = 0, -1
        self._watch = self.loop.call_later(self.patience, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking."""
        self._watch.cancel()
        super().connection_lost(exc)

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
        super().on_headers_complete()

    def _look(self) -> None:
        seen, self._seen = self._seen, self._requests if self._is_busy() else -1
        if seen == self._seen != -1:
            self.transport.abort()
        else:
            self._watch = self.loop.call_later(self.patience, self._look)

    def _is_busy(self) -> bool:
        """A request is on its way in, or its answer on its way out; uvicorn itself closes a connection that idles."""
        answered = self.cycle is not None and self.cycle.response_complete
        return not answered or self._in_head or self.transport.get_write_buffer_size() > 0


def bound(host: str, port: int) -> socket.socket:
    """A listening socket.

    :param port: 0 for any that is free
    :raises OSError: it is taken, or the host is not this machine's
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


def server(app: ASGIApp, *, trusted_proxies: Iterable[str] = (), protocol: type[Brisk] = Brisk) -> uvicorn.Server:
    """A server for the relay; `run(sockets=[...])` it.

    :param trusted_proxies: addresses and networks of the proxies in front, whose X-Forwarded-For is believed, and no
        other: the client is the last address in it that is none of theirs
    :raises ValueError: one of them is no address or network
    """
    trusted = [str(ip_network(each)) for each in trusted_proxies]
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted),
        forwarded_allow_ips=trusted,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


class Background:
    """A relay in a thread of this process; a context manager that stops it."""

    def __init__(self, app: ASGIApp, listening: socket.socket, *, trusted_proxies: Iterable[str] = ()) -> None:
        self._socket = listening
        self._server = server(app, trusted_proxies=trusted_proxies)
        self._thread = threading.Thread(target=self._server.run, args=([listening],), name="relay", daemon=True)
        host, port = listening.getsockname()[:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
