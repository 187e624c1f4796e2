"""How the login server says no: errors by their AADSTS number, in the words MSAL decides by."""

from datetime import datetime
from typing import Any

#: number of the error to the `error`, `suberror` and text a client gets
_SAYINGS = {
    9002313: ("invalid_request", "", "Invalid request. Request is malformed or invalid."),
    50020: ("invalid_grant", "", "The account does not belong to this tenant and cannot sign in here."),
    50058: ("interaction_required", "", "A silent sign-in request was sent but no user is signed in."),
    90002: ("invalid_tenant", "", "Tenant not found. Check to make sure you have the correct tenant."),
    50011: ("invalid_request", "", "The redirect URI specified in the request does not match one registered."),
    50076: ("invalid_grant", "basic_action", "You must use multi-factor authentication to access this resource."),
    50173: ("invalid_grant", "bad_token", "The provided grant has expired due to it being revoked; sign in again."),
    50196: ("invalid_grant", "", "The server terminated an operation because it encountered a loop."),
    501481: ("invalid_grant", "", "The Code_Verifier does not match the code_challenge supplied."),
    500112: ("invalid_grant", "", "The reply address does not match the one of the authorization request."),
    530003: ("invalid_grant", "message_only", "Your device is required to be managed to access this resource."),
    54005: ("invalid_grant", "", "OAuth2 Authorization code was already redeemed."),
    65001: ("invalid_grant", "consent_required", "The user or administrator has not consented to use the application."),
    650053: ("invalid_client", "", "The application asked for a scope that doesn't exist on the resource."),
    65004: ("access_denied", "", "User declined to consent to access the app."),
    70000: ("invalid_grant", "", "Provided grant is invalid or malformed."),
    70003: ("unsupported_grant_type", "", "The app requested an unsupported grant type."),
    70008: ("invalid_grant", "token_expired", "The provided authorization code or refresh token has expired."),
    70016: ("authorization_pending", "", "The user has not yet signed in with the device code. Continue polling."),
    70019: ("expired_token", "", "The device code has expired. Restart the sign-in."),
    700016: ("unauthorized_client", "", "Application with this identifier was not found in the directory."),
    700025: (
        "invalid_client",
        "",
        "Client is public so neither 'client_assertion' nor 'client_secret' should be sent.",
    ),
    700082: ("invalid_grant", "token_expired", "The refresh token has expired due to inactivity."),
    700084: ("invalid_grant", "", "The refresh token was issued to another client."),
}
#: why a grant ended, to the error that says so
ENDINGS = {"revoked": 50173, "password": 50173, "expired": 700082, "mfa": 50076, "consent": 65001, "device": 530003}


class LoginError(Exception):
    """A refusal of the login server, by its AADSTS number."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.error, self.suberror, self.text = _SAYINGS[number]
        super().__init__(f"AADSTS{number}: {self.text}")

    def body(self, *, now: datetime, trace: str, correlation: str) -> dict[str, Any]:
        """What the client gets.

        :param trace: an id of this answer
        :param correlation: the id the client gave its request, or one of ours
        """
        timestamp = f"{now:%Y-%m-%d %H:%M:%SZ}"
        said = f"{self} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}"
        body = {
            "error": self.error,
            "error_description": said,
            "error_codes": [self.number],
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
        }
        return {**body, "suberror": self.suberror} if self.suberror else body
