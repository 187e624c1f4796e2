"""Trouble on demand: what a network or a provider can do to a call, switched on by a test for so many calls."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, Literal

from werkzeug.wrappers import Request, Response

Environ = dict[str, Any]
Start = Callable[..., Any]
App = Callable[[Environ, Start], Iterable[bytes]]

#: answer: give `status`, `headers`, and what `garbled` makes of `body`, instead of handling the call
#: drop: close the connection before the call is handled
#: lose: handle the call, then close the connection without an answer
#: cut: handle the call and close in the middle of the answer's body
#: slow: handle the call, but answer only after `seconds`
#: garble: handle the call, and answer with what `garbled` makes of a good answer's body
#: expire-token, expire-cursor, replay, empty-page: the provider's own meaning of these; `detail` says which variant
Trouble = Literal[
    "answer", "drop", "lose", "cut", "slow", "garble", "expire-token", "expire-cursor", "replay", "empty-page"
]  # fmt: skip

_AT_THE_WIRE = ("answer", "drop", "lose", "cut", "slow", "garble")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One trouble, for the next `times` calls whose `METHOD /path?query` the pattern is found in."""

    trouble: Trouble
    pattern: str = ""
    times: int = 1
    #: matching calls let through first
    after: int = 0
    status: int = 503
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    seconds: float = 0.0
    detail: str = ""
    #: `garble` and `answer`; called anew for each answer
    garbled: Callable[[bytes], bytes] = bytes


class Faults:
    """The troubles now switched on; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Switch one on."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Switch all off."""
        with self._lock:
            self._waiting.clear()

    def take(self, call: str, troubles: tuple[str, ...]) -> Fault | None:
        """The trouble this call meets, if any; counts it down."""
        with self._lock:
            for place, fault in enumerate(self._waiting):
                if fault.trouble not in troubles or not re.search(fault.pattern, call):
                    continue
                if fault.after:
                    self._waiting[place] = replace(fault, after=fault.after - 1)
                    continue
                self._waiting[place : place + 1] = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                return fault
        return None

    def around(self, app: App) -> App:
        """The same application, with the troubles of the wire in front of it."""

        def troubled(environ: Environ, start: Start) -> Iterable[bytes]:
            request = Request(environ)
            fault = self.take(f"{request.method} {request.full_path}", _AT_THE_WIRE)
            if fault is None:
                return app(environ, start)
            if fault.trouble == "answer":
                body = fault.garbled(fault.body.encode())
                return Response(body, fault.status, list(fault.headers), mimetype="application/json")(environ, start)
            if fault.trouble == "drop":
                return _hang_up(environ)
            read_whole(environ)
            answer = Response.from_app(app, environ)
            if fault.trouble == "lose":
                return _hang_up(environ)
            if fault.trouble == "slow":
                time.sleep(fault.seconds)
                return answer(environ, start)
            body = answer.get_data()
            if fault.trouble == "garble":
                answer.set_data(fault.garbled(body) if answer.status_code < 300 else body)
                return answer(environ, start)
            answer.set_data(body[: len(body) // 2])
            answer.headers["Content-Length"] = str(len(body))
            return answer(environ, start)

        return troubled


def read_whole(environ: Environ) -> Request:
    """The request with its body read, and the body still there for the application.

    What an application leaves unread the server waits for at the end, while the client waits for an answer cut short.
    """
    request = Request(environ)
    environ["wsgi.input"] = BytesIO(request.get_data())
    return request


def _hang_up(environ: Environ) -> Iterable[bytes]:
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("switched-on trouble")
