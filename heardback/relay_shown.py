"""How the relay stands, as `status` tells it."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta

from heardback.house import House
from heardback.text import ago, count, moment, plain, sentence
from scheduler.forgetting import tokens_to_forget
from store.tracking import RelayState

#: with a worker it is read every minute
_STALE = timedelta(hours=1)


def relay_document(house: House) -> dict[str, object] | None:
    """As `--json` prints it; None where there is none."""
    known, url = house.ledger.tracking.relay(), house.settings.text("relay.url")
    return (
        {"url": url, **asdict(known), "tokens_to_forget": tokens_to_forget(house.ledger)}
        if url or known != RelayState()
        else None
    )


def relay_lines(house: House) -> Iterator[str]:
    """When it was read, since when it is away, and what it lost; nothing where there is none."""
    known, url = house.ledger.tracking.relay(), house.settings.text("relay.url")
    if url or known != RelayState():
        yield f"Relay {plain(url) or 'of earlier mail, none is set now'}: {_read(known, house)}."
    since = f"away since {moment(known.away_since, house.zone)}: " if known.away_since else ""
    if known.problem:
        yield f"    TROUBLE: {since}{sentence(plain(known.problem))}"
    if known.away_since:
        yield "    Hits wait there and are made up for; until then the silence of an image says nothing."
    if known.missed_at:
        when = moment(known.missed_at, house.zone)
        yield f"    Hits went before they were read, as it said on {when}; mail sent before may have been read."
    if known.lost:
        yield f"    {count(known.lost, 'hit')} lost since its start, as its disk refused."
    if left := tokens_to_forget(house.ledger):
        yield f"    It has still to forget {count(left, 'token')} of people you forgot; the worker asks it."


def _read(known: RelayState, house: House) -> str:
    if known.read_at is None:
        return 'never read; "heardback run" reads it'
    is_old = house.now - known.read_at > _STALE
    late = '; "heardback run" keeps reading it' if is_old and not known.away_since else ""
    return f"last read {moment(known.read_at, house.zone)}, {ago(known.read_at, house.now, house.zone)}{late}"
