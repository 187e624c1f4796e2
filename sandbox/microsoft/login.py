"""The login server: OpenID Connect discovery, the pages a person meets, and the token endpoint."""

import base64
import json
import random
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from sandbox.clock import Clock
from sandbox.microsoft import pages
from sandbox.microsoft.account import PERSONAL_TENANT, ExchangeAccount
from sandbox.microsoft.tokens import DEVICE_LIFE, RESERVED, RESOURCE, Grant, LoginError, SignIn, Tokens, graph_scopes

#: seconds between two questions of a client that waits for a device code (the real one says 5)
DEVICE_INTERVAL = 1

_BOTH = "/<tenant>/oauth2/v2.0"


class Login:
    """Answers everything that is not Graph. MSAL is its client, so it speaks as MSAL expects."""

    def __init__(
        self, accounts: dict[str, ExchangeAccount], tokens: Tokens, clock: Clock, chance: random.Random, client_id: str
    ) -> None:
        self._accounts = accounts
        self._tokens = tokens
        self._clock = clock
        self._chance = chance
        self._client_id = client_id
        self._tickets: dict[str, SignIn] = {}
        self.rules = Map(
            [
                Rule("/", endpoint=lambda _request: _html(pages.front()), methods=["GET"]),
                Rule("/<tenant>/v2.0/.well-known/openid-configuration", endpoint=self._discovery, methods=["GET"]),
                Rule(f"{_BOTH}/authorize", endpoint=self._authorize, methods=["GET"]),
                Rule(f"{_BOTH}/devicecode", endpoint=self._device_code, methods=["POST"]),
                Rule(f"{_BOTH}/token", endpoint=self._token, methods=["POST"]),
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

    def _discovery(self, request: Request, tenant: str) -> Response:
        root = f"{request.host_url}{tenant}"
        if not self._accounts_of(tenant) and tenant not in ("common", "organizations", "consumers"):
            return self._refuse(request, LoginError(90002), status=400)
        issuer = PERSONAL_TENANT if tenant == "consumers" else "{tenantid}" if "-" not in tenant else tenant
        return _json(
            {
                "token_endpoint": f"{root}/oauth2/v2.0/token",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
                "issuer": f"{request.host_url}{issuer}/v2.0",
                "jwks_uri": f"{root}/discovery/v2.0/keys",
                "response_modes_supported": ["query", "form_post"],
                "response_types_supported": ["code"],
                "scopes_supported": sorted(RESERVED),
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["none"],
            }
        )

    def _authorize(self, request: Request, tenant: str) -> Response:
        asked = request.args
        redirect_uri = asked.get("redirect_uri", "")
        try:
            self._check_client(asked.get("client_id"))
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
        choices = [(account.address, account.name) for account in self._accounts_of(sign_in.tenant)]
        return _html(pages.consent(ticket, choices, sign_in.scopes, action="/consent", hint=sign_in.hint))

    def _settle(self, request: Request) -> Response:
        sign_in = self._tickets.pop(request.form.get("ticket", ""), None)
        if sign_in is None:
            return _html(pages.notice("Sign in", "This sign-in is over. Start it again from your app."), 400)
        address = request.form.get("account", "").lower()
        agrees = request.form.get("action") == "allow"
        if agrees and address not in [account.address for account in self._accounts_of(sign_in.tenant)]:
            return _html(pages.notice("Sign in", f"AADSTS50020: {address} cannot sign in here."), 400)
        grant = self._tokens.consent(address, sign_in) if agrees else None
        return self._settle_device(sign_in, grant) if sign_in.device_code else self._settle_browser(sign_in, grant)

    def _settle_browser(self, sign_in: SignIn, grant: Grant | None) -> Response:
        if grant is None:
            return self._return(sign_in, {**self._error(LoginError(65004)), "error_subcode": "cancel"})
        return self._return(sign_in, {"code": self._tokens.issue_code(grant), "session_state": self._uuid()})

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

    def _device_code(self, request: Request, tenant: str) -> Response:
        try:
            self._check_client(request.form.get("client_id"))
            scopes = graph_scopes(request.form.get("scope", ""))
        except LoginError as err:
            return self._refuse(request, err)
        device_code, user_code = self._tokens.start_device(
            SignIn(client_id=request.form["client_id"], tenant=tenant, scopes=scopes)
        )
        page = f"{request.host_url}devicelogin"
        return _json(
            {
                "user_code": user_code,
                "device_code": device_code,
                "verification_uri": page,
                "expires_in": int(DEVICE_LIFE.total_seconds()),
                "interval": DEVICE_INTERVAL,
                "message": f"To sign in, use a web browser to open the page {page} and enter the code {user_code}.",
            }
        )

    def _device_page(self, request: Request) -> Response:
        if request.method == "GET":
            return _html(pages.enter_code(action="/devicelogin"))
        sign_in = self._tokens.device_sign_in(request.form.get("user_code", ""))
        if sign_in is None:
            return _html(pages.enter_code(action="/devicelogin", problem="That code didn't work. Check it and retry."))
        return self._ask(sign_in)

    def _token(self, request: Request, tenant: str) -> Response:
        form = request.form
        try:
            self._check_client(form.get("client_id"))
            if "client_secret" in form or "client_assertion" in form:
                raise LoginError(700025)
            grant = self._redeem(form)
            if self._accounts[grant.address] not in self._accounts_of(tenant):
                raise LoginError(50020)
        except LoginError as err:
            return self._refuse(request, err, status=401 if err.error == "invalid_client" else 400)
        return _json(self._token_answer(request, grant))

    def _redeem(self, form: Any) -> Grant:
        match form.get("grant_type"):
            case "authorization_code":
                return self._tokens.redeem_code(
                    form.get("code", ""),
                    verifier=form.get("code_verifier", ""),
                    redirect_uri=form.get("redirect_uri", ""),
                )
            case "refresh_token":
                return self._tokens.redeem_refresh(
                    form.get("refresh_token", ""),
                    client_id=form["client_id"],
                    scopes=graph_scopes(form.get("scope", "")),
                )
            case "urn:ietf:params:oauth:grant-type:device_code":
                return self._tokens.redeem_device(form.get("device_code", ""))
        raise LoginError(70003)

    def _token_answer(self, request: Request, grant: Grant) -> dict[str, Any]:
        form = request.form
        account = self._accounts[grant.address]
        access_token, life = self._tokens.issue_access(grant.address, form.get("claims", ""))
        prefix = RESOURCE if RESOURCE in form.get("scope", "") else ""
        scopes = [f"{prefix}{scope}" for scope in sorted(self._tokens.agreed(grant.address))]
        identity = json.dumps({"uid": account.object_id, "utid": account.tenant}).encode()
        return {
            "token_type": "Bearer",
            "scope": " ".join([*scopes, "openid", "profile", "email"]),
            "expires_in": int(life.total_seconds()),
            "ext_expires_in": int(life.total_seconds()),
            "access_token": access_token,
            "refresh_token": self._tokens.issue_refresh(grant),
            "id_token": self._id_token(request, account, grant.sign_in),
            "client_info": _base64url(identity),
        }

    def _id_token(self, request: Request, account: ExchangeAccount, sign_in: SignIn) -> str:
        now = int(self._clock.now().timestamp())
        claims = {
            "aud": sign_in.client_id,
            "iss": f"{request.host_url}{account.tenant}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "name": account.name,
            "oid": account.object_id,
            "preferred_username": account.address,
            "sub": _base64url(f"{account.object_id}{sign_in.client_id}".encode())[:43],
            "tid": account.tenant,
            "ver": "2.0",
        }
        if sign_in.nonce:
            claims["nonce"] = sign_in.nonce
        parts = ({"typ": "JWT", "alg": "none"}, claims)
        return ".".join(_base64url(json.dumps(part).encode()) for part in parts) + "."

    def _refuse(self, request: Request, err: LoginError, *, status: int = 400) -> Response:
        known = {"client-request-id": request.headers.get("client-request-id", self._uuid())}
        return _json(self._error(err, correlation=known["client-request-id"]), status, known)

    def _error(self, err: LoginError, correlation: str = "") -> dict[str, Any]:
        trace, correlation = self._uuid(), correlation or self._uuid()
        timestamp = f"{self._clock.now():%Y-%m-%d %H:%M:%SZ}"
        said = f"{err} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}"
        body = {
            "error": err.error,
            "error_description": said,
            "error_codes": [err.number],
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
        }
        return {**body, "suberror": err.suberror} if err.suberror else body

    def _accounts_of(self, tenant: str) -> list[ExchangeAccount]:
        everyone = self._accounts.values()
        if tenant == "common":
            return list(everyone)
        if tenant in ("organizations", "consumers"):
            kind = "work" if tenant == "organizations" else "personal"
            return [account for account in everyone if account.kind == kind]
        return [account for account in everyone if account.tenant == tenant]

    def _check_client(self, client_id: str | None) -> None:
        if client_id != self._client_id:
            raise LoginError(700016)

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))


def _check_redirect(redirect_uri: str) -> None:
    """`http://localhost` is what the app has registered: any port, but no other host and no path."""
    try:
        where = urlsplit(redirect_uri)
        fits = (where.scheme, where.hostname, where.path.strip("/")) == ("http", "localhost", "")
    except ValueError:
        fits = False
    if not fits:
        raise LoginError(50011)


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _json(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(content), status, {"Cache-Control": "no-store", **(headers or {})}, "application/json")


def _html(content: str, status: int = 200) -> Response:
    return Response(content, status, {"Cache-Control": "no-store"}, "text/html")
