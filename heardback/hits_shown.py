"""Hits on one mail as `show` tells them: each sort once, with a count, and with what it is worth beside the others."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

from evidence.copies import marks
from evidence.model import Evidence, Grade, HitKind, Kind, Ruling, SentItem
from evidence.ruling import set_aside
from heardback.house import House
from heardback.text import count, few, moment, plain

#: "fetched", not "opened": a program did it, whether a person looked or not
WHAT = {
    HitKind.PIXEL: "image fetched",
    HitKind.LINK: "link followed",
    HitKind.VIEW: "web view reported",
    HitKind.OPT_OUT: "tracking refused",
}
EXPLANATION = (
    "An image is fetched by a program; that a person looked at the mail it does not prove. A forwarded mail carries "
    "the same image and links. Times are to five minutes."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """What alike hits say."""

    door: HitKind | None
    #: whom they are about; None: one of several
    recipient: str | None
    #: beside the other hits
    grade: Grade
    #: the relay's
    rule: str
    why: str
    #: what the person said of them
    said: Ruling | None


def carried(item: SentItem, house: House) -> Mapping[HitKind, int]:
    """How many of each door stand in a mail; of one sent to each alone, in all its messages."""
    tokens = (token for mark in marks(item) for token in house.ledger.tracking.in_mail(mark))
    return Counter(each.kind for each in tokens)


def sorts(evidence: Iterable[Evidence], counted: Mapping[str, Evidence]) -> Mapping[Sort, list[Evidence]]:
    """The hits among the evidence about one mail, by what they say.

    :param evidence: oldest first
    :param counted: hits as they count, by their ids
    """
    known = tuple(evidence)
    aside = set_aside(known)
    found: dict[Sort, list[Evidence]] = {}
    for each in (one for one in known if one.kind is Kind.HIT):
        worth = counted.get(each.id, each)
        sort = Sort(
            door=each.door,
            recipient=each.match.recipient if each.match else None,
            grade=worth.grade,
            rule=each.rule,
            why=worth.why,
            said=aside[each.id].ruling if each.id in aside else None,
        )
        found.setdefault(sort, []).append(each)
    return found


def lines(found: Mapping[Sort, list[Evidence]], house: House) -> Iterator[str]:
    """The sorts, one after the other."""
    for sort, hits in found.items():
        first, last = moment(hits[0].at, house.zone), moment(hits[-1].at, house.zone)
        when = first if first == last else f"{first} to {last}"
        times = f" {count(len(hits), 'time')}" if len(hits) > 1 else ""
        who = plain(sort.recipient or "one of the recipients")
        what = WHAT[sort.door] if sort.door else "asked for"
        yield f"  {when}  {hits[0].id[:8]}  {what}{times}, {who}, grade {sort.grade}, rule {plain(sort.rule)}"
        yield f"      {plain(sort.why)}"
        if sort.said:
            yield f"      does not count, you said: {sort.said}"
        if len(hits) > 1:
            yield f"      the others: {few([each.id[:8] for each in hits[1:]])}"


def documents(found: Mapping[Sort, list[Evidence]]) -> list[dict[str, object]]:
    """The sorts as `--json` prints them."""
    return [
        {
            **asdict(sort),
            "count": len(hits),
            "first": hits[0].at.isoformat() if hits[0].at else None,
            "last": hits[-1].at.isoformat() if hits[-1].at else None,
            "evidence": [each.id for each in hits],
        }
        for sort, hits in found.items()
    ]
