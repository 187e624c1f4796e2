"""Reminders on a desktop: a session bus of its own, and a tiny program on it that notes what it is to show."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from jeepney import DBusAddress, HeaderFields, MessageType, new_error, new_method_call, new_method_return
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from heardback.surfaces.desktop import NoDesktop, show
from tests.heardback.conftest import Desk
from tests.heardback.test_surfaces import wait_until_due

DAEMON = shutil.which("dbus-daemon")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(DAEMON is None, reason="no session bus here: run scripts/test-packages"),
]
NAME = "org.freedesktop.Notifications"
BUS = DBusAddress("/org/freedesktop/DBus", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus")


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A session bus, with nobody on it."""
    assert DAEMON
    words = [DAEMON, "--session", "--nofork", "--nopidfile", "--print-address"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as daemon:
        assert daemon.stdout
        address = daemon.stdout.readline().strip()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield address
        daemon.terminate()


class Desktop:
    """Shows notifications: the one method of the specification that a program calls for that."""

    def __init__(self, bus: DBusConnection) -> None:
        self.shown: list[tuple[Any, ...]] = []
        self._bus = bus
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            call = self._bus.receive()
            if call.header.message_type is not MessageType.method_call:
                continue
            if call.header.fields.get(HeaderFields.member) == "End":
                self._bus.send(new_method_return(call))
                return
            if call.header.fields.get(HeaderFields.member) != "Notify":
                self._bus.send(new_error(call, "org.freedesktop.DBus.Error.UnknownMethod"))
                continue
            self.shown.append(call.body)
            self._bus.send(new_method_return(call, "u", (len(self.shown),)))

    def close(self) -> None:
        here = DBusAddress("/", bus_name=NAME, interface=NAME)
        with open_dbus_connection() as bus:
            bus.send_and_get_reply(new_method_call(here, "End"))
        self._thread.join()


@pytest.fixture
def desktop(bus: str) -> Iterator[Desktop]:
    with open_dbus_connection(bus) as connection:
        connection.send_and_get_reply(new_method_call(BUS, "RequestName", "su", (NAME, 0)))
        running = Desktop(connection)
        yield running
        running.close()


def test_a_reminder_is_shown_on_the_desktop_once(desk: Desk, desktop: Desktop) -> None:
    wait_until_due(desk)
    words = ("run", "--once", "--set", "reminders.notify=desktop://")
    assert [desk.type(*words).code, desk.type(*words).code] == [0, 0]
    assert [(each[0], each[3], each[4]) for each in desktop.shown] == [
        ("Heardback", "no sign of reading: Plans [31m", "silas@silent.example: unread")
    ]


def test_words_of_strangers_are_no_markup(desktop: Desktop) -> None:
    show("Title", "<b>bold</b> & more")
    assert desktop.shown[0][4] == "&lt;b&gt;bold&lt;/b&gt; &amp; more"


def test_a_bus_on_which_nobody_shows_notifications_is_told(bus: str) -> None:
    with pytest.raises(NoDesktop, match="nothing on this desktop shows notifications"):
        show("Title", "Text")


def test_a_worker_outside_of_any_desktop_session_says_so_and_tries_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    wait_until_due(desk)
    assert desk.type("run", "--once", "--set", "reminders.notify=desktop://").code == 0
    shown = " ".join(desk.type("reminders").out.split())
    assert "notify desktop" in shown
    assert "waiting, no desktop session can be reached from here" in shown
