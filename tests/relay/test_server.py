"""Clients that dawdle are cut off; those that do not are left in peace."""

import asyncio
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import ClassVar
from urllib.parse import urlsplit

import pytest
from starlette.types import Receive, Scope, Send

from relay.protocol import Brisk
from relay.server import bound, server


class Impatient(Brisk):
    """Looks ten times a second."""

    patience = 0.1
    #: connections that were neither closed nor cut off
    held: ClassVar[set[object]] = set()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """One more."""
        self.held.add(self)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """One less."""
        self.held.discard(self)
        super().connection_lost(exc)


async def large(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads a whole body, then answers with more than any socket holds."""
    if scope["type"] != "http":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    while (await receive()).get("more_body"):
        pass
    body = b"x" * 20_000_000 if scope["path"] == "/large" else b"done"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def serving() -> Iterator[tuple[str, int]]:
    """An impatient server."""
    listening = bound("127.0.0.1", 0)
    running = server(large, protocol=Impatient)
    thread = threading.Thread(target=running.run, args=([listening],))
    thread.start()
    yield listening.getsockname()
    running.should_exit = True
    thread.join()
    listening.close()


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nfew",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ],
)
def test_a_request_that_is_never_finished_is_cut_off(begun: bytes) -> None:
    with serving() as place, socket.create_connection(place, timeout=20) as line:
        line.sendall(begun)
        with suppress(ConnectionResetError):
            assert line.recv(1_000) == b""


def test_an_answer_that_nobody_reads_is_cut_off() -> None:
    with serving() as place, socket.create_connection(place, timeout=20) as line:
        line.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        taken = len(line.recv(1_000))
        _wait_until(lambda: not Impatient.held)
        with suppress(ConnectionResetError):
            while part := line.recv(1_000_000):
                taken += len(part)
    assert taken < 20_000_000


def _wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_connection_that_is_used_again_and_again_is_left_in_peace() -> None:
    with serving() as place:
        connection = http.client.HTTPConnection(*place, timeout=20)
        for _ in range(12):
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"done"
            threading.Event().wait(0.03)
        connection.close()


def test_ipv6_is_served_where_there_is_any() -> None:
    try:
        listening = bound("::1", 0)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    from relay.server import Background

    with Background(large, listening) as running:
        place = urlsplit(running.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"done"
        connection.close()
