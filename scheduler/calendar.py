"""Business days, quiet hours and zones: when a person may be disturbed. Pure; knows no mail.

A due time is built as a wall-clock time in the person's zone and only then turned to UTC, so that nine o'clock stays
nine o'clock on both sides of a change to or from summer time.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_SATURDAY, _SUNDAY = 5, 6
#: further than this without a business day, a calendar has none
_YEAR = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When a person may be disturbed.

    :raises ValueError: there is no hour or no day left to disturb anyone, or the country is not known
    """

    #: the person's zone
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    #: local time from which reminders may come
    opens: time = time(9)
    #: local time from which they may not any more
    closes: time = time(17)
    #: weekdays that are no business days, Monday is 0; None: those of the country, without one Saturday and Sunday
    weekend: frozenset[int] | None = None
    #: two letters (ISO 3166) whose public holidays are no business days; empty for none
    country: str = ""
    #: part of the country with holidays of its own, such as `BY`; empty for none
    region: str = ""

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError(
                f"reminders cannot come between {self.opens:%H:%M} and {self.closes:%H:%M}: no time is left"
            )
        if (self.weekend or frozenset()) >= set(range(7)):
            raise ValueError("every day of the week is a weekend: no day is left for reminders")
        if self.country:
            _holidays(self.country, self.region, 2025)  # any year all countries are known for

    def is_business_day(self, day: date) -> bool:
        """Neither weekend nor public holiday."""
        return not self._is_weekend(day) and not self._is_holiday(day)

    def after(self, moment: datetime, days: int) -> datetime:
        """So many business days later at the same local time, moved into the hours. UTC.

        A moment on a weekend or holiday counts as the end of the business day before it.

        :param moment: aware
        :param days: business days, 0 or more
        """
        local = moment.astimezone(self.zone)
        day = local.date()
        for _ in range(days):
            day = self._next_business_day(day)
        return self._admit(day, local.time())

    def day_after(self, day: date) -> datetime:
        """When the first business day after a day opens. UTC."""
        return self._admit(self._next_business_day(day), self.opens)

    def opening(self, moment: datetime) -> datetime:
        """When a business day opens for the first time from a moment on. UTC.

        :param moment: aware
        """
        day = moment.astimezone(self.zone).date()
        opens = self._admit(day, self.opens)
        return opens if opens >= moment else self.day_after(day)

    def holidays(self, start: datetime, end: datetime) -> tuple[date, ...]:
        """The public holidays after the day of one moment and up to that of another, but for those of a weekend."""
        first, last = (each.astimezone(self.zone).date() for each in (start, end))
        days = (first + timedelta(days=ahead) for ahead in range(1, (last - first).days + 1))
        return tuple(each for each in days if self._is_holiday(each) and not self._is_weekend(each))

    def admits(self, moment: datetime) -> bool:
        """Whether a person may be disturbed at this moment."""
        local = moment.astimezone(self.zone)
        return self.is_business_day(local.date()) and self.opens <= local.time() < self.closes

    def admitted(self, moment: datetime) -> datetime:
        """The first moment from this one on at which the person may be disturbed. UTC."""
        local = moment.astimezone(self.zone)
        return moment.astimezone(UTC) if self.admits(moment) else self._admit(local.date(), local.time())

    def _admit(self, day: date, wish: time) -> datetime:
        """The first moment on or after a local wish at which the person may be disturbed."""
        if not self.is_business_day(day) or wish >= self.closes:
            day, wish = self._next_business_day(day), self.opens
        moment = self._moment(day, max(wish, self.opens))
        # a wall-clock time that is skipped when summer time begins comes out an hour later, perhaps past closing
        return moment if self.admits(moment) else self._admit(self._next_business_day(day), self.opens)

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at.replace(tzinfo=None, fold=0), self.zone).astimezone(UTC)

    def _next_business_day(self, day: date) -> date:
        following = (day + timedelta(days=ahead) for ahead in range(1, _YEAR))
        return next(each for each in following if self.is_business_day(each))

    def _is_weekend(self, day: date) -> bool:
        return day.weekday() in (_weekend(self.country, self.region) if self.weekend is None else self.weekend)

    def _is_holiday(self, day: date) -> bool:
        return bool(self.country) and day in _holidays(self.country, self.region, day.year)


@lru_cache(maxsize=64)
def _holidays(country: str, region: str, year: int) -> frozenset[date]:
    """A country's public holidays of one year, the days given for holidays on a Sunday included."""
    import holidays  # 80 ms, and only who names a country needs it

    try:
        return frozenset(holidays.country_holidays(country.upper(), subdiv=region or None, years=year))
    except NotImplementedError as err:
        raise ValueError(f"no public holidays are known for {country} {region}".rstrip()) from err


@lru_cache(maxsize=64)
def _weekend(country: str, region: str) -> frozenset[int]:
    usual = frozenset({_SATURDAY, _SUNDAY})
    if not country:
        return usual
    import holidays  # as above

    told = frozenset(holidays.country_holidays(country.upper(), subdiv=region or None).weekend)
    # Sunday alone is the day whose holidays are made up for (Hong Kong, Venezuela): offices are closed on Saturday, too
    return usual if told == {_SUNDAY} else told
