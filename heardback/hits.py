"""What the worker takes in hits with, and the relay beside the worker where the settings want one."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from functools import partial

from connectors.errors import ConnectorError
from heardback.errors import Failed
from heardback.house import House
from heardback.output import Output
from heardback.relay_side import client, reader_name
from scheduler.hits import Pulled, pull


@contextmanager
def hits_of(house: House, output: Output) -> Iterator[Callable[[], Pulled] | None]:
    """Takes in what the relay holds each time it is called; None where no relay is set.

    Settings that are of no use for it are told; mailboxes are read all the same.
    """
    with _relay_inside(house, output) as url, _line(house, output, url) as take_hits:
        yield take_hits


def _relay_inside(house: House, output: Output) -> AbstractContextManager[str]:
    if not house.settings.truth("relay.inside"):
        return nullcontext("")
    # it brings a web server along, which a worker without one need not load
    from heardback.commands.relay import relay_inside

    return relay_inside(house, output)


@contextmanager
def _line(house: House, output: Output, url: str) -> Iterator[Callable[[], Pulled] | None]:
    try:
        line = client(house.settings, at=url)
        name = reader_name(house.settings) if line else None
    except (ConnectorError, Failed) as err:
        output.warn(f"{err} Hits are not read.")
        line = name = None
    if line is None or name is None:
        yield None
        return
    with closing(line):
        yield partial(pull, house.ledger, line, reader_name=name, now=house.clock.now)
