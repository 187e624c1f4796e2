"""Reminders as notifications: desktop, Slack, Teams, Telegram, ntfy, webhooks and all else that Apprise knows."""

import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2s

from heardback.surfaces import desktop
from heardback.text import plain
from scheduler.notice import WHAT, Notice
from scheduler.surfaces import Shown, SurfaceTrouble

#: a phone shows no more
_LONGEST = 300


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

        :raises SurfaceTrouble: the address is none, or the service did not take it
        """
        (notice,) = notices
        subject = plain(notice.verdict.item.subject, limit=_LONGEST) or "(no subject)"
        people = ", ".join(f"{plain(each.recipient.address)}: {each.verdict}" for each in notice.concerned[:5])
        title, body = f"{WHAT[notice.condition]}: {subject}", people or plain(notice.reminder.reason)
        address = desktop.address_of(self.address)
        if address == desktop.HERE:
            _show(title, body)
        else:
            _notify(address, title, body)
        return Shown(how="told by notification")


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

    # it tells addresses, and with them keys, to its log
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    service = apprise.Apprise()
    needs = f"; this desktop needs {desktop.NEEDS[address]}" if address in desktop.NEEDS else ""
    if not service.add(address):
        raise SurfaceTrouble(f"an address in the setting reminders.notify is none that Apprise knows{needs}")
    if not service.notify(title=title, body=body):
        raise SurfaceTrouble(f"the service did not take it{needs}")
