"""How long things are kept, from the settings."""

from datetime import timedelta

from heardback.settings import Settings
from scheduler.retention import Keep


def keep_of(settings: Settings) -> Keep:
    """What `keep.*` says; nothing goes that would be read again from the mailbox."""
    return Keep(
        items=_days(settings, "keep.items_days"),
        evidence=_days(settings, "keep.evidence_days"),
        hits=_days(settings, "keep.hits_days"),
        window=timedelta(days=settings.number("window_days")),
    )


def _days(settings: Settings, name: str) -> timedelta | None:
    days = settings.number(name)
    return timedelta(days=days) if days else None
