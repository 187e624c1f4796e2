"""What the ledger holds about the tracking of a sent item, as the fold wants it."""

from collections.abc import Iterable, Mapping

from evidence.copies import apart, marks
from evidence.hit_context import BURST_WITHIN, Message, own_views, seen, weighed
from evidence.hit_verdict import UNTRACKED, Tracking
from evidence.model import Evidence, HitKind, Kind, SentItem
from scheduler.bursts import Bursts, domains_of, looks_human
from scheduler.habits import Habits
from store.ledger import Ledger
from store.tracking import Tracked


def tracking_of(ledger: Ledger, item: SentItem, evidence: Iterable[Evidence], habits: Habits) -> Tracking:
    """The images and links of an item, and whose images tell nothing.

    :param evidence: all about the item
    """
    found = [(each, tokens) for each in apart(item) if (tokens := _tokens(ledger, each))]
    if not found:
        return UNTRACKED
    hits = [each for each in evidence if each.kind is Kind.HIT]
    messages = tuple(_message(each, tokens, hits, habits.bursts) for each, tokens in found)
    return Tracking(messages=messages, blind=habits.blind(item) if any(each.has_image for each in messages) else {})


def counted(ledger: Ledger, item: SentItem, evidence: Iterable[Evidence], habits: Habits) -> Mapping[str, Evidence]:
    """The hits on an item as they count beside each other, by their ids.

    :param evidence: all about the item
    """
    known = tuple(evidence)
    messages = tracking_of(ledger, item, known, habits).messages
    return weighed(seen(known, messages, sent_at=item.sent_at, own=own_views(known)))


def is_tracked(ledger: Ledger, item: SentItem) -> bool:
    """Whether something in it may tell the relay of its reader."""
    return any(_tokens(ledger, each) for each in apart(item))


def _tokens(ledger: Ledger, message: SentItem) -> tuple[Tracked, ...]:
    return tuple(token for mark in marks(message) for token in ledger.tracking.in_mail(mark))


def _message(message: SentItem, tokens: tuple[Tracked, ...], hits: list[Evidence], bursts: Bursts) -> Message:
    recipients = tuple(each.address for each in message.recipients)
    names = frozenset(each.id for each in tokens)
    last = message.sent_at + BURST_WITHIN
    soon = {each.at for each in hits if each.at and each.at <= last and each.token in names and looks_human(each)}
    return Message(
        sent_at=message.sent_at,
        recipients=recipients,
        tokens=names,
        has_image=any(each.kind is HitKind.PIXEL for each in tokens),
        links={each.id: each.target for each in tokens if each.kind is HitKind.LINK},
        bursts=frozenset(at for at in soon if bursts.domains(at) & domains_of(recipients)),
    )
