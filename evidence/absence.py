"""When an absent person says they return, read from the text of their auto-reply."""

import re
from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, date, datetime, timedelta

from evidence.letter import Letter
from evidence.return_words import AFTER, AWAY, BEFORE, TOMORROW, WEEKDAY, WEEKDAYS
from evidence.wording import own_words

#: how a day is written: in East Asia, in numbers, day before month, month before day
_DAYS = (
    re.compile(r"(?:\d{4}\s?[年년]\s?)?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日号號일]"),
    re.compile(
        r"\d{4}[-/.]\s?\d{1,2}[-/.]\s?\d{1,2}|\d{1,2}[./-]\s?\d{1,2}[./-]\s?(?:\d{4}|\d{2})\b"
        r"|\d{1,2}\.\s?\d{1,2}\.(?!\d)|\d{1,2}/\d{1,2}(?![/\d])"
    ),
    re.compile(
        r"\d{1,2}(?:st|nd|rd|th|er|º|°|\.)?\s*(?:of\s+|de\s+|d['’])?[^\W\d_]{3,12}\.?"
        r"(?:,?\s+(?:de\s+|del\s+)?\d{4}\b)?"
    ),
    re.compile(r"[^\W\d_]{3,12}\.?\s+\d{1,2}(?:st|nd|rd|th)?\b(?:,?\s+\d{4}\b)?"),
)
#: what may stand between the word and the day: a weekday, an article, a place
_LEAD = re.compile(r"\s?:?[^\n.!?;:\d]{0,40}?")
_NOT_A_DAY = re.compile(
    r"\d\s*(?:am|pm|uhr|h\d|hrs?|hours?|days?|weeks?|minutes?|tagen?|wochen?|jours?|días?|giorni)\b", re.IGNORECASE
)
_APPLE_END = re.compile(r"endDate=(\d{4})-(\d{2})-(\d{2})")

#: a span of days in one month: `July 10-31`, `10.-31. Juli`, `10 - 31 juillet`
_SPAN = re.compile(
    r"([^\W\d_]{3,12}\.?)\s+\d{1,2}(?:st|nd|rd|th)?\s?(?:-|–|to|through)\s?(\d{1,2})(?:st|nd|rd|th)?\b"
    r"|\d{1,2}\.?\s?(?:-|–|to|bis|au|al|t/m)\s?(\d{1,2})\.?\s?(?:de\s+)?([^\W\d_]{3,12})"
)
#: the same in numbers: `02.03. - 09.03.2026`
_SPAN_IN_NUMBERS = re.compile(
    r"\d{1,2}[./]\s?\d{1,2}[./]?(?:\d{4}|\d{2})?\s?(?:-|–)\s?(\d{1,2}[./]\s?\d{1,2}(?:[./](?:\d{4}|\d{2})?)?)"
)
_EAST = re.compile(r"(?:(\d{4})\s?\D\s?)?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?\D")
_ISO = re.compile(r"(\d{4})[-/.]\s?(\d{1,2})[-/.]\s?(\d{1,2})")
_SHORT = re.compile(r"(\d{1,2})[./-]\s?(\d{1,2})(?:[./-]\s?(\d{4}|\d{2}))?\.?")

_ZONE = re.compile(r"([+-])(\d{4})\b")
#: a day of the week with the day of the month, which the month does not follow: `Monday the 4th`, `Montag, den 4.`
_NUMBER = re.compile(
    r"\w*,?\s+(?:(?:the|den|dem|le|el|il|dia|de)\s+)?(\d{1,2})(?:st|nd|rd|th|er|º|°|\.)?(?![\w:])(?!\s?[-–/.:]\s?\d)"
)
#: a day of the week with a whole date behind it, which is read by itself or not at all
_DATED = re.compile(r"[^\n!?;]{0,25}\b20\d\d\b")
#: languages that write the month before the day
_MONTH_FIRST = frozenset({"ja", "zh", "ko", "hu", "lt"})
#: where dateparser does not know a month's whole name, a language that writes it alike
_ALSO = {"sv": ("nb",), "sl": ("sk",)}

#: position in the text, order among phrases of one place, language, the phrase
_Phrase = tuple[int, int, str, str]

#: longer absences are announced seldom; further dates are taken for something else
_LONGEST = timedelta(days=400)
#: of a later one the calendar ends before the days that may be meant
_LAST_YEAR = MAXYEAR - 2
#: `Monday the 4th` is not a Monday of next year
_NUMBERED_WITHIN = timedelta(days=92)
#: in numbers, a day beyond the first is doubted if it could be meant to lie within the second
_LONG, _SHORTER = timedelta(days=90), timedelta(days=45)
_LOOKED_AT = 3000
_MOST_TRIES = 12


def announced_return(letter: Letter) -> date | None:
    """The day named as that of return, or as the last day away; None if none is named for sure.

    iCloud says it in a header. Elsewhere a date counts only right after (or, in East Asia, before) a word such as
    "until" or "back on", in the text or the subject, and only if it lies after the writer's own day. Dates without a
    year are taken for the next such day. Where day and month could be swapped, the language decides; in English the
    writer's zone or language setting, and if they tell nothing the nearer day is taken.
    """
    told = _APPLE_END.search(letter.part.get("x-apple-criteria"))
    if told:
        return _made(int(told[1]), int(told[2]), int(told[3]))
    if letter.written is None or letter.written.year > _LAST_YEAR:
        return None
    region = _region(letter)
    for text in (own_words(letter.text)[:_LOOKED_AT], letter.subject):
        days = (_day(phrase, language, letter.written, region) for language, phrase in _phrases(text))
        found = next((day for day in days if day), None)
        if found:
            return found
    return None


def _phrases(text: str) -> Iterator[tuple[str, str]]:
    """Phrases that name a day next to a word of return, in the order of the text, each with its language."""
    found = [each for language in BEFORE for each in _after(text, language)]
    found += [each for language in AFTER for each in _before(text, language)]
    found += [each for language in AWAY for each in _spans(text, language)]
    for _, _, language, phrase in sorted(found)[:_MOST_TRIES]:
        yield language, phrase


def _after(text: str, language: str) -> Iterator[_Phrase]:
    for cue in BEFORE[language].finditer(text):
        ahead = text[cue.end() : cue.end() + 80]
        for day in filter(None, (written.search(ahead) for written in _DAYS)):
            if _LEAD.fullmatch(ahead[: day.start()]) and not _NOT_A_DAY.match(ahead[day.start() :]):
                yield cue.start(), 0, language, day[0]
        weekday = WEEKDAY[language].search(ahead.lower()) if language in WEEKDAYS else None
        if weekday and _LEAD.fullmatch(ahead[: weekday.start()]) and not _DATED.match(ahead, weekday.end()):
            number = "" if weekday[0] == TOMORROW.get(language) else _numbered(ahead[weekday.end() :])
            yield cue.start(), 1, language, f"{weekday[0]}{number}"


def _numbered(behind: str) -> str:
    """The day of the month right behind a day of the week, with a blank before it; empty if there is none."""
    number = _NUMBER.match(behind)
    return f" {number[1]}" if number and not _NOT_A_DAY.match(behind[number.start(1) :]) else ""


def _before(text: str, language: str) -> Iterator[_Phrase]:
    for written in _DAYS:
        for day in written.finditer(text):
            if AFTER[language].match(text[day.end() : day.end() + 30]):
                yield day.start(), 0, language, day[0]


def _spans(text: str, language: str) -> Iterator[_Phrase]:
    for cue in AWAY[language].finditer(text):
        ahead = text[cue.end() : cue.end() + 80]
        span = _SPAN.search(ahead)
        if span and _LEAD.fullmatch(ahead[: span.start()]):
            yield cue.start(), 0, language, f"{span[2] or span[3]} {span[1] or span[4]}"
        numbers = _SPAN_IN_NUMBERS.search(ahead)
        if numbers and _LEAD.fullmatch(ahead[: numbers.start()]):
            yield cue.start(), 0, language, numbers[1]


def _day(phrase: str, language: str, written: datetime, region: str) -> date | None:
    """The day a phrase names, seen from the day the mail was written on.

    :param written: by the writer's own clock
    """
    today = written.date()
    weekday, _, number = phrase.partition(" ")
    if named := _EAST.fullmatch(phrase):
        years = (int(named[1]),) if named[1] else (today.year, today.year + 1)
        candidates = [_made(year, int(named[2]), int(named[3])) for year in years]
    elif named := _ISO.fullmatch(phrase):
        candidates = [_made(int(named[1]), int(named[2]), int(named[3]))]
    elif named := _SHORT.fullmatch(phrase):
        return _short(named, _orders(phrase, language, region), today)
    elif phrase == TOMORROW.get(language):
        candidates = [today + timedelta(days=1)]
    elif weekday in WEEKDAYS.get(language, ()):
        candidates = [_weekday(WEEKDAYS[language].index(weekday), number, today)]
    else:
        candidates = [_in_words(phrase, language, written)]
    return _nearest(candidates, today)


def _weekday(weekday: int, number: str, today: date) -> date | None:
    """The next such day of the week; with a number, the next that is this day of its month, if one is near."""
    ahead = (weekday - today.weekday() - 1) % 7 + 1
    days = (today + timedelta(days=each) for each in range(ahead, _NUMBERED_WITHIN.days, 7))
    return next((day for day in days if not number or day.day == int(number)), None)


def _nearest(days: Iterable[date | None], today: date) -> date | None:
    """The first of the days that can be meant."""
    return min((day for day in days if day and today < day <= today + _LONGEST), default=None)


def _short(named: re.Match[str], orders: tuple[str, ...], today: date) -> date | None:
    """A day in numbers, in the year given or the next time it comes; the other order counts where one is no date."""
    first, second, year = int(named[1]), int(named[2]), named[3]
    full = int(year) + (2000 if len(year) == 2 else 0) if year else None
    years = (full,) if full else (today.year, today.year + 1)
    read = {
        "dm": _nearest([_made(each, second, first) for each in years], today),
        "md": _nearest([_made(each, first, second) for each in years], today),
    }
    usual, nearest = _nearest([read[each] for each in orders], today), _nearest(read.values(), today)
    # who is away for months writes the month's name; a foreign order of day and month is more common
    is_odd = usual and nearest and usual > today + _LONG and nearest < today + _SHORTER
    return nearest if is_odd else usual or nearest


def _orders(phrase: str, language: str, region: str) -> tuple[str, ...]:
    """Whether the day (`dm`) or the month (`md`) comes first in a date such as 4/5; both if it cannot be told."""
    if language in _MONTH_FIRST:
        return ("md",)
    if language != "en" or "." in phrase:
        return ("dm",)
    return {"america": ("md",), "elsewhere": ("dm",)}.get(region, ("dm", "md"))


def _region(letter: Letter) -> str:
    """Where an English text was written: `america`, `elsewhere`, or empty. Servers that write UTC tell nothing."""
    language = letter.part.get("content-language").lower() or letter.part.get("accept-language").lower()
    if language.startswith("en-"):
        return "america" if language.startswith(("en-us", "en-ca")) else "elsewhere"
    zone = _ZONE.search(letter.part.get("date"))
    if zone is None or zone[2] == "0000":
        return ""
    return "america" if zone[1] == "-" and "0300" <= zone[2] <= "1000" else "elsewhere"


def _in_words(phrase: str, language: str, written: datetime) -> date | None:
    """A day with its month's name, by dateparser."""
    import dateparser  # here, since it takes half a second to load and few messages need it

    base = written.replace(tzinfo=None)
    settings = {"PREFER_DATES_FROM": "future", "RELATIVE_BASE": base, "REQUIRE_PARTS": ["day", "month"]}
    languages = [language, *_ALSO.get(language, ())]
    try:
        found = dateparser.parse(phrase, languages=languages, settings=settings)
    except Exception:  # noqa: BLE001 - odd digits and words make the library raise nearly anything
        return None
    return found.date() if isinstance(found, datetime) else None


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
