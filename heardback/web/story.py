"""The story of one mail: what was sent, what came back, what was decided and reminded of, as one time line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from evidence.model import Evidence, Kind, SentItem
from evidence.ruling import set_aside
from store.ledger import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened: evidence, or a decision about a reminder; neither: the mail was sent."""

    at: datetime
    evidence: Evidence | None = None
    #: the person's word that this evidence does not count
    aside: Evidence | None = None
    reminder: Decision | None = None

    @property
    def counts(self) -> bool:
        """It is evidence that adds to the verdict."""
        return self.evidence is not None and not (self.evidence.doubt or self.aside)

    @property
    def is_own(self) -> bool:
        """It is the person's own decision about evidence."""
        return self.evidence is not None and self.evidence.kind is Kind.RULING


def story(item: SentItem, evidence: Iterable[Evidence], decisions: Iterable[Decision]) -> tuple[Moment, ...]:
    """All that is known of a mail, oldest first; evidence without a time stands right behind the sending."""
    known = tuple(evidence)
    aside: Mapping[str, Evidence] = set_aside(known)
    told = [
        Moment(at=item.sent_at),
        *(Moment(at=each.at or item.sent_at, evidence=each, aside=aside.get(each.id)) for each in known),
        *(Moment(at=each.at, reminder=each) for each in decisions),
    ]
    return tuple(sorted(told, key=lambda each: each.at))


def heading(each: Evidence) -> str:
    """What a piece of evidence is, in a few words: `Receipt: displayed`."""
    what = each.disposition or each.action or each.door
    kind = each.kind.replace("-", " ")
    return f"{kind[:1].upper()}{kind[1:]}{f': {what}' if what else ''}"
