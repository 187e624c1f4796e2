"""Per-folder delta: what changed in one folder since a token, with everything that is awkward about it."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from werkzeug.wrappers import Response

from sandbox.clock import Clock
from sandbox.microsoft.call import Call, reply
from sandbox.microsoft.mailbox import Change, Mailbox
from sandbox.microsoft.odata import PAGE, Query, link
from sandbox.microsoft.refusals import Refusal, bad_request

#: a token not used for so long is forgotten; the real server promises no time at all
TOKEN_LIFE = timedelta(days=30)
#: a filtered delta never lists more
FILTERED = 5000

_TOKENS = ("$skiptoken", "$deltatoken")
_OPTIONS = frozenset({"$select", "$top", "$expand", "$filter", "$orderby", "changeType", "$count"})
_DATE_FILTER = re.compile(r"receivedDateTime\s+(ge|gt)\s+\S+", re.IGNORECASE)
#: variant of the fault to status and code; the code comes in any letter case
_EXPIRIES = {
    "410": (410, "syncStateNotFound"),
    "syncStateNotFound": (404, "syncStateNotFound"),
    "SyncStateNotFound": (400, "SyncStateNotFound"),
    "resyncRequired": (410, "resyncRequired"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One line of a page to come: a message in full, what changed of it, or that it left."""

    item: int
    #: `created`, `updated` or `deleted`
    kind: str
    properties: frozenset[str] = frozenset()
    item_id: str
    immutable_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What a token stands for; never changed, so a link followed twice gives the same page twice."""

    owner: str
    folder: str
    #: options of the first call
    args: Mapping[str, str]
    made: datetime
    #: place in the mailbox's log up to which this round tells
    upto: int
    #: still to be told; None in a deltaLink, whose round has not begun
    pending: tuple[_Entry, ...] | None


class Deltas:
    """Every delta token given out."""

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        self._clock = clock
        self._chance = chance
        self._states: dict[str, _State] = {}

    def forget(self, address: str) -> None:
        """Every token of an account is unknown from now on."""
        self._states = {token: state for token, state in list(self._states.items()) if state.owner != address}

    def answer(self, call: Call, folder: str) -> Response:
        """GET /me/mailFolders/{id}/messages/delta"""
        state = self._state(call, call.folder(folder).folder_id)
        size = call.page_size or _size(state.args)
        pending = state.pending or ()
        fault = call.trouble(("empty-page", "replay"))
        page = () if fault and fault.trouble == "empty-page" else pending[:size]
        rest = pending if fault else pending[size:]
        query = Query.of(_message_options(state.args), is_basic=call.is_basic)
        shown = [line for entry in page if (line := _line(call, query, state.folder, entry)) is not None]
        answer: dict[str, Any] = {"@odata.context": f"{call.root}/$metadata#Collection(message)", "value": shown}
        if rest or fault:
            following = self._keep(replace(state, pending=rest))
            answer["@odata.nextLink"] = link(call.url, {"$skiptoken": following})
        else:
            following = self._keep(replace(state, pending=None))
            answer["@odata.deltaLink"] = link(call.url, {"$deltatoken": following})
        applied = {"Preference-Applied": f"odata.maxpagesize={call.page_size}"} if call.page_size else {}
        return reply(answer, headers=applied)

    def _state(self, call: Call, folder: str) -> _State:
        token = next((call.args[name] for name in _TOKENS if name in call.args), None)
        if token is None:
            return self._first(call, folder)
        state = self._states.get(token)
        fault = call.trouble(("expire-cursor",))
        if fault:
            self._states.pop(token, None)
            raise _expired(call, fault.detail)
        if state is None or state.owner != call.account.address or state.made + TOKEN_LIFE < self._clock.now():
            raise _expired(call, "")
        return state if state.pending is not None else self._next_round(call.mailbox, state)

    def _first(self, call: Call, folder: str) -> _State:
        """The first round names everything in the folder, newest first."""
        args = call.args
        _check(args)
        query = Query.of(_message_options(args), is_basic=call.is_basic)
        found = query.run(call.mailbox.items(folder))
        entries = tuple(
            _Entry(item=item.number, kind="created", item_id=item.item_id, immutable_id=item.immutable_id)
            for item in found
        )
        if query.filter:
            entries = entries[:FILTERED]
        return _State(
            owner=call.account.address,
            folder=folder,
            args=args,
            made=self._clock.now(),
            upto=len(call.mailbox.log),
            pending=_of_type(entries, args),
        )

    def _next_round(self, mailbox: Mailbox, state: _State) -> _State:
        """What the log says since; of several changes of one message only what they amount to."""
        changes = [change for change in mailbox.log[state.upto :] if change.folder == state.folder]
        last = {change.item: change for change in changes}
        entries = tuple(_summary(mailbox, change, changes) for change in last.values())
        return replace(state, made=self._clock.now(), upto=len(mailbox.log), pending=_of_type(entries, state.args))

    def _keep(self, state: _State) -> str:
        token = "".join(self._chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", k=60))
        self._states[token] = replace(state, made=self._clock.now())
        return token


def _summary(mailbox: Mailbox, change: Change, changes: list[Change]) -> _Entry:
    own = [other for other in changes if other.item == change.item]
    item = mailbox.item(change.item)
    is_here = item is not None and item.folder == change.folder
    kind = "deleted" if not is_here else "created" if any(other.kind == "created" for other in own) else "updated"
    return _Entry(
        item=change.item,
        kind=kind,
        properties=frozenset().union(*(other.properties for other in own)),
        item_id=change.item_id,
        immutable_id=change.immutable_id,
    )


def _line(call: Call, query: Query, folder: str, entry: _Entry) -> dict[str, Any] | None:
    if entry.kind == "deleted":
        return {"id": entry.immutable_id if call.immutable else entry.item_id, "@removed": {"reason": "deleted"}}
    item = call.mailbox.item(entry.item)
    if item is None or item.folder != folder:
        return None  # it left since the round began; the next round says so
    shown = query.show(item, immutable=call.immutable, is_basic=call.is_basic)
    if entry.kind == "created":
        return {"@odata.type": "#microsoft.graph.message", **shown}
    kept = entry.properties | {"@odata.etag", "id"}
    return {"@odata.type": "#microsoft.graph.message"} | {name: shown[name] for name in shown if name in kept}


def _check(args: Mapping[str, str]) -> None:
    unknown = [name for name in args if name not in _OPTIONS]
    if unknown:
        raise bad_request(f"The query parameter '{unknown[0]}' is not supported with change tracking.")
    if args.get("$filter") and not _DATE_FILTER.fullmatch(args["$filter"].strip()):
        raise bad_request("Only receivedDateTime ge|gt is supported in $filter with change tracking.")
    if args.get("$orderby", "receivedDateTime desc").lower().split() != ["receiveddatetime", "desc"]:
        raise bad_request("Only receivedDateTime desc is supported in $orderby with change tracking.")
    if args.get("$expand", "").lower().startswith("extensions"):
        raise Refusal(500, "UnknownError", "An internal server error occurred.")


def _message_options(args: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in args.items() if name in ("$select", "$expand", "$filter")}


def _size(args: Mapping[str, str]) -> int:
    return int(args["$top"]) if args.get("$top", "").isdigit() else PAGE


def _of_type(entries: tuple[_Entry, ...], args: Mapping[str, str]) -> tuple[_Entry, ...]:
    wanted = args.get("changeType")
    return tuple(entry for entry in entries if wanted in (None, entry.kind))


def _expired(call: Call, variant: str) -> Refusal:
    status, code = _EXPIRIES.get(variant, _EXPIRIES["syncStateNotFound"])
    again = {"Location": call.url} if status == 410 else {}
    return Refusal(status, code, "The sync state generation is not found; start again without a token.", again)
