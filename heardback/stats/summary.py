"""Outcomes added up: for all, and by what they have in common."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from evidence.hint import bare_subject
from evidence.model import Verdict
from evidence.verdict import shows_reading
from heardback.stats.outcomes import Outcome
from heardback.stats.rates import Case, Rate, Waits, rate, waits

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class By(StrEnum):
    """What outcomes may have in common."""

    RECIPIENT = "recipient"
    DOMAIN = "domain"
    WEEKDAY = "weekday"
    HOUR = "hour"
    SUBJECT = "subject"
    ACCOUNT = "account"
    MONTH = "month"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The numbers of some outcomes."""

    mails: int
    #: of all these mails, each counted for each mail
    recipients: int
    #: show a sign of reading, of those delivered that were trackable
    read: Rate
    #: a person answered, of those delivered
    answered: Rate
    #: of all
    bounced: Rate
    #: nothing came and nothing would have told, of all
    unknowable: Rate
    #: a receipt came back, of those delivered that asked for one
    receipts: Rate
    #: from sending to the first sign of reading, of those trackable
    to_read: Waits
    #: from sending to the first answer, of those delivered
    to_answer: Waits


def summary(rows: Iterable[Outcome], *, now: datetime) -> Summary:
    """The numbers of these outcomes.

    :param now: aware; until then silence has lasted
    """
    every = tuple(rows)
    delivered = [each for each in every if each.is_delivered]
    trackable = [each for each in delivered if each.is_trackable]
    asked = [each for each in delivered if each.asks_receipt]
    return Summary(
        mails=len({each.item for each in every}),
        recipients=len(every),
        read=rate((each.item, shows_reading(each.verdict)) for each in trackable),
        answered=rate((each.item, each.answered_at is not None) for each in delivered),
        bounced=rate((each.item, not each.is_delivered) for each in every),
        unknowable=rate((each.item, each.verdict is Verdict.UNKNOWABLE) for each in every),
        receipts=rate((each.item, each.returned_receipt) for each in asked),
        to_read=_waits(trackable, lambda each: each.read_at, now),
        to_answer=_waits(delivered, lambda each: each.answered_at, now),
    )


def grouped(rows: Iterable[Outcome], by: By, *, now: datetime, zone: ZoneInfo) -> dict[str, Summary]:
    """The numbers by what outcomes have in common: days and hours in their order, all else by how much mail there is.

    :param zone: in which days and hours are counted
    """
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for each in rows:
        if name := _name(each, by, zone):
            groups[name].append(each)
    found = {name: summary(groups[name], now=now) for name in sorted(groups)}
    if by is By.WEEKDAY:
        return {name: found[name] for name in _WEEKDAYS if name in found}
    if by in {By.HOUR, By.MONTH}:
        return found
    return dict(sorted(found.items(), key=lambda each: (-each[1].mails, -each[1].recipients)))


def _waits(rows: Iterable[Outcome], end: Callable[[Outcome], datetime | None], now: datetime) -> Waits:
    times = [(each, end(each)) for each in rows]
    return waits(Case(mail=each.item, time=(at or now) - each.sent_at, happened=at is not None) for each, at in times)


def _name(outcome: Outcome, by: By, zone: ZoneInfo) -> str:
    """What an outcome is counted under; empty: under nothing."""
    sent = outcome.sent_at.astimezone(zone)
    names = {
        By.RECIPIENT: outcome.address,
        By.DOMAIN: outcome.domain,
        By.WEEKDAY: _WEEKDAYS[sent.weekday()],
        By.HOUR: f"{sent:%H}:00",
        By.SUBJECT: bare_subject(outcome.subject) or "(no subject)",
        By.ACCOUNT: outcome.account,
        By.MONTH: f"{sent:%Y-%m}",
        By.PROGRAM: outcome.program,
    }
    return names[by]
