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


def sandbox_clock(address: str, ca_bundle: str) -> Clock:
    """The virtual clock of a running sandbox; waiting moves it on.

    :param address: its `/clock` address
    :param ca_bundle: PEM file of the sandbox's authority
    """
    import json
    import ssl
    import urllib.request

    trust = ssl.create_default_context(cafile=ca_bundle)

    def ask(body: bytes | None) -> datetime:
        request = urllib.request.Request(address, data=body, headers={"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=10, context=trust) as answer:  # noqa: S310 - the person's own setting
            return datetime.fromisoformat(json.load(answer)["now"])

    return Clock(now=lambda: ask(None), sleep=lambda seconds: _ignore(ask(json.dumps({"advance": seconds}).encode())))


def _ignore(_: datetime) -> None:
    return None
