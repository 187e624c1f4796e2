"""The owner's line to the relay of tracked mail: reads hits, passes on opt-outs, puts up and drops copies.

The wire is described in docs/relay.md. Whatever answers is input: what has another form than the wire's is refused.
"""

import json
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import requests

from connectors.errors import ConnectorError, RelayRefused, RelayUnreachable
from evidence.model import Grade, HitKind

#: bytes of an answer that are read; a page of a thousand hits takes a sixth of a megabyte
_LONGEST = 4_000_000
_CHUNK = 65_536
#: ids in one list; the relay takes a megabyte
_MOST_IDS = 10_000
#: what ids and cursors may be made of
_ID = re.compile(r"[\w.-]{1,100}", re.ASCII)
_RULE = re.compile(r"[a-z0-9-]{1,40}")
_GOOD = frozenset({200, 204})
#: answers that mean "later"
_LATER = frozenset({408, 429, 500, 502, 503, 504})
#: answers that say more than that something is wrong
_MEANS = {
    401: "does not accept the key; it needs the same key file as this machine (relay.key_file)",
    413: "does not take a copy as large as this",
    507: "has no more room for copies; drop some, or raise relay.disk_mb there",
}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayHit:
    """One request to the relay, as it keeps it."""

    #: never changes and is never given twice
    id: str
    #: id inside the token
    token: str
    kind: HitKind
    #: beginning of the five minutes it came in, UTC
    at: datetime
    grade: Grade
    #: name of the rule that graded it, of `evidence.hits.RULES` or of a newer relay's
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HitsPage:
    """Some hits, oldest first, and where to go on."""

    hits: tuple[RelayHit, ...]
    cursor: str
    #: there are further ones by now
    more: bool
    #: hits went before they were taken, or the relay lost its disk and began anew
    missed: bool
    #: hits it gave up since its start because its disk refused
    lost: int


class RelayClient:
    """The owner's line to one relay. One request, one try; every call has a time limit.

    Each method raises RelayUnreachable if it may work later, and RelayRefused if only a person can mend it.
    """

    def __init__(
        self, url: str, *, bearer: str, verify: str | bool = True, patience: float = 10.0, deadline: float = 60.0
    ) -> None:
        """Nothing is asked yet.

        :param url: `https://relay.example.com`; plain http only on this machine, for it would give the key away
        :param bearer: the key that is shown
        :param verify: path of a PEM file to trust, or whether to trust the usual authorities
        :param patience: seconds to connect, and between two bytes
        :param deadline: seconds for all of one call, however slowly the bytes come
        :raises RelayRefused: the address is none a key may be shown to
        """
        self.url = url.rstrip("/")
        is_https = _is_https(self.url)
        self._bearer = bearer
        self._patience = patience
        self._deadline = deadline
        self._verify = verify
        # a proxy of the surroundings would be shown the key of a plain connection
        self._trust_env = is_https
        self._session = self._fresh()

    def hits(self, after: str = "") -> HitsPage:
        """The hits that follow a cursor.

        :param after: the cursor of the page before; empty for the first
        """
        answer = self._object("GET", f"/hits?after={quote(after, safe='')}" if after else "/hits")
        try:
            return HitsPage(
                hits=tuple(_hit(each) for each in _checked(answer["hits"], list)),
                cursor=_worded(answer["cursor"], _ID),
                more=_checked(answer["more"], bool),
                missed=_checked(answer["missed"], bool),
                lost=_checked(answer["lost"], int),
            )
        except (KeyError, TypeError, ValueError) as err:
            raise self._no_relay() from err

    def tell_opt_outs(self, out: Sequence[str], back: Sequence[str]) -> None:
        """Have readers left alone, and let readers come back; twice is once.

        :param out: reader ids
        :param back: reader ids, none of them in `out`
        """
        for ids, name in ((out, "out"), (back, "back")):
            for start in range(0, len(ids), _MOST_IDS):
                self._object("POST", "/opt-outs", {name: list(ids[start : start + _MOST_IDS])})

    def put_copy(self, token: str, content: bytes) -> None:
        """Put up an encrypted copy for the web view.

        :param token: the sealed token, as it stands in the address
        """
        self._ask("PUT", f"/v/{token}", content)

    def drop_copy(self, token: str) -> None:
        """Erase a copy, if there is one.

        :param token: the sealed token
        """
        self._ask("DELETE", f"/v/{token}")

    def forget(self, token_ids: Iterable[str]) -> tuple[int, int]:
        """Erase every hit and every copy of these tokens; how many there were of each."""
        ids, hits, copies = list(token_ids), 0, 0
        for start in range(0, len(ids), _MOST_IDS):
            answer = self._object("POST", "/forget", {"tokens": ids[start : start + _MOST_IDS]})
            try:
                hits += _checked(answer["hits"], int)
                copies += _checked(answer["copies"], int)
            except (KeyError, TypeError) as err:
                raise self._no_relay() from err
        return hits, copies

    def close(self) -> None:
        """Give up the connection."""
        self._session.close()

    def _object(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        content = self._ask(method, path, json.dumps(body).encode() if body is not None else None)
        try:
            said = json.loads(content)
        except (ValueError, RecursionError) as err:
            raise self._no_relay() from err
        if not isinstance(said, dict):
            raise self._no_relay()
        return said

    def _fresh(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = self._trust_env
        # a connection that is kept may be ended just as it is used again, which would look like a relay that is away
        session.headers["Connection"] = "close"
        return session

    def _ask(self, method: str, path: str, content: bytes | None = None) -> bytes:
        """The body of a good answer.

        It is waited for in another thread: requests has no limit for an answer that comes byte by byte, and whoever
        asks may hold up reminders meanwhile.
        """
        told: list[bytes | Exception] = []
        session = self._session
        asking = threading.Thread(
            target=lambda: told.append(self._answer(session, method, path, content)), name="relay's owner", daemon=True
        )
        asking.start()
        asking.join(self._deadline)
        if not told:
            self._session = self._fresh()  # the other one belongs to the thread that is left behind
            raise RelayUnreachable(f"The relay {self.url} takes longer than {self._deadline:.0f} seconds to answer.")
        if isinstance(told[0], Exception):
            raise told[0]
        return told[0]

    def _answer(self, session: requests.Session, method: str, path: str, content: bytes | None) -> bytes | Exception:
        """The body of a good answer, or what is to be raised."""
        try:
            with session.request(
                method,
                self.url + path,
                data=content,
                # as a function: a header alone would give way to a .netrc
                auth=self._signed,
                timeout=self._patience,
                # here, for a session's own gives way to REQUESTS_CA_BUNDLE
                verify=self._verify,
                allow_redirects=False,
                stream=True,
            ) as answer:
                self._judge(answer.status_code)
                return self._read(answer)
        except requests.exceptions.SSLError:
            return RelayUnreachable(
                f"The relay {self.url} shows a certificate that is not trusted here; see the setting relay.ca_bundle."
            )
        except OSError as err:  # the errors of requests are children of it
            return RelayUnreachable(f"The relay {self.url} cannot be reached ({type(err).__name__}).")
        except ConnectorError as err:
            return err

    def _signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._bearer}"
        return request

    def _judge(self, status: int) -> None:
        if status in _LATER:
            raise RelayUnreachable(f"The relay {self.url} has trouble of its own now (it answered {status}).")
        if status in _MEANS:
            raise RelayRefused(f"The relay {self.url} {_MEANS[status]}.")
        if status not in _GOOD:
            raise RelayRefused(
                f"What answers at {self.url} is no relay of Heardback, or another version's (it answered {status}); "
                "check the setting relay.url."
            )

    def _read(self, answer: requests.Response) -> bytes:
        content = bytearray()
        for chunk in answer.iter_content(_CHUNK):
            content += chunk
            if len(content) > _LONGEST:
                raise self._no_relay()
        return bytes(content)

    def _no_relay(self) -> RelayRefused:
        return RelayRefused(f"What answers at {self.url} is no relay of Heardback; check the setting relay.url.")


def _is_https(url: str) -> bool:
    """Whether an address is https, and not plain http on this machine.

    :raises RelayRefused: it is neither, or more than an address of a server
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if not host or parts.username is not None or parts.query or parts.fragment:
        raise RelayRefused(f"{url!r} is no address of a relay; write https://relay.example.com (relay.url).")
    if parts.scheme == "https":
        return True
    if parts.scheme == "http" and is_loopback(host):
        return False
    raise RelayRefused(f"{url} is not https: the key would travel in the open; correct the setting relay.url.")


def is_loopback(host: str) -> bool:
    """Whether a host, as it stands in an address, is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _hit(said: object) -> RelayHit:
    """One hit of a page.

    :raises KeyError, TypeError, ValueError: it has another form
    """
    each = _checked(said, dict)
    at = datetime.fromisoformat(_checked(each["at"], str))
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return RelayHit(
        id=_worded(each["id"], _ID),
        token=_worded(each["token"], _ID),
        kind=HitKind(each["kind"]),
        at=at.astimezone(UTC),
        grade=Grade(each["grade"]),
        rule=_worded(each["rule"], _RULE),
    )


def _checked(said: object, kind: type[_T]) -> _T:
    """What was said, if it is of this very type: True is no number here."""
    if type(said) is not kind:
        raise TypeError(f"{type(said).__name__} instead of {kind.__name__}")
    return said


def _worded(said: object, form: re.Pattern[str]) -> str:
    text = _checked(said, str)
    if not form.fullmatch(text):
        raise ValueError("an id of another form")
    return text
