"""The owner's line to the relay, against a relay that really runs, and against what only says it is one."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from connectors.errors import ConnectorError, RelayRefused, RelayUnreachable
from connectors.relay import HitsPage, RelayClient, RelayHit
from evidence.model import Grade, HitKind
from tests.relay.conftest import ANA, Desk, desk, desks

__all__ = ["desk", "desks"]
FRESH = {"hits": [], "cursor": "a.0", "more": False, "missed": False, "lost": 0}
HIT = {"id": "a.1", "token": "t", "kind": "pixel", "at": "2026-05-04T12:00:00Z", "grade": "fair", "rule": "browser"}


#: what differs from a good answer
WRONG: tuple[dict[str, Any], ...] = (
    {"hits": {}},
    {"hits": [1]},
    {"hits": [{}]},
    {"cursor": 3},
    {"cursor": ""},
    {"cursor": "a b"},
    {"cursor": "a" * 200},
    {"more": 1},
    {"missed": None},
    {"lost": True},
    {"lost": "3"},
    *({"hits": [{**HIT, name: value}]} for name in HIT for value in (None, 1, "", "x" * 500, ["a"])),
    {"hits": [{**HIT, "at": "2026-05-04T12:00:00"}]},
    {"hits": [{**HIT, "grade": "certain"}]},
    {"hits": [{**HIT, "rule": "a\nb"}]},
)


def client(desk: Desk, **choices: Any) -> RelayClient:
    return RelayClient(desk.url, **{"bearer": desk.shared.bearer, **choices})


def test_hits_come_page_by_page_each_once(desk: Desk) -> None:
    token = desk.token()
    desk.image(token)
    line = client(desk)
    first = line.hits()
    assert first == HitsPage(
        hits=(
            RelayHit(
                id=first.cursor,
                token=token.id,
                kind=HitKind.PIXEL,
                at=datetime(2026, 5, 4, 12, tzinfo=UTC),
                grade=Grade.FAIR,
                rule="browser",
            ),
        ),
        cursor=first.cursor,
        more=False,
        missed=False,
        lost=0,
    )
    assert line.hits(first.cursor).hits == ()
    line.close()


def test_a_relay_that_ends_a_connection_just_as_it_is_used_again_is_not_away() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    answer = json.dumps(FRESH).encode()

    def serve() -> None:
        for _ in range(2):
            opened, _address = listening.accept()
            with opened:
                is_last = b"connection: close" in opened.recv(65_536).lower()
                kind = b"close" if is_last else b"keep-alive"
                head = b"HTTP/1.1 200 OK\r\nConnection: %b\r\nContent-Length: %d\r\n\r\n" % (kind, len(answer))
                opened.sendall(head + answer)
                if not is_last:
                    opened.recv(65_536)  # another request on this connection gets no answer any more

    thread = threading.Thread(target=serve)
    thread.start()
    line = RelayClient(f"http://127.0.0.1:{listening.getsockname()[1]}", bearer="key")
    with listening:
        assert line.hits() == line.hits()
        line.close()
        thread.join()


def test_opt_outs_hold_at_once_and_can_be_taken_back(desk: Desk) -> None:
    line = client(desk)
    line.tell_opt_outs([ANA], [])
    desk.image(desk.token())
    assert line.hits().hits == ()
    line.tell_opt_outs([], [ANA])
    desk.image(desk.token())
    assert len(line.hits().hits) == 1
    line.close()


def test_copies_are_put_up_and_dropped_and_hits_forgotten(desk: Desk) -> None:
    view, image = desk.token(HitKind.VIEW), desk.token()
    sealed = desk.seal(view)
    line = client(desk)
    line.put_copy(sealed, b"n" * 12 + b"sealed")
    assert desk.ask(f"/v/{sealed}/copy").status == 200
    line.drop_copy(sealed)
    assert desk.ask(f"/v/{sealed}/copy").status == 404
    line.put_copy(sealed, b"n" * 12 + b"sealed")
    desk.image(image)
    assert line.forget([view.id, image.id]) == (1, 1)
    assert line.forget([view.id, image.id]) == (0, 0)
    line.close()


def test_a_wrong_key_is_told_as_one(desk: Desk) -> None:
    line = client(desk, bearer="wrong")
    with pytest.raises(RelayRefused, match="does not accept the key"):
        line.hits()
    line.close()


def test_a_relay_that_is_away_can_be_asked_later(desk: Desk) -> None:
    line = client(desk)
    desk.stop()
    with pytest.raises(RelayUnreachable, match="cannot be reached"):
        line.hits()
    line.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://relay.example.com",
        "ftp://relay.example.com",
        "https://me:secret@relay.example.com",
        "https://relay.example.com/?a=b",
        "https://",
        "relay.example.com",
        "http://127.0.0.1.example.com",
        "http://[::1",
    ],
)
def test_the_key_is_shown_only_over_https_or_on_this_machine(url: str) -> None:
    with pytest.raises(RelayRefused, match=r"relay\.url"):
        RelayClient(url, bearer="key")


def test_a_proxy_of_the_surroundings_never_sees_a_key_in_the_open(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    line = client(desk)
    assert line.hits().hits == ()
    line.close()


@contextmanager
def saying(status: int, body: bytes, **headers: str) -> Iterator[tuple[RelayClient, list[str]]]:
    """A server that answers everything alike, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named so by the library
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    line = RelayClient(f"http://127.0.0.1:{server.server_port}", bearer="key")
    try:
        yield line, asked
    finally:
        line.close()
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_redirect_is_never_followed_with_the_key() -> None:
    with saying(302, b"", Location="/elsewhere") as (line, asked), pytest.raises(RelayRefused, match="answered 302"):
        line.hits()
    assert asked == ["/hits"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_trouble_of_the_relay_passes(status: int) -> None:
    with saying(status, b"{}") as (line, _), pytest.raises(RelayUnreachable):
        line.hits()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b"\xff\xfe",
        b"9" * 5_000_000,
        *(json.dumps({**FRESH, **change}).encode() for change in WRONG),
    ],
)
def test_what_is_no_answer_of_a_relay_is_refused(said: bytes) -> None:
    with saying(200, said) as (line, _), pytest.raises(RelayRefused, match="is no relay"):
        line.hits()


def test_an_answer_that_comes_byte_by_byte_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        line = RelayClient(f"http://127.0.0.1:{listening.getsockname()[1]}", bearer="key", patience=5, deadline=0.2)
        with pytest.raises(RelayUnreachable, match="takes longer than 0 seconds"):
            line.hits()
        line.close()


def test_a_body_cut_short_is_trouble_that_passes() -> None:
    with saying(200, b"{", **{"Content-Length": "500"}) as (line, _), pytest.raises(ConnectorError):
        line.hits()
