"""`web`: the page, in the foreground until it is told to stop; and what `run` needs to have it inside."""

import signal
import socket
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from heardback.errors import DONE, Failed
from heardback.house import House
from heardback.output import Output
from heardback.page_link import RunningPage, keep, running_page, sole_page
from heardback.surfaces.subscription import secret_of
from heardback.web.app import Plan, application
from heardback.web.door import Door
from heardback.web.news import Streaming
from relay.server import Background, bound, server


def web(args: Namespace, house: House, output: Output) -> int:
    """Open the page that runs already, or serve one until SIGINT or SIGTERM."""
    running = running_page(house.settings.folder)
    if running:
        _open(running, args, house, output)
        return DONE
    with _prepared(house) as (listening, plan):
        serving = server(application(plan), protocol=Streaming)

        def stop(*_: object) -> None:
            serving.should_exit = True

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        _announce(plan.door, output)
        if not args.no_browser:
            house.show_page(plan.door.link)
        serving.run(sockets=[listening])
    output.tell("Stopped.")
    return DONE


def _open(running: RunningPage, args: Namespace, house: House, output: Output) -> None:
    if not running.link:
        raise Failed(f"A page runs, {running.named}.")
    _print_link(running.link, output)
    if not output.as_json:
        output.tell(f"It runs already, in process {running.process}, and goes on there. The link is yours alone.")
    if not args.no_browser:
        house.show_page(running.link)


@contextmanager
def inside(house: House, output: Output) -> Iterator[None]:
    """The page in a thread of this process while the block runs; none where one runs already."""
    running = running_page(house.settings.folder)
    if running:
        output.warn(f"A page runs already, {running.named}; no other one is started.")
        yield
        return
    with _prepared(house) as (listening, plan), Background(application(plan), listening, protocol=Streaming):
        if output.quiet and not output.as_json:
            # a service: what it prints goes into a log, where the key has no place
            _warn_if_exposed(plan.door, output)
        else:
            _announce(plan.door, output)
        yield


@contextmanager
def _prepared(house: House) -> Iterator[tuple[socket.socket, Plan]]:
    settings = house.settings
    with sole_page(settings.folder), _bound(settings.text("web.host"), settings.number("web.port")) as listening:
        port = listening.getsockname()[1]
        public = settings.text("web.address")
        door = Door.fresh(settings.text("web.host"), port, calendar=secret_of(settings.folder), public=public)
        keep(settings.folder, door.link)
        yield listening, Plan(house=lambda **choices: House(settings, **choices), door=door)


def _bound(host: str, port: int) -> socket.socket:
    try:
        return bound(host, port)
    except OSError as err:
        raise Failed(
            f"The page cannot listen on {host}, port {port}: {(err.strerror or str(err)).lower()}. Another program has "
            "it, or a page of another data folder; set web.port to another number, or to 0 for any that is free."
        ) from err


def _announce(door: Door, output: Output) -> None:
    _warn_if_exposed(door, output)
    _print_link(door.link, output)
    if not output.as_json:
        output.tell("The link is yours alone; Ctrl-C stops the page.")


def _warn_if_exposed(door: Door, output: Output) -> None:
    if door.is_exposed:
        output.warn(
            f"CAREFUL: web.host is {door.host}, so other machines can reach the page, and whoever listens on the way "
            "can read all of it and act for you: it has no encryption. Set it to 127.0.0.1, and let a tunnel or proxy "
            "with encryption ask there (the setting web.address)."
        )


def _print_link(link: str, output: Output) -> None:
    if output.as_json:
        output.document({"link": link})
    else:
        output.say(f"The page: {link}")
    # it is served until it is stopped, and who reads a pipe wants the link now
    output.out.flush()
