"""The short way to the image gives what the long one gives, in whatever order and on whatever connection."""

import socket
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from relay.readers import GIF
from tests.relay.conftest import FIREFOX, Desk

REST = f"Host: relay.example\r\nUser-Agent: {FIREFOX}\r\n"


def connected(desk: Desk) -> socket.socket:
    place = urlsplit(desk.url)
    return socket.create_connection((place.hostname or "", place.port or 0), timeout=20)


def everything(line: socket.socket) -> bytes:
    """What comes until the other side closes."""
    parts = []
    while part := line.recv(65_536):
        parts.append(part)
    return b"".join(parts)


def test_requests_sent_without_waiting_are_answered_in_their_order(desk: Desk) -> None:
    tokens = [desk.token() for _ in range(5)]
    paths = [f"/p/{desk.seal(each)}.gif" for each in tokens]
    paths.insert(2, "/healthz")
    paths.insert(4, "/nothing")
    sent = "".join(f"GET {path} HTTP/1.1\r\n{REST}\r\n" for path in paths)
    with connected(desk) as line:
        line.sendall(f"{sent}GET /healthz HTTP/1.1\r\n{REST}Connection: close\r\n\r\n".encode())
        answers = everything(line).split(b"HTTP/1.1 ")[1:]
    assert [each[:3] for each in answers] == [b"200", b"200", b"200", b"200", b"404", b"200", b"200", b"200"]
    assert [each.endswith(GIF) for each in answers] == [True, True, False, True, False, True, True, False]
    assert sorted(desk.hits()) == sorted((each.id, "browser") for each in tokens)


@pytest.mark.parametrize("first", ["GET {} HTTP/1.0\r\n", "GET {} HTTP/1.1\r\nConnection: close\r\n"])
def test_a_connection_that_is_to_end_ends_after_the_image(desk: Desk, first: str) -> None:
    token = desk.token()
    with connected(desk) as line:
        line.sendall(f"{first.format(f'/p/{desk.seal(token)}.gif')}{REST}\r\n".encode())
        answer = everything(line)
    assert (answer.endswith(GIF), desk.hits()) == (True, [(token.id, "browser")])


def test_who_hangs_up_before_the_answer_is_recorded_all_the_same(desk: Desk) -> None:
    token, let_go, held = desk.token(), threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        let_go.wait(20)

    desk.disk.act = hold
    with connected(desk) as line:
        line.sendall(f"GET /p/{desk.seal(token)}.gif HTTP/1.1\r\n{REST}\r\n".encode())
        held.wait(20)
    desk.disk.act = lambda: None
    let_go.set()
    assert (desk.image(desk.token()).status, desk.hits()[0]) == (200, (token.id, "browser"))


def test_a_relay_that_is_told_to_stop_first_answers_who_waits(desk: Desk) -> None:
    let_go, held = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        let_go.wait(20)

    desk.disk.act = hold
    with connected(desk) as line:
        line.sendall(f"GET /p/{desk.seal(desk.token())}.gif HTTP/1.1\r\n{REST}\r\n".encode())
        held.wait(20)
        stopping = threading.Thread(target=desk.stop)
        stopping.start()
        let_go.set()
        answer = everything(line)
        stopping.join()
    assert answer.endswith(GIF)


def test_the_client_is_the_last_in_all_lists_that_is_no_proxy_of_ours(desks: Callable[..., Desk]) -> None:
    desk = desks(own_networks=("192.0.2.0/24",))
    desk.trusted = ("127.0.0.1", "10.0.0.0/8")
    desk.start()
    lists = ["X-Forwarded-For: 192.0.2.7, 10.1.1.1\r\n", "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-For: 10.1.1.1\r\n"]
    strangers = ["X-Forwarded-For: 192.0.2.7, 203.0.113.9\r\n", "X-Forwarded-For: ,\r\n"]
    for each in (*lists, *strangers):
        with connected(desk) as line:
            asked = f"GET /p/{desk.seal(desk.token())}.gif HTTP/1.1\r\nConnection: close\r\n{each}{REST}\r\n"
            line.sendall(asked.encode())
            everything(line)
    assert [rule for _, rule in desk.hits()] == ["own-network", "own-network", "browser", "browser"]
