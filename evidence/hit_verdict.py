"""What hits say about reading, and in which words: "image fetched", never "opened", and never a name it cannot know."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from evidence.hit_context import PREFETCH, Message
from evidence.model import Evidence, Grade, HitKind, Kind, Verdict
from evidence.times import moment

_SAYS = {Grade.STRONG: Verdict.READ, Grade.FAIR: Verdict.PROBABLY_READ, Grade.WEAK: Verdict.MAYBE_READ}
#: what is to be known beside the sentence of the rule
_CAUTION = {
    Verdict.READ: "",
    Verdict.PROBABLY_READ: ", which is a sign of reading and no proof",
    Verdict.MAYBE_READ: ", and whether that was the reader, you or somebody else cannot be told",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """What is known of the tracking of one sent item, apart from its hits."""

    #: its messages; empty where it has no tokens
    messages: tuple[Message, ...] = ()
    #: addresses whose images tell nothing, each with how that is known
    blind: Mapping[str, str] = field(default_factory=dict)


UNTRACKED = Tracking()


def says(hit: Evidence) -> Verdict | None:
    """The verdict a hit speaks for, None for one that is only worth a mention. An image alone never says `read`."""
    if hit.door is HitKind.PIXEL and hit.grade is Grade.STRONG:
        return Verdict.PROBABLY_READ
    return _SAYS.get(hit.grade)


def sentence(hit: Evidence, others: Iterable[Evidence], *, sent_at: datetime) -> str:
    """A hit, and how often there was one that says the same, as a sentence without a full stop."""
    alike = [each for each in others if each.kind is Kind.HIT and says(each) is says(hit) and each.door is hit.door]
    verdict = says(hit)
    return f"{hit.why} ({_times([hit, *alike], sent_at)}){_CAUTION[verdict] if verdict else ''}"


def mentions(hits: Iterable[Evidence], *, sent_at: datetime) -> list[str]:
    """Hits as a line for each sort, with a count."""
    sorts: dict[str, list[Evidence]] = {}
    for each in hits:
        sorts.setdefault(each.why, []).append(each)
    return [f"{why} ({_times(alike, sent_at)})" for why, alike in sorts.items()]


def is_tellable(address: str, tracking: Tracking) -> bool:
    """Whether an image was in a message to this address."""
    return any(each.has_image and address in each.recipients for each in tracking.messages)


def silence(address: str, hits: Iterable[Evidence], tracking: Tracking, *, unclear: frozenset[str]) -> str:
    """Why an image that told nothing of this reader says nothing; empty if it would have told.

    :param hits: on messages to this address, as they count: its own, and those of one of several
    :param unclear: ids of those that may be a reader's or a scanner's
    """
    known = tuple(hits)
    if reason := tracking.blind.get(address):
        return reason
    if any(each.rule == PREFETCH for each in known):
        return "it was loaded ahead of time, so that reading shows no more"
    if any(each.id in unclear for each in known):
        return "Microsoft's network fetched it later, from where web mail loads images and scanners look"
    if any(each.match and each.match.recipient is None and says(each) for each in known):
        return "one of the recipients fetched it, and it cannot be told which"
    return ""


def _times(hits: list[Evidence], sent_at: datetime) -> str:
    """`4 May 12:05 UTC`, or `3 times, 4 May 12:05 UTC to 5 May 09:00 UTC`; the relay keeps five minutes apart."""
    times = sorted(each.at or sent_at for each in hits)
    when = moment(times[0]) if times[0] == times[-1] else f"{moment(times[0])} to {moment(times[-1])}"
    return f"{len(times)} times, {when}" if len(times) > 1 else when
