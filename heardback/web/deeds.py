"""What the page does: each method reads a form, does what the command of the same name does, and leads back."""

import io
import re
from argparse import Namespace
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from connectors.provider import Feature
from evidence.model import Ruling, SentItem
from heardback.choice_list import one_address
from heardback.commands.consent import consent, optout
from heardback.commands.draft import draft
from heardback.commands.overrule import decide, find_evidence
from heardback.commands.remind import ask, wanted
from heardback.commands.reminders import NoTime, came_before, chosen, find_reminder
from heardback.commands.show import find_item
from heardback.errors import UsageError
from heardback.house import PROVIDERS, House
from heardback.output import Output
from heardback.text import few, moment, plain, sentence
from heardback.web.reading import ReadNow
from heardback.web.sign_in import SignIn
from heardback.web.story import still
from scheduler import reminders as room
from scheduler.follow_up import AlreadyLeft, not_shown
from scheduler.policy import Condition
from scheduler.verbs import Verb
from scheduler.wanted import BadKey
from store.ledger import ReminderState
from store.tracking import Stance

_Choice = TypeVar("_Choice", bound=StrEnum)
#: pieces of evidence one form may name; it must not grow too long
MOST_AT_ONCE = 500
#: where a form may lead back to
_PLACE = re.compile(r"/(?:mail(?:/[a-z0-9]{1,16})?|people|mailboxes)?")


#: how a mail's reminders go on, as its form names it
_MORE = ("again", "times", "grow", "quorum")
#: the choice of those readers who are ticked
NAMED = "named"

#: as the form names them
_CHOICES = {"optout": optout, "consent": consent}


class Act(StrEnum):
    """What becomes of a choice."""

    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What was just done."""

    text: str
    #: reminder that a press brings back
    back: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What was asked by a form and makes no sense."""

    #: as it was typed and chosen, by the fields' names
    typed: Mapping[str, str]
    #: the field that is wrong, or the reminder whose only one it is; empty: they do not fit together
    field: str
    #: what is wrong with it, a sentence
    why: str


class Deeds:
    """The answers to POST; `request.state.form` holds what was sent."""

    def __init__(
        self,
        house: Callable[..., House],
        sign_in: SignIn,
        read_now: ReadNow,
        *,
        ask_again: Callable[[Request, Refused], Response],
        choose_again: Callable[[Request, Refused], Response],
        snooze_again: Callable[[Request, str, Refused], Response],
    ) -> None:
        """Take what they work on.

        :param ask_again: shows a mail's form once more, with what is wrong in it
        :param choose_again: the same of the form for a reader's choice
        :param snooze_again: the same of the one that puts a reminder off, on the page of this path
        """
        self._house = house
        self._sign_in = sign_in
        self._read_now = read_now
        self._ask_again = ask_again
        self._choose_again = choose_again
        self._snooze_again = snooze_again

    def snooze(self, request: Request) -> Response:
        """Let a reminder come later."""
        with self._house() as house:
            found, said = find_reminder(request.path_params["reminder"], house), _field(request, "for")
            try:
                until = chosen(said, found, house)
            except NoTime as err:
                refused = Refused(typed={"for": plain(said, limit=100)}, field=found.id, why=str(err))
                return self._snooze_again(request, _place(request), refused)
            room.snooze(house.ledger, found, until, now=house.now)
        return _back(request, said="snoozed", about=found.id)

    def done(self, request: Request) -> Response:
        """Settle a reminder for good."""
        with self._house() as house:
            found = find_reminder(request.path_params["reminder"], house)
            room.done(house.ledger, found, now=house.now)
        return _back(request, said="done", about=found.id)

    def remind(self, request: Request) -> Response:
        """Have other reminders for one mail than the rules have, or none, or those of the rules again."""
        typed = {each: plain(_field(request, each), limit=100) for each in ("off", "after", "condition", *_MORE)}
        named = [plain(each, limit=320) for each in request.state.form.get("named", [])]
        with self._house() as house:
            item = find_item(request.path_params["item"], house)
            try:
                ask(item, _verb(typed, named, item, house), house)
            except BadKey as err:
                return self._ask_again(request, Refused(typed=typed, field=err.key, why=sentence(_capital(err.why))))
            except ValueError as err:
                return self._ask_again(request, Refused(typed=typed, field="", why=sentence(_capital(str(err)))))
        return _back(request, said="reminded", about=item.id)

    def draft(self, request: Request) -> Response:
        """Leave a follow-up among the person's drafts."""
        item = request.path_params["item"]
        # pressed twice, or in two windows: the page then tells of the one there is
        with self._house() as house, suppress(AlreadyLeft):
            draft(Namespace(item=item, text=None), house, _silent())
        return _back(request, said="drafted", about=item)

    def overrule(self, request: Request) -> Response:
        """Set evidence aside, or take that back: one piece, or hits that say the same."""
        with self._house() as house:
            item = find_item(request.path_params["item"], house)
            said = _one_of(Ruling, _field(request, "said"))
            decide(find_evidence(request.state.form.get("evidence", [""]), item, house), item, said, house)
        return _back(request, said="overruled", about=item.id)

    def read(self, request: Request) -> Response:
        """Have the mailboxes read now."""
        self._read_now.begin()
        return RedirectResponse(_place(request), status_code=303)

    def choose(self, request: Request) -> Response:
        """Keep what a reader wants about being tracked, or that they take it back; the relay is told."""
        command = _CHOICES.get(_field(request, "command"))
        act = _one_of(Act, _field(request, "act"))
        if command is None:
            raise UsageError("That is none of the choices; nothing was done.")
        if act is Act.ADD and (refused := _wrong_choice(request)):
            return self._choose_again(request, refused)
        whose, how = one_address(_field(request, "address")), plain(_field(request, "how"), limit=300)
        with self._house() as house:
            command(Namespace(act=act, who=[whose], how=how, wording=""), house, _silent())
        return _back(request, said="chosen", about=whose)

    def connect(self, request: Request) -> Response:
        """Begin a sign-in; the next page leads to where the person is asked."""
        allow = [_one_of(Feature, each) for each in request.state.form.get("allow", [])]
        provider = _field(request, "provider")
        if provider not in PROVIDERS:
            raise UsageError("That is no provider; nothing was done.")
        self._sign_in.begin(provider, allow, address=_field(request, "address"))
        return RedirectResponse("/connect", status_code=303)

    def put_away(self, request: Request) -> Response:  # noqa: ARG002 - every answer takes the request
        """Go on after a sign-in, or without it."""
        self._sign_in.put_away()
        return RedirectResponse("/mailboxes", status_code=303)


def notice(asked: Mapping[str, str], house: House) -> Notice | None:
    """What the address of a page says was done, told from the ledger; None if nothing was, or it is not so."""
    said, about = asked.get("said", ""), asked.get("about", "")
    if said in ("snoozed", "done"):
        return _of_reminder(said, about, house)
    if said == "drafted" and (item := house.ledger.item(about)):
        return _of_draft(item, house)
    if said == "reminded" and (item := house.ledger.item(about)):
        now = still(item, house)
        return Notice(text=f"Kept. {now[:1].upper()}{now[1:]}")
    if said == "overruled" and house.ledger.item(about):
        return Notice(text="Kept. The verdicts below take it into account.")
    if said == "chosen" and house.ledger.tracking.choices(about):
        stance = {Stance.OPT_OUT: "will not be tracked", Stance.CONSENT: "agreed to be tracked"}
        what = stance.get(house.ledger.tracking.stance(about), "has said nothing, as far as this page knows")
        return Notice(text=f"Kept: {about} {what}.")
    return None


def _of_draft(item: SentItem, house: House) -> Notice | None:
    left = house.ledger.deliveries.follow_up(item.id)
    if left is None:
        return None
    if not left.draft:
        return Notice(text="A follow-up is just being made; look among your drafts in a moment.")
    hidden = not_shown(item, left)
    but = f", but not to {few(list(hidden))}, who got a blind copy" if hidden else ""
    return Notice(text=f"A follow-up waits among your drafts, for you to finish and send{but}.")


def _of_reminder(said: str, about: str, house: House) -> Notice | None:
    reminder = house.ledger.reminder(about)
    item = house.ledger.item(reminder.item) if reminder else None
    if reminder is None or item is None:
        return None
    mail = f"“{plain(item.subject, limit=60) or '(no subject)'}”"
    if said == "snoozed" and reminder.state is ReminderState.PLANNED:
        again = "again " if came_before(reminder, house) else ""
        return Notice(text=f"{mail} comes {again}{moment(reminder.due_at, house.zone)}.")
    if said == "done" and reminder.state is ReminderState.DONE:
        return Notice(text=f"{mail} is settled; no more will come about it.", back=reminder.id)
    return None


def _verb(typed: Mapping[str, str], named: list[str], item: SentItem, house: House) -> Verb | None:
    if typed["off"]:
        return Verb(off=True) if typed["off"] == "yes" else None
    more = {each: typed[each] for each in _MORE if typed[each]}
    if more.get("quorum") == NAMED:
        if not named:
            raise BadKey("quorum", "nobody is chosen")
        more["quorum"] = ",".join(named)
    if not (typed["after"] or typed["condition"] or more):
        raise ValueError("nothing is filled in")
    condition = _one_of(Condition, typed["condition"]) if typed["condition"] else None
    return wanted(typed["after"], condition, more, item, house)


def _wrong_choice(request: Request) -> Refused | None:
    """What is wrong with a choice that is to be written down; None if nothing is."""
    typed = {each: plain(_field(request, each), limit=320) for each in ("address", "command", "how")}
    try:
        one_address(typed["address"])
    except UsageError as err:
        return Refused(typed=typed, field="address", why=str(err))
    if typed["command"] == "consent" and not typed["how"]:
        return Refused(typed=typed, field="how", why="Say how they agreed; it is kept as proof.")
    return None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _silent() -> Output:
    """Takes what a command prints; the page tells it in its own way."""
    return Output(as_json=True, quiet=True, out=io.StringIO(), err=io.StringIO())


def _field(request: Request, name: str) -> str:
    return str(request.state.form.get(name, [""])[0]).strip()


def _back(request: Request, **said: str) -> Response:
    return RedirectResponse(f"{_place(request)}?{urlencode(said)}", status_code=303)


def _place(request: Request) -> str:
    place = _field(request, "back")
    return place if _PLACE.fullmatch(place) else "/"


def _one_of(kind: type[_Choice], text: str) -> _Choice:
    try:
        return kind(text)
    except ValueError as error:
        raise UsageError(f'"{plain(text, limit=40)}" is none of the choices; nothing was done.') from error
