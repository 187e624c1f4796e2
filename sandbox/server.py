"""One HTTPS server on loopback, on a free port, with a certificate of the sandbox's own authority."""

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import trustme
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request

from sandbox.faults import App, Environ, Faults, Start, read_whole


class Server:
    """Serves an application until it is stopped; `faults` stand in front of it.

    The host name is `localhost`, the address 127.0.0.1, whatever the application.
    """

    def __init__(self, app: App, authority: trustme.CA, *, port: int = 0) -> None:
        self.faults = Faults()
        self._watchers: list[Callable[[Request], None]] = []
        #: calls that are just being handled
        self._handled = 0
        self._changed = threading.Condition()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        self._server = make_server(
            "127.0.0.1",
            port,
            self._watched(self.faults.around(app)),
            threaded=True,
            request_handler=_Quiet,
            ssl_context=context,
        )
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self.url = f"https://localhost:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def watch(self, see: Callable[[Request], None]) -> None:
        """Let somebody see every request from now on, its body too, before any trouble meets it."""
        self._watchers.append(see)

    def settle(self) -> None:
        """Wait until what came in is handled: a client that was killed does not wait for it."""
        with self._changed:
            self._changed.wait_for(lambda: not self._handled)

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering and give the port back."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _watched(self, app: App) -> App:
        def watched(environ: Environ, start: Start) -> Iterable[bytes]:
            if self._watchers:
                request = read_whole(environ)
                for see in self._watchers:
                    see(request)
            with self._handling():
                return app(environ, start)

        return watched

    @contextmanager
    def _handling(self) -> Iterator[None]:
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._changed:
            self._handled += more
            self._changed.notify_all()


class _Quiet(WSGIRequestHandler):
    """Says nothing of requests, nor of clients that hang up."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        pass
