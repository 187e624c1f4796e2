"""Fills the templates. What comes from mail passes through `heardback.text` here, so that no template can forget it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from evidence.model import Verdict
from heardback.commands.lists import by_verdict, subject_of, why_of
from heardback.commands.reminders import troubles
from heardback.house import House
from heardback.surfaces.subscription import path_of
from heardback.text import count, few, local, moment, plain, sentence, span
from heardback.web.door import Door, home
from heardback.web.plots import HEIGHT, WIDTH
from heardback.web.reading import ReadNow
from heardback.web.story import could_be_me, heading
from heardback.worker_lock import holder

#: what the sign before a verdict looks like; the word always stands beside it
_SIGNS: Mapping[Verdict, str] = {
    Verdict.ANSWERED: "full",
    Verdict.READ: "full",
    Verdict.PROBABLY_READ: "most",
    Verdict.MAYBE_READ: "half",
    Verdict.DECLINED: "shut",
    Verdict.DELETED_UNREAD: "shut",
    Verdict.NOT_DELIVERED: "shut",
    Verdict.AWAY: "wait",
    Verdict.DELAYED: "wait",
    Verdict.UNREAD: "open",
    Verdict.UNKNOWABLE: "dashed",
}
#: path and name of what the page consists of
PLACES = (
    ("/", "Now"),
    ("/mail", "Sent mail"),
    ("/people", "People"),
    ("/numbers", "Numbers"),
    ("/mailboxes", "Mailboxes"),
)


class Screen:
    """The templates, and what all of them need."""

    def __init__(self, door: Door, read_now: ReadNow) -> None:
        self._read_now = read_now
        #: address to subscribe to; empty where there is none
        self.calendar = f"{home(door.host, door.port)}{path_of(door.calendar)}" if door.calendar else ""
        self._environment = Environment(
            loader=PackageLoader("heardback.web"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_shown,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "by_verdict": by_verdict,
            "could_be_me": could_be_me,
            "count": count,
            "few": few,
            "form_mark": door.form,
            "heading": heading,
            "height": HEIGHT,
            "places": PLACES,
            "sentence": sentence,
            "sign": _SIGNS.__getitem__,
            "span": span,
            "subject_of": subject_of,
            "width": WIDTH,
        }

    def page(self, name: str, house: House, *, mark: str, here: str, status: int = 200, **shown: Any) -> HTMLResponse:
        """One page of the person's own.

        :param mark: of the moment before anything was read for it
        :param here: its path, for the way back after a deed
        """
        zone, now = house.zone, house.now
        text = self._environment.get_template(name).render(
            shown,
            mark=mark,
            here=here,
            now=now,
            drafting=[each.id for each in house.ledger.accounts() if each.capabilities.get("leaves_drafts")],
            is_drafted=lambda item: _is_drafted(house, item),
            troubles=lambda reminder: troubles(reminder, house),
            is_read=bool(holder(house.settings.folder)),
            reading=self._read_now.reading,
            ago=lambda when: span(now - when),
            away=lambda when: span(when - now),
            moment=lambda when: moment(when, zone),
            day=lambda when: _day(when.astimezone(zone), now.astimezone(zone)),
            local=lambda text, near: local(text, zone, near),
            why=lambda one: why_of(one, zone),
        )
        return HTMLResponse(text, status)

    def bare(self, status: int, title: str, text: str) -> HTMLResponse:
        """A page that shows nothing of the person's."""
        return HTMLResponse(self._environment.get_template("bare.html").render(title=title, text=text), status)


def _is_drafted(house: House, item: str) -> bool:
    left = house.ledger.deliveries.follow_up(item)
    return left is not None and bool(left.draft)


def _shown(value: Any) -> Any:
    """Every value a template shows goes through here: no text from outside can turn the line around it."""
    return plain(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _day(when: datetime, now: datetime) -> str:
    """A time as people say it: the day by its name where that is near, and the clock."""
    days = (when.date() - now.date()).days
    names = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    named = names.get(days) or (f"{when:%A}" if 0 < days < 7 else f"{when:%a} {when.day} {when:%b}")
    return f"{named}, {when:%H:%M}" if when.year == now.year else f"{named} {when.year}, {when:%H:%M}"
