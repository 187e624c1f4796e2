"""What a client asks the login server for, without a person: discovery, device codes, tokens."""

import base64
import json
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.microsoft.aadsts import LoginError
from sandbox.microsoft.account import PERSONAL_TENANT, ExchangeAccount
from sandbox.microsoft.directory import SHARED, Directory
from sandbox.microsoft.tokens import DEVICE_LIFE, RESERVED, RESOURCE, Grant, SignIn, Tokens, graph_scopes

#: seconds between two questions of a client that waits for a device code (the real one says 5)
DEVICE_INTERVAL = 1


class Endpoints:
    """JSON in the forms MSAL expects."""

    def __init__(self, directory: Directory, tokens: Tokens) -> None:
        self._directory = directory
        self._tokens = tokens

    def discovery(self, request: Request, tenant: str) -> Response:
        """GET /{tenant}/v2.0/.well-known/openid-configuration"""
        root = f"{request.host_url}{tenant}"
        if not self._directory.of_tenant(tenant) and tenant not in SHARED:
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

    def device_code(self, request: Request, tenant: str) -> Response:
        """POST /{tenant}/oauth2/v2.0/devicecode (RFC 8628 section 3.1)"""
        asked = request.form.get("scope", "")
        try:
            self._directory.check_client(request.form.get("client_id"))
            scopes = graph_scopes(asked)
        except LoginError as err:
            return self._refuse(request, err)
        sign_in = SignIn(
            client_id=request.form["client_id"], tenant=tenant, scopes=scopes, is_lasting="offline_access" in asked
        )
        device_code, user_code = self._tokens.start_device(sign_in)
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

    def token(self, request: Request, tenant: str) -> Response:
        """POST /{tenant}/oauth2/v2.0/token"""
        form = request.form
        try:
            self._directory.check_client(form.get("client_id"))
            if "client_secret" in form or "client_assertion" in form:
                raise LoginError(700025)
            grant = self._redeem(form)
            if self._directory.accounts[grant.address] not in self._directory.of_tenant(tenant):
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
        account = self._directory.accounts[grant.address]
        access_token, life = self._tokens.issue_access(grant.address, form.get("claims", ""))
        prefix = RESOURCE if RESOURCE in form.get("scope", "") else ""
        scopes = [f"{prefix}{scope}" for scope in sorted(self._tokens.agreed(grant.address))]
        identity = json.dumps({"uid": account.object_id, "utid": account.tenant}).encode()
        answer = {
            "token_type": "Bearer",
            "scope": " ".join([*scopes, "openid", "profile", "email"]),
            "expires_in": int(life.total_seconds()),
            "ext_expires_in": int(life.total_seconds()),
            "access_token": access_token,
            "id_token": self._id_token(request, account, grant.sign_in),
            "client_info": _base64url(identity),
        }
        return answer | ({"refresh_token": self._tokens.issue_refresh(grant)} if grant.sign_in.is_lasting else {})

    def _id_token(self, request: Request, account: ExchangeAccount, sign_in: SignIn) -> str:
        now = int(self._directory.clock.now().timestamp())
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
        correlation = request.headers.get("client-request-id", self._directory.new_id())
        body = err.body(now=self._directory.clock.now(), trace=self._directory.new_id(), correlation=correlation)
        return _json(body, status, {"client-request-id": correlation})


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _json(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(content), status, {"Cache-Control": "no-store", **(headers or {})}, "application/json")
