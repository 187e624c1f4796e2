"""The numbers of the last year, worked out once for a state of the ledger: over much mail that takes seconds."""

import threading
from dataclasses import dataclass

from evidence.habit import MEMORY
from heardback.house import House
from heardback.stats.hours import GoodHour, good_hours
from heardback.stats.outcomes import Outcome, outcomes
from heardback.stats.summary import Summary, summary
from heardback.stats.week import Week, week


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


def _year(house: House) -> Year:
    now, zone = house.now, house.zone
    found = tuple(outcomes(house.ledger, house.ledger.items(since=now - MEMORY), now=now))
    return Year(
        found=found,
        whole=summary(found, now=now),
        week=week(found, zone),
        hours=good_hours(found, now=now, zone=zone),
    )
