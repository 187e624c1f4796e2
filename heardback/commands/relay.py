"""`relay`: the public endpoint of tracked mail, in the foreground until it is told to stop, or beside the worker."""

import signal
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from socket import socket

from starlette.types import ASGIApp

from evidence.networks import Networks
from heardback.errors import DONE, Failed
from heardback.house import House
from heardback.output import Output
from heardback.relay_side import folder, key_file, keys
from heardback.settings import Settings, SettingsError
from heardback.sole import sole
from relay.app import Plan, application
from relay.keys import Shared
from relay.server import Background, bound, server

#: bytes in a megabyte, as disks are sold
_MEGABYTE = 1_000_000


def relay(args: Namespace, house: House, output: Output) -> int:  # noqa: ARG001 - every command takes the same
    """Serve until SIGINT or SIGTERM; what was answered is kept."""
    with ExitStack() as stack:
        app, listening = _made(house, output, stack)
        serving = server(app, trusted_proxies=_networks(house.settings, "relay.trusted_proxies"))

        def stop(*_: object) -> None:
            serving.should_exit = True

        # uvicorn has handlers of its own while it serves, and raises the signal again when it is done; these stand
        # for the moments before and after.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        _announce(listening.getsockname()[:2], output)
        serving.run(sockets=[listening])
    output.tell("Stopped; every hit that was taken is kept.")
    return DONE


@contextmanager
def relay_inside(house: House, output: Output) -> Iterator[str]:
    """Serve beside other work of this process.

    :return: where it listens; empty if it cannot, which is told
    """
    with ExitStack() as stack:
        yield _begun(house, output, stack)


def _begun(house: House, output: Output, stack: ExitStack) -> str:
    try:
        app, listening = _made(house, output, stack)
    except (Failed, SettingsError) as err:
        output.warn(f"{err} The worker goes on without it.")
        return ""
    proxies = _networks(house.settings, "relay.trusted_proxies")
    url = stack.enter_context(Background(app, listening, trusted_proxies=proxies)).url
    output.tell(f"The relay listens on {url}.")
    return url


def _made(house: House, output: Output, stack: ExitStack) -> tuple[ASGIApp, socket]:
    """The relay and the socket it is to listen on; the stack closes what they hold.

    :raises Failed: the port is taken, the key or the folder cannot be used, or another relay uses it
    :raises SettingsError: a network in the settings is none
    """
    settings = house.settings
    key = _shared(settings, output)
    try:
        with ExitStack() as held:
            listening = held.enter_context(_bound(settings))
            Networks(_networks(settings, "relay.trusted_proxies"))
            place = folder(settings)
            held.enter_context(sole(place / "lock", otherwise=lambda: _another(place)))
            app = application(plan_of(house, key))
            stack.push(held.pop_all())
            return app, listening
    except ValueError as err:
        raise SettingsError(f"A network in the settings of the relay cannot be used: {err}.") from err
    except OSError as err:
        raise Failed(f"The relay cannot use {err.filename or folder(settings)}: {err.strerror}.") from err


def _another(place: Path) -> Failed:
    """Two would write their hits over each other's."""
    return Failed(f"Another relay already uses {place}. Stop it first, or name another relay.folder.")


def _bound(settings: Settings) -> socket:
    host, port = settings.text("relay.host"), settings.number("relay.port")
    try:
        return bound(host, port)
    except OSError as err:
        reason = (err.strerror or str(err)).partition(" (while")[0].lower()
        raise Failed(
            f"The relay cannot listen on {host}, port {port}: {reason}. Set relay.port to one that is free."
        ) from err


def plan_of(house: House, key: Shared) -> Plan:
    """What the settings say about the relay."""
    settings = house.settings
    return Plan(
        folder=folder(settings),
        shared=key,
        own_networks=_networks(settings, "relay.own_networks"),
        machine_networks=_networks(settings, "relay.machine_networks"),
        most_bytes=max(settings.number("relay.disk_mb"), 1) * _MEGABYTE,
        keep=timedelta(days=settings.number("relay.keep_days")),
        hits_per_source=settings.number("relay.hits_per_source"),
        patience=settings.number("relay.patience_ms") / 1_000,
        now=house.clock.now,
    )


def _shared(settings: Settings, output: Output) -> Shared:
    file = key_file(settings)
    is_new = not file.exists()
    key = keys(settings)
    if is_new:
        output.tell(f"Made a new key: {file}. Whoever reads the hits needs a copy; nobody else may have one.")
    return key


def _networks(settings: Settings, name: str) -> tuple[str, ...]:
    return tuple(settings.text(name).replace(",", " ").split())


def _announce(place: tuple[str, int], output: Output) -> None:
    host, port = place
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if output.as_json:
        output.document({"listening": url})
        output.out.flush()
    else:
        output.tell(f"Serving on {url}; Ctrl-C stops it.")
