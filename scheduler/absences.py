"""When recipients said they would be back: by an automatic answer to this mail, or to another one. Pure.

Programs that answer for somebody who is away do so once in a while for each sender (RFC 3834 section 2), so a second
mail brings no answer, though its reader is just as much away. What was said to the first then moves the reminder of the
second, and does nothing else: that the second was delivered, it does not show.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

from evidence.model import Evidence, Kind, SentItem
from evidence.ruling import counting

#: an automatic answer to another mail, so soon after this one was sent, is taken to hold when it was sent
ABOUT_THEN = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """That somebody is away, as far as it concerns one mail."""

    #: the announced day
    until: date
    #: an automatic answer to another mail said so
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """That somebody is away, as an automatic answer to some mail said."""

    #: id of the item it answered
    item: str
    at: datetime
    until: date
    #: when a person first wrote from there after it; None: not yet
    over_at: datetime | None = None


NOBODY: Mapping[str, tuple[Announcement, ...]] = MappingProxyType({})


def announcements(evidence: Collection[Evidence]) -> tuple[Announcement, ...]:
    """What automatic answers announced, oldest first.

    :param evidence: by one recipient, about any mail
    """
    if not any(each.until for each in evidence):
        return ()  # nearly always, and much sooner known
    counted = sorted(((each.at, each) for each in counting(evidence) if each.at), key=lambda pair: pair[0])
    found: list[Announcement] = []
    wrote_at: datetime | None = None
    for at, each in reversed(counted):
        if each.kind is Kind.REPLY:
            wrote_at = at
        elif each.kind is Kind.AUTO_REPLY and each.until and each.match:
            found.append(Announcement(item=each.match.item, at=at, until=each.until, over_at=wrote_at))
    return tuple(reversed(found))


def absences(
    item: SentItem, about: Iterable[Evidence], announced: Mapping[str, tuple[Announcement, ...]] = NOBODY
) -> dict[str, Absence]:
    """When each recipient of an item announced to be back, by the last automatic answer that named a day.

    To another mail it was sent before or about when this one was, and nobody wrote from there in between.

    :param about: evidence about the item, oldest first
    :param announced: by recipients of the item, about any mail, each oldest first
    """
    said = {
        each.match.recipient: (each.at or item.sent_at, Absence(until=each.until))
        for each in counting(about)
        if each.kind is Kind.AUTO_REPLY and each.until and each.match and each.match.recipient
    }
    for address, others in announced.items():
        last = next((each for each in reversed(others) if _holds(each, item)), None)
        if last and (address not in said or said[address][0] < last.at):
            said[address] = (last.at, Absence(until=last.until, elsewhere=True))
    return {address: absence for address, (_, absence) in said.items()}


def _holds(said: Announcement, item: SentItem) -> bool:
    """Whether it holds for this item although it answered another one."""
    is_over = said.over_at is not None and said.over_at <= item.sent_at
    return said.item != item.id and said.at <= item.sent_at + ABOUT_THEN and not is_over
