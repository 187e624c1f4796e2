"""Puts the page together: who may come in, what is shown, what is done; an ASGI application out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from connectors.errors import ConnectorError, GrantGone
from heardback.errors import FAILED, Failed, UsageError, explain
from heardback.house import House
from heardback.settings import SettingsError
from heardback.surfaces.subscription import path_of
from heardback.text import sentence
from heardback.web.deeds import Deeds
from heardback.web.door import Door
from heardback.web.guard import Guard
from heardback.web.live import Live
from heardback.web.news import PATH, News
from heardback.web.pages import Pages
from heardback.web.reading import ReadNow
from heardback.web.screen import Screen
from heardback.web.sign_in import SignIn
from heardback.web.trouble import on_page
from store.ledger import StoreError

#: title of what could not be done
TROUBLE = "That did not work"
_STATIC = files("heardback.web") / "static"
#: what is a person's to know and no fault of ours
_TOLD = (UsageError, SettingsError, Failed, ConnectorError, StoreError)
#: what is there for everybody: path to file and type
_FILES = {
    "/style.css": ("style.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one start of the page stands on."""

    #: makes the parts as a command sees them, for one request; `open_page` is handed to it for sign-ins
    house: Callable[..., House]
    door: Door


def application(plan: Plan) -> ASGIApp:
    """The page, behind its guard."""
    sign_in, read_now = SignIn(plan.house), ReadNow(plan.house)
    screen, live = Screen(plan.door, read_now), Live(plan.house, sign_in, read_now)
    news = News(live.mark)
    pages = Pages(plan.house, screen, live, sign_in, read_now)
    deeds = Deeds(
        plan.house,
        sign_in,
        read_now,
        ask_again=pages.ask_again,
        choose_again=pages.choose_again,
        snooze_again=pages.snooze_again,
    )

    def failed(_: Request, error: Exception) -> Response:
        explained = explain(error)
        status, line = 500 if explained.exit_code == FAILED else 400, on_page(sentence(explained.line))
        if isinstance(error, GrantGone):
            return screen.bare(status, TROUBLE, f"{line} What was read is kept.", way=("/mailboxes", "Go to Mailboxes"))
        return screen.bare(status, TROUBLE, f"{line} {explained.next_step}")

    def missing(_: Request, __: Exception) -> Response:
        return pages.missing()

    @asynccontextmanager
    async def living(_: Starlette) -> AsyncIterator[None]:
        watching = asyncio.create_task(news.watch())
        yield
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        live.close()

    inner = Starlette(
        routes=[*_public(), *_shown(pages), *_done(deeds), *_subscribed(pages, plan.door), Route(PATH, news.answer)],
        exception_handlers={404: missing, 405: missing, **dict.fromkeys((*_TOLD, Exception), failed)},
        lifespan=living,
    )
    return Guard(inner, plan.door, bare=screen.bare, public=frozenset(_FILES))


def _shown(pages: Pages) -> list[Route]:
    return [
        Route("/", pages.now),
        Route("/mail", pages.mail),
        Route("/mail/{item}", pages.item),
        Route("/mail/{item}/open", pages.open),
        Route("/people", pages.people),
        Route("/numbers", pages.numbers),
        Route("/mailboxes", pages.mailboxes),
        Route("/connect", pages.connect),
        Route("/settings", pages.settings),
        Route("/help", pages.help),
    ]


def _done(deeds: Deeds) -> list[Route]:
    return [
        Route("/reminders/{reminder}/snooze", deeds.snooze, methods=["POST"]),
        Route("/reminders/{reminder}/done", deeds.done, methods=["POST"]),
        Route("/mail/{item}", deeds.remind, methods=["POST"]),
        Route("/mail/{item}/draft", deeds.draft, methods=["POST"]),
        Route("/mail/{item}/overrule", deeds.overrule, methods=["POST"]),
        Route("/read", deeds.read, methods=["POST"]),
        Route("/people", deeds.choose, methods=["POST"]),
        Route("/connect", deeds.connect, methods=["POST"]),
        Route("/connect/end", deeds.put_away, methods=["POST"]),
    ]


def _subscribed(pages: Pages, door: Door) -> list[Route]:
    return [Route(path_of(door.calendar), pages.calendar)] if door.calendar else []


def _public() -> list[Route]:
    return [Route(path, _file((_STATIC / name).read_bytes(), kind)) for path, (name, kind) in _FILES.items()]


def _file(content: bytes, kind: str) -> Callable[[Request], Response]:
    return lambda _: Response(content, media_type=kind)
