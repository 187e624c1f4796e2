"""Matches evidence to sent items: looks up what may be meant and lets `evidence` decide."""

from datetime import timedelta

from evidence.correlate import clues, correlate
from evidence.model import Confidence, Evidence, Kind, SentItem
from scheduler.known import Known

#: how far back a report that names nothing but an address may reach; `correlate` draws the line nearer
_REACH = timedelta(days=60)


def match(evidence: Evidence, known: Known) -> Evidence:
    """The same evidence with the sent item it speaks about, or with the doubt that keeps it from any."""
    return correlate(evidence, candidates(evidence, known))


def match_if_final(evidence: Evidence, known: Known) -> Evidence:
    """The same evidence with its match if no sent item still to come could fit better; else as it is.

    It is final if it is certain and the item is the one named nearest.
    """
    matched = match(evidence, known)
    if matched.match is None or matched.match.confidence is not Confidence.CERTAIN:
        return evidence
    nearest = known.named(clues(evidence).message_ids[:1])
    return matched if matched.match.item in {each.id for each in nearest} else evidence


def candidates(evidence: Evidence, known: Known) -> tuple[SentItem, ...]:
    """Every sent item the evidence may speak about."""
    sought = clues(evidence)
    found = [
        *known.named(sought.message_ids),
        *known.keyed(sought.correlation_key),
        *known.in_thread(sought.thread_id),
    ]
    if not sought.message_ids and sought.at and evidence.kind is not Kind.REPLY:
        since = sought.at - _REACH
        found += (item for address in sought.recipients for item in known.to(address, since=since))
    return tuple({item.id: item for item in found}.values())
