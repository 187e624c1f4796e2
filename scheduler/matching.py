"""Matches evidence to sent items: looks up what may be meant and lets `evidence` decide."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from evidence.correlate import Clues, clues, correlate
from evidence.hint import WINDOW, with_hint
from evidence.model import Confidence, Evidence, HitKind, Kind, Match, SentItem
from scheduler.absences import ABOUT_THEN
from scheduler.known import Known

#: how far back a report that names nothing but an address may reach; `correlate` draws the line nearer
_REACH = timedelta(days=60)
#: what in a mail leads to each door, as a sentence's beginning
_LEADS = {
    HitKind.PIXEL: "the image's address",
    HitKind.LINK: "the link",
    HitKind.VIEW: "the address of the web view",
    HitKind.OPT_OUT: "the opt-out link",
}


def match(evidence: Evidence, known: Known) -> Evidence:
    """The same evidence with the sent item it speaks about, or with the doubt that keeps it from any."""
    if evidence.kind is Kind.HIT:
        return _by_token(evidence, known.with_token(evidence.token))
    matched = correlate(evidence, candidates(evidence, known))
    return matched if matched.match else with_hint(matched, _written_to(matched, known))


def match_if_final(evidence: Evidence, known: Known) -> Evidence:
    """The same evidence with its match if no sent item still to come could fit better; else as it is.

    It is final if it is certain and the item is the one named nearest.
    """
    found = candidates(evidence, known)
    matched = correlate(evidence, found)
    if matched.match is None or matched.match.confidence is not Confidence.CERTAIN:
        return evidence
    item = next(each for each in found if each.id == matched.match.item)
    return matched if set(item.message_ids).intersection(clues(evidence).message_ids[:1]) else evidence


def spoken_of(evidence: Evidence, known: Known) -> frozenset[str]:
    """Ids of the items whose verdict or reminders it may change.

    A person's answer speaks about the rest of its thread, too, and an announced absence about what else was sent then.
    """
    if evidence.match is None:
        return frozenset()
    return frozenset({evidence.match.item, *(each.id for each in _others(evidence, evidence.match, known))})


def _others(evidence: Evidence, found: Match, known: Known) -> tuple[SentItem, ...]:
    if evidence.kind is Kind.AUTO_REPLY and evidence.until and evidence.at:
        return known.to(found.recipient, since=evidence.at - ABOUT_THEN)
    return candidates(evidence, known) if evidence.kind is Kind.REPLY else ()


def candidates(evidence: Evidence, known: Known) -> tuple[SentItem, ...]:
    """Every sent item the evidence may speak about."""
    sought = clues(evidence)
    found = [
        *known.named(sought.message_ids),
        *known.keyed(sought.correlation_key),
        *known.in_thread(sought.thread_id),
    ]
    if not sought.message_ids and sought.at and evidence.kind is not Kind.REPLY:
        found += _to(sought, known, since=sought.at - _REACH)
    return _distinct(found)


def _by_token(hit: Evidence, item: SentItem | None) -> Evidence:
    """A hit with the mail its token stands in, and with the reader if that mail went to one person alone."""
    if item is None:
        return hit
    is_alone = hit.recipient in {each.address for each in item.recipients}
    what = _LEADS[hit.door] if hit.door else "what was asked for"
    whose = f"was made for {hit.recipient}'s copy alone"
    anybody = "stands in a mail that several were sent, so it cannot be told who it was"
    found = Match(
        item=item.id,
        recipient=hit.recipient if is_alone else None,
        confidence=Confidence.CERTAIN,
        reason=f"{what} {whose if is_alone else anybody}",
    )
    return replace(hit, match=found, doubt="")


def _written_to(evidence: Evidence, known: Known) -> tuple[SentItem, ...]:
    """What was sent to the addresses it comes from or speaks about, as long ago as a hint may reach."""
    sought = clues(evidence)
    return _distinct(_to(sought, known, since=sought.at - WINDOW)) if sought.at else ()


def _to(sought: Clues, known: Known, *, since: datetime) -> list[SentItem]:
    return [item for address in sought.recipients for item in known.to(address, since=since)]


def _distinct(items: Iterable[SentItem]) -> tuple[SentItem, ...]:
    return tuple({item.id: item for item in items}.values())
