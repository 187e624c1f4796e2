"""What reading costs at the providers: units, requests and refusals, counted by the sandbox itself.

    python -m benchmarks.quota

Counts do not depend on the machine; time is the sandbox's, so the minutes of a budget pass at once.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from werkzeug.wrappers import Request

from benchmarks.figure import Figure, at_most, beside, table
from benchmarks.lieer import fetch_like_lieer
from benchmarks.mailboxes import (
    GMAIL,
    OUTLOOK,
    Bench,
    clock_of,
    connected,
    receive_at_gmail,
    send_from_gmail,
    send_from_outlook,
)
from sandbox.world import World

SENT, RECEIVED, ANSWERS = 1_000, 2_000, 40
#: where the history stands, and listing and reading the sent mail
_SENT_UNITS = 1 + 2 * 5 + SENT * 20


@dataclass(slots=True, kw_only=True)
class Cost:
    """What was asked of a provider while a block ran."""

    units: int = 0
    requests: int = 0
    throttled: int = 0
    paths: list[str] = field(default_factory=list)


def figures() -> Iterator[Figure]:
    """Every figure of this area."""
    yield from _gmail()
    yield from _gmail_answers()
    yield from _outlook()


def _gmail() -> Iterator[Figure]:
    with _world() as (world, folder):
        send_from_gmail(world, SENT)
        with connected(world.settings(), folder, GMAIL, clock_of(world)) as bench:
            begin = world.clock.now()
            with _costs(world, bench) as first:
                bench.sync()
            minutes = (world.clock.now() - begin).total_seconds() / 60
            with _costs(world, bench) as idle:
                bench.sync()
            with _costs(world, bench) as theirs:
                refused = fetch_like_lieer(world, folder)
    what = "first sync of 1,000 sent items, Gmail"
    extra = "1 for where the history stands and 5 to see that nothing was received are in it"
    yield at_most(f"{what}: units", first.units, 20_010, note=extra)
    yield at_most(f"{what}: requests", first.requests, 42, note=f"{minutes:.1f} min of quota")
    yield at_most(f"{what}: refusals for haste", first.throttled, 0)
    yield beside("the same with lieer's pattern (list by 100, whole messages in batches of 50): units", theirs.units)
    yield beside("its requests", theirs.requests)
    yield beside("its refusals for haste (parts of batches)", refused)
    yield at_most("idle poll, Gmail: requests", idle.requests, 1)
    yield at_most("idle poll, Gmail: units", idle.units, 2)


def _gmail_answers() -> Iterator[Figure]:
    """What the received mail of the window adds to a first reading, all sent mail being open."""
    with _world() as (world, folder):
        sent = send_from_gmail(world, SENT)
        receive_at_gmail(world, RECEIVED, sent[:ANSWERS])
        with connected(world.settings(), folder, GMAIL, clock_of(world)) as bench, _costs(world, bench) as whole:
            report = bench.sync()
    found = report.new_evidence
    yield at_most(
        f"finding the replies to 1,000 open items among {RECEIVED:,} received: units, without 20 for each of {found}",
        whole.units - _SENT_UNITS - found * 20,
        50,
        note="ids by thread, reports and people by search; nothing but replies is read",
    )
    yield beside("the same with one get for each received message", RECEIVED * 20, note="by the table of prices")


def _outlook() -> Iterator[Figure]:
    with _world() as (world, folder):
        send_from_outlook(world, SENT)
        with connected(world.settings(), folder, OUTLOOK, clock_of(world)) as bench:
            with _costs(world, bench) as first:
                bench.sync()
            with _costs(world, bench) as idle:
                bench.sync()
    listing = [each for each in first.paths if "sentitems" in each]
    yield at_most("first sync of 1,000 sent items, Outlook: requests to list the folder", len(listing), 2)
    yield beside("the same, requests in all, other folders included", first.requests)
    yield at_most("idle poll, Outlook: requests for each of 4 folders", idle.requests / 4, 1)


@contextmanager
def _world() -> Iterator[tuple[World, Path]]:
    with tempfile.TemporaryDirectory() as folder, World(Path(folder)) as world:
        yield world, Path(folder)


@contextmanager
def _costs(world: World, bench: Bench) -> Iterator[Cost]:
    """Count what the block asks, as the provider does."""
    cost, spend = Cost(), bench.mailbox.spend
    seen: list[str] = []

    def see(request: Request) -> None:
        seen.append(request.path)

    server = world.google.server if bench.account.provider == "gmail" else world.microsoft.server
    server.watch(see)
    before, throttled = world.google.account(GMAIL).spent_units, spend.throttled
    yield cost
    # signing in is no call of the API
    cost.paths = [each for each in seen if each.startswith(("/gmail/", "/batch", "/upload", "/v1.0/"))]
    cost.requests = len(cost.paths)
    cost.units = world.google.account(GMAIL).spent_units - before
    cost.throttled = spend.throttled - throttled


if __name__ == "__main__":
    print(table(figures()))
