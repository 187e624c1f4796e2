"""HTTP as Google's client library uses it, without its surprises, and what Google's refusals mean. Knows no mail.

httplib2 sends a request again by itself when the server hangs up without an answer, a POST too: a mail could leave
twice. It reads a late answer as the answer to the next request if a connection goes on after a timeout, and it
follows redirects. Here a request is made once, on a connection that is given up after any fault, and stays where it
is sent.
"""

import contextlib
import http.client
import json
import logging
import re
import ssl
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import google.auth.exceptions
import google_auth_httplib2
import httplib2
from googleapiclient import discovery, discovery_cache
from googleapiclient.errors import BatchError, HttpError

from connectors.errors import (
    ClientMisconfigured,
    ConnectorError,
    ConsentDenied,
    GrantGone,
    NoMailbox,
    ScopeMissing,
    Unreachable,
)
from connectors.mailbox import Now
from connectors.provider import Google
from connectors.retry import NETWORK_FAULTS, Passing, passing_answer
from connectors.vault import reconnect

#: reasons of a 403 that only a person can mend (developers.google.com/workspace/gmail/api/guides/handle-errors)
_SCOPE_REASONS = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
_POLICY_REASON = "domainPolicy"
_DAY_REASON = "dailyLimitExceeded"
#: part of the name of the limit that holds for one person's mailbox, and what a project may have there: another number
#: is a mistake or a trap, and the budget stays as it is
_PER_MINUTE, _PLAUSIBLE = "perminuteperuser", range(1_000, 1_000_000)
_API_OFF_REASONS = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
#: the moment in the refusal of a mail too many (Gmail sending limits)
_AFTER = re.compile(r"Retry after (\d{4}-\d\d-\d\dT[\d:.]+Z)")
#: how google-auth words an `invalid_rapt` (the organisation's session control)
_REAUTH = "Reauthentication is needed"
#: message of a 400 `failedPrecondition` for an account without Gmail
_NO_MAIL = "mail service not enabled"

# it warns of every refusal in Google's words, which may name an address; what a refusal means is told in ours
logging.getLogger("googleapiclient.http").setLevel(logging.ERROR)

Json = dict[str, Any]


class Refusal(Unreachable):
    """Google said no for good. Who knows what was asked catches it and says what that means."""

    def __init__(self, whom: str, status: int, reasons: tuple[str, ...], message: str) -> None:
        super().__init__(f"{whom}: Gmail answered {status} {' '.join(reasons)}: {message}")
        self.status = status
        #: Google's words for it, `notFound`
        self.reasons = reasons
        self.message = message


class Http(httplib2.Http):  # type: ignore[misc]  # httplib2 has no types
    """One request, one try, one host."""

    def __init__(self, ca_bundle: str = "", *, patience: float = 60.0) -> None:
        """:param ca_bundle: path of a PEM file, empty for the system's
        :param patience: seconds to connect, and to wait for an answer
        """
        super().__init__(timeout=patience, ca_certs=ca_bundle or None)
        self.follow_redirects = False

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: Any = None,
        headers: Any = None,
        redirections: int = 0,
        connection_type: Any = None,
    ) -> tuple[httplib2.Response, bytes]:
        """As in httplib2; a fault closes every connection, so that the next request begins afresh."""
        once = connection_type or (_OneTry if uri.startswith("https:") else None)
        try:
            answer: tuple[httplib2.Response, bytes] = super().request(uri, method, body, headers, redirections, once)
        except BaseException:
            for connection in self.connections.values():
                connection.close()
            self.connections.clear()
            raise
        return answer


class _OneTry(httplib2.HTTPSConnectionWithTimeout):  # type: ignore[misc]  # httplib2 has no types
    """A hang-up without an answer is a fault here, where httplib2 would send the request again."""

    def getresponse(self) -> http.client.HTTPResponse:
        try:
            answer: http.client.HTTPResponse = super().getresponse()
        except http.client.BadStatusLine as err:
            raise ConnectionAbortedError("the server hung up without an answer") from err
        return answer


def gmail_service(google: Google, credentials: Any) -> Any:
    """Gmail's API as a resource of Google's client library, from the description that comes with it.

    The host is put into that description and not only into `api_endpoint`: batch and upload take theirs from there.

    :param credentials: of google-auth
    """
    described = json.loads(discovery_cache.get_static_doc("gmail", "v1"))
    described["rootUrl"] = described["baseUrl"] = google.api_root.rstrip("/") + "/"
    described.pop("mtlsRootUrl", None)
    authorized = google_auth_httplib2.AuthorizedHttp(credentials, http=Http(google.ca_bundle, patience=google.patience))
    return discovery.build_from_document(described, http=authorized)


@contextlib.contextmanager
def translated(whom: str, account: str, now: Now) -> Iterator[None]:
    """Turn what one call through Google's libraries raises into errors of this room.

    :param whom: named in errors: the address
    :param account: `gmail:me@example.com`, to reconnect
    :raises Passing: worth another try
    :raises Refusal, GrantGone, ScopeMissing, NoMailbox, ClientMisconfigured, Unreachable: final
    """
    try:
        yield
    except BatchError as err:
        raise Passing("an answer that is no batch") from err
    except HttpError as err:
        raise judged(err, whom=whom, account=account, now=now) from err
    except ssl.SSLCertVerificationError as err:
        raise untrusted(whom) from err
    except google.auth.exceptions.RefreshError as err:
        raise refused_refresh(err, whom=whom, account=account) from err
    except google.auth.exceptions.TransportError as err:
        raise Passing(f"sign-in server: {err}", not_taken=True) from err
    except (ConnectionRefusedError, httplib2.ServerNotFoundError) as err:
        raise Passing(f"network: {type(err).__name__}", not_taken=True) from err
    except (*NETWORK_FAULTS, httplib2.HttpLib2Error) as err:
        raise Passing(f"network: {type(err).__name__}") from err


def judged(err: HttpError, *, whom: str, account: str, now: Now) -> Exception:
    """The error that an answer of the API stands for: `Passing`, or one for the caller."""
    status, (reasons, message) = int(err.resp.status), _said(err.content)
    wanted = err.resp.get("retry-after") or _wanted(message, now())
    fault = passing_answer(status, reasons=reasons, retry_after=wanted, now=now(), allowance=_allowance(err.content))
    if fault:
        return fault
    return _forbidden(reasons, whom=whom, account=account) or (
        no_mailbox(whom) if _NO_MAIL in message.lower() else Refusal(whom, status, reasons, message)
    )


def _forbidden(reasons: tuple[str, ...], *, whom: str, account: str) -> ConnectorError | None:
    """The error for reasons that only a person can mend; None for others."""
    if _SCOPE_REASONS & set(reasons):
        return ScopeMissing(
            f"{whom}: the permissions given to Heardback do not cover this; {reconnect(account)}, with every box ticked"
        )
    if _API_OFF_REASONS & set(reasons):
        return ClientMisconfigured(
            "the Gmail API is not switched on in the Google Cloud project of your OAuth client; "
            'enable it there under "APIs & Services" and try again'
        )
    if _POLICY_REASON in reasons:
        return ConsentDenied(f"{whom}: your organisation does not allow apps to use Gmail; ask its administrator")
    if _DAY_REASON in reasons:
        return Unreachable(f"{whom}: the day's quota of your Google Cloud project is used up; reading goes on tomorrow")
    return None


def refused_refresh(err: google.auth.exceptions.RefreshError, *, whom: str, account: str) -> ConnectorError | Passing:
    """The error that a refusal of the token endpoint stands for."""
    said = err.args[-1] if err.args else None
    error = said.get("error") if isinstance(said, dict) else None
    is_answer = isinstance(error, str) and bool(error)
    # an answer that names no error (RFC 6749 section 5.2) is a gateway's, one that names it with code and reasons that
    # of an API whose rate is spent; neither says anything about the sign-in
    if err.retryable or not (is_answer or _REAUTH in str(err)):
        return Passing("sign-in server has trouble", not_taken=True)
    if any(word in str(err) for word in ("invalid_client", "unauthorized_client", "deleted_client")):
        return ClientMisconfigured(
            f"{whom}: Google does not know the OAuth client of this sign-in any more ({err.args[0]}); "
            f"check its id and secret, then {reconnect(account)}"
        )
    return gone(whom, account)


def gone(whom: str, account: str) -> GrantGone:
    """The saved sign-in is of no use any more."""
    return GrantGone(f"{whom}: Google no longer accepts the saved sign-in; {reconnect(account)}")


def no_mailbox(whom: str) -> NoMailbox:
    """The Google account has no Gmail."""
    return NoMailbox(f"{whom}: this Google account has no Gmail mailbox; sign in with one that has")


def untrusted(whom: str) -> Unreachable:
    """The server's certificate was not signed by anybody we trust."""
    return Unreachable(
        f'{whom}: Google\'s address shows a certificate that is not trusted here; see the setting "google.ca_bundle"'
    )


def _wanted(message: str, now: datetime) -> str | None:
    """Seconds until the moment a message names: the refusal of a mail beyond the day's limit has no Retry-After."""
    found = _AFTER.search(message)
    return str(max(0.0, (datetime.fromisoformat(found[1]) - now).total_seconds())) if found else None


def _allowance(content: bytes) -> int:
    """Units a minute and user that a refusal for haste names (google.rpc.ErrorInfo); 0 if it names none."""
    try:
        told = [each.get("metadata") or {} for each in json.loads(content)["error"].get("details") or ()]
        limits = [int(each["quota_limit_value"]) for each in told if _PER_MINUTE in each.get("quota_limit", "").lower()]
    except (ValueError, KeyError, TypeError, AttributeError):
        return 0
    return next((each for each in limits if each in _PLAUSIBLE), 0)


def _said(content: bytes) -> tuple[tuple[str, ...], str]:
    """Reasons and message of an error answer; nothing, if it is not one of Google's (a proxy's page)."""
    try:
        error = json.loads(content)["error"]
        entries = [*(error.get("errors") or ()), *(error.get("details") or ())]
        reasons = tuple(dict.fromkeys(str(each["reason"]) for each in entries if each.get("reason")))
        return reasons, str(error.get("message") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return (), "an answer that is not Google's"
