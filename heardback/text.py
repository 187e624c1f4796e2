"""Words and times fit for a terminal: nothing from a mail is ever shown raw."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from evidence.shown import harmless
from evidence.times import retold, shown_day, shown_moment

#: narrower windows get lines of this width, and wrap them themselves
_NARROWEST = 40
#: spaces belong to the word they stand before; a command to be typed is not broken
_WORD = re.compile(r' *(?:"heardback [^"]*"|[^ ])+')


def plain(text: str, *, limit: int = 998) -> str:
    """One line without control, bidi-control, surrogate or unassigned characters; emoji joiners stay.

    :param limit: characters kept; a longer text ends in `…`
    """
    kept = harmless(re.sub(r"\s+", " ", text[: limit * 4])).strip()
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def cut(text: str, width: int) -> str:
    """A line of at most so many columns; a longer one ends in `…`."""
    from rich.cells import cell_len, chop_cells

    if cell_len(text) <= width:
        return text
    return next(iter(chop_cells(text, max(width - 1, 1)))).rstrip() + "…"


def wrap(text: str, width: int, *, indent: int = 0, hang: int = 0) -> list[str]:
    """A text as lines of at most so many columns; addresses and paths are never broken, whatever their length.

    :param indent: columns before each line
    :param hang: columns by which the lines after the first stand further in
    """
    width = max(width, _NARROWEST)
    margins = (" " * indent, " " * (indent + hang))
    lines: list[str] = []
    line = ""
    for word in _words(text, width - indent - hang):
        longer = f"{line} {word}" if line else word
        if line and _columns(margins[bool(lines)] + longer) > width:
            lines.append(margins[bool(lines)] + line.rstrip())
            longer = word.lstrip(" ")
        line = longer
    return [*lines, (margins[bool(lines)] + line).rstrip()]


def _words(text: str, width: int) -> Iterator[str]:
    """The words between spaces, a command in quotes as one; what is written without spaces is chopped."""
    from rich.cells import chop_cells

    for word in _WORD.findall(text):
        own = word.removeprefix(" ")
        # what takes no column, an accent by itself, is not chopped but lost
        yield from [own] if own.isascii() else chop_cells(own, width) or [own]


def _columns(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def local(sentence: str, zone: ZoneInfo, near: datetime) -> str:
    """A sentence of evidence or of a decision with its times in the person's zone: `Mon 2026-05-04 12:30`.

    :param near: a moment close by; the sentences name no year
    """
    return retold(sentence, zone, near)


def decided(what: str) -> str:
    """What was decided about a reminder, as a person reads it: the ledger calls one that came fired."""
    return "came" if what == "fired" else what


def few(names: list[str], limit: int = 5) -> str:
    """The first names of a list, and how many more there are."""
    more = len(names) - limit
    # nobody is served by "and 1 more" where the one would have fit
    return ", ".join(names) if more <= 1 else f"{', '.join(islice(names, limit))} and {more:,} more"


def without_name(trouble: str, account: str) -> str:
    """A trouble as one plain line, without the account's name at its beginning where that was just said."""
    address = account.partition(":")[2]
    return plain(trouble.removeprefix(f"{account}: ").removeprefix(f"{address}: "))


def sentence(text: str) -> str:
    """A text that ends as a sentence does, and only once."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def moment(when: datetime | None, zone: ZoneInfo) -> str:
    """A time in the person's zone, to the minute: `Mon 2026-05-04 10:12`; `never` for None."""
    return shown_moment(when.astimezone(zone)) if when else "never"


def day(on: date) -> str:
    """A day in the same style: `Mon 2026-05-04`."""
    return shown_day(on)


def span(gap: timedelta) -> str:
    """A length of time in its largest unit: `3 days`, `1 hour`, `less than a minute`."""
    seconds = int(gap.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            return count(seconds // size, unit)
    return "less than a minute"


def ahead(when: datetime, now: datetime, zone: ZoneInfo) -> str:
    """How far off a moment is, a day or more by the calendar: `in 4 days`, `tomorrow`, `in 3 hours`."""
    days = _days(now, when, zone)
    return "tomorrow" if days == 1 else f"in {count(days, 'day') if days else span(when - now)}"


def ago(when: datetime, now: datetime, zone: ZoneInfo) -> str:
    """How long ago a moment was, likewise: `4 days ago`, `yesterday`, `3 hours ago`."""
    days = _days(when, now, zone)
    return "yesterday" if days == 1 else f"{count(days, 'day') if days else span(now - when)} ago"


def _days(start: datetime, end: datetime, zone: ZoneInfo) -> int:
    """Days of the calendar from one moment to another; 0 where it is less than 24 hours."""
    if end - start < timedelta(days=1):
        return 0
    return (end.astimezone(zone).date() - start.astimezone(zone).date()).days


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 item`, `3 items`, `1,000 replies`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
