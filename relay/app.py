"""Puts the relay together: folder, key and limits in, an ASGI application out."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, Router
from starlette.types import Lifespan, Receive, Scope, Send

from evidence.networks import Networks
from relay import disk, readers
from relay.commit import Commit
from relay.copies import Copies
from relay.disk import replace
from relay.intake import Intake
from relay.journal import Journal
from relay.keys import Shared
from relay.limits import Nearby, Repeats, Sources
from relay.opt_outs import OptOuts
from relay.owner import Owner
from relay.pages import EVERYWHERE
from relay.tokens import new_id

_LOG = logging.getLogger(__name__)
#: seconds between two looks for what is too old
_TIDY_EVERY = 3_600
#: wrong keys a source may show in a minute
_GUESSES = 20


def _machine_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a relay is to be."""

    #: where hits, copies and opt-outs lie
    folder: Path
    shared: Shared
    #: networks of the sender's, whose hits never count
    own_networks: tuple[str, ...] = ()
    #: further networks in which machines live
    machine_networks: tuple[str, ...] = ()
    #: what the hits may take, and as much again for the copies
    most_bytes: int = 64_000_000
    #: how long hits are kept; 0 for good
    keep: timedelta = timedelta(days=30)
    #: hits one source may put on the disk in a minute
    hits_per_source: int = 600
    #: seconds an answer waits for the disk at most
    patience: float = 0.05
    #: writes to a file descriptor at a place, durable when it returns
    put: Callable[[int, bytes, int], int] = disk.put
    now: Callable[[], datetime] = _machine_clock


class Relay(Router):
    """The relay as an ASGI application; the image stands before the other doors."""

    def __init__(self, image: readers.Image, routes: list[Route], lifespan: Lifespan["Relay"]) -> None:
        # A redirect to another spelling would answer with an address made of the Host header.
        super().__init__(routes, redirect_slashes=False, default=_nowhere, lifespan=lifespan)
        self.image = image

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and self.image.is_at(scope["path"]):
            await self.image(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def application(plan: Plan) -> Relay:
    """Put a relay together.

    :raises OSError: the folder cannot be used
    :raises ValueError: a network is none
    """
    commit = Commit(Journal(plan.folder / "hits", most_bytes=plan.most_bytes, put=plan.put), patience=plan.patience)
    intake = Intake(
        keys=plan.shared.tokens,
        opt_outs=OptOuts(plan.folder / "opt-outs"),
        commit=commit,
        sources=Sources(plan.hits_per_source),
        own=Networks(plan.own_networks),
        nearby=Nearby(),
        machines=Networks(plan.machine_networks),
        now=plan.now,
        repeats=Repeats(),
    )
    copies = Copies(plan.folder / "copies", most_bytes=plan.most_bytes)
    owner = Owner(
        intake=intake,
        copies=copies,
        bearer=plan.shared.bearer,
        name=_name(plan.folder / "name"),
        guesses=Sources(_GUESSES),
    )
    tidy = partial(_tidy, commit.journal, copies, plan)
    return Relay(
        readers.Image(intake),
        [*readers.routes(intake, copies), *owner.routes(), Route("/healthz", partial(_health, commit))],
        partial(_life, commit=commit, tidy=tidy),
    )


@asynccontextmanager
async def _life(_: object, *, commit: Commit, tidy: Callable[[], None]) -> AsyncIterator[None]:
    """Look for what is too old now and then; at the end, bring what waits to the disk."""
    tidying = asyncio.create_task(_tidy_again_and_again(commit, tidy))
    yield
    tidying.cancel()
    await commit.close()


async def _tidy_again_and_again(commit: Commit, tidy: Callable[[], None]) -> None:
    while True:
        try:
            await commit.run(tidy)
        except Exception as err:  # noqa: BLE001 - what is old must go some day, whatever was in the way today
            _LOG.warning("What is old could not be erased (%s); it is tried again.", err)
        await asyncio.sleep(_TIDY_EVERY)


def _tidy(journal: Journal, copies: Copies, plan: Plan) -> None:
    now = plan.now()
    copies.prune(now)
    if plan.keep:
        journal.prune(now, plan.keep)


async def _health(commit: Commit, request: Request) -> Response:  # noqa: ARG001 - asked of every door
    """`/healthz`: whether hits reach the disk."""
    return JSONResponse({"ok": not commit.is_failing}, 503 if commit.is_failing else 200, EVERYWHERE)


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await PlainTextResponse("Nothing here.\n", 404, EVERYWHERE)(scope, receive, send)


def _name(file: Path) -> str:
    """The name of this folder's hits, made at the first start."""
    if not file.exists():
        replace(file, new_id().encode())
    return file.read_text("ascii")
