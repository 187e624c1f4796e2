"""Words and times fit for a terminal: nothing from a mail is ever shown raw."""

import re
import unicodedata
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

#: Bidirectional controls can make a line read as something else (Unicode TR 36 section 2.7)
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_JOINER = "\u200d"


def plain(text: str, *, limit: int = 998) -> str:
    """One line without control, bidi-control, surrogate or unassigned characters; emoji joiners stay.

    :param limit: characters kept; a longer text ends in `…`
    """
    spaced = re.sub(r"\s+", " ", text[: limit * 4])
    kept = "".join(
        each
        for each in spaced
        if each not in _BIDI and (each == _JOINER or unicodedata.category(each) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    ).strip()
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def without_name(trouble: str, account: str) -> str:
    """A trouble as one plain line, without the account's name at its beginning where that was just said."""
    address = account.partition(":")[2]
    return plain(trouble.removeprefix(f"{account}: ").removeprefix(f"{address}: "))


def moment(when: datetime | None, zone: ZoneInfo) -> str:
    """A time in the person's zone, to the minute: `Mon 2026-05-04 10:12`; `never` for None."""
    return when.astimezone(zone).strftime("%a %Y-%m-%d %H:%M") if when else "never"


def span(gap: timedelta) -> str:
    """A length of time in its largest unit: `3 days`, `1 hour`, `less than a minute`."""
    seconds = int(gap.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            return count(seconds // size, unit)
    return "less than a minute"


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 item`, `3 items`, `1,000 replies`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
