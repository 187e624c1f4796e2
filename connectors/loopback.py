"""A web server on this machine that waits for the one answer of a provider's consent page (RFC 8252 section 7.3).

It knows nothing of any provider: it offers a redirect address and a state, and hands over the query of the one
request that carries them. Everything else it is asked is refused, with a page a person can read.
"""

import hmac
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Literal, Self
from urllib.parse import parse_qsl, urlsplit

from connectors.errors import ConsentGivenUp, ConsentTimedOut

#: seconds a connection may stay silent; browsers open spare ones and never use them
_PATIENCE = 5.0
#: seconds waited in one go: Windows tells who waits of Ctrl-C only when a wait is over
_BREATH = 0.5

_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    # the address of this page holds the authorization code
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Connection": "close",
}

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Heardback: {title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 20vh auto 0; padding: 0 1.5rem }}
h1 {{ font-size: 1.5rem; margin-bottom: .5rem }}
</style></head>
<body><main><h1>{title}</h1><p>{text}</p></main></body></html>
"""

_Query = Mapping[str, str]


class Loopback:
    """Listens on 127.0.0.1, on a free port, while the person is at the consent page.

    Use as a context manager::

        with Loopback(300) as back:
            show(consent_address(redirect_uri=back.redirect_uri, state=back.state))
            answer = back.wait()
    """

    def __init__(self, time_limit: float, *, gives_up: Callable[[], bool] = lambda: False) -> None:
        """Bind the port; nothing is answered before the context is entered.

        :param time_limit: seconds `wait` waits for the person
        :param gives_up: whether the person does not want to be waited for any more
        """
        #: unguessable; ties the answer to this sign-in (RFC 6749 section 10.12)
        self.state = secrets.token_urlsafe(32)
        self._time_limit = time_limit
        self._gives_up = gives_up
        self._lock = threading.Lock()
        self._answered = threading.Event()
        self._answer: dict[str, str] = {}
        self._server = _Listener(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def redirect_uri(self) -> str:
        """Where the provider is to send the browser: the host name form."""
        return self.redirect("localhost")

    def redirect(self, host: Literal["localhost", "127.0.0.1"]) -> str:
        """The same with a chosen host: Microsoft accepts only `localhost` on any port, Google recommends the number."""
        return f"http://{host}:{self._server.server_port}/"

    def wait(self) -> dict[str, str]:
        """The query of the accepted answer: a code, or the provider's `error`.

        :raises ConsentTimedOut: no answer within the time limit
        :raises ConsentGivenUp: the person gave it up before
        """
        end = time.monotonic() + self._time_limit
        while not self._answered.wait(max(min(_BREATH, end - time.monotonic()), 0)):
            if self._gives_up():
                raise ConsentGivenUp("The sign-in was given up; nothing was connected.")
            if time.monotonic() >= end:
                raise ConsentTimedOut(
                    f"Nobody finished the sign-in in the browser within {self._time_limit:.0f} seconds; start it again."
                )
        return self._answer

    def accept(self, answer: _Query) -> bool:
        """Keep the first answer; False if there is one already."""
        with self._lock:
            if self._answered.is_set():
                return False
            self._answer = dict(answer)
            self._answered.set()
            return True

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Listener(ThreadingHTTPServer):
    """One thread a connection, so that a browser's spare connection holds nobody up; none outlives the program."""

    daemon_threads = True
    # connections waiting to be taken: with the usual five the browser's own would wait seconds behind others
    request_queue_size = 128
    allow_reuse_address = False

    def __init__(self, back: Loopback) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.back = back

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up is no news, and a trace could show the code."""


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    server_version = "Heardback"
    sys_version = ""
    timeout = _PATIENCE

    def do_GET(self) -> None:
        """Judge one request and say in words what became of it."""
        status, title, text = self._judge()
        self._page(status, title, text)

    def _judge(self) -> tuple[int, str, str]:
        port = self.server.server_port
        # another name for this address means that some web site makes the browser ask (DNS rebinding)
        if self.headers.get_all("Host") not in ([f"localhost:{port}"], [f"127.0.0.1:{port}"]):
            return 403, "Not this address", "Heardback answers only to localhost. Nothing was done."
        address = urlsplit(self.path)
        # `//host/` and `http://host/` have a path of their own kind
        if not self.path.startswith("/?") or address.netloc:
            return 404, "Nothing here", "Heardback only waits here for the end of a sign-in."
        pairs = parse_qsl(address.query, keep_blank_values=True)
        answer = dict(pairs)
        if len(answer) < len(pairs) or not hmac.compare_digest(
            answer.get("state", "").encode(), self.server.back.state.encode()
        ):
            return 400, "Not the sign-in we wait for", "This page belongs to another or older sign-in. Start again."
        if "code" not in answer and "error" not in answer:
            return 400, "Something is missing", "The provider sent neither a yes nor a no. Start the sign-in again."
        if not self.server.back.accept(answer):
            return 409, "Already done", "This sign-in was answered before. You can close this window."
        if "error" in answer:
            return 200, "Not connected", "The sign-in was not completed. The window you started it in says why."
        return 200, "Thank you", "Heardback has the answer. You can close this window and go back to where you were."

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no GET, or no HTTP at all, on a page of the same kind."""
        self._page(405 if code == 501 else code, "Not understood", explain or message or "Heardback only answers GET.")

    def _page(self, status: int, title: str, text: str) -> None:
        body = _PAGE.format(title=escape(title), text=escape(text)).encode()
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if status == 405:
            self.send_header("Allow", "GET")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """The request line holds the authorization code: it goes to no log."""
