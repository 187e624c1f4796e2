"""At which hours of the week people read or answer, and when that is too little to draw or to claim anything by."""

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from heardback.stats.outcomes import Outcome
from heardback.stats.rates import ENOUGH

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: mails somebody reacted to below which the 168 hours of a week are not drawn
MANY = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Mails that somebody read or answered, by the hour at which they did."""

    #: by weekday (from Monday) and hour; a mail counts once in an hour, however many reacted to it then
    counts: tuple[tuple[int, ...], ...]
    #: mails somebody reacted to at all
    mails: int

    @property
    def is_drawn(self) -> bool:
        """There are enough to show more than when a few mails happened to be sent."""
        return self.mails >= MANY

    @property
    def sentence(self) -> str:
        """What the hours show, without a full stop."""
        if not self.is_drawn:
            return f"too few to tell: {self.mails} of the {MANY} mails it takes were read or answered so far"
        hours = [(each, day, hour) for day, hours in enumerate(self.counts) for hour, each in enumerate(hours)]
        (next_most, *_), (most, day, hour) = sorted(hours)[-2:]
        if most < ENOUGH or most == next_most:
            return f"no hour stands out among {self.mails:,} mails read or answered"
        return f"most often {DAYS[day]} {hour}:00-{hour + 1}:00: {most:,} of {self.mails:,} mails read or answered"


def week(rows: Iterable[Outcome], zone: ZoneInfo) -> Week:
    """When people read or answered.

    :param zone: the person's, in which days and hours are counted
    """
    seen = {
        (each.item, local.weekday(), local.hour)
        for each in rows
        for at in (each.read_at, each.answered_at)
        if at
        for local in [at.astimezone(zone)]
    }
    counts = [[0] * 24 for _ in DAYS]
    for _, day, hour in seen:
        counts[day][hour] += 1
    return Week(counts=tuple(map(tuple, counts)), mails=len({item for item, *_ in seen}))
