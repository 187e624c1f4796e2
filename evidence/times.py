"""Times as sentences of evidence tell them; the faces put them into the person's own zone."""

from datetime import UTC, date, datetime

#: as `heardback.text` looks for them
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def moment(at: datetime) -> str:
    """`3 May 10:12 UTC`."""
    at = at.astimezone(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]} {at:%H:%M} UTC"


def day(on: date | None) -> str:
    """`3 May 2026`; empty for none."""
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}" if on else ""
