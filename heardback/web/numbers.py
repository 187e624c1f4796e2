"""The numbers of the last year, worked out once for a state of the ledger: over much mail that takes seconds."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evidence.habit import MEMORY
from heardback.commands.stats import SHARED, cases_of, hour_of, rates_of, share_of, times_of
from heardback.house import House
from heardback.stats.hours import MANY, GoodHour, good_hours
from heardback.stats.outcomes import Outcome, outcomes
from heardback.stats.rates import ENOUGH, Rate, Waits
from heardback.stats.summary import By, Summary, grouped, summary
from heardback.stats.week import Week, week
from heardback.web import plots

#: rows of the table of groups, and people with a best hour
_MOST_GROUPS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """What the mail of the last year adds up to."""

    found: tuple[Outcome, ...]
    whole: Summary
    week: Week
    #: when to write to whom, by address
    hours: dict[str, GoodHour]


class Numbers:
    """The year as it was worked out last, and the state of the ledger it holds for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[str, Year] | None = None

    def of(self, house: House, state: str) -> Year:
        """The numbers of this moment; worked out by one request while others wait.

        :param state: of the ledger and the clock, from before the ledger is read
        """
        state = f"{state} {house.zone.key}"
        with self._lock:
            if self._known is None or self._known[0] != state:
                self._known = (state, _year(house))
            return self._known[1]


def shown(year: Year, by: By, house: House) -> dict[str, Any]:
    """What the page tells of them, by the names its template has.

    :param by: what the mail is counted by in the table of groups
    """
    whole = year.whole
    groups = list(grouped(year.found, by, now=house.now, zone=house.zone).items())
    telling = [(name, each) for name, each in groups if _tells(each)]
    waits = (("Time to read", whole.to_read, "read"), ("Time to answer", whole.to_answer, "answered"))
    return {
        "whole": whole,
        "people": len({each.address for each in year.found}),
        "several": whole.recipients != whole.mails,
        "shared": SHARED,
        "rates": [each for each in rates_of(whole) if each[1].share is not None],
        "untold": [cases_of(each, name) for name, each in _untold(whole)],
        "share": share_of,
        "cases_of": cases_of,
        "times": times_of,
        "curves": [(name, each, plots.curve(each)) for name, each, _ in waits if each.curve],
        "too_soon": [_so_far(each, done) for _, each, done in waits if not each.curve],
        "enough": ENOUGH,
        "cells": plots.heat_map(year.week),
        "week": year.week,
        "hours": list(year.hours.items())[:_MOST_GROUPS],
        "hour": hour_of,
        "enough_for_an_hour": MANY,
        "by": by.value,
        "choices": [each.value for each in By],
        "groups": telling[:_MOST_GROUPS],
        "more": max(len(telling) - _MOST_GROUPS, 0),
        "small": len(groups) - len(telling),
    }


def _tells(each: Summary) -> bool:
    """There is mail enough under one name for a share to be told."""
    return any(rate.share is not None for rate in (each.read, each.answered, each.receipts))


def _untold(whole: Summary) -> Iterator[tuple[str, Rate]]:
    """Rates of too few cases to tell a share of them, where it happened at all."""
    yield from ((name, each) for name, each, _ in rates_of(whole) if each.share is None and each.count)


def _so_far(waits: Waits, done: str) -> str:
    """`1 of 4 answered`."""
    return f"{waits.happened:,} of {waits.of:,}{waits.several} {done}"


def _year(house: House) -> Year:
    now, zone = house.now, house.zone
    found = tuple(outcomes(house.ledger, house.ledger.items(since=now - MEMORY), now=now))
    return Year(
        found=found,
        whole=summary(found, now=now),
        week=week(found, zone),
        hours=good_hours(found, now=now, zone=zone),
    )
