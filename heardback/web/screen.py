"""Fills the templates. What comes from mail passes through `heardback.text` here, so that no template can forget it."""

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from evidence.model import Verdict
from heardback.commands.draft import may_draft
from heardback.commands.lists import by_verdict, subject_of
from heardback.commands.reminders import troubles
from heardback.house import House
from heardback.surfaces.subscription import path_of
from heardback.text import ago, count, few, moment, plain, sentence, span
from heardback.wanted_shown import decided_why
from heardback.web.dates import dated, in_style, named
from heardback.web.door import Door
from heardback.web.plots import HEIGHT, WIDTH
from heardback.web.reading import ReadNow
from heardback.web.story import could_be_me, decision, heading
from heardback.web.trouble import on_page
from heardback.worker_lock import holder
from scheduler.correction import did_you_mean

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
#: where a page leads back that has no other way
_HOME = ("/", "Back to what needs you now")
#: path and name of what the page consists of
PLACES = (
    ("/", "Now"),
    ("/mail", "Sent mail"),
    ("/people", "People"),
    ("/numbers", "Numbers"),
    ("/mailboxes", "Mailboxes"),
    ("/settings", "Settings"),
)


class Screen:
    """The templates, and what all of them need."""

    def __init__(self, door: Door, read_now: ReadNow) -> None:
        self._read_now = read_now
        #: where people reach the page, if the settings say so; else it is where they asked
        self.home = door.public
        #: address to subscribe to; empty where there is none
        self.calendar = f"{door.home}{path_of(door.calendar)}" if door.calendar else ""
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
            "decided_why": decided_why,
            "decision": decision,
            "did_you_mean": did_you_mean,
            "few": few,
            "form_mark": door.form,
            "heading": heading,
            "height": HEIGHT,
            "places": PLACES,
            "on_page": on_page,
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
        zone, now, accounts = house.zone, house.now, house.ledger.accounts()
        text = self._environment.get_template(name).render(
            shown,
            mark=mark,
            here=here,
            now=now,
            drafting=[each.id for each in accounts if may_draft(each)],
            is_drafted=lambda item: _is_drafted(house, item),
            troubles=lambda reminder: troubles(reminder, house),
            has_mailbox=bool(accounts),
            is_read=bool(holder(house.settings.folder)),
            reading=self._read_now.reading,
            ago=lambda when: ago(when, now, zone),
            moment=lambda when: moment(when, zone),
            clock=lambda when: f"{when.astimezone(zone):%H:%M}",
            day=lambda when: named(when.astimezone(zone), now.astimezone(zone)),
            dated=lambda on: dated(on, now.astimezone(zone)),
            local=lambda text, near: in_style(text, zone, near=near, now=now),
            why=lambda one: plain(in_style(one.why, zone, near=one.since, now=now)),
        )
        return HTMLResponse(text, status)

    def bare(
        self, status: int, title: str, text: str, *, way: tuple[str, str] = _HOME, goes_on: bool = False
    ) -> HTMLResponse:
        """A page that shows nothing of the person's.

        :param way: where its link leads, and its words
        :param goes_on: it leads there by itself
        """
        shown = self._environment.get_template("bare.html").render(title=title, text=text, way=way, goes_on=goes_on)
        return HTMLResponse(shown, status)


def _is_drafted(house: House, item: str) -> bool:
    left = house.ledger.deliveries.follow_up(item)
    return left is not None and bool(left.draft)


def _shown(value: Any) -> Any:
    """Every value a template shows goes through here: no text from outside can turn the line around it."""
    return plain(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
