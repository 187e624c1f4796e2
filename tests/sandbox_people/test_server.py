"""The server in front of a provider: troubles of the wire, and who watches it."""

import http.client
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from sandbox.faults import Environ, Fault, Start
from sandbox.server import Server

#: more than a connection holds by itself
LARGE = b"x" * 3_000_000


def deaf(_: Environ, start: Start) -> list[bytes]:
    """An application that reads no body."""
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
    return [b"done"]


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[Server]:
    with Server(deaf, authority) as server:
        yield server


@pytest.fixture
def line(server: Server, authority: trustme.CA, tmp_path: Path) -> Iterator[http.client.HTTPSConnection]:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    trust = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    with closing(http.client.HTTPSConnection(urlsplit(server.url).netloc, timeout=10, context=trust)) as line:
        yield line


@pytest.mark.parametrize("body", [b"short", LARGE], ids=["short", "large"])
def test_an_answer_is_cut_also_where_the_application_left_the_request_unread(
    server: Server, line: http.client.HTTPSConnection, body: bytes
) -> None:
    server.faults.add(Fault(trouble="cut"))
    line.request("POST", "/", body=body)
    answer = line.getresponse()
    with pytest.raises(http.client.IncompleteRead) as cut:
        answer.read()
    assert cut.value.partial == b"do"


def test_a_watcher_sees_each_request_whole_and_takes_nothing_from_it(
    server: Server, line: http.client.HTTPSConnection
) -> None:
    seen: list[tuple[str, str, bytes]] = []
    server.watch(lambda request: seen.append((request.method, request.path, request.get_data())))
    line.request("POST", "/first?a=b", body=LARGE)
    assert line.getresponse().read() == b"done"
    assert seen == [("POST", "/first", LARGE)]


def test_settling_waits_for_a_call_whose_client_is_gone(server: Server, line: http.client.HTTPSConnection) -> None:
    handling, goes_on, settled = threading.Event(), threading.Event(), threading.Event()

    def take(call: str, troubles: tuple[str, ...]) -> Fault | None:
        handling.set()
        goes_on.wait(10)
        return None

    server.faults.take = take  # type: ignore[method-assign]  # a slow application
    line.request("GET", "/")
    assert handling.wait(10)
    line.close()

    def settle() -> None:
        server.settle()
        settled.set()

    waiting = threading.Thread(target=settle)
    waiting.start()
    assert not settled.wait(0.05)
    goes_on.set()
    assert settled.wait(10)
    waiting.join()
