"""What becomes of a record when more is known or wanted. Pure."""

from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime

from evidence.model import Evidence
from store.ledger import Reminder, ReminderState, Tally

#: reminders something may still have to be done about
OPEN = (ReminderState.PLANNED, ReminderState.HELD)
#: what adds up in a tally, apart from the skips by reason
_COUNTS = tuple(field.name for field in fields(Tally) if field.name != "skipped")


def rematched(known: Evidence, again: Evidence) -> Evidence:
    """Known evidence with the match, the hint or the doubt it gained; a first match settles the others as well."""
    if again.match is not None and known.match is None:
        return replace(known, match=again.match, hint=None, doubt=again.doubt)
    if known.match is None and again.hint != known.hint:
        known = replace(known, hint=again.hint)
    if again.doubt and not known.doubt:
        return replace(known, doubt=again.doubt)
    return known


def added_up(one: Tally, other: Tally) -> Tally:
    """Both tallies as one."""
    skipped = Counter(one.skipped) + Counter(other.skipped)
    counts = {name: getattr(one, name) + getattr(other, name) for name in _COUNTS}
    return Tally(skipped=dict(skipped), **counts)


def is_free(reminder: Reminder, *, now: datetime, stale_before: datetime, is_gone: Callable[[str], bool]) -> bool:
    """Whether a worker may take a reminder now. The arguments are those of `Ledger.claim`."""
    if reminder.state is ReminderState.CLAIMED:
        is_stale = reminder.claimed_at is None or reminder.claimed_at < stale_before
        return is_stale or is_gone(reminder.claimed_by)
    return reminder.state in OPEN and reminder.due_at <= now
