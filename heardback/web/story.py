"""The story of one mail: what was sent, what came back, what was decided and reminded of, as one time line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from evidence.model import Evidence, Kind, SentItem
from evidence.ruling import set_aside
from heardback.commands.why import present
from heardback.hits_shown import WHAT
from heardback.house import House
from heardback.text import decided, sentence
from heardback.web.dates import in_style
from scheduler.reminders import item_policy
from scheduler.rules import ASKED, LABELLED
from store.ledger import Decision

#: lines that are about no single reminder
_OWN = {ASKED: "You asked", LABELLED: "Labels"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened: evidence, or a decision about a reminder; neither: the mail was sent."""

    at: datetime
    evidence: Evidence | None = None
    #: the person's word that this evidence does not count
    aside: Evidence | None = None
    #: ids of hits that say the same; `evidence` is the first of them
    alike: tuple[str, ...] = ()
    #: the last of them
    until: datetime | None = None
    reminder: Decision | None = None

    @property
    def counts(self) -> bool:
        """It is evidence that adds to the verdict."""
        return self.evidence is not None and not (self.evidence.doubt or self.aside)

    @property
    def is_own(self) -> bool:
        """It is the person's own decision about evidence."""
        return self.evidence is not None and self.evidence.kind is Kind.RULING


def story(
    item: SentItem, evidence: Iterable[Evidence], hits: Iterable[Iterable[Evidence]], decisions: Iterable[Decision]
) -> tuple[Moment, ...]:
    """All that is known of a mail, oldest first; evidence without a time stands right behind the sending.

    :param hits: those among the evidence that say the same, together; as they count
    """
    known = tuple(evidence)
    aside: Mapping[str, Evidence] = set_aside(known)
    others = (each for each in known if each.kind is not Kind.HIT)
    told = [
        Moment(at=item.sent_at),
        *(Moment(at=each.at or item.sent_at, evidence=each, aside=aside.get(each.id)) for each in others),
        *(_alike(tuple(each), item, aside) for each in hits),
        *(Moment(at=each.at, reminder=each) for each in decisions),
    ]
    return tuple(sorted(told, key=lambda each: each.at))


def still(item: SentItem, house: House) -> str:
    """What is to come about a mail, or why nothing is, as a sentence."""
    policy = item_policy(house.ledger, item, house.policies)
    return sentence(in_style(present(item, policy, house), house.zone, near=house.now, now=house.now))


def _alike(hits: tuple[Evidence, ...], item: SentItem, aside: Mapping[str, Evidence]) -> Moment:
    first, last = hits[0], hits[-1]
    at, until = first.at or item.sent_at, last.at if last.at != first.at else None
    return Moment(at=at, until=until, evidence=first, aside=aside.get(first.id), alike=tuple(each.id for each in hits))


def could_be_me(each: Evidence) -> bool:
    """The person could have caused it by looking at their own mail; a mail server's report, or an answer, not so."""
    return each.kind in (Kind.HIT, Kind.RECEIPT)


def heading(each: Evidence) -> str:
    """What a piece of evidence is, in a few words: `Receipt: displayed`, `Image fetched`."""
    if each.kind is Kind.HIT:
        return WHAT[each.door].capitalize() if each.door else "Asked for"
    what = each.disposition or each.action
    kind = each.kind.replace("-", " ")
    return f"{kind[:1].upper()}{kind[1:]}{f': {what}' if what else ''}"


def decision(what: str) -> str:
    """What a line about reminders tells of, in a few words: `You asked`, `Reminder planned`."""
    return _OWN.get(what) or f"Reminder {decided(what)}"
