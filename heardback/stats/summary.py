"""Outcomes added up: for all, and by what they have in common."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from evidence.model import Verdict
from evidence.verdict import shows_reading
from heardback.stats.outcomes import Outcome
from heardback.stats.rates import ENOUGH, Rate, Waits, differs, rate, waits

#: an answer later than that is no argument for the hour at which was written
_SOON = timedelta(days=7)
#: hours of a day that are told apart where a good hour is looked for
_HOURS = 3
#: mails to somebody below which no hour is looked for
_MANY = 20
#: a difference this improbable is no accident, shared among all hours that are compared
_CHANCE = 0.05

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

    sent: int
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


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodHour:
    """Hours of the day at which mail to somebody is answered more often than at others."""

    #: first hour, and the one after the last
    begins: int
    ends: int
    inside: Rate
    outside: Rate


def summary(rows: Iterable[Outcome], *, now: datetime) -> Summary:
    """The numbers of these outcomes.

    :param now: aware; until then silence has lasted
    """
    every = tuple(rows)
    delivered = [each for each in every if each.is_delivered]
    trackable = [each for each in delivered if each.is_trackable]
    asked = [each for each in delivered if each.asks_receipt]
    return Summary(
        sent=len(every),
        read=rate(sum(shows_reading(each.verdict) for each in trackable), len(trackable)),
        answered=rate(sum(each.answered_at is not None for each in delivered), len(delivered)),
        bounced=rate(len(every) - len(delivered), len(every)),
        unknowable=rate(sum(each.verdict is Verdict.UNKNOWABLE for each in every), len(every)),
        receipts=rate(sum(each.returned_receipt for each in asked), len(asked)),
        to_read=_waits(trackable, lambda each: each.read_at, now),
        to_answer=_waits(delivered, lambda each: each.answered_at, now),
    )


def grouped(rows: Iterable[Outcome], by: By, *, now: datetime, zone: ZoneInfo) -> dict[str, Summary]:
    """The numbers by what outcomes have in common: days and hours in their order, all else by how many there are.

    :param zone: in which days and hours are counted
    """
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for each in rows:
        if name := _name(each, by, zone):
            groups[name].append(each)
    if by is By.WEEKDAY:
        names = [each for each in _WEEKDAYS if each in groups]
    elif by in {By.HOUR, By.MONTH}:
        names = sorted(groups)
    else:
        names = sorted(groups, key=lambda name: (-len(groups[name]), name))
    return {name: summary(groups[name], now=now) for name in names}


def reactions(rows: Iterable[Outcome], zone: ZoneInfo) -> tuple[tuple[int, ...], ...]:
    """How often people read or answered, by weekday (from Monday) and hour of the person's zone."""
    counts = [[0] * 24 for _ in _WEEKDAYS]
    for each in rows:
        for at in {each.read_at, each.answered_at} - {None}:
            local = at.astimezone(zone)  # type: ignore[union-attr]  # None was taken out
            counts[local.weekday()][local.hour] += 1
    return tuple(map(tuple, counts))


def good_hour(rows: Iterable[Outcome], *, now: datetime, zone: ZoneInfo) -> GoodHour | None:
    """When to write to somebody: the hours at which mail was answered soon more often than at all others.

    Mail of the last week is left out, since it may still be answered. None unless there is plenty of mail and chance
    alone would hardly make such a difference in any of the hours compared.
    """
    old = [each for each in rows if each.is_delivered and each.sent_at <= now - _SOON]
    if len(old) < _MANY:
        return None
    times = [(each.sent_at.astimezone(zone).hour // _HOURS, _was_soon(each)) for each in old]
    slots = sorted({slot for slot, _ in times})
    found = [(_compared(times, slot), slot) for slot in slots]
    carried = [
        (inside.share or 0, slot, inside, outside)
        for (inside, outside, chance), slot in found
        if chance < _CHANCE / len(slots) and (inside.share or 0) > (outside.share or 0) and inside.of >= ENOUGH
    ]
    if not carried:
        return None
    _, slot, inside, outside = max(carried, key=lambda each: each[:2])
    return GoodHour(begins=slot * _HOURS, ends=(slot + 1) * _HOURS, inside=inside, outside=outside)


def _compared(times: list[tuple[int, bool]], slot: int) -> tuple[Rate, Rate, float]:
    inside = [soon for each, soon in times if each == slot]
    outside = [soon for each, soon in times if each != slot]
    chance = differs((sum(inside), len(inside)), (sum(outside), len(outside)))
    return rate(sum(inside), len(inside)), rate(sum(outside), len(outside)), chance


def _was_soon(outcome: Outcome) -> bool:
    return outcome.answered_at is not None and outcome.answered_at - outcome.sent_at <= _SOON


def _waits(rows: Iterable[Outcome], end: Callable[[Outcome], datetime | None], now: datetime) -> Waits:
    times = [(each.sent_at, end(each)) for each in rows]
    return waits((at - sent for sent, at in times if at), (now - sent for sent, at in times if not at))


def _name(outcome: Outcome, by: By, zone: ZoneInfo) -> str:
    """What an outcome is counted under; empty: under nothing."""
    sent = outcome.sent_at.astimezone(zone)
    names = {
        By.RECIPIENT: outcome.address,
        By.DOMAIN: outcome.domain,
        By.WEEKDAY: _WEEKDAYS[sent.weekday()],
        By.HOUR: f"{sent:%H}:00",
        By.SUBJECT: outcome.subject or "(no subject)",
        By.ACCOUNT: outcome.account,
        By.MONTH: f"{sent:%Y-%m}",
        By.PROGRAM: outcome.program,
    }
    return names[by]
