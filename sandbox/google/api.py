"""The front of the Gmail API: finds the method, checks sign-in, scope and budget, and lets it be handled."""

import json
from collections.abc import Callable, Mapping

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox.faults import Fault
from sandbox.google.account import GmailAccount
from sandbox.google.call import Call, Json
from sandbox.google.drafts import DRAFTS
from sandbox.google.fields import keep, read_mask
from sandbox.google.methods import BY_NAME, METHODS, Method
from sandbox.google.reading import READING
from sandbox.google.refusal import Refusal, bad_token, no_mail_service, not_signed_in, scope_missing
from sandbox.google.settings import SETTINGS
from sandbox.google.tokens import Access, Tokens
from sandbox.google.upload import Incoming, Uploads, read_body
from sandbox.google.writing import WRITING
from sandbox.post import PostOffice

#: which of these provider-level troubles a call meets, if one is switched on
Take = Callable[[str, tuple[str, ...]], Fault | None]

_HANDLERS: Mapping[str, Callable[[Call], Json | None]] = {**READING, **WRITING, **DRAFTS, **SETTINGS}
_USERS = "/gmail/v1/users/<user>"


class Crowd:
    """The messages one batch asks for that were not read before; they are fetched all at once."""

    def __init__(self) -> None:
        self._cold = 0

    def admit(self, call: Call) -> None:
        """Let one part in.

        :raises Refusal: 429, the mailbox serves no more of them at once
        """
        if call.method.name != "messages.get" or call.path["id"] in call.account.warm:
            return
        self._cold += 1
        if self._cold > call.account.meter.at_once(call.now):
            raise call.account.meter.too_many_at_once(call.now)


class Api:
    """Answers calls under `/gmail/v1` and `/upload/gmail/v1`, alone or as parts of a batch."""

    def __init__(self, accounts: Mapping[str, GmailAccount], tokens: Tokens, post: PostOffice, take: Take) -> None:
        self._accounts = accounts
        self._tokens = tokens
        self._post = post
        self._take = take
        self._uploads = Uploads(post.random)
        self._routes = Map(
            [Rule(_USERS + each.path, endpoint=each.name, methods=[each.verb]) for each in METHODS]
            + [
                Rule(f"/upload{_USERS}{each.path}", endpoint=each.name, methods=[each.verb])
                for each in METHODS
                if each.upload
            ]
        )

    def respond(self, request: Request, crowd: Crowd | None = None) -> Response:
        """Answer one call.

        :param crowd: shared by the parts of a batch; None for a call of its own
        """
        try:
            response = self._answer(request, crowd)
        except Refusal as refusal:
            response = json_response(refusal.body, refusal.code)
            response.headers.update(refusal.headers)
        except HTTPException as error:
            return Response(f"<!DOCTYPE html><title>Error {error.code}</title>", error.code, mimetype="text/html")
        return response

    def account_of(self, request: Request) -> GmailAccount | None:
        """Whose token came with a request."""
        access = self._tokens.opens(_bearer(request))
        return self._accounts.get(access.address) if access else None

    def _answer(self, request: Request, crowd: Crowd | None) -> Response:
        access = self._signed_in(request)
        account = self._accounts[access.address]
        if crowd is None:
            account.count_request()
        method, path = self._method(request)
        _check(account, access, method, path.pop("user"))
        mask = read_mask(request.args["fields"]) if request.args.get("fields") else {}
        incoming = self._incoming(request)
        if isinstance(incoming, Response):
            return incoming
        name = _name(request)
        call = Call(
            account=account,
            method=method,
            path=path,
            args=request.args,
            scopes=access.scopes,
            incoming=incoming,
            now=self._post.clock.now(),
            trouble=lambda trouble: self._take(name, (trouble,)),
        )
        answer = self._handle(call, crowd)
        return Response(status=204) if answer is None else json_response(keep(answer, mask))

    def _handle(self, call: Call, crowd: Crowd | None) -> Json | None:
        """Charge and handle a call under the account's lock; mail leaves only after it, for the post has locks too."""
        with call.account.lock:
            call.account.calls[call.method.name] += 1
            if crowd is not None:
                crowd.admit(call)
            call.account.meter.charge(call.method, call.now)
            answer = _HANDLERS[call.method.name](call)
        for letter in call.letters:
            self._post.send(letter)
        return answer

    def _signed_in(self, request: Request) -> Access:
        token = _bearer(request)
        if not token:
            raise not_signed_in()
        if self._take(_name(request), ("expire-token",)):
            self._tokens.expire(token)
        access = self._tokens.opens(token)
        if access is None:
            raise bad_token()
        return access

    def _method(self, request: Request) -> tuple[Method, dict[str, str]]:
        verb = request.method
        if "upload_id" in request.args:
            verb = self._uploads.session(request.args["upload_id"]).verb
        name, path = self._routes.bind("").match(request.path, method=verb)
        return BY_NAME[name], dict(path)

    def _incoming(self, request: Request) -> Incoming | Response:
        """The body of the call, or the answer that asks for the rest of it."""
        if request.args.get("uploadType") != "resumable":
            return read_body(request)
        if "upload_id" not in request.args:
            return self._uploads.begin(request)
        return self._uploads.take(request) or self._uploads.finish(request.args["upload_id"])


def json_response(body: Json, status: int = 200) -> Response:
    """An answer as Google writes it."""
    return Response(
        json.dumps(body, indent=2, ensure_ascii=False) + "\n", status, content_type="application/json; charset=UTF-8"
    )


def _check(account: GmailAccount, access: Access, method: Method, user: str) -> None:
    """What stands before every method: whose mailbox, whether there is one, and whether the grant opens it."""
    if not access.scopes & set(method.scopes):
        raise scope_missing(f"caribou.api.proto.MailboxService.{method.name}", method.scopes)
    if user.lower() not in ("me", account.address):
        raise Refusal(403, "forbidden", f"Delegation denied for {account.address}")
    if not account.has_mail:
        raise no_mail_service()


def _bearer(request: Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else request.args.get("access_token", "")


def _name(request: Request) -> str:
    return f"{request.method} {request.full_path}"
