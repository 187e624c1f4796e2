"""The server that waits for the end of a sign-in accepts exactly one answer, and nothing from anybody else."""

import contextlib
import http.client
import socket
import time
from urllib.parse import urlencode, urlsplit

import pytest

from connectors.errors import ConsentGivenUp, ConsentTimedOut
from connectors.loopback import Loopback


def ask(
    back: Loopback, query: dict[str, str] | str, *, path: str = "/", method: str = "GET", host: str | None = None
) -> tuple[int, str, dict[str, str]]:
    """One request as a browser makes it; status, page and headers."""
    target = urlsplit(back.redirect_uri).netloc
    connection = http.client.HTTPConnection("127.0.0.1", int(target.rpartition(":")[2]), timeout=5)
    query = query if isinstance(query, str) else urlencode(query)
    try:
        connection.request(method, f"{path}?{query}", headers={"Host": host or target})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    finally:
        connection.close()


def test_the_answer_with_the_right_state_is_handed_over() -> None:
    with Loopback(5) as back:
        status, page, headers = ask(back, {"code": "a/b+c", "state": back.state})
        answer = back.wait()
    assert (status, answer) == (200, {"code": "a/b+c", "state": back.state})
    assert "close this window" in page
    assert (headers["Referrer-Policy"], headers["Cache-Control"]) == ("no-referrer", "no-store")


def test_both_host_forms_are_offered_and_accepted() -> None:
    with Loopback(5) as back:
        port = urlsplit(back.redirect_uri).port
        assert back.redirect("127.0.0.1") == f"http://127.0.0.1:{port}/"
        assert back.redirect_uri == f"http://localhost:{port}/"
        status, _, _ = ask(back, {"code": "c", "state": back.state}, host=f"127.0.0.1:{port}")
    assert status == 200


def test_a_refusal_by_the_person_is_an_answer_too() -> None:
    with Loopback(5) as back:
        status, page, _ = ask(back, {"error": "access_denied", "state": back.state})
        answer = back.wait()
    assert (status, answer["error"]) == (200, "access_denied")
    assert "not completed" in page


@pytest.mark.parametrize(
    ("query", "path", "host", "status"),
    [
        ({"code": "c", "state": "guessed"}, "/", None, 400),
        ({"code": "c"}, "/", None, 400),
        ({"code": "c", "state": "ünïcode"}, "/", None, 400),
        ({"state": "RIGHT"}, "/", None, 400),
        ("code=c&state=RIGHT&state=RIGHT", "/", None, 400),
        ("code=good&code=evil&state=RIGHT", "/", None, 400),
        ({"code": "c", "state": "RIGHT"}, "/favicon.ico", None, 404),
        ({"code": "c", "state": "RIGHT"}, "//evil.example/", None, 404),
        ({"code": "c", "state": "RIGHT"}, "http://evil.example/", None, 404),
        ({"code": "c", "state": "RIGHT"}, "/;x", None, 404),
        ({"code": "c", "state": "RIGHT"}, "/%2e/", None, 404),
        ({"code": "c", "state": "RIGHT"}, "/", "evil.example:80", 403),
        ({"code": "c", "state": "RIGHT"}, "/", "localhost", 403),
        ({"code": "c", "state": "RIGHT"}, "/", "[::1]:PORT", 403),
        ({"code": "c", "state": "RIGHT"}, "/", "0.0.0.0:PORT", 403),
        ({"code": "c", "state": "RIGHT"}, "/", "localhost.evil.example:PORT", 403),
        ({"code": "c", "state": "RIGHT"}, "/", "evil.example@localhost:PORT", 403),
    ],
)
def test_what_is_not_the_answer_is_refused_and_waiting_goes_on(
    query: dict[str, str] | str, path: str, host: str | None, status: int
) -> None:
    with Loopback(0.05) as back:
        if isinstance(query, str):
            query = query.replace("RIGHT", back.state)
        elif query.get("state") == "RIGHT":
            query = query | {"state": back.state}
        host = host and host.replace("PORT", str(urlsplit(back.redirect_uri).port))
        assert ask(back, query, path=path, host=host)[0] == status
        with pytest.raises(ConsentTimedOut):
            back.wait()


def test_a_second_answer_does_not_replace_the_first() -> None:
    with Loopback(5) as back:
        ask(back, {"code": "first", "state": back.state})
        status, page, _ = ask(back, {"code": "second", "state": back.state})
        answer = back.wait()
    assert (status, answer["code"]) == (409, "first")
    assert "answered before" in page


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "OPTIONS", "BREW"])
def test_other_methods_are_refused(method: str) -> None:
    with Loopback(5) as back:
        status, _, headers = ask(back, {"code": "c", "state": back.state}, method=method)
    assert (status, headers["Allow"]) == (405, "GET")


def test_the_page_never_shows_what_was_sent() -> None:
    with Loopback(5) as back:
        _, page, _ = ask(back, {"error": "<script>", "error_description": "<img src=x>", "state": back.state})
    assert "<script>" not in page
    assert "<img" not in page


def test_a_sign_in_that_is_given_up_is_waited_for_no_longer() -> None:
    asked = iter([False, True])
    with Loopback(60, gives_up=lambda: next(asked)) as back, pytest.raises(ConsentGivenUp, match="was given up"):
        back.wait()


def test_nobody_answering_ends_in_words() -> None:
    with Loopback(0.01) as back, pytest.raises(ConsentTimedOut, match="start it again"):
        back.wait()


def test_a_spare_connection_of_the_browser_holds_nobody_up() -> None:
    back = Loopback(5)
    with socket.create_connection(("127.0.0.1", urlsplit(back.redirect_uri).port or 0)):
        with back:
            assert ask(back, {"code": "c", "state": back.state})[0] == 200
            begun = time.monotonic()
        assert time.monotonic() - begun < 4  # and not the whole patience with silent connections


def say(back: Loopback, lines: str) -> bytes:
    """Whatever the server answers to these bytes until it hangs up; `PORT` and `STATE` stand for the right ones."""
    port = urlsplit(back.redirect_uri).port or 0
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        answer = b""
        # it may hang up on what is too long before all of it is said
        with contextlib.suppress(OSError):
            line.sendall(lines.replace("PORT", str(port)).replace("STATE", back.state).encode())
            line.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while more := line.recv(65_536):
                answer += more
        return answer


_HIDDEN = "GET /?code=evil&state=STATE HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n"


@pytest.mark.parametrize(
    "lines",
    [
        "GET /x HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n" + _HIDDEN,
        "GET /x HTTP/1.1\r\nHost: localhost:PORT\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n" + _HIDDEN,
        "POST / HTTP/1.1\r\nHost: localhost:PORT\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        + _HIDDEN,
        "GET /x HTTP/1.1\r\nHost: localhost:PORT\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + _HIDDEN,
        "GET /?code=evil&state=STATE HTTP/1.1\r\nHost: localhost:PORT\r\nHost: evil.example\r\n\r\n",
        "GET /?code=evil&state=STATE HTTP/1.1\r\nHost: evil.example\r\nHost: localhost:PORT\r\n\r\n",
        "GET /?code=evil&state=STATE HTTP/1.1\r\n\r\n",
        "GET /?code=evil&state=STATE\r\n\r\n",
        "GET /?code=evil&state=STATE HTTP/9.9\r\nHost: localhost:PORT\r\n\r\n",
        "GET /?code=evil&state=STATE&" + "x" * 100_000 + " HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n",
        "GET /?code=evil&state=STATE HTTP/1.1\r\nHost: localhost:PORT\r\nX: " + "x" * 100_000 + "\r\n\r\n",
        "GET /?code=evil&state=STATE HTTP/1.1\r\nHost: localhost:PORT\r\n" + "X: y\r\n" * 200 + "\r\n",
        "\x16\x03\x01\x02\x00\x01" + "\x00" * 600,
        "",
    ],
)
def test_smuggled_oversized_and_garbled_requests_are_no_answer(lines: str) -> None:
    with Loopback(0.05) as back:
        told = say(back, lines)
        assert told.count(b"HTTP/1.") <= 1
        assert b" 200 " not in told[:20]
        assert b"evil" not in told
        with pytest.raises(ConsentTimedOut):
            back.wait()


def test_a_request_half_sent_is_no_answer() -> None:
    with Loopback(0.05) as back:
        whole = _HIDDEN.removesuffix("\r\n")
        assert b" 200 " not in say(back, whole[:-10])[:20]
        with pytest.raises(ConsentTimedOut):
            back.wait()


def test_many_slow_clients_hold_nobody_up() -> None:
    with Loopback(10) as back:
        port = urlsplit(back.redirect_uri).port or 0
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(60)]
        for line in idle:
            line.sendall(b"GET /?code=")
        assert ask(back, {"code": "c", "state": back.state})[0] == 200
        for line in idle:
            line.close()
        assert back.wait()["code"] == "c"


def test_no_other_interface_answers() -> None:
    with Loopback(5) as back:
        port = urlsplit(back.redirect_uri).port or 0
        for family, address in ((socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.2")):
            with socket.socket(family) as line, pytest.raises(OSError, match=r"refused|address|unreachable"):
                line.connect((address, port))
