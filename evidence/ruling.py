"""What a person decides about a piece of evidence, kept beside it: evidence itself is never edited."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from evidence.model import Confidence, Evidence, Grade, Kind, Match, Ruling, SentItem


def ruling(about: Evidence, said: Ruling, *, at: datetime) -> Evidence:
    """A person's decision about a matched piece of evidence, as evidence itself.

    :param about: what it is about; it must be matched to a sent item
    :param at: aware, when it was decided; of two decisions the later one holds
    :raises ValueError: `about` speaks about no sent item, or is a decision itself; or it is none about evidence
    """
    if about.match is None or about.kind is Kind.RULING or said is Ruling.LOOKED:
        raise ValueError(f"{about.id} is no evidence about a sent item")
    return Evidence(
        kind=Kind.RULING,
        grade=Grade.NONE,
        rule="person",
        why=f"you decided about the {about.kind}: {said}",
        source=f"ruling:{about.id}:{at.isoformat()}",
        at=at,
        recipient=about.match.recipient,
        overrules=about.id,
        ruling=said,
        match=Match(
            item=about.match.item,
            recipient=about.match.recipient,
            confidence=Confidence.CERTAIN,
            reason="you said so",
        ),
    )


def look(item: SentItem, *, at: datetime) -> Evidence:
    """That the person goes to look at their own mail, which may load what is in it.

    :param at: aware
    """
    return Evidence(
        kind=Kind.RULING,
        grade=Grade.NONE,
        rule="person",
        why="you opened the mail from the page, and what a browser or a proxy loaded around then may have been you",
        source=f"look:{item.id}:{at.isoformat()}",
        at=at,
        ruling=Ruling.LOOKED,
        match=Match(item=item.id, recipient=None, confidence=Confidence.CERTAIN, reason="you did so"),
    )


def set_aside(evidence: Iterable[Evidence]) -> Mapping[str, Evidence]:
    """Ids of the evidence a person wants not to count, each with the decision in force."""
    decided = sorted((each for each in evidence if each.kind is Kind.RULING and each.overrules), key=_age)
    latest = {each.overrules: each for each in decided}
    return {about: each for about, each in latest.items() if each.ruling is not Ruling.COUNTS}


def counting(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The evidence that counts: matched, undoubted, not set aside, and no decision itself; in the order given."""
    known = tuple(evidence)
    aside = set_aside(known)
    return tuple(
        each
        for each in known
        if each.match and not each.doubt and each.kind is not Kind.RULING and each.id not in aside
    )


def _age(decision: Evidence) -> tuple[str, str]:
    return (decision.at.isoformat() if decision.at else "", decision.id)
