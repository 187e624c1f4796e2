"""Days and times as the page tells them: by name where they are near, else as a date without what is plain anyway."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from evidence.times import retold


def named(when: datetime, now: datetime) -> str:
    """A time as people say it: `today, 16:00`, `Thursday, 10:00`, `Mon 18 May, 10:00`; both in the person's zone."""
    days = (when.date() - now.date()).days
    names = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    on = names.get(days) or (f"{when:%A}" if 0 < days < 7 else dated(when, now))
    return f"{on}, {when:%H:%M}" if when.year == now.year else f"{dated(when, now)}, {when:%H:%M}"


def dated(on: date, now: datetime) -> str:
    """A day in a sentence, where no name of it would fit: `Mon 18 May`; with the year if that is another."""
    return f"{on:%a} {on.day} {on:%b}{'' if on.year == now.year else f' {on.year}'}"


def in_style(sentence: str, zone: ZoneInfo, *, near: datetime, now: datetime) -> str:
    """A sentence of evidence, of a decision or of a command with its times as the page has them.

    :param near: a moment close by; evidence names no year beside the clock
    """
    here = now.astimezone(zone)
    return retold(
        sentence,
        zone,
        near,
        as_moment=lambda at: f"{dated(at, here)}, {at:%H:%M}",
        as_day=lambda on: dated(on, here),
    )
