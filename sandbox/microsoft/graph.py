"""Graph v1.0: who may call what, and the way of one call from the wire to its handler and back."""

import json
import random
import re
import uuid
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.microsoft import people
from sandbox.microsoft.account import ExchangeAccount
from sandbox.microsoft.batch import Batch
from sandbox.microsoft.call import Call
from sandbox.microsoft.delta import Deltas
from sandbox.microsoft.messages import Messages
from sandbox.microsoft.refusals import Refusal, bad_request, denied
from sandbox.microsoft.tokens import Access, Tokens
from sandbox.microsoft.transport import Transport

VERSION = "/v1.0"

_KEYED = re.compile(r"\('([^']*)'\)")

_BASIC = frozenset({"Mail.ReadBasic", "Mail.Read", "Mail.ReadWrite"})
_READ = frozenset({"Mail.Read", "Mail.ReadWrite"})
_WRITE = frozenset({"Mail.ReadWrite"})
_SEND = frozenset({"Mail.Send"})
_PROFILE = frozenset({"User.Read"})
_SETTINGS = frozenset({"MailboxSettings.Read", "MailboxSettings.ReadWrite"})
_TASKS_READ = frozenset({"Tasks.Read", "Tasks.ReadWrite"})
_TASKS_WRITE = frozenset({"Tasks.ReadWrite"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Route:
    """What answers, and which permissions are enough for it: any one of them."""

    respond: Callable[..., Response]
    permissions: frozenset[str]


class Graph:
    """Answers everything under `/v1.0`."""

    def __init__(
        self,
        accounts: dict[str, ExchangeAccount],
        tokens: Tokens,
        transport: Transport,
        clock: Clock,
        chance: random.Random,
    ) -> None:
        self._accounts = accounts
        self._tokens = tokens
        self._clock = clock
        self._chance = chance
        self.deltas = Deltas(clock, chance)
        self._batch = Batch(self._answer_one, chance)
        self._rules = _rules(Messages(transport), self.deltas)
        #: troubles switched on; set by the server that serves this
        self.faults = Faults()

    def answer(self, request: Request) -> Response:
        """Answer one request, whatever is wrong with it."""
        if request.path != f"{VERSION}/$batch":
            return self._answer_one(request)
        try:
            self._authorise(request)
            if request.method != "POST":
                raise Refusal(405, "Request_BadRequest", "Specified HTTP method is not allowed.")
            return self._traced(request, self._batch.run(request, VERSION, self.faults))
        except Refusal as refusal:
            return self._traced(request, self._refused(request, refusal))

    def _answer_one(self, request: Request) -> Response:
        try:
            return self._traced(request, self._respond(request))
        except Refusal as refusal:
            return self._traced(request, self._refused(request, refusal))

    def _respond(self, request: Request) -> Response:
        access = self._authorise(request)
        account = self._accounts[access.address]
        path = _path(request)
        with account.quota.request():
            route, values = self._match(request, path)
            if not access.scopes & route.permissions:
                raise denied()
            call = Call(
                request=request,
                account=account,
                scopes=access.scopes,
                root=request.host_url.rstrip("/") + VERSION,
                path=path,
                now=self._clock.now,
                trouble=lambda kinds: self.faults.take(f"{request.method} {request.full_path}", kinds),
            )
            with account.turn():
                return route.respond(call, **values)

    def _match(self, request: Request, path: str) -> tuple[_Route, dict[str, str]]:
        adapter = self._rules.bind(request.host, url_scheme="https")
        try:
            route, values = adapter.match(path, method=request.method)
        except MethodNotAllowed:
            raise Refusal(405, "Request_BadRequest", "Specified HTTP method is not allowed.") from None
        except HTTPException:
            segment = path.rsplit("/", 1)[-1]
            raise bad_request(f"Resource not found for the segment '{segment}'.") from None
        return route, {name: unquote(value) for name, value in values.items()}

    def _authorise(self, request: Request) -> Access:
        """Who calls.

        :raises Refusal: 401; with a claims challenge in `WWW-Authenticate` when a token with more is wanted
        """
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise _unauthorised("Access token is empty.")
        fault = self.faults.take(f"{request.method} {request.full_path}", ("expire-token",))
        access = self._tokens.access(token)
        if fault and access:
            if fault.detail == "claims":
                self._tokens.challenge(access.address)
            else:
                self._tokens.expire(token)
                access = None
        if access is None:
            raise _unauthorised("Lifetime validation failed, the token is expired.")
        challenge = self._tokens.unanswered(access)
        if challenge:
            raise _challenged(challenge)
        return access

    def _refused(self, request: Request, refusal: Refusal) -> Response:
        inner = {
            "date": f"{self._clock.now():%Y-%m-%dT%H:%M:%S}",
            "request-id": self._request_id(request),
            "client-request-id": request.headers.get("client-request-id", self._request_id(request)),
        }
        error = {"code": refusal.code, "message": refusal.message, "innerError": inner}
        return Response(json.dumps({"error": error}), refusal.status, refusal.headers, content_type="application/json")

    def _traced(self, request: Request, answer: Response) -> Response:
        answer.headers["request-id"] = self._request_id(request)
        answer.headers["client-request-id"] = request.headers.get("client-request-id", self._request_id(request))
        return answer

    def _request_id(self, request: Request) -> str:
        """The same through one request."""
        known = request.environ.get("sandbox.request_id")
        if known is None:
            known = request.environ["sandbox.request_id"] = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        return str(known)


def _path(request: Request) -> str:
    """The path below the version, ids still quoted, `folder('id')` written as `folder/id`."""
    raw = str(request.environ.get("RAW_URI") or request.path).partition("?")[0]
    raw = raw.replace("%24", "$").replace("%27", "'").replace("%28", "(").replace("%29", ")")
    return _KEYED.sub(r"/\1", raw).removeprefix(VERSION).removesuffix("()").removesuffix("/")


def _unauthorised(message: str) -> Refusal:
    say = 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
    return Refusal(401, "InvalidAuthenticationToken", message, {"WWW-Authenticate": say})


def _challenged(claims: str) -> Refusal:
    say = f'Bearer realm="", error="insufficient_claims", claims="{b64encode(claims.encode()).decode()}"'
    message = "Continuous access evaluation resulted in challenge with result: InteractionRequired."
    return Refusal(401, "InvalidAuthenticationToken", message, {"WWW-Authenticate": say})


def _rules(messages: Messages, deltas: Deltas) -> Map:
    every, one = "/me/messages", "/me/messages/<message>"
    folder, inside = "/me/mailFolders/<folder>", "/me/mailFolders/<folder>/messages"
    lists, tasks = "/me/todo/lists", "/me/todo/lists/<task_list>/tasks"
    task, links = f"{tasks}/<task>", f"{tasks}/<task>/linkedResources"
    table: list[tuple[str, str, Callable[..., Response], frozenset[str]]] = [
        ("GET", "/me", people.me, _PROFILE),
        ("GET", "/me/mailFolders", messages.list_folders, _BASIC),
        ("GET", folder, messages.get_folder, _BASIC),
        ("GET", f"{folder}/childFolders", messages.child_folders, _BASIC),
        ("GET", inside, messages.browse, _BASIC),
        ("GET", f"{inside}/$count", messages.count, _BASIC),
        ("GET", f"{inside}/delta", deltas.answer, _BASIC),
        ("GET", f"{inside}/<message>", messages.get, _BASIC),
        ("GET", f"{inside}/<message>/$value", messages.mime, _READ),
        ("POST", inside, messages.create, _WRITE),
        ("GET", every, messages.browse, _BASIC),
        ("GET", f"{every}/$count", messages.count, _BASIC),
        ("POST", every, messages.create, _WRITE),
        ("GET", one, messages.get, _BASIC),
        ("PATCH", one, messages.change, _WRITE),
        ("DELETE", one, messages.delete, _WRITE),
        ("GET", f"{one}/$value", messages.mime, _READ),
        ("POST", f"{one}/move", messages.move, _WRITE),
        ("POST", f"{one}/createReply", messages.reply_to, _WRITE),
        ("POST", f"{one}/createReplyAll", messages.reply_to_all, _WRITE),
        ("POST", f"{one}/createForward", messages.forward, _WRITE),
        ("POST", f"{one}/send", messages.send, _SEND),
        ("POST", "/me/sendMail", messages.send_mail, _SEND),
        ("GET", "/me/outlook/masterCategories", people.list_categories, _SETTINGS),
        ("POST", "/me/outlook/masterCategories", people.create_category, frozenset({"MailboxSettings.ReadWrite"})),
        ("GET", lists, people.list_lists, _TASKS_READ),
        ("POST", lists, people.create_list, _TASKS_WRITE),
        ("GET", tasks, people.list_tasks, _TASKS_READ),
        ("POST", tasks, people.create_task, _TASKS_WRITE),
        ("GET", task, people.get_task, _TASKS_READ),
        ("PATCH", task, people.change_task, _TASKS_WRITE),
        ("DELETE", task, people.delete_task, _TASKS_WRITE),
        ("GET", links, people.list_links, _TASKS_READ),
        ("POST", links, people.create_link, _TASKS_WRITE),
    ]
    return Map(
        [
            Rule(path, endpoint=_Route(respond=respond, permissions=permissions), methods=[method])
            for method, path, respond, permissions in table
        ],
        merge_slashes=False,
    )
