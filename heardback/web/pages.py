"""What the page shows: each method reads the ledger as a command does, and fills one template."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from connectors.errors import ConnectorError
from connectors.web_page import web_page
from evidence.habit import Habit
from evidence.model import ItemVerdict, RecipientVerdict, SentItem, Verdict
from evidence.ruling import look as own_look
from heardback import tracked_shown
from heardback.choices import refused_by_answer
from heardback.commands.accounts import grant_line
from heardback.commands.calendar import open_entries
from heardback.commands.connect import ASKED, COMPANY, capability_lines
from heardback.commands.draft import may_draft
from heardback.commands.lists import SECTIONS, stale_for
from heardback.commands.reminders import AT_NEXT_READING, COMING, DUE, HELD, NOW, Entry, comes_again, entries, policy_of
from heardback.commands.show import find_item
from heardback.commands.status import account_lines
from heardback.errors import UsageError
from heardback.hits_shown import EXPLANATION, sorts
from heardback.house import PROVIDERS, House
from heardback.relay_shown import relay_lines
from heardback.stats.summary import By
from heardback.surfaces.feed import feed
from heardback.text import plain
from heardback.wanted_shown import CONDITIONS, in_words
from heardback.web.deeds import MOST_AT_ONCE, NAMED, Refused, notice
from heardback.web.live import Live
from heardback.web.numbers import Numbers, shown
from heardback.web.reading import ReadNow
from heardback.web.screen import Screen
from heardback.web.settings_shown import rest, sections
from heardback.web.sign_in import SignIn
from heardback.web.story import still, story
from heardback.web.trouble import on_page, troubles
from heardback.worker_lock import holder
from scheduler import delay
from scheduler.correction import perhaps_meant
from scheduler.habits import Habits, contacts, heeding
from scheduler.notice import Notice
from scheduler.planning import BOUNCE, why_over
from scheduler.policy import MOST_TIMES, Policy, Quorum
from scheduler.reminders import OPEN, item_policy
from scheduler.standing import heard, heeded, standing
from scheduler.tracked import counted, is_tracked
from store.ledger import Account, AccountState, Reminder, ReminderState

#: mails or people shown under one heading; a search finds the others
_MOST = 100
_DAY = timedelta(days=1)
_NOON = 12
#: how long a reminder may be put off by one press, beside until the next working morning
_SNOOZES = {"4h": "4 hours", "1d": "1 day", "3d": "3 days", "1w": "1 week"}
#: how much longer each further wait may be
_GROWS = {1: "as long as the one before", 1.5: "half as long again", 2: "twice as long", 3: "three times as long"}
#: whose sign ends the wait
_SIGNS = {Quorum.ANY: "of any reader", Quorum.ALL: "of every reader", NAMED: "of each of those ticked below"}
#: what the form for a mail's reminders lets choose, by field: what it sends, and its words
_WANTED = {
    "conditions": CONDITIONS,
    "times": {str(each): str(each) for each in range(1, MOST_TIMES + 1)},
    "grow": {f"{factor:g}": said for factor, said in _GROWS.items()},
    "quorum": _SIGNS,
}
#: lists of the commands, and what the commands leave out because nothing is to be done about it
_LISTS = (
    *SECTIONS,
    ("PROBABLY READ: there is a sign of reading, and no proof", (Verdict.PROBABLY_READ,)),
    (
        "READ: a person answered, followed a link or had the web view before them, or a program reported it",
        (Verdict.ANSWERED, Verdict.READ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Mails under one heading, each with those of its recipients who belong there."""

    title: str
    about: str
    mails: tuple[tuple[ItemVerdict, tuple[RecipientVerdict, ...]], ...]
    #: how many there are, shown or not
    number: int


class Pages:
    """The answers to GET."""

    def __init__(
        self, house: Callable[..., House], screen: Screen, live: Live, sign_in: SignIn, read_now: ReadNow
    ) -> None:
        self._house = house
        self._screen = screen
        self._live = live
        self._numbers = Numbers()
        self._sign_in = sign_in
        self._read_now = read_now

    def now(self, request: Request) -> Response:
        """What needs the person now, and what is coming."""
        return self._now(request, None)

    def snooze_again(self, request: Request, place: str, refused: Refused) -> Response:
        """The page of this path, with what was wrong in the field for when a reminder comes again."""
        item = place.removeprefix("/mail/")
        return self._now(request, refused) if item == place else self._item(request, item, untimely=refused)

    def _now(self, request: Request, untimely: Refused | None) -> Response:
        with self._look(request, here="/") as look:
            found = [each for each in entries(look.house, with_settled=False) if not each.is_following]
            due = [each for each in found if _needs_you(each, look.house)]
            coming = [each for each in found if each.heading == COMING and each not in due]
            accounts = look.house.ledger.accounts()
            _insist(untimely, [each.reminder for each in due[:_MOST]])
            return look.page(
                "now.html",
                status=400 if untimely else 200,
                untimely=untimely,
                due=due[:_MOST],
                number=len(due),
                coming=coming[:_MOST],
                more=max(len(coming) - _MOST, 0),
                held=HELD,
                late=NOW,
                came=DUE,
                accounts=accounts,
                **self._lateness(accounts, look.house),
                followed=len(look.house.ledger.items(since=look.house.now - look.house.window)),
                snoozes=lambda each: _snoozes(each, look.house),
                what=lambda each: _what(each, look.house),
                undrafted=[each for each in accounts if _lacks_leave_to_draft(each) and _is_among(each, due[:_MOST])],
                comes_again=lambda each: comes_again(each, look.house),
                at_next_reading=AT_NEXT_READING,
            )

    def mail(self, request: Request) -> Response:
        """What was sent, unread and unknowable apart."""
        wanted = request.query_params.get("find", "").strip()
        with self._look(request) as look:
            found = _found(wanted, look.house)
            lists = [_listed(heading, verdicts, found) for heading, verdicts in _LISTS]
            accounts = look.house.ledger.accounts()
            return look.page("mail.html", lists=lists, wanted=wanted, number=len(found), accounts=accounts)

    def item(self, request: Request) -> Response:
        """Everything about one mail."""
        return self._item(request, request.path_params["item"])

    def ask_again(self, request: Request, refused: Refused) -> Response:
        """The same, with what was wrong in the form for its reminders."""
        return self._item(request, request.path_params["item"], refused=refused)

    def _item(
        self, request: Request, named: str, *, refused: Refused | None = None, untimely: Refused | None = None
    ) -> Response:
        with self._look(request, here=f"/mail/{named}") as look:
            ledger, habits = look.house.ledger, Habits(look.house.ledger, now=look.house.now)
            item = ledger.item(named)
            if item is None:
                return self.missing()
            verdict = standing(ledger, item, now=look.house.now, habits=habits)
            evidence = heard(ledger, item, habits.answers)
            worth = counted(ledger, item, evidence, habits)
            hits = [[worth.get(each.id, each) for each in alike] for alike in sorts(evidence, worth).values()]
            policy = item_policy(ledger, item, look.house.policies, own=habits.own)
            reminders = [each for each in ledger.reminders(item=item.id) if each.state in {*OPEN, ReminderState.FIRED}]
            wanted = heeded(ledger, item, now=look.house.now, habits=habits)
            open_ones = [each for each in reminders if not why_over(each, wanted, policy)]
            _insist(untimely, open_ones[:1])
            return look.page(
                "item.html",
                status=400 if refused or untimely else 200,
                refused=refused,
                untimely=untimely,
                policy=policy,
                rule=in_words,
                still=still(item, look.house),
                wanted=_WANTED,
                present=_present(policy),
                verdict=verdict,
                meant=perhaps_meant(verdict, habits),
                habits=[heeding(ledger, habits.of(each.recipient.address)) for each in verdict.recipients],
                story=story(item, evidence, hits, ledger.decisions(item.id)),
                reminder=open_ones[0] if open_ones else None,
                reminders=reminders,
                hints=ledger.hinted(item.id),
                most=MOST_AT_ONCE,
                tracked=tracked_shown.sentence(ledger, item),
                about_hits=EXPLANATION if hits else "",
                lacks_leave=_lacks_leave_to_draft(ledger.account(item.account)),
                snoozes=lambda each: _snoozes(each, look.house),
            )

    def open(self, request: Request) -> Response:
        """Lead to the provider's own page of a mail; tracked mail keeps that the person went to look at it."""
        with self._house() as house:
            item = find_item(request.path_params["item"], house)
            page = web_page(item) or house.mailbox(house.account(item.account)).web_page(item)
            if is_tracked(house.ledger, item):
                house.ledger.take(item.account, evidence=[own_look(item, at=house.now)])
            return RedirectResponse(page, status_code=303)

    def people(self, request: Request) -> Response:
        """Who does not want to be tracked, who agreed to it, and how addresses behave."""
        return self._people(request, None)

    def choose_again(self, request: Request, refused: Refused) -> Response:
        """The same, with what was wrong in the form for a choice."""
        return self._people(request, refused)

    def _people(self, request: Request, refused: Refused | None) -> Response:
        known_as = plain(request.query_params.get("address", ""), limit=254)
        with self._look(request) as look:
            choices = {each.address: each for each in look.house.ledger.tracking.choices()}
            every = contacts(look.house.ledger, now=look.house.now)
            known = [each for each in every if _is_known(each)]
            return look.page(
                "people.html",
                status=400 if refused else 200,
                refused=refused,
                typed=refused.typed if refused else {"address": known_as, "command": "optout", "how": ""},
                choices=sorted(choices.values(), key=lambda each: each.at, reverse=True),
                answers=refused_by_answer(look.house.ledger),
                contacts=known[:_MOST],
                more=max(len(known) - _MOST, 0),
                strangers=len(every) - len(known),
            )

    def numbers(self, request: Request) -> Response:
        """What the mail of the last year adds up to."""
        asked = request.query_params.get("by", By.DOMAIN)
        by = By(asked) if asked in set(By) else By.DOMAIN
        state = self._live.state()
        with self._look(request) as look:
            year = self._numbers.of(look.house, state)
            return look.page("numbers.html", **shown(year, by, look.house))

    def mailboxes(self, request: Request) -> Response:
        """The accounts, their sign-ins and budgets, the worker and the relay."""
        with self._look(request) as look:
            house, ledger = look.house, look.house.ledger
            accounts = ledger.accounts()
            spent = {each.id: ledger.spent(each.id, since=house.now - _DAY) for each in accounts}
            return look.page(
                "mailboxes.html",
                accounts=accounts,
                in_trouble={
                    each.account.id: each for each in troubles(accounts, house, is_read_now=self._read_now.goes_on)
                },
                grant=lambda each: on_page(grant_line(each, house)),
                can=capability_lines,
                lines={each.id: list(_lines(each, house)) for each in accounts},
                dearest={name: max((each.units for each in minutes), default=0) for name, minutes in spent.items()},
                relay=list(relay_lines(house)),
            )

    def connect(self, request: Request) -> Response:
        """Begin a sign-in, or see how far it is."""
        with self._look(request) as look:
            return look.page(
                "connect.html",
                attempt=self._sign_in.attempt,
                company=COMPANY,
                unready=_unready(look.house),
                asked={each.value: said for each, said in ASKED.items()},
                again=_known(request, look.house),
            )

    def settings(self, request: Request) -> Response:
        """What is set, and how to change it."""
        with self._look(request) as look:
            values = look.house.settings
            return look.page(
                "settings.html",
                file=str(values.file),
                there=values.file.exists(),
                sections=sections(values),
                rest=rest(values),
                has_port=bool(values.number("web.port")),
                calendar=self._screen.calendar,
            )

    def calendar(self, request: Request) -> Response:
        """The reminders that are open, for a program that shows calendars."""
        with self._house() as house:
            entries = open_entries(house, page=self._screen.home or f"http://{request.headers['host']}")
            return Response(feed(entries, now=house.now), media_type="text/calendar")

    def help(self, request: Request) -> Response:
        """The keys, and what the words mean."""
        with self._look(request) as look:
            return look.page("help.html")

    def missing(self) -> HTMLResponse:
        """There is no such page."""
        return self._screen.bare(404, "Nothing here", "The mail, or the page, is not known; it may have been erased.")

    def _lateness(self, accounts: Iterable[Account], house: House) -> dict[str, Any]:
        """Which mailboxes the page may be behind, each with why; together where only the worker does not run."""
        stale = [(each, ago) for each in accounts if not each.problem and (ago := stale_for(each, house))]
        unread = [] if holder(house.settings.folder) else stale
        others = [each for each in accounts if not any(each is one for one, _ in unread)]
        return {
            "in_trouble": troubles(others, house, is_read_now=self._read_now.goes_on),
            "unread": [each.address for each, _ in unread],
            "unread_for": min((ago for _, ago in unread), default=None),
        }

    @contextmanager
    def _look(self, request: Request, *, here: str = "") -> Iterator["_Look"]:
        mark = self._live.mark()
        with self._house() as house:
            yield _Look(house=house, screen=self._screen, mark=mark, request=request, here=here or request.url.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One request's look at the ledger."""

    house: House
    screen: Screen
    #: of the moment before anything was read
    mark: str
    request: Request
    #: path of the page, which is not that of a form's answer
    here: str

    def page(self, name: str, *, status: int = 200, **more: Any) -> HTMLResponse:
        """Fill a template, with what was just done on top; one that says what was wrong stays as it is."""
        said, mark = notice(self.request.query_params, self.house), self.mark if status == 200 else ""
        return self.screen.page(name, self.house, mark=mark, here=self.here, status=status, notice=said, **more)


def _found(wanted: str, house: House) -> list[ItemVerdict]:
    """How the mail stands whose subject or recipients hold these words, newest first."""
    words = wanted.lower().split()
    habits = Habits(house.ledger, now=house.now)
    return [
        standing(house.ledger, each, now=house.now, habits=habits)
        for each in house.ledger.items(since=house.now - house.window)
        if all(word in _searched(each) for word in words)
    ]


def _searched(item: SentItem) -> str:
    return "\n".join((item.subject, *(f"{each.address} {each.name}" for each in item.recipients))).lower()


def _listed(heading: str, verdicts: tuple[Verdict, ...], found: list[ItemVerdict]) -> Listed:
    title, _, about = heading.partition(": ")
    parts = ((each, tuple(one for one in each.recipients if one.verdict in verdicts)) for each in found)
    mails = tuple((each, ones) for each, ones in parts if ones)
    return Listed(title=title.capitalize(), about=about, mails=mails[:_MOST], number=len(mails))


def _present(policy: Policy) -> dict[str, str]:
    """What holds of that which the form for a mail's reminders lets choose, by field."""
    return {
        "conditions": CONDITIONS[policy.condition],
        "times": str(policy.rounds),
        "grow": _GROWS.get(policy.grow, f"{policy.grow:g} times as long"),
        "quorum": _SIGNS[NAMED if policy.named else policy.quorum],
    }


def _snoozes(reminder: Reminder, house: House) -> list[tuple[str, str, datetime]]:
    """What one press may choose, all within the hours of this mail: its words, what the form sends, when it is over."""
    now, calendar = house.now, policy_of(reminder, house).calendar
    today = now.astimezone(calendar.zone).date()
    opens = calendar.day_after(today) if calendar.admits(now) else calendar.admitted(now)
    found = {opens: f"Next working {'morning' if opens.astimezone(calendar.zone).hour < _NOON else 'day'}"}
    for length, said in _SNOOZES.items():
        found.setdefault(calendar.admitted(delay.until(delay.parse(length), now, calendar)), said)
    return [(said, f"{over.astimezone(calendar.zone):%Y-%m-%d %H:%M}", over) for over, said in sorted(found.items())]


def _lines(account: Account, house: House) -> Iterator[str]:
    """How a mailbox does, without what the page says of it above."""
    above = grant_line(account, house)
    for line in account_lines(account, house.ledger.tally(account.id), house, verbose=False):
        if line != above and not line.startswith("TROUBLE"):
            yield line


def _insist(untimely: Refused | None, shown: Iterable[Reminder]) -> None:
    """What was wrong about a reminder that is not shown any more has no place on the page.

    :raises UsageError: it is not among them
    """
    if untimely and untimely.field not in {each.id for each in shown}:
        raise UsageError(untimely.why)


def _what(entry: Entry, house: House) -> str:
    """What a reminder that came is about, as the mail to oneself says it; of a bounce its reason tells."""
    reminder, verdict = entry.reminder, entry.verdict
    if verdict is None or reminder.round == BOUNCE:
        return ""
    return Notice(reminder=reminder, verdict=verdict, policy=policy_of(reminder, house)).what


def _is_among(account: Account, due: Iterable[Entry]) -> bool:
    return any(each.reminder.account == account.id for each in due)


def _needs_you(entry: Entry, house: House) -> bool:
    """It came due, or would; one that is just being looked at stays where it was until that has an end."""
    is_looked_at = entry.reminder.state is ReminderState.CLAIMED and entry.reminder.due_at <= house.now
    return is_looked_at or entry.heading in (DUE, NOW, HELD)


def _lacks_leave_to_draft(account: Account | None) -> bool:
    """Nothing but the person's leave is wanting for a follow-up to be drafted in this mailbox."""
    if account is None or account.state is AccountState.DISCONNECTED:
        return False
    return not may_draft(account)


def _is_known(habit: Habit) -> bool:
    """Something is known of how an address behaves."""
    return bool(habit.receipts + habit.refused + habit.answered + habit.bounced + habit.asked + habit.imaged)


def _known(request: Request, house: House) -> Account | None:
    """The account that is to be signed in to again, as the address of the page names it."""
    named = f"{request.query_params.get('provider', '')}:{request.query_params.get('address', '')}"
    return house.ledger.account(named)


def _unready(house: House) -> dict[str, str]:
    """Providers that cannot be signed in to yet, each with why."""
    found = {}
    for each in PROVIDERS:
        try:
            house.provider(each)
        except ConnectorError as error:
            found[each] = str(error)
    return found
