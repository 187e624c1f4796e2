"""Lets in who may come in, and tells the browser on every answer what it must not do with it.

The page shows whom a person writes to and acts for them, on a port that every web site and every program on the machine
can knock at. So it answers only to its own names, only to the browser that came by the opening link, and does only what
its own forms ask for.
"""

import re
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from heardback.web.door import Door

#: bytes and fields of a form; the largest of ours names hundreds of hits
_MOST_BYTES = 32_768
_MOST_FIELDS = 600

#: nothing from elsewhere, nothing inline, nothing in a frame, nothing kept
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # not `no-referrer`: browsers would then hide the origin of our own forms
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

#: what a browser says of a way that begins on another site
_FROM_ELSEWHERE = ("cross-site", "same-site")
#: paths to which a page of ours may lead on
_PATH = re.compile(r"/(?:[a-z0-9]+(?:/[a-z0-9]+)*)?")


class Bare(Protocol):
    """Makes a page that shows nothing of the person's."""

    def __call__(
        self, status: int, title: str, text: str, *, way: tuple[str, str] = ..., goes_on: bool = ...
    ) -> Response:
        """See `Screen.bare`."""


class Guard:
    """The outermost layer of the page. Forms come behind it as `request.state.form`: every field's values."""

    def __init__(self, app: ASGIApp, door: Door, *, bare: Bare, public: frozenset[str]) -> None:
        """Stand before an application.

        :param bare: makes the page that says no
        :param public: paths that hold nothing of the person's
        """
        self._app = app
        self._door = door
        self._bare = bare
        self._public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or have it answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["state"] = {**scope.get("state", {})}
        request = Request(scope, receive)
        answer: ASGIApp = await self._judge(request) or self._app
        await answer(scope, receive, _with_headers(send))

    async def _judge(self, request: Request) -> Response | None:
        """Why a request is answered here; None if the page itself is to answer it."""
        if not self._is_meant(request):
            return self._bare(403, "Not this address", "The page answers only to the address of its opening link.")
        if request.url.path in self._public:
            return None
        if request.method in ("GET", "HEAD") and self._door.is_calendar(request.url.path):
            # a calendar program has no cookie; its address is its key
            return None
        if request.url.path == "/open":
            return self._open(request)
        if not self._door.knows(request.cookies.get(self._door.cookie, ""), self._door.session):
            return self._locked(request)
        return await self._judge_form(request) if request.method == "POST" else None

    def _locked(self, request: Request) -> Response:
        """Nothing is shown without the cookie; a browser does not send it on a way that begins on another site."""
        if request.method == "GET" and _is_from_elsewhere(request) and _PATH.fullmatch(request.url.path):
            about = "A link on another web site led here. If the page is open in this browser, it shows you the place."
            return self._bare(403, "From another site", about, way=(request.url.path, "Go on"))
        return self._bare(
            403, "Locked", 'Open the page by the link that "heardback web" prints; each start has a new one.'
        )

    def _is_meant(self, request: Request) -> bool:
        hosts = request.headers.getlist("host")
        return len(hosts) == 1 and self._door.answers_to(hosts[0])

    def _open(self, request: Request) -> Response:
        """Turn the key into a cookie that no script and no other site can use, and out of the address."""
        if request.method != "GET" or not self._door.knows(request.query_params.get("key", ""), self._door.key):
            return self._bare(
                403, "This link is old", 'The page was started anew since; "heardback web" prints the new link.'
            )
        answer: Response = RedirectResponse("/", status_code=303)
        if _is_from_elsewhere(request):
            # a redirect would still count as that site's; a page of ours that goes on does not
            answer = self._bare(200, "Opening", "The page opens by itself.", way=("/", "Open it"), goes_on=True)
        answer.set_cookie(
            self._door.cookie,
            self._door.session,
            httponly=True,
            samesite="strict",
            secure=self._door.is_encrypted,
            path="/",
        )
        return answer

    async def _judge_form(self, request: Request) -> Response | None:
        origin = request.headers.get("origin")
        is_elsewhere = origin is not None and not self._door.sends(origin, request.headers["host"])
        if is_elsewhere or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return self._bare(403, "Not from this page", "Another web site asked for this; nothing was done.")
        form = await _form(request)
        if form is None:
            return self._bare(413, "Too long", "That is more than any form of this page holds; nothing was done.")
        if not self._door.knows(form.get("form", [""])[0], self._door.form):
            return self._bare(403, "Not from this page", "This form is none of this page's; nothing was done.")
        request.state.form = form
        return None


def _is_from_elsewhere(request: Request) -> bool:
    return request.headers.get("sec-fetch-site", "") in _FROM_ELSEWHERE


async def _form(request: Request) -> dict[str, list[str]] | None:
    """The fields of a form; None if it is too long, empty if it is none."""
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > _MOST_BYTES:
                return None
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except (ValueError, ClientDisconnect):
        return {}


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return sending
