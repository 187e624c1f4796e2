"""When an absent person says they return, read from the text of their auto-reply."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from evidence.letter import Letter
from evidence.phrases import any_of
from evidence.wording import own_words

#: words before the day of return, or the last day away, by language
_CUES = {
    "en": (
        r"\buntil\b",
        r"\btill\b",
        r"\bthrough\b",
        r"\bthru\b",
        r"\bfrom\b[^.\n]{3,40}?(?:\bto\b|–|-)",
        r"\breturn(?:ing)?\b",
        r"(?<!get )(?<!getting )(?<!call )(?<!come )\bback\b(?! to you)",
        r"\bavailable (?:again )?(?:on|from)\b",
        r"\bresum\w+ (?:\w+ ){0,3}?on\b",
    ),
    "de": (
        r"\bbis (?:einschließlich |einschl\. |inkl\. |inklusive )?(?:zum |zu |am )?",
        r"\bzurück (?:\w+ ){0,3}?(?:am|ab|sein)\b",
        r"\bwieder (?:\w+ ){0,5}?(?:am|ab)\b",
        r"\b(?:ab|am)\b(?: dem)?(?=.{3,40}\b(?:wieder|zurück|erreichbar))",
    ),
    "fr": (
        r"\bjusqu['’](?:au|à|en)\b(?: inclus)?",
        r"\b(?:de )?retour\b(?: \w+){0,3}? (?:le|à partir du|dès le)\b",
        r"\bà partir du\b(?=.{0,40}\b(?:retour|disponible))",
        r"\breviendrai\b(?: \w+){0,3}? le\b",
        r"\bau (?=\d)",
    ),
    "es": (
        r"\bhasta (?:el )?",
        r"\b(?:regres|vuelv|volver|reincorpor)\w*\b(?: \w+){0,4}? (?:el|a partir del|en)\b",
        r"\bde vuelta (?:el|en)\b",
        r"\bal (?=\d)",
    ),
    "it": (
        r"\bfino al(?:l['’])?\b",
        r"\brientr\w+\b(?: \w+){0,3}? (?:il|l['’]|dal)",
        r"\btorn\w+\b(?: \w+){0,3}? (?:il|l['’])",
        r"\bal (?=\d)",
    ),
    "pt": (r"\baté (?:ao |o )?(?:dia )?", r"\b(?:volt|regress|retorn)\w*\b(?: \w+){0,4}? (?:em|no dia|a|dia)\b"),
    "nl": (
        r"\btot(?: en met)?\b",
        r"\bt/m\b",
        r"\bterug\b(?: \w+){0,3}? (?:op|vanaf)\b",
        r"\bvanaf\b(?=.{3,40}\b(?:weer|terug|bereikbaar))",
    ),
    "sv": (r"\btill(?: och med)?\b", r"\bt\.?o\.?m\.?", r"\b(?:tillbaka|åter)\b(?: \w+){0,3}? (?:den|på|från)?"),
    "da": (r"\bindtil\b", r"\btil(?: og med)?\b", r"\btilbage\b(?: \w+){0,3}? (?:den|d\.)?"),
    "nb": (r"\bfrem til\b", r"\btil(?: og med)?\b", r"\btilbake\b(?: \w+){0,3}? (?:den)?"),
    "fi": (r"\bpalaan\b(?: \w+){0,2}?", r"\basti\b"),
    "pl": (r"\bdo (?:dnia )?(?=\d)", r"\bwracam\b(?: \w+){0,2}?", r"\bwrócę\b(?: \w+){0,2}?"),
    "cs": (r"\bdo (?=\d)", r"\bvrátím se\b"),
    "hu": (r"\bvisszatér\w*\b",),
    "tr": (r"\bdöneceğim\b",),
    "ru": (r"\bдо\b", r"\bпо\b(?= \d)", r"\bвернусь\b", r"\bвыхожу\b"),
    "uk": (r"\bдо\b", r"\bповернуся\b"),
}
#: languages that write the day before the word
_CUES_AFTER = {
    "ja": r"まで|に戻|から出社|より出社",
    "zh": r"之前|返回|回来|回來|为止|為止|恢复",
    "ko": r"까지|에 복귀",
    "hu": r"-?ig\b",
    "fi": r"\s?(?:asti|saakka)",
    "tr": r"\s?(?:tarihine kadar|kadar)",
}

#: how a day is written: in East Asia, in numbers, day before month, month before day
_DAYS = (
    re.compile(r"(?:\d{4}\s?[年년]\s?)?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日号號일]"),
    re.compile(
        r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[./-]\s?\d{1,2}[./-]\s?(?:\d{4}|\d{2})\b"
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
#: the days of the week from Monday, by how they begin
_WEEKDAYS = {
    "en": ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    "de": ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "it": ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
    "pt": ("segunda", "terça", "quarta", "quinta", "sexta", "sábado", "domingo"),
    "nl": ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
    "sv": ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    "da": ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
    "pl": ("poniedział", "wtor", "środ", "czwart", "piąt", "sobot", "niedziel"),
    "ru": ("понедельник", "вторник", "сред", "четверг", "пятниц", "суббот", "воскресен"),
}
_APPLE_END = re.compile(r"endDate=(\d{4})-(\d{2})-(\d{2})")

#: a span of days in one month: `July 10-31`, `10.-31. Juli`, `10 - 31 juillet`
_SPAN = re.compile(
    r"([^\W\d_]{3,12}\.?)\s+\d{1,2}(?:st|nd|rd|th)?\s?(?:-|–|to|through)\s?(\d{1,2})(?:st|nd|rd|th)?\b"
    r"|\d{1,2}\.?\s?(?:-|–|to|bis|au|al|t/m)\s?(\d{1,2})\.?\s?(?:de\s+)?([^\W\d_]{3,12})"
)
_AWAY = {
    "en": (r"\b(?:out|away|absent|leave|vacation|holidays?|travell?ing|unavailable)\b",),
    "de": (r"\b(?:abwesend|urlaub|nicht (?:im büro|erreichbar))\b",),
    "fr": (r"\b(?:absente?|congés?|vacances)\b",),
    "es": (r"\b(?:ausente|vacaciones|fuera)\b",),
    "it": (r"\b(?:assente|ferie|fuori)\b",),
    "nl": (r"\b(?:afwezig|vakantie)\b",),
}
_EAST = re.compile(r"(?:(\d{4})\s?\D\s?)?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?\D")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_SHORT = re.compile(r"(\d{1,2})[./-]\s?(\d{1,2})(?:[./-]\s?(\d{4}|\d{2}))?\.?")

#: position in the text, order among phrases of one place, language, the phrase
_Phrase = tuple[int, int, str, str]

#: longer absences are announced seldom; further dates are taken for something else
_LONGEST = timedelta(days=400)
_LOOKED_AT = 3000
_MOST_TRIES = 12


def announced_return(letter: Letter) -> date | None:
    """The day named as that of return, or as the last day away; None if none is named for sure.

    iCloud says it in a header. Elsewhere a date counts only right after (or, in East Asia, before) a word such as
    "until" or "back on", in the text or the subject, and only if it lies after the mail's own date. Dates without a
    year are taken for the next such day; where day and month could be swapped, for the nearer one.
    """
    told = _APPLE_END.search(letter.part.get("x-apple-criteria"))
    if told:
        return _made(int(told[1]), int(told[2]), int(told[3]))
    if letter.at is None:
        return None
    for text in (own_words(letter.text)[:_LOOKED_AT], letter.subject):
        days = (_day(phrase, language, letter.at) for language, phrase in _phrases(text))
        found = next((day for day in days if day), None)
        if found:
            return found
    return None


def _phrases(text: str) -> Iterator[tuple[str, str]]:
    """Phrases that name a day next to a word of return, in the order of the text, each with its language."""
    found = [each for language in _CUES for each in _after(text, language)]
    found += [each for language in _CUES_AFTER for each in _before(text, language)]
    found += [each for language in _AWAY for each in _spans(text, language)]
    for _, _, language, phrase in sorted(found)[:_MOST_TRIES]:
        yield language, phrase


def _after(text: str, language: str) -> Iterator[_Phrase]:
    for cue in _CUE_PATTERNS[language].finditer(text):
        ahead = text[cue.end() : cue.end() + 80]
        for day in filter(None, (written.search(ahead) for written in _DAYS)):
            if _LEAD.fullmatch(ahead[: day.start()]) and not _NOT_A_DAY.match(ahead[day.start() :]):
                yield cue.start(), 0, language, day[0]
        weekday = _WEEKDAY_PATTERNS[language].search(ahead.lower()) if language in _WEEKDAYS else None
        if weekday and _LEAD.fullmatch(ahead[: weekday.start()]):
            yield cue.start(), 1, language, weekday[0]


def _before(text: str, language: str) -> Iterator[_Phrase]:
    for written in _DAYS[:3]:
        for day in written.finditer(text):
            if _AFTER_PATTERNS[language].match(text[day.end() : day.end() + 30]):
                yield day.start(), 0, language, day[0]


def _spans(text: str, language: str) -> Iterator[_Phrase]:
    for cue in _AWAY_PATTERNS[language].finditer(text):
        ahead = text[cue.end() : cue.end() + 80]
        span = _SPAN.search(ahead)
        if span and _LEAD.fullmatch(ahead[: span.start()]):
            yield cue.start(), 0, language, f"{span[2] or span[3]} {span[1] or span[4]}"


def _day(phrase: str, language: str, written: datetime) -> date | None:
    """The day a phrase names, seen from the day the mail was written."""
    today = written.astimezone(UTC).date()
    if named := _EAST.fullmatch(phrase):
        years = (int(named[1]),) if named[1] else (today.year, today.year + 1)
        candidates = [_made(year, int(named[2]), int(named[3])) for year in years]
    elif named := _ISO.fullmatch(phrase):
        candidates = [_made(int(named[1]), int(named[2]), int(named[3]))]
    elif named := _SHORT.fullmatch(phrase):
        candidates = _short(int(named[1]), int(named[2]), named[3], today)
    elif phrase in _WEEKDAYS.get(language, ()):
        ahead = (_WEEKDAYS[language].index(phrase) - today.weekday() - 1) % 7 + 1
        candidates = [today + timedelta(days=ahead)]
    else:
        candidates = [_in_words(phrase, language, written)]
    plausible = [day for day in candidates if day and today < day <= today + _LONGEST]
    return min(plausible, default=None)


def _short(first: int, second: int, year: str | None, today: date) -> list[date | None]:
    """Day and month in either order, in the year given or the next time they come."""
    full = int(year) + (2000 if len(year) == 2 else 0) if year else None
    years = (full,) if full else (today.year, today.year + 1)
    return [_made(each, month, day) for each in years for day, month in ((first, second), (second, first))]


def _in_words(phrase: str, language: str, written: datetime) -> date | None:
    """A day with its month's name, by dateparser."""
    import dateparser  # here, since it takes half a second to load and few messages need it

    base = written.astimezone(UTC).replace(tzinfo=None)
    settings = {"PREFER_DATES_FROM": "future", "RELATIVE_BASE": base, "REQUIRE_PARTS": ["day", "month"]}
    try:
        found = dateparser.parse(phrase, languages=[language], settings=settings)
    except Exception:  # noqa: BLE001 - odd digits and words make the library raise nearly anything
        return None
    return found.date() if isinstance(found, datetime) else None


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_CUE_PATTERNS = {language: any_of(*cues) for language, cues in _CUES.items()}
_AWAY_PATTERNS = {language: any_of(*cues) for language, cues in _AWAY.items()}
_WEEKDAY_PATTERNS = {language: re.compile(r"\b(?:" + "|".join(days) + ")") for language, days in _WEEKDAYS.items()}
_AFTER_PATTERNS = {
    language: re.compile(r"\s?(?:\([^)\n]{1,3}\))?\s?(?:" + cues + ")") for language, cues in _CUES_AFTER.items()
}
