"""The doors for readers: image, link, web view, opt-out. Nobody signs in, no cookie is set.

What an answer tells: a forged token, an unknown and an expired one cannot be told apart, nor a live one and one whose
reader opted out. A signed link leads where it says for as long as its key is known: old mail must not break.
"""

from asyncio import Future
from base64 import b64decode
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from evidence.hits import Report
from evidence.model import HitKind
from relay.copies import Copies
from relay.intake import Intake
from relay.pages import EVERYWHERE, NOT_HERE, OPT_OUT, OPTED_OUT, PLAIN_HEADERS, TRY_AGAIN, VIEW, VIEW_HEADERS

#: one transparent pixel, 43 bytes
GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
#: bytes of the longest word a web view may send
_LONGEST_REPORT = max(map(len, Report))

IMAGE_HEADERS = {
    "Content-Type": "image/gif",
    "Content-Length": str(len(GIF)),
    "Pragma": "no-cache",
    "Expires": "0",
    "Cross-Origin-Resource-Policy": "cross-origin",
    **EVERYWHERE,
}
_IMAGE_LINES = [(name.lower().encode(), value.encode()) for name, value in IMAGE_HEADERS.items()]
_IMAGE_START = {"type": "http.response.start", "status": 200, "headers": _IMAGE_LINES}
_IMAGE_BODY = {"type": "http.response.body", "body": GIF}

#: one answer for every token that is not good here
_nothing_here = partial(Response, NOT_HERE, 404, PLAIN_HEADERS)


class Image:
    """`/p/TOKEN.gif`: always the image, whatever the token, the method and the headers.

    This is the one door that is knocked at often, and the answer never differs: it stands before the router, and a
    server that knows it (`relay.server.Brisk`) may take a hit and send the answer without a task for each.
    """

    #: the end of the answer as it goes over the wire; what a server adds of its own goes before it
    wire = b"".join(b"%b: %b\r\n" % line for line in _IMAGE_LINES) + b"\r\n" + GIF

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def is_at(self, path: str) -> bool:
        """Whether a path is this door's."""
        return path.startswith("/p/") and path.endswith(".gif") and path.count("/") == 2

    def take(self, scope: Mapping[str, Any]) -> Future[None]:
        """Take the hit in; what is returned is done when the answer may go."""
        return self._intake.take(HitKind.PIXEL, scope["path"][len("/p/") : -len(".gif")], scope)[1]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Take the hit in, then answer."""
        await self.take(scope)
        await send(_IMAGE_START)
        await send(_IMAGE_BODY)


class Doors:
    """Everything else a reader may open."""

    def __init__(self, intake: Intake, copies: Copies) -> None:
        self._intake, self._copies = intake, copies

    async def link(self, request: Request) -> Response:
        """`/l/TOKEN`: on to the address that stands in the token."""
        token = await self._intake.token(HitKind.LINK, request.path_params["token"], request.scope)
        if token is None:
            return _nothing_here()
        return Response(status_code=302, headers={"Location": token.target, **EVERYWHERE})

    async def view(self, request: Request) -> Response:  # noqa: ARG002 - the same for every request
        """`/v/TOKEN`: the page that opens a copy; itself the same for everybody."""
        return Response(VIEW, 200, VIEW_HEADERS)

    async def report(self, request: Request) -> Response:
        """`POST /v/TOKEN`: what the page's script says, one known word; anything else is passed over."""
        word = await body_of(request, _LONGEST_REPORT)
        report = _REPORTS.get(word or b"")
        if report:
            await self._intake.token(HitKind.VIEW, request.path_params["token"], request.scope, report=report)
        return Response(status_code=204, headers=EVERYWHERE)

    async def copy(self, request: Request) -> Response:
        """`/v/TOKEN/copy`: the encrypted copy, until its token expires."""
        token = self._intake.opened(HitKind.VIEW, request.path_params["token"])
        live = token if token and self._intake.now() < token.expires else None
        copy = await self._intake.commit.run(lambda: self._copies.get(live) if live else None)
        if copy is None:
            return _nothing_here()
        return Response(copy, 200, {"Cross-Origin-Resource-Policy": "same-origin", **EVERYWHERE}, _BINARY)

    async def opt_out_page(self, request: Request) -> Response:  # noqa: ARG002 - the same for every request
        """`/o/TOKEN`: asks; opening it, also by a scanner that follows every link, does nothing."""
        return Response(OPT_OUT, 200, PLAIN_HEADERS)

    async def opt_out(self, request: Request) -> Response:
        """`POST /o/TOKEN`: the reader is left alone from now on, also where the token has expired.

        The token is all that is asked for: no login, no cookie and no second page, so there is nothing a foreign site
        could borrow. It is saved before the answer says so; a disk that refuses is owned up to.
        """
        intake = self._intake
        token = intake.opened(HitKind.OPT_OUT, request.path_params["token"])
        is_news = token is not None and intake.opt_outs.change(out=token.readers)
        await intake.tell_owner(token if is_news else None)
        try:
            if not intake.opt_outs.are_saved:
                await intake.commit.run(intake.opt_outs.save)
        except OSError:
            return Response(TRY_AGAIN, 503, PLAIN_HEADERS)
        return Response(OPTED_OUT, 200, PLAIN_HEADERS)


_BINARY = "application/octet-stream"
_REPORTS = {report.value.encode(): report for report in Report}


async def body_of(request: Request, most: int) -> bytes | None:
    """The body of a request; None, read no further, if it is longer than `most` bytes or never comes to its end."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > most:
                return None
    except ClientDisconnect:
        return None
    return bytes(body)


def routes(intake: Intake, copies: Copies) -> list[Route]:
    """The addresses of the doors, but the image's."""
    doors = Doors(intake, copies)
    table: list[tuple[str, str, Callable[..., object]]] = [
        ("GET", "/l/{token}", doors.link),
        ("GET", "/v/{token}", doors.view),
        ("POST", "/v/{token}", doors.report),
        ("GET", "/v/{token}/copy", doors.copy),
        ("GET", "/o/{token}", doors.opt_out_page),
        ("POST", "/o/{token}", doors.opt_out),
    ]
    return [Route(path, answer, methods=[method]) for method, path, answer in table]
