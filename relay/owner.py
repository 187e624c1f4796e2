"""The doors for the owner, who shows the key: read hits, put up copies, pass on opt-outs, have things forgotten.

The wire is described in docs/relay.md.
"""

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from evidence.model import HitKind
from relay.copies import LARGEST, Copies, Full
from relay.intake import Intake, is_source_named, source_of
from relay.limits import Sources
from relay.pages import EVERYWHERE
from relay.readers import body_of
from relay.tokens import Token, is_reader_id, is_token_id

#: hits in one page
_PAGE = 1_000
#: bytes of a list of ids
_LONGEST_LIST = 1_000_000

_Door = Callable[[Request], Awaitable[Response]]


class _Refused(Exception):
    """The request makes no sense; the status and a sentence go back."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(slots=True, kw_only=True)
class Owner:
    """What the owner may do."""

    intake: Intake
    copies: Copies
    #: the key, as it is shown
    bearer: str
    #: names these hits for life: another relay, or one that lost its disk, has another name
    name: str
    #: wrong keys a source may show in a minute
    guesses: Sources

    async def hits(self, request: Request) -> Response:
        """`GET /hits?after=CURSOR`: the hits that follow, oldest first."""
        after, is_ours = self._place(request.query_params.get("after", ""))
        commit = self.intake.commit
        page = await commit.run(lambda: commit.journal.page(after, _PAGE))
        answer = {
            "hits": [{"id": f"{self.name}.{number}", **hit} for number, hit in page.hits],
            "cursor": f"{self.name}.{page.after}",
            "more": page.more,
            "missed": page.missed or not is_ours,
            "lost": commit.lost,
        }
        return JSONResponse(answer, headers=EVERYWHERE)

    async def put_copy(self, request: Request) -> Response:
        """`PUT /v/TOKEN`: keep an encrypted copy until the token expires."""
        token = self._view(request)
        content = await body_of(request, LARGEST)
        if content is None:
            raise _Refused(413, f"a copy takes {LARGEST} bytes at most")
        try:
            await self.intake.commit.run(lambda: self.copies.put(token, content))
        except Full as err:
            raise _Refused(507, "the copies take all the room they may") from err
        return Response(status_code=204, headers=EVERYWHERE)

    async def drop_copy(self, request: Request) -> Response:
        """`DELETE /v/TOKEN`: erase the copy, if there is one."""
        token = self._view(request)
        await self.intake.commit.run(lambda: self.copies.drop([token.id]))
        return Response(status_code=204, headers=EVERYWHERE)

    async def opt_outs(self, request: Request) -> Response:
        """`POST /opt-outs {"out": [...], "back": [...]}`: readers to be left alone, and readers who came back."""
        lists = await _lists(request, {"out": is_reader_id, "back": is_reader_id})
        changed = self.intake.opt_outs.change(out=lists["out"], back=lists["back"])
        await self.intake.commit.run(self.intake.opt_outs.save)
        return JSONResponse({"changed": changed}, headers=EVERYWHERE)

    async def forget(self, request: Request) -> Response:
        """`POST /forget {"tokens": [...]}`: erase every hit and every copy of these tokens."""
        tokens = frozenset((await _lists(request, {"tokens": is_token_id}))["tokens"])
        commit = self.intake.commit
        await commit.flush()  # what still waits in memory goes to the disk first, to be found there
        hits = await commit.run(lambda: commit.journal.forget(tokens))
        copies = await commit.run(lambda: self.copies.drop(tokens))
        return JSONResponse({"hits": hits, "copies": copies}, headers=EVERYWHERE)

    def routes(self) -> list[Route]:
        """The addresses of the doors."""
        table: tuple[tuple[str, str, _Door], ...] = (
            ("GET", "/hits", self.hits),
            ("PUT", "/v/{token}", self.put_copy),
            ("DELETE", "/v/{token}", self.drop_copy),
            ("POST", "/opt-outs", self.opt_outs),
            ("POST", "/forget", self.forget),
        )
        return [Route(path, self._guarded(door), methods=[method]) for method, path, door in table]

    def _guarded(self, door: _Door) -> _Door:
        async def answer(request: Request) -> Response:
            source, now = source_of(request.scope), self.intake.now().timestamp()
            if not self._shows_key(request):
                within = self.guesses.admits(source, now)
                return JSONResponse({"error": "the key is wrong or missing"}, 401 if within else 429, EVERYWHERE)
            if is_source_named(request.scope):
                self.intake.nearby.note(source, now)
            try:
                return await door(request)
            except _Refused as err:
                return JSONResponse({"error": str(err)}, err.status, EVERYWHERE)
            except OSError:
                return JSONResponse({"error": "the disk of the relay refuses"}, 503, EVERYWHERE)

        return answer

    def _shows_key(self, request: Request) -> bool:
        """Compared as digests, so that neither the time nor the length of a guess tells anything."""
        shown = request.headers.get("authorization", "")
        return hmac.compare_digest(_digest(shown), _digest(f"Bearer {self.bearer}"))

    def _place(self, cursor: str) -> tuple[int, bool]:
        """The number after which to go on, and whether the cursor is of these hits."""
        name, _, number = cursor.partition(".")
        if cursor and not (number.isascii() and number.isdecimal() and len(number) < 16):
            raise _Refused(400, "the cursor is none of a relay's")
        if not cursor:
            return 0, True
        is_ours = name == self.name and int(number) <= self.intake.commit.journal.last
        return (int(number), True) if is_ours else (0, False)

    def _view(self, request: Request) -> Token:
        token = self.intake.opened(HitKind.VIEW, request.path_params["token"])
        if token is None:
            raise _Refused(404, "that is no token of a web view")
        return token


async def _lists(request: Request, forms: Mapping[str, Callable[[str], bool]]) -> dict[str, list[str]]:
    """The lists of ids in a JSON body, each checked; one that is not given is empty."""
    body = await body_of(request, _LONGEST_LIST)
    if body is None:
        raise _Refused(413, f"a list takes {_LONGEST_LIST} bytes at most")
    try:
        given: Any = json.loads(body)
    except (ValueError, RecursionError) as err:
        raise _Refused(400, "the body is no JSON") from err
    lists = (
        {name: given.get(name, []) for name in forms} if isinstance(given, dict) and set(given) <= set(forms) else {}
    )
    if not lists or not all(_are_ids(lists[name], form) for name, form in forms.items()):
        raise _Refused(400, f"the body takes lists of ids: {', '.join(forms)}")
    return lists


def _are_ids(given: object, form: Callable[[str], bool]) -> bool:
    return isinstance(given, list) and all(isinstance(each, str) and form(each) for each in given)


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogateescape")).digest()
