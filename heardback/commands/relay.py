"""`relay`: the public endpoint of tracked mail, in the foreground until it is told to stop."""

import signal
from argparse import Namespace
from datetime import timedelta
from pathlib import Path

from heardback.errors import DONE, Failed
from heardback.house import House
from heardback.output import Output
from heardback.settings import Settings, SettingsError
from relay.app import Plan, application
from relay.keys import KeyUnusable, Shared, make, shared
from relay.server import bound, server

#: bytes in a megabyte, as disks are sold
_MEGABYTE = 1_000_000


def relay(args: Namespace, house: House, output: Output) -> int:  # noqa: ARG001 - every command takes the same
    """Serve until SIGINT or SIGTERM; what was answered is kept."""
    settings = house.settings
    host, port = settings.text("relay.host"), settings.number("relay.port")
    try:
        app = application(plan_of(house, _shared(settings, output)))
        serving = server(app, trusted_proxies=_networks(settings, "relay.trusted_proxies"))
    except ValueError as err:
        raise SettingsError(f"A network in the settings of the relay cannot be used: {err}.") from err
    try:
        listening = bound(host, port)
    except OSError as err:
        raise Failed(f"The relay cannot listen on {host}, port {port}: {(err.strerror or str(err)).lower()}.") from err

    def stop(*_: object) -> None:
        serving.should_exit = True

    with listening:
        # uvicorn has handlers of its own while it serves, and raises the signal again when it is done; these stand
        # for the moments before and after.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        _announce(listening.getsockname()[:2], output)
        serving.run(sockets=[listening])
    output.tell("Stopped; every hit that was taken is kept.")
    return DONE


def plan_of(house: House, key: Shared) -> Plan:
    """What the settings say about the relay."""
    settings = house.settings
    return Plan(
        folder=_folder(settings),
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
    file = settings.path("relay.key_file") if settings.text("relay.key_file") else _folder(settings) / "key"
    if not file.exists():
        make(file)
        output.tell(f"Made a new key: {file}. Whoever reads the hits needs a copy; nobody else may have one.")
    try:
        return shared(file)
    except KeyUnusable as err:
        raise Failed(str(err)) from err


def _folder(settings: Settings) -> Path:
    return settings.path("relay.folder") if settings.text("relay.folder") else settings.folder / "relay"


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
