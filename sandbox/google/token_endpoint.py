"""`/token` and `/revoke`: the forms a client posts and the JSON it gets (RFC 6749 section 5, RFC 7009)."""

from collections.abc import Mapping

from werkzeug.wrappers import Request

from sandbox.google.tokens import Client, TokenRefused, Tokens, says

Answer = tuple[dict[str, str | int], int]


class TokenEndpoint:
    """Checks who asks, and passes on to the tokens."""

    def __init__(self, client: Client, tokens: Tokens) -> None:
        self._client = client
        self._tokens = tokens

    def token(self, request: Request) -> Answer:
        """Serve `/token`.

        :returns: JSON and HTTP status
        """
        form = request.form
        try:
            self._check_client(request)
            return self._give(form), 200
        except TokenRefused as refused:
            return dict(refused.body), refused.status

    def revoke(self, request: Request) -> Answer:
        """Serve `/revoke`: a refresh token, or an access token and with it the refresh token behind it."""
        try:
            self._tokens.revoke(request.values.get("token", ""))
        except TokenRefused as refused:
            return dict(refused.body), refused.status
        return {}, 200

    def _check_client(self, request: Request) -> None:
        """The client names itself in the form or by HTTP Basic (RFC 6749 section 2.3.1); libraries do either."""
        basic = request.authorization if request.authorization and request.authorization.type == "basic" else None
        name = basic.username if basic else request.form.get("client_id")
        secret = basic.password if basic else request.form.get("client_secret")
        if name != self._client.id:
            raise TokenRefused("invalid_client", status=401, more=says("The OAuth client was not found."))
        if secret != self._client.secret:
            raise TokenRefused("invalid_client", status=401, more=says("The provided client secret is invalid."))

    def _give(self, form: Mapping[str, str]) -> dict[str, str | int]:
        kind = form.get("grant_type", "")
        if kind == "refresh_token":
            return self._tokens.refresh(form.get("refresh_token", ""), client=self._client.id)
        if kind == "authorization_code":
            return self._tokens.redeem(
                form.get("code", ""),
                client=self._client.id,
                redirect_uri=form.get("redirect_uri", ""),
                verifier=form.get("code_verifier", ""),
            )
        raise TokenRefused("unsupported_grant_type", more=says(f"Invalid grant_type: {kind}"))
