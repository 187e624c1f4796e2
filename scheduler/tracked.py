"""What the ledger holds about the tracking of a sent item, as the fold wants it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from evidence.copies import apart, marks
from evidence.hit_context import BURST_WITHIN, SLOT, Message, bursts, own_views, weighed
from evidence.hit_verdict import UNTRACKED, Tracking
from evidence.model import Evidence, Grade, HitKind, Kind, SentItem
from scheduler.habits import Habits
from store.ledger import Ledger
from store.tracking import Tracked

#: what no burst could lower, nor a gateway that looks like a person cause
_LOW = frozenset({Grade.WEAK, Grade.NONE})


def tracking_of(ledger: Ledger, item: SentItem, evidence: Iterable[Evidence], habits: Habits) -> Tracking:
    """The images and links of an item, and whose images tell nothing.

    :param evidence: all about the item
    """
    found = [(each, tokens) for each in apart(item) if (tokens := _tokens(ledger, each))]
    if not found:
        return UNTRACKED
    hits = [each for each in evidence if each.kind is Kind.HIT]
    messages = tuple(_message(ledger, each, tokens, hits) for each, tokens in found)
    return Tracking(messages=messages, blind=habits.blind(item) if any(each.has_image for each in messages) else {})


def counted(ledger: Ledger, item: SentItem, evidence: Iterable[Evidence], habits: Habits) -> Mapping[str, Evidence]:
    """The hits on an item as they count beside each other, by their ids.

    :param evidence: all about the item
    """
    known = tuple(evidence)
    messages = tracking_of(ledger, item, known, habits).messages
    return weighed(known, messages, sent_at=item.sent_at, own=own_views(known))


def is_tracked(ledger: Ledger, item: SentItem) -> bool:
    """Whether something in it may tell the relay of its reader."""
    return any(_tokens(ledger, each) for each in apart(item))


def _tokens(ledger: Ledger, message: SentItem) -> tuple[Tracked, ...]:
    return tuple(token for mark in marks(message) for token in ledger.tracking.in_mail(mark))


def _message(ledger: Ledger, message: SentItem, tokens: tuple[Tracked, ...], hits: list[Evidence]) -> Message:
    recipients = tuple(each.address for each in message.recipients)
    names = frozenset(each.id for each in tokens)
    times = {each.at for each in hits if each.at and each.token in names and _is_soon(each, message)}
    return Message(
        sent_at=message.sent_at,
        recipients=recipients,
        tokens=names,
        has_image=any(each.kind is HitKind.PIXEL for each in tokens),
        links={each.id: each.target for each in tokens if each.kind is HitKind.LINK},
        bursts=frozenset(at for at in times for domain in _domains(recipients) if _is_burst(ledger, domain, at)),
    )


def _is_soon(hit: Evidence, message: SentItem) -> bool:
    """Whether it came so soon after sending that it may be a gateway's, and counts for something."""
    return hit.at is not None and hit.at <= message.sent_at + BURST_WITHIN and hit.grade not in _LOW


def _is_burst(ledger: Ledger, domain: str, at: datetime) -> bool:
    """Whether many mails to one domain, sent lately, were hit in one slot."""
    return at in bursts(_hit_mails(ledger, domain, at))


def _hit_mails(ledger: Ledger, domain: str, at: datetime) -> Iterator[tuple[datetime, str]]:
    for item in ledger.items(since=at - BURST_WITHIN, until=at + SLOT):
        if item.tag and domain in _domains(each.address for each in item.recipients):
            for hit in ledger.evidence(item.id):
                if hit.kind is Kind.HIT and hit.at == at and hit.grade not in _LOW:
                    yield at, f"{item.id} {hit.recipient}"


def _domains(addresses: Iterable[str]) -> frozenset[str]:
    return frozenset(each.rpartition("@")[2] for each in addresses)
