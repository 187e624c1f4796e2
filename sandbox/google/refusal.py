"""How Google says no: one error with the JSON body, status and headers of the real answers."""

from collections.abc import Mapping, Sequence
from typing import Any

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
}


class Refusal(Exception):
    """A call that is not served.

    Body as in Google's guide "Resolve errors": `{"error": {"code", "message", "errors": [{…, "reason"}], "status"}}`.
    """

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        status: str | None = None,
        domain: str = "global",
        inner: Mapping[str, str] | None = None,
        details: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`inner` adds to or replaces what stands in `errors[0]`, where Google words it otherwise than outside."""
        super().__init__(message)
        self.code = code
        self.headers = dict(headers or {})
        self.body: dict[str, Any] = {
            "error": {
                "code": code,
                "message": message,
                "errors": [{"message": message, "domain": domain, "reason": reason, **(inner or {})}],
                "status": status or _STATUS[code],
            }
        }
        if details:
            self.body["error"]["details"] = [dict(each) for each in details]

    @property
    def reason(self) -> str:
        """Google's word for it, `notFound`."""
        return str(self.body["error"]["errors"][0]["reason"])


def not_found() -> Refusal:
    """The message, draft or thread is gone, or the history id too old."""
    return Refusal(404, "notFound", "Requested entity was not found.")


def invalid(message: str) -> Refusal:
    """An argument Google cannot use."""
    return Refusal(400, "invalidArgument", message)


def not_signed_in() -> Refusal:
    """No access token came with the call."""
    return Refusal(
        401,
        "required",
        "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other "
        "valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        inner={"message": "Login Required.", "location": "Authorization", "locationType": "header"},
        headers={"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"'},
    )


def bad_token() -> Refusal:
    """The access token has run out, was revoked or never was."""
    return Refusal(
        401,
        "authError",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        inner={"message": "Invalid Credentials", "location": "Authorization", "locationType": "header"},
        headers={"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'},
    )


def scope_missing(method: str, accepted: Sequence[str]) -> Refusal:
    """The person did not grant what this method needs."""
    return Refusal(
        403,
        "insufficientPermissions",
        "Request had insufficient authentication scopes.",
        inner={"message": "Insufficient Permission"},
        details=[
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                "domain": "googleapis.com",
                "metadata": {"service": "gmail.googleapis.com", "method": method},
            }
        ],
        headers={
            "WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="insufficient_scope", '
            f'scope="{" ".join(accepted)}"'
        },
    )


def no_mail_service() -> Refusal:
    """The Google account exists but has no Gmail."""
    return Refusal(400, "failedPrecondition", "Mail service not enabled", status="FAILED_PRECONDITION")
