"""How long things are kept, and letting go of what is older."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from store.ledger import Ledger
from store.tracking import Erased

_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """For how long; None: for good. What is in the window of mail that is followed is always kept."""

    #: sent mail, with all that is known about it
    items: timedelta | None
    #: evidence about no mail that is known
    evidence: timedelta | None
    #: hits, and the tokens they come by
    hits: timedelta | None
    #: how far back sent mail is followed: what is younger would be read again from the mailbox
    window: timedelta


def prune(ledger: Ledger, keep: Keep, *, now: datetime, rehearse: bool = False) -> Erased:
    """Erase what is older than it is to be kept.

    :param now: aware
    :param rehearse: only count
    """
    return ledger.tracking.prune(
        items_before=_before(keep.items, keep, now),
        evidence_before=_before(keep.evidence, keep, now),
        hits_before=_before(keep.hits, keep, now),
        rehearse=rehearse,
    )


def _before(age: timedelta | None, keep: Keep, now: datetime) -> datetime:
    return _EVER if age is None else now - max(age, keep.window)
