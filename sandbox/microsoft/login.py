"""The login server: its addresses, and the way of a person through its pages."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from sandbox.microsoft import pages
from sandbox.microsoft.aadsts import LoginError
from sandbox.microsoft.directory import Directory
from sandbox.microsoft.endpoints import Endpoints
from sandbox.microsoft.tokens import Grant, SignIn, Tokens, graph_scopes

_BOTH = "/<tenant>/oauth2/v2.0"


class Login:
    """Answers everything that is not Graph. MSAL is its client, so it speaks as MSAL expects."""

    def __init__(self, directory: Directory, tokens: Tokens) -> None:
        self._directory = directory
        self._tokens = tokens
        endpoints = Endpoints(directory, tokens)
        self._tickets: dict[str, SignIn] = {}
        self.rules = Map(
            [
                Rule("/", endpoint=lambda _request: _html(pages.front()), methods=["GET"]),
                Rule("/<tenant>/v2.0/.well-known/openid-configuration", endpoint=endpoints.discovery, methods=["GET"]),
                Rule(f"{_BOTH}/authorize", endpoint=self._authorize, methods=["GET"]),
                Rule(f"{_BOTH}/devicecode", endpoint=endpoints.device_code, methods=["POST"]),
                Rule(f"{_BOTH}/token", endpoint=endpoints.token, methods=["POST"]),
                Rule("/consent", endpoint=self._settle, methods=["POST"]),
                Rule("/devicelogin", endpoint=self._device_page, methods=["GET", "POST"]),
            ]
        )

    def answer(self, request: Request) -> Response:
        """Answer one request.

        :raises werkzeug.exceptions.HTTPException: there is no such page
        """
        page, values = self.rules.bind_to_environ(request.environ).match()
        respond: Callable[..., Response] = page
        return respond(request, **values)

    def _authorize(self, request: Request, tenant: str) -> Response:
        asked = request.args
        redirect_uri = asked.get("redirect_uri", "")
        try:
            self._directory.check_client(asked.get("client_id"))
            _check_redirect(redirect_uri)
            sign_in = SignIn(
                client_id=asked["client_id"],
                tenant=tenant,
                scopes=graph_scopes(asked.get("scope", "")),
                redirect_uri=redirect_uri,
                state=asked.get("state", ""),
                nonce=asked.get("nonce", ""),
                response_mode=asked.get("response_mode", "query"),
                challenge=asked.get("code_challenge", ""),
                challenge_method=asked.get("code_challenge_method", "plain"),
                hint=asked.get("login_hint", ""),
                is_lasting="offline_access" in asked.get("scope", ""),
            )
        except LoginError as err:
            return _html(pages.notice("Sign in", f"Sorry, but we're having trouble signing you in. {err}"), 400)
        if asked.get("response_type") != "code":
            return self._return(sign_in, self._error(LoginError(9002313)))
        if asked.get("prompt") == "none":
            return self._return(sign_in, self._error(LoginError(50058)))
        return self._ask(sign_in)

    def _ask(self, sign_in: SignIn) -> Response:
        ticket = self._tokens.secret("t")
        self._tickets[ticket] = sign_in
        choices = [(account.address, account.name) for account in self._directory.of_tenant(sign_in.tenant)]
        return _html(pages.consent(ticket, choices, sign_in.scopes, action="/consent", hint=sign_in.hint))

    def _settle(self, request: Request) -> Response:
        sign_in = self._tickets.pop(request.form.get("ticket", ""), None)
        if sign_in is None:
            return _html(pages.notice("Sign in", "This sign-in is over. Start it again from your app."), 400)
        address = request.form.get("account", "").lower()
        agrees = request.form.get("action") == "allow"
        if agrees and address not in [account.address for account in self._directory.of_tenant(sign_in.tenant)]:
            return _html(pages.notice("Sign in", f"AADSTS50020: {address} cannot sign in here."), 400)
        grant = self._tokens.consent(address, sign_in) if agrees else None
        return self._settle_device(sign_in, grant) if sign_in.device_code else self._settle_browser(sign_in, grant)

    def _settle_browser(self, sign_in: SignIn, grant: Grant | None) -> Response:
        if grant is None:
            return self._return(sign_in, {**self._error(LoginError(65004)), "error_subcode": "cancel"})
        return self._return(
            sign_in, {"code": self._tokens.issue_code(grant), "session_state": self._directory.new_id()}
        )

    def _settle_device(self, sign_in: SignIn, grant: Grant | None) -> Response:
        self._tokens.settle_device(sign_in.device_code, grant)
        if grant is None:
            return _html(pages.notice("Cancelled", "Nothing was allowed. You may close this window."))
        return _html(pages.notice("Signed in", "You have signed in on your device. You may close this window."))

    def _return(self, sign_in: SignIn, fields: dict[str, Any]) -> Response:
        fields = {name: str(value) for name, value in fields.items() if name not in ("error_codes", "timestamp")}
        if sign_in.state:
            fields["state"] = sign_in.state
        if sign_in.response_mode == "form_post":
            return _html(pages.hand_over(sign_in.redirect_uri, fields))
        joint = "&" if "?" in sign_in.redirect_uri else "?"
        return redirect(f"{sign_in.redirect_uri}{joint}{urlencode(fields)}")

    def _device_page(self, request: Request) -> Response:
        if request.method == "GET":
            return _html(pages.enter_code(action="/devicelogin"))
        sign_in = self._tokens.device_sign_in(request.form.get("user_code", ""))
        if sign_in is None:
            return _html(pages.enter_code(action="/devicelogin", problem="That code didn't work. Check it and retry."))
        return self._ask(sign_in)

    def _error(self, err: LoginError) -> dict[str, Any]:
        trace, correlation = self._directory.new_id(), self._directory.new_id()
        return err.body(now=self._directory.clock.now(), trace=trace, correlation=correlation)


def _check_redirect(redirect_uri: str) -> None:
    """`http://localhost` is what the app has registered: any port, but no other host and no path."""
    try:
        where = urlsplit(redirect_uri)
        fits = (where.scheme, where.hostname, where.path.strip("/")) == ("http", "localhost", "")
    except ValueError:
        fits = False
    if not fits:
        raise LoginError(50011)


def _html(content: str, status: int = 200) -> Response:
    return Response(content, status, {"Cache-Control": "no-store"}, "text/html")
