"""The words the table of reminder scenarios is written in, and how a row is lived through."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from evidence.model import (
    Action,
    Confidence,
    Disposition,
    Evidence,
    Grade,
    Kind,
    Match,
    Recipient,
    Ruling,
    SentItem,
)
from evidence.ruling import ruling
from evidence.thread import also_answering
from heardback.remind_rules import rules_of
from scheduler.absences import announcements
from scheduler.calendar import Calendar
from scheduler.planning import BOUNCE
from scheduler.policy import Policy
from scheduler.replay import DONE, SNOOZED, Life, replay
from scheduler.rules import AS_USUAL, ASKED, LABELLED, Rules
from scheduler.verbs import over, parse
from store.ledger import Decision
from store.tracking import Choice, Stance

ITEM, FOLLOW_UP, OTHER = "feedc0de", "feedc0d2", "feedc0d3"
ME = "me@example.com"
#: where a colleague of a reader writes from, or a reader who uses another address than they were written to at
COLLEAGUE = "someone@example.org"
#: where somebody writes from who may be anybody
ELSEWHERE = "someone@elsewhere.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that came back, or that the person did."""

    #: by the person's clock, `05-06 11:00`
    at: str
    what: str
    #: whom it came from; empty for the person
    who: str = ""
    #: a day of return, or a time to come again
    until: str = ""

    def __str__(self) -> str:
        until = f" {self.until}" if self.until else ""
        return f"{self.at} {self.who or 'you'}: {self.what}{until}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One row: what was sent when under which rule, what happened, and which reminders are to come."""

    about: str
    #: the keys of a rule, as in the settings file
    rule: str = ""
    #: by the person's clock, in 2026
    sent: str = "05-04 10:00"
    to: tuple[str, ...] = ("bob",)
    happens: tuple[Event, ...] = ()
    #: the times they come at by the person's clock; the notice of a bounce as `bounce 05-05 09:00`
    expected: tuple[str, ...] = ()
    #: a part of the last line of the story
    because: str = ""
    zone: str = "Europe/Berlin"
    country: str = ""
    #: a copy to oneself, by its plus-detail
    bcc: str = ""
    label: str = ""
    subject: str = "Offer"
    #: when nobody ran
    asleep: tuple[tuple[str, str], ...] = ()
    until: str = "06-30 23:00"

    def local(self, text: str) -> datetime:
        """A moment of the table."""
        return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)


def bob(at: str, what: str, until: str = "") -> Event:
    return Event(at=at, what=what, who="bob", until=until)


def eve(at: str, what: str, until: str = "") -> Event:
    return Event(at=at, what=what, who="eve", until=until)


def you(at: str, what: str, until: str = "") -> Event:
    return Event(at=at, what=what, until=until)


def story(row: Scenario) -> tuple[Decision, ...]:
    """The whole story of a row."""
    return replay(life(row), policies(row), until=row.local(row.until))


def reached(row: Scenario) -> tuple[str, ...]:
    """The reminders that come, as the column `expected` has them."""
    return came(story(row), row)


def came(decisions: Iterable[Decision], row: Scenario) -> tuple[str, ...]:
    """The reminders among some decisions, likewise."""
    return tuple(_shown(each, row) for each in decisions if each.what == "fired")


def policies(row: Scenario) -> Rules:
    """The rule of a row over the settings as they are without any."""
    calendar = Calendar(zone=ZoneInfo(row.zone), country=row.country)
    last = Policy(calendar=calendar, bounces=True)
    written = (tomllib.loads("\n".join(row.rule.split("; "))),) if row.rule else ()
    return Rules(rules=rules_of(written, last), last=last)


def life(row: Scenario) -> Life:
    """What happens in a row, as evidence and decisions."""
    came = [_evidence(each, number, row) for number, each in enumerate(row.happens) if each.what in _CAME]
    second = [_evidence(each, number, row) for number, each in enumerate(row.happens) if each.what in _SECOND]
    elsewhere = [_evidence(each, number, row) for number, each in enumerate(row.happens) if each.what in _ELSE]
    rulings = [
        ruling(came[-1], Ruling.UNRELATED, at=row.local(each.at)) for each in row.happens if each.what == "overrule it"
    ]
    return Life(
        item=_item(row),
        evidence=(*came, *rulings, *filter(None, (also_answering([_item(row)], each) for each in second))),
        acts=tuple(_act(each, row) for each in row.happens if each.what in _ACTS),
        own=frozenset({ME}),
        choices=tuple(
            Choice(address=_address(each.who), stance=Stance.OPT_OUT, at=row.local(each.at), how="said so")
            for each in row.happens
            if each.what == "opts out"
        ),
        announced={
            address: announcements([each for each in elsewhere if each.sender == address])
            for address in map(_address, row.to)
        },
        asleep=tuple((row.local(start), row.local(end)) for start, end in row.asleep),
    )


#: kind, grade and further fields of what comes back
_CAME: dict[str, dict[str, object]] = {
    "answers": {"kind": Kind.REPLY, "grade": Grade.PROOF},
    "asks for no more mail": {"kind": Kind.REPLY, "grade": Grade.PROOF, "declines": True},
    "reads": {"kind": Kind.RECEIPT, "grade": Grade.STRONG, "disposition": Disposition.DISPLAYED},
    "refuses a receipt": {"kind": Kind.RECEIPT, "grade": Grade.NONE, "disposition": Disposition.DENIED},
    "deletes it unread": {"kind": Kind.RECEIPT, "grade": Grade.NONE, "disposition": Disposition.DELETED},
    "machine processes it": {"kind": Kind.RECEIPT, "grade": Grade.NONE, "disposition": Disposition.PROCESSED},
    "forged receipt": {
        "kind": Kind.RECEIPT,
        "grade": Grade.STRONG,
        "disposition": Disposition.DISPLAYED,
        "doubt": "from somebody else",
    },
    "away until": {"kind": Kind.AUTO_REPLY, "grade": Grade.NONE},
    "away without a date": {"kind": Kind.AUTO_REPLY, "grade": Grade.NONE},
    "bounces": {"kind": Kind.DELIVERY, "grade": Grade.NONE, "action": Action.FAILED, "status": "5.1.1"},
    "is delayed": {"kind": Kind.DELIVERY, "grade": Grade.NONE, "action": Action.DELAYED},
    "is delivered": {"kind": Kind.DELIVERY, "grade": Grade.NONE, "action": Action.DELIVERED},
    "answers from elsewhere": {"kind": Kind.REPLY, "grade": Grade.PROOF, "sender": ELSEWHERE, "recipient": None},
    "answers by a colleague": {"kind": Kind.REPLY, "grade": Grade.PROOF, "sender": COLLEAGUE, "recipient": None},
    "asks by a colleague for no more": {
        "kind": Kind.REPLY,
        "grade": Grade.PROOF,
        "declines": True,
        "sender": COLLEAGUE,
        "recipient": None,
    },
    "asks from elsewhere for no more": {
        "kind": Kind.REPLY,
        "grade": Grade.PROOF,
        "declines": True,
        "sender": ELSEWHERE,
        "recipient": None,
    },
    "accepts the invitation": {"kind": Kind.INVITATION, "grade": Grade.FAIR},
}
#: the same by a clock that is off: what comes counts from when it came
_CAME |= {
    "answers by a slow clock": _CAME["answers"],
    "reads by a fast clock": _CAME["reads"],
    "bounces by a slow clock": _CAME["bounces"],
    "bounces by a fast clock": _CAME["bounces"],
    "bounces, dated 27 minutes ago": _CAME["bounces"],
}
#: the same of what comes back to another mail of the person's
_ELSE: dict[str, dict[str, object]] = {
    "is away at the other mail": _CAME["away until"],
    "writes about the other mail": _CAME["answers"],
}
#: the same of what comes back to a second mail in the thread
_SECOND: dict[str, dict[str, object]] = {
    "answers the second mail": {**_CAME["answers"], "thread_id": "t"},
    "asks for no more mail at the second": {**_CAME["asks for no more mail"], "thread_id": "t"},
    "is away at the second mail": {**_CAME["away until"], "thread_id": "t"},
}
_ACTS = {"snooze until": SNOOZED, "snooze the bounce until": SNOOZED, "done": DONE, "ask for": ASKED, "label": LABELLED}


def _item(row: Scenario) -> SentItem:
    people = [Recipient(address=_address(each)) for each in row.to]
    copies = [Recipient(address=f"me+{row.bcc}@example.com", field="bcc")] if row.bcc else []
    return SentItem(
        id=ITEM,
        account=f"gmail:{ME}",
        provider_id="s1",
        message_ids=("s1@example.com",),
        thread_id="t",
        sent_at=row.local(row.sent),
        sender=ME,
        recipients=(*people, *copies),
        subject=row.subject,
        asks_receipt=True,
        labels=(*filter(None, [row.label]), *(each.until for each in row.happens if each.what == "label")),
        asks_question="?" in row.subject,
    )


def _evidence(event: Event, number: int, row: Scenario) -> Evidence:
    address = _address(event.who)
    item = FOLLOW_UP if event.what in _SECOND else OTHER if event.what in _ELSE else ITEM
    # who writes from an address nobody knows is the reader only if there is one
    is_named = not ("elsewhere" in event.what or "colleague" in event.what) or len(row.to) == 1
    match = Match(
        item=item, recipient=address if is_named else None, confidence=Confidence.CERTAIN, reason="it names the mail"
    )
    fields: dict[str, object] = {
        "rule": "scenario",
        "why": f"{event.who} {event.what}",
        "source": f"r{number}",
        "at": row.local(event.at),
        "sender": address,
        "recipient": address,
        "match": match,
        "until": date.fromisoformat(f"2026-{event.until}") if event.until else None,
    }
    return Evidence(**{**fields, **(_CAME | _SECOND | _ELSE)[event.what]})  # type: ignore[arg-type]  # the table names fields as they are


def _act(event: Event, row: Scenario) -> Decision:
    match event.what:
        case "snooze until" | "snooze the bounce until":
            why = f"until {row.local(event.until):%Y-%m-%d %H:%M} UTC, by you"
        case "ask for":
            why = _asked(event, row)
        case "label":
            why = f"{event.until}\ninstead of\n"
        case _:
            why = "by you"
    reminder = f"{ITEM}-{BOUNCE if 'bounce' in event.what else 1}"
    return Decision(at=row.local(event.at), reminder=reminder, item=ITEM, what=_ACTS[event.what], why=why)


def _asked(event: Event, row: Scenario) -> str:
    """What is asked for beside what was before, as the ledger keeps it."""
    if event.until == AS_USUAL:
        return AS_USUAL
    earlier = [each for each in row.happens if each.what == event.what and each.at < event.at]
    before = _asked(earlier[-1], row) if earlier else AS_USUAL
    verb = parse(event.until)
    return str(verb if before == AS_USUAL else over(parse(before), verb))


def _address(who: str) -> str:
    return f"{who}@example.org"


def _shown(each: Decision, row: Scenario) -> str:
    what = "bounce " if each.reminder.endswith("-0") else ""
    return f"{what}{each.at.astimezone(ZoneInfo(row.zone)):%m-%d %H:%M}"
