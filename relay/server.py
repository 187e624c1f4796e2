"""uvicorn as the relay wants it: no access log, and its own way of speaking HTTP; on uvloop, where there is one."""

import socket
import threading
from collections import Counter
from collections.abc import Iterable
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from evidence.networks import Networks
from relay.protocol import Brisk

#: connections at once; further ones are told to come again (503)
_MOST_CONNECTIONS = 2_000


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
    config = uvicorn.Config(
        app,
        # uvicorn makes one for each connection, so what they share stands in the class
        http=type("Trusting", (protocol,), {"trusted": Networks(trusted_proxies), "by_source": Counter()}),
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the protocol sees to them
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


class Background:
    """A relay in a thread of this process; a context manager that stops it."""

    def __init__(
        self,
        app: ASGIApp,
        listening: socket.socket,
        *,
        trusted_proxies: Iterable[str] = (),
        protocol: type[Brisk] = Brisk,
    ) -> None:
        self._socket = listening
        self._server = server(app, trusted_proxies=trusted_proxies, protocol=protocol)
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
