"""Reminders as notifications: desktop, Slack, Teams, Telegram, ntfy, webhooks and all else that Apprise knows.

Apprise tells whether a service took a notification, and of what went wrong only its log. In it an exception of the
network library means that no answer came: unless that was before anything left, nobody knows whether it arrived.
"""

import logging
import re
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2s
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from evidence.model import RecipientVerdict, Verdict
from heardback.surfaces import desktop
from heardback.text import plain
from scheduler.correction import did_you_mean
from scheduler.notice import Notice, in_words
from scheduler.surfaces import Shown, SurfaceTrouble, SurfaceUnsure

if TYPE_CHECKING:
    from apprise import AppriseResult

_NEW_LINE = "\n"
#: a phone shows no more
_LONGEST = 300
#: real seconds a service may take; most are given a few by Apprise itself
_PATIENCE = 60.0
#: an exception in Apprise's log ("Socket Exception: …"); what a service answered stands behind another word
_NO_ANSWER = re.compile(r"[^:]*\bException\b[^:]*: ")
#: exceptions of before anything left: no such name, no way there, nobody at home, not who they should be
_NEVER_LEFT = re.compile(
    r"NameResolutionError|\[Errno -\d|getaddrinfo|nodename nor|NewConnectionError|ConnectTimeoutError|ProxyError|"
    r"[Rr]efused|unreachable|No route to host|CERTIFICATE_VERIFY_FAILED|WRONG_VERSION_NUMBER"
)
#: "Sent ntfy notification to …": some of those an address names got it
_SENT = re.compile(r"^Sent\b|\bsent successfully")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """The `Surface` of one Apprise address (github.com/caronc/apprise, "Supported Notifications"), or the desktop's."""

    #: `desktop://`, `ntfy://topic`, `slack://token/…`; a secret, for many hold a key
    address: str
    #: nobody can be asked whether a notification arrived
    is_repeatable: bool = False
    gathers: bool = False

    @property
    def name(self) -> str:
        """`notify ntfy 1f0c`: the service and a mark of the address, which is kept from every screen and log."""
        mark = blake2s(self.address.encode(), digest_size=2).hexdigest()
        return f"notify {plain(self.address.partition('://')[0], limit=20)} {mark}"

    def due(self, notice: Notice, now: datetime) -> datetime:  # noqa: ARG002 - as every surface
        """At once."""
        return now

    def leaves(self, notices: tuple[Notice, ...]) -> str:  # noqa: ARG002 - as every surface
        """Nothing that is taken away again."""
        return ""

    def deliver(self, notices: tuple[Notice, ...], *, key: str, leaves: str) -> Shown:  # noqa: ARG002 - as every surface
        """Send one notification.

        :raises SurfaceUnsure: nobody knows whether the service took it
        :raises SurfaceTrouble: the address is none, or the service did not take it
        """
        (notice,) = notices
        subject = plain(notice.verdict.item.subject, limit=_LONGEST) or "(no subject)"
        title, body = f"{notice.what}: {subject}", _body(notice)
        address = desktop.address_of(self.address)
        if address == desktop.HERE:
            _show(title, body)
        else:
            _notify(address, title, body)
        return Shown(how="told by notification")


def _body(notice: Notice) -> str:
    zone = notice.policy.calendar.zone
    people = ", ".join(_standing(each, zone) for each in notice.concerned[:5]) or notice.why
    return _NEW_LINE.join(map(plain, (people, *did_you_mean(notice.corrections))))


def _standing(one: RecipientVerdict, zone: ZoneInfo) -> str:
    """How one recipient stands, and why if the mail was given back: the rest of the reasons would fill a phone."""
    return in_words(one, zone) if one.verdict is Verdict.NOT_DELIVERED else f"{one.recipient.address}: {one.verdict}"


def alarm(addresses: Iterable[str], title: str, body: str) -> None:
    """Tell what is no reminder wherever reminders are notified; where that is nowhere, on this desktop if there is one.

    Trouble with it is passed over: what is told stands in `heardback status`, too.
    """
    for each in map(desktop.address_of, tuple(addresses) or (desktop.HERE,)):
        with suppress(SurfaceTrouble):
            _show(title, body) if each == desktop.HERE else _notify(each, title, body)


def _show(title: str, body: str) -> None:
    try:
        desktop.show(title, body)
    except desktop.NoDesktop as err:
        raise SurfaceTrouble(str(err)) from err


def _notify(address: str, title: str, body: str) -> None:
    import apprise

    _seal_logs()
    # without a limit of its own it makes no threads, whose end the end of the process would wait for
    service = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False, service_timeout=0))
    needs = f"; this desktop needs {desktop.NEEDS[address]}" if address in desktop.NEEDS else ""
    if not service.add(address):
        raise SurfaceTrouble(f"an address in the setting reminders.notify is none that Apprise knows{needs}")
    result = _in_time(lambda: service.notify(title=title, body=body, log_level=logging.DEBUG))
    if not result:
        doubt = _doubt(result)
        raise SurfaceUnsure(doubt) if doubt else SurfaceTrouble(f"the service did not take it{needs}")


def _in_time(notify: "Callable[[], AppriseResult]") -> "AppriseResult | None":
    """What came of it; None if nothing did in time. A thread that hangs keeps no process from ending."""
    results: list[AppriseResult] = []
    waiting = threading.Thread(target=lambda: results.append(notify()), daemon=True)
    waiting.start()
    waiting.join(_PATIENCE)
    return next(iter(results), None)


def _doubt(failed: "AppriseResult | None") -> str:
    """Why a notification that failed may have come all the same; empty if it certainly did not."""
    logged = list(failed.logs()) if failed is not None else []
    if any(each.level == "INFO" and _SENT.search(each.message) for each in logged):
        return "not everybody it is for got it, but some did"
    lost = [each for each in logged if _NO_ANSWER.match(each.message) and not _NEVER_LEFT.search(each.message)]
    return "the service gave no answer: it may have come" if lost or failed is None else ""


def _seal_logs() -> None:
    """Keep to ourselves what Apprise, and what carries its requests, log of addresses, and with them of keys."""
    log = logging.getLogger("apprise")
    log.propagate = False
    log.setLevel(logging.DEBUG)
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
