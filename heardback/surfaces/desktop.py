"""A notification on the desktop of this machine, by its session bus (Desktop Notifications Specification 1.2).

Apprise wants bindings for that which no environment of an application's own can see. So on Linux the bus is spoken to
directly; elsewhere Apprise's way is taken.
"""

import sys
from html import escape

#: what stands in the settings
HERE = "desktop://"
#: the same for Apprise, where it serves
ELSEWHERE = {"darwin": "macosx://", "win32": "windows://"}
#: what Apprise wants for that
NEEDS = {"macosx://": "terminal-notifier", "windows://": "pywin32"}
#: seconds the desktop may take
_PATIENCE = 10.0
_NAME = "org.freedesktop.Notifications"
_AS_LONG_AS_USUAL = -1


class NoDesktop(Exception):
    """Nothing was shown. The message says why, in a sentence without its full stop."""


def address_of(address: str) -> str:
    """The address as this machine can serve it."""
    return ELSEWHERE.get(sys.platform, HERE) if address == HERE else address


def show(title: str, body: str) -> None:
    """Show one notification.

    :param body: plain text; the desktop would take some marks for markup, so they are escaped
    :raises NoDesktop: there is no session bus, nobody on it who shows notifications, or it refused
    """
    from jeepney import DBusAddress, MessageType, new_method_call
    from jeepney.io.blocking import open_dbus_connection

    desktop = DBusAddress("/org/freedesktop/Notifications", bus_name=_NAME, interface=_NAME)
    words: tuple[object, ...] = (
        "Heardback",
        0,
        "mail-unread",
        title,
        escape(body, quote=False),
        [],
        {},
        _AS_LONG_AS_USUAL,
    )
    call = new_method_call(desktop, "Notify", "susssasa{sv}i", words)
    try:
        with open_dbus_connection(bus="SESSION") as bus:
            answer = bus.send_and_get_reply(call, timeout=_PATIENCE)
    except (OSError, KeyError, ValueError) as err:
        # a KeyError: the environment names no bus
        raise NoDesktop("no desktop session can be reached from here") from err
    if answer.header.message_type is MessageType.error:
        raise NoDesktop("nothing on this desktop shows notifications")
