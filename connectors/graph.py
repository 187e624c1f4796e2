"""Microsoft Graph over HTTP: who we are, patience, budget and errors. Knows nothing of mail beyond error codes."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import requests

from connectors.budget import Budget
from connectors.errors import NoMailbox, ScopeMissing, Unreachable
from connectors.listing import Listing
from connectors.mailbox import Now
from connectors.retry import NETWORK_FAULTS, Passing, Retry, passing_answer

#: ids that stay when a message moves; per request, also on links that are followed (outlook-immutable-id)
IMMUTABLE = 'IdType="ImmutableId"'
#: requests in one $batch (json-batching)
BATCH = 20
#: what Graph grants an app and mailbox (throttling-limits)
REQUESTS, WINDOW = 10_000, 600.0

#: codes of a 403 that mean a missing permission; others say no to the matter itself, `ErrorSendAsDenied`
_DENIED = frozenset({"", "erroraccessdenied", "accessdenied", "authorization_requestdenied"})
_NO_MAILBOX = frozenset({"mailboxnotenabledforrestapi", "mailboxnotsupportedforrestapi", "errornonexistentmailbox"})
_CLAIMS = re.compile(r'claims="([^"]+)"')

Json = dict[str, Any]
#: gives an access token; asked with the one that was just refused, and Graph's claims challenge, it gives another
Tokens = Callable[[str | None, str | None], str]


class Refusal(Unreachable):
    """Graph said no for good. Who knows what was asked catches it and says what that means."""

    def __init__(self, whom: str, status: int, code: str, message: str) -> None:
        super().__init__(f"{whom}: Outlook answered {status} {code or 'without a reason'}: {message}")
        self.status = status
        #: lower-case: Graph's letter case varies
        self.code = code.lower()
        self.message = message


class Graph:
    """One mailbox's line to Graph. One request at a time, so it never has more than one of the four allowed open.

    :param root: `https://graph.microsoft.com/v1.0`
    :param whom: named in errors: the address
    :param tokens: see `Tokens`
    :param ca_bundle: path of a PEM file, empty for the system's
    :param patience: seconds to connect, and between two bytes
    """

    def __init__(
        self, root: str, *, whom: str, tokens: Tokens, ca_bundle: str, patience: float, budget: Budget, retry: Retry,
        now: Now,
    ) -> None:  # fmt: skip
        self._root = root.rstrip("/")
        self._whom = whom
        self._tokens = tokens
        self._verify: str | bool = ca_bundle or True
        self._patience = patience
        self._budget = budget
        self._retry = retry
        self._now = now
        self._session = requests.Session()
        self._token: str | None = None

    def get(self, address: str, *, params: Mapping[str, str] | None = None, prefer: str = "") -> Json:
        """A JSON object.

        :param address: path under the root, or a link Graph gave
        :param prefer: added to the Prefer header
        :raises Refusal, GrantGone, ScopeMissing, NoMailbox, Unreachable:
        """
        return self._retry.call(lambda: _object(self._ask("GET", address, params=params, prefer=prefer)))

    def get_bytes(self, address: str) -> bytes:
        """A raw answer, such as `$value` or `$count`."""
        return self._retry.call(lambda: self._ask("GET", address).content)

    def pages(self, address: str, *, params: Mapping[str, str]) -> Iterator[Json]:
        """A listing, page by page, its links followed whole."""
        listing, answer = self.listing(), self.get(address, params=params)
        yield answer
        while link := str(answer.get("@odata.nextLink") or ""):
            entries = answer.get("value")
            listing.turn(link, entries if isinstance(entries, list) else ())
            answer = self.get(link)
            yield answer

    def listing(self) -> Listing:
        """Watches a listing that is followed page by page."""
        return Listing(f"{self._whom}: Outlook")

    def patch(self, address: str, change: Json, *, etag: str) -> Json:
        """Change something, only if it is still what it was; harmless to repeat.

        :param etag: of what it was; empty where Graph gives none
        """
        headers = {"If-Match": etag} if etag else {}
        return self._retry.call(lambda: _object(self._ask("PATCH", address, json=change, headers=headers)))

    def delete(self, address: str, *, etag: str) -> None:
        """Delete something, only if it is still what it was."""
        headers = {"If-Match": etag}
        self._retry.call(lambda: self._ask("DELETE", address, headers=headers))

    def once(self, address: str, *, content: bytes = b"", content_type: str = "application/json") -> Json:
        """POST, tried a single time, for what must not happen twice.

        :return: the answered object, empty if there was none
        :raises Passing: 429 and the like, or no answer at all; `throttled` tells which
        """
        answer = self._ask("POST", address, content=content, headers={"Content-Type": content_type})
        return _object(answer) if answer.content else {}

    def batch(self, addresses: Sequence[str]) -> list[Json | None]:
        """GET many in one request each `BATCH`; an answer for each, None for one that is not there (404).

        Parts are throttled one by one behind an outer 200, and come in any order (json-batching).
        """
        found: list[Json | None] = []
        for start in range(0, len(addresses), BATCH):
            part = {str(number): address for number, address in enumerate(addresses[start : start + BATCH])}
            answers: dict[str, Json] = {}
            self._retry.call(lambda part=part, answers=answers: self._batch_round(part, answers))  # type: ignore[misc]  # a lambda's defaults have no types
            found += [None if answers[each].get("status") == 404 else self._part(answers[each]) for each in part]
        return found

    def close(self) -> None:
        """Release the connections."""
        self._session.close()

    def _batch_round(self, part: Mapping[str, str], answers: dict[str, Json]) -> None:
        """Ask for what is not answered yet."""
        asked = [
            {"id": number, "method": "GET", "url": address, "headers": {"Prefer": IMMUTABLE}}
            for number, address in part.items()
            if number not in answers
        ]
        answer = _object(self._ask("POST", "/$batch", json={"requests": asked}, price=len(asked)))
        told = _responses(answer, part)
        passing: list[Passing] = []
        for number, each in told.items():
            fault = self._fault(each["status"], _headers(each), _code(each.get("body")))
            if fault:
                passing.append(fault)
            else:
                answers[number] = each
        unsigned = [each for each in told.values() if each["status"] == requests.codes.unauthorized]
        if unsigned:
            claims = next(filter(None, (_claims(_headers(each)) for each in unsigned)), None)
            self._token = self._tokens(self._token, claims)
        if len(answers) < len(part):
            waits = [fault.retry_after for fault in passing if fault.retry_after is not None]
            raise Passing(
                "throttled within a batch" if passing else "a batch without all its answers",
                retry_after=max(waits, default=None),
                throttled=any(fault.throttled for fault in passing),
            )

    def _part(self, answer: Json) -> Json:
        body = answer.get("body")
        if answer.get("status") != 200 or not isinstance(body, dict):
            raise self._refusal(int(answer.get("status", 0)), body)
        return body

    def _ask(
        self,
        method: str,
        address: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        prefer: str = "",
        price: int = 1,
    ) -> requests.Response:
        """One request, and another with a new token if the first was not accepted.

        :raises Passing: worth another try
        """
        sent = {"Prefer": f"{IMMUTABLE}, {prefer}" if prefer else IMMUTABLE, **(headers or {})}
        self._token = self._token or self._tokens(None, None)
        for last in (False, True):
            self._budget.spend(price)
            sent["Authorization"] = f"Bearer {self._token}"
            try:
                answer = self._session.request(
                    method, self._url(address), params=params, json=json, data=content, headers=sent,
                    timeout=self._patience, verify=self._verify, allow_redirects=False,
                )  # fmt: skip
            except requests.exceptions.SSLError as err:
                raise Unreachable(
                    f"{self._whom}: {urlsplit(self._root).netloc} shows a certificate that is not trusted here; "
                    'see the setting "microsoft.ca_bundle"'
                ) from err
            except NETWORK_FAULTS as err:
                raise Passing(f"network: {type(err).__name__}") from err
            if answer.status_code != requests.codes.unauthorized or last:
                break
            self._token = self._tokens(self._token, _claims(answer.headers))
        self._judge(answer)
        return answer

    def _judge(self, answer: requests.Response) -> None:
        if answer.ok and not answer.is_redirect:
            return
        body = _loaded(answer)
        fault = self._fault(answer.status_code, answer.headers, _code(body))
        if fault:
            raise fault
        raise self._refusal(answer.status_code, body)

    def _fault(self, status: int, headers: Mapping[str, str], code: str) -> Passing | None:
        wanted = next((str(value) for name, value in headers.items() if name.lower() == "retry-after"), None)
        fault = passing_answer(status, reasons=[code] if code else [], retry_after=wanted, now=self._now())
        if fault and fault.throttled:
            self._budget.throttled()
        return fault

    def _refusal(self, status: int, body: object) -> Exception:
        code, message = _code(body), _message(body)
        if code.lower() in _NO_MAILBOX:
            return NoMailbox(f"{self._whom} has no mailbox that can be read this way ({code})")
        if status == requests.codes.forbidden and code.lower() in _DENIED:
            return ScopeMissing(f"{self._whom}: the permission given does not cover this ({code}); connect it again")
        return Refusal(self._whom, status, code, message)

    def _url(self, address: str) -> str:
        """A whole address. A link to another host would get our token: it is not followed."""
        if not address.startswith("https://"):
            return self._root + address
        if urlsplit(address)[:2] != urlsplit(self._root)[:2]:
            raise Unreachable(f"{self._whom}: Outlook sent a link to another host; it was not followed")
        return address


def _object(answer: requests.Response) -> Json:
    body = _loaded(answer)
    if not isinstance(body, dict):
        raise Passing("an answer that is no JSON object")
    return body


def _loaded(answer: requests.Response) -> object:
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        return None


def _responses(answer: Json, asked: Container[str]) -> dict[str, Json]:
    """The parts of a batch's answer by their numbers; those that were not asked for or are garbled are passed over."""
    listed = answer.get("responses")
    parts = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return {
        str(each["id"]): each for each in parts if str(each.get("id")) in asked and isinstance(each.get("status"), int)
    }


def _headers(part: Json) -> Mapping[str, str]:
    headers = part.get("headers")
    return headers if isinstance(headers, dict) else {}


def _error(body: object) -> Json:
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _code(body: object) -> str:
    return str(_error(body).get("code") or "")


def _message(body: object) -> str:
    return str(_error(body).get("message") or "no further words")


def _claims(headers: Mapping[str, str]) -> str | None:
    """The claims challenge of a 401, decoded (continuous access evaluation)."""
    wanted = next((str(value) for name, value in headers.items() if name.lower() == "www-authenticate"), "")
    found = _CLAIMS.search(wanted)
    try:
        return base64.b64decode(found[1] + "=" * (-len(found[1]) % 4)).decode() if found else None
    except (binascii.Error, UnicodeDecodeError):
        return None
