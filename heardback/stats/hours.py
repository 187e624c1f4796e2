"""The best hour to write to someone, where their answers carry that."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from heardback.stats.outcomes import Outcome
from heardback.stats.rates import ENOUGH, Rate, differs, rate

#: an answer later than that is no argument for the hour at which was written
_SOON = timedelta(days=7)
#: hours of a day that are told apart
_HOURS = 3
#: mails to someone below which no hour is looked for
MANY = 20
#: a difference this improbable is no accident, shared among all hours and all people that are compared
_CHANCE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodHour:
    """Hours of the day at which mail to someone is answered more often than at others."""

    #: first hour, and the one after the last
    begins: int
    ends: int
    inside: Rate
    outside: Rate


def good_hours(rows: Iterable[Outcome], *, now: datetime, zone: ZoneInfo) -> dict[str, GoodHour]:
    """When to write to each address: the hours at which mail to it was answered soon more often than at all others.

    Several people are never taken together: who answers everything and is always written to in the morning would make
    the morning look good for all of them. Only who got plenty of mail is looked at, and nobody is named unless chance
    alone would hardly make such a difference in any of the hours of any of the people compared.
    """
    sent: dict[str, list[Outcome]] = defaultdict(list)
    for each in rows:
        # mail of the last week may still be answered
        if each.is_delivered and each.sent_at <= now - _SOON:
            sent[each.address].append(each)
    every = {address: _times(mails, zone) for address, mails in sent.items()}
    compared = {address: times for address, times in every.items() if len(times) >= MANY}
    found = {address: _best(times, _CHANCE / len(compared)) for address, times in compared.items()}
    return {address: best for address, best in sorted(found.items()) if best}


_Slot = tuple[date, int]


def _times(mails: Iterable[Outcome], zone: ZoneInfo) -> Mapping[_Slot, Outcome]:
    """The first mail of each slot of a day: more of them at once are one conversation, and one case."""
    found: dict[_Slot, Outcome] = {}
    for each in sorted(mails, key=lambda one: one.sent_at):
        local = each.sent_at.astimezone(zone)
        found.setdefault((local.date(), local.hour // _HOURS), each)
    return found


def _best(times: Mapping[_Slot, Outcome], chance: float) -> GoodHour | None:
    slots = sorted({slot for _, slot in times})
    compared = [_compared(times, slot, chance / len(slots)) for slot in slots]
    return max(filter(None, compared), key=lambda each: (each.inside.share or 0, each.begins), default=None)


def _compared(times: Mapping[_Slot, Outcome], slot: int, chance: float) -> GoodHour | None:
    """These hours against all others; None unless they are better by more than chance."""
    inside = rate((each.item, _was_soon(each)) for (_, its), each in times.items() if its == slot)
    outside = rate((each.item, _was_soon(each)) for (_, its), each in times.items() if its != slot)
    if inside.of < ENOUGH or inside.count * outside.of <= outside.count * inside.of:
        return None
    if differs((inside.count, inside.of), (outside.count, outside.of)) >= chance:
        return None
    return GoodHour(begins=slot * _HOURS, ends=(slot + 1) * _HOURS, inside=inside, outside=outside)


def _was_soon(outcome: Outcome) -> bool:
    return outcome.answered_at is not None and outcome.answered_at - outcome.sent_at <= _SOON
