"""How long to wait, as a person says it: `3 business days`, `36h`, `2026-06-12`, `mon9`, `next Tuesday 9:00`. Pure."""

import re
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache

from scheduler.calendar import Calendar

#: business days; a span of time, of which whole days keep the hour of the clock; or a moment as the person wrote it,
#: worked out from when waiting begins and in the person's zone
Delay = int | timedelta | str
#: a delay that can be waited again and again
Span = int | timedelta

#: nobody waits longer; longer delays are taken for slips
LONGEST = timedelta(days=366)

_BUSINESS = re.compile(r"(\d{1,3})\s*(?:bd|b|(?:business|working|work)[ -]?days?)")
_SPAN = re.compile(r"(\d{1,5})\s*(?:(m|min|minutes?)|(h|hours?)|(d|days?)|(w|weeks?))(?![^\W\d])\s*")
_UNITS = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1))
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = re.compile(
    r"(?:(?P<weekday>mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|satur|sat|sun)(?:day)?|(?P<tomorrow>tomorrow)|(?P<today>today)"
    r"|(?P<date>\d{4}-\d{2}-\d{2}))"
    r"(?:\s*(?:t|at)?\s*(?P<hour>\d{1,2})(?::?(?P<minute>\d{2}))?\s*(?P<half>am|pm)?)?"
)
_MOMENT = re.compile(r"(?<=\d)t(?=\d)")
#: the languages in which a day may be named
_LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pt"]
#: digits and single letters alone are nothing that a day is named with
_WORD = re.compile(r"[^\W\d_]{2}")
_WORDS = re.compile(r"[^\W\d_]{2,}")
#: what stands before an hour in these languages
_AT = "(?:um|om|at|alle|à|a las|às)"
#: an hour as these languages say it; without a word behind it the number is one only at the end
_CLOCK = re.compile(
    r"(?<![\w:.])(?:(?:um|om)\s+)?(?P<named>\d{1,2})\s*(?:uhr|uur)(?:\s*(?P<past>[0-5]\d))?(?!\w)"
    rf"|(?<!\w){_AT}\s+(?P<bare>\d{{1,2}})(?:\s*h\s*(?P<after>[0-5]\d)?)?$"
)
#: a weekday, told by the library, and an hour right behind it; two letters are another day in another language
_WEEKDAY_HOUR = re.compile(r"(?P<day>[^\W\d_]{3,}\.?(?:-feira)?)\s*(?P<hour>[01]?\d|2[0-3])\s*h\s*(?P<minute>[0-5]\d)?")
#: an hour and nothing else
_HOUR_ALONE = re.compile(
    rf"(?:{_AT}\s+)?(?P<hour>\d{{1,2}})(?=:|\s*[ap]m)(?::(?P<minute>[0-5]\d))?\s*(?P<half>am|pm)?"
    r"(?:\s*(?:uhr|uur|h))?"
)
_SAID_HOUR = re.compile(rf"(?:\b{_AT}\s+)?(?<!\d)(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)(?:\s*(?:[ap]m|uhr|uur|h)\b)?")
_HOUR = re.compile(r"(?<!\d)(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)|(?<!\d)(?:1[0-2]|[1-9])\s*[ap]m\b")
#: short names that are one day of the week in German and Dutch, and another in French or Spanish
_TWO_DAYS = re.compile(r"(?:di|do|ma)\b")
#: an hour, or a length of time: which of them, what stands beside it must tell
_HOUR_OR_LENGTH = re.compile(r"\d+\s*h(?!\s*\d|[^\W\d_])")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"\d+\W*")
#: any will do to see whether words name a day
_SOME_DAY = datetime.fromisoformat("2026-05-04T12:00")
#: a day named without an hour begins with the hours of the calendar
_NO_HOUR = time(0)


def parse(text: str) -> Delay:
    """What a text says of how long to wait.

    :raises ValueError: it says nothing that is understood, or more than a year; the message is a sentence's end
    """
    said = " ".join(text.lower().split())
    if found := _BUSINESS.fullmatch(said):
        return _bounded(int(found[1]), text)
    if said and not _SPAN.sub("", said):
        return _bounded(sum(map(_length, _SPAN.finditer(said)), timedelta()), text)
    if _named(said, _SOME_DAY) is None:
        raise ValueError(f'"{text}" is not understood as a time; write 3 business days, 36h, 2026-06-12 or mon9')
    return said


def span(text: str) -> Span:
    """What a text says of how long to wait each time.

    :raises ValueError: it is no length of time
    """
    found = parse(text)
    if isinstance(found, str):
        raise ValueError(f'"{text}" is a day; what comes again needs a length of time, such as 5 business days')
    return found


def due(delay: Delay, start: datetime, calendar: Calendar, *, theirs: Calendar | None = None) -> datetime:
    """When waiting is over, moved to when the person may be disturbed. UTC.

    :param start: aware, when waiting begins
    :param theirs: the readers' calendar, in which business days are counted; None: the person's own
    """
    if isinstance(delay, int):
        return calendar.admitted(theirs.after(start, delay)) if theirs else calendar.after(start, delay)
    if isinstance(delay, timedelta):
        return calendar.admitted(_later(delay, start, calendar))
    named = _named(delay, start.astimezone(calendar.zone).replace(tzinfo=None))
    # a day that was past already when the mail was sent is no time to remind of it before
    return calendar.admitted(max(start, named.replace(tzinfo=calendar.zone)) if named else start)


def moment(delay: Delay, start: datetime, calendar: Calendar, *, theirs: Calendar | None = None) -> str:
    """The moment when waiting is over, as a delay of its own: whatever it is counted from, it stays."""
    return f"{due(delay, start, calendar, theirs=theirs).astimezone(calendar.zone):%Y-%m-%dt%H:%M}"


def until(delay: Delay, start: datetime, calendar: Calendar) -> datetime:
    """When a snooze is over: a length of time holds as it is, a day is one of the person's, in their hours. UTC.

    :param start: aware
    :raises ValueError: that is not later, or more than a year later; the message is a sentence's end
    """
    found = _later(delay, start, calendar) if isinstance(delay, timedelta) else due(delay, start, calendar)
    if found <= start:
        raise ValueError(f'"{written(delay)}" is not later than now')
    if found > start + LONGEST:
        raise ValueError(f'"{written(delay)}" is more than a year')
    return found


def grown(delay: Span, factor: float, rounds: int) -> Span:
    """The delay, longer by the factor for each of so many rounds, up to a year."""
    times = factor**rounds
    if isinstance(delay, int):
        return min(LONGEST.days, round(delay * times))
    return LONGEST if delay > LONGEST / times else delay * times


def in_words(delay: Delay, since: str) -> str:
    """The delay as a sentence's beginning: `3 business days after sending`.

    :param since: what it is counted from, such as `sending`
    """
    if isinstance(delay, int):
        return f"{delay} business day{'' if delay == 1 else 's'} after {since}"
    if isinstance(delay, timedelta):
        return f"{_counted(delay)} after {since}"
    # a moment is kept with a small t between day and hour
    return f"at the time named: {_MOMENT.sub(' ', delay)}"


def written(delay: Delay) -> str:
    """The delay as `parse` takes it."""
    if isinstance(delay, int):
        return f"{delay}bd"
    if isinstance(delay, timedelta):
        is_days = delay % timedelta(days=1) == timedelta()
        return f"{delay.days}d" if is_days else f"{delay // timedelta(minutes=1)}m"
    return delay


def _later(delay: timedelta, start: datetime, calendar: Calendar) -> datetime:
    """Whole days go by the clock of the person's zone, all else by the world's. UTC."""
    is_days = delay % timedelta(days=1) == timedelta()
    return (start.astimezone(calendar.zone if is_days else UTC) + delay).astimezone(UTC)


def _counted(delay: timedelta) -> str:
    for unit, size in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if delay % size == timedelta():
            number = delay // size
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return str(delay)


def _length(found: re.Match[str]) -> timedelta:
    unit = next(number for number in range(4) if found[number + 2])
    return int(found[1]) * _UNITS[unit]


def _bounded(delay: Span, text: str) -> Span:
    if delay > (LONGEST.days if isinstance(delay, int) else LONGEST):  # type: ignore[operator]  # both of one type
        raise ValueError(f'"{text}" is more than a year')
    return delay


def _named(said: str, base: datetime) -> datetime | None:
    """The moment that words name, seen from a moment; both by the clock of one zone, without it.

    A day without an hour is that day's first moment, and a weekday the next one after today.
    """
    if found := _DAY.fullmatch(said):
        return _day(found, base)
    return _in_words(said, base)


def _day(found: re.Match[str], base: datetime) -> datetime | None:
    try:
        if found["date"]:
            day = datetime.fromisoformat(found["date"]).date()
        else:
            day = base.date() + timedelta(days=_days_ahead(found, base))
        return datetime.combine(day, _hour(found))
    except (ValueError, OverflowError):
        return None


def _days_ahead(found: re.Match[str], base: datetime) -> int:
    if found["weekday"]:
        return (_WEEKDAYS.index(found["weekday"][:3]) - base.weekday() - 1) % 7 + 1
    return 1 if found["tomorrow"] else 0


def _hour(found: re.Match[str]) -> time:
    if not found["hour"]:
        return _NO_HOUR
    hour, half = int(found["hour"]), found["half"]
    if half and not 1 <= hour <= 12:
        raise ValueError(f"{hour} {half} is no hour")
    return time(hour % 12 + (12 if half == "pm" else 0) if half else hour, int(found["minute"] or 0))


@lru_cache(maxsize=1024)
def _in_words(said: str, base: datetime) -> datetime | None:
    """A moment in words, by dateparser; None if it lies in the past or more than a year ahead, or no day is named."""
    clear = _CLOCK.sub(_by_the_clock, said)
    if hour := _HOUR_ALONE.fullmatch(clear):
        return _next_time(hour, base)
    if clear == said and not _WORD.search(said):
        return None
    if (short := _WEEKDAY_HOUR.fullmatch(said)) and _weekday(short["day"], base) is not None:
        clear = f"{short['day']} {short['hour']}:{short['minute'] or '00'}"
    if _is_either(clear, base):
        return None
    found = _counted_from(clear, base) or _on_a_day(clear, base)
    # what is said without a day is meant from today on
    return found if found and base <= found <= base + LONGEST else None


def _is_either(said: str, base: datetime) -> bool:
    """Whether a number with an `h` stands beside the name of a day or month: at that hour, or so much later."""
    rest = _HOUR_OR_LENGTH.sub("", said)
    return rest != said and not _NUMBER.search(rest) and _parsed(rest, base) is not None


def _next_time(found: re.Match[str], base: datetime) -> datetime | None:
    """The next time the clock shows an hour."""
    try:
        today = datetime.combine(base.date(), _hour(found))
    except ValueError:
        return None
    return today if today > base else today + timedelta(days=1)


def _by_the_clock(found: re.Match[str]) -> str:
    return f"{found['named'] or found['bare']}:{found['past'] or found['after'] or '00'}"


def _counted_from(said: str, base: datetime) -> datetime | None:
    """A moment said from now on; the library passes a number over that counts nothing."""
    rest = _HOUR.sub("", said)
    words = _NUMBER.sub("", rest)
    is_passed_over = words != rest and _relative(words, base) == _relative(rest, base)
    return None if is_passed_over else _relative(said, base)


def _relative(said: str, base: datetime) -> datetime | None:
    return _parsed(said, base, PARSERS=["relative-time"])


def _on_a_day(said: str, base: datetime) -> datetime | None:
    """A moment of a day that is named by its date or as a day of the week."""
    if _TWO_DAYS.match(said):
        return None
    found, rest = _absolute(said, base), _HOUR.sub("", said)
    if found is None or _DATE.search(rest):
        return found
    # beside an hour the library takes any month for a day of it
    day = _SAID_HOUR.sub("", said)
    if day != said and _absolute(day, base) is None:
        return None
    words = _NUMBER.sub(" ", rest)
    month = _parsed(words, base, PARSERS=["absolute-time"], REQUIRE_PARTS=["month"])
    # a number that is no hour is a day of the month only beside the name of the month
    is_guess = words != rest and (month is None or month.month != found.month)
    is_elsewhere = any(_weekday(each, base) not in {None, found.weekday()} for each in _WORDS.findall(words))
    return None if is_guess or is_elsewhere else found


def _weekday(word: str, base: datetime) -> int | None:
    """The day of the week a word names: it comes again a week later, which no other day does."""
    week = timedelta(weeks=1)
    first, second = _absolute(word, base), _absolute(word, base + week)
    return first.weekday() if first and second and second - first == week else None


def _absolute(said: str, base: datetime) -> datetime | None:
    # the library takes a number for a month, and fills in the day: it is said only if nothing else fills it otherwise
    first, last = (_parsed(said, base, PARSERS=["absolute-time"], PREFER_DAY_OF_MONTH=day) for day in ("first", "last"))
    return first if first == last else None


def _parsed(said: str, base: datetime, **settings: object) -> datetime | None:
    import dateparser  # here, since it takes half a second to load and few people name days in words

    wanted = {"PREFER_DATES_FROM": "future", "RELATIVE_BASE": base, "RETURN_AS_TIMEZONE_AWARE": False, **settings}
    try:
        found = dateparser.parse(said[:100], languages=_LANGUAGES, settings=wanted)
    except Exception:  # noqa: BLE001 - odd digits and words make the library raise nearly anything
        return None
    return found if isinstance(found, datetime) else None
