"""`web`: the page, in the foreground until it is told to stop; and what `run` needs to have it inside."""

import signal
import socket
from argparse import Namespace

from heardback.errors import DONE, Failed
from heardback.house import House
from heardback.output import Output
from heardback.surfaces.subscription import secret_of
from heardback.web.app import Plan, application
from heardback.web.door import Door
from heardback.web.news import Streaming
from relay.server import Background, bound, server


def web(args: Namespace, house: House, output: Output) -> int:
    """Serve until SIGINT or SIGTERM."""
    listening, plan = _prepared(house)
    with listening:
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


def inside(house: House, output: Output) -> Background:
    """The page in a thread of this process; a context manager that stops it."""
    listening, plan = _prepared(house)
    _announce(plan.door, output)
    return Background(application(plan), listening, protocol=Streaming)


def _prepared(house: House) -> tuple[socket.socket, Plan]:
    settings = house.settings
    host, port = settings.text("web.host"), settings.number("web.port")
    try:
        listening = bound(host, port)
    except OSError as err:
        raise Failed(f"The page cannot listen on {host}, port {port}: {(err.strerror or str(err)).lower()}.") from err
    door = Door.fresh(
        host,
        listening.getsockname()[1],
        calendar=secret_of(settings.folder),
        public=settings.text("web.address"),
    )
    return listening, Plan(house=lambda **choices: House(settings, **choices), door=door)


def _announce(door: Door, output: Output) -> None:
    if door.is_exposed:
        output.warn(
            f"CAREFUL: web.host is {door.host}, so other machines can reach the page, and whoever listens on the way "
            "can read all of it and act for you: it has no encryption. Set it to 127.0.0.1, and let a tunnel or proxy "
            "with encryption ask there (the setting web.address)."
        )
    if output.as_json:
        output.document({"link": door.link})
    else:
        output.say(f"The page: {door.link}")
    # it is served until it is stopped, and who reads a pipe wants the link now
    output.out.flush()
    if not output.as_json:
        output.tell("The link is yours alone; Ctrl-C stops the page.")
