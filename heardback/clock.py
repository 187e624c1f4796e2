"""Where the time comes from: this machine, or a sandbox whose days pass in seconds."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The two things that are done with time."""

    #: the current moment, UTC
    now: Callable[[], datetime]
    #: waits that many seconds
    sleep: Callable[[float], None]


MACHINE = Clock(now=lambda: datetime.now(UTC), sleep=time.sleep)


#: seconds of the machine for which a sandbox's answer is taken as read: it is asked some fifty times for each call
_FRESH = 0.05


def sandbox_clock(address: str, ca_bundle: str) -> Clock:
    """The virtual clock of a running sandbox; waiting moves it on.

    :param address: its `/clock` address
    :param ca_bundle: PEM file of the sandbox's authority
    """
    sandbox = _Sandbox(address, ca_bundle)
    return Clock(now=sandbox.now, sleep=sandbox.sleep)


class _Sandbox:
    """Asks the sandbox for the time, and moves it."""

    def __init__(self, address: str, ca_bundle: str) -> None:
        import ssl

        self._address = address
        self._trust = ssl.create_default_context(cafile=ca_bundle)
        self._told: datetime | None = None
        self._asked = 0.0

    def now(self) -> datetime:
        if self._told is None or time.monotonic() - self._asked > _FRESH:
            return self._ask(None)
        return self._told

    def sleep(self, seconds: float) -> None:
        self._ask(f'{{"advance": {seconds}}}'.encode())

    def _ask(self, body: bytes | None) -> datetime:
        import json
        import urllib.request

        request = urllib.request.Request(self._address, data=body, headers={"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=10, context=self._trust) as answer:  # noqa: S310 - the person's own setting
            self._told = datetime.fromisoformat(json.load(answer)["now"])
        self._asked = time.monotonic()
        return self._told
