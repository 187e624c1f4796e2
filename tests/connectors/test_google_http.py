import json
from datetime import UTC, datetime
from typing import Any

import google.auth.exceptions
import httplib2
import pytest
from googleapiclient.errors import HttpError

from connectors.errors import (
    ClientMisconfigured,
    ConsentDenied,
    GrantGone,
    NoMailbox,
    ScopeMissing,
    Unreachable,
)
from connectors.google_http import Http, Refusal, judged, refused_refresh
from connectors.retry import Passing
from sandbox.faults import Fault
from sandbox.world import World

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
ME = "me@example.com"


def answer(status: int, reason: str = "", message: str = "", detail: str = "", **headers: str) -> HttpError:
    error: dict[str, Any] = {"code": status, "message": message, "errors": [{"reason": reason}]}
    if detail:
        error["details"] = [{"reason": detail}]
    response = httplib2.Response({"status": str(status), **headers})
    return HttpError(response, json.dumps({"error": error}).encode())


def judge(error: HttpError) -> Exception:
    return judged(error, whom=ME, account=f"gmail:{ME}", now=lambda: NOW)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (answer(401, "authError"), Passing),
        (answer(403, "insufficientPermissions"), ScopeMissing),
        (answer(403, "forbidden", detail="ACCESS_TOKEN_SCOPE_INSUFFICIENT"), ScopeMissing),
        (answer(403, "accessNotConfigured"), ClientMisconfigured),
        (answer(403, "forbidden", detail="SERVICE_DISABLED"), ClientMisconfigured),
        (answer(403, "domainPolicy"), ConsentDenied),
        (answer(403, "dailyLimitExceeded"), Unreachable),
        (answer(400, "failedPrecondition", "Mail service not enabled"), NoMailbox),
        (answer(400, "failedPrecondition", "Precondition check failed."), Refusal),
        (answer(404, "notFound"), Refusal),
        (answer(403, "forbidden"), Refusal),
        (answer(403, "userRateLimitExceeded"), Passing),
        (answer(403, "rateLimitExceeded"), Passing),
        (answer(429, "rateLimitExceeded"), Passing),
        (answer(500, "backendError"), Passing),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_what_an_answer_of_the_api_stands_for(error: HttpError, kind: type[Exception]) -> None:
    assert type(judge(error)) is kind


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (answer(429, "rateLimitExceeded", **{"retry-after": "12"}), (12.0, True, True)),
        (
            answer(429, "x", "User-rate limit exceeded.  Retry after 2026-05-04T08:01:30.500Z (Mail)"),
            (90.5, True, True),
        ),
        (answer(503, "backendError"), (None, True, False)),
        (answer(500, "backendError"), (None, False, False)),
    ],
)
def test_how_long_to_wait_and_whether_anything_was_done(
    error: HttpError, told: tuple[float | None, bool, bool]
) -> None:
    fault = judge(error)
    assert isinstance(fault, Passing)
    assert (fault.retry_after, fault.throttled, fault.not_taken) == told


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[]", b'{"error": "text"}', b'{"error": {"errors": [3]}}', b"\xff"]
)
def test_an_error_page_that_is_not_googles_is_a_refusal(content: bytes) -> None:
    refusal = judge(HttpError(httplib2.Response({"status": "418"}), content))
    assert isinstance(refusal, Refusal)
    assert (refusal.status, refusal.reasons) == (418, ())


@pytest.mark.parametrize(
    ("said", "retryable", "kind"),
    [
        (("invalid_grant: Token has been expired or revoked.", {"error": "invalid_grant"}), False, GrantGone),
        (("Reauthentication is needed. Please run a command.",), False, GrantGone),
        (("invalid_client: Unauthorized", {"error": "invalid_client"}), False, ClientMisconfigured),
        (("deleted_client: The client was deleted.", {"error": "deleted_client"}), False, ClientMisconfigured),
        (("server_error", {"error": "server_error"}), True, Passing),
        (("<html>please log in</html>",), False, Passing),
        (("No access token in response.", {}), False, Passing),
        (
            ("{'code': 403}: None", {"error": {"code": 403, "errors": [{"reason": "userRateLimitExceeded"}]}}),
            False,
            Passing,
        ),
        ((), False, Passing),
    ],
)
def test_what_a_refused_refresh_stands_for(said: tuple[object, ...], retryable: bool, kind: type[Exception]) -> None:
    error = google.auth.exceptions.RefreshError(*said, retryable=retryable)  # type: ignore[no-untyped-call]  # typed in part
    assert type(refused_refresh(error, whom=ME, account=f"gmail:{ME}")) is kind


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_hang_up_is_a_fault_and_never_a_second_request(world: World, method: str) -> None:
    http = Http(str(world.ca_file))
    faults = world.google.server.faults
    faults.add(Fault(trouble="drop", pattern=f"{method} /\\?"))
    faults.add(Fault(trouble="answer", pattern=f"{method} /\\?", status=200, body="second"))
    with pytest.raises(ConnectionError):
        http.request(f"{world.google.api_root}/", method)
    assert http.request(f"{world.google.api_root}/", method)[1] == b"second"
    http.close()


def test_a_late_answer_is_never_read_as_the_next_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    http = Http(str(world.ca_file))
    http.timeout = 0.2
    faults = world.google.server.faults
    faults.add(Fault(trouble="slow", pattern="GET /late", seconds=0.5))
    faults.add(Fault(trouble="answer", pattern="GET /next", status=200, body="next"))
    with pytest.raises(TimeoutError):
        http.request(f"{world.google.api_root}/late")
    assert http.request(f"{world.google.api_root}/next")[1] == b"next"
    http.close()
