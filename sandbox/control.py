"""The sandbox's control desk: move the clock, switch troubles on, end sign-ins. For tests and demonstrations."""

import json
from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import timedelta
from typing import Any, get_args

from werkzeug.exceptions import BadRequest, HTTPException, NotFound
from werkzeug.wrappers import Request, Response

from sandbox.clock import Clock
from sandbox.faults import Environ, Fault, Start, Trouble
from sandbox.google import Google
from sandbox.microsoft import Microsoft

Wishes = dict[str, Any]

_FAULT_FIELDS = {each.name for each in fields(Fault)}
_TROUBLES = get_args(Trouble)


class Control:
    """A WSGI application; JSON in and out.

    - `GET /clock` gives `{"now": …}`; `POST /clock {"advance": seconds}` moves it and gives the same
    - `POST /fault {"server": "google"|"microsoft", …}` with the fields of `Fault`; `POST /fault/clear` ends them all
    - `POST /grants/revoke {"address": …, "reason": …}` ends the sign-ins of one account
    """

    def __init__(self, clock: Clock, google: Google, microsoft: Microsoft) -> None:
        self._clock = clock
        self._google = google
        self._microsoft = microsoft
        self._desks: dict[tuple[str, str], Callable[[Wishes], Wishes]] = {
            ("GET", "/clock"): self._tell_time,
            ("POST", "/clock"): self._advance,
            ("POST", "/fault"): self._add_fault,
            ("POST", "/fault/clear"): self._clear_faults,
            ("POST", "/grants/revoke"): self._revoke,
        }

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        try:
            answer = Response(json.dumps(self._handle(request)), mimetype="application/json")
        except HTTPException as refusal:
            answer = Response(
                json.dumps({"error": refusal.description}), refusal.code or 500, mimetype="application/json"
            )
        return answer(environ, start)

    def _handle(self, request: Request) -> Wishes:
        desk = self._desks.get((request.method, request.path))
        if desk is None:
            raise NotFound(f"nothing is done by {request.method} {request.path}")
        if request.method == "GET":
            return desk({})
        wishes = request.get_json(force=True, silent=True) if request.content_length else {}
        if not isinstance(wishes, dict):
            raise BadRequest("the body must be a JSON object")
        return desk(wishes)

    def _tell_time(self, _: Wishes) -> Wishes:
        return {"now": self._clock.now().isoformat()}

    def _advance(self, wishes: Wishes) -> Wishes:
        seconds = wishes.get("advance")
        if not isinstance(seconds, int | float) or seconds < 0:
            raise BadRequest("advance must be a number of seconds")
        self._clock.advance(timedelta(seconds=seconds))
        return self._tell_time(wishes)

    def _add_fault(self, wishes: Wishes) -> Wishes:
        named = {name: value for name, value in wishes.items() if name != "server"}
        server = {"google": self._google.server, "microsoft": self._microsoft.server}.get(wishes.get("server", ""))
        if server is None or named.get("trouble") not in _TROUBLES or set(named) - _FAULT_FIELDS:
            raise BadRequest(
                f"name a server (google, microsoft), a trouble ({', '.join(_TROUBLES)}), and any of"
                f" {', '.join(sorted(_FAULT_FIELDS))}"
            )
        named["headers"] = tuple((name, value) for name, value in named.get("headers", ()))
        server.faults.add(Fault(**named))
        return {}

    def _clear_faults(self, _: Wishes) -> Wishes:
        self._google.server.faults.clear()
        self._microsoft.server.faults.clear()
        return {}

    def _revoke(self, wishes: Wishes) -> Wishes:
        address, reason = str(wishes.get("address", "")), str(wishes.get("reason", "revoked"))
        for provider in (self._google, self._microsoft):
            if _knows(provider, address):
                try:
                    provider.revoke_grants(address, reason=reason)
                except ValueError as err:
                    raise BadRequest(str(err)) from err
                return {}
        raise NotFound(f"no account {address}")


def _knows(provider: Google | Microsoft, address: str) -> bool:
    try:
        provider.account(address)
    except KeyError:
        return False
    return True
