"""Times as sentences of evidence tell them, and told anew for who reads them: in their zone, and in one style."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: `3 May 10:12 UTC` and `3 May 2026` as they stand in evidence, `2026-05-03` and `2026-05-03 10:12 UTC` as in
#: decisions; a time that stands there without a zone is in the person's already. What is in quotes is somebody's word
_TIME = re.compile(
    r'"[^"]*"|(?<![\w-])(?:'
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?(?P<iso>\d{4}-\d\d-\d\d)(?: (?P<clock>\d\d:\d\d)(?P<utc> UTC)?)?"
    rf"|(?P<day>\d{{1,2}}) (?P<month>{'|'.join(_MONTHS)}) (?:(?P<year>\d{{4}})|(?P<time>\d\d:\d\d) UTC)"
    r")(?![\w-])"
)


def moment(at: datetime) -> str:
    """`3 May 10:12 UTC`."""
    at = at.astimezone(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]} {at:%H:%M} UTC"


def day(on: date | None) -> str:
    """`3 May 2026`; empty for none."""
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}" if on else ""


def shown_moment(at: datetime) -> str:
    """A time as people are shown it, by the clock of the zone it is in: `Sun 2026-05-03 10:12`."""
    return f"{shown_day(at)} {at:%H:%M}"


def shown_day(on: date) -> str:
    """A day as people are shown it: `Sun 2026-05-03`."""
    return f"{on:%a %Y-%m-%d}"


def retold(
    sentence: str,
    zone: ZoneInfo,
    near: datetime,
    *,
    as_moment: Callable[[datetime], str] = shown_moment,
    as_day: Callable[[date], str] = shown_day,
) -> str:
    """A sentence with its times in this zone and in one style; what is no time, or quoted, stays as it is.

    :param near: a moment close by, aware; evidence names no year beside the clock
    """

    def tell(found: re.Match[str]) -> str:
        if found[0].startswith('"'):
            return found[0]
        try:
            at = _day_of(found) if not found["clock"] and not found["time"] else _moment_of(found, zone, near)
        except ValueError:  # 31 February, or 99:00
            return found[0]
        return as_moment(at.astimezone(zone)) if isinstance(at, datetime) else as_day(at)

    return _TIME.sub(tell, sentence)


def _day_of(found: re.Match[str]) -> date:
    if found["iso"]:
        return date.fromisoformat(found["iso"])
    return date(int(found["year"]), _month(found), int(found["day"]))


def _moment_of(found: re.Match[str], zone: ZoneInfo, near: datetime) -> datetime:
    if found["iso"]:
        return datetime.fromisoformat(f"{found['iso']} {found['clock']}").replace(tzinfo=UTC if found["utc"] else zone)
    told = []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            told.append(datetime.fromisoformat(f"{year:04}-{_month(found):02}-{int(found['day']):02} {found['time']}Z"))
        except ValueError:  # 29 February of another year, or no time at all
            continue
    return min(told, key=lambda each: abs(each - near))


def _month(found: re.Match[str]) -> int:
    return _MONTHS.index(found["month"]) + 1
