"""How Graph says no: one shape for every error, with the codes its clients decide by."""

from werkzeug.datastructures import Headers


class Refusal(Exception):
    """An answer that is not a result. Becomes `{"error": {"code", "message", "innerError"}}` at the wire."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = Headers(headers or {})


def not_found() -> Refusal:
    """The id is unknown: changed by a move, deleted, or not there yet."""
    return Refusal(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def malformed_id() -> Refusal:
    """The id is not even in the form of one."""
    return Refusal(400, "ErrorInvalidIdMalformed", "Id is malformed.")


def denied() -> Refusal:
    """The token does not hold the permission this call needs."""
    return Refusal(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def bad_request(message: str, code: str = "BadRequest") -> Refusal:
    """The call itself is wrong."""
    return Refusal(400, code, message)
